"""The conversations of the page: each belongs to one browser, and runs one turn at a time.

A browser proves who it is by a random token. Everything behind the guard, and what is stored, knows a digest of it
alone (`owner_of`), so that nobody who reads the files can act as that browser. A turn runs in a thread of its own: a
browser that goes away loses nothing, and comes back to it.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import shutil
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from affectgraph.agents.counselling import Conversation, Counsellor
from affectgraph.backends.errors import AffectgraphError, InputError, Stopped
from affectgraph.graphs.checkpoints import owner_of as stored_owner
from affectgraph.graphs.checkpoints import session_rows, thread
from affectgraph.graphs.memory import person_folder
from affectgraph.graphs.running import Finished, Kept, NodeFinished, NodeStarted, Sentence
from affectgraph.graphs.session_table import SessionRow
from affectgraph.graphs.steps import TraceEntry
from affectgraph.tools.persona import Persona

__all__ = ["Turn", "WebSessions", "Written", "new_token", "owner_of"]

_LOG = logging.getLogger(__name__)
_PREFIX = "web-"
# Media of one message, as the graph allows.
_MEDIA = 4


def new_token() -> str:
    """What a browser proves itself with: 256 random bits."""
    return secrets.token_urlsafe(32)


def owner_of(token: str) -> str:
    """The owner that a token stands for; the token cannot be found from it. Fit to name a persona and a folder."""
    return _PREFIX + hashlib.sha256(token.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Written:
    """How far a turn is.

    Attributes:
        text: what the person wrote; None where an earlier turn is continued.
        names: of the files that go with it.
        entries: what the nodes that are done decided.
        running: the node at work; empty between nodes.
        values: what the nodes set, by state field.
        sentences: of the reply, in order; begun anew where a node is repeated.
        output: of the graph, when it is done.
        problem: why the turn ended before its time, as one sentence.
        kept: what the person wrote is on disk.
        stopped: the person stopped it.
        over: nothing more will come.
    """

    text: str | None
    names: tuple[str, ...]
    entries: tuple[TraceEntry, ...] = ()
    running: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    sentences: tuple[str, ...] = ()
    output: Any = None
    problem: str = ""
    kept: bool = False
    stopped: bool = False
    over: bool = False


class Turn:
    """One turn in a thread of its own."""

    def __init__(self, talk: Conversation, text: str | None, media: Sequence[Path], others: Any) -> None:
        self._talk = talk
        self._media = list(media)
        self._others = others
        self._changed = threading.Condition()
        self._now = Written(text, tuple(file.name for file in media)) if text is not None else _stopped_at(talk)
        self._released = self._now.sentences
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="turn", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """The thread still works; after a stop it ends with the node that it is in."""
        return self._thread.is_alive()

    def follow(self) -> Iterator[Written]:
        """How far it is, again and again until it is over. Several may follow."""
        seen: Written | None = None
        while seen is None or not seen.over:
            with self._changed:
                self._changed.wait_for(lambda before=seen: self._now is not before)  # type: ignore[misc]
                seen = self._now
            yield seen

    def stop(self) -> None:
        """End it, for whoever follows at once. The models of others who talk just now are let finish."""
        self._stopping = True
        self._tell(stopped=True, over=True, running="")
        if not self._others(self):
            self._talk.counsellor.graph.cancel()

    def join(self, seconds: float) -> None:
        """Wait until its thread has ended."""
        self._thread.join(seconds)

    def _tell(self, **changed: Any) -> None:
        with self._changed:
            if not self._now.over:
                self._now = Written(**{**vars(self._now), **changed})
                self._changed.notify_all()

    def _run(self) -> None:
        text = self._now.text
        try:
            try:
                self._read(self._talk.go_on() if text is None else self._talk.say(text, self._media))
            except Stopped:
                # Somebody else's stop ended what the models did for everybody.
                if not self._stopping:
                    self._read(self._talk.go_on())
            self._tell(over=True, running="")
        except AffectgraphError as error:
            self._tell(over=True, running="", problem=str(error))
        except Exception as error:
            # Whoever follows must not wait forever; the text of a foreign error may hold what was said.
            place = traceback.extract_tb(error.__traceback__)[-1]
            _LOG.error("a turn ended by %s at %s:%s", type(error).__name__, place.filename, place.lineno)
            self._tell(over=True, running="", problem=f"something failed that should not ({type(error).__name__})")

    def _read(self, events: Any) -> None:
        for event in events:
            now = self._now
            match event:
                case Kept():
                    self._tell(kept=True)
                case NodeStarted(node):
                    # A node that is repeated says its sentences anew.
                    self._tell(running=node, sentences=self._released)
                case Sentence(said):
                    self._tell(sentences=(*now.sentences, said))
                case NodeFinished(_, entry, values):
                    self._released = now.sentences
                    self._tell(running="", entries=(*now.entries, entry), values={**now.values, **values})
                case Finished(output):
                    self._tell(output=output)
            if self._stopping:
                events.close()
                return


def _stopped_at(talk: Conversation) -> Written:
    """Where a turn that is to be continued was stopped."""
    state = talk.state()
    begun = talk.counsellor.graph.compiled.get_state(thread(talk.name, stored_owner(talk.owner))).next
    # Until the first node is done the state holds the turn before.
    if state is None or "transcribe" in begun:
        return Written(None, (), kept=True)
    opened = (state.opened,) if state.opened else ()
    return Written(None, (), tuple(state.trace), values=state.model_dump(mode="json"), sentences=opened, kept=True)


class WebSessions:
    """The conversations of all browsers that use one counsellor."""

    def __init__(self, counsellor: Counsellor, country: str | None = None) -> None:
        self.counsellor = counsellor
        self._country = country
        self._known: dict[tuple[str, str], Conversation] = {}
        self._turns: dict[tuple[str, str], Turn] = {}
        self._current: dict[str, str] = {}
        self._lock = threading.RLock()

    # --- which conversation ---

    def stored(self, owner: str) -> list[SessionRow]:
        """The stored sessions of a browser, the one that changed last first."""
        rows = session_rows(self.counsellor.saver, stored_owner(owner))
        return sorted(rows, key=lambda row: row.changed, reverse=True)

    def current(self, owner: str) -> Conversation:
        """The one that the browser had open, else its latest, else a new one."""
        with self._lock:
            opened = self._current.get(owner)
            if opened is not None and (owner, opened) in self._known:
                return self._known[owner, opened]
            stored = self.stored(owner)
            return self.open(owner, stored[0].name) if stored else self.new(owner)

    def open(self, owner: str, name: str) -> Conversation:
        """The session of that name, which becomes the current one.

        Raises:
            InputError: the browser has no such session; says nothing of whether another has it.
        """
        found = self.get(owner, name)
        with self._lock:
            self._current[owner] = name
        return found

    def get(self, owner: str, name: str) -> Conversation:
        """The session of that name.

        Raises:
            InputError: as `open`.
        """
        with self._lock:
            known = self._known.get((owner, name))
            if known is None:
                if name not in self.counsellor.names(owner):
                    raise InputError("this browser has no such session; it may have been erased")
                known = self._known[owner, name] = self.counsellor.resume(name, owner=owner)
            return known

    def new(self, owner: str) -> Conversation:
        """A new session under a random name, with the country and person of the current one."""
        with self._lock:
            before = self._known.get((owner, self._current.get(owner, "")))
            country = before.country if before else self._country
            name = _PREFIX + secrets.token_hex(12)
            talk = self.counsellor.start(name, owner=owner, country=country)
            if before is not None:
                talk.country, talk.persona, talk.wish = before.country, before.persona, before.wish
                talk.remember = before.remember
            self._known[owner, name] = talk
            self._current[owner] = name
            return talk

    def erase(self, owner: str, name: str) -> None:
        """Erase a session with its files, and its turn if one runs.

        Raises:
            InputError: as `open`.
            CheckpointError: the sessions are in use elsewhere.
        """
        talk = self.get(owner, name)
        turn = self.turn(owner, name)
        if turn is not None and turn.alive:
            turn.stop()
            turn.join(60.0)
        talk.erase()
        shutil.rmtree(self._folder(owner, name), ignore_errors=True)
        with self._lock:
            for known in (self._known, self._turns):
                known.pop((owner, name), None)
            self._current.pop(owner, None)

    # --- turns ---

    def turn(self, owner: str, name: str) -> Turn | None:
        """The turn that runs in a session, or ran last in it since the program began."""
        return self._turns.get((owner, name))

    def busy(self, owner: str, name: str) -> bool:
        """Whether a turn runs."""
        turn = self.turn(owner, name)
        return turn is not None and turn.alive

    def say(self, talk: Conversation, text: str | None, media: Sequence[Path] = ()) -> Turn:
        """Begin a turn; with None go on with the one that was stopped.

        Args:
            talk: the session.
            text: what the person wrote.
            media: files, which are copied to the person's folder and deleted when the turn is finished.

        Raises:
            InputError: a turn of the session runs, or there are too many files.
        """
        if len(media) > _MEDIA:
            raise InputError(f"{len(media)} files are too many for one message; at most {_MEDIA}")
        key = (talk.owner, talk.name)
        with self._lock:
            before = self._turns.get(key)
        if before is not None:
            before.join(30.0)  # after a stop its thread ends with its node
        with self._lock:
            if self.busy(*key):
                raise InputError("another turn of this session is still running; wait for it, and send again")
            kept = [self._kept(talk, file) for file in media]
            turn = self._turns[key] = Turn(talk, text, kept, self._any_other)
            turn.start()
            return turn

    def tidy(self, talk: Conversation) -> None:
        """Delete the files of a session whose last turn is finished."""
        if not self.busy(talk.owner, talk.name) and not talk.pending:
            shutil.rmtree(self._folder(talk.owner, talk.name), ignore_errors=True)

    def close(self) -> None:
        """Stop all turns."""
        turns = [turn for turn in self._turns.values() if turn.alive]
        for turn in turns:
            turn.stop()
        for turn in turns:
            turn.join(5.0)

    def _any_other(self, but: Turn) -> bool:
        return any(turn is not but and turn.alive for turn in self._turns.values())

    def _folder(self, owner: str, name: str) -> Path:
        return person_folder(self.counsellor.settings, owner) / "uploads" / name

    def _kept(self, talk: Conversation, file: Path) -> Path:
        folder = self._folder(talk.owner, talk.name) / secrets.token_hex(4)
        folder.mkdir(parents=True, mode=0o700)
        kept = folder / file.name
        shutil.copyfile(file, kept)
        kept.chmod(0o600)
        return kept

    # --- who the person is ---

    def call(self, talk: Conversation, shown: str) -> None:
        """Remember under a name that the person chose; an empty one: remember nothing.

        The name counts within the browser alone: another browser that types the same is another person.

        Raises:
            InputError: over 60 characters.
        """
        shown = " ".join(shown.split())
        if len(shown) > 60:
            raise InputError("a name may have 60 characters at most")
        if not shown:
            talk.persona = None
            return
        digest = hashlib.sha256(shown.casefold().encode()).hexdigest()[:12]
        talk.persona = Persona(name=f"{talk.owner}-{digest}", note=shown)

    def called(self, owner: str) -> list[str]:
        """The names that were chosen in this browser."""
        with self._lock:
            for name in self.counsellor.names(owner):
                with suppress(AffectgraphError):
                    self.get(owner, name)
            talks = [talk for (whose, _), talk in self._known.items() if whose == owner]
        return sorted({talk.persona.note for talk in talks if talk.persona is not None and talk.persona.note})
