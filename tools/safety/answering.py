"""What a short answer means: "yes" is nothing by itself, and everything after "are you thinking of suicide?".

Reads the counsellor's last message for a direct question about risk, and the person's answer with it. Affirming or
leaving open the thoughts counts 2, a plan, means or an intent 4, an act 6; "no" counts only where it is the answer at
risk ("can you keep yourself safe tonight?"). Who names a time, asked when it is to be, has a plan. "Yes" to any other
question is nothing; "what are your plans?" is about risk only where risk is the subject.
"""

from __future__ import annotations

import re
from typing import Literal

from affectgraph.tools.normalise import normalise
from affectgraph.tools.safety.findings import Category, Finding
from affectgraph.tools.safety.rules import cue

__all__ = ["answered", "asks_of_risk"]

_Topic = Literal["thoughts", "plan", "when", "act", "safe", "scale"]
_TOPICS: tuple[_Topic, ...] = ("scale", "act", "plan", "safe", "thoughts")
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
# What is longer than this, in characters, is more than a time.
_TIME = 60
_SENTENCE = re.compile(r"[^.!?。;\n]{1,400}[?]|[^.!?。;\n]{1,400}(?=$)")


def answered(question: str, answer: str, held: int = 0) -> list[Finding]:
    """What `answer` admits to, as findings over the whole answer; empty where the question asks nothing of risk.

    Args:
        question: the counsellor's message just before; empty for none.
        answer: the person's message.
        held: the level in force before it.
    """
    said = normalise(answer).text.strip()
    if not said or len(answer) > _LONGEST:
        return []
    asked = _asked(
        normalise(question).text, open_plans=held >= _LEVELS["thoughts"] or bool(cue("answers_means").search(said))
    )
    if asked is None:
        return []
    topic, category = asked
    level = _meaning(topic, said)
    if not level:
        return []
    return [Finding(category=category, level=level, start=0, end=len(answer), rule=f"answer.{topic}")]


def asks_of_risk(question: str) -> bool:
    """Whether a counsellor's message asks directly about risk."""
    return _asked(normalise(question).text, open_plans=True) is not None


def _asked(question: str, *, open_plans: bool) -> tuple[_Topic, Category] | None:
    """The last question of risk in a message, and what it is about; `open_plans`: a question about plans of any kind is
    one."""
    named = bool(cue("asks_thoughts").search(question))
    for sentence in reversed(_SENTENCE.findall(question)):
        if "?" not in sentence and not cue("asks_statement").search(sentence):
            continue
        if named and cue("asks_when").search(sentence):
            return "when", _category(question)
        for topic in _TOPICS:
            if cue(f"asks_{topic}").search(sentence):
                return topic, _category(sentence)
        if (named or open_plans) and cue("asks_plans").search(sentence):
            return "plan", _category(sentence)
    return None


def _category(sentence: str) -> Category:
    for category in _NAMED:
        if cue(f"asks_{category}").search(sentence):
            return category
    return Category.suicide


def _meaning(topic: _Topic, said: str) -> int:
    if topic == "scale":
        return _of_scale(said)
    yes, no = bool(cue("answers_yes").match(said)), bool(cue("answers_no").match(said))
    unsure = bool(cue("answers_unsure").match(said))
    if topic == "when" and not (yes or no or unsure):
        return 0 if len(said) > _TIME or cue("answers_past").search(said) else _LEVELS[topic]
    if topic == "safe":
        return 4 if (no or unsure) and not cue("answers_yes_inside").search(said) else 0
    if topic == "act" and cue("answers_not_yet").match(said):
        return 5
    if cue("answers_no_inside").search(said):
        return 2 if unsure else 0
    if topic == "act" and not no and cue("answers_done").match(said):
        return _LEVELS[topic]
    if yes or (topic == "thoughts" and not no and cue("answers_yes_late").match(said)):
        return _LEVELS[topic]
    if unsure:
        return 2
    if topic == "plan" and not no and cue("answers_place").search(said):
        return 5
    return 0


def _of_scale(said: str) -> int:
    """A number from one to ten, ten being the worst: 7 and more is some intent, 3 to 6 thoughts (our choice)."""
    found = cue("answers_number").search(said)
    if found is None:
        return 0
    number = int(found[0]) if found[0].isascii() and found[0].isdigit() else _NUMBERS.get(found[0], 0)
    return 4 if 7 <= number <= 10 else 2 if 3 <= number <= 6 else 0
