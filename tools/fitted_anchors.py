"""A kernel machine over sentence embeddings: how near a text lies to anchors of each kind.

Kernel ridge regression with a Gaussian kernel on unit vectors: `score = sum_i a_i * exp(-gamma * |x - x_i|^2)`, where
the anchors `x_i` are the embedded texts that it was fitted on, and the targets were 1 and -1. The file holds vectors
and numbers, never text. It belongs to one embedder, whose identity it names.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["FittedAnchors", "fit_anchors"]

# Vectors are kept as whole numbers: the largest component becomes 127.
_STEPS = 127


@dataclass(frozen=True)
class FittedAnchors:
    """A fitted machine.

    Attributes:
        heads: names of what is scored; H of them.
        vectors: [n, d] the anchors, of about unit length.
        weights: [H, n].
        gamma: width of the kernel.
        identity: of the embedder that made the vectors.
        centre: [d] what is taken from every vector before it is scaled to unit length: some encoders put all texts into
            one narrow cone, in which a kernel sees no difference.
    """

    heads: tuple[str, ...]
    vectors: NDArray[np.float32]
    weights: NDArray[np.float32]
    gamma: float
    identity: str
    centre: NDArray[np.float32]

    def scores(self, vectors: Sequence[Sequence[float]]) -> list[dict[str, float]]:
        """For each vector: head -> score, about -1 to 1."""
        import numpy as np

        near = _kernel(_centred(np.asarray(vectors, dtype=np.float32), self.centre), self.vectors, self.gamma)
        return [dict(zip(self.heads, row.tolist(), strict=True)) for row in near @ self.weights.T]

    def save(self, path: Path) -> None:
        """Write it as `.npz` without pickles; vectors as 8-bit numbers."""
        import numpy as np

        step = float(np.abs(self.vectors).max()) / _STEPS
        kept = io.BytesIO()
        np.savez_compressed(
            kept,
            heads=np.array(self.heads),
            vectors=np.rint(self.vectors / step).astype(np.int8),
            step=np.array(step, dtype=np.float32),
            weights=self.weights.astype(np.float32),
            gamma=np.array(self.gamma, dtype=np.float32),
            identity=np.array(self.identity),
            centre=self.centre.astype(np.float32),
        )
        path.write_bytes(kept.getvalue())

    @classmethod
    def load(cls, path: Path) -> FittedAnchors:
        """Read what `save` wrote.

        Raises:
            OSError: it cannot be read.
            ValueError: it is not such a file.
        """
        import numpy as np

        with np.load(path, allow_pickle=False) as kept:
            missing = {"heads", "vectors", "step", "weights", "gamma", "identity", "centre"} - set(kept.files)
            if missing:
                raise ValueError(f"{path} holds no fitted anchors: it lacks {', '.join(sorted(missing))}")
            return cls(
                heads=tuple(str(head) for head in kept["heads"]),
                vectors=kept["vectors"].astype(np.float32) * float(kept["step"]),
                weights=kept["weights"],
                gamma=float(kept["gamma"]),
                identity=str(kept["identity"]),
                centre=kept["centre"],
            )


def fit_anchors(
    vectors: NDArray[np.float32],
    labels: Mapping[str, Sequence[int]],
    identity: str,
    *,
    weights: Sequence[float] | None = None,
    gamma: float = 0.5,
    ridge: float = 0.1,
    centred: bool = False,
) -> FittedAnchors:
    """Fit it in closed form: `(K + ridge / weight) a = y`. Deterministic.

    Args:
        vectors: [n, d] of unit length.
        labels: head -> n labels, 1, 0, or -1 for "between" (target 0).
        identity: of the embedder.
        weights: n weights of the texts; equal where None.
        gamma: width of the kernel.
        ridge: strength of the penalty.
        centred: take the mean from every vector first.
    """
    import numpy as np

    centre = vectors.mean(axis=0) if centred else np.zeros(vectors.shape[1], dtype=np.float32)
    vectors = _centred(vectors, centre)

    share = np.ones(len(vectors)) if weights is None else np.asarray(weights, dtype=np.float64)
    target = np.array([[{1: 1.0, 0: -1.0}.get(label, 0.0) for label in given] for given in labels.values()])
    kernel = _kernel(vectors, vectors, gamma).astype(np.float64)
    found: Any = np.linalg.solve(kernel + np.diag(ridge / share), target.T)
    return FittedAnchors(tuple(labels), vectors, found.T.astype(np.float32), gamma, identity, centre)


def _centred(vectors: NDArray[np.float32], centre: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    if not centre.any():
        return vectors
    moved = vectors - centre
    unit: NDArray[np.float32] = moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)
    return unit


def _kernel(one: NDArray[np.float32], other: NDArray[np.float32], gamma: float) -> NDArray[np.float32]:
    import numpy as np

    squares = (one * one).sum(axis=1)[:, None] + (other * other).sum(axis=1)[None, :] - 2.0 * (one @ other.T)
    near: NDArray[np.float32] = np.exp(-gamma * np.maximum(squares, 0.0))
    return near
