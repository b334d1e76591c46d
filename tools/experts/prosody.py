"""How something is said, in numbers: pitch, loudness, pace and pauses of a recording. No words, no model.

Pitch is YIN (de Cheveigné and Kawahara 2002) as librosa has it; a frame counts as voiced where the sound repeats itself
at YIN's period and is not much softer than the loudest. Pace is counted from the peaks of loudness in voiced frames,
which stand for syllables (after de Jong and Wempe 2009). Thresholds are our choice. Music, several speakers and noise
are not told apart from one voice.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from affectgraph.backends.errors import MissingDependency
from affectgraph.backends.media_missing import SILENT_DBFS, loudest_dbfs

__all__ = ["LONGEST_S", "Prosody", "prosody"]

# What is looked at: the beginning of a recording. A minute is more than any figure here needs.
LONGEST_S = 60.0
_RATE = 16_000
_WINDOW, _HOP = 1_024, 160  # 64 ms, which holds four periods of the lowest pitch; 10 ms
_LOWEST, _HIGHEST = 65.0, 500.0  # Hz: what adults speak at
_PERIODIC = 0.5  # normalised autocorrelation at the period
_RANGE_DB = 30.0  # frames softer than this below the loudest are pauses
_DIP_DB = 2.0  # between two syllables
_SHORTEST_S = 0.3

Floats = NDArray[np.float64]


class Prosody(BaseModel):
    """What was measured.

    Attributes:
        pitch_st: median pitch, in semitones above 55 Hz.
        spread_st: distance of the 10th and 90th percentile of the pitch, in semitones.
        loudness_db: mean level of voiced frames, in dB of full scale; depends on the microphone as well.
        pace: syllables a second of speech, pauses left out.
        pauses: share of the time between the first and the last voiced frame that is a pause, in [0, 1].
        voiced_s: seconds of voiced frames.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pitch_st: float
    spread_st: float = Field(ge=0.0)
    loudness_db: float
    pace: float = Field(ge=0.0)
    pauses: float = Field(ge=0.0, le=1.0)
    voiced_s: float = Field(ge=0.0)

    @property
    def pitch_hz(self) -> float:
        """The median pitch in Hz."""
        return float(55.0 * 2.0 ** (self.pitch_st / 12.0))


def prosody(samples: NDArray[np.floating[Any]], rate: int) -> Prosody | str:
    """The prosody of a recording, or a phrase that says why there is none (no sound, silence, no voice).

    Args:
        samples: mono, shape (n,), in [-1, 1]; the first `LONGEST_S` seconds are looked at.
        rate: in Hz, at least 2,000.

    Raises:
        MissingDependency: librosa is not installed.
        ValueError: more than one channel, or a rate too low.
    """
    if samples.ndim != 1 or rate < 2_000:
        raise ValueError(f"sound of shape {samples.shape} at {rate} Hz; expected mono, shape (n,), at 2,000 Hz or more")
    sound = np.nan_to_num(samples[: round(rate * LONGEST_S)].astype(np.float32))
    if len(sound) < _SHORTEST_S * rate:
        return f"less than {_SHORTEST_S:g} s of sound"
    if loudest_dbfs(sound, rate) < SILENT_DBFS:
        return "silence"
    try:
        import librosa  # its numba compiles for some seconds on a machine's first use
    except ImportError as error:
        raise MissingDependency('prosody needs librosa: pip install "affectgraph[experts]"') from error
    if rate != _RATE:
        sound = librosa.resample(sound, orig_sr=rate, target_sr=_RATE)
    # Centred, as YIN's own frames are: frame t lies around sample t * hop.
    padded = np.pad(sound - sound.mean(), _WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP].astype(np.float64)
    pitch = librosa.yin(
        padded, fmin=_LOWEST, fmax=_HIGHEST, sr=_RATE, frame_length=_WINDOW, hop_length=_HOP, center=False
    )
    return _measured(frames[: len(pitch)], np.asarray(pitch, dtype=np.float64)[: len(frames)])


def _measured(frames: Floats, pitch: Floats) -> Prosody | str:
    level = 10.0 * np.log10(np.maximum(np.square(frames).mean(axis=1), 1e-12))
    voiced = (level > level.max() - _RANGE_DB) & (_periodicity(frames, pitch) > _PERIODIC)
    # At the edge of its range YIN found no period, only the best of what it may say.
    voiced &= (pitch > _LOWEST * 1.01) & (pitch < _HIGHEST * 0.99)
    seconds = float(voiced.sum()) * _HOP / _RATE
    if seconds < _SHORTEST_S:
        return f"no voice (under {_SHORTEST_S:g} s of voiced sound)"
    first, last = np.flatnonzero(voiced)[[0, -1]]
    speaking = level[first : last + 1] > level.max() - _RANGE_DB
    semitones = 12.0 * np.log2(pitch[voiced] / 55.0)
    low, high = np.percentile(semitones, [10, 90])
    return Prosody(
        pitch_st=float(np.median(semitones)),
        spread_st=float(high - low),
        loudness_db=float(level[voiced].mean()),
        pace=_syllables(level, voiced) / (float(speaking.sum()) * _HOP / _RATE),
        pauses=float(1.0 - speaking.mean()),
        voiced_s=seconds,
    )


def _periodicity(frames: Floats, pitch: Floats) -> Floats:
    """How alike each frame is to itself one period later: normalised autocorrelation, in [-1, 1]; (frames,)."""
    lags = np.clip(np.rint(_RATE / pitch).astype(int), 1, _WINDOW // 2)
    here = np.arange(_WINDOW // 2)
    rows = np.arange(len(frames))[:, None]
    one, later = frames[:, : _WINDOW // 2], frames[rows, here + lags[:, None]]
    energy = np.sqrt(np.square(one).sum(axis=1) * np.square(later).sum(axis=1))
    found: Floats = (one * later).sum(axis=1) / np.maximum(energy, 1e-12)
    return found


def _syllables(level: Floats, voiced: NDArray[np.bool_]) -> int:
    from scipy.signal import find_peaks  # type: ignore[import-untyped]

    smooth = np.convolve(np.pad(level, 2, mode="edge"), np.full(5, 0.2), mode="valid")
    # 80 ms: nobody speaks twelve syllables a second.
    peaks, _ = find_peaks(smooth, prominence=_DIP_DB, distance=8)
    return int(voiced[peaks].sum())
