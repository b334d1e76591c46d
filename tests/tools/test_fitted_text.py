"""The small linear model: what it counts, that its file gives the same numbers, and what a score rests on."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.tools.fitted_text import FittedText, counted, fit_text, grams

GOOD = ["the cake was lovely", "a lovely walk by the sea", "lovely tea with my aunt", "这块蛋糕真好吃", "好吃的面条"]
BAD = ["the cake was awful", "an awful walk in the rain", "awful tea at the office", "这块蛋糕真难吃", "难吃的面条"]


@pytest.fixture(scope="module")
def model() -> FittedText:
    return fit_text(GOOD + BAD, {"awful": [0] * 5 + [1] * 5}, about={"n": 10})


def test_it_learns_what_tells_the_kinds_apart(model: FittedText) -> None:
    assert model.scores("an awful cake")["awful"] > 0.5 > model.scores("a lovely cake")["awful"]
    assert model.scores("难吃")["awful"] > 0.5 > model.scores("好吃")["awful"]


def test_spelling_tricks_are_undone_first(model: FittedText) -> None:
    assert model.logits("an ａｗｆｕｌ cake") == model.logits("an awful cake")


def test_the_file_gives_the_same_numbers_and_holds_no_pickle(model: FittedText, tmp_path: Path) -> None:
    model.save(tmp_path / "model.npz")
    again = FittedText.load(tmp_path / "model.npz")
    assert again.about == {"n": 10}
    assert again.vocabulary == model.vocabulary
    for text in [*GOOD, *BAD, "", "unseen words"]:
        assert again.logits(text) == pytest.approx(model.logits(text), abs=1e-5)
    with np.load(tmp_path / "model.npz", allow_pickle=False) as kept:
        assert set(kept.files) == {"heads", "vocabulary", "idf", "weights", "bias", "about"}


def test_another_file_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", heads=np.array(["a"]))
    with pytest.raises(ValueError, match=r"lacks .*vocabulary"):
        FittedText.load(tmp_path / "other.npz")


def test_what_a_score_rests_on_sums_to_it(model: FittedText) -> None:
    for text in ("an awful, awful cake in the rain", "这块蛋糕真难吃", "an ａｗｆｕｌ walk"):
        support = model.support(text, "awful")
        assert sum(weight for _, _, weight in support) + float(model.bias[0]) == pytest.approx(
            model.logits(text)["awful"], abs=1e-4
        )
        assert all(0 <= start < end <= len(text) for start, end, _ in support)
    with pytest.raises(KeyError):
        model.support("a", "other")


def test_a_text_of_unknown_words_scores_the_bias(model: FittedText) -> None:
    assert model.logits("")["awful"] == pytest.approx(float(model.bias[0]))


def test_fitting_is_deterministic(model: FittedText) -> None:
    other = fit_text(GOOD + BAD, {"awful": [0] * 5 + [1] * 5}, about={"n": 10})
    assert np.array_equal(other.weights, model.weights)


def test_a_head_needs_both_kinds() -> None:
    with pytest.raises(ValueError, match="'one'"):
        fit_text(GOOD, {"one": [1, 1, 1, -1, -1]})


def test_grams_of_words_and_letters() -> None:
    found = {gram for gram, _, _ in grams("to be 想死了")}
    assert {"wto be", "w想 死 了", "c_to", "wbe 想"} <= found
    assert not any(len(gram.split()) > 4 for gram in found)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_counted_and_its_grams_lie_inside_it(text: str) -> None:
    for gram, start, end in grams(text.lower()):
        assert gram
        assert 0 <= start < end <= len(text.lower())
    assert all(times > 0 for times in counted(text).values())
