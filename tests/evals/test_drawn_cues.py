"""What is drawn arrives at the conclusion, and the check notices where it does not. No score, and no accuracy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from affectgraph.backends.errors import BackendError
from affectgraph.evals import drawn_cues
from affectgraph.evals.drawn_cues import SCENES, Patch, check
from affectgraph.graphs.gat_show import PictureAsking


def test_every_drawn_cue_is_measured_told_and_concluded_from(tmp_path: Path) -> None:
    found = check(tmp_path)
    assert [(one.scene, one.cue, one.drawn, one.arrived) for one in found if not one.holds] == []
    assert {one.scene for one in found} == {scene.name for scene in SCENES}
    assert len(found) == len(SCENES) * 10


def test_the_scenes_are_far_apart_in_what_they_vary() -> None:
    assert {scene.label for scene in SCENES} == {"warm", "cold"}
    assert {scene.contrast for scene in SCENES} == {"low", "medium", "high"}
    for scene in SCENES:
        assert sum(patch.area for patch in scene.patches) == pytest.approx(1.0)


def test_facts_that_are_not_told_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PictureAsking, "_facts", lambda self: "")
    with pytest.raises(BackendError, match="the messages do not tell"):
        check(tmp_path)


def test_facts_of_another_picture_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = drawn_cues._drawn

    def exchanged(scene: Any, folder: Path) -> Path:
        return drawn(SCENES[(SCENES.index(scene) + 2) % len(SCENES)], folder)

    monkeypatch.setattr(drawn_cues, "_drawn", exchanged)
    lost = [one.cue for one in check(tmp_path) if not one.holds]
    assert "warmth, concluded" in lost
    assert any(cue.startswith("colour of r1") for cue in lost)


def test_lightness_is_that_of_the_colour_standard() -> None:
    whole = (0.0, 0.0, 1.0, 1.0)
    assert Patch(whole, (0, 0, 0)).lightness == pytest.approx(0.0)
    assert Patch(whole, (255, 255, 255)).lightness == pytest.approx(100.0, abs=0.01)
    assert Patch(whole, (119, 119, 119)).lightness == pytest.approx(50.0, abs=0.1)


def test_the_script_says_what_arrived_and_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert drawn_cues.main() == 0
    told = capsys.readouterr().out
    assert "ok   warm and bright: colour of r1" in told
    assert "LOST" not in told
