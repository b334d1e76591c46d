"""Systems ranked by people: Win@k, mean rank, Plackett-Luce strengths, and how far the judges agree.

Rankings are an array (judges, systems) of ranks: 1 is best, every judge ranks every system. Ties share their mean rank
(two at the top are 1.5 and 1.5) where a function allows them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["kendall_w", "mean_rank", "plackett_luce", "win_at"]

Floats = NDArray[np.float64]
_TOLERANCE = 1e-10
_ITERATIONS = 100_000


def _ranks(ranks: ArrayLike, *, ties: bool = True) -> Floats:
    from scipy.stats import rankdata  # type: ignore[import-untyped]

    table = np.asarray(ranks, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] == 0 or table.shape[1] < 2:
        raise ValueError(f"ranks have shape {table.shape}; expected (judges, systems) with at least 2 systems")
    if not np.isfinite(table).all() or not np.array_equal(rankdata(table, axis=1), table):
        raise ValueError("each row must hold the ranks 1 to the number of systems, ties at their mean rank")
    if not ties and (np.sort(table, axis=1) != np.arange(1, table.shape[1] + 1)).any():
        raise ValueError("a ranking has ties; Plackett-Luce orders all systems")
    return table


def win_at(ranks: ArrayLike, k: int = 1) -> Floats:
    """Win@k: the share of rankings in which each system is among the first k; (systems,) in [0, 1].

    Empathy-R1 (arXiv 2509.14851) reports Win@1. With ties a system wins where its mean rank is at most k (our choice),
    so that two systems tied for the first place both miss Win@1.

    Raises:
        ValueError: not rankings, or k is not from 1 to the number of systems.
    """
    table = _ranks(ranks)
    if not 1 <= k <= table.shape[1]:
        raise ValueError(f"k is {k}; expected 1 to {table.shape[1]}")
    share: Floats = (table <= k).mean(axis=0)
    return share


def mean_rank(ranks: ArrayLike) -> Floats:
    """Each system's mean rank; (systems,) from 1 (best) to the number of systems.

    Raises:
        ValueError: not rankings.
    """
    mean: Floats = _ranks(ranks).mean(axis=0)
    return mean


def _all_connected(wins: Floats) -> bool:
    """Whether every system is ranked above every other, directly or through others."""
    reach = (wins > 0) | np.eye(len(wins), dtype=bool)
    for _ in range(len(wins)):
        reach = (reach.astype(np.int64) @ reach.astype(np.int64)) > 0
    return bool(reach.all())


def plackett_luce(ranks: ArrayLike) -> Floats:
    """Plackett-Luce strengths: P(system is first among a set) = its strength / the set's sum; (systems,), sum 1.

    Maximum likelihood by the MM algorithm (Hunter 2004, Annals of Statistics 32, eq. 30), until no strength changes by
    more than one part in 10^10; every step raises the likelihood. The maximum exists and is unique where no set of
    systems is above all others in every ranking (his Assumption 1). Where there is one, its
    strength would grow without end; then half a win and half a loss are added between every two systems (our choice: as
    if each pair had met once more and drawn), which makes all strengths finite and above 0.

    Raises:
        ValueError: not rankings, or one has ties.
        RuntimeError: no convergence in 100,000 steps.
    """
    table = _ranks(ranks, ties=False)
    judges, systems = table.shape
    order = np.argsort(table, axis=1)
    above = (table[:, :, None] < table[:, None, :]).sum(axis=0).astype(np.float64)
    prior = 0.0 if _all_connected(above) else 0.5
    # Stages won: every place but the last; and half a win over each other system.
    wins = (table < systems).sum(axis=0) + prior * (systems - 1)
    strength = np.full(systems, 1.0 / systems)
    for _ in range(_ITERATIONS):
        # Stage i of a ranking chooses among the systems at places i and after.
        left = np.cumsum(strength[order][:, ::-1], axis=1)[:, ::-1]
        exposure = np.cumsum(1.0 / left[:, :-1], axis=1)
        exposure = np.concatenate([exposure, exposure[:, -1:]], axis=1)
        share = np.bincount(order.ravel(), weights=exposure.ravel(), minlength=systems)
        pairs = 1.0 / (strength[:, None] + strength[None, :])
        share += 2.0 * prior * (pairs.sum(axis=1) - pairs.diagonal())
        new = wins / share
        new /= new.sum()
        if np.abs(np.log(new / strength)).max() < _TOLERANCE:
            break
        strength = new
    else:
        raise RuntimeError(f"Plackett-Luce strengths of {systems} systems by {judges} judges did not converge")
    return strength


def kendall_w(ranks: ArrayLike) -> float:
    """Kendall's coefficient of concordance with correction for ties (Kendall & Smith 1939), in [0, 1].

    `12 S / (m^2 (n^3 - n) - m T)` for m judges and n systems, S the squared deviations of rank sums, T the sum of
    `t^3 - t` over groups of t tied ranks. 1 where all judges agree.

    Returns:
        nan for one judge, or where every judge ties all systems.

    Raises:
        ValueError: not rankings.
    """
    table = _ranks(ranks)
    m, n = table.shape
    sums = table.sum(axis=0)
    tied = sum(float((count**3 - count).sum()) for row in table for count in [np.unique(row, return_counts=True)[1]])
    scale = m**2 * (n**3 - n) - m * tied
    if m < 2 or scale <= 0:
        return float("nan")
    return float(12.0 * ((sums - sums.mean()) ** 2).sum() / scale)
