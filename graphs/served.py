"""Graph factories for LangGraph Server and Studio (`langgraph.json`). The server brings its own checkpointer.

Settings come from `affectgraph.toml` and the environment, as everywhere. The server calls a factory at every run, and
in its event loop, where nothing may wait for a file: each graph is loaded once, in a thread. `counsel` speaks in chat
messages (`counsel_served`); the others take what `load` takes.
"""

from __future__ import annotations

import asyncio
import tempfile
import threading
from functools import cache
from pathlib import Path
from typing import Any

from affectgraph.graphs.loading import load

__all__ = ["appraise", "counsel", "empathy", "empathy_single", "gat", "gat_single", "gat_text", "perceive", "reading"]

_loading = threading.Lock()


async def _compiled(name: str) -> Any:
    return await asyncio.to_thread(_once, name)


def _once(name: str) -> Any:
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


async def appraise() -> Any:
    """The compiled graph `appraise`."""
    return await _compiled("appraise")


async def counsel() -> Any:
    """The graph `counsel`, in chat messages."""
    return await _compiled("counsel")


async def empathy() -> Any:
    """The compiled graph `empathy`."""
    return await _compiled("empathy")


async def empathy_single() -> Any:
    """The compiled graph `empathy_single`."""
    return await _compiled("empathy_single")


async def gat() -> Any:
    """The compiled graph `gat`."""
    return await _compiled("gat")


async def gat_single() -> Any:
    """The compiled graph `gat_single`."""
    return await _compiled("gat_single")


async def gat_text() -> Any:
    """The compiled graph `gat_text`."""
    return await _compiled("gat_text")


async def perceive() -> Any:
    """The compiled graph `perceive`."""
    return await _compiled("perceive")


async def reading() -> Any:
    """The compiled graph `reading`."""
    return await _compiled("reading")
