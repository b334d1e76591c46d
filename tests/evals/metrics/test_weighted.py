"""Each statistic of weights is its plain namesake on items repeated as often as their weight."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from affectgraph.evals.metrics.classification import auroc, macro_f1, weighted_f1
from affectgraph.evals.metrics.distributions import calibration
from affectgraph.evals.metrics.generation import bleu, bleu_counts, bleu_from_counts
from affectgraph.evals.metrics.regression import concordance, pearson, spearman
from affectgraph.evals.metrics.weighted import (
    auroc_of,
    average_of,
    bleu_of,
    calibration_error_of,
    concordance_of,
    constant_of,
    f1_of,
    mean_of,
    pearson_of,
    ratio_of,
    spearman_of,
)

Floats = NDArray[np.float64]
LABELS = ["a", "b", "c"]


def repeats(items: int) -> st.SearchStrategy[list[list[int]]]:
    row = st.lists(st.integers(0, 3), min_size=items, max_size=items).filter(any)
    return st.lists(row, min_size=1, max_size=4)


@st.composite
def weighted_pairs(draw: st.DrawFn, low: int, high: int) -> tuple[list[int], list[int], list[list[int]]]:
    pairs = draw(st.lists(st.tuples(st.integers(0, high), st.integers(low, high)), min_size=2, max_size=12))
    return [x for x, _ in pairs], [y for _, y in pairs], draw(repeats(len(pairs)))


@settings(max_examples=50, deadline=None)
@given(weighted_pairs(-1, 2))
def test_f1(case: tuple[list[int], list[int], list[list[int]]]) -> None:
    target, prediction, weights = case
    for macro, plain in ((True, macro_f1), (False, weighted_f1)):
        statistic = f1_of(np.array(target), np.array(prediction), 3, macro=macro)
        expected = []
        for row in weights:
            drawn = np.repeat(np.arange(len(target)), row)
            said = [LABELS[prediction[i]] if prediction[i] >= 0 else None for i in drawn]
            expected.append(plain([LABELS[target[i]] for i in drawn], said, LABELS))
        assert statistic(np.array(weights, dtype=float)) == pytest.approx(expected)


@settings(max_examples=80, deadline=None)
@given(weighted_pairs(0, 3))
def test_auroc(case: tuple[list[int], list[int], list[list[int]]]) -> None:
    positive, score, weights = np.array(case[0]) > 1, np.array(case[1], dtype=float), case[2]
    expected = [auroc(np.repeat(positive, row), np.repeat(score, row)) for row in weights]
    assert auroc_of(positive, score)(np.array(weights, dtype=float)) == pytest.approx(expected, nan_ok=True)


@settings(max_examples=80, deadline=None)
@given(weighted_pairs(0, 5), st.sampled_from([0.0, 1e6]))
def test_correlations_and_concordance(case: tuple[list[int], list[int], list[list[int]]], shift: float) -> None:
    x, y, weights = np.array(case[0]) + shift, np.array(case[1]) + shift, case[2]
    forms: list[tuple[Callable[..., Callable[[Floats], Floats]], Callable[..., float]]] = [
        (pearson_of, pearson),
        (spearman_of, spearman),
        (concordance_of, concordance),
    ]
    for form, plain in forms:
        expected = [plain(np.repeat(x, row), np.repeat(y, row)) for row in weights]
        assert form(x, y)(np.array(weights, dtype=float)) == pytest.approx(expected, nan_ok=True, abs=1e-6)


def test_a_rating_that_is_not_there_is_not_counted() -> None:
    x, y = np.array([1.0, 2.0, math.nan, 4.0]), np.array([1.0, 3.0, 9.0, 2.0])
    kept = [0, 1, 3]
    for form, plain in ((pearson_of, pearson), (spearman_of, spearman), (concordance_of, concordance)):
        assert form(x, y)(np.ones((1, 4)))[0] == pytest.approx(plain(x[kept], y[kept]))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=4, max_size=4), repeats(4))
def test_calibration_error(items: list[tuple[float, bool]], weights: list[list[int]]) -> None:
    sure, hit = np.array([c for c, _ in items]), np.array([float(h) for _, h in items])
    expected = [calibration(np.repeat(sure, row), np.repeat(hit, row).astype(bool)).ece for row in weights]
    assert calibration_error_of(sure, hit)(np.array(weights, dtype=float)) == pytest.approx(expected, abs=1e-9)


def test_calibration_error_skips_items_without_a_confidence() -> None:
    sure, hit = np.array([0.8, math.nan]), np.array([1.0, 0.0])
    assert calibration_error_of(sure, hit)(np.ones((1, 2)))[0] == pytest.approx(0.2)


@settings(max_examples=15, deadline=None)
@given(repeats(3))
def test_bleu(weights: list[list[int]]) -> None:
    said = ["I hear how hard this has been for you", "that sounds painful", "you are not alone in this at all"]
    references = [
        ["I can hear how hard this has been"],
        ["that sounds very painful", "how painful"],
        ["you are not alone in this"],
    ]
    counts = np.stack([bleu_counts(s, r, "en") for s, r in zip(said, references, strict=True)])
    expected = []
    for row in weights:
        drawn = np.repeat(np.arange(3), row)
        expected.append(bleu([said[i] for i in drawn], [references[i] for i in drawn], "en"))
    assert bleu_of(counts, bleu_from_counts)(np.array(weights, dtype=float)) == pytest.approx(expected)


def test_means_ratios_and_averages() -> None:
    weights = np.array([[1.0, 1.0, 1.0], [2.0, 0.0, 1.0], [0.0, 0.0, 3.0]])
    values = mean_of(np.array([1.0, 4.0, math.nan]))
    assert values(weights) == pytest.approx([2.5, 1.0, math.nan], nan_ok=True)
    assert ratio_of(np.array([1.0, 0.0, 2.0]), np.array([2.0, 2.0, 2.0]))(weights) == pytest.approx([0.5, 4 / 6, 1.0])
    assert average_of([values, constant_of(0.0)])(weights) == pytest.approx([1.25, 0.5, math.nan], nan_ok=True)


def test_the_noise_ceiling_of_weights_is_that_of_the_drawn_items() -> None:
    from affectgraph.evals.metrics.regression import noise_ceiling
    from affectgraph.evals.metrics.weighted import ceiling_of

    generator = np.random.default_rng(0)
    means, spread, raters = generator.normal(5, 1, 30), generator.uniform(0.5, 2, 30), generator.integers(3, 20, 30)
    noise = spread**2 / raters
    weights = generator.integers(0, 3, (20, 30)).astype(float)
    found = ceiling_of(means, noise)(weights)
    for row, value in zip(weights.astype(int), found, strict=True):
        drawn = np.repeat(np.arange(30), row)
        assert value == pytest.approx(noise_ceiling(means[drawn], spread[drawn], raters[drawn]))
    means[3] = np.nan
    kept = np.arange(30) != 3
    whole = float(ceiling_of(means, noise)(np.ones((1, 30)))[0])
    assert whole == pytest.approx(noise_ceiling(means[kept], spread[kept], raters[kept]))
    assert np.isnan(ceiling_of(np.full(5, 2.0), np.ones(5))(np.ones((1, 5)))[0])
