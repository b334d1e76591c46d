"""A short text as clauses: the pieces that one rating of an event can rest on.

Finer than `segments`, which aims at a thought of 160 letters: the events of appraisal sets are a sentence or two. Our
choice: a clause ends at the end of a sentence, at a comma, semicolon, colon or dash, and before a conjunction; pieces
of fewer than three words (four CJK characters) join the one before.
"""

from __future__ import annotations

import re

from affectgraph.tools.segments import Segment

__all__ = ["clauses"]

_BREAK = re.compile(
    r"[.!?;:,](?=[\s\"'”’)\]]|$)[\"'”’)\]]*\s*|[。！？…；：，、]+|\n+|\s+[–—-]+\s+"
    r"|\s+(?=(?:and|but|because|when|while|so|after|before|although|since|which|who)\s)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_][\w'’]*")
_FEWEST, _FEWEST_CJK = 3, 4


def clauses(text: str) -> list[Segment]:
    """Split `text` into clauses `c1`, `c2`, ... in reading order, with offsets into it.

    Returns:
        At least one clause, unless the text is blank; white space and the punctuation between them is in none.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for end, after in [*((match.start(), match.end()) for match in _BREAK.finditer(text)), (len(text), len(text))]:
        piece = text[start:end]
        left, right = start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
        if left < right:
            if spans and _is_short(text[left:right]):
                spans[-1] = (spans[-1][0], right)
            else:
                spans.append((left, right))
        start = after
    if len(spans) > 1 and _is_short(text[slice(*spans[0])]):
        spans[:2] = [(spans[0][0], spans[1][1])]
    if not spans and text.strip():  # nothing but punctuation
        spans = [(len(text) - len(text.lstrip()), len(text.rstrip()))]
    return [Segment(id=f"c{number}", start=left, end=right) for number, (left, right) in enumerate(spans, 1)]


def _is_short(piece: str) -> bool:
    wide = sum(1 for char in piece if ord(char) >= 0x2E80)
    return wide < _FEWEST_CJK if wide else len(_WORD.findall(piece)) < _FEWEST
