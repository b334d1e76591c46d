"""Speech to text: pieces, languages and missing files anywhere; words where the model is installed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.backends.base import Transcriber
from affectgraph.backends.config import TranscriberConfig
from affectgraph.backends.errors import CapabilityError, MissingDependency, SettingsError
from affectgraph.backends.speech_weights import FILES, speech_folder
from affectgraph.backends.transcriber import RATE, MoonshineTranscriber, pieces
from tests.backends.speech import DATA_DIR, needs_espeak, needs_model, spoken

WORDS = "It's eleven o'clock and I am on my way to the meeting. Don't forget a jacket."


@pytest.fixture(scope="module")
def moonshine() -> MoonshineTranscriber:
    return MoonshineTranscriber(TranscriberConfig(threads=1), DATA_DIR)


def broken(folder: Path) -> Path:
    for name in FILES:
        (folder / name).write_bytes(b"no model")
    return folder


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 90), st.integers(0, 2**32 - 1))
def test_pieces_are_short_and_together_the_whole(tenths: int, seed: int) -> None:
    sound = np.random.default_rng(seed).normal(size=tenths * RATE // 10).astype(np.float32)
    found = list(pieces(sound, longest_s=2.0))
    assert all(len(piece) <= 2 * RATE for piece in found)
    assert all(len(piece) >= RATE for piece in found[:-1])
    assert np.array_equal(np.concatenate(found), sound)


def test_a_long_sound_is_cut_in_its_pause() -> None:
    sound = np.ones(3 * RATE, np.float32)
    sound[round(1.5 * RATE) : round(1.7 * RATE)] = 0.0
    first, _ = pieces(sound, longest_s=2.0)
    assert 1.5 * RATE < len(first) < 1.7 * RATE


def test_without_the_model_the_command_that_gets_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingDependency, match="affectgraph weights fetch --speech"):
        MoonshineTranscriber(TranscriberConfig(), tmp_path)


def test_a_configured_folder_that_lacks_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"transcriber\.model = .* lacks encoder_model\.onnx, decoder"):
        MoonshineTranscriber(TranscriberConfig(model=tmp_path), tmp_path)


def test_files_that_are_no_model_are_a_settings_error(tmp_path: Path) -> None:
    damaged = MoonshineTranscriber(TranscriberConfig(model=broken(tmp_path)), tmp_path)
    with pytest.raises(SettingsError, match="holds no model that can be loaded"):
        damaged.transcribe(np.ones(RATE, np.float32) * np.sin(np.arange(RATE) / 9).astype(np.float32), RATE, "en")


def test_another_language_is_refused_before_anything_is_loaded(tmp_path: Path) -> None:
    own = MoonshineTranscriber(TranscriberConfig(model=broken(tmp_path), languages=("en", "de")), tmp_path)
    assert isinstance(own, Transcriber)
    assert own.languages == {"en", "de"}
    with pytest.raises(CapabilityError, match="knows de, en, not 'zh'"):
        own.transcribe(np.zeros(RATE), RATE, "zh")


def test_silence_has_no_words_and_loads_nothing(tmp_path: Path) -> None:
    broken(tmp_path)
    own = MoonshineTranscriber(TranscriberConfig(model=tmp_path), tmp_path)
    assert own.transcribe(np.zeros(50 * RATE), RATE, "en") == ""
    assert own.transcribe(np.zeros(0), RATE, "en") == ""


def test_sound_that_is_not_mono_is_refused(tmp_path: Path) -> None:
    own = MoonshineTranscriber(TranscriberConfig(model=broken(tmp_path)), tmp_path)
    with pytest.raises(ValueError, match="expected mono"):
        own.transcribe(np.zeros((2, RATE)), RATE, "en")


@needs_model
@needs_espeak
def test_words_are_heard_at_any_rate(moonshine: MoonshineTranscriber) -> None:
    sound, rate = spoken(WORDS, "-v", "en-us", "-s", "150")
    heard = moonshine.transcribe(sound, rate, "en").lower()
    assert "on my way to the meeting" in heard
    assert "jacket" in heard
    assert rate != RATE
    assert moonshine.identity.startswith("moonshine-tiny-en:")


@needs_model
@needs_espeak
def test_a_recording_of_more_than_a_piece_is_heard_to_its_end(moonshine: MoonshineTranscriber) -> None:
    sound, rate = spoken(WORDS, "-v", "en-us", "-s", "150")
    pause = np.zeros(12 * rate, np.float32)
    heard = moonshine.transcribe(np.concatenate([sound, pause, pause, sound]), rate, "en").lower()
    assert heard.count("on my way to the meeting") == 2


@needs_model
def test_the_files_are_where_the_settings_say(moonshine: MoonshineTranscriber, tmp_path: Path) -> None:
    own = MoonshineTranscriber(TranscriberConfig(model=speech_folder(DATA_DIR)), tmp_path)
    assert own.identity == moonshine.identity
