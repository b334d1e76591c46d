"""Long-term memory: LangGraph's store over embedded Chroma, with a SQLite journal as the source of truth."""

from __future__ import annotations

from affectgraph.tools.memory.errors import MemoryStoreError
from affectgraph.tools.memory.store import MemoryStore

__all__ = ["MemoryStore", "MemoryStoreError"]
