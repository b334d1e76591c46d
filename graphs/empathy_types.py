"""Types of the graph `empathy`: what goes in, what the state holds, what comes out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from affectgraph.backends.scoring import Distribution
from affectgraph.graphs.steps import Message, TraceEntry, extend
from affectgraph.graphs.texts import checked_text
from affectgraph.tools.chain_text import ChainText
from affectgraph.tools.depth import Depth
from affectgraph.tools.distortions import Distortion
from affectgraph.tools.intent import Move
from affectgraph.tools.language import Language
from affectgraph.tools.safety import Assessment
from affectgraph.tools.segments import Segment

__all__ = [
    "Belief",
    "Cause",
    "CausesAndBeliefs",
    "Chain",
    "EmotionsAndContext",
    "EmpathyInput",
    "EmpathyOutput",
    "EmpathyState",
    "Intent",
    "PlannedMove",
    "Quote",
    "Reply",
    "Strategy",
    "Turn",
    "chain_of",
    "output",
]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Quote(_Value):
    """The person's own words: `text` is `original[start:end]`, filled in by code for a cited segment."""

    segment: str
    start: int
    end: int
    text: str


class EmotionsAndContext(_Value):
    """L1. `emotions` is over the labels of `taxonomy`, `intensity` over low, medium, high."""

    taxonomy: str
    emotions: Distribution
    intensity: Distribution
    situation: str


class Cause(_Value):
    """One reason for the feeling, and what it rests on."""

    cause: str
    quotes: list[Quote] = Field(min_length=1)


class Belief(_Value):
    """A belief that may be distorted: a hypothesis about a sentence, not about a person."""

    belief: str
    distortion: Distortion
    quotes: list[Quote] = Field(min_length=1)


class CausesAndBeliefs(_Value):
    """L2."""

    causes: list[Cause] = Field(min_length=1)
    beliefs: list[Belief] = []


class Intent(_Value):
    """L3: what support is sought, over validation, understanding, advice."""

    intent: Distribution


class PlannedMove(_Value):
    """One move of the reply and its reason."""

    move: Move
    reason: str


class Strategy(_Value):
    """L4: the moves in order."""

    moves: list[PlannedMove] = Field(min_length=1)


class Chain(_Value):
    """The four layers, under the paper's names."""

    L1: EmotionsAndContext
    L2: CausesAndBeliefs
    L3: Intent
    L4: Strategy


class Reply(_Value):
    """What the person reads.

    Attributes:
        text: the reply.
        source: `model`; `composed` (vetted sentences that the chain decided on); `fallback` (vetted text, because what
            came first was rejected); `mixed` (the first sentence of that, then vetted text); `template` (the
            deterministic crisis reply); `human` (a person wrote it).
        rejected: kinds of violations that the checks found in what came first.
        resources: shown beside the reply when the screen found level 1.
    """

    text: str
    source: Literal["model", "composed", "fallback", "mixed", "template", "human"]
    rejected: list[str] = []
    resources: str | None = None


class Turn(_Value):
    """One earlier exchange of a session.

    Attributes:
        text: what the person said; empty where a human wrote without being spoken to.
        reply: what they read.
        level: of risk, that the screen found in this turn.
        source: of the reply, as in `Reply`; empty in sessions of older versions.
        time: when the turn ended, ISO 8601; empty in sessions of older versions.
        emotions: label -> share of the first layer, where it ran.
        opened: how much of `reply` are vetted words that were said before the chain ran, in characters.
    """

    text: str
    reply: str
    level: int = 0
    source: str = ""
    time: str = ""
    emotions: dict[str, float] = {}
    opened: int = 0


class EmpathyInput(BaseModel):
    """The text to answer: 1 to 20,000 characters, not binary."""

    text: Annotated[str, AfterValidator(checked_text)]


class EmpathyState(EmpathyInput):
    """The state between nodes. `messages` only grows within a run; `history` only between runs of a session."""

    history: list[Turn] = []
    safety: Assessment | None = None
    language: Language = "en"
    depth: Depth = "full"
    segments: list[Segment] = []
    kept: list[str] = []
    fits: bool = True
    messages: list[Message] = []
    emotions_and_context: EmotionsAndContext | None = None
    causes_and_beliefs: CausesAndBeliefs | None = None
    intent: Intent | None = None
    strategy: Strategy | None = None
    chain_text: ChainText | None = None
    reply: Reply | None = None
    trace: Annotated[list[TraceEntry], extend] = []


class EmpathyOutput(_Value):
    """The result.

    Attributes:
        depth: `full` (four layers), `short` (a courtesy), `crisis` (deterministic reply, no chain).
        chain: the layers; None on the short and crisis paths, in the single-prompt form, and where a layer is left out.
        chain_text: the layers as the single prompt wrote them (graph `empathy_single` only).
        condensed: ids of the segments that the model read, when the text was too long for it; else None.
        notice: what must be said about the model that wrote the reply.
    """

    language: Language
    depth: Literal["full", "short", "crisis"]
    safety: Assessment
    segments: list[Segment]
    condensed: list[str] | None = None
    chain: Chain | None = None
    chain_text: ChainText | None = None
    reply: Reply
    notice: str | None = None
    trace: list[TraceEntry]

    def decided(self, node: str) -> dict[str, JsonValue]:
        """What `node` decided, from the trace; empty when it did not run."""
        return next((entry.decided for entry in self.trace if entry.node == node), {})


def chain_of(state: EmpathyState) -> Chain | None:
    """The four layers; None unless all ran."""
    l1, l2, l3, l4 = state.emotions_and_context, state.causes_and_beliefs, state.intent, state.strategy
    return Chain(L1=l1, L2=l2, L3=l3, L4=l4) if l1 and l2 and l3 and l4 else None


def output(state: EmpathyState, notice: str | None) -> EmpathyOutput:
    """What a finished run gives its caller.

    Args:
        state: the last state; `safety` and `reply` are set.
        notice: what must be said about the model that wrote the reply.
    """
    assert state.safety is not None
    assert state.reply is not None
    crisis = state.reply.source == "template"
    return EmpathyOutput(
        language=state.language,
        depth="crisis" if crisis else state.depth,
        safety=state.safety,
        segments=state.segments,
        condensed=None if state.fits else state.kept,
        chain=chain_of(state),
        chain_text=state.chain_text,
        reply=state.reply,
        notice=None if crisis else notice,
        trace=state.trace,
    )
