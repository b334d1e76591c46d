"""What is left of something in any byte of any file of a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from affectgraph.tools.memory.vectors import as_bytes, unit
from tests.tools.memory.fakes import HashEmbedder


def left_of(folder: Path, *traces: bytes) -> list[tuple[str, bytes]]:
    """`(file, trace)` wherever a trace is found, each once; file names count as bytes too."""
    wanted = set(traces)
    found = []
    for path in folder.rglob("*"):
        content = (path.read_bytes() if path.is_file() else b"") + b"\n" + str(path.relative_to(folder)).encode()
        found += [(path.name, trace) for trace in _within(content, wanted)]
    return found


def _within(content: bytes, wanted: set[bytes]) -> set[bytes]:
    """Those that `content` holds. Tens of thousands are looked for at once, by their first eight bytes."""
    by_start: dict[bytes, list[bytes]] = {}
    for trace in wanted:
        by_start.setdefault(trace[:8], []).append(trace)
    found = {trace for start, some in by_start.items() if len(start) < 8 for trace in some if trace in content}
    starts = np.array([int.from_bytes(start, "little") for start in by_start if len(start) == 8], dtype="<u8")
    for shift in range(8):
        windows = np.frombuffer(content[shift : len(content) - (len(content) - shift) % 8], dtype="<u8")
        for at in np.flatnonzero(np.isin(windows, starts)):
            place = shift + 8 * int(at)
            found |= {trace for trace in by_start[content[place : place + 8]] if content.startswith(trace, place)}
    return found


def forms(text: str) -> list[bytes]:
    """The text as UTF-8, UTF-16 in both orders, and with JSON's escapes."""
    escaped = text.encode("unicode_escape")
    return [text.encode("utf-8"), text.encode("utf-16-le"), text.encode("utf-16-be"), escaped]


def vector_bytes(embedder: HashEmbedder, text: str) -> bytes:
    """Three numbers out of the middle of the text's vector, as they are stored."""
    return as_bytes(unit(embedder.vector(text)))[20:32]


def vector_forms(embedder: HashEmbedder, text: str) -> list[bytes]:
    """Pieces of two numbers of the text's vector, scaled and not, in float32 and float64."""
    whole = [unit(embedder.vector(text)), np.asarray(embedder.vector(text))]
    as_stored = [np.asarray(values).astype(kind).tobytes() for values in whole for kind in ("<f4", "<f8", ">f4")]
    return [data[start : start + 8] for data in as_stored for start in range(0, len(data) - 7, 8)]
