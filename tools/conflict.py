"""Whether the modalities of one clip disagree, in what way, and which of them is the odd one out. No model is asked.

**Predicate.** EmoMM (arXiv 2605.01024) calls a clip a conflict where the polarity of at least one available modality
differs from that of the multimodal label (`tools.sentiment.in_conflict`). Without such a label two modalities of
different polarity are enough: whatever the label were, one of them would differ from it. The other way round modalities
that all agree with each other may still differ from a label, so without one this is a lower bound of the paper's. With
a reference the paper's own predicate is used.

**Worthless readings make no conflict.** Only readings whose reliability reaches a threshold are compared. It is low
(`USABLE`, our choice): it keeps out what is next to nothing and lets a heuristic take part. What each reading is worth
beyond that enters as its weight in the pool that the odd one out is measured from.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Literal

from pydantic import BaseModel, ConfigDict

from affectgraph.backends.scoring import Distribution
from affectgraph.backends.steering import Modality
from affectgraph.tools.experts.readings import ModalityReading, fuse, in_order
from affectgraph.tools.sentiment import SENTIMENTS, level, mean, polarity, signs

__all__ = ["AROUSAL_GAP", "USABLE", "Conflict", "Kind", "Pair", "detect", "disagreement", "js_distance"]

Kind = Literal["none", "polarity", "intensity", "undecided"]

# The reliability from which a reading takes part; our choice.
USABLE = 0.1
# Points of arousal, of the 8 from calm to excited, from which two readings differ in intensity; our choice.
AROUSAL_GAP = 3.0
# By how much the odd one must lie further away than the next; our choice.
_MARGIN = 0.02


class Pair(BaseModel):
    """How far two readings are apart.

    Attributes:
        first, second: in the order of `MODALITIES`.
        sentiment, emotions: Jensen-Shannon distances in [0, 1]; None where one of the two does not tell.
        arousal: difference in points of the scale of 1 to 9; None where one of the two does not tell.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: Modality
    second: Modality
    sentiment: float | None = None
    emotions: float | None = None
    arousal: float | None = None


class Conflict(BaseModel):
    """What `detect` found.

    Attributes:
        kind: `polarity` where the predicate of the module holds; else `intensity` where two readings of one sign differ
            in class (weak against strong) or two readings differ by `AROUSAL_GAP` in arousal; else `none`; `undecided`
            where nothing could be compared.
        odd: the modality that lies furthest from all together (or from the reference) in sentiment, where there is a
            conflict of polarity and one is further away than the others. Of two modalities it is the less reliable.
        level: modality -> class of its mean sentiment, of those that took part.
        pairs: distances of those that took part.
        distance: the largest distance in sentiment of any pair, in [0, 1]; where no pair tells sentiment the largest in
            emotions; None where neither can be told.
        missing: modality -> why there is no reading.
        ignored: modalities that were read, with a reliability below the threshold.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    odd: Modality | None = None
    level: dict[Modality, str] = {}
    pairs: tuple[Pair, ...] = ()
    distance: float | None = None
    missing: dict[Modality, str] = {}
    ignored: tuple[Modality, ...] = ()

    @property
    def found(self) -> bool:
        """Whether there is a conflict in the paper's sense, one of polarity."""
        return self.kind == "polarity"


def detect(
    readings: Sequence[ModalityReading],
    reference: Distribution | None = None,
    *,
    usable: float = USABLE,
) -> Conflict:
    """Compare the readings of one clip. See the module; the order of the readings does not matter.

    Args:
        readings: at most one for each modality.
        reference: the sentiment of all modalities together, over `SENTIMENTS`, where somebody knows it.
        usable: reliability in [0, 1] from which a reading takes part.

    Raises:
        ValueError: a modality is read twice, or the reference has other labels.
    """
    if reference is not None and set(reference.probabilities) != set(SENTIMENTS):
        raise ValueError(
            f"the reference is over {', '.join(reference.probabilities)}; expected {', '.join(SENTIMENTS)}"
        )
    ordered = in_order(readings)
    present = [one for one in ordered if one.missing is None]
    parts = [one for one in present if one.reliability >= usable]
    scores = {one.modality: one.score for one in parts if one.score is not None}
    pairs = tuple(_pair(first, second) for first, second in combinations(parts, 2))
    kind = _kind(scores, pairs, reference)
    whole = reference or fuse(parts).sentiment
    return Conflict(
        kind=kind,
        odd=_odd(parts, whole) if kind == "polarity" and whole is not None else None,
        level={modality: level(score) for modality, score in scores.items()},
        pairs=pairs,
        distance=_largest(pairs),
        missing={one.modality: one.missing for one in ordered if one.missing is not None},
        ignored=tuple(one.modality for one in present if one.reliability < usable),
    )


def disagreement(readings: Sequence[ModalityReading], *, usable: float = USABLE) -> float:
    """How probable it is that two modalities differ in polarity, in [0, 1]: the largest of all pairs.

    Our choice, for a gate that wants a probability where no trained router is there: the two polarities are drawn
    independently from the two readings, `1 - sum_s p(s) q(s)`. It is 0 unless `detect` finds a conflict of polarity,
    since two flat readings differ often and mean nothing by it.

    Args:
        readings: as for `detect`.
        usable: the same.
    """
    if not detect(readings, usable=usable).found:
        return 0.0
    felt = [signs(one.sentiment).probabilities for one in readings if one.sentiment and one.reliability >= usable]
    alike = (math.fsum(p * other[sign] for sign, p in one.items()) for one, other in combinations(felt, 2))
    return max(min(1.0, max(0.0, 1.0 - share)) for share in alike)


def js_distance(one: Distribution, other: Distribution) -> float:
    """Jensen-Shannon distance, in [0, 1]: the root of the divergence in bits (Lin 1991; Endres and Schindelin 2003).

    Raises:
        ValueError: the labels differ.
    """
    if set(one.probabilities) != set(other.probabilities):
        raise ValueError("the two distributions are over different labels")
    bits = math.fsum(_half(p, other.probabilities[label]) for label, p in one.probabilities.items())
    return math.sqrt(min(1.0, max(0.0, bits)))


def _half(p: float, q: float) -> float:
    """What one label adds to the divergence, in bits."""
    return sum(share / 2 * math.log2(2 * share / (p + q)) for share in (p, q) if share > 0.0)


def _pair(first: ModalityReading, second: ModalityReading) -> Pair:
    def apart(one: Distribution | None, other: Distribution | None) -> float | None:
        return None if one is None or other is None else js_distance(one, other)

    known = first.arousal is not None and second.arousal is not None
    return Pair(
        first=first.modality,
        second=second.modality,
        sentiment=apart(first.sentiment, second.sentiment),
        emotions=apart(first.emotions, second.emotions),
        arousal=abs((first.arousal or 0.0) - (second.arousal or 0.0)) if known else None,
    )


def _kind(scores: dict[Modality, float], pairs: Sequence[Pair], reference: Distribution | None) -> Kind:
    compared = [*scores.values(), *([] if reference is None else [mean(reference)])]
    gaps = [pair.arousal for pair in pairs if pair.arousal is not None]
    if len(compared) >= 2 and len({polarity(score) for score in compared}) > 1:
        return "polarity"
    strengths = {level(score) for score in compared}
    if (len(compared) >= 2 and len(strengths) > 1) or any(gap >= AROUSAL_GAP for gap in gaps):
        return "intensity"
    return "none" if len(compared) >= 2 or gaps else "undecided"


def _odd(parts: Sequence[ModalityReading], whole: Distribution) -> Modality | None:
    far = [(js_distance(one.sentiment, whole), one.modality) for one in parts if one.sentiment is not None]
    far.sort(reverse=True)
    if len(far) > 1 and far[0][0] - far[1][0] < _MARGIN:
        return None
    return far[0][1]


def _largest(pairs: Sequence[Pair]) -> float | None:
    felt = [pair.sentiment for pair in pairs if pair.sentiment is not None]
    return max(felt or [pair.emotions for pair in pairs if pair.emotions is not None], default=None)
