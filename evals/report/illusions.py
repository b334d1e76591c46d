"""The "personality illusion" of a task's runs, as the page and the terminal show it: five figures and one plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from affectgraph.evals.figures import Figure
from affectgraph.evals.illusion import READ, Illusion, illusions
from affectgraph.evals.report import plots
from affectgraph.evals.report.pictures import Picture
from affectgraph.evals.report.plots import Point, Region
from affectgraph.evals.report.reading import Study

__all__ = ["IllusionLine", "IllusionShown", "lines_of", "picture_of", "shown_of"]

CAPTION = (
    "Each mark is one trait and one emotion: how much more often people highest in the trait name the emotion than "
    "people lowest in it (across), and how much more often the model names it when it plays them (up). On the dashed "
    "diagonal the model ties the trait to the emotion as strongly as people do; beyond it, farther from zero, it "
    "exaggerates: a caricature; on the line of zero the trait changes nothing; across that line it goes the wrong "
    "way. Hollow: people's own effect may be chance, so the mark says little. Named are the marks farthest from the "
    "diagonal."
)
REGIONS = (
    Region("caricature", 0.04, 0.94),
    Region("caricature", -0.04, -0.94, "right"),
    Region("the wrong way", -0.97, 0.94),
    Region("the wrong way", 0.97, -0.94, "right"),
    Region("too weak", 0.97, 0.05, "right"),
    Region("too weak", -0.97, -0.05),
)


@dataclass(frozen=True)
class IllusionLine:
    """One figure as a reader sees it; `people` is the same figure among people, None where there is none."""

    title: str
    figure: Figure
    people: Figure | None
    glance: str
    meaning: str


@dataclass(frozen=True)
class IllusionShown:
    """The five figures of one run under a true profile."""

    title: str
    study: Study
    found: Illusion
    lines: list[IllusionLine]
    picture: Picture | None


def shown_of(studies: Sequence[Study], *, resamples: int, seed: int) -> list[IllusionShown]:
    """The runs of one block that have people in their rows, each with its shuffled counterpart of the same model."""
    same: dict[tuple[str, ...], dict[str, Study]] = {}
    for study in studies:
        ran = study.ran
        # Runs with other options are other runs; their name then says so in brackets.
        condition = ran.condition.split(" (")[0]
        same.setdefault((ran.graph, ran.backend, ran.identity, *ran.options), {})[condition] = study
    shown = []
    for runs in same.values():
        found = illusions({name: study.rows for name, study in runs.items()}, resamples=resamples, seed=seed)
        for name, one in found.items():
            ran = runs[name].ran
            title = f"{ran.condition}, {ran.graph} on {ran.backend}"
            shown.append(IllusionShown(title, runs[name], one, lines_of(one), picture_of(one)))
    return shown


def lines_of(found: Illusion) -> list[IllusionLine]:
    """The figures in reading order."""
    return [
        IllusionLine(READ[one.name][0], one, found.references.get(one.name), *READ[one.name][1:])
        for one in found.figures
    ]


def picture_of(found: Illusion) -> Picture | None:
    """The model's slopes against people's; None where there are no slopes."""
    points = [
        Point(
            name=one.emotion,
            series=one.trait,
            x=one.human.value,
            y=one.model.value,
            sure=one.human.low > 0 or one.human.high < 0,
        )
        for one in found.slopes
    ]
    if not points:
        return None
    change = "change of the emotion's share, trait lowest to highest"
    plot = plots.opposed(points, f"people: {change}", f"model: {change}", REGIONS)
    return Picture(plot, CAPTION)
