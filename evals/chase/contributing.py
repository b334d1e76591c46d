"""What `measure` found on many clips, as figures with intervals over sources: the VCC table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from pydantic import Field

from affectgraph.backends.steering import MODALITIES, Modality
from affectgraph.evals.chase.intervals import average
from affectgraph.tools.chase.stored import Stored
from affectgraph.tools.chase.vcc import Measured, Thinned
from affectgraph.tools.link_parts import Figure

__all__ = ["Curve", "Group", "Summary", "summarise"]


class Curve(Stored):
    """One point of the thinning curve over clips: means with intervals.

    Attributes:
        share: of the video frames.
        tokens: mean size of the video span.
        budget: of video, over the summarised layers.
        p: probability of the reference.
        accuracy: share of clips whose most probable label is the reference.
    """

    share: float
    tokens: float
    budget: Figure
    p: Figure
    accuracy: Figure


class Group(Stored):
    """Clips of one kind.

    Attributes:
        name: `all`, `conflict` or `align`.
        n, sources: clips and their sources.
        accuracy: of the unsteered model.
        budgets: modality -> budget over the summarised layers, mean over clips that have it.
        densities: modality -> the same per token of its span.
        preferences: modality -> density against an even spread over all tokens; 1 is none.
        contributions: modality -> what the probability of the reference loses without it.
        layers: modality -> mean budget at each layer.
        thinning: with less and less video.
    """

    name: str
    n: int = Field(ge=1)
    sources: int = Field(ge=1)
    accuracy: Figure
    budgets: dict[Modality, Figure]
    densities: dict[Modality, Figure]
    preferences: dict[Modality, Figure]
    contributions: dict[Modality, Figure]
    layers: dict[Modality, tuple[float, ...]]
    thinning: tuple[Curve, ...] = ()


class Summary(Stored):
    """The table of one model on one set.

    Attributes:
        first, last: the layers that budgets are averaged over; the curve over layers has all.
    """

    identity: str
    dataset: str
    first: int
    last: int
    groups: tuple[Group, ...]


def summarise(clips: Sequence[Measured], *, identity: str, dataset: str, layers: range, seed: int = 0) -> Summary:
    """Figures over all clips, and over those in conflict and in agreement where that is known.

    Args:
        clips: at least one.
        identity: of the model.
        dataset: its name.
        layers: that budgets are averaged over; the paper's are the last 16 of 28.
        seed: of the resamples.
    """
    kinds = {"all": list(clips)}
    for name in ("conflict", "align"):
        kinds[name] = [clip for clip in clips if clip.relation == name]
    groups = tuple(_group(name, some, layers, seed) for name, some in kinds.items() if some)
    return Summary(identity=identity, dataset=dataset, first=layers[0], last=layers[-1], groups=groups)


def _group(name: str, clips: list[Measured], layers: range, seed: int) -> Group:
    def figure(value: Callable[[Measured], float]) -> Figure | None:
        return _figure([value(clip) for clip in clips], clips, seed)

    def by_modality(value: Callable[[Measured, Modality], float]) -> dict[Modality, Figure]:
        found = {each: figure(lambda clip, each=each: value(clip, each)) for each in MODALITIES}  # type: ignore[misc]
        return {each: one for each, one in found.items() if one is not None}

    def tokens(clip: Measured, each: Modality) -> float:
        return clip.tokens.get(each, float("nan"))

    return Group(
        name=name,
        n=len(clips),
        sources=len({clip.source for clip in clips}),
        accuracy=average([float(clip.right) for clip in clips], [clip.source for clip in clips], seed),
        budgets=by_modality(lambda clip, each: clip.budget(each, layers)),
        densities=by_modality(lambda clip, each: clip.budget(each, layers) / tokens(clip, each)),
        preferences=by_modality(
            lambda clip, each: clip.budget(each, layers) / tokens(clip, each) * sum(clip.tokens.values())
        ),
        contributions=by_modality(lambda clip, each: clip.contributions.get(each, float("nan"))),
        layers={
            each: tuple(np.mean([clip.budgets[each] for clip in clips if each in clip.budgets], axis=0).tolist())
            for each in MODALITIES
            if any(each in clip.budgets for clip in clips)
        },
        thinning=_curve(clips, layers, seed),
    )


def _curve(clips: list[Measured], layers: range, seed: int) -> tuple[Curve, ...]:
    thinned = [clip for clip in clips if clip.thinning]
    points = []
    for place in range(len(thinned[0].thinning) if thinned else 0):

        def figure(value: Callable[[Thinned], float], place: int = place) -> Figure:
            values = [value(clip.thinning[place]) for clip in thinned]
            return average(values, [clip.source for clip in thinned], seed)

        points.append(
            Curve(
                share=thinned[0].thinning[place].share,
                tokens=float(np.mean([clip.thinning[place].tokens for clip in thinned])),
                budget=figure(lambda point: point.budget(layers)),
                p=figure(lambda point: point.p),
                accuracy=figure(lambda point: float(point.right)),
            )
        )
    return tuple(points)


def _figure(values: list[float], clips: list[Measured], seed: int) -> Figure | None:
    """The mean over clips that have a value, with its interval; None where none has."""
    known = [(value, clip.source) for value, clip in zip(values, clips, strict=True) if not np.isnan(value)]
    return average([value for value, _ in known], [source for _, source in known], seed) if known else None
