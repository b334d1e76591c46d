"""What counts as a missing modality: a fact about a clip that reasoning has to know, and no error.

A person who keeps silent, a camera with its cap on and a recording without a sound track are ordinary; a graph goes on
with what is there. A file that cannot be read at all is a `MediaError` instead. Where silence and blankness begin is
our choice, stated at each constant.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

__all__ = ["BLANK_SPREAD", "DARK", "SILENT_DBFS", "MissingModality", "MissingReason", "blankness", "loudest_dbfs"]

MissingReason = Literal["no_stream", "empty", "silent", "black", "blank", "undecodable"]

# Quiet speech into a bad microphone is about -45 dBFS, the noise of a cheap recorder with nobody speaking -65 or less.
SILENT_DBFS = -60.0
# Levels of 255. A frame of one colour comes out of a codec with a spread of 1 to 4 once it is averaged.
BLANK_SPREAD = 8.0
DARK = 32.0

_WINDOW_S = 0.05
_SIDE = 16


class MissingModality(BaseModel):
    """A modality that a clip does not offer.

    Attributes:
        modality: which.
        reason: `no_stream` (no such track), `empty` (a track without content), `silent`, `black` (dark all over),
            `blank` (one colour all over) or `undecodable` (the track is damaged or of a codec that is not read).
        detail: one sentence for a person.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    modality: Literal["text", "audio", "video"]
    reason: MissingReason
    detail: str


def loudest_dbfs(samples: NDArray[np.float32], rate: int) -> float:
    """The level of the loudest 50 ms, in dB of full scale (a square wave from -1 to 1 is 0); `-inf` without sound.

    Args:
        samples: shape (n,), in [-1, 1].
        rate: in Hz.

    A constant offset is no sound, so each window is measured about its own mean.
    """
    size = max(1, min(len(samples), round(rate * _WINDOW_S)))
    whole = samples[: len(samples) // size * size].reshape(-1, size)
    if whole.size == 0:
        return -np.inf
    loudest = float(whole.std(axis=1, dtype=np.float64).max())
    return 20 * float(np.log10(loudest)) if loudest > 0 else -np.inf


def blankness(frames: list[NDArray[np.uint8]]) -> Literal["black", "blank"] | None:
    """Whether none of the frames shows anything: dark all over, or one colour all over.

    Args:
        frames: RGB, each of shape (height, width, 3).

    A frame is averaged to a grid of 16 x 16 first, so that neither a hot pixel nor the noise of a sensor counts as a
    picture while a face that fills a thousandth of the frame does.
    """
    grids = [_grid(frame) for frame in frames]
    if any(float(np.ptp(grid, axis=(0, 1)).max()) >= BLANK_SPREAD for grid in grids):
        return None
    return "black" if max(float(grid.mean()) for grid in grids) < DARK else "blank"


def _grid(frame: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Means over a grid of at most 16 x 16 cells, shape (rows, columns, 3)."""
    means: NDArray[np.float64] = frame.astype(np.float64)
    for axis in (0, 1):
        size = means.shape[axis]
        starts = np.unique(np.linspace(0, size, min(size, _SIDE), endpoint=False).astype(int))
        sums = np.add.reduceat(means, starts, axis=axis)
        widths = np.diff([*starts, size])
        means = sums / np.expand_dims(widths, tuple(other for other in range(3) if other != axis))
    return means
