"""Statistics of crossed answers: each of some people about each of some events, once people's own and once a model's.

Events and people are both a sample, so both are resampled, independently: the pigeonhole bootstrap (Owen 2007, "The
pigeonhole bootstrap", Annals of Applied Statistics 1). That this is the right one here is our choice. The figures
themselves are those of `persona.py`. Cells without an answer are left out on both sides, and what a person answers is
held against what all answer about the same events, so that gaps do not pass for differences between people.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from affectgraph.evals.metrics.persona import directional_validity, stereotype_excess, trait_slopes

__all__ = ["FIGURES", "SPLITS", "Crossed", "Measured", "halves", "measure", "resamples_of"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]

FIGURES = ("sensitivity", "directional_validity", "stereotype_excess", "profile_swap_gain", "variance_ratio")
SPLITS = 200
# Our choice: a slope over two people goes through both, whatever they answer; halves of fewer events are no shares.
_FEWEST_PEOPLE, _FEWEST_IN_A_HALF = 3, 2


@dataclass(frozen=True)
class Crossed:
    """A table of answers.

    Attributes:
        traits: (people, traits).
        model: (events, people, labels), 1 at the model's label; all 0 where either side has no label.
        human: the same of people's own labels.
        changed: (events,) 1 where the model's answer changes with the profile, else 0; nan where nothing can change.
        gain: (events, people) right under the true profile minus right under another one; nan where one is not known.
    """

    traits: Floats
    model: Floats
    human: Floats
    changed: Floats
    gain: Floats

    @cached_property
    def shifts(self) -> tuple[Floats, Floats, Floats]:
        """Model's and people's labels minus the shares of all people on that event, 0 in gaps; and where no gap is."""
        given = self.human.sum(axis=2, keepdims=True)
        people = np.maximum(given.sum(axis=1, keepdims=True), 1.0)
        model, human = (
            (cells - cells.sum(axis=1, keepdims=True) / people) * given for cells in (self.model, self.human)
        )
        return model, human, given[:, :, 0]


@dataclass(frozen=True)
class Measured:
    """The figures on a table or on a resample of it, by the names of `FIGURES`; nan where they are undefined.

    Slopes are (traits, labels): change of a label's share per unit of the trait.
    """

    figures: dict[str, float]
    model_slopes: Floats
    human_slopes: Floats


def measure(table: Crossed, events: Floats, people: Numbers) -> Measured:
    """The figures.

    The sensitivity is that under *all* profiles of the table, whoever was drawn: it grows with their number, so that a
    resample of people, which has fewer different ones, would be biased downwards.

    Args:
        table: of answers.
        events: (events,) how often each event counts.
        people: numbers of the people that count, with repeats.
    """
    model_shifts, human_shifts, given = table.shifts
    model, human = (_means(cells, given, events)[people] for cells in (model_shifts, human_shifts))
    chosen = np.bincount(people, minlength=table.traits.shape[0]).astype(np.float64)
    validity, excess, slopes = _effects(table.traits[people], model, human)
    spread = [_spread(cells, events, chosen) for cells in (table.model, table.human)]
    return Measured(
        figures={
            "sensitivity": _mean(table.changed, events),
            "directional_validity": validity,
            "stereotype_excess": excess,
            "profile_swap_gain": _mean(table.gain, np.outer(events, chosen)),
            "variance_ratio": _ratio(*spread),
        },
        model_slopes=slopes[0],
        human_slopes=slopes[1],
    )


def resamples_of(table: Crossed, number: int, seed: int) -> Iterator[Measured]:
    """The figures on `number` resamples of events and, apart from them, of people.

    Raises:
        ValueError: fewer than one resample.
    """
    if number < 1:
        raise ValueError(f"resamples is {number}; expected at least 1")
    events, people = table.gain.shape
    generator = np.random.default_rng(seed)
    for _ in range(number):
        drawn = np.bincount(generator.integers(0, events, events), minlength=events).astype(np.float64)
        yield measure(table, drawn, np.asarray(generator.integers(0, people, people), dtype=np.intp))


def halves(table: Crossed, splits: int = SPLITS, seed: int = 0) -> dict[str, Floats]:
    """What people against the same people give: events are cut in halves at random, the second half stands for people.

    Returns:
        Figure -> (splits,) values of (b), (c) and (e); nan with fewer than 4 events or 3 people. Half as many events
        are noisier than all, so the range is a little too wide.
    """
    events, people = table.gain.shape
    _, shifts, given = table.shifts
    names = ("directional_validity", "stereotype_excess", "variance_ratio")
    found = np.full((splits, len(names)), np.nan)
    generator = np.random.default_rng(seed)
    for place in range(splits if events >= 2 * _FEWEST_IN_A_HALF else 0):
        first = np.zeros(events)
        first[generator.permutation(events)[: events // 2]] = 1.0
        sides = (first, 1.0 - first)
        validity, excess, _ = _effects(table.traits, *(_means(shifts, given, side) for side in sides))
        spread = [_spread(table.human, side, np.ones(people)) for side in sides]
        found[place] = validity, excess, _ratio(*spread)
    return dict(zip(names, found.T, strict=True))


def _means(shifts: Floats, given: Floats, events: Floats) -> Floats:
    """Each person's mean shift, (people, labels); nan for a person without answers.

    The means differ from the person's shares by a constant where there are no gaps, so that slopes are the same.
    """
    total = (events @ given)[:, None]
    sums = np.tensordot(events, shifts, axes=1)
    means = np.divide(sums, total, out=np.full(sums.shape, np.nan), where=total > 0)
    # Equal shares must come out equal: a correlation with rounding errors would be a number.
    rounded: Floats = np.round(means, 12)
    return rounded


def _effects(traits: Floats, model: Floats, human: Floats) -> tuple[float, float, Floats]:
    """Validity, excess, and both tables of slopes, over the people with shares on both sides."""
    known = np.isfinite(model).all(axis=1) & np.isfinite(human).all(axis=1)
    x, y, z = traits[known], model[known], human[known]
    if np.unique(x, axis=0).shape[0] < _FEWEST_PEOPLE:
        return math.nan, math.nan, np.full((2, traits.shape[1], model.shape[1]), np.nan)
    slopes = np.stack([trait_slopes(x, y), trait_slopes(x, z)])
    return directional_validity(x, y, z), stereotype_excess(x, y, z), slopes


def _spread(cells: Floats, events: Floats, people: Floats) -> float:
    """Mean over events of the Gini-Simpson index of the labels given: `variance_ratio`'s variance of single labels."""
    counts = np.tensordot(cells, people, axes=(1, 0))
    total = counts.sum(axis=1)
    shares = np.divide(counts, total[:, None], out=np.zeros_like(counts), where=total[:, None] > 0)
    return _mean(np.where(total > 1, 1.0 - (shares**2).sum(axis=1), np.nan), events)


def _mean(values: Floats, weights: Floats) -> float:
    kept = np.where(np.isnan(values), 0.0, weights)
    total = float(kept.sum())
    return float((kept * np.nan_to_num(values)).sum()) / total if total > 0 else math.nan


def _ratio(above: float, below: float) -> float:
    return above / below if below > 0 else math.nan
