"""The commands of `affectgraph chat`, each a line that begins with a slash."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from affectgraph.agents.chat_view import clean, session_resources
from affectgraph.agents.counselling import Conversation
from affectgraph.agents.view import chain_view
from affectgraph.backends.errors import InputError
from affectgraph.backends.media import open_media
from affectgraph.graphs.counsel_types import Wish
from affectgraph.tools.safety import COUNTRIES

__all__ = ["COMMANDS", "Commands", "Said"]

COMMANDS = {
    "/help": "list the commands",
    "/listen": "I want to be heard",
    "/understand": "I want to be understood",
    "/advise": "I want advice",
    "/auto": "let the program judge what I want",
    "/why": "show how the last reply came about",
    "/resources": "show where to turn in a crisis",
    "/country": "CODE: say where you are, e.g. /country IE",
    "/attach": "FILE [TEXT]: send a recording or a picture",
    "/memory": "show what is remembered of you",
    "/forget": "NUMBER or all: remove a memory",
    "/remember": "on or off: whether what you say is remembered",
    "/export": "[FILE]: write the whole session as JSON",
    "/erase": "erase this session for good",
    "/retry": "continue a turn that was stopped",
    "/quit": "leave; the session is kept",
}
_WISHES: dict[str, Wish | None] = {"listen": "heard", "understand": "understood", "advise": "advised", "auto": None}
_AIMS = {
    "heard": "You are listened to; no advice.",
    "understood": "The program tries to understand.",
    "advised": "You get advice.",
}


@dataclass(frozen=True)
class Said:
    """A message that a command sends."""

    text: str
    media: list[Path]


class Commands:
    """Runs the commands of one session.

    Attributes:
        over: the person wants to leave.
        erased: the session is gone.
    """

    def __init__(self, talk: Conversation, console: Console) -> None:
        self.over = False
        self.erased = False
        self._talk = talk
        self._console = console
        self._attached: list[Path] = []

    def attached(self) -> list[Path]:
        """The files that go with the next message; they go once."""
        found, self._attached = self._attached, []
        return found

    def run(self, line: str) -> Said | None:
        """Run one command; the message that it sends, if it sends one.

        Raises:
            InputError: an unknown command, or an argument that is not usable.
        """
        name, _, rest = line[1:].partition(" ")
        rest = rest.strip()
        if name in _WISHES:
            self._talk.wish = _WISHES[name]
            self._say(_AIMS.get(str(self._talk.wish), "The program judges from what you write."))
            return None
        if name == "attach":
            return self._attach(rest)
        known: dict[str, Callable[[str], None]] = {
            "help": self._help,
            "why": self._why,
            "resources": lambda _: self._console.print(session_resources(self._talk)),
            "country": self._country,
            "memory": self._memory,
            "forget": self._forget,
            "remember": self._remember,
            "export": self._export,
            "erase": self._erase,
            "retry": lambda _: self._say("There is nothing to continue."),
            "quit": self._quit,
        }
        if name not in known:
            raise InputError(f"there is no command /{name}; /help lists them (a message may begin with a space)")
        known[name](rest)
        return None

    def _say(self, text: str) -> None:
        self._console.print(Text(clean(text), style="dim"))

    def _quit(self, rest: str) -> None:
        self.over = True

    def _help(self, rest: str) -> None:
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        for name, told in COMMANDS.items():
            table.add_row(Text(name, style="bold"), told)
        self._console.print(table)
        self._say("A pasted text of many lines is one message; Alt-Enter begins a new line.")

    def _why(self, rest: str) -> None:
        state = self._talk.state()
        if state is None or not state.trace:
            self._say("Nothing has been said yet.")
            return
        self._console.print(chain_view(state))
        self._say("These are guesses of a program about one text, not findings about you.")

    def _country(self, rest: str) -> None:
        if not rest:
            names = ", ".join(f"{code} {name['en']}" for code, name in COUNTRIES.items())
            self._say(f"Now: {self._talk.country or 'not set'}. With helplines: {names or 'none yet'}.")
            return
        self._talk.choose_country(rest)
        self._console.print(session_resources(self._talk))

    def _attach(self, rest: str) -> Said | None:
        try:
            parts = shlex.split(rest)
        except ValueError as error:
            raise InputError(f"/attach: {error}; put a name with spaces into quotes") from None
        if not parts:
            raise InputError("/attach needs a file: /attach voice.wav, or /attach photo.jpg This was yesterday.")
        file, text = Path(parts[0]).expanduser(), " ".join(parts[1:])
        ref = open_media(file, self._talk.counsellor.settings.media)
        self._attached.append(file)
        if text:
            return Said(text, self.attached())
        self._say(f"{file.name} ({ref.kind}) goes with your next message; a full stop alone sends it without words.")
        return None

    def _memory(self, rest: str) -> None:
        kept = self._talk.memories()
        if self._talk.persona is None:
            self._say("Nothing is remembered beyond this session: it was begun without --persona NAME.")
            return
        for number, item in enumerate(kept, 1):
            self._console.print(Text(f"{number:>3}  {item.episode.time:%Y-%m-%d}  {clean(item.episode.event[:300])}"))
        if not kept:
            self._say("Nothing is remembered of you.")

    def _forget(self, rest: str) -> None:
        kept = self._talk.memories()
        if rest == "all":
            chosen = kept
        elif rest.isdecimal() and 1 <= int(rest) <= len(kept):
            chosen = [kept[int(rest) - 1]]
        else:
            raise InputError(
                f"/forget takes a number that /memory shows (1 to {len(kept)}), or all"
                if kept
                else "there is nothing to forget"
            )
        for item in chosen:
            self._talk.forget(item.key)
        self._say(f"Forgotten: {len(chosen)}.")

    def _remember(self, rest: str) -> None:
        if rest not in ("on", "off"):
            raise InputError("/remember takes on or off")
        self._talk.remember = rest == "on"
        self._say(f"What you say from now on is {'' if rest == 'on' else 'not '}remembered.")

    def _export(self, rest: str) -> None:
        file = Path(rest or f"{self._talk.name}.json").expanduser()
        if file.exists():
            raise InputError(f"{file} exists already; name another file: /export OTHER.json")
        try:
            file.touch(mode=0o600)
            file.write_text(self._talk.export() + "\n", encoding="utf-8")
        except OSError as error:
            raise InputError(f"cannot write {file}: {error.strerror}") from error
        self._say(f"Written to {file}, readable by you alone.")

    def _erase(self, rest: str) -> None:
        if rest != "yes":
            self._say("This erases the whole session for good. Type /erase yes to do it.")
            return
        self._talk.erase()
        self.erased = self.over = True
        self._say("The session is erased.")
