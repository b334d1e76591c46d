"""What the graph `appraise` takes, shares and gives. JSON primitives throughout; see `graphs.steps`."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from affectgraph.backends.scoring import Distribution
from affectgraph.graphs.steps import TraceEntry, extend
from affectgraph.graphs.texts import checked_text
from affectgraph.tools.appraisals import APPRAISALS
from affectgraph.tools.episodes import Recalled
from affectgraph.tools.language import Language
from affectgraph.tools.persona import Persona

__all__ = [
    "AppraiseInput",
    "AppraiseOutput",
    "AppraiseState",
    "Appraised",
    "Evidence",
    "Explanation",
    "Feeling",
    "Moved",
    "output",
]

Ratings = dict[str, Annotated[float, Field(ge=1.0, le=5.0)]]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Evidence(_Value):
    """The words of the event that a rating rests on: `text` is the event's own from `start` to `end`."""

    start: int = Field(ge=0)
    end: int = Field(gt=0)
    text: str


class Appraised(_Value):
    """One appraisal variable of the event, as this person is expected to see it.

    Attributes:
        rating: 1 (not at all) to 5 (extremely).
        distribution: over the five points, where the method gives one.
        evidence: the words it rests on; None where none were asked for.
    """

    rating: float = Field(ge=1.0, le=5.0)
    distribution: Distribution | None = None
    evidence: Evidence | None = None


class Feeling(_Value):
    """The emotion that follows.

    Attributes:
        taxonomy: the label set.
        emotions: what the parts say together.
        intensity: over low, medium and high; None where it was not asked for.
        parts: `model`, `link`, `memory`: the distributions that were blended, by who gave them.
        weights: of the parts, at least 0.
    """

    taxonomy: str
    emotions: Distribution
    intensity: Distribution | None
    parts: dict[str, Distribution]
    weights: dict[str, float]

    @property
    def top2(self) -> tuple[str, str]:
        """The two most probable emotions."""
        (first, _), (second, _) = self.emotions.ranked()[:2]
        return first, second


class Moved(_Value):
    """What moved a rating away from that of the average person.

    Attributes:
        appraisal: the variable.
        shift: rating points, in [-4, 4].
        trait: the trait that did it, `habit` for the person's own way of rating; None where it cannot be told.
        value: of the trait, in [0, 1].
    """

    appraisal: str
    shift: float
    trait: str | None = None
    value: float | None = None


class Explanation(_Value):
    """Why this person: what moved which appraisal, and which appraisals made the emotion.

    Attributes:
        moved: strongest first.
        because: appraisal -> what it adds to the log odds of the first emotion; empty without a fitted link.
        words: one sentence for each of the strongest `moved`, composed from vetted text.
    """

    moved: list[Moved] = []
    because: dict[str, float] = {}
    words: list[str] = []


class AppraiseInput(BaseModel):
    """One event and the person who appraises it.

    Attributes:
        text: the event, 1 to 20,000 characters.
        persona: who it is; None is the average person, every trait at 0.5. Memory is read under their name.
        baseline: the ratings of the average person, where they have been made; `explain` asks for them otherwise.
        time: when; recency of memories counts from here. None means now.
    """

    text: Annotated[str, AfterValidator(checked_text)]
    persona: Persona | None = None
    baseline: Ratings | None = None
    time: AwareDatetime | None = None

    @field_validator("baseline")
    @classmethod
    def _are_variables(cls, baseline: Ratings | None) -> Ratings | None:
        unknown = sorted(set(baseline or ()) - {item.name for item in APPRAISALS})
        if unknown:
            raise ValueError(f"unknown appraisal {unknown[0]!r}; known: {', '.join(item.name for item in APPRAISALS)}")
        return baseline


class AppraiseState(AppraiseInput):
    """The state of the graph."""

    language: Language = "en"
    recalled: list[Recalled] = []
    appraisals: dict[str, Appraised] = {}
    shifts: list[Moved] = []
    feeling: Feeling | None = None
    explanation: Explanation = Explanation()
    trace: Annotated[list[TraceEntry], extend] = []


class AppraiseOutput(BaseModel):
    """The result.

    Attributes:
        person: the persona's name, None of the average person.
        appraisals: variable -> rating, in Scherer's order; empty where the node was left out.
    """

    model_config = ConfigDict(frozen=True)

    person: str | None
    language: Language
    recalled: list[Recalled]
    appraisals: dict[str, Appraised]
    feeling: Feeling
    explanation: Explanation
    notice: str | None = None
    trace: list[TraceEntry]

    @property
    def ratings(self) -> dict[str, float]:
        """Variable -> rating: what another person's run takes as `baseline`."""
        return {name: found.rating for name, found in self.appraisals.items()}


def output(state: AppraiseState, notice: str | None) -> AppraiseOutput:
    """What comes out of the last state."""
    assert state.feeling is not None  # the node `feel` cannot be left out
    return AppraiseOutput(
        person=state.persona.name if state.persona else None,
        language=state.language,
        recalled=state.recalled,
        appraisals=state.appraisals,
        feeling=state.feeling,
        explanation=state.explanation,
        notice=notice,
        trace=state.trace,
    )
