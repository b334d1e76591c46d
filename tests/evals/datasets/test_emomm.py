"""EmoMM: cut points, the conflict predicate, the split by video, and the layout of what is built."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import pytest

from affectgraph.backends.errors import InputError
from affectgraph.evals.datasets import Dataset, SchemaError, emomm

DATA = Path(__file__).parents[3] / "examples" / "data" / "emomm"
SIMS, MOSI, VOTES = DATA / "sims" / "meta.csv", DATA / "mosi" / "label.csv", DATA / "mosi" / "modality_votes.csv"
HEADER = "video_id,clip_id,text,label,label_T,label_A,label_V,annotation,mode\n"


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    emomm.build(SIMS, MOSI, VOTES, tmp_path / "emomm.jsonl")
    return tmp_path / "emomm.jsonl"


def test_every_sample_has_four_variants_of_one_label(whole: Path) -> None:
    variants = defaultdict(list)
    for item in emomm.load(whole).items:
        variants[item.fields["clip"]].append(item)
    assert len(variants) == 24
    for items in variants.values():
        assert tuple(item.fields["modalities"] for item in items) == emomm.VARIANTS
        assert len({item.target for item in items}) == len({item.group for item in items}) == 1
        assert [bool(item.fields["text"]) for item in items] == [True, True, True, False]


def test_the_counts_add_up(tmp_path: Path) -> None:
    counts = emomm.build(SIMS, MOSI, VOTES, tmp_path / "e.jsonl")
    assert counts["base"] == counts["align"] + counts["conflict"] == 24
    assert counts["missing"] == counts["missing-align"] + counts["missing-conflict"] == 72
    assert counts["train"] + counts["test"] == 96
    assert counts["unannotated"] == 0


@pytest.mark.parametrize("seed", range(5))
def test_a_video_is_never_in_both_parts_and_test_is_a_fifth(seed: int, tmp_path: Path) -> None:
    out = tmp_path / "e.jsonl"
    emomm.build(SIMS, MOSI, VOTES, out, seed)
    parts = {part: emomm.load(out, split=part) for part in ("train", "test")}  # type: ignore[arg-type]
    groups = {part: {item.group for item in found.items} for part, found in parts.items()}
    assert groups["train"].isdisjoint(groups["test"])
    for language in ("zh", "en"):
        test = sum(item.language == language for item in parts["test"].items)
        assert test >= 0.2 * (test + sum(item.language == language for item in parts["train"].items))


def test_one_seed_gives_one_file_and_another_seed_another_split(tmp_path: Path) -> None:
    files = [tmp_path / name for name in "abc"]
    for path, seed in zip(files, (0, 0, 1), strict=True):
        emomm.build(SIMS, MOSI, VOTES, path, seed)
    first, again, other = (path.read_bytes() for path in files)
    assert first == again
    assert first != other


def test_a_half_is_sampled_to_the_size_asked_for(tmp_path: Path) -> None:
    assert emomm.build(SIMS, MOSI, VOTES, tmp_path / "e.jsonl", per_half=5)["base"] == 10


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ((SIMS, MOSI, VOTES), "EmoMM (fixture)"),
        ((SIMS, MOSI, None), "EmoMM (CH-SIMS half) (fixture)"),
        ((SIMS, None, None), "EmoMM (CH-SIMS half) (fixture)"),
        ((None, MOSI, VOTES), "EmoMM (CMU-MOSI half) (fixture)"),
    ],
)
def test_the_name_says_which_half_is_there(
    files: tuple[Path | None, Path | None, Path | None], name: str, tmp_path: Path
) -> None:
    emomm.build(*files, tmp_path / "e.jsonl")
    assert emomm.load(tmp_path / "e.jsonl").name == name


def test_mosi_without_votes_makes_no_set(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="together with the modality votes"):
        emomm.build(None, MOSI, None, tmp_path / "e.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_a_clip_without_votes_is_counted_and_left_out(tmp_path: Path) -> None:
    votes = tmp_path / "votes.csv"
    votes.write_text("".join(VOTES.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")
    counts = emomm.build(None, MOSI, votes, tmp_path / "e.jsonl")
    assert (counts["base"], counts["unannotated"]) == (7, 1)


def sizes(path: Path) -> dict[str, int]:
    return {subset: len(emomm.load(path, subset).items) for subset in ("overall", "align", "conflict", "missing")}  # type: ignore[arg-type]


def test_the_subsets_are_the_paper_s(whole: Path) -> None:
    found = sizes(whole)
    assert found["overall"] == 96
    assert found["align"] + found["conflict"] == 24
    assert found["missing"] == 72
    conflict = emomm.load(whole, "missing-conflict")
    assert {item.slices["relation"] for item in conflict.items} == {"conflict"}
    assert {item.slices["subset"] for item in conflict.items} == {"missing"}
    with pytest.raises(InputError, match="it has overall, align"):
        emomm.load(whole, "all")  # type: ignore[arg-type]


def test_items_are_as_documented(whole: Path) -> None:
    found: Dataset = emomm.load(whole)
    assert found.labels == ("N", "WN", "Neu", "WP", "P")
    item = next(item for item in found.items if item.id == "cmu-mosi/review_a/3/TA")
    assert item.fields == {
        "text": "OH SURE THE TALKING TEAPOT WAS VERY CONVINCING",
        "modalities": "TA",
        "clip": "review_a/3",
        "said": {"text": "WP", "audio": "WN", "video": "N"},
    }
    assert (item.target, item.group, item.language) == ("WN", "cmu-mosi/review_a", "en")  # -1.8 / 3 = -0.6
    assert item.slices["relation"] == "conflict"


def test_a_failed_build_leaves_the_file_as_it_was(whole: Path, tmp_path: Path) -> None:
    before = whole.read_bytes()
    broken = tmp_path / "meta.csv"
    broken.write_text(HEADER + "v,1,x,0.5,0.5,0.5,1.5,Positive,train\n", encoding="utf-8")
    with pytest.raises(SchemaError):
        emomm.build(broken, None, None, whole)
    assert whole.read_bytes() == before
    assert [path.name for path in tmp_path.glob("*.partial")] == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            HEADER + "v,1,x,0.5,0.5,0.5,1.5,Positive,train\n",
            "meta.csv, row 2, column 'label_V': expected a number from -1 to 1, found '1.5'",
        ),
        (HEADER.replace("label_A", "labelA"), "meta.csv, row 1: no column 'label_A'; nearest is 'labelA'"),
        (
            HEADER + 2 * "v,1,x,0,0,0,0,Neutral,train\n",
            "meta.csv: expected one row a clip, found several of ch-sims/v/1",
        ),
    ],
)
def test_labels_of_another_layout_are_refused(content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "meta.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SchemaError) as refused:
        emomm.build(path, None, None, tmp_path / "e.jsonl")
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize("rows", ["a,9,0,0,0\n", "review_a,1,0,0,0\n"])
def test_votes_that_fit_no_clip_or_come_twice_are_refused(rows: str, tmp_path: Path) -> None:
    votes = tmp_path / "votes.csv"
    votes.write_text(VOTES.read_text(encoding="utf-8") + rows, encoding="utf-8")
    with pytest.raises(SchemaError, match=r"votes\.csv, row 10, column 'clip_id'"):
        emomm.build(None, MOSI, votes, tmp_path / "e.jsonl")


def test_a_label_that_is_none_of_the_five_is_refused(whole: Path) -> None:
    lines = whole.read_text(encoding="utf-8").splitlines()
    lines[1] = json.dumps({**json.loads(lines[1]), "label": "positive"})
    whole.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(SchemaError, match=r"emomm\.jsonl, row 2, column 'label': expected one of N, WN, Neu, WP, P"):
        emomm.load(whole)
