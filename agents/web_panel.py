"""What stands beside the conversation as HTML: the chain, the chart of feelings, media, resources, the notice.

Everything that a person or a model wrote is escaped by the template.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from affectgraph.agents.web_plot import plot
from affectgraph.agents.web_words import LANGUAGES, Words
from affectgraph.graphs.empathy_types import Turn
from affectgraph.graphs.steps import TraceEntry
from affectgraph.tools.safety import Category, Posture, resources, told

__all__ = [
    "banner",
    "chain",
    "export_link",
    "feelings",
    "header",
    "help_head",
    "help_lines",
    "media",
    "notice",
    "standing",
    "status",
]

_LINK = re.compile(r"https?://[^\s，。；,;)]+[^\s，。；,;).]")
# Nodes without interest for the person.
_QUIET = ("condense", "segment")
_BARS = 5
# Less is shown as 0 %.
_LEAST = 0.005
# What took less is not worth a number.
_LONG_MS = 50


def chain(w: Words, entries: Sequence[TraceEntry], values: Mapping[str, Any], running: str = "") -> str:
    """The nodes as they decided, and the four layers.

    Args:
        w: the texts.
        entries: of the nodes that are done.
        values: what they set, as JSON primitives.
        running: the node at work.
    """
    steps = [
        {
            "name": w.nodes.get(entry.node, entry.node),
            "told": _told(w, entry),
            "seconds": f"{entry.milliseconds / 1000:.1f}" if entry.milliseconds >= _LONG_MS else None,
            "running": False,
        }
        for entry in entries
        if entry.node not in _QUIET
    ]
    if running:
        steps.append({"name": w.nodes.get(running, running), "told": "", "seconds": None, "running": True})
    return _drawn("chain", w, steps, _layers(w, values))


def _told(w: Words, entry: TraceEntry) -> str:
    """The one thing that a node decided and that a bar below does not show."""
    decided = entry.decided
    if entry.node == "screen":
        level = decided.get("level")
        return w.levels[level] if isinstance(level, int) else ""
    if entry.node == "recall":
        return str(decided.get("recalled", ""))
    return ""


def _layers(w: Words, values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if one := values.get("emotions_and_context"):
        found["emotions_and_context"] = {
            "emotions": [(w.emotion(label), share) for label, share in _most(one["emotions"]["probabilities"])],
            "intensity": w.strength.get(_top(one["intensity"]["probabilities"]), ""),
            "situation": one["situation"],
        }
    if two := values.get("causes_and_beliefs"):
        found["causes_and_beliefs"] = two
    if three := values.get("intent"):
        found["intent"] = [(w.sought(label), share) for label, share in _most(three["intent"]["probabilities"])]
    if four := values.get("strategy"):
        found["strategy"] = four["moves"]
    if reply := values.get("reply"):
        found["source"] = w.sources.get(reply["source"], "")
    return found


def _most(shares: Mapping[str, float]) -> list[tuple[str, float]]:
    found = sorted(shares.items(), key=lambda item: -item[1])[:_BARS]
    return [(label, share) for label, share in found if share >= _LEAST]


def _top(shares: Mapping[str, float]) -> str:
    return max(shares, key=lambda label: shares[label])


def feelings(w: Words, history: Sequence[Turn]) -> str:
    """The chart of the conversation, and the same as a table."""
    return _drawn("feelings", w, plot(history))


def media(w: Words, heard: Sequence[Mapping[str, Any]], perceived: Sequence[Mapping[str, Any]]) -> str:
    """What was understood of pictures and recordings, how each modality was read, and whether they disagree."""
    return _drawn("media", w, heard, perceived)


def banner(
    w: Words,
    posture: Posture,
    country: str | None,
    *,
    minor: bool = False,
    categories: Sequence[Category] = (),
) -> str:
    """Where to turn, as an alert; empty where nothing calls for it."""
    return _drawn("banner", w, posture, _contacts(w, country, minor, categories))


def help_head(w: Words) -> str:
    """What stands above them."""
    return _drawn("help_head", w)


def help_lines(w: Words, country: str | None, *, minor: bool = False) -> str:
    """Where to turn, for the panel that is always at hand."""
    return _drawn("help", w, _contacts(w, country, minor, ()))


def _contacts(
    w: Words, country: str | None, minor: bool, categories: Sequence[Category]
) -> list[list[dict[str, str | None]]]:
    text = told(resources(country, minor=minor, categories=categories), w.language)
    return [_linked(line.strip().removeprefix("- ")) for line in text.splitlines() if line.strip()]


def _linked(line: str) -> list[dict[str, str | None]]:
    parts: list[dict[str, str | None]] = []
    end = 0
    for found in _LINK.finditer(line):
        parts += [{"text": line[end : found.start()], "href": None}, {"text": found.group(), "href": found.group()}]
        end = found.end()
    return [*parts, {"text": line[end:], "href": None}]


def status(w: Words, text: str, kind: str = "") -> str:
    """A line that says what is going on; `kind` is `problem` where something went wrong."""
    return _drawn("status", w, text, kind) if text else ""


def export_link(w: Words, session: str) -> str:
    """Where the conversation is downloaded."""
    return _drawn("export_link", w, session)


def header(w: Words) -> str:
    """The top of the page."""
    return _drawn("header", w, next(other for other in LANGUAGES if other != w.language))


def standing(w: Words) -> str:
    """What is always said below the box."""
    return _drawn("standing", w)


def notice(w: Words, lines: Sequence[str]) -> str:
    """What a person should know before they write."""
    return _drawn("notice", w, lines)


def _drawn(macro: str, *values: Any) -> str:
    return str(getattr(_template(), macro)(*values)).strip()


@cache
def _template() -> Any:
    from jinja2 import Environment

    # Not `select_autoescape`: everything that is drawn here is HTML.
    environment = Environment(autoescape=True, trim_blocks=True)
    source = Path(__file__).with_name("web_panel.html.j2").read_text(encoding="utf-8")
    return environment.from_string(source).module
