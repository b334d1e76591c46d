"""What the reader of conversations learns from, and where its cuts lie.

A message in the middle of a session says what it says in the light of what came before: "It's under the sink." of a
lost pan, "Tonight I'll take all of them." of what a nurse left behind. Sessions without risk would alone teach that
whatever comes late is harmless; so cases that stand alone, at risk and not, are put behind the beginnings of sessions
too, as many of each.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from affectgraph.backends.errors import InputError
from affectgraph.evals.datasets.items import Item
from affectgraph.evals.ordinary import answered
from affectgraph.evals.reader_fitting import CATEGORY_NAMES
from affectgraph.evals.reader_training import Example
from affectgraph.evals.safety_fitting import LEVEL_OF
from affectgraph.tools.safety.assessing import calm_so_far
from affectgraph.tools.safety.before import talk
from affectgraph.tools.safety.learned import HEADS, heard_in
from affectgraph.tools.tuned import Reader

__all__ = ["turn_alarms", "turn_cuts", "turn_examples"]

# Cases that stand alone go behind the beginning of a session where they are at most this long, in characters.
_LONGEST = {"en": 700, "zh": 260}

Turns = Sequence[tuple[str, str]]


def turn_examples(cases: Sequence[Item], sessions: Sequence[Item], *, alone: int, seed: int = 0) -> list[Example]:
    """One of every message that comes after another of the person's.

    Args:
        cases: of `load_cases`; of those of several messages the last.
        sessions: of `load_sessions`, without risk: all messages but the first.
        alone: of the cases that stand alone at most so many of level 2 or more in each language, and as many without
            risk, each after the beginning of a session.
        seed: of which, and after which.
    """
    draw = random.Random(seed)
    found = [_example(text, before) for text, before in _late(sessions)]
    found += [_example(item.fields["text"], _before(item), item) for item in cases if _before(item)]
    begun = {language: [one for one in sessions if one.language == language] for language in ("en", "zh")}
    for language, some in begun.items():
        lone = [
            item
            for item in cases
            if item.language == language
            and len(item.fields["conversation"]) == 1
            and len(item.fields["text"]) < _LONGEST[language]
        ]
        for pool in ([one for one in lone if one.target >= 2], [one for one in lone if one.target == 0]):
            for item in draw.sample(pool, min(alone, len(pool)) if some else 0):
                found.append(_example(item.fields["text"], _beginning(draw.choice(some), draw), item))
    return found


def _example(text: str, before: Turns, item: Item | None = None) -> Example:
    if item is None:
        return Example("query", text, talk(text, before), needs_before=True)
    category = item.slices["category"]
    name = CATEGORY_NAMES.get(category, category)
    return Example("query", text, talk(text, before), level=item.target, category=name, needs_before=True)


def _before(item: Item) -> Turns:
    """What was said before the last message; nothing where the person said nothing."""
    turns = [(turn["role"], turn["text"]) for turn in item.fields["conversation"][:-1]]
    return turns if any(role == "person" for role, _ in turns) else []


def _turns(session: Item) -> Turns:
    return [(turn["role"], turn["text"]) for turn in answered(session.fields["turns"], session.language)]


def _late(sessions: Iterable[Item]) -> Iterator[tuple[str, Turns]]:
    """Text and what was said before it, of every message but the first of the person."""
    for session in sessions:
        turns = _turns(session)
        own = [place for place, (role, _) in enumerate(turns) if role == "person"]
        yield from ((turns[place][1], turns[:place]) for place in own[1:])


def _beginning(session: Item, draw: random.Random) -> Turns:
    """A session up to one of the person's messages, which is left out."""
    turns = _turns(session)
    own = [place for place, (role, _) in enumerate(turns) if role == "person"]
    return turns[: draw.choice(own[1:])] if len(own) > 1 else turns


def turn_alarms(share: float) -> dict[str, float]:
    """Head -> share of the messages of running sessions on which it may speak; of 4 or above a fifth (our choice)."""
    return {"risk": share, "urgent": share / 5}


def turn_cuts(
    reader: Reader, cases: Sequence[Item], sessions: Sequence[Item], *, allowed: Mapping[str, float]
) -> tuple[dict[str, float], dict[str, Any]]:
    """From which score on a message in a conversation without risk so far is spoken of, by head, and what that gives.

    Args:
        reader: trained on none of the following.
        cases: of one language; those count that the screen reads with the conversation.
        sessions: of the same language, without risk.
        allowed: head -> share of such messages of sessions on which it may speak.

    Raises:
        InputError: there is no such message.
    """
    talked = [(text, before) for text, before in _late(sessions) if calm_so_far(before, 0)]
    if not talked:
        raise InputError("no session is as long as a conversation that the screen reads: name some by --choose-talk")
    calm = [heard_in(reader, text, talk(text, before)).heads for text, before in talked]
    late = [item for item in cases if calm_so_far(_before(item), 0)]
    scored = [heard_in(reader, item.fields["text"], talk(item.fields["text"], _before(item))).heads for item in late]
    found, told = {}, {}
    for head in HEADS:
        cut = float(np.quantile([one[head] for one in calm], 1 - allowed[head]))
        risky = [one[head] > cut for one, item in zip(scored, late, strict=True) if item.target >= LEVEL_OF[head]]
        harmless = [one[head] > cut for one, item in zip(scored, late, strict=True) if item.target == 0]
        found[head] = cut
        told[head] = {
            "recall": float(np.mean(risky)) if risky else None,
            "at risk": len(risky),
            "alarms": float(np.mean(harmless)) if harmless else None,
            "without risk": len(harmless),
            "messages of sessions": len(calm),
        }
    return found, told
