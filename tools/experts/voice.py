"""How excited a voice sounds, from prosody: a heuristic, not a trained model, and it says so wherever it is used.

That excited speech is higher, more varied in pitch, louder and faster is among the steadiest findings on voices
(Scherer 2003; Juslin and Laukka 2003); whether the excitement is pleasant cannot be heard from these, so valence and
sentiment stay unknown. How the figures become a number is our choice: each deviation from the speaker's own usual way
of speaking, in units of an ordinary difference between two sentences of one person, averaged, and bent into 1 to 9.

Without such a baseline, pitch and loudness tell who speaks and how near the microphone is. Then only variation, pace
and pauses count, against rough values of calm speech, and the reading is worth half.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends.errors import MissingDependency
from affectgraph.tools.experts.prosody import Prosody, prosody
from affectgraph.tools.experts.readings import ModalityReading

__all__ = ["RELIABLE", "USUAL", "arousal", "read_voice"]

# The most that a heuristic is worth, with a baseline and without; our choice.
RELIABLE = {"baseline": 0.4, "norms": 0.2}
# From so many seconds of voice on, more does not help; our choice.
_ENOUGH_S = 2.0
# What an ordinary difference is, per figure of `Prosody`; the sign says which way excitement goes. Our choice.
_UNITS = {"pitch_st": 2.0, "spread_st": 2.0, "loudness_db": 4.0, "pace": 0.8, "pauses": -0.15}
# Rough values of calm adult speech, as these measures see it; our choice. Pitch and loudness have none.
USUAL = {"spread_st": 6.0, "pace": 4.0, "pauses": 0.2}
_MIDDLE, _REACH = 5.0, 4.0


def read_voice(
    samples: NDArray[np.floating[Any]], rate: int, baseline: Prosody | None = None, *, whose: str = "the speaker"
) -> ModalityReading:
    """How excited the voice in a recording sounds.

    Args:
        samples: mono, shape (n,), in [-1, 1].
        rate: in Hz.
        baseline: the prosody of other speech of the same person, through the same microphone; see `prosody`.
        whose: how the basis calls the person of the baseline.

    Raises:
        ValueError: more than one channel, or a rate below 2,000.
    """
    try:
        found = prosody(samples, rate)
    except MissingDependency as error:
        return ModalityReading.none("audio", f"no prosody expert installed: {error}")
    if isinstance(found, str):
        return ModalityReading.none("audio", found)
    against = f"relative to other speech of {whose}" if baseline else "relative to rough norms of calm speech"
    worth = RELIABLE["baseline" if baseline else "norms"]
    return ModalityReading(
        modality="audio",
        arousal=arousal(found, baseline),
        reliability=worth * min(1.0, found.voiced_s / _ENOUGH_S),
        basis=f"prosody {against}, heuristic",
        measured={"pitch_hz": found.pitch_hz, **found.model_dump()},
    )


def arousal(found: Prosody, baseline: Prosody | None = None) -> float:
    """Arousal from 1 (calm) to 9 (excited); 5 where nothing differs from the baseline, or from `USUAL` without one."""
    usual = baseline.model_dump() if baseline else USUAL
    now = found.model_dump()
    parts = [(now[name] - usual[name]) / unit for name, unit in _UNITS.items() if name in usual]
    # One wild figure (an octave that YIN missed) must not decide alone.
    bent = [max(-3.0, min(3.0, part)) for part in parts]
    return _MIDDLE + _REACH * math.tanh(math.fsum(bent) / len(bent) / 1.5)
