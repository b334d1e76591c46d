"""MUStARD (Castro et al. 2019, arXiv 1906.01815): utterances of television shows, half of them sarcastic. Text only.

Layout: `sarcasm_data.json`, an object from clip id to utterance, speaker, context, context_speakers, show, sarcasm.
"""

from __future__ import annotations

from pathlib import Path

from affectgraph.evals.datasets.items import Dataset, Item
from affectgraph.evals.datasets.layout import Record, SchemaError, collect, located, read_json

__all__ = ["LABELS", "load"]

FILE = "sarcasm_data.json"
LABELS = ("sarcastic", "sincere")


def load(folder: str | Path | None = None) -> Dataset:
    """All utterances.

    `fields`: `text`, `speaker`, `context` (the turns before, each `speaker` and `text`). `target`: sarcastic or
    sincere. `group`: speaker within show. The speaker alone tells much (most sarcasm of one show is one person's): a
    task that shows it measures that too.

    Args:
        folder: that of the file; by default `mustard` of the data folder.

    Raises:
        DataMissing, SchemaError: as `affectgraph.evals.datasets.layout` says.
    """
    path = located(folder, "mustard") / FILE
    clips = read_json(path)
    if not isinstance(clips, dict):
        raise SchemaError(
            f"{path.name}, row 1: expected an object from clip id to clip, found a {type(clips).__name__}"
        )
    items = []
    for number, (identifier, values) in enumerate(clips.items(), start=1):
        row = Record(path.name, f"record {number}", values if isinstance(values, dict) else {})
        show, speaker = row.text("show"), row.text("speaker")
        sarcasm = row.values.get("sarcasm")
        if not isinstance(sarcasm, bool):
            raise row.wrong("sarcasm", "true or false")
        fields = {"text": row.text("utterance"), "speaker": speaker, "context": _context(row)}
        target = LABELS[0] if sarcasm else LABELS[1]
        items.append(Item(identifier, f"{show}/{speaker}", fields, target, slices={"show": show}))
    return collect("MUStARD", "all", (path,), items, labels=LABELS)


def _context(row: Record) -> list[dict[str, str]]:
    turns, speakers = row.values.get("context"), row.values.get("context_speakers")
    for column, value in (("context", turns), ("context_speakers", speakers)):
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise row.wrong(column, "a list of texts", show=value is None)
    if not isinstance(turns, list) or not isinstance(speakers, list) or len(turns) != len(speakers):
        raise row.wrong("context_speakers", "as many speakers as turns in 'context'", show=False)
    return [{"speaker": speaker, "text": turn} for speaker, turn in zip(speakers, turns, strict=True)]
