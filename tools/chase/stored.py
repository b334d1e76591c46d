"""Files of this package: JSON with a format number, read with limits and written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from affectgraph.backends.errors import AffectgraphError

__all__ = ["FORMAT", "ChaseFileError", "Stored", "load_stored", "save_stored"]

FORMAT: Literal[1] = 1
# A router of 32 layers over a decoder of 8,192 dimensions takes about 30 MB.
_LIMIT = 200_000_000


class ChaseFileError(AffectgraphError):
    """A file of head profiles or routers is damaged, of another version, for another model, or cannot be written."""

    exit_code = 2


class Stored(BaseModel):
    """A part of such a file: frozen, and without fields that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")


T = TypeVar("T", bound=Stored)


def load_stored(path: Path, model: type[T], way_out: str) -> T | None:
    """The file as `model`; None where there is no file.

    Args:
        path: of the file.
        model: what it holds; has a field `format`.
        way_out: how to get a good file, for messages.

    Raises:
        ChaseFileError: it is damaged or of another version; names file, place and way out.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LIMIT + 1)
        if len(data) > _LIMIT:
            raise ChaseFileError(f"{path} is larger than {_LIMIT:,} bytes; check the path")
        values = json.loads(data)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ChaseFileError(f"cannot read {path}: {error.strerror}; check the path") from None
    except (ValueError, RecursionError):
        raise ChaseFileError(f"{path} is damaged (no JSON); {way_out}") from None
    version = values.get("format") if isinstance(values, dict) else None
    if version != FORMAT:
        raise ChaseFileError(f"{path} has the format {version!r}, and this version reads {FORMAT}; {way_out}")
    try:
        return model.model_validate(values)
    except ValidationError as error:
        problem = error.errors(include_input=False)[0]
        place = ".".join(map(str, problem["loc"])) or "the file"
        raise ChaseFileError(f"{path} is damaged: {place}: {problem['msg']}; {way_out}") from None


def save_stored(stored: Stored, path: Path) -> None:
    """Write the file: whole or not at all, and for its owner alone (mode 0600).

    Raises:
        ChaseFileError: the place cannot be written.
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
    except OSError as error:
        raise ChaseFileError(f"cannot write {path}: {error.strerror}; choose another place") from None
