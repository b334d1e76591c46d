"""What one expert says of one modality, and several of them pooled.

**Reliability** is our own scale in [0, 1]: 0 is worth nothing, 1 would be a calibrated expert that is sure. Each expert
says how it comes to its number; they are ranks of trust, not probabilities of being right, since nothing here was
calibrated on people.

**The pool** (`fuse`) is linear: shares averaged with the reliabilities as weights (Stone 1961). A log-linear pool would
sharpen agreement more, but one expert that is certain and wrong would veto the others, and where two experts disagree
it moves mass to a class between them which neither read. Under conflict the linear pool keeps both answers side by
side, with their weights, and that is what the reader of a pooled result has to see.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field, model_validator

from affectgraph.backends.scoring import Distribution
from affectgraph.backends.steering import MODALITIES, Modality
from affectgraph.tools.emotions import taxonomy
from affectgraph.tools.sentiment import SENTIMENTS, mean

__all__ = ["MODALITIES", "Fused", "Modality", "ModalityReading", "fuse", "in_order", "sharpness", "valence_of"]

LOW, HIGH = 1.0, 9.0
_MIDDLE, _REACH = 5.0, 4.0
# The weakest first: a pool is as well calibrated as the worst of its parts.
_WORST: tuple[str, ...] = ("uncalibrated", "face-network", "log-probabilities", "prior-corrected")


class ModalityReading(BaseModel):
    """What one modality says, as one expert reads it.

    Attributes:
        modality: `text`, `audio` or `video` (frames and single images).
        sentiment: over `SENTIMENTS`; None where this expert cannot tell.
        emotions: over Ekman's six and neutral; None where this expert cannot tell.
        valence, arousal: 1 (unpleasant, calm) to 9 (pleasant, excited); None where unknown.
        reliability: in [0, 1], see the module; 0 where missing.
        missing: why there is no reading, as a phrase; None where there is one.
        basis: one phrase: what the reading rests on.
        measured: what was measured on the way, name with unit -> number.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    modality: Modality
    sentiment: Distribution | None = None
    emotions: Distribution | None = None
    valence: float | None = Field(default=None, ge=LOW, le=HIGH)
    arousal: float | None = Field(default=None, ge=LOW, le=HIGH)
    reliability: float = Field(ge=0.0, le=1.0)
    missing: str | None = None
    basis: str
    measured: dict[str, float] = {}

    @model_validator(mode="after")
    def _is_whole(self) -> ModalityReading:
        for name, found, labels in (
            ("sentiment", self.sentiment, SENTIMENTS),
            ("emotions", self.emotions, taxonomy("ekman7").labels),
        ):
            if found is not None and set(found.probabilities) != set(labels):
                raise ValueError(f"{name} is over {', '.join(found.probabilities)}; expected {', '.join(labels)}")
        said = (self.sentiment, self.emotions, self.valence, self.arousal)
        if self.missing is None and said == (None,) * 4:
            raise ValueError("a reading that says nothing has to say why: missing")
        if self.missing is not None and (said != (None,) * 4 or self.reliability > 0.0):
            raise ValueError("a missing reading says nothing and has reliability 0")
        return self

    @classmethod
    def none(cls, modality: Modality, reason: str, basis: str = "nothing") -> ModalityReading:
        """No reading of `modality`, for `reason`."""
        return cls(modality=modality, reliability=0.0, missing=reason, basis=basis)

    @property
    def score(self) -> float | None:
        """Mean sentiment in [-1, 1]; None where the sentiment is unknown."""
        return None if self.sentiment is None else mean(self.sentiment)


class Fused(BaseModel):
    """Several readings pooled; what no reading tells is None.

    Attributes:
        sentiment, emotions: pooled distributions.
        valence, arousal: weighted means, 1 to 9.
        weights: modality -> its share of the pooled sentiment; sums to 1, empty without a sentiment.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sentiment: Distribution | None
    emotions: Distribution | None
    valence: float | None
    arousal: float | None
    weights: dict[Modality, float]


def fuse(readings: Sequence[ModalityReading]) -> Fused:
    """The reliability-weighted linear pool of readings. See the module.

    The order does not matter, a missing reading changes nothing, and one reading alone comes back as it is. Where no
    reading that tells a thing has any reliability, they count equally.

    Args:
        readings: at most one for each modality.

    Raises:
        ValueError: a modality is read twice.
    """
    ordered = [one for one in in_order(readings) if one.missing is None]
    felt = [one for one in ordered if one.sentiment is not None]
    return Fused(
        sentiment=_pooled([(one.reliability, one.sentiment) for one in ordered]),
        emotions=_pooled([(one.reliability, one.emotions) for one in ordered]),
        valence=_averaged([(one.reliability, one.valence) for one in ordered]),
        arousal=_averaged([(one.reliability, one.arousal) for one in ordered]),
        weights=dict(zip((one.modality for one in felt), _weights([one.reliability for one in felt]), strict=True)),
    )


def in_order(readings: Sequence[ModalityReading]) -> list[ModalityReading]:
    """The readings in the order of `MODALITIES`.

    Raises:
        ValueError: a modality is read twice.
    """
    modalities = [one.modality for one in readings]
    for modality in modalities:
        if modalities.count(modality) > 1:
            raise ValueError(f"{modality} is read twice; give one reading for each modality")
    return sorted(readings, key=lambda one: MODALITIES.index(one.modality))


def _weights(reliabilities: Sequence[float]) -> list[float]:
    total = math.fsum(reliabilities)
    # A total that small overflows when it is divided by, and means the same.
    if total < 1e-12:
        return [1.0 / len(reliabilities) for _ in reliabilities]
    return [one / total for one in reliabilities]


def _pooled(parts: Sequence[tuple[float, Distribution | None]]) -> Distribution | None:
    known = [(weight, part) for weight, part in parts if part is not None]
    if len(known) < 2:
        return known[0][1] if known else None
    weights = _weights([weight for weight, _ in known])
    labels = list(known[0][1].probabilities)
    shares = {
        label: math.fsum(w * part.probabilities[label] for w, (_, part) in zip(weights, known, strict=True))
        for label in labels
    }
    worst = min((part.calibration for _, part in known), key=_WORST.index)
    return Distribution(probabilities=shares, calibration=worst)


def _averaged(parts: Sequence[tuple[float, float | None]]) -> float | None:
    known = [(weight, value) for weight, value in parts if value is not None]
    if not known:
        return None
    values = [value for _, value in known]
    weights = _weights([weight for weight, _ in known])
    averaged = math.fsum(w * value for w, value in zip(weights, values, strict=True))
    # Rounding may leave the values by a hair, and the scale with them.
    return min(max(values), max(min(values), averaged))


def sharpness(distribution: Distribution) -> float:
    """How far a distribution is from flat: 1 - H / ln k, in [0, 1]; 0 is flat, 1 is one label."""
    shares = distribution.probabilities.values()
    if len(shares) < 2:
        return 1.0
    entropy = -math.fsum(share * math.log(share) for share in shares if share > 0.0)
    return min(1.0, max(0.0, 1.0 - entropy / math.log(len(shares))))


def valence_of(sentiment: Distribution) -> float:
    """Valence from 1 to 9 that a sentiment stands for: its mean, stretched (our choice)."""
    return _MIDDLE + _REACH * mean(sentiment)
