"""What a short answer means: "yes" is nothing by itself, and everything after "are you thinking of suicide?".

Reads the counsellor's last message for a direct question about risk, and the person's answer with it. Affirming or
leaving open the thoughts counts 2, a plan, means or an intent 4, an act 6; "no" counts only where it is the answer at
risk ("can you keep yourself safe tonight?"). Who names a time, asked when it is to be, has a plan. "Yes" to any other
question is nothing; "what are your plans?" or "did you take it?" is about risk only where risk is the subject.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from affectgraph.tools.normalise import normalise
from affectgraph.tools.safety.findings import Category, Finding
from affectgraph.tools.safety.rules import cue

__all__ = ["answered", "asks_of_risk"]

_Topic = Literal["thoughts", "plan", "when", "act", "safe", "scale"]
_TOPICS: tuple[_Topic, ...] = ("scale", "act", "plan", "safe", "thoughts")
# Topics of questions that may be about anything.
_OPEN: tuple[_Topic, ...] = ("scale", "act", "plan")
_LEVELS: dict[_Topic, int] = {"thoughts": 2, "plan": 4, "when": 5, "act": 6, "safe": 4, "scale": 4}

_ENGLISH = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_NUMBERS = {word: number for words in (_ENGLISH, "零一二三四五六七八九十") for number, word in enumerate(words)}
# What a question may be about by name; any other is about suicide.
_NAMED = (
    Category.self_harm,
    Category.violence,
    Category.abuse,
    Category.psychosis_or_mania,
    Category.substance,
)
# A longer answer says what it means, and the rules and the other voices read it.
_LONGEST = 160
_SENTENCE = re.compile(r"[^.!?。;\n]{1,400}(?:[?.。!;\n]|$)")


def answered(question: str, answer: str, *, at_risk: bool = False) -> list[Finding]:
    """What `answer` admits to, as findings over the whole answer; empty where the question asks nothing of risk.

    Args:
        question: the counsellor's message just before; empty for none.
        answer: the person's message.
        at_risk: whether risk is the subject already: a level in force, or what the person said before.
    """
    said = normalise(answer).text.strip()
    if not said or len(answer) > _LONGEST:
        return []
    asked = _asked(normalise(question).text, said, at_risk=at_risk)
    if asked is None:
        return []
    level = _meaning(asked, said)
    if not level:
        return []
    return [Finding(category=asked.category, level=level, start=0, end=len(answer), rule=f"answer.{asked.topic}")]


def asks_of_risk(question: str) -> bool:
    """Whether a counsellor's message asks about risk, where risk may be the subject."""
    return _asked(normalise(question).text, "", at_risk=True) is not None


@dataclass(frozen=True)
class _Asked:
    """What was asked about.

    Attributes:
        topic: see the module.
        category: of the risk.
        open: in words that may be about anything.
        taken: what or how much was taken.
        upside_down: of a scale, whether it is one of safety.
    """

    topic: _Topic
    category: Category
    open: bool = False
    taken: bool = False
    upside_down: bool = False


def _asked(question: str, said: str, *, at_risk: bool) -> _Asked | None:
    """The last question of risk in a message, given what was answered."""
    named = bool(cue("names_risk").search(question))
    # What makes such a question one of risk by itself.
    told = {
        "scale": False,
        "act": bool(cue("names_pills").search(question)),
        "plan": bool(cue("answers_means").search(said)),
    }
    sentences = _SENTENCE.findall(question)
    if len(sentences) > 1 and cue("asks_back").search(sentences[-1]):
        sentences[-2:] = [f"{sentences[-2].rstrip('.。!')}?"]
    for sentence in reversed(sentences):
        if "?" not in sentence and not any(cue(name).search(sentence) for name in ("asks_statement", "asks_unmarked")):
            continue
        topics = [topic for topic in _TOPICS if cue(f"asks_{topic}").search(sentence)]
        if named and not {"scale", "act", "safe"} & set(topics) and _asks_when(sentence):
            return _Asked("when", _category(question))
        if topics:
            return _about(topics[0], sentence)
        for topic in _OPEN:
            if (named or at_risk or told[topic]) and cue(f"asks_{topic}_open").search(sentence):
                return _about(topic, sentence, open=True)
    return None


def _about(topic: _Topic, sentence: str, *, open: bool = False) -> _Asked:
    return _Asked(
        topic,
        _category(sentence),
        open,
        taken=bool(cue("names_taken").search(sentence)),
        upside_down=bool(cue("names_safety").search(sentence)),
    )


def _asks_when(sentence: str) -> bool:
    sentence = sentence.strip(" ,")
    return bool(cue("asks_when").search(sentence)) and not cue("asks_when_else").search(sentence)


def _category(sentence: str) -> Category:
    for category in _NAMED:
        if cue(f"asks_{category}").search(sentence):
            return category
    return Category.suicide


def _meaning(asked: _Asked, said: str) -> int:
    topic = asked.topic
    if topic == "scale":
        return _of_scale(said, asked)
    yes, no = bool(cue("answers_yes").match(said)), bool(cue("answers_no").match(said))
    unsure = bool(cue("answers_unsure").match(said))
    if topic == "safe":
        doubtful = no or unsure or cue("answers_unsafe").match(said)
        return 4 if doubtful and not cue("answers_yes_inside").search(said) else 0
    if topic == "act" and cue("answers_not_yet").match(said):
        return 5
    if cue("answers_harmless").search(said) or (not yes and cue("answers_no_inside").search(said)):
        return 2 if unsure else 0
    if topic == "when" and not no and cue("answers_time").search(said) and not cue("answers_past").search(said):
        return _LEVELS["when"]
    if (
        topic == "act"
        and not no
        and (cue("answers_done").match(said) or (asked.taken and cue("answers_amount").match(said)))
    ):
        return _LEVELS["act"]
    if yes or (topic == "thoughts" and not no and cue("answers_yes_late").match(said)):
        # What was done years ago is asked about as thoughts are.
        long_ago = topic == "act" and cue("answers_past").search(said)
        return _LEVELS["thoughts" if long_ago else "plan" if topic == "when" else topic]
    if unsure:
        return 2
    if topic in ("plan", "when") and not no and cue("answers_place").search(said):
        # A day by itself is no plan for anything.
        return 5 if not asked.open or cue("answers_means").search(said) else 2
    return 0


def _of_scale(said: str, asked: _Asked) -> int:
    """A number from one to ten: 7 and more is some intent, 3 to 6 thoughts (our choice).

    Ten is the worst; the best where safety was asked for. Where urges and safety were, the worse of both counts.
    """
    found = cue("answers_number").search(said)
    if found is None:
        return 0
    number = int(found[0]) if found[0].isascii() and found[0].isdigit() else _NUMBERS.get(found[0], 10)
    if asked.upside_down:
        number = 10 - number if asked.open else max(number, 10 - number)
    return 4 if number >= 7 else 2 if number >= 3 else 0
