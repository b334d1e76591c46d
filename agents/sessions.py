"""Stored sessions: where they are, and what a person can do with theirs.

A session belongs to the user of the terminal or to one browser of the web page. The commands act on the terminal's own;
`everyone` reaches those of browsers too, for whoever runs the machine.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from affectgraph.agents.session_text import as_markdown, conversation, held_level, labels
from affectgraph.backends.errors import InputError
from affectgraph.graphs.checkpoints import (
    SessionRow,
    decrypt_sessions,
    encrypt_sessions,
    erase,
    last_state,
    no_such_session,
    open_sessions,
    session_rows,
    waiting_sessions,
)
from affectgraph.graphs.settings import Settings

__all__ = [
    "decrypt_all",
    "encrypt_all",
    "erase_stored",
    "export_session",
    "list_sessions",
    "no_such_session",
    "opened",
    "session_file",
    "show_session",
    "stored_names",
    "write_out",
]


def session_file(settings: Settings) -> Path:
    """The SQLite file that holds all sessions."""
    return settings.data_dir / "sessions.sqlite"


@contextmanager
def opened(settings: Settings, *, unread: bool = False) -> Iterator[Any]:
    """The sessions as the settings keep them; `unread` needs no key, and refuses every state."""
    with open_sessions(session_file(settings), settings.sessions, unread=unread) as saver:
        yield saver


def list_sessions(settings: Settings, *, everyone: bool = False) -> None:
    """Print name, graph, turns, last change and the level that is held; never any text."""
    with opened(settings) as saver:
        rows = session_rows(saver, None)
        waiting = {row.name for row in waiting_sessions(saver)}
        shown = [row for row in rows if everyone or not row.owner]
        table = Table("session", "graph", box=None, header_style="bold")
        table.add_column("turns", justify="right")
        table.add_column("last change (UTC)")
        table.add_column("level", justify="right")
        for name in ("owner", "") if everyone else ("",):
            table.add_column(name)
        for row in shown:
            level = held_level(last_state(saver, row))
            cells = [row.name, row.graph, str(row.turns), _minute(row.changed), "" if level is None else str(level)]
            owner = [row.owner[:8] or "terminal"] if everyone else []
            table.add_row(*cells, *owner, "waits for a human" if row.name in waiting else "")
    console = Console()
    if shown:
        console.print(table)
    else:
        console.print("No session is stored. `affectgraph chat` starts one.")
    if len(rows) > len(shown):
        console.print(f"{len(rows) - len(shown)} more of browsers: --everyone lists them.", style="dim")


def show_session(settings: Settings, name: str, *, text: bool = True, everyone: bool = False) -> None:
    """Print a session as a conversation, or what was decided at each turn without any text.

    Raises:
        InputError: no such session.
    """
    with opened(settings) as saver:
        row = _found(saver, name, everyone)
        state = last_state(saver, row)
    console = Console()
    console.print(Text(f"{name}: {row.turns} turns, last change {_minute(row.changed)} UTC", style="dim"))
    console.print(conversation(state) if text else labels(state))


def export_session(
    settings: Settings, name: str, output: Path | None, *, markdown: bool = False, everyone: bool = False
) -> None:
    """Write everything that is stored of a session as JSON, or its conversation as Markdown.

    Raises:
        InputError: no such session, or the file cannot be written.
    """
    with opened(settings) as saver:
        row = _found(saver, name, everyone)
        state = last_state(saver, row)
    if markdown:
        return write_out(as_markdown(row, state), output)
    told = {"session": name, "graph": row.graph, "created": row.created, "last_change": row.changed, "turns": row.turns}
    return write_out(json.dumps({**told, "state": state}, ensure_ascii=False, indent=2) + "\n", output)


def stored_names(settings: Settings, names: Sequence[str], *, everyone: bool = False) -> list[str]:
    """The names that `erase` is asked for, each checked; all that are stored where none is given.

    Raises:
        InputError: no such session.
    """
    with opened(settings, unread=True) as saver:
        if names:
            return [_found(saver, name, everyone).name for name in names]
        return [row.name for row in session_rows(saver, None if everyone else "")]


def erase_stored(settings: Settings, names: Sequence[str], *, everyone: bool = False) -> None:
    """Erase sessions for good; the key of encrypted ones is not needed.

    Raises:
        InputError: no such session; none is erased then.
        CheckpointError: another process reads the file.
    """
    with opened(settings, unread=True) as saver:
        erase(saver, *(_found(saver, name, everyone).name for name in names))
    told = f"The session {names[0]!r} is erased." if len(names) == 1 else f"{len(names)} sessions are erased."
    Console().print(Text(told))


def encrypt_all(settings: Settings) -> None:
    """Encrypt all stored sessions, and say what to set."""
    encrypt_sessions(session_file(settings), settings.sessions)
    _say("The sessions are encrypted. Keep the key elsewhere too: without it nobody can read them again.")
    if not settings.sessions.encrypt:
        _say("From now on set, in affectgraph.toml: [sessions] encrypt = true")


def decrypt_all(settings: Settings) -> None:
    """Decrypt all stored sessions, and say what to set."""
    decrypt_sessions(session_file(settings), settings.sessions)
    _say("The sessions are no longer encrypted.")
    if settings.sessions.encrypt:
        _say("From now on set, in affectgraph.toml: [sessions] encrypt = false")


def write_out(text: str, output: Path | None) -> None:
    """Write to a file that is its owner's alone, or to standard output.

    Raises:
        InputError: the file cannot be written.
    """
    if output is None:
        sys.stdout.write(text)
        return
    try:
        handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise InputError(f"cannot write {output}: {error.strerror}; check the path") from None


def _found(saver: Any, name: str, everyone: bool) -> SessionRow:
    rows = session_rows(saver, None if everyone else "")
    for row in rows:
        if row.name == name:
            return row
    raise no_such_session(name, [row.name for row in rows])


def _minute(when: str) -> str:
    return when[:16].replace("T", " ")


def _say(sentence: str) -> None:
    Console().print(Text(sentence), soft_wrap=True)
