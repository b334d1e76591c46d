"""Speech: a transcript, or a typed reason why there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError

from affectgraph.backends.config import TranscriberConfig
from affectgraph.backends.errors import MissingDependency
from affectgraph.backends.transcriber import MoonshineTranscriber
from affectgraph.tools.experts.speech import Transcript, transcribe
from tests.backends.speech import DATA_DIR, needs_espeak, needs_model, spoken
from tests.tools.experts.voices import RATE, voice


class Said:
    """A transcriber that hears the same in everything."""

    identity = "said:1"
    languages = frozenset({"en"})

    def __init__(self, text: str | Exception) -> None:
        self._text = text

    def transcribe(self, samples: NDArray[np.floating[Any]], rate: int, language: str) -> str:
        if isinstance(self._text, Exception):
            raise self._text
        return self._text


def test_what_is_heard_is_the_text() -> None:
    found = transcribe(voice(), RATE, "en", Said("Hello."))
    assert found == Transcript(text="Hello.", language="en", basis="speech to text by said")


@pytest.mark.parametrize(
    ("sound", "language", "transcriber", "reason"),
    [
        (voice(), "en", None, "no transcriber installed: affectgraph weights fetch --speech"),
        (voice(), "zh", Said("你好"), "no transcriber for 'zh', only for en"),
        (np.zeros(RATE), "en", Said("Thank you."), "silence"),  # which such models make up
        (voice(), "en", Said(" ... "), "no words heard"),
        (voice(), "en", Said(MissingDependency("needs onnxruntime")), "no transcriber installed: needs onnxruntime"),
    ],
)
def test_what_is_not_transcribed_says_why(
    sound: NDArray[np.float64], language: str, transcriber: Said | None, reason: str
) -> None:
    assert transcribe(sound, RATE, language, transcriber) == Transcript(
        text=None, language=language, not_transcribed=reason
    )


def test_a_transcript_has_a_text_or_a_reason() -> None:
    for text, reason in ((None, None), ("a", "b")):
        with pytest.raises(ValidationError):
            Transcript(text=text, language="en", not_transcribed=reason)


@needs_model
@needs_espeak
def test_the_installed_model_hears_a_sentence() -> None:
    sound, rate = spoken("The airplane is almost full.", "-v", "en-us", "-s", "150")
    found = transcribe(sound, rate, "en", MoonshineTranscriber(TranscriberConfig(threads=1), DATA_DIR))
    assert "almost full" in (found.text or "").lower()
    assert found.basis == "speech to text by moonshine-tiny-en"
