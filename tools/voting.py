"""What recalled episodes say of an emotion: a weighted vote of what was felt then.

Nearest-neighbour voting (Dudani 1976), softmax weights of the similarity alone: whose episode it is and how long ago
decides what is recalled, not what it says of an event. Our choices: the sharpness of the weights (with 50 episodes best
of 5, 10 and 20 on crowd-enVENT train), and a share for every label, so that no emotion is impossible because nobody has
felt it yet.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from affectgraph.backends.scoring import Distribution

__all__ = ["alias", "vote"]

# Labels of different sets that mean the same.
_SAME = {"no-emotion": "neutral", "neutral": "no-emotion"}


def alias(label: str, labels: Sequence[str]) -> str | None:
    """`label` as the set `labels` calls it; None where the set has no such label."""
    if label in labels:
        return label
    other = _SAME.get(label)
    return other if other in labels else None


def vote(
    episodes: Sequence[tuple[float, Mapping[str, float]]],
    labels: Sequence[str],
    *,
    sharpness: float = 10.0,
    floor: float = 0.05,
) -> Distribution | None:
    """The vote of episodes over `labels`.

    Args:
        episodes: (similarity to the event, emotion -> share felt then); emotions that `labels` lacks are passed over.
        labels: at least two.
        sharpness: a difference of 1 in similarity times this is a difference in log weight, at least 0.
        floor: share of the result that is spread evenly, in (0, 1).

    Returns:
        None where no episode has an emotion of this set.
    """
    totals = dict.fromkeys(labels, 0.0)
    best = max((nearness for nearness, _ in episodes), default=0.0)
    for nearness, felt in episodes:
        weight = math.exp(sharpness * (nearness - best))
        for emotion, share in felt.items():
            known = alias(emotion, labels)
            if known is not None:
                totals[known] += weight * share
    whole = math.fsum(totals.values())
    if whole <= 0.0:
        return None
    even = floor / len(labels)
    shares = {label: even + (1.0 - floor) * total / whole for label, total in totals.items()}
    return Distribution(probabilities=shares, calibration="uncalibrated")
