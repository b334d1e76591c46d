"""Where the picture or clip that a row names lies: a file of the set, never one outside the set's folder.

A set comes from somebody else, so a name in it is not trusted: it may be absolute, climb with `..`, or be a symlink.
What is in the file is judged when it is opened (`affectgraph.backends.media`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from affectgraph.evals.datasets.items import Dataset
from affectgraph.evals.datasets.layout import DataMissing, Record, revision

__all__ = ["file_of", "picture_of", "with_pictures"]


def picture_of(root: Path, place: Path, record: Record, column: str) -> Path:
    """The picture at `place`, resolved; see `file_of`."""
    return file_of(root, place, record, column, what="a picture")


def file_of(root: Path, place: Path, record: Record, column: str, *, what: str) -> Path:
    """The file at `place`, resolved.

    Args:
        root: the set's folder.
        place: where `column` of `record` says that the file is.
        record: for messages.
        column: the same.
        what: what it is, for messages.

    Raises:
        SchemaError: it lies outside `root`; names file, row and column.
        DataMissing: there is no such file.
    """
    try:
        resolved = place.resolve()
    except (OSError, RuntimeError, ValueError):  # a loop of symlinks, a NUL in the name
        raise record.wrong(column, f"the name of {what}") from None
    if not resolved.is_relative_to(root.resolve()):
        raise record.wrong(column, f"{what} below the set's folder, where no link leads out of it")
    if not resolved.is_file():
        missing = "image" if what == "a picture" else "file"
        raise DataMissing(f"{record.file}, {record.place}: no {missing} {place}")
    return resolved


def with_pictures(dataset: Dataset, files: Iterable[Path], pictures: Iterable[Path]) -> Dataset:
    """`dataset` with a revision over `pictures` too: other pixels under an old name must not pass for the same set."""
    return replace(dataset, revision=revision([*files, *pictures]))
