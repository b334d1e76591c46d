"""People's appraisals as arrays for a fit, without what a later test must not have seen.

Writers who are also in the held-out split, and texts that are, are left out. A text that occurs again is left out too,
or a copy could stand on both sides of a fold. Vectors live in memory only.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends.errors import InputError
from affectgraph.evals.datasets.items import Dataset, Item
from affectgraph.tools.appraisals import APPRAISALS
from affectgraph.tools.emotions import taxonomy
from affectgraph.tools.persona import TRAITS
from affectgraph.tools.questionnaires import TIPI, TIPI_COLUMNS

__all__ = [
    "FOLDS",
    "LABELS",
    "NAMES",
    "Embeds",
    "Rows",
    "folds",
    "plain_words",
    "rows_of",
    "traits_of",
    "without_leaks",
]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

LABELS = taxonomy("envent13").labels
NAMES = tuple(item.name for item in APPRAISALS)
FOLDS = 5


class Embeds(Protocol):
    """What the fit needs of an embedder."""

    @property
    def identity(self) -> str:
        """Which weights these are."""
        ...

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector per text."""
        ...


@dataclass(frozen=True)
class Rows:
    """n events as arrays.

    Attributes:
        vectors: (n, d) embeddings of the texts.
        appraisals: (n, 21) ratings, 1 to 5, in the order of `APPRAISALS`.
        traits: (n, 5) in [0, 1], in the order of `TRAITS`.
        emotions: (n,) places in the labels of envent13.
        writers: (n,) hashed ids.
    """

    vectors: Floats
    appraisals: Floats
    traits: Floats
    emotions: Codes
    writers: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.writers)

    def take(self, places: Codes) -> Rows:
        """The rows at `places`."""
        return Rows(
            vectors=self.vectors[places],
            appraisals=self.appraisals[places],
            traits=self.traits[places],
            emotions=self.emotions[places],
            writers=self.writers[places],
        )


def traits_of(item: Item) -> list[float]:
    """The Big Five of an event's writer in [0, 1], by the key of the TIPI.

    `TIPI.score` wants whole answers. The set holds the means of several sheets where a writer came back, e.g. 4.3;
    scoring is linear, so those are scored alike.
    """
    answers = [float(item.fields["traits"][column]) for column in TIPI_COLUMNS]
    keyed: dict[str, list[float]] = {trait: [] for trait in TRAITS}
    for question, value in zip(TIPI.items, answers, strict=True):
        keyed[question.trait].append(TIPI.low + TIPI.high - value if question.reverse else value)
    return [(sum(keyed[trait]) / len(keyed[trait]) - TIPI.low) / (TIPI.high - TIPI.low) for trait in TRAITS]


def rows_of(dataset: Dataset, embedder: Embeds, step: Callable[[int, int], None] | None = None) -> Rows:
    """The arrays of a set from `crowd_envent.load_appraisals`.

    Args:
        step: told how many texts are embedded, and of how many.

    Raises:
        InputError: there are too few events, or too few writers, to cross-validate.
    """
    items = dataset.items
    if len({item.group for item in items}) < 2 * FOLDS:
        raise InputError(f"{dataset.name} {dataset.split}: {len(items)} events are too few to fit a link on")
    vectors: list[list[float]] = []
    for start in range(0, len(items), 64):
        vectors += embedder.embed([item.fields["text"] for item in items[start : start + 64]])
        if step:
            step(len(vectors), len(items))
    return Rows(
        vectors=np.array(vectors, dtype=np.float64),
        appraisals=np.array([[item.target[name] for name in NAMES] for item in items], dtype=np.float64),
        traits=np.array([traits_of(item) for item in items], dtype=np.float64),
        emotions=np.array([LABELS.index(item.slices["emotion"]) for item in items], dtype=np.intp),
        writers=np.array([item.group for item in items]),
    )


def plain_words(text: str) -> str:
    """A text without case, punctuation and white space: what tells whether two texts are the same."""
    return re.sub(r"\W+", " ", unicodedata.normalize("NFKC", text)).casefold().strip()


def without_leaks(train: Dataset, held_out: Dataset | None) -> tuple[Dataset, dict[str, int]]:
    """`train` without what is in `held_out` too, and without repeated texts; how many rows each reason took.

    Of `held_out` only writers and texts are looked at. Texts are compared without case, punctuation and white space.
    """
    writers = {item.group for item in held_out.items} if held_out else set()
    texts = {plain_words(item.fields["text"]) for item in held_out.items} if held_out else set()
    kept: list[Item] = []
    excluded: Counter[str] = Counter()
    seen: set[str] = set()
    for item in train.items:
        text = plain_words(item.fields["text"])
        if item.group in writers:
            excluded["the writer is held out too"] += 1
        elif text in texts:
            excluded["the text is held out too"] += 1
        elif text in seen:
            excluded["the text repeats an earlier one"] += 1
        else:
            seen.add(text)
            kept.append(item)
    return replace(train, items=tuple(kept)), dict(excluded)


def folds(writers: NDArray[np.str_], seed: int, number: int = FOLDS) -> Iterator[tuple[Codes, Codes]]:
    """(rows to fit on, rows to predict), each row predicted once; no writer is on both sides."""
    from sklearn.model_selection import GroupKFold  # type: ignore[import-untyped]

    yield from GroupKFold(number, shuffle=True, random_state=seed).split(writers, groups=writers)
