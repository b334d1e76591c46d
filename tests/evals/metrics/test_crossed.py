"""Weights and person numbers mean repeated events and people; gaps and too little data are not numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.evals.metrics.crossed import FIGURES, Crossed, halves, measure, resamples_of
from affectgraph.evals.metrics.persona import variance_ratio

EVENTS, PEOPLE, LABELS = 6, 5, 3


def table(seed: int, events: int = EVENTS, people: int = PEOPLE) -> Crossed:
    generator = np.random.default_rng(seed)
    model, human = (np.eye(LABELS)[generator.integers(0, LABELS, (events, people))] for _ in range(2))
    changed = generator.integers(0, 2, events).astype(float)
    return Crossed(
        generator.random((people, 2)), model, human, changed, generator.integers(-1, 2, (events, people)) * 1.0
    )


def taken(whole: Crossed, events: list[int], people: list[int]) -> Crossed:
    """The table with these events and people written out, with repeats."""
    cells = np.ix_(events, people)
    return Crossed(
        whole.traits[people], whole.model[cells], whole.human[cells], whole.changed[events], whole.gain[cells]
    )


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 99),
    st.lists(st.integers(0, EVENTS - 1), min_size=1, max_size=8),
    st.lists(st.integers(0, PEOPLE - 1), min_size=3, max_size=8),
)
def test_weights_are_repeats(seed: int, events: list[int], people: list[int]) -> None:
    whole = table(seed)
    weights = np.bincount(events, minlength=EVENTS).astype(float)
    short = measure(whole, weights, np.array(people))
    written = taken(whole, events, people)
    long = measure(written, np.ones(len(events)), np.arange(len(people)))
    for name in FIGURES:
        assert short.figures[name] == pytest.approx(long.figures[name], nan_ok=True, abs=1e-9)
    np.testing.assert_allclose(short.model_slopes, long.model_slopes, atol=1e-9)
    plain = variance_ratio(written.model, written.human)
    assert short.figures["variance_ratio"] == pytest.approx(plain, nan_ok=True)


def test_a_person_without_answers_changes_no_slope() -> None:
    whole = table(1)
    silent = Crossed(
        np.vstack([whole.traits, [[9.0, -9.0]]]),
        *(np.concatenate([cells, np.zeros((EVENTS, 1, LABELS))], axis=1) for cells in (whole.model, whole.human)),
        whole.changed,
        np.column_stack([whole.gain, np.full(EVENTS, np.nan)]),
    )
    first, second = (measure(one, np.ones(EVENTS), np.arange(len(one.traits))) for one in (whole, silent))
    assert first.figures == pytest.approx(second.figures)


def test_two_people_have_no_slopes_and_an_event_of_gaps_no_variance() -> None:
    found = measure(table(2), np.ones(EVENTS), np.array([0, 1, 1, 0]))
    assert math.isnan(found.figures["stereotype_excess"])
    assert np.isnan(found.human_slopes).all()
    empty = Crossed(
        table(2).traits,
        *np.zeros((2, EVENTS, PEOPLE, LABELS)),
        *(np.full(s, np.nan) for s in (EVENTS, (EVENTS, PEOPLE))),
    )
    assert all(math.isnan(value) for value in measure(empty, np.ones(EVENTS), np.arange(PEOPLE)).figures.values())


def test_events_and_people_are_resampled_apart_from_each_other() -> None:
    whole = table(3)
    # Gains that differ between people alone vary with the people drawn, those between events alone with the events.
    for gain in (
        np.tile(np.arange(PEOPLE) / PEOPLE, (EVENTS, 1)),
        np.tile(np.arange(EVENTS)[:, None] / EVENTS, PEOPLE),
    ):
        one = Crossed(whole.traits, whole.model, whole.human, whole.changed, gain)
        drawn = [found.figures["profile_swap_gain"] for found in resamples_of(one, 40, 0)]
        assert len(set(drawn)) > 5
        assert min(drawn) < gain.mean() < max(drawn)
    with pytest.raises(ValueError, match="at least 1"):
        next(resamples_of(whole, 0, 0))


def test_halves_need_two_events_each() -> None:
    assert all(np.isnan(values).all() for values in halves(table(4, events=3)).values())
    found = halves(table(4, events=12, people=9), splits=50)
    assert {name: values.shape for name, values in found.items()} == dict.fromkeys(found, (50,))
    assert np.median(np.log(found["variance_ratio"])) == pytest.approx(0.0, abs=0.3)
