"""Marked words: the marks change nothing, and the tokens found are exactly those that cover a marked character."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectgraph.backends.transformers_multimodal_marks import Marks, covered

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)


@given(texts, texts, texts)
def test_marks_come_out_as_they_went_in(before: str, words: str, after: str) -> None:
    marks = Marks.foreign_to([before, words, after])
    text, ranges = marks.taken_out(before + marks.around(words) + after)
    assert text == before + words + after
    assert [text[start:end] for start, end in ranges] == ([words.strip()] if words.strip() else [])


@given(st.lists(st.integers(0, 4), max_size=20), st.lists(st.integers(0, 60), max_size=6, unique=True))
def test_covered_is_what_a_search_through_all_tokens_finds(widths: list[int], bounds: list[int]) -> None:
    edges = [sum(widths[:at]) for at in range(len(widths) + 1)]
    offsets = list(itertools.pairwise(edges))
    ordered = sorted(bounds)
    ranges = list(zip(ordered[::2], ordered[1::2], strict=False))
    expected: set[int] = set()
    for first, last in ranges:
        touched = [at for at, (start, end) in enumerate(offsets) if start < end and start < last and end > first]
        expected.update(range(touched[0], touched[-1] + 1) if touched else ())
    assert covered(offsets, ranges) == tuple(sorted(expected))


def test_marks_that_a_template_tears_apart_are_noticed() -> None:
    marks = Marks.foreign_to([])
    for torn in ("a" + marks.opening, marks.closing + "a", marks.opening * 2, marks.opening + marks.closing * 2):
        with pytest.raises(ValueError, match="partner"):
            marks.taken_out(torn)


def test_marks_avoid_every_character_of_the_conversation() -> None:
    used = "".join(map(chr, range(0xE000, 0xF8FE)))
    marks = Marks.foreign_to([used])
    assert {marks.opening, marks.closing} == {"\uf8fe", "\uf8ff"}
    with pytest.raises(ValueError, match="private-use"):
        Marks.foreign_to([used + "\uf8fe"])


@pytest.mark.parametrize(
    ("before", "words", "after", "found"),
    [
        ("He said: ", "I am fine, the end.", "\n\nHow is he?", " I am fine, the end."),
        ("He said:\n", "I'm fine", " - so", "I'm fine"),
        ("“", "我很好。", "”\n", "我很好。"),
        ("", "so 🙂🙃", "", "so 🙂🙃"),
        ("x", "y", "z", "xyz"),  # inside one token: all of it
    ],
)
def test_a_real_tokenizer_s_tokens_are_found(
    before: str, words: str, after: str, found: str, smollm2_tokenizer_folder: Path
) -> None:
    transformers: Any = pytest.importorskip("transformers")
    tokenizer = transformers.AutoTokenizer.from_pretrained(smollm2_tokenizer_folder)
    marks = Marks.foreign_to([before, words, after])
    text, ranges = marks.taken_out(before + marks.around(words) + after)
    made = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    places = covered(made["offset_mapping"], ranges)
    assert tokenizer.decode([made["input_ids"][at] for at in places]) == found
