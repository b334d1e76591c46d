"""What the tuned reader learns from, and where its cuts lie.

Cuts are chosen on cases that the reader was not trained on; what they give there is no estimate for other cases.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from affectgraph.evals.fit_replies import ReplyCase
from affectgraph.evals.measure_replies import read_replies
from affectgraph.evals.ordinary import reply_before, usual_questions
from affectgraph.evals.pasting import among
from affectgraph.evals.reader_training import Example
from affectgraph.evals.safety_figures import NOTICED
from affectgraph.evals.safety_fitting import Allowed, Text, chosen, scores_of
from affectgraph.tools.reply_checks import check
from affectgraph.tools.safety import screen
from affectgraph.tools.safety.assessing import Told, can_be_calmed, stated
from affectgraph.tools.safety.before import context
from affectgraph.tools.safety.learned import (
    HEADS,
    calm_cut,
    calm_score,
    heard,
    is_of_few_words,
    lines,
    passages,
    stretches,
)
from affectgraph.tools.sentences import sentences
from affectgraph.tools.tuned import KINDS, Reader, wrong

__all__ = [
    "CATEGORY_NAMES",
    "Judged",
    "case_examples",
    "cuts",
    "judged",
    "message_examples",
    "part_examples",
    "pasted_examples",
    "reply_examples",
    "usual_questions_in",
]

# Names that files of replies use -> those of the head.
_KINDS = {
    "hopeless_agreement": "agrees_with_hopelessness",
    "posing_human": "poses_as_human",
    "method_info": "method",
    "unsupported": "unsupported_claim",
    "dependency": "attachment",
    "abandonment": "abandons",
    "x": "other",
}
CATEGORY_NAMES = {"psychosis_or_mania": "psychosis_mania"}
"""Categories of cases that have another name in the head -> that name."""
# Weights beside a case: of a message of a benign session, of a text of the public sets, of a sentence that stands
# unmarked in an unsafe reply, and of a part of a long text.
_TALK, _EVERYDAY, _UNMARKED, _PART = 1.0, 0.5, 0.6, 0.5
# The reader is sure at most from here down, in log-odds, and by so much below the lowest score of a text at risk. In
# Chinese rules find more that is harmless (62 texts of the sets that choose; 30 in English), and none of 130 at risk,
# those of few words left out, scores below 0.
_CALM_MOST, _CALM_MARGIN = {"en": -3.0, "zh": -1.5}, 0.5
# Share of the texts at risk in which rules found something that may be calmed: their labels are one author's.
_CALM_LOST = 0.02
# Share of the lengthy texts without risk that a head may speak of: they are as near to risk as life is, and few.
_LENGTHY_ALARMS = 0.1
# What is put among harmless messages is at most this long, in characters; the whole at most this.
_PASTED, _PASTED_WHOLE = {"en": 160, "zh": 60}, {"en": 700, "zh": 260}
# Not all that is said beside the point belongs to it: weight beside a case.
_PASTED_WEIGHT = 0.7
# Share of the messages that stand alone which are given a question: in talk nearly every one has one.
_ASKED = 0.8
# A question about these is asked of people at risk.
_GRAVE = re.compile(
    r"suicid|kill|\bdie\b|dying|dead|hurt|harm\b|safe|\bhit\b|drink|pills|voices|weapon|\bgun|overdos|\bcut\b|\bplan\b"
    "|tablet|end it|自杀|自殺|轻生|死|伤害|傷害|安全|结束|結束|打你|喝酒|药|藥|声音|聲音|刀|割|计划",
    re.IGNORECASE,
)
# For reader and n-grams together. Sessions hold sad talk that is near to risk: more of it is allowed than elsewhere.
_allowed = partial(
    Allowed,
    urgent=0.01,
    chat={"risk": 0.035, "urgent": 0.01},
    faint=0.07,
    faint_chat=0.01,
    firm=True,
    few={"risk": 0.01, "urgent": 0.01},
)


def message_examples(
    texts: Iterable[Text], questions: Mapping[str, Sequence[str]] = {}, seed: int = 0
) -> list[Example]:
    """One of every message, with what was said before it.

    Args:
        texts: messages.
        questions: language -> what a counsellor usually asks. Most messages that stand alone are given one, at
            risk or not: a question by itself is no sign of risk.
        seed: of which message is given which question.
    """
    draw = random.Random(seed)
    return [
        Example(
            "query",
            text.text,
            context(text.text, text.question or _usual(questions.get(text.language, ()), draw), text.earlier),
            level=text.level,
            category=CATEGORY_NAMES.get(text.category, text.category),
            weight=1.0 if not text.everyday else _TALK if text.kind == "talk" else _EVERYDAY,
        )
        for text in texts
    ]


def part_examples(texts: Iterable[Text]) -> list[Example]:
    """One of every line and passage, or of every stretch of a lengthy text, by which the screen reads it too.

    Parts of a text without risk have none, and torn out of it they sound worse than they are. Of a text at risk only
    those are taken of which it is known, because its sentences at risk are marked. Of a lengthy text only what the
    screen reads of it: thousands of its single sentences, nearly all harmless, taught a reader once that a sentence
    by itself is harmless, "I want to die." too.
    """
    found = []
    for text in texts:
        if text.level and not text.marked:
            continue
        spans = stretches(text.text) or passages(text.text)
        for part in [*(line for _, _, line in lines(text.text)), *(text.text[start:end] for start, end in spans)]:
            risky = any(one in part or part in one for one in text.marked)
            found.append(
                Example(
                    "query",
                    part,
                    level=text.level if risky else 0,
                    category=CATEGORY_NAMES.get(text.category, text.category) if risky else "none",
                    weight=_PART,
                )
            )
    return found


def pasted_examples(texts: Sequence[Text], seed: int = 0) -> list[Example]:
    """Short messages, as many without risk as with it, each put once among one to three messages of sessions without
    risk: where the subject changes from one sentence to the next, the risk in one of them still counts."""
    draw = random.Random(seed)
    return [one for language in _PASTED for one in _pasted_in(language, texts, draw)]


def _pasted_in(language: str, texts: Sequence[Text], draw: random.Random) -> list[Example]:
    longest = _PASTED[language]
    alone = [one for one in texts if one.language == language and not one.question]
    around = [one.text for one in alone if one.kind == "talk" and len(one.text) <= 2 * longest]
    short = [one for one in alone if not one.everyday and one.level != 1 and len(one.text) <= longest]
    risky, calm = [one for one in short if one.level], [one for one in short if not one.level]
    found: list[Example] = []
    if not around:
        return found
    for one in [*risky, *draw.sample(calm, min(len(calm), len(risky)))]:
        said = among(one.text, around, language, draw)
        if len(said) <= _PASTED_WHOLE[language]:
            category = CATEGORY_NAMES.get(one.category, one.category)
            found.append(Example("query", said, level=one.level, category=category, weight=_PASTED_WEIGHT))
    return found


def _usual(questions: Sequence[str], draw: random.Random) -> str:
    return draw.choice(questions) if questions and draw.random() < _ASKED else ""


def usual_questions_in(replies: Iterable[Path]) -> dict[str, list[str]]:
    """Language -> questions that are no sign of risk: those of `counsel`, and those of good replies in files.

    Raises:
        InputError: a file is no file of replies.
    """
    found = {language: list(usual_questions(language)) for language in ("en", "zh")}
    for said in (said for path in replies for said in judged(path) if said.kind == "good"):
        if said.text.endswith(("?", "？")) and not _GRAVE.search(said.text):
            found[said.language].append(said.text)
    return found


def case_examples(cases: Iterable[ReplyCase]) -> list[Example]:
    """One of every single sentence."""
    return [Example("passage", case.text, kind=_kind(case.kind or "good")) for case in cases]


def reply_examples(path: Path) -> list[Example]:
    """One of every sentence of the replies in a file, with the message that it answers.

    Raises:
        InputError: the file is no file of replies.
    """
    return [
        Example(
            "passage",
            said.text,
            (said.person,),
            kind=_kind(said.kind) if said.unsafe else "good",
            weight=_UNMARKED if said.kind != "good" and not said.unsafe else 1.0,
        )
        for said in judged(path)
    ]


def _kind(name: str) -> str:
    known = _KINDS.get(name, name)
    return known if known in KINDS else "other"


@dataclass(frozen=True)
class Judged:
    """A sentence of a reply: which reply, in which language, to what; the reply's kind, and whether it is marked."""

    reply: str
    language: str
    person: str
    kind: str
    text: str
    unsafe: bool


def judged(path: Path) -> list[Judged]:
    """The sentences of a file of replies (see `affectgraph.evals.measure_replies`).

    Raises:
        InputError: the file is no file of replies.
    """
    found = []
    for reply in read_replies(path):
        whole, marked = str(reply["output"]), [str(one) for one in reply["unsafe"]]  # type: ignore[attr-defined]
        for start, end in sentences(whole):
            text = whole[start:end].strip()
            if any(letter.isalpha() for letter in text):
                unsafe = any(one in text or text in one for one in marked)
                found.append(
                    Judged(
                        str(reply["id"]),
                        str(reply["language"]),
                        str(reply["person"]),
                        str(reply["kind"]),
                        text,
                        unsafe,
                    )
                )
    return found


def cuts(
    reader: Reader,
    texts: Sequence[Text],
    replies: Sequence[Judged],
    *,
    false_alarms: Mapping[str, float],
    false_rejects: float,
    say: Callable[[str], Any] = lambda line: None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Cuts by language, and what they give on the texts that they were chosen on.

    Args:
        reader: that was trained on none of the following.
        texts: cases and messages of benign sessions.
        replies: unsafe and good ones.
        false_alarms: language -> share of the cases without risk on which rules and reader together may speak.
        false_rejects: share of the good replies of which rules and reader together may reject a sentence.
        say: is told how it goes.
    """
    found: dict[str, Any] = {}
    report: dict[str, Any] = {}
    texts = _midway(texts)
    for language in sorted({text.language for text in texts}):
        own = [text for text in texts if text.language == language]
        lengthy = [text for text in own if stretches(text.text)]
        calm, some, sure = _calmed(reader, language, [text for text in own if not stretches(text.text)])
        scores = scores_of(
            some,
            lambda one: heard(reader, one.text, context(one.text, one.question, one.earlier)).heads,
            lambda part: heard(reader, part).heads,
        )
        heads, told = chosen(some, scores, np.ones(len(some), dtype=np.bool_), _allowed(false_alarms[language]))
        of_stretches, told["lengthy"] = _stretch_cuts(reader, lengthy)
        said = [one for one in replies if one.language == language]
        cut, report[f"{language} replies"] = _reply_cut(reader, said, false_rejects)
        spoken = {head: asdict(replace(heads[head], stretch=of_stretches[head])) for head in HEADS}
        found[language] = {**spoken, "reply": cut, "calm": calm}
        report[language] = {**told, "calm": sure}
        say(f"{language}: recall {told['recall_union']:.3f}, false alarms {told['alarms_union']:.3f}")
        say(f"{language}, replies: {report[f'{language} replies']}")
    return found, report


def _midway(texts: Sequence[Text]) -> list[Text]:
    """Every other case that stands alone after a usual reply: half of them as the first message of a session."""
    return [
        replace(one, question=reply_before(one.language, place))
        if place % 2 and not (one.question or one.earlier or one.everyday)
        else one
        for place, one in enumerate(texts)
    ]


def _stretch_cuts(reader: Reader, texts: Sequence[Text]) -> tuple[dict[str, float], dict[str, Any]]:
    """From which score of its worst stretch on a lengthy text is spoken of, by head, and what that gives."""
    found, told = {}, {}
    for head, least in zip(HEADS, (NOTICED, 4), strict=True):
        worst = [
            max(heard(reader, one.text[start:end]).heads[head] for start, end in stretches(one.text)) for one in texts
        ]
        without = [value for value, one in zip(worst, texts, strict=True) if one.level == 0]
        risky = [value for value, one in zip(worst, texts, strict=True) if one.level >= least]
        found[head] = float(np.quantile(without, 1 - _LENGTHY_ALARMS, method="midpoint")) if without else 0.0
        told[head] = {
            "recall": float(np.mean([value > found[head] for value in risky])) if risky else None,
            "at risk": len(risky),
            "without risk": len(without),
        }
    return found, told


def _calmed(reader: Reader, language: str, texts: Sequence[Text]) -> tuple[float, list[Text], dict[str, Any]]:
    """The score below which the reader is sure, the texts with the level that rules then give them, and how far off.

    It lies a step below the scores of nearly all texts at risk in which rules found risk; those of few words have a
    cut of their own.
    """
    found = [screen(one.text).model_copy(update={"level": one.rules}) for one in texts]
    score = [
        calm_score(reader, one.text, stated(one.text))
        if can_be_calmed(ruled, one.text, Told(one.earlier, one.question))
        else np.inf
        for one, ruled in zip(texts, found, strict=True)
    ]
    risky = [
        (value, one.rules)
        for value, one in zip(score, texts, strict=True)
        if one.level >= NOTICED and np.isfinite(value) and not is_of_few_words(one.text)
    ]
    lowest = float(np.quantile([value for value, _ in risky], _CALM_LOST, method="lower")) if risky else 0.0
    cut = min(_CALM_MOST[language], lowest - _CALM_MARGIN)
    told = {
        f"rule of {least} or more": {"at risk": len(some), "lowest": min(some, default=None)}
        for least in (NOTICED, 4)
        for some in [[value for value, rules in risky if rules >= least]]
    }
    calmed = [
        replace(one, rules=1) if value < calm_cut(one.text, cut) else one
        for one, value in zip(texts, score, strict=True)
    ]
    return cut, calmed, told


def _reply_cut(reader: Reader, said: Sequence[Judged], share: float) -> tuple[float, dict[str, float]]:
    """The lowest cut at which rules and reader reject a sentence of at most `share` of the good replies."""
    score = [wrong(reader, one.text, one.person) for one in said]
    ruled = [_ruled(one) for one in said]
    worst: dict[str, float] = {}
    for one, value, rejected in zip(said, score, ruled, strict=True):
        if one.kind == "good":
            worst[one.reply] = max(worst.get(one.reply, -np.inf), np.inf if rejected else value)
    ordered = sorted(worst.values(), reverse=True)
    cut = ordered[min(int(share * len(ordered)), len(ordered) - 1)] + 1e-6 if ordered else 0.0
    # Where the rules alone use up the share, the reader still speaks from even odds on.
    cut = float(cut) if np.isfinite(cut) else 0.0
    leaks = [
        one.reply for one, value, rejected in zip(said, score, ruled, strict=True) if _leaks(one, value, rejected, cut)
    ]
    replies = {one.reply for one in said if one.kind != "good"}
    good = [value >= cut for value in worst.values()]
    return cut, {"leaked": len(set(leaks)) / max(1, len(replies)), "good replies cut": sum(good) / max(1, len(good))}


def _ruled(one: Judged) -> bool:
    language = "zh" if one.language == "zh" else "en"
    return bool(check(one.text, source=one.person, language=language, learned=False))  # type: ignore[arg-type]


def _leaks(one: Judged, value: float, rejected: bool, cut: float) -> bool:
    return one.unsafe and not rejected and value < cut
