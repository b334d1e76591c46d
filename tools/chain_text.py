"""The single-prompt form of Chain-of-Empathy: reading `<empathy_think> <L1>..</L1> ... </empathy_think>
<answer>..</answer>`.

Source: Empathy-R1 (arXiv 2509.14851). The strict reader is the paper's format reward: all four layers and the answer,
in order, nothing else. The tolerant reader, ours, takes what small models write: missing end tags, other letter case,
text around.
"""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict

__all__ = ["ChainText", "read_strict", "read_tolerant"]

LAYERS = ("L1", "L2", "L3", "L4")
_STRICT = re.compile(
    r"\s*<empathy_think>\s*"
    + r"\s*".join(rf"<{name}>(?P<{name}>.*?)</{name}>" for name in LAYERS)
    + r"\s*</empathy_think>\s*<answer>(?P<answer>.*?)</answer>\s*",
    re.DOTALL,
)
_ANY_TAG = re.compile(r"</?\s*(?:empathy_think|answer|L[1-4])\s*>", re.IGNORECASE)


class ChainText(BaseModel):
    """The four layers and the answer as text; empty where the tolerant reader found none."""

    model_config = ConfigDict(frozen=True)

    L1: str = ""
    L2: str = ""
    L3: str = ""
    L4: str = ""
    answer: str = ""

    @property
    def complete(self) -> bool:
        """All five parts hold text."""
        return all((self.L1, self.L2, self.L3, self.L4, self.answer))


def read_strict(text: str) -> ChainText | None:
    """The parts of a text in exactly the paper's form, or None. A part that is blank or holds a tag is no match."""
    match = _STRICT.fullmatch(text)
    if match is None:
        return None
    parts = {name: match[name].strip() for name in (*LAYERS, "answer")}
    if any(not part or _ANY_TAG.search(part) for part in parts.values()):
        return None
    return ChainText(**parts)


def read_tolerant(text: str) -> ChainText:
    """Whatever parts can be told apart. A part ends at its end tag, at the next tag, or at the end.

    Without an `<answer>` tag the answer is what follows `</empathy_think>`, or the whole text when there is no tag at
    all.
    """
    parts = {name: _part(text, name) for name in LAYERS}
    answer = _part(text, "answer")
    if not answer:
        after = re.split(r"</\s*empathy_think\s*>", text, maxsplit=1, flags=re.IGNORECASE)
        if len(after) == 2:
            answer = _ANY_TAG.sub("", after[1]).strip()
        elif not _ANY_TAG.search(text):
            answer = text.strip()
    return ChainText(**parts, answer=answer)


def _part(text: str, name: str) -> str:
    opening = re.search(rf"<\s*{name}\s*>", text, re.IGNORECASE)
    if opening is None:
        return ""
    closing = _ANY_TAG.search(text, opening.end())
    return text[opening.end() : closing.start() if closing else len(text)].strip()
