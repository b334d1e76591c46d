"""Random image-text models of real classes in transformers, a few hundred thousand weights, made from a config.

Their tokenizer knows bytes and the special tokens of the class, so nothing is downloaded. As on the model hub, a folder
holds the weights, the tokenizer with its chat template and the settings of the image processor.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

CHAT = """{% for message in messages %}<|im_start|>{{ message['role'] }}
{% for part in message['content'] %}{% if part['type'] == 'image' %}IMAGE{% else %}{{ part['text'] }}{% endif %}\
{% endfor %}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""
TEXT = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 4096,
    "initializer_range": 0.4,
    "pad_token_id": 0,
    "bos_token_id": None,
    "eos_token_id": 1,
}
CONTROLS = ["<pad>", "<|im_end|>", "<|im_start|>"]


def tokenizer_of(specials: list[str], written: str, **named: str) -> Any:
    """One token for each byte and for each of `specials`; the template writes `written` for an image."""
    import transformers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: index for index, token in enumerate([*CONTROLS, *specials, *letters])}
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.add_special_tokens([*CONTROLS, *specials])
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", eos_token="<|im_end|>", extra_special_tokens=named
    )
    tokenizer.chat_template = CHAT.replace("IMAGE", written)
    return tokenizer


def qwen2_vl(folder: Path) -> Path:
    """Qwen2-VL: positions in two dimensions, as many tokens as the picture is large, a processor for videos too."""
    import transformers

    tokenizer = tokenizer_of(
        ["<|vision_start|>", "<|image_pad|>", "<|vision_end|>", "<|video_pad|>"],
        "<|vision_start|><|image_pad|><|vision_end|>",
    )
    ids = tokenizer.convert_tokens_to_ids
    config = transformers.Qwen2VLConfig(
        text_config=TEXT
        | {"vocab_size": len(tokenizer), "rope_parameters": {"rope_type": "default", "mrope_section": [1, 1, 2]}},
        vision_config={
            "depth": 1,
            "embed_dim": 32,
            "hidden_size": 32,
            "num_heads": 2,
            "mlp_ratio": 2,
            "patch_size": 4,
            "initializer_range": 0.2,
        },
        image_token_id=ids("<|image_pad|>"),
        video_token_id=ids("<|video_pad|>"),
        vision_start_token_id=ids("<|vision_start|>"),
        vision_end_token_id=ids("<|vision_end|>"),
        tie_word_embeddings=True,
    )
    pixels = transformers.Qwen2VLImageProcessorPil(patch_size=4, size={"shortest_edge": 64, "longest_edge": 1600})
    return _saved(transformers.Qwen2VLForConditionalGeneration, config, tokenizer, folder, pixels)


def llava(folder: Path) -> Path:
    """LLaVA: a CLIP tower and a Llama; every picture takes 16 tokens."""
    import transformers

    tokenizer = tokenizer_of(["<image>"], "<image>")
    pixels = transformers.CLIPImageProcessorPil(size={"shortest_edge": 16}, crop_size={"height": 16, "width": 16})
    config = transformers.LlavaConfig(
        text_config=transformers.LlamaConfig(**TEXT, vocab_size=len(tokenizer)),
        vision_config=transformers.CLIPVisionConfig(**tower(16)),
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        vision_feature_layer=-1,
        image_seq_length=16,
        tie_word_embeddings=True,
    )
    processor = transformers.LlavaProcessor(
        pixels, tokenizer, patch_size=4, vision_feature_select_strategy="default", num_additional_image_tokens=1
    )
    return _saved(transformers.LlavaForConditionalGeneration, config, tokenizer, folder, processor)


def idefics3(folder: Path) -> Path:
    """Idefics3 (SmolVLM's class): a picture is cut into tiles, which are named in words between them."""
    import transformers

    tiles = [f"<row_{row + 1}_col_{col + 1}>" for row in range(2) for col in range(2)]
    tokenizer = tokenizer_of(
        ["<image>", "<fake_token_around_image>", "<end_of_utterance>", "<global-img>", *tiles], "<image>"
    )
    config = transformers.Idefics3Config(
        text_config=transformers.LlamaConfig(**TEXT, vocab_size=len(tokenizer)),
        vision_config=tower(16),
        scale_factor=2,
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        pad_token_id=0,
        tie_word_embeddings=True,
    )
    pixels = transformers.Idefics3ImageProcessorPil(size={"longest_edge": 32}, max_image_size={"longest_edge": 16})
    processor = transformers.Idefics3Processor(pixels, tokenizer, image_seq_len=4)
    return _saved(transformers.Idefics3ForConditionalGeneration, config, tokenizer, folder, processor)


def gemma3(folder: Path, window: int = 24) -> Path:
    """Gemma 3: some layers see a window only, so no cache is reused; the tokens of a picture see each other."""
    import transformers

    tokenizer = tokenizer_of(
        ["<start_of_image>", "<image_soft_token>", "<end_of_image>"],
        "<start_of_image>",
        boi_token="<start_of_image>",
        image_token="<image_soft_token>",
        eoi_token="<end_of_image>",
    )
    ids = tokenizer.convert_tokens_to_ids
    config = transformers.Gemma3Config(
        text_config=TEXT
        | {"vocab_size": len(tokenizer), "head_dim": 8, "sliding_window": window, "query_pre_attn_scalar": 8},
        vision_config=tower(16) | {"model_type": "siglip_vision_model", "vision_use_head": False},
        mm_tokens_per_image=4,
        image_token_id=ids("<image_soft_token>"),
        boi_token_index=ids("<start_of_image>"),
        eoi_token_index=ids("<end_of_image>"),
        initializer_range=0.4,
        tie_word_embeddings=False,
    )
    pixels = transformers.Gemma3ImageProcessorPil(size={"height": 16, "width": 16})
    processor = transformers.Gemma3Processor(pixels, tokenizer, image_seq_length=4)
    return _saved(transformers.Gemma3ForConditionalGeneration, config, tokenizer, folder, processor)


def tower(side: int) -> dict[str, Any]:
    """A tiny vision tower over pictures of `side` pixels."""
    return {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "image_size": side,
        "patch_size": 4,
        "initializer_range": 0.2,
    }


def _saved(kind: Any, config: Any, tokenizer: Any, folder: Path, processor: Any) -> Path:
    import torch

    torch.manual_seed(0)
    model = kind._from_config(config, dtype=torch.float32)
    for name, weight in model.named_parameters():
        if name.endswith("mm_input_projection_weight"):  # Gemma 3 begins with zeros, and would see nothing
            torch.nn.init.normal_(weight)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
