"""The store: LangGraph's `BaseStore` over the journal and its index.

Order of things: a change is committed to the journal, then Chroma hears of it. A search asks Chroma for ids, and takes
everything else from the journal: whether the item exists, whose it is, its value, and its exact score. Where Chroma
returns too few, or the prefix is only a part of a shelf, the journal's own vectors are compared one by one.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from langgraph.store.base import BaseStore, GetOp, Item, ListNamespacesOp, Op, PutOp, Result, SearchItem, SearchOp

from affectgraph.backends.base import Embedder
from affectgraph.tools.memory.embedding import Embedding
from affectgraph.tools.memory.errors import MemoryStoreError
from affectgraph.tools.memory.files import make_private
from affectgraph.tools.memory.index import Index
from affectgraph.tools.memory.items import change_of, exported, item_of, text_of
from affectgraph.tools.memory.journal import Change, Journal
from affectgraph.tools.memory.lock import FolderLock
from affectgraph.tools.memory.namespaces import checked, checked_key, listed
from affectgraph.tools.memory.searching import check_page, search_nearest, search_newest
from affectgraph.tools.memory.vectors import Vector, as_bytes, unit

__all__ = ["MemoryStore"]


class MemoryStore(BaseStore):
    """What is remembered, under one folder; one process at a time, any number of its threads."""

    def __init__(
        self,
        folder: Path,
        embedder: Embedder | Callable[[], Embedder],
        *,
        wait_s: float = 5.0,
        rebuilding: bool = False,
    ) -> None:
        """Open the memory in `folder`, which is made where it is missing.

        Args:
            folder: whose the memory is; everything lies in here.
            embedder: turns texts into vectors, or a function that makes one when it is needed.
            wait_s: seconds to wait for another process that has the memory open.
            rebuilding: open even though another embedder filled it, for `rebuild`, `export` and `erase`; the embedder
                is then not asked for before a text has to be embedded.

        Raises:
            MemoryStoreError: another process has it open, the journal cannot be used, or another embedder filled it.
        """
        self._folder = folder
        self._operating = threading.RLock()
        try:
            make_private(folder)
        except OSError as error:
            raise MemoryStoreError(f"the folder {folder} of the memory cannot be made: {error.strerror}") from None
        lock = FolderLock(folder, wait_s)
        try:
            self._journal = Journal(folder / "journal.db")
            self._index = Index(folder, self._journal)
            self._shut = weakref.finalize(self, _shut, os.getpid(), self._index, self._journal, lock)
        except BaseException:
            lock.release()
            raise
        self._embedding = Embedding(embedder, self._journal)
        try:
            with self._operation():
                self._finish_what_was_begun()
            if not rebuilding:
                self._embedding.check()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close every file and let the next process in. Happens at the end of the program by itself."""
        with self._operating:
            self._shut()

    def __enter__(self) -> MemoryStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- LangGraph's interface ---

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Carry out operations: what is read is as it was before the batch, then all puts in one transaction.

        Raises:
            MemoryStoreError: one of them is refused; then none is carried out.
        """
        asked = list(ops)
        changes, queries, vectors = self._prepared(asked)
        with self._operation():
            for vector in vectors[:1]:  # one call of the embedder gives one size
                self._embedding.check_dimension(vector)
            results = [self._read(op, queries) for op in asked]
            if changes:
                self._journal.write(changes)
                self._index.follow()
        return results

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """As `batch`, in a thread."""
        return await asyncio.to_thread(self.batch, list(ops))

    def search_vector(
        self, prefix: tuple[str, ...], vector: Sequence[float], *, limit: int, filter: Mapping[str, Any] | None = None
    ) -> list[SearchItem]:
        """The items under `prefix` that are nearest to `vector` by cosine, nearest first.

        Args:
            vector: (dimension,) of the embedder; scaled to unit length here.
            filter: fields of the value that have to be met, in LangGraph's words.

        Raises:
            MemoryStoreError: the vector or the filter cannot be used, or the memory cannot.
        """
        op = SearchOp(checked(prefix, prefix=True), dict(filter) if filter else None, limit)
        check_page(op)
        query = unit(vector)
        with self._operation():
            self._embedding.check_dimension(query)
            return search_nearest(self._journal, self._index, op, query)

    # --- beyond LangGraph ---

    @property
    def identity(self) -> str:
        """Digest of what a recall depends on: the embedder, this store, and its revision. A key for caches."""
        with self._operation():
            facts = [self._journal.meta(name) for name in ("embedder", "store", "revision")]
        return hashlib.sha256(repr(facts).encode()).hexdigest()

    def counts(self) -> dict[str, int]:
        """How many items, namespaces, vectors, and rows that the index has yet to hear of (`pending`)."""
        with self._operation():
            return self._journal.counts()

    def export(self, prefix: Sequence[str]) -> list[dict[str, Any]]:
        """Everything stored under `prefix` as JSON primitives, what was written last first."""
        asked = checked(prefix, prefix=True)
        with self._operation():
            return [exported(row) for row in self._journal.newest(asked)]

    def rebuild(self, tell: Callable[[int, int], None] | None = None) -> int:
        """Make the index anew; where another embedder filled the memory, embed every text again.

        Until all is embedded the memory stays as it was, whatever happens.

        Args:
            tell: is called with the number of texts embedded and of all, now and then.

        Returns:
            How many items are in the index.

        Raises:
            MemoryStoreError: the index cannot be made.
        """
        with self._operation():
            self._embedding.renew(tell or (lambda done, of: None))
            self._index.renew()
            return self._journal.counts()["vectors"]

    def erase(self, prefixes: Sequence[tuple[str, ...]]) -> int:
        """Erase everything under the prefixes so that no byte of it is left in the folder's files.

        The index goes as a whole and is made anew at the next search. A crash on the way is finished at the next
        opening. Not reached: copies that the file system, the disk or a backup made.

        Returns:
            How many items were removed.

        Raises:
            MemoryStoreError: a file cannot be overwritten; the items are gone, and the next opening tries again.
        """
        asked = [checked(prefix, prefix=True) for prefix in prefixes]
        with self._operation():
            with self._journal.transaction():
                gone = self._journal.remove(asked)
                self._journal.set_meta(erasing=1, index="", index_digest="")
            self._finish_what_was_begun()
        return gone

    def _finish_what_was_begun(self) -> None:
        if self._journal.meta("erasing"):
            self._index.discard()
            self._journal.scrub()
            self._journal.set_meta(erasing=0)
        else:
            self._index.sweep()

    # --- one operation ---

    @contextmanager
    def _operation(self) -> Iterator[None]:
        with self._operating:
            if not self._shut.alive:
                raise MemoryStoreError(f"the memory in {self._folder} is closed; open it again")
            try:
                yield
            except (sqlite3.Error, OSError) as error:
                raise MemoryStoreError(
                    f"the memory in {self._folder} cannot be read or written: {error}; see that the disk has room and "
                    "the folder is yours, or restore it from a backup"
                ) from error

    def _prepared(self, ops: Sequence[Op]) -> tuple[list[Change], dict[str, Vector], list[Vector]]:
        """Check every operation, and embed all their texts in one go, before anything is read or written."""
        puts: dict[tuple[tuple[str, ...], str], PutOp] = {}
        for op in ops:
            _check(op)
            if isinstance(op, PutOp):
                puts[tuple(op.namespace), op.key] = op  # the last of one key counts
        queries = [op.query for op in ops if isinstance(op, SearchOp) and op.query]
        texts = [text_of(op) for op in puts.values()]
        changes = [change_of(op) for op in puts.values()]
        vectors = self._vectors([*queries, *(text for text in texts if text)])
        stored = iter(vectors[len(queries) :])
        embedded = [
            replace(change, vector=as_bytes(next(stored))) if text else change
            for change, text in zip(changes, texts, strict=True)
        ]
        return embedded, dict(zip(queries, vectors, strict=False)), vectors

    def _vectors(self, texts: Sequence[str]) -> list[Vector]:
        if not texts:
            return []
        with self._operation():
            self._embedding.check_once()
        return self._embedding.vectors(texts)  # may take seconds: the others need not wait

    def _read(self, op: Op, queries: Mapping[str, Vector]) -> Result:
        if isinstance(op, GetOp):
            row = self._journal.get(op.namespace, op.key)
            return item_of(row, Item) if row else None
        if isinstance(op, SearchOp):
            if op.query:
                return search_nearest(self._journal, self._index, op, queries[op.query])
            return search_newest(self._journal, op)
        if isinstance(op, ListNamespacesOp):
            return listed(self._journal.namespaces(), op)
        return None


def _check(op: Op) -> None:
    if isinstance(op, GetOp | PutOp):
        checked(op.namespace)
        checked_key(op.key)
    elif isinstance(op, SearchOp):
        checked(op.namespace_prefix, prefix=True)
        check_page(op)
    elif not isinstance(op, ListNamespacesOp):
        raise MemoryStoreError(f"a memory knows get, search, put and list_namespaces, not {type(op).__name__}")


def _shut(opener: int, index: Index, journal: Journal, lock: FolderLock) -> None:
    if os.getpid() != opener:
        return  # a forked child ends: the memory is its parent's
    try:
        index.close()
    finally:
        journal.close()
        lock.release()
