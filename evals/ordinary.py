"""What a counsellor ordinarily says between the messages of a session of which only the person's part was written.

In a real session every message but the first answers something, and the screen reads a short one with the question
before it: without the counsellor's part sessions would be screened, and their false alarms counted, as they never are.
It is simpler than what `counsel` says: it always asks, quotes nothing, and does not ask about safety after an alarm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from affectgraph.prompts import prompt

__all__ = ["answered", "reply_before", "usual_questions"]

_SENTENCES = ("understand", "support", "respect")


def reply_before(language: str, place: int) -> str:
    """The counsellor's words before the message at `place` of a session; none before the first.

    A vetted sentence and a question of `counsel`, all of them in turn.
    """
    if place == 0:
        return ""
    number = place - 1
    lines = _lines(_SENTENCES[number % len(_SENTENCES)], language)
    asked = _lines("explore", language)
    gap = "" if language == "zh" else " "
    return f"{lines[number % len(lines)]}{gap}{asked[number % len(asked)]}"


def usual_questions(language: str) -> tuple[str, ...]:
    """The questions that `counsel` asks of itself where nothing is at risk."""
    return (*_lines("explore", language), *_lines("explore_glad", language))


def answered(turns: Sequence[Mapping[str, str]], language: str) -> list[dict[str, str]]:
    """The turns of a session (`role`, `text`) with the counsellor's part, where it has none of its own."""
    if any(turn["role"] != "person" for turn in turns):
        return [dict(turn) for turn in turns]
    return list(_between((turn["text"] for turn in turns), language))


def _between(texts: Iterable[str], language: str) -> Iterable[dict[str, str]]:
    for place, text in enumerate(texts):
        if place:
            yield {"role": "counsellor", "text": reply_before(language, place)}
        yield {"role": "person", "text": text}


@cache
def _lines(name: str, language: str) -> tuple[str, ...]:
    return tuple(prompt(f"counsel/say_{name}", "zh" if language == "zh" else "en").body.splitlines())
