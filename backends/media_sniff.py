"""What a file is, read from its first bytes and never from its name.

A name can lie by mistake (a PNG called `.jpg` is fine) or on purpose (a decoder that nobody asked for must not start).
Only four types reach a decoder. The others are recognised so far that the message can say what to do about them.
"""

from __future__ import annotations

import re
from typing import Literal

from affectgraph.backends.media_files import MediaError

__all__ = ["ImageType", "image_type"]

ImageType = Literal["png", "jpeg", "webp", "gif"]

_WANTED = "give a PNG, JPEG, WebP or GIF file"
_CONVERT = "save it as PNG or JPEG"
_RENDER = "export the picture as PNG"

_TYPES: tuple[tuple[re.Pattern[bytes], ImageType], ...] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "png"),
    (re.compile(rb"\xff\xd8\xff"), "jpeg"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "webp"),
    (re.compile(rb"GIF8[79]a"), "gif"),
)

# What it is, and the way out; the first that matches counts.
_OTHERS: tuple[tuple[re.Pattern[bytes], str, str], ...] = tuple(
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


def image_type(data: bytes, name: str) -> ImageType:
    """The type of an image, from the first bytes of `data`; `name` stands in the error.

    Raises:
        MediaError: none of the four types; says what it looks like and the way out.
    """
    head = data[:2048]
    for pattern, found in _TYPES:
        if pattern.match(head):
            return found
    for other, what, way in _OTHERS:
        if other.match(head):
            raise MediaError(f"{name} is {what}, which is not supported: {way}")
    looks = "text" if _is_text(head) else "a file of an unknown type"
    raise MediaError(f"{name} is not an image but {looks}: {_WANTED}")


def _is_text(head: bytes) -> bool:
    # In any encoding but UTF-16; binary files soon hold a control character.
    return all(byte >= 0x20 or byte in b"\t\r\n\f" for byte in head)
