"""From a graph's answer to a row: one function per kind of question, for every graph that can answer it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from affectgraph.evals.answering import Answer
from affectgraph.evals.benchmarks import row_base
from affectgraph.evals.datasets import Dataset, Item
from affectgraph.evals.rows import AlarmRow, LabelRow, RatingRow, ReplyRow
from affectgraph.tools.emotions import TAXONOMIES

__all__ = ["alarm_row", "label_row", "rating_row", "reply_row"]


def label_row(item: Item, options: tuple[str, ...], answer: Answer, question: str) -> LabelRow:
    """The answer to one closed question.

    Of the graph `reading` it is the reading of `question`; of `gat_text` the label of the conclusion, with the
    distribution of what the person feels; of `empathy` it is the emotion of L1, whose taxonomy the benchmark set to
    `options`.
    """
    prediction, distribution = _label(answer, question)
    if prediction not in options:
        prediction, distribution = None, None
    return LabelRow(
        **row_base(item, answer),
        options=list(options),
        target=item.target,
        shares=item.shares,
        prediction=prediction,
        distribution=distribution,
        polarity=_polarity(options),
    )


def _label(answer: Answer, question: str) -> tuple[str | None, dict[str, float] | None]:
    output = answer.output or {}
    if "readings" in output:
        reading = output["readings"][question]
        found = reading["distribution"]
        return reading["label"], found["probabilities"] if found else None
    if "conclusion" in output:
        return output["conclusion"]["label"], output["conclusion"]["expressed"]["probabilities"]
    for entry in answer.trace:
        shares: Any = entry.decided.get("emotions")
        if shares:
            return max(shares, key=shares.__getitem__), shares
    return None, None


def _polarity(options: tuple[str, ...]) -> dict[str, int]:
    """Valence of the labels, where one taxonomy of ours knows them all."""
    for known in TAXONOMIES.values():
        valence: dict[str, int] = {emotion.name: emotion.valence for emotion in known.emotions}
        if set(options) <= set(valence):
            return {option: valence[option] for option in options}
    return {}


def rating_row(item: Item, answer: Answer, questions: Mapping[str, str], low: float, high: float) -> RatingRow:
    """Ratings of the graph `reading`.

    Args:
        item: its target is variable -> rating.
        answer: the answer.
        questions: variable -> the question that asks for it.
        low: lower end of the scale.
        high: upper end of the scale.
    """
    readings = (answer.output or {}).get("readings", {})
    ratings = {variable: readings.get(name, {}).get("rating") for variable, name in questions.items()}
    return RatingRow(
        **row_base(item, answer),
        low=low,
        high=high,
        target={variable: item.target[variable] for variable in questions},
        prediction={variable: rating for variable, rating in ratings.items() if rating is not None},
    )


def reply_row(item: Item, dataset: Dataset, answer: Answer) -> ReplyRow:
    """The reply of `empathy` or `empathy_single`; the target is a list of references."""
    reply = (answer.output or {}).get("reply") or {}
    return ReplyRow(
        **row_base(item, answer),
        language=item.language,
        references=item.target,
        prediction=reply.get("text"),
        source=reply.get("source", "model"),
    )


def alarm_row(item: Item, dataset: Dataset, answer: Answer) -> AlarmRow:
    """Whether the node `screen` found any risk (level 1 or above); the target says whether an alarm was due."""
    safety = (answer.output or {}).get("values", {}).get("safety")
    raised = None if safety is None else safety["level"] >= 1
    return AlarmRow(**row_base(item, answer), target=bool(item.target), prediction=raised)
