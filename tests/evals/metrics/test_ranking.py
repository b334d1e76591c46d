from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from affectgraph.evals.metrics.ranking import kendall_w, mean_rank, plackett_luce, win_at

orders = st.lists(st.permutations([1.0, 2.0, 3.0, 4.0]), min_size=1, max_size=12)


def test_wins_and_mean_ranks_of_a_hand_computed_example() -> None:
    ranks = [[1, 2, 3], [1, 3, 2], [2, 1, 3], [3, 1, 2]]
    assert win_at(ranks).tolist() == [0.5, 0.5, 0.0]
    assert win_at(ranks, 2).tolist() == [0.75, 0.75, 0.5]
    assert mean_rank(ranks).tolist() == [1.75, 1.75, 2.5]


@settings(max_examples=30, deadline=None)
@given(orders, st.integers(1, 4))
def test_without_ties_k_systems_win_each_ranking(ranks: list[list[float]], k: int) -> None:
    assert win_at(ranks, k).sum() == pytest.approx(k)


def test_two_that_share_the_first_place_both_miss_it() -> None:
    assert win_at([[1.5, 1.5, 3.0]]).tolist() == [0.0, 0.0, 0.0]


def test_two_systems_have_the_strength_of_their_wins() -> None:
    assert plackett_luce([[1, 2]] * 3 + [[2, 1]]) == pytest.approx([0.75, 0.25])


def log_likelihood(strength: np.ndarray, ranks: list[list[float]]) -> float:
    total = 0.0
    for row in ranks:
        left = [strength[i] for i in np.argsort(row)]
        total += sum(math.log(left[i] / sum(left[i:])) for i in range(len(left) - 1))
    return total


def test_strengths_are_the_likeliest_and_keep_their_scale() -> None:
    generator = np.random.default_rng(0)
    true = np.array([0.4, 0.3, 0.2, 0.1])
    # Gumbel noise on log-strengths draws from the Plackett-Luce model.
    noisy = np.log(true) + generator.gumbel(size=(3000, 4))
    ranks = stats.rankdata(-noisy, axis=1)
    strength = plackett_luce(ranks)
    assert strength.sum() == pytest.approx(1.0)
    assert strength == pytest.approx(true, abs=0.02)
    best = log_likelihood(strength, ranks[:200].tolist())
    own = plackett_luce(ranks[:200])
    top = log_likelihood(own, ranks[:200].tolist())
    assert top >= best
    for i in range(4):
        for factor in (0.95, 1.05):
            other = own.copy()
            other[i] *= factor
            assert log_likelihood(other, ranks[:200].tolist()) < top


@settings(max_examples=20, deadline=None)
@given(orders)
def test_strengths_are_finite_and_follow_the_systems_when_renamed(ranks: list[list[float]]) -> None:
    strength = plackett_luce(ranks)
    assert (strength > 0).all()
    assert strength.sum() == pytest.approx(1.0)
    assert plackett_luce(np.array(ranks)[:, [2, 0, 3, 1]]) == pytest.approx(strength[[2, 0, 3, 1]], rel=1e-3)


def test_a_system_that_never_wins_or_never_loses_stays_finite_and_in_its_place() -> None:
    strength = plackett_luce([[1, 2, 3]] * 10)
    assert strength[0] > strength[1] > strength[2] > 0
    # Of two systems, three wins and the virtual draw are 3.5 to 0.5.
    assert plackett_luce([[1, 2]] * 3) == pytest.approx([3.5 / 4, 0.5 / 4])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(1, 3), min_size=4, max_size=4), min_size=3, max_size=8))
def test_concordance_of_judges_is_that_of_friedman_with_ties(scores: list[list[int]]) -> None:
    ranks = stats.rankdata(scores, axis=1)
    w = kendall_w(ranks)
    if all(len(set(row)) == 1 for row in scores):
        assert math.isnan(w)
        return
    chi_square = stats.friedmanchisquare(*ranks.T).statistic
    assert w == pytest.approx(chi_square / (len(scores) * 3))
    assert 0.0 <= w <= 1.0 + 1e-12


def test_judges_who_agree_and_judges_who_do_not() -> None:
    assert kendall_w([[1, 2, 3]] * 4) == 1.0
    assert kendall_w([[1, 2, 3], [3, 2, 1]]) == 0.0
    assert kendall_w([[1.5, 1.5, 3.0]] * 3) == pytest.approx(1.0)
    assert math.isnan(kendall_w([[1, 2, 3]]))


def test_wrong_input_is_named() -> None:
    with pytest.raises(ValueError, match="ties"):
        plackett_luce([[1.5, 1.5, 3.0]])
    with pytest.raises(ValueError, match="each row must hold"):
        mean_rank([[1, 1, 3]])
    with pytest.raises(ValueError, match="shape"):
        mean_rank([1, 2, 3])
    with pytest.raises(ValueError, match="k is 4"):
        win_at([[1, 2, 3]], 4)
