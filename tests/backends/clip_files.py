"""Sound and video files made in memory, small enough to make anew in every test."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from functools import cache
from io import BytesIO
from typing import Any

import av
import numpy as np
from av.stream import Disposition
from numpy.typing import NDArray

__all__ = ["FORMS", "box", "clip", "counting", "ebml_float", "flat", "only", "rotated", "sample", "tone", "wav"]

Picture = Callable[[int], NDArray[np.uint8]]

# Name: container of PyAV, video codec, sound codec.
FORMS: dict[str, tuple[str, str | None, str | None]] = {
    "wav": ("wav", None, "pcm_s16le"),
    "flac": ("flac", None, "flac"),
    "mp3": ("mp3", None, "libmp3lame"),
    "m4a": ("ipod", None, "aac"),
    "aac": ("adts", None, "aac"),
    "ogg": ("ogg", None, "libopus"),
    "mp4": ("mp4", "libx264", "aac"),
    "mov": ("mov", "libx264", "aac"),
    "webm": ("webm", "libvpx", "libopus"),
    "mkv": ("matroska", "libx264", "flac"),
}


def tone(seconds: float = 1.0, rate: int = 48_000, hertz: float = 440.0, level: float = 0.5) -> NDArray[np.float32]:
    """A sine, mono."""
    return (level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def counting(number: int) -> NDArray[np.uint8]:
    """A picture whose brightness says its number, with a mark in its upper left quarter."""
    frame = np.full((48, 64, 3), 20 + number * 5, np.uint8)
    frame[:24, :32] = (250, 20, 20)
    return frame


def flat(level: int) -> Picture:
    return lambda _: np.full((48, 64, 3), level, np.uint8)


def clip(
    form: str = "mp4",
    *,
    sound: NDArray[np.float32] | None = None,
    picture: Picture | None = None,
    frames: int = 25,
    fps: int = 25,
    at: Sequence[int] | None = None,
    rate: int = 48_000,
    layout: str = "stereo",
    codec: dict[str, str] | None = None,
    gop: int = 12,
    sound_at: int = 0,
    cover: bytes | None = None,
) -> bytes:
    """A file of one of the `FORMS`.

    Args:
        form: its name.
        sound: mono, the same on all channels; None leaves the track out.
        picture: by number; None leaves the track out.
        frames: how many pictures.
        fps: how many a second.
        at: the time of each picture in 1/fps s, for one of uneven pace.
        rate: of the sound.
        layout: of its channels.
        codec: codecs that replace those of the form, by "video" and "sound".
        gop: pictures from one that stands by itself to the next.
        sound_at: the first sample's number.
        cover: a PNG that stands in the file as its cover.
    """
    container, video, audio = FORMS[form]
    names = {"video": video, "sound": audio} | (codec or {})
    with av.open(buffer := BytesIO(), "w", format=container) as file:
        pictures: Any = file.add_stream(names["video"] or "none", rate=fps) if picture else None
        sounds: Any = file.add_stream(names["sound"] or "none", rate=rate, layout=layout) if sound is not None else None
        covers: Any = file.add_stream("png", rate=1) if cover is not None else None
        if covers is not None and cover is not None:
            covers.width, covers.height, covers.pix_fmt = 16, 16, "rgb24"
            covers.disposition = Disposition.attached_pic
            packet = av.Packet(cover)
            packet.stream, packet.pts, packet.dts, packet.is_keyframe = covers, 0, 0, True
        if pictures is not None and picture is not None:
            first = picture(0)
            pictures.height, pictures.width = first.shape[:2]
            pictures.pix_fmt, pictures.gop_size = "yuv420p", gop
            pictures.codec_context.thread_count = 1
            for number in range(frames):
                frame = av.VideoFrame.from_ndarray(picture(number), format="rgb24")
                frame.pts = number if at is None else at[number]
                file.mux(pictures.encode(frame))
            file.mux(pictures.encode(None))
        if sounds is not None and sound is not None:
            if covers is not None:
                file.mux(packet)
            _encode(file, sounds, sound, rate, layout, sound_at)
    return buffer.getvalue()


def _encode(file: Any, stream: Any, sound: NDArray[np.float32], rate: int, layout: str, at: int) -> None:
    channels = av.AudioLayout(layout).nb_channels
    step = stream.codec_context.frame_size or 1_024
    for start in range(0, len(sound), step):
        piece = np.tile(sound[start : start + step], (channels, 1))
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=layout)
        frame.sample_rate, frame.pts = rate, start + at
        file.mux(stream.encode(frame))
    file.mux(stream.encode(None))


@cache
def sample(form: str) -> bytes:
    """One second of a tone, with counting pictures where the form has pictures."""
    return clip(form, sound=tone(), picture=counting if FORMS[form][1] else None)


def wav(data: bytes, rate: int = 16_000, channels: int = 1, bits: int = 16, code: int = 1, claims: int = -1) -> bytes:
    """A WAV file written by hand, with whatever its header shall say; `claims` is the size of the data."""
    size = len(data) if claims < 0 else claims
    block = max(1, channels * bits // 8) & 0xFFFF
    head = struct.pack("<HHIIHH", code, channels, rate & 0xFFFFFFFF, rate * block & 0xFFFFFFFF, block, bits)
    body = b"WAVEfmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", size & 0xFFFFFFFF) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def rotated(data: bytes, degrees: int) -> bytes:
    """An MP4 whose picture is to be turned by quarter turns with the clock, as phones mark it."""
    turn = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}[degrees]
    a, b, c, d = (value << 16 for value in turn)
    at = data.index(b"tkhd") + 4 + 40  # the matrix, in version 0 of the box
    matrix = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    return data[:at] + matrix + data[at + 36 :]


def box(data: bytes, name: bytes, at: int, value: int) -> bytes:
    """An MP4 with another 32-bit number in every box of a name, `at` bytes into it."""
    changed = bytearray(data)
    found = -1
    while (found := data.find(name, found + 1)) >= 0:
        struct.pack_into(">I", changed, found + 4 + at, value)
    return bytes(changed)


def ebml_float(data: bytes, name: bytes, value: float) -> bytes:
    """A WebM or Matroska file with another number in its first element of a name, which holds eight bytes."""
    at = data.index(name + b"\x88") + len(name) + 1
    return data[:at] + struct.pack(">d", value) + data[at + 8 :]


def only(data: bytes, kind: str) -> bytes:
    """A WebM file with one of its tracks alone, "video" or "audio", its packets as they are."""
    with av.open(BytesIO(data), "r") as source, av.open(buffer := BytesIO(), "w", format="webm") as file:
        track: Any = next(stream for stream in source.streams if stream.type == kind)
        copy: Any = file.add_stream_from_template(track)
        for packet in source.demux(track):
            if packet.dts is not None:
                packet.stream = copy
                file.mux(packet)
    return buffer.getvalue()
