"""EDOS (Welivita et al. 2021): the last turn of a film dialogue, labelled by three people with an emotion or an intent.

Layout: `mturk_groundtruth_labels_9k.csv`; the turns of `Dialog` are its lines, `-` stands for "no two agreed".
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from affectgraph.evals.datasets.items import Dataset, Item
from affectgraph.evals.datasets.layout import Record, collect, located, read_table

__all__ = ["EMOTIONS", "INTENTS", "load"]

FILE = "mturk_groundtruth_labels_9k.csv"
# The 32 of EmpatheticDialogues, then the nine intents of Welivita & Pu 2020 (neutral counts among them).
_EMOTIONS = (
    "afraid angry annoyed anticipating anxious apprehensive ashamed caring confident content devastated disappointed "
    "disgusted embarrassed excited faithful furious grateful guilty hopeful impressed jealous joyful lonely nostalgic "
    "prepared proud sad sentimental surprised terrified trusting"
)
_INTENTS = "agreeing acknowledging encouraging consoling sympathizing suggesting questioning wishing neutral"
EMOTIONS = tuple(_EMOTIONS.split())
INTENTS = tuple(_INTENTS.split())
_AGREED = "Agreed emotion (2/3 vote)"
_WORKERS = ("Worker 1 answer", "Worker 2 answer", "Worker 3 answer")
_OWN_WORD = " (other)"  # the worker typed a label of their own


def load(folder: str | Path | None = None) -> Dataset:
    """Dialogues on whose label at least two of three people agree.

    `fields`: `text` (the last turn, the one that was labelled), `turns` (all of them, in order; at least one).
    `target`: one of 32 emotions + 9 intents, lower case. `shares`: of the votes that name one of these; a word of a
    worker's own has no place in a closed set and is left out of the shares (our choice). `group`: the film dialogue.

    Args:
        folder: that of the file; by default `edos` of the data folder.

    Raises:
        DataMissing, SchemaError: as `affectgraph.evals.datasets.layout` says.
    """
    path = located(folder, "edos") / FILE
    labels = EMOTIONS + INTENTS
    items, dropped = [], {"no two agreed": 0, "agreed on a word of their own": 0}
    for row in read_table(path, ("Count", "DialogID", "Dialog", _AGREED, *_WORKERS)):
        agreed = row.text(_AGREED).casefold()
        if agreed == "-":
            dropped["no two agreed"] += 1
            continue
        if agreed.endswith(_OWN_WORD):
            dropped["agreed on a word of their own"] += 1
            continue
        target = row.choice(_AGREED, labels)
        turns = [turn.strip() for turn in row.text("Dialog").split("\n") if turn.strip()]
        fields = {"text": turns[-1], "turns": turns}
        items.append(Item(f"edos-{row.text('Count')}", row.text("DialogID"), fields, target, _shares(row, labels)))
    return collect("EDOS", "mturk", (path,), items, labels=labels, dropped=dropped)


def _shares(row: Record, labels: tuple[str, ...]) -> dict[str, float]:
    answers = [row.text(worker, empty=True).casefold() for worker in _WORKERS]
    votes = Counter(answer for answer in answers if answer in labels)
    return {label: count / votes.total() for label, count in votes.items()}
