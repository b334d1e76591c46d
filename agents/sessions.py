"""Stored chat sessions: where they are, and what a person can do with theirs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from affectgraph.backends.errors import InputError
from affectgraph.graphs.checkpoints import erase, open_sessions, session_names
from affectgraph.graphs.settings import Settings

__all__ = ["erase_session", "export_session", "list_sessions", "no_such_session", "session_file"]


def session_file(settings: Settings) -> Path:
    """The SQLite file that holds all sessions."""
    return settings.data_dir / "sessions.sqlite"


def no_such_session(name: str, known: list[str]) -> InputError:
    """The error for a session that is not stored; names those that are."""
    there = f"stored: {', '.join(known)}" if known else "no session is stored yet; `affectgraph chat` starts one"
    return InputError(f"there is no session {name!r}; {there}")


def list_sessions(settings: Settings) -> None:
    """Print name, turns and the time of the last change; never any text."""
    with _opened(settings) as saver:
        table = Table("session", "turns", "last change", box=None, header_style="bold")
        for name in session_names(saver):
            values, changed = _latest(saver, name)
            table.add_row(name, str(len(values.get("history", []))), changed)
    console = Console()
    if table.row_count:
        console.print(table)
    else:
        console.print("No session is stored. `affectgraph chat` starts one.")


def export_session(settings: Settings, name: str, output: Path | None) -> None:
    """Write everything that is stored of a session as JSON.

    Raises:
        InputError: no such session, or the file cannot be written.
    """
    with _opened(settings) as saver:
        if name not in session_names(saver):
            raise no_such_session(name, session_names(saver))
        values, changed = _latest(saver, name)
    written = json.dumps({"session": name, "last_change": changed, "state": values}, ensure_ascii=False, indent=2)
    if output is None:
        sys.stdout.write(written + "\n")
        return
    try:
        output.write_text(written + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {output}: {error.strerror}") from error


def erase_session(settings: Settings, name: str) -> None:
    """Erase a session for good.

    Raises:
        InputError: no such session.
    """
    with _opened(settings) as saver:
        if name not in session_names(saver):
            raise no_such_session(name, session_names(saver))
        erase(saver, name)
    Console().print(f"The session {name!r} is erased.")


@contextmanager
def _opened(settings: Settings) -> Iterator[Any]:
    with open_sessions(session_file(settings)) as saver:
        yield saver


def _latest(saver: Any, name: str) -> tuple[dict[str, Any], str]:
    found = saver.get_tuple({"configurable": {"thread_id": name, "checkpoint_ns": ""}})
    return dict(found.checkpoint["channel_values"]), str(found.checkpoint["ts"])[:19].replace("T", " ")
