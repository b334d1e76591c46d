"""Condensing: within the budget, both ends, in reading order, and what matters first."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.tools.condense import condense
from affectgraph.tools.segments import quote, segment

SENTENCES = st.lists(
    st.sampled_from(["I feel lost.", "The bus was late.", "What should I do?", "我很难过。", "Word " * 12 + "."]),
    min_size=1,
    max_size=12,
)


def kept(lines: list[str], budget: int) -> list[str]:
    text = "\n".join(lines)
    return [quote(text, part) for part in condense(text, segment(text), budget, len)]


@given(SENTENCES, st.integers(min_value=0, max_value=500))
@settings(deadline=None)
def test_what_is_kept_fits_the_budget_or_is_the_first_segment_alone(lines: list[str], budget: int) -> None:
    text = "\n".join(lines)
    parts = segment(text)
    found = condense(text, parts, budget, len)
    assert found
    assert found == [parts[0]] or sum(part.end - part.start for part in found) <= budget


@given(SENTENCES, st.integers(min_value=0, max_value=500))
@settings(deadline=None)
def test_segments_keep_their_reading_order_and_appear_once(lines: list[str], budget: int) -> None:
    text = "\n".join(lines)
    starts = [part.start for part in condense(text, segment(text), budget, len)]
    assert starts == sorted(set(starts))


@given(SENTENCES, st.integers(min_value=0, max_value=500))
@settings(deadline=None)
def test_first_and_last_are_kept_wherever_both_fit(lines: list[str], budget: int) -> None:
    text = "\n".join(lines)
    parts = segment(text)
    found = condense(text, parts, budget, len)
    assert found[0] == parts[0]
    ends = {part.id: part.end - part.start for part in (parts[0], parts[-1])}
    if sum(ends.values()) <= budget:
        assert found[-1] == parts[-1]


@given(SENTENCES)
@settings(deadline=None)
def test_a_text_that_fits_is_kept_whole(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert condense(text, segment(text), 10_000, len) == segment(text)


def test_the_tokenizer_of_the_reader_decides_the_cost() -> None:
    text = "One.\nTwo.\nThree."
    assert len(condense(text, segment(text), 3, lambda piece: 1)) == 3
    assert len(condense(text, segment(text), 3, lambda piece: 2)) == 1


@pytest.mark.parametrize(
    "telling",
    ["Tears come and he is lonely.", "What is he to do?", "I walked along.", "他觉得很难过。", "该不该说呢"],
    ids=["a feeling", "a question", "the self", "a feeling in Chinese", "a question in Chinese"],
)
def test_what_tells_of_a_person_is_kept_before_what_does_not(telling: str) -> None:
    lines = ["Opening here.", "Grey stones lay there.", telling, "Buses drove past.", "Closing words."]
    text = "\n".join(lines)
    found = condense(text, segment(text), 3, lambda piece: 1)
    assert [quote(text, part) for part in found] == [lines[0], telling, lines[-1]]


def test_a_segment_that_shares_its_words_is_kept_before_one_that_does_not() -> None:
    lines = [
        "Opening here.",
        "Painted fences bordered gardens.",
        "Mother quarrelled with father.",
        "Mother ignored father.",
        "Yellow cabs crossed bridges slowly.",
        "Some trams stopped.",
        "Closing words.",
    ]
    budget = len(lines[0]) + len(lines[-1]) + len(lines[2]) + len(lines[3])
    assert kept(lines, budget) == [lines[0], lines[2], lines[3], lines[-1]]


def test_a_segment_too_long_for_the_rest_makes_room_for_a_shorter_one() -> None:
    lines = ["Opening here.", "I feel so " + "very " * 12 + "sad, what now?", "I feel sad.", "Closing words."]
    assert kept(lines, sum(map(len, lines)) - len(lines[1])) == [lines[0], lines[2], lines[3]]
