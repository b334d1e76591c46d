from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from affectgraph.evals.metrics.regression import concordance, mean_absolute_error, noise_ceiling, pearson, spearman

ratings = st.lists(st.tuples(st.integers(1, 7), st.integers(1, 7)), min_size=2, max_size=30).map(
    lambda pairs: ([float(x) for x, _ in pairs], [float(y) for _, y in pairs])
)


@settings(max_examples=60, deadline=None)
@given(ratings)
def test_correlations_are_those_of_scipy(pair: tuple[list[float], list[float]]) -> None:
    x, y = pair
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert math.isnan(pearson(x, y))
        assert math.isnan(spearman(x, y))
        return
    assert pearson(x, y) == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-9)
    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(ratings)
def test_concordance_never_exceeds_correlation(pair: tuple[list[float], list[float]]) -> None:
    x, y = pair
    r = pearson(x, y)
    if not math.isnan(r):
        assert abs(concordance(x, y)) <= abs(r) + 1e-9
        assert concordance(x, y) == pytest.approx(concordance(y, x))


def test_concordance_of_a_hand_computed_example() -> None:
    # Means 2 and 3, variances 2/3 and 2/3, covariance 2/3: 2 * 2/3 / (4/3 + 1).
    assert concordance([1.0, 2.0, 3.0], [2.0, 3.0, 4.0]) == pytest.approx(4 / 7)


def test_concordance_is_one_for_equal_ratings_and_sees_a_constant_answer_as_none() -> None:
    assert concordance([1.0, 4.0, 2.0], [1.0, 4.0, 2.0]) == pytest.approx(1.0)
    assert concordance([1.0, 4.0, 2.0], [3.0, 3.0, 3.0]) == 0.0
    assert math.isnan(concordance([3.0, 3.0], [3.0, 3.0]))


def test_correlation_of_tiny_numbers_does_not_underflow() -> None:
    assert pearson([1e-170, 2e-170, 3e-170], [3e-170, 2e-170, 1e-170]) == pytest.approx(-1.0)


def test_mean_absolute_error_is_in_units_of_the_scale() -> None:
    assert mean_absolute_error([1.0, 5.0], [2.0, 2.0]) == 2.0


def test_the_noise_ceiling_is_what_a_perfect_predictor_reaches() -> None:
    generator = np.random.default_rng(3)
    true = generator.normal(4.0, 1.0, 4000)
    rated = true[:, None] + generator.normal(0.0, 1.5, (4000, 5))
    ceiling = noise_ceiling(rated.mean(axis=1), rated.std(axis=1, ddof=1), np.full(4000, 5))
    assert ceiling == pytest.approx(pearson(true, rated.mean(axis=1)), abs=0.02)
    assert ceiling == pytest.approx(math.sqrt(1 / (1 + 1.5**2 / 5)), abs=0.02)


def test_the_noise_ceiling_is_one_without_noise_and_zero_where_noise_is_all() -> None:
    assert noise_ceiling([1.0, 2.0], [0.0, 0.0], [3, 3]) == 1.0
    assert noise_ceiling([1.0, 2.0], [9.0, 9.0], [1, 1]) == 0.0
    assert math.isnan(noise_ceiling([2.0, 2.0], [1.0, 1.0], [3, 3]))


@pytest.mark.parametrize("metric", [mean_absolute_error, pearson, spearman, concordance])
@pytest.mark.parametrize(
    ("x", "y", "message"),
    [([], [], "no ratings"), ([1.0], [1.0, 2.0], "shapes"), ([1.0, math.nan], [1.0, 2.0], "finite")],
)
def test_wrong_input_is_named(metric: object, x: list[float], y: list[float], message: str) -> None:
    assert callable(metric)
    with pytest.raises(ValueError, match=message):
        metric(x, y)


def test_counts_below_one_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        noise_ceiling([1.0, 2.0], [1.0, 1.0], [3, 0])
