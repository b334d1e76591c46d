"""Calibration of valence and arousal: from what a model's conclusion says to what people say, by a fitted curve.

A curve is piecewise linear and never falls, so that a picture that was called more intense stays so; a straight line
is one with two knots. Fitted by `affectgraph calibrate` (`affectgraph.evals.calibrating`) and kept on this machine, one
calibration for each model, mode and label space: what is true of one says nothing of another.

Everything is on the scale 1 to 9 of the graph `gat`; people's scale is mapped onto it linearly. Plain Python.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Collection, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from affectgraph.backends.errors import AffectgraphError
from affectgraph.tools.link_parts import Figure, Part, Vector
from affectgraph.tools.stored import load_stored, save_stored

__all__ = [
    "FILE_NAME",
    "HIGH",
    "LOW",
    "Calibration",
    "CalibrationError",
    "Calibrations",
    "Curve",
    "FittedOn",
    "Kind",
    "Variable",
    "calibration_path",
    "joined",
    "load_calibrations",
    "save_calibrations",
]

FILE_NAME = "calibration.json"
LOW, HIGH = 1.0, 9.0
FORMAT: Literal[1] = 1
Kind = Literal["linear", "isotonic"]
Variable = Literal["valence", "arousal"]
_LIMIT = 4_000_000
_WAY_OUT = "fit it with `affectgraph calibrate`, or delete the file"


class CalibrationError(AffectgraphError):
    """The file of calibrations is damaged, of another version, or cannot be written."""

    exit_code = 2


class Curve(Part):
    """A curve that never falls: linear between its knots, level outside them, and never outside 1 to 9.

    Attributes:
        x: the knots, rising.
        y: the curve at the knots, never falling. It may lie outside 1 to 9, where a line does; what comes out does not.
    """

    kind: Kind
    x: Vector = Field(min_length=1)
    y: Vector = Field(min_length=1)

    @model_validator(mode="after")
    def _never_falls(self) -> Curve:
        if len(self.x) != len(self.y):
            raise ValueError(f"{len(self.x)} knots have {len(self.y)} values")
        if any(after <= before for before, after in pairwise(self.x)):
            raise ValueError("the knots do not rise")
        if any(after < before for before, after in pairwise(self.y)):
            raise ValueError("the curve falls")
        return self

    def apply(self, value: float) -> float:
        """The calibrated value, in [1, 9].

        Raises:
            ValueError: `value` is not finite.
        """
        if not math.isfinite(value):
            raise ValueError(f"a rating is {value}; expected a finite number")
        return min(HIGH, max(LOW, self._at(value)))

    def _at(self, value: float) -> float:
        place = bisect_right(self.x, value)
        if place == 0:
            return self.y[0]
        if place == len(self.x):
            return self.y[-1]
        (left, right), (low, high) = self.x[place - 1 : place + 1], self.y[place - 1 : place + 1]
        # Between low and high whatever the rounding: the curve must not fall.
        return min(high, max(low, low + (high - low) * ((value - left) / (right - left))))


class FittedOn(Part):
    """What a calibration was fitted on.

    Attributes:
        low, high: people's scale, in whose units the figures are.
        n: pictures with a readable answer.
        unreadable: pictures without one, left out.
        fitted: date, ISO 8601.
    """

    name: str
    split: str
    revision: str
    low: float
    high: float
    n: int = Field(ge=2)
    unreadable: int = Field(default=0, ge=0)
    seed: int = 0
    fitted: str

    @property
    def told(self) -> str:
        """In words: the set, its scale and part, how many pictures, and when."""
        return f"{self.name} ({self.split}), {self.n} pictures, {self.fitted}"


class Calibration(Part):
    """The curves of one model in one mode over one label space.

    Attributes:
        identity: of the model or models, see `joined`.
        mode: of the graph `gat`.
        labels: the label space, in order.
        curves: variable -> curve.
        figures: `VARIABLE/NAME` -> figure, out of fold, in units of people's scale.
    """

    identity: str
    mode: str
    labels: tuple[str, ...] = Field(min_length=2)
    curves: dict[Variable, Curve] = Field(min_length=1)
    figures: dict[str, Figure] = Field(default_factory=dict)
    fitted_on: FittedOn

    def apply(self, variable: Variable, value: float) -> float:
        """`value` (1 to 9) as people would say it (1 to 9); unchanged where the variable has no curve.

        Raises:
            ValueError: `value` is not finite.
        """
        curve = self.curves.get(variable)
        return value if curve is None else curve.apply(value)

    def is_for(self, identity: str, mode: str, labels: Sequence[str]) -> bool:
        """Whether it was fitted for this model, this mode, and this label space in whatever order."""
        return (self.identity, self.mode, set(self.labels)) == (identity, mode, set(labels))


class Calibrations(Part):
    """All calibrations of a data folder, at most one for each model, mode and label space."""

    format: Literal[1] = FORMAT
    entries: tuple[Calibration, ...] = ()

    @model_validator(mode="after")
    def _are_distinct(self) -> Calibrations:
        keys = [(entry.identity, entry.mode, frozenset(entry.labels)) for entry in self.entries]
        if len(set(keys)) != len(keys):
            raise ValueError("two calibrations are for the same model, mode and label space")
        return self

    def find(self, identity: str, mode: str, labels: Sequence[str]) -> Calibration | None:
        """The calibration for this model, mode and label space; None where none was fitted."""
        return next((entry for entry in self.entries if entry.is_for(identity, mode, labels)), None)

    def with_entry(self, new: Calibration) -> Calibrations:
        """The same with `new` in the place of the one for the same model, mode and label space."""
        others = [entry for entry in self.entries if not entry.is_for(new.identity, new.mode, new.labels)]
        return Calibrations(entries=(*others, new))


def joined(identities: Collection[str]) -> str:
    """The identity of the models of a run, each named once, in the order of their roles."""
    return "+".join(dict.fromkeys(identities))


def calibration_path(data_dir: Path) -> Path:
    """Where `affectgraph calibrate` keeps calibrations, and the graph looks for them."""
    return data_dir / FILE_NAME


def load_calibrations(path: Path) -> Calibrations:
    """The calibrations in a JSON file; none where there is no file.

    Raises:
        CalibrationError: it is damaged or of another version; names file and way out.
    """
    found = load_stored(path, Calibrations, error=CalibrationError, format=FORMAT, limit=_LIMIT, way_out=_WAY_OUT)
    return found or Calibrations()


def save_calibrations(calibrations: Calibrations, path: Path) -> None:
    """Write the file: whole or not at all, and for its owner alone (mode 0600).

    Raises:
        CalibrationError: the place cannot be written.
    """
    save_stored(calibrations, path, error=CalibrationError, way_out="choose another data_dir")
