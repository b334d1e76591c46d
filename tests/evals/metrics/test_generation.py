from __future__ import annotations

import math
import string

import numpy as np
import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from affectgraph.evals.metrics.generation import (
    bertscore_f1,
    bleu,
    distinct,
    distinct_without_each,
    length,
    ngrams,
    rouge_l,
    words,
)

SAID = ["I hear how hard this has been for you.", "That sounds painful, and you are not alone."]
REFERENCES = [
    ["I can hear how hard this has been.", "It has been so hard for you."],
    ["That sounds very painful.", "You are not alone in this."],
]
SAID_ZH = ["我听到你真的很难过。", "这听起来很痛苦，你并不孤单。"]
REFERENCES_ZH = [["我能感受到你很难过。", "你一定很难受。"], ["这听起来非常痛苦。", "你不是一个人。"]]

english = st.lists(st.sampled_from(["I", "you", "feel", "sad", "not", "alone", "it's", "2"]), max_size=12).map(" ".join)
ascii_text = st.text(alphabet=string.ascii_letters + string.digits + " .,'!-", max_size=40)


@pytest.mark.parametrize(
    ("said", "references", "language", "tokenize"),
    [
        (SAID, REFERENCES, "en", "13a"),
        (SAID_ZH, REFERENCES_ZH, "zh", "zh"),
        (SAID_ZH, REFERENCES_ZH, "zh-CN", "zh"),
    ],
)
def test_bleu_is_that_of_sacrebleu(said: list[str], references: list[list[str]], language: str, tokenize: str) -> None:
    streams = [list(stream) for stream in zip(*references, strict=True)]
    expected = sacrebleu.corpus_bleu(said, streams, tokenize=tokenize).score
    assert expected > 0
    assert bleu(said, references, language) == pytest.approx(expected)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(english, english.filter(bool), english.filter(bool)), min_size=1, max_size=4))
def test_bleu_of_any_text_is_that_of_sacrebleu(items: list[tuple[str, str, str]]) -> None:
    streams = [[first for _, first, _ in items], [second for _, _, second in items]]
    expected = sacrebleu.corpus_bleu([said for said, _, _ in items], streams).score
    assert bleu([said for said, _, _ in items], [[a, b] for _, a, b in items], "en") == pytest.approx(expected)


def test_replies_may_have_different_numbers_of_references_and_be_empty() -> None:
    assert bleu(SAID, [REFERENCES[0], REFERENCES[1][:1]], "en") > 0
    assert bleu([""], [["something"]], "en") == 0.0
    assert bleu(["", SAID[1]], [REFERENCES[0], [SAID[1]]], "en") < 100.0


@settings(max_examples=80, deadline=None)
@given(st.one_of(ascii_text, english), st.lists(st.one_of(ascii_text, english), min_size=1, max_size=3))
def test_rouge_is_that_of_rouge_score_with_the_best_reference(said: str, references: list[str]) -> None:
    expected = RougeScorer(["rougeL"]).score_multi(references, said)["rougeL"].fmeasure
    assert rouge_l(said, references, "en") == pytest.approx(expected)


def test_rouge_reads_chinese_by_character() -> None:
    # 很难过 in order of 你很难过 (4 characters) and 很难过了 (4): 3 in common.
    assert rouge_l("你很难过", ["很难过了"], "zh") == pytest.approx(0.75)
    assert rouge_l("你很难过。", ["开心", "你很难过"], "zh") == 1.0


def test_words_of_each_language() -> None:
    assert words("It's 3 o'clock, Café_x!", "en") == ["it", "s", "3", "o", "clock", "café", "x"]
    assert words("我用ChatGPT 4，很好！", "zh") == ["我", "用", "chatgpt", "4", "很", "好"]
    assert length("我用 GPT。", "zh") == 6
    assert length("I am, well, fine.", "en") == 4


def test_distinct_of_a_hand_computed_example() -> None:
    assert distinct(["I am sad", "I am here"], 1, "en") == pytest.approx(4 / 6)
    assert distinct(["I am sad", "I am here"], 2, "en") == pytest.approx(3 / 4)
    assert distinct(["难过难过"], 2, "zh") == pytest.approx(2 / 3)
    assert math.isnan(distinct(["word"], 2, "en"))


def test_ngrams_do_not_cross_replies() -> None:
    assert ngrams(["a", "b", "c"], 2) == [("a", "b"), ("b", "c")]
    assert ngrams(["a"], 2) == []
    assert distinct(["a b", "b c"], 2, "en") == 1.0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), english), min_size=2, max_size=8))
def test_distinct_without_each_group_is_distinct_of_the_rest(items: list[tuple[int, str]]) -> None:
    names = sorted({group for group, _ in items})
    codes = np.array([names.index(group) for group, _ in items])
    texts = [text for _, text in items]
    without = distinct_without_each([ngrams(words(text, "en"), 1) for text in texts], codes)
    for code in range(len(names)):
        rest = [text for text, own in zip(texts, codes, strict=True) if own != code]
        expected = distinct(rest, 1, "en") if rest else math.nan
        assert without[code] == pytest.approx(expected, nan_ok=True)


def test_bertscore_of_a_hand_computed_example() -> None:
    # Precision: 1 and 0; recall: 1. F1 = 2 * .5 * 1 / 1.5.
    assert bertscore_f1([[2.0, 0.0], [0.0, 1.0]], [[[1.0, 0.0]]]) == pytest.approx(2 / 3)
    assert bertscore_f1([[1.0, 0.0]], [[[0.0, 1.0]], [[3.0, 0.0]]]) == pytest.approx(1.0)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 99))
def test_bertscore_is_symmetric_and_blind_to_the_length_of_vectors(m: int, n: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    a, b = generator.normal(size=(m, 4)), generator.normal(size=(n, 4))
    assert bertscore_f1(a, [b]) == pytest.approx(bertscore_f1(b, [a]))
    assert bertscore_f1(a, [b]) == pytest.approx(bertscore_f1(5.0 * a, [b]))
    assert bertscore_f1(a, [a]) == pytest.approx(1.0)


def test_bertscore_of_nothing_is_zero() -> None:
    assert bertscore_f1(np.zeros((0, 3)), [np.ones((2, 3))]) == 0.0
    assert bertscore_f1(np.zeros((1, 3)), [np.ones((2, 3))]) == 0.0


def test_wrong_input_is_named() -> None:
    with pytest.raises(ValueError, match="2 replies but 1"):
        bleu(["a", "b"], [["a"]], "en")
    with pytest.raises(ValueError, match="no replies"):
        bleu([], [], "en")
    with pytest.raises(ValueError, match="no references"):
        bleu(["a"], [[]], "en")
    with pytest.raises(ValueError, match="no references"):
        rouge_l("a", [], "en")
    with pytest.raises(ValueError, match="no replies"):
        distinct([], 1, "en")
    with pytest.raises(ValueError, match="n is 0"):
        distinct(["a"], 0, "en")
    with pytest.raises(ValueError, match="3 and 2 dimensions"):
        bertscore_f1(np.ones((1, 3)), [np.ones((1, 2))])
