"""The ways to steer heads that `benchmarks.steering` compares: ours, plain forward hooks, pyvene and nnsight.

Ours moves attention. The others cannot see attention weights (sdpa has none), so each edits what the same heads give
out in the last row of every pass, in the way its documentation shows, which is the cheaper edit; one more hook adds a
constant to the attention mask of these heads (PASTA's way), the nearest that a hook comes to re-weighting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from affectgraph.backends.steering import Modality, SteeringPlan
from affectgraph.backends.transformers_prompt import Spans
from affectgraph.backends.transformers_steering import RowSteering, attach

__all__ = ["WAYS", "Edit", "Way", "prompt_batch"]


@dataclass(frozen=True)
class Edit:
    """What is steered: heads by layer, how far, and each row's prompt length; its spans are thirds of the prompt."""

    heads: dict[int, list[int]]
    strength: float
    lengths: tuple[int, ...]

    def spans(self, row: int) -> Spans:
        """Text, audio and video, with template tokens round them."""
        third = (self.lengths[row] - 8) // 3
        kinds: tuple[Modality, ...] = ("text", "audio", "video")
        return Spans({kind: ((4 + at * third, 4 + (at + 1) * third),) for at, kind in enumerate(kinds)})

    def row(self, number: int) -> RowSteering:
        """The row for our own way."""
        heads = tuple((layer, head) for layer, chosen in self.heads.items() for head in chosen)
        plan = SteeringPlan(heads=heads, strength=self.strength, target={"video": 1.0})
        return RowSteering(self.spans(number), plan, self.lengths[number])

    def on_output(self, outputs: Tensor, layer: int, size: int) -> Tensor:
        """What heads give out, (b, n, heads * size), with the last row of the chosen heads made larger."""
        edited = outputs.clone()
        for head in self.heads[layer]:
            edited[:, -1, head * size : (head + 1) * size] *= 1.0 + self.strength
        return edited


Generate = Callable[..., Any]
Way = Callable[[Any, Any, Edit], Any]


def prompt_batch(ids: Sequence[Tensor]) -> dict[str, Tensor]:
    """Prompts (n,) as a batch, padded on the left."""
    width = max(len(one) for one in ids)
    padded = [torch.nn.functional.pad(one, (width - len(one), 0)) for one in ids]
    mask = [torch.nn.functional.pad(torch.ones_like(one), (width - len(one), 0)) for one in ids]
    return {"input_ids": torch.stack(padded), "attention_mask": torch.stack(mask)}


@contextmanager
def plain(model: Any, tokenizer: Any, edit: Edit) -> Iterator[Generate]:
    """No steering."""
    yield model.generate


@contextmanager
def ours(model: Any, tokenizer: Any, edit: Edit) -> Iterator[Generate]:
    """affectgraph."""
    if not hasattr(model, "steering_attachment"):
        model.steering_attachment = attach(model)
    with model.steering_attachment.steered([edit.row(number) for number in range(len(edit.lengths))]):
        yield model.generate


@contextmanager
def hooks(model: Any, tokenizer: Any, edit: Edit) -> Iterator[Generate]:
    """Forward pre-hooks on the output projections."""
    size = model.config.head_dim

    def hook_for(layer: int) -> Any:
        return lambda module, args: (edit.on_output(args[0], layer, size), *args[1:])

    placed = [model.model.layers[n].self_attn.o_proj.register_forward_pre_hook(hook_for(n)) for n in edit.heads]
    try:
        yield model.generate
    finally:
        for hook in placed:
            hook.remove()


@contextmanager
def mask_hooks(model: Any, tokenizer: Any, edit: Edit) -> Iterator[Generate]:
    """Forward pre-hooks on the attention modules that add a constant to the mask of some heads."""
    number = model.config.num_attention_heads

    def hook_for(layer: int) -> Any:
        def hook(module: Any, args: Any, kwargs: dict[str, Any]) -> Any:
            hidden, cache, mask = kwargs["hidden_states"], kwargs.get("past_key_values"), kwargs["attention_mask"]
            rows = hidden.shape[1]
            length = rows + (cache.get_seq_length(layer) if cache is not None else 0)
            bias = torch.full((rows, length), torch.finfo(hidden.dtype).min).triu(length - rows + 1)[None, None]
            if mask is not None:
                bias = bias.masked_fill(~mask, torch.finfo(hidden.dtype).min)
            bias = bias.expand(hidden.shape[0], number, -1, -1).clone()
            for row in range(hidden.shape[0]):
                (start, end), spare = edit.spans(row).ranges["video"][0], max(edit.lengths) - edit.lengths[row]
                bias[row, edit.heads[layer], -1, start + spare : end + spare] += edit.strength
            return args, kwargs | {"attention_mask": bias}

        return hook

    placed = [
        model.model.layers[n].self_attn.register_forward_pre_hook(hook_for(n), with_kwargs=True) for n in edit.heads
    ]
    try:
        yield model.generate
    finally:
        for hook in placed:
            hook.remove()


@contextmanager
def pyvene(model: Any, tokenizer: Any, edit: Edit) -> Iterator[Generate]:
    """pyvene: a function as the intervention on each output projection's input."""
    import pyvene as pv

    size = model.config.head_dim
    config = [
        {
            "component": f"model.layers[{layer}].self_attn.o_proj.input",
            "intervention": lambda base, source, layer=layer: edit.on_output(base, layer, size),
        }
        for layer in edit.heads
    ]
    steered = pv.IntervenableModel(config, model=model)

    def generate(**options: Any) -> Any:
        inputs = {name: options.pop(name) for name in ("input_ids", "attention_mask")}
        return steered.generate(inputs, unit_locations=None, intervene_on_prompt=True, **options)[1]

    yield generate


@contextmanager
def nnsight(model: Any, tokenizer: Any, edit: Edit) -> Iterator[Generate]:
    """nnsight: the same inputs set in every step of a traced generation."""
    from nnsight import LanguageModel

    size = model.config.head_dim
    if not hasattr(model, "traced"):
        model.__dict__["traced"] = LanguageModel(model, tokenizer=tokenizer)
    steered = model.__dict__["traced"]

    def generate(**options: Any) -> Any:
        inputs = {name: options.pop(name) for name in ("input_ids", "attention_mask")}
        with steered.generate(inputs, **options) as tracer:
            for _ in tracer.iter[: options["max_new_tokens"]]:
                for layer in edit.heads:
                    projection = steered.model.layers[layer].self_attn.o_proj
                    projection.input = edit.on_output(projection.input, layer, size)
            result = tracer.result.save()
        return result  # noqa: RET504 (it is there when the block ends)

    yield generate


WAYS: dict[str, Way] = {
    "plain generate": plain,
    "affectgraph": ours,
    "forward hooks, head outputs": hooks,
    "forward hooks, attention mask": mask_hooks,
    "pyvene": pyvene,
    "nnsight": nnsight,
}
