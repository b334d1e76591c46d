from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.evals.metrics.persona import (
    agreement_gap,
    consensus_score,
    directional_validity,
    profile_swap_gain,
    sensitivity,
    slope,
    stereotype_excess,
    trait_slopes,
    variance_ratio,
)


def test_consensus_of_hand_computed_examples() -> None:
    assert consensus_score([6]) == 100.0
    assert consensus_score([1] * 7) == pytest.approx(0.0)
    assert consensus_score([3, 3]) == pytest.approx(100 * (1 - math.log(2) / math.log(7)))
    assert consensus_score([0.5, 0.5, 0.0]) == pytest.approx(consensus_score([3, 3]))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=7).filter(any))
def test_consensus_is_bounded_and_blind_to_order_and_scale(counts: list[int]) -> None:
    score = consensus_score(counts)
    assert 0.0 <= score <= 100.0
    assert score == pytest.approx(consensus_score(counts[::-1]))
    assert score == pytest.approx(consensus_score([3 * c for c in counts]))


def pair_share(table: np.ndarray, people: list[int]) -> float:
    """Share of pairs that agree, event by event, by counting them."""
    shares = []
    for row in table:
        labels = [row[person] for person in people if row[person] >= 0]
        pairs = list(combinations(labels, 2))
        if pairs:
            shares.append(100.0 * sum(a == b for a, b in pairs) / len(pairs))
    return float(np.mean(shares))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(-1, 3), min_size=6, max_size=6), min_size=3, max_size=8))
def test_pairwise_agreement_is_a_count_of_pairs(answers: list[list[int]]) -> None:
    # The first event has all its labels, so that both sides exist.
    table = np.array([[0, 1, 1, 2, 0, 0], *answers])
    result = agreement_gap(table, [0, 1, 2], permutations=5)
    assert result.inside == pytest.approx(pair_share(table, [0, 1, 2]))
    assert result.outside == pytest.approx(pair_share(table, [3, 4, 5]))
    assert result.gap == pytest.approx(result.inside - result.outside)


def test_a_group_of_one_mind_stands_out_of_its_null() -> None:
    generator = np.random.default_rng(0)
    table = generator.integers(0, 7, (60, 20))
    table[:, :4] = table[:, :1]
    result = agreement_gap(table, [0, 1, 2, 3], permutations=300)
    assert result.inside == 100.0
    assert result.gap > result.null_high
    assert result.p < 0.01


def test_small_groups_inflate_consensus_and_not_pairwise_agreement() -> None:
    table = np.random.default_rng(1).integers(0, 7, (200, 36))
    consensus = agreement_gap(table, [0, 1, 2], agreement="consensus", permutations=100)
    pairwise = agreement_gap(table, [0, 1, 2], permutations=100)
    assert consensus.null_mean > 30.0
    assert abs(pairwise.null_mean) < 2.0
    assert consensus.p > 0.02
    assert pairwise.p > 0.02


def test_consensus_agreement_is_the_mean_consensus_score() -> None:
    table = np.array([[0, 0, 1, 2, 2, 3], [4, 5, 6, 1, 1, 1]])
    result = agreement_gap(table, [0, 1, 2], agreement="consensus", permutations=3)
    assert result.inside == pytest.approx((consensus_score([2, 1]) + consensus_score([1, 1, 1])) / 2)
    assert result.outside == pytest.approx((consensus_score([2, 1]) + consensus_score([3])) / 2)


def test_the_null_is_seeded_and_drawn_in_full_over_blocks() -> None:
    table = np.random.default_rng(2).integers(0, 7, (10, 8))
    first, again, other = (agreement_gap(table, [0, 1], permutations=120, seed=seed) for seed in (3, 3, 4))
    assert first == again
    assert first.null_mean != other.null_mean
    assert first.permutations == 120
    assert round(first.p * 121) == pytest.approx(first.p * 121)


def test_people_who_never_answer_together_have_no_agreement() -> None:
    result = agreement_gap([[0, -1, 1, 1]], [0, 1], permutations=5)
    assert math.isnan(result.gap)
    assert math.isnan(result.p)
    assert result.outside == 100.0


def test_sensitivity_counts_items_whose_answer_changes() -> None:
    assert sensitivity([["joy", "joy"], ["joy", "fear"], ["joy", None, "joy"], ["joy", None]]) == pytest.approx(1 / 3)
    assert math.isnan(sensitivity([["joy", None]]))


TRAITS = np.random.default_rng(4).random((36, 5))
EFFECTS = np.random.default_rng(5).normal(0.0, 0.1, (5, 7))
PEOPLE = 0.14 + (TRAITS - 0.5) @ EFFECTS


def test_directions_are_valid_when_shared_and_invalid_when_reversed() -> None:
    caricature = 0.14 + 3.0 * (TRAITS - 0.5) @ EFFECTS
    reversed_ = 0.14 - (TRAITS - 0.5) @ EFFECTS
    assert directional_validity(TRAITS, caricature, PEOPLE) == pytest.approx(1.0)
    assert directional_validity(TRAITS, reversed_, PEOPLE) == pytest.approx(-1.0)


def test_a_model_that_ignores_traits_has_no_direction() -> None:
    assert math.isnan(directional_validity(TRAITS, np.full((36, 7), 1 / 7), PEOPLE))


def test_excess_is_the_ratio_of_slopes() -> None:
    assert stereotype_excess(TRAITS, 0.14 + 3.0 * (TRAITS - 0.5) @ EFFECTS, PEOPLE) == pytest.approx(3.0)
    assert stereotype_excess(TRAITS, -PEOPLE, PEOPLE) == pytest.approx(1.0)
    assert stereotype_excess(TRAITS, np.full((36, 7), 1 / 7), PEOPLE) == 0.0
    assert math.isnan(stereotype_excess(TRAITS, PEOPLE, np.full((36, 7), 1 / 7)))


def test_slopes_are_those_of_a_fitted_line_and_nan_for_a_constant_trait() -> None:
    fitted = np.polyfit(TRAITS[:, 2], PEOPLE[:, 3], 1)[0]
    assert slope(TRAITS[:, 2], PEOPLE[:, 3]) == pytest.approx(fitted)
    traits = np.column_stack([TRAITS[:, 0], np.full(36, 0.5)])
    assert np.isnan(trait_slopes(traits, PEOPLE)[1]).all()
    assert stereotype_excess(traits, 2 * PEOPLE, PEOPLE) == pytest.approx(2.0)


def test_profile_swap_gain_is_a_difference_of_accuracies() -> None:
    assert profile_swap_gain([True, True, False, True], [True, False, False, False]) == 0.5
    assert profile_swap_gain([True, False], [False, True]) == 0.0


def test_variance_between_personas_is_relative_to_people() -> None:
    one_hot = np.eye(3)
    people = np.array([[one_hot[0], one_hot[1], one_hot[2], one_hot[0]]])
    assert variance_ratio(people, people) == 1.0
    assert variance_ratio(np.repeat(people[:, :1], 4, axis=1), people) == 0.0
    # Gini-Simpson: half and half has 1/2, people's 2:1:1 has 5/8.
    halves = np.array([[one_hot[0], one_hot[0], one_hot[1], one_hot[1]]])
    assert variance_ratio(halves, people) == pytest.approx(0.5 / 0.625)
    assert math.isnan(variance_ratio(people, np.repeat(people[:, :1], 4, axis=1)))
    assert math.isnan(variance_ratio(people, np.full((1, 4, 3), 1 / 3)))


def test_wrong_input_is_named() -> None:
    with pytest.raises(ValueError, match="at most 7"):
        consensus_score([1] * 8)
    with pytest.raises(ValueError, match="not all 0"):
        consensus_score([0, 0])
    with pytest.raises(ValueError, match="members"):
        agreement_gap([[0, 1, 2, 3]], [0])
    with pytest.raises(ValueError, match="labels from -1 to 6"):
        agreement_gap([[0, 1, 2, 7]], [0, 1])
    with pytest.raises(ValueError, match="no items"):
        sensitivity([])
    with pytest.raises(ValueError, match="two equal"):
        profile_swap_gain([True], [])
    with pytest.raises(ValueError, match="one shape"):
        directional_validity(TRAITS, PEOPLE[:, :3], PEOPLE)
    with pytest.raises(ValueError, match="shapes"):
        variance_ratio(np.ones((1, 2, 3)), np.ones((1, 3, 3)))
