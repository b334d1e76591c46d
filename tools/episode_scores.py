"""How well an episode fits what happened now: similarity of the events, closeness of the traits, recency.

The weights and their default values are our choice, and so is the form of each part.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from affectgraph.tools.episode import Episode, Kept

__all__ = ["Mix", "Recalled", "closeness", "scored"]

_UNKNOWN_CLOSENESS = 0.5

Weight = Annotated[float, Field(ge=0.0, le=10.0, allow_inf_nan=False)]


class Mix(BaseModel):
    """Weights of the parts of a score, each in [0, 10]; similarity outweighs the others together (our choice).

    Attributes:
        similarity: of the cosine of the two events.
        closeness: of the traits' closeness; for other people's episodes only.
        recency: of 0.5 ** (age / `half_life_days`).
        own: added for the person's own episodes.
        half_life_days: (0, 36,500]; the age at which recency is a half.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    similarity: Weight = 1.0
    closeness: Weight = 0.25
    recency: Weight = 0.1
    own: Weight = 0.25
    half_life_days: float = Field(default=180.0, gt=0.0, le=36_500.0)


class Recalled(Kept):
    """An episode that was found. Another person's carries no name, no traits, and points to nothing else of theirs.

    Attributes:
        own: it is the person's own.
        similarity: cosine of the events, in [-1, 1].
        closeness: 1 - root mean square distance of the traits that both know, in [0, 1]; 0.5 where there is none (our
            choice); None for an own episode.
        recency: in [0, 1].
        score: the weighted sum of the parts.
    """

    own: bool
    similarity: float
    closeness: float | None
    recency: float
    score: float


def scored(kept: Kept, similarity: float, own: bool, asked: Episode, mix: Mix) -> Recalled:
    """`kept` with its score for what is `asked` (an episode of the person, its `time` now); `own` sets the rules."""
    age = max(0.0, (asked.time - kept.episode.time).total_seconds() / 86_400)
    parts: dict[str, Any] = {
        "own": own,
        "similarity": max(-1.0, min(1.0, similarity)),
        "closeness": None if own else closeness(asked.traits, kept.episode.traits),
        "recency": 0.5 ** (age / mix.half_life_days),
    }
    score = mix.similarity * parts["similarity"] + mix.recency * parts["recency"]
    score += mix.own if own else mix.closeness * parts["closeness"]
    shown = dict(kept)
    if not own:
        shown |= {"episode": kept.episode.model_copy(update={"traits": {}}), "contradicts": []}
    return Recalled(**shown, **parts, score=score)


def closeness(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """1 - root mean square distance over the traits that both know, in [0, 1]; 0.5 where there is none (our choice)."""
    shared = one.keys() & other.keys()
    if not shared:
        return _UNKNOWN_CLOSENESS
    return 1.0 - math.sqrt(sum((one[name] - other[name]) ** 2 for name in sorted(shared)) / len(shared))
