"""Image files made for the tests: ordinary ones by Pillow, odd ones by hand."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def file_of(image: Image.Image, format: str, **options: Any) -> bytes:
    image.save(buffer := BytesIO(), format, **options)
    return buffer.getvalue()


def corners(size: tuple[int, int] = (24, 16)) -> Image.Image:
    """Red, green, blue and white quarters, so that no turn or flip leaves it as it is."""
    width, height = size
    image = Image.new("RGB", size, WHITE)
    image.paste(RED, (0, 0, width // 2, height // 2))
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    return image


def chunk(name: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(
    size: tuple[int, int],
    depth: int,
    colour: int,
    rows: bytes,
    *,
    key: bytes = b"",
    before: bytes = b"",
    interlaced: bool = False,
) -> bytes:
    """A PNG by hand: `colour` 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA; each row begins with a 0 byte."""
    header = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, interlaced)
    transparent = chunk(b"tRNS", key) if key else b""
    body = chunk(b"IHDR", header) + before + transparent + chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND")


def webp_header(width: int, height: int) -> bytes:
    """A WebP that says how large its canvas is, and holds nothing."""
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + b"\2\0\0\0" + canvas


def exif(orientation: int, order: str = "<") -> bytes:
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entries = struct.pack(order + "HHHIHH", 2, 0x0100, 3, 1, 24, 0) + struct.pack(
        order + "HHIHH", 0x0112, 3, 1, orientation, 0
    )
    return b"Exif\0\0" + mark + struct.pack(order + "I", 8) + entries + bytes(4)
