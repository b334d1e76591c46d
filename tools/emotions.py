"""Emotion taxonomies: closed label sets with their names in each language and their valence.

Sources: Ekman 1992 (six basic emotions; `ekman7` adds neutral, as Persona-E2 does); crowd-enVENT (Troiano et al. 2023,
arXiv 2206.05238, 12 + no emotion); `counselling12` is ours. The Chinese names are our choice of the usual
translations. The valence of a label (-1, 0, 1) is our choice where the sources are silent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["TAXONOMIES", "Emotion", "Taxonomy", "taxonomy"]


@dataclass(frozen=True)
class Emotion:
    """One label.

    Attributes:
        name: the key used in every output, English, lower case.
        zh: the Chinese word that a Chinese prompt scores.
        valence: -1 unpleasant, 0 neither, 1 pleasant.
    """

    name: str
    zh: str
    valence: Literal[-1, 0, 1]


@dataclass(frozen=True)
class Taxonomy:
    """A closed set of emotions."""

    name: str
    emotions: tuple[Emotion, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The keys, in order."""
        return tuple(emotion.name for emotion in self.emotions)

    def words(self, language: str) -> tuple[str, ...]:
        """What a prompt in `language` calls them, in the order of `labels`."""
        return tuple(emotion.zh if language == "zh" else emotion.name for emotion in self.emotions)


_EKMAN7 = (
    Emotion("anger", "愤怒", -1),
    Emotion("disgust", "厌恶", -1),
    Emotion("fear", "恐惧", -1),
    Emotion("joy", "喜悦", 1),
    Emotion("sadness", "悲伤", -1),
    Emotion("surprise", "惊讶", 0),
    Emotion("neutral", "平静", 0),
)

# Ours: what people bring to counselling and basic emotions do not name (guilt, shame, loneliness, hope), beside five of
# Ekman's. One word each, one token each in most vocabularies after a space.
_COUNSELLING = (
    Emotion("sadness", "悲伤", -1),
    Emotion("anger", "愤怒", -1),
    Emotion("fear", "恐惧", -1),
    Emotion("guilt", "内疚", -1),
    Emotion("shame", "羞耻", -1),
    Emotion("loneliness", "孤独", -1),
    Emotion("exhaustion", "疲惫", -1),
    Emotion("confusion", "困惑", -1),
    Emotion("hope", "希望", 1),
    Emotion("joy", "喜悦", 1),
    Emotion("gratitude", "感激", 1),
    Emotion("neutral", "平静", 0),
)

_ENVENT13 = (
    Emotion("anger", "愤怒", -1),
    Emotion("boredom", "无聊", -1),
    Emotion("disgust", "厌恶", -1),
    Emotion("fear", "恐惧", -1),
    Emotion("guilt", "内疚", -1),
    Emotion("joy", "喜悦", 1),
    Emotion("no-emotion", "平静", 0),
    Emotion("pride", "自豪", 1),
    Emotion("relief", "宽慰", 1),
    Emotion("sadness", "悲伤", -1),
    Emotion("shame", "羞耻", -1),
    Emotion("surprise", "惊讶", 0),
    Emotion("trust", "信任", 1),
)

TAXONOMIES: dict[str, Taxonomy] = {
    "ekman7": Taxonomy("ekman7", _EKMAN7),
    "counselling12": Taxonomy("counselling12", _COUNSELLING),
    "envent13": Taxonomy("envent13", _ENVENT13),
}


def taxonomy(name: str) -> Taxonomy:
    """The taxonomy called `name`.

    Raises:
        KeyError: unknown; the message lists the known ones.
    """
    if name not in TAXONOMIES:
        raise KeyError(f"unknown taxonomy {name!r}; known: {', '.join(TAXONOMIES)}")
    return TAXONOMIES[name]
