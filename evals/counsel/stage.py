"""A stage for `counsel`: the whole graph, played on a scripted model, with recordings, pictures and memories as wanted.

Nothing is mocked inside the graph. What stands in are the model, the transcriber, the reader of pictures (each says
what the play wants) and the embedder of the memory's index.
"""

from __future__ import annotations

import math
import wave
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.messages import BaseMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.store.memory import InMemoryStore
from numpy.typing import NDArray
from PIL import Image
from pydantic import PrivateAttr

from affectgraph.backends.base import Backend
from affectgraph.backends.media_files import MediaOptions
from affectgraph.backends.scoring import Distribution
from affectgraph.backends.scripted import Reply, ScriptedBackend
from affectgraph.graphs import Finished, Graph, NodeFinished, NodeStarted
from affectgraph.graphs.counsel_types import CounselOutput
from affectgraph.graphs.counsel_words import past
from affectgraph.graphs.loading import recipe
from affectgraph.graphs.settings import Settings, load_settings
from affectgraph.graphs.steps import Models
from affectgraph.prompts import prompt
from affectgraph.tools.episodes import Episode, remember
from affectgraph.tools.persona import Persona
from affectgraph.tools.tuned import tuned_reader

__all__ = ["PERSON", "Actor", "Played", "Props", "Stage", "make_props", "plain_settings"]

PERSON = "ben"
_DIMENSIONS = 16
_RATE = 16_000


def plain_settings() -> Settings:
    """No voice but the rules, and the model speaks; the environment changes nothing."""
    return load_settings(overrides=["counsel.learned=false", "counsel.replies=model"], environment={}).settings


class Actor(ScriptedBackend):
    """A model that plays every node: the first of any options, JSON of the right shape, and the reply that is wanted.

    Attributes:
        speak: messages -> the reply.
        said: what it writes into every free text of the chain.
        asked: the messages of every request.
    """

    speak: Callable[[Sequence[BaseMessage]], str]
    said: str = "Something weighs on them."
    _asked: list[list[str]] = PrivateAttr(default_factory=list)

    @property
    def asked(self) -> list[list[str]]:
        """The texts of the messages of every request so far."""
        return self._asked

    def choose(self, messages: Sequence[BaseMessage], options: Sequence[str], **named: Any) -> Distribution:
        """The first option: with a judge the lowest level, and `acceptable`."""
        self._asked.append([str(message.text) for message in messages])
        shares = {option: float(place == 0) for place, option in enumerate(options)}
        return Distribution(probabilities=shares)

    def _reply(self, messages: list[BaseMessage]) -> Reply:
        self._asked.append([str(message.text) for message in messages])
        last = str(messages[-1].text)
        # The limits of these answers are 160, 100 and 80 characters, and at least 8.
        said = f"{self.said}        "
        if _asks(last, "situation"):
            return {"situation": said[:160]}
        if _asks(last, "causes_and_beliefs"):
            belief = {"belief": said[:100], "distortion": "should_statements", "segments": ["s1"]}
            return {"causes": [{"cause": said[:100], "segments": ["s1"]}], "beliefs": [belief]}
        if _asks(last, "strategy"):
            return {"moves": [{"move": move, "reason": said[:80]} for move in ("name", "explore")]}
        return self.speak(messages)


def _asks(text: str, name: str) -> bool:
    return any(prompt(f"empathy/{name}", language).render() in text for language in ("en", "zh"))


@dataclass(frozen=True)
class Props:
    """Files that a person attaches; what they say is the stage's matter."""

    folder: Path
    recording: Path
    picture: Path


def make_props(folder: Path) -> Props:
    """A recording of half a second that is not silent, and a picture, in `folder`."""
    props = Props(folder, folder / "voice.wav", folder / "note.png")
    times = np.arange(_RATE // 2) / _RATE
    tone = (8_000 * np.sin(2 * math.pi * 220 * times)).astype("<i2")
    with wave.open(str(props.recording), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(tone.tobytes())
    Image.new("RGB", (64, 48), "white").save(props.picture)
    return props


@dataclass(frozen=True)
class _Transcriber:
    text: str
    identity: str = "stage"
    languages: frozenset[str] = frozenset({"en", "zh"})

    def transcribe(self, samples: NDArray[np.float32], rate: int, language: str) -> str:
        return self.text


@dataclass(frozen=True)
class _Reader:
    text: str
    identity: str = "stage"

    def read(self, image: Image.Image) -> str:
        return self.text


@dataclass(frozen=True)
class Played:
    """What is seen of one turn from outside.

    Attributes:
        output: the turn's output.
        started: the nodes that LangGraph started, in order.
        asked: the texts of all messages that were sent to the model.
        seconds: in nodes.
        digested: how many turns are put together by now.
    """

    output: CounselOutput
    started: tuple[str, ...]
    asked: tuple[str, ...]
    seconds: float = 0.0
    digested: int = 0

    @property
    def traced(self) -> tuple[str, ...]:
        """The nodes that left a trace."""
        return tuple(entry.node for entry in self.output.trace)

    @property
    def resources(self) -> bool:
        """Whether the banner shows where help is to be had."""
        return bool(self.output.resources)

    @property
    def told(self) -> bool:
        """Whether the reply, or what stands beside it, names a place where help is to be had."""
        return "findahelpline" in f"{self.output.reply.text} {self.output.reply.resources or ''}"


@dataclass
class Stage:
    """One play: the graph with its cast, and a session.

    Attributes:
        actor: the model of every role.
        props: the files that may be attached.
        heard: what the transcriber hears in the recording.
        read: what the reader reads in the picture.
        memories: person -> what is kept of them.
        settings: of the graph; default: no voice but the rules, and the model speaks.
    """

    actor: Backend
    props: Props | None = None
    heard: str = ""
    read: str = ""
    memories: dict[str, Sequence[str]] = field(default_factory=dict)
    settings: Settings = field(default_factory=plain_settings)
    without: Sequence[str] = ()

    def __post_init__(self) -> None:
        made = recipe("counsel")
        roots = [self.props.folder] if self.props else []
        models = Models.all(
            self.actor,
            media=MediaOptions(roots=roots) if roots else MediaOptions(),
            transcriber=lambda: _Transcriber(self.heard),
            reader=lambda: _Reader(self.read),
            tuned=tuned_reader,
        )
        store = InMemoryStore(index={"embed": _embed, "dims": _DIMENSIONS, "fields": ["text"]})
        for person, told in self.memories.items():
            for event in told:
                remember(store, person, Episode(event=event, time=datetime.now(UTC), source="stated"))
        built = made.build(models, self.settings.counsel, self.without)
        compiled = built.compile(checkpointer=InMemorySaver(), store=store, name="counsel")
        self.graph: Graph[Any] = Graph(
            "counsel",
            compiled,
            models,
            input_type=made.input_type,
            state_type=made.state_type,
            output=lambda state: made.output(state, None),
        )

    @property
    def nodes(self) -> set[str]:
        """The nodes of the graph."""
        return set(self.graph.compiled.nodes)

    def say(self, text: str, **given: Any) -> Played:
        """One message of the person."""
        started: list[str] = []
        output: Any = None
        before = len(self._asked())
        persona = Persona(name=PERSON).model_dump(mode="json") if self.memories else None
        config: Any = {"configurable": {"thread_id": "stage"}}
        digested, milliseconds = 0, 0.0
        for event in self.graph.events({"text": text, "persona": persona, **given}, config):
            if isinstance(event, NodeStarted):
                started.append(event.node)
            elif isinstance(event, NodeFinished):
                milliseconds += event.entry.milliseconds
                digested = int(event.entry.decided.get("digested") or digested)  # type: ignore[arg-type]
            elif isinstance(event, Finished):
                output = event.output
        asked = tuple(text for request in self._asked()[before:] for text in request)
        return Played(output, tuple(started), asked, milliseconds / 1000, digested)

    def filled(self) -> float:
        """The share of the narrowest model's context that the conversation takes between two turns; 0 if not known."""
        model = self.graph.models.narrowest(("perceive", "reason", "write"))
        state = self.graph.state("stage")
        if not model.context_tokens or state is None:
            return 0.0
        return sum(model.count_tokens(message.content) for message in past(state)) / model.context_tokens

    def _asked(self) -> list[list[str]]:
        return self.actor.asked if isinstance(self.actor, Actor) else []


def _embed(texts: Sequence[str]) -> list[list[float]]:
    """Counts of hashed letters: every text is somewhat near to every other one, so that recall always finds some."""
    vectors = []
    for text in texts:
        counts = np.ones(_DIMENSIONS)
        for letter in text.lower():
            counts[zlib.crc32(letter.encode()) % _DIMENSIONS] += 1
        vectors.append([float(value) for value in counts / np.linalg.norm(counts)])
    return vectors
