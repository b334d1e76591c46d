"""Readings made up for tests: a certain or a torn sentiment, and any reading at all."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

from affectgraph.backends.scoring import Distribution
from affectgraph.tools.emotions import taxonomy
from affectgraph.tools.experts.readings import MODALITIES, Modality, ModalityReading
from affectgraph.tools.sentiment import SENTIMENTS

# Whole clips are slow to draw.
few = settings(max_examples=40)

EKMAN = taxonomy("ekman7").labels


def felt(modality: Modality, weights: dict[str, float], reliability: float = 0.8, **more: float) -> ModalityReading:
    """A reading whose sentiment has these weights."""
    total = sum(weights.values())
    shares = {label: weights.get(label, 0.0) / total for label in SENTIMENTS}
    sentiment = Distribution(probabilities=shares)
    return ModalityReading(modality=modality, sentiment=sentiment, reliability=reliability, basis="made up", **more)


def distributions(labels: tuple[str, ...]) -> st.SearchStrategy[Distribution]:
    weights = st.tuples(*(st.integers(0, 50) for _ in labels)).filter(any)
    return weights.map(lambda w: Distribution(probabilities={k: v / sum(w) for k, v in zip(labels, w, strict=True)}))


@st.composite
def reading(draw: st.DrawFn, modality: Modality) -> ModalityReading:
    if draw(st.booleans()):
        return ModalityReading.none(modality, "made up")
    scale = st.none() | st.floats(1, 9)
    return ModalityReading(
        modality=modality,
        sentiment=draw(st.none() | distributions(SENTIMENTS)),
        emotions=draw(st.none() | distributions(EKMAN)),
        valence=draw(scale),
        arousal=draw(st.floats(1, 9)),
        reliability=draw(st.floats(0, 1)),
        basis="made up",
    )


def clips() -> st.SearchStrategy[list[ModalityReading]]:
    """One reading for each modality."""
    return st.tuples(*(reading(modality) for modality in MODALITIES)).map(list)
