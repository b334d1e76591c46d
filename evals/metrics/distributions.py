"""Predicted distributions over a closed set of labels, against one label or against a distribution of people's labels.

Distributions are arrays (n, k): one row per item, one column per label, not negative, rows summing to 1 within 1e-6.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Bin",
    "Calibration",
    "brier",
    "calibration",
    "entropy",
    "jensen_shannon",
    "negative_log_likelihood",
]

Floats = NDArray[np.float64]
# The default number of bins. Guo et al. 2017 take 15; ten is our choice, since most sets here have a few hundred items.
BINS = 10


def _rows(distributions: ArrayLike) -> Floats:
    p = np.asarray(distributions, dtype=np.float64)
    if p.ndim != 2 or p.size == 0:
        raise ValueError(f"distributions have shape {p.shape}; expected (items, labels), not empty")
    if not np.isfinite(p).all() or p.min() < 0:
        raise ValueError("probabilities must be finite and not negative")
    off = np.abs(p.sum(axis=1) - 1.0)
    if off.max() > 1e-6:
        raise ValueError(f"distribution {int(off.argmax())} sums to {p[off.argmax()].sum():.6f}, not to 1")
    return p


def _targets(targets: ArrayLike, p: Floats) -> NDArray[np.intp]:
    index = np.asarray(targets, dtype=np.intp)
    if index.shape != p.shape[:1]:
        raise ValueError(f"targets have shape {index.shape}; expected ({p.shape[0]},)")
    if index.min() < 0 or index.max() >= p.shape[1]:
        raise ValueError(f"a target is outside the {p.shape[1]} labels")
    return index


def entropy(distributions: ArrayLike) -> Floats:
    """Shannon's entropy of each row in nats, in [0, ln k]; (n,).

    Raises:
        ValueError: not distributions (see the module).
    """
    p = _rows(distributions)
    negative: Floats = (p * np.log(np.where(p > 0, p, 1.0))).sum(axis=1)
    return 0.0 - negative


def jensen_shannon(p: ArrayLike, q: ArrayLike) -> Floats:
    """Jensen-Shannon divergence of each pair of rows in bits, in [0, 1]; (n,).

    `H((p + q) / 2) - (H(p) + H(q)) / 2` (Lin 1991). It is the divergence, not its square root (the distance that
    `scipy.spatial.distance.jensenshannon` gives).

    Raises:
        ValueError: not distributions, or of different shapes.
    """
    a, b = _rows(p), _rows(q)
    if a.shape != b.shape:
        raise ValueError(f"distributions have shapes {a.shape} and {b.shape}")
    bits = (entropy((a + b) / 2.0) - (entropy(a) + entropy(b)) / 2.0) / np.log(2.0)
    clipped: Floats = np.clip(bits, 0.0, 1.0)
    return clipped


def brier(distributions: ArrayLike, targets: ArrayLike) -> Floats:
    """The multi-class Brier score of each item, in [0, 2]; (n,).

    The squared differences to the one-hot target, summed over classes (Brier 1950): 0 is certain and right, 2 certain
    and wrong, `1 - 1/k` the uniform distribution.

    Args:
        distributions: (n, k).
        targets: (n,) columns of the right labels.

    Raises:
        ValueError: not distributions, or targets that do not fit them.
    """
    p = _rows(distributions)
    one_hot = np.eye(p.shape[1])[_targets(targets, p)]
    squares: Floats = ((p - one_hot) ** 2).sum(axis=1)
    return squares


def negative_log_likelihood(distributions: ArrayLike, targets: ArrayLike, floor: float = 1e-6) -> Floats:
    """`-ln p(target)` of each item in nats, in [0, -ln floor]; (n,).

    Probabilities below `floor` are raised to it, so that one impossible answer does not make the mean infinite; the
    floor is our choice.

    Raises:
        ValueError: not distributions, targets that do not fit them, or a floor outside (0, 1).
    """
    if not 0.0 < floor < 1.0:
        raise ValueError(f"floor is {floor}; expected a probability above 0 and below 1")
    p = _rows(distributions)
    chosen = p[np.arange(p.shape[0]), _targets(targets, p)]
    return 0.0 - np.log(np.clip(chosen, floor, 1.0))


@dataclass(frozen=True)
class Bin:
    """One bin of the reliability curve, confidences in [low, high) (the last one includes 1).

    Attributes:
        n: items in the bin.
        confidence, accuracy: their mean confidence and share of hits; nan in an empty bin.
    """

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Calibration:
    """How far confidence is from accuracy.

    Attributes:
        ece: expected calibration error, in [0, 1].
        bins: the reliability curve, empty bins included.
    """

    ece: float
    bins: tuple[Bin, ...]


def bin_of(confidence: Floats, bins: int) -> NDArray[np.intp]:
    """The equal-width bin of each confidence in [0, 1], from 0; 1 belongs to the last."""
    return np.minimum((confidence * bins).astype(np.intp), bins - 1)


def calibration(
    confidence: Sequence[float] | Floats, hit: Sequence[bool] | NDArray[np.bool_], bins: int = BINS
) -> Calibration:
    """Expected calibration error of the top label with equal-width bins (Guo et al. 2017, arXiv 1706.04599).

    `sum_b n_b / n * |accuracy_b - confidence_b|`.

    Args:
        confidence: (n,) probability of each predicted label, in [0, 1].
        hit: (n,) whether that label was right.
        bins: number of bins.

    Raises:
        ValueError: shapes differ, no items, a confidence outside [0, 1], or bins < 1.
    """
    c, h = np.asarray(confidence, dtype=np.float64), np.asarray(hit, dtype=np.float64)
    if c.ndim != 1 or c.shape != h.shape or c.size == 0:
        raise ValueError(f"confidences and hits have shapes {c.shape} and {h.shape}; expected two of one length, not 0")
    if bins < 1 or not ((c >= 0.0) & (c <= 1.0)).all():
        raise ValueError(f"confidences must be in [0, 1] and bins ({bins}) at least 1")
    place = bin_of(c, bins)
    number = np.bincount(place, minlength=bins)
    confidences = np.bincount(place, weights=c, minlength=bins)
    hits = np.bincount(place, weights=h, minlength=bins)
    curve = tuple(
        Bin(
            low=b / bins,
            high=(b + 1) / bins,
            n=int(number[b]),
            confidence=float(confidences[b] / number[b]) if number[b] else float("nan"),
            accuracy=float(hits[b] / number[b]) if number[b] else float("nan"),
        )
        for b in range(bins)
    )
    return Calibration(ece=float(np.abs(hits - confidences).sum() / c.size), bins=curve)
