"""What is measured of rows of each kind: named statistics of weights, ready for the bootstrap.

This module knows the rows and which figure an item counts in; the mathematics is in `weighted.py` and its neighbours.
One rule runs through it: an answer that could not be read gets the worst score, so that leaving it out never pays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from affectgraph.evals.metrics.classification import polarity_errors, top_k_accuracy
from affectgraph.evals.metrics.distributions import brier, jensen_shannon
from affectgraph.evals.metrics.generation import (
    bleu_counts,
    bleu_from_counts,
    distinct_without_each,
    is_chinese,
    length,
    ngrams,
    rouge_l,
    words,
)
from affectgraph.evals.metrics.resampling import WeightedStatistic
from affectgraph.evals.metrics.weighted import (
    average_of,
    bleu_of,
    calibration_error_of,
    ceiling_of,
    concordance_of,
    constant_of,
    f1_of,
    mean_of,
    pearson_of,
    ratio_of,
    spearman_of,
)
from affectgraph.evals.rows import AlarmRow, LabelRow, RatingRow, ReplyRow

__all__ = ["Measure", "alarm_measures", "label_measures", "rating_measures", "reply_measures"]

Floats = NDArray[np.float64]
# From this share of unreadable ratings on, a reader is told what a correlation then measures (our choice).
_MUCH_UNREAD = 0.1


@dataclass(frozen=True)
class Measure:
    """One figure, before it is computed.

    Attributes:
        statistic: weights (r, rows) -> (r,) values.
        counted: (rows,) the rows that the figure is about.
        note: what a reader of the figure has to know.
        leave_one_out: (rows,) numbers of groups -> (groups,) the statistic without each of them. Where it is given, the
            jackknife takes the place of the bootstrap.
    """

    statistic: WeightedStatistic
    counted: NDArray[np.bool_]
    note: str = ""
    leave_one_out: Callable[[NDArray[np.intp]], Floats] | None = None


def _mean(values: Sequence[float] | Floats, note: str = "") -> Measure:
    """The mean over the rows whose value is not nan."""
    array = np.asarray(values, dtype=np.float64)
    return Measure(mean_of(array), ~np.isnan(array), note)


# --- labels ----------------------------------------------------------------------------------------------------------


def label_measures(rows: Sequence[LabelRow]) -> dict[str, Measure]:
    """Accuracy, F1, calibration and kinds of errors.

    `majority_baseline` is the accuracy of always answering the most frequent target of these very rows.

    Raises:
        ValueError: a target or prediction is not among a row's options, or has no polarity where the row has some.
    """
    labels = list(dict.fromkeys(label for row in rows for label in row.options))
    index = {label: i for i, label in enumerate(labels)}
    for row in rows:
        for label in (row.target, row.prediction):
            if label is not None and label not in row.options:
                raise ValueError(f"row {row.id!r}: {label!r} is not one of {', '.join(row.options)}")
    target = np.array([index[row.target] for row in rows], dtype=np.intp)
    prediction = np.array([-1 if row.prediction is None else index[row.prediction] for row in rows], dtype=np.intp)
    everything = np.ones(len(rows), dtype=bool)
    hit = mean_of((target == prediction).astype(np.float64))

    def aica(weights: Floats) -> Floats:
        share = hit(weights)
        return 2.0 * share / (1.0 + share)

    majority = int(np.bincount(target).argmax())
    return {
        "accuracy": Measure(hit, everything),
        **_top_two(rows),
        "macro_f1": Measure(f1_of(target, prediction, len(labels), macro=True), everything),
        "weighted_f1": Measure(f1_of(target, prediction, len(labels), macro=False), everything),
        "aica_weighted_f1": Measure(aica, everything, "2 acc / (1 + acc), as AICA-Bench's scorer; not an F1"),
        **_distributions(rows, labels),
        **_error_kinds(rows),
        "unparseable": _mean([row.prediction is None for row in rows]),
        "majority_baseline": _mean(target == majority, f"always {labels[majority]!r}"),
    }


def _left_out(rows: Sequence[LabelRow]) -> str:
    """A note on rows that were answered without a distribution, which no figure on distributions can count."""
    number = sum(row.distribution is None and row.prediction is not None for row in rows)
    return f"{number} answers without a distribution left out" if number else ""


def _top_two(rows: Sequence[LabelRow]) -> dict[str, Measure]:
    if all(row.distribution is None for row in rows):
        return {}
    hits = [
        top_k_accuracy([row.target], [row.distribution], 2)
        if row.distribution is not None or row.prediction is None
        else float("nan")
        for row in rows
    ]
    return {"top2_accuracy": _mean(hits, _left_out(rows))}


def _row_shares(row: LabelRow, shares: dict[str, float], labels: Sequence[str]) -> list[float]:
    unknown = sorted(set(shares) - set(labels))
    if unknown:
        raise ValueError(f"row {row.id!r}: {unknown[0]!r} has a share but is not an option")
    return [shares.get(label, 0.0) for label in labels]


def _distributions(rows: Sequence[LabelRow], labels: Sequence[str]) -> dict[str, Measure]:
    """Brier, ECE of the distribution's top label, JSD; an unreadable answer has the worst Brier (2) and JSD (1).

    It has no confidence, and so no part in the ECE. The interval of the ECE lies somewhat high where items are few: a
    resample adds noise to each bin, and the ECE takes its absolute value.
    """
    given = [i for i, row in enumerate(rows) if row.distribution is not None]
    if not given:
        return {}
    p = np.array([_row_shares(rows[i], rows[i].distribution or {}, labels) for i in given])
    target = np.array([labels.index(rows[i].target) for i in given])
    unreadable = np.array([row.prediction is None for row in rows])
    score = np.where(unreadable, 2.0, np.nan)
    score[given] = brier(p, target)
    confidence, hit = np.full(len(rows), np.nan), np.zeros(len(rows))
    confidence[given], hit[given] = np.minimum(p.max(axis=1), 1.0), p.argmax(axis=1) == target
    note = _left_out(rows)
    counted = ~np.isnan(confidence)
    measures = {
        "brier": _mean(score, note),
        "ece": Measure(calibration_error_of(confidence, hit), counted, note),
    }
    people = [row.shares for row in rows]
    both = [k for k, i in enumerate(given) if people[i] is not None]
    if both:
        q = np.array([_row_shares(rows[given[k]], people[given[k]] or {}, labels) for k in both])
        divergence = np.where(unreadable & np.array([each is not None for each in people]), 1.0, np.nan)
        divergence[[given[k] for k in both]] = jensen_shannon(p[both], q)
        measures["jsd"] = _mean(divergence, note)
    return measures


def _error_kinds(rows: Sequence[LabelRow]) -> dict[str, Measure]:
    """Shares of the errors in rows whose labels have a polarity."""
    if not any(row.polarity for row in rows):
        return {}
    intensity, polarity = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    for i, row in enumerate(rows):
        if row.polarity and row.prediction != row.target:
            kind = polarity_errors([row.target], [row.prediction], row.polarity)
            intensity[i], polarity[i] = kind.intensity, kind.polarity
    return {
        "intensity_error_share": _mean(intensity, "of errors: wrong label, same valence"),
        "polarity_error_share": _mean(polarity, "of errors: valence flipped"),
    }


# --- ratings ---------------------------------------------------------------------------------------------------------


def _ratings(rows: Sequence[RatingRow], variable: str) -> tuple[Floats, Floats, Floats]:
    """Targets, predictions, and 1 where a prediction was unreadable; nan in rows without the variable; (rows,) each.

    An unreadable rating is scored as the end of the scale farthest from the target (our choice: the worst answer that
    the scale allows); from its middle, as the high end.
    """
    columns = np.full((3, len(rows)), np.nan)
    for i, row in enumerate(rows):
        if variable not in row.target:
            continue
        target, answer = row.target[variable], row.prediction.get(variable, np.nan)
        if not np.isfinite(target):
            raise ValueError(f"row {row.id!r}: the target of {variable!r} is {target}")
        farthest = row.low if 2.0 * target > row.low + row.high else row.high
        readable = bool(np.isfinite(answer))
        columns[:, i] = target, answer if readable else farthest, not readable
    return columns[0], columns[1], columns[2]


def _any_given(table: Floats) -> NDArray[np.bool_]:
    """Rows with at least one number; (variables, rows) -> (rows,)."""
    given: NDArray[np.bool_] = np.logical_or.reduce(~np.isnan(table), axis=0)
    return given


def _constant(values: Floats) -> bool:
    return bool(np.nanmax(values) == np.nanmin(values))


def rating_measures(rows: Sequence[RatingRow]) -> dict[str, Measure]:
    """Error and correlations, per variable (`pearson[valence]`) and as plain mean over variables (`pearson`).

    In the means of correlations a variable with constant targets is left out, since nobody could correlate with it; one
    with constant predictions counts as 0, since it says nothing about differences (both our choice, both noted).
    `mean_baseline_mae` is the error of always answering the mean target of these very rows.

    Raises:
        ValueError: no row has a target, or a target is not finite.
    """
    variables = list(dict.fromkeys(variable for row in rows for variable in row.target))
    if not variables:
        raise ValueError(f"row {rows[0].id!r} has no target, nor has any other")
    columns = {variable: _ratings(rows, variable) for variable in variables}
    measures: dict[str, Measure] = {}
    if len(variables) > 1:
        for variable, (x, y, _) in columns.items():
            measures |= {f"{name}[{variable}]": measure for name, measure in _of_variable(x, y).items()}
        measures |= _over_variables(columns, measures)
    else:
        measures |= _of_variable(*columns[variables[0]][:2])
    missing: Floats = np.array([column[2] for column in columns.values()])
    baseline = [mean_of(np.abs(x - np.nanmean(x))) for x, _, _ in columns.values()]
    counted = _any_given(missing)
    unread = ratio_of(np.nansum(missing, axis=0), (~np.isnan(missing)).sum(axis=0).astype(np.float64))
    if np.nanmean(missing) >= _MUCH_UNREAD:
        measures = {name: _penalised(name, measure) for name, measure in measures.items()}
    return (
        measures
        | _ceilings(rows, columns)
        | {
            "unparseable": Measure(unread, counted, "of ratings" if len(variables) > 1 else ""),
            "mean_baseline_mae": Measure(average_of(baseline), counted, "always the mean target"),
        }
    )


def _ceilings(rows: Sequence[RatingRow], columns: dict[str, tuple[Floats, Floats, Floats]]) -> dict[str, Measure]:
    """The correlation that a perfect predictor would reach (`regression.noise_ceiling`), where the noise is known."""
    found = {}
    for variable, (target, _, _) in columns.items():
        noise = np.array([row.noise.get(variable, np.nan) for row in rows])
        known = ~np.isnan(noise) & ~np.isnan(target)
        if known.sum() > 1:
            name = f"ceiling[{variable}]" if len(columns) > 1 else "ceiling"
            found[name] = Measure(ceiling_of(target, noise), known, "pearson of a perfect predictor, by people's noise")
    return found


def _penalised(name: str, measure: Measure) -> Measure:
    if name.startswith(("mae", "ceiling")):
        return measure
    told = "many unreadable ratings, scored at the far end of the scale: measures that penalty"
    return replace(measure, note="; ".join(filter(None, (measure.note, told))))


def _of_variable(x: Floats, y: Floats) -> dict[str, Measure]:
    sides = [name for name, side in (("targets", x), ("predictions", y)) if _constant(side)]
    note = f"constant {' and '.join(sides)}" if sides else ""
    counted = ~np.isnan(x)
    return {
        "mae": _mean(np.abs(x - y)),
        "pearson": Measure(pearson_of(x, y), counted, note),
        "spearman": Measure(spearman_of(x, y), counted, note),
        "ccc": Measure(concordance_of(x, y), counted, note),
    }


def _over_variables(
    columns: dict[str, tuple[Floats, Floats, Floats]], measures: dict[str, Measure]
) -> dict[str, Measure]:
    varied = [variable for variable, (x, _, _) in columns.items() if not _constant(x)]
    silent = {variable for variable in varied if _constant(columns[variable][1])}
    counted = _any_given(np.array([x for x, _, _ in columns.values()]))
    notes = [f"{len(columns) - len(varied)} variables with constant targets left out"] * (len(columns) > len(varied))
    notes += [f"{len(silent)} variables with constant predictions count as 0"] * bool(silent)
    means = {"mae": Measure(average_of([measures[f"mae[{variable}]"].statistic for variable in columns]), counted)}
    for name in ("pearson", "spearman", "ccc"):
        each = [
            constant_of(0.0) if variable in silent else measures[f"{name}[{variable}]"].statistic for variable in varied
        ]
        means[name] = Measure(average_of(each) if each else constant_of(np.nan), counted, "; ".join(notes))
    return means


# --- replies ---------------------------------------------------------------------------------------------------------


def reply_measures(rows: Sequence[ReplyRow]) -> dict[str, Measure]:
    """BLEU, ROUGE-L, Distinct, length and where replies came from; a missing reply is scored as an empty one.

    Each reply is cut into words by its own language. Distinct gets a jackknife interval: a resample repeats replies,
    and a repeated reply has no new n-grams, so every resample would lie below the value itself.
    """
    texts = [row.prediction or "" for row in rows]
    everything = np.ones(len(rows), dtype=bool)
    counts = np.stack([bleu_counts(t, row.references, row.language) for t, row in zip(texts, rows, strict=True)])
    rouge = [rouge_l(t, row.references, row.language) for t, row in zip(texts, rows, strict=True)]
    lengths = [np.nan if row.prediction is None else length(row.prediction, row.language) for row in rows]
    units = sorted({"characters" if is_chinese(row.language) else "words" for row in rows})
    return {
        "bleu": Measure(bleu_of(counts, bleu_from_counts), everything),
        "rouge_l": _mean(rouge),
        "distinct_1": _distinct(rows, texts, 1),
        "distinct_2": _distinct(rows, texts, 2),
        "length": _mean(lengths, " or ".join(units)),
        **_problems(rows),
        "fallback_share": _mean([row.source != "model" for row in rows]),
        "unparseable": _mean([row.prediction is None for row in rows]),
    }


def _problems(rows: Sequence[ReplyRow]) -> dict[str, Measure]:
    """Shares of replies with each problem that a graph found in its own, of those it looked at."""
    names = sorted({name for row in rows for name in row.problems or ()})
    told = [None if row.problems is None else set(row.problems) for row in rows]
    if all(one is None for one in told):
        return {}
    shares = {f"problem[{name}]": [np.nan if one is None else name in one for one in told] for name in names}
    return {
        "without_problems": _mean([np.nan if one is None else not one for one in told]),
        **{name: _mean(values, "of those written") for name, values in shares.items()},
    }


def _distinct(rows: Sequence[ReplyRow], texts: Sequence[str], n: int) -> Measure:
    grams = [ngrams(words(text, row.language), n) for text, row in zip(texts, rows, strict=True)]

    def statistic(weights: Floats) -> Floats:
        kept = [[gram for i in np.flatnonzero(row) for gram in grams[i]] for row in weights]
        return np.array([len(set(each)) / len(each) if each else np.nan for each in kept])

    everything = np.ones(len(rows), dtype=bool)
    return Measure(statistic, everything, "jackknife interval", lambda codes: distinct_without_each(grams, codes))


# --- alarms ----------------------------------------------------------------------------------------------------------


def alarm_measures(rows: Sequence[AlarmRow]) -> dict[str, Measure]:
    """False alarms among items without a due alarm, misses among those with one; each only where there are such."""
    # No answer is the wrong one: an alarm where none was due, a miss where one was.
    said = [row.prediction if row.prediction is not None else not row.target for row in rows]
    raised = np.array(said, dtype=np.float64)
    due = np.array([row.target for row in rows])
    measures = {}
    if not due.all():
        measures["false_alarm_rate"] = _mean(np.where(due, np.nan, raised))
    if due.any():
        measures["miss_rate"] = _mean(np.where(due, 1.0 - raised, np.nan))
    measures["unparseable"] = _mean(np.array([float(row.prediction is None) for row in rows]))
    return measures
