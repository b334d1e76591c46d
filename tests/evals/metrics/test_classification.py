from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from affectgraph.evals.metrics.classification import (
    accuracy,
    aica_weighted_f1,
    auroc,
    class_scores,
    confusion_matrix,
    macro_f1,
    polarity_errors,
    quadratic_kappa,
    top_k_accuracy,
    weighted_f1,
)

LABELS = ["anger", "fear", "joy", "neutral", "surprise"]
POLARITY = {"anger": -1, "fear": -1, "joy": 1, "neutral": 0, "surprise": 0}
UNREAD = "?"

answered = st.lists(st.tuples(st.sampled_from(LABELS), st.sampled_from([*LABELS, None])), min_size=1, max_size=40).map(
    lambda pairs: ([t for t, _ in pairs], [p for _, p in pairs])
)


def readable(prediction: list[str | None]) -> list[str]:
    return [UNREAD if p is None else p for p in prediction]


@settings(max_examples=60, deadline=None)
@given(answered)
def test_f1_and_accuracy_are_those_of_scikit_learn(pair: tuple[list[str], list[str | None]]) -> None:
    target, prediction = pair
    said = readable(prediction)
    present = sorted((set(target) | set(said)) - {UNREAD})
    expected = {
        average: metrics.f1_score(target, said, labels=present, average=average, zero_division=0)
        for average in ("macro", "weighted")
    }
    assert macro_f1(target, prediction, LABELS) == pytest.approx(expected["macro"])
    assert weighted_f1(target, prediction, LABELS) == pytest.approx(expected["weighted"])
    assert accuracy(target, prediction) == pytest.approx(metrics.accuracy_score(target, said))


@settings(max_examples=40, deadline=None)
@given(answered)
def test_class_scores_are_those_of_scikit_learn(pair: tuple[list[str], list[str | None]]) -> None:
    target, prediction = pair
    expected = metrics.precision_recall_fscore_support(
        target, readable(prediction), labels=LABELS, zero_division=np.nan
    )
    scores = class_scores(target, prediction, LABELS)
    assert [s.label for s in scores] == LABELS
    for name, column in zip(("precision", "recall", "f1", "support"), expected, strict=True):
        assert [getattr(s, name) for s in scores] == pytest.approx(list(column), nan_ok=True)


@settings(max_examples=40, deadline=None)
@given(answered)
def test_the_confusion_matrix_is_that_of_scikit_learn_with_unreadable_answers_last(
    pair: tuple[list[str], list[str | None]],
) -> None:
    target, prediction = pair
    expected = metrics.confusion_matrix(target, readable(prediction), labels=[*LABELS, UNREAD])
    np.testing.assert_array_equal(confusion_matrix(target, prediction, LABELS), expected[:-1])


def test_an_unreadable_answer_lowers_recall_and_no_precision() -> None:
    scores = {s.label: s for s in class_scores(["joy", "joy", "fear"], ["joy", None, "fear"], LABELS)}
    assert (scores["joy"].precision, scores["joy"].recall) == (1.0, 0.5)
    assert scores["fear"].precision == 1.0
    assert sum(s.predicted for s in scores.values()) == 2


def test_a_class_that_never_occurs_does_not_lower_macro_f1() -> None:
    assert macro_f1(["joy", "fear"], ["joy", "fear"], LABELS) == 1.0
    assert math.isnan(class_scores(["joy"], ["joy"], LABELS)[0].f1)


def test_a_class_that_is_only_predicted_lowers_macro_f1() -> None:
    assert macro_f1(["joy", "joy"], ["joy", "fear"], LABELS) == pytest.approx((2 / 3 + 0) / 2)


@settings(max_examples=30, deadline=None)
@given(answered)
def test_the_aica_figure_is_f1_of_hits_against_a_reference_of_ones(
    pair: tuple[list[str], list[str | None]],
) -> None:
    target, prediction = pair
    hits = [int(t == p) for t, p in zip(target, prediction, strict=True)]
    expected = metrics.f1_score([1] * len(hits), hits, average="weighted", zero_division=0)
    assert aica_weighted_f1(target, prediction) == pytest.approx(expected)
    assert aica_weighted_f1(target, prediction) >= accuracy(target, prediction)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.permutations(range(5)), st.integers(0, 4)), min_size=1, max_size=20), st.integers(1, 4))
def test_top_k_accuracy_is_that_of_scikit_learn(items: list[tuple[list[int], int]], k: int) -> None:
    scores = np.array([order for order, _ in items], dtype=float) / 10.0
    target = [t for _, t in items]
    ours = top_k_accuracy(
        [LABELS[t] for t in target], [dict(zip(LABELS, row, strict=True)) for row in scores.tolist()], k
    )
    assert ours == pytest.approx(metrics.top_k_accuracy_score(target, scores, k=k, labels=range(5)))


def test_the_first_listed_label_wins_a_tie_and_no_distribution_is_a_miss() -> None:
    tied = {"joy": 0.5, "fear": 0.5}
    assert top_k_accuracy(["joy", "fear", "joy"], [tied, tied, None], 1) == pytest.approx(1 / 3)


def test_errors_are_sorted_by_what_happened_to_the_valence() -> None:
    target = ["anger", "anger", "anger", "joy", "neutral", "neutral", "joy"]
    answer = ["anger", "fear", "joy", "fear", "surprise", "joy", None]
    errors = polarity_errors(target, answer, POLARITY)
    assert (errors.intensity, errors.polarity, errors.neutral, errors.unparseable) == (2, 2, 1, 1)
    assert (errors.intensity_share, errors.polarity_share) == (2 / 6, 2 / 6)


@settings(max_examples=30, deadline=None)
@given(answered)
def test_kinds_of_errors_add_up(pair: tuple[list[str], list[str | None]]) -> None:
    errors = polarity_errors(*pair, POLARITY)
    assert errors.intensity + errors.polarity + errors.neutral + errors.unparseable == errors.errors
    assert errors.errors == sum(t != p for t, p in zip(*pair, strict=True))


def test_without_errors_their_shares_are_nan() -> None:
    assert math.isnan(polarity_errors(["joy"], ["joy"], POLARITY).intensity_share)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30))
def test_quadratic_kappa_is_that_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    target, prediction = [t for t, _ in pairs], [p for _, p in pairs]
    ours = quadratic_kappa([LABELS[t] for t in target], [LABELS[p] for p in prediction], LABELS)
    if len(set(target) | set(prediction)) == 1:
        assert math.isnan(ours)
    else:
        expected = metrics.cohen_kappa_score(target, prediction, labels=range(5), weights="quadratic")
        assert ours == pytest.approx(expected)


def test_an_unreadable_answer_is_the_far_end_of_an_ordered_scale() -> None:
    scale = ["1", "2", "3"]
    for target, far in (("1", "3"), ("3", "1"), ("2", "3")):
        rest_t, rest_p = ["1", "2", "3"], ["1", "3", "3"]
        unread = quadratic_kappa([target, *rest_t], [None, *rest_p], scale)
        assert unread == pytest.approx(quadratic_kappa([target, *rest_t], [far, *rest_p], scale))


@pytest.mark.parametrize(
    ("target", "prediction", "message"),
    [
        ([], [], "no items"),
        (["joy"], [], "1 targets but 0"),
        (["bliss"], ["joy"], "'bliss'"),
        (["joy"], ["bliss"], "'bliss'"),
    ],
)
def test_wrong_input_is_named(target: list[str], prediction: list[str | None], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        macro_f1(target, prediction, LABELS)


def test_a_label_without_a_polarity_is_named() -> None:
    with pytest.raises(ValueError, match="'awe'"):
        polarity_errors(["joy"], ["awe"], POLARITY)


# --- area under the ROC curve ----------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.5, 0.5000001, 1.0])), min_size=2, max_size=30))
def test_auroc_is_that_of_scikit_learn(items: list[tuple[bool, float]]) -> None:
    positive, score = [label for label, _ in items], [value for _, value in items]
    if len(set(positive)) == 1:
        assert math.isnan(auroc(positive, score))
    else:
        assert auroc(positive, score) == pytest.approx(metrics.roc_auc_score(positive, score))


def test_auroc_refuses_scores_of_another_number() -> None:
    with pytest.raises(ValueError, match="2 targets but 1 predictions"):
        auroc([True, False], [0.5])
