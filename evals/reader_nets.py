"""What is trained as a tuned reader: a frozen encoder under LoRA, and heads over the mean of what it gives of a text.

LoRA (Hu et al. 2021, arXiv 2106.09685) of rank 16 on every linear part of the layers, scaled by 2; the encoder itself
stays as it is. All layers are one function, which `Net.fast` compiles (docs/decisions.md).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from affectgraph.backends.encoder_tuned import LINEAR, NORMS, Frozen
from affectgraph.tools.tuned import CATEGORIES, KINDS, LEVELS

__all__ = ["Net"]

_RANK = 16
_SCALE = 2.0
# Dropout inside the encoder would cost much of the time of a step and is left out.
_DROP_MEAN = 0.1
# Products are made in bfloat16 where the processor can: a step took six tenths of the time.
_MKLDNN = bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]
_KEPT_IN = torch.bfloat16 if _MKLDNN and torch.ops.mkldnn._is_mkldnn_bf16_supported() else torch.float32
# What is added to the scores of places that hold no token.
_FAR = -1e4


class Net(nn.Module):
    """A frozen encoder of the BERT kind, an adapter and three heads."""

    def __init__(self, frozen: Frozen) -> None:
        super().__init__()
        self.frozen = frozen
        sizes = frozen.sizes
        width = sizes["hidden"]
        positions, of_type = (torch.tensor(frozen.tensor(f"emb.{name}")).reshape(-1, width) for name in ("pos", "type"))
        self.positions = positions + of_type[0]
        self.norm = [torch.tensor(frozen.tensor(f"emb.ln.{end}")) for end in "wb"]
        self.lora: dict[str, tuple[nn.Parameter, nn.Parameter]] = {}
        self.layers = []
        for layer in range(sizes["layers"]):
            linear, added = {}, {}
            for part in LINEAR:
                bias = self._kept(layer, part, "b")
                weight = self._kept(layer, part, "w").reshape(len(bias), -1)
                outer, inner = weight.shape
                linear[part] = weight, bias
                down = nn.Parameter(torch.randn(_RANK, inner) / math.sqrt(inner))
                added[part] = down, nn.Parameter(torch.zeros(outer, _RANK))
                self.lora[f"{layer}.{part}"] = added[part]
            norms = [torch.tensor(frozen.tensor(f"l{layer}.{part}.{end}")) for part in NORMS for end in "wb"]
            self.layers.append((linear, norms, added))
        self.adapter = nn.ParameterList([own for pair in self.lora.values() for own in pair])
        outputs = {"level": LEVELS, "category": len(CATEGORIES), "reply": len(KINDS)}
        self.heads = nn.ModuleDict({name: nn.Linear(width, size) for name, size in outputs.items()})
        self.drop = nn.Dropout(_DROP_MEAN)
        self.centre, self.spread = torch.zeros(width), torch.ones(width)
        self.run = _layer

    def fast(self) -> None:
        """Compile the layers: a compiler for C++ is needed."""
        self.run = torch.compile(_layer, dynamic=True)

    def standardise(self, ids: Sequence[Sequence[int]]) -> None:
        """Means may lie in a narrow cone: the heads learn from what differs between them, at unit variance."""
        self.eval()
        with torch.inference_mode():
            means = torch.cat([self._mean([own]) for own in ids])
        spread = means.std(0)
        # A dimension that hardly moves would get weights beyond half precision.
        self.centre, self.spread = means.mean(0).clone(), spread.clamp_min(0.05 * float(spread.median()))

    def forward(self, ids: Sequence[Sequence[int]]) -> dict[str, Tensor]:
        """Head -> its outputs [n, outputs]."""
        mean = self.drop((self._mean(ids) - self.centre) / self.spread)
        return {name: head(mean) for name, head in self._heads()}

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Of an adapter file."""
        found = {}
        for name, (down, up) in self.lora.items():
            found[f"lora.{name}.A"] = down.detach().numpy().copy()
            # The scale goes into the file, so that a reader needs to know none.
            found[f"lora.{name}.B"] = up.detach().numpy() * _SCALE
        for name, head in self._heads():
            # A reader takes means as they are.
            weight = (head.weight / self.spread).detach()
            found[f"head.{name}.w"] = weight.numpy().copy()
            found[f"head.{name}.b"] = (head.bias - weight @ self.centre).detach().numpy().copy()
        return found

    def take(self, kept: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what was saved."""
        with torch.no_grad():
            for name, (down, up) in self.lora.items():
                down.copy_(torch.from_numpy(kept[f"lora.{name}.A"].astype(np.float32)))
                up.copy_(torch.from_numpy(kept[f"lora.{name}.B"].astype(np.float32)) / _SCALE)
            for name, head in self._heads():
                weight = torch.from_numpy(kept[f"head.{name}.w"].astype(np.float32))
                bias = torch.from_numpy(kept[f"head.{name}.b"].astype(np.float32))
                head.weight.copy_(weight * self.spread)
                head.bias.copy_(bias + weight @ self.centre)

    def _heads(self) -> list[tuple[str, nn.Linear]]:
        return [(name, head) for name, head in self.heads.items() if isinstance(head, nn.Linear)]

    def _mean(self, ids: Sequence[Sequence[int]]) -> Tensor:
        width = self.frozen.sizes["hidden"]
        longest = max(map(len, ids))
        own, given = torch.zeros((len(ids), longest)), torch.zeros((len(ids), longest, width))
        for row, one in enumerate(ids):
            own[row, : len(one)] = 1
            given[row, : len(one)] = torch.from_numpy(self.frozen.rows(one))
        weight, bias = self.norm
        hidden = functional.layer_norm(given + self.positions[:longest], (width,), weight, bias, self.frozen.eps)
        mask = ((1 - own) * _FAR)[:, None, None, :]
        apart = self.frozen.apart(longest)
        if apart is not None:
            mask = mask + torch.from_numpy(apart)
        for linear, norms, added in self.layers:
            hidden = self.run(hidden, mask, self.frozen.sizes["heads"], self.frozen.eps, linear, norms, added)
        counted = own[..., None]
        mean: Tensor = (hidden * counted).sum(1) / counted.sum(1)
        return mean

    def _kept(self, layer: int, part: str, end: str) -> Tensor:
        return torch.tensor(self.frozen.tensor(f"l{layer}.{part}.{end}")).to(_KEPT_IN)


def _layer(
    hidden: Tensor,
    mask: Tensor,
    heads: int,
    eps: float,
    linear: Mapping[str, tuple[Tensor, Tensor]],
    norms: Sequence[Tensor],
    added: Mapping[str, tuple[Tensor, Tensor]],
) -> Tensor:
    """A layer of the BERT kind: products in the type of the weights, what goes from layer to layer in float32.

    `hidden` is [rows, length, width]; `mask`, [rows, 1 or heads, 1 or length, length], is added to the scaled scores.
    """
    rows, length, width = hidden.shape
    size = width // heads

    def of(part: str, given: Tensor) -> Tensor:
        weight, bias = linear[part]
        down, up = added[part]
        low = functional.linear(given, down.to(weight.dtype))
        return functional.linear(given, weight, bias) + functional.linear(low, (up * _SCALE).to(weight.dtype))

    given = hidden.to(linear["q"][0].dtype)
    query, key, value = (of(part, given).view(rows, length, heads, size).transpose(1, 2) for part in "qkv")
    share = torch.softmax((query @ key.transpose(-1, -2)).float() * size**-0.5 + mask, -1).to(value.dtype)
    heard = of("ao", (share @ value).transpose(1, 2).reshape(rows, length, width)).float()
    hidden = functional.layer_norm(heard + hidden, (width,), norms[0], norms[1], eps)
    inner = of("fo", functional.gelu(of("fi", hidden.to(given.dtype)))).float()
    return functional.layer_norm(inner + hidden, (width,), norms[2], norms[3], eps)
