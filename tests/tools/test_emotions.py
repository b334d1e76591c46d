"""Taxonomies: closed sets whose labels cannot be confused, in both languages."""

from __future__ import annotations

import re

import pytest

from affectgraph.tools.emotions import TAXONOMIES, Taxonomy, taxonomy
from affectgraph.tools.language import script_share

every = pytest.mark.parametrize("known", TAXONOMIES.values(), ids=TAXONOMIES)


@every
def test_no_label_and_no_word_appears_twice(known: Taxonomy) -> None:
    for words in (known.labels, known.words("en"), known.words("zh")):
        assert len(words) >= 2
        assert len(set(words)) == len(words)


@every
def test_every_label_has_a_word_in_both_languages(known: Taxonomy) -> None:
    assert known.words("en") == known.labels
    assert all(re.fullmatch(r"[a-z]+(?:-[a-z]+)?", label) for label in known.labels)
    assert all(script_share(word) == 1.0 for word in known.words("zh"))


@every
def test_words_stand_in_the_order_of_the_labels(known: Taxonomy) -> None:
    names = {emotion.name: emotion.zh for emotion in known.emotions}
    assert [names[label] for label in known.labels] == list(known.words("zh"))


@every
def test_a_taxonomy_holds_pleasant_unpleasant_and_neither(known: Taxonomy) -> None:
    assert {emotion.valence for emotion in known.emotions} == {-1, 0, 1}


def test_an_emotion_means_the_same_in_every_taxonomy() -> None:
    seen = {}
    for known in TAXONOMIES.values():
        for emotion in known.emotions:
            assert seen.setdefault(emotion.name, emotion) == emotion


@pytest.mark.parametrize(("name", "size"), [("ekman7", 7), ("counselling12", 12), ("envent13", 13)])
def test_a_taxonomy_is_found_by_its_name_and_has_the_size_that_it_says(name: str, size: int) -> None:
    assert taxonomy(name).name == name
    assert len(taxonomy(name).labels) == size


def test_an_unknown_taxonomy_is_answered_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match=r"ekman8.*ekman7, counselling12, envent13"):
        taxonomy("ekman8")
