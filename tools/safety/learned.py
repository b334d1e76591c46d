"""The voice of the fitted model: what development cases and everyday talk have taught about risk.

Two parts that were fitted by `affectgraph.evals.fit_safety`: a linear model over n-grams (`learned.npz`, both
languages, always there) and, for English and only where an embedder is given, a kernel machine over sentence
embeddings (`anchors.npz`). Which weight each has, and from which score on a message counts as level 2 or 4, is in the
first file, chosen on held-out folds. The voice says 0, 2 or 4: it hears no finer steps.

What it cannot do is in `docs/safety.md`: it knows the kinds of wording that it was fitted on, and misses many others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from affectgraph.backends.base import Embedder
from affectgraph.tools.clauses import clauses
from affectgraph.tools.fitted_anchors import FittedAnchors
from affectgraph.tools.fitted_text import FittedText
from affectgraph.tools.language import detect
from affectgraph.tools.safety.findings import Category, Finding
from affectgraph.tools.sentences import sentences

__all__ = ["HEADS", "Cut", "heard", "learned", "passages"]

HEADS = ("risk", "urgent")
_LEVELS = {"risk": 2, "urgent": 4}
_FOLDER = Path(__file__).parent
# A message this short, in characters, is read with the end of the message that it answers.
_SHORT = {"en": 80, "zh": 30}
_QUESTION = 160
# A text of at least so many characters is also read in passages of two sentences, so that one sentence of risk in a
# long everyday text is not drowned.
_LONG = {"en": 240, "zh": 80}

_Language = Literal["en", "zh"]


@dataclass(frozen=True)
class Cut:
    """From which joined score on a head fires.

    Attributes:
        grams: weight of the n-grams' log-odds.
        anchors: weight of the anchors' score; 0 without an embedder.
        bias: added to both.
        whole: the least score of a whole message.
        passage: the least score of a passage of a long message (n-grams alone).
    """

    grams: float
    anchors: float
    bias: float
    whole: float
    passage: float


def heard(question: str, text: str) -> str:
    """What the model reads: a short message with the end of the counsellor's message before it; else the message."""
    if not question or len(text) > _SHORT[_language(text or question)]:
        return text
    return f"{question.strip()[-_QUESTION:]}\n{text}"


def passages(text: str) -> list[tuple[int, int]]:
    """Offsets of overlapping pairs of sentences of a long text; none for a short one."""
    spans = sentences(text) if len(text) >= _LONG[_language(text)] else []
    return [(spans[place][0], spans[place + 1][1]) for place in range(len(spans) - 1)]


def learned(text: str, question: str = "", embedder: Callable[[], Embedder] | None = None) -> list[Finding]:
    """What the fitted model finds in `text`, at most one finding; empty where the score stays below the cuts.

    Args:
        text: the person's message.
        question: the counsellor's message just before.
        embedder: gives the embedder; asked for English texts only, and used only if the anchors were made with it.

    Raises:
        BackendError, MissingDependency: the embedder failed.
    """
    if not text.strip():
        return []
    shown, language = heard(question, text), _language(text)
    model = _model()
    grams = model.logits(shown)
    anchors = _anchored(shown, embedder) if embedder is not None and language == "en" else {}
    cuts = _cuts(language, bool(anchors))
    fired = [head for head in HEADS if _joined(cuts[head], grams[head], anchors.get(head, 0.0)) > cuts[head].whole]
    place = (0, len(text))
    if not fired:
        scored = [(model.logits(text[start:end]), (start, end)) for start, end in passages(text)]
        for head in HEADS:
            best = max(scored, key=lambda found: found[0][head], default=None)
            if best is not None and best[0][head] > cuts[head].passage:
                fired, grams, place = [*fired, head], best[0], best[1]
    if not fired:
        return []
    category = max(Category, key=lambda one: (grams[f"about.{one}"], one))
    start, end = _weightiest(text, place)
    level = max(_LEVELS[head] for head in fired)
    return [Finding(category=category, level=level, start=start, end=end, rule=f"learned.{category}")]


def _joined(cut: Cut, grams: float, anchors: float) -> float:
    return cut.grams * grams + cut.anchors * anchors + cut.bias


def _anchored(text: str, embedder: Callable[[], Embedder]) -> Mapping[str, float]:
    machine, given = _anchors(), embedder()
    # Another encoder's vectors mean something else: then the n-grams speak alone.
    if given.identity.rpartition(":")[0] != machine.identity.rpartition(":")[0]:
        return {}
    return machine.scores(given.embed([text]))[0]


def _weightiest(text: str, place: tuple[int, int]) -> tuple[int, int]:
    """The clause inside `place` that the score of risk rests on most."""
    support = _model().support(text, "risk")
    inside = [(one.start, one.end) for one in clauses(text) if one.end > place[0] and one.start < place[1]]
    if not inside:
        return place
    return max(inside, key=lambda span: sum(weight for start, end, weight in support if span[0] <= start < span[1]))


def _language(text: str) -> _Language:
    return "zh" if detect(text) == "zh" else "en"


@cache
def _model() -> FittedText:
    return FittedText.load(_FOLDER / "learned.npz")


@cache
def _anchors() -> FittedAnchors:
    return FittedAnchors.load(_FOLDER / "anchors.npz")


@cache
def _cuts(language: _Language, anchored: bool) -> Mapping[str, Cut]:
    named = _model().about["cuts"]["en+anchors" if anchored else language]
    return {head: Cut(**named[head]) for head in HEADS}
