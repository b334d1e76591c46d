"""The scripted backend: replies in order, from a function or from a file, and errors that say where to look."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import BaseMessage, HumanMessage
from pydantic import BaseModel

from affectgraph.backends.base import Capabilities
from affectgraph.backends.config import ScriptedConfig
from affectgraph.backends.errors import BackendError, SettingsError
from affectgraph.backends.scoring import Distribution
from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.backends.usage import record

ASK = [HumanMessage("How are you?")]


class Mood(BaseModel):
    mood: str


def said(backend: ScriptedBackend) -> str:
    return str(backend.invoke(ASK).text)


def opened(path: Path, text: str, cycle: bool = False) -> ScriptedBackend:
    path.write_text(text, encoding="utf-8")
    return ScriptedBackend.from_config(ScriptedConfig(path=path, cycle=cycle), "mine")


# --- which reply comes next ------------------------------------------------------------------------------------------


def test_replies_come_in_order_over_all_kinds_of_call() -> None:
    backend = ScriptedBackend(replies=["one", {"mood": "sad"}, {"a": 3, "b": 1}, "two words here", ["x"]])
    assert said(backend) == "one"
    assert backend.fill(ASK, Mood).mood == "sad"
    assert backend.choose(ASK, ["a", "b"]).probabilities == {"a": 0.75, "b": 0.25}
    assert [chunk.text for chunk in backend.stream(ASK) if chunk.text] == ["two", " words", " here"]
    assert said(backend) == '["x"]'


def test_a_function_sees_the_messages() -> None:
    def reply(messages: list[BaseMessage]) -> str:
        return f"You said: {messages[-1].text}"

    backend = ScriptedBackend(replies=reply)
    assert [said(backend), said(backend)] == ["You said: How are you?"] * 2
    assert backend.concurrency > 1


def test_an_exhausted_script_says_how_long_it_was() -> None:
    backend = ScriptedBackend(replies=["one", "two"])
    assert [said(backend), said(backend)] == ["one", "two"]
    for _ in range(2):
        with pytest.raises(BackendError, match="the script has 2 replies and was asked for one more"):
            said(backend)


def test_a_script_starts_over_only_when_told_to() -> None:
    backend = ScriptedBackend(replies=["one", "two"], cycle=True)
    assert [said(backend) for _ in range(5)] == ["one", "two", "one", "two", "one"]


def test_an_empty_script_has_nothing_to_start_over() -> None:
    with pytest.raises(BackendError, match="the script has 0 replies"):
        said(ScriptedBackend(replies=[], cycle=True))


def test_threads_share_one_order() -> None:
    backend = ScriptedBackend(replies=[str(number) for number in range(200)])
    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(lambda _: int(said(backend)), range(200))) == list(range(200))
    assert backend.concurrency == 1


@given(st.text())
@settings(deadline=None)
def test_a_streamed_reply_is_the_reply(text: str) -> None:
    streamed = "".join(str(chunk.text) for chunk in ScriptedBackend(replies=[text]).stream(ASK))
    assert streamed == said(ScriptedBackend(replies=[text])) == text


def test_an_object_is_given_as_json_in_its_own_letters() -> None:
    assert said(ScriptedBackend(replies=[{"mood": "难过"}])) == '{"mood": "难过"}'


def test_a_wrong_object_is_asked_for_again() -> None:
    backend = ScriptedBackend(replies=[{"mood": 3}, {"mood": "sad"}])
    assert backend.fill(ASK, Mood).mood == "sad"


# --- choose ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "shares"),
    [("b", [0.0, 1.0, 0.0]), ({"c": 2, "a": 2}, [0.5, 0.0, 0.5]), ({"b": 0.2, "a": 0.0}, [0.0, 1.0, 0.0])],
)
def test_a_choice_is_a_distribution_over_all_options_in_their_order(reply: Any, shares: list[float]) -> None:
    found = ScriptedBackend(replies=[reply]).choose(ASK, ["a", "b", "c"])
    assert found == Distribution(probabilities=dict(zip("abc", shares, strict=True)))
    assert list(found.probabilities) == ["a", "b", "c"]


@pytest.mark.parametrize(
    "reply",
    [
        "c",
        {"c": 1},
        {"a": 1, "c": 1},
        {},
        {"a": 0},
        {"a": 2, "b": -1},
        {"a": "much"},
        {"a": float("nan")},
        {"a": float("inf")},
        ["a"],
    ],
    ids=str,
)
def test_a_reply_that_is_no_choice_is_refused_with_the_options(reply: Any) -> None:
    with pytest.raises(BackendError, match=r"no choice among \['a', 'b'\]"):
        ScriptedBackend(replies=[reply]).choose(ASK, ["a", "b"])


@pytest.mark.parametrize("options", [[], ["a"], ["a", "a"]])
def test_options_are_checked_as_by_every_backend(options: list[str]) -> None:
    with pytest.raises(ValueError, match="at least two distinct options"):
        ScriptedBackend(replies=["a"]).choose(ASK, options)


# --- what graphs read ------------------------------------------------------------------------------------------------


def test_every_request_is_reported_with_its_tokens() -> None:
    backend = ScriptedBackend(replies=["abcdefgh", {"a": 1}])
    with record() as recorder:
        said(backend)
        backend.choose(ASK, ["a", "b"])
    assert [(entry.tokens_in, entry.tokens_out, entry.calls) for entry in recorder.entries] == [(3, 2, 1), (3, 1, 1)]


def test_it_has_the_abilities_that_it_is_told_to_pretend() -> None:
    abilities = Capabilities(image=True)
    assert ScriptedBackend(abilities=abilities).capabilities == abilities
    assert ScriptedBackend().capabilities.logprobs


# --- files -----------------------------------------------------------------------------------------------------------


def test_a_file_holds_a_reply_a_line(tmp_path: Path) -> None:
    backend = opened(tmp_path / "script.jsonl", '"one"\n\n  {"mood": "难过"}\r\n"three"', cycle=True)
    assert backend.label == "mine"
    assert [said(backend) for _ in range(4)] == ["one", '{"mood": "难过"}', "three", "one"]


@given(st.lists(st.text()))
@settings(deadline=None)
def test_any_text_survives_a_file(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "texts.jsonl"
    backend = opened(path, "\n".join(json.dumps(text, ensure_ascii=False) for text in texts))
    assert [said(backend) for _ in texts] == texts


def test_a_line_that_is_no_json_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"script\.jsonl, line 3: not JSON"):
        opened(tmp_path / "script.jsonl", '"one"\n\n{"mood": \n"three"')


@pytest.mark.parametrize("name", ["missing.jsonl", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=r"cannot read the script .*: (No such file|Is a directory)"):
        ScriptedBackend.from_config(ScriptedConfig(path=tmp_path / name), "mine")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "script.jsonl"
    path.write_bytes(b'"one"\n\xff\xfe')
    with pytest.raises(SettingsError, match=r"cannot read the script .*script\.jsonl: not UTF-8"):
        ScriptedBackend.from_config(ScriptedConfig(path=path), "mine")
