"""What recalled episodes say of an emotion."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectgraph.tools.voting import vote

LABELS = ("anger", "joy", "neutral")


def test_the_nearer_episode_decides_and_the_further_one_still_counts() -> None:
    found = vote([(0.9, {"joy": 1.0}), (0.8, {"anger": 1.0})], LABELS)
    assert found is not None
    assert found.top == "joy"
    assert found.probabilities["anger"] > found.probabilities["neutral"] > 0.0
    sharper = vote([(0.9, {"joy": 1.0}), (0.8, {"anger": 1.0})], LABELS, sharpness=60.0)
    assert sharper is not None
    assert sharper.probabilities["joy"] > found.probabilities["joy"]


def test_many_episodes_outvote_one_that_is_a_little_nearer() -> None:
    found = vote([(0.81, {"joy": 1.0}), *[(0.8, {"anger": 1.0})] * 3], LABELS)
    assert found is not None
    assert found.top == "anger"


def test_no_emotion_is_neutral_and_what_the_set_lacks_is_passed_over() -> None:
    found = vote([(0.5, {"no-emotion": 0.6, "pride": 0.4})], LABELS)
    assert found is not None
    assert found.top == "neutral"
    assert vote([(0.5, {"pride": 1.0})], LABELS) is None
    assert vote([], LABELS) is None


@given(
    st.lists(st.tuples(st.floats(-2.0, 2.0), st.sampled_from(LABELS)), min_size=1, max_size=8),
    st.floats(0.0, 100.0),
    st.floats(0.01, 0.5),
)
def test_a_vote_is_a_distribution_in_which_nothing_is_impossible(
    episodes: list[tuple[float, str]], sharpness: float, floor: float
) -> None:
    found = vote([(score, {label: 1.0}) for score, label in episodes], LABELS, sharpness=sharpness, floor=floor)
    assert found is not None
    assert min(found.probabilities.values()) >= floor / 3 - 1e-9
    moved = vote([(score + 1.0, {label: 1.0}) for score, label in episodes], LABELS, sharpness=sharpness, floor=floor)
    assert moved is not None
    assert moved.probabilities == pytest.approx(found.probabilities, abs=1e-6)
