"""The one error of the memory."""

from __future__ import annotations

from affectgraph.backends.errors import AffectgraphError

__all__ = ["MemoryStoreError"]


class MemoryStoreError(AffectgraphError):
    """The memory cannot be opened, or refuses what it was asked: in use, damaged, of another embedder, not JSON."""
