"""Statistics of weighted items, for all resamples of a bootstrap at once.

Each function here takes what is known per item and returns a `WeightedStatistic`: weights (r, n), how often each of n
items was drawn in each of r resamples, -> (r,) values, nan where the statistic is undefined. With all weights 1 it is
the plain statistic of its namesake in `classification`, `regression`, `distributions` or `generation`. Most are
functions of sums over items, so that one matrix product serves all resamples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from affectgraph.evals.metrics.classification import macro_from_counts, weighted_from_counts
from affectgraph.evals.metrics.distributions import BINS, bin_of
from affectgraph.evals.metrics.resampling import WeightedStatistic

__all__ = [
    "auroc_of",
    "average_of",
    "bleu_of",
    "calibration_error_of",
    "ceiling_of",
    "concordance_of",
    "constant_of",
    "f1_of",
    "mean_of",
    "pearson_of",
    "ratio_of",
    "spearman_of",
]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
# A variance (or squared gap of means) below this share of the whole sample's variance is rounding error.
_ROUNDING = 1e-12


def _ratio(top: Floats, bottom: Floats) -> Floats:
    share: Floats = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0)
    return share


def ratio_of(top: Floats, bottom: Floats) -> WeightedStatistic:
    """The sum of (n,) values over the sum of (n,) others, e.g. of counts per item."""
    sums = np.stack([top, bottom], axis=1)

    def statistic(weights: Floats) -> Floats:
        total = weights @ sums
        return _ratio(total[:, 0], total[:, 1])

    return statistic


def ceiling_of(target: Floats, noise: Floats) -> WeightedStatistic:
    """`regression.noise_ceiling` of (n,) observed means with the variance of each one's noise; nan leaves an item out.

    In a resample the variance of the means is that over drawn items, over their number less one.
    """
    known = ~(np.isnan(target) | np.isnan(noise))
    x = np.where(known, target - target[known].mean() if known.any() else 0.0, 0.0)
    sums = np.stack([known.astype(np.float64), x, x**2, np.where(known, noise, 0.0)], axis=1)

    def statistic(weights: Floats) -> Floats:
        n, first, second, variance = (weights @ sums).T
        spread = second - _ratio(first**2, n)
        reliability = 1.0 - _ratio(
            variance / np.where(n > 0, n, 1.0), np.where(n > 1, spread / np.maximum(n - 1, 1), 0)
        )
        ceiling: Floats = np.sqrt(np.clip(reliability, 0.0, None))
        return ceiling

    return statistic


def mean_of(values: Floats) -> WeightedStatistic:
    """The mean of (n,) values; an item whose value is nan is not counted."""
    counted = ~np.isnan(values)
    return ratio_of(np.where(counted, values, 0.0), counted.astype(np.float64))


def f1_of(target: Codes, prediction: Codes, labels: int, *, macro: bool) -> WeightedStatistic:
    """Macro or weighted F1. In each resample the classes that occur in it count.

    Args:
        target: (n,) numbers of labels from 0.
        prediction: (n,) likewise, -1 where the answer could not be read.
        labels: how many.
        macro: the unweighted mean over classes; else weighted by support.
    """
    classes = np.arange(labels)
    is_target = (target[:, None] == classes).astype(np.float64)
    is_predicted = (prediction[:, None] == classes).astype(np.float64)
    sums = np.concatenate([is_target * is_predicted, is_target, is_predicted], axis=1)
    from_counts = macro_from_counts if macro else weighted_from_counts

    def statistic(weights: Floats) -> Floats:
        total = weights @ sums
        return from_counts(total[:, :labels], total[:, labels : 2 * labels], total[:, 2 * labels :])

    return statistic


def auroc_of(positive: NDArray[np.bool_], score: Floats) -> WeightedStatistic:
    """Area under the ROC curve of (n,) scores, ties counting half; nan in resamples with items of one kind."""
    _, codes = np.unique(score, return_inverse=True)
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))

    def statistic(weights: Floats) -> Floats:
        sums = [np.add.reduceat((weights * kind)[:, order], starts, axis=1) for kind in (positive, ~positive)]
        below = np.cumsum(sums[1], axis=1) - sums[1] / 2.0
        total = sums[0].sum(axis=1) * sums[1].sum(axis=1)
        return _ratio((sums[0] * below).sum(axis=1), total)

    return statistic


def calibration_error_of(confidence: Floats, hit: Floats, bins: int = BINS) -> WeightedStatistic:
    """Expected calibration error; an item whose confidence is nan is not counted."""
    counted = ~np.isnan(confidence)
    sure = np.where(counted, confidence, 0.0)
    gap = np.where(counted, hit - sure, 0.0)
    one_hot = (bin_of(sure, bins)[:, None] == np.arange(bins)).astype(np.float64)
    sums = np.concatenate([one_hot * gap[:, None], counted[:, None].astype(np.float64)], axis=1)

    def statistic(weights: Floats) -> Floats:
        total = weights @ sums
        return _ratio(np.abs(total[:, :bins]).sum(axis=1), total[:, bins])

    return statistic


class _Moments:
    """Weighted means, variances and covariance of two variables; items where either is nan are not counted."""

    def __init__(self, x: Floats, y: Floats) -> None:
        counted = ~(np.isnan(x) | np.isnan(y))
        # Centred, so that variances are not small differences of large sums.
        self._shift_x, self._shift_y = float(x[counted].mean()), float(y[counted].mean())
        u, v = np.where(counted, x - self._shift_x, 0.0), np.where(counted, y - self._shift_y, 0.0)
        self._sums = np.stack([counted.astype(np.float64), u, v, u * u, v * v, u * v], axis=1)
        n = float(counted.sum())
        self._least_x = _ROUNDING * float((u * u).sum()) / n
        self._least_y = _ROUNDING * float((v * v).sum()) / n

    def __call__(self, weights: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Variance of x, variance of y, covariance, mean of x minus mean of y; (r,) each."""
        total = weights @ self._sums
        mean = [_ratio(total[:, i], total[:, 0]) for i in range(1, 6)]
        var_x, var_y = mean[2] - mean[0] ** 2, mean[3] - mean[1] ** 2
        # An empty resample is nan and stays so.
        var_x = np.where(var_x <= self._least_x, 0.0, var_x)
        var_y = np.where(var_y <= self._least_y, 0.0, var_y)
        gap = mean[0] + self._shift_x - mean[1] - self._shift_y
        gap = np.where(gap**2 <= self._least_x + self._least_y, 0.0, gap)
        return var_x, var_y, mean[4] - mean[0] * mean[1], gap


def pearson_of(x: Floats, y: Floats) -> WeightedStatistic:
    """Pearson's r of (n,) ratings; nan values are not counted, a constant side gives nan."""
    moments = _Moments(x, y)

    def statistic(weights: Floats) -> Floats:
        var_x, var_y, covariance, _ = moments(weights)
        return np.clip(_ratio(covariance, np.sqrt(var_x) * np.sqrt(var_y)), -1.0, 1.0)

    return statistic


def concordance_of(x: Floats, y: Floats) -> WeightedStatistic:
    """Lin's concordance of (n,) ratings; nan values are not counted, two equal constants give nan."""
    moments = _Moments(x, y)

    def statistic(weights: Floats) -> Floats:
        var_x, var_y, covariance, gap = moments(weights)
        return _ratio(2.0 * covariance, var_x + var_y + gap**2)

    return statistic


class _Ranks:
    """Mean ranks of a variable when items are repeated as often as their weight, centred on their mean."""

    def __init__(self, values: Floats) -> None:
        _, self._codes = np.unique(values, return_inverse=True)
        self._order = np.argsort(self._codes, kind="stable")
        self._starts = np.flatnonzero(np.diff(self._codes[self._order], prepend=-1))

    def __call__(self, weights: Floats) -> tuple[Floats, Floats]:
        """Rank of each item (r, n), and the variance of ranks times their number (r,)."""
        tied = np.add.reduceat(weights[:, self._order], self._starts, axis=1)
        upto = np.cumsum(tied, axis=1)
        # Ties share the mean of their places; the mean of all places is half their number (places from 1/2).
        rank = upto - tied / 2.0 - upto[:, -1:] / 2.0
        return rank[:, self._codes], (tied * rank**2).sum(axis=1)


def spearman_of(x: Floats, y: Floats) -> WeightedStatistic:
    """Spearman's rho of (n,) ratings, ranked anew in each resample; nan values are not counted."""
    counted = ~(np.isnan(x) | np.isnan(y))
    ranks_x, ranks_y = _Ranks(x[counted]), _Ranks(y[counted])

    def statistic(weights: Floats) -> Floats:
        kept = weights[:, counted]
        (place_x, var_x), (place_y, var_y) = ranks_x(kept), ranks_y(kept)
        covariance = np.einsum("rn,rn,rn->r", kept, place_x, place_y)
        return np.clip(_ratio(covariance, np.sqrt(var_x) * np.sqrt(var_y)), -1.0, 1.0)

    return statistic


def constant_of(value: float) -> WeightedStatistic:
    """The same value in every resample."""
    return lambda weights: np.full(weights.shape[0], value)


def average_of(statistics: Sequence[WeightedStatistic]) -> WeightedStatistic:
    """The plain mean of several statistics; nan where one of them is."""

    def statistic(weights: Floats) -> Floats:
        average: Floats = np.stack([each(weights) for each in statistics]).mean(axis=0)
        return average

    return statistic


def bleu_of(counts: Floats, score: Callable[[Floats], float]) -> WeightedStatistic:
    """Corpus BLEU from the (n, 10) counts of single replies (see `generation.bleu_counts`), which add up."""

    def statistic(weights: Floats) -> Floats:
        return np.array([score(total) for total in weights @ counts])

    return statistic
