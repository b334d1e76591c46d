"""The counsellor's part of sessions of which only the person's was written."""

from __future__ import annotations

import pytest

from affectgraph.evals.ordinary import answered, reply_before, usual_questions
from affectgraph.tools.safety import screen

SAID = [{"role": "person", "text": text} for text in ("Hello.", "My dog is ill.", "Two weeks.")]


@pytest.mark.parametrize(("language", "mark"), [("en", "?"), ("zh", "？")])
def test_every_message_but_the_first_answers_a_question(language: str, mark: str) -> None:
    turns = answered(SAID, language)
    assert [turn["role"] for turn in turns] == ["person", "counsellor", "person", "counsellor", "person"]
    assert [turn["text"] for turn in turns if turn["role"] == "person"] == [turn["text"] for turn in SAID]
    said = [turn["text"] for turn in turns if turn["role"] == "counsellor"]
    assert all(text.endswith(mark) for text in said)
    assert len(set(said)) == 2


def test_the_replies_differ_and_ask_what_the_program_asks() -> None:
    said = [reply_before("en", place) for place in range(20)]
    assert said[0] == ""
    assert len(set(said)) >= 15
    assert all(any(text.endswith(question) for question in usual_questions("en")) for text in said[1:])
    assert all(screen(text).level == 0 for text in said)


def test_a_session_with_a_counsellor_of_its_own_is_left_as_it_is() -> None:
    own = [*SAID, {"role": "counsellor", "text": "I see."}]
    assert answered(own, "en") == own
