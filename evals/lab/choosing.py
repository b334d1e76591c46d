"""What is chosen on the dev part, and on nothing else: strength, layers, heads, and the routers that open the gates.

Heads are causal (the gain in the reference's log-probability when one head alone is moved, for each target) or
dominant (how one-sidedly a head attends; the same for every target). Controls are random heads, as many in each layer
as the causal ones, and all heads of these layers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from affectgraph.backends.errors import InputError
from affectgraph.backends.steering import MODALITIES, AttentionReading, Modality, SteeringPlan
from affectgraph.evals.chase.routing import Labelled, fit_router
from affectgraph.evals.lab.clips import ANSWERS, PARTS, Clips
from affectgraph.evals.lab.prompted import SHAPE, Prompted, Rig
from affectgraph.tools.chase.features import DEFAULT_GROUPS
from affectgraph.tools.chase.heads import Heads, all_heads, causal_gains, mean_dominance, random_heads, top_k
from affectgraph.tools.chase.profiles import SelectedOn
from affectgraph.tools.chase.router import Router, RouterTarget, under_used

__all__ = [
    "DRAWS",
    "SELECTIONS",
    "TARGETS",
    "Chosen",
    "Selection",
    "Setting",
    "Target",
    "choose",
    "controls",
    "plan_of",
    "under_use",
]

Target = Literal["uniform", "video", "text", "audio"]
Selection = Literal["dominance", "causal", "random", "all"]
SELECTIONS: tuple[Selection, ...] = get_args(Selection)
TARGETS: Mapping[Target, dict[Modality, float] | None] = MappingProxyType(
    {"uniform": None, "video": {"video": 1.0}, "text": {"text": 1.0}, "audio": {"audio": 1.0}}
)
DRAWS = 20
# The strength at which one head alone is tried, and what is tried of all; our choice.
TRIAL = 0.6
STRENGTHS = (0.2, 0.4, 0.6, 0.8, 1.0)
PER_LAYER = (1, 2, 3)
RANGES = ((0, 4), (0, 2), (2, 4))
# The last fifth of the dev sources chooses a router's layers, the others fit its probes.
_FITTING = PARTS["dev"][: len(PARTS["dev"]) * 4 // 5]


class Setting(BaseModel):
    """How steering is done.

    Attributes:
        strength: lam.
        k: at most so many heads a layer; of causal ones only those with a gain.
        first, stop: the layers, half-open.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    strength: float
    k: int
    first: int
    stop: int

    @property
    def layers(self) -> range:
        """The layers that are steered."""
        return range(self.first, self.stop)


class Chosen(BaseModel):
    """Everything that the dev part decided.

    Attributes:
        setting: chosen for video and causal heads by accuracy on dev conflicts, then used for every target.
        own: whether this model chose it, or another one did.
        gains: target -> (layers, heads) causal gain in nats.
        dominance: (layers, heads).
        dev: accuracy on dev conflicts, unsteered and with the setting.
        routers: what opens the gates; one that could not be fitted (hardly a clip has its target) is missing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    setting: Setting
    own: bool
    gains: dict[Target, tuple[tuple[float, ...], ...]]
    dominance: tuple[tuple[float, ...], ...]
    dev: tuple[float, float]
    routers: dict[RouterTarget, Router]

    def heads(self, selection: Literal["dominance", "causal"], target: Target, setting: Setting | None = None) -> Heads:
        """The heads of a selection."""
        how = setting or self.setting
        if selection == "causal":
            return top_k(np.array(self.gains[target]), how.layers, how.k, above=0.0)
        return top_k(np.array(self.dominance), how.layers, how.k)


def controls(heads: Heads, setting: Setting) -> tuple[list[Heads], Heads]:
    """`DRAWS` sets of random heads, as many in each layer as `heads` has, and all heads of the setting's layers."""
    counts = {layer: sum(at == layer for at, _ in heads) for layer in setting.layers}
    random = [
        tuple(
            place
            for layer, count in counts.items()
            if count
            for place in random_heads(SHAPE, [layer], count, seed=1000 * layer + draw)
        )
        for draw in range(DRAWS)
    ]
    return random, all_heads(SHAPE, setting.layers)


def plan_of(heads: Heads, target: Target, strength: float) -> SteeringPlan | None:
    """None where there are no heads: no head has a gain."""
    if not heads:
        return None
    return SteeringPlan(heads=heads, strength=strength, target=TARGETS[target])


def choose(machine: Rig, clips: Clips, identity: str, setting: Setting | None = None) -> Chosen:
    """Decide on the dev part.

    Args:
        machine: the thinker.
        clips: dev clips.
        identity: of the model, for the routers.
        setting: to be used instead of one of the model's own.

    Raises:
        InputError: no clip is in conflict.
    """
    conflict = clips.conflict()
    if not conflict.any():
        raise InputError("no dev clip is in conflict, so nothing can be chosen; take more clips")
    prompted, disputed = machine.read(clips), machine.read(clips.take(conflict))
    gains = _gains(disputed)
    readings, answered = prompted.readings(), prompted.answers().argmax(axis=1)
    chosen = Chosen(
        setting=_best(disputed, gains["video"]) if setting is None else setting,
        own=setting is None,
        gains={target: _rows(values) for target, values in gains.items()},
        dominance=_rows(
            mean_dominance([reading for reading, wanted in zip(readings, conflict, strict=True) if wanted])
        ),
        dev=(0.0, 0.0),
        routers=_routers(clips, readings, answered, identity),
    )
    plan = plan_of(chosen.heads("causal", "video"), "video", chosen.setting.strength)
    return chosen.model_copy(update={"dev": (_accuracy(disputed, None), _accuracy(disputed, plan))})


def _gains(disputed: Prompted) -> dict[Target, NDArray[np.float64]]:
    reference, rows = disputed.clips.reference(), np.arange(len(disputed.clips))

    def score(plan: SteeringPlan | None) -> NDArray[np.float64]:
        return np.asarray(disputed.answers(plan)[rows, reference])

    return {
        target: causal_gains(score, SHAPE, range(SHAPE[0]), strength=TRIAL, target=aim)
        for target, aim in TARGETS.items()
    }


def _best(disputed: Prompted, gains: NDArray[np.float64]) -> Setting:
    """The setting with the best accuracy on conflicts; of equals the one that does least."""
    found: list[tuple[float, Setting]] = []
    for first, stop in RANGES:
        for k in PER_LAYER:
            for strength in STRENGTHS:
                setting = Setting(strength=strength, k=k, first=first, stop=stop)
                plan = plan_of(top_k(gains, setting.layers, k, above=0.0), "video", strength)
                found.append((_accuracy(disputed, plan), setting))
    return max(found, key=lambda each: (each[0], -each[1].strength, -each[1].k))[1]


def _accuracy(prompted: Prompted, plan: SteeringPlan | None) -> float:
    return float((prompted.answers(plan).argmax(axis=1) == prompted.clips.reference()).mean())


def _rows(values: NDArray[np.float64]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(value) for value in row) for row in values)


def under_use(clips: Clips, answered: NDArray[np.intp]) -> NDArray[np.bool_]:
    """(n,) whether the answer's polarity is wrong while a modality alone has the reference's.

    Args:
        clips: with everything shown.
        answered: (n,) places in `ANSWERS`.
    """
    middle = len(ANSWERS) // 2
    said, truth = np.sign(answered - middle), np.sign(clips.reference() - middle)
    return np.array(
        [
            bool(under_used(t, s, dict(zip(MODALITIES, np.sign(scores), strict=True)), MODALITIES))
            for t, s, scores in zip(truth, said, clips.scores, strict=True)
        ]
    )


def _routers(
    clips: Clips, readings: list[AttentionReading], answered: NDArray[np.intp], identity: str
) -> dict[RouterTarget, Router]:
    labels: dict[RouterTarget, NDArray[np.bool_]] = {
        "conflict": clips.conflict(),
        "under-use": under_use(clips, answered),
    }
    fitting = np.isin(clips.sources, _FITTING)
    parts = {"train": np.flatnonzero(fitting).tolist(), "dev": np.flatnonzero(~fitting).tolist()}
    found: dict[RouterTarget, Router] = {}
    for target, wanted in labels.items():
        seen = Labelled(readings, wanted.tolist(), [str(source) for source in clips.sources])
        on = SelectedOn(
            name="lab",
            split="dev",
            revision="1",
            n=len(clips),
            sources=len(set(clips.sources.tolist())),
            made=date.today().isoformat(),
        )
        try:
            found[target] = fit_router(
                seen,
                identity=identity,
                target=target,
                trained_on=on,
                parts=parts,
                groups=(*DEFAULT_GROUPS, "answer"),
            )
        except InputError:  # hardly a clip has the target: a model without conflicts, or one that uses everything
            continue
    return found
