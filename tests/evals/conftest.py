"""A small set in the layout of GoEmotions, and running inspect_ai inside a test."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FEELINGS = {
    "joy": "What a wonderful day this is, I am so happy!",
    "sadness": "I miss her so much that I cry every night.",
    "anger": "How dare they lie to me like that, I am furious!",
    "fear": "I am terrified of what the doctor will say.",
    "neutral": "The train leaves at nine from platform two.",
}


def write_goemotions(folder: Path, count: int) -> Path:
    """`count` comments written here, in the layout of GoEmotions."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ["admiration", *FEELINGS, "surprise", "disgust"]
    (folder / "labels.txt").write_text("\n".join(names), encoding="utf-8")
    kinds = list(FEELINGS)
    lines = [
        f"{FEELINGS[kinds[index % len(kinds)]]} (number {index})\t{names.index(kinds[index % len(kinds)])}\tid{index}"
        for index in range(count)
    ]
    (folder / "dev.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@contextmanager
def quiet_inspect() -> Iterator[None]:
    """inspect_ai leaves a stream of anyio to the garbage collector, and its retries use an old argument: both warn."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The 'initial' parameter is deprecated", DeprecationWarning)
        warnings.filterwarnings("ignore", "Unclosed <MemoryObject", ResourceWarning)
        yield
        gc.collect()


@pytest.fixture
def goemotions(tmp_path: Path) -> Path:
    """Twelve comments in the layout of GoEmotions."""
    return write_goemotions(tmp_path / "goemotions", 12)


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    """Settings whose only backend is a script that always answers `joy`, and one that always answers `sadness`."""
    for label in ("joy", "sadness"):
        (tmp_path / f"{label}.jsonl").write_text(f'{{"{label}": 0.75, "neutral": 0.25}}\n', encoding="utf-8")
    roles = "".join(f'{role} = "joyful"\n' for role in ("perceive", "reason", "write", "judge"))
    path = tmp_path / "affectgraph.toml"
    path.write_text(
        f'data_dir = "data"\n[roles]\n{roles}'
        '[backends.joyful]\nkind = "scripted"\npath = "joy.jsonl"\ncycle = true\n'
        '[backends.sad]\nkind = "scripted"\npath = "sadness.jsonl"\ncycle = true\n',
        encoding="utf-8",
    )
    return path
