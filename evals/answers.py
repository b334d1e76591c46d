"""Kept answers: what makes a run resumable. JSON in SQLite, append-only, one row per key.

A finished answer is on disk before it is scored, so a run that is killed loses what was under way and nothing else;
the same command then asks for the rest alone. Several processes may write at a time. The file holds the data sets'
texts as far as graphs repeat them: it lies in the data folder of the settings, and deleting it is safe.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from affectgraph.backends.errors import CheckpointError

__all__ = ["Answers"]

_TABLE = """
create table if not exists answers (
    key text primary key,
    fields text not null,
    answer text not null,
    made_at text not null default (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
) without rowid
"""
_WAIT_S = 60.0


def _when_free(db: sqlite3.Connection, statement: str) -> None:
    """SQLite does not wait by itself where two processes switch a new file's journal at the same time."""
    deadline = time.monotonic() + _WAIT_S
    while True:
        try:
            db.execute(statement)
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


class Answers:
    """The store at `path`, made where it is missing."""

    def __init__(self, path: Path) -> None:
        """Open the store.

        Raises:
            CheckpointError: the file cannot be opened, or is no such store.
        """
        self._path = path
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():  # replies and quotes of counselling texts: for its owner alone
                os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
            self._db = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False)
            _when_free(self._db, "pragma journal_mode=wal")
            self._db.execute("pragma synchronous=normal")  # kill -9 loses nothing; a power cut may lose the last rows
            self._db.execute(_TABLE)
        except (OSError, sqlite3.Error) as error:
            raise CheckpointError(f"the answers in {path} cannot be opened ({error}); move the file away") from error

    def get(self, key: str) -> Any | None:
        """The answer under `key`, None where there is none."""
        with self._lock, closing(self._db.execute("select answer from answers where key = ?", (key,))) as rows:
            row = rows.fetchone()
        return json.loads(row[0]) if row else None

    def known(self, keys: Iterable[str]) -> int:
        """How many of `keys` have an answer."""
        return sum(1 for key in keys if self.get(key) is not None)

    def put(self, key: str, fields: dict[str, Any], answer: Any, *, replace: bool = False) -> None:
        """Keep an answer; where two processes made the same one, the first stays unless `replace`."""
        verb = "replace" if replace else "ignore"
        row = (key, json.dumps(fields, ensure_ascii=False), json.dumps(answer, ensure_ascii=False))
        with self._lock:
            self._db.execute(f"insert or {verb} into answers (key, fields, answer) values (?, ?, ?)", row)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()
