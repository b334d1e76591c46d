"""Cutting a set in two where it has no test split of its own: a part to choose on, and a part that is held out.

By a hash of the item's source, so that sources do not cross, a limited run sees the same cut, and nothing has to be
stored. Our choice: one source in five is for choosing.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Literal, get_args

from affectgraph.backends.errors import InputError
from affectgraph.evals.datasets.items import Dataset, Item

__all__ = ["Part", "part_of"]

Part = Literal["all", "tune", "held"]
_SALT = b"affectgraph/parts"


def part_of(dataset: Dataset, part: str) -> Dataset:
    """The named part of `dataset`; its split's name says so.

    Raises:
        InputError: there is no such part.
    """
    if part not in get_args(Part):
        raise InputError(f"there is no part {part!r}; there are: {', '.join(get_args(Part))}")
    if part == "all":
        return dataset
    items = tuple(item for item in dataset.items if _tunes(item) == (part == "tune"))
    return replace(dataset, split=f"{dataset.split}/{part}", items=items)


def _tunes(item: Item) -> bool:
    return hashlib.blake2b(item.group.encode(), key=_SALT, digest_size=2).digest()[0] % 5 == 0
