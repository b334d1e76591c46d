"""What a file is, read from its first bytes and never from its name.

A name can lie by mistake (a PNG called `.jpg` is fine) or on purpose (a decoder that nobody asked for must not start).
Only the types named here reach a decoder. The others are recognised so far that the message can say what to do.
"""

from __future__ import annotations

import re
from typing import Literal, TypeGuard, get_args

from affectgraph.backends.media_files import MediaError

__all__ = ["ClipType", "ImageType", "image_type", "is_clip", "media_type"]

ImageType = Literal["png", "jpeg", "webp", "gif"]
ClipType = Literal["wav", "flac", "mp3", "aac", "ogg", "m4a", "mp4", "mov", "webm", "mkv"]

_WANTED = "give a PNG, JPEG, WebP or GIF file"
_WANTED_MEDIA = (
    "give an image (PNG, JPEG, WebP, GIF), a sound (WAV, FLAC, MP3, M4A, OGG) or a video (MP4, MOV, WebM, MKV)"
)
_CONVERT = "save it as PNG or JPEG"
_AS_MP4 = "convert it to MP4 or WebM"
_AS_WAV = "convert it to WAV or MP3"
_RENDER = "export the picture as PNG"

_TYPES: tuple[tuple[re.Pattern[bytes], ImageType], ...] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "png"),
    (re.compile(rb"\xff\xd8\xff"), "jpeg"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "webp"),
    (re.compile(rb"GIF8[79]a"), "gif"),
)

# The first that matches counts. Images of the `ftyp` family (HEIC, AVIF) are kept out by their brands.
_CLIP_STARTS: tuple[tuple[bytes, ClipType], ...] = (
    (rb"R(?:IFF|F64).{4}WAVE", "wav"),
    (rb"fLaC", "flac"),
    (rb"OggS", "ogg"),
    (rb"ID3[\x02-\x04]", "mp3"),
    (rb"\xff[\xe2\xe3\xf2\xf3\xfa\xfb][^\xf0-\xff]", "mp3"),  # layer III, with a bitrate
    (rb"\xff[\xf0\xf1\xf8\xf9]", "aac"),  # ADTS
    (rb".{4}ftypM4[AB] ", "m4a"),
    (rb".{4}ftypqt  |.{4}(?:moov|mdat|wide|pnot|skip|free)", "mov"),
    (rb".{4}ftyp(?!avif|avis|hei|hev|mif1|msf1)", "mp4"),
    (rb"\x1aE\xdf\xa3.{0,60}webm", "webm"),
    (rb"\x1aE\xdf\xa3", "mkv"),
)
_CLIPS = tuple((re.compile(start, re.DOTALL), found) for start, found in _CLIP_STARTS)

# What it is, and the way out; the first that matches counts.
_Others = tuple[tuple[re.Pattern[bytes], str, str], ...]
_OTHERS: _Others = tuple(
    (re.compile(pattern, re.DOTALL | re.IGNORECASE), what, way)
    for pattern, what, way in (
        (rb"II[*+]\0|MM\0[*+]", "a TIFF image (or a camera's raw file)", _CONVERT),
        (rb"BM.{4}\0{4}", "a BMP image", _CONVERT),
        (rb".{4}ftyp(?:avif|avis)", "an AVIF image", _CONVERT),
        (rb".{4}ftyp(?:hei|hev|mif1|msf1)", "a HEIC image", _CONVERT),
        (rb".{4}ftyp", "a video", "save one frame of it as PNG or JPEG"),
        (rb"\xff\x0a|\0\0\0\x0cJXL ", "a JPEG XL image", _CONVERT),
        (rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", "a JPEG 2000 image", _CONVERT),
        (rb"\0\0[\x01\x02]\0[^\0]\0", "an icon", _CONVERT),
        (rb"8BPS", "a Photoshop file", _RENDER),
        (rb"%PDF-", "a PDF document", _RENDER),
        (rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml.{0,800}?|<!--.{0,800}?)?<(?:!doctype\s+)?svg", "an SVG drawing", _RENDER),
        (rb"RIFF.{4}AVI |\x1aE\xdf\xa3", "a video", "save one frame of it as PNG or JPEG"),
        (rb"RIFF.{4}WAVE|ID3[\x02-\x04]|OggS|fLaC", "a sound file", _WANTED),
        (rb"PK\x03\x04|\x1f\x8b|7z\xbc\xaf|Rar!", "an archive or an office document", "take the picture out of it"),
        (rb"version https://git-lfs", "a Git LFS pointer, not the image itself", "fetch it with `git lfs pull`"),
        (rb"\s*<(?:!doctype html|html|head)", "a web page", "save the picture of the page instead"),
        (rb"\0{16}", "a file of zeros", "get a whole copy of it"),
    )
)


_OTHER_CLIPS: _Others = tuple(
    (re.compile(pattern, re.DOTALL | re.IGNORECASE), what, way)
    for pattern, what, way in (
        (rb"RIFF.{4}AVI ", "an AVI video", _AS_MP4),
        (rb"FLV\x01", "a Flash video", _AS_MP4),
        (rb"\0\0\x01[\xba\xb3]|G.{187}G", "an MPEG stream", _AS_MP4),
        (rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a Windows Media file", "convert it to MP4, or to WAV if it is sound"),
        (rb"FORM.{4}AIF[FC]", "an AIFF sound", _AS_WAV),
        (rb"#!AMR|caff|\.snd|RIFX|MAC |wvpk", "a sound (AMR, CAF, AU, APE or WavPack)", _AS_WAV),
        (rb"MThd", "a MIDI file", "record it and give the sound"),
        (
            rb"(?:\xef\xbb\xbf)?\s*(?:#EXTM3U|\[playlist\]|ffconcat|<\?xml.{0,400}<(?:MPD|smil|playlist))",
            "a playlist",
            "give the recording itself",
        ),
        (rb"(?:\xef\xbb\xbf)?(?:WEBVTT|1\s*\n\d\d:\d\d:\d\d,)", "subtitles", "give the recording itself"),
    )
)


def image_type(data: bytes, name: str) -> ImageType:
    """The type of an image, from the first bytes of `data`; `name` stands in the error.

    Raises:
        MediaError: none of the four types; says what it looks like and the way out.
    """
    head = data[:2048]
    for pattern, found in _TYPES:
        if pattern.match(head):
            return found
    raise _refusal(head, name, "not an image", _OTHERS, _WANTED)


def media_type(data: bytes, name: str) -> ImageType | ClipType:
    """The type of an image, a sound or a video, from the first bytes of `data`; `name` stands in the error.

    Raises:
        MediaError: none of the types that are read; says what it looks like and the way out.
    """
    head = data[:2048]
    for pattern, found in (*_TYPES, *_CLIPS):
        if pattern.match(head):
            return found
    raise _refusal(head, name, "no image, sound or video", (*_OTHER_CLIPS, *_OTHERS), _WANTED_MEDIA)


def is_clip(type: ImageType | ClipType) -> TypeGuard[ClipType]:
    """Whether a type is one of sound or video."""
    return type in get_args(ClipType)


def _refusal(head: bytes, name: str, short: str, others: _Others, wanted: str) -> MediaError:
    for other, what, way in others:
        if other.match(head):
            return MediaError(f"{name} is {what}, which is not supported: {way}")
    looks = "text" if _is_text(head) else "a file of an unknown type"
    return MediaError(f"{name} is {short} but {looks}: {wanted}")


def _is_text(head: bytes) -> bool:
    # In any encoding but UTF-16; binary files soon hold a control character.
    return all(byte >= 0x20 or byte in b"\t\r\n\f" for byte in head)
