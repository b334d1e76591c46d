"""Files that are their owner's alone: made so, checked by a digest, and overwritten when they go.

What overwriting cannot reach: copies that a journaling file system, a solid state disk or a backup made.
"""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["digest_of", "flush", "make_private", "private_files", "tighten", "wipe"]

_BLOCK = 1 << 20
_masking = threading.Lock()
_masked = {"depth": 0, "before": 0}


def make_private(folder: Path) -> None:
    """Make `folder`, readable by its owner alone."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)


@contextmanager
def private_files() -> Iterator[None]:
    """Whatever the process creates meanwhile is readable by its owner alone: Chroma cannot be told so otherwise.

    The mask belongs to the whole process; it is counted, so that the last of several threads sets it back.
    """
    with _masking:
        if _masked["depth"] == 0:
            _masked["before"] = os.umask(0o077)
        _masked["depth"] += 1
    try:
        yield
    finally:
        with _masking:
            _masked["depth"] -= 1
            if _masked["depth"] == 0:
                os.umask(_masked["before"])


def tighten(folder: Path) -> None:
    """Take everybody else's rights off `folder` and all that is in it."""
    for place, _, names in os.walk(folder):
        os.chmod(place, 0o700)
        for name in names:
            os.chmod(os.path.join(place, name), 0o600)


def digest_of(folder: Path) -> str:
    """The sha256 of every file's path and content under `folder`; empty where there is no such folder."""
    if not folder.is_dir():
        return ""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256")
        total.update(f"{path.relative_to(folder)}\0".encode("utf-8", "surrogateescape") + content.digest())
    return total.hexdigest()


def wipe(folder: Path) -> None:
    """Overwrite every file under `folder` with zeros and remove all of it; a link is removed, never followed.

    Raises:
        OSError: something could not be overwritten or removed; what is left can be wiped again.
    """
    if folder.is_symlink():
        folder.unlink()
        return
    if not folder.is_dir():
        return
    for place, folders, names in os.walk(folder, topdown=False):
        for name in names:
            _overwrite(Path(place, name))
            os.unlink(os.path.join(place, name))
        for name in folders:
            path = Path(place, name)
            path.unlink() if path.is_symlink() else path.rmdir()
    folder.rmdir()
    flush(folder.parent)


def _overwrite(path: Path) -> None:
    if path.is_symlink() or not path.is_file():
        return
    handle = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
    try:
        size = os.fstat(handle).st_size
        # Data alone, not holes: a file of Chroma's that a kill tore may call itself 56 GB long and hold nothing.
        for start, end in _extents(handle, size):
            _zeros(handle, start, end - start)
        os.fsync(handle)
    finally:
        os.close(handle)


def _extents(handle: int, size: int) -> Iterator[tuple[int, int]]:
    end = 0
    while end < size:
        try:
            start = os.lseek(handle, end, os.SEEK_DATA)
        except OSError as error:
            if error.errno != errno.ENXIO:  # no more data
                raise
            return
        end = os.lseek(handle, start, os.SEEK_HOLE)
        yield start, end


def _zeros(handle: int, start: int, count: int) -> None:
    os.lseek(handle, start, os.SEEK_SET)
    while count > 0:
        count -= os.write(handle, bytes(min(count, _BLOCK)))


def flush(folder: Path) -> None:
    """Let the folder's own entry reach the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
