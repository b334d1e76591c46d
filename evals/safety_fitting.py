"""Fitting of the learned voice: texts and labels, folds without near-duplicates, cuts from predictions out of fold."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends.base import Embedder
from affectgraph.backends.errors import MissingDependency
from affectgraph.evals.datasets import counselling, edos, goemotions
from affectgraph.evals.datasets.items import Item
from affectgraph.evals.datasets.risk import load_cases
from affectgraph.tools.fitted_anchors import FittedAnchors, fit_anchors
from affectgraph.tools.fitted_text import Counts, FittedText, counted, fit_counts
from affectgraph.tools.safety import Category, Said, Voices, assess, screen
from affectgraph.tools.safety.learned import HEADS, Cut, heard, passages

__all__ = ["Fitted", "Text", "case_texts", "everyday_texts", "fit", "folds_of", "half_of"]

FOLDS = 5
# Weight of a text of the public sets beside a case: found on held-out folds.
_EVERYDAY_WEIGHT = 0.15
# Two texts that share so much of their rarer n-grams (cosine) are one wording.
_SAME_WORDING = 0.5
_COMMON = 60
# Shares of cases without risk on which passages of long texts, and the head `urgent`, may fire.
_PASSAGE_ALARMS = 0.002
_URGENT_ALARMS = 0.003
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
    """What a fitting gives: the two machines, and recall and false alarms out of fold."""

    grams: FittedText
    anchors: FittedAnchors | None
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
class _Scores:
    """Out-of-fold scores: [texts] by head."""

    grams: dict[str, Floats]
    anchors: dict[str, Floats]
    passages: dict[str, Floats]


def fit(
    texts: Sequence[Text],
    *,
    false_alarms: float,
    embedder: Embedder | None,
    say: Callable[[str], Any] = lambda line: None,
) -> Fitted:
    """Fit both machines on all texts, with cuts and a report from predictions out of fold.

    Raises:
        MissingDependency: scikit-learn, scipy or the embedder's packages are not installed.
    """
    counts = [counted(text.shown) for text in texts]
    fold = folds_of(counts)
    say(f"folds of {np.bincount(fold).tolist()}")
    vectors = _embedded(texts, embedder)
    say(f"{0 if vectors is None else len(vectors[0])} English texts embedded")
    scores = _out_of_fold(texts, counts, fold, vectors, embedder, say)
    modes = {"en": _mask(texts, "en"), "zh": _mask(texts, "zh")}
    cuts: dict[str, dict[str, Cut]] = {}
    report: dict[str, Any] = {}
    for mode in ("en", "zh", "en+anchors") if vectors is not None else ("en", "zh"):
        anchored = mode == "en+anchors"
        cuts[mode], report[mode] = _chosen(texts, scores, modes[mode[:2]], anchored, false_alarms)
        say(f"{mode}: recall {report[mode]['recall_union']:.3f}, false alarms {report[mode]['alarms_union']:.3f}")
    named = {mode: {head: asdict(cut) for head, cut in heads.items()} for mode, heads in cuts.items()}
    about = {"cuts": named, "false_alarms": false_alarms, "texts": len(texts), "report": report}
    model = fit_counts(counts, _labels(texts), weights=_weights(texts), about=about)
    return Fitted(model, _anchors(texts, vectors, embedder), report)


def _mask(texts: Sequence[Text], language: str) -> Flags:
    return np.array([text.language == language for text in texts])


def _weights(texts: Sequence[Text]) -> list[float]:
    return [_EVERYDAY_WEIGHT if text.everyday else 1.0 for text in texts]


def _labels(texts: Sequence[Text]) -> dict[str, list[int]]:
    """Heads of the n-gram model; what lies between two labels is left out (-1)."""
    labels = {
        "risk": [1 if text.level >= 2 else 0 if text.level == 0 else -1 for text in texts],
        "urgent": [1 if text.level >= 4 else 0 if text.level <= 2 else -1 for text in texts],
    }
    for category in Category:
        labels[f"about.{category}"] = [-1 if text.level == 0 else int(text.category == category) for text in texts]
    return labels


def _embedded(texts: Sequence[Text], embedder: Embedder | None) -> tuple[NDArray[np.intp], NDArray[np.float32]] | None:
    """Places of the English texts, and their vectors."""
    if embedder is None:
        return None
    places = np.flatnonzero(_mask(texts, "en"))
    return places, np.array(embedder.embed([texts[int(place)].shown for place in places]), dtype=np.float32)


def _anchors(
    texts: Sequence[Text],
    vectors: tuple[NDArray[np.intp], NDArray[np.float32]] | None,
    embedder: Embedder | None,
    used: Flags | None = None,
) -> FittedAnchors | None:
    if vectors is None or embedder is None:
        return None
    places, found = vectors
    if used is not None:
        places, found = places[used[places]], found[used[places]]
    chosen = [texts[int(place)] for place in places]
    labels = {head: given for head, given in _labels(chosen).items() if head in HEADS}
    return fit_anchors(found, labels, embedder.identity, weights=_weights(chosen))


def _out_of_fold(
    texts: Sequence[Text],
    counts: Sequence[Counts],
    fold: NDArray[np.int64],
    vectors: tuple[NDArray[np.intp], NDArray[np.float32]] | None,
    embedder: Embedder | None,
    say: Callable[[str], Any],
) -> _Scores:
    empty = {head: np.full(len(texts), -9.0) for head in HEADS}
    scores = _Scores(empty, {head: np.zeros(len(texts)) for head in HEADS}, {h: v.copy() for h, v in empty.items()})
    for number in range(FOLDS):
        used = fold != number
        chosen = [int(place) for place in np.flatnonzero(used)]
        fitted = [texts[place] for place in chosen]
        labels = {head: given for head, given in _labels(fitted).items() if head in HEADS}
        model = fit_counts([counts[place] for place in chosen], labels, weights=_weights(fitted))
        for place in (int(place) for place in np.flatnonzero(~used)):
            text = texts[place].text
            inside = [model.logits(text[start:end]) for start, end in passages(text)]
            for head, value in model.logits_of(counts[place]).items():
                scores.grams[head][place] = value
                scores.passages[head][place] = max((found[head] for found in inside), default=-9.0)
        machine = _anchors(texts, vectors, embedder, used)
        if machine is not None and vectors is not None:
            left = ~used[vectors[0]]
            for place, found in zip(vectors[0][left], machine.scores(vectors[1][left].tolist()), strict=True):
                for head in HEADS:
                    scores.anchors[head][place] = found[head]
        say(f"fold {number + 1} of {FOLDS} done")
    return scores


def _chosen(
    texts: Sequence[Text], scores: _Scores, mask: Flags, anchored: bool, false_alarms: float
) -> tuple[dict[str, Cut], dict[str, Any]]:
    """Cuts of one mode, and what they give out of fold."""
    level = np.array([text.level for text in texts])
    case = mask & ~np.array([text.everyday for text in texts])
    rules = np.array([text.rules for text in texts])
    calm = case & (level == 0)
    cuts, fires = {}, {}
    for head, least in (("risk", 2), ("urgent", 4)):
        positive = mask & (level >= least)
        negative = mask & (level == 0 if head == "risk" else level <= 2)
        joined, weights = _join(scores, head, positive, negative, anchored, texts)
        if head == "risk":
            ruled = float((rules[calm] >= 2).mean())
            room = max(false_alarms, ruled + _LEAST_PART * false_alarms)
            whole = _lowest(joined[calm], rules[calm] >= 2, room)
        else:
            whole = _lowest(joined[calm], np.zeros(int(calm.sum()), dtype=bool), _URGENT_ALARMS)
        inside = _lowest(
            scores.passages[head][calm], joined[calm] > whole, float((joined[calm] > whole).mean()) + _PASSAGE_ALARMS
        )
        cuts[head] = Cut(*weights, whole=whole, passage=inside)
        fires[head] = (joined > whole) | (scores.passages[head] > inside)
    return cuts, _report(texts, fires["risk"] | fires["urgent"], fires["urgent"], case)


def _join(
    scores: _Scores, head: str, positive: Flags, negative: Flags, anchored: bool, texts: Sequence[Text]
) -> tuple[Floats, tuple[float, float, float]]:
    """Weights of the two parts by logistic regression on their out-of-fold scores."""
    if not anchored:
        return scores.grams[head], (1.0, 0.0, 0.0)
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    columns = np.stack([scores.grams[head], scores.anchors[head]], axis=1)
    used = positive | negative
    share = np.array(_weights(texts))
    model: Any = LogisticRegression(C=10.0).fit(columns[used], positive[used], sample_weight=share[used])
    grams_weight, anchor_weight = (float(weight) for weight in model.coef_[0])
    bias = float(model.intercept_[0])
    return columns @ model.coef_[0] + bias, (grams_weight, anchor_weight, bias)


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
