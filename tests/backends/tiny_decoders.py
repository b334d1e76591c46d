"""Random models of the real classes that people steer, made from a config in memory: a text decoder with its towers.

Their weights are large, so that attention is far from flat and steering shows. `BUILDERS` makes each by its name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

VOCABULARY = 120
LAYERS, HEADS, KEY_HEADS, WIDTH = 3, 4, 2, 32
TEXT: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": WIDTH,
    "intermediate_size": 48,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "num_key_value_heads": KEY_HEADS,
    "max_position_embeddings": 512,
    "initializer_range": 0.4,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": None,
}
_ROPE = {"rope_type": "default", "mrope_section": [1, 1, 2]}
# Placeholder ids that the tests never write into a prompt.
_IDS = {"image_token_id": 110, "video_token_id": 111, "vision_start_token_id": 112, "vision_end_token_id": 113}
_TOWER = {
    "hidden_size": 32,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": 16,
    "patch_size": 4,
}
_SOUND = {
    "num_mel_bins": 16,
    "encoder_layers": 1,
    "encoder_attention_heads": 2,
    "encoder_ffn_dim": 32,
    "d_model": 32,
    "max_source_positions": 50,
}


def built(name: str, attention: str = "sdpa") -> Any:
    """The model `name` in evaluation mode, the same weights each time."""
    import torch

    torch.manual_seed(0)
    kind, config = BUILDERS[name]()
    # Some classes have no sdpa: they are there to be refused for another reason.
    usual = attention if kind._supports_sdpa else "eager"
    model = kind._from_config(config, attn_implementation=usual, dtype=torch.float32).eval()
    with torch.no_grad():
        for weight in model.parameters():
            if weight.ndim > 1:
                weight.normal_(0.0, 0.2)
    return model


def _llama() -> tuple[Any, Any]:
    import transformers as t

    return t.LlamaForCausalLM, t.LlamaConfig(**TEXT)


def _qwen2_5_omni() -> tuple[Any, Any]:
    import transformers as t

    config = t.Qwen2_5OmniThinkerConfig(
        text_config=TEXT | {"rope_parameters": _ROPE},
        vision_config={
            "depth": 1,
            "hidden_size": 32,
            "intermediate_size": 32,
            "num_heads": 2,
            "out_hidden_size": WIDTH,
            "patch_size": 4,
            "fullatt_block_indexes": [0],
        },
        audio_config=_SOUND | {"output_dim": WIDTH, "n_window": 10},
        image_token_index=110,
        video_token_index=111,
        audio_token_index=114,
        vision_start_token_id=112,
        initializer_range=0.4,
    )
    return t.Qwen2_5OmniThinkerForConditionalGeneration, config


def _qwen3_omni_moe() -> tuple[Any, Any]:
    import transformers as t

    config = t.Qwen3OmniMoeThinkerConfig(
        text_config=TEXT
        | {
            "head_dim": 8,
            "rope_parameters": _ROPE,
            "num_experts": 4,
            "num_experts_per_tok": 2,
            "moe_intermediate_size": 16,
            "mlp_only_layers": [],
        },
        vision_config={
            "depth": 1,
            "hidden_size": 32,
            "intermediate_size": 32,
            "num_heads": 2,
            "out_hidden_size": WIDTH,
            "patch_size": 4,
            "deepstack_visual_indexes": [0],
            "num_position_embeddings": 16,
        },
        audio_config=_SOUND | {"output_dim": WIDTH, "n_window": 50, "downsample_hidden_size": 8},
        image_token_id=110,
        video_token_id=111,
        audio_token_id=114,
        vision_start_token_id=112,
        initializer_range=0.4,
    )
    return t.Qwen3OmniMoeThinkerForConditionalGeneration, config


def _qwen2_vl() -> tuple[Any, Any]:
    import transformers as t

    tower = {"depth": 1, "embed_dim": 32, "hidden_size": WIDTH, "num_heads": 2, "mlp_ratio": 2, "patch_size": 4}
    config = t.Qwen2VLConfig(text_config=TEXT | {"rope_parameters": _ROPE}, vision_config=tower, **_IDS)
    return t.Qwen2VLForConditionalGeneration, config


def _qwen2_5_vl() -> tuple[Any, Any]:
    import transformers as t

    tower = {
        "depth": 1,
        "hidden_size": 32,
        "intermediate_size": 32,
        "num_heads": 2,
        "out_hidden_size": WIDTH,
        "patch_size": 4,
        "fullatt_block_indexes": [0],
    }
    config = t.Qwen2_5_VLConfig(text_config=TEXT | {"rope_parameters": _ROPE}, vision_config=tower, **_IDS)
    return t.Qwen2_5_VLForConditionalGeneration, config


def _qwen3_vl() -> tuple[Any, Any]:
    import transformers as t

    tower = {
        "depth": 1,
        "hidden_size": 32,
        "intermediate_size": 32,
        "num_heads": 2,
        "out_hidden_size": WIDTH,
        "patch_size": 4,
        "deepstack_visual_indexes": [0],
        "num_position_embeddings": 16,
    }
    text = TEXT | {"head_dim": 8, "rope_parameters": _ROPE}
    return t.Qwen3VLForConditionalGeneration, t.Qwen3VLConfig(text_config=text, vision_config=tower, **_IDS)


def _qwen2_audio() -> tuple[Any, Any]:
    import transformers as t

    config = t.Qwen2AudioConfig(
        text_config=TEXT | {"model_type": "qwen2"},
        audio_config=_SOUND | {"model_type": "qwen2_audio_encoder"},
        audio_token_index=114,
    )
    return t.Qwen2AudioForConditionalGeneration, config


def _audio_flamingo3() -> tuple[Any, Any]:
    import transformers as t

    sound = {
        "model_type": "audioflamingo3_encoder",
        "num_mel_bins": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "hidden_size": 32,
        "max_source_positions": 50,
    }
    config = t.AudioFlamingo3Config(text_config=TEXT | {"model_type": "qwen2"}, audio_config=sound, audio_token_id=114)
    return t.AudioFlamingo3ForConditionalGeneration, config


def _llava_onevision() -> tuple[Any, Any]:
    import transformers as t

    config = t.LlavaOnevisionConfig(
        text_config=TEXT | {"model_type": "qwen2"},
        vision_config=_TOWER | {"model_type": "siglip_vision_model"},
        image_token_index=110,
        video_token_index=111,
    )
    return t.LlavaOnevisionForConditionalGeneration, config


def _smolvlm() -> tuple[Any, Any]:
    import transformers as t

    text = TEXT | {"model_type": "llama"}
    config = t.SmolVLMConfig(text_config=text, vision_config=_TOWER, image_token_id=110, scale_factor=2)
    return t.SmolVLMForConditionalGeneration, config


def _internvl() -> tuple[Any, Any]:
    import transformers as t

    tower = _TOWER | {"image_size": [16, 16], "patch_size": [4, 4]}
    config = t.InternVLConfig(
        text_config=TEXT | {"model_type": "qwen2"}, vision_config=tower, image_token_id=110, image_seq_length=4
    )
    return t.InternVLForConditionalGeneration, config


def _phi4_multimodal() -> tuple[Any, Any]:
    import transformers as t

    config = t.Phi4MultimodalConfig(
        **TEXT,
        vision_config=_TOWER | {"crop_size": 16, "image_token_id": 110},
        audio_config={
            "hidden_size": 16,
            "intermediate_size": 16,
            "num_blocks": 1,
            "num_attention_heads": 2,
            "audio_token_id": 114,
            "ext_pw_out_channel": 16,
            "depthwise_separable_out_channel": 16,
            "nemo_conv_channels": 16,
            "input_size": 16,
        },
    )
    return t.Phi4MultimodalForCausalLM, config


def _gemma3() -> tuple[Any, Any]:
    import transformers as t

    text = TEXT | {"head_dim": 8, "sliding_window": 16, "query_pre_attn_scalar": 8}
    tower = _TOWER | {"model_type": "siglip_vision_model"}
    config = t.Gemma3Config(text_config=text, vision_config=tower, image_token_index=110, mm_tokens_per_image=4)
    return t.Gemma3ForConditionalGeneration, config


def _mistral() -> tuple[Any, Any]:
    import transformers as t

    return t.MistralForCausalLM, t.MistralConfig(**TEXT, sliding_window=16)


def _gemma2() -> tuple[Any, Any]:
    import transformers as t

    kinds = ["full_attention"] * LAYERS
    return t.Gemma2ForCausalLM, t.Gemma2Config(**TEXT, head_dim=8, layer_types=kinds, attn_logit_softcapping=50.0)


def _gpt_oss() -> tuple[Any, Any]:
    import transformers as t

    kinds = ["full_attention"] * LAYERS
    more = {"head_dim": 8, "layer_types": kinds, "num_local_experts": 2, "num_experts_per_tok": 1}
    return t.GptOssForCausalLM, t.GptOssConfig(**TEXT, **more)


def _t5() -> tuple[Any, Any]:
    import transformers as t

    config = t.T5Config(vocab_size=VOCABULARY, d_model=WIDTH, d_ff=32, num_layers=1, num_heads=2, d_kv=8)
    return t.T5ForConditionalGeneration, config


BUILDERS: dict[str, Callable[[], tuple[Any, Any]]] = {
    "llama": _llama,
    "qwen2.5-omni": _qwen2_5_omni,
    "qwen3-omni-moe": _qwen3_omni_moe,
    "qwen2-vl": _qwen2_vl,
    "qwen2.5-vl": _qwen2_5_vl,
    "qwen3-vl": _qwen3_vl,
    "qwen2-audio": _qwen2_audio,
    "audio-flamingo3": _audio_flamingo3,
    "llava-onevision": _llava_onevision,
    "smolvlm": _smolvlm,
    "internvl": _internvl,
    "phi4-multimodal": _phi4_multimodal,
    # Refused:
    "gemma3": _gemma3,
    "mistral": _mistral,
    "gemma2": _gemma2,
    "gpt-oss": _gpt_oss,
    "t5": _t5,
}
STEERABLE = tuple(BUILDERS)[:12]
