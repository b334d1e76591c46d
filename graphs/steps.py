"""What every graph shares: the models by role, the trace, and how a plain function becomes a node.

A node is a synchronous function of the state that returns a `Step`: what changes, and what it decided as labels,
numbers, segment ids and offsets. `node` adds the trace entry and turns pydantic values into JSON primitives, so that
a checkpoint holds nothing that needs reviving; the state schema validates them again when they are read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langgraph.types import Overwrite
from pydantic import BaseModel, ConfigDict, JsonValue

from affectgraph.backends.base import Backend, Capabilities, Embedder, PictureReader, Transcriber
from affectgraph.backends.embedder import SentenceEmbedder
from affectgraph.backends.errors import CapabilityError
from affectgraph.backends.media_files import MediaOptions
from affectgraph.backends.usage import Usage, record
from affectgraph.tools.appraisal_link import AppraisalLink
from affectgraph.tools.calibration import Calibrations, joined
from affectgraph.tools.chase.profiles import HeadProfiles
from affectgraph.tools.chase.router import Routers
from affectgraph.tools.tuned import FindReader

__all__ = ["Message", "Models", "Step", "TraceEntry", "extend", "node", "to_langchain"]

S = TypeVar("S", bound=BaseModel)


class Message(BaseModel):
    """One turn of the message list, which only ever grows within a run."""

    model_config = ConfigDict(frozen=True)

    role: Literal["system", "user", "assistant"]
    content: str


_MESSAGE_TYPES: dict[str, type[BaseMessage]] = {
    "system": SystemMessage,
    "user": HumanMessage,
    "assistant": AIMessage,
}


def to_langchain(messages: list[Message]) -> list[BaseMessage]:
    """The same messages as langchain-core's types."""
    return [_MESSAGE_TYPES[message.role](content=message.content) for message in messages]


class TraceEntry(BaseModel):
    """What one node did. Holds no text of the help-seeker and none of the reply.

    Attributes:
        node: its name in the graph.
        backend: the settings' name of the backend it asked, None for plain code.
        prompts: references of the prompts it used, e.g. `empathy/intent@1.en`.
        usage: tokens in, cached and out, calls, and milliseconds inside the engine.
        milliseconds: wall time of the node.
        decided: labels, numbers, segment ids, offsets.
    """

    model_config = ConfigDict(frozen=True)

    node: str
    backend: str | None = None
    prompts: list[str] = []
    usage: Usage = Usage(calls=0)
    milliseconds: float = 0.0
    decided: dict[str, JsonValue] = {}


def extend(old: list[TraceEntry], new: list[TraceEntry]) -> list[TraceEntry]:
    """Reducer of the trace: append."""
    return [*old, *new]


@dataclass(frozen=True)
class Models:
    """The backend of each role. `condense` is None unless a model may put long texts into its own words.

    `embedder` opens the embedder of the settings; nothing is loaded before the first text. `tuned` gives the reader
    that screen and checks read with. `link` gives the fitted link from appraisals to emotions; `calibrations` gives the
    curves that were fitted on this machine. `media` says which files may be opened. `transcriber` opens what
    turns speech into text, `reader` what reads the words in pictures. What is not there is None. `profiles` and
    `routers` are what is known of a model's attention heads and of when to steer them.
    """

    perceive: Backend
    reason: Backend
    write: Backend
    judge: Backend
    condense: Backend | None = None
    embedder: Callable[[], Embedder] = SentenceEmbedder
    link: Callable[[], AppraisalLink | None] = lambda: None
    calibrations: Callable[[], Calibrations] = Calibrations
    media: MediaOptions = field(default_factory=MediaOptions)
    transcriber: Callable[[], Transcriber | None] = lambda: None
    reader: Callable[[], PictureReader | None] = lambda: None
    tuned: FindReader = lambda: None
    profiles: Callable[[], HeadProfiles] = HeadProfiles
    routers: Callable[[], Routers] = Routers

    @classmethod
    def all(cls, backend: Backend, **beside: Any) -> Models:
        """One backend in every role but `condense`; `beside` are the fields that are no roles."""
        return cls(perceive=backend, reason=backend, write=backend, judge=backend, **beside)

    def each(self) -> list[Backend]:
        """The distinct backends."""
        found: list[Backend] = []
        for backend in (self.perceive, self.reason, self.write, self.judge, self.condense):
            if backend is not None and all(backend is not known for known in found):
                found.append(backend)
        return found

    def identity(self, roles: Collection[str]) -> str:
        """The identity of the backends of `roles`, by which a calibration is found."""
        return joined([getattr(self, role).identity for role in roles])

    def narrowest(self, roles: Collection[str]) -> Backend:
        """The backend of `roles` with the smallest context window."""
        found: list[Backend] = [getattr(self, role) for role in roles]
        return min(found, key=lambda backend: backend.context_tokens or 10**9)

    def require(self, role: str, graph: str, **needed: bool) -> None:
        """Refuse now what would fail at the fifth node.

        Raises:
            CapabilityError: the backend of `role` lacks something of `needed` (names as in `Capabilities`).
        """
        backend: Backend = getattr(self, role)
        able = Capabilities.listed(backend.capabilities)
        for name, wanted in needed.items():
            if wanted and name not in able:
                raise CapabilityError(
                    f"graph {graph!r} needs {name} for the role {role!r}, and backend {backend.label!r} has only "
                    f"{', '.join(able)}; give the role another backend (`affectgraph backends` lists them)"
                )


@dataclass(frozen=True)
class Step:
    """The result of a node: state updates, and what goes into the trace."""

    update: dict[str, Any]
    decided: dict[str, Any] = field(default_factory=dict)
    backend: Backend | None = None
    prompts: tuple[str, ...] = ()


def node(name: str, work: Callable[[S], Step], *, first: bool = False) -> Callable[[S], dict[str, Any]]:
    """`work` as a LangGraph node that keeps the trace.

    Args:
        name: the node's name.
        work: state -> Step.
        first: the node begins a turn, and with it a new trace.
    """

    def run(state: S) -> dict[str, Any]:
        started = time.perf_counter()
        with record() as recorder:
            step = work(state)
        entry = TraceEntry(
            node=name,
            backend=step.backend.label if step.backend else None,
            prompts=list(step.prompts),
            usage=recorder.total,
            milliseconds=1000 * (time.perf_counter() - started),
            decided=_plain(step.decided),
        )
        trace = [entry.model_dump(mode="json")]
        return {**_plain(step.update), "trace": Overwrite(trace) if first else trace}

    return run


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
