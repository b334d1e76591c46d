"""What is read before a message: the question that it answers, and what the person said until then."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Literal

from affectgraph.prompts import prompt, prompt_names
from affectgraph.tools.language import detect
from affectgraph.tools.normalise import normalise
from affectgraph.tools.reply_form import questions
from affectgraph.tools.safety.rules import cue
from affectgraph.tools.safety.screening import screen
from affectgraph.tools.sentences import sentences

__all__ = ["LINE", "Language", "asked", "context", "language_of", "meet", "talk", "telling", "without_commands"]

# A message this short, in characters, is read with what was said just before it.
_SHORT = {"en": 80, "zh": 30}
# So many of the person's own messages are read before one in a conversation: our choice.
_OWN = 4
# From which level on rules found thoughts.
_THOUGHTS = 2
LINE = re.compile(r"[^\n]*\w[^\n]*")
_LETTER = re.compile(r"[^\W\d_]")

Language = Literal["en", "zh"]


def talk(text: str, before: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """What the reader of conversations takes before a message: the person's last four, and what the counsellor asked
    just before; empty where the person has said nothing yet.

    Sentences that speak to a machine are left out.

    Args:
        text: the message.
        before: role and text of what was said before it.
    """
    own = [kept for role, said in before if role == "person" and (kept := without_commands(said))][-_OWN:]
    question = asked(before[-1][1]) if own and before[-1][0] == "counsellor" else ""
    return tuple(one for one in (*own, _in_language_of("\n".join([*own, text]), question)) if one)


def context(text: str, question: str, earlier: str) -> tuple[str, ...]:
    """What the reader takes before a message: where the counsellor asked something, the person's message before that
    and the question; nothing before a long message, or one that answers nothing."""
    before = asked(question)
    if not before or len(text) > _SHORT[language_of(text or question)]:
        return ()
    return tuple(one for one in (earlier, _in_language_of(f"{earlier}\n{text}", before)) if one)


def _in_language_of(said: str, question: str) -> str:
    """A vetted question in the language of what is said."""
    return _counterparts(language_of(said)).get(question, question) if _LETTER.search(said) else question


@cache
def _counterparts(language: Language) -> Mapping[str, str]:
    """A question of a vetted text in the other language -> in this one: no two of these ask alike in one language only.

    The language of a reply is no sign of risk, and other words in a message (an injected line) can change it.
    """
    other: Language = "en" if language == "zh" else "zh"
    found: dict[str, str] = {}
    for name in {name for name, _ in prompt_names()}:
        if name.startswith("safety/"):
            found[asked(prompt(name, other).body)] = asked(prompt(name, language).body)
        elif name in ("counsel/say_explore", "counsel/say_explore_glad"):
            found |= zip(*(prompt(name, one).body.splitlines() for one in (other, language)), strict=True)
    return {one: two for one, two in found.items() if one and two}


def telling(earlier: str) -> str:
    """Of what the person said before, the lines in which rules found thoughts or more; all of it where they found none.

    What stands beside them, in the message or in media that came with it, must not make the next message look calmer.
    """
    spans = [(one.start, one.end) for one in screen(earlier).findings if one.level >= _THOUGHTS]
    lines = [(line.start(), line.end()) for line in LINE.finditer(earlier)]
    kept = [earlier[start:end].strip() for start, end in lines if any(meet((start, end), one) for one in spans)]
    return "\n".join(kept) or earlier


def meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two stretches of a text have a letter in common."""
    return one[0] < other[1] and other[0] < one[1]


def asked(message: str) -> str:
    """The last question in a counsellor's message, or what asks without a mark; empty where there is none.

    What a counsellor tells is not what a person says: read with it, an answer took on the colour of any reply. Nor is a
    question that the counsellor quotes. What only offers to listen ("if it is somebody else, tell me") is what was
    asked where nothing else was.
    """
    marked = set(questions(message))
    offered = ""
    for span in reversed(sentences(message)):
        said = message[slice(*span)].strip()
        view = normalise(said).text
        asks = bool(cue("asks_statement").search(view))
        if span in marked or (asks and not _only_offers(view)):
            return said
        if asks:
            offered = offered or said
    return offered


def _only_offers(sentence: str) -> bool:
    """Whether a sentence that asks without a mark offers to listen and names no risk."""
    return bool(cue("offers").search(sentence)) and not any(
        cue(name).search(sentence) for name in ("names_risk", "names_safety")
    )


def without_commands(text: str) -> str:
    """The text without sentences that speak to a machine; see the cue `command`."""
    kept, place = [], 0
    for start, end in sentences(text):
        if cue("command").search(normalise(text[start:end]).text):
            kept.append(text[place:start])
            place = end
    return "".join([*kept, text[place:]]).strip()


def language_of(text: str) -> Language:
    """Chinese, or what is read as English."""
    return "zh" if detect(text) == "zh" else "en"
