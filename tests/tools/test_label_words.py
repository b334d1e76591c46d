"""What prompts call the labels."""

from __future__ import annotations

import pytest

from affectgraph.tools.emotions import taxonomy
from affectgraph.tools.label_spaces import SPACES
from affectgraph.tools.label_words import label_words


@pytest.mark.parametrize("space", SPACES)
def test_every_label_has_a_chinese_word_of_its_own(space: str) -> None:
    words = label_words(SPACES[space], "zh")
    assert len(set(words)) == len(SPACES[space])
    assert all(all("\u4e00" <= char <= "\u9fff" for char in word) for word in words)
    assert label_words(SPACES[space], "en") == SPACES[space]


def test_the_words_are_those_of_the_taxonomies() -> None:
    known = taxonomy("ekman7")
    assert label_words(known.labels, "zh") == known.words("zh")


def test_an_unlisted_label_is_called_what_it_is_and_no_two_are_called_alike() -> None:
    assert label_words(["nostalgia", "fear"], "zh") == ("nostalgia", "恐惧")
    assert label_words(["fear", "恐惧"], "zh") == ("fear", "恐惧")
