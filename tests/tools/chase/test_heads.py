"""Scores of heads and the choice of the best ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]

from affectgraph.backends.errors import InputError
from affectgraph.backends.steering import MODALITIES, AttentionReading, SteeringPlan
from affectgraph.tools.chase.heads import (
    all_heads,
    causal_gains,
    dominance,
    mean_dominance,
    random_heads,
    separability,
    top_k,
)
from tests.tools.chase.samples import reading

scores = arrays(np.float64, (4, 6), elements=st.sampled_from([0.0, 0.1, 0.5, 0.9, np.nan]))


def with_budgets(budgets: np.ndarray) -> AttentionReading:
    layers, _, number = budgets.shape
    empty = np.zeros((layers + 1, number, 1), dtype=np.float32)
    return AttentionReading(
        MODALITIES[:number], (1,) * number, budgets.astype(np.float32), budgets.astype(np.float32), empty, empty[:, 0]
    )


# --- dominance -------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(seed=st.integers(0, 1000), number=st.integers(1, 3))
def test_dominance_lies_in_0_to_1(seed: int, number: int) -> None:
    found = dominance(reading(MODALITIES[:number], seed=seed))
    assert found.shape == (4, 3)
    assert ((found >= 0) & (found <= 1)).all()


def test_dominance_is_largest_less_smallest_budget() -> None:
    budgets = np.array([[[0.7, 0.2, 0.1], [1 / 3, 1 / 3, 1 / 3]]])
    assert dominance(with_budgets(budgets)) == pytest.approx(np.array([[0.6, 0.0]]), abs=1e-6)


@settings(deadline=None)
@given(st.permutations([0, 1, 2]))
def test_dominance_does_not_depend_on_which_modality_dominates(order: list[int]) -> None:
    budgets = np.array(reading().budgets)
    assert dominance(with_budgets(budgets[..., order])) == pytest.approx(dominance(with_budgets(budgets)))


def test_a_single_modality_dominates_nothing() -> None:
    assert (dominance(reading(["video"])) == 0).all()


def test_mean_dominance_is_the_mean_over_clips() -> None:
    clips = [reading(seed=seed) for seed in range(5)]
    assert mean_dominance(iter(clips)) == pytest.approx(sum(dominance(clip) for clip in clips) / 5)


def test_no_readings_are_refused() -> None:
    with pytest.raises(InputError, match="at least one clip"):
        mean_dominance([])


def test_readings_of_two_models_are_refused() -> None:
    with pytest.raises(InputError, match="different models"):
        mean_dominance([reading(heads=3), reading(heads=4)])


# --- separability ----------------------------------------------------------------------------------------------------


def test_the_head_whose_dominance_follows_the_conflict_is_found() -> None:
    conflict = [bool(number % 2) for number in range(12)]
    clips = []
    for number, label in enumerate(conflict):
        budgets = np.array(reading(seed=number).budgets)
        budgets[2, 1] = [0.8, 0.1, 0.1] if label else [0.4, 0.3, 0.3]
        clips.append(with_budgets(budgets))
    found = separability(clips, conflict)
    assert found[2, 1] == pytest.approx(1.0)
    assert (np.delete(found.ravel(), 2 * 3 + 1) < 1.0).all()


@settings(deadline=None, max_examples=30)
@given(st.lists(st.booleans(), min_size=4, max_size=10).filter(lambda labels: 0 < sum(labels) < len(labels)))
def test_separability_agrees_with_scikit_learn_and_ignores_the_sign(labels: list[bool]) -> None:
    clips = [reading(seed=number) for number in range(len(labels))]
    found = separability(clips, labels)
    first = [dominance(clip)[0, 0] for clip in clips]
    assert found[0, 0] == pytest.approx(abs(2 * roc_auc_score(labels, first) - 1))
    assert found == pytest.approx(separability(clips, [not label for label in labels]))


def test_heads_that_never_change_tell_nothing() -> None:
    same = [reading(seed=1)] * 6
    assert (separability(same, [True, False] * 3) == 0).all()


@pytest.mark.parametrize("labels", [[True] * 3, [False] * 3])
def test_clips_of_one_kind_are_refused(labels: list[bool]) -> None:
    with pytest.raises(InputError, match="both kinds"):
        separability([reading(seed=seed) for seed in range(3)], labels)


def test_labels_of_another_number_are_refused() -> None:
    with pytest.raises(ValueError, match="2 readings have 3 labels"):
        separability([reading(), reading(seed=1)], [True, False, True])


# --- causal gain -----------------------------------------------------------------------------------------------------


def test_the_causal_gain_is_the_mean_change_of_the_reference() -> None:
    def score(plan: SteeringPlan | None) -> list[float]:
        if plan is None:
            return [-1.0, -2.0]
        ((layer, head),) = plan.heads
        return [-1.0 + 0.1 * layer, -2.0 - 0.1 * head]

    gains = causal_gains(score, (3, 2), [1, 2], strength=0.5)
    assert np.isnan(gains[0]).all()
    assert gains[1:] == pytest.approx(np.array([[0.05, 0.0], [0.1, 0.05]]))


def test_every_trial_moves_one_head_toward_the_target() -> None:
    plans: list[SteeringPlan | None] = []
    told: list[tuple[int, int]] = []

    def score(plan: SteeringPlan | None) -> list[float]:
        plans.append(plan)
        return [0.0]

    causal_gains(
        score, (2, 2), range(2), strength=0.6, target={"video": 1.0}, tell=lambda done, of: told.append((done, of))
    )
    assert plans[0] is None
    assert [plan.heads for plan in plans[1:] if plan] == [((0, 0),), ((0, 1),), ((1, 0),), ((1, 1),)]
    assert {(plan.strength, plan.target["video"]) for plan in plans[1:] if plan and plan.target} == {(0.6, 1.0)}
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize("values", [[], [float("nan")], [float("-inf")]])
def test_a_causal_gain_without_finite_references_is_refused(values: list[float]) -> None:
    with pytest.raises(InputError):
        causal_gains(lambda plan: values, (1, 1), [0], strength=0.5)


def test_a_scorer_that_loses_clips_is_refused() -> None:
    with pytest.raises(ValueError, match="1 clips were scored under a plan and 2 without"):
        causal_gains(lambda plan: [0.0] if plan else [0.0, 0.0], (1, 1), [0], strength=0.5)


def test_a_layer_outside_the_decoder_is_refused() -> None:
    with pytest.raises(ValueError, match="decoder of 2 layers"):
        causal_gains(lambda plan: [0.0], (2, 2), [2], strength=0.5)


# --- choosing --------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(scores, st.integers(1, 8), st.sets(st.integers(0, 3)))
def test_no_head_left_out_is_better_than_one_chosen(table: np.ndarray, k: int, layers: set[int]) -> None:
    chosen = top_k(table, layers, k)
    assert list(chosen) == sorted(set(chosen))
    assert {layer for layer, _ in chosen} <= layers
    for layer in layers:
        row, mine = table[layer], [head for place, head in chosen if place == layer]
        assert len(mine) == min(k, int((~np.isnan(row)).sum()))
        rest = [row[head] for head in range(6) if head not in mine and not np.isnan(row[head])]
        assert all(row[head] >= value for head in mine for value in rest)


def test_the_first_of_equal_scores_is_taken() -> None:
    assert top_k(np.zeros((1, 5)), [0], 2) == ((0, 0), (0, 1))


def test_only_heads_above_the_floor_are_taken() -> None:
    assert top_k(np.array([[0.2, 0.0, -0.1, np.nan]]), [0], 3, above=0.0) == ((0, 0),)


@pytest.mark.parametrize(("layers", "k"), [([0], 0), ([4], 1), ([-1], 1)])
def test_no_heads_and_no_such_layer_are_refused(layers: list[int], k: int) -> None:
    with pytest.raises(ValueError):
        top_k(np.zeros((4, 6)), layers, k)


@settings(deadline=None)
@given(st.integers(0, 1000), st.integers(1, 6))
def test_random_heads_are_k_a_layer_and_the_same_for_a_seed(seed: int, k: int) -> None:
    chosen = random_heads((4, 6), [1, 3], k, seed)
    assert chosen == random_heads((4, 6), [1, 3], k, seed)
    assert [sum(layer == each for layer, _ in chosen) for each in range(4)] == [0, k, 0, k]


def test_random_heads_differ_between_seeds_and_reach_every_head() -> None:
    drawn = {random_heads((1, 6), [0], 1, seed) for seed in range(100)}
    assert drawn == {((0, head),) for head in range(6)}


def test_all_heads_are_all() -> None:
    assert all_heads((2, 2), [0, 1]) == ((0, 0), (0, 1), (1, 0), (1, 1))
