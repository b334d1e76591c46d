"""AICA-Bench: the layout of its public code, the flat one, label spaces, and images that need not be there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from affectgraph.backends.errors import InputError
from affectgraph.evals.datasets import DataMissing, SchemaError, aica

DATA = Path(__file__).parents[3] / "examples" / "data" / "aica"
FLAT = {
    "id": 7,
    "image": "images/a.jpg",
    "task": "EU",
    "dataset": "EmoSet",
    "question": "Which emotion?",
    "options": ["Awe", "Fear"],
    "answer": "Awe",
}


def flat(folder: Path, *entries: dict[str, Any]) -> Path:
    path = folder / "flat.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
    return path


def test_the_label_spaces_have_the_published_sizes() -> None:
    sizes = {name: len(aica.SPACES[name]) for name in ("emoset", "emotion6", "emotic", "findingemo")}
    assert sizes == {"emoset": 8, "emotion6": 6, "emotic": 26, "findingemo": 24}
    assert len(aica.SPACES) == 9
    assert all(len(set(labels)) == len(labels) for labels in aica.SPACES.values())


def test_every_label_has_a_polarity_and_mikels_is_half_and_half() -> None:
    assert set(aica.POLARITY) == {label for labels in aica.SPACES.values() for label in labels}
    assert [aica.POLARITY[label] for label in aica.SPACES["emoset"]] == [1, 1, 1, 1, -1, -1, -1, -1]


def test_a_source_set_is_found_whatever_its_spelling() -> None:
    assert aica.space("Flickr_LDL") == aica.space("flickrldl")
    with pytest.raises(InputError, match="no source set 'AffectNet'; it has emoset"):
        aica.space("AffectNet")


def test_the_public_layout_gives_three_tasks() -> None:
    found = aica.load(DATA)
    tasks = [item.slices["task"] for item in found.items]
    assert {task: tasks.count(task) for task in tasks} == {"EU": 12, "ER": 2, "EGCG": 2}
    assert len({item.id for item in found.items}) == 16


def test_eu_has_one_label_of_its_source_s_space() -> None:
    found = aica.load(DATA, "EU", only="emotion6")
    assert found.labels == aica.SPACES["emotion6"]
    item = found.items[0]
    assert item.target == "joy"
    assert item.fields["question"].startswith("What would most people feel")
    assert tuple(item.fields["options"]) == aica.SPACES["emotion6"]
    assert "emotion" not in item.fields
    assert aica.load(DATA, "EU").labels == (*aica.SPACES["emoset"], "joy", "surprise")


def test_reasoning_and_generation_know_the_emotion_of_their_image() -> None:
    for task in ("ER", "EGCG"):
        found = aica.load(DATA, task)  # type: ignore[arg-type]
        assert [item.fields["emotion"] for item in found.items] == ["awe", "sadness"]
        assert all(isinstance(item.target, list) and len(item.target) == 1 for item in found.items)
    assert all(50 <= len(item.target[0].split()) <= 100 for item in aica.load(DATA, "EGCG").items)


def test_several_labels_share_the_votes(tmp_path: Path) -> None:
    entry = {**FLAT, "dataset": "emotic", "options": None, "answer": "Peace|Doubt/Confusion|Peace"}
    (item,) = aica.load(flat(tmp_path, entry)).items
    assert (item.target, item.shares) == ("peace", {"peace": 0.5, "doubt/confusion": 0.5})
    (same,) = aica.load(flat(tmp_path, {**entry, "answer": ["Peace", "Doubt/Confusion"]})).items
    assert same == item


def test_the_flat_layout_is_read_under_both_names_of_each_field(tmp_path: Path) -> None:
    names = {"id": "image_id", "image": "image_path", "dataset": "source", "question": "instruction"}
    names |= {"options": "choices", "answer": "label"}
    other = {names.get(name, name): value for name, value in FLAT.items()}
    (first,), (second,) = aica.load(flat(tmp_path, FLAT)).items, aica.load(flat(tmp_path, other)).items
    assert first == second
    assert first.id == "emoset/EU/7"
    assert first.target == "awe"
    assert first.fields["options"] == ["awe", "fear"]


def test_images_are_asked_for_only_when_wanted(tmp_path: Path) -> None:
    path = flat(tmp_path, FLAT)
    with pytest.raises(DataMissing, match=r"flat\.jsonl, row 1: no image .*a\.jpg"):
        aica.load(path, check_images=True)
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.jpg").write_bytes(b"")
    assert len(aica.load(path, check_images=True).items) == 1


def test_images_of_the_public_layout_lie_beside_the_file() -> None:
    assert aica.load(DATA, only="emoset").items[0].fields["folder"] == str(DATA / "emoset" / "images")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dataset": "AffectNet"}, "column 'dataset': expected one of emoset, fi"),
        ({"task": "VQA"}, "column 'task': expected one of EU, ER, EGCG, found 'VQA'"),
        ({"answer": "Joy"}, "column 'answer': expected a label of emoset (awe, fear), found 'Joy'"),
        ({"options": "Awe"}, "column 'options': expected a list of labels, found 'Awe'"),
        ({"image": 3}, "column 'image': expected a text"),
    ],
)
def test_a_flat_entry_of_another_layout_is_refused(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(SchemaError) as refused:
        aica.load(flat(tmp_path, FLAT, {**FLAT, "id": 8, **change}))
    assert str(refused.value).startswith(f"flat.jsonl, row 2, {message}")


def test_a_flat_entry_without_a_field_is_refused(tmp_path: Path) -> None:
    entry = {name: value for name, value in FLAT.items() if name != "question"}
    with pytest.raises(SchemaError, match=r"flat\.jsonl, row 1: no column 'question'"):
        aica.load(flat(tmp_path, entry))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": []}, "record 1, column 'images': expected a list with an image name"),
        ({"messages": []}, "record 1, column 'messages': expected two messages (EU) or four (ER, EGCG)"),
        (
            {"messages": [{"role": "assistant", "content": "x"}, {"role": "assistant", "content": "Awe"}]},
            "record 1, message 1, column 'role': expected one of user, found 'assistant'",
        ),
        (
            {"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "Bliss"}]},
            "record 1, column 'messages': expected a label of emoset",
        ),
    ],
)
def test_a_conversation_of_another_layout_is_refused(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = Path(shutil.copytree(DATA / "emoset", tmp_path / "emoset")) / "instruction.json"
    entries = json.loads(path.read_text(encoding="utf-8"))
    entries[0] |= change
    path.write_text(json.dumps(entries), encoding="utf-8")
    with pytest.raises(SchemaError) as refused:
        aica.load(path)
    assert str(refused.value).startswith(f"instruction.json, {message}")


def test_a_folder_that_names_no_source_set_is_refused(tmp_path: Path) -> None:
    shutil.copytree(DATA / "emoset", tmp_path / "pictures")
    with pytest.raises(SchemaError, match=r"a folder named after its source set .* found 'pictures'"):
        aica.load(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataMissing, match=r"no instruction\.json under"):
        aica.load(tmp_path / "empty")


def test_an_unknown_task_is_refused() -> None:
    with pytest.raises(InputError, match="no task 'QA'; it has EU, ER, EGCG"):
        aica.load(DATA, "QA")  # type: ignore[arg-type]
