"""A model of inspect_ai in a graph's roles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from inspect_ai.log import read_eval_log
from inspect_ai.model import GenerateConfig, ModelAPI, ModelOutput, ModelUsage, modelapi

from affectgraph.evals.evaluating import evaluate
from affectgraph.evals.opening import Asked
from tests.evals.conftest import quiet_inspect

ASKED: list[Any] = []


@modelapi(name="letters")
class Letters(ModelAPI):
    """Answers every choice with `anger`, in JSON."""

    def __init__(
        self, model_name: str, base_url: str | None = None, config: GenerateConfig | None = None, **named: Any
    ) -> None:
        super().__init__(model_name=model_name, base_url=base_url, config=config or GenerateConfig())

    async def generate(self, input: Any, tools: Any, tool_choice: Any, config: GenerateConfig) -> ModelOutput:
        ASKED.append((input, config))
        output = ModelOutput.from_content("letters", json.dumps({"label": "anger", "confidence": 0.8}))
        output.usage = ModelUsage(input_tokens=40, output_tokens=9, total_tokens=49)
        return output


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    ASKED.clear()
    yield
    ASKED.clear()


def test_an_inspect_model_serves_the_graph_and_its_usage_is_counted(goemotions: Path, settings_file: Path) -> None:
    asked = Asked(data=str(goemotions), config=str(settings_file))
    with quiet_inspect():
        (result,) = evaluate(
            "goemotions", asked, ["choose"], limit=3, log_dir=goemotions.parent / "logs", model="letters/one"
        )
    assert result.failed == []
    assert {getattr(row, "prediction", None) for row in result.rows} == {"anger"}
    assert len(ASKED) == 3
    assert all(row.tokens == 49 for row in result.rows)
    assert ASKED[0][1].max_tokens == 128
    log = read_eval_log(str(result.log))
    assert log.eval.model == "letters/one"
    assert log.stats.model_usage["letters/one"].input_tokens == 120
    about = (log.eval.metadata or {})["affectgraph"]
    assert about["backend"] == "inspect"
    assert "letters/one" in about["identity"]


def test_answers_of_two_inspect_models_stay_apart(goemotions: Path, settings_file: Path) -> None:
    asked = Asked(data=str(goemotions), config=str(settings_file))
    kept = []
    for model in ("letters/one", "letters/one", "letters/two"):
        with quiet_inspect():
            (result,) = evaluate(
                "goemotions", asked, ["choose"], limit=2, log_dir=goemotions.parent / "logs", model=model
            )
        kept.append(result.kept)
    assert kept == [0, 2, 0]


def test_the_identity_of_a_model_covers_address_arguments_and_the_files_they_name(tmp_path: Path) -> None:
    from inspect_ai.model import get_model

    from affectgraph.evals.inspect_model import InspectBackend

    def identity(**named: Any) -> str:
        return InspectBackend(model=get_model("letters/one", memoize=False, **named)).identity

    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"one")
    made = [identity(), identity(base_url="http://127.0.0.1:1"), identity(model_path=str(tmp_path))]
    weights.write_bytes(b"other")
    made.append(identity(model_path=str(tmp_path)))
    assert len(set(made)) == 4
    assert identity() == made[0]
