"""multilingual-e5-small: near texts are near in every language, and no text breaks the engine."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.backends import weights
from affectgraph.backends.embedder_e5 import E5Embedder, e5_embedder
from affectgraph.backends.errors import BackendError

pytestmark = pytest.mark.skipif(weights.find(weights.E5) is None, reason="the weights of E5 are not for this machine")


@pytest.fixture(scope="module")
def embedder() -> E5Embedder:
    return E5Embedder()


def cosine(one: list[float], two: list[float]) -> float:
    return math.fsum(a * b for a, b in zip(one, two, strict=True))


def test_the_same_meaning_in_two_languages_is_nearer_than_another_meaning(embedder: E5Embedder) -> None:
    said, meant, other = embedder.embed(
        ["I do not want to live any more.", "我不想再活下去了。", "The bus leaves at nine."]
    )
    assert cosine(said, meant) > cosine(said, other) + 0.05


def test_a_vector_depends_on_its_text_alone(embedder: E5Embedder) -> None:
    alone = embedder.embed(["I am tired."])[0]
    assert embedder.embed(["Something long before it, " * 20, "I am tired."])[1] == alone
    assert math.isclose(cosine(alone, alone), 1.0, abs_tol=1e-4)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_the_engine(text: str) -> None:
    found = e5_embedder()
    assert found is not None
    vector = _shared().embed([text])[0]
    assert len(vector) == 384
    assert all(math.isfinite(value) for value in vector)


def _shared(known: list[E5Embedder] = []) -> E5Embedder:  # noqa: B006  # one engine for all examples
    known or known.append(E5Embedder())
    return known[0]


def test_texts_far_too_long_and_halves_of_characters_are_read(embedder: E5Embedder) -> None:
    for text in ("x" * 100_000, "\ud83d", "\0\0", "", "\u200b" * 5000, "啊" * 20_000):
        assert len(embedder.embed([text])[0]) == 384


def test_other_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(known: weights.Weights) -> None:
        raise BackendError(f"{known.file} is not the pinned file")

    monkeypatch.setattr(weights, "require_pinned", refuses)
    with pytest.raises(BackendError, match="pinned"):
        E5Embedder().embed(["hello"])
