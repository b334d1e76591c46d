"""Curves that never fall, which calibration is for whom, and the file they are kept in."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from affectgraph.tools.calibration import (
    Calibration,
    CalibrationError,
    Calibrations,
    Curve,
    FittedOn,
    calibration_path,
    joined,
    load_calibrations,
    save_calibrations,
)

ratings = st.floats(-3, 13)
LABELS = ("awe", "fear")


@st.composite
def curves(draw: st.DrawFn) -> Curve:
    x = sorted(set(draw(st.lists(ratings, min_size=1, max_size=8))))
    y = sorted(draw(st.lists(ratings, min_size=len(x), max_size=len(x))))
    return Curve(kind="isotonic", x=tuple(x), y=tuple(y))


def calibration(**changed: Any) -> Calibration:
    source = FittedOn(name="s", split="tune", revision="0", low=1, high=9, n=20, fitted="2026-01-01")
    values: dict[str, Any] = {"identity": "m@1", "mode": "gat", "labels": LABELS, "fitted_on": source}
    return Calibration(**{**values, "curves": {"arousal": Curve(kind="linear", x=(1, 9), y=(2, 6))}, **changed})


@given(curves(), ratings, ratings)
def test_a_curve_never_falls_and_stays_on_the_scale(curve: Curve, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 1.0 <= curve.apply(low) <= curve.apply(high) <= 9.0


@given(curves())
def test_a_curve_goes_through_its_knots(curve: Curve) -> None:
    for x, y in zip(curve.x, curve.y, strict=True):
        assert curve.apply(x) == pytest.approx(min(9.0, max(1.0, y)))


def test_a_line_is_level_outside_its_ends() -> None:
    line = Curve(kind="linear", x=(1, 9), y=(2, 6))
    assert [line.apply(value) for value in (0.0, 1.0, 5.0, 9.0, 11.0)] == [2.0, 2.0, 4.0, 6.0, 6.0]
    assert Curve(kind="linear", x=(1, 9), y=(-7, 17)).apply(3.0) == 1.0
    with pytest.raises(ValueError, match="a rating is nan"):
        line.apply(float("nan"))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"x": (1, 2), "y": (1,)}, "2 knots have 1 values"),
        ({"x": (2, 2), "y": (1, 3)}, "the knots do not rise"),
        ({"x": (1, 2), "y": (3, 2)}, "the curve falls"),
        ({"x": (), "y": ()}, "at least 1"),
        ({"x": (1, float("inf")), "y": (1, 2)}, "finite"),
    ],
)
def test_a_curve_that_is_none_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Curve(kind="isotonic", **values)


def test_a_calibration_is_for_one_model_one_mode_and_one_label_space() -> None:
    kept = Calibrations(entries=(calibration(),))
    assert kept.find("m@1", "gat", ("fear", "awe")) == calibration()
    for identity, mode, labels in (("m@2", "gat", LABELS), ("m@1", "cot", LABELS), ("m@1", "gat", ("awe", "joy"))):
        assert kept.find(identity, mode, labels) is None


def test_a_new_calibration_takes_the_place_of_the_old_one() -> None:
    other, again = calibration(mode="cot"), calibration(curves={"valence": Curve(kind="linear", x=(1, 9), y=(1, 9))})
    kept = Calibrations(entries=(calibration(), other)).with_entry(again)
    assert kept.entries == (other, again)
    with pytest.raises(ValidationError, match="same model, mode and label space"):
        Calibrations(entries=(again, calibration()))


def test_a_variable_without_a_curve_stays_as_it_is() -> None:
    assert calibration().apply("valence", 7.3) == 7.3
    assert calibration().apply("arousal", 7.0) == 5.0


def test_models_of_a_run_are_named_once_each() -> None:
    assert joined(["a", "b", "a"]) == "a+b"


def test_what_is_kept_is_read_back_by_its_owner_alone(tmp_path: Path) -> None:
    path = calibration_path(tmp_path / "data")
    assert load_calibrations(path) == Calibrations()
    kept = Calibrations(entries=(calibration(),))
    save_calibrations(kept, path)
    assert load_calibrations(path) == kept
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["calibration.json"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is damaged .no JSON."),
        ("[]", "has the format None, and this version reads 1"),
        ('{"format": 2}', "has the format 2"),
        ('{"format": 1, "entries": [{}]}', r"is damaged: entries\.0"),
        ('{"format": 1, "more": 1}', "is damaged: more"),
        ('{"format": 1, "entries": ' + "[" * 100_000, "is damaged"),
    ],
)
def test_a_damaged_file_is_one_sentence_with_a_way_out(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CalibrationError, match=message) as refused:
        load_calibrations(path)
    assert str(path) in str(refused.value)
    assert "affectgraph calibrate" in str(refused.value)


def test_a_curve_that_was_made_to_fall_by_hand_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "calibration.json"
    save_calibrations(Calibrations(entries=(calibration(),)), path)
    values = json.loads(path.read_text(encoding="utf-8"))
    values["entries"][0]["curves"]["arousal"]["y"] = [6, 2]
    path.write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(CalibrationError, match="the curve falls"):
        load_calibrations(path)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(CalibrationError, match="cannot write"):
        save_calibrations(Calibrations(), tmp_path / "file" / "calibration.json")
    with pytest.raises(CalibrationError, match="cannot read"):
        load_calibrations(tmp_path)
