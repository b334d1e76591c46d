"""all-MiniLM-L6-v2 under an adapter of the project's (`encoder_tuned`): English.

The frozen encoder (Wang et al. 2020, arXiv 2002.10957, tuned on sentence pairs; 6 layers, 384 wide) is the one that
finds memories. It is read with its words, whatever the prefix: it was trained without one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from affectgraph.backends import weights
from affectgraph.backends.encoder_tuned import BEFORE, LINEAR, NORMS, Floats, Prefix, TunedEncoder, windows
from affectgraph.backends.errors import BackendError, MissingDependency

__all__ = ["MiniLM", "TunedMiniLM"]

_TOKENIZER = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
_SIZES = {"hidden": 384, "layers": 6, "heads": 12, "inner": 1536, "positions": 512}
# Ids of [CLS] and [SEP].
_OPENED, _CLOSED = 101, 102
_EMBEDDINGS = {
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_PARTS = {**LINEAR, **NORMS}
_ENDS = {"w": "weight", "b": "bias"}


class TunedMiniLM(TunedEncoder):
    """Reads English texts with the heads of an adapter file."""

    def __init__(self, adapter: Path) -> None:
        """As `TunedEncoder`."""
        super().__init__(adapter, weights.MINILM, MiniLM.load)


@dataclass(frozen=True)
class MiniLM:
    """The encoder's tensors and its WordPiece tokenizer; see `Frozen`."""

    tensors: Mapping[str, Floats]
    tokenizer: Any
    sizes: Mapping[str, int]
    eps: float = 1e-12

    @classmethod
    def load(cls, path: Path) -> MiniLM:
        """Read `model.safetensors` and the `tokenizer.json` beside it.

        Raises:
            MissingDependency: safetensors or tokenizers is not installed.
            BackendError: they are no such files.
        """
        try:
            from safetensors import SafetensorError
            from safetensors.numpy import load_file
            from tokenizers import Tokenizer
        except ImportError as error:
            raise MissingDependency("the tuned reader needs torch: pip install 'affectgraph[transformers]'") from error
        try:
            tensors = {name: np.asarray(kept, dtype=np.float32) for name, kept in load_file(path).items()}
        except (SafetensorError, ValueError) as error:
            raise BackendError(f"{path.name} is not a file of MiniLM weights") from error
        beside = path.with_name("tokenizer.json")
        if not beside.is_file() or weights.sha256_of(beside) != _TOKENIZER:
            raise BackendError(f"the tokenizer beside {path.name} is not the pinned one")
        tokenizer = Tokenizer.from_file(str(beside))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        # What a person types is never a mark between texts.
        tokenizer.encode_special_tokens = True
        return cls(tensors, tokenizer, _SIZES)

    def tensor(self, name: str) -> Floats:
        """A tensor in full, flat."""
        known = _EMBEDDINGS.get(name)
        if known is None:
            layer, part, end = name.split(".")
            known = f"encoder.layer.{layer[1:]}.{_PARTS[part]}.{_ENDS[end]}"
        return self.tensors[known].ravel()

    def rows(self, ids: Sequence[int]) -> Floats:
        """[n, hidden] the word vectors of tokens."""
        found: Floats = self.tensors["embeddings.word_embeddings.weight"][np.asarray(ids)]
        return found

    def windows(self, prefix: Prefix, text: str, before: Sequence[str] = ()) -> list[list[int]]:
        """`[CLS] [before [SEP]]... text [SEP]`, once for each window of a long text."""
        start = [_OPENED]
        for earlier in before:
            start += [*self._tokens(earlier)[-BEFORE:], _CLOSED]
        return windows(start, self._tokens(text), _CLOSED)

    def _tokens(self, text: str) -> list[int]:
        clean = text.strip().encode("utf-8", "replace").decode("utf-8")
        ids: list[int] = self.tokenizer.encode(clean, add_special_tokens=False).ids
        return ids
