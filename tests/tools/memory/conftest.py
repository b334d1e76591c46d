from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from affectgraph.tools.memory import MemoryStore
from tests.tools.memory.fakes import HashEmbedder


@pytest.fixture
def embedder() -> HashEmbedder:
    return HashEmbedder()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "memory"


@pytest.fixture
def store(folder: Path, embedder: HashEmbedder) -> Iterator[MemoryStore]:
    with MemoryStore(folder, embedder) as opened:
        yield opened
