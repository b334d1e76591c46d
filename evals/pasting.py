"""Messages put among those of somebody else: who jumps from one subject to the next still has to be heard."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from affectgraph.backends.errors import InputError
from affectgraph.evals.datasets.items import Item

__all__ = ["among", "pasted"]

_ENDED = re.compile(r"[.!?…~。！？～)）\"”’'」』;；]$")
_MOST = 3


def among(text: str, others: Sequence[str], language: str, draw: random.Random) -> str:
    """`text` as one paragraph with one to three of `others`, at any place among them.

    What ends without a stop is given one.
    """
    said = draw.sample(others, min(len(others), draw.randint(1, _MOST)))
    said.insert(draw.randint(0, len(said)), text)
    stop, between = ("。", "") if language == "zh" else (".", " ")
    return between.join(one if _ENDED.search(one) else one + stop for one in map(str.strip, said))


def pasted(items: Iterable[Item], sessions: Iterable[Item], seed: int = 0) -> list[Item]:
    """The cases that stand alone, each among messages of sessions of its language.

    Args:
        items: of `load_cases`; those with anything before the last message are left out.
        sessions: of `load_sessions`, without risk.
        seed: of which messages, and of the place among them.

    Raises:
        InputError: no case stands alone, or no session is in the language of one that does.
    """
    draw = random.Random(seed)
    others: dict[str, list[str]] = {}
    for session in sessions:
        others.setdefault(session.language, []).extend(
            turn["text"] for turn in session.fields["turns"] if turn["role"] == "person"
        )
    found = []
    for item in items:
        if len(item.fields["conversation"]) == 1 and others.get(item.language):
            text = among(item.fields["text"], others[item.language], item.language, draw)
            fields = {**item.fields, "text": text, "conversation": [{"role": "person", "text": text}]}
            found.append(replace(item, fields=fields))
    if not found:
        raise InputError("none of the cases is one message alone in a language of the sessions that it should go among")
    return found
