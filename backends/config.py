"""Typed options of the four kinds of backend: what `[backends.NAME]` in `affectgraph.toml` may say."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = [
    "KINDS",
    "BackendConfig",
    "Decoding",
    "EmbeddedConfig",
    "EmbedderConfig",
    "RemoteConfig",
    "ScriptedConfig",
    "TranscriberConfig",
    "TransformersConfig",
]


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Decoding(_Options):
    """How free text is sampled. Structured answers are always decoded greedily.

    Our choice: a low temperature with a fixed seed, so that a run repeats itself unless asked otherwise.
    """

    temperature: float = Field(default=0.3, ge=0.0, le=2.0)
    top_p: float = Field(default=0.9, gt=0.0, le=1.0)
    repeat_penalty: float = Field(default=1.0, ge=1.0, le=2.0)
    seed: int = Field(default=7, ge=0)


class EmbeddedConfig(_Options):
    """llama.cpp in this process, through xllamacpp."""

    kind: Literal["embedded"] = "embedded"
    model: Path | None = Field(default=None, description="a GGUF file; unset: SmolLM2-135M-Instruct from its package")
    mmproj: Path | None = Field(default=None, description="multimodal projector of a vision or audio GGUF")
    context: int = Field(default=8192, ge=512, description="context window of one slot, in tokens")
    slots: int = Field(
        default=2, ge=1, le=64, description="conversations served at a time, each with its own prefix cache"
    )
    threads: int | None = Field(
        default=None, ge=1, description="engine threads; unset: all cores. On a busy machine fewer are faster"
    )
    gpu_layers: int = Field(
        default=0, ge=0, description="layers offloaded to a GPU, where the engine was built for one"
    )
    reproducible: bool = Field(default=False, description="no prefix reuse: the same request gives the same numbers")
    decoding: Decoding = Decoding()


class TransformersConfig(_Options):
    """torch and Hugging Face transformers in this process."""

    kind: Literal["transformers"] = "transformers"
    model: str = Field(description="a local folder, or a hub id where `allow_download` is set")
    task: Literal["text", "image-text", "multimodal"] = Field(
        default="text",
        description="image-text: a model that reads images and text; it must be one, and be run as one. multimodal: a "
        "model of a known class that reads any of images, sound and video, and says which tokens stand for which",
    )
    revision: str | None = None
    gguf_file: str | None = Field(default=None, description="load this GGUF file of the folder instead of safetensors")
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    device: str = Field(default="auto", description="cpu, cuda, cuda:1, mps, or auto")
    device_map: str | dict[str, int | str] | None = Field(
        default=None,
        description="spread the weights over several devices, by accelerate: auto, balanced, sequential, or a table of "
        "modules and devices; instead of `device`",
    )
    quantization: Literal["4bit"] | None = Field(
        default=None, description="4bit: weights in NF4 by bitsandbytes, which must be installed; computes in bfloat16"
    )
    context: int | None = Field(default=None, ge=64, description="context window in tokens; unset: the model's own")
    max_batch: int = Field(default=8, ge=1, description="concurrent requests decoded together")
    batch_window_ms: float = Field(default=5.0, ge=0.0, description="how long a request waits for company")
    cached_prefixes: int = Field(default=4, ge=0, description="conversations whose key/value cache is kept; 0: none")
    allow_download: bool = Field(default=False, description="let the hub client use the network")
    trust_remote_code: bool = Field(
        default=False, description="run code that ships with the weights: only if you read it"
    )
    steering: bool = Field(default=False, description="attention heads can be read and steered, where that is exact")
    decoding: Decoding = Decoding()

    @model_validator(mode="after")
    def _whole(self) -> TransformersConfig:
        if self.task != "text" and self.gguf_file is not None:
            raise ValueError(
                "a GGUF file holds the language part only: give a folder of safetensors, or use kind 'embedded'"
            )
        if self.quantization is not None and self.gguf_file is not None:
            raise ValueError(
                "a GGUF file is quantized already: leave out quantization, or give a folder of safetensors"
            )
        if self.device_map is not None and self.device != "auto":
            raise ValueError("device is one place and device_map several: give one of them")
        if self.task == "image-text" and self.steering:
            raise ValueError('steering needs to know where each modality stands: set task = "multimodal"')
        return self


class RemoteConfig(_Options):
    """An OpenAI-compatible endpoint, or any provider that instructor knows."""

    kind: Literal["remote"] = "remote"
    model: str = Field(description="the model's name at the endpoint, or 'provider/model' for instructor's providers")
    base_url: str | None = Field(default=None, description="an OpenAI-compatible URL, e.g. http://127.0.0.1:8000/v1")
    api_key_env: str | None = Field(default=None, description="name of the environment variable that holds the key")
    timeout_s: float = Field(default=60.0, gt=0.0)
    max_retries: int = Field(default=2, ge=0, le=10, description="retries of a failed request; Retry-After is honoured")
    json_answers: Literal["server", "prompt"] = Field(
        default="server", description="prompt: the server has no json_schema"
    )
    logprobs: bool = Field(default=False, description="the endpoint returns top_logprobs (choose is then calibrated)")
    image: bool = Field(default=False, description="the model reads images: they leave this machine with the text")
    audio: bool = Field(
        default=False,
        description="an OpenAI-compatible server whose model reads input_audio parts: sound leaves this machine too",
    )
    context: int | None = Field(default=None, ge=512, description="context window in tokens, where known")
    concurrency: int = Field(default=8, ge=1)
    consent: bool = Field(default=False, description="agreed: text leaves this machine for this endpoint")
    max_tokens_per_run: int | None = Field(
        default=None, ge=1, description="stop before this many tokens, retries counted"
    )
    max_cost_per_run: float | None = Field(
        default=None, gt=0.0, description="stop before this cost, in the prices' currency"
    )
    price_in: float | None = Field(default=None, ge=0.0, description="price of a million prompt tokens")
    price_out: float | None = Field(default=None, ge=0.0, description="price of a million generated tokens")
    decoding: Decoding = Decoding()

    @model_validator(mode="after")
    def _reachable(self) -> RemoteConfig:
        if self.base_url is None and "/" not in self.model:
            raise ValueError("give base_url, or a model of the form 'provider/model'")
        if self.max_cost_per_run is not None and (self.price_in is None or self.price_out is None):
            raise ValueError("max_cost_per_run needs price_in and price_out")
        if self.audio and self.base_url is None:
            raise ValueError("audio needs base_url: sound is sent in OpenAI's form only")
        return self


class ScriptedConfig(_Options):
    """Replies read from a file, in order: for tests and demonstrations, no model and no network."""

    kind: Literal["scripted"] = "scripted"
    path: Path = Field(description="JSON Lines; each line a reply: a string, or an object to be given as JSON")
    cycle: bool = Field(default=False, description="start over when the replies are used up")


class EmbedderConfig(_Options):
    """What turns texts into vectors: an encoder in this process, on torch, or one behind a remote backend."""

    model: Path | None = Field(
        default=None, description="a local folder of a Hugging Face encoder; unset: all-MiniLM-L6-v2 from its package"
    )
    max_tokens: int = Field(
        default=256, ge=16, le=8192, description="what is beyond this many tokens is not read (local encoders)"
    )
    backend: str | None = Field(default=None, description="a remote backend whose endpoint serves /v1/embeddings")
    remote_model: str | None = Field(default=None, description="the embedding model's name at that endpoint")

    @model_validator(mode="after")
    def _is_one_of_two(self) -> EmbedderConfig:
        if (self.backend is None) != (self.remote_model is None):
            raise ValueError("backend and remote_model belong together: give both, or neither")
        if self.backend is not None and self.model is not None:
            raise ValueError("model is a local encoder and backend a remote one: give one of them")
        return self


class TranscriberConfig(_Options):
    """What turns speech into text: Moonshine in this process, on onnxruntime."""

    model: Path | None = Field(
        default=None,
        description="a local folder of a Moonshine model (encoder_model.onnx, decoder_model_merged.onnx, "
        "tokenizer.json); unset: the English one of `affectgraph weights fetch --speech`",
    )
    languages: tuple[str, ...] = Field(
        default=("en",), min_length=1, description="what that model was trained on, as ISO 639-1 codes"
    )
    threads: int | None = Field(default=None, ge=1, description="unset: one for each core")


BackendConfig = Annotated[
    EmbeddedConfig | TransformersConfig | RemoteConfig | ScriptedConfig, Field(discriminator="kind")
]

KINDS: dict[str, type[BaseModel]] = {
    "embedded": EmbeddedConfig,
    "transformers": TransformersConfig,
    "remote": RemoteConfig,
    "scripted": ScriptedConfig,
}
