"""Filters: as LangGraph's own where both answer, and an answer where it raises."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langgraph.store.memory import InMemoryStore

from affectgraph.tools.memory import MemoryStoreError
from affectgraph.tools.memory.filters import check_filter, matches

leaves = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, "a", "b", ""])
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("xy"), inner))
numbers = st.integers(-3, 3) | st.sampled_from([0.5, -1.5])
operators = st.sampled_from(["$eq", "$ne", "$gt", "$gte", "$lt", "$lte"])


def langgraph_matches(value: dict[str, Any], wanted: dict[str, Any]) -> bool:
    store = InMemoryStore()
    store.put(("a",), "k", value)
    return bool(store.search(("a",), filter=wanted))


@given(st.dictionaries(st.sampled_from("fg"), values), st.dictionaries(st.sampled_from("fg"), values))
def test_equality_is_langgraphs(value: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert matches(value, wanted) == langgraph_matches(value, wanted)


@given(numbers, st.dictionaries(operators, numbers, min_size=1))
def test_operators_on_numbers_are_langgraphs(value: float, wanted: dict[str, float]) -> None:
    assert matches({"n": value}, {"n": wanted}) == langgraph_matches({"n": value}, {"n": wanted})


@pytest.mark.parametrize(
    ("value", "wanted", "met"),
    [
        ({"day": "2026-11-02"}, {"day": {"$gt": "2026-10-30"}}, True),
        ({"day": "2026-11-02"}, {"day": {"$lt": "2026-10-30"}}, False),
        ({}, {"day": {"$gt": "2026-10-30"}}, False),
        ({"n": None}, {"n": {"$lte": 1}}, False),
        ({"n": "3"}, {"n": {"$gt": 1}}, False),
        ({"n": [1]}, {"n": {"$gt": 1}}, False),
        ({}, {"n": {"$ne": 1}}, True),
        ({"who": {"name": "ann", "age": 3}}, {"who": {"age": {"$gte": 3}}}, True),
        ({}, None, True),
    ],
)
def test_texts_compare_with_texts_and_nothing_else_raises(value: Any, wanted: Any, met: bool) -> None:
    assert matches(value, wanted) is met


@pytest.mark.parametrize("wanted", [{"n": {"$near": 1}}, {"a": {"b": {"$in": [1]}}}])
def test_an_unknown_operator_is_refused_by_name(wanted: dict[str, Any]) -> None:
    with pytest.raises(MemoryStoreError, match=r"\$(near|in)"):
        check_filter(wanted)
