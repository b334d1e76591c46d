"""Reading which of a closed set of words a freely written answer gives. An answer that names none, or several, is
unparseable: a guess would score a wrong answer as right."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

__all__ = ["read_answer"]


def read_answer(answer: str, words: Sequence[str]) -> int | None:
    """Index of the word that `answer` gives; None where no single one can be told.

    A word inside a longer listed one does not count there ("bad" in "very bad"). Only the first line with any letter is
    read: small models go on writing after they have answered.
    """
    lines = [line for line in _plain(answer).split("\n") if any(char.isalnum() for char in line)]
    if not lines:
        return None
    line = lines[0]
    found: list[tuple[int, int, int]] = []
    for index, word in enumerate(words):
        found += [(match.start(), match.end(), index) for match in re.finditer(_pattern(_plain(word)), line)]
    maximal = {
        index
        for start, end, index in found
        if not any(s <= start and end <= e and e - s > end - start for s, e, _ in found)
    }
    return maximal.pop() if len(maximal) == 1 else None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


# A letter or digit of a script that puts spaces between words.
_SPACED = r"[^\W\u2e80-\U0010ffff]"


def _pattern(word: str) -> str:
    # Chinese has no word boundaries; elsewhere "joy" is not in "enjoy".
    before = f"(?<!{_SPACED})" if word[:1].isascii() else ""
    after = f"(?!{_SPACED})" if word[-1:].isascii() else ""
    return f"{before}{re.escape(word)}{after}"
