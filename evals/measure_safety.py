"""`python -m affectgraph.evals.measure_safety CASES... [--sessions FILE]`: recall and false alarms of the screen.

No chat model is asked; `--no-reader` leaves the tuned reader out. Prints ids, never texts.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from affectgraph.backends import weights
from affectgraph.backends.errors import AffectgraphError
from affectgraph.evals.datasets.items import Item
from affectgraph.evals.datasets.risk import load_cases, load_sessions
from affectgraph.evals.pasting import pasted
from affectgraph.evals.safety_figures import (
    Alarms,
    Recall,
    Share,
    alarms,
    as_json,
    assessed_cases,
    assessed_sessions,
    recall,
)
from affectgraph.tools.safety import Voices
from affectgraph.tools.tuned import WEIGHTS, tuned_reader

__all__ = ["main", "voices_of"]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    given = _parser().parse_args(arguments)
    console = Console()
    try:
        voices = voices_of(reader=not given.no_reader, learned=not given.rules_only)
        items: Sequence[Item] = load_cases(given.cases).items
        if given.among:
            items = pasted(items, load_sessions(given.among).items)
        cases = assessed_cases(_shown(items, "cases"), voices, midway=given.midway)
        played = _shown(load_sessions(given.sessions).items, "sessions") if given.sessions else None
        sessions = None if played is None else assessed_sessions(played, voices)
    except AffectgraphError as error:
        Console(stderr=True).print(f"[red]{error}[/red]")
        return error.exit_code
    found, raised = recall(cases), alarms(cases, sessions)
    if given.json:
        console.print_json(json.dumps({"recall": as_json(found), "false_alarms": as_json(raised)}))
        return 0
    console.print(_recall_table(found))
    console.print(_alarm_table(raised))
    console.print(f"missed: {' '.join(found.missed) or 'none'}", markup=False)
    console.print(f"false alarms: {' '.join(raised.raised) or 'none'}", markup=False)
    return 0


def voices_of(*, reader: bool, learned: bool = True) -> Voices:
    """Rules, and what is asked for; no weights are loaded before the first text.

    Raises:
        MissingDependency: the reader is asked for and its weights are not installed.
    """
    if not reader or not learned:
        return Voices(learned=learned)
    for known in WEIGHTS:
        weights.require(known)
    return Voices(reader=tuned_reader)


def _shown(items: Sequence[Item], name: str) -> Iterable[Item]:
    """The items, with a bar on a terminal: minutes with the reader."""
    console = Console(stderr=True)
    return track(items, description=name, console=console, transient=True, disable=not console.is_terminal)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m affectgraph.evals.measure_safety", description=__doc__)
    parser.add_argument("cases", nargs="+", type=Path, help="files of cases, JSON Lines")
    parser.add_argument("--sessions", type=Path, help="a file of sessions without risk")
    parser.add_argument("--midway", action="store_true", help="cases that stand alone come after a usual reply")
    parser.add_argument(
        "--among",
        type=Path,
        help="a file of sessions without risk: each case that stands alone is put among one to three of their messages",
    )
    parser.add_argument("--no-reader", action="store_true", help="rules and n-grams alone")
    parser.add_argument("--rules-only", action="store_true", help="the rules alone")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    return parser


def _recall_table(found: Recall) -> Table:
    table = _table("Recall, level 2-6")
    _row(table, "all", found.pooled)
    _row(table, "by the last message alone", found.alone)
    _row(table, "4-6 held at 4 or above", found.crisis)
    _rows(table, "voice", found.by_voice)
    for name, shares in found.by.items():
        _rows(table, name, shares)
    return table


def _alarm_table(found: Alarms) -> Table:
    table = _table("False alarms, level 2 or above")
    _row(table, "all", found.pooled)
    _row(table, "by the last message alone", found.alone)
    _row(table, "at 4 or above", found.crisis)
    for name, shares in found.by.items():
        _rows(table, name, shares)
    for name, share in (("messages", found.messages), ("any", found.sessions), ("held at the end", found.held)):
        if share is not None:
            _row(table, f"sessions: {name}", share)
    return table


def _table(title: str) -> Table:
    table = Table(title=title, title_justify="left")
    for column in ("of", "hits", "n", "share", "95 %"):
        table.add_column(column, justify="left" if column == "of" else "right")
    return table


def _rows(table: Table, name: str, shares: Mapping[str, Share]) -> None:
    for value, share in shares.items():
        _row(table, f"{name}: {value}", share)


def _row(table: Table, name: str, share: Share) -> None:
    if not share.n:
        return
    ends = f"{share.low:.1%} - {share.high:.1%}"
    table.add_row(name, str(share.hits), str(share.n), f"{share.value:.1%}", ends)


if __name__ == "__main__":
    sys.exit(main())
