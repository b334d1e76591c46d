"""What the safety screen says of a text: its level, what it is about, and the places it rests on. Never text."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Assessment", "Category", "Finding"]


class Category(StrEnum):
    """What a risk is about."""

    suicide = "suicide"
    self_harm = "self_harm"
    violence = "violence"
    psychosis_or_mania = "psychosis_or_mania"
    substance = "substance"
    abuse = "abuse"
    over_reliance = "over_reliance"


class Finding(BaseModel):
    """One place of a text that a voice rests on.

    Attributes:
        category: what it is evidence of.
        level: 1-6, after negation, tense and subject are weighed.
        start: offset in the original text.
        end: offset after its last character.
        rule: id of the rule; `learned.CATEGORY` or `judge.CATEGORY` for the other voices.
        part: the text that the offsets are in: 0 the message itself, n the n-th of the texts beside it.
    """

    model_config = ConfigDict(frozen=True)

    category: Category
    level: int = Field(ge=0, le=6)
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    rule: str
    part: int = Field(default=0, ge=0)


class Assessment(BaseModel):
    """The risk in a text, or in the last message of a conversation.

    Attributes:
        level: after the C-SSRS screener: 0 none, 1 wish to be dead or passive, 2 thoughts, 3 method, 4 some intent,
            5 plan and intent, 6 behaviour, recent or ongoing. Other categories use the scale by urgency.
        categories: of the findings, most urgent first.
        findings: at most one per rule, most urgent first. Empty where the level rests on earlier messages alone.
        confidence: in [0, 1], how sure the voices are of `level` together; for display, nothing is decided by it.
        voices: level by voice (`rules`, `learned`, `judge`), of those that were asked and answered.
    """

    model_config = ConfigDict(frozen=True)

    level: int = Field(default=0, ge=0, le=6)
    categories: list[Category] = Field(default_factory=list)
    findings: list[Finding] = Field(default_factory=list)
    confidence: float = Field(default=1.0, ge=0.0, le=1.0)
    voices: dict[str, int] = Field(default_factory=dict)

    @property
    def route(self) -> Literal["clear", "resources", "crisis"]:
        """Where a text goes in a graph without postures: a normal reply, one with resources, or the vetted reply.

        Our choice: thoughts of suicide (level 2) already get the vetted reply there, because the embedded 135M model
        must not answer them. `posture` is finer.
        """
        return "clear" if self.level == 0 else "resources" if self.level == 1 else "crisis"
