"""Sessions of scripted persons: what is measured, and that each figure moves with what it is about."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle
from typing import Any

import pytest

from affectgraph.evals.counsel.sessions import Held, Scripted, described, figures_of, held, persons, pool_actor
from affectgraph.evals.counsel.stage import Actor
from affectgraph.graphs.settings import load_settings

MESSAGES = (
    "My manager moved the deadline again and I had to cancel the weekend with my sister.",
    "She did not mind much in the end, but I did.",
    "I have not told him that it bothers me.",
    "The flat is quiet when I come home.",
)
PERSON = Scripted("test", "en", 0, MESSAGES)


def hold(*replies: str, settings: tuple[str, ...] = (), person: Scripted = PERSON) -> Held:
    said = cycle(replies)
    made = load_settings(
        overrides=["counsel.learned=false", "counsel.replies=model", "counsel.repair=false", *settings], environment={}
    )
    return held(person, Actor(label="actor", speak=lambda messages: next(said)), made.settings)


@pytest.fixture(scope="module")
def plain() -> Held:
    return hold(
        "It sounds as if a great deal is on you this week.",
        "You would have liked to be asked first.",
        "There is some anger in that, and it stays with you.",
        "An empty room can be loud. What do you do then?",
    )


def changed(session: Held, **update: Any) -> Held:
    """The session with other replies, sources or openings in its record."""
    history = tuple(
        turn.model_copy(update={name: values[place] for name, values in update.items()})
        for place, turn in enumerate(session.history)
    )
    return replace(session, history=history)


def with_levels(session: Held, levels: list[int], rises: int) -> Held:
    turns = []
    for before, level in zip([0, *levels], levels, strict=False):
        output = session.turns[0].output
        found = output.safety.model_copy(update={"level": level if level > before else 0})
        turns.append(replace(session.turns[0], output=output.model_copy(update={"level": level, "safety": found})))
    return replace(session, turns=tuple(turns), person=replace(session.person, rises=rises))


def test_there_are_eight_persons_of_45_messages_and_two_of_them_are_at_risk() -> None:
    assert sorted(person.language for person in persons()) == ["en"] * 4 + ["zh"] * 4
    assert {len(person.messages) for person in persons()} == {45}
    assert sum(person.rises > 0 for person in persons()) == 2
    assert all(len(set(person.messages)) == 45 for person in persons())


def test_a_plain_session_has_nothing_to_tell(plain: Held) -> None:
    figures = figures_of(plain)
    assert figures["turns"] == 4
    assert [turn.source for turn in plain.history] == ["model"] * 4
    for name in ("said_again", "vetted", "other_language", "false_alarms", "stuck", "overflows", "digested"):
        assert figures[name] == 0, name
    assert figures["questions"] == 0.25
    assert figures["most_questions"] == 1
    assert figures["distinct_2"] > 0.9
    assert "length_first" not in figures, "a short session has no trend"


def test_what_one_of_the_last_three_replies_said_is_said_again(plain: Held) -> None:
    said = [turn.reply for turn in plain.history]
    assert figures_of(changed(plain, reply=[*said[:3], said[0]]))["said_again"] == pytest.approx(1 / 3)
    five = replace(plain, history=(*plain.history, plain.history[0]))
    assert figures_of(five)["said_again"] == 0, "the fourth before may come again"
    assert figures_of(changed(plain, reply=[said[0]] * 4))["said_again"] == 1


def test_vetted_words_that_open_a_reply_are_no_repetition(plain: Held) -> None:
    opening = "Are you safe right now, here where you are sitting? "
    said = [opening + turn.reply for turn in plain.history]
    assert figures_of(changed(plain, reply=said))["said_again"] == 1
    assert figures_of(changed(plain, reply=said, opened=[len(opening)] * 4))["said_again"] == 0


def test_another_language_vetted_words_and_questions_are_counted(plain: Held) -> None:
    said = [turn.reply for turn in plain.history]
    found = figures_of(changed(plain, reply=["很高兴你愿意说这些。", *said[1:3], "Why? And then?"]))
    assert found["other_language"] == 0.25
    assert found["most_questions"] == 2
    assert figures_of(changed(plain, source=["fallback", "mixed", "template", "model"]))["vetted"] == 0.5


@pytest.mark.parametrize(("calm", "stuck"), [(11, 0.0), (12, 1.0)])
def test_a_level_that_is_not_down_after_twelve_turns_is_stuck(plain: Held, calm: int, stuck: float) -> None:
    levels = [0, 2, *[1] * calm, *[0] * (14 - calm)]
    found = figures_of(with_levels(plain, levels, rises=2))
    assert found["raised"] == 1
    assert found["stuck"] == stuck
    assert found["false_alarms"] == 0


def test_an_alarm_on_a_person_without_risk_is_false(plain: Held) -> None:
    found = figures_of(with_levels(plain, [0, 1, 1, 1], rises=0))
    assert found["false_alarms"] == 1
    assert found["stuck"] == 1


def test_older_turns_are_put_together_visibly() -> None:
    long = " ".join(["I was tired and could not sleep, and the street was loud."] * 8)
    person = replace(PERSON, messages=tuple(f"On day {day} it was so. {long}" for day in range(7)))
    row = described(
        hold(*(f"That was day {word}." for word in "abcdefg"), settings=("counsel.compact_at=0.03",), person=person)
    )
    assert row["figures"]["digested"] > 0
    assert row["levels"] == [0] * 7


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_pool_says_again_what_the_checks_are_to_catch(language: Any) -> None:
    actor = pool_actor(language)
    said = [actor.speak([]) for _ in range(26)]
    assert said[:13] == said[13:]
    assert len(set(said)) == 12
