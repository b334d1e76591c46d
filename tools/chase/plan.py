"""From what is known of a clip to a steering plan, or to none.

The inter-modality bias is that of CHASE (EmoMM, arXiv 2605.01024) in the form that fits its published figures:
budgets move from b to `(1 - lam) * b + lam * u`. The paper's target u is uniform over the modalities present; the
others are our choices. The mechanism that carries a plan out is `affectgraph.backends.transformers_steering`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Literal, Protocol, get_args

from affectgraph.backends.errors import InputError
from affectgraph.backends.steering import AttentionReading, Modality, SteeringPlan
from affectgraph.tools.chase.gate import Gate, Preset, in_order, preset_for
from affectgraph.tools.chase.heads import Heads, dominance, top_k
from affectgraph.tools.chase.profiles import HeadProfile

__all__ = ["Reliable", "Target", "plan_for", "reliabilities_of", "target_for"]

Target = Literal["uniform", "text", "audio", "video", "reliability"]


class Reliable(Protocol):
    """A reading of one modality, as far as a target needs it."""

    @property
    def modality(self) -> Modality:
        """Of which modality."""
        ...

    @property
    def reliability(self) -> float:
        """How far it can be trusted, in [0, 1]."""
        ...

    @property
    def missing(self) -> str | None:
        """Why there is no reading; None where there is one."""
        ...


def reliabilities_of(readings: Iterable[Reliable]) -> dict[Modality, float]:
    """Modality -> reliability in [0, 1]; 0 where the reading is missing."""
    return {reading.modality: 0.0 if reading.missing else float(reading.reliability) for reading in readings}


def target_for(
    target: Target, present: Collection[Modality], reliabilities: Mapping[Modality, float] | None = None
) -> dict[Modality, float] | None:
    """The budget u that a plan moves attention toward, over the modalities present; sums to 1.

    - `uniform`: the same for each; the paper's.
    - `text`, `audio`, `video`: all of it on this one. Since budgets go lam < 1 of the way, the others keep 1 - lam of
      what they had.
    - `reliability`: in proportion to how far the modality's own reading can be trusted.

    Returns:
        None where there is nothing to move toward: the modality named is absent, or no reading is reliable at all.

    Raises:
        InputError: the target or a modality is unknown, or the reliabilities are not given or not in [0, 1].
    """
    names = in_order(present)
    if target not in get_args(Target):
        raise InputError(f"unknown target {target!r}; there are {', '.join(get_args(Target))}")
    if target == "uniform":
        return {name: 1.0 / len(names) for name in names} or None
    if target != "reliability":
        return {name: float(name == target) for name in names} if target in names else None
    if reliabilities is None:
        raise InputError("the target 'reliability' needs the reliabilities of the modalities' own readings")
    weights = {name: float(reliabilities.get(name, 0.0)) for name in names}
    for name, weight in weights.items():
        if not 0.0 <= weight <= 1.0:
            raise InputError(f"the reliability of {name} is {weight}; expected 0 to 1")
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()} if total > 0.0 else None


def plan_for(
    heads: HeadProfile | AttentionReading | Heads,
    probability: float,
    present: Collection[Modality],
    *,
    target: Target = "uniform",
    reliabilities: Mapping[Modality, float] | None = None,
    gate: Gate | None = None,
    preset: Preset | None = None,
    novelty: float = 0.0,
) -> SteeringPlan | None:
    """The plan for one clip.

    Args:
        heads: where the heads come from: a profile, the clip's own reading (dominance at run time), or heads chosen
            already, for controls.
        probability: that steering is called for, in [0, 1]; a router's, or 1 for always and 0 for never.
        present: the modalities that the clip has.
        target: see `target_for`.
        reliabilities: modality -> reliability in [0, 1], for the target of that name.
        gate: instead of the preset's.
        preset: instead of the published one for these modalities.
        novelty: gamma of the intra-modality bias; 0 is off.

    Returns:
        None where there is nothing to steer: fewer than two modalities, a closed gate, nothing to move toward, or no
        head that helps.

    Raises:
        InputError: as `target_for`.
        ValueError: the probability is not in [0, 1].
    """
    names = in_order(present)
    settings = preset or preset_for(names)
    if len(names) < 2 or settings is None:
        return None
    strength = (gate or settings.gate).strength(probability)
    wanted = target_for(target, names, reliabilities)
    if strength == 0.0 or wanted is None:
        return None
    chosen = _chosen(heads, settings)
    if not chosen:
        return None
    return SteeringPlan(heads=chosen, strength=strength, target=wanted, novelty=novelty)


def _chosen(heads: HeadProfile | AttentionReading | Heads, settings: Preset) -> Heads:
    if isinstance(heads, tuple):
        return heads
    if isinstance(heads, HeadProfile):
        return heads.top(settings.k, settings.layers(heads.layers))
    scores = dominance(heads)
    return top_k(scores, settings.layers(scores.shape[0]), settings.k)
