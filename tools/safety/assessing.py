"""The screen over a conversation: what its last message says of risk, by every voice that is there.

The rule that joins the voices is asymmetric: each may raise the level, none lowers what another found, and a voice
that fails says nothing. One exception: where rules found risk in one message by itself, and the tuned reader is sure of
the message and of its parts (`is_calm`), they count 1, and resources are shown (idioms, fiction, shop
talk, a crisis long over made most false alarms). What rules found at 4 or more stands where a level of 2 or more is
in force, where they found anything before or beside it, and where the counsellor asked about risk. A message counts by
itself, with what was said before it, and with the question that it answers, and where nothing was at risk so far with
the conversation; texts that media yielded beside it are screened as the person's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from affectgraph.backends.base import Backend
from affectgraph.tools.language import detect
from affectgraph.tools.normalise import normalise
from affectgraph.tools.safety.answering import answered, asks_of_risk
from affectgraph.tools.safety.before import telling
from affectgraph.tools.safety.findings import Assessment, Finding
from affectgraph.tools.safety.judging import judged
from affectgraph.tools.safety.learned import is_calm, learned
from affectgraph.tools.safety.rules import cue
from affectgraph.tools.safety.screening import letters, screen, screen_last
from affectgraph.tools.sentences import sentences
from affectgraph.tools.tuned import FindReader

__all__ = ["Said", "Told", "Voices", "assess", "calm_so_far", "can_be_calmed", "stated"]

# How many characters of the person's earlier words are read with a message: our choice, three times how far signs
# reach. What stood before them has raised the watch already.
_EARLIER = 2_500
# The person's own messages before one that is read with the conversation: at least so many (after one alone there is
# no conversation yet), and of the last so many none at risk.
_FEWEST, _RECENT = 2, 4
# Levels of thoughts, and from which one on it is more.
_THOUGHTS, _INTENT = 2, 4


class Said(BaseModel):
    """One message of a conversation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Literal["person", "counsellor"]
    text: str


@dataclass(frozen=True)
class Voices:
    """Who is asked beside the rules.

    Attributes:
        reader: gives the tuned reader of the learned voice; without it that voice knows n-grams alone.
        judge: a backend that is asked for a level.
        learned: whether the fitted models are asked.
    """

    reader: FindReader = lambda: None
    judge: Backend | None = None
    learned: bool = True


def assess(
    conversation: Sequence[Said], *, beside: Sequence[str] = (), voices: Voices = Voices(), held: int = 0
) -> Assessment:
    """The risk in the last message of `conversation`, in the light of all that came before.

    Args:
        conversation: at least one message; the last is the person's.
        beside: texts that media yielded with it (speech, words in pictures), as the person's own words.
        voices: who is asked beside the rules.
        held: the level in force before it (`Watch`).

    Raises:
        ValueError: the last message is not the person's.
    """
    if not conversation or conversation[-1].role != "person":
        raise ValueError("the screen assesses a message of the person: the conversation must end with one")
    heard = _Heard.of(conversation, beside, held)
    by_voice = {"rules": _rules(heard, voices)}
    if voices.learned:
        by_voice["learned"] = _learned(heard, voices.reader)
    if voices.judge is not None:
        found = _judged(heard, voices.judge)
        by_voice |= {} if found is None else {"judge": found}
    return _joined(by_voice)


@dataclass(frozen=True)
class _Heard:
    """The message and the texts beside it, what the person said earlier and last, the question just before, and the
    level in force."""

    parts: tuple[str, ...]
    before: tuple[tuple[str, str], ...]
    earlier: str
    latest: str
    question: str
    held: int

    @classmethod
    def of(cls, conversation: Sequence[Said], beside: Sequence[str], held: int) -> _Heard:
        *before, last = conversation
        own = [said.text for said in before if said.role == "person"]
        earlier = "\n".join(own)
        question = before[-1].text if before and before[-1].role == "counsellor" else ""
        turns = tuple((said.role, said.text) for said in before)
        return cls((last.text, *beside), turns, earlier[-_EARLIER:], own[-1] if own else "", question, held)


_Voice = tuple[int, list[Finding]]


def _rules(heard: _Heard, voices: Voices) -> _Voice:
    level, findings = 0, []
    # What was said earlier is long to read, and matters to some questions alone.
    at_risk = heard.held > 0 or (asks_of_risk(heard.question) and screen(heard.earlier).level > 0)
    reader = voices.reader if voices.learned else lambda: None
    for part, text in enumerate(heard.parts):
        # Each text with all others that came with it, and with the earlier ones.
        others = "\n".join([heard.earlier, *(other for place, other in enumerate(heard.parts) if place < part)])
        found = screen_last(others.strip("\n"), text)
        elsewhere = "\n".join([heard.earlier, *(other for place, other in enumerate(heard.parts) if place != part)])
        found = _calmed(found, text, Told(elsewhere.strip("\n"), heard.question, heard.held), reader)
        answer = answered(heard.question, text, at_risk=at_risk)
        level = max(level, found.level, *(finding.level for finding in answer))
        findings += [finding.model_copy(update={"part": part}) for finding in [*found.findings, *answer]]
    return level, findings


@dataclass(frozen=True)
class Told:
    """What else is known beside a message: what the person said before or sent with it, the counsellor's message just
    before, the level in force."""

    elsewhere: str = ""
    question: str = ""
    held: int = 0

    def speaks_against_calm(self) -> bool:
        """Whether what a rule found at 4 or more has to stand."""
        return self.held >= _THOUGHTS or asks_of_risk(self.question) or screen(self.elsewhere).level > 0


def _calmed(found: Assessment, text: str, told: Told, reader: FindReader) -> Assessment:
    """What rules found in one text by itself, lowered to 1 where the reader is sure that there is nothing."""
    if not can_be_calmed(found, text, told) or not is_calm(text, reader, stated(text)):
        return found
    calmer = [one.model_copy(update={"level": min(one.level, 1)}) for one in found.findings]
    return found.model_copy(update={"level": 1, "findings": calmer})


def can_be_calmed(found: Assessment, text: str, told: Told) -> bool:
    """Whether rules found risk in `text` by itself, and nothing else speaks for it.

    Args:
        found: in `text`, with what was said before it.
        text: the message.
        told: what else is known.
    """
    alone = screen(text)
    named = max((one.level for one in alone.findings), default=0)
    if not found.level == alone.level == named >= _THOUGHTS or sum(one.level == 1 for one in alone.findings) > 1:
        return False
    if cue("command").search(normalise(text).text) or any(_bare(one, text) for one in alone.findings):
        return False
    return found.level < _INTENT or not told.speaks_against_calm()


def stated(text: str) -> list[tuple[int, int]]:
    """Places in a text at which rules find thoughts or more in it by itself."""
    return [(one.start, one.end) for one in screen(text).findings if one.level >= _THOUGHTS]


def _bare(found: Finding, text: str) -> bool:
    """Whether the sentence of what a rule found at 2 or more is half that itself: nothing in it could make it harmless,
    and the reader has seen few that are so short."""
    return found.level >= _THOUGHTS and any(
        start <= found.start < end and 2 * letters(text[found.start : found.end]) >= letters(text[start:end])
        for start, end in sentences(text)
    )


def calm_so_far(before: Sequence[tuple[str, str]], held: int) -> bool:
    """Whether there is a conversation and nothing was at risk in it so far, as far as the screen knows: a message is
    then read with it.

    Args:
        before: role and text of what was said.
        held: the level in force.
    """
    question = before[-1][1] if before and before[-1][0] == "counsellor" else ""
    own = [text for role, text in before if role == "person"]
    if held > 0 or len(own) < _FEWEST or asks_of_risk(question):
        return False
    return all(screen(text).level == 0 for text in own[-_RECENT:])


def _learned(heard: _Heard, reader: FindReader) -> _Voice:
    findings, latest = [], telling(heard.latest)
    # What media yielded is read by itself, and what came with it may be about anything.
    so_far = heard.before if len(heard.parts) == 1 and calm_so_far(heard.before, heard.held) else ()
    for part, text in enumerate(heard.parts):
        found = learned(text, heard.question, latest, reader, so_far)
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
