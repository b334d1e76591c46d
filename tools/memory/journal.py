"""The journal: every item with its namespace, value and vector, in SQLite. What is not here does not exist.

Knows rows, vectors as bytes, and which rows Chroma still has to hear of (`pending`); knows nothing of Chroma itself nor
of embedders. Not thread-safe: `MemoryStore` lets one operation in at a time.
"""

from __future__ import annotations

import json
import sqlite3
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from affectgraph.tools.memory.journal_file import connect
from affectgraph.tools.memory.namespaces import SHELF_DEPTH, decoded, encoded, shelf_of, under

__all__ = ["Change", "Journal", "Pending", "Row"]

_ITEM = """
select items.uid, spaces.namespace, items.key, items.value, items.fields, items.created, items.updated{more}
from items join spaces on spaces.id = items.space
"""
_ROW = _ITEM.format(more=", null")
_ROW_WITH_VECTOR = _ITEM.format(more=", vectors.vector") + " join vectors on vectors.item = items.id"
_UNDER = "(spaces.namespace = ? or (spaces.namespace >= ? and spaces.namespace < ?))"


@dataclass(frozen=True, slots=True)
class Change:
    """One item to be stored, or to be deleted where `value` is None.

    Attributes:
        value: JSON text.
        fields: JSON text of the names of the fields that are embedded, `false` for none, None for the default.
        vector: float32 bytes of the unit vector.
    """

    namespace: tuple[str, ...]
    key: str
    value: str | None = None
    fields: str | None = None
    vector: bytes | None = None


class Row(NamedTuple):
    """One stored item; times in microseconds since 1970, UTC; the vector where it was asked for."""

    uid: str
    namespace: tuple[str, ...]
    key: str
    value: dict[str, Any]
    fields: str | None
    created: int
    updated: int
    vector: bytes | None


class Pending(NamedTuple):
    """An id that Chroma has to be told of: its vector, or None where it has to go."""

    uid: str
    collection: str
    vector: bytes | None


class Journal:
    """The journal in one file."""

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            MemoryStoreError: as `journal_file.connect`.
        """
        self._db = connect(path)

    def close(self) -> None:
        """Close the file; SQLite then folds its write-ahead log in."""
        self._db.close()

    # --- facts about the store ---

    def meta(self, name: str) -> Any:
        """A fact, None where it was never set."""
        row = self._db.execute("select value from meta where name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set_meta(self, **facts: str | int) -> None:
        """Set facts, in one transaction with whatever is under way."""
        self._db.executemany("insert or replace into meta values (?, ?)", list(facts.items()))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that happens inside is kept, or nothing of it."""
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            if self._db.in_transaction:  # SQLite has rolled back by itself where the disk is full
                self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def counts(self) -> dict[str, int]:
        """How many items, namespaces that hold one, vectors, and rows that Chroma has yet to hear of."""
        queries = {
            "items": "select count(*) from items",
            "namespaces": "select count(distinct space) from items",
            "vectors": "select count(*) from vectors",
            "pending": "select count(*) from pending",
        }
        return {name: self._db.execute(query).fetchone()[0] for name, query in queries.items()}

    # --- writing ---

    def write(self, changes: Sequence[Change]) -> None:
        """Carry out all changes in one transaction, and mark them pending for Chroma."""
        now = time.time_ns() // 1000
        with self.transaction():
            turn = self.meta("revision") or 0
            for change in changes:
                turn += 1
                if change.value is None:
                    self._delete(change)
                else:
                    self._put(change, now, turn)
            self.set_meta(revision=turn)

    def _put(self, change: Change, now: int, turn: int) -> None:
        space, collection = self._space(change.namespace)
        there = self._db.execute(
            "select id, uid from items where space = ? and key = ?", (space, change.key)
        ).fetchone()
        if there:
            item, uid = there
            self._db.execute(
                "update items set value = ?, fields = ?, updated = ?, turn = ? where id = ?",
                (change.value, change.fields, now, turn, item),
            )
            had = self._db.execute("delete from vectors where item = ?", (item,)).rowcount
        else:
            uid, had = uuid.uuid4().hex, 0
            columns = (uid, space, change.key, change.value, change.fields, now, now, turn)
            item = self._db.execute(
                "insert into items (uid, space, key, value, fields, created, updated, turn) values (?,?,?,?,?,?,?,?)",
                columns,
            ).lastrowid
        if change.vector is not None:
            self._db.execute("insert into vectors values (?, ?)", (item, change.vector))
        if had or change.vector is not None:
            self._db.execute("insert or replace into pending values (?, ?)", (uid, collection))

    def _delete(self, change: Change) -> None:
        found = self._db.execute(
            "select items.id, items.uid, shelves.collection from items join spaces on spaces.id = items.space "
            "join shelves on shelves.id = spaces.shelf where spaces.namespace = ? and items.key = ?",
            (encoded(change.namespace), change.key),
        ).fetchone()
        if found:
            item, uid, collection = found
            self._db.execute("delete from items where id = ?", (item,))
            self._db.execute("insert or replace into pending values (?, ?)", (uid, collection))

    def _space(self, namespace: tuple[str, ...]) -> tuple[int, str]:
        text = encoded(namespace)
        query = (
            "select spaces.id, shelves.collection from spaces join shelves on shelves.id = spaces.shelf "
            "where spaces.namespace = ?"
        )
        found = self._db.execute(query, (text,)).fetchone()
        if found is None:
            labels = shelf_of(namespace)
            # Chroma's names are random, so that its files name nobody.
            self._db.execute(
                "insert or ignore into shelves (labels, collection) values (?, ?)", (labels, uuid.uuid4().hex)
            )
            self._db.execute(
                "insert into spaces (namespace, shelf) select ?, id from shelves where labels = ?", (text, labels)
            )
            found = self._db.execute(query, (text,)).fetchone()
        return found[0], found[1]

    # --- reading ---

    def get(self, namespace: tuple[str, ...], key: str) -> Row | None:
        """One item."""
        query = f"{_ROW} where spaces.namespace = ? and items.key = ?"
        found = self._db.execute(query, (encoded(namespace), key)).fetchone()
        return _row(found) if found else None

    def by_uid(self, uids: Sequence[str]) -> list[Row]:
        """The embedded items of these ids, with their vectors, in no order; an unknown id is passed over."""
        query = f"{_ROW_WITH_VECTOR} where items.uid in (select value from json_each(?))"
        return [_row(found) for found in self._db.execute(query, (json.dumps(uids),))]

    def newest(self, prefix: Sequence[str]) -> Iterator[Row]:
        """Everything under `prefix`, what was written last first."""
        query = f"{_ROW} where {_UNDER} order by items.updated desc, items.turn desc"
        return map(_row, self._db.execute(query, under(prefix)))

    def vectors(self, prefix: Sequence[str]) -> tuple[list[str], list[bytes]]:
        """Ids and vectors of everything embedded under `prefix`."""
        query = (
            "select items.uid, vectors.vector from spaces join items on items.space = spaces.id "
            f"join vectors on vectors.item = items.id where {_UNDER}"
        )
        found = self._db.execute(query, under(prefix)).fetchall()
        return [uid for uid, _ in found], [vector for _, vector in found]

    def count_vectors(self, prefix: Sequence[str]) -> int:
        """How many items under `prefix` are embedded."""
        query = (
            "select count(*) from spaces join items on items.space = spaces.id "
            f"join vectors on vectors.item = items.id where {_UNDER}"
        )
        return int(self._db.execute(query, under(prefix)).fetchone()[0])

    def dimension(self) -> int | None:
        """How many numbers a stored vector has; None where there is none."""
        found = self._db.execute("select length(vector) / 4 from vectors limit 1").fetchone()
        return found[0] if found else None

    def namespaces(self) -> list[tuple[str, ...]]:
        """Every namespace that holds an item, in no order."""
        query = "select namespace from spaces where exists (select 1 from items where items.space = spaces.id)"
        return [decoded(text) for (text,) in self._db.execute(query)]

    def whole_shelves(self, prefix: Sequence[str]) -> list[str] | None:
        """The collections that together hold what is under `prefix` and nothing else; None where there are no such."""
        if len(prefix) < SHELF_DEPTH:
            itself, low, high = under(prefix)
            query = "select collection from shelves where labels = ? or (labels >= ? and labels < ?)"
            return [name for (name,) in self._db.execute(query, (itself, low, high))]
        query = "select id, collection from shelves where labels = ?"
        shelf = self._db.execute(query, (shelf_of(prefix),)).fetchone()
        if shelf is None:
            return []
        if len(prefix) > SHELF_DEPTH:
            outside = f"select exists (select 1 from spaces where shelf = ? and not {_UNDER})"
            if self._db.execute(outside, (shelf[0], *under(prefix))).fetchone()[0]:
                return None
        return [shelf[1]]

    # --- what Chroma has to hear of ---

    def pending(self) -> list[Pending]:
        """The ids that Chroma may not know as they are now."""
        query = (
            "select pending.uid, pending.collection, vectors.vector from pending "
            "left join items on items.uid = pending.uid left join vectors on vectors.item = items.id"
        )
        return [Pending(*found) for found in self._db.execute(query)]

    def has_pending(self) -> bool:
        """Whether there are any."""
        return bool(self._db.execute("select exists (select 1 from pending)").fetchone()[0])

    def settle(self) -> None:
        """Chroma has heard of everything."""
        self._db.execute("delete from pending")

    def shelves(self) -> Iterator[tuple[str, list[str], list[bytes]]]:
        """Every collection that has vectors: its name, ids and vectors."""
        query = (
            "select items.uid, vectors.vector from spaces join items on items.space = spaces.id "
            "join vectors on vectors.item = items.id where spaces.shelf = ?"
        )
        for shelf, collection in self._db.execute("select id, collection from shelves").fetchall():
            found = self._db.execute(query, (shelf,)).fetchall()
            if found:
                yield collection, [uid for uid, _ in found], [vector for _, vector in found]

    # --- rebuilding and erasing ---

    def replace_vector(self, uid: str, vector: bytes | None) -> None:
        """Store another vector for an item, or none."""
        (item,) = self._db.execute("select id from items where uid = ?", (uid,)).fetchone()
        self._db.execute("delete from vectors where item = ?", (item,))
        if vector is not None:
            self._db.execute("insert into vectors values (?, ?)", (item, vector))

    def remove(self, prefixes: Sequence[Sequence[str]]) -> int:
        """Delete everything under the prefixes, and every name that holds nothing any more; how many items went."""
        gone = 0
        for prefix in prefixes:
            query = f"delete from items where space in (select id from spaces where {_UNDER})"
            gone += self._db.execute(query, under(prefix)).rowcount
        self._db.execute("delete from pending")
        self._db.execute("delete from spaces where id not in (select space from items)")
        self._db.execute("delete from shelves where id not in (select shelf from spaces)")
        self.set_meta(revision=(self.meta("revision") or 0) + 1)
        return gone

    def scrub(self) -> None:
        """Leave no page of the file, nor of its log, that holds what was deleted."""
        self._db.execute("pragma wal_checkpoint(truncate)").fetchall()  # the zeroed pages first
        self._db.execute("vacuum")
        busy, *_ = self._db.execute("pragma wal_checkpoint(truncate)").fetchone()
        if busy:
            raise sqlite3.OperationalError("another program is reading the journal")


def _row(found: tuple[Any, ...]) -> Row:
    uid, namespace, key, value, *rest = found
    return Row(uid, decoded(namespace), key, json.loads(value), *rest)
