"""Choosing the weights of a log-linear pool (`affectgraph.tools.appraisal_link.pooled`) by log loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends.scoring import Distribution
from affectgraph.tools.appraisal_link import FLOOR, Weights

__all__ = ["MOST", "Choice", "choose_weights"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

# Weights of a pool that sum to more sharpen it beyond anything seen; our choice.
MOST = 3.0


@dataclass(frozen=True)
class Choice:
    """Chosen pool weights.

    Attributes:
        weights: those with the least log loss on the part they were chosen on.
        losses: mean log loss in nats of each part alone, of `pooled`, and of `uniform`. In-sample for `pooled`, with as
            many free numbers as there are parts.
        n: events.
    """

    weights: Weights
    losses: dict[str, float]
    n: int


def choose_weights(parts: Sequence[Mapping[str, Distribution]], targets: Sequence[str], most: float = MOST) -> Choice:
    """Weights of a log-linear pool with the least log loss; a convex problem, so there is one answer.

    Args:
        parts: per event: part (`model`, `link`, `memory`, `words`) -> its distribution; the same parts in each.
        targets: what each event was told for.
        most: limit of the sum of the weights.

    Raises:
        ValueError: nothing to choose on, parts differ between events, a part that `Weights` does not know, or a target
            that is no label.
    """
    from scipy.optimize import minimize  # type: ignore[import-untyped]

    names, logs, places = _pool_arrays(parts, targets)
    everyone = np.arange(len(targets))

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = logs @ weights
        scores = scores - scores.max(axis=1, keepdims=True)
        total = np.exp(scores).sum(axis=1, keepdims=True)
        shares = np.exp(scores) / total
        own = logs[everyone, places]
        gradient: Floats = (np.einsum("nk,nkp->np", shares, logs) - own).mean(axis=0)
        return float((np.log(total[:, 0]) - scores[everyone, places]).mean()), gradient

    start = np.full(len(names), min(1.0, most) / len(names))
    room = {"type": "ineq", "fun": lambda w: most - w.sum(), "jac": lambda w: -np.ones_like(w)}
    found = minimize(loss, start, jac=True, method="SLSQP", bounds=[(0.0, most)] * len(names), constraints=[room])
    best = np.clip(found.x, 0.0, most)
    losses = {name: loss(row)[0] for name, row in zip(names, np.eye(len(names)), strict=True)}
    losses |= {"pooled": loss(best)[0], "uniform": float(np.log(logs.shape[1]))}
    weights = Weights(**{name: round(float(value), 4) for name, value in zip(names, best, strict=True)})
    return Choice(weights, losses, len(targets))


def _pool_arrays(
    parts: Sequence[Mapping[str, Distribution]], targets: Sequence[str]
) -> tuple[tuple[str, ...], Floats, Codes]:
    """Names of the parts, their log-probabilities (n, labels, parts), and the place of each target."""
    if not parts or len(parts) != len(targets):
        raise ValueError(f"{len(parts)} events and {len(targets)} targets; expected the same number, not 0")
    names = tuple(parts[0])
    unknown = set(names) - set(Weights.model_fields)
    if unknown or not names:
        raise ValueError(f"no part is called {', '.join(sorted(unknown))}; parts: {', '.join(Weights.model_fields)}")
    labels = tuple(parts[0][names[0]].probabilities)
    logs = np.empty((len(parts), len(labels), len(names)))
    for row, event in enumerate(parts):
        if tuple(event) != names and set(event) != set(names):
            raise ValueError(f"event {row} has the parts {', '.join(event)}; expected {', '.join(names)}")
        for column, name in enumerate(names):
            shares = event[name].probabilities
            if shares.keys() != set(labels):
                raise ValueError(
                    f"event {row}: {name} has the labels {', '.join(shares)}; expected {', '.join(labels)}"
                )
            logs[row, :, column] = np.log(np.maximum([shares[label] for label in labels], FLOOR))
        if targets[row] not in labels:
            raise ValueError(f"event {row}: the target {targets[row]!r} is none of {', '.join(labels)}")
    return names, logs, np.array([labels.index(target) for target in targets], dtype=np.intp)
