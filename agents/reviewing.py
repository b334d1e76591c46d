"""The human's side: who waits for one, what was said, and answering."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from affectgraph.agents.chat_view import clean
from affectgraph.agents.counselling import Conversation, Counsellor, open_counsellor
from affectgraph.agents.run import asker
from affectgraph.backends.errors import InputError
from affectgraph.graphs.counsel_reply import Answer
from affectgraph.graphs.settings import Settings

__all__ = ["answer_waiting", "show_queue"]

_SHOWN = 6


def show_queue(settings: Settings, name: str | None = None) -> None:
    """Print who waits for a human, or the last turns of one session.

    Raises:
        InputError: nobody waits in the session `name`.
    """
    console = Console()
    with open_counsellor(settings, ask=asker()) as counsellor:
        if name is not None:
            _show(console, _waiting(counsellor, name))
            return
        table = Table("session", "level", "turns", "last turn (UTC)", box=None, header_style="bold")
        for talk in counsellor.queue():
            state = talk.state()
            last = state.history[-1].time[:16].replace("T", " ") if state and state.history else ""
            table.add_row(
                talk.name, str(state.watch.level if state else ""), str(len(state.history) if state else 0), last
            )
    if table.row_count:
        console.print(table)
        console.print(
            "`affectgraph sessions queue NAME` shows what was said; `sessions answer NAME` answers.", style="dim"
        )
    else:
        console.print("Nobody waits for a human.")
        if not settings.counsel.handover:
            console.print("Humans are asked for where the settings say [counsel] handover = true.", style="dim")


def answer_waiting(settings: Settings, name: str, *, text: str | None, level: int | None) -> None:
    """Answer the person who waits in the session `name`.

    Args:
        settings: where the sessions are.
        name: of the session.
        text: what the person is to read; None approves what they read so far.
        level: the level that holds from now on; None leaves it.

    Raises:
        InputError: nobody waits there, or the level is above the one that holds.
    """
    with open_counsellor(settings, ask=asker()) as counsellor:
        _waiting(counsellor, name).answer(Answer(text=text, level=level))
    Console().print(Text(f"Answered in {name!r}; the person reads it with their next turn."))


def _waiting(counsellor: Counsellor, name: str) -> Conversation:
    queue = counsellor.queue()
    for talk in queue:
        if talk.name == name:
            return talk
    raise InputError(
        f"nobody waits in a session {name!r}; waiting: {', '.join(talk.name for talk in queue) or 'nobody at all'}"
    )


def _show(console: Console, talk: Conversation) -> None:
    state = talk.state()
    if state is None:
        return
    console.print(Text(f"{talk.name}: level {state.watch.level} holds, {len(state.history)} turns", style="dim"))
    for turn in state.history[-_SHOWN:]:
        if turn.text:
            console.print(
                Text.assemble(
                    ("person ", "bold"), (f"(level {turn.level}) ", "red" if turn.level else "dim"), clean(turn.text)
                )
            )
        console.print(Padding(Text.assemble((f"{turn.source or 'reply'}: ", "dim"), clean(turn.reply)), (0, 0, 1, 2)))
