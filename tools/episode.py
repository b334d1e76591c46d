"""An episode: one event of a person's life in their own words, with one reading of it.

Sources: the 21 appraisals of crowd-enVENT, the closed label sets of `tools.emotions`. When two tellings of the same
words are one episode, and when they contradict each other, is our choice (see `contradict` and `told_again`).
"""

from __future__ import annotations

import hashlib
import math
import unicodedata
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from affectgraph.backends.errors import AffectgraphError
from affectgraph.tools.appraisals import APPRAISALS
from affectgraph.tools.emotions import TAXONOMIES, Taxonomy
from affectgraph.tools.persona import TRAITS

__all__ = ["EVENT_LIMIT", "Episode", "EpisodeError", "Kept", "Source", "contradict", "same_words", "told_again"]

EVENT_LIMIT = 20_000
Source = Literal["stated", "inferred", "dataset"]

_SUM_TOLERANCE = 0.01
_APART = 2.0  # points of an appraisal, of 4 possible
# Whose word outranks whose.
_RANK: dict[Source, int] = {"inferred": 0, "dataset": 1, "stated": 2}

Rating = Annotated[float, Field(ge=1.0, le=5.0, allow_inf_nan=False)]
Unit = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]


class EpisodeError(AffectgraphError):
    """What is stored as an episode is none: damaged, or written by something else."""


class Episode(BaseModel):
    """One event and one reading of it.

    Attributes:
        event: the person's own words, 1 to 20,000 characters.
        appraisals: some or all of `tools.appraisals.APPRAISALS` by name, each from 1 to 5.
        emotions: label -> share; all >= 0, the sum 1 (within 0.01); or empty.
        taxonomy: name of the set that the labels are from; needed with `emotions`.
        time: when it happened or was told; with its time zone.
        source: who says so: the person, a model, or a public data set.
        public: may be recalled for other people; the person agreed.
        traits: Big Five in [0, 1]; kept with public episodes only, for closeness.
    """

    # A person's words have no place in an error's message.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    event: str = Field(min_length=1, max_length=EVENT_LIMIT)
    appraisals: dict[str, Rating] = {}
    emotions: dict[str, Unit] = {}
    taxonomy: str | None = None
    time: AwareDatetime
    source: Source
    public: bool = False
    traits: dict[str, Unit] = {}

    @field_validator("event")
    @classmethod
    def _says_something(cls, event: str) -> str:
        if not event.strip():
            raise ValueError("the event has no words; say what happened")
        return event

    @field_validator("appraisals", "traits")
    @classmethod
    def _are_known(cls, values: dict[str, float], info: Any) -> dict[str, float]:
        known = TRAITS if info.field_name == "traits" else tuple(item.name for item in APPRAISALS)
        for name in values:
            if name not in known:
                raise ValueError(f"unknown name {name!r}; known: {', '.join(known)}")
        return values

    @model_validator(mode="after")
    def _is_a_distribution(self) -> Episode:
        if self.taxonomy is not None and self.taxonomy not in TAXONOMIES:
            raise ValueError(f"unknown taxonomy {self.taxonomy!r}; known: {', '.join(TAXONOMIES)}")
        if not self.emotions:
            return self
        if self.taxonomy is None:
            raise ValueError(f"emotions need the taxonomy of their labels: one of {', '.join(TAXONOMIES)}")
        labels = TAXONOMIES[self.taxonomy].labels
        for label in self.emotions:
            if label not in labels:
                raise ValueError(f"{label!r} is no label of {self.taxonomy}; its labels: {', '.join(labels)}")
        if abs(sum(self.emotions.values()) - 1.0) > _SUM_TOLERANCE:
            raise ValueError(f"the emotions sum to {sum(self.emotions.values()):.3f}; make it 1")
        return self

    @property
    def top(self) -> str | None:
        """The strongest emotion; of equal ones the first in the taxonomy. None without emotions."""
        if self.taxonomy is None or not self.emotions:
            return None
        return max(TAXONOMIES[self.taxonomy].labels, key=lambda label: self.emotions.get(label, -1.0))


class Kept(BaseModel):
    """An episode as it is stored.

    Attributes:
        key: its name on the shelf.
        episode: `time` is that of the last telling.
        count: how often it was told; at least 1.
        first: the earliest `time` of the tellings.
        contradicts: keys of the same person's episodes with the same words and another reading.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    episode: Episode
    count: int = Field(default=1, ge=1)
    first: AwareDatetime
    contradicts: list[str] = []


def same_words(event: str) -> str:
    """What tellings of the same words have in common: a hash of them after NFKC, with case and spaces folded."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", event).casefold())
    return hashlib.sha256(" ".join(folded.split()).encode()).hexdigest()


def contradict(one: Episode, other: Episode) -> bool:
    """Whether two readings of the same words cannot both stand.

    Another strongest emotion, or an appraisal two or more points apart (our choice). Of equally strong emotions one in
    common is enough; labels that only one of two taxonomies knows are compared by valence.
    """
    shared = one.appraisals.keys() & other.appraisals.keys()
    if any(abs(one.appraisals[name] - other.appraisals[name]) >= _APART for name in shared):
        return True
    return bool(one.emotions and other.emotions) and not _agree(one, other)


def _agree(one: Episode, other: Episode) -> bool:
    both = [TAXONOMIES[episode.taxonomy or ""] for episode in (one, other)]
    for label in _strongest(one):
        for against in _strongest(other):
            known = label in both[1].labels and against in both[0].labels
            if label == against or (not known and _valence(both[0], label) == _valence(both[1], against)):
                return True
    return False


def _valence(known: Taxonomy, label: str) -> int:
    return next(emotion.valence for emotion in known.emotions if emotion.name == label)


def _strongest(episode: Episode) -> list[str]:
    most = max(episode.emotions.values())
    return [label for label, share in episode.emotions.items() if math.isclose(share, most, abs_tol=1e-6)]


def told_again(known: Kept, new: Episode) -> Kept:
    """The known episode after one more telling whose reading fits.

    The later reading wins field by field, but what the person stated is not overwritten by an inference. `source` is
    the weaker of the two where both gave something; `public` is what was said last.
    """
    old = known.episode
    newer = (_RANK[new.source], new.time) >= (_RANK[old.source], old.time)
    strong, weak = (new, old) if newer else (old, new)
    filled = bool(weak.appraisals.keys() - strong.appraisals.keys() or (weak.emotions and not strong.emotions))
    felt = strong if strong.emotions else weak
    merged = strong.model_copy(
        update={
            "appraisals": {**weak.appraisals, **strong.appraisals},
            "emotions": felt.emotions,
            "taxonomy": felt.taxonomy,
            "time": max(old.time, new.time),
            "source": weak.source if filled else strong.source,
            "public": new.public,
            "traits": {**old.traits, **new.traits} if new.public else {},
        }
    )
    return known.model_copy(
        update={"episode": merged, "count": known.count + 1, "first": min(known.first, new.time)},
    )
