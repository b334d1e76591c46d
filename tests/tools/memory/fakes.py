"""An embedder without a model: equal texts give equal unit vectors, and other texts unrelated ones."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence

import numpy as np


class HashEmbedder:
    def __init__(self, dimension: int = 16, identity: str = "hash:1") -> None:
        self.identity = identity
        self._dimension = dimension
        self.calls: list[list[str]] = []
        self.threads: set[str] = set()

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.calls.append(list(texts))
        self.threads.add(threading.current_thread().name)
        return [self.vector(text) for text in texts]

    def vector(self, text: str) -> list[float]:
        seed = int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest(), "big")
        values = np.random.default_rng(seed).normal(size=self._dimension)
        unit: list[float] = (values / np.linalg.norm(values)).tolist()
        return unit
