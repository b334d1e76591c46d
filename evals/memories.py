"""The memory that a benchmark gives a graph: real episodes of a set, in a real store, read in once and kept.

One folder per set and embedder in the data folder; the answers of a run are kept under the memory's name too.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from affectgraph.backends.base import Embedder
from affectgraph.evals.benchmarks import Memories
from affectgraph.graphs.settings import Settings
from affectgraph.tools.episodes import remember_all

if TYPE_CHECKING:
    from affectgraph.tools.memory import MemoryStore

__all__ = ["filled_memory"]

_FOLDER, _COMPLETE = "eval_memory", "complete"


def filled_memory(settings: Settings, memories: Memories, embedder: Embedder) -> MemoryStore:
    """The store of `memories`, opened; read in now unless it was before.

    Raises:
        AffectgraphError: it is in use by another process, or damaged.
    """
    from affectgraph.tools.memory import MemoryStore

    name = hashlib.sha256(f"{memories.name}\0{embedder.identity}".encode()).hexdigest()[:16]
    folder = settings.data_dir / _FOLDER / name
    store = MemoryStore(folder, embedder)
    try:
        if not (folder / _COMPLETE).exists():
            # A key is made of the episode: what an interrupted reading has left is overwritten, not doubled.
            remember_all(store, memories.episodes())
            (folder / _COMPLETE).touch()
    except BaseException:
        store.close()
        raise
    return store
