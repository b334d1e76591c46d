"""Sessions on disk: LangGraph's SQLite checkpoints in one file, each session its owner's alone.

The database holds JSON primitives only (see `steps.node`); the serialiser refuses to revive any type that is not
LangGraph's own. The file and its journal are readable by their owner alone, and may be encrypted. Several processes may
have it open: each waits while another one writes.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from langchain_core.runnables import RunnableConfig

from affectgraph.backends.errors import CheckpointError
from affectgraph.graphs.session_options import SessionOptions
from affectgraph.graphs.session_schema import SCHEMA_VERSION, claim, connect, migrate, writing
from affectgraph.graphs.session_table import SessionRow, names_of, no_such_session, rows_of

__all__ = [
    "SCHEMA_VERSION",
    "SessionRow",
    "compact",
    "decrypt_sessions",
    "encrypt_sessions",
    "erase",
    "erase_sessions",
    "last_state",
    "no_such_session",
    "open_sessions",
    "owner_of",
    "session_names",
    "session_rows",
    "sessions_of",
    "thread",
    "waiting_sessions",
]


# --- opening ----------------------------------------------------------------------------------------------------------


@contextmanager
def open_sessions(path: Path, options: SessionOptions | None = None, *, unread: bool = False) -> Iterator[Any]:
    """LangGraph's `SqliteSaver` over the session file at `path`, which is created when it is missing.

    Args:
        path: the file.
        options: whether it is to be encrypted, and where its key is; None: it is not.
        unread: without the key, to list names or erase; every state is refused.

    Raises:
        CheckpointError: not a database, not ours, damaged, written by a newer version, encrypted against the options or
            the other way about, or the key is not the file's.
        SettingsError: the key is not set.
        MissingDependency: the package that encrypts is not installed.
    """
    from affectgraph.graphs.session_saver import SessionSaver

    with _opened(path) as connection:
        saver = SessionSaver(connection, serde=_serde(connection, path, options or SessionOptions(), unread))
        saver.is_setup = True
        try:
            yield saver
        except sqlite3.DatabaseError as error:
            raise CheckpointError(
                f"the session file {path.name} failed: {error}; what it had kept before is kept"
            ) from error


def encrypt_sessions(path: Path, options: SessionOptions) -> None:
    """Encrypt the file where it lies; nothing of it stays readable, and nobody can read it again without the key.

    Raises:
        CheckpointError: it is encrypted already, or in use.
        SettingsError: the key is not set.
        MissingDependency: the package that encrypts is not installed.
    """
    from affectgraph.graphs import session_sealing

    secret = session_sealing.secret_of(options.key_env)
    with _opened(path) as connection:
        if session_sealing.is_sealed(connection):
            raise CheckpointError(f"the sessions in {path.name} are encrypted already")
        _rebuild(connection, lambda: session_sealing.seal_with(connection, secret))


def decrypt_sessions(path: Path, options: SessionOptions) -> None:
    """Decrypt the file where it lies.

    Raises:
        CheckpointError: it is not encrypted, in use, or the key is not the file's.
        SettingsError: the key is not set.
        MissingDependency: the package that decrypts is not installed.
    """
    from affectgraph.graphs import session_sealing

    secret = session_sealing.secret_of(options.key_env)
    with _opened(path) as connection:
        if not session_sealing.is_sealed(connection):
            raise CheckpointError(f"the sessions in {path.name} are not encrypted")
        _rebuild(connection, lambda: session_sealing.unseal_with(connection, secret))


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    from langgraph.checkpoint.sqlite import SqliteSaver

    connection = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        connection = connect(path)
        claim(connection, path)
        SqliteSaver(connection).setup()
        migrate(connection, path)
        _make_private(path)
    except (sqlite3.DatabaseError, OSError) as error:
        if connection is not None:
            connection.close()
        raise CheckpointError(f"the session file {path.name} cannot be used: {error}; nothing was changed") from error
    except BaseException:
        if connection is not None:
            connection.close()
        raise
    try:
        yield connection
    finally:
        connection.close()


def _make_private(path: Path) -> None:
    """Take away what others may do with the file and its journal: a copy or another program may have left it open."""
    for part in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        if part.exists() and stat.S_IMODE(part.stat().st_mode) & 0o077:
            part.chmod(0o600)


def _serde(connection: sqlite3.Connection, path: Path, options: SessionOptions, unread: bool) -> Any:
    from affectgraph.graphs import session_sealing

    if unread:
        return session_sealing.Unread()
    if options.encrypt and _is_empty(connection):
        secret = session_sealing.secret_of(options.key_env)
        with writing(connection):
            if _is_empty(connection):  # another process may have been quicker
                session_sealing.seal_with(connection, secret)
    if session_sealing.is_sealed(connection) is not options.encrypt:
        raise CheckpointError(
            f"the sessions in {path.name} are not encrypted, and sessions.encrypt asks for it: `affectgraph sessions "
            "encrypt` encrypts them"
            if options.encrypt
            else f"the sessions in {path.name} are encrypted: set sessions.encrypt = true, and their key in the "
            f"environment variable {options.key_env}"
        )
    if not options.encrypt:
        return session_sealing.plain()
    return session_sealing.unsealed_by(connection, session_sealing.secret_of(options.key_env))


def _is_empty(connection: sqlite3.Connection) -> bool:
    counts = "SELECT (SELECT count(*) FROM checkpoints) + (SELECT count(*) FROM writes) + (SELECT count(*) FROM "
    return bool(connection.execute(f"{counts} session_file)").fetchone() == (0,))


# --- who and what is there --------------------------------------------------------------------------------------------


def owner_of(token: str) -> str:
    """The owner that a browser's secret token stands for; the file does not give the token away. `""` stays `""`."""
    return hashlib.sha256(token.encode()).hexdigest()[:32] if token else ""


def thread(session: str, owner: str = "") -> RunnableConfig:
    """LangGraph's configuration for a session of `owner`."""
    return {"configurable": {"thread_id": session, "owner": owner}}


def session_rows(saver: Any, owner: str | None = "") -> list[SessionRow]:
    """The stored sessions of `owner`, by name; of everyone where it is None."""
    with saver.cursor(transaction=False) as cursor:
        return rows_of(cursor, owner)


def session_names(saver: Any, owner: str | None = "") -> list[str]:
    """Names of the stored sessions of `owner`, in alphabetical order; of everyone where it is None."""
    with saver.cursor(transaction=False) as cursor:
        return names_of(cursor, owner)


def sessions_of(saver: Any, person: str) -> list[str]:
    """Names of a person's sessions, in alphabetical order: those with a turn that ran with their name.

    That is LangGraph's `configurable={"thread_id": SESSION, "person": NAME}`.
    """
    with saver.cursor(transaction=False) as cursor:
        found = cursor.execute("SELECT session FROM session_people WHERE person = ? ORDER BY session", (person,))
        return [row[0] for row in found.fetchall()]


def waiting_sessions(saver: Any, owner: str | None = None) -> list[SessionRow]:
    """The sessions of `owner`, of everyone where it is None, that wait for a human at LangGraph's `interrupt`."""
    with saver.cursor(transaction=False) as cursor:
        found = cursor.execute(
            "SELECT DISTINCT thread_id FROM writes AS w WHERE channel = '__interrupt__' AND checkpoint_id = "
            "(SELECT max(checkpoint_id) FROM checkpoints AS c WHERE c.thread_id = w.thread_id AND "
            "c.checkpoint_ns = w.checkpoint_ns)"
        )
        names = {row[0] for row in found.fetchall()}
        return [row for row in rows_of(cursor, owner) if row.name in names]


def last_state(saver: Any, row: SessionRow) -> dict[str, Any]:
    """The last state of a session, as it is stored: JSON primitives."""
    found = saver.get_tuple(thread(row.name, row.owner))
    return dict(found.checkpoint["channel_values"]) if found else {}


# --- letting go -------------------------------------------------------------------------------------------------------


def compact(saver: Any, session: str) -> None:
    """Drop all checkpoints of a session but the last, a finished turn is never gone back to; then wait for the disk."""
    with saver.cursor() as cursor:
        last = "SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = ?"
        for table in ("writes", "checkpoints"):
            cursor.execute(
                f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_id < ({last})",
                (session, session),
            )
    saver.to_disk()


def erase(saver: Any, *sessions: str) -> None:
    """Erase sessions so that no page of the file keeps their text: rows overwritten, file rebuilt, log truncated.

    Raises:
        CheckpointError: another process reads the file.
    """

    def delete() -> None:
        names = [(session,) for session in sessions]
        for place in ("checkpoints.thread_id", "writes.thread_id", "sessions.name", "session_people.session"):
            table, column = place.split(".")
            saver.conn.executemany(f"DELETE FROM {table} WHERE {column} = ?", names)

    with saver.lock:
        _rebuild(saver.conn, delete)


def erase_sessions(saver: Any, person: str) -> list[str]:
    """Erase all sessions of a person, as `erase` does one; their names.

    A session in which several people spoke is erased whole.

    Raises:
        CheckpointError: another process reads the file.
    """
    sessions = sessions_of(saver, person)
    if sessions:
        erase(saver, *sessions)
    return sessions


def _rebuild(connection: sqlite3.Connection, change: Callable[[], None]) -> None:
    """Change rows in one transaction so that nothing of what they were stays in the file or its journal."""
    # Before anything is changed: a reader elsewhere would keep the old pages in the file.
    _truncate(connection)
    with writing(connection):
        change()
    connection.execute("VACUUM")
    _truncate(connection)


def _truncate(connection: sqlite3.Connection) -> None:
    (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise CheckpointError("the sessions are in use by another process; close it, and try again")
