"""A stored session as a person reads it: the conversation, its labels alone, or Markdown.

Reads the state as it is stored, so that a session of any graph that keeps a `history` can be shown, whatever else its
state holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from affectgraph.graphs.checkpoints import SessionRow

__all__ = ["as_markdown", "clean", "conversation", "held_level", "labels", "turns_of"]

State = Mapping[str, Any]
# Control characters of a text that is not ours could move the cursor or hide what is there.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """`text` without characters that steer a terminal."""
    return _CONTROL.sub("", text)


def turns_of(state: State) -> list[dict[str, Any]]:
    """The finished turns, in order; each has `text`, `reply`, and where they are known `level` and `source`.

    Of a graph that keeps no history there is the last one.
    """
    if "history" in state:
        return list(state["history"])
    said = {"text": state.get("text"), "reply": state.get("reply")}
    return [said] if all(isinstance(part, str) for part in said.values()) else []


def held_level(state: State) -> int | None:
    """The level of risk that holds for the conversation; of a graph that holds none, that of the last turn."""
    if state.get("watch"):
        return int(state["watch"]["level"])
    turns = turns_of(state)
    return turns[-1].get("level") if turns else None


def conversation(state: State) -> RenderableType:
    """Who said what, in order."""
    parts: list[RenderableType] = []
    for number, turn in enumerate(turns_of(state), 1):
        parts.append(Text(f"{number}  {_labelled(turn)}", style="dim"))
        if turn["text"]:  # a human may write without being spoken to
            parts.append(Text.assemble(("you", "bold"), " > ", clean(turn["text"])))
        parts.append(Padding(Text(clean(turn["reply"]), style="green"), (0, 0, 1, 2)))
    waiting = _unanswered(state)
    if waiting:
        parts.append(Text.assemble(("you", "bold"), " > ", clean(waiting), ("  (not answered yet)", "dim")))
    return Group(*parts) if parts else Text("No conversation is stored; `affectgraph sessions export` shows what is.")


def labels(state: State) -> Table:
    """What was decided at each turn, without any text."""
    table = Table(box=None, header_style="bold")
    for name in ("turn", "level", "characters"):
        table.add_column(name, justify="right")
    table.add_column("reply")
    for number, turn in enumerate(turns_of(state), 1):
        table.add_row(
            str(number), _known(turn.get("level")), f"{len(turn['text']):,}", _known(turn.get("source")) or "unknown"
        )
    waiting = _unanswered(state)
    if waiting:
        table.add_row(str(len(turns_of(state)) + 1), "", f"{len(waiting):,}", "not answered yet")
    return table


def as_markdown(row: SessionRow, state: State) -> str:
    """The conversation as a Markdown document."""
    lines = [f"# Session {row.name}", "", f"- graph: {row.graph or 'unknown'}", f"- created: {row.created}"]
    lines += [f"- last change: {row.changed}", f"- turns: {row.turns}", ""]
    for number, turn in enumerate(turns_of(state), 1):
        lines += [f"## Turn {number}", "", f"*{_labelled(turn)}*", ""]
        if turn["text"]:
            lines += ["**Person**", "", *_quoted(turn["text"]), ""]
        lines += ["**Reply**", "", *_quoted(turn["reply"]), ""]
    waiting = _unanswered(state)
    if waiting:
        lines += ["## Not answered yet", "", "**Person**", "", *_quoted(waiting), ""]
    return "\n".join(lines)


def _unanswered(state: State) -> str:
    """The text of a turn that was stopped: it is there, and is not the last that was answered."""
    said, text = [turn["text"] for turn in turns_of(state) if turn["text"]], str(state.get("text") or "")
    answered = bool(said) and said[-1] == text and state.get("reply") is not None
    return "" if answered else text


def _labelled(turn: Mapping[str, Any]) -> str:
    parts = [f"level {turn['level']}"] if turn.get("level") is not None else []
    return " · ".join([*parts, *([f"reply: {turn['source']}"] if turn.get("source") else [])])


def _known(value: Any) -> str:
    return "" if value is None else str(value)


def _quoted(text: str) -> list[str]:
    return [f"> {line}".rstrip() for line in clean(text).splitlines()]
