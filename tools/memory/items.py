"""Between LangGraph's operations and the journal's rows: what is stored of a value, and which text is embedded."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from langgraph.store.base import Item, PutOp, SearchItem, get_text_at_path, tokenize_path

from affectgraph.tools.memory.errors import MemoryStoreError
from affectgraph.tools.memory.journal import Change, Row

__all__ = ["change_of", "exported", "item_of", "stored_text", "text_of"]

_Item = TypeVar("_Item", bound=Item)
_DEFAULT_FIELD = "text"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def text_of(op: PutOp) -> str:
    """What is embedded of a put: by default its field `text`, else the named fields, a line each; empty for nothing.

    Raises:
        MemoryStoreError: `index` is no list of field names.
    """
    if op.value is None:
        return ""
    return _text(op.value, op.index)


def stored_text(row: Row) -> str:
    """As `text_of`, of an item that is stored."""
    return _text(row.value, json.loads(row.fields) if row.fields else None)


def _text(value: Any, fields: Any) -> str:
    if fields is None:
        text = value.get(_DEFAULT_FIELD)
        return text if isinstance(text, str) and text.strip() else ""
    if fields is False:
        return ""
    if not isinstance(fields, list | tuple) or not all(isinstance(field, str) for field in fields):
        raise MemoryStoreError("`index` of a put is False, None, or a list of field names")
    found = [text for field in fields for text in get_text_at_path(value, tokenize_path(field))]
    return "\n".join(text for text in found if text.strip())


def change_of(op: PutOp) -> Change:
    """The put as the journal takes it, yet without its vector.

    Raises:
        MemoryStoreError: the value is no JSON object, or the put is to expire.
    """
    if op.value is None:
        return Change(tuple(op.namespace), op.key)
    if op.ttl is not None:
        raise MemoryStoreError("a memory does not expire by itself; put without ttl, and erase when it is time")
    fields = None if op.index is None else json.dumps(op.index)
    return Change(tuple(op.namespace), op.key, _json(op.value), fields)


def _json(value: Any) -> str:
    try:
        text = json.dumps(dict(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise MemoryStoreError("a value holds half a character (a lone surrogate); decode the text properly") from None
    except (TypeError, ValueError, RecursionError) as error:
        # The error's own words may quote the value.
        raise MemoryStoreError(
            f"a value has to be a dictionary of JSON primitives without NaN ({type(error).__name__}); convert it first"
        ) from None
    return text


def item_of(row: Row, kind: type[_Item], **more: Any) -> _Item:
    """The row as LangGraph's item."""
    return kind(
        namespace=row.namespace,
        key=row.key,
        value=row.value,
        created_at=_EPOCH + timedelta(microseconds=row.created),
        updated_at=_EPOCH + timedelta(microseconds=row.updated),
        **more,
    )


def exported(row: Row) -> dict[str, Any]:
    """All that is stored of an item but its vector, as JSON primitives."""
    item = item_of(row, SearchItem).dict()
    item.pop("score")
    return {**item, "fields": json.loads(row.fields) if row.fields else None}
