"""Labelled clips: tables of one's own, and EmoMM with its media."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from affectgraph.backends.errors import InputError
from affectgraph.evals.datasets import DataMissing, Dataset, SchemaError, clips, emomm

EMOMM = Path(__file__).parents[3] / "examples" / "data" / "emomm"
ROW = {"text": "Great.", "audio": "a.wav", "video": "v.mp4", "label": "N", "source": "s1"}


def write(folder: Path, rows: list[dict[str, Any]], name: str = "clips.csv") -> Path:
    for file in ("a.wav", "v.mp4"):
        (folder / file).write_bytes(b"media")
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with (folder / name).open("w", newline="", encoding="utf-8") as table:
        writer = csv.DictWriter(table, columns)
        writer.writeheader()
        writer.writerows(rows)
    return folder / name


def test_a_row_is_a_clip_and_an_empty_cell_a_missing_modality(tmp_path: Path) -> None:
    path = write(tmp_path, [ROW, {**ROW, "text": "", "audio": "v.mp4"}, {**ROW, "text": "很好。", "video": ""}])
    found = clips.load(tmp_path)
    assert found == clips.load(path)
    assert (found.name, found.labels) == ("clips", ("N", "WN", "Neu", "WP", "P"))
    first, second, third = found.items
    assert first.fields["audio"] == str((tmp_path / "a.wav").resolve())
    assert [item.fields["modalities"] for item in found.items] == ["TAV", "AV", "TA"]
    assert second.fields["audio"] == second.fields["video"] == str((tmp_path / "v.mp4").resolve())
    assert (first.target, first.group, first.language, third.language) == ("N", "s1", "en", "zh")
    assert "relation" not in first.slices


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (("N", "WN", "N", "N"), ("N", "align")),  # strong and weak of one sign agree
        (("N", "Neu", "N", "N"), ("N", "conflict")),  # neutral against not does not
        (("-0.8", "-0.9", "-1", "0.05"), ("N", "conflict")),
        (("0.8", "0.3", "0.11", "1"), ("P", "align")),
        (("joy", "joy", "joy", "joy"), ("joy", "align")),
        (("joy", "joy", "awe", "joy"), ("joy", "conflict")),
    ],
)
def test_the_relation_is_the_papers_predicate(
    tmp_path: Path, labels: tuple[str, ...], expected: tuple[str, str]
) -> None:
    columns = ("label", "label_T", "label_A", "label_V")
    rest = "awe" if labels[0] == "joy" else labels[0]
    write(tmp_path, [{**ROW, **dict(zip(columns, labels, strict=True))}, {**ROW, **dict.fromkeys(columns, rest)}])
    item = clips.load(tmp_path).items[0]
    assert (item.target, item.slices["relation"]) == expected


def test_only_what_is_shown_can_be_in_conflict(tmp_path: Path) -> None:
    told = {"label": "P", "label_T": "P", "label_A": "P", "label_V": "N"}
    write(tmp_path, [{**ROW, **told}, {**ROW, **told, "video": ""}, {**ROW, **told, "label_A": ""}])
    assert [item.slices.get("relation") for item in clips.load(tmp_path).items] == ["conflict", "align", None]


def test_a_clip_without_a_source_is_one_of_its_own(tmp_path: Path) -> None:
    row = {"text": "Hm.", "label": "P"}
    write(tmp_path, [row, {**row, "label": "N"}, {**row, "source": "x", "id": "mine"}])
    assert [(item.id, item.group) for item in clips.load(tmp_path).items] == [
        ("row 2", "row 2"),
        ("row 3", "row 3"),
        ("mine", "x"),
    ]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"label": "1.5"}, "row 2, column 'label': expected a number from -1 to 1, found '1.5'"),
        ({"label_T": "bad"}, "row 2, column 'label_T'"),
        ({"video": "../v.mp4"}, "row 2, column 'video': expected a file below the set's folder"),
        ({"video": "/etc/passwd"}, "expected a file below the set's folder"),
        ({"video": "gone.mp4"}, "row 2: no file"),
        ({"text": "", "audio": "", "video": ""}, "row 2, column 'text': expected a clip with text, audio or video"),
        ({"language": "fr"}, "expected one of en, zh"),
    ],
)
def test_a_bad_cell_is_named(tmp_path: Path, change: dict[str, str], told: str) -> None:
    write(tmp_path, [{**ROW, "label": "0.5", **change}])
    with pytest.raises((SchemaError, DataMissing)) as caught:
        clips.load(tmp_path)
    assert told in str(caught.value)


def test_one_word_for_all_is_no_label_set(tmp_path: Path) -> None:
    write(tmp_path, [{**ROW, "label": "joy"}] * 2)
    with pytest.raises(SchemaError, match="or 2 to 50 different words, found 1"):
        clips.load(tmp_path)


def test_a_table_without_any_modality_is_refused(tmp_path: Path) -> None:
    write(tmp_path, [{"label": "N", "txt": "Hm."}])
    with pytest.raises(SchemaError, match="no column 'text'; nearest is 'txt'"):
        clips.load(tmp_path)


def test_a_folder_has_one_table(tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match="no CSV table in"):
        clips.load(tmp_path)
    write(tmp_path, [ROW])
    write(tmp_path, [ROW], "more.csv")
    with pytest.raises(InputError, match=r"several tables \(clips.csv, more.csv\); name one"):
        clips.load(tmp_path)


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(SchemaError, match=r"notes\.txt: expected a CSV table of clips"):
        clips.load(tmp_path / "notes.txt")


# --- EmoMM -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def built(tmp_path: Path) -> tuple[Path, Path]:
    """EmoMM's CH-SIMS half with an empty file for each clip."""
    path = tmp_path / "emomm.jsonl"
    emomm.build(EMOMM / "sims" / "meta.csv", None, None, path)
    media = tmp_path / "media"
    for item in emomm.load(path).items:
        file = media / "ch-sims" / "Raw" / f"{item.fields['clip']}.mp4"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return path, media


def test_emomm_names_the_media_that_each_variant_shows(built: tuple[Path, Path]) -> None:
    found: Dataset = clips.load(*built)
    assert found.name == "EmoMM (CH-SIMS half) (fixture)"
    by_variant = {item.fields["modalities"]: item for item in found.items[:4]}
    for letters, item in by_variant.items():
        assert [bool(item.fields[name]) for name in ("text", "audio", "video")] == [each in letters for each in "TAV"]
        assert set(item.fields["said"]) == {"text", "audio", "video"}
    assert by_variant["AV"].fields["audio"] == by_variant["AV"].fields["video"]
    assert Path(by_variant["AV"].fields["video"]).is_file()
    assert {item.slices["relation"] for item in found.items} == {"conflict", "align"}


def test_emomm_without_media_is_told_how_to_give_them(built: tuple[Path, Path]) -> None:
    with pytest.raises(InputError, match="say where these lie with --media FOLDER"):
        clips.load(built[0])


def test_a_clip_without_its_file_is_named(built: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match=r"There is no video of the clip ch-sims/.* it belongs into ch-sims/Raw/"):
        clips.load(built[0], tmp_path / "elsewhere")


def test_a_clip_that_leads_out_of_the_media_is_refused(built: tuple[Path, Path]) -> None:
    path, media = built
    first = emomm.load(path).items[0].fields["clip"]
    path.write_text(path.read_text(encoding="utf-8").replace(f'"{first}"', '"../../../clip"'), encoding="utf-8")
    with pytest.raises(InputError, match="leads out of"):
        clips.load(path, media)


def test_media_given_for_a_table_are_refused(tmp_path: Path) -> None:
    write(tmp_path, [ROW])
    with pytest.raises(InputError, match="names its own files"):
        clips.load(tmp_path, tmp_path)
