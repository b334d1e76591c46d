from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy as scipy_entropy
from sklearn.metrics import brier_score_loss, log_loss

from affectgraph.evals.metrics.distributions import (
    brier,
    calibration,
    entropy,
    jensen_shannon,
    negative_log_likelihood,
)

# Whole numbers as weights, so that zero probabilities are common.
shares = st.lists(st.integers(0, 5), min_size=4, max_size=4).filter(any).map(lambda w: [x / sum(w) for x in w])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(shares, shares), min_size=1, max_size=6))
def test_divergence_and_entropy_are_those_of_scipy(pairs: list[tuple[list[float], list[float]]]) -> None:
    p, q = [a for a, _ in pairs], [b for _, b in pairs]
    # scipy takes a root of a difference that rounding can make slightly negative where both are equal.
    expected = [0.0 if a == b else jensenshannon(a, b, base=2) ** 2 for a, b in pairs]
    assert jensen_shannon(p, q) == pytest.approx(expected, abs=1e-9)
    assert entropy(p) == pytest.approx([scipy_entropy(a) for a in p])


@settings(max_examples=40, deadline=None)
@given(shares, shares)
def test_divergence_is_symmetric_and_bounded(p: list[float], q: list[float]) -> None:
    value = jensen_shannon([p], [q])[0]
    assert 0.0 <= value <= 1.0
    assert value == pytest.approx(jensen_shannon([q], [p])[0])
    assert (value < 1e-12) == (p == pytest.approx(q))


def test_divergence_of_disjoint_distributions_is_one_bit() -> None:
    assert jensen_shannon([[1.0, 0.0]], [[0.0, 1.0]])[0] == 1.0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(shares, st.integers(0, 3)), min_size=1, max_size=10))
def test_brier_and_likelihood_are_those_of_scikit_learn(items: list[tuple[list[float], int]]) -> None:
    p, target = np.array([row for row, _ in items]), [t for _, t in items]
    assert brier(p, target).mean() == pytest.approx(
        brier_score_loss(target, p, labels=[0, 1, 2, 3], scale_by_half=False)
    )
    smooth = 0.9 * p + 0.025
    assert negative_log_likelihood(smooth, target).mean() == pytest.approx(
        log_loss(target, smooth, labels=[0, 1, 2, 3])
    )


def test_brier_is_two_when_certain_and_wrong() -> None:
    assert brier([[1.0, 0.0], [1.0, 0.0], [0.5, 0.5]], [0, 1, 1]).tolist() == [0.0, 2.0, 0.5]


def test_an_impossible_target_costs_the_floor_and_not_infinity() -> None:
    assert negative_log_likelihood([[1.0, 0.0]], [1], floor=0.01)[0] == pytest.approx(-math.log(0.01))


def test_calibration_error_of_a_hand_computed_example() -> None:
    # Bin 8: two of confidence .85, one right; bin 9: one of 1.0, right; bin 2: one of .25, wrong.
    result = calibration([0.85, 0.85, 1.0, 0.25], [True, False, True, False])
    assert result.ece == pytest.approx((2 * 0.35 + 0.0 + 0.25) / 4)
    assert [b.n for b in result.bins] == [0, 0, 1, 0, 0, 0, 0, 0, 2, 1]
    assert (result.bins[8].confidence, result.bins[8].accuracy) == pytest.approx((0.85, 0.5))
    assert math.isnan(result.bins[0].accuracy)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30), st.integers(1, 20))
def test_calibration_error_is_that_of_a_plain_loop(items: list[tuple[float, bool]], bins: int) -> None:
    expected = 0.0
    for b in range(bins):
        inside = [(c, h) for c, h in items if min(int(c * bins), bins - 1) == b]
        if inside:
            gap = abs(sum(h for _, h in inside) - sum(c for c, _ in inside)) / len(inside)
            expected += len(inside) / len(items) * gap
    result = calibration([c for c, _ in items], [h for _, h in items], bins)
    assert result.ece == pytest.approx(expected)
    assert 0.0 <= result.ece <= 1.0
    assert sum(b.n for b in result.bins) == len(items)


def test_confident_and_right_is_calibrated() -> None:
    assert calibration([1.0, 1.0], [True, True]).ece == 0.0


def test_wrong_distributions_are_named() -> None:
    with pytest.raises(ValueError, match=r"distribution 1 sums to 0\.9"):
        entropy([[0.5, 0.5], [0.5, 0.4]])
    with pytest.raises(ValueError, match="not negative"):
        entropy([[1.5, -0.5]])
    with pytest.raises(ValueError, match="not empty"):
        entropy(np.zeros((0, 3)))
    with pytest.raises(ValueError, match="outside the 2 labels"):
        brier([[0.5, 0.5]], [2])
    with pytest.raises(ValueError, match="shapes"):
        jensen_shannon([[0.5, 0.5]], [[1.0]])
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        calibration([1.2], [True])
    with pytest.raises(ValueError, match="floor"):
        negative_log_likelihood([[0.5, 0.5]], [0], floor=0.0)
