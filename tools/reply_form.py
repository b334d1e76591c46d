"""The form of a reply: whether it says again what earlier replies said, and how many questions it asks.

Knows words and punctuation, nothing of meaning. What breaks the form is no danger: the gate leaves the sentence out and
goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from affectgraph.tools.normalise import normalise
from affectgraph.tools.sentences import Span, quotations, sentences, words

__all__ = ["EarlierReplies", "questions"]

# All numbers here are our choice.
_REPLIES = 3
# Words (ideographs in Chinese) from which on a sentence can be a repetition: "I hear you." may come again.
_SHORTEST = {"en": 5, "zh": 7}
# Share of a sentence's word pairs that stand in one earlier sentence.
_SHARED = 2 / 3
# A run this long from one earlier sentence, whatever else the sentence says.
_RUN = {"en": 8, "zh": 12}
# What has to be said each time it matters.
_MAY_COME_AGAIN = re.compile(
    r"\b(?:ai|emergency|crisis|helplines?|hotlines?|doctors?|therapists?|counsell?ors?|safe|safety|danger|"
    r"kill(?:ing)? yourself|suicide)\b|急救|紧急|危机|热线|医生|医院|咨询师|安全|自杀|危险"
)
_ASKS = re.compile(r"[?？][\s!！?？.。…~～]*\Z|[吗嘛][。.!！…~～]*\Z")
_MARKS_BEHIND = re.compile(r"[^\w?？!！.。…~～]+\Z")


class EarlierReplies:
    """The last three replies, prepared for comparison sentence by sentence.

    Args:
        replies: earlier replies in the order in which they were given.
        language: of the conversation.
    """

    def __init__(self, replies: Sequence[str], language: Literal["en", "zh"]) -> None:
        self._shortest, self._run = _SHORTEST[language], _RUN[language]
        said = [_said(reply[slice(*span)]) for reply in replies[-_REPLIES:] for span in sentences(reply)]
        self._pairs = [set(_runs(sentence, 2)) for sentence in said if len(sentence) >= self._shortest]
        self._long = {run for sentence in said for run in _runs(sentence, self._run)}

    def say(self, sentence: str, quoted: Sequence[Span] = ()) -> bool:
        """Whether an earlier reply said `sentence`, in nearly the same words.

        Args:
            sentence: one sentence of the new reply.
            quoted: `[start, end)` in it of the person's own words, which are left out.
        """
        said = [word for word, start, end in _words(sentence) if not any(a <= start and end <= b for a, b in quoted)]
        if len(said) < self._shortest or _MAY_COME_AGAIN.search(normalise(sentence).text):
            return False
        pairs = _runs(said, 2)
        return any(run in self._long for run in _runs(said, self._run)) or any(
            sum(pair in before for pair in pairs) >= _SHARED * len(pairs) for before in self._pairs
        )


def _words(text: str) -> list[tuple[str, int, int]]:
    # "You're" and "you are" are the same phrase.
    return [(word.removesuffix("'re").removesuffix("'s"), start, end) for word, start, end in words(text)]


def _said(sentence: str) -> list[str]:
    return [word for word, _, _ in _words(sentence)]


def _runs(said: Sequence[str], length: int) -> list[tuple[str, ...]]:
    return [tuple(said[place : place + length]) for place in range(len(said) - length + 1)]


def questions(reply: str) -> Iterator[Span]:
    """The sentences of a reply that ask something; a question in quotation marks is somebody else's."""
    unquoted = list(reply)
    for start, end in quotations(reply):
        unquoted[start:end] = "·" * (end - start)
    for start, end in sentences(reply):
        sentence = _MARKS_BEHIND.sub("", "".join(unquoted[start:end]))
        if any(letter.isalpha() for letter in sentence) and _ASKS.search(sentence):
            yield start, end
