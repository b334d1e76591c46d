"""Whether a sentence shares a content word with what is known of its regions."""

from __future__ import annotations

import pytest

from affectgraph.tools.grounding import content_words, is_grounded


@pytest.mark.parametrize(
    ("sentence", "known", "grounded"),
    [
        ("Two horses graze.", "a horse on a field", True),
        ("The glasses shine.", "a glass of wine", True),
        ("Sharp edges everywhere.", "an edge of stone", True),
        ("WALLS, red ones!", "a red wall", True),
        ("Joy fills the air.", "a red wall", False),
        ("The image has a region.", "an image with a region", False),
        ("", "a red wall", False),
        ("A red wall.", "", False),
        ("红色的墙很高", "一面红色的墙", True),
        ("这幅图片很美", "这幅图片是蓝的", False),
        ("The 墙壁 is old.", "一面墙壁", True),
        ("café chairs", "a café", True),
    ],
)
def test_a_shared_content_word_grounds_a_sentence(sentence: str, known: str, grounded: bool) -> None:
    assert is_grounded(sentence, known) is grounded


def test_function_words_and_short_ones_are_no_content() -> None:
    assert content_words("It is the other one, of a viewer, in 2020") == set()
    assert content_words("一个") == set()
