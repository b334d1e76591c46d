"""Choosing the segments of a text that is too long for a model: extractive, by code, in reading order.

Our choice of score, built for counselling texts: a segment matters when it shares its words with the rest of the text
(centrality, as in Luhn 1958), speaks of the self, names a feeling, or asks for something; the opening is always
kept and the close where it fits, because they hold the situation and the request. No model is involved, so no word
is changed.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

from affectgraph.tools.segments import Segment, quote

__all__ = ["condense"]

_WORDS = re.compile(r"[^\W\d_]{2,}|[\u4e00-\u9fff]")
_SELF = re.compile(r"\b(?:I|me|my|myself|I'm|I've)\b|我|自己", re.IGNORECASE)
_FEELING = re.compile(
    r"\b(?:feel|feeling|felt|afraid|scared|angry|guilty?|ashamed|lonely|alone|sad|cry|crying|tired|exhausted|hurt|"
    r"hate|love|hope|worr(?:y|ied)|anxious|hopeless|overwhelmed|lost|numb)\b"
    r"|觉得|感到|难过|伤心|害怕|生气|愤怒|内疚|愧疚|孤独|累|哭|痛苦|绝望|焦虑|失望|委屈|希望|担心",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"[?？]|\b(?:help|advice|should I|what do I|how do I|I need|I want|I wish)\b|怎么办|该不该|帮|想要|需要",
    re.IGNORECASE,
)


def condense(text: str, segments: Sequence[Segment], budget: int, count_tokens: Callable[[str], int]) -> list[Segment]:
    """The segments to keep so that their tokens fit into `budget`.

    Args:
        text: the original text.
        segments: all its segments, in reading order.
        budget: tokens that the kept segments may take.
        count_tokens: the tokenizer of the model that will read them.

    Returns:
        Kept segments in reading order, at least one (the first), even where that alone is over the budget.
    """
    costs = {part.id: count_tokens(quote(text, part)) for part in segments}
    ends = [segments[0], segments[-1]]
    ranked = sorted(segments[1:-1], key=_scores(text, segments).__getitem__, reverse=True)
    kept: set[str] = set()
    spent = 0
    for part in [*ends, *ranked]:
        if part.id not in kept and (spent + costs[part.id] <= budget or not kept):
            kept.add(part.id)
            spent += costs[part.id]
    return [part for part in segments if part.id in kept]


def _scores(text: str, segments: Sequence[Segment]) -> dict[Segment, float]:
    words = {part: [word.lower() for word in _WORDS.findall(quote(text, part))] for part in segments}
    spread = Counter(word for found in words.values() for word in set(found))
    # A word of a single segment says nothing of the whole, one of nearly every segment is grammar.
    ceiling = max(2, len(segments) // 3)
    useful = {word for word, count in spread.items() if 2 <= count <= ceiling}
    scores = {}
    for part, found in words.items():
        central = sum(math.log1p(spread[word]) for word in set(found) & useful) / math.sqrt(len(found) + 1)
        piece = quote(text, part)
        scores[part] = (
            central
            + 0.5 * bool(_SELF.search(piece))
            + 1.0 * bool(_FEELING.search(piece))
            + 1.0 * bool(_ASKING.search(piece))
        )
    return scores
