"""The "personality illusion" of Persona-E2 in five figures, from rows alone: does a told profile act as people's do?

The paper (arXiv 2604.09162) names the effect and gives no number for it; the figures are ours, defined in
`metrics/persona.py`, their intervals in `metrics/crossed.py`. They need rows with a `person` under a true profile;
profile-swap gain also the same items under `shuffled` ones. People's own labels are the measure, and how far people
agree with themselves on other events is the reference: a figure inside that range is not told from noise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from affectgraph.evals.figures import Figure
from affectgraph.evals.metrics.crossed import SPLITS, Crossed, Measured, halves, measure, resamples_of
from affectgraph.evals.metrics.persona import sensitivity
from affectgraph.evals.metrics.resampling import RESAMPLES, Interval, interval_from_samples
from affectgraph.evals.rows import LabelRow, Row
from affectgraph.tools.persona_words import PROFILES

__all__ = ["READ", "Illusion", "Slope", "illusion", "illusions"]

SHUFFLED, NONE, DEFAULT = "shuffled", "none", "bfi"
# Figure -> how it is called, how a person reads it at a glance, and in a sentence.
READ = {
    "sensitivity": (
        "(a) sensitivity",
        "0 = profile ignored",
        "Share of events about which the answer changes with the profile. 0: the profile is ignored.",
    ),
    "directional_validity": (
        "(b) directional validity",
        "1 = people's way",
        "Whether traits push the answers the way they push people's. 1: the same way; 0: unrelated; -1: reversed.",
    ),
    "stereotype_excess": (
        "(c) stereotype excess",
        "over 1 = caricature",
        "How strongly traits act, relative to people. 1: as strongly; above 1: a caricature; 0: not at all.",
    ),
    "profile_swap_gain": (
        "(d) profile-swap gain",
        "0 = pure illusion",
        "Accuracy that the right profile adds over another person's. 0: pure illusion.",
    ),
    "variance_ratio": (
        "(e) variance ratio",
        "0 = all alike",
        "How much personas differ, relative to people. 1: as much; 0: all answer alike.",
    ),
}
_OF_LABELS = ("directional_validity", "stereotype_excess", "variance_ratio")


@dataclass(frozen=True)
class Slope:
    """How one trait acts on one emotion: change of the emotion's share from the trait's lowest to its highest value.

    In the model's answers and in people's own labels, each with its 95 % interval.
    """

    trait: str
    emotion: str
    model: Interval
    human: Interval


@dataclass(frozen=True)
class Illusion:
    """The five figures of one run.

    Attributes:
        events, people: how many there are.
        figures: in the order of `READ`.
        references: figure -> the same among people: for the sensitivity on how many events people's own labels differ,
            for the others the middle 95 % of what one half of the events gives against the other. The value is their
            median. A figure without one is absent.
        slopes: of every trait and every emotion that anybody named.
    """

    events: int
    people: int
    figures: tuple[Figure, ...]
    references: dict[str, Figure]
    slopes: tuple[Slope, ...]


def illusions(runs: Mapping[str, Sequence[Row]], *, resamples: int = RESAMPLES, seed: int = 0) -> dict[str, Illusion]:
    """The five figures of every run under a true profile.

    A run under `bfi` is held against the one under `shuffled` whose other parts are the same (`bfi+anchor` against
    `shuffled+anchor`), and against the one under `none`, where there are such runs. Other forms of a profile have no
    shuffled counterpart.

    Args:
        runs: condition -> its rows; all of one graph and model. Runs without people in their rows are left out.
        resamples, seed: of the bootstrap.
    """
    known: dict[tuple[str, frozenset[str]], list[LabelRow]] = {}
    names: dict[tuple[str, frozenset[str]], str] = {}
    for name, rows in runs.items():
        crossed = [row for row in rows if isinstance(row, LabelRow) and row.person is not None]
        if crossed:
            known[_parts(name)], names[_parts(name)] = crossed, name
    found = {}
    for (own, rest), rows in known.items():
        if own not in (SHUFFLED, NONE):
            swapped = known.get((SHUFFLED, rest)) if own == DEFAULT else None
            blind = known.get((NONE, rest))
            found[names[own, rest]] = illusion(rows, swapped, blind, resamples=resamples, seed=seed)
    return found


def _parts(condition: str) -> tuple[str, frozenset[str]]:
    """The part that says what is told of the person, and the others."""
    parts = condition.split("+")
    own = next((part for part in parts if part in (*PROFILES, SHUFFLED)), DEFAULT)
    return own, frozenset(parts) - {own, "default"}


def illusion(
    true: Sequence[LabelRow],
    shuffled: Sequence[LabelRow] | None = None,
    blind: Sequence[LabelRow] | None = None,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Illusion:
    """The five figures.

    An unreadable answer counts as wrong in the gain, as no change in the sensitivity, and is left out of the others on
    both sides. Of several answers about one event as one person the first counts.

    Args:
        true: answers under each person's own profile.
        shuffled: the same items under another person's.
        blind: the same items with no profile told: what the sensitivity is where only chance can change an answer.
        resamples: of events and people.
        seed: of the resamples.

    Raises:
        ValueError: there are no rows, or one has no person.
    """
    table = _table(true, shuffled)
    events, people = table.gain.shape
    whole = measure(table, np.ones(events), np.arange(people))
    drawn = list(resamples_of(table, resamples, seed))
    samples = {name: np.array([one.figures[name] for one in drawn]) for name in READ}
    counts = {
        "sensitivity": int(np.isfinite(table.changed).sum()),
        "profile_swap_gain": int(np.isfinite(table.gain).sum()),
    }
    notes = _notes(table, true, shuffled, blind, whole)
    figures = tuple(
        _figure(name, value, samples[name], counts.get(name, int(table.human.sum())), table, notes[name])
        for name, value in whole.figures.items()
    )
    return Illusion(events, people, figures, _references(table, true, seed), _slopes(table, true, whole, drawn))


def _cells(rows: Sequence[LabelRow]) -> dict[tuple[str, str], LabelRow]:
    """(event, person) -> its first row."""
    found: dict[tuple[str, str], LabelRow] = {}
    for row in sorted(rows, key=lambda row: row.id):  # the order of a log must not change an interval
        if row.person is None:
            raise ValueError(f"row {row.id!r} has no person: the five figures need rows of `persona_illusion`")
        found.setdefault((row.group, row.person.id), row)
    if not found:
        raise ValueError("no rows")
    return found


def _labels(rows: Sequence[LabelRow]) -> list[str]:
    return list(dict.fromkeys(label for row in rows for label in row.options))


def _table(true: Sequence[LabelRow], shuffled: Sequence[LabelRow] | None) -> Crossed:
    cells, swapped = _cells(true), _cells(shuffled) if shuffled else {}
    labels = {label: number for number, label in enumerate(_labels(true))}
    events = {event: number for number, event in enumerate(dict.fromkeys(event for event, _ in cells))}
    traits = {row.person.id: row.person.traits for row in cells.values() if row.person}
    people = {person: number for number, person in enumerate(traits)}
    model, human = np.zeros((2, len(events), len(people), len(labels)))
    gain = np.full((len(events), len(people)), np.nan)
    for (event, person), row in cells.items():
        place = events[event], people[person]
        if row.prediction is not None:
            model[(*place, labels[row.prediction])] = human[(*place, labels[row.target])] = 1.0
        other = swapped.get((event, person))
        if other is not None:
            gain[place] = float(row.prediction == row.target) - float(other.prediction == other.target)
    return Crossed(np.array([list(one.values()) for one in traits.values()]), model, human, _changed(cells), gain)


def _changed(cells: Mapping[tuple[str, str], LabelRow], own: bool = False) -> NDArray[np.float64]:
    """Whether the answers about an event differ between people; with `own` their own labels in the model's place."""
    answers: dict[str, list[str | None]] = {}
    for (event, _), row in cells.items():
        answers.setdefault(event, []).append(row.target if own else row.prediction)
    return np.array([sensitivity([row]) for row in answers.values()])


def _known(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values[~np.isnan(values)]


def _interval(value: float, samples: NDArray[np.float64], n: int, table: Crossed, *, over_people: bool) -> Interval:
    events, people = table.gain.shape
    enough = events > 1 and (people > 1 or not over_people)
    found = interval_from_samples(value, samples, n, events if enough else 1)
    return found if enough else replace(found, note="one event or one person: no interval")


def _figure(
    name: str, value: float, samples: NDArray[np.float64], n: int, table: Crossed, notes: Sequence[str]
) -> Figure:
    found = _interval(value, samples, n, table, over_people=name != "sensitivity")
    told = [found.note] * bool(found.note and not math.isnan(value))
    return Figure(name, value, found.low, found.high, n, table.gain.shape[0], "; ".join([*notes, *told]))


def _notes(
    table: Crossed,
    true: Sequence[LabelRow],
    shuffled: Sequence[LabelRow] | None,
    blind: Sequence[LabelRow] | None,
    whole: Measured,
) -> dict[str, list[str]]:
    """What a reader of each figure has to know: above all why it is undefined."""
    unread = sum(row.prediction is None for row in true)
    left_out = [f"{unread} unreadable answers left out"] * bool(unread)
    notes = {name: left_out if name in _OF_LABELS else [] for name in READ}
    told = f"over {table.gain.shape[1]} profiles, resampled over events alone: it grows with their number"
    rate = _known(_changed(_cells(blind))) if blind else np.empty(0)
    notes["sensitivity"] = [told, *([f"{rate.mean():.3f} where no profile is told"] if rate.size else [])]
    for name, value in whole.figures.items():
        if math.isnan(value):
            notes[name] = [f"undefined: {_why(name, table, whole, bool(shuffled))}", *notes[name]]
    return notes


def _why(name: str, table: Crossed, whole: Measured, has_shuffled: bool) -> str:
    if name == "sensitivity":
        return "no event has two readable answers"
    if name == "profile_swap_gain":
        return "the runs share no item" if has_shuffled else "it needs a run of the same items under `shuffled`"
    if not table.human.any():
        return "no answer was readable"
    if name == "variance_ratio":
        return "people's own labels do not differ on any event"
    if not np.isfinite(whole.human_slopes).any():
        return "it needs three people with different traits"
    if not np.nan_to_num(whole.human_slopes).any():
        return "people's labels do not vary with any trait"
    return "the model's answers do not vary with any trait, or not enough emotions do"


def _references(table: Crossed, true: Sequence[LabelRow], seed: int) -> dict[str, Figure]:
    events, n = table.gain.shape[0], int(table.human.sum())
    differ = _known(_changed(_cells(true), own=True))
    found = {}
    if differ.size:
        told = "share of events on which people's own labels differ"
        found["sensitivity"] = Figure(
            "sensitivity", float(differ.mean()), math.nan, math.nan, differ.size, events, told
        )
    told = f"people on half of the events against the same people on the other half: middle 95 % of {SPLITS} halvings"
    for name, values in halves(table, seed=seed).items():
        if _known(values).size:
            low, middle, high = map(float, np.quantile(_known(values), [0.025, 0.5, 0.975]))
            found[name] = Figure(name, middle, low, high, n, events, told)
    return found


def _slopes(table: Crossed, true: Sequence[LabelRow], whole: Measured, drawn: Sequence[Measured]) -> tuple[Slope, ...]:
    traits, labels = next(list(row.person.traits) for row in true if row.person), _labels(true)
    model = np.stack([one.model_slopes for one in drawn])
    human = np.stack([one.human_slopes for one in drawn])
    found = []
    for i, j in np.ndindex(whole.model_slopes.shape):
        sides = [
            _interval(float(value[i, j]), samples[:, i, j], len(true), table, over_people=True)
            for value, samples in ((whole.model_slopes, model), (whole.human_slopes, human))
        ]
        # A label that neither side ever gave has no slope.
        if not math.isnan(sides[0].value) and (table.model[..., j].any() or table.human[..., j].any()):
            found.append(Slope(traits[i], labels[j], *sides))
    return tuple(found)
