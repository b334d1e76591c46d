"""Head profiles measured on clips, and checked on sources that they were not chosen on.

Four sources in five score the heads, the fifth checks them: what the chosen heads, random ones and all of them do to
the log-probability of the reference. A gain counts for something where it beats random heads (arXiv 2606.14703).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends.errors import InputError
from affectgraph.backends.steering import AttentionReading, Modality, SteeringPlan
from affectgraph.evals.chase.asking import Asker, Clip
from affectgraph.evals.chase.intervals import average
from affectgraph.tools.chase.gate import Preset, combination
from affectgraph.tools.chase.heads import Heads, all_heads, causal_gains, dominance, random_heads, separability
from affectgraph.tools.chase.profiles import HeadMethod, HeadProfile, SelectedOn, Trial
from affectgraph.tools.link_parts import Figure

__all__ = ["Checked", "Each", "check_heads", "score_heads", "shared_combination", "split_sources"]

Floats = NDArray[np.float64]
Tell = Callable[[int, int], None]
# How a function is applied to every clip, in order: the caller may do it with threads and a progress bar.
Each = Callable[[str, Callable[[Clip], Any], Sequence[Clip]], list[Any]]
_DRAWS = 5


@dataclass(frozen=True)
class Checked:
    """What steering certain heads does to the log-probability of the reference, in nats, on sources of its own.

    Attributes:
        gains: name of the heads (`chosen`, `random`, `all`) -> mean gain over not steering, with its interval.
        over_random: the gain of the chosen heads less the mean of the random draws.
        accuracy: name (`none`, `chosen`, `random`, `all`) -> share of clips whose most probable label is the reference.
        draws: of random heads.
    """

    gains: dict[str, Figure]
    over_random: Figure
    accuracy: dict[str, float]
    draws: int


def split_sources(clips: Sequence[Clip], seed: int) -> tuple[list[Clip], list[Clip]]:
    """Clips to choose on (four sources in five), and clips to check on: none with fewer than five sources."""
    names = sorted({clip.source for clip in clips})
    if len(names) < 5:
        return list(clips), []
    shuffled = np.random.default_rng(seed).permutation(len(names))
    checking = {names[place] for place in shuffled[: max(1, len(names) // 5)]}
    return [clip for clip in clips if clip.source not in checking], [clip for clip in clips if clip.source in checking]


def shared_combination(clips: Sequence[Clip]) -> str:
    """The combination of modalities that all clips have, e.g. `TAV`; `mixed` where they differ."""
    found = {combination(clip.present) for clip in clips}
    return found.pop() if len(found) == 1 else "mixed"


def score_heads(
    asker: Asker,
    clips: Sequence[Clip],
    *,
    identity: str,
    method: HeadMethod,
    preset: Preset,
    trial: Trial | None,
    selected_on: SelectedOn,
    each: Each,
    tell: Tell = lambda done, of: None,
) -> HeadProfile:
    """Score the heads of a model on clips.

    Args:
        asker: the model.
        clips: with two modalities or more.
        identity: of the model, with its revision.
        method: see `HeadProfile`. `causal` tries the layers of `preset`; the others score all.
        preset: which layers are steered.
        trial: how heads are moved; for `causal` alone.
        selected_on: for the record.
        each: applies a function to every clip.
        tell: told how many heads are done, and of how many.

    Raises:
        InputError: there are no clips, `supervised` lacks one kind or knows no relation, `causal` lacks a trial.
    """
    if not clips:
        raise InputError("no clip has two modalities or more, and with one there is nothing to steer")
    readings = each("reading", asker.read, clips)
    shape = readings[0].budgets.shape[:2]
    if method == "dominance":
        scores: Floats = np.mean([dominance(reading) for reading in readings], axis=0)
    elif method == "supervised":
        scores = _supervised(readings, [asker.relation(clip) for clip in clips])
    else:
        if trial is None:
            raise InputError("causal gains need a strength")

        def score(plan: SteeringPlan | None) -> list[float]:
            return each("asking", lambda clip: asker.log_probability(clip, plan), clips)

        layers = preset.layers(shape[0])
        scores = causal_gains(score, shape, layers, strength=trial.strength, target=trial.target, tell=tell)
    return HeadProfile.of(
        scores,
        identity=identity,
        method=method,
        modalities=shared_combination(clips),
        selected_on=selected_on,
        trial=trial if method == "causal" else None,
    )


def _supervised(readings: Sequence[AttentionReading], relations: Sequence[str]) -> Floats:
    known = [place for place, relation in enumerate(relations) if relation != "unknown"]
    if not known:
        raise InputError(
            "the set does not say what each modality says alone (label_T, label_A, label_V), so conflicts are not "
            "known; choose by dominance or by causal gain"
        )
    return separability([readings[place] for place in known], [relations[place] == "conflict" for place in known])


def check_heads(
    asker: Asker,
    clips: Sequence[Clip],
    profile: HeadProfile,
    *,
    preset: Preset,
    strength: float,
    target: dict[Modality, float] | None,
    each: Each,
    seed: int = 0,
    draws: int = _DRAWS,
) -> Checked | None:
    """Steer every clip with the chosen heads, random ones and all of them.

    Args:
        asker: the model.
        clips: of sources that the profile was not made on.
        profile: whose best heads are checked.
        preset: how many heads of which layers.
        strength: lam.
        target: u; None is uniform.
        each: applies a function to every clip.
        seed: of random heads and resamples.
        draws: of random heads.

    Returns:
        None where there is nothing to check: no clips, or no head that helps.
    """
    layers = preset.layers(profile.layers)
    chosen = profile.top(preset.k, layers)
    if not clips or not chosen:
        return None
    shape = (profile.layers, profile.heads)
    sets: dict[str, list[Heads]] = {
        "chosen": [chosen],
        "random": [random_heads(shape, layers, preset.k, seed + draw) for draw in range(draws)],
        "all": [all_heads(shape, layers)],
    }

    def asked(heads: Heads | None) -> tuple[Floats, Floats]:
        plan = None if heads is None else SteeringPlan(heads=heads, strength=strength, target=target)
        return _steered(asker, clips, plan, each)

    base, base_right = asked(None)
    gains: dict[str, Floats] = {}
    accuracy = {"none": float(base_right.mean())}
    for name, several in sets.items():
        found = [asked(heads) for heads in several]
        gains[name] = np.mean([scores - base for scores, _ in found], axis=0)
        accuracy[name] = float(np.mean([right for _, right in found]))
    sources = [clip.source for clip in clips]
    return Checked(
        gains={name: average(values, sources, seed) for name, values in gains.items()},
        over_random=average(gains["chosen"] - gains["random"], sources, seed),
        accuracy=accuracy,
        draws=draws,
    )


def _steered(asker: Asker, clips: Sequence[Clip], plan: SteeringPlan | None, each: Each) -> tuple[Floats, Floats]:
    """Log-probability of each clip's reference, and whether it is the most probable label; (n,) each."""
    said = each("checking", lambda clip: asker.choose(clip, plan=plan), clips)
    scores = [asker.log_probability(clip, plan) for clip in clips]
    right = [max(one, key=one.__getitem__) == clip.item.target for one, clip in zip(said, clips, strict=True)]
    return np.array(scores), np.array(right, dtype=np.float64)
