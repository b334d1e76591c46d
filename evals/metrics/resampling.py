"""How sure a figure is: clustered bootstrap, jackknife, paired comparison, and correction for several comparisons.

Items of one group (a dialogue, a video, a writer) are not independent, so whole groups are resampled: as many groups as
there are, drawn with replacement, each with all of its items. A percentile interval of the statistic over resamples
follows (Efron & Tibshirani 1993, ch. 13). Everything is seeded: the same call gives the same interval.

A statistic comes in one of two forms. `Statistic` takes item indices, with repeats, and is easy to write.
`WeightedStatistic` takes how often each item was drawn, for many resamples at once, and is fast; see `weighted.py`.
Both forms see the same resamples for the same seed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Difference",
    "Interval",
    "McNemar",
    "Statistic",
    "WeightedStatistic",
    "bootstrap",
    "bootstrap_weighted",
    "difference_from_samples",
    "group_codes",
    "holm",
    "interval_from_samples",
    "jackknife",
    "mcnemar",
    "paired_bootstrap",
    "paired_jackknife",
    "resampled_weights",
]

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]
Statistic = Callable[[Indices], float]
WeightedStatistic = Callable[[Floats], Floats]

RESAMPLES = 2000
LEVEL = 0.95
ONE_GROUP = "one group: no interval"
TOO_OFTEN_UNDEFINED = "undefined in more than half of the resamples: no interval"
# Resamples are drawn in blocks of about this many cells: 16 MB of float64.
_CELLS = 2_000_000
_NORMAL_975 = 1.959963984540054


@dataclass(frozen=True)
class Interval:
    """A figure with its 95 % interval.

    Attributes:
        value: on the items themselves.
        low, high: nan where there is no interval; `note` says why.
        n, groups: items, and groups of items.
    """

    value: float
    low: float
    high: float
    n: int
    groups: int
    note: str = ""


@dataclass(frozen=True)
class Difference:
    """A figure of b minus the same figure of a, on the same items.

    Attributes:
        p: two-sided, in (0, 1]; nan where there is no interval.
    """

    difference: float
    low: float
    high: float
    p: float
    n: int
    groups: int
    note: str = ""


def group_codes(groups: Sequence[Hashable]) -> tuple[Indices, int]:
    """Each item's group as a number, in order of first appearance, and how many groups there are.

    Raises:
        ValueError: there are no items.
    """
    if len(groups) == 0:
        raise ValueError("no items to resample")
    seen: dict[Hashable, int] = {}
    codes = np.array([seen.setdefault(group, len(seen)) for group in groups], dtype=np.intp)
    return codes, len(seen)


def _draws(number: int, items: int, resamples: int, seed: int) -> Iterator[Indices]:
    """Blocks (r, number) of group numbers drawn with replacement; `resamples` rows in all."""
    if resamples < 1:
        raise ValueError(f"resamples is {resamples}; expected at least 1")
    generator = np.random.default_rng(seed)
    block = max(1, _CELLS // max(items, number))
    for start in range(0, resamples, block):
        rows = min(block, resamples - start)
        yield generator.integers(0, number, size=(rows, number)).astype(np.intp)


def resampled_weights(groups: Sequence[Hashable], resamples: int = RESAMPLES, seed: int = 0) -> Iterator[Floats]:
    """How often each item was drawn: blocks (r, n) of float64 counts, `resamples` rows in all.

    Raises:
        ValueError: there are no items, or no resamples.
    """
    codes, number = group_codes(groups)
    for draws in _draws(number, codes.size, resamples, seed):
        rows = draws.shape[0]
        cells = (draws + np.arange(rows)[:, None] * number).ravel()
        counts = np.bincount(cells, minlength=rows * number).reshape(rows, number)
        yield counts.astype(np.float64)[:, codes]


def _resampled_indices(codes: Indices, number: int, resamples: int, seed: int) -> Iterator[Indices]:
    """The items of each resample, one vector each."""
    order = np.argsort(codes, kind="stable")
    size = np.bincount(codes, minlength=number)
    first = np.concatenate([[0], np.cumsum(size)[:-1]])
    for draws in _draws(number, codes.size, resamples, seed):
        for drawn in draws:
            lengths = size[drawn]
            ends = np.cumsum(lengths)
            # Positions of each drawn group's items in `order`: its start, counted up.
            yield order[np.arange(ends[-1]) + np.repeat(first[drawn] - (ends - lengths), lengths)]


def interval_from_samples(value: float, samples: Floats, n: int, groups: int) -> Interval:
    """The percentile interval of a statistic over resamples.

    Resamples where the statistic is nan are left out. There is no interval (nan, with a note) for one group, or where
    more than half of the resamples are nan.
    """
    note = _why_not(samples, groups)
    if note:
        return Interval(value, math.nan, math.nan, n, groups, note)
    low, high = np.quantile(samples[~np.isnan(samples)], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(value, float(low), float(high), n, groups)


def difference_from_samples(difference: float, samples: Floats, n: int, groups: int) -> Difference:
    """The percentile interval of a difference over resamples, and a p value that goes with it.

    `p = 2 * min(P(d <= 0), P(d >= 0))` over resamples, one added to counts above and below so that it is never 0
    (Davison & Hinkley 1997, sec. 4.2), at most 1. nan as in `interval_from_samples`.
    """
    interval = interval_from_samples(difference, samples, n, groups)
    if math.isnan(interval.low):
        return Difference(difference, math.nan, math.nan, math.nan, n, groups, interval.note)
    kept = samples[~np.isnan(samples)]
    tail = min(int((kept <= 0).sum()), int((kept >= 0).sum()))
    p = min(1.0, 2.0 * (tail + 1) / (kept.size + 1))
    return Difference(difference, interval.low, interval.high, p, n, groups)


def _why_not(samples: Floats, groups: int) -> str:
    if groups < 2:
        return ONE_GROUP
    return TOO_OFTEN_UNDEFINED if np.isnan(samples).mean() > 0.5 else ""


def bootstrap(
    statistic: Statistic, groups: Sequence[Hashable], *, resamples: int = RESAMPLES, seed: int = 0
) -> Interval:
    """A statistic with its clustered 95 % percentile interval.

    Args:
        statistic: item indices (any length, with repeats) -> value; nan where it is undefined.
        groups: the group of each of n items.
        resamples: how many.
        seed: of the generator.

    Raises:
        ValueError: there are no items, or no resamples.
    """
    codes, number = group_codes(groups)
    samples = np.array([statistic(indices) for indices in _resampled_indices(codes, number, resamples, seed)])
    return interval_from_samples(statistic(np.arange(codes.size)), samples, codes.size, number)


def bootstrap_weighted(
    statistic: WeightedStatistic, groups: Sequence[Hashable], *, resamples: int = RESAMPLES, seed: int = 0
) -> Interval:
    """`bootstrap` for a statistic of weights: (r, n) counts -> (r,) values. The same resamples, and much faster.

    Raises:
        ValueError: there are no items, or no resamples.
    """
    codes, number = group_codes(groups)
    samples = np.concatenate([statistic(weights) for weights in resampled_weights(groups, resamples, seed)])
    return interval_from_samples(float(statistic(np.ones((1, codes.size)))[0]), samples, codes.size, number)


def paired_bootstrap(
    a: Statistic, b: Statistic, groups: Sequence[Hashable], *, resamples: int = RESAMPLES, seed: int = 0
) -> Difference:
    """b minus a, both computed on the same resampled items.

    Args:
        a, b: item indices -> value, for the two systems; index i is the same item in both.
        groups: the group of each of n items.
        resamples: how many.
        seed: of the generator.

    Raises:
        ValueError: there are no items, or no resamples.
    """
    codes, number = group_codes(groups)
    everything = np.arange(codes.size)
    samples = np.array([b(i) - a(i) for i in _resampled_indices(codes, number, resamples, seed)])
    return difference_from_samples(b(everything) - a(everything), samples, codes.size, number)


def _jackknife_error(leave_one_out: Floats) -> float:
    number = leave_one_out.size
    return math.sqrt((number - 1) / number * float(((leave_one_out - leave_one_out.mean()) ** 2).sum()))


def jackknife(value: float, leave_one_out: Floats, n: int) -> Interval:
    """`value` -+ 1.96 jackknife standard errors, for statistics that repeats of an item would bias.

    Args:
        value: on all items.
        leave_one_out: (groups,) the statistic without each group in turn. The variance is not too small on average
            (Efron & Stein 1981).
        n: items.
    """
    groups = leave_one_out.size
    if groups < 2 or not np.isfinite(leave_one_out).all():
        note = ONE_GROUP if groups < 2 else "undefined without one of the groups: no interval"
        return Interval(value, math.nan, math.nan, n, groups, note)
    half = _NORMAL_975 * _jackknife_error(leave_one_out)
    return Interval(value, value - half, value + half, n, groups)


def paired_jackknife(difference: float, leave_one_out: Floats, n: int) -> Difference:
    """`jackknife` of a difference, with the two-sided p of a normal distribution.

    Args:
        difference: b minus a on all items.
        leave_one_out: (groups,) the difference without each group in turn.
        n: items.
    """
    interval = jackknife(difference, leave_one_out, n)
    p = math.nan
    if not math.isnan(interval.low):
        error = _jackknife_error(leave_one_out)
        p = math.erfc(abs(difference) / error / math.sqrt(2.0)) if error > 0 else float(difference == 0)
    return Difference(difference, interval.low, interval.high, p, n, interval.groups, interval.note)


@dataclass(frozen=True)
class McNemar:
    """McNemar's exact test.

    Attributes:
        b: items that only the first system got right.
        c: items that only the second got right.
        p: two-sided.
    """

    b: int
    c: int
    p: float


def mcnemar(first: Sequence[bool] | NDArray[np.bool_], second: Sequence[bool] | NDArray[np.bool_]) -> McNemar:
    """Whether two systems differ on the same independent items: exact binomial test on the discordant pairs.

    Args:
        first, second: (n,) whether each item was right.

    Returns:
        p is 1 where no pair is discordant.

    Raises:
        ValueError: lengths differ, or there are no items.
    """
    from scipy.stats import binomtest  # type: ignore[import-untyped]

    x, y = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    if x.ndim != 1 or x.shape != y.shape or x.size == 0:
        raise ValueError(f"hits have shapes {x.shape} and {y.shape}; expected two vectors of one length, not empty")
    b, c = int((x & ~y).sum()), int((~x & y).sum())
    return McNemar(b, c, float(binomtest(b, b + c, 0.5).pvalue) if b + c else 1.0)


def holm(p_values: Sequence[float]) -> list[float]:
    """p values corrected for several comparisons (Holm 1979), in the order given.

    The i-th smallest is multiplied by `m - i` (i from 0), then made not to fall below a smaller one, at most 1.

    Raises:
        ValueError: a p value is not in [0, 1].
    """
    if not all(0.0 <= p <= 1.0 for p in p_values):
        raise ValueError(f"p values must be in [0, 1]: {list(p_values)}")
    adjusted = [0.0] * len(p_values)
    running = 0.0
    for step, place in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        running = max(running, min(1.0, (len(p_values) - step) * p_values[place]))
        adjusted[place] = running
    return adjusted
