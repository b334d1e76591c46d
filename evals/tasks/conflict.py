"""Benchmarks on evidence that disagrees: EmoMM by its transcripts, votes of CREMA-D, sarcasm in MUStARD.

Only what a text-only graph can read is shown. That makes EmoMM here the *text alone* condition (where T is missing the
graph sees no words at all), which is the floor that a multimodal graph has to beat.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from affectgraph.evals.answering import Answer
from affectgraph.evals.benchmarks import Benchmark
from affectgraph.evals.datasets import Dataset, Item, crema_d, emomm, mustard
from affectgraph.evals.rows import LabelRow
from affectgraph.evals.tasks.rows import label_row
from affectgraph.prompts import prompt
from affectgraph.tools.sentiment import VALUES, polarity

__all__ = ["BENCHMARKS"]

_SPLITS = ("overall", "align", "conflict", "missing")


def _ask_sentiment(item: Item, dataset: Dataset, own: str | None) -> dict[str, Any]:
    words = item.fields["text"] or prompt("reading/no_words", item.language).render()
    return {"text": words, "questions": ["sentiment"]}


def _sentiment(item: Item, dataset: Dataset, answer: Answer) -> LabelRow:
    row = label_row(item, dataset.labels, answer, "sentiment")
    return row.model_copy(update={"polarity": {label: polarity(value) for label, value in VALUES.items()}})


def _ask_votes(item: Item, dataset: Dataset, own: str | None) -> dict[str, Any]:
    shown = prompt("reading/votes", "en").render(
        words=item.fields["text"], voice=_votes(item.fields["voice"]), face=_votes(item.fields["face"])
    )
    return {"text": shown, "questions": ["shown_emotion"], "labels": list(dataset.labels)}


def _votes(levels: dict[str, float]) -> str:
    return ", ".join(f"{label} ({level:.0f} of 100)" for label, level in levels.items())


def _ask_sarcasm(item: Item, dataset: Dataset, own: str | None) -> dict[str, Any]:
    before = [turn["text"] for turn in item.fields["context"]]
    return {"text": "\n".join([*before, item.fields["text"]]), "questions": ["sarcasm"]}


BENCHMARKS = (
    Benchmark(
        name="emomm",
        about="EmoMM (built with `affectgraph data build emomm`), from the transcript alone: five-class sentiment.",
        load=lambda data, split: emomm.load(Path(data), split),  # type: ignore[arg-type]  # checked against `splits`
        splits=_SPLITS,
        ask=_ask_sentiment,
        row=_sentiment,
        needs="the FILE that `affectgraph data build emomm` writes",
    ),
    Benchmark(
        name="crema_d_votes",
        about="CREMA-D votes: what people see in voice and face together, from their votes on each alone.",
        load=lambda data, split: crema_d.load(data),
        splits=("all",),
        ask=_ask_votes,
        row=lambda item, dataset, answer: label_row(item, dataset.labels, answer, "shown_emotion"),
    ),
    Benchmark(
        name="mustard",
        about="MUStARD: is a line of dialogue meant sincerely or sarcastically, from the words alone.",
        load=lambda data, split: mustard.load(data),
        splits=("all",),
        ask=_ask_sarcasm,
        row=lambda item, dataset, answer: label_row(item, ("sincere", "sarcastic"), answer, "sarcasm"),
    ),
)
