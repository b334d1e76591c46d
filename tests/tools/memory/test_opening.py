"""What is opened: another embedder's memory, damaged files, foreign files; and what is never changed on the way."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from langgraph.store.base import PutOp

from affectgraph.backends.embedder import SentenceEmbedder
from affectgraph.tools.memory import MemoryStore, MemoryStoreError, chroma
from affectgraph.tools.memory.vectors import unit
from tests.tools.memory.fakes import HashEmbedder

ANN = ("people", "ann")


def filled(folder: Path, count: int = 3) -> Path:
    """A closed memory; the folder of its index."""
    with MemoryStore(folder, HashEmbedder()) as store:
        store.batch([PutOp(ANN, str(n), {"text": f"memory {n}"}) for n in range(count)])
    (index,) = folder.glob("index-*")
    return index


def content(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "owner"}


def finds(folder: Path) -> bool:
    with MemoryStore(folder, HashEmbedder()) as store:
        return [item.key for item in store.search(ANN, query="memory 1", limit=1)] == ["1"]


# --- another embedder ---


def test_another_embedder_is_refused_by_both_names_and_a_way_out(folder: Path) -> None:
    filled(folder)
    before = content(folder)
    with pytest.raises(MemoryStoreError) as raised:
        MemoryStore(folder, HashEmbedder(identity="hash:2"))
    for words in ("'hash:1'", "'hash:2'", "`affectgraph memory rebuild`"):
        assert words in str(raised.value)
    assert content(folder) == before
    assert finds(folder)


def test_rebuilding_embeds_every_text_with_the_new_embedder(folder: Path) -> None:
    with MemoryStore(folder, HashEmbedder()) as store:
        store.put(ANN, "text", {"text": "a"})
        store.put(ANN, "fields", {"title": "b"}, index=["title"])
        store.put(ANN, "none", {"text": "c"}, index=False)
        old = store.identity
    other = HashEmbedder(24, identity="hash:2")
    told: list[tuple[int, int]] = []
    with MemoryStore(folder, other, rebuilding=True) as store:
        assert store.rebuild(lambda done, of: told.append((done, of))) == 2
        assert store.identity != old
        assert store.search(ANN, query="b", limit=1)[0].key == "fields"
        store.put(ANN, "more", {"text": "d"})
    assert told[-1] == (3, 3)
    assert sorted(text for call in other.calls[:1] for text in call) == ["a", "b"]
    with MemoryStore(folder, other) as store:
        found = store.search(ANN, query="d")
        assert found[0].score == pytest.approx(1.0, abs=1e-6)
        assert len(found) == 3
    with pytest.raises(MemoryStoreError, match="hash:2"):
        MemoryStore(folder, HashEmbedder())


def test_a_rebuilding_with_the_same_embedder_embeds_nothing(folder: Path) -> None:
    before = filled(folder)
    embedder = HashEmbedder()
    with MemoryStore(folder, embedder) as store:
        assert store.rebuild() == 3
    assert embedder.calls == []
    assert not before.exists()
    assert finds(folder)


def test_an_embedder_that_fails_in_a_rebuilding_leaves_the_memory_as_it_was(folder: Path) -> None:
    class Fails(HashEmbedder):
        def embed(self, texts: Sequence[str]) -> list[list[float]]:
            if self.calls:
                raise OSError("the model is gone")
            return super().embed(texts)

    filled(folder, 600)
    with (
        MemoryStore(folder, Fails(identity="hash:2", dimension=24), rebuilding=True) as store,
        pytest.raises(MemoryStoreError, match="the model is gone"),
    ):
        store.rebuild()
    with MemoryStore(folder, HashEmbedder()) as store:
        assert [len(vector) for vector in store._journal.vectors(ANN)[1]] == [64] * 600
    assert finds(folder)


def test_a_memory_opened_for_rebuilding_takes_no_text_of_the_other_embedder(folder: Path) -> None:
    filled(folder)
    other = HashEmbedder(identity="hash:2")
    with MemoryStore(folder, other, rebuilding=True) as store:
        assert len(store.export(ANN)) == 3
        for refused in (lambda: store.put(ANN, "k", {"text": "a"}), lambda: store.search(ANN, query="a")):
            with pytest.raises(MemoryStoreError, match="memory rebuild"):
                refused()
        store.put(ANN, "k", {"text": "a"}, index=False)
        assert store.erase([ANN]) == 4
    assert other.calls == []


def test_an_erasure_needs_no_embedder_at_all(folder: Path) -> None:
    def missing() -> HashEmbedder:
        raise AssertionError("nobody needs it")

    filled(folder)
    with MemoryStore(folder, missing, rebuilding=True) as store:
        assert store.erase([ANN]) == 3


def test_a_memory_without_vectors_takes_any_embedder(folder: Path) -> None:
    with MemoryStore(folder, HashEmbedder()) as store:
        store.put(ANN, "k", {"n": 1})
    with MemoryStore(folder, HashEmbedder(8, identity="hash:2")) as store:
        store.put(ANN, "k", {"text": "a"})
        assert store.search(ANN, query="a")[0].key == "k"
    with pytest.raises(MemoryStoreError, match="hash:2"):
        MemoryStore(folder, HashEmbedder())


def test_an_embedder_that_changes_its_size_under_one_name_is_refused(folder: Path) -> None:
    filled(folder)
    with MemoryStore(folder, HashEmbedder(8)) as store, pytest.raises(MemoryStoreError, match="8 numbers"):
        store.put(ANN, "k", {"text": "a"})
    with MemoryStore(folder, HashEmbedder()) as store:
        assert store.get(ANN, "k") is None


@pytest.mark.parametrize("vectors", [[], [[1.0], [1.0]], [[0.0]], [[float("inf")]]])
def test_an_embedder_that_gives_no_vector_is_refused(folder: Path, vectors: list[list[float]]) -> None:
    class Odd(HashEmbedder):
        def embed(self, texts: object) -> list[list[float]]:
            return vectors

    with MemoryStore(folder, Odd()) as store:
        with pytest.raises(MemoryStoreError, match="embedder"):
            store.put(ANN, "k", {"text": "a"})
        assert store.counts()["items"] == 0


def test_the_real_embedder_finds_by_meaning(folder: Path) -> None:
    said = {"pets": "Our dog ran away last night.", "work": "My boss shouted at me again.", "food": "I baked bread."}
    with MemoryStore(folder, SentenceEmbedder) as store:
        store.batch([PutOp(ANN, key, {"text": text}) for key, text in said.items()])
        assert store.search(ANN, query="The puppy is missing", limit=1)[0].key == "pets"
        assert store.search(ANN, query="a conflict with a manager", limit=1)[0].key == "work"
    with MemoryStore(folder, SentenceEmbedder()) as store:
        (found,) = store.search(ANN, query="I baked bread.", limit=1)
        assert (found.key, round(found.score or 0, 4)) == ("food", 1.0)


# --- a damaged index: it is only an index ---


def test_an_index_that_is_gone_is_made_anew(folder: Path) -> None:
    index = filled(folder)
    for path in sorted(index.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    index.rmdir()
    assert finds(folder)


@pytest.mark.parametrize(
    "file", ["chroma.sqlite3", "data_level0.bin", "header.bin", "link_lists.bin", "index_metadata.pickle"]
)
@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "gone"])
def test_a_damaged_index_never_reaches_chroma_and_is_made_anew(folder: Path, file: str, damage: str) -> None:
    index = filled(folder, 1200)
    (path,) = index.rglob(file)
    data = path.read_bytes()
    damaged = {"empty": b"", "cut": data[: len(data) // 2], "flipped": bytes(255 - byte for byte in data)}
    path.unlink() if damage == "gone" else path.write_bytes(damaged[damage])
    if damage != "gone" and damaged[damage] == data:
        pytest.skip("nothing to damage")
    assert finds(folder)
    assert not index.exists()


def test_a_whole_index_is_used_as_it_is(folder: Path) -> None:
    index = filled(folder)
    assert finds(folder)
    assert index.exists()


def test_an_index_that_breaks_while_it_is_open_is_made_anew(
    store: MemoryStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(ANN, "1", {"text": "memory 1"})
    (before,) = folder.glob("index-*")
    real = chroma.ChromaFolder.nearest

    def breaks(self: chroma.ChromaFolder, *asked: object) -> list[str]:
        if self.path == before:
            raise chroma.IndexBroken("broken")
        return real(self, *asked)  # type: ignore[arg-type]

    monkeypatch.setattr(chroma.ChromaFolder, "nearest", breaks)
    assert store.search(ANN, query="memory 1")[0].key == "1"
    assert not before.exists()


def test_a_put_that_chroma_refuses_is_found_as_soon_as_chroma_works(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: object, *asked: object) -> None:
        raise chroma.IndexBroken("no room on the disk")

    store.put(ANN, "0", {"text": "memory 0"})
    with monkeypatch.context() as patch:
        patch.setattr(chroma.ChromaFolder, "upsert", broken)
        store.put(ANN, "1", {"text": "memory 1"})
        store.delete(ANN, "0")
        assert store.counts()["pending"] == 2
        with pytest.raises(MemoryStoreError, match="no room on the disk") as raised:
            store.search(ANN, query="memory 1")
        assert "affectgraph memory rebuild" in str(raised.value)
        assert store.get(ANN, "1") is not None
    assert [item.key for item in store.search(ANN, query="memory 1")] == ["1"]
    assert store.counts()["pending"] == 0


class PanicException(BaseException):  # as the one of Chroma's Rust part
    pass


def test_a_panic_of_chromas_rust_part_costs_the_index_and_ctrl_c_is_ctrl_c(
    store: MemoryStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(ANN, "1", {"text": "memory 1"})
    (before,) = folder.glob("index-*")
    real = chroma.ChromaFolder._collection
    for error, passes in ((KeyboardInterrupt, True), (PanicException, False)):

        def raises(self: chroma.ChromaFolder, name: str, error: type[BaseException] = error) -> object:
            if self.path == before:
                raise error
            return real(self, name)

        with monkeypatch.context() as patch:
            patch.setattr(chroma.ChromaFolder, "_collection", raises)
            if passes:
                with pytest.raises(KeyboardInterrupt):
                    store.search(ANN, query="memory 1")
            else:
                assert store.search(ANN, query="memory 1")[0].key == "1"
        assert before.exists() == passes


def test_chroma_knows_exactly_what_the_journal_has(folder: Path, embedder: HashEmbedder) -> None:
    """Where it knew less, every search would still be right, by comparing all vectors, and slow."""

    def known(store: MemoryStore) -> set[str]:
        shelves = store._journal.whole_shelves(ANN) or []
        return set(store._index.nearest(shelves, unit(embedder.vector("x")), 100))

    with MemoryStore(folder, embedder) as store:
        store.batch([PutOp(ANN, str(n), {"text": f"memory {n}"}) for n in range(8)])
        store.put(ANN, "0", {"text": "another"})
        store.put(ANN, "1", {"no": "text"})
        store.delete(ANN, "2")
        assert known(store) == set(store._journal.vectors(ANN)[0])
    with MemoryStore(folder, embedder) as store:
        assert known(store) == set(store._journal.vectors(ANN)[0])
        store.rebuild()
        assert known(store) == set(store._journal.vectors(ANN)[0])
        assert len(known(store)) == 6


# --- a journal that cannot be used ---


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("pragma journal_mode = wal")
        db.execute("create table theirs (x)")
        db.commit()


def other_version(path: Path) -> None:
    filled(path.parent)
    with closing(sqlite3.connect(path)) as db:
        db.execute("pragma user_version = 99")
        db.commit()


def cut(path: Path) -> None:
    filled(path.parent, 500)
    path.write_bytes(path.read_bytes()[:8192])


def scribbled(path: Path) -> None:
    filled(path.parent, 500)
    data = bytearray(path.read_bytes())
    for page in range(4096, len(data), 8192):
        data[page : page + 64] = os.urandom(64)
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_bytes(b""), "no SQLite database"),
        (lambda path: path.write_text("a diary\n" * 100, encoding="utf-8"), "no SQLite database"),
        (foreign, "no memory of affectgraph"),
        (other_version, "schema version 99"),
        (cut, "damaged"),
        (scribbled, "damaged"),
        (lambda path: path.mkdir(), "cannot be opened"),
    ],
)
def test_a_journal_that_cannot_be_used_is_refused_and_left_as_it_is(folder: Path, make: object, words: str) -> None:
    folder.mkdir()
    make(folder / "journal.db")  # type: ignore[operator]
    before = content(folder)
    with pytest.raises(MemoryStoreError, match=words) as raised:
        MemoryStore(folder, HashEmbedder())
    assert "nothing was changed" in str(raised.value)
    after = content(folder)
    assert {name: after[name] for name in before} == before
    assert {Path(name).name for name in after.keys() - before.keys()} <= {"lock", "journal.db-shm", "journal.db-wal"}


def test_a_refused_memory_is_unlocked_again(folder: Path) -> None:
    filled(folder)
    for _ in range(2):
        with pytest.raises(MemoryStoreError, match="rebuild"):
            MemoryStore(folder, HashEmbedder(identity="hash:2"), wait_s=0.0)
    assert finds(folder)


def test_a_journal_that_was_moved_away_leaves_no_index_behind(folder: Path) -> None:
    index = filled(folder)
    (folder / "journal.db").unlink()
    with MemoryStore(folder, HashEmbedder()) as store:
        assert store.counts()["items"] == 0
        assert not index.exists()


def test_a_closed_memory_says_so_and_closing_twice_is_closing(folder: Path) -> None:
    store = MemoryStore(folder, HashEmbedder())
    store.close()
    store.close()
    for refused in (lambda: store.get(ANN, "k"), lambda: store.erase([]), store.counts, lambda: store.identity):
        with pytest.raises(MemoryStoreError, match="is closed"):
            refused()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(MemoryStoreError, match="file/memory"):
        MemoryStore(tmp_path / "file" / "memory", HashEmbedder())


def test_importing_the_memory_imports_no_chroma() -> None:
    script = "import sys, affectgraph.tools.memory; print('chromadb' in sys.modules, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
