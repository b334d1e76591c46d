"""The papers' own numbers, and when they may stand beside ours."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, model_validator

__all__ = ["PublishedTable", "published"]


class PublishedTable(BaseModel):
    """One table of a paper, as printed; the fields are told in `published.toml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    source: str
    link: str
    about: list[str]
    own: list[str]
    columns: list[str]
    rows: list[list[str]]
    note: str = ""

    @model_validator(mode="after")
    def _rectangular(self) -> PublishedTable:
        for row in self.rows:
            if len(row) != len(self.columns) + 1:
                raise ValueError(f"table {self.title!r}: row {row[0]!r} needs {len(self.columns)} cells")
        return self

    def is_about(self, task: str, dataset: str) -> bool:
        """Whether one of its words stands in the names, as a word of its own."""
        return not set(self.about).isdisjoint(re.split(r"[^a-z0-9]+", f"{task} {dataset}".lower()))

    def comparable(self, dataset: str) -> bool:
        """Whether `dataset` is the paper's own; a fixture in its format is not."""
        name = dataset.lower()
        return "fixture" not in name and any(name.startswith(own) for own in self.own)


def published(task: str, dataset: str) -> list[tuple[PublishedTable, bool]]:
    """The tables to show beside figures of `task` on `dataset`, each with whether the data are the paper's own."""
    return [(table, table.comparable(dataset)) for table in _tables() if table.is_about(task, dataset)]


def _tables() -> Sequence[PublishedTable]:
    text = files("affectgraph.evals.report").joinpath("published.toml").read_text(encoding="utf-8")
    return [PublishedTable.model_validate(table) for table in tomllib.loads(text)["table"]]
