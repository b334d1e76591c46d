"""One process at a time: a lock that the operating system releases when its holder dies."""

from __future__ import annotations

import os
from pathlib import Path

from filelock import FileLock, Timeout

from affectgraph.tools.memory.errors import MemoryStoreError

__all__ = ["FolderLock"]


class FolderLock:
    """The lock of a memory's folder, held from `__init__` to `release`."""

    def __init__(self, folder: Path, wait_s: float) -> None:
        """Take the lock.

        Raises:
            MemoryStoreError: another process still holds it after `wait_s` seconds, or it cannot be made.
        """
        self._owner = folder / "owner"
        self._lock = FileLock(folder / "lock", timeout=wait_s, mode=0o600, thread_local=False)
        try:
            self._lock.acquire()
            self._write_owner()
        except Timeout:
            raise MemoryStoreError(
                f"another affectgraph process{self._who()} has the memory in {folder} open; close it, or wait"
            ) from None
        except OSError as error:
            self._lock.release()
            raise MemoryStoreError(f"the memory in {folder} cannot be locked: {error.strerror}") from None

    def _write_owner(self) -> None:
        handle = os.open(self._owner, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
        try:
            os.write(handle, str(os.getpid()).encode())
        finally:
            os.close(handle)

    def _who(self) -> str:
        try:
            pid = self._owner.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError):
            return ""
        if pid == str(os.getpid()):
            return f" (pid {pid}: this one)"
        return f" (pid {pid})" if pid.isdigit() else ""

    def release(self) -> None:
        """Let the next process in."""
        self._lock.release()
