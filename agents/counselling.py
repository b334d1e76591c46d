"""Counselling sessions: what the terminal, the page and a program hold them with.

A session is a conversation with the graph `counsel`, kept on disk after every node. One turn at a time runs in a
session, whichever process asks for it; what a person owns, nobody else reads.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from langchain_core.language_models.chat_models import BaseChatModel
from langgraph.types import Command

from affectgraph.agents.sessions import no_such_session, opened
from affectgraph.backends.errors import InputError
from affectgraph.backends.media import MediaRef
from affectgraph.graphs import Graph, load
from affectgraph.graphs.checkpoints import compact, erase, owner_of, session_names, thread, waiting_sessions
from affectgraph.graphs.counsel_reply import Answer
from affectgraph.graphs.counsel_types import CounselState, Wish, checked_country
from affectgraph.graphs.memory import open_memory
from affectgraph.graphs.running import Event
from affectgraph.graphs.settings import Settings
from affectgraph.tools import episodes
from affectgraph.tools.persona import Persona
from affectgraph.tools.reply_checks import SentenceGate
from affectgraph.tools.safety import Said, Voices, assess, screen

__all__ = ["Conversation", "Counsellor", "open_counsellor"]

_NAME = re.compile(r"[\w.-]{1,64}")
# A turn of a slow model takes minutes; another process that waits longer is told so.
_PATIENCE_S = 2.0


@contextmanager
def open_counsellor(
    settings: Settings,
    *,
    ask: Callable[[str], bool] | None = None,
    model: BaseChatModel | None = None,
    memory: bool = False,
) -> Iterator[Counsellor]:
    """The graph `counsel` with the sessions, and if wanted the memory, of the settings.

    Args:
        settings: where everything lies, and which backends answer.
        ask: how to ask a person for consent to a remote backend.
        model: a chat model for every role, instead of the settings'.
        memory: open the memory; without it nothing is recalled or kept beyond the session.

    Raises:
        AffectgraphError: a backend, the session file or the memory cannot be opened; says why.
    """
    with ExitStack() as stack:
        saver = stack.enter_context(opened(settings))
        store = stack.enter_context(open_memory(settings)) if memory else None
        graph = load("counsel", settings=settings, model=model, checkpointer=saver, ask=ask, store=store)
        stack.callback(graph.close)
        yield Counsellor(settings, graph, saver, store)


class Counsellor:
    """Starts, resumes and lists sessions."""

    def __init__(self, settings: Settings, graph: Graph[Any], saver: Any, store: Any) -> None:
        self.settings = settings
        self.graph = graph
        self.saver = saver
        self.store = store

    def warm(self) -> None:
        """Load what the first message would wait for, while the person reads and writes; failures show up then."""

        def load_all() -> None:
            with suppress(Exception):
                screen("hello")
                SentenceGate(source="hello", language="en").push("Hello. You are here.")
                importlib.import_module("instructor")
                self.graph.models.write.count_tokens("hello")
                if self.settings.counsel.learned:
                    # The third message is the first that is read with the conversation too.
                    assess([Said(role="person", text="hello")] * 3, voices=Voices(reader=self.graph.models.tuned))

        threading.Thread(target=load_all, name="warm", daemon=True).start()

    def names(self, owner: str = "") -> list[str]:
        """The sessions of the browser with the secret token `owner`, of the terminal where it is empty, by name."""
        return session_names(self.saver, owner_of(owner))

    def start(
        self, name: str | None = None, *, owner: str = "", persona: Persona | None = None, country: str | None = None
    ) -> Conversation:
        """A new session, named after the day unless a name is given.

        Raises:
            InputError: the name is taken or not usable.
        """
        known = session_names(self.saver, None)
        chosen = name or _dated(known)
        if not _NAME.fullmatch(chosen):
            raise InputError(
                f"a session cannot be called {chosen!r}: use letters, digits, '.', '_' and '-', 64 at most"
            )
        if chosen in known:
            raise InputError(f"there is a session {chosen!r} already; continue it with --resume {chosen}")
        return Conversation(self, chosen, owner, persona=persona, country=country or self.settings.counsel.country)

    def resume(self, name: str, *, owner: str = "") -> Conversation:
        """A stored session, with the wish, country and persona that were last set in it.

        Raises:
            InputError: `owner` has no such session.
            CheckpointError: it does not fit this version.
        """
        if name not in self.names(owner):
            raise no_such_session(name, self.names(owner))
        found = Conversation(self, name, owner)
        state = found.state()
        if state is not None:
            found.wish, found.country = state.wish, state.country or self.settings.counsel.country
            found.persona, found.remember = state.persona, state.remember
        return found

    def queue(self) -> list[Conversation]:
        """The sessions in which a human is waited for, whoever they belong to."""
        return [Conversation(self, row.name, row.owner, hashed=True) for row in waiting_sessions(self.saver)]


@dataclass
class Conversation:
    """One session.

    Attributes:
        name: of the session.
        owner: the secret token of the browser that it belongs to; empty for the terminal.
        wish: how the person wants to be answered; None leaves it to the graph. Can be changed before any turn.
        country: where the person is, ISO 3166; None where it is not known.
        persona: who they are; memory is kept under their name.
        remember: whether what they say may be kept in memory; None as the settings say.
        hashed: `owner` is what the session file holds, not the token itself.
    """

    counsellor: Counsellor
    name: str
    owner: str = ""
    wish: Wish | None = None
    country: str | None = None
    persona: Persona | None = None
    remember: bool | None = None
    hashed: bool = field(default=False, repr=False)

    @property
    def _owner(self) -> str:
        return self.owner if self.hashed else owner_of(self.owner)

    @property
    def _config(self) -> Any:
        found: Any = thread(self.name, self._owner)
        if self.persona is not None:
            found["configurable"]["person"] = self.persona.name
        return found

    def say(self, text: str, media: Sequence[str | Path | MediaRef] = ()) -> Iterator[Event]:
        """Say something, and get what happens as it happens. Once the first event is there, the text is on disk.

        Raises:
            InputError: the message is not usable, or another turn of the session is running.
            AffectgraphError: a backend failed; `go_on` continues from the last finished node.
        """
        given = {
            "text": text,
            "media": [item if isinstance(item, MediaRef) else str(item) for item in media],
            "wish": self.wish,
            "country": self.country,
            "persona": self.persona,
            "remember": self.remember,
        }
        return self._turn(given)

    def go_on(self) -> Iterator[Event]:
        """Continue a turn that was stopped; nothing is said twice."""
        return self._turn(None)

    def _turn(self, given: dict[str, Any] | None) -> Iterator[Event]:
        with self._alone():
            yield from self.counsellor.graph.events(given, self._config)
            compact(self.counsellor.saver, self.name)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        folder = self.counsellor.settings.data_dir / "locks"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(folder / f"{hashlib.sha256(self.name.encode()).hexdigest()[:16]}.lock", mode=0o600)
        try:
            with lock.acquire(timeout=_PATIENCE_S):
                yield
        except Timeout:
            raise InputError("another turn of this session is still running; wait for it, and send again") from None

    @property
    def pending(self) -> bool:
        """A turn was stopped before its end."""
        return self.counsellor.graph.pending(self.name, self._owner)

    @property
    def waiting(self) -> bool:
        """A human is waited for."""
        return self.counsellor.graph.waiting(self.name, self._owner)

    def state(self) -> CounselState | None:
        """The session as it is stored; None before the first turn.

        Raises:
            CheckpointError: it does not fit this version.
        """
        found: CounselState | None = self.counsellor.graph.state(self.name, self._owner)
        return found

    def answer(self, given: Answer) -> None:
        """A human's answer to the person who waits.

        Raises:
            InputError: nobody waits in this session, the level is above the one that holds, or a turn is running.
        """
        with self._alone():
            if not self.waiting:
                raise InputError(
                    f"nobody waits in the session {self.name!r}; `affectgraph sessions queue` lists who does"
                )
            state = self.state()
            if state is not None and given.level is not None and given.level > state.watch.level:
                raise InputError(f"level {state.watch.level} holds; a human lowers it, to 0 to {state.watch.level}")
            self.counsellor.graph.compiled.invoke(Command(resume=given.model_dump()), self._config, durability="sync")
            compact(self.counsellor.saver, self.name)

    def choose_country(self, country: str | None) -> None:
        """Say where the person is.

        Raises:
            InputError: it is no code of two letters.
        """
        try:
            self.country = checked_country(country) if country else None
        except ValueError as error:
            raise InputError(str(error)) from None

    def memories(self) -> list[episodes.Kept]:
        """What is kept of the person, the latest first; empty without a persona or memory."""
        if self.counsellor.store is None or self.persona is None:
            return []
        return episodes.episodes_of(self.counsellor.store, self.persona.name)

    def forget(self, key: str) -> None:
        """Take one memory away.

        Raises:
            InputError: there is none of that key.
        """
        try:
            if self.counsellor.store is None or self.persona is None:
                raise KeyError(key)
            episodes.forget(self.counsellor.store, self.persona.name, key)
        except KeyError:
            raise InputError(f"there is no memory {key!r}; /memory lists them") from None

    def export(self) -> str:
        """Everything that is stored of the session, as JSON."""
        state = self.state()
        values = state.model_dump(mode="json") if state else {}
        return json.dumps({"session": self.name, "state": values}, ensure_ascii=False, indent=2)

    def erase(self) -> None:
        """Erase the session for good."""
        with self._alone():
            erase(self.counsellor.saver, self.name)


def _dated(known: Sequence[str]) -> str:
    day = datetime.now().astimezone().strftime("%Y-%m-%d")
    return next(f"{day}-{number}" for number in range(1, 10_000) if f"{day}-{number}" not in known)
