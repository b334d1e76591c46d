"""What every graph that reads a text shares: what it accepts as one, and what stands for no text at all."""

from __future__ import annotations

import unicodedata

from affectgraph.tools.questions import NOTHING

__all__ = ["LONGEST_TEXT", "NOTHING", "checked_text"]

# Paper (Empathy-R1): long counselling texts. Our limit; the node `condense` handles what a model cannot read at once.
LONGEST_TEXT = 20_000


def checked_text(text: str) -> str:
    """`text` itself.

    Raises:
        ValueError: it is empty, too long or binary; says what to give instead.
    """
    if not text.strip():
        raise ValueError("the text is empty; give at least one sentence")
    if len(text) > LONGEST_TEXT:
        raise ValueError(
            f"the text has {len(text):,} characters, the limit is {LONGEST_TEXT:,}; give it in parts "
            "(a chat session keeps them together)"
        )
    controls = sum(1 for char in text if unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\r\t")
    if controls > len(text) // 200:
        raise ValueError(f"the text looks binary ({controls} control characters); give plain text")
    return text
