"""Whether a stored value meets a filter, in LangGraph's words: equality, and $eq $ne $gt $gte $lt $lte.

Numbers are compared with numbers and texts with texts (so dates in ISO form work); anything else, a missing field
included, is neither greater nor less. LangGraph's in-memory store raises a TypeError there: our choice.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from affectgraph.tools.memory.errors import MemoryStoreError

__all__ = ["check_filter", "matches"]

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}
_KNOWN = {"$eq", "$ne", *_ORDERS}


def check_filter(wanted: Mapping[str, Any] | None) -> None:
    """Refuse an operator that nobody knows before anything is read.

    Raises:
        MemoryStoreError: names it.
    """
    for value in (wanted or {}).values():
        if isinstance(value, dict):
            unknown = [name for name in value if name.startswith("$") and name not in _KNOWN]
            if unknown:
                raise MemoryStoreError(f"a filter knows {', '.join(sorted(_KNOWN))}, not {unknown[0]!r}")
            check_filter(value)


def matches(value: Mapping[str, Any], wanted: Mapping[str, Any] | None) -> bool:
    """Whether every field of `wanted` is met by `value`."""
    return all(_meets(value.get(field), one) for field, one in (wanted or {}).items())


def _meets(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict):
        if any(name.startswith("$") for name in wanted):
            return all(_compares(value, name, operand) for name, operand in wanted.items())
        return isinstance(value, dict) and matches(value, wanted)
    if isinstance(wanted, list | tuple):
        alike = isinstance(value, list) and len(value) == len(wanted)
        return alike and all(_meets(one, other) for one, other in zip(value, wanted, strict=True))
    return bool(value == wanted)


def _compares(value: Any, name: str, operand: Any) -> bool:
    if name == "$eq":
        return bool(value == operand)
    if name == "$ne":
        return bool(value != operand)
    numbers = isinstance(value, int | float) and isinstance(operand, int | float)
    texts = isinstance(value, str) and isinstance(operand, str)
    return (numbers or texts) and name in _ORDERS and _ORDERS[name](value, operand)
