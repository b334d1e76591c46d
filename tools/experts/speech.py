"""What was said, where a transcriber covers the language; elsewhere a typed "not transcribed" that says why.

A transcript is a guess. The words of a person that are known otherwise (a subtitle, what they typed) come first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, model_validator

from affectgraph.backends.base import Transcriber
from affectgraph.backends.errors import MissingDependency
from affectgraph.backends.media_missing import SILENT_DBFS, loudest_dbfs
from affectgraph.backends.speech_weights import FETCH

__all__ = ["Transcript", "transcribe"]


class Transcript(BaseModel):
    """What was heard.

    Attributes:
        text: the words; None where nothing was transcribed.
        language: ISO 639-1 of the speech, as it was told.
        not_transcribed: why there is no text, as a phrase; None where there is one.
        basis: one phrase: what made the text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str | None
    language: str
    not_transcribed: str | None = None
    basis: str = "nothing"

    @model_validator(mode="after")
    def _is_whole(self) -> Transcript:
        if (self.text is None) == (self.not_transcribed is None):
            raise ValueError("a transcript has either a text or a reason why not")
        return self


def transcribe(
    samples: NDArray[np.floating[Any]], rate: int, language: str, transcriber: Transcriber | None
) -> Transcript:
    """The words in a recording.

    Args:
        samples: mono, shape (n,), in [-1, 1].
        rate: in Hz.
        language: ISO 639-1; it is not told from the sound.
        transcriber: None where none is installed.

    Raises:
        SettingsError: the transcriber's files cannot be loaded.
        ValueError: more than one channel, or a rate too low.
    """

    def not_done(reason: str) -> Transcript:
        return Transcript(text=None, language=language, not_transcribed=reason)

    if transcriber is None:
        return not_done(f"no transcriber installed: {FETCH}")
    if language not in transcriber.languages:
        return not_done(f"no transcriber for {language!r}, only for {', '.join(sorted(transcriber.languages))}")
    if loudest_dbfs(np.asarray(samples, dtype=np.float32), rate) < SILENT_DBFS:
        return not_done("silence")
    try:
        text = transcriber.transcribe(samples, rate, language)
    except MissingDependency as error:
        return not_done(f"no transcriber installed: {error}")
    if not any(char.isalnum() for char in text):
        return not_done("no words heard")
    return Transcript(text=text, language=language, basis=f"speech to text by {transcriber.identity.split(':')[0]}")
