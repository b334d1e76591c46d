"""Which of the two prompt languages a text belongs to, told from its script alone.

This module counts letters by script and knows nothing of words. It therefore cannot tell English from any
other language in Latin letters: Latin text is *treated as* English, because the prompts that we have are in
English and Chinese.
"""

from __future__ import annotations

from collections import Counter
from typing import Literal

__all__ = ["Language", "detect", "script_share"]

Language = Literal["en", "zh", "other"]
_Script = Literal["cjk", "kana", "hangul", "latin", "other"]

_RANGES: tuple[tuple[int, int, _Script], ...] = (
    (0x0041, 0x024F, "latin"),
    (0x1E00, 0x1EFF, "latin"),
    (0xFF21, 0xFF5A, "latin"),
    (0x3005, 0x3007, "cjk"),
    (0x3400, 0x4DBF, "cjk"),
    (0x4E00, 0x9FFF, "cjk"),
    (0xF900, 0xFAFF, "cjk"),
    (0x20000, 0x323AF, "cjk"),
    (0x3041, 0x30FF, "kana"),
    (0x31F0, 0x31FF, "kana"),
    (0xFF66, 0xFF9F, "kana"),
    (0x1100, 0x11FF, "hangul"),
    (0x3131, 0x318E, "hangul"),
    (0xAC00, 0xD7AF, "hangul"),
)

# Our choice: one ideograph says about as much as three Latin letters, so a Chinese sentence with an English
# product name in it is still Chinese although most of its letters are Latin.
_CJK_SHARE = 0.3
# Japanese mixes kana with ideographs; a Chinese text holds next to none.
_KANA_SHARE = 0.1


def _script(character: str) -> _Script:
    point = ord(character)
    for first, last, script in _RANGES:
        if first <= point <= last:
            return script
    return "other"


def _counts(text: str) -> Counter[_Script]:
    return Counter(_script(character) for character in text if character.isalpha())


def script_share(text: str) -> float:
    """Share of the letters of `text` that are CJK ideographs, in [0, 1]; 0 where there are no letters."""
    counts = _counts(text)
    total = counts.total()
    return counts["cjk"] / total if total else 0.0


def detect(text: str) -> Language:
    """The prompt language of `text`, by script shares.

    "zh" when ideographs dominate, "en" for any text in Latin letters (our choice, see above), "other" for
    Japanese, Korean, every further script, and text without letters.
    """
    counts = _counts(text)
    total = counts.total()
    if not total:
        return "other"
    asian = counts["cjk"] + counts["kana"] + counts["hangul"]
    if asian >= _CJK_SHARE * total:
        foreign = counts["kana"] + counts["hangul"]
        return "other" if foreign > _KANA_SHARE * asian else "zh"
    return "en" if counts["latin"] * 2 >= total else "other"
