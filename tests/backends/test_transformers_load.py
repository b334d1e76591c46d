"""What the transformers backend loads, what it refuses, and what it says of itself. The last test loads SmolLM2."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from pydantic import BaseModel, Field, ValidationError

from affectgraph.backends.config import TransformersConfig
from affectgraph.backends.errors import MissingDependency, SettingsError
from affectgraph.backends.transformers import TransformersBackend

pytest.importorskip("torch")
pytest.importorskip("transformers")

Open = Callable[..., TransformersBackend]
QUESTION = "Hello."


class Reading(BaseModel):
    label: Literal["joy", "sadness"]
    words: list[str] = Field(max_length=2)
    why: str = Field(max_length=12)


def asked(text: str) -> list[BaseMessage]:
    return [HumanMessage(text)]


def ask(backend: TransformersBackend, text: str, max_tokens: int = 24) -> AIMessage:
    return backend.invoke(asked(text), max_tokens=max_tokens)


def test_importing_the_module_imports_no_torch() -> None:
    heavy = "('torch', 'transformers', 'llguidance')"
    code = f"import sys, affectgraph.backends.transformers; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_what_it_says_of_itself(opened: Open, tiny_sliding_folder: Path) -> None:
    backend = opened()
    assert backend.identity == opened().identity != opened(tiny_sliding_folder).identity
    assert "/" not in backend.identity
    assert backend.capabilities.listed() == ["text", "logprobs"]
    assert backend.capabilities.json_answers == "grammar"
    assert (backend.concurrency, backend.context_tokens) == (8, 512)
    assert backend.count_tokens("joy and joy") == 3
    assert "not for people in distress" in (backend.notice or "")


def test_the_identity_changes_with_the_configuration_and_with_the_size_of_the_weights(
    opened: Open, tiny_llama_folder: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(tiny_llama_folder, tmp_path / "other"))
    first = opened(folder).identity
    settings = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(settings | {"rms_norm_eps": 0.1}))
    second = opened(folder).identity
    (folder / "more.safetensors").write_bytes(b"1")
    assert len({first, second, opened(folder).identity}) == 3


def test_the_settings_decode_and_not_a_file_beside_the_weights(
    opened: Open, tiny_llama_folder: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(tiny_llama_folder, tmp_path / "other"))
    expected = ask(opened(), QUESTION)
    file = folder / "generation_config.json"
    file.write_text(json.dumps({"do_sample": True, "temperature": 9.0, "repetition_penalty": 9.0}))
    assert ask(opened(folder), QUESTION).content == expected.content
    # Only the end markers are read from it.
    file.write_text(json.dumps({"eos_token_id": [2, 17]}))
    assert opened(folder)._tokens.end_ids == {2, 17}


def _without(name: str, source: Path, target: Path) -> Path:
    target.mkdir()
    for file in source.iterdir():
        if file.name != name:
            (target / file.name).symlink_to(file)
    return target


def test_wrong_settings_are_told_in_one_sentence(opened: Open, tiny_llama_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    untemplated = _without("chat_template.jinja", tiny_llama_folder, tmp_path / "untemplated")
    weightless = _without("model.safetensors", tiny_llama_folder, tmp_path / "weightless")
    cases: list[tuple[Path, dict[str, Any], str]] = [
        (tmp_path / "nowhere", {}, "neither a local folder nor"),
        (tmp_path / "empty", {}, "no config.json"),
        (tmp_path / "empty", {"gguf_file": "x.gguf"}, "no file x.gguf"),
        (untemplated, {}, "no chat template"),
        (weightless, {}, "cannot load a model"),
        (tiny_llama_folder, {"context": 100_000}, "made for 512 tokens"),
        (tiny_llama_folder, {"device": "toaster"}, "device = 'toaster'"),
    ]
    for folder, options, message in cases:
        with pytest.raises(SettingsError, match=message) as caught:
            opened(folder, **options)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("package", ["torch", "transformers", "llguidance"])
def test_a_missing_package_names_its_installation(opened: Open, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingDependency, match=rf"{package}: pip install 'affectgraph\[transformers\]'"):
        opened()


def test_a_device_map_places_the_weights_and_changes_no_answer(opened: Open) -> None:
    usual, mapped = opened(), opened(device="auto", device_map={"": "cpu"})
    assert ask(mapped, QUESTION).content == ask(usual, QUESTION).content
    with pytest.raises(SettingsError, match="toaster"):
        opened(device="auto", device_map={"": "toaster"})
    with pytest.raises(ValidationError, match="give one of them"):
        TransformersConfig(model="m", device="cuda", device_map="auto")


def test_four_bits_need_bitsandbytes(opened: Open) -> None:
    if importlib.util.find_spec("bitsandbytes") is None:
        with pytest.raises(MissingDependency, match=r"needs bitsandbytes.*pip install bitsandbytes"):
            opened(quantization="4bit")
    with pytest.raises(ValidationError, match="quantized already"):
        TransformersConfig(model="m", gguf_file="m.gguf", quantization="4bit")


def test_smollm2_answers_sensibly_from_its_gguf(smollm2_in_torch: TransformersBackend) -> None:
    backend = smollm2_in_torch
    assert backend.identity.startswith("SmolLM2-135M-Instruct")
    answer = ask(backend, "What is the capital of France?")
    assert "Paris" in answer.text
    assert answer.response_metadata["finish_reason"] == "stop"
    question = "Which emotion does the writer express? Answer joy, anger, or sadness."
    felt = [
        backend.choose(
            asked(f"{text}\n\n{question}"),
            ["joy", "anger", "sadness"],
            lead="The writer feels",
            neutral=asked(question),
        ).top
        for text in ("My dog died and I cried all day.", "I won the prize and we danced all night!")
    ]
    assert felt == ["sadness", "joy"]
    reading = backend.fill(asked("My dog died. Answer in JSON with label, words and why."), Reading)
    assert isinstance(reading, Reading)
