"""Media: what a graph may look at and listen to, as a reference that fits into its state.

`open_image` and `open_media` say once what a file is; `load_image`, `load_audio` and `load_frames` give its pixels and
samples wherever a node needs them, as long as the file is still the same. State and checkpoints hold the `MediaRef`,
never pixels or samples. A checkpoint can be changed by hand, so a reference is trusted no more than a path: roots and
limits are judged again at every load, and the bytes that are decoded are the bytes whose hash was taken.

A track that is not there, or is silent or blank, is no error but a `MissingModality`.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import Annotated, Literal

from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, model_validator

from affectgraph.backends.media_child import ask
from affectgraph.backends.media_decode import Answer, Job, Survey, answer
from affectgraph.backends.media_files import MediaError, MediaOptions, check_bytes, read_file, shown
from affectgraph.backends.media_frames import Pixels
from affectgraph.backends.media_images import as_data_url, decode, encoded
from affectgraph.backends.media_missing import MissingModality
from affectgraph.backends.media_policy import FramePolicy, SceneFrames, TokenBudgetFrames, UniformFrames
from affectgraph.backends.media_sniff import ClipType, ImageType, is_clip, media_type
from affectgraph.backends.media_sound import Sound

__all__ = [
    "FramePolicy",
    "Frames",
    "MediaError",
    "MediaOptions",
    "MediaRef",
    "MissingModality",
    "SceneFrames",
    "Sound",
    "TokenBudgetFrames",
    "UniformFrames",
    "as_data_url",
    "encoded",
    "load_audio",
    "load_frames",
    "load_image",
    "open_image",
    "open_media",
]

_Count = Annotated[int, Field(ge=0)]
_Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class MediaRef(BaseModel):
    """A media file that was opened once and found good.

    Attributes:
        path: absolute, with symlinks resolved.
        sha256: of the whole file, 64 hexadecimal digits.
        kind: what it is for a model; a file with a picture track is a video, whether or not it has sound.
        type: what it is for a decoder, from its bytes.
        width: in pixels, as seen: after the orientation mark; 0 for sound alone and where no picture can be decoded.
        height: the same.
        frames: pictures in the file; of an image the first one is used.
        duration_s: from the first to the last moment of its tracks, by their packets; 0 for an image.
        fps: pictures a second, on average; 0 for an image and for sound.
        sound: whether it has a sound track, silent or not.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    kind: Literal["image", "audio", "video"] = "image"
    type: ImageType | ClipType
    width: _Count = 0
    height: _Count = 0
    frames: _Count = 1
    duration_s: _Seconds = 0.0
    fps: _Seconds = 0.0
    sound: bool = False

    @model_validator(mode="after")
    def _of_one_kind(self) -> MediaRef:
        if (self.kind == "image") == is_clip(self.type):
            raise ValueError(f"kind {self.kind!r} does not go with type {self.type!r}")
        if self.kind == "image" and not (self.width and self.height and self.frames):
            raise ValueError("an image has a width, a height and a picture")
        return self


@dataclass(frozen=True)
class Frames:
    """Pictures of a clip.

    Attributes:
        images: RGB, 8 bits, upright, in the order of time, without metadata.
        times_s: when each is seen, from the beginning of the clip.
        fps: how many a second these are, over the whole clip: what a video part of a message says; 1 for a single one.
        lost: packets that could not be decoded and are left out.
    """

    images: list[Image.Image]
    times_s: list[float]
    fps: float
    lost: int = 0


def open_image(path: str | os.PathLike[str], options: MediaOptions | None = None) -> MediaRef:
    """Read and decode an image file once, and refer to it.

    Args:
        path: a local file: PNG, JPEG, WebP or GIF, whatever it is called.
        options: allowed folders and limits; unset: the defaults.

    Raises:
        MediaError: the file cannot be used; names it, the problem and the way out.
    """
    options = options or MediaOptions()
    resolved, data = read_file(path, options)
    return _image_ref(str(resolved), data, shown(path), options)


def open_media(path: str | os.PathLike[str], options: MediaOptions | None = None) -> MediaRef:
    """Read an image, sound or video file once, decode its beginning, and refer to it.

    Args:
        path: a local file: as for `open_image`, or WAV, FLAC, MP3, AAC, M4A, OGG, MP4, MOV, WebM or MKV.
        options: allowed folders and limits; unset: the defaults.

    Raises:
        MediaError: the file cannot be used; names it, the problem and the way out.
    """
    options = options or MediaOptions()
    name = shown(path)
    most: Literal["max_bytes", "max_clip_bytes"] = (
        "max_clip_bytes" if options.max_clip_bytes >= options.max_bytes else "max_bytes"
    )
    resolved, data = read_file(path, options, most)
    type = media_type(data, name)
    if is_clip(type):
        check_bytes(len(data), name, options, "max_clip_bytes")
        found = _ask("survey", data, name, options)
        assert isinstance(found, Survey)
        return MediaRef(path=str(resolved), sha256=hashlib.sha256(data).hexdigest(), type=type, **found.model_dump())
    check_bytes(len(data), name, options)
    return _image_ref(str(resolved), data, name, options)


def load_image(ref: MediaRef, options: MediaOptions | None = None) -> Image.Image:
    """The pixels of an image: RGB, 8 bits, upright, first frame, over white, without metadata.

    Raises:
        MediaError: the file has changed since `open_image`, is gone, or lies outside the roots of these options.
    """
    options = options or MediaOptions()
    return decode(_unchanged(ref, options), shown(ref.path), options).image


def load_audio(ref: MediaRef, options: MediaOptions | None = None) -> Sound | MissingModality:
    """The sound of a clip: mono, 16 kHz, float32 in [-1, 1]; or why it is missing.

    Raises:
        MediaError: the file has changed since it was opened, is gone, outside the roots, or over a limit.
    """
    options = options or MediaOptions()
    name = shown(ref.path)
    if ref.kind == "image":
        return MissingModality(modality="audio", reason="no_stream", detail=f"{name} is an image and has no sound")
    data = _unchanged(ref, options)
    found = _ask("sound", data, name, options)
    assert isinstance(found, Sound | MissingModality)
    return found


def load_frames(
    ref: MediaRef, options: MediaOptions | None = None, policy: FramePolicy | None = None
) -> Frames | MissingModality:
    """Frames of a clip, or the single one of an image; or why there are none.

    Args:
        ref: from `open_media` or `open_image`.
        options: allowed folders and limits; unset: the defaults.
        policy: which frames, and how large; unset: 8 evenly spaced, at most 512 pixels a side.

    Raises:
        MediaError: the file has changed since it was opened, is gone, outside the roots, or over a limit; or the policy
            asks for more frames than `max_frames`.
    """
    options = options or MediaOptions()
    policy = policy or UniformFrames()
    name = shown(ref.path)
    if not isinstance(policy, TokenBudgetFrames) and policy.count > options.max_frames:
        raise MediaError(
            f"{policy.count:,} frames of {name} are asked for, over the limit of {options.max_frames:,}: "
            "ask for fewer, or raise `media.max_frames`"
        )
    if ref.kind == "image":
        image = load_image(ref, options)
        image.thumbnail((policy.side, policy.side), Image.Resampling.LANCZOS)
        return Frames([image], [0.0], 1.0)
    data = _unchanged(ref, options)
    found = _ask("frames", data, name, options, policy)
    if isinstance(found, MissingModality):
        return found
    assert isinstance(found, Pixels)
    return Frames([Image.fromarray(frame) for frame in found.frames], found.times_s, found.fps, found.lost)


def _image_ref(path: str, data: bytes, name: str, options: MediaOptions) -> MediaRef:
    picture = decode(data, name, options)
    width, height = picture.image.size
    return MediaRef(
        path=path,
        sha256=hashlib.sha256(data).hexdigest(),
        type=picture.type,
        width=width,
        height=height,
        frames=picture.frames,
    )


def _unchanged(ref: MediaRef, options: MediaOptions) -> bytes:
    _, data = read_file(ref.path, options, "max_bytes" if ref.kind == "image" else "max_clip_bytes")
    name = shown(ref.path)
    now = hashlib.sha256(data).hexdigest()
    if now != ref.sha256:
        raise MediaError(
            f"{name} has changed since it was opened (sha256 {ref.sha256[:12]}..., now {now[:12]}...): "
            "put the file back as it was, or open it again"
        )
    return data


def _ask(job: Job, data: bytes, name: str, options: MediaOptions, policy: FramePolicy | None = None) -> Answer:
    return (ask if options.isolate else answer)(job, data, _clip_type(data, name), name, options, policy)


def _clip_type(data: bytes, name: str) -> ClipType:
    type = media_type(data, name)
    if is_clip(type):
        return type
    raise MediaError(f"{name} is an image and no clip, whatever its reference says: open it again")
