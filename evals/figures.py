"""From rows to figures: every number with its items and a clustered interval, and two systems compared item by item."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from affectgraph.evals.metrics.measures import (
    Measure,
    alarm_measures,
    label_measures,
    rating_measures,
    reply_measures,
)
from affectgraph.evals.metrics.resampling import (
    RESAMPLES,
    Difference,
    difference_from_samples,
    group_codes,
    interval_from_samples,
    jackknife,
    mcnemar,
    paired_jackknife,
    resampled_weights,
)
from affectgraph.evals.rows import AlarmRow, LabelRow, RatingRow, ReplyRow, Row

__all__ = ["Comparison", "Figure", "compare", "figures", "sliced"]


@dataclass(frozen=True)
class Figure:
    """A number that a report may print.

    Attributes:
        name: e.g. `accuracy` or `pearson[valence]`.
        value: nan where it is undefined.
        low, high: 95 % interval, clustered by group; nan where there is none.
        n: items that it counts.
        groups: groups that these items are of.
        note: what a reader has to know: why there is no interval, what was left out.
    """

    name: str
    value: float
    low: float
    high: float
    n: int
    groups: int
    note: str = ""


@dataclass(frozen=True)
class Comparison:
    """One statistic of two systems on the same items.

    Attributes:
        statistic: name of the figure.
        a, b: its value for each system.
        difference: b - a.
        low, high: 95 % interval of the difference.
        p: two-sided; uncorrected, see `metrics.resampling.holm` for several comparisons.
        n, groups: items that the statistic counts in either system, and groups of these items.
        test: where p is from: `McNemar`, `paired bootstrap`, `paired jackknife`.
    """

    statistic: str
    a: float
    b: float
    difference: float
    low: float
    high: float
    p: float
    n: int
    groups: int
    test: str


def _measures(rows: Sequence[Row]) -> dict[str, Measure]:
    kinds = sorted({row.kind for row in rows})
    if len(kinds) != 1:
        raise ValueError(
            f"rows of several kinds ({', '.join(kinds)}) have no figures in common" if kinds else "no rows"
        )
    match kinds[0]:
        case "label":
            return label_measures(cast("Sequence[LabelRow]", rows))
        case "rating":
            return rating_measures(cast("Sequence[RatingRow]", rows))
        case "reply":
            return reply_measures(cast("Sequence[ReplyRow]", rows))
        case _:
            return alarm_measures(cast("Sequence[AlarmRow]", rows))


def _groups(rows: Sequence[Row]) -> list[Hashable]:
    """The group of each row; a row whose group is empty is its own."""
    return [("group", row.group) if row.group else ("id", row.id) for row in rows]


def _value(measure: Measure) -> float:
    return float(measure.statistic(np.ones((1, measure.counted.size)))[0])


def figures(rows: Sequence[Row], *, resamples: int = RESAMPLES, seed: int = 0) -> list[Figure]:
    """All figures of rows of one kind, in the order of reading.

    Intervals are 95 % percentile intervals of a bootstrap over groups (`metrics.resampling`), all figures on the same
    resamples; Distinct has a jackknife interval. What unreadable answers cost is said in `metrics.measures`.

    Args:
        rows: of one kind.
        resamples: of the bootstrap.
        seed: of the bootstrap.

    Raises:
        ValueError: there are no rows, rows of several kinds, or a row contradicts itself (the message names it).
    """
    measures = _measures(rows)
    groups = _groups(rows)
    codes, _ = group_codes(groups)
    samples: dict[str, list[NDArray[np.float64]]] = defaultdict(list)
    for weights in resampled_weights(groups, resamples, seed):
        for name, measure in measures.items():
            if measure.leave_one_out is None:
                samples[name].append(measure.statistic(weights))
    result = []
    for name, measure in measures.items():
        value, n = _value(measure), int(measure.counted.sum())
        if measure.leave_one_out is None:
            number = np.unique(codes[measure.counted]).size
            interval = interval_from_samples(value, np.concatenate(samples[name]), n, number)
        else:
            interval = jackknife(value, measure.leave_one_out(codes), n)
        notes = [measure.note, interval.note if n else "no items to count"]
        note = "; ".join(note for note in notes if note)
        result.append(Figure(name, value, interval.low, interval.high, n, interval.groups, note))
    return result


def sliced(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows of each slice, by `name=value`, sorted; a row is in as many as it names."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        for name, value in row.slices.items():
            found[f"{name}={value}"].append(row)
    return dict(sorted(found.items()))


def _paired(a: Sequence[Row], b: Sequence[Row]) -> list[Row]:
    """The rows of b in the order of a.

    Raises:
        ValueError: the ids differ or repeat, or an item has another group, target or references in b.
    """
    first, second = {row.id: row for row in a}, {row.id: row for row in b}
    if len(first) != len(a) or len(second) != len(b):
        raise ValueError(f"ids repeat: {len(a) - len(first)} times in a, {len(b) - len(second)} times in b")
    absent = [sorted(first.keys() - second.keys()), sorted(second.keys() - first.keys())]
    if any(absent):
        example = next(missing[0] for missing in absent if missing)
        raise ValueError(
            f"a comparison needs the same items: {len(absent[0])} of a are missing in b and {len(absent[1])} of b "
            f"in a, e.g. {example!r}"
        )
    for name, row in first.items():
        for field in ("group", "target", "references"):
            if getattr(row, field, None) != getattr(second[name], field, None):
                raise ValueError(f"item {name!r} has another {field} in b than in a")
    return [second[row.id] for row in a]


def compare(
    a: Sequence[Row], b: Sequence[Row], statistic: str, *, resamples: int = RESAMPLES, seed: int = 0
) -> Comparison:
    """The difference b - a of one figure, paired by item.

    Both systems are scored on the same resamples of groups. For `accuracy` over independent items (each its own group)
    p is from McNemar's exact test, and the interval from the bootstrap; the two may disagree at the border.

    Args:
        a, b: rows of one kind about the same items.
        statistic: the name of any figure that both have.
        resamples: of the bootstrap.
        seed: of the bootstrap.

    Raises:
        ValueError: the items differ, or the statistic is unknown; the message says how.
    """
    measures_a = _measures(a)
    ordered = _paired(a, b)
    measures_b = _measures(ordered)
    known = [name for name in measures_a if name in measures_b]
    if statistic not in known:
        raise ValueError(f"unknown statistic {statistic!r}; known here: {', '.join(known)}")
    first, second = measures_a[statistic], measures_b[statistic]
    groups = _groups(a)
    codes, number = group_codes(groups)
    counted = first.counted | second.counted
    n, counted_groups = int(counted.sum()), int(np.unique(codes[counted]).size)
    value_a, value_b = _value(first), _value(second)
    test = "paired bootstrap"
    result: Difference
    if first.leave_one_out is not None and second.leave_one_out is not None:
        test = "paired jackknife"
        result = paired_jackknife(value_b - value_a, second.leave_one_out(codes) - first.leave_one_out(codes), n)
    else:
        samples = [second.statistic(w) - first.statistic(w) for w in resampled_weights(groups, resamples, seed)]
        result = difference_from_samples(value_b - value_a, np.concatenate(samples), n, counted_groups)
    p = result.p
    if statistic == "accuracy" and number == len(a) and not math.isnan(value_a):
        test = "McNemar"
        p = mcnemar(*([row.prediction == row.target for row in _labels(rows)] for rows in (a, ordered))).p
    return Comparison(
        statistic, value_a, value_b, value_b - value_a, result.low, result.high, p, n, counted_groups, test
    )


def _labels(rows: Sequence[Row]) -> Sequence[LabelRow]:
    return cast("Sequence[LabelRow]", rows)
