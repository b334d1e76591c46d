"""Reading an answer: the one word that it gives, or nothing; never a guess."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.tools.answer_words import read_answer
from affectgraph.tools.emotions import TAXONOMIES
from affectgraph.tools.questions import QUESTIONS, question

EMOTIONS = ("joy", "sadness", "anger")
SCALE = ("very bad", "bad", "neutral", "good", "very good")
LISTS = [
    *(question(name).words[language] for name in QUESTIONS for language in ("en", "zh")),
    *(known.words(language) for known in TAXONOMIES.values() for language in ("en", "zh")),
]
listed = st.sampled_from(LISTS).flatmap(lambda words: st.tuples(st.just(words), st.integers(0, len(words) - 1)))
# Letters that NFKC and case folding leave one to one, so that a made word stays a word.
made_word = st.text("abcdeAB悲伤喜悦", min_size=1, max_size=6)
made_words = st.lists(made_word, min_size=1, max_size=6, unique_by=str.casefold)
joiners = st.text(" .,!?:*\"'()，。！？：“”（）「」", max_size=4)


def full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


@given(made_words, st.data())
def test_an_answer_that_is_one_of_the_words_is_read_as_it(words: list[str], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(words) - 1))
    assert read_answer(words[index], words) == index


@given(listed, joiners, joiners, st.sampled_from([str, str.upper, str.title, full_width]))
def test_case_width_and_punctuation_around_a_word_do_not_matter(
    chosen: tuple[tuple[str, ...], int], before: str, after: str, written: Callable[[str], str]
) -> None:
    words, index = chosen
    assert read_answer(f"{before}{written(words[index])}{after}", words) == index


@given(listed, st.data())
def test_an_answer_that_names_two_is_not_read(chosen: tuple[tuple[str, ...], int], data: st.DataObject) -> None:
    words, index = chosen
    other = data.draw(st.sampled_from([i for i in range(len(words)) if i != index]))
    assert read_answer(f"{words[index]}, {words[other]}", words) is None


@given(listed, st.integers(2, 4))
def test_one_word_said_several_times_is_one_answer(chosen: tuple[tuple[str, ...], int], times: int) -> None:
    words, index = chosen
    assert read_answer("; ".join([words[index]] * times), words) == index


@given(st.text("vwxyz 好 \n.", max_size=30))
def test_an_answer_without_a_listed_word_is_not_read(answer: str) -> None:
    assert read_answer(answer, ("joy", "sadness", "悲伤")) is None


@given(st.text(), st.lists(st.text(min_size=1), max_size=4))
@settings(deadline=None)
def test_no_answer_is_an_error(answer: str, words: list[str]) -> None:
    found = read_answer(answer, words)
    assert found is None or 0 <= found < len(words)


@pytest.mark.parametrize(
    ("answer", "index"),
    [
        ("very bad", 0),
        ("The writer feels very bad.", 0),
        ("bad", 1),
        ("Not so bad, I think.", 1),
        ("very  good", 3),  # two spaces: "good" stands alone
        ("bad, no: very bad", None),
        ("very good or very bad", None),
    ],
)
def test_a_word_inside_a_longer_listed_one_does_not_count_there(answer: str, index: int | None) -> None:
    assert read_answer(answer, SCALE) == index


@pytest.mark.parametrize("answer", ["enjoy", "joyful", "enjoyment", "joy2", "killjoy.", "überjoy", "joyé"])
def test_a_word_inside_an_unlisted_one_is_none(answer: str) -> None:
    assert read_answer(answer, EMOTIONS) is None


@pytest.mark.parametrize(
    ("answer", "index"),
    [
        ("悲伤", 0),
        ("这个人感到非常悲伤。", 0),
        ("他是喜悦的", 1),
        ("悲伤，也有喜悦", None),
        ("高兴", None),
        ("这个人感到awe。", 2),  # a label that has no Chinese word
        ("答案是ＡＷＥ吧", 2),
    ],
)
def test_chinese_needs_no_spaces(answer: str, index: int | None) -> None:
    assert read_answer(answer, ("悲伤", "喜悦", "awe")) == index


@pytest.mark.parametrize(
    ("answer", "index"), [("有点积极", 3), ("积极", 4), ("我觉得是有点消极的", 1), ("有点积极，有点消极", None)]
)
def test_a_chinese_word_inside_a_longer_listed_one_does_not_count_there(answer: str, index: int | None) -> None:
    assert read_answer(answer, question("sentiment").words["zh"]) == index


@pytest.mark.parametrize(
    ("answer", "index"),
    [
        ("\n\n  joy\nsadness\nanger", 0),
        ("---\n**Joy**\n\nThe person may also feel sadness.", 0),
        ("Let me think.\njoy", None),  # what comes later may be anything
        ("", None),
        ("\n?!\n", None),
    ],
)
def test_only_the_first_line_with_words_is_read(answer: str, index: int | None) -> None:
    assert read_answer(answer, EMOTIONS) == index


@pytest.mark.parametrize(("answer", "index"), [("(a)", 0), ("c++", 1), ("c", 2), ("[x].*", 3), ("xx", None)])
def test_words_are_no_patterns(answer: str, index: int | None) -> None:
    assert read_answer(answer, ("a", "c++", "c", "[x].*")) == index
