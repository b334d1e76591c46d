"""Empathy-QA (arXiv 2509.14851) and PsyQA (Sun et al. 2021, arXiv 2106.01702): long counselling questions, many
answers.

Neither is bundled. Empathy-QA is not public; its layout here is JSON Lines of `{id, question, description, topic,
subtopic, answers: [text]}`. PsyQA's public layout, a JSON list or JSON Lines, has `question, description, keywords
(joined by commas), answers: [{answer_text}]` and mostly `questionID`. The two are told apart record by record.
"""

from __future__ import annotations

from pathlib import Path

from affectgraph.evals.datasets.hub import resolve
from affectgraph.evals.datasets.items import Dataset, Item
from affectgraph.evals.datasets.layout import DataMissing, Record, collect, read_records

__all__ = ["load"]


def load(source: str | Path, split: str = "all", language: str = "zh") -> Dataset:
    """The questions that have at least one answer.

    `fields`: `text`, the question and its description on lines of their own (one alone where the other repeats it or is
    empty). `target`: the answers, all of them. `group`: `topic/subtopic`; PsyQA's first two keywords stand for them
    (our choice); the id where there is neither. Slices: `topic`. The set is called by its layout, `Empathy-QA` or
    `PsyQA`.

    Args:
        source: the file, a folder that holds one `.json` or `.jsonl`, or `hf:owner/name`.
        split: what the part is called in reports; the files have no splits.
        language: ISO 639-1 of the texts.

    Raises:
        DataMissing, SchemaError: as `affectgraph.evals.datasets.layout` says.
    """
    path = _file(resolve(source, files=("*.json", "*.jsonl")))
    items, dropped, public = [], {"no answer": 0}, False
    for number, row in enumerate(read_records(path, ("question", "answers")), start=1):
        answers = _answers(row)
        public = public or "keywords" in row.values
        if not answers:
            dropped["no answer"] += 1
            continue
        identifier, topics = _identifier(row, number), _topics(row)
        slices = {"topic": topics[0]} if topics else {}
        group = "/".join(topics) or identifier
        items.append(Item(identifier, group, {"text": _text(row)}, answers, None, language, slices))
    return collect("PsyQA" if public else "Empathy-QA", split, (path,), items, dropped=dropped)


def _file(path: Path) -> Path:
    if path.is_file():
        return path
    found = sorted([*path.glob("*.json"), *path.glob("*.jsonl")])
    if len(found) != 1:
        raise DataMissing(f"Expected one .json or .jsonl file in {path}, found {len(found)}; give the file's own path.")
    return found[0]


def _identifier(row: Record, number: int) -> str:
    for column in ("id", "questionID"):
        if column in row.values:
            return row.code(column)
    return f"question-{number}"


def _topics(row: Record) -> list[str]:
    if "keywords" in row.values:
        words = row.text("keywords", empty=True).replace("，", ",").split(",")
        return [word.strip() for word in words if word.strip()][:2]
    topics = [row.text(column, empty=True) for column in ("topic", "subtopic") if column in row.values]
    return [topic for topic in topics if topic]


def _text(row: Record) -> str:
    question = row.text("question")
    description = row.text("description", empty=True) if row.values.get("description") is not None else ""
    if not description or description == question:
        return question
    return description if description.startswith(question) else f"{question}\n{description}"


def _answers(row: Record) -> list[str]:
    answers = row.values["answers"]
    if not isinstance(answers, list):
        raise row.wrong("answers", "a list", show=False)
    texts = []
    for number, answer in enumerate(answers, start=1):
        values = answer if isinstance(answer, dict) else {"answer_text": answer}
        one = Record(row.file, f"{row.place}, answer {number}", values)
        texts.append(one.text("answer_text", empty=True))
    return [text for text in texts if text]
