"""The session file's schema: whose file it is, its version, and the steps from one version to the next.

LangGraph owns the tables `checkpoints` and `writes`, which hold what was said. Beside them stand, since version 2,
tables without any text, so that the sessions can be listed, and those of a person or a browser found, without reading
a checkpoint:

- `sessions`: name, owner, graph, created, changed, turns (those whose text was kept, answered or not);
- `session_people`: whose persona a session ran with, also after `compact` dropped the turns themselves;
- `session_file`: how the file is encrypted, where it is (see `session_sealing`).

Triggers keep the first two: whoever writes a checkpoint, and in the same transaction.

A migration is one transaction that is taken back as a whole when a step fails or the process is killed, so no copy of
the file is put beside it: a copy would hold every text once more, out of reach of `sessions erase`.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from affectgraph.backends.errors import CheckpointError

__all__ = ["BUSY_SECONDS", "SCHEMA_VERSION", "claim", "connect", "migrate", "version_of", "writing"]

# Raised when the tables change, or the state of a graph so that older sessions no longer validate.
SCHEMA_VERSION = 2
# How long a process waits while another one writes; our choice, longer than any single write takes.
BUSY_SECONDS = 30.0
_APPLICATION_ID = 0x41464647  # "AFFG": tells our file from any other SQLite database


def connect(path: Path) -> sqlite3.Connection:
    """A connection to `path`; used by several threads, one at a time.

    What is deleted is overwritten, and sorting or rebuilding spills nothing into temporary files. A commit is safe from
    a crash of the process; `SessionSaver` makes it safe from a power cut where somebody was told that it is.
    """
    connection = sqlite3.connect(path, check_same_thread=False, timeout=BUSY_SECONDS)
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[None]:
    """One transaction that holds the write lock from its start; taken back when the block raises."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def version_of(connection: sqlite3.Connection) -> int:
    """The schema version of the file."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def claim(connection: sqlite3.Connection, path: Path) -> None:
    """Make an empty file ours, or check that it is; then keep its journal as a write-ahead log.

    Raises:
        CheckpointError: not ours, or written by a newer affectgraph. Nothing is changed.
    """
    if _is_new(connection):
        with writing(connection):
            if _is_new(connection):  # another process may have been quicker
                connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
                # Without rows, so that a new file and an old one take the same steps from here.
                connection.execute("PRAGMA user_version = 1")
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    if application != _APPLICATION_ID:
        raise CheckpointError(f"{path.name} is not a session file of affectgraph; name another one")
    if version_of(connection) > SCHEMA_VERSION:
        raise CheckpointError(
            f"the sessions in {path.name} have schema version {version_of(connection)}, this affectgraph reads up to "
            f"{SCHEMA_VERSION}; use the version that wrote them, or move the file away to start anew"
        )
    _log_ahead(connection)


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the file to `SCHEMA_VERSION` in one transaction; LangGraph's tables are there already.

    Raises:
        CheckpointError: a step failed. Nothing is changed.
    """
    if version_of(connection) == SCHEMA_VERSION:
        return
    try:
        with writing(connection):
            for step in _STEPS[version_of(connection) - 1 :]:  # asked again: another process may have been quicker
                step(connection)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    except sqlite3.Error as error:
        raise CheckpointError(
            f"the sessions in {path.name} cannot be brought to schema version {SCHEMA_VERSION}: {error}; nothing was "
            "changed"
        ) from error


def _is_new(connection: sqlite3.Connection) -> bool:
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    return bool(tables == 0 and application == 0)


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log; the one lock that SQLite does not wait for by itself."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


# --- version 1 to 2 ---------------------------------------------------------------------------------------------------

_NOW = "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"


def _told(key: str) -> str:
    """SQL: `key` of a new checkpoint's metadata, NULL where it has none."""
    metadata = "CAST(NEW.metadata AS TEXT)"
    return f"CASE WHEN json_valid({metadata}) THEN json_extract({metadata}, '$.{key}') END"


_TABLES = (
    "CREATE TABLE sessions (name TEXT PRIMARY KEY, owner TEXT NOT NULL, graph TEXT NOT NULL, created TEXT NOT NULL, "
    "changed TEXT NOT NULL, turns INTEGER NOT NULL)",
    "CREATE TABLE session_people (session TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (session, person))",
    "CREATE TABLE session_file (key TEXT PRIMARY KEY, value BLOB NOT NULL)",
)
# BEFORE, to see whether LangGraph writes a checkpoint again; NOT EXISTS, since the outer statement's OR REPLACE would
# take the place of any ON CONFLICT in here. The owner is the first one's for good.
_KEEPING = f"""
CREATE TRIGGER session_kept BEFORE INSERT ON checkpoints WHEN NEW.checkpoint_ns = '' BEGIN
  INSERT INTO sessions (name, owner, graph, created, changed, turns)
    SELECT NEW.thread_id, coalesce({_told("owner")}, ''), '', {_NOW}, {_NOW}, 0
    WHERE NOT EXISTS (SELECT 1 FROM sessions WHERE name = NEW.thread_id);
  UPDATE sessions SET changed = {_NOW}, graph = coalesce({_told("graph")}, graph) WHERE name = NEW.thread_id;
  UPDATE sessions SET turns = turns + 1 WHERE name = NEW.thread_id AND {_told("source")} = 'input'
    AND NOT EXISTS (SELECT 1 FROM checkpoints
      WHERE thread_id = NEW.thread_id AND checkpoint_ns = '' AND checkpoint_id = NEW.checkpoint_id);
  INSERT INTO session_people (session, person) SELECT NEW.thread_id, {_told("person")}
    WHERE {_told("person")} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM session_people
      WHERE session = NEW.thread_id AND person = {_told("person")});
END"""
# A process that opened the file before it was encrypted, or decrypted, writes no row of the other kind into it.
_GUARDS = tuple(
    f"CREATE TRIGGER {table}_sealed BEFORE INSERT ON {table} "
    f"WHEN (NEW.type LIKE '%+aes') <> EXISTS (SELECT 1 FROM session_file WHERE key = 'salt') "
    "BEGIN SELECT RAISE(ABORT, 'it was encrypted or decrypted meanwhile, start again'); END"
    for table in ("checkpoints", "writes")
)


def _with_sessions(connection: sqlite3.Connection) -> None:
    for statement in (*_TABLES, _KEEPING, *_GUARDS):
        connection.execute(statement)
    found = connection.execute(
        "SELECT thread_id, min(checkpoint_id), max(checkpoint_id) FROM checkpoints WHERE checkpoint_ns = '' "
        "GROUP BY thread_id"
    ).fetchall()
    for name, first, last in found:
        row = (name, _when(first), _when(last), _turns(connection, name, last))
        connection.execute("INSERT INTO sessions VALUES (?, '', '', ?, ?, ?)", row)
    connection.execute(
        "INSERT INTO session_people SELECT DISTINCT thread_id, json_extract(told, '$.person') FROM "
        "(SELECT thread_id, CAST(metadata AS TEXT) AS told FROM checkpoints) "
        "WHERE CASE WHEN json_valid(told) THEN json_extract(told, '$.person') END IS NOT NULL"
    )


def _when(checkpoint: str) -> str:
    """The second in which LangGraph made this checkpoint: its id is a UUID of version 6, which begins with the time."""
    try:
        number = UUID(checkpoint).int
    except ValueError:
        return ""
    ticks = (number >> 80) << 12 | (number >> 64) & 0xFFF  # of 100 ns, since the Gregorian calendar
    return (datetime(1582, 10, 15, tzinfo=UTC) + timedelta(microseconds=ticks // 10)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _turns(connection: sqlite3.Connection, name: str, checkpoint: str) -> int:
    """Turns of a session of version 1, from its last state; 0 where that cannot be read (told when it is opened)."""
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

    row = connection.execute(
        "SELECT type, checkpoint FROM checkpoints WHERE thread_id = ? AND checkpoint_ns = '' AND checkpoint_id = ?",
        (name, checkpoint),
    ).fetchone()
    try:
        values = JsonPlusSerializer(allowed_msgpack_modules=None).loads_typed(row)["channel_values"]
        return len(values.get("history", ()))
    except Exception:  # whatever a damaged blob makes of the decoder
        return 0


_STEPS: Sequence[Callable[[sqlite3.Connection], None]] = (_with_sessions,)
