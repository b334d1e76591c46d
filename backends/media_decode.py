"""What is asked of a sound or video file, each answered from its bytes: what it is, how it sounds, how it looks."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from affectgraph.backends.media_clip import Clip, decoded, opened
from affectgraph.backends.media_files import MediaError, MediaOptions
from affectgraph.backends.media_frames import Pixels, first_size, pixels_of
from affectgraph.backends.media_missing import MissingModality
from affectgraph.backends.media_policy import FramePolicy
from affectgraph.backends.media_sniff import ClipType
from affectgraph.backends.media_sound import Sound, sound_of

__all__ = ["Survey", "decode_frames", "decode_sound", "survey"]


class Survey(BaseModel):
    """What a clip is; the fields are those of `MediaRef`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["audio", "video"]
    width: int
    height: int
    frames: int
    duration_s: float
    fps: float
    sound: bool


def survey(data: bytes, type: ClipType, name: str, options: MediaOptions) -> Survey:
    """Look at the tracks of a clip and decode the beginning of each.

    Raises:
        MediaError: over a limit, damaged, or nothing in it can be decoded although there is content.
    """
    with opened(data, type, name, options) as clip:
        size = first_size(clip, options)
        if clip.tracks and size is None and not _heard(clip):
            codecs = ", ".join(sorted({track.codec for track in clip.tracks}))
            raise MediaError(
                f"nothing in {name} can be decoded ({type}, {codecs}): "
                "get a whole copy of it, or convert it to MP4 with H.264 and AAC"
            )
        width, height = size or (0, 0)
        picture = clip.picture
        count = len(picture.packets) if picture else 0
        span = picture.end_s - picture.start_s if picture else 0.0
        return Survey(
            kind="video" if picture else "audio",
            width=width,
            height=height,
            frames=count,
            duration_s=clip.duration_s,
            fps=count / span if span > 0 else 0.0,
            sound=clip.sound is not None,
        )


def decode_sound(data: bytes, type: ClipType, name: str, options: MediaOptions) -> Sound | MissingModality:
    """The sound of a clip, or why there is none.

    Raises:
        MediaError: over a limit, or damaged as a whole.
    """
    with opened(data, type, name, options) as clip:
        return sound_of(clip, options)


def decode_frames(
    data: bytes, type: ClipType, name: str, options: MediaOptions, policy: FramePolicy
) -> Pixels | MissingModality:
    """Frames of a clip, or why there are none.

    Raises:
        MediaError: over a limit, or damaged as a whole.
    """
    with opened(data, type, name, options) as clip:
        return pixels_of(clip, options, policy)


def _heard(clip: Clip) -> bool:
    track = clip.sound
    return track is not None and track.readable and any(True for _ in decoded(track, track.packets, clip.clock, [0]))
