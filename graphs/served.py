"""Graph factories for LangGraph Server and Studio (`langgraph.json`). The server brings its own checkpointer.

Settings come from `affectgraph.toml` and the environment, as everywhere. The server calls a factory at every run; each
graph is loaded once. `counsel` speaks in chat messages (`counsel_served`); the others take what `load` takes.
"""

from __future__ import annotations

import tempfile
import threading
from functools import cache
from pathlib import Path
from typing import Any

from affectgraph.graphs.loading import load

__all__ = ["appraise", "counsel", "empathy", "empathy_single", "gat", "gat_single", "gat_text", "perceive", "reading"]

_loading = threading.Lock()


def _compiled(name: str) -> Any:
    with _loading:  # two runs that begin together must not start two engines
        return _loaded(name)


@cache
def _loaded(name: str) -> Any:
    return _counsel() if name == "counsel" else load(name).compiled


def _counsel() -> Any:
    from langgraph.checkpoint.memory import InMemorySaver

    from affectgraph.graphs.counsel_served import serve
    from affectgraph.graphs.settings import load_settings

    settings = load_settings().settings
    files = Path(tempfile.gettempdir()).resolve()
    # What a client sends names no file of this machine.
    media = settings.media.model_copy(update={"roots": [files]})
    saver = InMemorySaver()
    graph = load("counsel", settings=settings.model_copy(update={"media": media}), checkpointer=saver)
    return serve(graph, saver, files)


def appraise() -> Any:
    """The compiled graph `appraise`."""
    return _compiled("appraise")


def counsel() -> Any:
    """The graph `counsel`, in chat messages."""
    return _compiled("counsel")


def empathy() -> Any:
    """The compiled graph `empathy`."""
    return _compiled("empathy")


def empathy_single() -> Any:
    """The compiled graph `empathy_single`."""
    return _compiled("empathy_single")


def gat() -> Any:
    """The compiled graph `gat`."""
    return _compiled("gat")


def gat_single() -> Any:
    """The compiled graph `gat_single`."""
    return _compiled("gat_single")


def gat_text() -> Any:
    """The compiled graph `gat_text`."""
    return _compiled("gat_text")


def perceive() -> Any:
    """The compiled graph `perceive`."""
    return _compiled("perceive")


def reading() -> Any:
    """The compiled graph `reading`."""
    return _compiled("reading")
