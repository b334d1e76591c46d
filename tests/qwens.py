"""Files as `affectgraph.backends.encoder_qwen` reads them, with a tiny decoder in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["qwen_file"]

WIDTH, HEADS, SHARED, INNER = 32, 4, 2, 48


def qwen_file(path: Path, *, layers: int = 3) -> Path:
    """Write a GGUF file of random weights; its vocabulary are the bytes, `the` and the mark that closes a text."""
    from gguf import GGUFWriter
    from tokenizers.pre_tokenizers import ByteLevel

    draw = np.random.default_rng(5)
    tokens = [*sorted(ByteLevel.alphabet()), "th", "the", "<|im_end|>"]
    file = GGUFWriter(path, "qwen2")
    file.add_embedding_length(WIDTH)
    file.add_block_count(layers)
    file.add_head_count(HEADS)
    file.add_head_count_kv(SHARED)
    file.add_feed_forward_length(INNER)
    file.add_layer_norm_rms_eps(1e-6)
    file.add_rope_freq_base(1e6)
    file.add_token_list(tokens)
    file.add_token_merges(["t h", "th e"])
    file.add_eos_token_id(len(tokens) - 1)

    def drawn(*shape: int) -> NDArray[np.float32]:
        return draw.normal(0, shape[-1] ** -0.5, shape).astype(np.float32)

    file.add_tensor("token_embd.weight", drawn(len(tokens), WIDTH))
    narrow = WIDTH * SHARED // HEADS
    shapes = {
        "attn_q": (WIDTH, WIDTH),
        "attn_k": (narrow, WIDTH),
        "attn_v": (narrow, WIDTH),
        "attn_output": (WIDTH, WIDTH),
    }
    shapes |= {"ffn_gate": (INNER, WIDTH), "ffn_up": (INNER, WIDTH), "ffn_down": (WIDTH, INNER)}
    for layer in range(layers):
        for name, shape in shapes.items():
            file.add_tensor(f"blk.{layer}.{name}.weight", drawn(*shape))
            if name in ("attn_q", "attn_k", "attn_v"):
                file.add_tensor(f"blk.{layer}.{name}.bias", drawn(shape[0]))
        for name in ("attn_norm", "ffn_norm"):
            file.add_tensor(f"blk.{layer}.{name}.weight", 1 + drawn(WIDTH))
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()
    return path
