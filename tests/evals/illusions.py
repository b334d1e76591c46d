"""Simulated people and models with known effects, as rows: what the five figures must give back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from affectgraph.evals.rows import LabelRow, Person
from affectgraph.tools.persona import TRAITS

LABELS = ["anger", "disgust", "fear", "joy", "sadness", "surprise", "neutral"]
EVENTS, PEOPLE, EFFECT = 60, 24, 0.4
_generator = np.random.default_rng(7)
PROFILES = _generator.random((PEOPLE, len(TRAITS)))
# Neuroticism spread evenly, so that its slopes come out exactly.
PROFILES[:, 4] = _generator.permutation((np.arange(PEOPLE) + 0.5) / PEOPLE)
# Who gets whose profile under `shuffled`.
OTHERS = np.roll(np.arange(PEOPLE), 5)
# An event's threshold: whoever's fear is above it answers fear. Evenly spread, so that shares are exact to 1 / EVENTS.
THRESHOLDS = (np.arange(EVENTS) + 0.5) / EVENTS
Answer = Callable[[int, int], str | None]


def fearful(event: int, profile: int, strength: float = 1.0) -> str:
    """What people do: fear rises by `strength * EFFECT` from the least to the most neurotic."""
    level = 0.5 + strength * EFFECT * (PROFILES[profile, 4] - 0.5)
    return "fear" if THRESHOLDS[event] < level else "neutral"


def rows(model: Answer, people: Answer = fearful, *, shuffled: bool = False) -> list[LabelRow]:
    """Each person about each event; under `shuffled` the model sees another person's profile."""
    return [
        LabelRow(
            id=f"{event}/E{person}",
            group=str(event),
            options=LABELS,
            target=str(people(event, person)),
            prediction=model(event, int(OTHERS[person]) if shuffled else person),
            person=Person(id=f"E{person}", traits=dict(zip(TRAITS, PROFILES[person].tolist(), strict=True))),
        )
        for event in range(EVENTS)
        for person in range(PEOPLE)
    ]


def without_people(some: Sequence[LabelRow]) -> list[LabelRow]:
    return [row.model_copy(update={"person": None}) for row in some]
