"""Cognitive distortions: the closed list that `causes_and_beliefs` may name.

After Beck (1976) and Burns (1980), the usual ones (fortune telling and catastrophising apart). A named distortion is
a hypothesis about a sentence, never a diagnosis of a person.
"""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Distortion"]


class Distortion(StrEnum):
    """One of eleven habits of thought."""

    ALL_OR_NOTHING = "all_or_nothing"
    OVERGENERALISATION = "overgeneralisation"
    MENTAL_FILTER = "mental_filter"
    DISQUALIFYING_THE_POSITIVE = "disqualifying_the_positive"
    MIND_READING = "mind_reading"
    FORTUNE_TELLING = "fortune_telling"
    CATASTROPHISING = "catastrophising"
    EMOTIONAL_REASONING = "emotional_reasoning"
    SHOULD_STATEMENTS = "should_statements"
    LABELLING = "labelling"
    PERSONALISATION = "personalisation"
