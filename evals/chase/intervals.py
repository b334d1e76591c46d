"""Means and areas under curves with intervals over sources, as figures that can be stored."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from affectgraph.evals.metrics.resampling import Interval, WeightedStatistic, bootstrap_weighted
from affectgraph.evals.metrics.weighted import auroc_of, mean_of
from affectgraph.tools.chase.heads import Floats
from affectgraph.tools.link_parts import Figure

__all__ = ["area", "average"]


def average(values: Sequence[float] | Floats, sources: Sequence[str], seed: int = 0) -> Figure:
    """The mean over clips, with its 95 % bootstrap interval over sources.

    Raises:
        ValueError: there are no clips.
    """
    return _figure(mean_of(np.asarray(values, dtype=np.float64)), sources, seed)


def area(labels: Sequence[bool], said: Floats, sources: Sequence[str], seed: int = 0) -> Figure:
    """AUROC of n numbers for n labels of both kinds, with its 95 % bootstrap interval over sources.

    Raises:
        ValueError: there are no clips, or all labels are the same.
    """
    return _figure(auroc_of(np.asarray(labels, dtype=bool), said), sources, seed)


def _figure(statistic: WeightedStatistic, sources: Sequence[str], seed: int) -> Figure:
    found: Interval = bootstrap_weighted(statistic, sources, seed=seed)
    alone = math.isnan(found.low)
    return Figure(
        value=found.value,
        low=None if alone else found.low,
        high=None if alone else found.high,
        n=found.n,
        groups=found.groups,
    )
