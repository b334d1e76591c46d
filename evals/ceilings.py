"""How well people's mean ratings could be predicted at best: the noise that is left in a mean of n people.

The correlation is the square root of the reliability (Spearman 1904; `metrics.regression.noise_ceiling`): the observed
mean of a picture is its true value and noise of variance sd^2 / n. It is the same number that split halves corrected by
Spearman-Brown come to, got from what sets publish. The error is that of someone who says the true value: for normal
noise, mean(sd / sqrt(n)) * sqrt(2 / pi).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from affectgraph.evals.datasets import Dataset
from affectgraph.evals.metrics.regression import noise_ceiling

__all__ = ["Ceiling", "ceilings"]


@dataclass(frozen=True)
class Ceiling:
    """What a perfect predictor of the true values would reach against the observed means.

    Attributes:
        pearson: in [0, 1]; nan where all means are equal.
        mae: in units of the scale, at least 0.
        n: items whose standard deviation and number of raters are known.
    """

    pearson: float
    mae: float
    n: int


def ceilings(dataset: Dataset) -> dict[str, Ceiling]:
    """Variable -> ceiling, of items with `sd` (variable -> standard deviation) and `raters` among their fields.

    A variable for which fewer than two items have both is left out.
    """
    known = [item for item in dataset.items if "raters" in item.fields and "sd" in item.fields]
    found = {}
    for variable in dict.fromkeys(name for item in known for name in item.fields["sd"]):
        items = [item for item in known if variable in item.fields["sd"]]
        if len(items) < 2:
            continue
        sd = np.array([item.fields["sd"][variable] for item in items])
        n = np.array([item.fields["raters"] for item in items])
        error = float((sd / np.sqrt(n)).mean()) * math.sqrt(2.0 / math.pi)
        pearson = noise_ceiling([item.target[variable] for item in items], sd, n)
        found[variable] = Ceiling(pearson, error, len(items))
    return found
