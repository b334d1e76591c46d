"""The embedder of a memory, and the guard that no other one's vectors come among its own.

Two models of one dimension give vectors that look alike and mean nothing to each other; Chroma takes them silently.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import cast

from affectgraph.backends.base import Embedder
from affectgraph.tools.memory.errors import MemoryStoreError
from affectgraph.tools.memory.items import stored_text
from affectgraph.tools.memory.journal import Journal
from affectgraph.tools.memory.vectors import Vector, as_bytes, unit

__all__ = ["Embedding"]

_BATCH = 256


class Embedding:
    """An embedder, made when it is needed, that has to be the journal's."""

    def __init__(self, embedder: Embedder | Callable[[], Embedder], journal: Journal) -> None:
        self._given = embedder
        self._journal = journal
        self._making = threading.Lock()
        self._made: Embedder | None = None
        self._checked = False

    def check(self) -> None:
        """Refuse an embedder that did not fill the journal; a journal without vectors takes any.

        Raises:
            MemoryStoreError: names both, and the way out.
        """
        identity, known = self._embedder.identity, self._journal.meta("embedder")
        if known != identity:
            if known is not None and self._journal.counts()["vectors"]:
                raise MemoryStoreError(
                    f"the memory was filled with the embedder {known!r}, and the one in the settings is {identity!r}; "
                    "set the first one again, or run `affectgraph memory rebuild` to embed every text anew"
                )
            with self._journal.transaction():
                self._journal.set_meta(embedder=identity)
        self._checked = True

    def check_once(self) -> None:
        """As `check`, at the first time."""
        if not self._checked:
            self.check()

    def check_dimension(self, vector: Vector) -> None:
        """Refuse a vector of another dimension than the stored ones.

        Raises:
            MemoryStoreError: names both.
        """
        known = self._journal.dimension()
        if known not in (None, vector.size):
            raise MemoryStoreError(f"a vector of {vector.size} numbers was given, and the memory's have {known}")

    def vectors(self, texts: Sequence[str]) -> list[Vector]:
        """One unit vector per text, in one call of the embedder; reads nothing of the journal.

        Raises:
            MemoryStoreError: the embedder does not give one vector of one size per text.
        """
        vectors = [unit(values) for values in self._embedder.embed(texts)] if texts else []
        if len(vectors) != len(texts) or len({vector.size for vector in vectors}) > 1:
            raise MemoryStoreError("the embedder did not give one vector of one size for each text; check the embedder")
        return vectors

    def renew(self, tell: Callable[[int, int], None]) -> None:
        """Embed every stored text anew where another embedder filled the journal; all of them or none.

        Raises:
            MemoryStoreError: the embedder does not give one vector of one size per text.
        """
        identity = self._embedder.identity
        if self._journal.meta("embedder") == identity:
            self._checked = True
            return
        with self._journal.transaction():
            texts = [(row.uid, stored_text(row)) for row in self._journal.newest(())]
            for start in range(0, len(texts), _BATCH):
                part = texts[start : start + _BATCH]
                vectors = iter(self.vectors([text for _, text in part if text]))
                for uid, text in part:
                    self._journal.replace_vector(uid, as_bytes(next(vectors)) if text else None)
                tell(start + len(part), len(texts))
            revision = (self._journal.meta("revision") or 0) + 1
            # The index holds the other one's vectors: it is not trusted from here on.
            self._journal.set_meta(embedder=identity, revision=revision, index_digest="")
        self._checked = True

    @property
    def _embedder(self) -> Embedder:
        with self._making:
            if self._made is None:
                given = self._given
                # No isinstance: it would compute `identity`, a digest over the weights.
                is_one = hasattr(type(given), "embed")
                self._made = cast("Embedder", given) if is_one else cast("Callable[[], Embedder]", given)()
            return self._made
