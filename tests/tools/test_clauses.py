"""The pieces of an event that a rating can rest on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectgraph.tools.clauses import clauses


def pieces(text: str) -> list[str]:
    return [text[part.start : part.end] for part in clauses(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My manager praised my colleague for my work.", ["My manager praised my colleague for my work"]),
        (
            "My manager praised my colleague, and I said nothing at all.",
            ["My manager praised my colleague", "and I said nothing at all"],
        ),
        # Two words are no clause of their own.
        ("I cried because my dog died when I was away", ["I cried because my dog died", "when I was away"]),
        ("我的狗死了，我一整天都没有说话。", ["我的狗死了", "我一整天都没有说话"]),
        ("Oh no. My dog ran away from us.", ["Oh no. My dog ran away from us"]),
        ("ok", ["ok"]),
        (" \n ", []),
    ],
)
def test_a_text_is_cut_at_its_joints(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


@given(st.text(max_size=200))
def test_clauses_are_in_order_do_not_overlap_and_hold_every_letter(text: str) -> None:
    found = clauses(text)
    assert bool(found) == bool(text.strip())
    assert [part.id for part in found] == [f"c{number}" for number in range(1, len(found) + 1)]
    ends = [0]
    for part in found:
        assert ends[-1] <= part.start < part.end <= len(text)
        ends.append(part.end)
    covered = "".join(text[part.start : part.end] for part in found)
    assert [char for char in covered if char.isalnum()] == [char for char in text if char.isalnum()]
