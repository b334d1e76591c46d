"""Searching: Chroma proposes ids, the journal decides."""

from __future__ import annotations

from itertools import islice
from operator import itemgetter

import numpy as np
from langgraph.store.base import SearchItem, SearchOp

from affectgraph.tools.memory.errors import MemoryStoreError
from affectgraph.tools.memory.filters import check_filter, matches
from affectgraph.tools.memory.index import Index
from affectgraph.tools.memory.items import item_of
from affectgraph.tools.memory.journal import Journal, Row
from affectgraph.tools.memory.vectors import Vector, cosines, matrix

__all__ = ["check_page", "search_nearest", "search_newest"]

# With a filter, this many times more neighbours are looked at before all are.
_MORE = 8
# Beyond this many neighbours comparing all vectors is as quick as asking Chroma.
_MOST = 1000
_PART = 256


def check_page(op: SearchOp) -> None:
    """Refuse a search that cannot be answered.

    Raises:
        MemoryStoreError: limit or offset is negative, or the filter names an unknown operator.
    """
    if op.limit < 0 or op.offset < 0:
        raise MemoryStoreError(f"limit and offset are 0 or more, not {op.limit} and {op.offset}")
    check_filter(op.filter)


def search_newest(journal: Journal, op: SearchOp) -> list[SearchItem]:
    """The items that meet the filter, what was written last first, without scores."""
    met = (row for row in journal.newest(op.namespace_prefix) if matches(row.value, op.filter))
    return [item_of(row, SearchItem) for row in islice(met, op.offset, op.offset + op.limit)]


def search_nearest(journal: Journal, index: Index, op: SearchOp, query: Vector) -> list[SearchItem]:
    """The embedded items that meet the filter, by falling cosine with `query`, which is the score."""
    wanted = op.offset + op.limit
    if not op.limit:
        return []
    found = _proposed(journal, index, op, query)
    if found is None:
        found = _compared(journal, op, query)
    return [item_of(row, SearchItem, score=score) for score, row in found[op.offset : wanted]]


def _proposed(journal: Journal, index: Index, op: SearchOp, query: Vector) -> list[tuple[float, Row]] | None:
    """What Chroma finds, as far as the journal agrees; None where that is not enough, or Chroma not worth asking."""
    wanted = op.offset + op.limit
    count = wanted * _MORE if op.filter else wanted
    shelves = journal.whole_shelves(op.namespace_prefix) if count <= _MOST else None
    if shelves is None:
        return None
    prefix = tuple(op.namespace_prefix)
    uids = index.nearest(shelves, query, count) if shelves else []
    rows = [row for row in journal.by_uid(uids) if row.namespace[: len(prefix)] == prefix]
    met = [row for row in rows if matches(row.value, op.filter)]
    # Fewer than there are: the search in Chroma's graph missed some, or the filter left out too many.
    if len(met) < wanted and len(rows) < journal.count_vectors(prefix):
        return None
    return _ranked(met, query)


def _ranked(rows: list[Row], query: Vector) -> list[tuple[float, Row]]:
    if not rows:
        return []
    scores = cosines([row.vector or b"" for row in rows], query)
    return sorted(zip(scores, rows, strict=True), key=itemgetter(0), reverse=True)


def _compared(journal: Journal, op: SearchOp, query: Vector) -> list[tuple[float, Row]]:
    """The nearest that meet the filter, every vector under the prefix compared."""
    uids, vectors = journal.vectors(op.namespace_prefix)
    if not uids:
        return []
    order = np.argsort(-matrix(vectors) @ query, kind="stable")
    wanted = op.offset + op.limit
    found: list[tuple[float, Row]] = []
    start, end = 0, wanted
    while start < len(order) and len(found) < wanted:
        rows = journal.by_uid([uids[at] for at in order[start:end]])
        found += _ranked([row for row in rows if matches(row.value, op.filter)], query)
        start, end = end, end + max(wanted, _PART)
    return found
