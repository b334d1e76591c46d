"""Fitting of the learned voice: texts and labels, folds without near-duplicates, cuts from predictions out of fold."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends.base import Embedder
from affectgraph.backends.errors import MissingDependency
from affectgraph.evals.datasets import counselling, edos, goemotions
from affectgraph.evals.datasets.items import Item
from affectgraph.evals.datasets.risk import load_cases, load_sessions
from affectgraph.tools.fitted_anchors import FittedAnchors, fit_anchors
from affectgraph.tools.fitted_text import Counts, FittedText, counted, fit_counts
from affectgraph.tools.safety import Category, Said, Voices, assess, screen
from affectgraph.tools.safety.learned import ENCODERS, HEADS, Cut, heard, passages

__all__ = ["Fitted", "Text", "case_texts", "everyday_texts", "fit", "folds_of", "half_of", "talk_texts"]

FOLDS = 5
# Kind of the messages of whole sessions without risk.
_TALK = "talk"
# Weight of a text of the public sets beside a case: found on held-out folds.
_EVERYDAY_WEIGHT = 0.15
# Two texts that share so much of their rarer n-grams (cosine) are one wording.
_SAME_WORDING = 0.5
_COMMON = 60
# Shares of cases without risk on which passages of long texts, and the head `urgent`, may fire.
_PASSAGE_ALARMS = 0.002
_URGENT_ALARMS = 0.003
# Shares of everyday talk on which it may fire, and of cases and everyday talk on which it may say 1.
_CHAT_ALARMS = 0.005
_FAINT_ALARMS, _FAINT_CHAT_ALARMS = 0.06, 0.01
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
        language: en or zh.
        level: 0-6.
        category: of the risk, or `none`.
        everyday: from a public set: no risk, as far as the rules see.
        rules: level that the rules give it.
        kind: of the case; the set's name for everyday talk.
    """

    id: str
    text: str
    question: str
    language: str
    level: int
    category: str
    everyday: bool
    rules: int
    kind: str

    @property
    def shown(self) -> str:
        """What the model reads."""
        return heard(self.question, self.text)


@dataclass(frozen=True)
class Fitted:
    """What a fitting gives: the machines, the kernel machines by (encoder, language), recall and false alarms out of
    fold."""

    grams: FittedText
    anchors: dict[tuple[str, str], FittedAnchors]
    report: dict[str, Any]


def case_texts(paths: Sequence[Path]) -> list[Text]:
    """The cases of files, with the level that the rules give them.

    Raises:
        DataMissing, SchemaError: as `load_cases`.
    """
    found = []
    for item in load_cases(paths).items:
        said = [Said(**turn) for turn in item.fields["conversation"]]
        question = said[-2].text if len(said) > 1 and said[-2].role == "counsellor" else ""
        rules = assess(said, voices=Voices(learned=False)).level
        kind, category = item.slices["kind"], item.slices["category"]
        found.append(Text(item.id, said[-1].text, question, item.language, item.target, category, False, rules, kind))
    return found


def talk_texts(paths: Sequence[Path]) -> list[Text]:
    """The messages of sessions without risk, which count as everyday talk, each with full weight.

    Raises:
        DataMissing, SchemaError: as `load_sessions`.
    """
    found = []
    for item in [item for path in paths for item in load_sessions(path).items]:
        said = [turn["text"] for turn in item.fields["turns"] if turn["role"] == "person"]
        for place, text in enumerate(said):
            found.append(Text(f"{item.id}-{place}", text, "", item.language, 0, "none", True, 0, _TALK))
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
                found.append(Text(identifier, text, question, item.language, 0, "none", True, 0, name))
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


def folds_of(texts: Sequence[Counts]) -> NDArray[np.int64]:
    """The fold of each text, 0 to 4; texts of one wording share a fold.

    Raises:
        MissingDependency: scipy is not installed.
    """
    try:
        from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
        from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]
    except ImportError as error:
        raise MissingDependency("fitting needs scipy: pip install 'affectgraph[evals]'") from error
    spread = Counter(gram for counts in texts for gram in counts)
    columns: dict[str, int] = {}
    row, column = [], []
    for place, counts in enumerate(texts):
        for gram in counts:
            # What stands in many texts tells no wording, and would make the products large.
            if gram[0] == "w" and 1 < spread[gram] <= _COMMON:
                row.append(place)
                column.append(columns.setdefault(gram, len(columns)))
    matrix: Any = csr_matrix((np.ones(len(row), dtype=np.float32), (row, column)), (len(texts), len(columns)))
    length = np.sqrt(np.asarray(matrix.sum(axis=1))).ravel()
    matrix = csr_matrix(matrix.multiply((1.0 / np.maximum(length, 1.0))[:, None]))
    links = []
    for start in range(0, len(texts), 500):
        near = (matrix[start : start + 500] @ matrix.T).tocoo()
        same = near.data > _SAME_WORDING
        links.append(np.stack([near.row[same] + start, near.col[same]]))
    pairs = np.concatenate(links, axis=1)
    graph = csr_matrix((np.ones(pairs.shape[1]), (pairs[0], pairs[1])), (len(texts), len(texts)))
    _, group = connected_components(graph, directed=False)
    first: dict[int, str] = {}
    for place, counts in enumerate(texts):
        first.setdefault(int(group[place]), "\n".join(sorted(counts)))
    drawn = {one: int(hashlib.sha256(text.encode()).hexdigest(), 16) % FOLDS for one, text in first.items()}
    return np.array([drawn[int(one)] for one in group])


@dataclass(frozen=True)
class _Vectors:
    """Vectors of one encoder for the texts of one language."""

    places: NDArray[np.intp]
    found: NDArray[np.float32]
    identity: str
    centred: bool


@dataclass(frozen=True)
class _Scores:
    """Out-of-fold scores: part -> head -> [texts]."""

    parts: dict[str, dict[str, Floats]]
    passages: dict[str, Floats]


def fit(
    texts: Sequence[Text],
    *,
    false_alarms: float,
    embedders: Sequence[Embedder] = (),
    say: Callable[[str], Any] = lambda line: None,
) -> Fitted:
    """Fit all machines on all texts, with cuts and a report from predictions out of fold.

    Raises:
        MissingDependency: scikit-learn, scipy or an embedder's packages are not installed.
    """
    counts = [counted(text.shown) for text in texts]
    fold = folds_of(counts)
    say(f"folds of {np.bincount(fold).tolist()}")
    vectors = _embedded(texts, embedders, say)
    scores = _out_of_fold(texts, counts, fold, vectors, say)
    cuts: dict[str, dict[str, Cut]] = {}
    report: dict[str, Any] = {}
    for language in ("en", "zh"):
        mask = np.array([text.language == language for text in texts])
        for encoders in _subsets([name for name, spoken in vectors if spoken == language]):
            mode = "+".join((language, *encoders))
            cuts[mode], report[mode] = _chosen(texts, scores, mask, encoders, false_alarms)
            say(f"{mode}: recall {report[mode]['recall_union']:.3f}, false alarms {report[mode]['alarms_union']:.3f}")
    named = {mode: {head: asdict(cut) for head, cut in heads.items()} for mode, heads in cuts.items()}
    about = {"cuts": named, "false_alarms": false_alarms, "texts": len(texts), "report": report}
    model = fit_counts(counts, _labels(texts), weights=_weights(texts), about=about)
    return Fitted(model, {key: _anchors(texts, given) for key, given in vectors.items()}, report)


def _subsets(encoders: Sequence[str]) -> list[tuple[str, ...]]:
    ordered = sorted(encoders)
    return [some for size in range(len(ordered) + 1) for some in combinations(ordered, size)]


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


def _embedded(
    texts: Sequence[Text], embedders: Sequence[Embedder], say: Callable[[str], Any]
) -> dict[tuple[str, str], _Vectors]:
    found = {}
    for embedder in embedders:
        name = embedder.identity.partition(":")[0]
        for language in ENCODERS[name]:
            places = np.flatnonzero([text.language == language for text in texts])
            given = np.array(embedder.embed([texts[int(place)].shown for place in places]), dtype=np.float32)
            # Vectors of E5 lie in a narrow cone; centred they do better (cross-validation, docs/safety.md).
            found[name, language] = _Vectors(places, given, embedder.identity, centred=len(ENCODERS[name]) > 1)
            say(f"{name}: {len(places)} texts in {language} embedded")
    return found


def _anchors(texts: Sequence[Text], given: _Vectors, used: Flags | None = None) -> FittedAnchors:
    places, found = given.places, given.found
    if used is not None:
        places, found = places[used[places]], found[used[places]]
    chosen = [texts[int(place)] for place in places]
    labels = {head: marks for head, marks in _labels(chosen).items() if head in HEADS}
    return fit_anchors(found, labels, given.identity, weights=_weights(chosen), centred=given.centred)


def _out_of_fold(
    texts: Sequence[Text],
    counts: Sequence[Counts],
    fold: NDArray[np.int64],
    vectors: Mapping[tuple[str, str], _Vectors],
    say: Callable[[str], Any],
) -> _Scores:
    names = ["grams", *{name for name, _ in vectors}]
    parts = {name: {head: np.zeros(len(texts)) for head in HEADS} for name in names}
    inside = {head: np.full(len(texts), -9.0) for head in HEADS}
    for number in range(FOLDS):
        used = fold != number
        _grams_out_of_fold(texts, counts, used, parts["grams"], inside)
        for (name, _), given in vectors.items():
            left = ~used[given.places]
            scored = _anchors(texts, given, used).scores(given.found[left].tolist())
            for place, found in zip(given.places[left], scored, strict=True):
                for head in HEADS:
                    parts[name][head][place] = found[head]
        say(f"fold {number + 1} of {FOLDS} done")
    return _Scores(parts, inside)


def _grams_out_of_fold(
    texts: Sequence[Text], counts: Sequence[Counts], used: Flags, scores: dict[str, Floats], inside: dict[str, Floats]
) -> None:
    """Fit the n-grams on the texts that are `used`, and write the scores of the others."""
    chosen = [int(place) for place in np.flatnonzero(used)]
    fitted = [texts[place] for place in chosen]
    labels = {head: given for head, given in _labels(fitted).items() if head in HEADS}
    model = fit_counts([counts[place] for place in chosen], labels, weights=_weights(fitted))
    for place in (int(place) for place in np.flatnonzero(~used)):
        text = texts[place].text
        within = [model.logits(text[start:end]) for start, end in passages(text)]
        for head, value in model.logits_of(counts[place]).items():
            scores[head][place] = value
            inside[head][place] = max((found[head] for found in within), default=-9.0)


def _chosen(
    texts: Sequence[Text], scores: _Scores, mask: Flags, encoders: tuple[str, ...], false_alarms: float
) -> tuple[dict[str, Cut], dict[str, Any]]:
    """Cuts of one mode, and what they give out of fold."""
    level = np.array([text.level for text in texts])
    everyday = np.array([text.everyday for text in texts])
    case, chat = mask & ~everyday, mask & everyday
    talk = np.array([text.kind == _TALK for text in texts])
    rules = np.array([text.rules for text in texts])
    calm = case & (level == 0)
    cuts: dict[str, Cut] = {}
    fires: dict[str, Flags] = {}
    for head, least in (("risk", 2), ("urgent", 4)):
        negative = mask & (level == 0 if head == "risk" else level <= 2)
        weights, bias = _join(scores, head, mask & (level >= least), negative, encoders)
        joined: Floats = np.sum([weight * scores.parts[name][head] for name, weight in weights.items()], axis=0) + bias
        if head == "risk":
            ruled = float((rules[calm] >= 2).mean())
            room = max(false_alarms, ruled + _LEAST_PART * false_alarms)
            whole = _lowest(joined[calm], rules[calm] >= 2, room)
        else:
            whole = _lowest(joined[calm], np.zeros(int(calm.sum()), dtype=bool), _URGENT_ALARMS)
        for some in (chat & talk, chat & ~talk):
            if some.any():
                whole = max(whole, float(np.quantile(joined[some], 1.0 - _CHAT_ALARMS)))
        faint = _lowest(joined[calm], np.zeros(int(calm.sum()), dtype=bool), _FAINT_ALARMS)
        if chat.any():
            faint = max(faint, float(np.quantile(joined[chat], 1.0 - _FAINT_CHAT_ALARMS)))
        within = _lowest(
            scores.passages[head][calm], joined[calm] > whole, float((joined[calm] > whole).mean()) + _PASSAGE_ALARMS
        )
        cuts[head] = Cut(weights, bias, whole=whole, passage=within, faint=min(faint, whole))
        fires[head] = (joined > whole) | (scores.passages[head] > within)
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


def _join(
    scores: _Scores, head: str, positive: Flags, negative: Flags, encoders: tuple[str, ...]
) -> tuple[dict[str, float], float]:
    """Weights of the parts by logistic regression on their out-of-fold scores."""
    if not encoders:
        return {"grams": 1.0}, 0.0
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    names = ("grams", *encoders)
    columns = np.stack([scores.parts[name][head] for name in names], axis=1)
    used = positive | negative
    model: Any = LogisticRegression(C=10.0).fit(columns[used], positive[used])
    return {name: float(weight) for name, weight in zip(names, model.coef_[0], strict=True)}, float(model.intercept_[0])


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
