"""Prompts with artificial spans for the steering tests: three rows of different lengths, each with its own plan."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from affectgraph.backends.steering import Modality, SteeringPlan
from affectgraph.backends.transformers_prompt import Spans
from affectgraph.backends.transformers_steering import RowSteering

LENGTHS = (24, 17, 20)
TRIMODAL = Spans({"text": ((2, 5),), "audio": ((5, 9), (10, 12)), "video": ((12, 20),)})
BIMODAL = Spans({"audio": ((1, 6),), "video": ((8, 15),)})
TOWARDS_VIDEO = SteeringPlan(heads=((0, 1), (1, 0), (1, 3), (2, 2)), strength=0.7, target={"video": 1.0})
UNIFORM = SteeringPlan(heads=((0, 0), (2, 1), (2, 2)), strength=0.5)
OFF = SteeringPlan(heads=((0, 0), (2, 1)), strength=0.0)
# The rows of the batch: steered, steered otherwise, not steered.
ROWS: tuple[RowSteering | None, ...] = (
    RowSteering(TRIMODAL, TOWARDS_VIDEO, LENGTHS[0]),
    RowSteering(BIMODAL, UNIFORM, LENGTHS[1]),
    None,
)


def prompts() -> list[Tensor]:
    """The three prompts, each (1, n)."""
    generator = torch.Generator().manual_seed(3)
    return [torch.randint(2, 100, (1, length), generator=generator) for length in LENGTHS]


def padded(rows: list[Tensor], side: str = "left") -> dict[str, Tensor]:
    """Rows of token ids (1, n) as one batch with its attention mask."""
    width = max(row.shape[1] for row in rows)
    ids, mask = [], []
    for row in rows:
        spare = width - row.shape[1]
        around = (spare, 0) if side == "left" else (0, spare)
        ids.append(torch.nn.functional.pad(row, around))
        mask.append(torch.nn.functional.pad(torch.ones_like(row), around))
    return {"input_ids": torch.cat(ids), "attention_mask": torch.cat(mask)}


@torch.no_grad()
def logits(model: Any, ids: Tensor, **options: Any) -> Tensor:
    """Logits of a forward pass, (b, n, vocabulary)."""
    found: Tensor = model(input_ids=ids, **options).logits
    return found


@torch.no_grad()
def answered(model: Any, inputs: dict[str, Tensor], **options: Any) -> Tensor:
    """Logits of five greedily decoded tokens, (b, 5, vocabulary): equal tokens would hide what logits show."""
    made = model.generate(
        **inputs, max_new_tokens=5, do_sample=False, output_logits=True, return_dict_in_generate=True, **options
    )
    return torch.stack(made.logits, dim=1)


def budgets(row: RowSteering, weights: Tensor) -> dict[Modality, float]:
    """Budgets by hand from attention weights (t,), t the prompt's tokens."""
    masses = {kind: float(weights[list(row.spans.positions(kind))].sum()) for kind in row.spans.modalities}
    return {kind: mass / sum(masses.values()) for kind, mass in masses.items()}
