"""The journal's file: made whole or not at all, and refused unchanged where it is not ours.

Durability: write-ahead log with synchronous=FULL. A commit is on the disk when `put` returns, also across a power cut;
a few commits a turn make its price (one fsync) invisible beside the embedding of a text. Deleted content is zeroed
(secure_delete), and VACUUM copies in memory (temp_store), so no copy lands in a temporary folder.
"""

from __future__ import annotations

import os
import sqlite3
import uuid
from pathlib import Path

from affectgraph.tools.memory.errors import MemoryStoreError
from affectgraph.tools.memory.files import flush

__all__ = ["SCHEMA_VERSION", "connect"]

SCHEMA_VERSION = 1
_APPLICATION_ID = 0x4146464D  # "AFFM": tells our file from any other SQLite database
_MAGIC = b"SQLite format 3\x00"
_WAY_OUT = "nothing was changed; restore it from a backup, or move it away to begin anew"
_PRAGMAS = (
    "journal_mode = wal",
    "synchronous = full",
    "secure_delete = on",
    "temp_store = memory",
    "foreign_keys = on",
)
_SCHEMA = """
create table meta (name text primary key, value not null) without rowid;
create table shelves (id integer primary key, labels text not null unique, collection text not null unique);
create table spaces (
    id integer primary key,
    namespace text not null unique,
    shelf integer not null references shelves
);
create index spaces_by_shelf on spaces (shelf);
create table items (
    id integer primary key,
    uid text not null unique,       -- what Chroma knows it by
    space integer not null references spaces,
    key text not null,
    value text not null,            -- JSON
    fields text,                    -- which fields are embedded: JSON, null for the store's default
    created integer not null,       -- microseconds since 1970, UTC
    updated integer not null,
    turn integer not null,          -- the revision that wrote it
    unique (space, key)
);
create index items_by_time on items (space, updated, turn);
create table vectors (item integer primary key references items on delete cascade, vector blob not null);
create table pending (uid text primary key, collection text not null) without rowid;
"""


def connect(path: Path) -> sqlite3.Connection:
    """A connection to the journal at `path`, which is made where it is missing.

    Raises:
        MemoryStoreError: no SQLite file, not ours, of another schema version, or damaged; nothing is changed then.
    """
    try:
        if path.exists():
            _check_header(path)
        else:
            _make(path)
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10.0)
    except (sqlite3.Error, OSError) as error:
        raise MemoryStoreError(f"the memory's journal {path} cannot be opened: {error}; {_WAY_OUT}") from error
    try:
        # First, since what follows may already write.
        (found,) = db.execute("pragma quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)
        for pragma in _PRAGMAS:
            db.execute(f"pragma {pragma}")
    except sqlite3.Error as error:
        db.close()
        raise MemoryStoreError(f"the memory's journal {path} is damaged: {error}; {_WAY_OUT}") from error
    return db


def _check_header(path: Path) -> None:
    # From the bytes: SQLite itself would already tidy up after another program's write-ahead log.
    with path.open("rb") as file:
        header = file.read(100)
    if len(header) < 100 or header[:16] != _MAGIC:
        raise MemoryStoreError(f"{path} is no SQLite database; {_WAY_OUT}")
    version, application = (int.from_bytes(header[at : at + 4], "big") for at in (60, 68))
    if application != _APPLICATION_ID:
        raise MemoryStoreError(f"{path} is a database, but no memory of affectgraph; nothing was changed; move it away")
    if version != SCHEMA_VERSION:
        raise MemoryStoreError(
            f"the memory in {path} has schema version {version}, this affectgraph reads {SCHEMA_VERSION}; "
            "nothing was changed; use the version that wrote it, or move the file away to begin anew"
        )


def _make(path: Path) -> None:
    partial = path.with_name(path.name + ".part")
    partial.unlink(missing_ok=True)
    os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    db = sqlite3.connect(partial, isolation_level=None)
    try:
        db.execute(f"pragma application_id = {_APPLICATION_ID}")
        db.execute(f"pragma user_version = {SCHEMA_VERSION}")
        db.executescript(_SCHEMA)
        db.execute("insert into meta values ('store', ?)", (uuid.uuid4().hex,))
    finally:
        db.close()
    # A log of a database that was moved away would be taken for this one's.
    for suffix in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    os.replace(partial, path)
    flush(path.parent)
