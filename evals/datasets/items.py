"""What every loader gives: items with what people said of them, and a revision that changes with the files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Dataset", "Item"]


@dataclass(frozen=True)
class Item:
    """One item of a set.

    Attributes:
        id: unique in the set, stable between runs.
        group: the source that items share (a dialogue, a video, a writer); the item's own id where there is none.
        fields: what the item shows, under the names that its loader documents (`text`, `context`, ...).
        target: what people said: a label, variable -> rating, or reference texts, as the loader documents.
        shares: label -> share of people's votes, where the set has them; sums to 1.
        language: ISO 639-1.
        slices: named subsets that the item belongs to, e.g. `{"split": "conflict"}`.
    """

    id: str
    group: str
    fields: dict[str, Any]
    target: Any
    shares: dict[str, float] | None = None
    language: str = "en"
    slices: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Dataset:
    """A set as loaded.

    Attributes:
        name: the name that a score on it goes by.
        split: the set's own name of the part.
        revision: SHA-256 over the names and bytes of the files that were read; the first 16 hexadecimal digits.
        items: in the order of the files.
        labels: the closed label set in the set's own order; empty for ratings and texts.
        dropped: reason -> number of rows that were left out.
    """

    name: str
    split: str
    revision: str
    items: tuple[Item, ...]
    labels: tuple[str, ...] = ()
    dropped: dict[str, int] = field(default_factory=dict)
