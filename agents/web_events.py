"""What happens when somebody does something on the page. Every handler asks first whose browser it is.

A handler gives the parts of the page that change, by the names of `web_page.Parts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from affectgraph.agents import web_panel
from affectgraph.agents.counselling import Conversation
from affectgraph.agents.web_sessions import Turn, WebSessions, Written
from affectgraph.agents.web_talk_view import TalkView
from affectgraph.agents.web_words import Words
from affectgraph.backends.errors import AffectgraphError
from affectgraph.graphs.counsel_types import WISHES
from affectgraph.tools.safety import COUNTRIES

__all__ = ["ELSEWHERE", "JUDGE", "Changes", "Events"]

Changes = dict[str, Any]
ELSEWHERE = "-"
JUDGE = "auto"
_SHOWN = 200
_EMPTY: dict[str, Any] = {"text": "", "files": []}


class Events:
    """The handlers of the page in one language.

    Args:
        sessions: the conversations.
        w: the texts.
        update: how a part of the page is changed (`gradio.update`).
        release: called with the owner and the uploaded files that are not needed any more.
    """

    def __init__(
        self,
        sessions: WebSessions,
        w: Words,
        update: Callable[..., Any],
        release: Callable[[str, Sequence[Path]], None],
    ) -> None:
        self._sessions = sessions
        self._w = w
        self._update = update
        self._release = release

    def told(self, handler: Callable[..., Changes | Iterator[Changes]], *given: Any) -> Iterator[Changes]:
        """What `handler` changes; what it refuses as a sentence on the page."""
        try:
            found = handler(*given)
            yield from [found] if isinstance(found, dict) else found
        except AffectgraphError as error:
            yield {"status": web_panel.status(self._w, str(error), "problem")}

    def _talk(self, owner: str, name: str) -> Conversation:
        """The conversation that the page shows. A message may come before the page knows its name."""
        return self._sessions.get(owner, name) if name else self._sessions.current(owner)

    # --- the conversation ---

    def load(self, owner: str) -> Iterator[Changes]:
        """The page is opened: the conversation that the browser had open, and its turn if one runs."""
        talk = self._sessions.current(owner)
        yield self._whole(talk)
        turn = self._sessions.turn(owner, talk.name)
        if turn is not None and self._sessions.busy(owner, talk.name):
            yield from self._followed(talk, turn)

    def say(self, owner: str, name: str, box: dict[str, Any] | None) -> Iterator[Changes]:
        """A message is sent; its text stays in the box where it cannot be."""
        talk = self._talk(owner, name)
        text = str(box["text"] or "") if box else ""
        files = [Path(file) for file in box["files"]] if box else []
        if not text.strip() and not files:
            return
        if not self._sessions.busy(owner, talk.name) and talk.pending:
            yield {"status": web_panel.status(self._w, self._w.wait, "problem"), "go_on": self._update(visible=True)}
            return
        turn = self._sessions.say(talk, text, files)
        yield from self._followed(talk, turn, files)

    def go_on(self, owner: str, name: str) -> Iterator[Changes]:
        """A turn that was stopped is continued."""
        talk = self._talk(owner, name)
        if self._sessions.busy(owner, talk.name) or talk.pending:
            yield from self._followed(talk, self._sessions.say(talk, None))
        else:
            yield self._whole(talk)

    def stop(self, owner: str, name: str) -> Changes:
        """The turn that runs is stopped."""
        turn = self._sessions.turn(owner, name)
        if turn is not None and turn.alive:
            turn.stop()
        return {}

    def _followed(self, talk: Conversation, turn: Turn, files: Sequence[Path] | None = None) -> Iterator[Changes]:
        """What a turn changes until it is over; the box is emptied once what was in it, with `files`, is on disk."""
        view = TalkView(talk, self._w)
        shown: Changes = {}
        yield {"stop": self._update(visible=True), "go_on": self._update(visible=False)}
        for now in turn.follow():
            if now.kept and files is not None:
                self._release(talk.owner, files)
                files = None
                yield {"say": _EMPTY}
            if now.over:
                break
            changes = {
                "chat": view.messages(now),
                "status": view.status(now),
                "chain": view.chain(now),
                "banner": view.banner(now),
            }
            fresh = {part: value for part, value in changes.items() if shown.get(part) != value}
            shown |= fresh
            if fresh:
                yield fresh
        yield self._ended(talk, turn, now)

    def _ended(self, talk: Conversation, turn: Turn, now: Written) -> Changes:
        if now.stopped:
            view = TalkView(talk, self._w)
            return {
                "chat": view.messages(now),
                "status": view.status(now),
                "chain": view.chain(now),
                "stop": self._update(visible=False),
                "go_on": self._update(visible=True),
            }
        turn.join(5.0)
        self._sessions.tidy(talk)
        found = self._whole(talk)
        if now.problem:
            told = self._w.failed.format(why=now.problem) if talk.pending else now.problem
            found["status"] = web_panel.status(self._w, told, "problem")
        return found

    def _whole(self, talk: Conversation) -> Changes:
        """Every part of the page for a conversation."""
        view = TalkView(talk, self._w)
        busy = self._sessions.busy(talk.owner, talk.name)
        return {
            "session": talk.name,
            "chat": view.messages(),
            "status": view.status(),
            "banner": view.banner(),
            "chain": view.chain(),
            "feelings": view.feelings(),
            "media": view.media(),
            "help": view.help(),
            "stop": self._update(visible=busy),
            "go_on": self._update(visible=view.pending and not busy),
            "wish": talk.wish or JUDGE,
            "country": talk.country if talk.country in COUNTRIES else ELSEWHERE,
            "past": self._past(talk),
            "kept": self._w.session_hint.format(session=talk.name),
            "export": web_panel.export_link(self._w, talk.name),
            "erasing": self._update(visible=False),
            **self._person(talk),
        }

    # --- what the person sets ---

    def wish(self, owner: str, name: str, chosen: str) -> Changes:
        """How the person wants to be answered, from the next message on."""
        self._talk(owner, name).wish = chosen if chosen in WISHES else None
        return {}

    def country(self, owner: str, name: str, chosen: str) -> Changes:
        """Where they are."""
        talk = self._talk(owner, name)
        talk.choose_country(chosen if chosen in COUNTRIES else None)
        view = TalkView(talk, self._w)
        return {"help": view.help(), "banner": view.banner()}

    def call(self, owner: str, name: str, shown: str | None) -> Changes:
        """What they want to be called."""
        talk = self._talk(owner, name)
        self._sessions.call(talk, shown or "")
        return self._person(talk)

    def remember(self, owner: str, name: str, on: bool) -> Changes:
        """Whether what they say is remembered."""
        self._talk(owner, name).remember = bool(on)
        return {}

    def forget(self, owner: str, name: str, key: str | None) -> Changes:
        """One memory is taken away."""
        talk = self._talk(owner, name)
        return self._forgotten(talk, [key] if key else [])

    def forget_all(self, owner: str, name: str) -> Changes:
        """All memories are taken away."""
        talk = self._talk(owner, name)
        return self._forgotten(talk, [item.key for item in talk.memories()])

    def _forgotten(self, talk: Conversation, keys: Sequence[str]) -> Changes:
        for key in keys:
            talk.forget(key)
        return {
            **self._person(talk),
            "status": web_panel.status(self._w, self._w.forgotten.format(number=len(keys))),
        }

    def _person(self, talk: Conversation) -> Changes:
        kept = talk.memories()
        options = talk.counsellor.settings.counsel
        state = talk.state()
        usual = options.remember and not (state is not None and state.watch.minor)
        named = talk.persona is not None
        choices = [(f"{item.episode.time:%Y-%m-%d}  {item.episode.event[:_SHOWN]}", item.key) for item in kept]
        told = "" if kept else self._w.no_memories if named else self._w.nameless
        return {
            "name": self._update(
                choices=self._sessions.called(talk.owner), value=talk.persona.note if talk.persona else None
            ),
            "remember": self._update(value=usual if talk.remember is None else talk.remember, interactive=named),
            "memories": self._update(choices=choices, value=None, visible=bool(kept)),
            "unremembered": self._update(value=told, visible=bool(told)),
            "forgetting": self._update(visible=bool(kept)),
        }

    # --- sessions ---

    def choose(self, owner: str, name: str, chosen: str) -> Iterator[Changes]:
        """Another conversation is opened."""
        if chosen and chosen != name:
            self._sessions.open(owner, chosen)
            yield from self.load(owner)

    def new(self, owner: str) -> Changes:
        """A new conversation is begun."""
        return self._whole(self._sessions.new(owner))

    def ask_erase(self) -> Changes:
        """Erasing asks first."""
        return {"erasing": self._update(visible=True)}

    def keep(self) -> Changes:
        """It is not erased."""
        return {"erasing": self._update(visible=False)}

    def erase(self, owner: str, name: str) -> Changes:
        """The conversation is erased, and the next one is opened."""
        self._sessions.erase(owner, name)
        return {
            **self._whole(self._sessions.current(owner)),
            "status": web_panel.status(self._w, self._w.erased),
        }

    def _past(self, talk: Conversation) -> Any:
        choices: list[tuple[str, str]] = []
        for row in self._sessions.stored(talk.owner):
            day = datetime.fromisoformat(row.changed).astimezone()
            choices.append((f"{day:%Y-%m-%d %H:%M} · {self._w.messages.format(number=row.turns)}", row.name))
        if all(name != talk.name for _, name in choices):
            choices.insert(0, (self._w.this_session, talk.name))
        return self._update(choices=choices, value=talk.name)
