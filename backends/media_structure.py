"""The first picture of an image file as a smaller file, without metadata, for the decoder to read.

Three things in a file cost far more than its pixels say. A decoder written in Python walks the parts of a file one by
one, and a few megabytes hold millions of empty ones; metadata unpacks to many times its size (compressed texts and
profiles, EXIF entries that all point at the same large block); and a progressive JPEG goes over all its pixels once
per scan, of which each may have a few bytes. So the parts are walked here, up to a limit, and only those that carry
the picture are kept. Of the metadata one number is read: the orientation.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from itertools import count

from affectgraph.backends.media_sniff import ImageType

__all__ = ["MAX_PARTS", "MAX_SCANS", "FirstPicture", "Malformed", "first_picture"]

# Above any file from a camera or a program under the limit of bytes: 50 MB of GIF are some 196,000 parts.
MAX_PARTS = 200_000
MAX_SCANS = 100

_PNG_KEPT = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_JPEG_DROPPED = {*range(0xE1, 0xEE), 0xEF, 0xFE}  # APP1-13, 15 and comments; not JFIF (0), Adobe's colours (14)
_JPEG_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")  # a marker with a length, as libjpeg looks for one
_JPEG_BARE = {0x00, 0x01, *range(0xD0, 0xDA)}  # markers without a length, which do not belong before a picture
_JPEG_FRAME = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # what holds the size
_EXIF = b"Exif\0\0"
_APP1, _SOS, _EOI = 0xE1, 0xDA, 0xD9
_ORIENTATION = 0x0112
_GIF_EXTENSION, _GIF_FRAME, _GIF_END = 0x21, 0x2C, 0x3B


class Malformed(Exception):
    """The parts of a file make no picture; the message completes "the file ..."."""


@dataclass(frozen=True)
class FirstPicture:
    """A file of one picture, and what is to be known before and after it is decoded.

    Attributes:
        frames: how many pictures the original held.
        orientation: EXIF's, as it is written; 1, upright, where there is none or it cannot be read.
        size: width and height by the header, before it is turned; some decoders reserve it as soon as they open a file.
    """

    data: bytes
    size: tuple[int, int]
    frames: int = 1
    orientation: int = 1


def first_picture(data: bytes, type: ImageType) -> FirstPicture:
    """Walk the parts of a file and keep those of its first picture.

    A part that is cut off ends the walk: the decoder then finds the picture truncated, or whole all the same.

    Raises:
        Malformed: too many parts or scans.
    """
    try:
        return {"png": _png, "jpeg": _jpeg, "gif": _gif, "webp": _webp}[type](data)
    except (struct.error, IndexError) as error:
        raise Malformed("ends within its header") from error


def _count_part(number: int) -> None:
    if number >= MAX_PARTS:
        raise Malformed(f"is made of more than {MAX_PARTS:,} parts")


def _png(data: bytes) -> FirstPicture:
    kept, frames, exif, at = [data[:8]], 0, b"", 8
    for number in count():
        if at + 8 > len(data):
            break
        _count_part(number)
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if name in _PNG_KEPT:
            kept.append(data[at:end])
        elif name == b"eXIf":
            exif = exif or data[at + 8 : end - 4]
        frames += name == b"fcTL"  # one for each frame of an animated PNG
        if name == b"IEND":
            break
        at = end
    return FirstPicture(b"".join(kept), struct.unpack_from(">II", data, 16), max(frames, 1), _orientation(exif))


def _jpeg(data: bytes) -> FirstPicture:
    kept, exif, size, at, parts = [data[:2]], b"", (0, 0), 2, 0
    while data[at] == 0xFF and data[at + 1] != _SOS:
        parts += 1
        _count_part(parts)
        marker = data[at + 1]
        if marker in _JPEG_BARE:
            raise Malformed("holds no picture")
        if marker == 0xFF:  # padding
            at += 1
            continue
        end = at + 2 + int(struct.unpack_from(">H", data, at + 2)[0])
        if marker not in _JPEG_DROPPED:
            kept.append(data[at:end])
        elif marker == _APP1 and data.startswith(_EXIF, at + 4):
            exif = exif or data[at + 4 : end]
        if marker in _JPEG_FRAME:
            height, width = struct.unpack_from(">HH", data, at + 5)
            size = max(size, (width, height))
        at = end
    if data[at] != 0xFF:
        raise Malformed("has bytes between its parts")
    _check_scans(data, at)
    return FirstPicture(b"".join([*kept, data[at:]]), size, orientation=_orientation(exif))


def _check_scans(data: bytes, at: int) -> None:
    scans = 0
    while (found := _JPEG_MARKER.search(data, at)) and data[found.end() - 1] != _EOI:
        scans += data[found.end() - 1] == _SOS
        if scans > MAX_SCANS:
            raise Malformed(f"is a progressive JPEG of more than {MAX_SCANS} scans")
        length = data[found.end() : found.end() + 2]
        at = found.end() + max(int.from_bytes(length, "big"), 2)


def _gif(data: bytes) -> FirstPicture:
    start = at = 13 + _colours(data[10])
    width, height = struct.unpack_from("<HH", data, 6)
    control, first, frames, parts = b"", b"", 0, 0
    while at < len(data) and data[at] != _GIF_END:
        begin, kind = at, data[at]
        at += {_GIF_EXTENSION: 2, _GIF_FRAME: 11}.get(kind, 1)  # a stray byte is passed over, as decoders do
        if kind == _GIF_FRAME:
            frames += 1
            at += _colours(data[begin + 9])
        if kind in (_GIF_EXTENSION, _GIF_FRAME):
            at, parts = _after_blocks(data, at, parts)
        parts += 1
        _count_part(parts)
        if kind == _GIF_FRAME:
            if not first:
                first = control + data[begin:at]
                x, y, across, down = struct.unpack_from("<HHHH", data, begin + 1)
                width, height = max(width, x + across), max(height, y + down)  # a frame may be larger than the screen
        elif data[begin : begin + 2] == b"\x21\xf9":  # graphic control: the transparent colour of the next frame
            control = data[begin:at]
    if not first:
        raise Malformed("holds no picture")
    return FirstPicture(data[:start] + first + bytes([_GIF_END]), (width, height), frames)


def _after_blocks(data: bytes, at: int, parts: int) -> tuple[int, int]:
    """Where the sub-blocks at `at` end (with an empty one), and the parts counted so far."""
    while at < len(data) and data[at]:
        parts += 1
        _count_part(parts)
        at += 1 + data[at]
    return at + 1, parts


def _colours(flags: int) -> int:
    """Bytes of a GIF's colour table."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _webp(data: bytes) -> FirstPicture:
    frames, exif, at = 0, b"", 12
    for number in count():
        if at + 8 > len(data):
            break
        _count_part(number)
        name, length = struct.unpack_from("<4sI", data, at)
        frames += name == b"ANMF"
        if name == b"EXIF":
            exif = exif or data[at + 8 : at + 8 + length]
        at += 8 + length + (length & 1)
    return FirstPicture(data, _webp_size(data), max(frames, 1), _orientation(exif))


def _webp_size(data: bytes) -> tuple[int, int]:
    if data[12:16] == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if data[12:16] == b"VP8L":
        bits = int(struct.unpack_from("<I", data, 21)[0])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


def _orientation(exif: bytes) -> int:
    """Tag 0x0112 of the first directory, a 16-bit number."""
    tiff = exif.removeprefix(_EXIF)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(order + "I", tiff, 4)
        (entries,) = struct.unpack_from(order + "H", tiff, start)
        for number in range(entries):
            tag, _, _, value = struct.unpack_from(order + "HHIH", tiff, start + 2 + 12 * number)
            if tag == _ORIENTATION:
                return int(value)
    except struct.error:  # cut off: the picture is good without it
        pass
    return 1
