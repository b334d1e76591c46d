"""Loads a Hugging Face model and tokenizer, and says what was loaded.

Imports torch: load it only through `transformers.py`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import (
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    AutoTokenizer,
    BitsAndBytesConfig,
    GenerationConfig,
    PreTrainedConfig,
)

from affectgraph.backends.config import TransformersConfig
from affectgraph.backends.errors import AffectgraphError, MissingDependency, SettingsError
from affectgraph.backends.transformers_images import ImageTextTokens, load_processor
from affectgraph.backends.transformers_multimodal import MultimodalTokens, adapter_for
from affectgraph.backends.transformers_multimodal_adapters import Adapter, video_settings
from affectgraph.backends.transformers_text import ChatTokens

__all__ = ["Loaded", "load"]


@dataclass(frozen=True)
class Loaded:
    """A model ready to answer.

    Attributes:
        model: in evaluation mode, on its device.
        tokens: its tokenizer and chat template.
        context: context window in tokens; None where neither the model nor the settings say.
        identity: model name with its revision, or with a hash of its configuration and the sizes of its weight files.
        parameters: how many weights it has.
    """

    model: Any
    tokens: ChatTokens
    context: int | None
    identity: str
    parameters: int


def load(config: TransformersConfig) -> Loaded:
    """Load weights and tokenizer; nothing is fetched unless `allow_download` is set.

    Raises:
        SettingsError: no model there, no chat template, or options that do not fit the model.
        MissingDependency: a package that these weights need is not installed.
    """
    device = _device(config.device)
    if config.quantization is not None:
        _require_bitsandbytes(config)
    place = _place(config.model)
    options: dict[str, Any] = {
        "revision": config.revision,
        "gguf_file": config.gguf_file,
        "local_files_only": not config.allow_download,
        "trust_remote_code": config.trust_remote_code,
    }
    options = {name: value for name, value in options.items() if value is not None}
    try:
        adapter = _adapter(place, options) if config.task == "multimodal" else None
        tokenizer = AutoTokenizer.from_pretrained(place, **options)
        # Pickled weights run code when loaded: safetensors (or GGUF) only.
        model: Any = _class_of_model(config, adapter).from_pretrained(
            place, dtype=_dtype(config.dtype, device), use_safetensors=True, **options, **_placed(config, device)
        )
        processor = _processor(place, model, options, adapter) if config.task != "text" else None
    except AffectgraphError:
        raise
    except ImportError as error:
        raise MissingDependency(f"cannot load {config.model}: {_sentence(error)}") from error
    except Exception as error:
        raise SettingsError(_refusal(config, error)) from error
    if not (getattr(processor, "chat_template", None) or tokenizer.chat_template):
        raise SettingsError(f"the tokenizer of {config.model} has no chat template; choose an instruction-tuned model")
    ends = _end_ids(model, tokenizer)
    # The settings say how to sample, not a file that came with the weights.
    model.generation_config = GenerationConfig()  # type: ignore[no-untyped-call]
    if config.device_map is None and config.quantization is None:
        model.to(device)
    model.eval().requires_grad_(False)
    text = model.config.get_text_config()
    made = adapter(model, processor, video_settings(place, options)) if adapter else None
    return Loaded(
        model=model,
        tokens=_tokens(model, tokenizer, processor, ends, made),
        context=_context(config, getattr(text, "max_position_embeddings", None)),
        identity=_identity(config, getattr(model.config, "_commit_hash", None)),
        parameters=model.num_parameters(),
    )


def _adapter(place: str, options: Mapping[str, Any]) -> type[Adapter]:
    described, _ = PreTrainedConfig.get_config_dict(place, **options)
    return adapter_for(str(described.get("model_type")))


def _class_of_model(config: TransformersConfig, adapter: type[Adapter] | None) -> Any:
    if adapter is not None:
        return getattr(transformers, adapter.model_class)
    return AutoModelForImageTextToText if config.task == "image-text" else AutoModelForCausalLM


def _processor(place: str, model: Any, options: Mapping[str, Any], adapter: type[Adapter] | None) -> Any:
    named = adapter.processor_class if adapter else None
    return load_processor(place, model.config, options, getattr(transformers, named) if named else None)


def _tokens(model: Any, tokenizer: Any, processor: Any, ends: frozenset[int], adapter: Adapter | None) -> ChatTokens:
    vocabulary = max(model.config.get_text_config().vocab_size, len(tokenizer))
    if processor is None:
        return ChatTokens(tokenizer, ends, vocabulary)
    if adapter is None:
        return ImageTextTokens(processor, tokenizer, ends, vocabulary, model)
    return MultimodalTokens(adapter, tokenizer, processor.chat_template, ends, vocabulary, model)


def _device(wanted: str) -> torch.device:
    if wanted == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(wanted)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise SettingsError(f"device = {wanted!r} cannot be used here; set cpu, cuda, mps or auto") from error
    return device


def _dtype(wanted: str, device: torch.device) -> str | torch.dtype:
    if wanted == "auto":
        # Half precision is slow on most CPUs.
        return torch.float32 if device.type == "cpu" else "auto"
    return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[wanted]


def _placed(config: TransformersConfig, device: torch.device) -> dict[str, Any]:
    """Options of `from_pretrained` that put the weights into place, where `to` cannot or must not."""
    options: dict[str, Any] = {}
    if config.quantization is not None:
        # Quantized weights stay on the device on which they were packed.
        options["device_map"] = {"": device}
        options["quantization_config"] = BitsAndBytesConfig(  # type: ignore[no-untyped-call]
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16 if config.dtype == "auto" else _dtype(config.dtype, device),
        )
    if config.device_map is not None:
        options["device_map"] = config.device_map
    return options


def _require_bitsandbytes(config: TransformersConfig) -> None:
    if importlib.util.find_spec("bitsandbytes") is None:
        raise MissingDependency(
            f'quantization = "4bit" of {config.model} needs bitsandbytes, which is not installed: '
            "pip install bitsandbytes, or leave quantization out"
        )


def _place(model: str) -> str:
    folder = Path(model).expanduser()
    return str(folder) if folder.is_dir() else model


def _end_ids(model: Any, tokenizer: Any) -> frozenset[int]:
    """All end markers: a model may end a turn by another token than the one its tokenizer names."""
    named = getattr(model.generation_config, "eos_token_id", None)
    listed = named if isinstance(named, list) else [named]
    return frozenset(token for token in (*listed, tokenizer.eos_token_id) if token is not None)


def _context(config: TransformersConfig, own: int | None) -> int | None:
    if config.context is not None and own is not None and config.context > own:
        raise SettingsError(f"context = {config.context}, but {config.model} was made for {own} tokens at most")
    return config.context or own


def _identity(config: TransformersConfig, commit: str | None) -> str:
    packed = f"+{config.quantization}" if config.quantization else ""
    folder = Path(config.model).expanduser()
    if not folder.is_dir():
        return f"{config.model}@{config.revision or commit or 'unknown'}{packed}"
    weights = [folder / config.gguf_file] if config.gguf_file else sorted(folder.glob("*.safetensors"))
    digest = hashlib.sha256()
    described = ["config.json"]
    if config.task != "text":  # how media are scaled and cut is part of what the model sees
        described += ["processor_config.json", "preprocessor_config.json"]
    if config.task == "multimodal":
        described += ["video_preprocessor_config.json"]
    for name in described:
        if (folder / name).is_file():
            digest.update((folder / name).read_bytes())
    for file in weights:
        digest.update(f"{file.name}:{file.stat().st_size};".encode() + _sampled(file))
    name = Path(config.gguf_file).stem if config.gguf_file else folder.resolve().name
    return f"{name}:{digest.hexdigest()[:12]}{packed}"


def _sampled(file: Path) -> bytes:
    """64 blocks of 64 KiB, evenly spaced: another checkpoint differs in nearly all, and gigabytes take no time."""
    block, size = 1 << 16, file.stat().st_size
    if size <= 64 * block:
        return file.read_bytes()
    with file.open("rb") as opened:
        parts = []
        for number in range(64):
            opened.seek(number * (size - block) // 63)
            parts.append(opened.read(block))
    return b"".join(parts)


def _refusal(config: TransformersConfig, error: Exception) -> str:
    folder = Path(config.model).expanduser()
    if not folder.is_dir() and not config.allow_download:
        return (
            f"model = {config.model!r} is neither a local folder nor already downloaded; "
            "give a folder, or set allow_download = true for a hub id"
        )
    if config.gguf_file and folder.is_dir() and not (folder / config.gguf_file).is_file():
        return f"the folder {config.model} has no file {config.gguf_file}; correct `gguf_file`"
    if folder.is_dir() and not config.gguf_file and not (folder / "config.json").is_file():
        return f"the folder {config.model} has no config.json, so it is not a Hugging Face model; correct `model`"
    return f"cannot load a model from {config.model}: {_sentence(error)}{_other_task(config, folder)}"


def _other_task(config: TransformersConfig, folder: Path) -> str:
    """What to do about a model that was asked for as the wrong kind; nothing where it is of the right kind."""
    if config.task == "multimodal":
        return ""
    try:
        sees = "vision_config" in json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    if sees == (config.task == "image-text"):
        return ""
    return f'; set task = "{"image-text" if sees else "text"}"'


def _sentence(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0]
