"""Sessions under load: a real server, killed and started again; a small run of `benchmarks.load_sessions`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.load_sessions import Load, run


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
@pytest.mark.parametrize("graph", ["counsel"])
def test_after_kill_minus_nine_every_acknowledged_turn_is_there_once_and_in_order(graph: str, tmp_path: Path) -> None:
    load = run(tmp_path, graph=graph, sessions=6, turns=4, kills=1)
    assert load.kills == 1
    assert load.errors == []
    assert (load.lost, load.repeated, load.disordered) == (0, 0, 0)
    assert [len(texts) for texts in load.stored.values()] == [4] * 6
    assert set(load.counted.values()) == {4}


def test_the_load_sees_what_was_lost_repeated_or_out_of_order() -> None:
    said = {"s": ["one", "two", "three"]}
    assert (Load(acknowledged=said, stored={"s": ["one", "two", "three"]}).lost) == 0
    assert Load(acknowledged=said, stored={"s": ["one", "three"]}).lost == 1
    assert Load(acknowledged=said, stored={"s": ["one", "two", "two", "three"]}).repeated == 1
    assert Load(acknowledged=said, stored={"s": ["two", "one", "three"]}).disordered == 1
    assert Load(acknowledged=said, stored={"s": ["zero", "one", "two", "three"]}).disordered == 0
    assert Load(errors=["OperationalError: database is locked", "other"]).locked == 1
