"""Benchmarks on clips of words, voice and face: EmoMM with its media, and any table of labelled clips.

CHASE is scored beside what it has to beat: the same model unsteered, and the controls that a reported gain needs
(EmoMM, arXiv 2605.01024; Gaze Heads, arXiv 2606.14703): random heads, all heads, always steered whatever the router
says. `experts` asks no multimodal model at all.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from affectgraph.backends.errors import InputError
from affectgraph.evals.answering import Answer
from affectgraph.evals.benchmarks import Benchmark, row_base
from affectgraph.evals.datasets import Dataset, Item, clips
from affectgraph.evals.rows import LabelRow
from affectgraph.tools.emotions import taxonomy
from affectgraph.tools.sentiment import SENTIMENTS, VALUES, polarity

__all__ = ["BENCHMARKS", "CONDITIONS"]

CONDITIONS: dict[str, tuple[str, ...]] = {
    "experts": ("perceive.decide=experts",),
    "base": ("perceive.decide=plain",),
    "chase": ("perceive.decide=steer",),
    "chase_random": ("perceive.decide=steer", "perceive.heads=random"),
    "chase_all": ("perceive.decide=steer", "perceive.heads=all"),
    "chase_always": ("perceive.decide=steer", "perceive.trigger=always"),
}
# Words that a variant lacks are not to come back through a transcriber.
_FITTED = ("perceive.transcribe=false",)
_SUBSETS = ("overall", "align", "conflict", "missing")


def _emomm(data: Any, split: str) -> Dataset:
    found = _rooted(clips.load(Path(data), Path(data).parent), Path(data).parent)
    if split == "overall":
        return found
    return replace(found, split=split, items=tuple(item for item in found.items if item.slices["subset"] == split))


def _rooted(found: Dataset, folder: Path) -> Dataset:
    """With the folder that the files may be read from: whoever named the set meant its media."""
    root = {"root": str(folder.resolve())}
    return replace(found, items=tuple(replace(item, fields={**item.fields, **root}) for item in found.items))


def _table(data: Any, split: str) -> Dataset:
    path = Path(data)
    found = _rooted(clips.load(path), path if path.is_dir() else path.parent)
    answered = set(found.labels) <= set(SENTIMENTS) or set(found.labels) <= set(taxonomy("ekman7").labels)
    if not answered:
        raise InputError(
            f"{found.name} has the labels {', '.join(found.labels)}; the graph perceive answers in "
            f"{', '.join(SENTIMENTS)} or {', '.join(taxonomy('ekman7').labels)}"
        )
    return found


def _ask(item: Item, dataset: Dataset, own: str | None) -> dict[str, Any]:
    """What the clip has; a modality that the variant lacks is not given, though the file may hold it."""
    given = {name: item.fields[name] or None for name in ("text", "audio", "video")}
    return {**given, "language": item.language, "listen": given["audio"] is not None}


def _row(item: Item, dataset: Dataset, answer: Answer) -> LabelRow:
    decision = (answer.output or {}).get("decision") or {}
    felt = set(dataset.labels) <= set(SENTIMENTS)
    found = decision.get("sentiment" if felt else "emotions")
    options = SENTIMENTS if felt else taxonomy("ekman7").labels
    shares = found["probabilities"] if found else None
    prediction = decision.get("label") if felt else max(shares, key=shares.__getitem__) if shares else None
    return LabelRow(
        **row_base(item, answer),
        options=list(options),
        target=item.target,
        prediction=prediction,
        distribution=shares if prediction else None,
        polarity={label: polarity(value) for label, value in VALUES.items()} if felt else {},
    )


BENCHMARKS = (
    Benchmark(
        name="emomm_clips",
        about="EmoMM with its media: five-class sentiment of words, voice and face, by experts, a model, and CHASE.",
        load=_emomm,
        splits=_SUBSETS,
        ask=_ask,
        row=_row,
        graphs={"perceive": _FITTED},
        conditions=("base", "chase", "chase_random", "chase_all"),
        own=CONDITIONS,
        needs="the FILE that `affectgraph data build emomm` writes, its media beside it (ch-sims/Raw/VIDEO/CLIP.mp4)",
    ),
    Benchmark(
        name="clips",
        about="Any table of labelled clips (text,audio,video,label): sentiment or emotion, by experts, model, CHASE.",
        load=_table,
        splits=("all",),
        ask=_ask,
        row=_row,
        graphs={"perceive": _FITTED},
        conditions=("experts",),
        own=CONDITIONS,
        needs="the CSV of clips, or its folder",
    ),
)
