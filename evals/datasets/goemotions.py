"""GoEmotions (Demszky et al. 2020, arXiv 2005.00547): Reddit comments with 28 labels, here Ekman's six + neutral.

Layout: `<split>.tsv` without a header (text, label ids joined by commas, comment id) and `labels.txt` (one label a
line; a label's id is its line, from 0).
"""

from __future__ import annotations

from pathlib import Path

from affectgraph.evals.datasets.items import Dataset, Item
from affectgraph.evals.datasets.layout import Record, SchemaError, collect, located, read_table, read_text
from affectgraph.tools.emotions import taxonomy

__all__ = ["EKMAN", "load"]

# The grouping that the authors publish (ekman_mapping.json); neutral stays by itself.
_GROUPS = {
    "anger": "anger annoyance disapproval",
    "disgust": "disgust",
    "fear": "fear nervousness",
    "joy": "joy amusement approval excitement gratitude love optimism relief pride admiration desire caring",
    "sadness": "sadness disappointment embarrassment grief remorse",
    "surprise": "surprise realization confusion curiosity",
    "neutral": "neutral",
}
EKMAN = {fine: group for group, members in _GROUPS.items() for fine in members.split()}


def load(folder: str | Path | None = None, split: str = "dev") -> Dataset:
    """Comments whose labels fall into one group.

    `fields`: `text`. `target`: one of ekman7. A comment with labels of several groups is dropped: one label is asked
    for.

    Args:
        folder: that of the two files; by default `goemotions` of the data folder.

    Raises:
        DataMissing, SchemaError: as `affectgraph.evals.datasets.layout` says.
    """
    folder = located(folder, "goemotions")
    table, names = folder / f"{split}.tsv", folder / "labels.txt"
    groups = _groups(names)
    items, mixed = [], 0
    for row in read_table(table, (), delimiter="\t", header=("text", "labels", "id"), quoted=False):
        labels = {groups[number] for number in _numbers(row, len(groups))}
        if len(labels) > 1:
            mixed += 1
            continue
        identifier = row.text("id")
        items.append(Item(identifier, identifier, {"text": row.text("text")}, labels.pop()))
    dropped = {"labels of several groups": mixed}
    return collect("GoEmotions", split, (table, names), items, labels=taxonomy("ekman7").labels, dropped=dropped)


def _groups(path: Path) -> list[str]:
    groups = []
    for number, name in enumerate(read_text(path).split(), start=1):
        if name not in EKMAN:
            raise SchemaError(f"{path.name}, row {number}: expected one of the 28 labels, found {name[:24]!r}")
        groups.append(EKMAN[name])
    return groups


def _numbers(row: Record, count: int) -> list[int]:
    parts = row.text("labels").split(",")
    if not all(part.isdecimal() and int(part) < count for part in parts):
        raise row.wrong("labels", f"label ids from 0 to {count - 1} joined by commas")
    return [int(part) for part in parts]
