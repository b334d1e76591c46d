"""One Chroma folder: collections of vectors under random ids, and nothing else. No text ever comes here.

Chroma is imported at the first use (0.7 s). Vectors are always passed in, since its own embedder would download one.
Whatever fails in it is an `IndexBroken`: the folder is only an index, and can be made anew from the journal.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from affectgraph.tools.memory.files import make_private, private_files, tighten
from affectgraph.tools.memory.vectors import Matrix, Vector

__all__ = ["HNSW", "ChromaFolder", "IndexBroken"]

HNSW: dict[str, Any] = {"space": "cosine"}
# How hnswlib's `header.bin` begins: its version, the offset of the first layer, how many elements there is room for
# and how many there are, and how many bytes each has in `data_level0.bin`, which may have room for more.
_HEADER, _VERSION = struct.Struct("<i4Q"), 1


class IndexBroken(Exception):
    """Chroma failed; never shown to a user as such."""


@contextmanager
def _guarded() -> Iterator[None]:
    with private_files():
        try:
            yield
        except Exception as error:
            raise IndexBroken(f"{type(error).__name__}: {error}") from error
        except BaseException as error:
            # A panic of its Rust part derives from BaseException; Ctrl-C has to pass.
            if type(error).__name__ != "PanicException":
                raise
            raise IndexBroken(f"panic: {error}") from error


class ChromaFolder:
    """Collections in the folder `path`, open from `__init__` to `close`."""

    def __init__(self, path: Path) -> None:
        """Open the folder, which is made where it is missing.

        Raises:
            IndexBroken: Chroma cannot.
        """
        self.path = path
        self._collections: dict[str, Any] = {}
        with _guarded():
            import chromadb
            from chromadb.config import Settings

            make_private(path)
            settings = Settings(anonymized_telemetry=False)
            self._client: Any = chromadb.PersistentClient(str(path), settings=settings)
            self._most = self._client.get_max_batch_size()

    def close(self) -> None:
        """Release every file; Chroma's own are then as they will be found."""
        self._collections.clear()
        with _guarded():
            self._client.close()
            tighten(self.path)
            self.clear_room()

    def clear_room(self) -> None:
        """Overwrite the room for further elements in the files of the graphs.

        hnswlib writes it as it got it from the machine, and there may stand what the process knew before: vectors that
        were erased.

        Raises:
            IndexBroken: a file cannot be read or written, or is laid out in a way that is not known.
        """
        with _guarded():
            for header in self.path.rglob("header.bin"):
                version, _, _, count, each = _HEADER.unpack(header.read_bytes()[: _HEADER.size])
                elements = header.with_name("data_level0.bin")
                room = elements.stat().st_size - count * each
                if version != _VERSION or room < 0 or room % each:
                    raise ValueError("a layout of hnswlib's files that is not known")
                with elements.open("r+b") as file:
                    file.seek(count * each)
                    file.write(bytes(room))

    def upsert(self, collection: str, uids: Sequence[str], vectors: Matrix) -> None:
        """Store or replace vectors, in parts of the size that Chroma takes.

        Raises:
            IndexBroken: Chroma failed; some may be stored.
        """
        with _guarded():
            target = self._collection(collection)
            for start in range(0, len(uids), self._most):
                end = start + self._most
                target.upsert(ids=list(uids[start:end]), embeddings=vectors[start:end])

    def delete(self, collection: str, uids: Sequence[str]) -> None:
        """Remove ids; an unknown one is passed over.

        Raises:
            IndexBroken: Chroma failed.
        """
        with _guarded():
            target = self._collection(collection)
            for start in range(0, len(uids), self._most):
                target.delete(ids=list(uids[start : start + self._most]))

    def nearest(self, collection: str, vector: Vector, count: int) -> list[str]:
        """The ids of about the `count` nearest vectors by cosine; fewer where the search missed some.

        Raises:
            IndexBroken: Chroma failed.
        """
        with _guarded():
            found = self._collection(collection).query(query_embeddings=vector[None], n_results=count, include=[])
            ids: list[str] = found["ids"][0]
            return ids

    def _collection(self, name: str) -> Any:
        found = self._collections.get(name)
        if found is None:
            found = self._client.get_or_create_collection(
                name, embedding_function=None, configuration={"hnsw": dict(HNSW)}
            )
            self._collections[name] = found
        return found
