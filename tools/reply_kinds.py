"""The kinds of wrong that a reply can do."""

from __future__ import annotations

from typing import Literal

__all__ = ["Kind"]

Kind = Literal[
    "blame",
    "medication",
    "diagnosis",
    "minimising",
    "poses_as_human",
    "echo",
    "wrong_language",
    "method",
    "leak",
    "agrees_with_hopelessness",
]
