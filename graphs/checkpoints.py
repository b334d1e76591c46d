"""Sessions on disk: LangGraph's SQLite checkpoints, guarded by a schema version.

The database holds JSON primitives only (see `steps.node`); the serialiser refuses to revive any type that is not
LangGraph's own. Files are created readable by their owner alone.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from affectgraph.backends.errors import CheckpointError

__all__ = ["SCHEMA_VERSION", "compact", "erase", "erase_sessions", "open_sessions", "session_names", "sessions_of"]

# Raised when the state of a graph changes so that older sessions no longer validate.
SCHEMA_VERSION = 1
_APPLICATION_ID = 0x41464647  # "AFFG": tells our file from any other SQLite database


@contextmanager
def open_sessions(path: Path) -> Iterator[Any]:
    """LangGraph's `SqliteSaver` over the session file at `path`, which is created when it is missing.

    Raises:
        CheckpointError: not a database, not ours, damaged, or written by another schema version.
    """
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
    from langgraph.checkpoint.sqlite import SqliteSaver

    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    connection = sqlite3.connect(path, check_same_thread=False, timeout=10.0)
    try:
        _check(connection, path)
        saver = SqliteSaver(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
        saver.setup()
        yield saver
    except sqlite3.DatabaseError as error:
        raise CheckpointError(f"the session file {path.name} cannot be used: {error}; nothing was changed") from error
    finally:
        connection.close()


def _check(connection: sqlite3.Connection, path: Path) -> None:
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if tables == 0:
        connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.commit()
        return
    if application != _APPLICATION_ID:
        raise CheckpointError(f"{path.name} is not a session file of affectgraph; name another one")
    if version != SCHEMA_VERSION:
        raise CheckpointError(
            f"the sessions in {path.name} have schema version {version}, this affectgraph reads {SCHEMA_VERSION}; "
            "use the version that wrote them, or move the file away to start anew"
        )


def session_names(saver: Any) -> list[str]:
    """Names of the stored sessions, in alphabetical order."""
    rows = saver.conn.execute("SELECT DISTINCT thread_id FROM checkpoints ORDER BY thread_id").fetchall()
    return [row[0] for row in rows]


def compact(saver: Any, session: str) -> None:
    """Drop all checkpoints of a session but the last: a finished turn is never gone back to."""
    with saver.cursor() as cursor:
        last = "SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = ?"
        for table in ("writes", "checkpoints"):
            cursor.execute(
                f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_id < ({last})",
                (session, session),
            )


def sessions_of(saver: Any, person: str) -> list[str]:
    """Names of a person's sessions, in alphabetical order: those with a turn that ran with their name.

    That is LangGraph's `configurable={"thread_id": SESSION, "person": NAME}`, which it keeps with each checkpoint.
    """
    rows = saver.conn.execute(
        "SELECT DISTINCT thread_id FROM (SELECT thread_id, CAST(metadata AS TEXT) AS told FROM checkpoints) "
        "WHERE CASE WHEN json_valid(told) THEN json_extract(told, '$.person') = ? END ORDER BY thread_id",
        (person,),
    ).fetchall()
    return [row[0] for row in rows]


def erase(saver: Any, session: str) -> None:
    """Erase a session so that no page of the file keeps its text: rows overwritten, file rebuilt, log truncated.

    Raises:
        CheckpointError: another process reads the file.
    """
    _purge(saver, [session])


def erase_sessions(saver: Any, person: str) -> list[str]:
    """Erase all sessions of a person, as `erase` does one; their names.

    A session in which several people spoke is erased whole.

    Raises:
        CheckpointError: another process reads the file.
    """
    sessions = sessions_of(saver, person)
    if sessions:
        _purge(saver, sessions)
    return sessions


def _purge(saver: Any, sessions: Sequence[str]) -> None:
    connection: sqlite3.Connection = saver.conn
    # Before anything is deleted: a reader elsewhere would keep the old pages in the file.
    _truncate(connection)
    connection.execute("PRAGMA secure_delete = ON")
    for session in sessions:
        saver.delete_thread(session)
    connection.commit()
    connection.execute("VACUUM")
    _truncate(connection)


def _truncate(connection: sqlite3.Connection) -> None:
    (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise CheckpointError("the sessions are in use by another process; close it, and erase again")
