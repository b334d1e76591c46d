"""Which heads to steer: scores of heads, and the choice of the best k in each layer.

EmoMM (arXiv 2605.01024) steers the "top-k conflict-critical heads" of each layer and leaves the score open. All of
these are our choices: dominance at run time (no labels), its mean over a development set, how well dominance tells
conflict from agreement, and the causal gain (what moving one head alone does to the log-probability of the reference).
Random heads and all heads are the controls that a reported gain needs (arXiv 2606.14703).

Scores are arrays (layers, heads), larger is better, nan where a head was not scored. Heads are (layer, head) pairs of
the text decoder, from 0. Numpy alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends.errors import InputError
from affectgraph.backends.steering import AttentionReading, Modality, SteeringPlan

__all__ = [
    "Floats",
    "Heads",
    "all_heads",
    "causal_gains",
    "dominance",
    "mean_dominance",
    "random_heads",
    "separability",
    "top_k",
]

Floats = NDArray[np.float64]
Heads = tuple[tuple[int, int], ...]


def dominance(reading: AttentionReading) -> Floats:
    """How one-sidedly each head shares its attention: `max_m b - min_m b` over the modalities present; in [0, 1].

    Needs no label and no development set, so that heads may be chosen for each clip as it comes.

    Returns:
        (layers, heads); 0 everywhere where fewer than two modalities are present.
    """
    budgets: Floats = np.asarray(reading.budgets, dtype=np.float64)
    alone = budgets.shape[-1] < 2
    spread: Floats = np.zeros(budgets.shape[:2]) if alone else budgets.max(axis=-1) - budgets.min(axis=-1)
    return spread


def mean_dominance(readings: Iterable[AttentionReading]) -> Floats:
    """`dominance` averaged over clips: the static choice without labels; (layers, heads) in [0, 1].

    Raises:
        InputError: there are no readings, or they are of different models.
    """
    mean: Floats = _dominances(readings).mean(axis=0)
    return mean


def separability(readings: Iterable[AttentionReading], conflict: Sequence[bool]) -> Floats:
    """How well a head's dominance tells the clips in conflict from the others: the static, supervised choice.

    `|2 AUROC - 1|`, so that a head whose dominance falls under conflict counts like one whose dominance rises.

    Args:
        readings: n of them.
        conflict: n labels.

    Returns:
        (layers, heads) in [0, 1]: 0 tells nothing, 1 tells them apart without error.

    Raises:
        InputError: there are no readings, they are of different models, or only one of the two kinds occurs.
        ValueError: the lengths differ.
    """
    scores = _dominances(readings)
    labels = np.asarray(conflict, dtype=bool)
    if labels.shape != scores.shape[:1]:
        raise ValueError(f"{scores.shape[0]} readings have {labels.size} labels")
    positive = int(labels.sum())
    if positive in (0, labels.size):
        raise InputError(
            f"{positive} of {labels.size} clips are in conflict; supervised heads need clips of both kinds: "
            "take more clips, or choose by dominance"
        )
    above = _ranks(scores)[labels].sum(axis=0) - positive * (positive + 1) / 2
    auroc: Floats = above / (positive * (labels.size - positive))
    return np.abs(2.0 * auroc - 1.0)


def _dominances(readings: Iterable[AttentionReading]) -> Floats:
    found = [dominance(reading) for reading in readings]
    if not found:
        raise InputError("heads cannot be scored without a reading; give at least one clip")
    shapes = {each.shape for each in found}
    if len(shapes) > 1:
        raise InputError(f"the readings are of different models: (layers, heads) are {sorted(shapes)}")
    return np.stack(found)


def _ranks(values: Floats) -> Floats:
    """Ranks along the first axis, from 1; ties share their mean rank."""
    below = (values[None, :] < values[:, None]).sum(axis=1)
    same = (values[None, :] == values[:, None]).sum(axis=1)
    ranks: Floats = below + (same + 1) / 2
    return ranks


def causal_gains(
    score: Callable[[SteeringPlan | None], Sequence[float] | Floats],
    shape: tuple[int, int],
    layers: Iterable[int],
    *,
    strength: float,
    target: Mapping[Modality, float] | None = None,
    tell: Callable[[int, int], None] = lambda done, of: None,
) -> Floats:
    """What steering each head alone does to the reference: mean gain in its log-probability over a development set.

    Whose score it is does not matter here: the backend's `choose(steering=...)`, or a plain model's forward pass.

    Args:
        score: plan (None: unsteered) -> log-probability of the reference of every clip, always in the same order.
            Called once without a plan, then once for each head.
        shape: (layers, heads) of the decoder.
        layers: those that are tried.
        strength: lam of each trial, in [0, 1].
        target: u, as in `SteeringPlan`; None is uniform.
        tell: told how many heads are done, and of how many.

    Returns:
        (layers, heads) in nats; nan in layers that were not tried.

    Raises:
        InputError: there are no clips, or a log-probability is not finite.
        ValueError: a layer is not in the decoder, or `score` gives another number of clips.
    """
    tried = sorted(set(layers))
    if any(not 0 <= layer < shape[0] for layer in tried):
        raise ValueError(f"layers {tried} are not in a decoder of {shape[0]} layers")
    before = _scored(score(None))
    gains = np.full(shape, np.nan)
    places = [(layer, head) for layer in tried for head in range(shape[1])]
    for done, place in enumerate(places, start=1):
        plan = SteeringPlan(heads=(place,), strength=strength, target=dict(target) if target is not None else None)
        after = _scored(score(plan))
        if after.shape != before.shape:
            raise ValueError(f"{after.size} clips were scored under a plan and {before.size} without one")
        gains[place] = float((after - before).mean())
        tell(done, len(places))
    return gains


def _scored(values: Sequence[float] | Floats) -> Floats:
    scores = np.asarray(values, dtype=np.float64)
    if scores.ndim != 1 or scores.size == 0:
        raise InputError("the causal gain of heads needs at least one clip with a reference")
    if not np.isfinite(scores).all():
        raise InputError("the log-probability of a reference is not finite; leave its clip out")
    return scores


def top_k(scores: Floats, layers: Iterable[int], k: int, *, above: float | None = None) -> Heads:
    """The k best heads of each layer.

    Args:
        scores: (layers, heads); nan is never chosen.
        layers: those that are steered.
        k: heads a layer; all of them where a layer has fewer.
        above: only heads with a larger score; 0 keeps the heads with a causal gain.

    Returns:
        In the order of layers, then of heads. The first of equal scores is taken.

    Raises:
        ValueError: k is below 1, or a layer is not in the decoder.
    """
    if k < 1:
        raise ValueError(f"k is {k}; it counts heads, so at least 1")
    chosen: list[tuple[int, int]] = []
    for layer in sorted(set(layers)):
        if not 0 <= layer < scores.shape[0]:
            raise ValueError(f"layer {layer} is not in a decoder of {scores.shape[0]} layers")
        row = scores[layer]
        fit = np.flatnonzero(~np.isnan(row) if above is None else row > above)
        best = fit[np.argsort(-row[fit], kind="stable")][:k]
        chosen += [(layer, int(head)) for head in sorted(best)]
    return tuple(chosen)


def random_heads(shape: tuple[int, int], layers: Iterable[int], k: int, seed: int) -> Heads:
    """Control: k heads of each layer at random, the same ones for the same seed.

    Raises:
        ValueError: as `top_k`.
    """
    return top_k(np.random.default_rng(seed).random(shape), layers, k)


def all_heads(shape: tuple[int, int], layers: Iterable[int]) -> Heads:
    """Control: every head of each layer.

    Raises:
        ValueError: a layer is not in the decoder.
    """
    return top_k(np.zeros(shape), layers, shape[1])
