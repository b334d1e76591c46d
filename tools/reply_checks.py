"""Typed checks on a model's reply to a person, and the gate that releases it sentence by sentence.

The threat is a weak or misled model: blame, medical advice, false comfort, a made-up human life, copied text, its own
instructions. The rules are tables of patterns over normalised text (see `normalise`). They know wording, not meaning,
so they are one layer of several. A violation carries a kind and offsets, never text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from pydantic import BaseModel, Field

from affectgraph.tools.language import detect
from affectgraph.tools.normalise import normalise
from affectgraph.tools.reply_form import EarlierReplies
from affectgraph.tools.reply_form import questions as asked
from affectgraph.tools.reply_kinds import FORM, Kind
from affectgraph.tools.reply_learned import unsafe
from affectgraph.tools.reply_rules import CLAUSE, ReplyRule, rules
from affectgraph.tools.sentences import (
    Span,
    ends_like_a_sentence,
    quotations,
    sentence_end,
    sentences,
    unclosed,
    words,
    words_outside_quotations,
    wrapped,
    wrapping,
)
from affectgraph.tools.tuned import FindReader

__all__ = ["Kind", "SentenceGate", "Violation", "check"]

_Spoken = Literal["en", "zh"]


class Violation(BaseModel, frozen=True):
    """What is wrong in `[start, end)` of a reply."""

    kind: Kind
    start: int = Field(ge=0)
    end: int = Field(gt=0)


# --- words that the tables share -------------------------------------------------------------------------------------

_HIDDEN = "\u25af"
# Our choice: a run this long that stands in the person's text is copied, not reflected.
_COPIED = {"en": 12, "zh": 24}
# Of the instructions, a run this long is recited.
_RECITED = {"en": 8, "zh": 14}
# A sentence this long that comes again is a loop, not emphasis.
_REPEATED = {"en": 4, "zh": 8}
# Letters from which on a script is judged; an ideograph says as much as three Latin letters.
_JUDGED = {"en": 12, "zh": 24}
_CLAUSE_WINDOW = 160
_STOPS = re.compile(r"(?<![ (][a-z])(?<!\.[a-z])(?<!\bdr)[.!?。\n]")
_LINE_START = re.compile(r"(?:\A|[^:：\s]\s*\n)\s*\Z")
_LINE_END = re.compile(r".?\s*(?:\n|\Z)")
_VISIBLE = re.compile(r"\S")
_QUOTES = re.compile("[\"'“”‘’「」『』]")
_EMPHASIS = re.compile(r"(?<!\w)[*_~]+|[*_~]+(?!\w)")


class _Source:
    """The person's text, prepared for comparison."""

    def __init__(self, text: str, language: _Spoken) -> None:
        own = [word for word, _, _ in words(text)]
        self.text = text
        self.run = _COPIED[language]
        self.runs = set(_runs(text, self.run))
        self.spaced = f" {' '.join(own)} "
        self.folded = normalise(text).text

    def says(self, quoted: str) -> bool:
        """Whether `quoted` is in the person's own words."""
        return f" {' '.join(word for word, _, _ in words(quoted))} " in self.spaced


class _Bounds:
    """What a reply is held against besides the rules."""

    def __init__(
        self,
        source: str,
        language: _Spoken,
        earlier: Sequence[str],
        questions: int | None,
        told: Sequence[str],
        learned: bool,
        reader: FindReader,
    ) -> None:
        self.source = _Source(source, language)
        self.language: _Spoken = language
        self.earlier = EarlierReplies(earlier, language)
        self.questions = questions
        self.learned = learned
        self.reader = reader
        self.told = frozenset(run for text in told for run in _runs(text, _RECITED[language]))


def _runs(text: str, length: int) -> Iterator[tuple[str, ...]]:
    own = [word for word, _, _ in words(text)]
    return (tuple(own[place : place + length]) for place in range(len(own) - length + 1))


def check(
    reply: str,
    *,
    source: str,
    language: _Spoken,
    earlier: Sequence[str] = (),
    questions: int | None = None,
    told: Sequence[str] = (),
    learned: bool = True,
    reader: FindReader = lambda: None,
) -> list[Violation]:
    """All violations in a reply, which may still be growing.

    Args:
        reply: the text so far.
        source: the person's text.
        language: that the reply should have.
        earlier: the replies before this one, in order; the last three must not be said again.
        questions: how many sentences may be questions; None for any number.
        told: the instructions of the model, which are not to be recited.
        learned: whether the learned opinion on single sentences may object too (kind `unsafe`).
        reader: gives the tuned reader for it; without one it knows n-grams alone.

    Returns:
        Violations in reading order; offsets are those of `reply`.
    """
    while opened := wrapping(reply):
        reply = _blanked(reply, opened[0])
    return _violations(reply, _Bounds(source, language, earlier, questions, told, learned, reader))


def _violations(reply: str, bounds: _Bounds) -> list[Violation]:
    found = {
        *_by_tables(reply, bounds.source),
        *_copied(reply, bounds.source),
        *_recited(reply, bounds),
        *_repeated(reply, bounds.language),
        *_in_another_script(reply, bounds.language),
        *_said_before(reply, bounds),
        *_surplus_questions(reply, bounds.questions),
        *(_judged_unsafe(reply, bounds) if bounds.learned else ()),
    }
    return sorted(found, key=lambda violation: (violation.start, violation.end, violation.kind))


def _blanked(text: str, place: int) -> str:
    return f"{text[:place]} {text[place + 1 :]}"


def _by_tables(reply: str, source: _Source) -> Iterator[Violation]:
    own = _own_words(reply, source)
    # A zero-width character in place of emphasis marks: gone after normalisation, and offsets stay.
    plain = normalise(_EMPHASIS.sub(lambda match: "\u200b" * len(match[0]), reply))
    views = {
        "own": _hidden(plain.text, plain.spans, own),
        "outside": _hidden(plain.text, plain.spans, own + _embedded_quotations(reply)),
        "all": plain.text,
        "raw": _hidden(reply, _places(reply), own),
    }
    for rule in rules():
        for start, end in _matches(rule, views[rule.view], source):
            if rule.view != "raw":
                start, end = plain.original(start, end)
            yield Violation(kind=rule.kind, start=start, end=end)


def _own_words(reply: str, source: _Source) -> list[Span]:
    return [span for span in quotations(reply) if source.says(reply[slice(*span)])]


def _embedded_quotations(reply: str) -> list[Span]:
    """Quotations inside a line, or after a colon; a line of its own in quotation marks is what the model says."""
    return [
        (start, end)
        for start, end in quotations(reply)
        if not (_LINE_START.search(reply[: start - 1]) and _LINE_END.match(reply, end))
    ]


def _places(text: str) -> list[Span]:
    return [(place, place + 1) for place in range(len(text))]


def _hidden(text: str, origins: Iterable[Span], spans: list[Span]) -> str:
    """`text` with every character covered that comes from one of the `spans` of the reply."""
    return "".join(
        _HIDDEN if any(first <= start < last for first, last in spans) else character
        for character, (start, _) in zip(text, origins, strict=True)
    )


def _matches(rule: ReplyRule, text: str, source: _Source) -> Iterator[Span]:
    for match in rule.pattern.finditer(text):
        before = _clause_before(text, match.start())
        excused = any(pattern.search(before) for pattern in rule.unless)
        excused = excused or bool(rule.excused and rule.excused.search(_sentence_around(text, *match.span())))
        named = any(name and name in source.folded for name in match.groupdict().values())
        if match[0] and not excused and not named:
            yield match.span()


def _clause_before(text: str, start: int) -> str:
    window = text[max(0, start - _CLAUSE_WINDOW) : start]
    return window[max((match.end() for match in CLAUSE.finditer(window)), default=0) :]


def _sentence_around(text: str, start: int, end: int) -> str:
    before, after = text[max(0, start - _CLAUSE_WINDOW) : start], text[end : end + _CLAUSE_WINDOW]
    return _STOPS.split(before)[-1] + text[start:end] + _STOPS.split(after)[0]


def _copied(reply: str, source: _Source) -> Iterator[Violation]:
    """Runs of words outside quotation marks that stand in the person's text, or earlier in the reply."""
    seen: set[tuple[str, ...]] = set()
    for stretch in words_outside_quotations(reply):
        for place in range(len(stretch) - source.run + 1):
            part = stretch[place : place + source.run]
            run = tuple(word for word, _, _ in part)
            if run in source.runs or run in seen:
                yield Violation(kind="echo", start=part[0][1], end=part[-1][2])
                return
            seen.add(run)


def _recited(reply: str, bounds: _Bounds) -> Iterator[Violation]:
    said, length = words(reply), _RECITED[bounds.language]
    for place in range(len(said) - length + 1 if bounds.told else 0):
        part = said[place : place + length]
        if tuple(word for word, _, _ in part) in bounds.told:
            yield Violation(kind="leak", start=part[0][1], end=part[-1][2])
            return


def _repeated(reply: str, language: _Spoken) -> Iterator[Violation]:
    seen: set[tuple[str, ...]] = set()
    for start, end in sentences(reply):
        said = tuple(word for word, _, _ in words(reply[start:end]))
        if len(said) >= _REPEATED[language] and said in seen:
            yield Violation(kind="echo", start=start, end=end)
        seen.add(said)


def _in_another_script(reply: str, language: _Spoken) -> Iterator[Violation]:
    """Judged for each sentence and for the whole reply, quotations left out."""
    text = _hidden(reply, _places(reply), _embedded_quotations(reply))
    for start, end in [*sentences(text), (0, len(text))]:
        letters = [character for character in text[start:end] if character.isalpha()]
        weight = sum(3 if ord(character) > 0x2E80 else 1 for character in letters)
        if weight >= _JUDGED[language] and detect("".join(letters)) != language:
            yield Violation(kind="wrong_language", start=start, end=end)
            return


def _said_before(reply: str, bounds: _Bounds) -> Iterator[Violation]:
    own = _own_words(reply, bounds.source)
    for start, end in sentences(reply):
        if bounds.earlier.say(reply[start:end], [(first - start, last - start) for first, last in own]):
            yield Violation(kind="repetition", start=start, end=end)


def _judged_unsafe(reply: str, bounds: _Bounds) -> Iterator[Violation]:
    """Sentence by sentence; the reader is told the person's own words beside them, the n-grams are not."""
    text = _hidden(reply, _places(reply), _own_words(reply, bounds.source))
    for start, end in sentences(text):
        said = text[start:end].replace(_HIDDEN, "")
        if not any(letter.isalpha() for letter in said):
            continue
        if unsafe(said, bounds.language, bounds.source.text, bounds.reader, reply[start:end]):
            yield Violation(kind="unsafe", start=start, end=end)


def _surplus_questions(reply: str, allowed: int | None) -> Iterator[Violation]:
    for number, (start, end) in enumerate(asked(reply) if allowed is not None else ()):
        if number >= (allowed or 0):
            yield Violation(kind="questions", start=start, end=end)


# --- the gate --------------------------------------------------------------------------------------------------------


class SentenceGate:
    """Releases a reply that arrives in chunks sentence by sentence, up to the first violation.

    What is released does not depend on where the chunks are cut. Quotation marks around the whole reply are taken
    away; pieces without letters (list numbers, rules) are dropped. So are sentences whose only fault is their form
    (said before, one question too many): what follows them is released.

    Args:
        source: the person's text.
        language: that the reply should have.
        earlier: the replies before this one, in order; the last three must not be said again.
        questions: how many sentences may be questions; None for any number.
        told: the instructions of the model, which are not to be recited.
        learned: whether the learned opinion on single sentences may object too (kind `unsafe`).
        reader: gives the tuned reader for it; without one it knows n-grams alone.
    """

    def __init__(
        self,
        *,
        source: str,
        language: _Spoken,
        earlier: Sequence[str] = (),
        questions: int | None = None,
        told: Sequence[str] = (),
        learned: bool = True,
        reader: FindReader = lambda: None,
    ) -> None:
        self._bounds = _Bounds(source, language, earlier, questions, told, learned, reader)
        self._text = ""
        self._start = 0
        self._closing = ""
        self._released = 0
        self._violations: list[Violation] = []
        self._dropped: list[Violation] = []

    @property
    def dropped(self) -> list[Violation]:
        """Sentences that were left out for their form; offsets are those of the text pushed so far."""
        return list(self._dropped)

    @property
    def violations(self) -> list[Violation]:
        """What stopped the reply; offsets are those of the text pushed so far."""
        return list(self._violations)

    def push(self, chunk: str) -> list[str]:
        """Take the next chunk; return the sentences that it completes and that passed."""
        if self._violations:
            return []
        self._text += chunk
        passed: list[str] = []
        while not self._violations and (end := sentence_end(self._text, self._start)) is not None:
            passed += self._judge(end)
        return passed

    def finish(self) -> list[str]:
        """The reply is over: return its last piece, unless it is cut off and other sentences stand without it."""
        rest = self._text[self._start :]
        if self._violations or (self._released and not ends_like_a_sentence(rest)):
            return []
        if not self._released and (mark := wrapped(rest)):
            self._text = _blanked(_blanked(self._text, self._start + mark[0]), self._start + mark[1])
        return self._judge(len(self._text))

    def _judge(self, end: int) -> list[str]:
        self._unwrap(end)
        start, self._start = self._start, end
        piece = self._text[start:end].strip()
        if not any(character.isalpha() for character in piece):
            # A dropped mark opens no quotation: what follows it is released, and judged, without it.
            self._drop(start, end, _QUOTES)
            return []
        found = _violations(self._text[:end], self._bounds)
        self._violations = [violation for violation in found if violation.kind not in FORM]
        if self._violations:
            return []
        if found:
            self._dropped += found
            self._drop(start, end, _VISIBLE)
            return []
        self._released += 1
        return [piece]

    def _drop(self, start: int, end: int, pattern: re.Pattern[str]) -> None:
        self._text = self._text[:start] + pattern.sub(" ", self._text[start:end]) + self._text[end:]

    def _unwrap(self, end: int) -> None:
        """Blank the mark that opens the whole reply, and later the lone one that closes it."""
        # Nothing is released before it: what was dropped does not count.
        while not self._released and (opened := wrapping(self._text[self._start : end])):
            place, self._closing = opened
            self._text = _blanked(self._text, self._start + place)
        piece = self._text[self._start : end].rstrip()
        if self._closing and piece.endswith(self._closing) and unclosed(piece, self._closing):
            self._text = _blanked(self._text, self._start + len(piece) - 1)
            self._closing = ""
