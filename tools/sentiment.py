"""Sentiment in five classes, as EmoMM (arXiv 2605.01024) has it, and its conflict predicate: one place for both.

A score lies in [-1, 1]. The paper's labels are means of several people's votes, put into classes by cut points; a
distribution over the classes is therefore labelled the same way here, by the class of its mean (our choice). A flat or
two-sided distribution is then neutral, which its most probable label would not say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from affectgraph.backends.scoring import Distribution
from affectgraph.tools.emotions import TAXONOMIES

__all__ = ["SENTIMENTS", "SIGNS", "VALUES", "from_emotions", "in_conflict", "level", "mean", "polarity", "signs"]

SENTIMENTS = ("N", "WN", "Neu", "WP", "P")
SIGNS = ("negative", "neutral", "positive")
# The class values that MAE is computed on, and that the mean of a distribution is taken of.
VALUES = {"N": -1.0, "WN": -0.5, "Neu": 0.0, "WP": 0.5, "P": 1.0}
# (-1.01, -0.7], (-0.7, -0.1], (-0.1, 0.1], (0.1, 0.7], (0.7, 1.01]: MMSA's cut points, our choice, the paper has none.
_UPPER = (-0.7, -0.1, 0.1, 0.7)


def level(score: float) -> str:
    """The five-class label of a score in [-1, 1]. Upper ends belong to the class below them."""
    # A third of 2.1 is 0.7000000000000001: without rounding a score on a cut point would leave its class.
    rounded = round(score, 9)
    return SENTIMENTS[sum(rounded > upper for upper in _UPPER)]


def polarity(score: float) -> int:
    """-1, 0 or 1: the sign of the class of a score in [-1, 1]."""
    value = VALUES[level(score)]
    return (value > 0) - (value < 0)


def in_conflict(reference: float, modalities: Mapping[str, float], available: Iterable[str]) -> bool:
    """Whether the polarity of at least one available modality differs from that of the multimodal reference.

    Neutral against non-neutral counts; weak against strong of one sign does not.

    Args:
        reference: multimodal score in [-1, 1].
        modalities: modality -> score in [-1, 1].
        available: those of the modalities that can be seen, heard or read.
    """
    return any(polarity(modalities[modality]) != polarity(reference) for modality in available)


def mean(sentiment: Distribution) -> float:
    """The score of a distribution over `SENTIMENTS`: its mean, in [-1, 1].

    Raises:
        KeyError: a label is none of the five.
    """
    score = sum(VALUES[label] * share for label, share in sentiment.probabilities.items())
    return max(-1.0, min(1.0, score))


def signs(sentiment: Distribution) -> Distribution:
    """The same without strength: the shares of -1, 0 and 1, as "negative", "neutral" and "positive".

    Raises:
        KeyError: a label is none of the five.
    """
    shares = {-1: 0.0, 0: 0.0, 1: 0.0}
    for label, share in sentiment.probabilities.items():
        shares[polarity(VALUES[label])] += share
    return Distribution(probabilities=dict(zip(SIGNS, shares.values(), strict=True)), calibration=sentiment.calibration)


def from_emotions(emotions: Distribution) -> Distribution:
    """The sentiment that a distribution over emotions stands for.

    An emotion's name tells the sign and not the strength, so the share of the unpleasant ones is divided evenly between
    N and WN, that of the pleasant ones between WP and P, and the rest is Neu (our choice). The shares of the three
    signs stay exactly what they were.

    Raises:
        KeyError: no taxonomy of ours knows a label.
    """
    signs = {-1: 0.0, 0: 0.0, 1: 0.0}
    for label, share in emotions.probabilities.items():
        signs[_valence(label)] += share
    halves = (signs[-1] / 2, signs[-1] / 2, signs[0], signs[1] / 2, signs[1] / 2)
    shares = dict(zip(SENTIMENTS, halves, strict=True))
    return Distribution(probabilities=shares, calibration=emotions.calibration)


def _valence(label: str) -> int:
    for known in TAXONOMIES.values():
        for emotion in known.emotions:
            if emotion.name == label:
                return emotion.valence
    raise KeyError(f"no taxonomy knows the emotion {label!r}")
