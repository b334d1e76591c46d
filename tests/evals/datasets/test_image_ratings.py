"""Rated pictures: columns, scales, what is unknown, and names that lead out of the folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from affectgraph.evals.datasets import DataMissing, SchemaError, image_ratings
from tests.evals.pictures import write_rated, write_ratings

DATA = Path(__file__).parents[3] / "examples" / "data" / "image_ratings"
ROW: dict[str, Any] = {"image": "a.png", "valence": 6, "arousal": 3.5}


def test_the_fixture_is_read_and_its_name_says_that_it_is_one() -> None:
    found = image_ratings.load(DATA)
    assert (found.name, found.split, len(found.items)) == ("image_ratings (fixture)", "1 to 9", 8)
    item = found.items[0]
    assert item.target == {"valence": 7.6, "arousal": 5.1}
    assert item.fields["sd"] == {"valence": 1.2, "arousal": 1.7}
    assert item.fields["raters"] == 24
    assert Path(item.fields["path"]) == (DATA / "sunny_field.png").resolve()


def test_noise_that_is_not_given_is_unknown(tmp_path: Path) -> None:
    (item,) = image_ratings.load(write_rated(tmp_path, [ROW])).items
    assert (item.fields["low"], item.fields["high"]) == (1.0, 9.0)
    assert "sd" not in item.fields
    assert "raters" not in item.fields
    rows = [{**ROW, "sd": 1.5, "sd_arousal": "", "n": ""}]
    (item,) = image_ratings.load(write_rated(tmp_path, rows)).items
    assert item.fields["sd"] == {"valence": 1.5, "arousal": 1.5}
    assert "raters" not in item.fields


def test_a_scale_is_stated_in_the_file(tmp_path: Path) -> None:
    rows = [{**ROW, "valence": -0.5, "arousal": 0, "low": -1, "high": 1}]
    found = image_ratings.load(write_rated(tmp_path, rows))
    assert found.split == "-1 to 1"
    assert found.items[0].target == {"valence": -0.5, "arousal": 0.0}
    assert (found.items[0].fields["low"], found.items[0].fields["high"]) == (-1.0, 1.0)


def test_another_picture_under_the_same_name_is_another_revision(tmp_path: Path) -> None:
    before = image_ratings.load(write_rated(tmp_path, [ROW], [10]))
    after = image_ratings.load(write_rated(tmp_path, [ROW], [200]))
    assert before.revision != after.revision
    assert before.revision == image_ratings.load(write_rated(tmp_path, [ROW], [10])).revision


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"valence": 10}, "row 3, column 'valence': expected a number from 1 to 9, found '10'"),
        ({"arousal": "high"}, "row 3, column 'arousal': expected a number from 1 to 9, found 'high'"),
        ({"sd_valence": 7}, "row 3, column 'sd_valence': expected a number from 0 to 5.65685, found '7'"),
        ({"n": 0}, "row 3, column 'n': expected a number from 1 to"),
        ({"n": 2.5}, "row 3, column 'n': expected a whole number, found '2.5'"),
        ({"image": ""}, "row 3, column 'image': expected a text"),
        ({"image": "../b.png"}, "row 3, column 'image': expected a picture below the set's folder"),
        ({"image": "/etc/hostname"}, "row 3, column 'image': expected a picture below the set's folder"),
        ({"image": "link.png"}, "row 3, column 'image': expected a picture below the set's folder"),
        ({"low": 2}, "row 3, column 'low': expected one scale in all rows, 1 as in the first one, found '2'"),
        ({"high": 0}, "row 3, column 'high': expected a number above low, 1, found '0'"),
    ],
)
def test_a_wrong_row_is_named_with_its_column(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    full = {**ROW, "sd_valence": 1, "n": 20, "low": 1, "high": 9}
    folder = write_rated(tmp_path / "set", [full])
    (tmp_path / "b.png").write_bytes((folder / "a.png").read_bytes())
    (folder / "link.png").symlink_to(tmp_path / "b.png")
    write_ratings(folder, [full, {**full, "image": "a.png", **change}])
    with pytest.raises(SchemaError) as refused:
        image_ratings.load(folder)
    assert str(refused.value).startswith(f"ratings.csv, {message}")


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match=r"no .*ratings\.csv; it needs the columns image, valence, arousal"):
        image_ratings.load(tmp_path)
    with pytest.raises(DataMissing, match=r"ratings\.csv, row 2: no image .*a\.png"):
        image_ratings.load(write_ratings(tmp_path, [ROW]))
    with pytest.raises(SchemaError, match=r"row 1: no column 'arousal'"):
        image_ratings.load(write_ratings(tmp_path, [{"image": "a.png", "valence": 3}]))
    with pytest.raises(SchemaError, match="unique"):
        image_ratings.load(write_rated(tmp_path, [ROW, ROW]))


def test_a_link_within_the_folder_is_a_picture_of_it(tmp_path: Path) -> None:
    folder = write_rated(tmp_path, [ROW])
    (folder / "b.png").symlink_to(folder / "a.png")
    write_ratings(folder, [{**ROW, "image": "b.png"}])
    assert image_ratings.load(folder).items[0].fields["path"] == str((folder / "a.png").resolve())
