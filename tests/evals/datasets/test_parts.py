"""Cutting a set in two by source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectgraph.backends.errors import InputError
from affectgraph.evals.datasets import Dataset, Item
from affectgraph.evals.datasets.parts import part_of


def made(groups: list[str]) -> Dataset:
    items = tuple(Item(f"i{index}", group, {}, "joy") for index, group in enumerate(groups))
    return Dataset("letters", "dev", "0", items)


@given(st.lists(st.text(max_size=4), max_size=30))
def test_the_parts_are_the_whole_and_no_source_is_in_both(groups: list[str]) -> None:
    whole = made(groups)
    tune, held = part_of(whole, "tune"), part_of(whole, "held")
    assert sorted(item.id for item in (*tune.items, *held.items)) == sorted(item.id for item in whole.items)
    assert not {item.group for item in tune.items} & {item.group for item in held.items}
    assert part_of(whole, "all") == whole


def test_about_one_source_in_five_is_for_choosing() -> None:
    tune = part_of(made([f"source-{index}" for index in range(2000)]), "tune")
    assert 300 < len(tune.items) < 500


def test_the_split_is_named_for_its_part() -> None:
    assert part_of(made(["a"]), "held").split == "dev/held"


def test_an_unknown_part_is_refused() -> None:
    with pytest.raises(InputError, match="no part 'test'; there are: all, tune, held"):
        part_of(made(["a"]), "test")
