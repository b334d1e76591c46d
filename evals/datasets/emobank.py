"""EmoBank (Buechel & Hahn 2017): sentences rated for valence, arousal and dominance, as writer and as reader.

Layout: `emobank.csv` (id, split, V, A, D, text: the mean of both perspectives, weighted by raters), `reader.csv` and
`writer.csv` (id, V, A, D, stdV, stdA, stdD, N: one perspective). Ratings are 1 to 5.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

from affectgraph.evals.datasets.items import Dataset, Item
from affectgraph.evals.datasets.layout import Record, collect, located, read_table

__all__ = ["HIGH", "LOW", "Perspective", "load"]

Perspective = Literal["both", "reader", "writer"]
LOW, HIGH = 1.0, 5.0
_VARIABLES = {"V": "valence", "A": "arousal", "D": "dominance"}
# `<document>_<first character>_<last character>`; headlines have a number only.
_DOCUMENT = re.compile(r"(.+)_\d+_\d+$")


def load(folder: str | Path | None = None, split: str = "dev", perspective: Perspective = "both") -> Dataset:
    """The sentences of one split.

    `fields`: `text`; with one perspective also `sd` (variable -> standard deviation between raters) and `raters` (their
    number), for weighting and ceilings, never for a prompt. `target`: valence, arousal, dominance in [1, 5].
    `group`: the document.

    Args:
        folder: that of the files; by default `emobank` of the data folder.
        split: `train`, `dev` or `test`, as in `emobank.csv`.
        perspective: whose emotion; a sentence that the perspective has no row for is dropped.

    Raises:
        DataMissing, SchemaError: as `affectgraph.evals.datasets.layout` says.
    """
    folder = located(folder, "emobank")
    paths = [folder / "emobank.csv"]
    ratings: dict[str, Record] | None = None
    if perspective != "both":
        paths.append(folder / f"{perspective}.csv")
        columns = ("id", *_VARIABLES, *(f"std{letter}" for letter in _VARIABLES), "N")
        ratings = {row.text("id"): row for row in read_table(paths[1], columns)}
    items, unrated = [], 0
    for row in read_table(paths[0], ("id", "split", *_VARIABLES, "text")):
        if row.text("split") != split:
            continue
        identifier = row.text("id")
        rated = row if ratings is None else ratings.get(identifier)
        if rated is None:
            unrated += 1
            continue
        fields: dict[str, Any] = {"text": row.text("text")}
        if rated is not row:
            fields["sd"] = {name: rated.number(f"std{letter}", 0, HIGH - LOW) for letter, name in _VARIABLES.items()}
            fields["raters"] = int(rated.number("N", 1, 1000))
        target = {name: rated.number(letter, LOW, HIGH) for letter, name in _VARIABLES.items()}
        document = _DOCUMENT.match(identifier)
        group = document[1] if document else identifier
        items.append(Item(identifier, group, fields, target, slices={"perspective": perspective}))
    name = "EmoBank" if perspective == "both" else f"EmoBank ({perspective})"
    return collect(name, split, paths, items, dropped={f"not rated as {perspective}": unrated})
