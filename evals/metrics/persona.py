"""How far people and simulated people agree, and whether a personality changes an answer the way it changes people's.

Sources: Persona-E2 (arXiv 2604.09162) for the consensus score and the personality agreement gap. The five figures of
the "personality illusion" are ours: the paper names the effect and gives no number for it.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from affectgraph.evals.metrics.regression import pearson

__all__ = [
    "AgreementGap",
    "agreement_gap",
    "consensus_score",
    "directional_validity",
    "profile_swap_gain",
    "sensitivity",
    "slope",
    "stereotype_excess",
    "trait_slopes",
    "variance_ratio",
]

Floats = NDArray[np.float64]
Agreement = Literal["pairwise", "consensus"]
# Permutations per block: 50 groups x 3,111 events x 7 labels are 9 MB.
_BLOCK = 50


def _nan_mean(values: Floats) -> float:
    kept = values[~np.isnan(values)]
    return float(kept.mean()) if kept.size else float("nan")


def _share_entropy(counts: Floats) -> Floats:
    """Entropy in nats of counts over the last axis; nan where there are none."""
    total = counts.sum(axis=-1, keepdims=True)
    p = np.divide(counts, total, out=np.full(counts.shape, np.nan), where=total > 0)
    bits: Floats = (p * np.log(np.where(p > 0, p, 1.0))).sum(axis=-1)
    return 0.0 - bits


def consensus_score(counts: ArrayLike, labels: int = 7) -> float:
    """Persona-E2's consensus `S = 100 * (1 - H(p) / ln labels)`, in [0, 100].

    100 where all give one label, 0 where all labels are equally frequent. Scores of groups of different sizes do not
    compare: three people cannot spread over seven labels.

    Args:
        counts: how often each label was given, or shares of any sum; labels that nobody gave may be left out.
        labels: size of the label set, at least 2.

    Raises:
        ValueError: counts are negative, all 0, or more than `labels`.
    """
    c = np.asarray(counts, dtype=np.float64)
    if c.ndim != 1 or c.size > labels or labels < 2:
        raise ValueError(f"counts have shape {c.shape}; expected at most {labels} numbers, of at least 2 labels")
    if not np.isfinite(c).all() or c.min(initial=0.0) < 0 or c.sum() <= 0:
        raise ValueError("counts must be finite, not negative, and not all 0")
    return float(np.clip(100.0 * (1.0 - _share_entropy(c) / np.log(labels)), 0.0, 100.0))


@dataclass(frozen=True)
class AgreementGap:
    """How much more a group agrees inside than the others do, against groups drawn at random.

    Attributes:
        gap: inside - outside, in points of [-100, 100].
        inside, outside: mean agreement over events, in [0, 100]; nan where no event has two labels.
        null_mean: mean gap of random groups of the same size; above 0 where small groups inflate agreement.
        null_low, null_high: their 2.5 % and 97.5 % quantiles.
        p: share of random groups with at least this gap, one added above and below; one-sided.
        permutations: random groups drawn.
    """

    gap: float
    inside: float
    outside: float
    null_mean: float
    null_low: float
    null_high: float
    p: float
    permutations: int


def _agreement(counts: Floats, kind: Agreement, labels: int) -> Floats:
    """Agreement in [0, 100] of label counts over the last axis; nan for fewer than two labels given."""
    n = counts.sum(axis=-1)
    if kind == "consensus":
        score: Floats = 100.0 * (1.0 - _share_entropy(counts) / np.log(labels))
        return np.where(n >= 2, score, np.nan)
    pairs = n * (n - 1.0)
    same = (counts**2).sum(axis=-1) - n
    share: Floats = np.divide(100.0 * same, pairs, out=np.full(n.shape, np.nan), where=pairs > 0)
    return share


def _inside_outside(one_hot: Floats, groups: Floats, kind: Agreement) -> tuple[Floats, Floats]:
    """Mean agreement over events inside and outside each group; one_hot (e, l, p), groups (p, m) -> (m,) twice."""
    labels = one_hot.shape[1]
    counts = np.moveaxis(one_hot @ groups, 2, 0)
    rest = one_hot.sum(axis=2)[None] - counts
    inside = [_nan_mean(row) for row in _agreement(counts, kind, labels)]
    outside = [_nan_mean(row) for row in _agreement(rest, kind, labels)]
    return np.array(inside), np.array(outside)


def agreement_gap(
    answers: ArrayLike,
    members: Sequence[int],
    *,
    labels: int = 7,
    agreement: Agreement = "pairwise",
    permutations: int = 1000,
    seed: int = 0,
) -> AgreementGap:
    """Persona-E2's personality agreement gap (PAG): agreement among a group's members minus among all other people.

    The paper does not say how agreement is measured, nor what "outside" is. Our choice: `pairwise`, the share of pairs
    of people who gave one label, whose expectation does not depend on the group's size; `consensus` is their score S,
    which small groups inflate. Outside are the pairs without a member. The null takes groups of the same size at random
    from everybody.

    Args:
        answers: (events, people) label numbers from 0, -1 where a person gave none.
        members: columns of the group; at least 2 people inside and 2 outside.
        labels: size of the label set.
        agreement: the measure.
        permutations: random groups, at least 1.
        seed: of the random groups.

    Raises:
        ValueError: shapes, labels or members do not fit.
    """
    table = np.asarray(answers, dtype=np.intp)
    if table.ndim != 2 or table.size == 0 or table.min() < -1 or table.max() >= labels:
        raise ValueError(f"answers of shape {table.shape} must be (events, people) with labels from -1 to {labels - 1}")
    people = table.shape[1]
    inside = sorted(set(members))
    if len(inside) < 2 or people - len(inside) < 2 or inside[0] < 0 or inside[-1] >= people:
        raise ValueError(f"members {list(members)} must be 2 or more of {people} people and leave out 2 or more")
    if permutations < 1:
        raise ValueError(f"permutations is {permutations}; expected at least 1")
    one_hot = (table[:, None, :] == np.arange(labels)[None, :, None]).astype(np.float64)
    group = np.zeros((people, 1))
    group[inside] = 1.0
    own, others = _inside_outside(one_hot, group, agreement)
    generator = np.random.default_rng(seed)
    null = []
    for start in range(0, permutations, _BLOCK):
        draws = np.tile(group, min(_BLOCK, permutations - start))
        within, without = _inside_outside(one_hot, generator.permuted(draws, axis=0), agreement)
        null.append(within - without)
    gaps = np.concatenate(null)
    gap = float(own[0] - others[0])
    kept = gaps[~np.isnan(gaps)]
    if np.isnan(gap) or kept.size == 0:
        nan = float("nan")
        return AgreementGap(gap, float(own[0]), float(others[0]), nan, nan, nan, nan, permutations)
    low, high = np.quantile(kept, [0.025, 0.975])
    # Rounding must not decide whether a random group that is the group itself reaches its gap.
    p = (int((kept >= gap - 1e-9).sum()) + 1) / (kept.size + 1)
    return AgreementGap(
        gap, float(own[0]), float(others[0]), float(kept.mean()), float(low), float(high), p, permutations
    )


def sensitivity(answers: Sequence[Sequence[Hashable | None]]) -> float:
    """(a) The share of items whose answer changes with the profile, in [0, 1].

    Args:
        answers: one row per item, one answer per profile; None where it could not be read. Unreadable answers are no
            change, and an item with fewer than two readable ones is left out (our choice).

    Returns:
        nan where no item is left.

    Raises:
        ValueError: there are no items.
    """
    if not answers:
        raise ValueError("no items to compare")
    readable = [[answer for answer in row if answer is not None] for row in answers]
    rows = [row for row in readable if len(row) > 1]
    return sum(len(set(row)) > 1 for row in rows) / len(rows) if rows else float("nan")


def _traits_and_shares(traits: ArrayLike, shares: ArrayLike) -> tuple[Floats, Floats]:
    x, y = np.asarray(traits, dtype=np.float64), np.asarray(shares, dtype=np.float64)
    if x.ndim != 2 or y.ndim != 2 or x.shape[0] != y.shape[0] or x.size == 0 or y.size == 0:
        raise ValueError(f"traits {x.shape} and shares {y.shape} must be (people, traits) and (people, emotions)")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("traits and shares must be finite")
    return x, y


def directional_validity(traits: ArrayLike, model: ArrayLike, people: ArrayLike) -> float:
    """(b) Whether the model ties traits to emotions in the directions that people do, in [-1, 1].

    For each (trait, emotion) the correlation over persons of the trait with the share of that emotion, once in the
    model's answers and once in people's; then Pearson's r between the two lists. Correlating the correlations is our
    choice: it is free of how strong the model's effects are, which `stereotype_excess` measures.

    Args:
        traits: (persons, traits).
        model: (persons, emotions) share of each emotion in the model's answers as that person.
        people: (persons, emotions) share of each emotion in the person's own answers.

    Returns:
        nan where fewer than two (trait, emotion) pairs vary on all sides, or one of the lists is constant.

    Raises:
        ValueError: shapes do not fit, empty, or not finite.
    """
    x, y = _traits_and_shares(traits, model)
    _, z = _traits_and_shares(traits, people)
    if y.shape != z.shape:
        raise ValueError(f"model shares {y.shape} and people's shares {z.shape} must have one shape")
    pairs = [(pearson(t, m), pearson(t, h)) for t in x.T for m, h in zip(y.T, z.T, strict=True)]
    kept = np.array([pair for pair in pairs if not np.isnan(pair).any()])
    return pearson(kept[:, 0], kept[:, 1]) if len(kept) > 1 else float("nan")


def slope(trait: ArrayLike, share: ArrayLike) -> float:
    """Least-squares slope of an emotion's share on a trait, per unit of the trait; nan for a constant trait.

    Raises:
        ValueError: not two finite vectors of one length, or empty.
    """
    x, y = np.asarray(trait, dtype=np.float64), np.asarray(share, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"trait and share have shapes {x.shape} and {y.shape}; expected two vectors of one length")
    return float(trait_slopes(x[:, None], y[:, None])[0, 0])


def trait_slopes(traits: ArrayLike, shares: ArrayLike) -> Floats:
    """`slope` of every (trait, emotion); (traits, emotions), nan rows for constant traits.

    Raises:
        ValueError: as `directional_validity`.
    """
    x, y = _traits_and_shares(traits, shares)
    spread = x - x.mean(axis=0)
    varies = np.ptp(x, axis=0) > 0
    squares = np.where(varies, (spread**2).sum(axis=0), 1.0)
    # The mean of equal shares may be off by rounding; their deviations are 0.
    deviation = np.where(np.ptp(y, axis=0) > 0, y - y.mean(axis=0), 0.0)
    slopes: Floats = (spread.T @ deviation) / squares[:, None]
    return np.where(varies[:, None], slopes, np.nan)


def stereotype_excess(traits: ArrayLike, model: ArrayLike, people: ArrayLike) -> float:
    """(c) How much stronger traits act on the model's answers than on people's: model slope / human slope, at least 0.

    1 is as strong as in people, above 1 a caricature, 0 no effect. For one trait and one emotion it is the absolute
    ratio of slopes. Over several the ratio of root mean squares is our choice: single ratios explode where people's
    slope is near 0. Whether the directions are right is `directional_validity`. Shares of few answers are noisy, which
    lifts both slopes: compare figures from equally many answers per person.

    Args:
        traits: (persons, traits).
        model: (persons, emotions) shares in the model's answers.
        people: (persons, emotions) shares in people's answers.

    Returns:
        nan where all of people's slopes are 0 or all traits are constant.

    Raises:
        ValueError: shapes do not fit, empty, or not finite.
    """
    b, h = trait_slopes(traits, model), trait_slopes(traits, people)
    if b.shape != h.shape:
        raise ValueError(f"the model has {b.shape[1]} emotions, people {h.shape[1]}")
    strength = [float(np.sqrt(np.nansum(slopes**2))) for slopes in (b, h)]
    return strength[0] / strength[1] if strength[1] > 0 else float("nan")


def profile_swap_gain(true_profile: Sequence[bool], shuffled_profile: Sequence[bool]) -> float:
    """(d) Accuracy with the true profile minus with a shuffled one, in [-1, 1]; 0 under pure illusion.

    Args:
        true_profile: whether each answer under the person's own profile was right.
        shuffled_profile: the same items under another person's profile.

    Raises:
        ValueError: lengths differ, or there are no items.
    """
    if len(true_profile) != len(shuffled_profile) or not true_profile:
        raise ValueError(f"{len(true_profile)} and {len(shuffled_profile)} answers; expected two equal, not 0")
    return (sum(map(bool, true_profile)) - sum(map(bool, shuffled_profile))) / len(true_profile)


def variance_ratio(model: ArrayLike, people: ArrayLike) -> float:
    """(e) Between-persona variance of the model's answers over that of people's, at least 0.

    Variance on one item: the squared distance of persons' distributions from their mean, summed over emotions, averaged
    over persons; then averaged over items. For single labels (one-hot) it is the Gini-Simpson index of the labels.

    Args:
        model: (items, persons, emotions).
        people: (items, persons, emotions); may have other persons than `model`, but as many, since the variance grows
            with their number.

    Returns:
        nan where people do not differ at all.

    Raises:
        ValueError: shapes differ, are not three-dimensional, or empty.
    """
    m, h = np.asarray(model, dtype=np.float64), np.asarray(people, dtype=np.float64)
    if m.ndim != 3 or m.shape != h.shape or m.size == 0:
        raise ValueError(f"answers have shapes {m.shape} and {h.shape}; expected one (items, persons, emotions), not 0")
    # The variance of equal shares may be off by rounding; it is 0.
    spread = [float(np.where(np.ptp(x, axis=1) > 0, x.var(axis=1), 0.0).sum(axis=-1).mean()) for x in (m, h)]
    return spread[0] / spread[1] if spread[1] > 0 else float("nan")
