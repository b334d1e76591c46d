from __future__ import annotations

import math
from statistics import mean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from affectgraph.evals.metrics.resampling import (
    Statistic,
    bootstrap,
    bootstrap_weighted,
    holm,
    jackknife,
    mcnemar,
    paired_bootstrap,
    paired_jackknife,
    resampled_weights,
)
from affectgraph.evals.metrics.weighted import mean_of

Floats = NDArray[np.float64]


def average(values: Floats) -> Statistic:
    return lambda indices: float(values[indices].mean())


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    generator = np.random.default_rng(11)
    covered = 0
    for trial in range(200):
        # 40 groups of 3 with a shared part: as a set of dialogues would be.
        values = (generator.normal(5.0, 1.0, (40, 1)) + generator.normal(0.0, 1.0, (40, 3))).ravel()
        interval = bootstrap_weighted(mean_of(values), np.repeat(np.arange(40), 3).tolist(), resamples=400, seed=trial)
        covered += interval.low <= 5.0 <= interval.high
    assert 0.90 <= covered / 200 <= 0.98


def test_items_that_hang_together_widen_the_interval() -> None:
    values = np.repeat(np.random.default_rng(1).normal(size=30), 10)
    clustered = bootstrap(average(values), np.repeat(np.arange(30), 10).tolist(), resamples=400)
    single = bootstrap(average(values), list(range(300)), resamples=400)
    # Ten copies of each value: the root of ten in theory.
    assert 2.0 < (clustered.high - clustered.low) / (single.high - single.low) < 4.5
    assert (clustered.n, clustered.groups, single.groups) == (300, 30, 300)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.floats(-5, 5)), min_size=1, max_size=20), st.integers(0, 99))
def test_both_forms_of_a_statistic_see_the_same_resamples(items: list[tuple[int, float]], seed: int) -> None:
    groups, values = [g for g, _ in items], np.array([v for _, v in items])
    slow = bootstrap(average(values), groups, resamples=50, seed=seed)
    fast = bootstrap_weighted(mean_of(values), groups, resamples=50, seed=seed)
    assert (slow.n, slow.groups, slow.note) == (fast.n, fast.groups, fast.note)
    assert [slow.value, slow.low, slow.high] == pytest.approx([fast.value, fast.low, fast.high], nan_ok=True, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=15))
def test_a_resample_takes_whole_groups_and_as_many_as_there_are(groups: list[str]) -> None:
    weights = np.concatenate(list(resampled_weights(groups, 20, 0)))
    assert weights.shape == (20, len(groups))
    firsts = [groups.index(name) for name in sorted(set(groups))]
    assert (weights[:, firsts].sum(axis=1) == len(firsts)).all()
    for i, name in enumerate(groups):
        np.testing.assert_array_equal(weights[:, i], weights[:, groups.index(name)])


def test_the_index_form_takes_all_items_of_a_drawn_group() -> None:
    groups = ["a", "b", "a", "c", "a"]
    seen: list[list[int]] = []

    def record(indices: NDArray[np.intp]) -> float:
        seen.append(indices.tolist())
        return 0.0

    bootstrap(record, groups, resamples=30)
    for drawn in seen:
        assert drawn.count(0) == drawn.count(2) == drawn.count(4)
        assert drawn.count(0) + drawn.count(1) + drawn.count(3) == 3
    assert len({tuple(drawn) for drawn in seen}) > 5


def test_many_small_blocks_of_resamples_are_drawn_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = np.concatenate(list(resampled_weights(list(range(7)), 50, 4)))
    monkeypatch.setattr("affectgraph.evals.metrics.resampling._CELLS", 30)
    blocks = list(resampled_weights(list(range(7)), 50, 4))
    assert len(blocks) > 5
    np.testing.assert_array_equal(np.concatenate(blocks), whole)


def test_a_seed_repeats_and_another_does_not() -> None:
    values = np.random.default_rng(0).normal(size=50)
    runs = [bootstrap(average(values), list(range(50)), resamples=100, seed=seed) for seed in (1, 1, 2)]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_one_group_has_no_interval_and_says_so() -> None:
    interval = bootstrap(average(np.arange(5.0)), ["a"] * 5, resamples=50)
    assert interval.value == 2.0
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)
    assert "one group" in interval.note


def test_undefined_resamples_are_left_out_unless_they_are_most() -> None:
    def undefined_without(*needed: int) -> Statistic:
        return lambda indices: 1.0 if set(needed) <= set(indices.tolist()) else math.nan

    rarely = bootstrap(undefined_without(0), list(range(6)), resamples=300)
    mostly = bootstrap(undefined_without(0, 1, 2, 3), list(range(6)), resamples=300)
    assert (rarely.low, rarely.high, rarely.note) == (1.0, 1.0, "")
    assert math.isnan(mostly.low)
    assert "more than half" in mostly.note


def test_a_paired_difference_cancels_what_the_items_share() -> None:
    generator = np.random.default_rng(5)
    hard = generator.normal(0.0, 10.0, 80)
    a, b = hard + generator.normal(0.0, 0.1, 80), hard + 1.0 + generator.normal(0.0, 0.1, 80)
    result = paired_bootstrap(average(a), average(b), list(range(80)), resamples=500)
    assert result.difference == pytest.approx(b.mean() - a.mean())
    assert result.low < result.difference < result.high
    assert result.high - result.low < 0.2
    assert result.p == pytest.approx(2 / 501)


def test_no_difference_has_p_one() -> None:
    values = np.random.default_rng(5).normal(size=30)
    result = paired_bootstrap(average(values), average(values), list(range(30)), resamples=100)
    assert (result.difference, result.low, result.high, result.p) == (0.0, 0.0, 0.0, 1.0)


def test_p_values_under_no_difference_are_not_too_small() -> None:
    generator = np.random.default_rng(8)
    small = 0
    for trial in range(100):
        a, b = generator.normal(size=(2, 50))
        small += paired_bootstrap(average(a), average(b), list(range(50)), resamples=200, seed=trial).p <= 0.05
    assert small <= 12


def test_the_jackknife_of_a_mean_is_its_standard_error() -> None:
    values = np.random.default_rng(2).normal(size=25)
    without = np.array([mean(np.delete(values, i)) for i in range(25)])
    interval = jackknife(float(values.mean()), without, 25)
    error = values.std(ddof=1) / 5.0
    assert interval.high - interval.value == pytest.approx(1.959964 * error)
    difference = paired_jackknife(float(values.mean()), without, 25)
    assert difference.p == pytest.approx(math.erfc(abs(values.mean()) / error / math.sqrt(2)))


def test_the_jackknife_of_one_group_has_no_interval() -> None:
    assert "one group" in jackknife(1.0, np.array([math.nan]), 3).note
    assert math.isnan(paired_jackknife(1.0, np.array([math.nan]), 3).p)
    assert paired_jackknife(0.0, np.zeros(4), 4).p == 1.0


def test_mcnemar_counts_discordant_pairs() -> None:
    # 1 against 7 of 8: two-sided 2 * (1 + 8) / 256.
    first = [True] * 3 + [True] + [False] * 7 + [False] * 2
    second = [True] * 3 + [False] + [True] * 7 + [False] * 2
    result = mcnemar(first, second)
    assert (result.b, result.c) == (1, 7)
    assert result.p == pytest.approx(18 / 256)
    assert mcnemar([True, False], [True, False]).p == 1.0


def test_holm_of_a_hand_computed_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=10))
def test_holm_keeps_the_order_and_only_raises(values: list[float]) -> None:
    adjusted = holm(values)
    assert all(p <= q <= 1.0 for p, q in zip(values, adjusted, strict=True))
    assert all(q <= min(1.0, p * len(values)) + 1e-12 for p, q in zip(values, adjusted, strict=True))
    order = np.argsort(values, kind="stable")
    assert (np.diff(np.array(adjusted)[order]) >= 0).all()


def test_wrong_input_is_named() -> None:
    with pytest.raises(ValueError, match="no items"):
        bootstrap(average(np.array([])), [])
    with pytest.raises(ValueError, match="resamples is 0"):
        bootstrap(average(np.ones(2)), [1, 2], resamples=0)
    with pytest.raises(ValueError, match="shapes"):
        mcnemar([True], [True, False])
    with pytest.raises(ValueError, match="p values"):
        holm([1.5])
