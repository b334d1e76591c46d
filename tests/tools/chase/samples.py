"""Readings and profiles for tests: random ones of any shape, as the mechanism gives them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from affectgraph.backends.steering import MODALITIES, AttentionReading, Modality
from affectgraph.tools.chase.profiles import HeadMethod, HeadProfile, SelectedOn, Trial

__all__ = ["profile", "reading"]


def reading(
    modalities: Sequence[Modality] = MODALITIES,
    *,
    layers: int = 4,
    heads: int = 3,
    width: int = 5,
    seed: int = 0,
    toward: Modality | None = None,
) -> AttentionReading:
    """A random reading; with `toward`, most attention goes to that modality."""
    generator = np.random.default_rng(seed)
    masses = generator.random((layers, heads, len(modalities))).astype(np.float32) * 0.2 + 0.01
    if toward is not None:
        masses[..., list(modalities).index(toward)] += 0.3
    return AttentionReading(
        modalities=tuple(modalities),
        tokens=tuple(int(n) for n in generator.integers(1, 40, len(modalities))),
        budgets=masses / masses.sum(axis=-1, keepdims=True),
        masses=masses,
        hidden=generator.normal(size=(layers + 1, len(modalities), width)).astype(np.float32),
        answer=generator.normal(size=(layers + 1, width)).astype(np.float32),
    )


SELECTED = SelectedOn(name="clips", split="dev", revision="0123", n=20, sources=7, seed=1, made="2026-11-28")


def profile(
    method: HeadMethod = "dominance",
    *,
    scores: list[list[float]] | None = None,
    identity: str = "model@1",
    modalities: str = "TAV",
    trial: Trial | None = None,
) -> HeadProfile:
    table = np.random.default_rng(0).random((4, 3)) if scores is None else np.array(scores)
    moved = trial or (Trial(strength=0.6) if method == "causal" else None)
    return HeadProfile.of(
        table, identity=identity, method=method, modalities=modalities, selected_on=SELECTED, trial=moved
    )
