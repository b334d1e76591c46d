"""CREMA-D (Cao et al. 2014): what a crowd heard in a voice, saw in a face, and took from both. Labels only, no media.

Layout: `summaryTable.csv`; per modality the winning vote (a letter, or letters joined by `:` in a tie) and the mean
intensity, 0 to 100, of those who cast it (levels joined by `:` in the same order). The sets of people differ between
modalities, so this shows which channel people follow when the two disagree.
"""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path
from typing import Literal

from affectgraph.evals.datasets.items import Dataset, Item
from affectgraph.evals.datasets.layout import Record, collect, located, read_table

__all__ = ["LABELS", "SENTENCES", "conflict", "load"]

FILE = "summaryTable.csv"
_CHANNELS = ("Voice", "Face", "MultiModal")
_LETTERS = {"A": "anger", "D": "disgust", "F": "fear", "H": "joy", "S": "sadness", "N": "neutral"}
_INTENDED = {"ANG": "anger", "DIS": "disgust", "FEA": "fear", "HAP": "joy", "SAD": "sadness", "NEU": "neutral"}
LABELS = tuple(_LETTERS.values())
# What the actors say (Cao et al. 2014).
SENTENCES = {
    "IEO": "It's eleven o'clock.",
    "TIE": "That is exactly what happened.",
    "IOM": "I'm on my way to the meeting.",
    "IWW": "I wonder what this is about.",
    "TAI": "The airplane is almost full.",
    "MTI": "Maybe tomorrow it will be cold.",
    "IWL": "I would like a new alarm clock.",
    "ITH": "I think I have a doctor's appointment.",
    "DFA": "Don't forget a jacket.",
    "ITS": "I think I've seen this before.",
    "TSI": "The surface is slick.",
    "WSI": "We'll stop in a couple of minutes.",
}


def conflict(voice: Set[str], face: Set[str], together: Set[str]) -> bool:
    """Whether a modality's winning labels share none with those of both together.

    EmoMM's predicate at the level of labels instead of polarity. Our choice: a tied vote agrees with each of its
    labels.
    """
    return voice.isdisjoint(together) or face.isdisjoint(together)


def load(folder: str | Path | None = None, ties: Literal["drop", "keep"] = "drop") -> Dataset:
    """The clips with one winning multimodal label.

    `fields`: `text` (the sentence, the same for every emotion), `voice` and `face` (label -> intensity in [0, 100],
    several labels in a tie). `target`: the multimodal winner, `joy` for the set's "happy". `group`: the actor. Slices:
    `relation` (align, conflict; see `conflict`), `follows` (both, voice, face, neither: which modality alone gave the
    target) and `intended` (what the actor was asked to show).

    Args:
        folder: that of the file; by default `crema_d` of the data folder.
        ties: `keep` also gives clips with a tied multimodal vote: `target` None and equal `shares`, since tied labels
            have the same number of votes (the intensities say how strong, not how many).

    Raises:
        DataMissing, SchemaError: as `affectgraph.evals.datasets.layout` says.
    """
    path = located(folder, "crema_d") / FILE
    columns = ("FileName", *(f"{channel}{part}" for channel in _CHANNELS for part in ("Vote", "Level")))
    items, dropped = [], {"tied multimodal vote": 0}
    for row in read_table(path, columns):
        voice, face, together = (_votes(row, channel) for channel in _CHANNELS)
        tied = len(together) > 1
        if tied and ties == "drop":
            dropped["tied multimodal vote"] += 1
            continue
        actor, sentence, intended = _named(row)
        slices = {
            "relation": "conflict" if conflict(voice.keys(), face.keys(), together.keys()) else "align",
            "follows": _follows(voice.keys(), face.keys(), together.keys()),
            "intended": intended,
        }
        fields = {"text": sentence, "voice": voice, "face": face}
        target = None if tied else next(iter(together))
        shares = dict.fromkeys(together, 1 / len(together)) if tied else None
        items.append(Item(row.text("FileName"), f"actor-{actor}", fields, target, shares, slices=slices))
    return collect("CREMA-D", "all", (path,), items, labels=LABELS, dropped=dropped)


def _follows(voice: Set[str], face: Set[str], together: Set[str]) -> str:
    heard, seen = not voice.isdisjoint(together), not face.isdisjoint(together)
    if heard and seen:
        return "both"
    return "voice" if heard else "face" if seen else "neither"


def _votes(row: Record, channel: str) -> dict[str, float]:
    letters, levels = (row.text(f"{channel}{part}").split(":") for part in ("Vote", "Level"))
    if len(letters) != len(levels):
        raise row.wrong(f"{channel}Level", f"{len(letters)} levels joined by ':'")
    votes = {}
    for letter, level in zip(letters, levels, strict=True):
        if letter not in _LETTERS:
            raise row.wrong(f"{channel}Vote", f"letters out of {', '.join(_LETTERS)} joined by ':'")
        votes[_LETTERS[letter]] = Record(row.file, row.place, {f"{channel}Level": level}).number(
            f"{channel}Level", 0, 100
        )
    return votes


def _named(row: Record) -> tuple[str, str, str]:
    parts = row.text("FileName").split("_")
    if len(parts) != 4 or parts[1] not in SENTENCES or parts[2] not in _INTENDED:
        raise row.wrong("FileName", "actor_sentence_emotion_level, such as 1001_IEO_NEU_XX")
    return parts[0], SENTENCES[parts[1]], _INTENDED[parts[2]]
