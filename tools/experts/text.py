"""What the words of a person say of a feeling: by a chat model that chooses among labels, or by an embedder's anchors.

Each question is asked alone about the same words, so that no answer leans on another, and the scores of the same
question without the words are subtracted (see `backends.scoring`). Reliability (our choice) is how sharp the
distribution over the three signs of sentiment is, times what its numbers are worth (`TRUST`), times `TOLD` for a model
that says of itself that it is not to be relied on. Weak for strong is a small mistake, so strength does not enter.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal, cast

from langchain_core.messages import BaseMessage, HumanMessage

from affectgraph.backends.base import Backend, Embedder
from affectgraph.backends.scoring import Calibration, Distribution
from affectgraph.prompts import prompt
from affectgraph.tools.experts.readings import ModalityReading, sharpness, valence_of
from affectgraph.tools.language import detect
from affectgraph.tools.questions import NOTHING, Question, question
from affectgraph.tools.sentiment import signs

__all__ = ["ASKED", "TOLD", "TRUST", "read_text", "read_text_by_anchors"]

# What is asked -> its prompt.
ASKED = {"sentiment": "reading/sentiment", "emotion": "experts/emotion", "arousal": "experts/arousal"}
# What the numbers of a distribution are worth, by where they come from; our choice.
TRUST: dict[Calibration, float] = {"prior-corrected": 1.0, "log-probabilities": 0.8, "uncalibrated": 0.5}
# What a model with a notice is worth beside one without; our choice.
TOLD = 0.5
_SILENT = "no words"


def read_text(text: str, backend: Backend, *, corrected: bool = True, arousal: bool = True) -> ModalityReading:
    """The words as a chat model reads them.

    Args:
        text: what the person said, in any language; prompts are Chinese for Chinese and English for everything else.
        backend: the model; two questions, three with `arousal`.
        corrected: subtract the scores of the questions without the words.
        arousal: ask for it too.

    Raises:
        BackendError: the engine failed, or the words do not fit into its context.
    """
    if not text.strip():
        return ModalityReading.none("text", _SILENT)
    found = {
        name: _chosen(text, name, backend, corrected) for name in ("sentiment", "emotion", *(["arousal"] * arousal))
    }
    basis = f"the words, chosen by {backend.identity.split(':')[0]}"
    if found["sentiment"].calibration == "uncalibrated":
        basis += ", uncalibrated"
    if backend.notice:
        basis += f" ({backend.notice.rstrip('.')})"
    return _reading(found, TOLD if backend.notice else 1.0, basis)


def read_text_by_anchors(text: str, embedder: Embedder, *, steepness: float = 20.0) -> ModalityReading:
    """The words by their nearest anchor sentences ("I feel joy."): no chat model, and uncalibrated.

    Args:
        text: what the person said; the packaged embedder knows English only.
        embedder: any.
        steepness: a difference of 1 in cosine times this is a difference in log-probability; our choice, as in the
            graph `reading`.
    """
    if not text.strip():
        return ModalityReading.none("text", _SILENT)
    vector = embedder.embed([text])[0]
    found = {name: _nearest(vector, name, embedder, _language(text), steepness) for name in ASKED}
    return _reading(found, 1.0, f"the words, nearest anchor by {embedder.identity.split(':')[0]}, uncalibrated")


def _language(text: str) -> Literal["en", "zh"]:
    return "zh" if detect(text) == "zh" else "en"


def _chosen(text: str, name: str, backend: Backend, corrected: bool) -> Distribution:
    language, asked = _language(text), question(name)
    phrased = prompt(ASKED[name], language)

    def about(words: str) -> list[BaseMessage]:
        said = prompt("experts/said", language).render(text=words)
        return [HumanMessage(content=f"{said}\n\n{phrased.render()}")]

    neutral = about(NOTHING[language]) if corrected else None
    found = backend.choose(about(text), asked.words[language], lead=phrased.lead, neutral=neutral)
    return found.renamed(asked.labels)


def _nearest(
    vector: Sequence[float], name: str, embedder: Embedder, language: Literal["en", "zh"], steepness: float
) -> Distribution:
    asked, phrased = question(name), prompt(ASKED[name], language)
    anchors = tuple(phrased.anchored(word) for word in asked.words[language])
    others = cast(Any, _vectors)(embedder, anchors)
    scores = [steepness * sum(a * b for a, b in zip(vector, other, strict=True)) for other in others]
    return Distribution.from_scores(asked.labels, scores, calibration="uncalibrated")


@lru_cache(maxsize=16)
def _vectors(embedder: Embedder, anchors: tuple[str, ...]) -> list[list[float]]:
    return embedder.embed(anchors)


def _reading(found: dict[str, Distribution], worth: float, basis: str) -> ModalityReading:
    sentiment = found["sentiment"]
    return ModalityReading(
        modality="text",
        sentiment=sentiment,
        emotions=found["emotion"],
        valence=valence_of(sentiment),
        arousal=_rated(question("arousal"), found["arousal"]) if "arousal" in found else None,
        reliability=worth * TRUST[sentiment.calibration] * sharpness(signs(sentiment)),
        basis=basis,
    )


def _rated(asked: Question, found: Distribution) -> float:
    """The mean of a scale of 1 to 5, on the scale of 1 to 9."""
    points = zip(asked.values or (), found.probabilities.values(), strict=True)
    return min(9.0, max(1.0, 2.0 * sum(value * share for value, share in points) - 1.0))
