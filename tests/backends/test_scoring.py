"""From label scores to a distribution."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from affectgraph.backends.scoring import Distribution, label_token_ids

scores = st.lists(st.floats(min_value=-1e4, max_value=1e4), min_size=1, max_size=30)


def labels(count: int) -> list[str]:
    return [f"label{number}" for number in range(count)]


def distributed(values: list[float]) -> list[float]:
    return list(Distribution.from_scores(labels(len(values)), values).probabilities.values())


@given(scores)
@settings(deadline=None)
def test_probabilities_sum_to_one_and_keep_the_order_of_the_scores(values: list[float]) -> None:
    shares = distributed(values)
    assert math.fsum(shares) == pytest.approx(1.0, abs=1e-9)
    assert all(0.0 <= share <= 1.0 for share in shares)
    ranks = sorted(range(len(values)), key=values.__getitem__)
    assert [shares[rank] for rank in ranks] == sorted(shares)


@given(scores, st.floats(min_value=-1e5, max_value=1e5))
@settings(deadline=None)
def test_a_constant_added_to_every_score_changes_nothing(values: list[float], shift: float) -> None:
    # Sums of floats round; a score may move by that much.
    assert distributed([value + shift for value in values]) == pytest.approx(distributed(values), abs=1e-9)


@given(st.lists(st.floats(min_value=1e-6, max_value=1.0), min_size=1, max_size=20))
@settings(deadline=None)
def test_log_probabilities_come_back_as_probabilities(weights: list[float]) -> None:
    total = math.fsum(weights)
    shares = [weight / total for weight in weights]
    assert distributed([math.log(share) for share in shares]) == pytest.approx(shares)


def test_an_impossible_option_gets_nothing() -> None:
    assert distributed([0.0, -math.inf, 0.0]) == [0.5, 0.0, 0.5]
    assert distributed([-math.inf, -2000.0]) == [0.0, 1.0]


@pytest.mark.parametrize("values", [[], [-math.inf], [-math.inf, -math.inf], [math.nan], [math.inf, 0.0]])
def test_without_a_finite_best_score_there_is_no_distribution(values: list[float]) -> None:
    with pytest.raises(ValueError, match="no option has a finite score"):
        distributed(values)


def test_a_score_that_is_no_number_is_refused_wherever_it_stands() -> None:
    with pytest.raises(ValueError):
        distributed([1.0, math.nan])


@pytest.mark.parametrize("values", [[0.0], [0.0, 0.0, 0.0]])
def test_options_and_scores_must_be_as_many(values: list[float]) -> None:
    with pytest.raises(ValueError, match=f"2 options but {len(values)} scores"):
        Distribution.from_scores(["a", "b"], values)


@pytest.mark.parametrize(
    "shares", [{"a": 0.5}, {"a": 0.7, "b": 0.4}, {"a": 1.2, "b": -0.2}, {"a": math.nan, "b": 1.0}, {}]
)
def test_what_is_no_distribution_is_refused(shares: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        Distribution(probabilities=shares)


def test_the_first_listed_wins_a_tie() -> None:
    tied = Distribution(probabilities={"b": 0.25, "c": 0.375, "a": 0.375})
    assert tied.top == "c"
    assert tied.ranked() == [("c", 0.375), ("a", 0.375), ("b", 0.25)]


@given(scores)
@settings(deadline=None)
def test_the_top_label_is_the_first_of_the_ranking(values: list[float]) -> None:
    found = Distribution.from_scores(labels(len(values)), values)
    assert found.ranked()[0] == (found.top, max(found.probabilities.values()))
    assert dict(found.ranked()) == found.probabilities


def test_other_names_keep_the_probabilities_in_their_order_and_their_calibration() -> None:
    found = Distribution.from_answer(["sadness", "joy", "anger"], "joy", 0.5).renamed(["悲伤", "喜悦", "愤怒"])
    assert found.probabilities == {"悲伤": 0.25, "喜悦": 0.5, "愤怒": 0.25}
    assert found.calibration == "uncalibrated"


@pytest.mark.parametrize("names", [["x"], ["x", "y", "z"], ["x", "x"]])
def test_other_names_must_be_as_many_and_distinct(names: list[str]) -> None:
    with pytest.raises(ValueError):
        Distribution.from_scores(["a", "b"], [0.0, 0.0]).renamed(names)


@given(st.integers(min_value=1, max_value=30), st.floats(min_value=0.0, max_value=1.0), st.data())
@settings(deadline=None)
def test_an_answer_shares_the_rest_evenly_and_is_uncalibrated(
    size: int, confidence: float, data: st.DataObject
) -> None:
    answer = data.draw(st.sampled_from(labels(size)))
    found = Distribution.from_answer(labels(size), answer, confidence)
    rest = {share for label, share in found.probabilities.items() if label != answer}
    assert found.calibration == "uncalibrated"
    assert list(found.probabilities) == labels(size)
    assert found.probabilities[answer] == (confidence if size > 1 else 1.0)
    assert len(rest) == (size > 1)


def test_calibration_is_what_the_caller_says() -> None:
    assert Distribution.from_scores(["a", "b"], [0.0, 1.0]).calibration == "log-probabilities"
    assert Distribution.from_scores(["a", "b"], [0.0, 1.0], "prior-corrected").calibration == "prior-corrected"


def spelled(option: str) -> list[int]:
    return [ord(letter) for letter in option]


def test_labels_that_do_not_nest_are_scored_by_their_own_tokens() -> None:
    assert label_token_ids(["sad", "mad", "sour"], spelled, 0) == [spelled("sad"), spelled("mad"), spelled("sour")]


def test_where_one_label_begins_another_every_label_gets_the_end_marker() -> None:
    options = ["sad", "saddened", "joy"]
    assert label_token_ids(options, spelled, 0) == [[*spelled(option), 0] for option in options]


@given(st.lists(st.text(min_size=1, max_size=4, alphabet="ab"), min_size=2, max_size=5, unique=True))
@settings(deadline=None)
def test_no_scored_label_begins_another(options: list[str]) -> None:
    ids = label_token_ids(options, spelled, 0)
    assert not any(a is not b and b[: len(a)] == a for a in ids for b in ids)


@given(st.lists(st.text(min_size=1, max_size=4, alphabet="ab"), min_size=2, max_size=5, unique=True))
@settings(deadline=None)
def test_nesting_without_an_end_marker_is_refused(options: list[str]) -> None:
    assume(any(a != b and b.startswith(a) for a in options for b in options))
    with pytest.raises(ValueError, match="no end-of-turn token"):
        label_token_ids(options, spelled, None)


def test_an_option_without_tokens_is_named() -> None:
    with pytest.raises(ValueError, match="option '' has no tokens"):
        label_token_ids(["sad", ""], spelled, 0)
