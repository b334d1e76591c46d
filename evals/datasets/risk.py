"""Cases of risk and of none, and everyday sessions, for the safety screen: JSON Lines in the project's own layout.

A case is `{id, language, kind, category, level, conversation: [{role: person | counsellor, text}]}`; the label holds
for the person's last message in the light of what came before. A long text at risk may have `risk`, the sentences that
show it, word by word. A session is `{id, language, turns: [...]}`, the
person's messages or role and text as above, all without risk.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from affectgraph.evals.datasets.items import Dataset, Item
from affectgraph.evals.datasets.layout import Record, collect, read_records

__all__ = ["CATEGORIES", "load_cases", "load_sessions"]

# Names that case files use -> those of the screen.
CATEGORIES = {
    "none": "none",
    "suicide": "suicide",
    "self_harm": "self_harm",
    "violence": "violence",
    "psychosis_mania": "psychosis_or_mania",
    "psychosis_or_mania": "psychosis_or_mania",
    "substance": "substance",
    "abuse": "abuse",
    "over_reliance": "over_reliance",
}
_COLUMNS = ("id", "language", "kind", "category", "level", "conversation")
_ROLES = ("person", "counsellor")


def load_cases(paths: Sequence[str | Path], name: str = "Risk cases") -> Dataset:
    """The cases of one or more files.

    `fields`: `conversation` (role and text; the last is the person's), `text` (its last text), `risk` (the sentences
    of it that show the risk; empty where they are not marked). `target`: the level, 0-6. Slices: `kind`, `category`,
    `level`.

    Raises:
        DataMissing, SchemaError: as `affectgraph.evals.datasets.layout` says.
    """
    files = [Path(path) for path in paths]
    items = []
    for path in files:
        for row in read_records(path, _COLUMNS):
            conversation = _spoken(row, "conversation")
            if conversation[-1]["role"] != "person":
                raise row.wrong("conversation", "turns that end with one of the person", show=False)
            level = int(row.number("level", 0, 6))
            category = CATEGORIES[row.choice("category", tuple(CATEGORIES))]
            slices = {"kind": row.text("kind"), "category": category, "level": str(level)}
            language = row.choice("language", ("en", "zh"))
            fields = {
                "conversation": conversation,
                "text": conversation[-1]["text"],
                "risk": _marked(row, conversation[-1]["text"]),
            }
            identifier = row.code("id")
            items.append(Item(identifier, identifier, fields, level, language=language, slices=slices))
    return collect(name, "+".join(path.stem for path in files), files, items)


def load_sessions(path: str | Path) -> Dataset:
    """The benign sessions of a file.

    `fields`: `turns` (role and text). `target`: 0.

    Raises:
        DataMissing, SchemaError: as `affectgraph.evals.datasets.layout` says.
    """
    items = []
    for row in read_records(Path(path), ("id", "language", "turns")):
        fields = {"turns": _spoken(row, "turns")}
        identifier = row.code("id")
        items.append(Item(identifier, identifier, fields, 0, language=row.choice("language", ("en", "zh"))))
    return collect("Benign sessions", Path(path).stem, (Path(path),), items)


def _marked(row: Record, text: str) -> list[str]:
    marked = row.values.get("risk", [])
    if not isinstance(marked, list) or not all(isinstance(one, str) and one in text for one in marked):
        raise row.wrong("risk", "sentences of the last text, word by word", show=False)
    return marked


def _spoken(row: Record, column: str) -> list[dict[str, str]]:
    turns = row.values[column]
    if not isinstance(turns, list) or not turns:
        raise row.wrong(column, "a list of turns", show=False)
    spoken = []
    for number, turn in enumerate(turns, start=1):
        if isinstance(turn, str):
            spoken.append({"role": "person", "text": turn})
            continue
        if not isinstance(turn, dict):
            raise row.wrong(column, "texts, or objects with 'role' and 'text'", show=False)
        one = Record(row.file, f"{row.place}, turn {number}", turn)
        spoken.append({"role": one.choice("role", _ROLES), "text": one.text("text")})
    return spoken
