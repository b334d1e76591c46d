"""all-mpnet-base-v2 under an adapter of the project's (`encoder_tuned`): English.

The frozen encoder (Song et al. 2020, arXiv 2004.09297, tuned on sentence pairs; 12 layers, 768 wide) is one of the BERT
kind whose attention is told how far apart two words are (relative positions in the buckets of T5, Raffel et al. 2020,
arXiv 1910.10683).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends import weights
from affectgraph.backends.encoder_tuned import BEFORE, Added, Floats, Prefix, TunedEncoder, mean_of, whole, windows
from affectgraph.backends.errors import BackendError, MissingDependency

__all__ = ["MPNet", "TunedMPNet"]

_SIZES = {"hidden": 768, "layers": 12, "heads": 12, "inner": 3072, "positions": 512}
# Ids of <s> and </s>; texts lie with two of the latter between them.
_OPENED, _CLOSED = 0, 2
# The first two position vectors are of padding.
_PADDING = 2
_FURTHEST = 128
_EMBEDDINGS = {"emb.ln.w": "embeddings.LayerNorm.weight", "emb.ln.b": "embeddings.LayerNorm.bias"}
_PARTS = {
    "q": "attention.attn.q",
    "k": "attention.attn.k",
    "v": "attention.attn.v",
    "ao": "attention.attn.o",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "aln": "attention.LayerNorm",
    "oln": "output.LayerNorm",
}
_ENDS = {"w": "weight", "b": "bias"}


class TunedMPNet(TunedEncoder):
    """Reads English texts with the heads of an adapter file."""

    def __init__(self, adapter: Path) -> None:
        """As `TunedEncoder`."""
        super().__init__(adapter, weights.MPNET, MPNet.load)


@dataclass(frozen=True)
class MPNet:
    """The encoder's tensors and its WordPiece tokenizer; see `Bert`."""

    tensors: Mapping[str, Floats]
    tokenizer: Any
    sizes: Mapping[str, int]
    eps: float = 1e-5

    @classmethod
    def load(cls, path: Path) -> MPNet:
        """Read `model.safetensors` and the `tokenizer.json` beside it.

        Raises:
            MissingDependency: safetensors or tokenizers is not installed.
            BackendError: they are no such files.
        """
        try:
            from safetensors import SafetensorError
            from safetensors.torch import load_file
            from tokenizers import Tokenizer
        except ImportError as error:
            raise MissingDependency("the tuned reader needs torch: pip install 'affectgraph[transformers]'") from error
        try:
            # Mapped from the disk, not copied.
            tensors = {name: kept.float().numpy() for name, kept in load_file(path).items()}
        except (SafetensorError, ValueError) as error:
            raise BackendError(f"{path.name} is not a file of MPNet weights") from error
        tokenizer = Tokenizer.from_file(str(path.with_name("tokenizer.json")))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        # What a person types is never a mark between texts.
        tokenizer.encode_special_tokens = True
        return cls(tensors, tokenizer, _SIZES)

    def tensor(self, name: str) -> Floats:
        """A tensor in full, flat."""
        if name == "emb.pos":
            return self.tensors["embeddings.position_embeddings.weight"][_PADDING:].ravel()
        if name == "emb.type":
            return np.zeros(self.sizes["hidden"], dtype=np.float32)
        known = _EMBEDDINGS.get(name)
        if known is None:
            layer, part, end = name.split(".")
            known = f"encoder.layer.{layer[1:]}.{_PARTS[part]}.{_ENDS[end]}"
        return self.tensors[known].ravel()

    def apart(self, length: int) -> Floats:
        """[heads, length, length] what is added to the scores of attention of one token to another."""
        kept = self.tensors["encoder.relative_attention_bias.weight"]
        places = np.arange(length)
        return np.ascontiguousarray(kept[_buckets(places[None, :] - places[:, None], len(kept))].transpose(2, 0, 1))

    def rows(self, ids: Sequence[int]) -> Floats:
        """[n, hidden] the word vectors of tokens."""
        found: Floats = self.tensors["embeddings.word_embeddings.weight"][np.asarray(ids)]
        return found

    def windows(self, prefix: Prefix, text: str, before: Sequence[str] = ()) -> list[list[int]]:
        """`<s> [before </s></s>]... text </s>`, once for each window of a long text."""
        start = [_OPENED]
        for earlier in before:
            start += [*self._tokens(earlier)[-BEFORE:], _CLOSED, _CLOSED]
        return windows(start, self._tokens(text), _CLOSED)

    def under(self, added: Mapping[str, Added]) -> Callable[[Sequence[int]], Floats]:
        """Ids -> [hidden] the mean over their tokens, under a merged adapter."""
        return mean_of(self, added)

    def _tokens(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer.encode(whole(text.strip()), add_special_tokens=False).ids
        return ids


def _buckets(apart: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Half of the buckets for words after this one, half for those before it; far ones share, by the logarithm."""
    half = count // 2
    exact = half // 2
    far = np.abs(apart)
    shared = exact + np.log(np.maximum(far, 1) / exact) / math.log(_FURTHEST / exact) * (half - exact)
    near = np.where(far < exact, far, np.minimum(shared.astype(np.int64), half - 1))
    found: NDArray[np.int64] = near + half * (apart > 0)
    return found
