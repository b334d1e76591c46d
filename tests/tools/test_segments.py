"""Segments: every visible character in exactly one, in order, quoted as the person wrote it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.tools.segments import listing, quote, segment

LONGEST = 400

# Plain unicode seldom holds the marks that matter, and words make runs long enough to be cut.
PIECES = st.sampled_from(
    [". ", "! ", "?", "…", "。", "！", "\n", "\n\n", "\r\n", " ", "\t", "Dr. ", "e.g. ", "3.5", '."']
)
WORDS = st.sampled_from(["word", "我很难过", "a" * 90, "难" * 150, "I feel", "\u3000", "👩‍👩‍👧"])
TEXTS = st.lists(st.one_of(st.text(max_size=8), PIECES, WORDS), max_size=40).map("".join)


def test_a_model_reads_one_segment_a_line_after_its_id() -> None:
    text = "I went.\n\nShe stayed."
    assert listing(text, segment(text)) == "[s1] I went.\n[s2] She stayed."
    assert listing(text, segment(text)[1:]) == "[s2] She stayed."


def quotes(text: str) -> list[str]:
    return [quote(text, part) for part in segment(text)]


@given(TEXTS)
@settings(deadline=None, max_examples=300)
def test_every_visible_character_is_in_one_segment_in_order(text: str) -> None:
    position = 0
    for part in segment(text):
        assert part.start >= position
        assert not text[position : part.start].strip()
        assert part.end > part.start
        position = part.end
    assert position <= len(text)
    assert not text[position:].strip()


@given(TEXTS)
@settings(deadline=None, max_examples=300)
def test_a_quote_is_the_text_between_its_offsets_without_white_space_around(text: str) -> None:
    for part in segment(text):
        assert quote(text, part) == text[part.start : part.end]
        assert quote(text, part) == quote(text, part).strip() != ""


@given(TEXTS)
@settings(deadline=None, max_examples=300)
def test_ids_count_from_one_and_no_segment_is_too_long(text: str) -> None:
    parts = segment(text)
    assert [part.id for part in parts] == [f"s{number}" for number in range(1, len(parts) + 1)]
    assert all(part.end - part.start <= LONGEST for part in parts)


@given(TEXTS)
@settings(deadline=None, max_examples=300)
def test_no_segment_reaches_over_a_line_break(text: str) -> None:
    assert not any("\n" in found for found in quotes(text))


@pytest.mark.parametrize("text", ["", " ", "\n\n\t \u3000"])
def test_a_blank_text_has_no_segments(text: str) -> None:
    assert segment(text) == []


def test_short_sentences_of_a_paragraph_are_joined() -> None:
    assert quotes("  I can't sleep. I lie awake!  Why me? ") == ["I can't sleep. I lie awake!  Why me?"]


def test_sentences_are_joined_up_to_160_characters() -> None:
    first, second = "x" * 99 + ".", "y" * 58 + "."
    assert quotes(f"{first} {second}") == [f"{first} {second}"]
    assert quotes(f"{first} y{second}") == [first, f"y{second}"]


def test_a_paragraph_begins_a_segment() -> None:
    assert quotes("First. Second.\nThird. Fourth.\n\nFifth") == ["First. Second.", "Third. Fourth.", "Fifth"]


def sentences_of(text: str) -> list[str]:
    """Sentence by sentence: sentences are blown up so that none can be joined."""
    return [found.replace("_", "") for found in quotes(text.replace("~", "_" * 150))]


def test_sentences_end_at_their_punctuation() -> None:
    assert sentences_of("~One. ~Two! ~Three?! ~Four… ~Five") == ["One.", "Two!", "Three?!", "Four…", "Five"]


def test_closing_quotes_and_brackets_belong_to_their_sentence() -> None:
    assert sentences_of('~He said "go." ~(I went.) ~Then ~“no!” ~Yes') == [
        'He said "go."',
        "(I went.)",
        "Then “no!”",
        "Yes",
    ]


@pytest.mark.parametrize("abbreviation", ["Mr.", "Mrs.", "Ms.", "Dr.", "Prof.", "St.", "vs.", "e.g.", "i.e.", "etc."])
def test_an_abbreviation_does_not_end_a_sentence(abbreviation: str) -> None:
    assert sentences_of(f"~I saw {abbreviation} ~Lee. ~He left.") == [f"I saw {abbreviation} Lee.", "He left."]


def test_a_word_that_ends_like_an_abbreviation_ends_a_sentence() -> None:
    assert sentences_of("~My best forms. ~Next.") == ["My best forms.", "Next."]


def test_a_line_break_ends_a_sentence_after_an_abbreviation_too() -> None:
    assert quotes("I saw the Dr.\nHe said no.") == ["I saw the Dr.", "He said no."]


@pytest.mark.parametrize("number", ["3.5", "1.000.000", "example.com", "v2.0.1"])
def test_a_point_inside_a_word_ends_nothing(number: str) -> None:
    assert sentences_of(f"~It is {number} now. ~Next.") == [f"It is {number} now.", "Next."]


def test_chinese_sentences_end_without_a_space() -> None:
    long = "我" * 150
    found = quotes(f"{long}很累。{long}怎么办？{long}“够了！”好")
    assert found == [f"{long}很累。", f"{long}怎么办？", f"{long}“够了！”", "好"]
    assert quotes("我很累。我睡不着！怎么办？") == ["我很累。我睡不着！怎么办？"]


def test_chinese_sentences_are_joined_up_to_80_characters() -> None:
    first, second = "难" * 49 + "。", "累" * 29 + "。"
    assert quotes(first + second) == [first + second]
    assert quotes(f"{first}累{second}") == [first, f"累{second}"]


def test_a_run_without_punctuation_is_cut_at_a_space() -> None:
    words = " ".join(["word"] * 200)
    found = quotes(words)
    assert len(found) == 3
    assert all(set(part.split()) == {"word"} for part in found)
    assert " ".join(found) == words


def test_a_run_without_spaces_is_cut_at_400_characters() -> None:
    assert [len(part) for part in quotes("难" * 900)] == [400, 400, 100]
    assert [len(part) for part in quotes("难" * 400)] == [400]
    assert [len(part) for part in quotes("难" * 401)] == [400, 1]
