"""Reading of files: what is refused, and that the refusal names file, row and column."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectgraph.backends.errors import InputError
from affectgraph.evals.datasets import DataMissing, Item, SchemaError, layout, places


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_table_is_read_with_a_byte_order_mark_and_line_breaks_inside_quotes(tmp_path: Path) -> None:
    path = written(tmp_path, "t.csv", '\ufeffid,text\r\n1,"two\r\nlines, one ""field"""\r\n\r\n2,x\r\n')
    rows = layout.read_table(path, ("id", "text"))
    assert [row.values for row in rows] == [{"id": "1", "text": 'two\nlines, one "field"'}, {"id": "2", "text": "x"}]
    assert [row.place for row in rows] == ["row 2", "row 5"]


def test_a_line_separator_inside_a_text_ends_no_row(tmp_path: Path) -> None:
    path = written(tmp_path, "t.tsv", "a\tb\x85\u2028c\n")
    (row,) = layout.read_table(path, (), delimiter="\t", header=("x", "y"), quoted=False)
    assert row.values == {"x": "a", "y": "b\x85\u2028c"}


def test_a_quote_is_a_character_where_nothing_is_quoted(tmp_path: Path) -> None:
    path = written(tmp_path, "t.tsv", '"a\tb\n')
    (row,) = layout.read_table(path, (), delimiter="\t", header=("x", "y"), quoted=False)
    assert row.values["x"] == '"a'


@given(st.lists(st.tuples(st.text(), st.text()), min_size=1, max_size=5))
def test_what_csv_writes_is_read_back(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]) -> None:
    rows = [tuple(field.replace("\r", "").replace("\x00", "") for field in row) for row in rows]  # type: ignore[misc]
    text = "a,b\n" + "".join(",".join('"' + field.replace('"', '""') + '"' for field in row) + "\n" for row in rows)
    path = tmp_path_factory.getbasetemp() / "roundtrip.csv"
    path.write_bytes(text.encode("utf-8", "replace"))
    expected = [tuple(field.encode("utf-8", "replace").decode() for field in row) for row in rows]
    assert [tuple(row.values.values()) for row in layout.read_table(path, ("a", "b"))] == expected


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id,txet\n1,x\n", "t.csv, row 1: no column 'text'; nearest is 'txet'; the file has id, txet"),
        ("id,text\n1,x,y\n", "t.csv, row 2, column 'text': expected 2 fields, found 3"),
        ('id,text\n1,"a\nb"\n2\n', "t.csv, row 4, column 'text': expected 2 fields, found 1"),
        ('id,text\n1,"x\n', "t.csv, row 2: expected a well-formed row, found: unexpected end of data"),
        ("id,text,text\n", "t.csv, row 1, column 'text': expected one column of that name, found several"),
        ("", "t.csv, row 1: expected a header with id, text, found an empty file"),
        (b"id,text\n1,\xff\n", "t.csv: expected UTF-8, found another encoding at byte 10"),
    ],
)
def test_a_table_of_another_layout_is_refused(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(SchemaError) as refused:
        layout.read_table(written(tmp_path, "t.csv", content), ("id", "text"))
    assert str(refused.value) == message


def test_a_schema_error_is_an_input_error() -> None:
    assert issubclass(SchemaError, InputError)
    assert issubclass(DataMissing, InputError)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match=r"nowhere\.csv"):
        layout.read_table(tmp_path / "nowhere.csv", ())


@pytest.mark.parametrize("content", ['[{"a": 1}, {"a": 2}]', '{"a": 1}\n\n{"a": 2}\n', '\ufeff{"a": 1}\n{"a": 2}'])
def test_a_list_and_json_lines_are_told_apart(tmp_path: Path, content: str) -> None:
    assert [row.values["a"] for row in layout.read_records(written(tmp_path, "t.json", content), ("a",))] == [1, 2]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"a": 1}\n{"a": \n', "t.jsonl, row 2: expected one JSON object a line, found: Expecting value"),
        ('[{"a": 1},\n 3]', "t.jsonl, record 2: expected an object, found 'int'"),
        ('[{"a": 1},\n {]', "t.jsonl, row 2: expected JSON, found: Expecting property name"),
        ('{"a": 1}\n{"b": 1}\n', "t.jsonl, row 2: no column 'a'; the file has b"),
    ],
)
def test_json_of_another_layout_is_refused(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(SchemaError) as refused:
        layout.read_records(written(tmp_path, "t.jsonl", content), ("a",))
    # The parser's own words differ between Python versions; the place does not.
    assert str(refused.value).split("found:")[0] == message.split("found:")[0]


RECORD = layout.Record(
    "f.tsv", "row 12", {"anger": "x", "empty": " ", "long": "words that a person wrote, many", "n": 3}
)


@pytest.mark.parametrize("value", ["x", "", "nan", "inf", "0.99", "5.01", None, True, [3]])
def test_a_number_outside_its_scale_is_refused(value: object) -> None:
    record = layout.Record("crowd-enVent-val.tsv", "row 12", {"anger": value})
    with pytest.raises(SchemaError) as refused:
        record.number("anger", 1, 5)
    place, found = str(refused.value).split("expected ")
    assert place == "crowd-enVent-val.tsv, row 12, column 'anger': "
    assert found == f"a number from 1 to 5, found {value!r}"


def test_the_ends_of_a_scale_are_on_it() -> None:
    record = layout.Record("f", "row 2", {"low": "1", "high": 5})
    assert (record.number("low", 1, 5), record.number("high", 1, 5)) == (1.0, 5.0)


def test_a_choice_is_found_whatever_its_case_and_a_near_one_suggested() -> None:
    assert layout.Record("f", "row 2", {"c": " JOY "}).choice("c", ("anger", "joy")) == "joy"
    with pytest.raises(SchemaError, match=r"one of anger, joy \(did you mean 'anger'\?\), found 'angr'"):
        layout.Record("f", "row 2", {"c": "angr"}).choice("c", ("anger", "joy"))


def test_what_a_person_wrote_is_not_in_a_message() -> None:
    with pytest.raises(SchemaError) as refused:
        RECORD.number("long", 1, 5)
    assert "many" not in str(refused.value)
    with pytest.raises(SchemaError) as refused:
        RECORD.text("n")
    assert "3" not in str(refused.value)


def test_an_empty_text_is_refused_unless_allowed() -> None:
    assert RECORD.text("empty", empty=True) == ""
    with pytest.raises(SchemaError, match="column 'empty': expected a text"):
        RECORD.text("empty")
    with pytest.raises(SchemaError, match="no column 'angr'; nearest is 'anger'"):
        RECORD.text("angr")


def test_a_code_is_a_text_or_a_whole_number() -> None:
    assert (RECORD.code("n"), RECORD.code("anger")) == ("3", "x")


def test_the_revision_changes_with_a_name_or_a_byte_and_with_nothing_else(tmp_path: Path) -> None:
    one, two = written(tmp_path, "a", "x"), written(tmp_path, "b", "y")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    revision = layout.revision([one, two])
    assert len(revision) == 16
    assert layout.revision([two, one]) == revision
    assert layout.revision([written(elsewhere, "a", "x"), written(elsewhere, "b", "y")]) == revision
    assert layout.revision([one, written(elsewhere, "b", "z")]) != revision
    assert layout.revision([one, written(elsewhere, "c", "y")]) != revision


def test_an_id_given_twice_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "t.csv", "")
    with pytest.raises(SchemaError, match=r"t\.csv: expected ids to be unique, found 'i' twice"):
        layout.collect("S", "all", [path], [Item("i", "i", {}, 0), Item("i", "i", {}, 0)])
    with pytest.raises(SchemaError, match=r"at least one item of S \(all\), found none"):
        layout.collect("S", "all", [path], [])


def test_a_reason_that_nothing_was_dropped_for_is_not_kept(tmp_path: Path) -> None:
    path = written(tmp_path, "t.csv", "")
    assert layout.collect("S", "all", [path], [Item("i", "i", {}, 0)], dropped={"a": 0, "b": 2}).dropped == {"b": 2}


def test_the_data_folder_is_the_named_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "smile").mkdir()
    monkeypatch.setenv("AFFECTGRAPH_DATA", str(tmp_path))
    assert layout.find("smile") == tmp_path / "smile"
    monkeypatch.setenv("AFFECTGRAPH_DATA", str(tmp_path / "no"))
    with pytest.raises(DataMissing, match=r"AFFECTGRAPH_DATA is .* not a folder"):
        layout.data_folder()


def test_the_data_folder_may_lie_beside_the_current_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.delenv("AFFECTGRAPH_DATA", raising=False)
    monkeypatch.chdir(here)
    with pytest.raises(DataMissing, match="set AFFECTGRAPH_DATA"):
        layout.data_folder()
    (tmp_path / "shared" / "data").mkdir(parents=True)
    assert layout.data_folder().resolve() == tmp_path / "shared" / "data"


@pytest.mark.parametrize("name", places.ORIGINS)
def test_a_set_that_is_not_there_says_where_to_get_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = places.ORIGINS[name]
    for folder in (tmp_path, tmp_path / "none"):
        monkeypatch.setenv("AFFECTGRAPH_DATA", str(folder))
        with pytest.raises(DataMissing) as missing:
            layout.find(name)
        for part in (name, origin.repository, origin.licence, "AFFECTGRAPH_DATA"):
            assert part in str(missing.value)


def test_files_of_the_project_go_by_the_name_of_a_fixture_wherever_they_are_read_from(tmp_path: Path) -> None:
    assert layout.is_fixture(Path(__file__).parents[3] / "examples" / "data" / "psyqa" / "psyqa.json")
    assert not layout.is_fixture(tmp_path / "psyqa.json")
    (tmp_path / "FIXTURE").touch()
    assert layout.is_fixture(tmp_path / "deep" / "psyqa.json")
