"""Speech to text in this process: Moonshine (arXiv 2410.15608) by onnxruntime, decoded greedily.

The packaged model is the tiny one, English only and quantised, and often wrong: of 588 words in four voices of
espeak-ng it got 44 in a hundred wrong (`benchmarks/speech_words.py`), of the twelve of the one recorded person at hand
none. Who hangs a decision on a word should read the transcript as a hint. The model takes pieces of under a minute;
longer recordings are cut where they are quietest.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends.config import TranscriberConfig
from affectgraph.backends.errors import CapabilityError, MissingDependency, SettingsError
from affectgraph.backends.media_missing import SILENT_DBFS, loudest_dbfs
from affectgraph.backends.speech_weights import DECODER, ENCODER, FETCH, FILES, NAME, TOKENIZER, speech_folder
from affectgraph.backends.weights import sha256_of

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

__all__ = ["RATE", "MoonshineTranscriber", "pieces"]

RATE = 16_000
_START, _END = 1, 2
# As in the model's own code, which allows 64 s: attention grows with the square, and errors with it.
_PIECE_S = 20.0
_SHORTEST_S = 0.1
# More tokens than this a second are a loop; as in the model's own code.
_TOKENS_A_SECOND = 6.5
_QUIET_S = 0.1

Sound = NDArray[np.float32]


class MoonshineTranscriber:
    """A `Transcriber`. Nothing is loaded before the first sound."""

    def __init__(self, config: TranscriberConfig, data_dir: Path) -> None:
        """Find the files.

        Args:
            config: `model`, a folder with `FILES`; unset: the one that was fetched.
            data_dir: the data folder of the settings.

        Raises:
            MissingDependency: nothing is configured and nothing was fetched.
            SettingsError: the configured folder lacks a file.
        """
        self._config = config
        self._folder = config.model or speech_folder(data_dir)
        lacking = [name for name in FILES if not (self._folder / name).is_file()]
        if lacking and config.model is None:
            raise MissingDependency(f"the speech model {NAME} is not installed: {FETCH}")
        if lacking:
            raise SettingsError(f"transcriber.model = {self._folder} lacks {', '.join(lacking)}")
        self._loading = threading.Lock()

    @property
    def languages(self) -> frozenset[str]:
        """English, or what the settings say of another model."""
        return frozenset(self._config.languages)

    @cached_property
    def identity(self) -> str:
        """Folder name and the first 12 digits of the encoder's and decoder's sha256."""
        digests = "+".join(sha256_of(self._folder / name)[:12] for name in (ENCODER, DECODER))
        return f"{self._folder.name}:{digests}"

    def transcribe(self, samples: NDArray[np.floating[Any]], rate: int, language: str) -> str:
        """The words spoken in `samples`; empty where there are none.

        Args:
            samples: mono, shape (n,), in [-1, 1].
            rate: in Hz.
            language: ISO 639-1.

        Raises:
            CapabilityError: another language.
            MissingDependency: onnxruntime or tokenizers is not installed.
            SettingsError: the files are no such model.
        """
        if language not in self.languages:
            raise CapabilityError(
                f"the transcriber {self._folder.name} knows {', '.join(sorted(self.languages))}, not {language!r}"
            )
        heard = [self._piece(piece) for piece in pieces(_resampled(samples, rate))]
        return " ".join(words for words in heard if words)

    def _piece(self, sound: Sound) -> str:
        # Out of silence such models make up words, and after a long one they miss those that follow.
        sound = _trimmed(sound)
        if len(sound) < _SHORTEST_S * RATE:
            return ""
        encoder, decoder, tokenizer = self._model
        hidden = encoder.run(None, {encoder.get_inputs()[0].name: sound[None]})[0]
        most = math.ceil(len(sound) / RATE * _TOKENS_A_SECOND)
        return str(tokenizer.decode(_greedy(decoder, hidden, most))).strip()

    @property
    def _model(self) -> tuple[InferenceSession, InferenceSession, Tokenizer]:
        with self._loading:
            return self._loaded

    @cached_property
    def _loaded(self) -> tuple[InferenceSession, InferenceSession, Tokenizer]:
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as error:
            raise MissingDependency(f'speech to text needs {error.name}: pip install "affectgraph[experts]"') from error
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # warnings about unused initialisers are nothing to a user
        if self._config.threads:
            options.intra_op_num_threads = self._config.threads
        try:
            encoder, decoder = (
                onnxruntime.InferenceSession(str(self._folder / name), options, providers=["CPUExecutionProvider"])
                for name in (ENCODER, DECODER)
            )
            return encoder, decoder, Tokenizer.from_file(str(self._folder / TOKENIZER))
        except Exception as error:  # both libraries raise classes of their own for a damaged file
            first = str(error).splitlines()[0][:200]
            raise SettingsError(f"{self._folder} holds no model that can be loaded ({first}): {FETCH}") from error


def _greedy(decoder: InferenceSession, hidden: NDArray[np.float32], most: int) -> list[int]:
    """The most probable token again and again, at most `most` times; hidden: (1, frames, width)."""
    past = {
        given.name: np.zeros((0, given.shape[1], 1, given.shape[3]), np.float32)
        for given in decoder.get_inputs()
        if given.name.startswith("past_key_values")
    }
    written: list[int] = []
    last = _START
    for step in range(most):
        asked = {
            "input_ids": np.array([[last]], np.int64),
            "encoder_hidden_states": hidden,
            "use_cache_branch": np.array([step > 0]),
        }
        logits, *present = decoder.run(None, {**asked, **past})
        last = int(logits[0, -1].argmax())
        if last == _END:
            break
        written.append(last)
        # The keys of the encoder are made in the first step alone; later ones come back empty.
        for name, value in zip(past, present, strict=True):
            if step == 0 or ".decoder." in name:
                past[name] = value
    return written


def pieces(sound: Sound, longest_s: float = _PIECE_S) -> Iterator[Sound]:
    """The sound at 16 kHz in pieces of at most `longest_s` seconds, cut at the quietest moment of each second half."""
    longest, window = round(longest_s * RATE), round(_QUIET_S * RATE)
    while len(sound) > longest:
        half = sound[longest // 2 : longest]
        blocks = half[: len(half) // window * window].reshape(-1, window)
        quietest = int(np.square(blocks).mean(axis=1).argmin())
        cut = longest // 2 + quietest * window + window // 2
        yield sound[:cut]
        sound = sound[cut:]
    yield sound


def _trimmed(sound: Sound) -> Sound:
    """Without the silence at both ends, of which a moment stays; empty where there is nothing else."""
    window = round(_QUIET_S * RATE)
    starts = range(0, len(sound), window)
    heard = [start for start in starts if loudest_dbfs(sound[start : start + window], RATE) >= SILENT_DBFS]
    return sound[max(0, heard[0] - window) : heard[-1] + 2 * window] if heard else sound[:0]


def _resampled(samples: NDArray[np.floating[Any]], rate: int) -> Sound:
    if samples.ndim != 1 or rate < 1_000:
        raise ValueError(f"sound of shape {samples.shape} at {rate} Hz; expected mono, shape (n,), at 1,000 Hz or more")
    sound = np.nan_to_num(samples.astype(np.float32))
    if rate == RATE or not len(sound):
        return sound
    from scipy.signal import resample_poly  # type: ignore[import-untyped]

    shared = math.gcd(rate, RATE)
    return np.asarray(resample_poly(sound, RATE // shared, rate // shared), dtype=np.float32)
