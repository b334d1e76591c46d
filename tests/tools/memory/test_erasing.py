"""After an erasure no byte of any file says what was there; and everybody else's memories are as they were."""

from __future__ import annotations

import os
import stat
import uuid
from pathlib import Path

import numpy as np
import pytest
from langgraph.store.base import PutOp

from affectgraph.tools.memory import MemoryStore, MemoryStoreError, chroma, index
from affectgraph.tools.memory.chroma import ChromaFolder, IndexBroken
from tests.tools.memory.fakes import HashEmbedder
from tests.tools.memory.remains import forms, left_of, vector_forms

ANN, BOB = ("people", "annabel 不小姐"), ("people", "bob")


@pytest.fixture(autouse=True)
def _graphs_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chroma writes its graph every thousand vectors by default; here every few."""
    monkeypatch.setattr(chroma, "HNSW", {"space": "cosine", "batch_size": 10, "sync_threshold": 20})


def uids_of(store: MemoryStore, prefix: tuple[str, ...]) -> list[str]:
    return store._journal.vectors(prefix)[0]


def traces_of(embedder: HashEmbedder, texts: list[str], uids: list[str]) -> list[bytes]:
    words = [*texts, ANN[1], "her key 7", "her deeper label"]
    ids = [form for uid in uids for form in (uid.encode(), uuid.UUID(hex=uid).bytes, str(uuid.UUID(hex=uid)).encode())]
    return [
        *(form for word in words for form in forms(word)),
        *ids,
        *(b for t in texts for b in vector_forms(embedder, t)),
    ]


def fill(store: MemoryStore, texts: list[str]) -> None:
    """Enough for Chroma to write its graph to the disk, and what was replaced and deleted before."""
    store.batch([PutOp(BOB, f"his {n}", {"text": f"bob's memory {n}"}) for n in range(150)])
    store.batch([PutOp(ANN, f"her key {n}", {"text": text, "twice": text}) for n, text in enumerate(texts)])
    store.put((*ANN, "her deeper label"), "her key 7", {"text": texts[0]}, index=False)
    store.put(ANN, "her key 0", {"text": "what replaced it"})
    store.delete(ANN, "her key 1")
    store.search(ANN, query="open everything")


def test_no_byte_is_left_of_what_was_erased(folder: Path, embedder: HashEmbedder) -> None:
    texts = [f"annabel's own secret number {n}: 火车" for n in range(120)]
    with MemoryStore(folder, embedder) as store:
        fill(store, texts)
        traces = traces_of(embedder, texts, uids_of(store, ANN))
        there = {trace for _, trace in left_of(folder, *traces)}
        assert len(there) > 1000  # the search finds what is there: texts, keys, labels, ids, vectors
        assert {b"her deeper label", "annabel 不小姐".encode()} <= there
        assert len(list(folder.rglob("data_level0.bin"))) == 2
        before = store.export(BOB)
        assert store.erase([ANN]) == 120
        assert left_of(folder, *traces) == []
        assert store.export(BOB) == before
        assert store.search(ANN, query=texts[5]) == []
        assert store.search(BOB, query="bob's memory 7", limit=1)[0].key == "his 7"
        assert left_of(folder, *traces) == []
    assert left_of(folder, *traces) == []
    with MemoryStore(folder, embedder) as store:
        assert store.list_namespaces() == [BOB]
        assert store.search((), query=texts[5], limit=1)[0].namespace == BOB
    assert left_of(folder, *traces) == []


def test_what_was_deleted_before_goes_with_an_erasure_of_nothing(folder: Path, embedder: HashEmbedder) -> None:
    with MemoryStore(folder, embedder) as store:
        store.put(ANN, "her key 7", {"text": "a secret"})
        traces = traces_of(embedder, ["a secret"], uids_of(store, ANN))
        store.delete(ANN, "her key 7")
        assert left_of(folder, *traces)  # Chroma keeps a deleted vector, SQLite's log a deleted row
        assert store.erase([]) == 0
        assert left_of(folder, *traces) == []


def test_an_erasure_takes_what_is_under_its_prefixes_and_no_neighbour(store: MemoryStore) -> None:
    places = [("a", "b"), ("a", "b", "c"), ("a", "bc"), ("a_b",), ("a",), ("b", "a")]
    store.batch([PutOp(place, "k", {"text": "the same"}) for place in places])
    assert store.erase([("a", "b"), ("b",)]) == 3
    assert store.list_namespaces() == [("a",), ("a", "bc"), ("a_b",)]
    assert len(store.search((), query="the same")) == 3
    assert store.erase([()]) == 3
    assert store.list_namespaces() == []


def test_a_link_in_the_folder_of_the_index_is_removed_and_not_followed(
    store: MemoryStore, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_text("mine", encoding="utf-8")
    store.put(ANN, "k", {"text": "a"})
    (current,) = folder.glob("index-*")
    (current / "link").symlink_to(tmp_path / "precious" / "file")
    (current / "folder").symlink_to(tmp_path / "precious")
    (folder / "index-link").symlink_to(tmp_path / "precious")
    store.erase([ANN])
    assert (tmp_path / "precious" / "file").read_text(encoding="utf-8") == "mine"
    assert list(folder.glob("index-*")) == []


def test_what_is_removed_was_overwritten_first(folder: Path, tmp_path: Path, embedder: HashEmbedder) -> None:
    with MemoryStore(folder, embedder) as store:
        store.batch([PutOp(ANN, str(n), {"text": f"secret {n}"}) for n in range(60)])
        (graph,) = folder.rglob("data_level0.bin")
        seen = tmp_path / "second name of the same file"
        seen.hardlink_to(graph)
        assert any(seen.read_bytes())
        store.erase([ANN])
    assert not graph.exists()
    assert seen.stat().st_size > 0
    assert not any(seen.read_bytes())


def test_an_erasure_that_cannot_overwrite_says_so_and_is_finished_later(
    folder: Path, embedder: HashEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    with MemoryStore(folder, embedder) as store:
        store.put(ANN, "k", {"text": "a secret"})
        with monkeypatch.context() as patch:
            patch.setattr(index, "wipe", fails)
            with pytest.raises(MemoryStoreError, match="Permission denied"):
                store.erase([ANN])
        assert store.get(ANN, "k") is None
    with MemoryStore(folder, embedder):
        assert left_of(folder, b"a secret", *vector_forms(embedder, "a secret")) == []


def test_chroma_never_hears_a_word(folder: Path, embedder: HashEmbedder) -> None:
    texts = [f"annabel's own secret number {n}" for n in range(40)]
    with MemoryStore(folder, embedder) as store:
        store.batch([PutOp(ANN, f"her key {n}", {"text": text}) for n, text in enumerate(texts)])
        store.search(ANN, query=texts[3])
        (current,) = folder.glob("index-*")
        words = [form for word in [*texts, "people", ANN[1], "her key", "hash:1"] for form in forms(word)]
        assert left_of(current, *words) == []
        assert left_of(current, uids_of(store, ANN)[0].encode())


def test_every_file_is_its_owners_alone(folder: Path, embedder: HashEmbedder) -> None:
    def check() -> None:
        for path in (folder, *folder.rglob("*")):
            wanted = 0o700 if path.is_dir() else 0o600
            assert stat.S_IMODE(path.stat().st_mode) == wanted, path

    with MemoryStore(folder, embedder) as store:
        fill(store, [f"secret {n}" for n in range(120)])
        check()
        store.rebuild()
        check()
        store.erase([ANN])
        store.search(BOB, query="x")
        check()
    check()


def test_room_for_further_vectors_holds_nothing_that_the_process_knew(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).normal(size=(30, 8)).astype("<f4")
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    folder = ChromaFolder(tmp_path / "index")
    folder.upsert("shelf", [f"u{number}" for number in range(30)], rows)
    (elements,) = (tmp_path / "index").rglob("data_level0.bin")
    with elements.open("r+b") as file:
        file.seek(-8, os.SEEK_END)
        file.write(b"a secret")
    folder.close()
    assert b"a secret" not in elements.read_bytes()
    again = ChromaFolder(tmp_path / "index")
    assert [again.nearest("shelf", rows[number], 1) for number in (0, 29)] == [["u0"], ["u29"]]
    again.close()
    header = elements.with_name("header.bin")
    header.write_bytes(b"\x02" + header.read_bytes()[1:])
    with pytest.raises(IndexBroken, match="layout"):
        again.clear_room()


def test_an_index_made_anew_is_cleared_at_once(
    folder: Path, embedder: HashEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    cleared: list[Path] = []
    monkeypatch.setattr(ChromaFolder, "clear_room", lambda self: cleared.append(self.path))
    with MemoryStore(folder, embedder) as store:
        store.put(BOB, "one", {"text": "x"})
        store.search(BOB, query="x")
        assert len(cleared) == 1
