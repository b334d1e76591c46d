"""Vectors as the journal keeps them: unit length, float32, little-endian bytes; and their cosine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.memory.errors import MemoryStoreError

__all__ = ["Matrix", "Vector", "as_bytes", "cosines", "matrix", "unit"]

Vector: TypeAlias = NDArray[np.float32]  # (dimension,)
Matrix: TypeAlias = NDArray[np.float32]  # (rows, dimension)
_TYPE = np.dtype("<f4")


def unit(values: Sequence[float] | Vector) -> Vector:
    """`values` scaled to unit length.

    Raises:
        MemoryStoreError: empty, not one row of numbers, not finite, or of length zero.
    """
    vector = np.asarray(values, dtype=np.float64)
    length = float(np.sqrt(vector @ vector)) if vector.ndim == 1 and vector.size else 0.0
    if not np.isfinite(length) or length == 0.0:
        raise MemoryStoreError("a vector has to be one row of finite numbers, not all zero; check the embedder")
    return (vector / length).astype(_TYPE)


def as_bytes(vector: Vector) -> bytes:
    """The bytes that the journal holds."""
    return vector.astype(_TYPE, copy=False).tobytes()


def matrix(rows: Sequence[bytes]) -> Matrix:
    """One row per stored vector; all have one dimension."""
    return np.frombuffer(b"".join(rows), dtype=_TYPE).reshape(len(rows), -1)


def cosines(rows: Sequence[bytes], query: Vector) -> list[float]:
    """Cosine similarity of each stored vector with the unit vector `query`, in [-1, 1]."""
    scores: list[float] = np.clip(matrix(rows) @ query, -1.0, 1.0).tolist()
    return scores
