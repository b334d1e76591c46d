"""Case and session files: what is read, and how a wrong line is refused without showing what it says."""

import json
from pathlib import Path
from typing import Any

import pytest

from affectgraph.evals.datasets import DataMissing, SchemaError
from affectgraph.evals.datasets.risk import load_cases, load_sessions

CASE = {
    "id": "one",
    "language": "en",
    "kind": "context",
    "category": "psychosis_mania",
    "level": 2,
    "conversation": [{"role": "counsellor", "text": "What do you hear?"}, {"role": "person", "text": "them again"}],
}


def written(folder: Path, *rows: dict[str, Any], name: str = "cases.jsonl") -> Path:
    path = folder / name
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def test_a_case_keeps_its_conversation_and_its_category_gets_the_name_of_the_screen(tmp_path: Path) -> None:
    (item,) = load_cases([written(tmp_path, CASE)]).items
    assert item.fields["conversation"] == CASE["conversation"]
    assert item.fields["text"] == "them again"
    assert (item.target, item.language) == (2, "en")
    assert item.slices == {"kind": "context", "category": "psychosis_or_mania", "level": "2"}


def test_sentences_at_risk_may_be_marked_word_by_word(tmp_path: Path) -> None:
    assert load_cases([written(tmp_path, CASE)]).items[0].fields["risk"] == []
    marked = {**CASE, "risk": ["them again"]}
    assert load_cases([written(tmp_path, marked)]).items[0].fields["risk"] == ["them again"]
    for wrong in (["them  again"], "them again", [3]):
        with pytest.raises(SchemaError, match="risk"):
            load_cases([written(tmp_path, {**CASE, "risk": wrong})])


def test_several_files_are_one_set_and_ids_are_unique(tmp_path: Path) -> None:
    one, two = written(tmp_path, CASE), written(tmp_path, {**CASE, "id": "two"}, name="more.jsonl")
    assert [item.id for item in load_cases([one, two]).items] == ["one", "two"]
    with pytest.raises(SchemaError, match="unique"):
        load_cases([one, written(tmp_path, CASE, name="again.jsonl")])


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"level": 7}, "level"),
        ({"category": "sadness"}, "category"),
        ({"language": "fr"}, "language"),
        ({"conversation": []}, "conversation"),
        ({"conversation": [{"role": "person", "text": "secret"}, {"role": "counsellor", "text": "x"}]}, "conversation"),
        ({"conversation": [{"role": "friend", "text": "secret"}]}, "role"),
        ({"conversation": "secret"}, "conversation"),
    ],
)
def test_a_wrong_case_is_refused_without_its_words(tmp_path: Path, change: dict[str, Any], named: str) -> None:
    with pytest.raises(SchemaError, match=named) as raised:
        load_cases([written(tmp_path, {**CASE, **change})])
    assert "secret" not in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match=r"none\.jsonl"):
        load_cases([tmp_path / "none.jsonl"])


def test_sessions_hold_texts_or_turns(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "language": "en", "turns": ["hello", "it rained"]},
        {
            "id": "b",
            "language": "zh",
            "turns": [{"role": "counsellor", "text": "你好"}, {"role": "person", "text": "嗯"}],
        },
    ]
    first, second = load_sessions(written(tmp_path, *rows)).items
    assert first.fields["turns"] == [{"role": "person", "text": "hello"}, {"role": "person", "text": "it rained"}]
    assert [turn["role"] for turn in second.fields["turns"]] == ["counsellor", "person"]
