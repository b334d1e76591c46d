"""The attention function that transformers calls instead of its own, and the hook that tells it which pass it is in.

Both do nothing unless a `steered` block is open in this context. The function is known to transformers under one name
for each attention that it stands in for, with that one's mask function: without it padding would be ignored.
Imports torch: load it only through `transformers_steering.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import eager_mask, sdpa_mask

from affectgraph.backends.errors import InputError
from affectgraph.backends.transformers_decoder import Decoder, eager_of
from affectgraph.backends.transformers_reading import Watch
from affectgraph.backends.transformers_reweight import reweighted, span_masses
from affectgraph.backends.transformers_session import Pass, Session, Table

__all__ = ["ACTIVE", "NAMES", "PASS", "Block", "before_pass", "opened", "reading_hooks", "register"]

# What stands in for which attention.
NAMES = {"sdpa": "affectgraph_sdpa", "eager": "affectgraph_eager"}


class Block:
    """One open `steered` block.

    Attributes:
        layer_of: number of the layer that each attention module belongs to. The module itself is the key: towers share
            the attention function, and their layers have the same numbers.
    """

    def __init__(self, session: Session, decoder: Decoder, *, read: bool) -> None:
        self.session = session
        self.read = read
        self.watch = Watch(session, len(decoder.layers), read=read)
        self.layer_of = {attention: layer for layer, attention in enumerate(decoder.attentions)}


# Decoders and their attention modules, each with the block that is open for it in this context.
ACTIVE: ContextVar[Mapping[Any, Block]] = ContextVar("affectgraph_steering", default=MappingProxyType({}))
# The forward pass under way in this context: set by `before_pass`, read by the layers.
PASS: ContextVar[Pass | None] = ContextVar("affectgraph_steering_pass", default=None)


def register() -> None:
    """Make the functions known to transformers; may be called again."""
    AttentionInterface.register(NAMES["sdpa"], _sdpa)
    AttentionInterface.register(NAMES["eager"], _eager)
    AttentionMaskInterface.register(NAMES["sdpa"], sdpa_mask)
    AttentionMaskInterface.register(NAMES["eager"], eager_mask)


def opened(block: Block, decoder: Decoder) -> Mapping[Any, Block]:
    """What is active with one more block; it takes the place of another one for the same decoder."""
    return {**ACTIVE.get(), decoder.module: block, **dict.fromkeys(decoder.attentions, block)}


def before_pass(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Forward pre-hook of a decoder: work out which rows of this pass are steered or read.

    Raises:
        InputError: the pass does not fit the rows of the block.
    """
    block = ACTIVE.get().get(module)
    if block is not None:
        PASS.set(_pass(block, args, kwargs))


def reading_hooks(block: Block, decoder: Decoder) -> list[Any]:
    """Hooks that collect hidden states for the block, to be removed with it; none where it does not read."""
    if not block.read:
        return []

    def enters(layer: int) -> Any:
        def hook(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            taken(layer, args[0] if args else kwargs["hidden_states"])

        return hook

    def leaves(module: Any, args: Any, output: Any) -> None:
        taken(len(decoder.layers), output[0] if isinstance(output, tuple) else output.last_hidden_state)

    def taken(layer: int, hidden: Tensor) -> None:
        # The hooks see the passes of all threads: only this block's own count.
        passing = PASS.get()
        if ACTIVE.get().get(decoder.module) is block and passing is not None and passing.reading:
            block.watch.passed(layer, hidden, passing)

    hooks = [part.register_forward_pre_hook(enters(n), with_kwargs=True) for n, part in enumerate(decoder.layers)]
    return [*hooks, decoder.module.register_forward_hook(leaves)]


def _sdpa(module: Any, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, **options: Any) -> Any:
    plain = sdpa_attention_forward(module, query, key, value, mask, **options)
    return _steered(module, query, key, value, mask, options, plain)


def _eager(module: Any, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, **options: Any) -> Any:
    plain = eager_of(module)(module, query, key, value, mask, **options)
    return _steered(module, query, key, value, mask, options, plain)


def _steered(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None,
    options: dict[str, Any],
    plain: tuple[Tensor, Tensor | None],
) -> tuple[Tensor, Tensor | None]:
    """The plain result with the steered rows and heads put in their place."""
    block, passing = ACTIVE.get().get(module), PASS.get()
    if block is None or passing is None or passing.session is not block.session:
        return plain
    layer = block.layer_of[module]
    steers = passing.steered > 0 and layer in block.session.layers
    if not (steers or passing.read):
        return plain
    _check_call(options, key, passing)
    rows = _Rows(passing, layer, query, key, value, mask, options.get("scaling"))
    if passing.read:
        rows.show(block.watch)
    return rows.steer(plain) if steers else plain


def _check_call(options: dict[str, Any], key: Tensor, passing: Pass) -> None:
    for name in ("position_bias", "softcap", "s_aux"):
        if options.get(name) is not None:
            raise InputError(f"this model's attention takes {name!r}, which steering does not know; do not steer it")
    if options.get("dropout"):
        raise InputError("attention dropout is on, so steering cannot be exact; call `model.eval()` first")
    window = options.get("sliding_window")
    if key.shape[2] < passing.length or (window is not None and window < passing.length):
        raise InputError(
            f"{passing.length} tokens are more than the attention window of this layer, which drops the rest; "
            "shorten the text or do not steer it"
        )


class _Rows:
    """The last query rows of one layer in one pass, to be computed again."""

    def __init__(
        self,
        passing: Pass,
        layer: int,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        mask: Tensor | None,
        scaling: float | None,
    ) -> None:
        self._passing, self._layer = passing, layer
        # A static cache is longer than what it holds: the length comes from the pass, never from the keys.
        self._query, self._key, self._value = query, key[:, :, : passing.length], value[:, :, : passing.length]
        self._mask = mask
        self._scaling = query.shape[-1] ** -0.5 if scaling is None else scaling

    def show(self, watch: Watch) -> None:
        """Let `watch` have the masses of the answer queries among the rows, of all heads."""
        passing, count = self._passing, self._passing.read
        table = passing.session.table(self._layer, self._query, self._key, whole=True)
        weights, _ = self._weights(table, count)
        masses = span_masses(weights, passing.session.layout(passing, weights.device))
        for number, last in enumerate(passing.session.lasts(passing.starts)):
            if last is not None and passing.length - count <= last < passing.length:
                watch.attended(number, self._layer, masses[number, :, last - passing.length])

    def steer(self, plain: tuple[Tensor, Tensor | None]) -> tuple[Tensor, Tensor | None]:
        """`plain`, output (b, q, h, d) and weights (b, h, q, t) or None, with the steered rows and heads replaced."""
        passing, count = self._passing, self._passing.steered
        table = passing.session.table(self._layer, self._query, self._key)
        weights, values = self._weights(table, count)
        output = _replaced(plain[0], (weights @ values).transpose(1, 2), table, passing, count)
        if plain[1] is None:
            return output, None
        spare = plain[1].shape[-1] - passing.length
        shown = torch.nn.functional.pad(weights, (0, spare)).transpose(1, 2)
        return output, _replaced(plain[1].transpose(1, 2), shown, table, passing, count).transpose(1, 2)

    def _weights(self, table: Table, count: int) -> tuple[Tensor, Tensor]:
        """Moved weights (b, k, count, t) of the table's heads in the last rows, and their values (b, k, t, d)."""
        query = self._query[:, :, -count:].index_select(1, table.heads).float()
        key = self._key.index_select(1, table.keys).float()
        value = self._value.index_select(1, table.keys).float()
        scores = self._masked(query @ key.transpose(-1, -2) * self._scaling, table)
        layout = self._passing.session.layout(self._passing, scores.device)
        return reweighted(scores, layout, table.move(value, layout, self._passing)), value

    def _masked(self, scores: Tensor, table: Table) -> Tensor:
        count, length = scores.shape[-2:]
        if self._mask is None:
            if count == 1:
                return scores
            at = torch.arange(length, device=scores.device)
            return scores.masked_fill(at[None, :] > at[-count:, None], -1e30)
        mask = self._mask[:, :, -count:, :length]
        if mask.shape[1] > 1:
            mask = mask.index_select(1, table.heads)
        return scores.masked_fill(~mask, -1e30) if mask.dtype == torch.bool else scores + mask


def _replaced(plain: Tensor, moved: Tensor, table: Table, passing: Pass, count: int) -> Tensor:
    """`plain` (b, q, h, x) with the last `count` rows of some heads taken from `moved` (b, count, k, x).

    By `where` and copies, never in place: rows that are not steered keep every bit, and gradients flow.
    """
    tail = plain[:, -count:]
    moved = moved.to(plain.dtype)
    wanted = _wanted(table, passing, count, plain.device)
    if wanted is not None:
        moved = torch.where(wanted, moved, tail.index_select(2, table.heads))
    tail = tail.index_copy(2, table.heads, moved)
    return tail if count == plain.shape[1] else torch.cat((plain[:, :-count], tail), dim=1)


def _wanted(table: Table, passing: Pass, count: int, device: torch.device) -> Tensor | None:
    """Which rows and heads are steered, (b, count, k, 1); None for all."""
    first = passing.length - count
    lasts = passing.session.lasts(passing.starts)
    if table.chosen is None and all(last is not None and last <= first for last in lasts):
        return None
    reached = torch.tensor([[last is not None and last <= first + at for at in range(count)] for last in lasts])
    wanted = reached.to(device)[:, :, None]
    return (wanted if table.chosen is None else wanted & table.chosen[:, None])[..., None]


def _pass(block: Block, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Pass:
    given = kwargs.get("inputs_embeds")
    if given is None:
        given = kwargs["input_ids"] if kwargs.get("input_ids") is not None else args[0]
    batch, width = given.shape[:2]
    session, cache = block.session, kwargs.get("past_key_values")
    if batch != len(session.rows):
        raise InputError(
            f"the block has {len(session.rows)} rows and the batch {batch}; give one entry (or None) for each row of "
            "the batch, with beams or several answers as often as `generate` repeats it"
        )
    length = width + (0 if cache is None else int(cache.get_seq_length()))
    starts = _starts(kwargs.get("attention_mask"), session, length)
    lasts = session.lasts(starts)
    moving = [last for last, row in zip(lasts, session.rows, strict=True) if last is not None and row and row.moves]
    reading = block.read and block.watch.waiting
    asked = [last for last in lasts if last is not None and last >= length - width] if reading else []
    return Pass(
        session=session,
        starts=starts,
        length=length,
        width=width,
        steered=max(0, min(width, length - min(moving, default=length))),
        read=max(0, length - min(asked, default=length)),
        reading=reading,
    )


def _starts(mask: Any, session: Session, length: int) -> tuple[int, ...]:
    """Padding before the first token of each row.

    Raises:
        InputError: a row that is steered or read has padding elsewhere.
    """
    if isinstance(mask, dict):
        mask = mask.get("full_attention")
    if mask is None:
        return (0,) * len(session.rows)
    if mask.ndim == 4:  # made ahead by `generate` for a static cache: what the last row may see
        mask = mask[:, 0, -1]
        mask = mask if mask.dtype == torch.bool else mask > torch.finfo(mask.dtype).min / 2
    seen = mask[:, :length] != 0
    first = seen.int().argmax(1)
    starts, ends = torch.stack((first, first + seen.sum(1))).tolist()
    for number, (start, end, row) in enumerate(zip(starts, ends, session.rows, strict=True)):
        if row is not None and (end != length or end == start):
            raise InputError(
                f"row {number} of the batch has padding (or a hole in its attention mask) after its first token; "
                'steering needs padding on the left: set the tokenizer\'s padding_side = "left"'
            )
    return tuple(starts)
