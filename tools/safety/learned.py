"""The voice of the fitted models: what development cases and everyday talk have taught about risk.

Where its weights are installed the tuned reader (`affectgraph.tools.tuned`), encoders that were trained on the cases,
and beside it a linear model over n-grams (`learned.npz`, fitted by `affectgraph.evals.fit_safety`), which knows wording
alone and errs on other texts than the reader does: the sum of both scores counts. Where they are not installed the
n-grams stand alone. They also tell where in a text the risk stands.
The voice says 0, 1 (resources, to be safe; by the shipped cuts of lengthy texts alone), 2 or 4: it hears no finer
steps. From which score on it speaks was chosen on cases that the models were not fitted on.

What it cannot do is in `docs/safety.md`: it knows the kinds of wording that it was fitted on, and misses others.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends.errors import AffectgraphError
from affectgraph.tools.clauses import clauses
from affectgraph.tools.fitted_text import FittedText
from affectgraph.tools.normalise import normalise
from affectgraph.tools.safety.before import LINE, Language, context, language_of, meet, talk, without_commands
from affectgraph.tools.safety.findings import Category, Finding
from affectgraph.tools.sentences import sentences
from affectgraph.tools.tuned import CATEGORIES, FEW, RISK, FindReader, Reader, about, at_risk

__all__ = [
    "GRAMS",
    "HEADS",
    "Cut",
    "Scored",
    "calm_cut",
    "calm_score",
    "heard",
    "heard_in",
    "is_calm",
    "is_of_few_words",
    "learned",
    "lines",
    "passages",
    "read",
    "single_sentences",
    "stretches",
]

HEADS = ("risk", "urgent")
_LEVELS = {"risk": 2, "urgent": 4}
# Of the reader's cumulative log-odds, the one of level 4 or more.
_URGENT = 3
_NAMES = {"psychosis_mania": "psychosis_or_mania"}
_FAINT = 1
GRAMS = Path(__file__).with_name("learned.npz")
"""File of the n-grams."""
# Sentences, those too that begin with small letters: `sentences` ends none before one. No number is torn.
_TO_STOP = re.compile(r"(?:[^.!?;~…。．｡！？；～\n]|[.．~～](?=\d))+[.!?;~…。．｡！？；～]*")
_WORD = re.compile(r"\w")
# Of a text of many lines, so many of the first and of the last are read by themselves too.
_ENDS = 6
# A text of at least so many characters is also read in passages of two sentences, so that one sentence of risk in a
# long everyday text is not drowned.
_LONG = {"en": 240, "zh": 80}

# A text of at least so many characters is longer than any message that the reader was trained and its cuts were chosen
# on: what counts is the worst of its stretches, each as long as a message, against a cut of their own.
_LENGTHY = {"en": 1_500, "zh": 500}
_STRETCH = {"en": 300, "zh": 160}

# Weight of the log-odds of the n-grams beside those of the reader: found on the sets that choose the cuts too; from 0.3
# to 0.8 it makes little difference. Below the floor they count no further: filler beside a plain statement makes them
# surer and surer that a text is harmless, and the reader must be able to say otherwise.
_WORDING, _WORDING_LEAST = 0.5, -3.0

# Of a message of several sentences at most so many are read by themselves.
_SINGLE = 12

# In a message of few words there is little that could calm: from here down alone, in log-odds.
_CALM_OF_FEW = -3.0

# How much the reading in a conversation counts beside that of the message by itself: found on the twentieth set for the
# readers of English, on the twenty-first and the twenty-third for those of Chinese.
_IN_TALK = {"en": 0.9, "zh": 0.8}

# By how much, in log-odds, a clause that a rule rests on may score more than the message: plain statements put into
# talk of games and novels stand near 5 or above, and most that are history or a figure of speech below 2
# (docs/decisions.md).
_TORN = 5.0

_How = Literal["alone", "few", "answer", "talk"]


@dataclass(frozen=True)
class Cut:
    """From which log-odds on a head speaks.

    Attributes:
        whole: the least score of a whole message.
        passage: the least score of a passage of a long message.
        faint: the least score at which resources are shown to be safe.
        stretch: the least score of a stretch of a lengthy text, for the reader; the n-grams read it as any other.
        sentence: the least score of a single sentence of a message of several, or of a message by itself that was read
            with what was said before it.
        talk: the least score of a message in a conversation without risk so far, for the reader.
        few: the least score of a message of few words that stands alone, where it is below that of others.
    """

    whole: float
    passage: float
    faint: float
    stretch: float = 0.0
    sentence: float = math.inf
    talk: float = math.inf
    few: float = math.inf


def is_of_few_words(text: str) -> bool:
    """Whether a message is so short that nothing in it could calm, and that it may have a cut of its own, below that of
    others."""
    language = language_of(text)
    return len(text.split() if language == "en" else text.strip()) <= FEW[language]


def passages(text: str) -> list[tuple[int, int]]:
    """Offsets of overlapping pairs of sentences of a long text; none for a short one."""
    spans = sentences(text) if len(text) >= _LONG[language_of(text)] else []
    return [(spans[place][0], spans[place + 1][1]) for place in range(len(spans) - 1)]


def single_sentences(text: str, grams: FittedText | None = None) -> list[tuple[int, int]]:
    """Offsets of the sentences of a message of several that are read by themselves too, so that what is said between
    sentences about something else is heard.

    At most twelve, those with the worst wording; none whose wording is as harmless as the n-grams can tell, and none of
    a lengthy text.

    Args:
        text: the message.
        grams: n-grams that are being fitted; else the shipped ones.
    """
    spans = _to_stops(text) if len(text) < _LENGTHY[language_of(text)] else []
    if len(spans) < 2:
        return []
    # What is said twice is read once.
    said = {text[start:end].strip(): (start, end) for start, end in reversed(spans)}
    wording = {span: (grams or _model()).logits(one)["risk"] for one, span in said.items()}
    worst = sorted(wording, key=lambda span: (-wording[span], span))[:_SINGLE]
    return sorted(span for span in worst if wording[span] > _WORDING_LEAST)


def _to_stops(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _TO_STOP.finditer(text) if _WORD.search(match[0])]


def stretches(text: str) -> list[tuple[int, int]]:
    """Offsets of runs of sentences of a lengthy text, each as long as a message, each begun half-way through the one
    before; none for a text that is no longer than a message."""
    language = language_of(text)
    spans = sentences(text) if len(text) >= _LENGTHY[language] else []
    found: list[tuple[int, int]] = []
    first = 0
    while first < len(spans):
        last = first
        while last + 1 < len(spans) and spans[last + 1][1] - spans[first][0] <= _STRETCH[language]:
            last += 1
        found.append((spans[first][0], spans[last][1]))
        first = len(spans) if last + 1 == len(spans) else first + max(1, (last - first + 1) // 2)
    return found


def learned(
    text: str,
    question: str = "",
    earlier: str = "",
    find_reader: FindReader = lambda: None,
    before: Sequence[tuple[str, str]] = (),
) -> list[Finding]:
    """What the fitted models find in `text`, at most one finding; empty where the score stays below the cuts.

    Args:
        text: the person's message.
        question: the counsellor's message just before.
        earlier: the person's own message before that (`telling`).
        find_reader: gives the tuned reader, or None; one that fails is left out.
        before: role and text of the conversation so far, where nothing in it was at risk; else none.
    """
    so_far = _SoFar(question, earlier, tuple(before))
    found = _found(text, so_far, find_reader)
    # Words added to talk the screen down must not water down the rest, nor what was said before.
    for start, end, said, told in [
        (0, len(text), without_commands(text), so_far),
        *((start, end, line, so_far) for start, end, line in lines(text)),
        *((0, len(text), text, _SoFar(question, line)) for _, _, line in lines(earlier) if not before),
    ]:
        other = _found(said, told, find_reader, piece=True) if (said, told) != (text.strip(), so_far) else []
        if max((one.level for one in other), default=0) > max((one.level for one in found), default=0):
            place = _weightiest(text, (start, end))
            found = [one.model_copy(update={"start": place[0], "end": place[1]}) for one in other]
    return found


@dataclass(frozen=True)
class _SoFar:
    """What was said before a message: the question that it answers, the person's own message before that, and the
    whole conversation, where nothing in it was at risk."""

    question: str
    earlier: str
    turns: tuple[tuple[str, str], ...] = ()


def lines(text: str) -> list[tuple[int, int, str]]:
    """Offsets and words of each line of a text of several, at most twelve: the first and the last. None of a lengthy
    text, which is read in stretches."""
    if len(text) >= _LENGTHY[language_of(text)]:
        return []
    found = [(line.start(), line.end(), line[0].strip()) for line in LINE.finditer(text)]
    return [*found[:_ENDS], *found[_ENDS:][-_ENDS:]] if len(found) > 1 else []


@dataclass(frozen=True)
class Scored:
    """Log-odds by head, and the category that a text would be about if it were at risk."""

    heads: Mapping[str, float]
    category: Category


def _found(text: str, so_far: _SoFar, find_reader: FindReader, piece: bool = False) -> list[Finding]:
    if not text.strip():
        return []
    with suppress(AffectgraphError):
        reader = find_reader()
        if reader is not None:
            if apart := stretches(text):
                scored = [(heard(reader, text[start:end]), (start, end)) for start, end in apart]
                return _spoken_at_length(text, scored, _reader_cuts(language_of(text)))
            whole, how = _heard_so_far(reader, text, so_far)
            if how == "alone" and not piece and is_of_few_words(text):
                how = "few"
            return _spoken(text, whole, lambda part: heard(reader, part), _reader_cuts, how)
    return _spoken(text, _counted(text), _counted, _cuts)


def _heard_so_far(reader: Reader, text: str, so_far: _SoFar) -> tuple[Scored, _How]:
    """A message with what was said before it, and with how much of that."""
    if told := talk(text, so_far.turns):
        # Where the reader of conversations fails, the others go on.
        with suppress(AffectgraphError):
            return heard_in(reader, text, told), "talk"
    before = context(text, so_far.question, so_far.earlier)
    return heard(reader, text, before), "answer" if before else "alone"


def heard_in(reader: Reader, text: str, told: Sequence[str]) -> Scored:
    """As `heard`, of a message in a conversation without risk so far (`talk`): the weighted mean of what is heard in
    it by itself, and of what the reader of conversations says of it.

    Where the message by itself would be spoken of, whatever calms it has to be told by more than one message: the
    worst reading counts of those with each of them left out. What is injected in one calms nothing.
    """
    apart = heard(reader, text)
    talks = [tuple(told)]
    if apart.heads["risk"] > _reader_cuts(language_of(text))["risk"].whole:
        talks += [(*told[:place], *told[place + 1 :]) for place in range(len(told))]
    readings = [_heads(reader.read("turn", text, one)) for one in talks]
    share = _IN_TALK[language_of(text)]
    heads = {
        head: (1 - share) * score + share * max(one[head] for one in readings) for head, score in apart.heads.items()
    }
    return Scored(heads, apart.category)


def heard(reader: Reader, text: str, before: tuple[str, ...] = ()) -> Scored:
    """What the tuned reader, with what was said `before` it, and the n-grams say of a message together."""
    found, wording = read(reader, text, before), _model().logits(text)
    heads = {head: score + _WORDING * max(wording[head], _WORDING_LEAST) for head, score in found.heads.items()}
    return Scored(heads, found.category)


def read(reader: Reader, text: str, before: tuple[str, ...] = ()) -> Scored:
    """What the tuned reader says of a message, with what was said `before` it; the worst window counts."""
    outputs = reader.read("query", text, before)
    category = outputs["category"][int(outputs["level"][:, RISK].argmax())]
    name = CATEGORIES[int(np.argmax(category[:-1]))]
    return Scored(_heads(outputs), Category(_NAMES.get(name, name)))


def _heads(outputs: Mapping[str, NDArray[np.float32]]) -> dict[str, float]:
    """The log-odds of each head; the worst window counts."""
    return {"risk": float(at_risk(outputs).max()), "urgent": float(outputs["level"][:, _URGENT].max())}


def is_calm(text: str, find_reader: FindReader, stated: Sequence[tuple[int, int]] = ()) -> bool:
    """Whether the reader is sure that there is no risk in `text`, and hears none in any two sentences of it that stand
    side by side, nor in a line, nor anything plain in the clauses that a rule rests on.

    In these too, so that words elsewhere in the message, which may be there to talk the screen down, calm nothing. Torn
    out of its message a clause ("since I tried to end my life") says something else: it may score `_TORN` more. Without
    a reader nothing is sure; a reader of one language that fails is left out.

    Args:
        text: the message.
        find_reader: gives the tuned reader.
        stated: places at which a rule found thoughts or more.
    """
    with suppress(AffectgraphError):
        reader = find_reader()
        if reader is not None:
            cut = calm_cut(text, float(about()["cuts"][language_of(text)]["calm"]))
            return all(score < cut for score in _scores(reader, text, stated))
    return False


def calm_cut(text: str, cut: float) -> float:
    """From which log-odds down a text is calm, where the cut of its language is `cut`."""
    return min(cut, _CALM_OF_FEW) if is_of_few_words(text) else cut


def calm_score(reader: Reader, text: str, stated: Sequence[tuple[int, int]] = ()) -> float:
    """The highest log-odds of risk of a text and its parts (see `is_calm`), as written and with disguises undone, those
    of a clause lowered by what it may score more."""
    return max(_scores(reader, text, stated))


def _scores(reader: Reader, text: str, stated: Sequence[tuple[int, int]]) -> Iterator[float]:
    """The log-odds of the whole, first, so that who asks may stop there, and those of parts."""
    pairs = [text[first[0] : second[1]].strip() for first, second in pairwise(_to_stops(text))]
    parts = _forms([text.strip(), *pairs, *(line[0].strip() for line in LINE.finditer(text))]) or [text]
    torn = [(one.start, one.end) for one in clauses(text)]
    torn = [span for span in torn if any(meet(span, place) for place in stated)]
    short = [form for form in _forms(text[start:end].strip() for start, end in torn) if form not in parts]
    return (
        read(reader, form).heads["risk"] - lowered
        for forms, lowered in ((parts, 0.0), (short, _TORN))
        for form in forms
    )


def _forms(parts: Iterable[str]) -> list[str]:
    """Each as it is and with its disguises undone, once."""
    return list(dict.fromkeys(form for part in parts for form in (part, normalise(part).text) if _WORD.search(form)))


def _counted(text: str) -> Scored:
    """What the n-grams say of a text."""
    found = _model().logits(text)
    category = max(Category, key=lambda one: (found[f"about.{one}"], one))
    return Scored({head: found[head] for head in HEADS}, category)


def _spoken(
    text: str,
    whole: Scored,
    score: Callable[[str], Scored],
    cuts_of: Callable[[Language], Mapping[str, Cut]],
    how: _How = "alone",
) -> list[Finding]:
    """What is found in a message that was scored by itself, with the question that it answers, or in a conversation."""
    cuts, everything = cuts_of(language_of(text)), (0, len(text))
    least = {head: _least(cuts[head], how) for head in HEADS}
    fired = {head: (whole, everything) for head in HEADS if whole.heads[head] > least[head]}
    if not fired:
        fired = _loudest(text, passages(text), score, lambda part, head: cuts_of(language_of(part))[head].passage)
    if "urgent" not in fired:
        # What was said before must not drown what is plain by itself.
        single = [*single_sentences(text), *([everything] if how in ("answer", "talk") else [])]
        fired = _loudest(text, single, score, lambda part, head: cuts_of(language_of(part))[head].sentence) | fired
    # The mean of two readings lies elsewhere than one: in a conversation nothing is shown to be safe.
    faint = _FAINT if how != "talk" and whole.heads["risk"] > cuts["risk"].faint else 0
    head = max(fired, key=lambda one: _LEVELS[one], default="")
    return _finding(text, _LEVELS.get(head, faint), *fired.get(head, (whole, everything)))


def _least(cut: Cut, how: _How) -> float:
    if how == "talk":
        return cut.talk
    return min(cut.whole, cut.few) if how == "few" else cut.whole


def _loudest(
    text: str,
    spans: Sequence[tuple[int, int]],
    score: Callable[[str], Scored],
    cut: Callable[[str, str], float],
) -> dict[str, tuple[Scored, tuple[int, int]]]:
    """Head -> the part that is furthest above its cut, and where it stands; none below.

    Args:
        text: the message.
        spans: of its parts.
        score: scores a part.
        cut: of a part and a head: one may be in another language than the message.
    """
    found: dict[str, tuple[Scored, tuple[int, int]]] = {}
    above = dict.fromkeys(HEADS, 0.0)
    for start, end in spans:
        part = text[start:end].strip()
        scored = score(part)
        for head in HEADS:
            if (more := scored.heads[head] - cut(part, head)) > above[head]:
                above[head], found[head] = more, (scored, (start, end))
    return found


def _spoken_at_length(
    text: str, scored: Sequence[tuple[Scored, tuple[int, int]]], cuts: Mapping[str, Cut]
) -> list[Finding]:
    """The worst of many stretches sounds worse than one message does: it has to pass a cut of its own. Where it passes
    that of a message, resources are shown."""
    level, (heard_of, place) = 0, scored[0]
    for head in HEADS:
        worst = max(scored, key=lambda found: found[0].heads[head])
        score, cut = worst[0].heads[head], cuts[head]
        reached = _LEVELS[head] if score > cut.stretch else _FAINT if score > cut.whole else 0
        if reached > level:
            level, (heard_of, place) = reached, worst
    return _finding(text, level, heard_of, place)


def _finding(text: str, level: int, heard_of: Scored, place: tuple[int, int]) -> list[Finding]:
    if not level:
        return []
    start, end = _weightiest(text, place)
    category = heard_of.category
    return [Finding(category=category, level=level, start=start, end=end, rule=f"learned.{category}")]


def _weightiest(text: str, place: tuple[int, int]) -> tuple[int, int]:
    """The clause, as far as it is inside `place`, that the n-grams' score of risk rests on most."""
    support = _model().support(text, "risk")
    inside = [
        (max(one.start, place[0]), min(one.end, place[1])) for one in clauses(text) if meet((one.start, one.end), place)
    ]
    if not inside:
        return place
    return max(inside, key=lambda span: sum(weight for start, end, weight in support if span[0] <= start < span[1]))


@cache
def _model() -> FittedText:
    return FittedText.load(GRAMS)


@cache
def _cuts(language: Language) -> Mapping[str, Cut]:
    return {head: Cut(**_model().about["cuts"][language][head]) for head in HEADS}


@cache
def _reader_cuts(language: Language) -> Mapping[str, Cut]:
    return {head: Cut(**about()["cuts"][language][head]) for head in HEADS}
