"""Finds the text decoder of a transformers model, and refuses what cannot be steered exactly.

Imports torch: load it only through `transformers_steering.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from torch import nn
from transformers import PreTrainedModel

from affectgraph.backends.errors import SettingsError

__all__ = ["Decoder", "eager_of", "find_decoder"]

_KNOWN = ("sdpa", "eager")
_EAGER = ("eager_attention_forward", "simple_eager_attention_forward")


@dataclass(frozen=True)
class Decoder:
    """The text decoder of a model.

    Attributes:
        module: what runs the layers; its forward takes the attention mask and the cache.
        layers: the L decoder layers.
        attentions: the attention module of each.
        heads: query heads of a layer.
        implementation: the attention it came with, "sdpa" or "eager".
    """

    module: Any
    layers: tuple[Any, ...]
    attentions: tuple[Any, ...]
    heads: int
    implementation: str

    def use(self, implementation: str) -> None:
        """Set the attention of the decoder alone; towers with a configuration of their own keep theirs."""
        self.module.set_attn_implementation({"": implementation})


def find_decoder(model: Any) -> Decoder:
    """The text decoder of `model`.

    Raises:
        SettingsError: there is none, or its attention cannot be steered exactly.
    """
    name = type(model).__name__
    config = model.config
    if getattr(config, "is_encoder_decoder", False):
        raise SettingsError(f"{name} is an encoder-decoder model; attention is steered in decoder-only models")
    text = config.get_text_config(decoder=True)
    found = [part for part in model.modules() if _runs_layers(part, text)]
    if len(found) != 1:
        advice = "give the part that answers (`model.thinker` of an Omni model, say)"
        raise SettingsError(f"{name} has {len(found)} text decoders, and exactly one can be steered; {advice}")
    layers = tuple(found[0].layers)
    attentions = tuple(getattr(layer, "self_attn", None) for layer in layers)
    _check_all_attend(name, text, attentions)
    implementation = text._attn_implementation
    if implementation not in _KNOWN:
        raise SettingsError(
            f"{name} runs {implementation!r} attention, which does not show its rows or is steered already; "
            'load it with attn_implementation = "sdpa" or "eager" (or detach what steers it)'
        )
    return Decoder(found[0], layers, attentions, int(text.num_attention_heads), implementation)


def eager_of(module: Any) -> Any:
    """The eager attention function of a module's class; None where its file has none."""
    file = sys.modules.get(type(module).__module__)
    return next((function for name in _EAGER if (function := getattr(file, name, None)) is not None), None)


def _runs_layers(part: nn.Module, text: Any) -> bool:
    if not isinstance(part, PreTrainedModel) or part.config is not text:
        return False
    return isinstance(getattr(part, "layers", None), nn.ModuleList)


def _check_all_attend(name: str, text: Any, attentions: tuple[Any, ...]) -> None:
    for number, attention in enumerate(attentions):
        reason = next(_obstacles(text, attention), None)
        if reason is not None:
            raise SettingsError(f"layer {number} of {name} {reason}; attention is not steered in this model")


def _obstacles(text: Any, attention: Any) -> Iterator[str]:
    """Why a layer cannot be steered exactly."""
    if attention is None or getattr(attention, "config", None) is not text:
        yield "has no self-attention of the usual kind (`self_attn` under the text configuration)"
        return
    if _windowed(text, attention):
        yield "attends through a sliding window or in chunks, so cached and uncached answers would differ"
    if not getattr(attention, "is_causal", True):
        yield "is not causal"
    if getattr(attention, "attn_logit_softcapping", None) is not None:
        yield "caps its attention scores (softcap)"
    if getattr(attention, "sinks", None) is not None:
        yield "has attention sinks beside the keys"
    if eager_of(attention) is None:
        yield "keeps no eager attention function beside its class"


def _windowed(text: Any, attention: Any) -> bool:
    """A window that is never shorter than the longest sequence is none."""
    longest = getattr(text, "max_position_embeddings", None) or 0
    kinds = getattr(text, "layer_types", None)
    kind = kinds[attention.layer_idx] if kinds else None
    if kind is not None and kind != "full_attention":
        return True
    window = getattr(attention, "sliding_window", None)
    if window is None and kind is None:
        window = getattr(text, "sliding_window", None)
    return window is not None and window < longest
