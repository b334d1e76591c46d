"""`affectgraph chat`: a counselling session in the terminal that survives a crash.

The person's text is on disk before any node reads it; a turn that was interrupted is continued from its last finished
node, so that nothing is lost and nothing is said twice.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from affectgraph.agents.appraising import find_personas
from affectgraph.agents.chat_commands import COMMANDS, Commands
from affectgraph.agents.chat_line import line_reader
from affectgraph.agents.chat_view import ChatView, clean, greeting, session_resources
from affectgraph.agents.counselling import Conversation, open_counsellor
from affectgraph.agents.interrupting import interruptible
from affectgraph.agents.run import asker
from affectgraph.agents.sessions import session_file
from affectgraph.backends.errors import AffectgraphError
from affectgraph.graphs.settings import Settings

__all__ = ["chat"]


def chat(
    settings: Settings,
    *,
    name: str | None = None,
    resume: str | None = None,
    persona: str | None = None,
    country: str | None = None,
) -> None:
    """Start a new session, or resume one by name, and talk until /quit or the end of input.

    Args:
        settings: which backends answer, and where everything is kept.
        name: of a new session; None names it after the day.
        resume: the session to go on with.
        persona: a persona's file or stored name; memory across sessions is kept under it.
        country: ISO 3166 code, for the resources.

    Raises:
        InputError: no such session, the name is taken, or it is not usable as a name.
        CheckpointError: the stored sessions do not fit this version.
    """
    console = Console()
    who = find_personas(settings.data_dir, [persona], shuffled=False)[0] if persona else None
    with open_counsellor(settings, ask=asker(), memory=who is not None) as counsellor:
        if resume is not None:
            talk = counsellor.resume(resume)
            if who is not None:
                talk.persona = who
        else:
            talk = counsellor.start(name, persona=who)
        if country is not None:
            talk.choose_country(country)
        counsellor.warm()
        console.print(
            greeting(talk, str(session_file(settings)), counsellor.graph.notice, first=not counsellor.names())
        )
        _Chat(talk, console).run(fresh=resume is None)


class _Chat:
    def __init__(self, talk: Conversation, console: Console) -> None:
        self._talk = talk
        self._console = console
        self._seen = 0
        self._commands = Commands(talk, console)

    def run(self, *, fresh: bool) -> None:
        if not fresh:
            self._recall()
        if self._talk.pending:
            self._console.print("Continuing the turn that was interrupted.", style="dim")
            self._turn(None, [])
        read = line_reader(self._console, COMMANDS)
        while not self._commands.over:
            self._from_a_human()
            try:
                line = read().strip()
            except (EOFError, KeyboardInterrupt):
                break
            if line:
                self._take(line)
        if not self._commands.erased:
            self._console.print(
                f"\nKept as {self._talk.name!r}: affectgraph chat --resume {self._talk.name}", style="dim"
            )

    def _take(self, line: str) -> None:
        if line == "/retry" and self._talk.pending:
            self._turn(None, [])
        elif line.startswith("/"):
            with self._told():
                said = self._commands.run(line)
                if said is not None:
                    self._turn(said.text, said.media)
        elif self._talk.pending:
            self._console.print("The last turn is not finished: /retry continues it.", style="yellow")
        else:
            self._turn(line, self._commands.attached())

    def _turn(self, text: str | None, media: list[Path]) -> None:
        graph = self._talk.counsellor.graph
        try:
            with interruptible(graph), ChatView(self._console) as view:
                for event in self._talk.go_on() if text is None else self._talk.say(text, media):
                    view.show(event)
        except AffectgraphError as error:
            self._console.print(Text(clean(str(error)), style="red"))
            self._offer_retry()
        except KeyboardInterrupt:
            self._console.print("Stopped.", style="yellow")
            self._offer_retry()
        else:
            self._seen = self._turns()

    def _told(self) -> suppress:
        return _Told(self._console)

    def _offer_retry(self) -> None:
        if self._talk.pending:
            self._console.print("Nothing is lost: /retry continues this turn.", style="yellow")

    def _turns(self) -> int:
        state = self._talk.state()
        return len(state.history) if state else 0

    def _recall(self) -> None:
        """The last two exchanges of a session that is resumed."""
        state = self._talk.state()
        if state is None:
            return
        self._seen = len(state.history)
        for turn in state.history[-2:]:
            if turn.text:
                self._console.print(Text.assemble(("you", "bold"), " > ", clean(turn.text)))
            self._console.print(Padding(Text(clean(turn.reply), style="green"), (0, 0, 1, 2)))
        if self._talk.pending:
            self._console.print(Text.assemble(("you", "bold"), " > ", clean(state.text)))
        if state.watch.level:
            self._console.print(session_resources(self._talk))

    def _from_a_human(self) -> None:
        """What a human has written meanwhile."""
        if not self._seen:
            return
        state = self._talk.state()
        for turn in state.history[self._seen :] if state else []:
            self._console.print(
                Padding(Text.assemble(("a human writes", "bold magenta"), "\n", clean(turn.reply)), (0, 0, 1, 2))
            )
        self._seen = len(state.history) if state else 0


class _Told(suppress):
    """Prints the refusals of commands as one sentence."""

    def __init__(self, console: Console) -> None:
        super().__init__(AffectgraphError)
        self._console = console

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, AffectgraphError):
            self._console.print(Text(clean(str(error)), style="red"))
            return True
        return False
