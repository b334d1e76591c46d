from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from affectgraph.evals.metrics.agreement import cohen_kappa, judge_agreement, krippendorff_alpha, percent_agreement

NAN = math.nan
# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C: four observers, twelve units.
PUBLISHED = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
    [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
]
scores = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=1, max_size=25)


def test_alpha_is_that_of_the_published_example() -> None:
    nominal, interval = krippendorff_alpha(PUBLISHED), krippendorff_alpha(PUBLISHED, "interval")
    assert nominal.value == pytest.approx(0.743, abs=5e-4)
    assert interval.value == pytest.approx(0.849, abs=5e-4)
    # The last unit has one judgement and does not count.
    assert (nominal.n, interval.n) == (11, 11)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from([1.0, 2.0, 4.0, NAN]), min_size=3, max_size=3), min_size=1, max_size=8))
def test_alpha_is_that_of_all_pairs_counted_one_by_one(units: list[list[float]]) -> None:
    kept = [given_ for unit in units if len(given_ := [v for v in unit if not math.isnan(v)]) > 1]
    everything = [v for unit in kept for v in unit]
    for level in ("nominal", "interval"):
        alpha = krippendorff_alpha(np.array(units).T, level)
        assert alpha.n == len(kept)
        if len(set(everything)) < 2:
            assert math.isnan(alpha.value)
            continue

        def cost(a: float, b: float, level: str = level) -> float:
            return float(a != b) if level == "nominal" else (a - b) ** 2

        total = len(everything)
        observed = sum(cost(a, b) / (len(unit) - 1) for unit in kept for a in unit for b in unit) / total
        expected = sum(cost(a, b) for a in everything for b in everything) / (total * (total - 1))
        assert alpha.value == pytest.approx(1 - observed / expected)


@settings(max_examples=40, deadline=None)
@given(scores)
def test_kappa_and_agreement_are_those_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    a, b = [x for x, _ in pairs], [y for _, y in pairs]
    kappa = cohen_kappa(a, b)
    if len(set(a) | set(b)) == 1:
        assert math.isnan(kappa.value)
    else:
        assert kappa.value == pytest.approx(cohen_kappa_score(a, b))
    assert percent_agreement(a, b).value == pytest.approx(np.mean(np.array(a) == np.array(b)))


def test_unreadable_judgements_are_left_out_and_n_says_so() -> None:
    judge, human = [1, None, 3, 2, 5], [1, 2, 3, None, 4]
    results = {each.name: each for each in judge_agreement(judge, human, [1, 2, 3, 4, 5])}
    assert {each.n for each in results.values()} == {3}
    assert results["percent_agreement"].value == pytest.approx(2 / 3)
    assert percent_agreement(judge, human).n == 3


@settings(max_examples=20, deadline=None)
@given(scores)
def test_a_judge_is_scored_on_the_order_of_the_scale(pairs: list[tuple[int, int]]) -> None:
    judge, human = [float(x) for x, _ in pairs], [float(y) for _, y in pairs]
    results = {each.name: each.value for each in judge_agreement(judge, human, [1, 2, 3, 4, 5])}
    if len(set(judge) | set(human)) > 1:
        expected = cohen_kappa_score(human, judge, labels=[1.0, 2.0, 3.0, 4.0, 5.0], weights="quadratic")
        assert results["quadratic_kappa"] == pytest.approx(expected)
    if len(set(judge)) > 1 and len(set(human)) > 1:
        assert results["pearson"] == pytest.approx(np.corrcoef(judge, human)[0, 1])
    else:
        assert math.isnan(results["pearson"])


def test_without_any_pair_all_figures_are_nan_with_n_zero() -> None:
    results = judge_agreement([None, 1], [2, None], [1, 2])
    assert len(results) == 6
    assert all(math.isnan(each.value) and each.n == 0 for each in results)
    assert math.isnan(cohen_kappa([None], ["a"]).value)
    assert math.isnan(krippendorff_alpha([[1.0, NAN], [NAN, 2.0]]).value)


def test_wrong_input_is_named() -> None:
    with pytest.raises(ValueError, match="2 and 1 judgements"):
        percent_agreement([1, 2], [1])
    with pytest.raises(ValueError, match=r"score 1\.5 is not on the scale 1, 2"):
        judge_agreement([1.5], [1], [1, 2])
    with pytest.raises(ValueError, match="shape"):
        krippendorff_alpha([1.0, 2.0])
