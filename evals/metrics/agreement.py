"""How far a judge agrees with people, or people with each other: every figure with the number of items behind it.

A judgement of `None` could not be read. It is left out here, since agreement is about judgements that exist, and `n`
says how many remained: publish both.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from affectgraph.evals.metrics.classification import quadratic_kappa
from affectgraph.evals.metrics.regression import pearson, spearman

__all__ = ["Agreement", "cohen_kappa", "judge_agreement", "krippendorff_alpha", "percent_agreement"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Agreement:
    """One figure of agreement.

    Attributes:
        name: of the figure.
        value: nan where it is undefined.
        n: items with a judgement on both sides (for Krippendorff's alpha: with two or more judgements).
    """

    name: str
    value: float
    n: int


def _both(a: Sequence[Hashable | None], b: Sequence[Hashable | None]) -> list[tuple[str, str]]:
    if len(a) != len(b) or not a:
        raise ValueError(f"{len(a)} and {len(b)} judgements; expected two lists of one length, not empty")
    return [(str(x), str(y)) for x, y in zip(a, b, strict=True) if x is not None and y is not None]


def percent_agreement(a: Sequence[Hashable | None], b: Sequence[Hashable | None]) -> Agreement:
    """The share of items on which two judges give the same label, in [0, 1]; nan where no item has both.

    Raises:
        ValueError: lengths differ, or there are no items.
    """
    pairs = _both(a, b)
    value = sum(x == y for x, y in pairs) / len(pairs) if pairs else float("nan")
    return Agreement("percent_agreement", value, len(pairs))


def cohen_kappa(a: Sequence[Hashable | None], b: Sequence[Hashable | None]) -> Agreement:
    """Cohen's kappa of two judges over unordered labels (Cohen 1960), at most 1.

    nan where no item has both judgements, or both judges always give one and the same label: chance agreement is then
    complete and nothing is left to explain.

    Raises:
        ValueError: lengths differ, or there are no items.
    """
    from sklearn.metrics import cohen_kappa_score  # type: ignore[import-untyped]

    pairs = _both(a, b)
    if len({label for pair in pairs for label in pair}) < 2:
        return Agreement("cohen_kappa", float("nan"), len(pairs))
    return Agreement("cohen_kappa", float(cohen_kappa_score(*zip(*pairs, strict=True))), len(pairs))


def krippendorff_alpha(ratings: ArrayLike, level: Literal["nominal", "interval"] = "nominal") -> Agreement:
    """Krippendorff's alpha for any number of judges, with missing judgements (Krippendorff 2011), at most 1.

    `1 - observed / expected disagreement`: over pairs of judgements on one item, and over all pairs. A pair disagrees
    by 1 if it differs (nominal), or by its squared difference (interval). Ordinal scales are treated as interval.

    Args:
        ratings: (judges, items) numbers, nan where a judge gave none; labels as any numbers.
        level: of measurement.

    Returns:
        nan where no item has two judgements or all judgements are equal.

    Raises:
        ValueError: not two-dimensional, empty, or infinite.
    """
    table = np.asarray(ratings, dtype=np.float64)
    if table.ndim != 2 or table.size == 0 or np.isinf(table).any():
        raise ValueError(f"ratings have shape {table.shape}; expected finite (judges, items), not empty")
    table = table[:, (~np.isnan(table)).sum(axis=0) >= 2]
    given = ~np.isnan(table)
    per_item = given.sum(axis=0)
    total = int(per_item.sum())
    if total == 0 or np.ptp(table[given]) == 0:
        return Agreement(f"krippendorff_alpha_{level}", float("nan"), int(per_item.size))
    disagreement = _nominal if level == "nominal" else _interval
    within = disagreement(table)
    observed = float((within / (per_item - 1)).sum()) / total
    expected = float(disagreement(table[given][:, None])[0]) / (total * (total - 1))
    return Agreement(f"krippendorff_alpha_{level}", 1.0 - observed / expected, int(per_item.size))


def _nominal(table: Floats) -> Floats:
    """Ordered pairs of different labels in each column; (items,)."""
    counts = np.stack([(table == label).sum(axis=0) for label in np.unique(table[~np.isnan(table)])])
    different: Floats = (counts.sum(axis=0) ** 2 - (counts**2).sum(axis=0)).astype(np.float64)
    return different


def _interval(table: Floats) -> Floats:
    """Squared differences summed over ordered pairs in each column; (items,)."""
    number = (~np.isnan(table)).sum(axis=0)
    # Centred on the column first: the sum of squared differences is 2 n times that of squared deviations.
    squares: Floats = 2.0 * number * np.nansum((table - np.nanmean(table, axis=0)) ** 2, axis=0)
    return squares


def judge_agreement(
    judge: Sequence[float | None], human: Sequence[float | None], scale: Sequence[float]
) -> list[Agreement]:
    """A judge's scores against people's on an ordered scale.

    Args:
        judge: n scores of the judge, None where unreadable.
        human: n scores of people.
        scale: all scores that may be given, in order, equally spaced.

    Returns:
        `percent_agreement`, `cohen_kappa`, `quadratic_kappa`, `krippendorff_alpha_interval`, `pearson`, `spearman`;
        each with the same n.

    Raises:
        ValueError: lengths differ, no items, or a score that is not on the scale.
    """
    if len(judge) != len(human) or not judge:
        raise ValueError(f"{len(judge)} and {len(human)} judgements; expected two lists of one length, not empty")
    pairs = [(float(x), float(y)) for x, y in zip(judge, human, strict=True) if x is not None and y is not None]
    places = [float(score) for score in scale]
    off = [score for pair in pairs for score in pair if score not in places]
    if off:
        raise ValueError(f"score {off[0]:g} is not on the scale {', '.join(f'{place:g}' for place in places)}")
    n = len(pairs)
    if n == 0:
        names = ("percent_agreement", "cohen_kappa", "quadratic_kappa", "krippendorff_alpha_interval")
        return [Agreement(name, float("nan"), 0) for name in (*names, "pearson", "spearman")]
    x, y = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    kappa = quadratic_kappa([str(v) for v in y], [str(v) for v in x], [str(place) for place in places])
    return [
        percent_agreement(x, y),
        cohen_kappa(x, y),
        Agreement("quadratic_kappa", kappa, n),
        krippendorff_alpha([x, y], "interval"),
        Agreement("pearson", pearson(y, x), n),
        Agreement("spearman", spearman(y, x), n),
    ]
