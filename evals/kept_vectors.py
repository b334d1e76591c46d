"""An embedder whose vectors are kept in a file, so that a fitting that was stopped does not make them anew."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from affectgraph.backends.base import Embedder

__all__ = ["KeptVectors"]

# Written to disk after so many new texts.
_CHUNK = 500


class KeptVectors:
    """An `Embedder` that asks another one for what is not yet in its file; the file holds hashes, never text."""

    def __init__(self, embedder: Embedder, folder: Path) -> None:
        """Read what is kept in `folder` of this embedder."""
        self._embedder = embedder
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{embedder.identity.replace(':', '-')}.npz"
        self._known: dict[str, list[float]] = {}
        if self._path.is_file():
            with np.load(self._path, allow_pickle=False) as kept:
                self._known = dict(zip(kept["keys"].tolist(), kept["vectors"].tolist(), strict=True))

    @property
    def identity(self) -> str:
        """Of the embedder behind it."""
        return self._embedder.identity

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector per text; errors as of the embedder behind it."""
        keys = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        for start in range(0, len(missing), _CHUNK):
            chunk = dict(list(missing.items())[start : start + _CHUNK])
            self._known |= dict(zip(chunk, self._embedder.embed(list(chunk.values())), strict=True))
            self._save()
        return [self._known[key] for key in keys]

    def _save(self) -> None:
        fresh = self._path.with_suffix(".part.npz")
        np.savez(
            fresh, keys=np.array(list(self._known)), vectors=np.array(list(self._known.values()), dtype=np.float32)
        )
        fresh.replace(self._path)
