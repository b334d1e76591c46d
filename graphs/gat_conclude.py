"""What a tree amounts to: the surviving hypothesis, and beside it how pleasant, how strong and how excited.

Shared by `gat` and `gat_text`, whose nodes `conclude` add the distributions that are theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from affectgraph.backends.base import Backend
from affectgraph.backends.scoring import Distribution
from affectgraph.graphs.gat_ask import INTENSITIES, Asking
from affectgraph.graphs.gat_tree import intensity_words
from affectgraph.graphs.gat_types import Hypothesis, Judgement, TreeState
from affectgraph.tools.tree import kept

__all__ = ["ASKED", "judged"]

# The prompts of the questions that `judged` asks.
ASKED = ("intensity", "valence")
_PLEASANT_WORDS = {
    "en": ("very unpleasant", "unpleasant", "neutral", "pleasant", "very pleasant"),
    "zh": ("很不愉快", "有点不愉快", "感受一般", "有点愉快", "很愉快"),
}
# Our choice: five points of pleasantness and three of intensity, spread evenly over 1 to 9.
_VALENCES = (1.0, 3.0, 5.0, 7.0, 9.0)
_AROUSALS = (2.0, 5.0, 8.0)


def judged(asking: Asking[Any], backend: Backend, likeliest: str) -> Judgement:
    """The surviving hypothesis with valence, arousal and intensity.

    Args:
        asking: of the run, its verdicts said.
        backend: asked for intensity and valence.
        likeliest: the label where there is no hypothesis.
    """
    state = asking.state
    strength = asking.choose(backend, state.messages, "intensity", intensity_words(asking)).renamed(INTENSITIES)
    pleasant = asking.choose(backend, state.messages, "valence", _PLEASANT_WORDS[asking.language])
    survivor = _survivor(state)
    return Judgement(
        label=survivor.emotion if survivor else likeliest,
        valence=_mean(pleasant, _VALENCES),
        arousal=_arousal(state, survivor, strength),
        intensity=survivor.intensity if survivor else cast(Any, strength.top),
        kept=survivor.id if survivor else None,
        all_contradicted=bool(state.verdicts) and all(item.contradictions for item in state.verdicts),
    )


def _survivor(state: TreeState) -> Hypothesis | None:
    if state.chosen is not None:
        return next(item for item in state.hypotheses if item.id == state.chosen)
    return kept(state.hypotheses, state.verdicts)


def _arousal(state: TreeState, survivor: Hypothesis | None, strength: Distribution) -> float:
    """Our choice: as the surviving hypothesis has it, as far as the critic is confident, else as the model says."""
    asked = _mean(strength, _AROUSALS)
    if survivor is None:
        return asked
    certain = next((item.confidence for item in state.verdicts if item.hypothesis == survivor.id), 0.0)
    return certain * _AROUSALS[INTENSITIES.index(survivor.intensity)] + (1.0 - certain) * asked


def _mean(distribution: Distribution, points: Sequence[float]) -> float:
    shares = distribution.probabilities.values()
    # Shares sum to one only up to rounding.
    return min(9.0, max(1.0, sum(point * share for point, share in zip(points, shares, strict=True))))
