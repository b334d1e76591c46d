"""Reading the text that a command is about: an argument, a file, or standard input."""

from __future__ import annotations

import codecs
import sys
from pathlib import Path

from affectgraph.backends.errors import InputError

__all__ = ["read_text"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Nobody's letter is longer; the graph's own limit is in characters and says more.
_MOST_BYTES = 2_000_000


def read_text(text: str | None, file: Path | None, encoding: str | None) -> str:
    """The text given as an argument, in a file, or (`-`) on standard input.

    Args:
        text: the argument; `-` reads standard input.
        file: a path; `-` reads standard input.
        encoding: of the file; None means the byte order mark, else UTF-8.

    Raises:
        InputError: none or both given, no such file, too large, or not decodable.
    """
    if (text is None) == (file is None):
        raise InputError("give the text either as an argument or with --file PATH ('-' reads standard input)")
    if text is not None and text != "-":
        return text
    if file is None or str(file) == "-":
        return _decoded(sys.stdin.buffer.read(_MOST_BYTES + 1), "standard input", encoding)
    if not file.is_file():
        what = "is a folder" if file.is_dir() else "does not exist"
        raise InputError(f"the file {file} {what}")
    try:
        with file.open("rb") as handle:
            data = handle.read(_MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"the file {file} cannot be read: {error.strerror}") from error
    return _decoded(data, str(file), encoding)


def _decoded(data: bytes, name: str, encoding: str | None) -> str:
    if len(data) > _MOST_BYTES:
        raise InputError(f"{name} is larger than {_MOST_BYTES // 1_000_000} MB; give the text alone")
    chosen = encoding or next((codec for mark, codec in _MARKS if data.startswith(mark)), "utf-8")
    try:
        return data.decode(chosen)
    except LookupError:
        raise InputError(f"the encoding {chosen!r} is unknown; try utf-8, gb18030, big5 or latin-1") from None
    except UnicodeDecodeError as error:
        if b"\0" in data[:4096]:
            raise InputError(f"{name} is binary, not text") from None
        raise InputError(
            f"{name} is not valid {chosen} (byte {error.start}); name its encoding with --encoding, e.g. gb18030"
        ) from None
