"""Fitted things in files of their own: JSON with a format number, read with limits and written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from affectgraph.backends.errors import AffectgraphError

__all__ = ["load_stored", "save_stored"]

T = TypeVar("T", bound=BaseModel)


def load_stored(
    path: Path, model: type[T], *, error: type[AffectgraphError], format: int, limit: int, way_out: str
) -> T | None:
    """The file as `model`; None where there is no file.

    Args:
        path: of the file.
        model: what it holds; has a field `format`.
        error: what is raised.
        format: the one that this version reads.
        limit: largest file that is read, in bytes.
        way_out: how to get a good file, for messages.

    Raises:
        error: it is damaged or of another version; names file, place and way out.
    """
    try:
        with path.open("rb") as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise error(f"{path} is larger than {limit:,} bytes; check the path")
        values = json.loads(data)
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise error(f"cannot read {path}: {problem.strerror}; check the path") from None
    except (ValueError, RecursionError):
        raise error(f"{path} is damaged (no JSON); {way_out}") from None
    version = values.get("format") if isinstance(values, dict) else None
    if version != format:
        raise error(f"{path} has the format {version!r}, and this version reads {format}; {way_out}")
    try:
        return model.model_validate(values)
    except ValidationError as problem:
        first = problem.errors(include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise error(f"{path} is damaged: {place}: {first['msg']}; {way_out}") from None


def save_stored(stored: BaseModel, path: Path, *, error: type[AffectgraphError], way_out: str) -> None:
    """Write the file: whole or not at all, and for its owner alone (mode 0600).

    Args:
        stored: what is written.
        path: of the file; its folder is made.
        error: what is raised.
        way_out: where else it could be written, for the message.

    Raises:
        error: the place cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(stored.model_dump_json())
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, path)
        finally:
            Path(partial).unlink(missing_ok=True)
    except OSError as problem:
        raise error(f"cannot write {path}: {problem.strerror}; {way_out}") from None
