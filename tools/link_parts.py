"""What the learned link from appraisal to emotion is made of: coefficients with their shapes checked, and where from.

Every part is a frozen pydantic model, so that a file with a missing row, a `NaN` or an unknown field is refused when it
is read. What the parts mean together is said in `affectgraph.tools.appraisal_link`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from affectgraph.backends.errors import AffectgraphError
from affectgraph.tools.appraisals import APPRAISALS
from affectgraph.tools.persona import TRAITS

__all__ = [
    "NAMES",
    "Figure",
    "Head",
    "LinkError",
    "Matrix",
    "Part",
    "Reader",
    "Shift",
    "Source",
    "Vector",
    "Weights",
    "Words",
    "check_shape",
    "dot",
]

NAMES = tuple(item.name for item in APPRAISALS)

Vector = tuple[FiniteFloat, ...]
Matrix = tuple[Vector, ...]


class LinkError(AffectgraphError):
    """The fitted link is missing, damaged, of another version, or does not fit what it is given."""

    exit_code = 2


class Part(BaseModel):
    """A part of the file: frozen, and without fields that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def check_shape(name: str, matrix: Matrix, rows: int, columns: int) -> None:
    """Refuse a matrix that is not rows x columns.

    Raises:
        ValueError: names matrix, shape found and shape expected.
    """
    if len(matrix) != rows or any(len(row) != columns for row in matrix):
        found = f"{len(matrix)} x {'/'.join(sorted({str(len(row)) for row in matrix}))}"
        raise ValueError(f"{name} is {found}; expected {rows} x {columns}")


class Source(Part):
    """What the link was fitted on, and with what.

    Attributes:
        excluded: reason -> rows of the split that were not fitted on.
        fitted: date, ISO 8601.
        versions: package -> version.
    """

    name: str
    split: str
    revision: str
    rows: int = Field(ge=1)
    writers: int = Field(ge=1)
    excluded: dict[str, int] = Field(default_factory=dict)
    licence: str
    fitted: str
    versions: dict[str, str] = Field(default_factory=dict)


class Reader(Part):
    """Ridge regression: rating = intercept + coefficients . vector, in units of the scale 1 to 5.

    Attributes:
        coefficients: (21, d), in the order of `APPRAISALS`.
        intercepts: (21,).
        alpha: the penalty that was chosen.
    """

    coefficients: Matrix
    intercepts: Vector
    alpha: float = Field(ge=0.0, allow_inf_nan=False)

    @property
    def size(self) -> int:
        """d, the length of the vectors that it reads."""
        return len(self.coefficients[0])

    @model_validator(mode="after")
    def _has_its_shape(self) -> Reader:
        columns = len(self.coefficients[0]) if self.coefficients else 0
        check_shape("reader.coefficients", self.coefficients, len(NAMES), columns or 1)
        check_shape("reader.intercepts", (self.intercepts,), 1, len(NAMES))
        return self


class Shift(Part):
    """What traits add to the appraisal of an event, over what its text says.

    Attributes:
        coefficients: (5, 21): change of the rating for a trait of 1 against 0; rows in the order of `TRAITS`.
        means: (5,) the trait at which nothing is added.
        p: (5, 21) Holm-adjusted two-sided p of each coefficient, clustered on writers.
    """

    coefficients: Matrix
    means: Vector
    p: Matrix

    @model_validator(mode="after")
    def _has_its_shape(self) -> Shift:
        check_shape("shift.coefficients", self.coefficients, len(TRAITS), len(NAMES))
        check_shape("shift.p", self.p, len(TRAITS), len(NAMES))
        check_shape("shift.means", (self.means,), 1, len(TRAITS))
        return self


class Head(Part):
    """Multinomial logistic regression: log-odds = intercept + coefficients . (rating - mean) / scale.

    Attributes:
        mean, scale: (21,) of the ratings that it was fitted on; scales are positive.
        coefficients: (labels, 21).
        intercepts: (labels,).
        c: the inverse penalty that was chosen.
    """

    mean: Vector
    scale: tuple[Annotated[float, Field(gt=0.0, allow_inf_nan=False)], ...]
    coefficients: Matrix
    intercepts: Vector
    c: float = Field(gt=0.0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _has_its_shape(self) -> Head:
        check_shape("head.mean and scale", (self.mean, self.scale), 2, len(NAMES))
        check_shape("head.coefficients", self.coefficients, len(self.intercepts), len(NAMES))
        return self

    def standardised(self, appraisals: Mapping[str, float]) -> list[float]:
        """(21,) ratings in units of the fitted spread; 0, the mean, where nothing is known.

        Raises:
            KeyError: there is no such appraisal.
            ValueError: a rating is not finite.
        """
        for name, value in appraisals.items():
            if name not in NAMES:
                raise KeyError(f"unknown appraisal {name!r}; known: {', '.join(NAMES)}")
            if not math.isfinite(value):
                raise ValueError(f"the appraisal {name} is {value}; expected a finite number, usually 1 to 5")
        columns = zip(NAMES, self.mean, self.scale, strict=True)
        return [(appraisals[name] - mean) / scale if name in appraisals else 0.0 for name, mean, scale in columns]


class Words(Part):
    """Multinomial logistic regression straight from the embedding: log-odds = intercept + row . vector.

    Attributes:
        coefficients: (labels, d).
        intercepts: (labels,).
        c: the inverse penalty that was chosen.
    """

    coefficients: Matrix
    intercepts: Vector
    c: float = Field(gt=0.0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _has_its_shape(self) -> Words:
        columns = len(self.coefficients[0]) if self.coefficients else 0
        check_shape("words.coefficients", self.coefficients, len(self.intercepts), columns or 1)
        return self


class Weights(Part):
    """Weights of a log-linear pool, each at least 0.

    Attributes:
        model: of the chat model's own distribution.
        link: of `AppraisalLink.feel`.
        memory: of the emotions of remembered episodes.
        words: of `AppraisalLink.feel_words`.
    """

    model: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)
    link: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)
    memory: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)
    words: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)


class Figure(Part):
    """A measured figure with its 95 % interval over writers; `low` and `high` are None where there is none."""

    value: FiniteFloat
    low: FiniteFloat | None = None
    high: FiniteFloat | None = None
    n: int = Field(default=0, ge=0)
    groups: int = Field(default=0, ge=0)


def dot(row: Sequence[float], vector: Sequence[float]) -> float:
    """The sum of products of two sequences of one length, correctly rounded."""
    return math.fsum(a * b for a, b in zip(row, vector, strict=True))
