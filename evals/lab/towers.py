"""Faster towers for chunks of one length: the class attends chunk by chunk in Python, 256 calls a layer for 64 clips.

Every clip of the lab has as many frames and mel frames as every other, so all chunks are as long as the first and one
call over a batch of chunks computes the same (tested). The towers' packed code path is chosen by a registered
attention function; the text decoder, which is read and steered, is left alone.
"""

from __future__ import annotations

from typing import Any

__all__ = ["quicken"]

# transformers takes the path for packed sequences when the name speaks of flash attention.
_NAME = "affectgraph_equal_chunks_flash"


def quicken(model: Any) -> Any:
    """Let the towers of a thinker attend over equal chunks at once. Returns the model."""
    from transformers import AttentionInterface

    AttentionInterface.register(_NAME, _equal_chunks)
    for tower in (model.model.visual, model.model.audio_tower):
        # Set directly: `set_attn_implementation` would look for the flash-attention package that the name suggests.
        tower.config._attn_implementation_internal = _NAME
    return model


def _equal_chunks(module: Any, query: Any, key: Any, value: Any, attention_mask: Any, **options: Any) -> Any:
    """Attention within chunks. query, key, value: (1, heads, n * chunk, width); gives (1, n * chunk, heads, width)."""
    from torch.nn.functional import scaled_dot_product_attention

    heads, length, width = query.shape[1:]
    # Starts are multiples of one chunk's length.
    chunk = int(options["cu_seq_lens_q"][1])
    if length % chunk:
        raise ValueError(f"{length} positions are not chunks of {chunk}")

    def split(tensor: Any) -> Any:
        return tensor[0].reshape(heads, length // chunk, chunk, width).transpose(0, 1)

    attended = scaled_dot_product_attention(split(query), split(key), split(value), scale=options["scaling"])
    return attended.transpose(1, 2).reshape(1, length, heads, width), None
