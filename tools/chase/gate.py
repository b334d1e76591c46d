"""When and how strongly to steer: from a probability to a strength, and the published settings.

EmoMM (arXiv 2605.01024) publishes the values; the form is our choice. With p the probability that steering is called
for (of a conflict, or that a modality is under-used), the strength is

    lam = eta * p * open(p)

where `open` is 1 from tau on and 0 below it (hard), or rises smoothly around tau (soft). Plain Python.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from affectgraph.backends.errors import InputError
from affectgraph.backends.steering import MODALITIES, Modality

__all__ = ["PRESETS", "Gate", "GateKind", "Preset", "combination", "in_order", "preset_for"]

GateKind = Literal["hard", "soft"]
# Half the width of the soft gate's slope. Our choice: a third of the way from the published tau to certainty.
_WIDTH = 0.1


class Gate(BaseModel):
    """From a probability to a strength.

    Attributes:
        eta: the strength at p = 1, in [0, 1].
        tau: where the gate opens, in [0, 1]; a hard gate is open at tau itself.
        kind: `hard` as published; `soft` is our choice: a smoothstep from 0 at tau - width to 1 at tau + width, cut off
            at 0 and 1. It never falls, jumps nowhere, is exactly 0 below its foot (so that steering is off and costs
            nothing there), and equals the hard gate at p = 1.
        width: half of the soft gate's slope.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    eta: float = Field(ge=0.0, le=1.0)
    tau: float = Field(ge=0.0, le=1.0)
    kind: GateKind = "hard"
    width: float = Field(default=_WIDTH, gt=0.0, le=1.0)

    def openness(self, p: float) -> float:
        """How far the gate is open at probability `p`, in [0, 1].

        Raises:
            ValueError: `p` is not in [0, 1].
        """
        if not 0.0 <= p <= 1.0:  # also false for nan
            raise ValueError(f"the probability {p} is not in [0, 1]")
        if self.kind == "hard":
            return float(p >= self.tau)
        foot, top = max(0.0, self.tau - self.width), min(1.0, self.tau + self.width)
        way = min(1.0, max(0.0, (p - foot) / (top - foot)))
        return way * way * (3.0 - 2.0 * way)

    def strength(self, p: float) -> float:
        """`lam = eta * p * open(p)`, in [0, eta]; exactly 0 where the gate is closed.

        Raises:
            ValueError: `p` is not in [0, 1].
        """
        return self.eta * p * self.openness(p)


class Preset(BaseModel):
    """What is steered, and how: one setting for one combination of modalities.

    Attributes:
        gate: from the probability to the strength.
        k: heads in each layer.
        start, stop: the layers that are steered, as shares of the depth. Published: the last 16 of 28, so from 12/28 to
            the end. To be validated on a model, not a law: small models read the modalities in their first layers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    gate: Gate
    k: int = Field(ge=1)
    start: float = Field(default=12 / 28, ge=0.0, lt=1.0)
    stop: float = Field(default=1.0, gt=0.0, le=1.0)

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Preset:
        if self.start >= self.stop:
            raise ValueError(f"the layers from {self.start} to {self.stop} of the depth are none")
        return self

    def layers(self, depth: int) -> range:
        """The layers (from 0) that are steered in a decoder of `depth` layers; always at least one.

        Raises:
            ValueError: `depth` is below 1.
        """
        if depth < 1:
            raise ValueError(f"a decoder has at least one layer, not {depth}")
        first = min(depth - 1, math.floor(self.start * depth + 0.5))
        return range(first, max(first + 1, math.floor(self.stop * depth + 0.5)))


_PUBLISHED = Preset(gate=Gate(eta=0.60, tau=0.70), k=4)
# EmoMM's settings for each combination of modalities (T text, A audio, V video).
PRESETS: dict[str, Preset] = {
    "TAV": _PUBLISHED,
    "TV": _PUBLISHED,
    "TA": _PUBLISHED,
    "AV": Preset(gate=Gate(eta=0.45, tau=0.80), k=2),
}


def in_order(present: Collection[Modality]) -> tuple[Modality, ...]:
    """The modalities present, each once, in the order of `MODALITIES`.

    Raises:
        InputError: one is unknown.
    """
    for modality in present:
        if modality not in MODALITIES:
            raise InputError(f"unknown modality {modality!r}; there are {', '.join(MODALITIES)}")
    return tuple(modality for modality in MODALITIES if modality in present)


def combination(present: Collection[Modality]) -> str:
    """The paper's name of a combination of modalities: `TAV`, `TV`, `TA`, `AV`, or one letter, or nothing.

    Raises:
        InputError: a modality is unknown.
    """
    return "".join(modality[0].upper() for modality in in_order(present))


def preset_for(present: Collection[Modality]) -> Preset | None:
    """The published settings for the modalities present; None where fewer than two are (there is nothing to shift).

    Raises:
        InputError: a modality is unknown.
    """
    return PRESETS.get(combination(present))
