"""AICA-Bench, EU, *without the image*: what the question alone gives away.

No graph reads images yet. This is the blind control that every later score on the set has to be read against: labels
are not evenly spread, and a model that never looks still scores above chance.
"""

from __future__ import annotations

from typing import Any

from affectgraph.evals.answering import Answer
from affectgraph.evals.benchmarks import Benchmark
from affectgraph.evals.datasets import Dataset, Item, aica
from affectgraph.evals.rows import LabelRow
from affectgraph.evals.tasks.rows import label_row
from affectgraph.prompts import prompt

__all__ = ["BENCHMARKS"]


def _ask(item: Item, dataset: Dataset, own: str | None) -> dict[str, Any]:
    text = prompt("reading/no_image", item.language).render()
    return {"text": text, "questions": ["viewer_emotion"], "labels": list(item.fields["options"])}


def _row(item: Item, dataset: Dataset, answer: Answer) -> LabelRow:
    return label_row(item, tuple(item.fields["options"]), answer, "viewer_emotion")


BENCHMARKS = (
    Benchmark(
        name="aica_blind",
        about="AICA-Bench EU with no image shown: the blind control of its label prior.",
        load=lambda data, split: aica.load(data, "EU"),
        splits=("EU",),
        ask=_ask,
        row=_row,
        conditions=("choose",),
        needs="the FOLDER of AICA-Bench's JSON files (its repository: SCUT-HAI/AICA-Bench)",
    ),
)
