"""Qwen2.5-Coder-0.5B-Instruct under an adapter of the project's (`encoder_tuned`): Chinese.

The frozen decoder (Hui et al. 2024, arXiv 2409.12186; 896 wide, 4-bit weights in a GGUF file) is read to the twelfth of
its 24 layers. In it a token hears itself and those before it: a text is told by the mean over its tokens and the last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends import weights
from affectgraph.backends.encoder_tuned import (
    BEFORE,
    Added,
    Floats,
    Prefix,
    TunedEncoder,
    merged,
    torch_for_readers,
    whole,
    windows,
)
from affectgraph.backends.errors import BackendError, MissingDependency

__all__ = ["PARTS", "Qwen", "TunedQwen"]

PARTS = {
    "q": ("self_attn.q_proj", "attn_q"),
    "k": ("self_attn.k_proj", "attn_k"),
    "v": ("self_attn.v_proj", "attn_v"),
    "ao": ("self_attn.o_proj", "attn_output"),
    "g": ("mlp.gate_proj", "ffn_gate"),
    "u": ("mlp.up_proj", "ffn_up"),
    "d": ("mlp.down_proj", "ffn_down"),
}
"""The linear parts of a layer: short name -> name in `Qwen2Model`, and in the file."""
_NORMS = {"input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}
# Layers that are read: half of them take half of the time (our choice).
_LAYERS = 12
_SIZES = {
    "hidden": "embedding_length",
    "layers": "block_count",
    "heads": "attention.head_count",
    "shared": "attention.head_count_kv",
    "inner": "feed_forward_length",
}
# How Qwen2 parts a text before it is encoded (`tokenizer.json` of the model).
_PIECES = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


class TunedQwen(TunedEncoder):
    """Reads Chinese texts with the heads of an adapter file."""

    def __init__(self, adapter: Path) -> None:
        """As `TunedEncoder`."""
        super().__init__(adapter, weights.QWEN, Qwen.load)


@dataclass(frozen=True)
class Qwen:
    """The first layers of the decoder, and its tokenizer; see `Frozen`.

    Attributes:
        tensors: name -> a tensor of `gguf`, mapped from the disk.
        tokenizer: of `tokenizers`.
        closed: the id of `<|im_end|>`.
        sizes: `hidden`, `layers` that are read, `heads`, `shared` (heads of keys and values), `inner`.
        eps: of the norms.
        rotated: the base of the rotary positions.
    """

    tensors: Mapping[str, Any]
    tokenizer: Any
    closed: int
    sizes: Mapping[str, int]
    eps: float
    rotated: float

    @classmethod
    def load(cls, path: Path) -> Qwen:
        """Read the file; its tensors stay on the disk.

        Raises:
            MissingDependency: gguf or tokenizers is not installed.
            BackendError: it is no such file.
        """
        try:
            import gguf  # noqa: F401
            import tokenizers  # noqa: F401
        except ImportError as error:
            raise MissingDependency("the tuned reader needs gguf: pip install 'affectgraph[transformers]'") from error
        try:
            read = _opened(path)
            told = {name: field.contents for name, field in read.fields.items()}
            sizes = {name: int(told[f"qwen2.{known}"]()) for name, known in _SIZES.items()}
            return cls(
                {tensor.name: tensor for tensor in read.tensors},
                _tokenizer(told["tokenizer.ggml.tokens"](), told["tokenizer.ggml.merges"]()),
                told["tokenizer.ggml.eos_token_id"](),
                sizes | {"layers": min(sizes["layers"], _LAYERS)},
                told["qwen2.attention.layer_norm_rms_epsilon"](),
                told["qwen2.rope.freq_base"](),
            )
        except (ValueError, TypeError, LookupError, OverflowError) as error:
            raise BackendError(f"{path.name} is not a file of Qwen weights") from error

    def linear(self, layer: int, part: str) -> tuple[Floats, Floats | None]:
        """Weight and bias of a linear part of a layer; the attention alone has biases."""
        name = f"blk.{layer}.{PARTS[part][1]}"
        return self._tensor(f"{name}.weight"), self._tensor(f"{name}.bias") if part in "qkv" else None

    def norms(self, layer: int) -> tuple[Floats, Floats]:
        """Weights of the norms of a layer: before the attention, and after it."""
        first, second = (self._tensor(f"blk.{layer}.{kept}.weight") for kept in _NORMS.values())
        return first, second

    def rows(self, ids: Sequence[int]) -> Floats:
        """[n, hidden] the word vectors of tokens."""
        kept = self.tensors["token_embd.weight"]
        return _dense(kept.data[np.asarray(ids)], kept.tensor_type)

    def windows(self, prefix: Prefix, text: str, before: Sequence[str] = ()) -> list[list[int]]:
        """`[before <|im_end|>]... text <|im_end|>`, once for each window of a long text."""
        start: list[int] = []
        for earlier in before:
            start += [*self._tokens(earlier)[-BEFORE:], self.closed]
        return windows(start, self._tokens(text), self.closed)

    def under(self, added: Mapping[str, Added]) -> Callable[[Sequence[int]], Floats]:
        """Ids -> [2 hidden] the mean over the tokens and the last of them, under a merged adapter."""
        torch = torch_for_readers()
        model = self._model(added)

        def vector(ids: Sequence[int]) -> Floats:
            with torch.inference_mode():
                hidden = model(inputs_embeds=torch.from_numpy(self.rows(ids))[None]).last_hidden_state[0]
            return np.concatenate([hidden.mean(0).numpy(), hidden[-1].numpy()])

        return vector

    def _model(self, added: Mapping[str, Added]) -> Any:
        import torch
        from transformers import Qwen2Config, Qwen2Model
        from transformers.models.qwen2.modeling_qwen2 import Qwen2RotaryEmbedding

        sizes = self.sizes
        config = Qwen2Config(
            vocab_size=1,
            hidden_size=sizes["hidden"],
            intermediate_size=sizes["inner"],
            num_hidden_layers=sizes["layers"],
            num_attention_heads=sizes["heads"],
            num_key_value_heads=sizes["shared"],
            rms_norm_eps=self.eps,
            rope_parameters={"rope_type": "default", "rope_theta": self.rotated},
            use_cache=False,
        )
        state: dict[str, Floats] = {"embed_tokens.weight": np.zeros((1, sizes["hidden"]), dtype=np.float32)}
        for layer in range(sizes["layers"]):
            for part, (name, _) in PARTS.items():
                weight, bias = self.linear(layer, part)
                state[f"layers.{layer}.{name}.weight"] = merged(weight, added.get(f"{layer}.{part}"))
                if bias is not None:
                    state[f"layers.{layer}.{name}.bias"] = bias
            for name, weight in zip(_NORMS, self.norms(layer), strict=True):
                state[f"layers.{layer}.{name}.weight"] = weight
        with torch.device("meta"):
            model: Any = Qwen2Model(config)
        # The last norm follows the last layer, which is not read.
        model.norm = torch.nn.Identity()
        model.load_state_dict({name: torch.from_numpy(array) for name, array in state.items()}, assign=True)
        model.rotary_emb = Qwen2RotaryEmbedding(config)
        return model.eval()

    def _tensor(self, name: str) -> Floats:
        """A tensor of the file, in full."""
        kept = self.tensors[name]
        return _dense(kept.data, kept.tensor_type)

    def _tokens(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer.encode(whole(text.strip()), add_special_tokens=False).ids
        return ids


def _opened(path: Path) -> Any:
    """The file as `gguf` reads it, but for its memmap: of that each view takes three times as long as of an array, and
    the vocabulary is read in a million of them."""
    from gguf import GGUFReader

    class Plain(GGUFReader):
        @property
        def data(self) -> Any:
            return self._mapped

        @data.setter
        def data(self, mapped: NDArray[np.uint8]) -> None:
            self._mapped = mapped.view(np.ndarray)

    return Plain(path)


def _dense(data: NDArray[Any], kind: Any) -> Floats:
    """Numbers as they are kept -> as numbers that torch may take over."""
    from gguf import dequantize

    found: Floats = np.require(dequantize(data, kind), dtype=np.float32, requirements="W")
    return found


def _tokenizer(tokens: Sequence[str], merges: Sequence[str]) -> Any:
    """Byte-level BPE that knows no marks: what a person types is never one.

    Raises:
        ValueError: the merges are of another vocabulary.
    """
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

    vocabulary = {token: place for place, token in enumerate(tokens)}
    pairs = [(first, second) for first, _, second in (merge.partition(" ") for merge in merges)]
    if not all({first, second, first + second} <= vocabulary.keys() for first, second in pairs):
        raise ValueError("merges of another vocabulary")
    # Without a cache: no text outlives its turn.
    tokenizer = Tokenizer(models.BPE(vocabulary, pairs, cache_capacity=0))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PIECES), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    return tokenizer
