"""Random multimodal models of real classes in transformers, a few hundred thousand weights, made from a config.

As `tiny_vision`, with sound and video: their tokenizer knows bytes, a few pairs of them and the special tokens of the
class, so nothing is downloaded. A folder holds what a checkpoint on the model hub holds: weights, tokenizer with its
chat template, settings of the processors for images, sound and video.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.backends import tiny_vision
from tests.backends.tiny_vision import CHAT, CONTROLS, TEXT, tower

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
# LLaVA-OneVision's own: pictures, then clips, then words.
ONEVISION_CHAT = """{% for message in messages %}<|im_start|>{{ message['role'] }} \
{% for content in message['content'] | selectattr('type', 'equalto', 'image') %}<image>
{% endfor %}{% for content in message['content'] | selectattr('type', 'equalto', 'video') %}<video>
{% endfor %}{% for content in message['content'] | selectattr('type', 'equalto', 'text') %}
{{ content['text'] }}{% endfor %}<|im_end|>
{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""
QWEN_AUDIO_CHAT = CHAT.replace("'image' %}IMAGE", "'audio' %}Audio: <|audio_bos|><|AUDIO|><|audio_eos|>\n")
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


def qwen2_vl(folder: Path) -> Path:
    """Qwen2-VL."""
    return _qwen_vl(folder, "Qwen2VL", {"embed_dim": 32, "hidden_size": 32, "mlp_ratio": 2, "depth": 1})


def qwen2_5_vl(folder: Path) -> Path:
    """Qwen2.5-VL: positions in time follow the clock."""
    tower = {"hidden_size": 32, "intermediate_size": 64, "out_hidden_size": 32, "depth": 2, "window_size": 16}
    return _qwen_vl(folder, "Qwen2_5_VL", tower | {"fullatt_block_indexes": [1], "tokens_per_second": 2})


def qwen3_vl(folder: Path) -> Path:
    """Qwen3-VL: a block for every pair of frames, behind its time; deep features go into the first layers."""
    tower = {"hidden_size": 32, "intermediate_size": 64, "out_hidden_size": 32, "depth": 2}
    tower |= {"deepstack_visual_indexes": [0], "num_position_embeddings": 64}
    return _qwen_vl(folder, "Qwen3VL", tower, {"head_dim": 8})


def qwen2_audio(folder: Path) -> Path:
    """Qwen2-Audio: sound alone; its processor brings the chat template."""
    import transformers

    tokenizer = tokenizer_of(["<|AUDIO|>", "<|audio_bos|>", "<|audio_eos|>"], QWEN_AUDIO_CHAT)
    config = transformers.Qwen2AudioConfig(
        text_config=transformers.Qwen2Config(**TEXT, vocab_size=len(tokenizer)),
        audio_config={
            "num_mel_bins": MELS,
            "encoder_layers": 1,
            "encoder_attention_heads": 2,
            "encoder_ffn_dim": 64,
            "d_model": 32,
            "max_source_positions": 200,
            "initializer_range": 0.2,
        },
        audio_token_index=tokenizer.convert_tokens_to_ids("<|AUDIO|>"),
    )
    hears = transformers.WhisperFeatureExtractor(feature_size=MELS, chunk_length=4)
    return saved(transformers.Qwen2AudioForConditionalGeneration, config, tokenizer, folder, None, hears)


def llava_onevision(folder: Path) -> Path:
    """LLaVA-OneVision: pictures in tiles, frames pooled; the template writes all media before all words."""
    import transformers

    tokenizer = tokenizer_of(["<image>", "<video>"], ONEVISION_CHAT, image_token="<image>", video_token="<video>")
    ids = tokenizer.convert_tokens_to_ids
    config = transformers.LlavaOnevisionConfig(
        text_config=transformers.Qwen2Config(**TEXT, vocab_size=len(tokenizer)),
        vision_config=tower(16) | {"model_type": "siglip_vision_model", "vision_use_head": False},
        image_token_id=ids("<image>"),
        video_token_id=ids("<video>"),
        image_grid_pinpoints=[[16, 32], [32, 16], [32, 32]],
        vision_feature_layer=-1,
        tie_word_embeddings=True,
    )
    looks = transformers.LlavaOnevisionImageProcessorPil(
        size={"height": 16, "width": 16}, image_grid_pinpoints=[[16, 32], [32, 16], [32, 32]]
    )
    kind = transformers.LlavaOnevisionForConditionalGeneration
    saved(kind, config, tokenizer, folder, looks)
    described = {"num_image_tokens": 16, "vision_feature_select_strategy": "full", "image_token": "<image>"}
    _written(folder / "processor_config.json", described | {"processor_class": "LlavaOnevisionProcessor"})
    return folder


def internvl(folder: Path) -> Path:
    """InternVL: frames are numbered pictures."""
    import transformers

    named = {
        "start_image_token": "<img>",
        "end_image_token": "</img>",
        "context_image_token": "<IMG_CONTEXT>",
        "video_token": "<video>",
    }
    tokenizer = tokenizer_of(list(named.values()), _chat("<IMG_CONTEXT>\n"), **named)
    config = transformers.InternVLConfig(
        text_config=transformers.Qwen2Config(**TEXT, vocab_size=len(tokenizer)),
        vision_config=tower(16) | {"image_size": [16, 16], "patch_size": [4, 4]},
        image_token_id=tokenizer.convert_tokens_to_ids("<IMG_CONTEXT>"),
        image_seq_length=4,
    )
    looks = transformers.GotOcr2ImageProcessorPil(size={"height": 16, "width": 16}, max_patches=4)
    saved(transformers.InternVLForConditionalGeneration, config, tokenizer, folder, looks)
    _written(folder / "processor_config.json", {"image_seq_length": 4, "processor_class": "InternVLProcessor"})
    return folder


def smolvlm(folder: Path) -> Path:
    """SmolVLM: pictures are cut into tiles, which are named in words between them; frames have their times."""
    import transformers

    tiles = [f"<row_{row + 1}_col_{col + 1}>" for row in range(2) for col in range(2)]
    specials = ["<image>", "<fake_token_around_image>", "<end_of_utterance>", "<global-img>", *tiles]
    tokenizer = tokenizer_of(specials, _chat("<image>"))
    config = transformers.SmolVLMConfig(
        text_config=transformers.LlamaConfig(**TEXT, vocab_size=len(tokenizer)),
        vision_config=tower(16),
        scale_factor=2,
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        pad_token_id=0,
        tie_word_embeddings=True,
    )
    looks = transformers.SmolVLMImageProcessorPil(size={"longest_edge": 32}, max_image_size={"longest_edge": 16})
    saved(transformers.SmolVLMForConditionalGeneration, config, tokenizer, folder, looks)
    _written(folder / "processor_config.json", {"image_seq_len": 4, "processor_class": "SmolVLMProcessor"})
    return folder


def gemma3(folder: Path) -> Path:
    """Gemma 3, as in `tiny_vision`: its processor needs no torchvision, so it is loaded as a user's would be."""
    return tiny_vision.gemma3(folder, window=80)


def phi4_multimodal(folder: Path) -> Path:
    """Phi-4-multimodal: without torchvision it hears only."""
    import transformers

    named = {"image_token": "<|image|>", "audio_token": "<|audio|>"}
    tokenizer = tokenizer_of(list(named.values()), _chat("<|image|>"), **named)
    ids = tokenizer.convert_tokens_to_ids
    config = transformers.Phi4MultimodalConfig(
        **TEXT,
        vocab_size=len(tokenizer),
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": 28,
            "crop_size": 28,
            "image_token_id": ids("<|image|>"),
        },
        audio_config={
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_blocks": 2,
            "num_attention_heads": 2,
            "ext_pw_out_channel": 32,
            "depthwise_separable_out_channel": 32,
            "nemo_conv_channels": 32,
            "audio_token_id": ids("<|audio|>"),
        },
    )
    hears = transformers.Phi4MultimodalFeatureExtractor()
    return saved(transformers.Phi4MultimodalForCausalLM, config, tokenizer, folder, None, hears)


def _qwen_vl(folder: Path, name: str, vision: dict[str, Any], text: dict[str, Any] | None = None) -> Path:
    import transformers

    specials = ["<|vision_start|>", "<|image_pad|>", "<|vision_end|>", "<|video_pad|>"]
    start, image, end, video = specials
    tokenizer = tokenizer_of(specials, _chat(f"{start}{image}{end}", f"{start}{video}{end}"))
    ids = tokenizer.convert_tokens_to_ids
    config = getattr(transformers, f"{name}Config")(
        text_config=TEXT | {"vocab_size": len(tokenizer), "rope_parameters": ROPE} | (text or {}),
        vision_config={"num_heads": 2, "patch_size": 4, "initializer_range": 0.2} | vision,
        image_token_id=ids(image),
        video_token_id=ids(video),
        vision_start_token_id=ids(start),
        vision_end_token_id=ids(end),
        tie_word_embeddings=True,
    )
    kind = getattr(transformers, f"{name}ForConditionalGeneration")
    return saved(kind, config, tokenizer, folder, transformers.Qwen2VLImageProcessorPil(**PIXELS), video=VIDEO)


def _chat(image: str, video: str = "") -> str:
    written = {"image": image, "video": video, "audio": "<|audio|>"}
    cases = "".join(f"{{% elif part['type'] == '{kind}' %}}{text}" for kind, text in written.items())
    return CHAT.replace("{% if part['type'] == 'image' %}IMAGE{% else %}", "{% if false %}" + cases + "{% else %}")


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
