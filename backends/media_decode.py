"""What is asked of a sound or video file, each answered from its bytes: what it is, how it sounds, how it looks."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from affectgraph.backends.media_clip import Clip, decoded, opened
from affectgraph.backends.media_files import MediaError, MediaOptions
from affectgraph.backends.media_frames import FASTEST, Pixels, first_size, pixels_of
from affectgraph.backends.media_missing import MissingModality
from affectgraph.backends.media_policy import FramePolicy, UniformFrames
from affectgraph.backends.media_sniff import ClipType
from affectgraph.backends.media_sound import Sound, sound_of

__all__ = ["Answer", "Job", "Survey", "answer"]


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


Job = Literal["survey", "sound", "frames"]
Answer = Survey | Sound | Pixels | MissingModality


def answer(
    job: Job, data: bytes, type: ClipType, name: str, options: MediaOptions, policy: FramePolicy | None = None
) -> Answer:
    """What a clip is (`survey`: a `Survey`), its sound, or its frames by a policy; or why the latter are missing.

    Raises:
        MediaError: over a limit, or damaged as a whole; for a survey also when there is content and none of it can be
            decoded.
    """
    with opened(data, type, name, options) as clip:
        match job:
            case "survey":
                return _survey(clip, type, options)
            case "sound":
                return sound_of(clip, options)
            case "frames":
                return pixels_of(clip, options, policy or UniformFrames())


def _survey(clip: Clip, type: ClipType, options: MediaOptions) -> Survey:
    size = first_size(clip, options)
    if clip.tracks and size is None and not _heard(clip):
        codecs = ", ".join(sorted({track.codec for track in clip.tracks}))
        raise MediaError(
            f"nothing in {clip.name} can be decoded ({type}, {codecs}): "
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
        fps=min(count / span, FASTEST) if span > 0 else 0.0,
        sound=clip.sound is not None,
    )


def _heard(clip: Clip) -> bool:
    track = clip.sound
    return track is not None and track.readable and any(True for _ in decoded(track, track.packets, clip.clock, [0]))
