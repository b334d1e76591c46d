"""Voices made of harmonics, with syllables and a melody: sound whose pitch, pace and loudness are known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

RATE = 16_000


def voice(
    hz: float = 120.0,
    *,
    pace: float = 4.0,
    swing: float = 2.0,
    loud: float = 0.1,
    seconds: float = 3.0,
    pause: float = 0.0,
    rate: int = RATE,
) -> NDArray[np.float32]:
    """A hum of ten harmonics.

    Args:
        hz: median pitch.
        pace: syllables a second, as dips of loudness.
        swing: the melody goes so many semitones up and down.
        loud: amplitude.
        seconds: of voice.
        pause: seconds of silence in the middle.
        rate: samples a second.
    """
    t = np.arange(round(seconds * rate)) / rate
    pitch = hz * 2.0 ** (swing / 12.0 * np.sin(2 * np.pi * 0.7 * t))
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    tone = sum(np.sin(k * phase) / k for k in range(1, 11) if k * hz < rate / 2.5)
    syllables = 0.15 + 0.85 * np.sin(np.pi * pace * t) ** 2
    sound = loud * tone * syllables
    half = len(sound) // 2
    return np.concatenate([sound[:half], np.zeros(round(pause * rate)), sound[half:]]).astype(np.float32)
