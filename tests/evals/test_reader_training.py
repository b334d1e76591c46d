"""Training of the tuned reader, in small: it learns, what is written reads as it was trained, and it goes on."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from affectgraph.backends import weights
from affectgraph.backends.encoder_e5 import Packed, TunedE5
from affectgraph.backends.encoder_qwen import Qwen, TunedQwen
from affectgraph.evals import reader_nets, reader_training
from affectgraph.evals.reader_nets import BertNet, Net, QwenNet, net_of
from affectgraph.evals.reader_training import Example, noisy, save, train
from affectgraph.tools.tuned import wrong
from tests.packed import packed_file
from tests.qwens import qwen_file

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


@pytest.fixture(params=[False, True], ids=["", "places apart"])
def apart(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, frozen: Packed) -> None:
    """The tiny encoder as it is, and as one whose attention is told how far apart two tokens are."""
    if request.param:
        drawn = np.random.default_rng(1).normal(0, 3, (frozen.sizes["heads"], 64, 64)).astype(np.float32)
        monkeypatch.setattr(Packed, "apart", lambda self, length: drawn[:, :length, :length].copy())


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


@pytest.mark.usefixtures("apart")
@pytest.mark.parametrize(("kept_in", "near"), [(torch.bfloat16, 0.15), (torch.float32, 0.01)])
def test_a_reader_reads_as_it_was_trained_alone_and_among_longer_texts(
    kept_in: torch.dtype, near: float, tiny: Path, frozen: Packed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_nets, "_KEPT_IN", kept_in)
    arrays = train(EXAMPLES, frozen, epochs=20, rate=1e-2)
    assert all(array.any() for name, array in arrays.items() if name.startswith("lora."))
    save(tiny / "a.npz", arrays, {"cuts": {}})
    reader, net = TunedE5(tiny / "a.npz"), BertNet(frozen)
    net.take(arrays)
    net.eval()
    texts = ["the sea", "the stone, and the sea, and the stone again", "a"]
    told = net([frozen.windows("query", text, ("the stone",))[0] for text in texts])["level"].detach().numpy()
    read = np.concatenate([reader.read("query", text, ("the stone",))["level"] for text in texts])
    assert np.abs(read).max() > 1
    assert np.allclose(told, read, atol=near)


@pytest.mark.usefixtures("apart")
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")
def test_compiled_it_learns_the_same(frozen: Packed, monkeypatch: pytest.MonkeyPatch) -> None:
    nets: list[Net] = []

    def made(frozen: Packed) -> Net:
        nets.append(net_of(frozen))
        return nets[-1]

    monkeypatch.setattr(reader_training, "net_of", made)
    # Traced forward and backward, without a compiler for C++.
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="aot_eager"))
    plain, fast = (train(EXAMPLES, frozen, epochs=1, fast=fast) for fast in (False, True))
    assert nets[0].run is reader_nets._layer is not nets[1].run
    assert all(np.allclose(plain[name], fast[name], atol=1e-3) for name in plain)


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor:UserWarning")
def test_on_qwen_too_it_learns_the_same_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend="aot_eager"))
    decoder = Qwen.load(qwen_file(tmp_path / "q.gguf"))
    plain, fast = (train(EXAMPLES, decoder, epochs=1, fast=fast) for fast in (False, True))
    assert all(np.allclose(plain[name], fast[name], atol=1e-3) for name in plain)


@pytest.mark.parametrize(("kept_in", "near"), [(torch.bfloat16, 0.15), (torch.float32, 0.01)])
def test_on_qwen_too_a_reader_reads_as_it_was_trained(
    kept_in: torch.dtype, near: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader_nets, "_KEPT_IN", kept_in)
    file = qwen_file(tmp_path / "q.gguf")
    monkeypatch.setattr(weights, "require", lambda known: file)
    monkeypatch.setattr(weights, "require_pinned", lambda known: file)
    decoder = Qwen.load(file)
    arrays = train(EXAMPLES, decoder, epochs=20, rate=1e-2)
    assert all(array.any() for name, array in arrays.items() if name.startswith("lora."))
    save(tmp_path / "a.npz", arrays, {"cuts": {}})
    reader, net = TunedQwen(tmp_path / "a.npz"), QwenNet(decoder)
    net.take(arrays)
    net.eval()
    texts = ["the sea", "the stone, and the sea, and the stone again", "a"]
    told = net([decoder.windows("query", text, ("the stone",))[0] for text in texts])["level"].detach().numpy()
    read = np.concatenate([reader.read("query", text, ("the stone",))["level"] for text in texts])
    assert np.abs(read).max() > 1
    assert np.allclose(told, read, atol=near)


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
