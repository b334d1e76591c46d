"""Types of the graph `counsel`: what goes in, what a session's state holds, what comes out."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from affectgraph.backends.media import MediaRef
from affectgraph.graphs.appraise_types import Feeling, Ratings
from affectgraph.graphs.empathy_types import Chain, EmpathyState, Reply, chain_of
from affectgraph.graphs.perceive_types import Decision
from affectgraph.graphs.replying import Checked
from affectgraph.graphs.steps import TraceEntry
from affectgraph.graphs.texts import checked_text
from affectgraph.tools.conflict import Conflict
from affectgraph.tools.experts.readings import ModalityReading
from affectgraph.tools.intent import Intent as Sought
from affectgraph.tools.language import Language
from affectgraph.tools.persona import Persona
from affectgraph.tools.safety import Assessment, Posture, Resource, Watch, resources

__all__ = [
    "WISHES",
    "CounselInput",
    "CounselOutput",
    "CounselState",
    "Heard",
    "Perceived",
    "Wish",
    "checked_country",
    "output",
]

Wish = Literal["heard", "understood", "advised"]
# What a person picks, in the words of the third layer (Empathy-R1, L3).
WISHES: dict[Wish, Sought] = {"heard": "validation", "understood": "understanding", "advised": "advice"}


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Heard(_Value):
    """What was understood of one recording or picture.

    Attributes:
        name: of the file, without its folder.
        kind: speech of a recording, or the words in a picture.
        media: the file; None where it could not be opened.
        text: the words; None where they were not understood, empty where there are none.
        why: why they were not understood.
    """

    name: str
    kind: Literal["speech", "picture"]
    media: MediaRef | None = None
    text: str | None = None
    why: str = ""


class Perceived(_Value):
    """How a recording or picture was read: by modality, whether they disagree, and what is concluded."""

    name: str
    readings: dict[str, ModalityReading]
    conflict: Conflict
    decision: Decision


class CounselInput(BaseModel):
    """One message of the person.

    Attributes:
        text: what they wrote, at most 20,000 characters; may be empty beside media.
        media: recordings and pictures: paths or references, four at most.
        wish: how they want to be answered; None leaves it to the graph. What they pick wins over what the model thinks.
        country: where they are, ISO 3166-1 alpha-2; None where it is not known. Never guessed.
        persona: who they are; memory is kept under their name, and without one none is kept.
        remember: whether what they say now may be kept in memory; None: as the settings say, and not of a minor.
    """

    text: str = ""
    media: list[str | MediaRef] = Field(default=[], max_length=4)
    wish: Wish | None = None
    country: str | None = None
    persona: Persona | None = None
    remember: bool | None = None

    @field_validator("text")
    @classmethod
    def _is_readable(cls, text: str) -> str:
        return checked_text(text) if text.strip() else ""

    @field_validator("country")
    @classmethod
    def _is_known(cls, country: str | None) -> str | None:
        return checked_country(country) if country else None

    @model_validator(mode="after")
    def _is_something(self) -> Self:
        if not self.text and not self.media:
            raise ValueError("the message is empty; write something or attach a recording or picture")
        return self


def checked_country(country: str) -> str:
    """The code of a country, in capitals.

    Raises:
        ValueError: it is no code of two letters.
    """
    code = country.strip().upper()
    if len(code) != 2 or not code.isascii() or not code.isalpha():
        raise ValueError(f"{country!r} is no country code; give two letters (ISO 3166), e.g. IE, IN, NZ or TW")
    return code


class CounselState(EmpathyState):
    """The state of a session. Of the fields that are not of the session as a whole, `screen` begins each turn anew.

    Attributes:
        text: everything that the person says in this turn: what they wrote, and the words of their recordings and
            pictures.
        written: what they wrote.
        safety: what the screen found in this turn, in the light of the conversation.
        watch: the level that holds for the conversation.
        posture: how this turn is answered.
        opened: vetted words that were said before the chain ran.
        draft: what the checks let through of the model's reply, and what they found.
        digest: what the person said in turns that the model no longer reads word by word, in their own words.
        digested: how many turns that are.
        waiting: a human has been asked for.
    """

    text: str = ""
    written: str = ""
    media: list[str | MediaRef] = Field(default_factory=list)
    wish: Wish | None = None
    country: str | None = None
    persona: Persona | None = None
    remember: bool | None = None
    heard: list[Heard] = Field(default_factory=list)
    perceived: list[Perceived] = Field(default_factory=list)
    watch: Watch = Watch()
    posture: Posture = "clear"
    recalled: list[str] = Field(default_factory=list)
    appraisals: Ratings = Field(default_factory=dict)
    feeling: Feeling | None = None
    opened: str = ""
    draft: Checked = Checked()
    digest: str = ""
    digested: int = 0
    waiting: bool = False


class CounselOutput(_Value):
    """What one turn gives.

    Attributes:
        reply: what the person reads.
        posture: `clear`; `resources` beside the reply; `ask`: thoughts (level 2-3), asked about directly before the
            reply; `check_in`: a high level still holds, this turn is clear; `crisis`: vetted words alone.
        safety: of this turn.
        level: that holds for the conversation.
        resources: of the person's country, for the banner; empty where nothing calls for them.
        chain: the layers, where they ran.
        sought: what the reply was aimed at.
        heard, perceived: of recordings and pictures.
        waiting: a human has been asked for.
        notice: what must be said about the model that wrote the reply.
    """

    language: Language
    reply: Reply
    posture: Posture
    safety: Assessment
    level: int
    resources: list[Resource] = []
    chain: Chain | None = None
    sought: Sought | None = None
    heard: list[Heard] = []
    perceived: list[Perceived] = []
    recalled: list[str] = []
    waiting: bool = False
    notice: str | None = None
    trace: list[TraceEntry]


def output(state: CounselState, notice: str | None) -> CounselOutput:
    """What a finished turn gives its caller.

    Args:
        state: the last state; `safety` and `reply` are set.
        notice: what must be said about the model that wrote the reply.
    """
    assert state.safety is not None
    assert state.reply is not None
    found: list[Resource] = []
    if state.posture != "clear":
        found = resources(state.country, minor=state.watch.minor, categories=state.safety.categories)
    vetted = state.reply.source in ("template", "human")
    return CounselOutput(
        language=state.language,
        reply=state.reply,
        posture=state.posture,
        safety=state.safety,
        level=state.watch.level,
        resources=found,
        chain=chain_of(state),
        sought=state.intent.intent.top if state.intent else None,
        heard=state.heard,
        perceived=state.perceived,
        recalled=state.recalled,
        waiting=state.waiting,
        notice=None if vetted else notice,
        trace=state.trace,
    )
