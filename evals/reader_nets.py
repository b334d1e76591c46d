"""What is trained as a tuned reader: a frozen encoder under LoRA, and heads over what it gives of a text.

LoRA (Hu et al. 2021, arXiv 2106.09685) of rank 16 on every linear part of the layers, scaled by 2; the encoder itself
stays as it is. All layers of a kind are one function, which `Net.fast` compiles (docs/decisions.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from affectgraph.backends.encoder_qwen import PARTS as QWEN_PARTS
from affectgraph.backends.encoder_qwen import Qwen
from affectgraph.backends.encoder_tuned import LINEAR, NORMS, Bert, Floats
from affectgraph.tools.tuned import CATEGORIES, KINDS, LEVELS

__all__ = ["BertNet", "Net", "QwenNet", "net_of"]

_RANK = 16
_SCALE = 2.0
# Dropout inside the encoder would cost much of the time of a step and is left out.
_DROP_VECTOR = 0.1
# Products are made in bfloat16 where the processor can: a step took six tenths of the time.
_MKLDNN = bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]
_KEPT_IN = torch.bfloat16 if _MKLDNN and torch.ops.mkldnn._is_mkldnn_bf16_supported() else torch.float32
# What is added to the scores of places that are not heard: they hold no token, or a later one.
_FAR = -1e4


Parts = Mapping[str, tuple[Tensor, Tensor | None]]
"""Linear parts of a layer: weight and bias."""
Lora = Mapping[str, tuple[Tensor, Tensor]]
"""What the adapter adds to them: down and up."""


class Net(nn.Module):
    """A frozen encoder, an adapter and three heads; of one kind of encoder (`BertNet`, `QwenNet`)."""

    run: Callable[..., Tensor]
    """A layer."""

    def __init__(self, frozen: Bert | Qwen, width: int, linear: Sequence[Parts]) -> None:
        """Of what the kind reads.

        Args:
            frozen: the encoder.
            width: numbers that tell a text.
            linear: of each layer.
        """
        super().__init__()
        self.frozen, self.linear = frozen, linear
        self.added: list[dict[str, tuple[nn.Parameter, nn.Parameter]]] = []
        for parts in linear:
            added = {}
            for part, (weight, _) in parts.items():
                outer, inner = weight.shape
                down = nn.Parameter(torch.randn(_RANK, inner) / math.sqrt(inner))
                added[part] = down, nn.Parameter(torch.zeros(outer, _RANK))
            self.added.append(added)
        self.lora = {f"{layer}.{part}": pair for layer, parts in enumerate(self.added) for part, pair in parts.items()}
        self.adapter = nn.ParameterList([own for pair in self.lora.values() for own in pair])
        outputs = {"level": LEVELS, "category": len(CATEGORIES), "reply": len(KINDS)}
        self.heads = nn.ModuleDict({name: nn.Linear(width, size) for name, size in outputs.items()})
        self.drop = nn.Dropout(_DROP_VECTOR)
        self.centre, self.spread = torch.zeros(width), torch.ones(width)

    def vectors(self, ids: Sequence[Sequence[int]]) -> Tensor:
        """[n, width] what tells each text."""
        raise NotImplementedError

    def fast(self) -> None:
        """Compile the layers: a compiler for C++ is needed."""
        self.run = torch.compile(self.run, dynamic=True)

    def standardise(self, ids: Sequence[Sequence[int]]) -> None:
        """Vectors may lie in a narrow cone: the heads learn from what differs between them, at unit variance."""
        self.eval()
        with torch.inference_mode():
            vectors = torch.cat([self.vectors([own]) for own in ids])
        spread = vectors.std(0)
        # A dimension that hardly moves would get weights beyond half precision.
        self.centre, self.spread = vectors.mean(0).clone(), spread.clamp_min(0.05 * float(spread.median()))

    def forward(self, ids: Sequence[Sequence[int]]) -> dict[str, Tensor]:
        """Head -> its outputs [n, outputs]."""
        vector = self.drop((self.vectors(ids) - self.centre) / self.spread)
        return {name: head(vector) for name, head in self._heads()}

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Of an adapter file."""
        found = {}
        for name, (down, up) in self.lora.items():
            found[f"lora.{name}.A"] = down.detach().numpy().copy()
            # The scale goes into the file, so that a reader needs to know none.
            found[f"lora.{name}.B"] = up.detach().numpy() * _SCALE
        for name, head in self._heads():
            # A reader takes vectors as they are.
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

    def _given(self, ids: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """[rows, length] where there are tokens, and [rows, length, hidden] their word vectors."""
        longest = max(map(len, ids))
        own, given = torch.zeros((len(ids), longest)), torch.zeros((len(ids), longest, self.frozen.sizes["hidden"]))
        for row, one in enumerate(ids):
            own[row, : len(one)] = 1
            given[row, : len(one)] = torch.from_numpy(self.frozen.rows(one))
        return own, given


def net_of(frozen: Bert | Qwen) -> Net:
    """The net of the kind of an encoder."""
    return QwenNet(frozen) if isinstance(frozen, Qwen) else BertNet(frozen)


class BertNet(Net):
    """On an encoder of the BERT kind: the mean over its tokens tells a text."""

    frozen: Bert

    def __init__(self, frozen: Bert) -> None:
        """Of the encoder."""
        sizes = frozen.sizes
        width = sizes["hidden"]
        linear = [
            {part: _kept(frozen.tensor(f"l{layer}.{part}.w"), frozen.tensor(f"l{layer}.{part}.b")) for part in LINEAR}
            for layer in range(sizes["layers"])
        ]
        super().__init__(frozen, width, linear)
        positions, of_type = (torch.tensor(frozen.tensor(f"emb.{name}")).reshape(-1, width) for name in ("pos", "type"))
        self.positions = positions + of_type[0]
        self.norm = [torch.tensor(frozen.tensor(f"emb.ln.{end}")) for end in "wb"]
        self.norms = [
            [torch.tensor(frozen.tensor(f"l{layer}.{part}.{end}")) for part in NORMS for end in "wb"]
            for layer in range(sizes["layers"])
        ]
        self.run = _layer

    def vectors(self, ids: Sequence[Sequence[int]]) -> Tensor:
        """[n, hidden] the mean over the tokens of each text."""
        (own, given), sizes, eps = self._given(ids), self.frozen.sizes, self.frozen.eps
        length = own.shape[1]
        weight, bias = self.norm
        hidden = functional.layer_norm(given + self.positions[:length], (sizes["hidden"],), weight, bias, eps)
        mask = ((1 - own) * _FAR)[:, None, None, :]
        apart = self.frozen.apart(length)
        if apart is not None:
            mask = mask + torch.from_numpy(apart)
        for linear, norms, added in zip(self.linear, self.norms, self.added, strict=True):
            hidden = self.run(hidden, mask, sizes["heads"], eps, linear, norms, added)
        return _mean(hidden, own)


class QwenNet(Net):
    """On the first layers of Qwen: the mean over its tokens and the last of them tell a text."""

    frozen: Qwen

    def __init__(self, frozen: Qwen) -> None:
        """Of the decoder."""
        sizes = frozen.sizes
        layers = range(sizes["layers"])
        linear = [{part: _kept(*frozen.linear(layer, part)) for part in QWEN_PARTS} for layer in layers]
        super().__init__(frozen, 2 * sizes["hidden"], linear)
        self.norms = [[torch.tensor(weight) for weight in frozen.norms(layer)] for layer in layers]
        self.of_head = sizes["hidden"] // sizes["heads"]
        self.run = _qwen_layer

    def vectors(self, ids: Sequence[Sequence[int]]) -> Tensor:
        """[n, 2 hidden] the mean over the tokens of each text, and the last."""
        (own, given), sizes = self._given(ids), self.frozen.sizes
        length = own.shape[1]
        # A token hears itself and those before it.
        later = torch.triu(torch.full((length, length), _FAR), 1)
        mask = ((1 - own) * _FAR)[:, None, None, :] + later
        turned = (
            self.frozen.rotated ** -(torch.arange(0, self.of_head, 2) / self.of_head) * torch.arange(length)[:, None]
        )
        turn = torch.cat((turned, turned), -1)
        cos, sin = turn.cos(), turn.sin()
        hidden, heads = given, (sizes["heads"], sizes["shared"])
        for linear, norms, added in zip(self.linear, self.norms, self.added, strict=True):
            hidden = self.run(hidden, mask, cos, sin, heads, self.frozen.eps, linear, norms, added)
        last = hidden[torch.arange(len(ids)), own.sum(1).long() - 1]
        return torch.cat((_mean(hidden, own), last), -1)


def _kept(weight: Floats, bias: Floats | None) -> tuple[Tensor, Tensor | None]:
    """In the type in which products are made."""
    if bias is None:
        return torch.tensor(weight).to(_KEPT_IN), None
    return torch.tensor(weight.reshape(len(bias), -1)).to(_KEPT_IN), torch.tensor(bias).to(_KEPT_IN)


def _mean(hidden: Tensor, own: Tensor) -> Tensor:
    counted = own[..., None]
    return (hidden * counted).sum(1) / counted.sum(1)


def _adapted(part: str, given: Tensor, linear: Parts, added: Lora) -> Tensor:
    """A linear part under the adapter."""
    (weight, bias), (down, up) = linear[part], added[part]
    low = functional.linear(given, down.to(weight.dtype))
    return functional.linear(given, weight, bias) + functional.linear(low, (up * _SCALE).to(weight.dtype))


def _layer(
    hidden: Tensor,
    mask: Tensor,
    heads: int,
    eps: float,
    linear: Parts,
    norms: Sequence[Tensor],
    added: Lora,
) -> Tensor:
    """A layer of the BERT kind: products in the type of the weights, what goes from layer to layer in float32.

    `hidden` is [rows, length, width]; `mask`, [rows, 1 or heads, 1 or length, length], is added to the scaled scores.
    """
    rows, length, width = hidden.shape
    size = width // heads

    def of(part: str, given: Tensor) -> Tensor:
        return _adapted(part, given, linear, added)

    given = hidden.to(linear["q"][0].dtype)
    query, key, value = (of(part, given).view(rows, length, heads, size).transpose(1, 2) for part in "qkv")
    share = torch.softmax((query @ key.transpose(-1, -2)).float() * size**-0.5 + mask, -1).to(value.dtype)
    heard = of("ao", (share @ value).transpose(1, 2).reshape(rows, length, width)).float()
    hidden = functional.layer_norm(heard + hidden, (width,), norms[0], norms[1], eps)
    inner = of("fo", functional.gelu(of("fi", hidden.to(given.dtype)))).float()
    return functional.layer_norm(inner + hidden, (width,), norms[2], norms[3], eps)


def _qwen_layer(
    hidden: Tensor,
    mask: Tensor,
    cos: Tensor,
    sin: Tensor,
    heads: tuple[int, int],
    eps: float,
    linear: Parts,
    norms: Sequence[Tensor],
    added: Lora,
) -> Tensor:
    """A layer of Qwen, as `_layer`; places are told by turning queries and keys (`cos` and `sin`, [length, size])."""
    rows, length, width = hidden.shape
    own, shared = heads

    def of(part: str, given: Tensor) -> Tensor:
        return _adapted(part, given, linear, added)

    def turned(given: Tensor) -> Tensor:
        half = given.shape[-1] // 2
        return given * cos + torch.cat((-given[..., half:], given[..., :half]), -1) * sin

    kept_in = linear["q"][0].dtype
    given = functional.rms_norm(hidden, (width,), norms[0], eps).to(kept_in)
    query, key, value = (
        of(part, given).view(rows, length, some, -1).transpose(1, 2)
        for part, some in (("q", own), ("k", shared), ("v", shared))
    )
    query, key = turned(query.float()).to(kept_in), turned(key.float()).to(kept_in)
    key, value = (one.repeat_interleave(own // shared, 1) for one in (key, value))
    share = torch.softmax((query @ key.transpose(-1, -2)).float() * query.shape[-1] ** -0.5 + mask, -1).to(kept_in)
    hidden = hidden + of("ao", (share @ value).transpose(1, 2).reshape(rows, length, width)).float()
    given = functional.rms_norm(hidden, (width,), norms[1], eps).to(kept_in)
    return hidden + of("d", functional.silu(of("g", given)) * of("u", given)).float()
