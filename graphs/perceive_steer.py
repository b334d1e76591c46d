"""The node `steer` of `perceive`: CHASE on one clip, from what is known of the model to what its attention did.

Source: EmoMM (arXiv 2605.01024). Heads, gate and strength are policy (`tools.chase`), moving them is mechanism
(`backends.transformers_steering`); here they meet the clip.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from affectgraph.backends.errors import SettingsError
from affectgraph.backends.steering import AttentionReading, Modality, SteeringPlan
from affectgraph.graphs.options import PerceiveOptions
from affectgraph.graphs.perceive_ask import Clip
from affectgraph.graphs.perceive_types import Answer, Budgets, PerceiveState, Steering, Unsteered
from affectgraph.graphs.steps import Models, Step
from affectgraph.tools.chase.gate import Gate, Preset, combination, preset_for
from affectgraph.tools.chase.heads import Heads, all_heads, random_heads
from affectgraph.tools.chase.plan import Target, plan_for, reliabilities_of
from affectgraph.tools.chase.profiles import HeadProfile
from affectgraph.tools.chase.router import Router, RouterTarget
from affectgraph.tools.conflict import disagreement

__all__ = ["profile_of", "router_of", "steer"]


def steer(state: PerceiveState, models: Models, options: PerceiveOptions) -> Step:
    """The multimodal model with a few of its attention heads moved, as far as the gate opens."""
    clip = Clip(state, models, options)
    before = clip.attention()
    probability, rests_on = _probability(state, before, models, options)
    heads, chosen_by = _heads(before, clip, options)
    plan = plan_for(
        heads,
        probability,
        clip.shown,
        target=_target(heads, options),
        reliabilities=reliabilities_of(state.readings.values()),
        preset=_preset(clip.shown, options),
        novelty=options.novelty,
    )
    without = clip.sentiment()
    after = clip.attention(plan) if plan else before
    found = Answer(sentiment=clip.sentiment(plan) if plan else without, emotions=clip.emotions(plan))
    record = Steering(
        probability=probability,
        rests_on=rests_on,
        unsteered=None if plan else _why_not(clip, probability, options),
        strength=plan.strength if plan else 0.0,
        heads=list(plan.heads) if plan else [],
        chosen_by=chosen_by,
        target=plan.target if plan else None,
        before=_budgets(before, plan),
        after=_budgets(after, plan),
        without=without,
    )
    return Step(
        {"answer": found, "steering": record},
        record.model_dump(mode="json", exclude={"before": {"layers"}, "after": {"layers"}}),
        backend=clip.backend,
        prompts=clip.prompts,
    )


def _preset(shown: Collection[Modality], options: PerceiveOptions) -> Preset | None:
    """The published settings for these modalities, with what the person set otherwise."""
    published = preset_for(shown)
    if published is None:
        return None
    gate = {name: value for name in ("eta", "tau") if (value := getattr(options, name)) is not None}
    layers = {} if options.layers is None else dict(zip(("start", "stop"), options.layers, strict=True))
    return Preset.model_validate(
        {
            **published.model_dump(),
            "gate": Gate.model_validate({**published.gate.model_dump(), **gate, "kind": options.gate}),
            **({} if options.k is None else {"k": options.k}),
            **layers,
        }
    )


def _probability(
    state: PerceiveState, before: AttentionReading, models: Models, options: PerceiveOptions
) -> tuple[float, Literal["under-use", "conflict", "readings", "always"]]:
    """That steering is called for, and what says so."""
    if options.trigger == "always":
        return 1.0, "always"
    if router := router_of(models, options):
        return router.probability(before), router.target
    return disagreement(list(state.readings.values()), usable=options.usable), "readings"


def _heads(
    before: AttentionReading, clip: Clip, options: PerceiveOptions
) -> tuple[HeadProfile | AttentionReading | Heads, Literal["dominance", "profile", "random", "all"]]:
    """Which heads may move, and how they were chosen."""
    preset, shape = _preset(clip.shown, options), before.budgets.shape[:2]
    if preset is not None and options.heads == "random":
        return random_heads(shape, preset.layers(shape[0]), preset.k, options.seed), "random"
    if preset is not None and options.heads == "all":
        return all_heads(shape, preset.layers(shape[0])), "all"
    profile = profile_of(clip.models, options, clip.shown)
    return (profile, "profile") if profile else (before, "dominance")


def _target(heads: HeadProfile | AttentionReading | Heads, options: PerceiveOptions) -> Target:
    """What attention is moved toward: what the heads were chosen for, unless the settings name something."""
    if options.target != "auto":
        return options.target
    trial = heads.trial if isinstance(heads, HeadProfile) else None
    sought = [name for name, share in (trial.target or {}).items() if share > 0.0] if trial else []
    return sought[0] if len(sought) == 1 else "uniform"


def router_of(models: Models, options: PerceiveOptions) -> Router | None:
    """The kept router of this model that the settings ask for; None where the readings decide.

    Raises:
        SettingsError: the settings name a router that nobody trained.
    """
    if options.trigger == "readings" or options.trigger == "always":
        return None
    identity, kept = models.perceive.identity, models.routers()
    targets: tuple[RouterTarget, ...] = ("under-use", "conflict") if options.trigger == "auto" else (options.trigger,)
    found = next((router for target in targets if (router := kept.find(identity, target))), None)
    if found is None and options.trigger != "auto":
        raise SettingsError(
            f"perceive.trigger = {options.trigger!r} needs a router of {identity}: train one with "
            "`affectgraph chase train-router`, or set perceive.trigger = readings"
        )
    return found


def profile_of(models: Models, options: PerceiveOptions, shown: Collection[Modality]) -> HeadProfile | None:
    """The kept heads of this model; None where the clip's own attention decides.

    Raises:
        SettingsError: the settings ask for a profile that nobody made.
    """
    if options.heads not in ("auto", "profile"):
        return None
    identity = models.perceive.identity
    found = models.profiles().find(identity, modalities=combination(shown))
    if found is None and options.heads == "profile":
        raise SettingsError(
            f"perceive.heads = 'profile' needs one of {identity}: make it with `affectgraph chase profile`, or set "
            "perceive.heads = dominance"
        )
    return found


def _why_not(clip: Clip, probability: float, options: PerceiveOptions) -> Unsteered:
    preset = _preset(clip.shown, options)
    if preset is None:
        return "one modality"
    return "gate closed" if preset.gate.strength(probability) == 0.0 else "nothing to move toward"


def _budgets(reading: AttentionReading, plan: SteeringPlan | None) -> Budgets:
    layers = reading.budgets.mean(axis=1)
    steered = None
    if plan:
        moved = [reading.budgets[layer, head] for layer, head in plan.heads]
        steered = dict(zip(reading.modalities, map(float, sum(moved) / len(moved)), strict=True))
    return Budgets(
        layers=[dict(zip(reading.modalities, map(float, row), strict=True)) for row in layers], steered=steered
    )
