"""Collects, while prompts pass through a model, what answer queries attend to and the hidden states of the spans.

Imports torch: load it only through `transformers_steering.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from affectgraph.backends.errors import BackendError
from affectgraph.backends.steering import MODALITIES, AttentionReading
from affectgraph.backends.transformers_session import Pass, RowSteering, Session

__all__ = ["Watch"]


@dataclass
class _Seen:
    """What was seen of one row: by layer, masses (h, m), sums of hidden states (m, d) and the answer query's (d,)."""

    masses: dict[int, Tensor] = field(default_factory=dict)
    sums: dict[int, Tensor] = field(default_factory=dict)
    answer: dict[int, Tensor] = field(default_factory=dict)
    counted: dict[int, int] = field(default_factory=dict)


class Watch:
    """What a `steered` block shows of itself.

    Args:
        session: the block.
        layers: layers of the decoder.
        read: whether anything is to be read.
    """

    def __init__(self, session: Session, layers: int, *, read: bool) -> None:
        self._session = session
        self._layers = layers
        self._seen = [_Seen() if row is not None else None for row in session.rows] if read else []

    @property
    def readings(self) -> tuple[AttentionReading | None, ...]:
        """One for each row, None for rows that asked for nothing.

        Raises:
            BackendError: the block does not read, or not every prompt has passed whole, from its first token on.
        """
        if not self._seen:
            raise BackendError("nothing was read in this block; open it with `steered(rows, read=True)`")
        return tuple(
            self._reading(row, seen) if row is not None and seen is not None else None
            for row, seen in zip(self._session.rows, self._seen, strict=True)
        )

    @property
    def waiting(self) -> bool:
        """Whether some row's answer query has not come by."""
        return any(seen is not None and self._layers not in seen.answer for seen in self._seen)

    def attended(self, number: int, layer: int, masses: Tensor) -> None:
        """Take the masses of one row's answer query, (h, m)."""
        seen = self._seen[number]
        if seen is not None and layer not in seen.masses:
            seen.masses[layer] = masses.detach()

    def passed(self, layer: int, hidden: Tensor, passing: Pass) -> None:
        """Take the hidden states that a layer reads in one pass, (b, width, d)."""
        layout = self._session.layout(passing, hidden.device)
        first = passing.length - passing.width
        inside = layout.inside[:, :, first : passing.length]
        sums = inside.float() @ hidden[:, : inside.shape[-1]].detach().float()
        counted = inside.sum((1, 2)).tolist()
        for number, (seen, last) in enumerate(zip(self._seen, self._session.lasts(passing.starts), strict=True)):
            if seen is None or last is None or layer in seen.answer:
                continue
            seen.sums[layer] = seen.sums[layer] + sums[number] if layer in seen.sums else sums[number]
            seen.counted[layer] = seen.counted.get(layer, 0) + counted[number]
            if first <= last < passing.length:
                seen.answer[layer] = hidden[number, last - first].detach().float()

    def _reading(self, row: RowSteering, seen: _Seen) -> AttentionReading:
        present = row.spans.modalities
        sizes = [len(row.spans.positions(modality)) for modality in present]
        if self._layers not in seen.answer or any(count != sum(sizes) for count in seen.counted.values()):
            raise BackendError(
                f"the prompt of {row.prompt_length} tokens did not pass whole through the model inside the block, so "
                "its reading is incomplete; run it from the first token on, without a cache that holds part of it"
            )
        kept = [MODALITIES.index(modality) for modality in present]
        masses = torch.stack([seen.masses[layer].cpu() for layer in range(self._layers)])[..., kept].double()
        counts = torch.tensor(sizes)[:, None]
        hidden = [seen.sums[layer].cpu()[kept] / counts for layer in range(self._layers + 1)]
        return AttentionReading(
            modalities=present,
            tokens=tuple(sizes),
            budgets=(masses / masses.sum(-1, keepdim=True)).float().numpy(),
            masses=masses.float().numpy(),
            hidden=torch.stack(hidden).numpy(),
            answer=torch.stack([seen.answer[layer].cpu() for layer in range(self._layers + 1)]).numpy(),
        )
