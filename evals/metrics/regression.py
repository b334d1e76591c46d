"""Ratings on a scale: error, correlation, concordance, and how well anyone could do.

Inputs are n target and n predicted ratings. A correlation with a constant side is `nan`: nothing varies together with
a constant.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["concordance", "mean_absolute_error", "noise_ceiling", "pearson", "spearman"]

Floats = NDArray[np.float64]
Values = Sequence[float] | Floats


def _pair(target: Values, prediction: Values) -> tuple[Floats, Floats]:
    x, y = np.asarray(target, dtype=np.float64), np.asarray(prediction, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"ratings have shapes {x.shape} and {y.shape}; expected two vectors of one length")
    if x.size == 0:
        raise ValueError("no ratings to score")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("ratings must be finite")
    return x, y


def mean_absolute_error(target: Values, prediction: Values) -> float:
    """The mean of |target - prediction|, in units of the scale, at least 0.

    Raises:
        ValueError: not two finite vectors of one length, or empty.
    """
    x, y = _pair(target, prediction)
    return float(np.abs(x - y).mean())


def pearson(target: Values, prediction: Values) -> float:
    """Pearson's r, in [-1, 1]; nan where a side is constant.

    Raises:
        ValueError: not two finite vectors of one length, or empty.
    """
    x, y = _pair(target, prediction)
    span_x, span_y = np.ptp(x), np.ptp(y)
    if span_x == 0 or span_y == 0:
        return float("nan")
    # Divided by their range first: squares of tiny numbers would underflow to 0.
    x, y = (x - x.mean()) / span_x, (y - y.mean()) / span_y
    return float(np.clip(x @ y / (np.linalg.norm(x) * np.linalg.norm(y)), -1.0, 1.0))


def spearman(target: Values, prediction: Values) -> float:
    """Spearman's rho: Pearson's r of the ranks, ties at their mean rank; in [-1, 1], nan where a side is constant.

    Raises:
        ValueError: not two finite vectors of one length, or empty.
    """
    from scipy.stats import rankdata  # type: ignore[import-untyped]

    x, y = _pair(target, prediction)
    return pearson(rankdata(x), rankdata(y))


def concordance(target: Values, prediction: Values) -> float:
    """Lin's concordance correlation coefficient (Lin 1989, Biometrics 45), in [-1, 1].

    `2 cov(x, y) / (var(x) + var(y) + (mean(x) - mean(y))^2)` with moments over n, as in the paper. A constant
    side gives 0; two equal constants give nan (0/0).

    Raises:
        ValueError: not two finite vectors of one length, or empty.
    """
    x, y = _pair(target, prediction)
    spread = float(x.var() + y.var() + (x.mean() - y.mean()) ** 2)
    if spread == 0:
        return float("nan")
    return float(2.0 * ((x - x.mean()) * (y - y.mean())).mean()) / spread


def noise_ceiling(means: Values, deviations: Values, counts: Sequence[int] | NDArray[np.int64]) -> float:
    """The correlation that a perfect predictor is expected to reach with observed mean ratings, in [0, 1].

    Classical test theory (Spearman 1904): the observed mean of an item is its true value plus noise of variance
    `sd^2 / n`. With `reliability = 1 - mean(sd^2 / n) / var(means)`, a predictor that knows the true values correlates
    `sqrt(reliability)` with the observed means. Which of the common ceilings to take is our choice: this one needs only
    what sets publish (mean, sd and n of each item), not the single ratings.

    Args:
        means: observed mean rating of each item.
        deviations: standard deviation of each item's ratings (n - 1 in the denominator).
        counts: ratings per item, at least 1.

    Returns:
        0 where the noise explains all the variance; nan where there are fewer than two items or all means are equal.

    Raises:
        ValueError: not finite vectors of one length, empty, a negative deviation, or a count below 1.
    """
    x, sd = _pair(means, deviations)
    n = np.asarray(counts, dtype=np.float64)
    if n.shape != x.shape or n.min() < 1 or sd.min() < 0:
        raise ValueError(f"expected {x.size} counts of at least 1 and deviations of at least 0")
    if x.size < 2 or np.ptp(x) == 0:
        return float("nan")
    reliability = 1.0 - float((sd**2 / n).mean()) / float(x.var(ddof=1))
    return math.sqrt(max(0.0, reliability))
