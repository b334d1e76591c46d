"""A message put among those of somebody else."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from affectgraph.backends.errors import InputError
from affectgraph.evals.datasets.items import Item
from affectgraph.evals.pasting import among, pasted


@pytest.mark.parametrize(
    ("language", "text", "whole"),
    [("en", " I cut again ", "I cut again. It rained."), ("zh", "又割了", "又割了。今天下雨。")],
)
def test_what_ends_without_a_stop_is_given_one(language: str, text: str, whole: str) -> None:
    other = "It rained." if language == "en" else "今天下雨。"
    found = {among(text, [other], language, random.Random(seed)) for seed in range(20)}
    assert whole in found
    assert len(found) == 2


def test_it_stands_at_any_place_among_one_to_three() -> None:
    others = [f"Other {number}!" for number in range(9)]
    found = [among("This?", others, "en", random.Random(seed)) for seed in range(200)]
    assert {one.count("Other") for one in found} == {1, 2, 3}
    assert {one[: one.index("This?")].count("Other") for one in found} == {0, 1, 2, 3}


def test_cases_that_stand_alone_are_put_among_messages_of_their_language() -> None:
    turns = [{"role": "person", "text": "Soup."}, {"role": "person", "text": "Rain."}]
    sessions = [Item("s", "s", {"turns": turns}, 0)]
    alone = Item("a", "a", {"text": "I cut.", "conversation": [{"role": "person", "text": "I cut."}]}, 3)
    answer = replace(alone, id="b", fields={**alone.fields, "conversation": [*turns, turns[0]]})
    found = pasted([alone, answer, replace(alone, id="c", language="zh")], sessions)
    assert [(one.id, one.target) for one in found] == [("a", 3)]
    (said,) = found[0].fields["conversation"]
    assert said["text"] == found[0].fields["text"] != "I cut."
    assert "I cut." in said["text"]
    assert alone.fields["text"] == "I cut."
    with pytest.raises(InputError, match="alone"):
        pasted([answer, replace(alone, id="c", language="zh")], sessions)


def test_only_what_the_person_says_in_a_session_stands_around() -> None:
    turns = [{"role": "person", "text": "Soup."}, {"role": "counsellor", "text": "Was it good?"}]
    alone = Item("a", "a", {"text": "I cut.", "conversation": [{"role": "person", "text": "I cut."}]}, 3)
    found = [pasted([alone], [Item("s", "s", {"turns": turns}, 0)], seed)[0].fields["text"] for seed in range(20)]
    assert set(found) == {"I cut. Soup.", "Soup. I cut."}
