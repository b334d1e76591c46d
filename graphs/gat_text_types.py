"""What the graph `gat_text` takes, keeps and gives.

Whatever a claim rests on comes out as a quote: the person's own words with their offsets, filled in by code.
"""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from affectgraph.backends.scoring import Distribution
from affectgraph.graphs.empathy_types import Quote
from affectgraph.graphs.gat_types import Intensity, Judgement, TreeState, checked_labels
from affectgraph.graphs.steps import TraceEntry
from affectgraph.graphs.texts import checked_text
from affectgraph.tools.segments import Segment, quote

__all__ = [
    "GatTextInput",
    "GatTextOutput",
    "GatTextState",
    "Span",
    "TextConclusion",
    "TextContradiction",
    "TextHypothesis",
    "TextVerdict",
    "output",
]

# Our limits: a span can be quoted, and its id is short.
_LONGEST_SPAN = 2_000
_MOST_SPANS = 1_000
_ID = r"^[A-Za-z][A-Za-z0-9_.-]{0,15}$"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


def _on_one_line(text: str) -> str:
    # A span of several lines could pass for several spans.
    found = " ".join(text.split())
    if not found or len(found) > _LONGEST_SPAN:
        raise ValueError(f"a span is empty or over {_LONGEST_SPAN:,} characters; divide it")
    return found


class Span(_Value):
    """A piece of a transcript: its id (a letter, then letters, digits, `_`, `.`, `-`; 16 at most) and its words."""

    id: str = Field(pattern=_ID)
    text: Annotated[str, AfterValidator(_on_one_line)]


class GatTextInput(BaseModel):
    """What a person wrote or said: either a text or a transcript.

    Attributes:
        text: 1 to 20,000 characters, which are divided into spans `s1`, `s2`, ...
        transcript: up to 1,000 spans with ids of their own, up to 20,000 characters together.
        labels: the label space, 2 to 64 different labels; None means that of the settings.
    """

    text: str | None = None
    transcript: list[Span] | None = Field(default=None, min_length=1, max_length=_MOST_SPANS)
    labels: Annotated[list[str] | None, AfterValidator(checked_labels)] = None

    @field_validator("text")
    @classmethod
    def _is_text(cls, text: str | None) -> str | None:
        return text if text is None else checked_text(text)

    @model_validator(mode="after")
    def _is_one_of_the_two(self) -> Self:
        if (self.text is None) == (self.transcript is None):
            raise ValueError("give either a text or a transcript")
        ids = [span.id for span in self.transcript or ()]
        if len(set(ids)) < len(ids):
            raise ValueError("transcript: two spans have one id")
        checked_text(self.source)
        return self

    @property
    def source(self) -> str:
        """The text, or the spans of the transcript, one a line: what offsets count in."""
        return self.text if self.text is not None else "\n".join(span.text for span in self.transcript or ())


class TextConclusion(Judgement):
    """What the tree amounts to; its label, valence, arousal and intensity are the person's. Not calibrated.

    Attributes:
        expressed: over the label space, what the person who wrote or said it feels; hypotheses are about this.
        evoked: over the label space, what somebody who reads it feels.
    """

    expressed: Distribution
    evoked: Distribution


class GatTextState(GatTextInput, TreeState):
    """The state of the graph; hypotheses and contradictions cite spans.

    Attributes:
        segments: the spans, with their offsets in `source`.
        kept: ids of those that the models read, in reading order; the only ones that can be cited.
    """

    segments: list[Segment] = []
    kept: list[str] = []
    conclusion: TextConclusion | None = None


class TextHypothesis(_Value):
    """As `gat_types.Hypothesis`; the spans that it rests on are quoted."""

    id: str
    emotion: str
    intensity: Intensity
    quotes: list[Quote]
    reason: str

    @property
    def cited(self) -> list[str]:
        """Ids of what it rests on."""
        return [item.segment for item in self.quotes]


class TextContradiction(_Value):
    """What in a span speaks against a hypothesis: the person's words, and what the critic says of them."""

    quote: Quote
    fact: str

    @property
    def cited(self) -> str:
        """Id of where it lies."""
        return self.quote.segment


class TextVerdict(_Value):
    """As `gat_types.Verdict`; contradictions are quoted."""

    hypothesis: str
    contradictions: list[TextContradiction]
    confidence: float
    pruned: bool = False


class GatTextOutput(_Value):
    """The result.

    Attributes:
        text: what offsets count in; of a transcript its spans, one a line.
        spans: all of them, in reading order.
        kept: ids of those that the models read: all of them, unless the text is too long for a model.
        notice: what people must be told of the model.
    """

    text: str
    language: str
    spans: list[Segment]
    kept: list[str]
    hypotheses: list[TextHypothesis]
    verdicts: list[TextVerdict]
    conclusion: TextConclusion
    notice: str | None = None
    trace: list[TraceEntry]


def output(state: GatTextState, notice: str | None) -> GatTextOutput:
    """What comes out of the last state."""
    assert state.conclusion is not None
    source = state.source
    quotes = {
        part.id: Quote(segment=part.id, start=part.start, end=part.end, text=quote(source, part))
        for part in state.segments
    }
    return GatTextOutput(
        text=source,
        language=state.language,
        spans=state.segments,
        kept=state.kept,
        hypotheses=[
            TextHypothesis(**item.model_dump(exclude={"regions"}), quotes=[quotes[name] for name in item.regions])
            for item in state.hypotheses
        ],
        verdicts=[
            TextVerdict(
                **item.model_dump(exclude={"contradictions"}),
                contradictions=[
                    TextContradiction(quote=quotes[each.region], fact=each.fact)
                    for each in item.contradictions
                    if each.region is not None
                ],
            )
            for item in state.verdicts
        ],
        conclusion=state.conclusion,
        notice=notice,
        trace=state.trace,
    )
