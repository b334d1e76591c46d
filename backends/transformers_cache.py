"""Key/value caches of token prefixes: kept between requests, found again, stacked into a batch.

Knows tensors and token ids, nothing of text, requests or threads. Nothing here writes into a tensor that a `Prefix`
holds: a `GrowingLayer` writes only behind the tokens that it has handed out, so a view is as good as a copy.
Imports torch: load it only through `transformers.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor
from transformers.cache_utils import DynamicCache, DynamicLayer

__all__ = ["EMPTY", "GrowingLayer", "Prefix", "PrefixStore", "can_reuse", "shared_length", "stacked", "unstacked"]


# Tokens of room that a layer takes beyond what it holds: all are copied once in so many steps.
_SPARE = 64


@dataclass(frozen=True)
class Prefix:
    """The cache of one token sequence.

    Attributes:
        ids: n token ids.
        layers: keys and values of each layer, each of shape (1, heads, n, head size); no layers where n is 0.
    """

    ids: tuple[int, ...]
    layers: tuple[tuple[Tensor, Tensor], ...]

    def first(self, length: int) -> Prefix:
        """The cache of the first `length` tokens, sharing memory with this one."""
        if length == 0:
            return EMPTY
        return Prefix(self.ids[:length], tuple((k[..., :length, :], v[..., :length, :]) for k, v in self.layers))

    def owned(self) -> Prefix:
        """The same in memory of its own, so that keeping a row does not keep its whole batch."""
        return Prefix(self.ids, tuple((k.clone(), v.clone()) for k, v in self.layers))


EMPTY = Prefix((), ())


class GrowingLayer(DynamicLayer):
    """A layer that grows into spare room behind its tokens.

    transformers' own concatenates, which copies every token of every row at every step: at 1,200 tokens that was a
    quarter of a step of SmolLM2 for one row, and near half of it for three. Where its tensors were replaced from
    outside (cropped, reordered) it moves to new room.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self._rooms: tuple[Tensor, Tensor] | None = None
        self._filled: Tensor | None = None

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Add the keys and values of new tokens, and return all there are; both (b, heads, n, head size)."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        assert self.keys is not None
        assert self.values is not None
        held = self.get_seq_length()
        stop = held + key_states.shape[-2]
        if self._rooms is None or self.keys is not self._filled or stop > self._rooms[0].shape[-2]:
            length = stop + _SPARE
            self._rooms = _room(self.keys, key_states, held, length), _room(self.values, value_states, held, length)
        keys, values = self._rooms
        keys[..., held:stop, :] = key_states
        values[..., held:stop, :] = value_states
        self.keys = self._filled = keys[..., :stop, :]
        self.values = values[..., :stop, :]
        return self.keys, self.values


def _room(known: Tensor, like: Tensor, held: int, length: int) -> Tensor:
    batch, heads, _, size = like.shape
    room = like.new_empty((batch, heads, length, size))
    if held:
        room[..., :held, :] = known
    return room


class PrefixStore:
    """The last `capacity` prefixes, least recently used first. For one thread."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._entries: list[Prefix] = []

    def __len__(self) -> int:
        return len(self._entries)

    def longest(self, ids: Sequence[int]) -> Prefix:
        """The longest kept beginning of `ids`; `EMPTY` where there is none."""
        best, length = EMPTY, 0
        for entry in self._entries:
            if (shared := shared_length(entry.ids, ids)) > length:
                best, length = entry, shared
        if length:
            self._touch(best)
        return best.first(length)

    def put(self, prefix: Prefix) -> None:
        """Keep `prefix`; it replaces entries that it continues, and is not kept where a longer entry has it already."""
        for entry in self._entries:
            if shared_length(entry.ids, prefix.ids) == len(prefix.ids):
                return self._touch(entry)
        kept = [entry for entry in self._entries if prefix.ids[: len(entry.ids)] != entry.ids]
        self._entries = [*kept, prefix][max(0, len(kept) + 1 - self._capacity) :]
        return None

    def clear(self) -> None:
        """Forget everything."""
        self._entries = []

    def _touch(self, entry: Prefix) -> None:
        # By identity: comparing two prefixes would compare tensors.
        self._entries = [*(other for other in self._entries if other is not entry), entry]


def shared_length(a: Sequence[int], b: Sequence[int]) -> int:
    """How many first tokens two sequences have in common."""
    for index, (left, right) in enumerate(zip(a, b, strict=False)):
        if left != right:
            return index
    return min(len(a), len(b))


def can_reuse(model: Any) -> bool:
    """Whether this model's cache can be cropped and stacked: plain attention in all layers.

    Sliding windows drop old tokens and recurrent states cannot go back.
    """
    if model.config.is_encoder_decoder or not model._supports_default_dynamic_cache():
        return False
    layers = DynamicCache(config=model.config).layers
    return all(type(layer) is DynamicLayer for layer in layers)


def stacked(prefixes: Sequence[Prefix], config: Any) -> DynamicCache:
    """One cache for a batch of prefixes, padded on the left with zeros to the longest; the caller masks the padding.

    Args:
        prefixes: b prefixes of lengths up to n.
        config: the model's configuration.

    Returns:
        A cache whose layers hold tensors of shape (b, heads, n, head size), in memory of its own.
    """
    width = max(len(prefix.ids) for prefix in prefixes)
    cache = DynamicCache(config=config)
    cache.layers = [GrowingLayer() for _ in cache.layers]
    if width == 0:
        return cache
    filled = next(prefix for prefix in prefixes if prefix.ids)
    for index, (keys, values) in enumerate(filled.layers):
        cache.update(_padded(keys, prefixes, index, 0, width), _padded(values, prefixes, index, 1, width), index)
    return cache


def _padded(like: Tensor, prefixes: Sequence[Prefix], layer: int, part: int, width: int) -> Tensor:
    _, heads, _, size = like.shape
    batch = like.new_zeros((len(prefixes), heads, width, size))
    for row, prefix in enumerate(prefixes):
        if prefix.ids:
            batch[row, :, width - len(prefix.ids) :] = prefix.layers[layer][part][0]
    return batch


def unstacked(cache: DynamicCache, row: int, start: int, ids: Sequence[int]) -> Prefix:
    """The cache of one row's tokens `ids`, which begin at position `start` of the batch; shares memory with it."""
    stop = start + len(ids)
    pairs = []
    for layer in cache.layers:
        if not isinstance(layer, DynamicLayer) or layer.keys is None or layer.values is None:
            return EMPTY
        keys, values = layer.keys, layer.values
        pairs.append((keys[row : row + 1, :, start:stop], values[row : row + 1, :, start:stop]))
    return Prefix(tuple(ids), tuple(pairs))
