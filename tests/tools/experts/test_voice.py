"""The voice: what was put into a sound is measured, and excitement is heard relative to the speaker."""

from __future__ import annotations

import shutil
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from affectgraph.backends.errors import MissingDependency
from affectgraph.tools.experts import voice as voice_expert
from affectgraph.tools.experts.prosody import LONGEST_S, Prosody, prosody
from affectgraph.tools.experts.voice import RELIABLE, arousal, read_voice
from tests.tools.experts.voices import RATE, voice


def measured(sound: NDArray[np.float32], rate: int = RATE) -> Prosody:
    found = prosody(sound, rate)
    assert isinstance(found, Prosody)
    return found


@pytest.mark.parametrize("hz", [80.0, 120.0, 210.0, 300.0])
@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
def test_the_pitch_is_measured_at_any_rate(hz: float, rate: int) -> None:
    assert measured(voice(hz, rate=rate), rate).pitch_hz == pytest.approx(hz, rel=0.03)


@pytest.mark.parametrize("pace", [3.0, 5.0, 6.0])
def test_syllables_are_counted(pace: float) -> None:
    assert measured(voice(pace=pace)).pace == pytest.approx(pace, rel=0.15)


def test_a_pause_takes_its_share_and_does_not_slow_the_pace() -> None:
    without, paused = measured(voice()), measured(voice(pause=1.0))
    assert without.pauses < 0.02
    assert paused.pauses == pytest.approx(0.25, abs=0.04)
    assert paused.pace == pytest.approx(without.pace, rel=0.15)


def test_a_melody_spreads_and_twice_the_amplitude_is_six_decibels() -> None:
    flat, sung = measured(voice(swing=0.0)), measured(voice(swing=4.0))
    assert flat.spread_st < 0.5
    assert sung.spread_st == pytest.approx(8.0, abs=1.0)
    assert measured(voice(loud=0.2)).loudness_db - measured(voice(loud=0.1)).loudness_db == pytest.approx(6.02, abs=0.1)


@pytest.mark.parametrize(
    ("sound", "reason"),
    [
        (np.zeros(3 * RATE), "silence"),
        (np.full(3 * RATE, 0.4), "silence"),  # an offset is no sound
        (np.zeros(0), "less than 0.3 s"),
        (voice(seconds=0.2), "less than 0.3 s"),
        (np.random.default_rng(0).normal(0.0, 0.1, 3 * RATE), "no voice"),
        (np.full(3 * RATE, np.nan), "silence"),
    ],
)
def test_without_a_voice_the_modality_is_missing(sound: NDArray[np.float64], reason: str) -> None:
    reading = read_voice(sound, RATE)
    assert reading.missing is not None
    assert reason in reading.missing
    assert reading.arousal is None


def test_sound_that_is_not_mono_is_refused() -> None:
    with pytest.raises(ValueError, match="expected mono"):
        prosody(np.zeros((2, RATE)), RATE)
    with pytest.raises(ValueError, match="2,000 Hz"):
        prosody(np.zeros(RATE), 100)


def test_only_the_beginning_of_a_long_recording_is_looked_at() -> None:
    start = voice(seconds=LONGEST_S)
    assert prosody(np.concatenate([start, voice(300.0, seconds=2.0)]), RATE) == prosody(start, RATE)


def test_a_speaker_like_themselves_is_neither_calm_nor_excited() -> None:
    usual = measured(voice(200.0))
    assert arousal(usual, usual) == 5.0
    # The same person nearer to the microphone or a person with another voice would not be "excited" by norms.
    assert read_voice(voice(200.0), RATE).arousal == pytest.approx(read_voice(voice(100.0), RATE).arousal, abs=0.4)


@pytest.mark.parametrize(
    "change",
    [{"hz": 170.0}, {"swing": 4.0}, {"loud": 0.3}, {"pace": 5.5}],
    ids=["higher", "livelier", "louder", "faster"],
)
def test_each_sign_of_excitement_raises_arousal_above_the_speakers_own(change: dict[str, float]) -> None:
    usual = measured(voice())
    assert arousal(measured(voice(**change)), usual) > 5.3  # type: ignore[arg-type]


def test_pauses_lower_arousal() -> None:
    assert arousal(measured(voice(pause=1.5)), measured(voice())) < 4.7


PROSODY = st.builds(
    Prosody,
    pitch_st=st.floats(0, 40),
    spread_st=st.floats(0, 30),
    loudness_db=st.floats(-60, 0),
    pace=st.floats(0, 12),
    pauses=st.floats(0, 1),
    voiced_s=st.floats(0, 60),
)


@given(PROSODY, PROSODY)
def test_arousal_stays_on_its_scale_and_mirrors(one: Prosody, other: Prosody) -> None:
    assert 1.0 <= arousal(one, other) <= 9.0
    assert 1.0 <= arousal(one) <= 9.0
    assert arousal(one, other) - 5.0 == pytest.approx(5.0 - arousal(other, one))


def test_the_reading_says_that_it_is_a_heuristic_and_is_worth_little() -> None:
    usual = measured(voice())
    with_baseline, without = read_voice(voice(), RATE, usual), read_voice(voice(), RATE)
    assert with_baseline.basis == "prosody relative to other speech of the speaker, heuristic"
    assert without.basis == "prosody relative to rough norms of calm speech, heuristic"
    assert (with_baseline.reliability, without.reliability) == (RELIABLE["baseline"], RELIABLE["norms"])
    assert with_baseline.sentiment is with_baseline.emotions is with_baseline.valence is None
    assert read_voice(voice(seconds=1.0), RATE).reliability < without.reliability


def test_without_the_extra_the_modality_is_missing_and_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise MissingDependency('prosody needs librosa: pip install "affectgraph[experts]"')

    monkeypatch.setattr(voice_expert, "prosody", gone)
    assert 'pip install "affectgraph[experts]"' in (read_voice(voice(), RATE).missing or "")


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_synthetic_speech_that_is_high_fast_and_loud_is_more_excited_than_low_and_slow(tmp_path: Path) -> None:
    def said(pitch: int, speed: int, amplitude: int) -> Prosody:
        path = tmp_path / f"{pitch}.wav"
        form = ["-p", str(pitch), "-s", str(speed), "-a", str(amplitude), "-w", str(path)]
        words = "I cannot believe that you came all the way to see me today."
        subprocess.run(["espeak-ng", *form, words], check=True, timeout=30)
        with wave.open(str(path)) as file:
            pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2")
            return measured(pcm.astype(np.float32) / 32_768, file.getframerate())

    usual = said(50, 175, 100)
    assert arousal(said(20, 120, 60), usual) < 4.0 < 6.0 < arousal(said(90, 240, 180), usual)
