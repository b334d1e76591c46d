"""Benchmarks on pictures: AICA-Bench's three tasks, and any folder of pictures that people rated.

`aica_blind` is EU *without the image*, what the question alone gives away: labels are not evenly spread, and a model
that never looks still scores above chance. Every other score on the set has to be read against it.

The graph `gat` puts its own questions; the set's wording goes into the log and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from affectgraph.backends.errors import InputError
from affectgraph.evals.answering import Answer
from affectgraph.evals.benchmarks import CALIBRATED, Benchmark, row_base
from affectgraph.evals.datasets import Dataset, Item, aica, image_ratings
from affectgraph.evals.rows import LabelRow, RatingRow, ReplyRow
from affectgraph.evals.tasks.rows import label_row
from affectgraph.prompts import prompt
from affectgraph.tools.calibration import HIGH, LOW

__all__ = ["BENCHMARKS", "MODES"]

# The graph's modes as conditions: the baselines, the parts, the whole, and the control with regions exchanged.
MODES = {mode: (f"gat.mode={mode}",) for mode in ("basic", "cot", "scaffold", "tree", "gat", "random")}
# Side by side always: the paper's gain over Basic shrinks against CoT.
_COMPARED = ("basic", "cot", "gat")
# What is written cites regions, which the baselines lack; there is no tree, so that `scaffold` is `gat`.
_WRITTEN = {mode: MODES[mode] for mode in ("gat", "random")}
_FOLDER = "the FOLDER of AICA-Bench's JSON files (its repository: SCUT-HAI/AICA-Bench)"
_WITH_IMAGES = f"{_FOLDER}, with the images beside them"


def _ask_blind(item: Item, dataset: Dataset, own: str | None) -> dict[str, Any]:
    text = prompt("reading/no_image", item.language).render()
    return {"text": text, "questions": ["viewer_emotion"], "labels": list(item.fields["options"])}


def _row_blind(item: Item, dataset: Dataset, answer: Answer) -> LabelRow:
    options = tuple(item.fields["options"])
    return label_row(item, options, answer, "viewer_emotion").model_copy(update={"polarity": _polarity(options)})


def _ask(item: Item, dataset: Dataset, own: str | None) -> dict[str, Any]:
    """The picture and the task. `text` is what logs and estimates show; the graph takes none."""
    fields, task = item.fields, item.slices["task"]
    options = fields["options"] if task == "EU" else aica.space(item.slices["source"])
    given = {"text": f"{fields['image']}: {fields['question']}", "image": fields["path"], "task": task}
    # The question of ER names the emotion too.
    target = {"target": fields["emotion"]} if "emotion" in fields else {}
    return {**given, **target, "labels": list(options), "language": item.language}


def _row_eu(item: Item, dataset: Dataset, answer: Answer) -> LabelRow:
    """The conclusion's label; of sets that say what depicted people show, the likeliest of `expressed`.

    Where no person was found there is no `expressed`, and the label stands for it (our choice).
    """
    options = tuple(item.fields["options"])
    found = (answer.output or {}).get("conclusion")
    prediction, shares = None, None
    if found is not None:
        expressed = found["expressed"] if item.slices["reading"] == "expressed" else None
        shares = (expressed or found["emotions"])["probabilities"]
        prediction = max(shares, key=shares.__getitem__) if expressed else found["label"]
    if prediction not in options:
        prediction, shares = None, None
    return LabelRow(
        **row_base(item, answer),
        options=list(options),
        target=item.target,
        shares=item.shares,
        prediction=prediction,
        distribution=shares,
        polarity=_polarity(options),
    )


def _row_written(item: Item, dataset: Dataset, answer: Answer) -> ReplyRow:
    written = (answer.output or {}).get("writing") or {}
    text = " ".join(sentence["text"] for sentence in written.get("sentences", ()))
    return ReplyRow(
        **row_base(item, answer),
        language=item.language,
        references=item.target,
        prediction=text or None,
        problems=written.get("problems"),
    )


def _polarity(options: tuple[str, ...]) -> dict[str, int]:
    """Of every label, or nothing where a set brought labels of its own."""
    known = aica.POLARITY
    return {option: known[option] for option in options} if all(option in known for option in options) else {}


def _with_emotion(data: Any, split: str) -> Dataset:
    """EGCG, without the items of which no EU question says the emotion to write in."""
    dataset = aica.load(data, "EGCG", check_images=True)
    items = tuple(item for item in dataset.items if "emotion" in item.fields)
    if not items:
        raise InputError(f"{dataset.name}: no EGCG item has an EU question on its image, which says the target emotion")
    lacking = len(dataset.items) - len(items)
    dropped = {**dataset.dropped, "no target emotion": lacking} if lacking else dataset.dropped
    return replace(dataset, items=items, dropped=dropped)


def _ask_rating(item: Item, dataset: Dataset, own: str | None) -> dict[str, Any]:
    return {"text": item.fields["image"], "image": item.fields["path"], "task": "EU", "language": item.language}


def _row_rating(item: Item, dataset: Dataset, answer: Answer) -> RatingRow:
    """Valence and arousal of the conclusion, from 1 to 9 linearly onto people's scale."""
    low, high = item.fields["low"], item.fields["high"]
    found = (answer.output or {}).get("conclusion") or {}
    raters, spread = item.fields.get("raters"), item.fields.get("sd", {})
    said = {name: found[name] for name in image_ratings.VARIABLES if name in found}
    return RatingRow(
        **row_base(item, answer),
        low=low,
        high=high,
        target=dict(item.target),
        prediction={name: low + (value - LOW) * (high - low) / (HIGH - LOW) for name, value in said.items()},
        noise={name: sd**2 / raters for name, sd in spread.items()} if raters else {},
    )


def _pictures(task: aica.Task) -> Callable[[Any, str], Dataset]:
    return lambda data, split: aica.load(data, task, check_images=True)


# What was fitted on this machine changes no score, unless the condition `calibrated` asks for it.
_RAW = ("gat.calibrate=false",)
_with_gat = partial(Benchmark, graphs={"gat": _RAW})
# Beside the paper's own form, one prompt; its one condition is `default`.
_also_single = partial(Benchmark, graphs={"gat": _RAW, "gat_single": ()})

BENCHMARKS = (
    _also_single(
        name="aica_eu",
        about="AICA-Bench EU: the emotion that an image evokes, or that the people in it express; with its strength.",
        load=_pictures("EU"),
        splits=("EU",),
        ask=_ask,
        row=_row_eu,
        conditions=_COMPARED,
        own=MODES,
        needs=_WITH_IMAGES,
    ),
    _with_gat(
        name="aica_er",
        about="AICA-Bench ER: why the image makes a viewer feel so; overlap with a reference, no judge.",
        load=_pictures("ER"),
        splits=("ER",),
        ask=_ask,
        row=_row_written,
        conditions=tuple(_WRITTEN),
        own=_WRITTEN,
        needs=_WITH_IMAGES,
    ),
    _with_gat(
        name="aica_egcg",
        about="AICA-Bench EGCG: 50 to 100 words in a target emotion about the image; overlap, no judge.",
        load=_with_emotion,
        splits=("EGCG",),
        ask=_ask,
        row=_row_written,
        conditions=tuple(_WRITTEN),
        own=_WRITTEN,
        needs=_WITH_IMAGES,
    ),
    _also_single(
        name="image_ratings",
        about="Any folder of images with people's valence and arousal in `ratings.csv`.",
        load=lambda data, split: image_ratings.load(data),
        splits=("all",),
        ask=_ask_rating,
        row=_row_rating,
        conditions=_COMPARED,
        own={**MODES, CALIBRATED: ("gat.calibrate=true",)},
        needs="a FOLDER with images and `ratings.csv` (columns image, valence, arousal; see docs/evals.md)",
    ),
    Benchmark(
        name="aica_blind",
        about="AICA-Bench EU with no image shown: the blind control of its label prior.",
        load=lambda data, split: aica.load(data, "EU"),
        splits=("EU",),
        ask=_ask_blind,
        row=_row_blind,
        conditions=("choose",),
        needs=_FOLDER,
    ),
)
