"""What holds for a conversation: raised at once, lowered one step at a time.

A level that one message reached stays in force until clear messages lower it by one, three for each step, or until a
human lowers it. Taking words back is no clear message: one false alarm locks no session, and "jk" opens none.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from affectgraph.tools.normalise import normalise
from affectgraph.tools.safety.findings import Assessment
from affectgraph.tools.safety.minors import says_minor
from affectgraph.tools.safety.rules import cue

__all__ = ["Posture", "Watch", "follow", "lowered", "posture"]

Posture = Literal["clear", "resources", "ask", "check_in", "crisis"]

# Clear messages in a row that lower the level by one: our choice.
_CLEAR_TURNS = 3


class Watch(BaseModel):
    """What holds for a conversation after its last message.

    Attributes:
        level: the level in force, 0-6.
        clear_turns: clear messages since the last one at risk, and since the level last fell.
        asked: the posture taken at the last message asks the person directly.
        minor: the person said that they are under age.
    """

    model_config = ConfigDict(frozen=True)

    level: int = Field(default=0, ge=0, le=6)
    clear_turns: int = Field(default=0, ge=0)
    asked: bool = False
    minor: bool = False


def follow(before: Watch, found: Assessment, said: str) -> Watch:
    """The watch after a message `said` that was assessed as `found`.

    The level rises at once to that of the message. It falls by one after three clear messages with none at risk between
    them; clear is one on which every voice said 0 and which takes nothing back.
    """
    minor = before.minor or says_minor(said)
    level, turns = max(before.level, found.level), 0
    if found.level == 0 and not any(found.voices.values()):
        turns = before.clear_turns if _takes_back(said) else before.clear_turns + 1
        if turns >= _CLEAR_TURNS:
            level, turns = max(0, level - 1), 0
    watch = Watch(level=level, clear_turns=turns, minor=minor)
    return watch.model_copy(update={"asked": posture(watch, found) in ("ask", "check_in")})


def lowered(before: Watch, level: int) -> Watch:
    """The watch after a human set a lower level.

    Raises:
        ValueError: `level` is above the one in force, or below 0.
    """
    if not 0 <= level <= before.level:
        raise ValueError(f"the level in force is {before.level}; a reviewer lowers it to 0-{before.level}, not {level}")
    return before.model_copy(update={"level": level, "clear_turns": 0})


def posture(watch: Watch, found: Assessment) -> Posture:
    """How to answer a message assessed as `found`, after which `watch` holds.

    `crisis`: deterministic text. `ask`: vetted words that ask directly and name resources, and the chain continues.
    `check_in`: the same after a crisis, while its level still holds. `resources`: a normal reply with resources beside.
    """
    if found.level >= 4:
        return "crisis"
    if found.level >= 2:
        return "ask"
    if watch.level >= 4:
        return "check_in"
    return "resources" if watch.level or found.level else "clear"


def _takes_back(said: str) -> bool:
    return bool(cue("retraction").search(normalise(said).text))
