"""What a recall costs: the memory's search beside a bare Chroma query and a numpy scan of the same vectors.

Clustered random unit vectors of 384 numbers with a seed, no embedder: nothing but storage is measured. The ways are
asked the same queries in turn, in one run. `python -m benchmarks.memory [items] [queries]`.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from langgraph.store.base import PutOp
from numpy.typing import NDArray

from affectgraph.tools.memory import MemoryStore
from benchmarks.common import table

DIMENSION = 384
CLUSTERS = 100
NEAREST = 5
PEOPLE = 100
_BATCH = 1000
Vectors = NDArray[np.float32]


class Given:
    """An embedder that hands out vectors made before: the text is the number of the row."""

    identity = "benchmark"

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """The rows that the texts number."""
        rows: list[list[float]] = self._vectors[[int(text) for text in texts]].tolist()
        return rows


def clustered(count: int, seed: int) -> Vectors:
    """Unit vectors around `CLUSTERS` centres; the centres do not depend on the seed."""
    centres = np.random.default_rng(0).normal(size=(CLUSTERS, DIMENSION))
    random = np.random.default_rng(seed)
    made = centres[random.integers(CLUSTERS, size=count)] + 0.7 * random.normal(size=(count, DIMENSION))
    unit: Vectors = (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)
    return unit


def filled(folder: Path, vectors: Vectors, place: Callable[[int], tuple[str, ...]]) -> MemoryStore:
    """A memory with one item per vector."""
    store = MemoryStore(folder, Given(vectors))
    for start in range(0, len(vectors), _BATCH):
        rows = range(start, min(start + _BATCH, len(vectors)))
        store.batch([PutOp(place(row), str(row), {"text": str(row), "said": "on a Monday " * 10}) for row in rows])
    return store


def bare_chroma(folder: Path, vectors: Vectors) -> Any:
    """A collection with the same settings as the memory's."""
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
    collection = client.create_collection("bare", embedding_function=None, configuration={"hnsw": {"space": "cosine"}})
    for start in range(0, len(vectors), _BATCH):
        part = vectors[start : start + _BATCH]
        collection.upsert(ids=[uuid.uuid4().hex for _ in part], embeddings=part)
    return collection


def scan(vectors: Vectors, query: Vectors) -> list[int]:
    """The exact answer: rows of the nearest, nearest first."""
    scores = vectors @ query
    best = np.argpartition(-scores, NEAREST)[:NEAREST]
    rows: list[int] = best[np.argsort(-scores[best])].tolist()
    return rows


def in_turn(ways: dict[str, Callable[[Vectors], object]], queries: Vectors) -> dict[str, list[float]]:
    """Milliseconds of every way for every query; the order changes, so that none is always the first."""
    names = list(ways)
    spent: dict[str, list[float]] = {name: [] for name in names}
    for query in queries[:20]:
        for way in ways.values():
            way(query)
    for number, query in enumerate(queries):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            started = time.perf_counter()
            ways[name](query)
            spent[name].append(1000 * (time.perf_counter() - started))
    return spent


def percentiles(times: Sequence[float]) -> str:
    """Median and the 95th of a hundred."""
    return f"p50 {np.percentile(times, 50):.2f}, p95 {np.percentile(times, 95):.2f}, n={len(times)}"


def recall(store: MemoryStore, vectors: Vectors, queries: Vectors) -> float:
    """How many of the truly nearest the memory finds, on average."""
    shares = []
    for query in queries:
        found = {int(item.key) for item in store.search_vector(("one", "person"), query.tolist(), limit=NEAREST)}
        shares.append(len(found & set(scan(vectors, query))) / NEAREST)
    return statistics.mean(shares)


def opened(folder: Path, vectors: Vectors, query: Vectors) -> tuple[float, float]:
    """Milliseconds to open a closed memory, and to its first answer; the modules are loaded already."""
    started = time.perf_counter()
    with MemoryStore(folder, Given(vectors)) as store:
        ready = time.perf_counter()
        store.search_vector(("one", "person"), query.tolist(), limit=NEAREST)
        return 1000 * (ready - started), 1000 * (time.perf_counter() - ready)


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    vectors, queries = clustered(count, 1), clustered(int(sys.argv[2]) if len(sys.argv) > 2 else 500, 2)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        collection = bare_chroma(folder / "bare", vectors)
        started = time.perf_counter()
        one = filled(folder / "one", vectors, lambda row: ("one", "person"))
        written = 1000 * (time.perf_counter() - started) / count
        many = filled(folder / "many", vectors, lambda row: ("people", f"person {row % PEOPLE}"))
        ours, bare, exact, small = (
            "memory, all in one namespace",
            "bare Chroma, ids only",
            "numpy scan, ids only",
            f"memory, one of {PEOPLE} people",
        )
        spent = in_turn(
            {
                ours: lambda query: one.search_vector(("one", "person"), query.tolist(), limit=NEAREST),
                bare: lambda query: collection.query(query_embeddings=query[None], n_results=NEAREST, include=[]),
                exact: lambda query: scan(vectors, query),
                small: lambda query: many.search_vector(("people", "person 7"), query.tolist(), limit=NEAREST),
            },
            queries,
        )
        rows = [(f"{title}, ms", percentiles(times)) for title, times in spent.items()]
        medians = {title: statistics.median(times) for title, times in spent.items()}
        rows += [("memory / bare Chroma, of medians", f"{medians[ours] / medians[bare]:.2f}")]
        rows += [("memory / numpy scan, of medians", f"{medians[ours] / medians[exact]:.2f}")]
        rows += [(f"recall@{NEAREST} against the exact scan", f"{recall(one, vectors, queries):.3f}, n={len(queries)}")]
        rows += [("writing, ms an item in batches of 1,000", f"{written:.2f}, n={count}")]
        started = time.perf_counter()
        one.rebuild()
        rows += [
            ("making the index anew, ms an item", f"{1000 * (time.perf_counter() - started) / count:.2f}, n={count}")
        ]
        one.close()
        many.close()
        times = [opened(folder / "one", vectors, queries[0]) for _ in range(5)]
        rows += [("opening, ms", percentiles([ready for ready, _ in times]))]
        rows += [("first search after opening, ms", percentiles([first for _, first in times]))]
    table(f"Memory, {count:,} items of {DIMENSION} numbers, {NEAREST} nearest", rows)


if __name__ == "__main__":
    main()
