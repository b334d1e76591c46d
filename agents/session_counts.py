"""Numbers about the stored sessions: how many, how long, how large, how answered. No text and no names."""

from __future__ import annotations

import json
import statistics
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from affectgraph.agents.session_text import held_level, turns_of
from affectgraph.agents.sessions import opened, session_file
from affectgraph.graphs.checkpoints import last_state, session_rows, waiting_sessions
from affectgraph.graphs.settings import Settings

__all__ = ["SessionCounts", "count_sessions", "show_counts"]

UNKNOWN = "unknown"


class SessionCounts(BaseModel):
    """What can be counted.

    Attributes:
        sessions: all; `of_browsers`: those of the web page; `waiting`: those that wait for a human.
        turns: texts of the person that were kept; `turns_median` and `turns_most`: of a session.
        graphs: sessions by the graph that ran last.
        levels: finished turns that the history still has, by level of risk; `held`: sessions by the level that holds.
        sources: the same turns by where the reply came from (model, composed, fallback, mixed, template, human).
        file_bytes: the file with its journal; `state_bytes_median` and `state_bytes_most`: last state of a session.
    """

    sessions: int
    of_browsers: int
    waiting: int
    turns: int
    turns_median: float
    turns_most: int
    graphs: dict[str, int]
    levels: dict[str, int]
    held: dict[str, int]
    sources: dict[str, int]
    file_bytes: int
    state_bytes_median: float
    state_bytes_most: int

    def shares(self) -> dict[str, float]:
        """Shares of the reply sources that are known, in percent."""
        known = {name: count for name, count in self.sources.items() if name != UNKNOWN}
        return {name: 100 * count / sum(known.values()) for name, count in known.items()}


def count_sessions(settings: Settings) -> SessionCounts:
    """Count over everyone's sessions.

    Raises:
        CheckpointError: the sessions cannot be opened.
    """
    with opened(settings) as saver:
        rows, waiting = session_rows(saver, None), waiting_sessions(saver)
        levels: Counter[str] = Counter()
        held: Counter[str] = Counter()
        sources: Counter[str] = Counter()
        for row in rows:
            state = last_state(saver, row)
            turns = turns_of(state)
            levels.update(_named(turn.get("level")) for turn in turns)
            sources.update(_named(turn.get("source")) for turn in turns)
            held[_named(held_level(state))] += 1
        sizes = _state_sizes(saver)
        file_bytes = _file_bytes(session_file(settings))
    turns_each = [row.turns for row in rows]
    return SessionCounts(
        sessions=len(rows),
        of_browsers=sum(bool(row.owner) for row in rows),
        waiting=len(waiting),
        turns=sum(turns_each),
        turns_median=_median(turns_each),
        turns_most=max(turns_each, default=0),
        graphs=_sorted(Counter(_named(row.graph) for row in rows)),
        levels=_sorted(levels),
        held=_sorted(held),
        sources=_sorted(sources),
        file_bytes=file_bytes,
        state_bytes_median=_median(sizes),
        state_bytes_most=max(sizes, default=0),
    )


def show_counts(settings: Settings, *, as_json: bool = False) -> None:
    """Print the counts as a table, or as JSON."""
    counts = count_sessions(settings)
    if as_json:
        sys.stdout.write(json.dumps({**counts.model_dump(), "shares": counts.shares()}, indent=2) + "\n")
        return
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    shares = counts.shares()
    table.add_row("sessions", f"{counts.sessions:,} ({counts.of_browsers:,} of browsers)")
    table.add_row("waiting for a human", f"{counts.waiting:,}")
    table.add_row(
        "turns", f"{counts.turns:,}; of a session {counts.turns_median:g} (median), {counts.turns_most} (most)"
    )
    table.add_row("graphs", _told(counts.graphs))
    table.add_row("turns by level", _told(counts.levels))
    table.add_row("sessions by level held", _told(counts.held))
    table.add_row("replies by source", _told(counts.sources, shares))
    table.add_row("file", f"{_kilo(counts.file_bytes)}; a state {_kilo(counts.state_bytes_median)} (median), "
                          f"{_kilo(counts.state_bytes_most)} (most)")  # fmt: skip
    Console().print(table)


def _told(counts: dict[str, int], shares: dict[str, float] | None = None) -> str:
    known = shares or {}
    return " · ".join(
        f"{name}: {count:,}" + (f" ({known[name]:.1f} %)" if name in known else "") for name, count in counts.items()
    )


def _named(value: Any) -> str:
    return UNKNOWN if value is None or value == "" else str(value)


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _median(numbers: Sequence[int]) -> float:
    return float(statistics.median(numbers)) if numbers else 0.0


def _state_sizes(saver: Any) -> list[int]:
    with saver.cursor(transaction=False) as cursor:
        found = cursor.execute(
            "SELECT length(checkpoint), max(checkpoint_id) FROM checkpoints WHERE checkpoint_ns = '' GROUP BY thread_id"
        )
        return [row[0] for row in found.fetchall()]


def _file_bytes(path: Path) -> int:
    parts = (path, path.with_name(f"{path.name}-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())


def _kilo(size: float) -> str:
    return f"{size / 1024:,.1f} KiB"
