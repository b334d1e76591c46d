"""Stand-ins for tests on pictures: a model that fills any schema, one that rates by what it is told, and rated sets."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import numpy as np
from langchain_core.messages import BaseMessage
from PIL import Image
from pydantic import BaseModel

from affectgraph.backends.scoring import Distribution
from affectgraph.backends.scripted import ScriptedBackend

BRIGHTNESS = re.compile(r"^whole image: .*?brightness ([\d.]+) ", re.MULTILINE)


class AnyAnswer(ScriptedBackend):
    """Says the first option of every question, and fills every schema with what its types ask for."""

    replies: Any = ("The ground is grey.",)
    cycle: bool = True

    def choose(self, messages: Sequence[BaseMessage], options: Sequence[str], **kwargs: Any) -> Distribution:
        return Distribution.from_answer(tuple(options), options[0], 0.6)

    def fill(self, messages: Sequence[BaseMessage], schema: type[Any], **kwargs: Any) -> Any:
        return schema.model_validate(_filled(schema))


class ByBrightness(ScriptedBackend):
    """Calls a picture the more intense and pleasant the brighter it is, as far as it is told."""

    def choose(self, messages: Sequence[BaseMessage], options: Sequence[str], **kwargs: Any) -> Distribution:
        found = BRIGHTNESS.search("\n".join(str(message.text) for message in messages))
        assert found is not None
        share = float(found[1])
        places = np.linspace(0.0, 1.0, len(options))
        return Distribution.from_scores(tuple(options), [-8.0 * (place - share) ** 2 for place in places])


def _filled(kind: Any, place: int = 0, least: int = 0) -> Any:
    """Something of a type; the objects of a list differ by their `place` in it."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {name: _filled(one.annotation, place, _least(one.metadata)) for name, one in kind.model_fields.items()}
    if get_origin(kind) is list:
        return [_filled(get_args(kind)[0], number) for number in range(max(1, least))]
    if get_origin(kind) is Literal:
        options = get_args(kind)
        return options[place % len(options)]
    if get_origin(kind) is not None:  # Annotated, or a union
        return _filled(get_args(kind)[0], place, least)
    return {str: f"plain grey ground number {place} in the middle", float: 0.5, int: 1, bool: False}[kind]


def _least(rules: Sequence[Any]) -> int:
    return max((getattr(rule, "min_length", None) or 0 for rule in rules), default=0)


def write_rated(folder: Path, rows: Sequence[dict[str, Any]], greys: Sequence[int] | None = None) -> Path:
    """A folder with `ratings.csv` and one small even picture a row."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, row in enumerate(rows):
        grey = greys[number] if greys is not None else 128
        Image.new("RGB", (24, 16), (grey, grey, grey)).save(folder / row["image"])
    return write_ratings(folder, rows)


def write_ratings(folder: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """Only the table."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "ratings.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return folder
