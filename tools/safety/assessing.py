"""The screen over a conversation: what its last message says of risk, by every voice that is there.

The rule that joins the voices is asymmetric: each may raise the level, none lowers what another found, and a voice
that fails says nothing. A message counts by itself, with what was said before it, and with the question it answers;
texts that media yielded beside it are screened as the person's own words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from affectgraph.backends.base import Backend
from affectgraph.tools.language import detect
from affectgraph.tools.safety.answering import answered
from affectgraph.tools.safety.findings import Assessment, Finding
from affectgraph.tools.safety.judging import judged
from affectgraph.tools.safety.learned import Embedders, learned
from affectgraph.tools.safety.screening import screen_last

__all__ = ["Said", "Voices", "assess"]

# How many characters of the person's earlier words are read with a message: our choice, three times how far signs
# reach. What stood before them has raised the watch already.
_EARLIER = 2_500


class Said(BaseModel):
    """One message of a conversation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Literal["person", "counsellor"]
    text: str


@dataclass(frozen=True)
class Voices:
    """Who is asked beside the rules.

    Attributes:
        embedders: give the sentence embedders that the fitted model uses beside its n-grams.
        judge: a backend that is asked for a level.
        learned: whether the fitted model is asked.
    """

    embedders: Embedders = ()
    judge: Backend | None = None
    learned: bool = True


def assess(conversation: Sequence[Said], *, beside: Sequence[str] = (), voices: Voices = Voices()) -> Assessment:
    """The risk in the last message of `conversation`, in the light of all that came before.

    Args:
        conversation: at least one message; the last is the person's.
        beside: texts that media yielded with it (speech, words in pictures), as the person's own words.
        voices: who is asked beside the rules.

    Raises:
        ValueError: the last message is not the person's.
    """
    if not conversation or conversation[-1].role != "person":
        raise ValueError("the screen assesses a message of the person: the conversation must end with one")
    heard = _Heard.of(conversation, beside)
    by_voice = {"rules": _rules(heard)}
    if voices.learned:
        by_voice["learned"] = _learned(heard, voices.embedders)
    if voices.judge is not None:
        found = _judged(heard, voices.judge)
        by_voice |= {} if found is None else {"judge": found}
    return _joined(by_voice)


@dataclass(frozen=True)
class _Heard:
    """The message and the texts beside it, what the person said earlier, and the question just before."""

    parts: tuple[str, ...]
    before: tuple[tuple[str, str], ...]
    earlier: str
    question: str

    @classmethod
    def of(cls, conversation: Sequence[Said], beside: Sequence[str]) -> _Heard:
        *before, last = conversation
        earlier = "\n".join(said.text for said in before if said.role == "person")
        question = before[-1].text if before and before[-1].role == "counsellor" else ""
        turns = tuple((said.role, said.text) for said in before)
        return cls((last.text, *beside), turns, earlier[-_EARLIER:], question)


_Voice = tuple[int, list[Finding]]


def _rules(heard: _Heard) -> _Voice:
    level, findings = 0, []
    for part, text in enumerate(heard.parts):
        # Each text with all others that came with it, and with the earlier ones.
        others = "\n".join([heard.earlier, *(other for place, other in enumerate(heard.parts) if place < part)])
        found = screen_last(others.strip("\n"), text)
        answer = answered(heard.question, text)
        level = max(level, found.level, *(finding.level for finding in answer))
        findings += [finding.model_copy(update={"part": part}) for finding in [*found.findings, *answer]]
    return level, findings


def _learned(heard: _Heard, embedders: Embedders) -> _Voice:
    findings = []
    for part, text in enumerate(heard.parts):
        found = learned(text, heard.question, embedders)
        findings += [finding.model_copy(update={"part": part}) for finding in found]
    return max((finding.level for finding in findings), default=0), findings


def _judged(heard: _Heard, judge: Backend) -> _Voice | None:
    said = "\n".join(heard.parts)
    found = judged(judge, heard.before, said, "zh" if detect(said) == "zh" else "en")
    if found is None:
        return None
    # The judge reads all texts as one; its finding is shown over the message.
    level, findings = found
    return level, [finding.model_copy(update={"end": len(heard.parts[0])}) for finding in findings]


def _joined(by_voice: dict[str, _Voice]) -> Assessment:
    findings = [finding for _, found in by_voice.values() for finding in found]
    findings.sort(key=lambda finding: (-finding.level, finding.part, finding.start, finding.rule))
    levels = {name: level for name, (level, _) in by_voice.items()}
    level = max(levels.values())
    return Assessment(
        level=level,
        categories=list(dict.fromkeys(finding.category for finding in findings)),
        findings=findings,
        confidence=_confidence(level, levels),
        voices=levels,
    )


def _confidence(level: int, levels: dict[str, int]) -> float:
    """The share of the voices that are within one step of the level: our choice."""
    return sum(abs(level - said) <= 1 for said in levels.values()) / len(levels)
