"""Reading of data files: tables, JSON and JSON Lines, with errors that name file, row and column.

This module knows nothing of any set's columns. Every loader reads through `Record`, so a file of another layout is
refused with one sentence and never half read. Values are shown in a message only where they are short codes or
numbers: the text that people wrote never is. Where the sets lie is said in `places` and passed on here.
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from affectgraph.backends.errors import InputError
from affectgraph.evals.datasets.items import Dataset, Item
from affectgraph.evals.datasets.places import DataMissing, data_folder, find, located

__all__ = [
    "DataMissing",
    "Record",
    "SchemaError",
    "collect",
    "data_folder",
    "find",
    "is_fixture",
    "located",
    "read_json",
    "read_records",
    "read_table",
    "read_text",
    "revision",
]

_SHOWN = 24  # characters of a wrong value in a message


class SchemaError(InputError):
    """A file is not of the layout that its loader reads. Names file, row, column, what was found and what expected."""


@dataclass(frozen=True)
class Record:
    """One row of a table, or one object of a JSON file.

    Attributes:
        file: the file's name, for messages.
        place: `row 12` (the line a row begins on, from 1) or `record 3` (of a JSON list, from 1).
        values: column -> value; every value of a table is a string.
    """

    file: str
    place: str
    values: dict[str, Any]

    def wrong(self, column: str, expected: str, *, show: bool = True) -> SchemaError:
        """The error to raise for `column`; `show=False` where the value may be text that a person wrote."""
        if column not in self.values:
            return SchemaError(f"{self.file}, {self.place}: no column '{column}'; {_listed(column, list(self.values))}")
        found = f", found {_short(self.values[column])}" if show else ""
        return SchemaError(f"{self.file}, {self.place}, column '{column}': expected {expected}{found}")

    def text(self, column: str, *, empty: bool = False) -> str:
        """The text in `column`, without white space around it.

        Raises:
            SchemaError: there is no such column, it is no text, or it is empty and `empty` is not set.
        """
        value = self.values.get(column)
        if not isinstance(value, str):
            raise self.wrong(column, "a text", show=value is None)
        value = value.strip()
        if not value and not empty:
            raise self.wrong(column, "a text")
        return value

    def code(self, column: str) -> str:
        """An identifier: a text, or a whole number as JSON may hold one.

        Raises:
            SchemaError: it is neither.
        """
        value = self.values.get(column)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.text(column)

    def number(self, column: str, low: float, high: float) -> float:
        """The number in `column`, in [low, high].

        Raises:
            SchemaError: it is no finite number, or outside.
        """
        value = self.values.get(column)
        try:
            if value is None or isinstance(value, bool):
                raise ValueError
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not low <= number <= high:  # also false for nan
            raise self.wrong(column, f"a number from {low:g} to {high:g}")
        return number

    def choice(self, column: str, allowed: Sequence[str]) -> str:
        """The one of `allowed` that `column` holds, whatever its case, spelled as in `allowed`.

        Raises:
            SchemaError: it is none of them.
        """
        value = self.text(column, empty=True)
        for one in allowed:
            if one.casefold() == value.casefold():
                return one
        near = get_close_matches(value.casefold(), [one.casefold() for one in allowed], n=1)
        hint = f" (did you mean '{near[0]}'?)" if near else ""
        raise self.wrong(column, f"one of {', '.join(allowed)}{hint}")


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= _SHOWN + 2 else f"{shown[:_SHOWN]}..."


def _listed(column: str, present: Sequence[str]) -> str:
    near = get_close_matches(column, present, n=1)
    hint = f"nearest is '{near[0]}'; " if near else ""
    return f"{hint}the file has {', '.join(present) or 'no columns'}"


def read_text(path: Path) -> str:
    """The file as UTF-8, with or without a byte order mark; every line end is `\\n`.

    Raises:
        DataMissing: there is no such file.
        SchemaError: it is not UTF-8.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise DataMissing(f"There is no file {path}; give the path of the set's own file.") from error
    except UnicodeDecodeError as error:
        raise SchemaError(f"{path.name}: expected UTF-8, found another encoding at byte {error.start}") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_table(
    path: Path,
    columns: Iterable[str],
    *,
    delimiter: Literal[",", "\t"] = ",",
    header: Sequence[str] | None = None,
    quoted: bool = True,
) -> list[Record]:
    """The rows of a CSV or TSV file; a quoted field may hold line breaks; empty lines are passed over.

    Args:
        columns: those that must be there; the file may have more, in any order.
        header: the column names, where the file has no header line.
        quoted: whether `"` quotes a field; otherwise it is a character like any other.

    Raises:
        DataMissing: there is no such file.
        SchemaError: a column is missing, a row has another number of fields, or a quote is never closed.
    """
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    reader = csv.reader(_lines(read_text(path)), delimiter=delimiter, strict=True, quoting=quoting)
    names = list(header) if header is not None else None
    records: list[Record] = []
    begins = 1
    try:
        for fields in reader:
            row, begins = begins, reader.line_num + 1
            if not fields:
                continue
            if names is None:
                names = _named(path.name, fields, columns)
                continue
            if len(fields) != len(names):
                raise SchemaError(
                    f"{path.name}, row {row}, column '{names[min(len(fields), len(names) - 1)]}': "
                    f"expected {len(names)} fields, found {len(fields)}"
                )
            records.append(Record(path.name, f"row {row}", dict(zip(names, fields, strict=True))))
    except csv.Error as error:
        raise SchemaError(f"{path.name}, row {begins}: expected a well-formed row, found: {error}") from error
    if names is None:
        raise SchemaError(f"{path.name}, row 1: expected a header with {', '.join(columns)}, found an empty file")
    return records


def _lines(text: str) -> list[str]:
    # Not str.splitlines: it also breaks at U+2028 and form feeds, which people's texts hold.
    return [line + "\n" for line in text.removesuffix("\n").split("\n")] if text else []


def _named(file: str, found: Sequence[str], wanted: Iterable[str]) -> list[str]:
    names = [name.strip() for name in found]
    for column in wanted:
        if column not in names:
            raise SchemaError(f"{file}, row 1: no column '{column}'; {_listed(column, names)}")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SchemaError(f"{file}, row 1, column '{twice[0]}': expected one column of that name, found several")
    return names


def read_json(path: Path) -> Any:
    """The value in a JSON file.

    Raises:
        DataMissing: there is no such file.
        SchemaError: it is no JSON; names the line.
    """
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise SchemaError(f"{path.name}, row {error.lineno}: expected JSON, found: {error.msg}") from error


def read_records(path: Path, columns: Iterable[str] = ()) -> list[Record]:
    """The objects of a JSON list, or of JSON Lines: told apart by the first character, not by the file's name.

    Raises:
        DataMissing: there is no such file.
        SchemaError: it is neither, something in it is no object, or an object lacks one of `columns`.
    """
    text = read_text(path)
    if text.lstrip()[:1] == "[":
        places = [(f"record {number}", value) for number, value in enumerate(read_json(path), start=1)]
    else:
        places = []
        for number, line in enumerate(_lines(text), start=1):
            if not line.strip():
                continue
            try:
                places.append((f"row {number}", json.loads(line)))
            except json.JSONDecodeError as error:
                raise SchemaError(
                    f"{path.name}, row {number}: expected one JSON object a line, found: {error.msg}"
                ) from error
    records = []
    for place, value in places:
        if not isinstance(value, dict):
            raise SchemaError(f"{path.name}, {place}: expected an object, found {_short(type(value).__name__)}")
        record = Record(path.name, place, value)
        for column in columns:
            if column not in value:
                raise record.wrong(column, "a value")
        records.append(record)
    return records


def revision(paths: Iterable[Path]) -> str:
    """SHA-256 over the names and bytes of the files, sorted by name; the first 16 hexadecimal digits.

    Folders do not count, so the same files give the same revision on every machine.
    """
    digest = hashlib.sha256()
    for path in sorted(paths, key=lambda path: (path.name, str(path))):
        content = path.read_bytes()
        # The lengths keep two files from being taken for one whose name or content runs on.
        digest.update(f"{len(path.name.encode())}:{path.name}:{len(content)}:".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def is_fixture(path: Path) -> bool:
    """Whether a folder above `path` is marked, by a file `FIXTURE`, as written for trying things out.

    A score on such files must never go by the name of the set whose layout they have.
    """
    return any((folder / "FIXTURE").is_file() for folder in path.resolve().parents)


def collect(
    name: str,
    split: str,
    paths: Sequence[Path],
    items: Iterable[Item],
    *,
    labels: Sequence[str] = (),
    dropped: dict[str, int] | None = None,
) -> Dataset:
    """The `Dataset` of items read from `paths`; its name says so where they are fixtures.

    Raises:
        SchemaError: two items have one id, or none is left.
    """
    kept = tuple(items)
    files = ", ".join(sorted({path.name for path in paths}))
    seen: set[str] = set()
    for item in kept:
        if item.id in seen:
            raise SchemaError(f"{files}: expected ids to be unique, found {_short(item.id)} twice")
        seen.add(item.id)
    if not kept:
        raise SchemaError(f"{files}: expected at least one item of {name} ({split}), found none")
    counts = {reason: number for reason, number in (dropped or {}).items() if number}
    if any(is_fixture(path) for path in paths):
        name = f"{name} (fixture)"
    return Dataset(name, split, revision(paths), kept, tuple(labels), counts)
