"""Benchmarks on texts: emotion labels, valence and arousal, appraisals."""

from __future__ import annotations

from functools import partial
from typing import Any

from affectgraph.evals.answering import Answer
from affectgraph.evals.benchmarks import Benchmark
from affectgraph.evals.datasets import Dataset, Item, crowd_envent, edos, emobank, goemotions
from affectgraph.evals.rows import LabelRow, RatingRow
from affectgraph.evals.tasks.rows import label_row, rating_row
from affectgraph.tools.appraisals import APPRAISALS

__all__ = ["BENCHMARKS"]

# The emotion is decided in L1; what comes after it changes no score.
_FIRST_LAYER = {"empathy": "emotions_and_context"}
_VARIABLES = ("valence", "arousal", "dominance")
_APPRAISALS = {item.name: f"appraisal:{item.name}" for item in APPRAISALS}


def _ask_labels(item: Item, dataset: Dataset, own: str | None, *, question: str) -> dict[str, Any]:
    return {"text": item.fields["text"], "questions": [question], "labels": list(dataset.labels)}


def _labelled(item: Item, dataset: Dataset, answer: Answer, *, question: str) -> LabelRow:
    return label_row(item, dataset.labels, answer, question)


# Whose rating is asked for -> the prefix of its questions; the conditions ask from the other side.
_PREFIX = {"writer": "", "reader": "reader_"}
_ASKED = {f"asked_{side}": () for side in _PREFIX}


def _ratings(side: str) -> dict[str, str]:
    return {variable: f"{_PREFIX[side]}{variable}" for variable in _VARIABLES}


def _ask_appraisals(item: Item, dataset: Dataset, own: str | None) -> dict[str, Any]:
    return {"text": item.fields["text"], "questions": list(_APPRAISALS.values())}


def _ask_ratings(item: Item, dataset: Dataset, own: str | None, *, side: str) -> dict[str, Any]:
    asked = own.removeprefix("asked_") if own else side
    return {"text": item.fields["text"], "questions": list(_ratings(asked).values())}


def _rated(item: Item, dataset: Dataset, answer: Answer) -> RatingRow:
    answered = (answer.output or {}).get("readings", {})
    side = "reader" if "reader_valence" in answered else "writer"
    return rating_row(item, answer, _ratings(side), emobank.LOW, emobank.HIGH)


def _emobank(name: str, perspective: emobank.Perspective, about: str) -> Benchmark:
    return Benchmark(
        name=name,
        about=about,
        load=partial(emobank.load, perspective=perspective),
        splits=("dev", "train", "test"),
        ask=partial(_ask_ratings, side="reader" if perspective == "reader" else "writer"),
        row=_rated,
        own=_ASKED,
    )


BENCHMARKS = (
    Benchmark(
        name="goemotions",
        about="GoEmotions (dev): one of Ekman's six emotions or neutral, of a Reddit comment.",
        load=goemotions.load,
        splits=("dev", "train", "test"),
        ask=partial(_ask_labels, question="emotion"),
        row=partial(_labelled, question="emotion"),
        graphs={"reading": (), "empathy": ("empathy.taxonomy=ekman7",), "gat_text": ()},
        until=_FIRST_LAYER,
    ),
    Benchmark(
        name="edos",
        about="EDOS: one of 32 emotions and 9 empathetic intents, of a turn in film dialogue.",
        load=lambda data, split: edos.load(data),
        splits=("all",),
        ask=partial(_ask_labels, question="speaker_emotion"),
        row=partial(_labelled, question="speaker_emotion"),
    ),
    _emobank("emobank", "both", "EmoBank: valence, arousal and dominance (1 to 5) of a sentence."),
    _emobank("emobank_writer", "writer", "EmoBank, as the writer felt, in the eyes of raters."),
    _emobank("emobank_reader", "reader", "EmoBank, as a reader feels."),
    Benchmark(
        name="envent_emotion",
        about="crowd-enVENT: the emotion (of 13) that the writer of an event recalled; emotion words are hidden.",
        load=crowd_envent.load_emotions,
        splits=("val", "train"),
        ask=partial(_ask_labels, question="emotion"),
        row=partial(_labelled, question="emotion"),
        graphs={"reading": (), "empathy": ("empathy.taxonomy=envent13",), "gat_text": ()},
        until=_FIRST_LAYER,
    ),
    Benchmark(
        name="envent_appraisal",
        about="crowd-enVENT: the writer's own ratings (1 to 5) of 21 appraisal variables.",
        load=crowd_envent.load_appraisals,
        splits=("val", "train"),
        ask=_ask_appraisals,
        row=lambda item, dataset, answer: rating_row(item, answer, _APPRAISALS, crowd_envent.LOW, crowd_envent.HIGH),
    ),
)
