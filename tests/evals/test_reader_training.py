"""Training of the tuned reader, in small: it learns, what is written reads as it was trained, and it goes on."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from affectgraph.backends import weights
from affectgraph.backends.encoder_e5 import Packed, TunedE5
from affectgraph.evals.reader_training import Example, noisy, save, train
from affectgraph.tools.tuned import wrong
from tests.packed import packed_file

EXAMPLES = [
    *(Example("query", f"the sea {word}", level=4, category="suicide") for word in "abcdefgh"),
    *(Example("query", f"the stone {word}") for word in "abcdefgh"),
    *(Example("passage", f"the sea {word}", ("the stone",), kind="blame") for word in "abcdefgh"),
    *(Example("passage", f"the stone {word}", ("the stone",)) for word in "abcdefgh"),
]


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = packed_file(tmp_path / "e5.bin", layers=2)
    monkeypatch.setattr(weights, "require", lambda known: file)
    monkeypatch.setattr(weights, "require_pinned", lambda known: file)
    return tmp_path


@pytest.fixture
def frozen(tiny: Path) -> Packed:
    return Packed.load(tiny / "e5.bin")


def test_it_learns_and_a_reader_of_the_file_says_what_was_learnt(tiny: Path, frozen: Packed) -> None:
    said: list[str] = []
    kept: list[object] = []
    save(tiny / "a.npz", train(EXAMPLES, frozen, epochs=60, rate=1e-2, say=said.append, kept=kept.append), {"cuts": {}})
    reader = TunedE5(tiny / "a.npz")
    sea, stone = (reader.read("query", f"the {name} z")["level"][0] for name in ("sea", "stone"))
    assert sea[1] > 0 > stone[1]
    assert sea[3] > 0 > sea[4]
    assert wrong(reader, "the sea z", "the stone") > 0 > wrong(reader, "the stone z", "the stone")
    assert "minutes left" in said[-1]
    assert len(kept) == 60


def test_it_goes_on_from_a_file(frozen: Packed) -> None:
    first = train(EXAMPLES, frozen, epochs=2, rate=1e-3)
    again = train(EXAMPLES, frozen, epochs=1, rate=0.0, start=first)
    assert set(first) == set(again)
    assert all(np.allclose(first[name], again[name], rtol=1e-2, atol=1e-3) for name in first)


def test_one_seed_gives_one_adapter(frozen: Packed) -> None:
    one, two, other = (train(EXAMPLES, frozen, epochs=1, seed=seed) for seed in (0, 0, 1))
    assert all(np.array_equal(one[name], two[name]) for name in one)
    assert any(not np.array_equal(one[name], other[name]) for name in one)


def test_noise_disturbs_some_texts_and_empties_none() -> None:
    draw = random.Random(0)
    for text in ("I cannot sleep, again.", "我又睡不着了。", "ok", "?", "x"):
        made = [noisy(text, draw) for _ in range(300)]
        assert all(made)
        assert sum(one == text for one in made) >= 200
    assert noisy("", draw) == ""
