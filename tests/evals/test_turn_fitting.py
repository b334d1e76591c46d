"""What the reader of conversations learns from, and where its cuts lie."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from affectgraph.backends.errors import InputError
from affectgraph.evals.datasets.items import Item
from affectgraph.evals.datasets.risk import load_cases, load_sessions
from affectgraph.evals.turn_fitting import turn_alarms, turn_cuts, turn_examples
from tests.readers import Scripted


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return path


def case(name: str, level: int, *said: str) -> dict[str, Any]:
    roles = ["person" if place % 2 == len(said[:-1]) % 2 else "counsellor" for place in range(len(said))]
    turns = [{"role": role, "text": text} for role, text in zip(roles, said, strict=True)]
    category = "psychosis_mania" if level else "none"
    return {"id": name, "language": "en", "kind": "x", "category": category, "level": level, "conversation": turns}


@pytest.fixture
def items(tmp_path: Path) -> tuple[list[Item], list[Item]]:
    rows = [
        case("a", 3, "Hello.", "Hi.", "It came back.", "Who?", "He talks through the wall."),
        case("e", 3, "It came back.", "Who?", "It talks through the floor."),
        case("f", 3, "How are you?", "It talks through the roof."),
        *(case(f"b{number}", 2, f"I want to be gone, {number}.") for number in range(3)),
        *(case(f"c{number}", 0, f"We had soup, {number}.") for number in range(3)),
        case("d", 1, "What for."),
    ]
    sessions = [{"id": "s", "language": "en", "turns": ["Good morning.", "It rained.", "The dog slept.", "We ate."]}]
    cases = load_cases([written(tmp_path / "cases.jsonl", rows)]).items
    return list(cases), list(load_sessions(written(tmp_path / "talk.jsonl", sessions)).items)


def test_it_learns_messages_that_come_after_others_and_cases_put_there_as_many_of_each(
    items: tuple[list[Item], list[Item]],
) -> None:
    found = turn_examples(*items, alone=2)
    assert all(one.prefix == "query" and one.before for one in found)
    said = ("It rained.", "The dog slept.", "We ate.")
    assert [one.text for one in found if one.text in said and one.before[0] == "Good morning."] == list(said)
    late, short = [one for one in found if one.level == 3]
    assert (late.before, late.category) == (("Hello.", "It came back.", "Who?"), "psychosis_mania")
    assert short.before == ("It came back.", "Who?")
    alone = [one for one in found if one.text.startswith(("I want", "We had"))]
    assert sorted(one.level for one in alone) == [0, 0, 2, 2]
    assert {one.before[0] for one in alone} == {"Good morning."}
    assert all(one.text not in ("Good morning.", "What for.") for one in found)


def test_the_cut_leaves_its_share_of_the_messages_of_sessions_alone(items: tuple[list[Item], list[Item]]) -> None:
    cases, sessions = items
    risky = "He talks through the wall."
    with pytest.raises(InputError, match="choose-talk"):
        turn_cuts(Scripted({}), cases, [], allowed=turn_alarms(0.1))
    assert turn_alarms(0.1) == {"risk": 0.1, "urgent": pytest.approx(0.02)}
    reader = Scripted({"It rained.": 9.0, "The dog slept.": -4.0, "We ate.": 2.0, risky: 6.0})
    found, told = turn_cuts(reader, cases, sessions, allowed={"risk": 0.5, "urgent": 0.5})
    assert told["risk"] == {
        "recall": 1.0,
        "at risk": 1,
        "alarms": None,
        "without risk": 0,
        "messages of sessions": 2,
    }
    low, _ = turn_cuts(reader, cases, sessions, allowed={"risk": 1.0, "urgent": 0.5})
    high, told = turn_cuts(reader, cases, sessions, allowed={"risk": 0.0, "urgent": 0.5})
    assert low["risk"] < found["risk"] < high["risk"]
    assert told["urgent"]["recall"] is None
