"""Where memory and a person's files lie, and how the memory is opened with the settings.

Nothing of Chroma or torch is imported before a memory is opened, and no embedder is loaded before it needs a vector.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from affectgraph.graphs.embedding import embedder_of
from affectgraph.graphs.settings import Settings
from affectgraph.tools.personas import PersonaStore

if TYPE_CHECKING:
    from affectgraph.tools.memory import MemoryStore

__all__ = ["memory_folder", "open_memory", "person_folder"]


def memory_folder(settings: Settings) -> Path:
    """The folder of the memory, whether or not there is one yet."""
    return settings.data_dir / "memory"


def open_memory(settings: Settings, *, rebuilding: bool = False) -> MemoryStore:
    """The memory of the settings, made when it is missing; a context manager.

    Args:
        settings: `data_dir` says where, `embedder` what makes the vectors.
        rebuilding: open it though its vectors are another embedder's or damaged, to rebuild, export or erase.

    Raises:
        AffectgraphError: it cannot be opened: in use, damaged, or made with another embedder.
    """
    from affectgraph.tools.memory import MemoryStore

    with suppress(OSError):  # then the store says why
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    return MemoryStore(memory_folder(settings), lambda: embedder_of(settings), rebuilding=rebuilding)


def person_folder(settings: Settings, name: str) -> Path:
    """Where the files of a person lie (uploads, exports, caches), whether or not there are any.

    Raises:
        PersonaError: `name` is no name of a persona, so it is no safe folder name.
    """
    return settings.data_dir / "people" / PersonaStore(settings.data_dir).path(name).stem
