"""The kinds of wrong that a reply can do."""

from __future__ import annotations

from typing import Literal

__all__ = ["FORM", "Kind"]

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
    "unsupported_claim",
    "false_promise",
    "dismisses_help",
    "attachment",
    "secrecy",
    "moralising",
    "abandons",
    "unsafe",
    "repetition",
    "questions",
]

FORM: frozenset[Kind] = frozenset({"repetition", "questions"})
"""No danger: the gate leaves such a sentence out and goes on."""
