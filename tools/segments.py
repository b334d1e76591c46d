"""A text as numbered segments, so that a model can cite and code can quote.

A segment is one sentence, or several short ones of one paragraph, with its offsets in the original text: the quote
that code fills in for a cited id is always the person's own words, character by character.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Segment", "listing", "quote", "segment"]

# The end of a sentence: closing punctuation, possibly followed by quotes or brackets. A full stop counts only before
# white space or the end, so that "3.5" and "e.g.x" stay whole.
_END = re.compile(r"(?:[。！？…]+|[.!?]+(?=[\s\"'”’)\]]|$))[\"'”’」』)\]]*|\n+")
_ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs|e\.g|i\.e|etc)\.\Z")
# Our choice: long enough to hold a thought, short enough to be quoted. A CJK character says as much as two letters.
_AIM = 160
_LIMIT = 400


class Segment(BaseModel):
    """A piece of the text.

    Attributes:
        id: `s1`, `s2`, ... in reading order.
        start: offset of its first character in the original text.
        end: offset after its last character.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    start: int = Field(ge=0)
    end: int = Field(gt=0)


def segment(text: str) -> list[Segment]:
    """Split `text` into segments that cover all of it but white space.

    Short sentences of one paragraph are joined up to about 160 letters (80 CJK characters); a run without punctuation
    is cut at 400 characters, at white space where possible.

    Returns:
        Segments in reading order; none for a blank text.
    """
    spans: list[tuple[int, int]] = []
    for start, end, opens_paragraph in _sentences(text):
        joined = _width(text, spans[-1][0], end) if spans else 0
        if spans and not opens_paragraph and joined <= _AIM:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.extend(_cut(text, start, end))
    return [Segment(id=f"s{number}", start=start, end=end) for number, (start, end) in enumerate(spans, 1)]


def quote(text: str, part: Segment) -> str:
    """The person's own words of a segment."""
    return text[part.start : part.end]


def listing(text: str, parts: Sequence[Segment]) -> str:
    """The segments as a model reads them: one a line, each after its id in brackets."""
    return "\n".join(f"[{part.id}] {quote(text, part)}" for part in parts)


def _sentences(text: str) -> list[tuple[int, int, bool]]:
    found: list[tuple[int, int, bool]] = []
    start, opens = 0, True
    for match in _END.finditer(text):
        if _ABBREVIATION.search(text, max(start, match.end() - 8), match.end()):
            continue
        trimmed = _trim(text, start, match.end())
        if trimmed:
            found.append((*trimmed, opens))
            opens = False
        opens = opens or "\n" in match.group()
        start = match.end()
    trimmed = _trim(text, start, len(text))
    if trimmed:
        found.append((*trimmed, opens))
    return found


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    piece = text[start:end]
    if not piece.strip():
        return None
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())


def _width(text: str, start: int, end: int) -> int:
    return end - start + sum(1 for char in text[start:end] if ord(char) >= 0x2E80)


def _cut(text: str, start: int, end: int) -> list[tuple[int, int]]:
    pieces = []
    while end - start > _LIMIT:
        space = text.rfind(" ", start + _AIM, start + _LIMIT)
        stop = space if space > 0 else start + _LIMIT
        trimmed = _trim(text, start, stop)
        if trimmed:
            pieces.append(trimmed)
        start = stop
    trimmed = _trim(text, start, end)
    return [*pieces, trimmed] if trimmed else pieces
