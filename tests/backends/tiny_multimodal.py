"""Random multimodal models of real classes in transformers, a few hundred thousand weights, made from a config.

As `tiny_vision`, with sound and video: their tokenizer knows bytes, a few pairs of them and the special tokens of the
class, so nothing is downloaded. A folder holds what a checkpoint on the model hub holds: weights, tokenizer with its
chat template, settings of the processors for images, sound and video.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.backends.tiny_vision import CONTROLS, TEXT

# Qwen2.5-Omni's own, without counting pictures.
OMNI_CHAT = """{% for message in messages %}{% if loop.first and message['role'] != 'system' %}<|im_start|>system
You are a helpful assistant.<|im_end|>
{% endif %}<|im_start|>{{ message['role'] }}
{% if message['content'] is string %}{{ message['content'] }}<|im_end|>
{% else %}{% for content in message['content'] %}\
{% if content['type'] == 'image' or 'image' in content %}<|vision_bos|><|IMAGE|><|vision_eos|>\
{% elif content['type'] == 'audio' or 'audio' in content %}<|audio_bos|><|AUDIO|><|audio_eos|>\
{% elif content['type'] == 'video' or 'video' in content %}<|vision_bos|><|VIDEO|><|vision_eos|>\
{% elif 'text' in content %}{{ content['text'] }}{% endif %}{% endfor %}<|im_end|>
{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""
# Pairs that real tokenizers have too: a mark with the line break after it, a letter with the space before it.
MERGES = [("Ċ", "Ċ"), (".", "ĊĊ"), (".", "Ċ"), ("Ġ", "I"), ("h", "e"), ("Ġ", "t"), ("Ġt", "he")]
ROPE = {"rope_type": "default", "mrope_section": [1, 1, 2]}
PIXELS = {"patch_size": 4, "size": {"shortest_edge": 64, "longest_edge": 1600}}
VIDEO = {"size": {"shortest_edge": 64, "longest_edge": 320}}
MELS = 16


def tokenizer_of(specials: list[str], template: str, **named: str) -> Any:
    """One token for each byte, for each of `MERGES` and for each of `specials`; some under a name."""
    import transformers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    pairs = [left + right for left, right in MERGES]
    vocabulary = {token: index for index, token in enumerate([*CONTROLS, *specials, *letters, *pairs])}
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=MERGES))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([*CONTROLS, *specials])
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", eos_token="<|im_end|>", extra_special_tokens=named
    )
    tokenizer.chat_template = template
    return tokenizer


def qwen2_5_omni(folder: Path, *, whole: bool = True) -> Path:
    """Qwen2.5-Omni's thinker: in the form of a whole checkpoint, talker left out, or alone."""
    import transformers

    named = {
        "image_token": "<|IMAGE|>",
        "audio_token": "<|AUDIO|>",
        "video_token": "<|VIDEO|>",
        "vision_bos_token": "<|vision_bos|>",
        "vision_eos_token": "<|vision_eos|>",
        "audio_bos_token": "<|audio_bos|>",
        "audio_eos_token": "<|audio_eos|>",
    }
    tokenizer = tokenizer_of(list(named.values()), OMNI_CHAT, **named)
    ids = tokenizer.convert_tokens_to_ids
    config = transformers.Qwen2_5OmniThinkerConfig(
        text_config=TEXT | {"vocab_size": len(tokenizer), "rope_parameters": ROPE},
        vision_config={
            "depth": 2,
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_heads": 2,
            "out_hidden_size": 32,
            "patch_size": 4,
            "window_size": 16,
            "fullatt_block_indexes": [1],
            "initializer_range": 0.2,
        },
        audio_config={
            "num_mel_bins": MELS,
            "encoder_layers": 1,
            "encoder_attention_heads": 2,
            "encoder_ffn_dim": 64,
            "d_model": 32,
            "output_dim": 32,
            "n_window": 20,
            "max_source_positions": 100,
            "initializer_range": 0.2,
        },
        image_token_index=ids("<|IMAGE|>"),
        video_token_index=ids("<|VIDEO|>"),
        audio_token_index=ids("<|AUDIO|>"),
        audio_start_token_id=ids("<|audio_bos|>"),
        audio_end_token_id=ids("<|audio_eos|>"),
        vision_start_token_id=ids("<|vision_bos|>"),
        vision_end_token_id=ids("<|vision_eos|>"),
        pad_token_id=0,
        initializer_range=0.4,
    )
    kind = transformers.Qwen2_5OmniThinkerForConditionalGeneration
    hears = transformers.WhisperFeatureExtractor(feature_size=MELS, chunk_length=4)
    saved(kind, config, tokenizer, folder, transformers.Qwen2VLImageProcessorPil(**PIXELS), hears, VIDEO)
    if whole:
        _as_part_of_a_whole(folder, "thinker")
    return folder


def saved(
    kind: Any, config: Any, tokenizer: Any, folder: Path, looks: Any, hears: Any = None, video: Any = None
) -> Path:
    """Save a random model with its tokenizer and the settings of its processors."""
    import torch

    torch.manual_seed(0)
    kind._from_config(config, dtype=torch.float32).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    described = {**(hears.to_dict() if hears else {}), **(looks.to_dict() if looks else {})}
    if looks and hears:
        described |= {"feature_extractor_type": type(hears).__name__}
    _written(folder / "preprocessor_config.json", described)
    if video:
        _written(folder / "video_preprocessor_config.json", video)
    return folder


def _as_part_of_a_whole(folder: Path, part: str) -> None:
    """A checkpoint that holds other parts beside: their names come before those of the weights and settings."""
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    save_file(
        {f"{part}.{name}": weight for name, weight in weights.items()}, folder / "model.safetensors", {"format": "pt"}
    )
    config = json.loads((folder / "config.json").read_text())
    _written(
        folder / "config.json",
        {"model_type": "qwen2_5_omni", "architectures": ["Qwen2_5OmniModel"], f"{part}_config": config},
    )


def _written(path: Path, described: dict[str, Any]) -> None:
    path.write_text(json.dumps(described, indent=1))
