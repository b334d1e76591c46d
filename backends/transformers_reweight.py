"""The mathematics of steering, on tensors: attention scores of a few query rows in, moved attention weights out.

Budgets move by `steering.shifted`; adding the same number to the scores of every key of a span multiplies their weights
by `b* / b`, and as the masses of the spans keep their sum, no other key's weight changes. Everything is done on
logarithms in float32, so that a span whose weights underflow can still be raised.
Imports torch: load it only through `transformers_steering.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from affectgraph.backends.steering import shifted

__all__ = ["Layout", "Move", "novelty", "reweighted", "span_masses"]

# Stands for minus infinity; finite, so that 0 times it is 0 and no row becomes NaN.
_NEVER = -1e30
_TINY = 1e-38
# Rows of the cosine matrix made at a time: bounds memory for long videos.
_COSINE_ROWS = 512


@dataclass(frozen=True)
class Layout:
    """Which of the first P key positions belong to which modality, for b rows and m modalities.

    Attributes:
        inside: bool, (b, m, P).
        which: int64, (b, P), the modality's number; m where the position belongs to none.
    """

    inside: Tensor
    which: Tensor


@dataclass(frozen=True)
class Move:
    """How far and where to, for b rows and k heads.

    Attributes:
        strength: (b, k), lambda.
        target: (b, m), u.
        novelty: (b, k, P), gamma times the novelty of each position, 0 outside the spans; None where gamma is 0.
    """

    strength: Tensor
    target: Tensor
    novelty: Tensor | None = None


def reweighted(scores: Tensor, layout: Layout, move: Move) -> Tensor:
    """Attention weights whose budgets are on target and whose mass outside the spans is as it was.

    Args:
        scores: float32, (b, k, n, t) with t >= P, scaled and masked, before the softmax.
        layout: where the spans are.
        move: where their budgets go.

    Returns:
        Weights, (b, k, n, t); those of a head with strength 0 and no novelty are the plain softmax up to rounding.
    """
    reach = layout.which.shape[1]
    ahead = scores[..., :reach]
    spans = _log_masses(ahead, layout.inside)
    total = spans.logsumexp(-1, keepdim=True)
    wanted = shifted((spans - total).exp(), move.strength[:, :, None, None], move.target[:, None, None, :])
    moved = spans
    if move.novelty is not None:
        ahead = ahead + move.novelty[:, :, None, :]
        # The novelty's own effect on a span's mass is taken out again: that is the constant c of the paper's form.
        moved = _log_masses(ahead, layout.inside)
    bias = torch.nn.functional.pad(wanted.clamp_min(_TINY).log() + total - moved, (0, 1))
    bias = bias.gather(-1, layout.which[:, None, None, :].expand(*scores.shape[:3], reach))
    return torch.cat((ahead + bias, scores[..., reach:]), dim=-1).softmax(-1)


def span_masses(weights: Tensor, layout: Layout) -> Tensor:
    """The attention that each modality gets, (b, k, n, m), of weights (b, k, n, t)."""
    reach = layout.which.shape[1]
    return (weights[..., None, :reach] * layout.inside[:, None, None]).sum(-1)


def novelty(values: Tensor, layout: Layout) -> Tensor:
    """How new each token of a span is, (b, k, P) in [0, 2]: one minus its largest cosine to earlier tokens of the span.

    The cosine is between the value vectors that the head would read (our choice: they hold no position, and every cache
    has them). The first token of a span is as new as one at a right angle to all: 1. Outside the spans it is 0.

    Args:
        values: (b, k, P, d).
        layout: where the spans are.
    """
    unit = torch.nn.functional.normalize(values.float(), dim=-1)
    reach = layout.which.shape[1]
    at = torch.arange(reach, device=values.device)
    parts = []
    for first in range(0, reach, _COSINE_ROWS):
        rows = slice(first, first + _COSINE_ROWS)
        earlier = (layout.which[:, rows, None] == layout.which[:, None, :]) & (at[rows, None] > at[None, :])
        cosines = (unit[:, :, rows] @ unit.transpose(-1, -2)).masked_fill(~earlier[:, None], _NEVER)
        largest = cosines.amax(-1).where(earlier.any(-1)[:, None], 0.0)
        parts.append(1.0 - largest)
    return torch.cat(parts, dim=-1) * layout.inside.any(1)[:, None]


def _log_masses(scores: Tensor, inside: Tensor) -> Tensor:
    """Logarithm of each span's share, up to one constant a row: (b, k, n, m)."""
    return torch.where(inside[:, None, None], scores[..., None, :], _NEVER).logsumexp(-1)
