"""Whether the person says that they are under age. Never guessed from how they write.

Under age means under 18, for every country (our choice). "I am 14" counts; "my son is 14", "when I was 14" and "14
weeks" do not. The phrases are in `cues.toml`.
"""

from __future__ import annotations

from affectgraph.tools.normalise import normalise
from affectgraph.tools.safety.rules import cue

__all__ = ["says_minor"]

# A bare age answers "how old are you?" only where the answer is hardly more than the number.
_LONGEST_AGE = 24


def says_minor(text: str, *, asked: str = "") -> bool:
    """Whether the person says in `text` that they are under 18.

    Args:
        text: what the person writes, English or Chinese.
        asked: what the counsellor said before; after "how old are you?" a bare number is an age.
    """
    view = normalise(text).text
    for found in cue("minor").finditer(view):
        if not cue("minor_not").search(view[max(0, found.start() - 24) : found.start()].rstrip()):
            return True
    answers = len(view) <= _LONGEST_AGE and bool(cue("asks_age").search(normalise(asked).text))
    return answers and bool(cue("bare_age").search(view))
