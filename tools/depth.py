"""How much reasoning a message asks for: a greeting or thanks needs no four-layer chain.

Our choice (Empathy-R1 leaves adaptive length open): only a message made of nothing but courtesies is short. Anything
else, however brief, gets the full chain: "I can't sleep" is three words and no small talk. Nor are "yes" and "no",
which answer a question, or a farewell to everyone.
"""

from __future__ import annotations

import re
from typing import Literal

__all__ = ["Depth", "depth"]

Depth = Literal["short", "full"]

_COURTESY = re.compile(
    r"(?:hi+|hello|hey+|good (?:morning|afternoon|evening|night)|thanks?(?: you)?|thank you|many thanks|cheers|bye+"
    r"|see you|take care|ok(?:ay)?|great|cool|got it|i see|please|there|so much"
    r"|very much|a lot|for (?:listening|your (?:help|time|reply|answer)|that|this)"
    r"|that (?:helps|helped)|it helped"
    r"|你好|您好|嗨|早上好|下午好|晚上好|早安|晚安|谢谢|多谢|感谢|拜拜|好的|嗯+|哦+|你|您|啊|呀|啦|了|非常|真的"
    r"|的(?:帮助|倾听|回复|陪伴))",
    re.IGNORECASE,
)
# Punctuation and friendly faces; any other picture is looked at properly.
_BETWEEN = re.compile(r"[\s,.!?~…，。！？～、;:)(\-🙂😊😀😃👍🙏❤💕☺🌙\ufe0f]*")
_LONGEST = 80


def depth(text: str) -> Depth:
    """`short` when the whole message is courtesies and punctuation, at most 80 characters; else `full`."""
    if len(text) > _LONGEST:
        return "full"
    position = _BETWEEN.match(text).end()  # type: ignore[union-attr]  # matches the empty text too
    if position == len(text):
        return "full"
    while position < len(text):
        word = _COURTESY.match(text, position)
        if word is None or _splits_a_word(text, word.end()):
            return "full"
        position = _BETWEEN.match(text, word.end()).end()  # type: ignore[union-attr]
    return "short"


def _splits_a_word(text: str, end: int) -> bool:
    latin = re.compile(r"[A-Za-z']")
    return end < len(text) and bool(latin.match(text[end - 1]) and latin.match(text[end]))
