"""What a help-seeker may want, and the moves a reply may make.

Intent: the three kinds of support of Empathy-R1's third layer. Moves: NURSE (Name, Understand, Respect, Support,
Explore), the communication skills that its fourth layer rests on, and `suggest`, ours, for the person who asks for
advice.
"""

from __future__ import annotations

from typing import Literal

__all__ = ["INTENTS", "INTENT_WORDS", "Intent", "Move"]

Intent = Literal["validation", "understanding", "advice"]
Move = Literal["name", "understand", "respect", "support", "explore", "suggest"]

INTENTS: tuple[Intent, ...] = ("validation", "understanding", "advice")
INTENT_WORDS: dict[str, tuple[str, ...]] = {"en": INTENTS, "zh": ("认可", "理解", "建议")}
