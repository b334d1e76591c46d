"""Graph factories for LangGraph Server and Studio (`langgraph.json`). The server brings its own checkpointer.

Settings come from `affectgraph.toml` and the environment, as everywhere.
"""

from __future__ import annotations

from typing import Any

from affectgraph.graphs.loading import load

__all__ = ["appraise", "counsel", "empathy", "empathy_single", "gat", "gat_single", "gat_text", "perceive", "reading"]


def appraise() -> Any:
    """The compiled graph `appraise`."""
    return load("appraise").compiled


def counsel() -> Any:
    """The compiled graph `counsel`."""
    return load("counsel").compiled


def empathy() -> Any:
    """The compiled graph `empathy`."""
    return load("empathy").compiled


def empathy_single() -> Any:
    """The compiled graph `empathy_single`."""
    return load("empathy_single").compiled


def gat() -> Any:
    """The compiled graph `gat`."""
    return load("gat").compiled


def gat_single() -> Any:
    """The compiled graph `gat_single`."""
    return load("gat_single").compiled


def gat_text() -> Any:
    """The compiled graph `gat_text`."""
    return load("gat_text").compiled


def perceive() -> Any:
    """The compiled graph `perceive`."""
    return load("perceive").compiled


def reading() -> Any:
    """The compiled graph `reading`."""
    return load("reading").compiled
