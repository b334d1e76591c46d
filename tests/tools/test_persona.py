"""A persona: what it accepts, what it refuses, and in which words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from affectgraph.tools.persona import MBTI_TYPES, TRAITS, Persona, PersonaError, exchanged, level, persona_from

STATED = dict.fromkeys(TRAITS, "stated")
SAFE = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


def persona(**values: Any) -> Persona:
    return persona_from({"name": "ann", **values}, "here")


def test_what_nobody_said_is_unknown_and_not_the_middle() -> None:
    known = persona(openness=0.0, provenance={"openness": "inferred"})
    assert known.traits == {"openness": 0.0}
    assert known.neuroticism is None
    assert known.mbti is None
    assert known.known == ("openness",)


def test_there_are_sixteen_types_and_case_does_not_matter() -> None:
    assert len(set(MBTI_TYPES)) == 16
    assert persona(mbti="intp", provenance={"mbti": "stated"}).mbti == "INTP"


def test_a_persona_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(persona(), "name", "bea")  # noqa: B010 - mypy knows that it is read-only


@given(
    st.text(max_size=70) | st.sampled_from(["..", ".", "../a", "a/b", "a\\b", "a\0", "~", "a\n", "ａ", "", "a" * 65])
)
def test_only_a_safe_file_name_is_a_name(name: str) -> None:
    folder = Path("/data/personas")
    if 0 < len(name) <= 64 and set(name) <= SAFE:
        assert (folder / f"{persona(name=name).name}.toml").resolve().parent == folder
    else:
        with pytest.raises(PersonaError, match="1 to 64 letters"):
            persona(name=name)


@given(st.floats())
def test_a_trait_is_from_zero_to_one(value: float) -> None:
    if 0.0 <= value <= 1.0:
        assert persona(openness=value, provenance={"openness": "stated"}).openness == value
    else:
        with pytest.raises(PersonaError, match=r"here: openness is .*; give a number from 0 to 1"):
            persona(openness=value, provenance={"openness": "stated"})


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"name": "a/b"}, "here: 'a/b' is no name; use 1 to 64 letters (a-z, A-Z), digits, dashes or underscores"),
        (
            {"openness": "0.7"},
            "here: openness is '0.7'; give a number from 0 to 1, or leave it out where it is unknown",
        ),
        ({"openness": True}, "here: openness is True; give a number"),
        ({"mbti": "XXXX"}, "here: 'XXXX' is no MBTI type; give one of ENFJ, ENFP"),
        ({"mbti": ""}, "here: '' is no MBTI type"),
        ({"openness": 0.7}, "here: openness has no provenance; give questionnaire, stated or inferred"),
        ({"mbti": "INTP"}, "here: mbti has no provenance"),
        ({"provenance": STATED}, "here: openness has a provenance but no value; give the value, or leave both out"),
        (
            {"provenance": {"openness": "guessed"}},
            "here: provenance.openness: Input should be 'questionnaire', 'stated'",
        ),
        ({"provenance": {"opennes": "stated"}}, "here: unknown field 'provenance.opennes'; the fields are openness"),
        ({"opennes": 0.7}, "here: unknown field 'opennes'; the fields are name, openness"),
        ({"language": "English!"}, "here: 'English!' is no language tag; give one such as en, zh or zh-Hant"),
        ({"note": "x" * 501}, "here: note has 501 characters; shorten it to 500"),
        ({"note": "\x1b[2J"}, "here: note: holds a control character; write plain text"),
        ({"note": "\x7f"}, "here: note: holds a control character"),
        ({"note": 7}, "here: note: Input should be a valid string"),
    ],
)
def test_a_mistake_names_place_and_field_and_the_way_out(values: dict[str, Any], told: str) -> None:
    with pytest.raises(PersonaError) as caught:
        persona(**values)
    assert told in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_persona_without_a_name_is_refused() -> None:
    with pytest.raises(PersonaError, match="here: the field 'name' is missing; add it"):
        persona_from({}, "here")


@pytest.mark.parametrize(("value", "word"), [(0.39, "low"), (0.4, "average"), (0.6, "average"), (0.61, "high")])
def test_a_trait_in_words(value: float, word: str) -> None:
    assert level(value) == word


# --- exchanged -------------------------------------------------------------------------------------------------------


def known(name: str, **values: Any) -> Persona:
    provenance = dict.fromkeys((field for field in values if field not in ("language", "note")), "stated")
    return persona(name=name, provenance=provenance, **values)


def test_each_gets_the_whole_personality_of_the_next_and_keeps_the_rest() -> None:
    ann = known("ann", openness=0.9, neuroticism=0.2, language="zh", note="Paints.")
    bea = known("bea", extraversion=0.3, mbti="INTP", note="Rows.")
    cid = persona(name="cid", openness=0.5, provenance={"openness": "inferred"}, language="en")
    first, second, third = exchanged([ann, bea, cid])
    # What the next one does not know of themselves, the person does not know now.
    assert first == known("ann", extraversion=0.3, mbti="INTP", language="zh", note="Paints.")
    assert second == persona(name="bea", openness=0.5, provenance={"openness": "inferred"}, note="Rows.")
    assert third == known("cid", openness=0.9, neuroticism=0.2, language="en")
    assert ann == known("ann", openness=0.9, neuroticism=0.2, language="zh", note="Paints.")


@given(st.integers(min_value=2, max_value=12))
def test_every_personality_is_given_once_and_nobody_keeps_their_own(count: int) -> None:
    people = [known(f"p{number}", openness=number / 12) for number in range(count)]
    given = exchanged(people)
    assert [one.name for one in given] == [one.name for one in people]
    assert all(one.openness != own.openness for one, own in zip(given, people, strict=True))
    assert sorted(one.traits["openness"] for one in given) == [one.openness for one in people]
    for one in given:
        assert Persona.model_validate(one.model_dump()) == one


@pytest.mark.parametrize("people", [[], [persona()]])
def test_nobody_can_exchange_with_nobody(people: list[Persona]) -> None:
    with pytest.raises(PersonaError, match="between two personas or more; give another one"):
        exchanged(people)
