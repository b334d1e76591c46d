"""Label spaces of image sets, and words of feeling."""

from __future__ import annotations

import pytest

from affectgraph.tools.label_spaces import POLARITY, SPACES, emotion_words


def test_the_spaces_have_the_published_sizes_and_no_label_twice() -> None:
    sizes = {name: len(labels) for name, labels in SPACES.items()}
    assert sizes == {"mikels8": 8, "emotion6": 6, "emotic26": 26, "plutchik24": 24, "ekman7": 7}
    assert all(len(set(labels)) == len(labels) for labels in SPACES.values())


def test_mikels_eight_are_half_pleasant_as_in_the_paper() -> None:
    assert [POLARITY[label] for label in SPACES["mikels8"]] == [1, 1, 1, 1, -1, -1, -1, -1]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A dog lies on a red sofa.", []),
        ("A HAPPY dog; its mood is calm.", ["happy", "mood", "calm"]),
        ("An angered bull", []),  # a list of words, not a stemmer
        ("Fearless? No: fear.", ["fear"]),
        ("一片宁静的湖面", ["宁静"]),
        ("一条狗趴在红色沙发上", []),
    ],
)
def test_words_of_feeling_are_found_whole(text: str, found: list[str]) -> None:
    assert emotion_words(text) == found
