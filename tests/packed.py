"""A file of packed E5 weights in small: one or two narrow layers and a handful of pieces."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

HIDDEN, INNER, HEADS, POSITIONS = 32, 64, 4, 300
PIECES = [
    ("<s>", 0.0),
    ("<pad>", 0.0),
    ("</s>", 0.0),
    ("<unk>", 0.0),
    ("\u2581", -4.0),
    *((letter, -5.0) for letter in "abcdefghijklmnopqrstuvwxyz:."),
    ("\u2581the", -2.0),
    ("\u2581sea", -2.5),
    ("\u2581stone", -2.5),
    ("\u2581que", -2.5),
    ("海", -3.0),
]


def packed_file(path: Path, *, layers: int = 1, seed: int = 0) -> Path:
    """Write it with random weights; a full-width letter is read as the plain one."""
    draw = np.random.default_rng(seed)
    head = struct.pack("<7if i", HIDDEN, layers, HEADS, INNER, len(PIECES), POSITIONS, 2, 1e-12, 0)
    names = [name.encode() for name, _ in PIECES]
    offsets = np.cumsum([0, *map(len, names)]).astype("<u4")
    blob = b"".join(names)
    vocabulary = struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(blob)) + offsets.tobytes()
    vocabulary += np.array([score for _, score in PIECES], dtype="<f4").tobytes() + blob
    folds = b"".join(struct.pack("<IBI", 0xFF41 + place, 1, ord("a") + place) for place in range(26))
    vocabulary += struct.pack("<iI", 26, len(folds)) + folds
    tensors = _tensors(draw, layers)
    start = 8 + len(head) + len(vocabulary) + 4 + sum(2 + len(name) + 21 for name in tensors)
    directory = struct.pack("<i", len(tensors))
    for name, (count, data) in tensors.items():
        directory += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", 0, count, start, len(data))
        start += len(data)
    body = b"".join(data for _, data in tensors.values())
    path.write_bytes(b"E5S1" + struct.pack("<I", 1) + head + vocabulary + directory + body)
    return path


def _tensors(draw: np.random.Generator, layers: int) -> dict[str, tuple[int, bytes]]:
    def plain(centre: float = 0.0, size: int = HIDDEN) -> tuple[int, bytes]:
        numbers = draw.normal(centre, 0.1, size).astype("<f4")
        return numbers.size, numbers.tobytes()

    def blocks(rows: int, columns: int) -> tuple[int, bytes]:
        made = np.zeros(rows * columns // 32, dtype=[("scale", "<f2"), ("pair", "u1", 16)])
        made["scale"] = 0.04
        made["pair"] = draw.integers(0, 256, (len(made), 16))
        return rows * columns, made.tobytes()

    found = {
        "emb.word": blocks(len(PIECES), HIDDEN),
        "emb.pos": plain(size=POSITIONS * HIDDEN),
        "emb.type": plain(size=2 * HIDDEN),
        "emb.ln.w": plain(1.0),
        "emb.ln.b": plain(),
    }
    for layer in range(layers):
        for part in ("q", "k", "v", "ao"):
            found[f"l{layer}.{part}.w"], found[f"l{layer}.{part}.b"] = blocks(HIDDEN, HIDDEN), plain()
        found[f"l{layer}.fi.w"], found[f"l{layer}.fi.b"] = blocks(INNER, HIDDEN), plain(size=INNER)
        found[f"l{layer}.fo.w"], found[f"l{layer}.fo.b"] = blocks(HIDDEN, INNER), plain()
        for part in ("aln", "oln"):
            found[f"l{layer}.{part}.w"], found[f"l{layer}.{part}.b"] = plain(1.0), plain()
    return found
