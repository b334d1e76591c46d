"""Fixtures that all floors share. The network is blocked but for loopback (see pyproject.toml)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from affectgraph.backends.config import EmbeddedConfig
from affectgraph.backends.embedded import EmbeddedBackend

# Seconds; the limit of a test that says nothing (pyproject.toml).
_LONG = 300
EXAMPLES = Path(__file__).parent.parent / "examples"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What may take long starts first on each worker, so that none is left alone with it at the end.

    Workers begin with equal stretches of the list (`--dist worksteal`).
    """
    long = [item for item in items if _allowed_time(item) > _LONG]
    rest = [item for item in items if _allowed_time(item) <= _LONG]
    for number, item in reversed(list(enumerate(long))):
        rest.insert(number * len(rest) // len(long), item)
    items[:] = rest


def _allowed_time(item: pytest.Item) -> float:
    own = item.get_closest_marker("timeout")
    return float(own.args[0]) if own is not None and own.args else 0.0


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the settings or writes into the data folder of whoever runs it."""
    for name in list(os.environ):
        if name.startswith("AFFECTGRAPH_") and name != "AFFECTGRAPH_DATA":
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg-config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "xdg-data"))


@pytest.fixture(scope="session")
def embedded() -> Iterator[EmbeddedBackend]:
    """The real embedded model, started once. One thread: with more, llama.cpp stalls tenfold when a core is taken."""
    backend = EmbeddedBackend(label="embedded", config=EmbeddedConfig(threads=1))
    yield backend
    backend.close()


@pytest.fixture
def long_text() -> str:
    """The English example text, over 3,000 characters."""
    return (EXAMPLES / "long_text.txt").read_text(encoding="utf-8")
