"""The tuned encoder: the packed file is read as it is written, adapters are merged, and no text breaks it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.backends import weights
from affectgraph.backends.encoder_e5 import Packed, TunedE5
from affectgraph.backends.encoder_tuned import BEFORE, LONGEST, bert
from affectgraph.backends.errors import BackendError, MissingDependency
from tests.packed import HIDDEN, INNER, packed_file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return packed_file(tmp_path / "e5.bin")


def adapter(path: Path, *, added: float = 0.0) -> Path:
    draw = np.random.default_rng(1)
    arrays = {
        "head.level.w": draw.normal(size=(6, HIDDEN)),
        "head.level.b": np.zeros(6),
        "lora.0.fi.A": draw.normal(size=(2, HIDDEN)),
        "lora.0.fi.B": added * draw.normal(size=(INNER, 2)),
    }
    np.savez(path, about=np.array("{}"), **{name: array.astype(np.float16) for name, array in arrays.items()})
    return path


@pytest.fixture
def reader(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TunedE5:
    monkeypatch.setattr(weights, "require", lambda known: file)
    monkeypatch.setattr(weights, "require_pinned", lambda known: file)
    return TunedE5(adapter(tmp_path / "adapter.npz"))


def test_the_file_gives_its_sizes_tokens_and_numbers(file: Path) -> None:
    packed = Packed.load(file)
    assert packed.sizes == {"hidden": HIDDEN, "layers": 1, "heads": 4, "inner": INNER, "positions": 300}
    assert packed.tokens("the sea") == packed.tokens("the  sea") == packed.tokens("ｔｈｅ sea")
    assert len(packed.tokens("the sea")) == 2
    assert packed.special[2] in packed.tokens("the ☃")
    kept = packed.tensors["l0.q.w"]
    first = int(kept["pair"][0, 0])
    numbers = packed.tensor("l0.q.w")
    assert numbers[0] == pytest.approx((first & 15) * 0.04 - 8 * 0.04, abs=1e-3)
    assert numbers[16] == pytest.approx((first >> 4) * 0.04 - 8 * 0.04, abs=1e-3)
    assert np.array_equal(packed.rows([5, 9])[1], packed.tensor("emb.word").reshape(-1, HIDDEN)[9])


def test_another_file_is_refused(tmp_path: Path, file: Path) -> None:
    (tmp_path / "other").write_bytes(b"GGUF" + b"\0" * 500)
    (tmp_path / "short").write_bytes(file.read_bytes()[:200])
    for name in ("other", "short"):
        with pytest.raises(BackendError, match="no"):
            Packed.load(tmp_path / name)


def test_an_adapter_is_added_to_its_linear_part_and_to_no_other(file: Path) -> None:
    packed = Packed.load(file)
    draw = np.random.default_rng(0)
    up, down = (draw.normal(size=shape).astype(np.float32) for shape in ((INNER, 2), (2, HIDDEN)))
    plain, merged = bert(packed, {}).state_dict(), bert(packed, {"0.fi": (up, down)}).state_dict()
    changed = [name for name in plain if not np.array_equal(plain[name].numpy(), merged[name].numpy())]
    assert changed == ["encoder.layer.0.intermediate.dense.weight"]
    assert np.allclose((merged[changed[0]] - plain[changed[0]]).numpy(), up @ down, atol=1e-6)


def test_a_reading_changes_with_the_adapter(reader: TunedE5, tmp_path: Path) -> None:
    other = TunedE5(adapter(tmp_path / "other.npz", added=1.0))
    assert not np.allclose(reader.read("query", "the sea")["level"], other.read("query", "the sea")["level"])
    assert reader.identity != other.identity


def test_adapters_share_the_encoder_of_a_file(reader: TunedE5, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[Path] = []

    def load(path: Path) -> Packed:
        loaded.append(path)
        return Packed.load(path)

    other = TunedE5(adapter(tmp_path / "other.npz", added=1.0))
    for one in (reader, other):
        monkeypatch.setattr(one, "_load", load)
        one.read("query", "the sea")
    assert len(loaded) == 1


def test_a_reading_depends_on_its_text_and_what_was_said_before(reader: TunedE5) -> None:
    alone = reader.read("query", "the sea")["level"]
    reader.read("query", "a stone, and much more that was read in between")
    assert np.array_equal(alone, reader.read("query", "the sea")["level"])
    assert not np.array_equal(alone, reader.read("query", "the sea", ("a stone",))["level"])
    assert not np.array_equal(alone, reader.read("passage", "the sea")["level"])
    ends = [reader.read("query", "the sea", (start + "stone " * BEFORE,))["level"] for start in ("", "long ago ")]
    assert np.array_equal(*ends)  # of what was said before, the end is read


def test_a_long_text_is_read_to_its_end_in_windows(file: Path) -> None:
    packed = Packed.load(file)
    text = "the sea stone " * LONGEST
    ids = packed.tokens(text.strip())
    windows = packed.windows("query", text, ("the stone",))
    start = len(packed.windows("query", "", ("the stone",))[0]) - 1
    assert all(len(own) <= start + LONGEST + 1 for own in windows)
    assert [token for own in windows[:1] for token in own[start:-1]] == ids[:LONGEST]
    assert windows[-1][start:-1] == ids[-len(windows[-1][start:-1]) :]
    assert len(packed.windows("query", " ".join(["the sea"] * (LONGEST // 2)))) == 1


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Packed:
    return Packed.load(packed_file(tmp_path_factory.mktemp("packed") / "e5.bin"))


@settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=300))
def test_no_text_breaks_the_tokens(packed: Packed, text: str) -> None:
    assert all(len(own) >= 3 for own in packed.windows("query", text, (text,)))


@pytest.mark.parametrize("text", ["", "\ud83d", "\0\0", "\u200b" * 5000, "x" * 20_000])
def test_odd_texts_are_read(reader: TunedE5, text: str) -> None:
    assert np.isfinite(reader.read("query", text)["level"]).all()


def test_without_the_weights_it_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(weights, "find", lambda known: None)
    with pytest.raises(MissingDependency, match="weights fetch"):
        TunedE5(tmp_path / "adapter.npz")


@pytest.mark.skipif(weights.find(weights.E5) is None, reason="the weights of E5 are not for this machine")
def test_of_the_real_weights_one_meaning_in_two_languages_is_nearer_than_another() -> None:
    packed = Packed.load(weights.require_pinned(weights.E5))
    vector = packed.under({})
    means = []
    for text in ("I do not want to live any more.", "我不想再活下去了。", "The bus leaves at nine."):
        (ids,) = packed.windows("query", text)
        mean = vector(ids)
        means.append(mean / np.linalg.norm(mean))
    assert means[0] @ means[1] > means[0] @ means[2] + 0.05
