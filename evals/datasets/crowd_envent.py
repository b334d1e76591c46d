"""crowd-enVENT (Troiano et al. 2023, arXiv 2206.05238): events told by those who lived them, with 21 appraisals.

Layout: `crowd-enVent-<split>.tsv`, one row an event. The writer's id stays in this module: what leaves it is a salted
hash, so that intervals can be clustered on the writer, and no demographics leave it at all. The salt is public, so the
hash keeps ids out of logs and reports; it does not hide a person from someone who holds the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from affectgraph.evals.datasets.items import Dataset, Item
from affectgraph.evals.datasets.layout import Record, collect, located, read_table
from affectgraph.tools.appraisals import APPRAISALS
from affectgraph.tools.emotions import taxonomy
from affectgraph.tools.questionnaires import TIPI_COLUMNS

__all__ = ["COLUMNS", "HIGH", "LOW", "load_appraisals", "load_emotions"]

LOW, HIGH = 1.0, 5.0
_ABBREVIATED = {
    "chance_responsibility": "chance_responsblt",
    "self_responsibility": "self_responsblt",
    "other_responsibility": "other_responsblt",
    "predict_consequences": "predict_conseq",
    "accept_consequences": "accept_conseq",
}
# Variable -> the file's column, in Scherer's order.
COLUMNS = {variable.name: _ABBREVIATED.get(variable.name, variable.name) for variable in APPRAISALS}
_SALT = b"affectgraph/crowd-envent"
_NEVER_LIVED = "I never experienced that event, but I really imagined how it would make me feel."
_LIVED = ("The event really happened in my life.", "--")


def load_emotions(folder: str | Path | None = None, split: str = "val", *, hide_emotion: bool = True) -> Dataset:
    """Events with the emotion that the writer was asked to recall.

    `fields`: `text`, `traits` (ten TIPI items, 1 to 7). `target`: one of envent13. `group`: the writer, hashed.
    Dropped: rows whose writer says that the event never happened. `--` means that the writer was not asked and is kept.

    Args:
        folder: that of the files; by default `crowd_envent` of the data folder.
        split: `train` or `val`. 335 writers are in both.
        hide_emotion: take `hidden_emo_text`, where emotion words are `...`; `generated_text` may name the answer.

    Raises:
        DataMissing, SchemaError: as `affectgraph.evals.datasets.layout` says.
    """
    return _load(folder, split, hide_emotion, _emotion, taxonomy("envent13").labels)


def load_appraisals(folder: str | Path | None = None, split: str = "val", *, hide_emotion: bool = True) -> Dataset:
    """Events with the writer's own appraisal of them.

    As `load_emotions`, but `target` is the 21 variables of `tools.appraisals`, each 1 to 5, and the emotion is the
    slice `emotion`.
    """
    return _load(folder, split, hide_emotion, _appraisals, ())


def _emotion(row: Record) -> str:
    return row.choice("emotion", taxonomy("envent13").labels)


def _appraisals(row: Record) -> dict[str, float]:
    return {name: row.number(column, LOW, HIGH) for name, column in COLUMNS.items()}


def _load(
    folder: str | Path | None, split: str, hide_emotion: bool, target: Callable[[Record], Any], labels: tuple[str, ...]
) -> Dataset:
    path = located(folder, "crowd_envent") / f"crowd-enVent-{split}.tsv"
    text = "hidden_emo_text" if hide_emotion else "generated_text"
    columns = ("text_id", "prolific_id", "emotion", text, *COLUMNS.values(), *TIPI_COLUMNS, "did_you_lie?")
    items, dropped = [], {"the event never happened": 0}
    for row in read_table(path, columns, delimiter="\t"):
        if row.choice("did_you_lie?", (*_LIVED, _NEVER_LIVED)) == _NEVER_LIVED:
            dropped["the event never happened"] += 1
            continue
        writer = hashlib.blake2b(row.text("prolific_id").encode(), key=_SALT, digest_size=6).hexdigest()
        fields = {"text": row.text(text), "traits": {trait: row.number(trait, 1, 7) for trait in TIPI_COLUMNS}}
        slices = {"emotion": _emotion(row)}
        items.append(Item(f"envent-{row.text('text_id')}", f"writer-{writer}", fields, target(row), slices=slices))
    return collect("crowd-enVENT", split, (path,), items, labels=labels, dropped=dropped)
