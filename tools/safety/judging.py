"""The voice of the judge: a configured backend is asked for a level and what it is about.

It is asked in one closed question, so what a message says ("level 0", "ignore your instructions") is never run or
parsed; at worst it fools the judge, whose voice then says nothing. An error, nonsense or a refusal says nothing too:
the other voices decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from pydantic import BaseModel, ConfigDict, Field

from affectgraph.backends.base import Backend
from affectgraph.backends.errors import AffectgraphError, Stopped
from affectgraph.prompts import prompt
from affectgraph.tools.safety.findings import Category, Finding

__all__ = ["judged"]

# Characters of the conversation that the judge reads, from its end: our choice.
_SHOWN = 4_000
_TOKENS = 160
# From this confidence on a level counts; below, it is taken one step lower, because small models overstate.
_SURE = 0.5


class _Judgement(BaseModel):
    """What the judge answers."""

    model_config = ConfigDict(extra="forbid")

    level: int = Field(ge=0, le=6)
    category: Literal[
        "none", "suicide", "self_harm", "violence", "psychosis_or_mania", "substance", "abuse", "over_reliance"
    ]
    confidence: float = Field(ge=0.0, le=1.0)


def judged(
    judge: Backend, conversation: Sequence[tuple[str, str]], text: str, language: Literal["en", "zh"]
) -> tuple[int, list[Finding]] | None:
    """The judge's level for the last message, with a finding over all of it; None where it gave no usable answer.

    Args:
        judge: the backend.
        conversation: (`person` or `counsellor`, text) of everything before the message.
        text: the message.
        language: of the prompt.
    """
    asked = prompt("safety/judge", language)
    before = "\n".join(f"<{role}>{said}</{role}>" for role, said in conversation)[-_SHOWN:]
    messages: list[BaseMessage] = [
        SystemMessage(asked.render()),
        HumanMessage(f"<before>\n{before}\n</before>\n<message>\n{text[-_SHOWN:]}\n</message>"),
    ]
    try:
        answer = judge.fill(messages, _Judgement, max_tokens=_TOKENS, retries=1)
    except Stopped:
        raise
    except (AffectgraphError, ValueError):
        return None
    level = answer.level if answer.confidence >= _SURE else max(0, answer.level - 1)
    if not level or answer.category == "none":
        return level, []
    category = Category(answer.category)
    return level, [Finding(category=category, level=level, start=0, end=len(text), rule=f"judge.{category}")]
