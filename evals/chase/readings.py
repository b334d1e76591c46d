"""Kept attention readings: one `.npz` file each, without pickle, written whole or not at all.

A reading of a model with 28 layers of width 3,584 takes about 1.7 MB. Deleting the folder is safe: what is missing or
damaged is read again.
"""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np

from affectgraph.backends.errors import CheckpointError
from affectgraph.backends.steering import MODALITIES, AttentionReading, Modality

__all__ = ["Readings"]

_ARRAYS = ("budgets", "masses", "hidden", "answer")


class Readings:
    """The store in `folder`, made where it is missing."""

    def __init__(self, folder: Path) -> None:
        """Open the store.

        Raises:
            CheckpointError: the folder cannot be made.
        """
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise CheckpointError(f"cannot make {folder}: {error.strerror}; choose another data_dir") from None

    def get_or_make(self, name: str, make: Callable[[], AttentionReading]) -> AttentionReading:
        """The reading kept as `name`; where there is none, or it is damaged, it is made and kept.

        Raises:
            CheckpointError: it cannot be written.
        """
        path = self._folder / f"{name}.npz"
        known = _load(path)
        if known is None:
            known = make()
            self._save(path, known)
        return known

    def _save(self, path: Path, reading: AttentionReading) -> None:
        arrays: dict[str, Any] = {name: getattr(reading, name) for name in _ARRAYS}
        try:
            handle, partial = tempfile.mkstemp(dir=self._folder, prefix=".", suffix=".part")
            try:
                with os.fdopen(handle, "wb") as file:
                    np.savez(file, modalities=np.array(reading.modalities), tokens=np.array(reading.tokens), **arrays)
                os.replace(partial, path)
            finally:
                Path(partial).unlink(missing_ok=True)
        except OSError as error:
            raise CheckpointError(
                f"cannot write {path}: {error.strerror}; make room, or choose another data_dir"
            ) from None


def _load(path: Path) -> AttentionReading | None:
    try:
        # Opened here: numpy leaves the file open where the archive is damaged.
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            modalities = tuple(str(name) for name in file["modalities"])
            tokens = tuple(int(number) for number in file["tokens"])
            arrays = {name: np.asarray(file[name], dtype=np.float32) for name in _ARRAYS}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    shapes = {arrays["budgets"].shape[-1:], arrays["masses"].shape[-1:], (len(tokens),)}
    if not set(modalities) <= set(MODALITIES) or shapes != {(len(modalities),)}:
        return None
    return AttentionReading(cast("tuple[Modality, ...]", modalities), tokens, **arrays)
