"""What the files of this package share: head profiles and routers are kept as JSON (`affectgraph.tools.stored`)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from affectgraph.backends.errors import AffectgraphError
from affectgraph.tools import stored

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

    Raises:
        ChaseFileError: it is damaged or of another version; names file, place and way out.
    """
    return stored.load_stored(path, model, error=ChaseFileError, format=FORMAT, limit=_LIMIT, way_out=way_out)


def save_stored(kept: Stored, path: Path) -> None:
    """Write the file: whole or not at all, and for its owner alone (mode 0600).

    Raises:
        ChaseFileError: the place cannot be written.
    """
    stored.save_stored(kept, path, error=ChaseFileError, way_out="choose another place")
