"""Closed questions about a text: what is asked, the answers in order, and the words for them in each prompt language.

A question whose answers are points of a scale also has values: its distribution then has a mean, the rating. The
words of the answers are our choice; they continue the prompt's lead ("The writer feels" + "very bad").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from affectgraph.tools.appraisals import APPRAISALS, appraisal
from affectgraph.tools.emotions import TAXONOMIES, taxonomy
from affectgraph.tools.sentiment import SENTIMENTS, VALUES

__all__ = ["NOTHING", "QUESTIONS", "Question", "question"]

# In the place of the text, in the neutral question whose scores are subtracted.
NOTHING = {"en": "N/A", "zh": "（无）"}

# Questions whose answers are the labels that the caller gives (or `ekman7`).
_OPEN = ("emotion", "person_emotion", "speaker_emotion", "shown_emotion", "viewer_emotion")
_RATED = ("valence", "arousal", "dominance", "reader_valence", "reader_arousal", "reader_dominance")

_FIVE = (1.0, 2.0, 3.0, 4.0, 5.0)
_GOOD = {"en": ("very bad", "bad", "neutral", "good", "very good"), "zh": ("很坏", "有点坏", "一般", "有点好", "很好")}
_HIGH = {"en": ("very low", "low", "medium", "high", "very high"), "zh": ("很低", "较低", "中等", "较高", "很高")}
_TRUE = {
    "en": ("not at all true", "slightly true", "moderately true", "very true", "extremely true"),
    "zh": ("完全不符合", "有点符合", "比较符合", "很符合", "非常符合"),
}
# In the order of `SENTIMENTS`.
_SENTIMENT = {
    "N": ("negative", "消极"),
    "WN": ("slightly negative", "有点消极"),
    "Neu": ("neutral", "中性"),
    "WP": ("slightly positive", "有点积极"),
    "P": ("positive", "积极"),
}
_SARCASM = {"sincere": ("sincere", "真心的"), "sarcastic": ("sarcastic", "讽刺的")}

QUESTIONS: tuple[str, ...] = (
    *_OPEN,
    *_RATED,
    "sentiment",
    "sarcasm",
    *(f"appraisal:{item.name}" for item in APPRAISALS),
)


@dataclass(frozen=True)
class Question:
    """One closed question.

    Attributes:
        name: one of `QUESTIONS`.
        prompt: the name of its prompt file.
        labels: n distinct keys of the answers.
        words: language -> n words, in the order of `labels`.
        values: the n points of the scale, None where the answers have no order.
        variables: language -> variables of the prompt beside the caller's own.
    """

    name: str
    prompt: str
    labels: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]]
    values: tuple[float, ...] | None = None
    variables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def question(name: str, labels: Sequence[str] | None = None) -> Question:
    """The question called `name`.

    Args:
        name: one of `QUESTIONS`.
        labels: the answers of a question about emotions; None means `ekman7`. Ignored by the others.

    Raises:
        KeyError: there is no such question; the message lists them.
    """
    if name not in QUESTIONS:
        known = ", ".join(key for key in QUESTIONS if ":" not in key)
        raise KeyError(f"unknown question {name!r}; known: {known}, appraisal:VARIABLE")
    if name in _OPEN:
        keys = tuple(labels or taxonomy("ekman7").labels)
        return Question(name, f"reading/{name}", keys, {"en": keys, "zh": _chinese_words(keys)})
    if name in _RATED:
        words = _GOOD if name.endswith("valence") else _HIGH
        return Question(name, f"reading/{name}", tuple(map(_point, _FIVE)), words, _FIVE)
    if name.startswith("appraisal:"):
        asked = appraisal(name.partition(":")[2])
        statements = {"en": {"statement": asked.en}, "zh": {"statement": asked.zh}}
        return Question(name, "reading/appraisal", tuple(map(_point, _FIVE)), _TRUE, _FIVE, statements)
    if name == "sentiment":
        return Question(name, "reading/sentiment", SENTIMENTS, _columns(_SENTIMENT), tuple(VALUES.values()))
    return Question(name, "reading/sarcasm", tuple(_SARCASM), _columns(_SARCASM))


def _point(value: float) -> str:
    return f"{value:g}"


def _columns(words: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    return {"en": tuple(en for en, _ in words.values()), "zh": tuple(zh for _, zh in words.values())}


def _chinese_words(labels: Sequence[str]) -> tuple[str, ...]:
    """A word for each label; two labels that share one ("neutral", "no-emotion") stay as they are."""
    words = [_chinese(label) for label in labels]
    return tuple(word if words.count(word) == 1 else label for label, word in zip(labels, words, strict=True))


def _chinese(label: str) -> str:
    """The Chinese word of a label that some taxonomy knows; else the label itself."""
    for known in TAXONOMIES.values():
        for emotion in known.emotions:
            if emotion.name == label:
                return emotion.zh
    return label
