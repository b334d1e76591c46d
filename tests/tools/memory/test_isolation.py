"""No search returns what is not under its prefix, whatever the names and whatever was written before."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from langgraph.store.base import GetOp, ListNamespacesOp, PutOp, SearchOp

from affectgraph.tools.memory import MemoryStore
from tests.tools.memory.fakes import HashEmbedder

# One label is the beginning of another, holds what separates others, or nothing at all.
labels = st.sampled_from(["a", "b", "a_b", "ab", 'a","b', "a.b", "", "*", "%", "_", "\x00", "不", "a\\", "langgraph"])
names = st.lists(labels, min_size=1, max_size=4).map(tuple)
prefixes = st.lists(labels, max_size=4).map(tuple)
keys = st.sampled_from(["k", "K", "", "k\x00", "不"])
texts = st.sampled_from(["red", "green", "blue", ""])
Name = tuple[str, ...]


class Memories(RuleBasedStateMachine):
    """A store beside a dictionary; some rules close it, make its index anew, or erase."""

    @initialize()
    def begin(self) -> None:
        self.place = tempfile.TemporaryDirectory()
        self.embedder = HashEmbedder(4)
        self.store = MemoryStore(Path(self.place.name), self.embedder)
        self.model: dict[tuple[Name, str], dict[str, Any]] = {}

    @rule(puts=st.lists(st.tuples(names, keys, st.none() | texts, st.booleans()), min_size=1, max_size=6))
    def write(self, puts: list[tuple[Name, str, str | None, bool]]) -> None:
        self.store.batch(
            [
                PutOp(name, key, None if text is None else {"text": text, "odd": odd}, None if odd else ["text"])
                for name, key, text, odd in puts
            ]
        )
        for name, key, text, odd in puts:
            if text is None:
                self.model.pop((name, key), None)
            else:
                self.model[name, key] = {"text": text, "odd": odd}

    @rule(prefix=prefixes, query=st.sampled_from(["red", "blue"]), odd=st.none() | st.booleans())
    def search(self, prefix: Name, query: str, odd: bool | None) -> None:
        wanted = None if odd is None else {"odd": odd}
        (found,) = self.store.batch([SearchOp(prefix, wanted, 1000, 0, query)])
        expected = {
            place
            for place, value in self.model.items()
            if place[0][: len(prefix)] == prefix and value["text"] and odd in (None, value["odd"])
        }
        assert {(item.namespace, item.key) for item in found} == expected
        assert len(found) == len(expected)
        assert all(item.value == self.model[item.namespace, item.key] for item in found)
        scores = [item.score for item in found]
        assert scores == sorted(scores, reverse=True)
        assert all(-1.0 <= score <= 1.0 for score in scores)

    @rule(prefix=prefixes)
    def erase(self, prefix: Name) -> None:
        gone = [place for place in self.model if place[0][: len(prefix)] == prefix]
        assert self.store.erase([prefix]) == len(gone)
        for place in gone:
            del self.model[place]

    @rule()
    def rebuild(self) -> None:
        assert self.store.rebuild() == sum(bool(value["text"]) for value in self.model.values())

    @rule()
    def open_again(self) -> None:
        self.store.close()
        self.store = MemoryStore(Path(self.place.name), self.embedder)

    @invariant()
    def everything_is_there(self) -> None:
        if not hasattr(self, "store"):
            return
        places = list(self.model)
        items = self.store.batch([GetOp(name, key) for name, key in places])
        assert [item.value for item in items] == [self.model[place] for place in places]
        (listed,) = self.store.batch([ListNamespacesOp(limit=1000)])
        assert listed == sorted({name for name, _ in places})
        counts = self.store.counts()
        assert (counts["items"], counts["pending"]) == (len(places), 0)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.place.cleanup()


Memories.TestCase.settings = settings(max_examples=12, stateful_step_count=20, deadline=None)
TestMemories = Memories.TestCase


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=12), min_size=1, max_size=4).map(tuple))
def test_any_name_keeps_its_own(name: Name) -> None:
    others = [(*name, "x"), (*name[:-1], name[-1] + "x"), ("x", *name), ("".join(name),), (".".join(name), "")]
    with tempfile.TemporaryDirectory() as place, MemoryStore(Path(place), HashEmbedder(4)) as store:
        store.batch([PutOp(one, repr(one), {"text": "the same"}) for one in {name, *others}])
        (found,) = store.batch([SearchOp(name, query="the same", limit=100)])
        assert {item.key for item in found} == {repr(one) for one in {name, *others} if one[: len(name)] == name}


def test_what_chroma_proposes_from_elsewhere_is_dropped(store: MemoryStore, embedder: HashEmbedder) -> None:
    """Chroma's ids are proposals: the journal knows whose an item is."""
    store.put(("people", "ann"), "hers", {"text": "hers"})
    store.put(("people", "bob"), "his", {"text": "his"})
    store.put(("people", "bob"), "near", {"text": "near"})
    index = store._index
    honest = index.nearest
    everywhere = [collection for collection, _, _ in store._journal.shelves()]
    index.nearest = lambda shelves, vector, count: ["unknown", *honest(everywhere, vector, 9)]  # type: ignore[method-assign]
    assert [item.key for item in store.search(("people", "ann"), query="his", limit=9)] == ["hers"]
