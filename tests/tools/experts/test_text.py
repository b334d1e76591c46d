"""Words: what is asked and in which language, how far an answer is trusted, and the real models on plain sentences."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import BaseMessage

from affectgraph.backends.base import Capabilities
from affectgraph.backends.embedded import EmbeddedBackend
from affectgraph.backends.embedder import SentenceEmbedder
from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.tools.experts.readings import ModalityReading
from affectgraph.tools.experts.text import TOLD, TRUST, read_text, read_text_by_anchors

GLAD = "I am so happy that you came to see me today!"


def scripted(**sentiment: float) -> tuple[ScriptedBackend, list[str]]:
    """A backend that feels joy with a sentiment, and what it was asked."""
    asked: list[str] = []

    def answer(messages: list[BaseMessage]) -> Any:
        words = str(messages[-1].text)
        asked.append(words)
        if "sentiment" in words:
            return {name.replace("_", " "): share for name, share in sentiment.items()}
        if "情感倾向" in words:
            return {"积极": 1.0}
        if "excited" in words or "激动" in words:
            return {"very high": 1.0} if "excited" in words else {"很高": 1.0}
        return "joy" if "emotion" in words else "喜悦"

    return ScriptedBackend(replies=answer), asked


def test_the_answers_become_one_reading() -> None:
    backend, asked = scripted(positive=3.0, slightly_positive=1.0)
    found = read_text(GLAD, backend)
    assert found.sentiment is not None
    assert found.sentiment.probabilities == {"N": 0, "WN": 0, "Neu": 0, "WP": 0.25, "P": 0.75}
    assert found.emotions is not None
    assert found.emotions.top == "joy"
    assert (found.valence, found.arousal) == (8.5, 9.0)
    assert len(asked) == 3
    assert all(words.startswith(f"A person says:\n\n{GLAD}\n\n") for words in asked)


def test_arousal_need_not_be_asked() -> None:
    backend, asked = scripted(positive=1.0)
    assert read_text(GLAD, backend, arousal=False).arousal is None
    assert len(asked) == 2


def test_chinese_is_asked_in_chinese() -> None:
    backend, asked = scripted()
    found = read_text("我今天非常高兴！", backend)
    assert all(words.startswith("有人说：\n\n我今天非常高兴！") for words in asked)
    assert found.emotions is not None
    assert (found.emotions.top, found.score, found.arousal) == ("joy", 1.0, 9.0)


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_no_words_are_missing_and_nothing_is_asked(text: str) -> None:
    backend, asked = scripted()
    assert read_text(text, backend).missing == "no words"
    assert asked == []


def test_reliability_knows_signs_and_not_strength() -> None:
    def reliability(**sentiment: float) -> float:
        return read_text(GLAD, scripted(**sentiment)[0]).reliability

    sure = reliability(positive=1.0)
    assert sure == TRUST["log-probabilities"]
    assert reliability(positive=1.0, slightly_positive=1.0) == pytest.approx(sure)
    assert reliability(positive=1.0, negative=1.0) < 0.5 * sure
    assert reliability(positive=1.0, negative=1.0, neutral=1.0) == pytest.approx(0.0, abs=1e-9)


def test_a_model_with_a_notice_is_worth_half_and_the_basis_says_why() -> None:
    class Small(ScriptedBackend):
        @property
        def notice(self) -> str | None:
            return "This model is for trying things out."

    backend = Small(replies=scripted(positive=1.0)[0].replies)
    found = read_text(GLAD, backend)
    assert found.reliability == pytest.approx(TOLD * TRUST["log-probabilities"])
    assert found.basis.endswith("(This model is for trying things out)")


def test_an_answer_without_log_probabilities_is_trusted_less() -> None:
    def answer(messages: list[BaseMessage]) -> Any:
        words = str(messages)
        label = "positive" if "sentiment" in words else "very high" if "excited" in words else "joy"
        return {"label": label, "confidence": 1.0}

    class Plain(ScriptedBackend):
        choose = ScriptedBackend.__mro__[1].choose  # type: ignore[assignment, attr-defined]  # as a model without them

    found = read_text(GLAD, Plain(replies=answer, abilities=Capabilities(json_answers="prompt")))
    assert found.reliability == TRUST["uncalibrated"]
    assert "uncalibrated" in found.basis


def test_the_packaged_model_tells_good_from_bad_and_says_that_it_is_not_to_be_relied_on(
    embedded: EmbeddedBackend,
) -> None:
    glad, sad = (read_text(words, embedded, arousal=False) for words in (GLAD, "I hate this. Everything is ruined."))
    assert glad.score is not None
    assert sad.score is not None
    assert glad.score > 0.1 > -0.1 > sad.score
    assert glad.reliability <= TOLD
    assert "not for people in distress" in glad.basis


def test_anchors_tell_good_from_bad_without_a_chat_model() -> None:
    embedder = SentenceEmbedder()
    glad, sad = (read_text_by_anchors(words, embedder) for words in (GLAD, "I hate this. Everything is ruined."))
    assert glad.score is not None
    assert sad.score is not None
    assert glad.score > 0.1 > -0.1 > sad.score
    assert glad.emotions is not None
    assert (glad.emotions.top, glad.emotions.calibration) == ("joy", "uncalibrated")
    assert glad.reliability <= TRUST["uncalibrated"]
    assert isinstance(read_text_by_anchors("", embedder), ModalityReading)
    assert read_text_by_anchors("", embedder).missing == "no words"
