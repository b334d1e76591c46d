"""Fitting of the learned voice's n-grams: texts and labels, and cuts on cases that they were not fitted on."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.evals.datasets import counselling, edos, goemotions
from affectgraph.evals.datasets.items import Item
from affectgraph.evals.datasets.risk import load_cases, load_sessions
from affectgraph.evals.ordinary import answered
from affectgraph.tools.fitted_text import FittedText, counted, fit_counts
from affectgraph.tools.safety import Category, Said, Voices, assess, screen
from affectgraph.tools.safety.before import context, telling
from affectgraph.tools.safety.learned import HEADS, Cut, is_of_few_words, passages, single_sentences

__all__ = [
    "LEVEL_OF",
    "Allowed",
    "Fitted",
    "Scores",
    "Text",
    "case_texts",
    "chosen",
    "everyday_texts",
    "fit",
    "half_of",
    "opening_texts",
    "scores_of",
    "talk_texts",
]

# Of the logistic regressions, and how many n-grams are kept: found on the sets that choose the cuts.
_STRENGTH, _SIZE = 16.0, 120_000
# Kind of the messages of whole sessions without risk.
_TALK = "talk"
# Kind of the cases in which a person says that there is no risk, mostly asked.
_DENIED = "negated"
# Weight of a text of the public sets beside a case: found earlier, on folds that were not fitted on.
_EVERYDAY_WEIGHT = 0.15
# Share of cases without risk on which passages of long texts may fire.
_PASSAGE_ALARMS = 0.001
LEVEL_OF = {"risk": 2, "urgent": 4}
"""Level that a head stands for."""
# Share of the cases without risk, and of the messages of sessions, on which single sentences may fire where nothing
# else does, by head. On the seventeenth set nearly all that is plain by itself was heard at twice that.
_SENTENCE_ALARMS = {"risk": 0.0025, "urgent": 0.001}
# Where the rules alone use up the allowed share, the learned voice still gets this part of it.
_LEAST_PART = 0.5

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Text:
    """One text to fit on.

    Attributes:
        id: unique.
        text: the person's last message.
        question: the counsellor's message just before, or empty.
        earlier: the person's own message before that, or empty.
        language: en or zh.
        level: 0-6.
        category: of the risk, or `none`.
        everyday: from a public set: no risk, as far as the rules see.
        rules: level that the rules give it.
        kind: of the case; the set's name for everyday talk.
        marked: the sentences that show the risk, word by word; empty where they are not marked.
    """

    id: str
    text: str
    question: str
    earlier: str
    language: str
    level: int
    category: str
    everyday: bool
    rules: int
    kind: str
    marked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Allowed:
    """Shares of texts without risk on which a voice may speak.

    Attributes:
        risk: of cases, rules and learned voice together saying 2 or more.
        urgent: of cases, the learned voice saying 4.
        chat: of everyday talk, by head.
        faint: of cases, the learned voice saying 1.
        faint_chat: of everyday talk.
        few: of messages of few words that stand alone, by head; none has a cut of its own where it is empty.
        firm: a passage never speaks where a whole message would not; for texts of which few without risk are long.
    """

    risk: float
    urgent: float = 0.003
    chat: Mapping[str, float] = field(default_factory=lambda: {"risk": 0.005, "urgent": 0.005})
    faint: float = 0.06
    faint_chat: float = 0.01
    firm: bool = False
    few: Mapping[str, float] = field(default_factory=dict)


# For the n-grams alone: where there is no reader, little else hears what is said in other words.
_allowed = partial(Allowed, urgent=0.01, chat={"risk": 0.03, "urgent": 0.005}, firm=True)


@dataclass(frozen=True)
class Fitted:
    """What a fitting gives: the model, and recall and false alarms on the texts that chose its cuts."""

    grams: FittedText
    report: dict[str, Any]


def case_texts(paths: Sequence[Path], *, ruled: bool = True) -> list[Text]:
    """The cases of files, with the level that the rules give them.

    Args:
        paths: of the files.
        ruled: whether the rules are asked: they take minutes, and who trains a reader alone needs none.

    Raises:
        DataMissing, SchemaError: as `load_cases`.
    """
    return [_case_text(item, _said(item), item.id, item.slices["kind"], ruled) for item in load_cases(paths).items]


def opening_texts(paths: Sequence[Path], *, ruled: bool = True) -> list[Text]:
    """What the person said earlier in the cases without risk of files: there is none in it either.

    Such messages are short, and often ominous until the next one is there ("I did not make it in time."). Not those of
    cases in which risk is denied: there the counsellor asked because of them, and was right to.

    Args, Raises: as `case_texts`.
    """
    return [
        _case_text(item, said[: place + 1], f"{item.id}-{place}", "opening", ruled)
        for item in load_cases(paths).items
        for said in [_said(item)]
        for place, one in enumerate(said[:-1])
        if not item.target and item.slices["kind"] != _DENIED and one.role == "person"
    ]


def _said(item: Item) -> list[Said]:
    return [Said(**turn) for turn in item.fields["conversation"]]


def _case_text(item: Item, said: Sequence[Said], identifier: str, kind: str, ruled: bool) -> Text:
    """The last message of `said`, a case or the beginning of one, as it is labelled."""
    own = [one.text for one in said[:-1] if one.role == "person"]
    return Text(
        id=identifier,
        text=said[-1].text,
        question=said[-2].text if len(said) > 1 and said[-2].role == "counsellor" else "",
        earlier=telling(own[-1]) if own else "",
        language=item.language,
        level=item.target,
        category=item.slices["category"],
        everyday=False,
        rules=assess(said, voices=Voices(learned=False)).level if ruled else 0,
        kind=kind,
        marked=tuple(item.fields["risk"]),
    )


def talk_texts(paths: Sequence[Path]) -> list[Text]:
    """The messages of sessions without risk, which count as everyday talk, each with full weight.

    Where only the person's part was written, each answers a usual reply (`affectgraph.evals.ordinary`).

    Raises:
        DataMissing, SchemaError: as `load_sessions`.
    """
    found = []
    for item in [item for path in paths for item in load_sessions(path).items]:
        question = earlier = ""
        for place, turn in enumerate(answered(item.fields["turns"], item.language)):
            if turn["role"] == "counsellor":
                question = turn["text"]
                continue
            name, text = f"{item.id}-{place}", turn["text"]
            found.append(Text(name, text, question, earlier, item.language, 0, "none", True, 0, _TALK))
            question, earlier = "", text
    return found


def half_of(group: str) -> int:
    """0 (fitted on) or 1 (kept for measuring): the half of the public sets that a dialogue belongs to."""
    return hashlib.sha256(group.encode()).digest()[0] % 2


def everyday_texts(most: int) -> list[Text]:
    """At most `most` texts of each public set, of the half for fitting, in which the rules find nothing.

    Raises:
        DataMissing: a set is not on this machine.
    """
    sets: dict[str, Sequence[Item]] = {
        "goemotions": goemotions.load().items,
        "edos": edos.load().items,
        "smile": counselling.load_smile(exchange="last").items + counselling.load_smile(exchange="middle").items,
        "cpsycoun": counselling.load_cpsycoun(file="CPsyCounD_every6th.jsonl", exchange="middle").items,
    }
    return [text for name, items in sets.items() for text in _everyday(name, items, most)]


def _everyday(name: str, items: Sequence[Item], most: int) -> list[Text]:
    found: list[Text] = []
    seen: set[str] = set()
    for item in items:
        if half_of(item.group):
            continue
        for question, text in _turns(item):
            if text not in seen and screen(text).level == 0:
                seen.add(text)
                identifier = f"{name}-{len(found)}"
                found.append(Text(identifier, text, question, "", item.language, 0, "none", True, 0, name))
    found.sort(key=lambda one: hashlib.sha256(one.text.encode()).hexdigest())
    return found[:most]


def _turns(item: Item) -> list[tuple[str, str]]:
    """(the counsellor's turn before, the client's turn), or the text alone."""
    history = item.fields.get("history")
    if history is None:
        return [("", item.fields["text"])]
    turns = [*history, {"role": "client", "text": item.fields["text"]}]
    before = [{"role": "", "text": ""}, *turns]
    return [
        (last["text"] if last["role"] == "counsellor" else "", turn["text"])
        for last, turn in zip(before, turns, strict=False)
        if turn["role"] == "client"
    ]


@dataclass(frozen=True)
class Scores:
    """Scores of texts by a model that was not fitted on them: head -> [texts]."""

    whole: dict[str, Floats]
    passages: dict[str, Floats]
    sentences: dict[str, Floats]


def fit(texts: Sequence[Text], others: Sequence[Text], *, false_alarms: float) -> Fitted:
    """Fit the model on `texts`, with cuts and a report of `others`, which it is not fitted on.

    Raises:
        MissingDependency: scikit-learn is not installed.
    """
    counts = [counted(text.text) for text in texts]
    grams = fit_counts(counts, _labels(texts), weights=_weights(texts), strength=_STRENGTH, size=_SIZE)
    scores = scores_of(
        others, lambda one: grams.logits(one.text), grams.logits, lambda text: single_sentences(text, grams)
    )
    cuts: dict[str, dict[str, Cut]] = {}
    report: dict[str, Any] = {}
    for language in ("en", "zh"):
        mask = np.array([text.language == language for text in others])
        cuts[language], report[language] = chosen(others, scores, mask, _allowed(false_alarms))
    named = {language: {head: asdict(cut) for head, cut in heads.items()} for language, heads in cuts.items()}
    about = {"cuts": named, "false_alarms": false_alarms, "texts": len(texts), "report": report}
    return Fitted(replace(grams, about=about), report)


def _weights(texts: Sequence[Text]) -> list[float]:
    return [_EVERYDAY_WEIGHT if text.everyday and text.kind != _TALK else 1.0 for text in texts]


def _labels(texts: Sequence[Text]) -> dict[str, list[int]]:
    """Heads of the n-gram model; what lies between two labels is left out (-1)."""
    labels = {
        "risk": [1 if text.level >= 2 else 0 if text.level == 0 else -1 for text in texts],
        "urgent": [1 if text.level >= 4 else 0 if text.level <= 2 else -1 for text in texts],
    }
    for category in Category:
        labels[f"about.{category}"] = [-1 if text.level == 0 else int(text.category == category) for text in texts]
    return labels


def scores_of(
    texts: Sequence[Text],
    whole: Callable[[Text], Mapping[str, float]],
    part: Callable[[str], Mapping[str, float]],
    single: Callable[[str], Sequence[tuple[int, int]]] = single_sentences,
) -> Scores:
    """Scores of texts, and the highest of their passages and of their sentences that are read by themselves.

    Args:
        texts: of one language or several.
        whole: scores a text, by head.
        part: scores a part of one.
        single: gives the offsets of those sentences.
    """

    def highest(parts: Callable[[str], Sequence[tuple[int, int]]]) -> dict[str, Floats]:
        found = [[part(one.text[start:end].strip()) for start, end in parts(one.text)] for one in texts]
        return {
            head: np.array([max((scored[head] for scored in some), default=-99.0) for some in found]) for head in HEADS
        }

    by_head = [whole(one) for one in texts]
    return Scores(
        {head: np.array([found[head] for found in by_head]) for head in HEADS}, highest(passages), highest(single)
    )


def chosen(
    texts: Sequence[Text], scores: Scores, mask: Flags, allowed: Allowed
) -> tuple[dict[str, Cut], dict[str, Any]]:
    """The cuts of one language, and what they give: the lowest with at most so many false alarms.

    Args:
        texts: none of which the scores' model was fitted on.
        scores: of the texts.
        mask: which texts are of the language.
        allowed: false alarms.
    """
    level = np.array([text.level for text in texts])
    everyday = np.array([text.everyday for text in texts])
    case, chat = mask & ~everyday, mask & everyday
    talk = np.array([text.kind == _TALK for text in texts])
    rules = np.array([text.rules for text in texts])
    calm = case & (level == 0)
    few = mask & np.array([_is_few_alone(text) for text in texts])
    cuts: dict[str, Cut] = {}
    fires: dict[str, Flags] = {}
    for head in HEADS:
        joined = scores.whole[head]
        if head == "risk":
            ruled = float((rules[calm] >= 2).mean())
            room = max(allowed.risk, ruled + _LEAST_PART * allowed.risk)
            whole = _lowest(joined[calm], rules[calm] >= 2, room)
        else:
            whole = _lowest(joined[calm], np.zeros(int(calm.sum()), dtype=bool), allowed.urgent)
        for some in (chat & talk, chat & ~talk):
            if some.any():
                whole = max(whole, float(np.quantile(joined[some], 1.0 - allowed.chat[head])))
        faint = _lowest(joined[calm], np.zeros(int(calm.sum()), dtype=bool), allowed.faint)
        if chat.any():
            faint = max(faint, float(np.quantile(joined[chat], 1.0 - allowed.faint_chat)))
        within = _lowest(
            scores.passages[head][calm], joined[calm] > whole, float((joined[calm] > whole).mean()) + _PASSAGE_ALARMS
        )
        if allowed.firm:
            within = max(within, whole)
        of_few = _cut_of_few(joined[few & (level == 0)], allowed.few.get(head))
        fires[head] = (joined > np.where(few, min(whole, of_few), whole)) | (scores.passages[head] > within)
        already = fires[head] | (rules >= LEVEL_OF[head])
        single = max(
            _lowest(scores.sentences[head][some], already[some], already[some].mean() + _SENTENCE_ALARMS[head])
            for some in (calm, chat & talk)
            if some.any()
        )
        cuts[head] = Cut(whole=whole, passage=within, faint=min(faint, whole), sentence=max(single, whole), few=of_few)
        fires[head] |= scores.sentences[head] > cuts[head].sentence
        fires[f"faint.{head}"] = joined > cuts[head].faint
    fired = fires["risk"] | fires["urgent"]
    report = _report(texts, fired, fires["urgent"], case)
    if chat.any():
        if (chat & talk).any():
            report["talk_alarms"] = float(fired[chat & talk].mean())
        report["everyday_faint"] = float((fired | fires["faint.risk"])[chat].mean())
    report["faint_alarms"] = float((fired | fires["faint.risk"] | (rules >= 1))[calm].mean())
    report["faint_recall"] = float((fired | fires["faint.risk"] | (rules >= 1))[case & (level >= 2)].mean())
    return cuts, report


def _cut_of_few(score: Floats, share: float | None) -> float:
    """From which score on messages of few words that stand alone are spoken of; above all where no share is allowed."""
    return math.inf if share is None or not score.size else _lowest(score, np.zeros(score.size, dtype=bool), share)


def _is_few_alone(text: Text) -> bool:
    return is_of_few_words(text.text) and not context(text.text, text.question, text.earlier)


def _lowest(score: Floats, also: Flags, allowed: float) -> float:
    """The lowest cut at which at most `allowed` of the texts lie above it or are flagged by `also`."""
    for cut in np.unique(score):
        if float(((score > cut) | also).mean()) <= allowed:
            return float(cut)
    return float(score.max())


def _report(texts: Sequence[Text], fires: Flags, urgent: Flags, case: Flags) -> dict[str, Any]:
    level = np.array([text.level for text in texts])
    rules = np.array([text.rules for text in texts])
    union = fires | (rules >= 2)
    risk, calm = case & (level >= 2), case & (level == 0)
    everyday = np.array([text.everyday for text in texts])
    language = np.array([text.language for text in texts])
    same = everyday & (language == texts[int(np.flatnonzero(case)[0])].language)
    kinds = np.array([text.kind for text in texts])
    return {
        "at_risk": int(risk.sum()),
        "without_risk": int(calm.sum()),
        "recall_rules": float((rules[risk] >= 2).mean()),
        "recall_learned": float(fires[risk].mean()),
        "recall_union": float(union[risk].mean()),
        "alarms_rules": float((rules[calm] >= 2).mean()),
        "alarms_learned": float(fires[calm].mean()),
        "alarms_union": float(union[calm].mean()),
        "alarms_everyday": float(fires[same].mean()) if same.any() else None,
        "urgent_recall": float((urgent | (rules >= 4))[case & (level >= 4)].mean()),
        "urgent_alarms": float((urgent | (rules >= 4))[calm].mean()),
        "recall_by_kind": _shares(kinds, risk, union),
        "alarms_by_kind": _shares(kinds, calm, union),
        "recall_by_category": _shares(np.array([text.category for text in texts]), risk, union),
    }


def _shares(names: NDArray[np.str_], mask: Flags, hit: Flags) -> Mapping[str, float]:
    return {str(name): round(float(hit[mask & (names == name)].mean()), 3) for name in np.unique(names[mask])}
