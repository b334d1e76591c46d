"""The plots of one task: what its kind of answer calls for, from the rows of its runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from affectgraph.evals.figures import Figure, figures, sliced
from affectgraph.evals.metrics.classification import class_scores, confusion_matrix
from affectgraph.evals.metrics.distributions import calibration
from affectgraph.evals.report import plots
from affectgraph.evals.report.comparing import Ablation
from affectgraph.evals.report.numbers import words
from affectgraph.evals.report.plots import Interval, Plot
from affectgraph.evals.report.reading import Study
from affectgraph.evals.rows import AlarmRow, LabelRow, RatingRow, Row

__all__ = ["Picture", "ablation_picture", "pictures", "run_names"]

UNREAD = "(unread)"
# More runs than colours go into a further plot.
TOGETHER = len(plots.COLOURS)
SMALLEST_SLICE = 5


@dataclass(frozen=True)
class Picture:
    """A plot and the sentence under it."""

    plot: Plot
    caption: str


def run_names(studies: Sequence[Study]) -> dict[str, Study]:
    """Each run under a name that tells it from the others of its task: the condition, and what else differs."""
    graphs = len({study.ran.graph for study in studies}) > 1
    backends = len({study.ran.backend for study in studies}) > 1
    named = {}
    for study in studies:
        parts = [study.ran.condition, *[study.ran.graph] * graphs, *[study.ran.backend] * backends]
        named[", ".join(parts)] = study
    return named


def pictures(studies: Sequence[Study], statistic: str, resamples: int, seed: int) -> list[Picture]:
    """All plots of one block.

    Args:
        studies: runs of one task, data set and split, all with rows of one kind.
        statistic: the figure that slices are compared by.
        resamples, seed: of the intervals over slices.
    """
    runs = {name: study.rows for name, study in run_names(studies).items() if study.rows}
    found: list[Picture] = []
    labelled = {name: _labels(rows) for name, rows in runs.items() if isinstance(rows[0], LabelRow | AlarmRow)}
    if labelled:
        found += _per_class(labelled)
        found += [_confusion(name, rows) for name, rows in labelled.items()]
        found += [one for name, rows in labelled.items() if (one := _reliability(name, rows)) is not None]
    for name, rows in runs.items():
        found += _scatters(name, [row for row in rows if isinstance(row, RatingRow)])
    return found + _slices(runs, statistic, resamples, seed)


def _labels(rows: Sequence[Row]) -> list[LabelRow]:
    """Alarms are drawn as the two labels that they are."""
    found = []
    for row in rows:
        if isinstance(row, LabelRow):
            found.append(row)
        elif isinstance(row, AlarmRow):
            names = {True: "alarm", False: "no alarm"}
            options = list(names.values())
            target = names[row.target]
            prediction = None if row.prediction is None else names[row.prediction]
            found.append(LabelRow(id=row.id, group=row.group, options=options, target=target, prediction=prediction))
    return found


def _options(rows: Sequence[LabelRow]) -> list[str]:
    """The union over items, in order of appearance: an item may offer fewer options than another."""
    return list(dict.fromkeys(option for row in rows for option in [*row.options, row.target]))


def _predictions(rows: Sequence[LabelRow], options: Sequence[str]) -> list[str | None]:
    return [row.prediction if row.prediction in options else None for row in rows]


def _per_class(runs: dict[str, list[LabelRow]]) -> list[Picture]:
    options = _options([row for rows in runs.values() for row in rows])
    series: dict[str, list[float]] = {}
    for name, rows in runs.items():
        scores = class_scores([row.target for row in rows], _predictions(rows, options), options)
        series[name] = [0.0 if math.isnan(score.f1) else score.f1 for score in scores]
    names = list(series)
    groups = [names[start : start + TOGETHER] for start in range(0, len(names), TOGETHER)]
    caption = "F1 per class. A class that is neither people's label nor an answer stands at 0."
    return [Picture(plots.bars(options, {name: series[name] for name in group}, "F1"), caption) for group in groups]


def _confusion(name: str, rows: list[LabelRow]) -> Picture:
    options = _options(rows)
    matrix = confusion_matrix([row.target for row in rows], _predictions(rows, options), options)
    unread = int(matrix[:, -1].sum())
    columns = [*options, UNREAD] if unread else options
    told = f" {unread} answers could not be read." if unread else ""
    plot = plots.confusion(matrix[:, : len(columns)], options, columns)
    return Picture(plot, f"{name}: confusion matrix, coloured by share of the row, from dark (0) to light (1).{told}")


def _reliability(name: str, rows: list[LabelRow]) -> Picture | None:
    sure = [row for row in rows if row.distribution and row.prediction is not None]
    if not sure:
        return None
    confidence = [min(1.0, (row.distribution or {}).get(row.prediction or "", 0.0)) for row in sure]
    curve = calibration(confidence, [row.prediction == row.target for row in sure])
    points = [(bin.confidence, bin.accuracy, bin.n) for bin in curve.bins if bin.n]
    left_out = f" {len(rows) - len(sure)} answers without a distribution are left out." if len(sure) < len(rows) else ""
    caption = f"{name}: reliability, ECE {curve.ece:.3f}; larger points have more items.{left_out}"
    return Picture(plots.reliability(points, curve.ece), caption)


def _scatters(name: str, rows: Sequence[RatingRow]) -> list[Picture]:
    """One scatter per run with all variables that share a scale."""
    found = []
    for low, high in sorted({(row.low, row.high) for row in rows}):
        pairs = [
            (row.target[variable], row.prediction[variable])
            for row in rows
            if (row.low, row.high) == (low, high)
            for variable in row.target
            if variable in row.prediction
        ]
        if pairs:
            variables = len({variable for row in rows for variable in row.target})
            told = f", {variables} variables together" if variables > 1 else ""
            plot = plots.scatter([pair[0] for pair in pairs], [pair[1] for pair in pairs], low, high)
            found.append(Picture(plot, f"{name}: answered against people's ratings{told}; the line is equality."))
    return found


def _slices(runs: dict[str, list[Row]], statistic: str, resamples: int, seed: int) -> list[Picture]:
    """One forest plot with a line per slice and run; slices below five items are left out."""
    lines: list[Interval] = []
    for shade, rows in enumerate(runs.values()):
        for part, inside in sliced(rows).items():
            figure = _named(figures(inside, resamples=resamples, seed=seed), statistic)
            if len(inside) >= SMALLEST_SLICE and figure is not None:
                lines.append(Interval(part, figure.value, figure.low, figure.high, shade))
    lines.sort(key=lambda line: (line.name, line.shade))
    if not lines:
        return []
    plot = plots.forest(lines, words(statistic), shades=list(runs))
    caption = f"{words(statistic)} on each slice of at least {SMALLEST_SLICE} items, with 95 % intervals."
    return [Picture(plot, caption)]


def _named(found: Sequence[Figure], statistic: str) -> Figure | None:
    return next((one for one in found if one.name == statistic and not math.isnan(one.value)), None)


def ablation_picture(ablation: Ablation) -> Picture:
    """Paired differences from the whole graph's run."""
    lines = [Interval(name, result.difference, result.low, result.high) for name, result in ablation.lines]
    full, quantity = ablation.full.ran, words(ablation.statistic)
    plot = plots.forest(lines, f"difference in {quantity}", reference=0.0)
    caption = f"{full.task}: {full.graph} on {full.backend}, against {full.condition!r}; paired, 95 % intervals."
    return Picture(replace(plot, alt=f"Ablations. {plot.alt}"), caption)
