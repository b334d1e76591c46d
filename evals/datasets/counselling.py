"""Counselling dialogues in Chinese: SMILE (Qiu et al. 2023, arXiv 2305.00450) and CPsyCoun (2024, arXiv 2405.16433).

Both are written by models from real questions or case reports, so a counsellor's turn in them is a reference, not what
a person said. Layouts, JSON Lines: SMILE `{file, dialogue: [{role, content}]}`; CPsyCounE `{file, dialogue:
["求助者：..."]}`; CPsyCounD `{file, text}` with one `来访者：` or `心理咨询师：` before each turn.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from affectgraph.evals.datasets.items import Dataset, Item
from affectgraph.evals.datasets.layout import Record, collect, located, read_records

__all__ = ["Exchange", "load_cpsycoun", "load_smile"]

Exchange = Literal["last", "middle"]

_ROLES = {
    "client": "client",
    "counselor": "counsellor",
    "求助者": "client",
    "来访者": "client",
    "支持者": "counsellor",
    "心理咨询师": "counsellor",
}
_SPOKEN = re.compile(r"^\s*(求助者|来访者|支持者|心理咨询师)\s*[：:]", re.MULTILINE)
# "(breathing exercise)" on a line of its own is a stage direction that nobody said.
_DIRECTION = re.compile(r"^\s*（[^（）]*）\s*$", re.MULTILINE)
_Turn = dict[str, str]


def load_smile(
    folder: str | Path | None = None, file: str = "smile_sample.jsonl", exchange: Exchange = "last"
) -> Dataset:
    """One exchange of every SMILE dialogue.

    One item a dialogue, so that items are independent (our choice). `fields`: `text` (that client turn), `history` (the
    turns before, each `role`, client or counsellor, and `text`). `target`: the counsellor's reply, a list of one.
    `group`: the dialogue. Neighbouring turns of one role are one turn.

    Args:
        folder: that of the file; by default `smile` of the data folder.
        exchange: `last`, the last client turn that a counsellor turn follows, with the whole conversation as context
            (our choice; it is often a thank-you), or `middle`, the middle one of all such exchanges.

    Raises:
        DataMissing, SchemaError: as `affectgraph.evals.datasets.layout` says.
    """
    path = located(folder, "smile") / file
    return _load("SMILE", path, ((row, _messages(row)) for row in read_records(path, ("file", "dialogue"))), exchange)


def load_cpsycoun(
    folder: str | Path | None = None, file: str = "CPsyCounE.jsonl", exchange: Exchange = "last"
) -> Dataset:
    """One exchange of every CPsyCoun dialogue; as `load_smile`. Stage directions on their own line are left out.

    Args:
        file: `CPsyCounE.jsonl` (45, the topic is a slice) or a file of CPsyCounD.
    """
    path = located(folder, "cpsycoun") / file
    return _load("CPsyCoun", path, ((row, _spoken(row)) for row in read_records(path, ("file",))), exchange)


def _load(name: str, path: Path, dialogues: Iterable[tuple[Record, list[_Turn]]], exchange: Exchange) -> Dataset:
    items, dropped = [], {"no counsellor turn after a client turn": 0}
    for row, turns in dialogues:
        merged = _merged(turns)
        replies = [
            at
            for at in range(1, len(merged))
            if merged[at]["role"] == "counsellor" and merged[at - 1]["role"] == "client"
        ]
        if not replies:
            dropped["no counsellor turn after a client turn"] += 1
            continue
        at = replies[-1] if exchange == "last" else replies[len(replies) // 2]
        identifier = row.text("file")
        fields = {"text": merged[at - 1]["text"], "history": merged[: at - 1]}
        folders = identifier.split("/")
        slices = {"topic": folders[-2]} if folders[0] == "CPsyCounE" and len(folders) > 2 else {}
        items.append(Item(identifier, identifier, fields, [merged[at]["text"]], language="zh", slices=slices))
    return collect(name, f"{path.stem}/{exchange}", (path,), items, dropped=dropped)


def _merged(turns: list[_Turn]) -> list[_Turn]:
    merged: list[_Turn] = []
    for turn in turns:
        if merged and merged[-1]["role"] == turn["role"]:
            merged[-1]["text"] += "\n" + turn["text"]
        elif turn["text"]:
            merged.append(dict(turn))
    return merged


def _messages(row: Record) -> list[_Turn]:
    turns = []
    for number, message in enumerate(_listed(row), start=1):
        if not isinstance(message, dict):
            raise row.wrong("dialogue", "a list of objects with 'role' and 'content'", show=False)
        one = Record(row.file, f"{row.place}, turn {number}", message)
        role = one.choice("role", ("client", "counselor"))
        turns.append({"role": _ROLES[role], "text": one.text("content", empty=True)})
    return turns


def _spoken(row: Record) -> list[_Turn]:
    if "text" in row.values:
        column, text = "text", row.text("text")
    else:
        column = "dialogue"
        text = "\n".join(turn for turn in _listed(row) if isinstance(turn, str))
    parts = _SPOKEN.split(_DIRECTION.sub("", text))
    if parts[0].strip() or len(parts) == 1:
        raise row.wrong(column, "turns that begin with 来访者： or 心理咨询师：", show=False)
    return [
        {"role": _ROLES[role], "text": re.sub(r"\s*\n\s*", "\n", said.strip())}
        for role, said in zip(parts[1::2], parts[2::2], strict=True)
    ]


def _listed(row: Record) -> list[object]:
    value = row.values.get("dialogue")
    if not isinstance(value, list):
        raise row.wrong("dialogue", "a list of turns", show=False)
    return value
