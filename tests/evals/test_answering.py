"""Answering an item: kept where it was made before, an unreadable answer is an answer, a failed engine is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import BaseMessage

from affectgraph.backends.config import EmbeddedConfig, RemoteConfig, TransformersConfig
from affectgraph.backends.errors import BackendError, MalformedAnswer
from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.evals.answering import Answerer, reproducible
from affectgraph.evals.answers import Answers
from affectgraph.graphs import load
from affectgraph.graphs.settings import Settings

INPUT = {"text": "I miss my sister.", "questions": ["emotion"]}
SET = {"name": "letters", "split": "dev", "revision": "0"}


class Asked:
    """A model that counts how often it is asked, and fails first if told to."""

    def __init__(self, label: str, failures: int = 0, error: type[Exception] = BackendError) -> None:
        self.label, self.failures, self.error, self.times = label, failures, error, 0

    def __call__(self, messages: list[BaseMessage]) -> Any:
        self.times += 1
        if self.times <= self.failures:
            raise self.error("the engine fell over")
        return {self.label: 1.0}


def answerer(path: Path, asked: Asked, name: str = "one", **changed: Any) -> Answerer:
    class Named(ScriptedBackend):
        @property
        def identity(self) -> str:
            return name

    settings = Settings()
    graph = load("reading", model=Named(label="scripted", replies=asked), settings=settings)
    arguments: dict[str, Any] = {"dataset": SET, "condition": "default", **changed}
    return Answerer("reading", graph, settings, Answers(path / "answers.sqlite"), **arguments)


def label(answer: Any) -> str:
    return str(answer.output["readings"]["emotion"]["label"])


def test_an_item_is_asked_once(tmp_path: Path) -> None:
    asked = Asked("sadness")
    first = answerer(tmp_path, asked).answer("a", INPUT)
    again = answerer(tmp_path, asked).answer("a", INPUT)
    assert asked.times == 1
    assert (first.cached, again.cached) == (False, True)
    assert (again.output, again.seconds, again.trace) == (first.output, first.seconds, first.trace)
    assert label(again) == "sadness"


def test_no_answer_crosses_from_one_model_to_another(tmp_path: Path) -> None:
    one = answerer(tmp_path, Asked("sadness"), "model-a").answer("a", INPUT)
    two = answerer(tmp_path, Asked("joy"), "model-b").answer("a", INPUT)
    assert (label(one), label(two), two.cached) == ("sadness", "joy", False)


@pytest.mark.parametrize(
    "changed",
    [
        {"dataset": {**SET, "revision": "1"}},
        {"dataset": {**SET, "split": "test"}},
        {"condition": "shuffled"},
        {"until": "read"},
    ],
    ids=["revision", "split", "condition", "until"],
)
def test_another_set_condition_or_end_is_asked_anew(tmp_path: Path, changed: dict[str, Any]) -> None:
    asked = Asked("sadness")
    answerer(tmp_path, asked).answer("a", INPUT)
    assert not answerer(tmp_path, asked, **changed).answer("a", INPUT).cached
    assert asked.times == 2


def test_another_item_input_or_epoch_is_asked_anew(tmp_path: Path) -> None:
    asked = Asked("sadness")
    one = answerer(tmp_path, asked)
    one.answer("a", INPUT)
    for arguments in (("b", INPUT), ("a", {**INPUT, "text": "I miss him."}), ("a", INPUT, 2)):
        assert not one.answer(*arguments).cached
    assert asked.times == 4


def test_fresh_asks_again_and_replaces(tmp_path: Path) -> None:
    answerer(tmp_path, Asked("sadness")).answer("a", INPUT)
    assert (tmp_path / "answers.sqlite").stat().st_mode & 0o077 == 0  # for its owner alone
    assert label(answerer(tmp_path, Asked("joy"), fresh=True).answer("a", INPUT)) == "joy"
    assert label(answerer(tmp_path, Asked("anger")).answer("a", INPUT)) == "joy"


def test_a_failed_engine_is_an_error_and_is_asked_again(tmp_path: Path) -> None:
    asked = Asked("sadness", failures=1)
    one = answerer(tmp_path, asked)
    with pytest.raises(BackendError, match="fell over"):
        one.answer("a", INPUT)
    assert label(one.answer("a", INPUT)) == "sadness"


def test_an_answer_without_the_wanted_shape_is_kept_as_unreadable(tmp_path: Path) -> None:
    asked = Asked("sadness", failures=1, error=MalformedAnswer)
    one = answerer(tmp_path, asked)
    first, again = one.answer("a", INPUT), one.answer("a", INPUT)
    assert (first.output, first.problem) == (None, "MalformedAnswer")
    assert (again.output, again.problem, again.cached) == (None, "MalformedAnswer", True)
    assert asked.times == 1


def test_the_nodes_before_an_unreadable_answer_stay_in_its_trace(tmp_path: Path) -> None:
    def play(messages: list[BaseMessage]) -> Any:
        if "What emotion" in str(messages[-1].text):
            return {"guilt": 1.0}
        if "How strong" in str(messages[-1].text):
            return {"high": 1.0}
        raise MalformedAnswer("no JSON")

    settings = Settings()
    graph = load("empathy", model=ScriptedBackend(replies=play), settings=settings)
    one = Answerer("empathy", graph, settings, Answers(tmp_path / "answers.sqlite"), dataset=SET)
    answer = one.answer("a", {"text": "My father has dementia. Yesterday I shouted at him, and I am ashamed of it."})
    assert answer.problem == "MalformedAnswer"
    assert [entry.node for entry in answer.trace] == ["screen", "segment"]


def test_a_graph_can_be_stopped_after_a_node_and_no_model_is_asked(tmp_path: Path) -> None:
    asked = Asked("sadness")
    settings = Settings()
    graph = load("empathy", model=ScriptedBackend(replies=asked), settings=settings)
    answers = Answers(tmp_path / "answers.sqlite")
    one = Answerer("empathy", graph, settings, answers, until="screen", dataset=SET)
    answer = one.answer("a", {"text": "I want to kill myself tonight."})
    assert answer.output is not None
    assert answer.output["values"]["safety"]["level"] >= 2
    assert [entry.node for entry in answer.trace] == ["screen"]
    assert asked.times == 0


def test_reproducible_settings_take_one_request_at_a_time_with_fresh_prefixes() -> None:
    remote = RemoteConfig(model="m", base_url="http://127.0.0.1:1/v1")
    backends = {"e": EmbeddedConfig(slots=4), "t": TransformersConfig(model="m"), "r": remote}
    made = reproducible(Settings(backends=backends)).backends
    assert made["e"] == EmbeddedConfig(slots=1, reproducible=True)
    assert made["t"] == TransformersConfig(model="m", cached_prefixes=0, max_batch=1)
    assert made["r"] == remote
