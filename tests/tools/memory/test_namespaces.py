"""Namespaces as text: reversible, injective, and a prefix's range holds its own and nobody else's."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langgraph.store.base import ListNamespacesOp, MatchCondition
from langgraph.store.memory import InMemoryStore

from affectgraph.tools.memory import MemoryStoreError
from affectgraph.tools.memory.namespaces import checked, checked_key, decoded, encoded, listed, shelf_of, under

whole = st.characters(exclude_categories=("Cs",))
# Few letters, so that one name is often the beginning of another; and all that JSON or SQL might trip over.
labels = st.text(st.sampled_from('ab_.,-]["\\%*\x00\n\U0010ffff') | whole, max_size=6)
names = st.lists(labels, min_size=1, max_size=4).map(tuple)


@given(names)
def test_a_namespace_is_read_back_as_it_was_written(name: tuple[str, ...]) -> None:
    assert decoded(encoded(name)) == name


@given(names, names)
def test_two_namespaces_never_share_a_text(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert (encoded(one) == encoded(other)) == (one == other)


@given(names, st.lists(labels, max_size=4).map(tuple))
def test_a_text_lies_under_a_prefix_exactly_where_its_labels_do(name: tuple[str, ...], prefix: tuple[str, ...]) -> None:
    db = sqlite3.connect(":memory:")
    try:
        itself, low, high = under(prefix)
        (found,) = db.execute("select ?1 = ?2 or (?1 >= ?3 and ?1 < ?4)", (encoded(name), itself, low, high)).fetchone()
    finally:
        db.close()
    assert bool(found) == (name[: len(prefix)] == prefix)


@given(names)
def test_a_shelf_is_the_first_two_labels(name: tuple[str, ...]) -> None:
    assert decoded(shelf_of(name)) == name[:2]


def test_a_label_of_ten_thousand_characters_is_a_label() -> None:
    name = ("不" * 10_000, "x" * 10_000)
    assert decoded(encoded(checked(name))) == name


@pytest.mark.parametrize(
    ("wrong", "words"),
    [((), "one label or more"), ("people", "a tuple"), (("a", 1), "not int"), (("a", "\ud800"), "lone surrogate")],
)
def test_what_is_no_namespace_is_refused(wrong: object, words: str) -> None:
    with pytest.raises(MemoryStoreError, match=words):
        checked(wrong)


def test_an_empty_prefix_is_everything() -> None:
    assert checked((), prefix=True) == ()


@pytest.mark.parametrize(("wrong", "words"), [(3, "not int"), ("a\udfff", "lone surrogate")])
def test_what_is_no_key_is_refused(wrong: object, words: str) -> None:
    with pytest.raises(MemoryStoreError, match=words):
        checked_key(wrong)


def test_an_unknown_way_to_match_is_refused() -> None:
    condition = MatchCondition("infix", ("a",))  # type: ignore[arg-type]
    with pytest.raises(MemoryStoreError, match="infix"):
        listed([("a",)], ListNamespacesOp((condition,)))


plain = st.lists(st.sampled_from(["a", "b", "a_b", "ab"]), min_size=1, max_size=4).map(tuple)
paths = st.lists(st.sampled_from(["a", "b", "*"]), min_size=1, max_size=3).map(tuple)


@given(
    st.lists(plain, max_size=8),
    st.lists(st.builds(MatchCondition, st.sampled_from(["prefix", "suffix"]), paths), max_size=2).map(tuple),
    st.none() | st.integers(1, 4),
    st.integers(0, 5),
    st.integers(0, 5),
)
def test_namespaces_are_listed_as_langgraph_lists_them(
    there: list[tuple[str, ...]], conditions: tuple[MatchCondition, ...], depth: int | None, limit: int, offset: int
) -> None:
    op = ListNamespacesOp(conditions or None, depth, limit, offset)
    reference = InMemoryStore()
    for name in there:
        reference.put(name, "k", {"n": 1})
    assert listed(list(set(there)), op) == reference.batch([op])[0]
