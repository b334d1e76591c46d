"""The table of sessions: what is known of each without reading a word of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from affectgraph.backends.errors import InputError

__all__ = ["SessionRow", "names_of", "no_such_session", "rows_of"]


@dataclass(frozen=True)
class SessionRow:
    """One session.

    Attributes:
        name: its name, also LangGraph's `thread_id`.
        owner: `""` for the user of the terminal, else what `owner_of` makes of a browser's token.
        graph: name of the graph that ran last; empty where an older version ran it.
        created, changed: UTC, to the second, e.g. `2026-11-28T07:01:53Z`.
        turns: how many texts of the person were kept, answered or not.
    """

    name: str
    owner: str
    graph: str
    created: str
    changed: str
    turns: int


def rows_of(cursor: sqlite3.Cursor, owner: str | None) -> list[SessionRow]:
    """The sessions of `owner`, of everyone where it is None, by name."""
    found = cursor.execute(
        "SELECT name, owner, graph, created, changed, turns FROM sessions WHERE ? IS NULL OR owner = ? ORDER BY name",
        (owner, owner),
    )
    return [SessionRow(*row) for row in found.fetchall()]


def names_of(cursor: sqlite3.Cursor, owner: str | None) -> list[str]:
    """Names of the sessions of `owner`, of everyone where it is None, in alphabetical order."""
    return [row.name for row in rows_of(cursor, owner)]


def no_such_session(name: str, known: Sequence[str]) -> InputError:
    """The error for a session that is not stored, or not the asker's; names those that are."""
    there = f"stored: {', '.join(known)}" if known else "no session is stored yet; `affectgraph chat` starts one"
    return InputError(f"there is no session {name!r}; {there}")
