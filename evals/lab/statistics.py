"""Figures with 95 % intervals over sources: clips of one source are not independent, so sources are resampled."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from affectgraph.evals.metrics.resampling import (
    Interval,
    bootstrap_weighted,
    difference_from_samples,
    group_codes,
    interval_from_samples,
    resampled_weights,
)
from affectgraph.evals.metrics.weighted import auroc_of

__all__ = ["Contrast", "Figure", "auroc", "contrast", "figures"]

Floats = NDArray[np.float64]


class Figure(BaseModel):
    """A value with its 95 % interval over n items; the ends are None where there is no interval."""

    model_config = ConfigDict(frozen=True)

    value: float
    low: float | None
    high: float | None
    n: int


class Contrast(BaseModel):
    """b minus a on the same items, with its 95 % interval and a two-sided p."""

    model_config = ConfigDict(frozen=True)

    difference: float
    low: float | None
    high: float | None
    p: float | None
    n: int


def figures(values: Floats, sources: Sequence[Hashable]) -> list[Figure]:
    """The mean of each column, all over the same resamples.

    Args:
        values: (n, columns).
        sources: n.
    """
    groups = group_codes(sources)[1]
    samples = np.concatenate([_means(weights, values) for weights in resampled_weights(sources)])
    return [
        _figure(interval_from_samples(float(value), samples[:, column], len(values), groups))
        for column, value in enumerate(values.mean(axis=0))
    ]


def contrast(a: Floats, b: Floats, sources: Sequence[Hashable]) -> Contrast:
    """The mean of b minus the mean of a, (n,) each, paired by item."""
    apart = (b - a)[:, None]
    samples = np.concatenate([_means(weights, apart)[:, 0] for weights in resampled_weights(sources)])
    found = difference_from_samples(float(apart.mean()), samples, len(a), group_codes(sources)[1])
    return Contrast(
        difference=found.difference, low=_known(found.low), high=_known(found.high), p=_known(found.p), n=found.n
    )


def auroc(labels: NDArray[np.bool_], said: Floats, sources: Sequence[Hashable]) -> Figure:
    """Area under the ROC curve."""
    return _figure(bootstrap_weighted(auroc_of(labels, said), sources))


def _means(weights: Floats, values: Floats) -> Floats:
    return np.asarray(weights @ values / weights.sum(axis=1, keepdims=True))


def _figure(found: Interval) -> Figure:
    return Figure(value=found.value, low=_known(found.low), high=_known(found.high), n=found.n)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
