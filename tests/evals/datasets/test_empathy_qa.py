"""Empathy-QA and PsyQA: two layouts, one kind of item."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from affectgraph.evals.datasets import DataMissing, SchemaError, empathy_qa

DATA = Path(__file__).parents[3] / "examples" / "data"
QUESTION = {"id": "a", "question": "问", "description": "述", "topic": "t", "subtopic": "s", "answers": ["答"]}


def written(folder: Path, *questions: dict[str, Any]) -> Path:
    path = folder / "q.jsonl"
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in questions), encoding="utf-8")
    return path


def test_empathy_qa_is_read() -> None:
    found = empathy_qa.load(DATA / "empathy_qa")
    assert (found.name, len(found.items), found.labels) == ("Empathy-QA (fixture)", 12, ())
    item = found.items[0]
    assert (item.id, item.group, item.language, item.slices) == ("q01", "工作/加班", "zh", {"topic": "工作"})
    assert item.fields["text"].startswith("连续加班三个月，我开始害怕周一\n我在一家小公司")
    assert len(item.target) == 2


def test_psyqa_is_read() -> None:
    found = empathy_qa.load(DATA / "psyqa" / "psyqa.json")
    assert (found.name, len(found.items)) == ("PsyQA (fixture)", 12)
    assert (found.items[0].id, found.items[0].group) == ("9000", "成长/孤独")
    assert found.items[3].fields["text"] == "朋友借钱不还，还要继续做朋友吗？"
    assert all(isinstance(answer, str) for item in found.items for answer in item.target)


@pytest.mark.parametrize(
    ("description", "text"),
    [("述", "问\n述"), ("", "问"), (None, "问"), ("问", "问"), ("问，述", "问，述")],
)
def test_a_description_that_repeats_the_question_is_not_said_twice(
    description: str | None, text: str, tmp_path: Path
) -> None:
    (item,) = empathy_qa.load(written(tmp_path, {**QUESTION, "description": description})).items
    assert item.fields["text"] == text


def test_a_question_without_an_answer_is_counted(tmp_path: Path) -> None:
    found = empathy_qa.load(written(tmp_path, QUESTION, {**QUESTION, "id": "b", "answers": [" "]}))
    assert (len(found.items), found.dropped) == (1, {"no answer": 1})


def test_without_topic_or_id_the_place_stands_for_both(tmp_path: Path) -> None:
    (item,) = empathy_qa.load(written(tmp_path, {"question": "问", "answers": ["答"]})).items
    assert (item.id, item.group, item.slices) == ("question-1", "question-1", {})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"answers": "答"}, "row 2, column 'answers': expected a list"),
        ({"answers": [{"text": "答"}]}, "row 2, answer 1: no column 'answer_text'"),
        ({"answers": [3]}, "row 2, answer 1, column 'answer_text': expected a text"),
        ({"question": ""}, "row 2, column 'question': expected a text"),
        ({"id": 1.5}, "row 2, column 'id': expected a text"),
    ],
)
def test_a_question_of_another_layout_is_refused(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(SchemaError) as refused:
        empathy_qa.load(written(tmp_path, QUESTION, {**QUESTION, "id": "b", **change}))
    assert str(refused.value).startswith(f"q.jsonl, {message}")


def test_an_id_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match=r"q\.jsonl: expected ids to be unique, found 'a' twice"):
        empathy_qa.load(written(tmp_path, QUESTION, QUESTION))


def test_a_folder_with_several_files_is_refused(tmp_path: Path) -> None:
    written(tmp_path, QUESTION)
    (tmp_path / "other.json").write_text("[]", encoding="utf-8")
    with pytest.raises(DataMissing, match="found 2"):
        empathy_qa.load(tmp_path)
