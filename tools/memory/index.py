"""The index beside the journal: a Chroma folder that is trusted only while it is known to be whole.

Chroma's files are not safe against a kill: one that fell into their writing left files that made the next reader of
the folder die of a segmentation fault (Chroma 1.5.9), which no `except` can catch. So the journal holds a digest of
the folder from when it was last closed. While the folder is open the digest is empty; a folder whose digest is empty
or differs is never given to Chroma again, but made anew, under another name, from the vectors in the journal.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from affectgraph.tools.memory.chroma import ChromaFolder, IndexBroken
from affectgraph.tools.memory.errors import MemoryStoreError
from affectgraph.tools.memory.files import digest_of, wipe
from affectgraph.tools.memory.journal import Journal, Pending
from affectgraph.tools.memory.vectors import Vector, matrix

__all__ = ["Index"]


class Index:
    """Chroma's view of the journal's vectors, in `root`/index-*."""

    def __init__(self, root: Path, journal: Journal) -> None:
        self._root = root
        self._journal = journal
        self._chroma: ChromaFolder | None = None
        self._settled = False

    def nearest(self, collections: Sequence[str], vector: Vector, count: int) -> list[str]:
        """The ids of about the `count` nearest vectors of each collection.

        Raises:
            MemoryStoreError: Chroma fails on a folder that was made a moment ago.
        """
        for made_anew in (False, True):
            try:
                chroma = self._current()
                self._settle(chroma)
                return [uid for name in collections for uid in chroma.nearest(name, vector, count)]
            except IndexBroken as error:
                if made_anew:
                    raise self._unusable(error) from error
                self.renew()
        raise AssertionError("unreachable")

    def follow(self) -> None:
        """Tell Chroma what the journal has and it has not. What it fails at, the next search does again and reports."""
        self._settled = False
        with contextlib.suppress(MemoryStoreError, OSError):  # what was put is safe in the journal
            try:
                if self._journal.has_pending():
                    self._settle(self._current())
            except IndexBroken:
                self._let_go()  # its digest is empty, so it is never trusted again

    def renew(self) -> None:
        """Make the index anew from the journal's vectors, in another folder; then the old one goes.

        Raises:
            MemoryStoreError: Chroma fails; the journal is untouched, and the old folder not trusted any more.
        """
        self._let_go()
        try:
            chroma = ChromaFolder(self._root / f"index-{uuid.uuid4().hex}")
            try:
                for name, uids, rows in self._journal.shelves():
                    chroma.upsert(name, uids, matrix(rows))
                chroma.clear_room()
            except BaseException:
                with contextlib.suppress(IndexBroken):
                    chroma.close()
                raise
        except IndexBroken as error:
            raise self._unusable(error) from error
        # A crash before this line leaves a folder that the journal does not name: `sweep` removes it.
        with self._journal.transaction():
            self._journal.set_meta(index=chroma.path.name, index_digest="")
            self._journal.settle()
        self._chroma, self._settled = chroma, True
        self.sweep()

    def discard(self) -> None:
        """Overwrite and remove every folder of the index; the next search makes one anew."""
        self._let_go()
        self._journal.set_meta(index="", index_digest="")
        self.sweep()

    def sweep(self) -> None:
        """Overwrite and remove the folders that are not the current one."""
        current = self._journal.meta("index")
        for folder in self._root.glob("index-*"):
            if folder.name != current:
                wipe(folder)

    def close(self) -> None:
        """Close Chroma, and write down what the folder has to look like when it is opened again."""
        chroma, self._chroma = self._chroma, None
        if chroma is None:
            return
        with contextlib.suppress(IndexBroken):  # then the digest stays empty
            chroma.close()
            self._journal.set_meta(index_digest=digest_of(chroma.path))

    def _current(self) -> ChromaFolder:
        if self._chroma is None:
            name, digest = self._journal.meta("index"), self._journal.meta("index_digest")
            if not name or not digest or digest_of(self._root / name) != digest:
                self.renew()
            else:
                self._journal.set_meta(index_digest="")
                self._chroma = ChromaFolder(self._root / name)
        if self._chroma is None:
            raise AssertionError("unreachable: renew opens one")
        return self._chroma

    def _settle(self, chroma: ChromaFolder) -> None:
        if self._settled:
            return
        pending = sorted(self._journal.pending(), key=attrgetter("collection"))
        for name, group in groupby(pending, key=attrgetter("collection")):
            _tell(chroma, name, list(group))
        if pending:
            self._journal.settle()
        self._settled = True

    def _let_go(self) -> None:
        chroma, self._chroma, self._settled = self._chroma, None, False
        if chroma is not None:
            with contextlib.suppress(IndexBroken):
                chroma.close()

    def _unusable(self, error: IndexBroken) -> MemoryStoreError:
        return MemoryStoreError(
            f"the index of the memory in {self._root} cannot be made: {error}; nothing is lost, "
            "since the journal holds everything; see that the disk has room, then run `affectgraph memory rebuild`"
        )


def _tell(chroma: ChromaFolder, name: str, pending: list[Pending]) -> None:
    kept = [(one.uid, one.vector) for one in pending if one.vector is not None]
    gone = [one.uid for one in pending if one.vector is None]
    if kept:
        chroma.upsert(name, [uid for uid, _ in kept], matrix([vector for _, vector in kept]))
    if gone:
        chroma.delete(name, gone)
