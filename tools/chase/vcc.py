"""Video Contribution Collapse: how much each modality is looked at, and how much it contributes.

EmoMM (arXiv 2605.01024) measures budgets (shares of the answer query's attention) and what an answer loses when a
modality is masked; per-token density and the thinning of video tell a modality that is drowned by its own many tokens
from one that is not preferred. Where the paper leaves it open the choices are ours: `y` is the reference, and video is
thinned by frames, evenly.

**Attention is not use.** A model can look at a modality and ignore it, so that budgets stay where they are while
behaviour collapses; read budgets and contributions together.

Pure functions over readings, and `measure`, which takes callables: whose model it is does not matter here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import Field, FiniteFloat

from affectgraph.backends.errors import InputError
from affectgraph.backends.steering import MODALITIES, AttentionReading, Modality
from affectgraph.tools.chase.gate import in_order
from affectgraph.tools.chase.heads import Floats
from affectgraph.tools.chase.stored import Stored

__all__ = [
    "SHARES",
    "Measured",
    "Thinned",
    "View",
    "budgets",
    "contribution",
    "density",
    "measure",
    "per_layer",
    "preference",
    "thinned",
]

# How much of the video is kept along the thinning curve.
SHARES = (1.0, 0.5, 0.25, 0.10, 0.05)


def per_layer(reading: AttentionReading) -> Floats:
    """The budget of each modality at each layer, averaged over heads; (layers, 3), nan where a modality is absent."""
    found = np.full((reading.budgets.shape[0], len(MODALITIES)), np.nan)
    for place, modality in enumerate(reading.modalities):
        found[:, MODALITIES.index(modality)] = np.asarray(reading.budgets[..., place], dtype=np.float64).mean(axis=1)
    return found


def budgets(reading: AttentionReading, layers: Sequence[int] | None = None) -> dict[Modality, float]:
    """The budget of each modality present, averaged over heads and then over layers; sums to 1.

    Args:
        reading: of one clip.
        layers: those that are averaged over; None: all. The paper's are the last 16 of 28.

    Raises:
        IndexError: there is no such layer.
        ValueError: there are no layers.
    """
    table = per_layer(reading)
    rows = table if layers is None else table[list(layers)]
    if rows.shape[0] == 0:
        raise ValueError("budgets cannot be averaged over no layers")
    mean = rows.mean(axis=0)
    return {modality: float(mean[MODALITIES.index(modality)]) for modality in reading.modalities}


def density(reading: AttentionReading, layers: Sequence[int] | None = None) -> dict[Modality, float]:
    """Budget per token of the span, `b_m / |span_m|`, of each modality present."""
    sizes = dict(zip(reading.modalities, reading.tokens, strict=True))
    return {modality: share / sizes[modality] for modality, share in budgets(reading, layers).items()}


def preference(reading: AttentionReading, layers: Sequence[int] | None = None) -> dict[Modality, float]:
    """Density against an even spread over all tokens of all spans: 1 is no preference, below 1 is neglect."""
    total = sum(reading.tokens)
    return {modality: each * total for modality, each in density(reading, layers).items()}


def contribution(full: float, without: float) -> float:
    """What a modality contributes to an answer: `max(0, p(y | X) - p(y | X without m))`, in [0, 1].

    Args:
        full: p(y | X).
        without: the same in a fresh forward pass over a prompt that never had the modality.

    Raises:
        ValueError: one is not in [0, 1].
    """
    for p in (full, without):
        if not 0.0 <= p <= 1.0:
            raise ValueError(f"the probability {p} is not in [0, 1]")
    return max(0.0, full - without)


def thinned(count: int, share: float) -> list[int]:
    """Which of `count` frames are kept where video is thinned to `share`: evenly spaced, at least one, in order.

    Raises:
        ValueError: there are no frames, or the share is not in (0, 1].
    """
    if count < 1 or not 0.0 < share <= 1.0:
        raise ValueError(f"{share} of {count} frames cannot be kept")
    kept = max(1, round(count * share))
    # The middles of `kept` equal stretches: every frame stands for the same piece of time.
    return [int((place + 0.5) * count / kept) for place in range(kept)]


@dataclass(frozen=True)
class View:
    """What a model is shown of a clip.

    Attributes:
        without: this modality is left out, as if the clip never had it.
        share: of the video frames, see `thinned`.
    """

    without: Modality | None = None
    share: float = 1.0


class Thinned(Stored):
    """One point of the thinning curve.

    Attributes:
        share: of the frames that was asked for.
        tokens: of the video span.
        budgets: of video at each layer, averaged over heads.
        p: probability of the reference.
        right: whether the most probable label was the reference.
    """

    share: float = Field(gt=0.0, le=1.0)
    tokens: int = Field(ge=0)
    budgets: tuple[FiniteFloat, ...] = Field(min_length=1)
    p: FiniteFloat
    right: bool

    def budget(self, layers: Sequence[int] | None = None) -> float:
        """Of video, averaged over `layers` (None: all)."""
        return _mean(self.budgets, layers)


class Measured(Stored):
    """What was measured on one clip.

    Attributes:
        id, source: of the clip.
        relation: `conflict`, `align`, or `unknown`.
        tokens: modality -> size of its span.
        budgets: modality -> budget at each layer, averaged over heads.
        p: probability of the reference with everything shown.
        right: whether the most probable label was the reference.
        contributions: modality -> see `contribution`; of clips with two modalities or more.
        thinning: of clips with video beside something else.
    """

    id: str
    source: str
    relation: str = "unknown"
    tokens: dict[Modality, int]
    budgets: dict[Modality, tuple[FiniteFloat, ...]]
    p: FiniteFloat
    right: bool
    contributions: dict[Modality, FiniteFloat] = Field(default_factory=dict)
    thinning: tuple[Thinned, ...] = ()

    def budget(self, modality: Modality, layers: Sequence[int] | None = None) -> float:
        """Its budget averaged over `layers` (None: all); nan where it is absent."""
        if modality not in self.budgets:
            return float("nan")
        return _mean(self.budgets[modality], layers)


def _mean(values: Sequence[float], layers: Sequence[int] | None) -> float:
    chosen = np.array(values)
    return float((chosen if layers is None else chosen[list(layers)]).mean())


def measure(
    read: Callable[[View], AttentionReading],
    choose: Callable[[View], Mapping[str, float]],
    *,
    id: str,
    source: str,
    reference: str,
    relation: str = "unknown",
    shares: Sequence[float] = SHARES,
) -> Measured:
    """Budgets, contributions and the thinning curve of one clip.

    Args:
        read: view -> the model's reading of it.
        choose: view -> label -> probability, in a fresh forward pass.
        id, source, relation: of the clip, for the record.
        reference: the label that people gave.
        shares: of the thinning curve; none for no curve.

    Raises:
        InputError: the reference is none of the labels.
    """
    whole = read(View())
    full = choose(View())
    if reference not in full:
        raise InputError(f"the reference {reference!r} of {id} is none of the labels {', '.join(full)}")
    present = in_order(whole.modalities)
    lost: dict[Modality, float] = {}
    if len(present) > 1:
        lost = {each: contribution(full[reference], choose(View(without=each))[reference]) for each in present}
    points = []
    if "video" in present and len(present) > 1:
        points = [_point(read, choose, share, reference) for share in shares]
    table = per_layer(whole)
    return Measured(
        id=id,
        source=source,
        relation=relation,
        tokens=dict(zip(whole.modalities, whole.tokens, strict=True)),
        budgets={each: tuple(map(float, table[:, MODALITIES.index(each)])) for each in present},
        p=full[reference],
        right=_top(full) == reference,
        contributions=lost,
        thinning=tuple(points),
    )


def _point(
    read: Callable[[View], AttentionReading],
    choose: Callable[[View], Mapping[str, float]],
    share: float,
    reference: str,
) -> Thinned:
    view = View(share=share)
    reading, said = read(view), choose(view)
    tokens = dict(zip(reading.modalities, reading.tokens, strict=True))["video"]
    return Thinned(
        share=share,
        tokens=tokens,
        budgets=tuple(map(float, per_layer(reading)[:, MODALITIES.index("video")])),
        p=said[reference],
        right=_top(said) == reference,
    )


def _top(shares: Mapping[str, float]) -> str:
    return max(shares, key=shares.__getitem__)
