"""Namespaces as text: how a tuple of labels is written into the journal, and which texts lie under a prefix.

The text is the JSON array of the labels. A JSON string ends at its own quote, so two tuples never share a text, and
the texts under a prefix are exactly those that go on with a comma where the prefix's own array closes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from langgraph.store.base import ListNamespacesOp, MatchCondition

from affectgraph.tools.memory.errors import MemoryStoreError

__all__ = ["SHELF_DEPTH", "checked", "checked_key", "decoded", "encoded", "listed", "shelf_of", "under"]

# How many labels share one Chroma collection: a person's memories under ("people", name) are one shelf.
SHELF_DEPTH = 2


def encoded(namespace: Sequence[str]) -> str:
    """The labels as a JSON array."""
    return json.dumps(list(namespace), ensure_ascii=False, separators=(",", ":"))


def decoded(text: str) -> tuple[str, ...]:
    """The labels that `encoded` was given."""
    return tuple(json.loads(text))


def shelf_of(namespace: Sequence[str]) -> str:
    """The text of the shelf that holds `namespace`."""
    return encoded(namespace[:SHELF_DEPTH])


def under(prefix: Sequence[str]) -> tuple[str, str, str]:
    """`(itself, low, high)`: the texts under `prefix` are `itself` and those with low <= text < high, byte by byte."""
    itself = encoded(prefix)
    if not prefix:
        return itself, "[", "\\"  # "\" follows "[": every array
    return itself, itself[:-1] + ",", itself[:-1] + "-"  # "-" follows ","


def checked(namespace: Any, *, prefix: bool = False) -> tuple[str, ...]:
    """`namespace` as a tuple of texts that UTF-8 can hold.

    Raises:
        MemoryStoreError: no tuple or list, empty (unless it is a prefix), or a label is no text or holds half a
            character (a lone surrogate).
    """
    if not isinstance(namespace, tuple | list) or (not namespace and not prefix):
        raise MemoryStoreError("a namespace is a tuple of one label or more, as ('people', 'ann')")
    for label in namespace:
        if not isinstance(label, str):
            raise MemoryStoreError(f"a label of a namespace is a text, not {type(label).__name__}")
        _whole(label, "a label of a namespace")
    return tuple(namespace)


def checked_key(key: Any) -> str:
    """`key`, where it is a text that UTF-8 can hold.

    Raises:
        MemoryStoreError: it is not.
    """
    if not isinstance(key, str):
        raise MemoryStoreError(f"a key is a text, not {type(key).__name__}")
    _whole(key, "a key")
    return key


def _whole(text: str, what: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise MemoryStoreError(
            f"{what} holds half a character (a lone surrogate, at {error.start}); decode the text properly"
        ) from None


def listed(namespaces: Sequence[tuple[str, ...]], op: ListNamespacesOp) -> list[tuple[str, ...]]:
    """Those that meet the conditions of `op`, cut to its depth, in order, from its offset to its limit."""
    met = [name for name in namespaces if all(_meets(name, condition) for condition in op.match_conditions or ())]
    cut = sorted({name[: op.max_depth] for name in met})  # [:None] is the whole
    return cut[op.offset : op.offset + op.limit]


def _meets(namespace: tuple[str, ...], condition: MatchCondition) -> bool:
    path = tuple(condition.path)
    if len(path) > len(namespace):
        return False
    if condition.match_type not in ("prefix", "suffix"):
        raise MemoryStoreError(f"a namespace is matched by prefix or suffix, not {condition.match_type!r}")
    part = namespace[: len(path)] if condition.match_type == "prefix" else namespace[len(namespace) - len(path) :]
    return all(wanted in ("*", label) for wanted, label in zip(path, part, strict=True))
