"""What a scorer records of one answered item, and the only thing that figures and reports are computed from.

One type per kind of question. Each row is JSON: it travels in the `metadata` of an inspect_ai score, so a report needs
the logs and nothing else. An answer that could not be read is `prediction=None`: it counts as wrong and is shown.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

__all__ = ["AlarmRow", "LabelRow", "Person", "RatingRow", "ReplyRow", "Row", "read_row"]


class _Row(BaseModel):
    """What every row has.

    Attributes:
        id: the item's id, unique in its set.
        group: the source that items share (a dialogue, a video, a writer): intervals are clustered on it. Items without
            one are a group each.
        slices: named subsets the item belongs to, e.g. `{"split": "conflict", "modalities": "TA"}`.
        seconds: wall time of the answer when it was made; a cached answer keeps it.
        tokens: prompt and generated tokens of the answer, over all nodes.
        nodes: node -> (milliseconds, tokens in, tokens out).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    group: str
    slices: dict[str, str] = {}
    seconds: float = 0.0
    tokens: int = 0
    nodes: dict[str, tuple[float, int, int]] = {}


class Person(BaseModel):
    """The person whose own label is the target, and whom the answer was to stand for.

    Attributes:
        id: the same in every run.
        traits: the person's own traits, in [0, 1], whatever profile the run told.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    traits: dict[str, float]


class LabelRow(_Row):
    """One label out of a closed set.

    Attributes:
        options: the closed set, in order.
        target: the label that people gave (the largest of `shares` where there are several).
        shares: the distribution of people's labels, where the set has one; sums to 1.
        prediction: the label that was answered, None where no label could be read.
        distribution: the predicted distribution over `options`, None where the method gives none; sums to 1.
        polarity: label -> -1, 0 or 1, where the label space has it.
        person: whose label it is, in crossed sets (each person about each event, which is the `group`); see `illusion`.
    """

    kind: Literal["label"] = "label"
    options: list[str] = Field(min_length=2)
    target: str
    shares: dict[str, float] | None = None
    prediction: str | None
    distribution: dict[str, float] | None = None
    polarity: dict[str, int] = {}
    person: Person | None = None


class RatingRow(_Row):
    """One or several ratings on a scale.

    Attributes:
        low, high: the ends of the scale.
        target: variable -> people's rating.
        prediction: variable -> answered rating; a variable without one was unparseable.
        noise: variable -> variance of the noise in the target, sd^2 / n, where the set tells it.
    """

    kind: Literal["rating"] = "rating"
    low: float
    high: float
    target: dict[str, float]
    prediction: dict[str, float]
    noise: dict[str, float] = {}


class ReplyRow(_Row):
    """A reply in free text, against one or several references by people.

    Attributes:
        language: ISO 639-1; Chinese is scored by character.
        references: at least one.
        prediction: the reply, None where the graph gave none.
        source: who wrote the reply, as the graph says: `model`, `mixed`, `fallback`, `template`.
        problems: what the graph itself found wrong with it; None where it does not look.
    """

    kind: Literal["reply"] = "reply"
    language: str
    references: list[str] = Field(min_length=1)
    prediction: str | None
    source: str = "model"
    problems: list[str] | None = None


class AlarmRow(_Row):
    """Whether a gate raised an alarm, and whether it should have.

    Attributes:
        target: the alarm was due.
        prediction: the alarm was raised; None where the gate gave no answer.
    """

    kind: Literal["alarm"] = "alarm"
    target: bool
    prediction: bool | None


Row = Annotated[LabelRow | RatingRow | ReplyRow | AlarmRow, Field(discriminator="kind")]
_ROW: TypeAdapter[Row] = TypeAdapter(Row)


def read_row(value: object) -> Row:
    """The row in a score's metadata.

    Raises:
        pydantic.ValidationError: it is none, or was written by another version.
    """
    return _ROW.validate_python(value)
