"""The store as LangGraph uses it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langgraph.store.base import GetOp, InvalidNamespaceError, ListNamespacesOp, PutOp, SearchOp

from affectgraph.tools.memory import MemoryStore, MemoryStoreError
from tests.tools.memory.fakes import HashEmbedder

ANN, BOB = ("people", "ann"), ("people", "bob")


def keys(items: Any) -> list[str]:
    return [item.key for item in items]


def test_what_was_put_is_got(store: MemoryStore) -> None:
    value = {"text": "I like trains. 不 🙂\x00\n", "n": 1.5, "deep": {"list": [1, None, True]}}
    store.put(ANN, "k", value)
    item = store.get(ANN, "k")
    assert item is not None
    assert (item.namespace, item.key, item.value) == (ANN, "k", value)
    assert item.created_at == item.updated_at
    assert store.get(BOB, "k") is None
    assert store.get(ANN, "other") is None


def test_a_second_put_replaces_the_first_and_what_it_was_found_by(store: MemoryStore) -> None:
    store.put(ANN, "k", {"text": "first"})
    first = store.get(ANN, "k")
    store.put(ANN, "k", {"text": "second"})
    second = store.get(ANN, "k")
    assert first is not None
    assert second is not None
    assert second.value == {"text": "second"}
    assert second.created_at == first.created_at
    assert second.updated_at > first.updated_at
    (found,) = store.search(ANN, query="second")
    assert found.score == pytest.approx(1.0, abs=1e-6)
    assert store.search(ANN, query="first")[0].score == pytest.approx(
        float(np.dot(HashEmbedder().vector("first"), HashEmbedder().vector("second"))), abs=1e-6
    )


def test_what_was_deleted_is_found_no_more(store: MemoryStore) -> None:
    store.put(ANN, "k", {"text": "trains"})
    store.delete(ANN, "k")
    store.delete(ANN, "never there")
    assert store.get(ANN, "k") is None
    assert store.search(ANN, query="trains") == []
    assert store.search(ANN) == []
    assert store.list_namespaces() == []
    assert store.counts() == {"items": 0, "namespaces": 0, "vectors": 0, "pending": 0}


def test_a_value_that_loses_its_text_is_found_by_it_no_more(store: MemoryStore) -> None:
    store.put(ANN, "k", {"text": "trains"})
    store.put(ANN, "k", {"note": "no text"})
    assert store.search(ANN, query="trains") == []
    assert keys(store.search(ANN)) == ["k"]


def test_scores_are_cosines_highest_first(store: MemoryStore, embedder: HashEmbedder) -> None:
    texts = [f"memory {number}" for number in range(40)]
    store.batch([PutOp(ANN, text, {"text": text}) for text in texts])
    found = store.search(ANN, query="memory 7", limit=40)
    query = np.array(embedder.vector("memory 7"))
    expected = sorted(((float(query @ embedder.vector(text)), text) for text in texts), reverse=True)
    assert keys(found) == [text for _, text in expected]
    assert [item.score for item in found] == pytest.approx([score for score, _ in expected], abs=1e-6)
    assert keys(store.search(ANN, query="memory 7", limit=3, offset=2)) == keys(found)[2:5]


def test_without_a_query_the_newest_come_first(store: MemoryStore) -> None:
    for key in ("a", "b", "c"):
        store.put(ANN, key, {"text": key, "odd": key != "b"})
    store.put((*ANN, "deep"), "d", {"n": 1})
    store.put(ANN, "a", {"text": "again", "odd": True})
    found = store.search(ANN)
    assert keys(found) == ["a", "d", "c", "b"]
    assert {item.score for item in found} == {None}
    assert keys(store.search(ANN, limit=2, offset=1)) == ["d", "c"]
    assert keys(store.search(ANN, filter={"odd": True})) == ["a", "c"]
    assert keys(store.search(ANN, filter={"odd": True}, limit=1, offset=1)) == ["c"]


def test_a_filter_that_few_meet_still_finds_them_all(store: MemoryStore) -> None:
    store.batch([PutOp(ANN, str(n), {"text": f"memory {n}", "rare": n % 100 == 0}) for n in range(400)])
    found = store.search(ANN, query="memory 3", filter={"rare": True}, limit=5)
    assert sorted(keys(found)) == ["0", "100", "200", "300"]
    assert found == sorted(found, key=lambda item: -(item.score or 0))
    assert keys(store.search(ANN, query="memory 3", filter={"rare": True}, limit=2, offset=1)) == keys(found)[1:3]


def test_a_hundred_equal_texts_are_all_found(store: MemoryStore) -> None:
    # Chroma's graph loses some of many equal vectors: it found 1,491 of 3,000 (1.5.9).
    store.batch([PutOp(ANN, str(n), {"text": "the same"}) for n in range(500)])
    assert len(store.search(ANN, query="the same", limit=500)) == 500
    assert len(store.search(ANN, query="the same", limit=2000)) == 500


def test_a_prefix_finds_all_below_it_and_nothing_beside_it(store: MemoryStore) -> None:
    places = [
        ("a",),
        ("a", "b"),
        ("a", "b", "c"),
        ("a", "b", "c", "d"),
        ("a", "b", "cc"),
        ("a_b",),
        ("a", "bb"),
        ("ab",),
    ]
    store.batch([PutOp(place, "/".join(place), {"text": "the same"}) for place in places])
    for prefix in [(), *places, ("b",), ("a", "b", "c", "x")]:
        expected = {"/".join(place) for place in places if place[: len(prefix)] == prefix}
        assert set(keys(store.search(prefix, query="the same", limit=20))) == expected
        assert set(keys(store.search(prefix, limit=20))) == expected


def test_what_is_embedded_is_the_text_or_the_named_fields(store: MemoryStore, embedder: HashEmbedder) -> None:
    value = {"text": "words", "title": "T", "who": {"name": "ann"}, "tags": ["x", "y"], "n": 3}
    store.put(ANN, "default", value)
    store.put(ANN, "named", value, index=["title", "who.name", "tags[*]", "missing"])
    store.put(ANN, "none", value, index=False)
    store.put(ANN, "blank", {"text": "  "})
    store.put(ANN, "number", {"text": 5})
    assert embedder.calls == [["words"], ["T\nann\nx\ny"]]
    assert store.counts()["vectors"] == 2
    assert len(store.search(ANN, query="words")) == 2
    assert len(store.search(ANN)) == 5


def test_a_batch_is_embedded_in_one_call(store: MemoryStore, embedder: HashEmbedder) -> None:
    store.put(ANN, "old", {"text": "old"})
    embedder.calls.clear()
    results = store.batch(
        [
            PutOp(ANN, "new", {"text": "first"}),
            GetOp(ANN, "new"),
            SearchOp(ANN, query="asked"),
            PutOp(ANN, "new", {"text": "second"}),
            PutOp(BOB, "b", {"text": "third"}),
            ListNamespacesOp(),
        ]
    )
    assert embedder.calls == [["asked", "second", "third"]]
    assert results[1] is None  # what is read is as it was before the batch
    assert keys(results[2]) == ["old"]
    assert results[5] == [ANN]
    item = store.get(ANN, "new")
    assert item is not None
    assert item.value == {"text": "second"}


def test_more_items_than_chroma_takes_at_once_are_stored_at_once(store: MemoryStore) -> None:
    count = 6000  # Chroma 1.5.9 takes 5,461
    store.batch([PutOp(ANN, str(n), {"text": f"memory {n}"}) for n in range(count)])
    assert store.counts() == {"items": count, "namespaces": 1, "vectors": count, "pending": 0}
    assert keys(store.search(ANN, query="memory 5999", limit=1)) == ["5999"]
    store.batch([PutOp(ANN, str(n), None) for n in range(count)])
    assert store.search(ANN, query="memory 5999") == []


def test_one_refused_put_keeps_the_whole_batch_out(store: MemoryStore) -> None:
    with pytest.raises(MemoryStoreError, match="JSON"):
        store.batch([PutOp(ANN, "good", {"text": "a"}), PutOp(ANN, "bad", {"x": object()})])
    assert store.counts()["items"] == 0


@pytest.mark.parametrize(
    ("op", "words"),
    [
        (PutOp(ANN, "k", {"x": float("nan")}), "NaN"),
        (PutOp(ANN, "k", {"x": "\ud800"}), "lone surrogate"),
        (PutOp(ANN, "k", {"\ud800": 1}), "lone surrogate"),
        (PutOp(ANN, "k\ud800", {"x": 1}), "lone surrogate"),
        (PutOp((), "k", {"x": 1}), "one label or more"),
        (PutOp(ANN, "k", {"x": 1}, index="text"), "list of field names"),  # type: ignore[arg-type]
        (PutOp(ANN, "k", {"x": 1}, ttl=5.0), "ttl"),
        (SearchOp(ANN, limit=-1), "limit and offset"),
        (SearchOp(ANN, offset=-1), "limit and offset"),
        (SearchOp(ANN, filter={"x": {"$near": 1}}), "near"),
        ("put", "not str"),
    ],
)
def test_what_cannot_be_stored_or_asked_is_refused_in_a_sentence(store: MemoryStore, op: Any, words: str) -> None:
    with pytest.raises(MemoryStoreError, match=words):
        store.batch([op])


def test_an_error_never_quotes_what_was_to_be_stored(store: MemoryStore) -> None:
    for value in ({"text": "secret\ud800"}, {"text": {"secret"}}, {"text": "secret", "n": float("inf")}):
        with pytest.raises(MemoryStoreError) as raised:
            store.put(ANN, "k", value)
        assert "secret" not in str(raised.value)
        assert raised.value.__suppress_context__


def test_langgraphs_own_put_refuses_periods_and_its_batch_need_not(store: MemoryStore) -> None:
    with pytest.raises(InvalidNamespaceError):
        store.put(("a.b",), "k", {"text": "x"})
    store.batch([PutOp(("a.b", ""), "k", {"text": "dotted"}), PutOp(("a", "b"), "k", {"text": "split"})])
    assert keys(store.batch([SearchOp(("a.b",), query="dotted")])[0]) == ["k"]
    assert store.search(("a", "b"))[0].value == {"text": "split"}


def test_a_vector_searches_as_its_text_does(store: MemoryStore, embedder: HashEmbedder) -> None:
    store.batch([PutOp(ANN, str(n), {"text": f"memory {n}", "odd": n % 2}) for n in range(20)])
    long = [7.5 * value for value in embedder.vector("memory 3")]
    assert store.search_vector(ANN, long, limit=4) == store.search(ANN, query="memory 3", limit=4)
    assert keys(store.search_vector(ANN, long, limit=1, filter={"odd": 0})) != ["3"]
    assert store.search_vector(ANN, long, limit=0) == []


@pytest.mark.parametrize("vector", [[], [0.0] * 16, [float("nan")] * 16, [1.0] * 15, [[1.0] * 16]])
def test_a_vector_that_is_none_is_refused(store: MemoryStore, vector: Any) -> None:
    store.put(ANN, "k", {"text": "x"})
    with pytest.raises(MemoryStoreError, match=r"vector|numbers"):
        store.search_vector(ANN, vector, limit=1)


def test_the_asynchronous_interface_does_the_same(store: MemoryStore) -> None:
    async def go() -> list[str]:
        await asyncio.gather(*(store.aput(ANN, str(n), {"text": f"memory {n}"}) for n in range(10)))
        return keys(await store.asearch(ANN, query="memory 4", limit=1))

    assert asyncio.run(go()) == ["4"]


def test_threads_lose_nothing_of_each_other(store: MemoryStore) -> None:
    def work(worker: int) -> None:
        for number in range(20):
            place = ("people", f"{worker % 3}")
            store.put(place, f"{worker}-{number}", {"text": f"memory {worker} {number}"})
            assert keys(store.search(place, query=f"memory {worker} {number}", limit=1)) == [f"{worker}-{number}"]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert store.counts() == {"items": 160, "namespaces": 3, "vectors": 160, "pending": 0}


def test_the_identity_changes_with_every_write_and_with_nothing_else(folder: Path, tmp_path: Path) -> None:
    seen = []
    with MemoryStore(folder, HashEmbedder()) as store:
        for write in (
            lambda: store.put(ANN, "k", {"text": "a"}),
            lambda: store.put(ANN, "k", {"text": "a"}),
            lambda: store.delete(ANN, "k"),
            lambda: store.erase([ANN]),
        ):
            seen.append(store.identity)
            store.search(ANN, query="a")
            assert store.identity == seen[-1]
            write()
        last = store.identity
    with MemoryStore(folder, HashEmbedder()) as store:
        assert store.identity == last
    with MemoryStore(tmp_path / "other", HashEmbedder()) as store:
        seen.append(store.identity)
    assert len({*seen, last}) == 6


def test_an_export_holds_everything_under_the_prefix(store: MemoryStore) -> None:
    store.put(ANN, "a", {"text": "one"})
    store.put((*ANN, "deep"), "b", {"n": [1]}, index=["n"])
    store.put(BOB, "c", {"text": "his"})
    second, first = store.export(ANN)
    assert first.keys() == {"namespace", "key", "value", "fields", "created_at", "updated_at"}
    assert (first["namespace"], first["key"], first["value"]) == (["people", "ann"], "a", {"text": "one"})
    assert (second["key"], second["fields"]) == ("b", ["n"])
    assert len(store.export(())) == 3


def test_neither_chroma_nor_torch_is_loaded_before_a_vector_is_needed(folder: Path) -> None:
    script = """
import sys
from pathlib import Path
from affectgraph.backends.embedder import SentenceEmbedder
from affectgraph.tools.memory import MemoryStore
with MemoryStore(Path(sys.argv[1]), SentenceEmbedder) as store:
    store.put(("people", "ann"), "k", {"text": "x"}, index=False)
    store.get(("people", "ann"), "k"), store.search(("people",)), store.counts(), store.export(()), store.identity
    store.erase([("people",)])
print([name for name in ("chromadb", "torch", "transformers") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
