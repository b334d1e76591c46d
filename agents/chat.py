"""`affectgraph chat`: a session in the terminal that survives a crash.

The person's text is on disk before any node reads it; a turn that was interrupted is continued from its last finished
node, so that nothing is lost and nothing is said twice.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from affectgraph.agents.interrupting import interruptible
from affectgraph.agents.run import asker
from affectgraph.agents.sessions import no_such_session, opened, session_file
from affectgraph.agents.view import ReplyView, chain_view
from affectgraph.backends.errors import AffectgraphError, InputError
from affectgraph.graphs import Graph, load
from affectgraph.graphs.checkpoints import compact, session_names, thread
from affectgraph.graphs.settings import Settings

__all__ = ["chat"]

_NAME = re.compile(r"[\w.-]{1,64}")
_HELP = "/why shows how the last reply came about · /retry continues a turn that was stopped · /quit leaves"


def chat(settings: Settings, *, name: str | None, resume: str | None) -> None:
    """Start a new session, or resume one by name, and talk until /quit or the end of input.

    Raises:
        InputError: no such session, the name is taken, or it is not usable as a name.
        CheckpointError: the stored sessions do not fit this version.
    """
    console = Console()
    path = session_file(settings)
    with opened(settings) as saver:
        session = _session_name(name, resume, session_names(saver), session_names(saver, None))
        graph = load("empathy", settings=settings, checkpointer=saver, ask=asker())
        try:
            _Chat(graph, saver, session, console).run(fresh=resume is None, path=str(path))
        finally:
            graph.close()


def _session_name(name: str | None, resume: str | None, own: list[str], taken: list[str]) -> str:
    if resume is not None:
        if resume not in own:
            raise no_such_session(resume, own)
        return resume
    chosen = name or _dated(taken)
    if not _NAME.fullmatch(chosen):
        raise InputError(f"a session cannot be called {chosen!r}: use letters, digits, '.', '_' and '-', 64 at most")
    if chosen in own:
        raise InputError(f"there is a session {chosen!r} already; continue it with --resume {chosen}")
    if chosen in taken:
        raise InputError(f"a session cannot be called {chosen!r}: choose another name")
    return chosen


def _dated(known: list[str]) -> str:
    day = datetime.now().astimezone().strftime("%Y-%m-%d")
    return next(f"{day}-{number}" for number in range(1, 10_000) if f"{day}-{number}" not in known)


class _Chat:
    def __init__(self, graph: Graph[Any], saver: Any, session: str, console: Console) -> None:
        self._graph = graph
        self._saver = saver
        self._session = session
        self._console = console
        self._config = thread(session)

    def run(self, *, fresh: bool, path: str) -> None:
        self._greet(path)
        if not fresh:
            self._recall()
        if self._graph.pending(self._session):
            self._console.print("Continuing the turn that was interrupted.", style="dim")
            self._turn(None)
        while True:
            try:
                line = self._console.input("[bold]you[/bold] > ").strip()
            except (EOFError, KeyboardInterrupt):
                line = "/quit"
            if line == "/quit":
                break
            self._take(line)
        self._console.print(f"\nKept as {self._session!r}: affectgraph chat --resume {self._session}", style="dim")

    def _take(self, line: str) -> None:
        pending = self._graph.pending(self._session)
        if not line:
            return
        if line == "/why":
            self._why()
        elif line == "/retry" and pending:
            self._turn(None)
        elif line.startswith("/"):
            self._console.print(_HELP, style="dim")
        elif pending:
            self._console.print("The last turn is not finished: /retry continues it.", style="yellow")
        else:
            self._turn(line)

    def _turn(self, text: str | None) -> None:
        try:
            with interruptible(self._graph), ReplyView(self._console) as view:
                for event in self._graph.events(None if text is None else {"text": text}, self._config):
                    view.show(event)
            compact(self._saver, self._session)
        except AffectgraphError as error:
            self._console.print(f"{error}", style="red")
            self._offer_retry()
        except KeyboardInterrupt:
            self._console.print("Stopped.", style="yellow")
            self._offer_retry()

    def _offer_retry(self) -> None:
        if self._graph.pending(self._session):
            self._console.print("Nothing is lost: /retry continues this turn.", style="yellow")

    def _greet(self, path: str) -> None:
        lines = [
            "This is a computer program, not a person and not a clinician. It cannot see or call anyone.",
            f"This session is {self._session!r}; what is written here is kept in {path} on this machine",
            f"and erased with: affectgraph sessions erase {self._session}",
            _HELP,
        ]
        if self._graph.notice:
            lines.insert(0, self._graph.notice)
        self._console.print(Padding(Text("\n".join(lines), style="dim"), (0, 0, 1, 0)))

    def _recall(self) -> None:
        state = self._graph.state(self._session)
        turns = state.history if state else []
        for turn in turns[-2:]:
            self._console.print(Text.assemble(("you", "bold"), " > ", turn.text))
            self._console.print(Padding(Text(turn.reply, style="green"), (0, 0, 1, 2)))
        if self._graph.pending(self._session):
            self._console.print(Text.assemble(("you", "bold"), " > ", state.text))

    def _why(self) -> None:
        state = self._graph.state(self._session)
        self._console.print(chain_view(state) if state else "Nothing has been said yet.")
