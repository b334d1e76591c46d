"""What the screen of `empathy` knows of the turns before."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from affectgraph.graphs import empathy_frame
from affectgraph.graphs.empathy_types import EmpathyState, Turn
from affectgraph.tools.safety import Assessment


@pytest.mark.parametrize(("ago", "held"), [(1, 4), (4, 4), (5, 0)])
def test_the_level_of_the_last_four_turns_is_in_force(ago: int, held: int, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []

    def assess(said: object, *, voices: object, held: int) -> Assessment:
        told.append(held)
        return Assessment(level=0, findings=[])

    monkeypatch.setattr(empathy_frame, "assess", assess)
    turns = [Turn(text="Rain.", reply="Ah.", level=4 if place == 6 - ago else 0) for place in range(6)]
    tools: Any = SimpleNamespace(models=SimpleNamespace(tuned=lambda: None), options=SimpleNamespace(learned=True))
    empathy_frame.screen(EmpathyState(text="It rains.", history=turns), tools)
    assert told == [held]
