"""The sound of a clip: decoded, mixed down and resampled to what speech models take.

Our choices: 16 kHz, as the audio encoders of the models that are supported; a mix that never grows louder than its
channels; the first sound track stands for the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends.media_clip import Clip, decoded
from affectgraph.backends.media_files import MediaError, MediaOptions
from affectgraph.backends.media_missing import SILENT_DBFS, MissingModality, loudest_dbfs

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

__all__ = ["RATE", "Sound", "sound_of"]

RATE = 16_000
# A recording may change its rate or channels once or twice; a file that does so all the time is made to cost.
_MOST_CHANGES = 100


@dataclass(frozen=True)
class Sound:
    """Decoded sound.

    Attributes:
        samples: mono, shape (n,), float32 in [-1, 1].
        rate: samples a second; 16,000.
        start_s: when the sound begins, from the beginning of the clip.
        lost: packets that could not be decoded and are left out.
    """

    samples: NDArray[np.float32]
    rate: int = RATE
    start_s: float = 0.0
    lost: int = 0

    @property
    def duration_s(self) -> float:
        """In seconds."""
        return len(self.samples) / self.rate


def sound_of(clip: Clip, options: MediaOptions) -> Sound | MissingModality:
    """The sound of an open clip, or why there is none.

    Raises:
        MediaError: longer than `max_duration_s`, or more time is needed than `max_decode_s`.
    """
    track = clip.sound
    if track is None:
        return _missing("no_stream", f"{clip.name} has no sound track")
    if not track.packets:
        return _missing("empty", f"the sound track of {clip.name} is empty")
    if not track.readable:
        return _missing("undecodable", f"the sound of {clip.name} is of a codec that is not read ({track.codec})")
    pieces, lost, total = [], [0], 0
    most = round(options.max_duration_s * RATE) + RATE  # codecs add some padding
    for piece in _resampled(decoded(track, track.packets, clip.clock, lost)):
        pieces.append(piece)
        total += len(piece)
        if total > most:
            raise MediaError(
                f"the sound of {clip.name} is longer than {options.max_duration_s:g} s, whatever its header says: "
                "cut a piece out of it, or raise `media.max_duration_s`"
            )
    samples = np.concatenate(pieces) if pieces else np.empty(0, np.float32)
    if samples.size == 0:
        return _missing("undecodable", f"the sound track of {clip.name} is damaged: none of it can be decoded")
    samples = np.clip(np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0), -1.0, 1.0)
    level = loudest_dbfs(samples, RATE)
    if level < SILENT_DBFS:
        return _missing(
            "silent", f"the sound of {clip.name} never rises above {SILENT_DBFS:g} dBFS (its loudest is {level:.0f})"
        )
    return Sound(samples, RATE, max(0.0, track.start_s - clip.start_s), lost[0])


def _missing(reason: Any, detail: str) -> MissingModality:
    return MissingModality(modality="audio", reason=reason, detail=detail)


def _resampled(frames: Iterator[AudioFrame]) -> Iterator[NDArray[np.float32]]:
    """Mono pieces of `RATE`; a new resampler wherever the form of the frames changes."""
    from av.audio.resampler import AudioResampler

    form, resampler, changes = None, None, 0
    for frame in frames:
        now = (frame.format.name, frame.layout.name, frame.sample_rate)
        if now != form:
            if resampler is not None:
                yield from _arrays(resampler.resample(None))
            changes += 1
            if changes > _MOST_CHANGES:
                raise ValueError("the form of the sound changes all the time")
            # Without rematrix_maxval, two channels of floats that agree come out 1.41 times as loud as each.
            form, resampler = now, AudioResampler("flt", "mono", RATE, options={"rematrix_maxval": "1.0"})
        frame.pts = None  # times in a damaged file would be filled with silence
        assert resampler is not None
        yield from _arrays(resampler.resample(frame))
    if resampler is not None:
        yield from _arrays(resampler.resample(None))


def _arrays(frames: list[AudioFrame]) -> Iterator[NDArray[np.float32]]:
    for frame in frames:
        yield frame.to_ndarray().reshape(-1).astype(np.float32, copy=False)
