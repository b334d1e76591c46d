"""Whether a PNG holds all the rows that its header says.

A PNG whose data ends early with a proper end mark is decoded by Pillow without a word, and what is missing comes out
black: a picture that nobody took. So its rows are counted, by inflating the data once more. The data of JPEG and GIF
cannot be counted like that: their missing parts come out grey, or in the background's colour.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from affectgraph.backends.media_structure import Malformed

__all__ = ["check_rows"]

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
# Adam7: first column and row of each pass, and the steps between its columns and rows.
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_STEP = 1 << 20


def check_rows(data: bytes) -> None:
    """Inflate the rows of a PNG, of a size that was judged before, a megabyte at a time.

    Raises:
        Malformed: there are fewer than its header says.
        zlib.error, struct.error, KeyError: its data or header is corrupted.
    """
    width, height, depth, colour, _, _, interlaced = struct.unpack_from(">IIBBBBB", data, 16)
    bits = _CHANNELS[colour] * depth
    missing = _inflated_size(width, height, bits, _PASSES if interlaced else ((0, 0, 1, 1),))
    inflater = zlib.decompressobj()
    for part in _data_parts(data):
        while part and missing > 0:
            missing -= len(inflater.decompress(part, _STEP))
            part = inflater.unconsumed_tail
    missing -= len(inflater.flush(_STEP))  # zlib may still hold a few bytes
    if missing > 0:
        raise Malformed("holds less of the picture than its header says")


def _inflated_size(width: int, height: int, bits: int, passes: tuple[tuple[int, int, int, int], ...]) -> int:
    """Bytes of all rows, each with the byte of its filter; `bits` is of one pixel."""
    size = 0
    for x, y, across, down in passes:
        columns, rows = -(-(width - x) // across), -(-(height - y) // down)
        if columns > 0:
            size += rows * (1 + -(-columns * bits // 8))
    return size


def _data_parts(data: bytes) -> Iterator[bytes]:
    at = 8
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        if name == b"IDAT":
            yield data[at + 8 : at + 8 + length]
        at += 12 + length
