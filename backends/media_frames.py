"""The pictures of a clip: those that a policy chooses, upright and scaled down, with the times at which they are seen.

Only what is needed is decoded: for each wanted time, from the last packet before it that can be decoded by itself. So a
few frames of a long video cost little, whatever its length. A frame is what a viewer sees at a time: the last one whose
own time has come, however unevenly the frames follow each other.

Our choices: a clip with fewer frames than are wanted gives each once; rotation marks are followed in quarter turns,
mirroring and the shape of pixels are not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends.media_clip import Clip, Track, decoded
from affectgraph.backends.media_files import MediaError, MediaOptions
from affectgraph.backends.media_missing import MissingModality, blankness
from affectgraph.backends.media_policy import FramePolicy, SceneFrames, evenly, scenes

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

__all__ = ["FASTEST", "Pixels", "first_size", "pixels_of"]

_LOOKS_PER_S = 8
_MOST_LOOKS = 256
_LOOK_SIDE = 32
FASTEST = 1_000.0  # frames a second; above any camera that is pointed at people
_EARLY_S = 1e-6  # times are fractions in the file and floats here


@dataclass(frozen=True)
class Pixels:
    """Chosen frames.

    Attributes:
        frames: RGB, each of shape (height, width, 3).
        times_s: when each is shown, from the beginning of the clip.
        fps: how many a second these are, over the whole track; at most 1,000.
        lost: packets that could not be decoded and are left out.
    """

    frames: list[NDArray[np.uint8]]
    times_s: list[float]
    fps: float
    lost: int = 0


def pixels_of(clip: Clip, options: MediaOptions, policy: FramePolicy) -> Pixels | MissingModality:
    """The frames that a policy chooses from an open clip, or why there are none.

    Raises:
        MediaError: a frame is larger than the options allow, or more time is needed than `max_decode_s`.
    """
    track = clip.picture
    if track is None:
        return _missing("no_stream", f"{clip.name} has no pictures, only sound")
    if not track.packets:
        return _missing("empty", f"the video track of {clip.name} is empty")
    if not track.readable:
        return _missing("undecodable", f"the video of {clip.name} is of a codec that is not read ({track.codec})")
    lost = [0]
    times = _wanted(clip, track, options, policy, lost)
    frames, at = [], []
    for frame in _shown(clip, track, times, lost):
        frames.append(_upright(_scaled(frame, policy.side, clip.name, options), frame.rotation))
        at.append(max(0.0, _time(frame, track) - clip.start_s))
    if not frames:
        return _missing("undecodable", f"the video track of {clip.name} is damaged: none of it can be decoded")
    empty = blankness(frames)
    if empty is not None:
        looks = "dark all over" if empty == "black" else "of one colour all over"
        return _missing(empty, f"the pictures of {clip.name} are {looks}")
    span = track.end_s - track.start_s
    fps = min(len(frames) / span, FASTEST) if span > 0 and len(frames) > 1 else 1.0
    return Pixels(frames, at, fps, lost[0])


def first_size(clip: Clip, options: MediaOptions) -> tuple[int, int] | None:
    """Width and height as seen, by the first frame that can be decoded; None where none can."""
    track = clip.picture
    if track is None or not track.readable:
        return None
    for frame in decoded(track, track.packets, clip.clock, [0]):
        _check_size(frame, clip.name, options)
        size = (frame.width, frame.height)
        return size if _turns(frame.rotation) % 2 == 0 else size[::-1]
    return None


def _missing(reason: Any, detail: str) -> MissingModality:
    return MissingModality(modality="video", reason=reason, detail=detail)


def _wanted(clip: Clip, track: Track, options: MediaOptions, policy: FramePolicy, lost: list[int]) -> list[float]:
    """The times to be seen, ascending, in the file's own time."""
    start, end = track.start_s, track.end_s
    if not isinstance(policy, SceneFrames):
        return evenly(start, end, min(policy.most, options.max_frames))
    looks, at = [], []
    for frame in _shown(clip, track, evenly(start, end, _look_count(end - start)), lost):
        looks.append(_scaled(frame, 0, clip.name, options) / 255)
        at.append(_time(frame, track))
    return scenes(np.stack(looks), at, policy) if looks else []


def _look_count(seconds: float) -> int:
    return max(1, min(_MOST_LOOKS, math.ceil(seconds * _LOOKS_PER_S)))


def _shown(clip: Clip, track: Track, times: Sequence[float], lost: list[int]) -> Iterator[VideoFrame]:
    """The frame seen at each time, in order, each frame once."""
    at, given = 0, None
    while at < len(times):
        entry = track.entry(times[at])
        if track.stream.codec_context.is_open:
            track.stream.codec_context.flush_buffers()
        feed = _Feed(track.packets, entry)
        current = None
        for frame in decoded(track, feed, clip.clock, lost):
            before = at
            while at < len(times) and _time(frame, track) > times[at] + _EARLY_S:
                chosen = frame if current is None else current
                if chosen.pts != given or given is None:
                    yield chosen
                given = chosen.pts
                at += 1
            current = frame
            if at == len(times) or (at > before and track.entry(times[at]) > feed.at):
                break
        else:  # the end: the last frame stays
            if current is not None and (current.pts != given or given is None):
                yield current
            return


class _Feed:
    """Packets from one on, with where the reading is."""

    def __init__(self, packets: list[Any], at: int) -> None:
        self._packets = packets
        self.at = at

    def __iter__(self) -> Iterator[Any]:
        while self.at < len(self._packets):
            self.at += 1
            yield self._packets[self.at - 1]


def _time(frame: VideoFrame, track: Track) -> float:
    """In seconds of the file's own time; a frame without one counts as the beginning."""
    base = track.stream.time_base  # that of a frame is lost when the decoder is emptied at the end
    return track.start_s if frame.pts is None or base is None else float(frame.pts * base)


def _scaled(frame: VideoFrame, side: int, name: str, options: MediaOptions) -> NDArray[np.uint8]:
    """RGB of at most `side` pixels a side, never larger than it is; for 0 the small grey square that is compared."""
    from av.video.reformatter import Interpolation

    _check_size(frame, name, options)
    width, height, format = _LOOK_SIDE, _LOOK_SIDE, "gray"
    if side:
        format = "rgb24"
        scale = min(1.0, side / max(frame.width, frame.height))
        width, height = max(1, round(frame.width * scale)), max(1, round(frame.height * scale))
    picture = frame.reformat(width=width, height=height, format=format, interpolation=Interpolation.AREA)
    return picture.to_ndarray().astype(np.uint8, copy=False)


def _check_size(frame: VideoFrame, name: str, options: MediaOptions) -> None:
    if max(frame.width, frame.height) > options.max_side or frame.width * frame.height > options.max_pixels:
        raise MediaError(
            f"{name} holds a picture of {frame.width:,} x {frame.height:,} pixels, over {options.max_side:,} a side or "
            f"{options.max_pixels:,} in all: scale it down, or raise `media.max_side` or `media.max_pixels`"
        )


def _turns(degrees: float) -> int:
    """Quarter turns against the clock, 0 to 3."""
    return round(degrees / 90) % 4


def _upright(pixels: NDArray[np.uint8], degrees: float) -> NDArray[np.uint8]:
    return np.ascontiguousarray(np.rot90(pixels, _turns(degrees)))
