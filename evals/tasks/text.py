"""Benchmarks on texts: emotion labels, valence and arousal, appraisals."""

from __future__ import annotations

from functools import partial
from pathlib import Path
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


def _folder(data: str | None) -> Path | None:
    return Path(data) if data else None


def _ask_labels(item: Item, dataset: Dataset, own: str | None, *, question: str = "emotion") -> dict[str, Any]:
    return {"text": item.fields["text"], "questions": [question], "labels": list(dataset.labels)}


def _emotion(item: Item, dataset: Dataset, answer: Answer) -> LabelRow:
    return label_row(item, dataset.labels, answer, "emotion")


def _ask_turn(item: Item, dataset: Dataset, own: str | None) -> dict[str, Any]:
    return _ask_labels(item, dataset, own, question="speaker_emotion")


def _turn(item: Item, dataset: Dataset, answer: Answer) -> LabelRow:
    return label_row(item, dataset.labels, answer, "speaker_emotion")


def _ratings(prefix: str) -> dict[str, str]:
    return {variable: f"{prefix}{variable}" for variable in _VARIABLES}


def _ask_ratings(item: Item, dataset: Dataset, own: str | None, *, questions: dict[str, str]) -> dict[str, Any]:
    return {"text": item.fields["text"], "questions": list(questions.values())}


def _rated(item: Item, dataset: Dataset, answer: Answer, *, questions: dict[str, str]) -> RatingRow:
    return rating_row(item, answer, questions, emobank.LOW, emobank.HIGH)


def _emobank(name: str, perspective: emobank.Perspective, about: str) -> Benchmark:
    questions = _ratings("reader_" if perspective == "reader" else "")
    return Benchmark(
        name=name,
        about=about,
        load=lambda data, split: emobank.load(_folder(data), split, perspective),
        splits=("dev", "train", "test"),
        ask=partial(_ask_ratings, questions=questions),
        row=partial(_rated, questions=questions),
    )


BENCHMARKS = (
    Benchmark(
        name="goemotions",
        about="GoEmotions (dev): one of Ekman's six emotions or neutral, of a Reddit comment.",
        load=lambda data, split: goemotions.load(_folder(data), split),
        splits=("dev", "train", "test"),
        ask=_ask_labels,
        row=_emotion,
        graphs={"reading": (), "empathy": ("empathy.taxonomy=ekman7",)},
        until=_FIRST_LAYER,
    ),
    Benchmark(
        name="edos",
        about="EDOS: one of 32 emotions and 9 empathetic intents, of a turn in film dialogue.",
        load=lambda data, split: edos.load(_folder(data)),
        splits=("all",),
        ask=_ask_turn,
        row=_turn,
    ),
    _emobank("emobank", "both", "EmoBank: valence, arousal and dominance (1 to 5) of a sentence."),
    _emobank("emobank_writer", "writer", "EmoBank, as the writer felt, in the eyes of raters."),
    _emobank("emobank_reader", "reader", "EmoBank, as a reader feels."),
    Benchmark(
        name="envent_emotion",
        about="crowd-enVENT: the emotion (of 13) that the writer of an event recalled; emotion words are hidden.",
        load=lambda data, split: crowd_envent.load_emotions(_folder(data), split),
        splits=("val", "train"),
        ask=_ask_labels,
        row=_emotion,
        graphs={"reading": (), "empathy": ("empathy.taxonomy=envent13",)},
        until=_FIRST_LAYER,
    ),
    Benchmark(
        name="envent_appraisal",
        about="crowd-enVENT: the writer's own ratings (1 to 5) of 21 appraisal variables.",
        load=lambda data, split: crowd_envent.load_appraisals(_folder(data), split),
        splits=("val", "train"),
        ask=partial(_ask_ratings, questions=_APPRAISALS),
        row=lambda item, dataset, answer: rating_row(item, answer, _APPRAISALS, crowd_envent.LOW, crowd_envent.HIGH),
    ),
)
