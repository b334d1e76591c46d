"""A user's plain langchain-core chat model as a backend."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.language_models.chat_models import SimpleChatModel
from langchain_core.language_models.fake_chat_models import (
    FakeListChatModel,
    FakeMessagesListChatModel,
    GenericFakeChatModel,
)
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from langchain_core.outputs import ChatGenerationChunk
from pydantic import BaseModel, Field, PrivateAttr

from affectgraph.backends.adapt import adapt
from affectgraph.backends.base import Capabilities
from affectgraph.backends.errors import BackendError, ContextOverflow, MalformedAnswer, TruncatedAnswer
from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.backends.usage import Usage, record

ASK = [SystemMessage("Be kind."), HumanMessage("How do I feel?")]
COUNTED = AIMessage(
    "You feel sad.",
    usage_metadata={
        "input_tokens": 12,
        "output_tokens": 5,
        "total_tokens": 17,
        "input_token_details": {"cache_read": 8},
    },
)


class Mood(BaseModel):
    mood: str
    level: int


class Listening(SimpleChatModel):
    """Remembers the messages and stop words of every request; raises `error` if there is one."""

    answers: list[str] = Field(default=["fine"])
    error: Any = None
    _asked: list[list[BaseMessage]] = PrivateAttr(default_factory=list)
    _stops: list[list[str] | None] = PrivateAttr(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "listening"

    def _call(self, messages: list[BaseMessage], stop: list[str] | None = None, *_: Any, **__: Any) -> str:
        self._asked.append(messages)
        self._stops.append(stop)
        if self.error:
            raise self.error
        return self.answers[len(self._asked) - 1]


def test_it_writes_what_the_model_writes() -> None:
    model = Listening()
    assert adapt(model).invoke(ASK, stop=["END"]).text == "fine"
    assert model._asked == [ASK]
    assert model._stops == [["END"]]


def test_it_streams_what_the_model_streams_piece_by_piece() -> None:
    pieces = [str(chunk.text) for chunk in adapt(FakeListChatModel(responses=["You feel sad."])).stream(ASK)]
    assert [piece for piece in pieces if piece] == list("You feel sad.")


def test_a_model_that_cannot_stream_gives_its_answer_whole() -> None:
    assert "".join(str(chunk.text) for chunk in adapt(Listening()).stream(ASK)) == "fine"


def test_an_answer_is_asked_for_in_the_last_message_and_checked() -> None:
    model = Listening(answers=["Sad, I think.", '```json\n{"mood": "sad", "level": 3}\n```'])
    assert adapt(model).fill(ASK, Mood).model_dump() == {"mood": "sad", "level": 3}
    first, second = model._asked
    assert first[0] == second[0] == ASK[0]
    assert "JSON schema" in str(first[-1].content)
    assert "Invalid JSON" in str(second[-1].content)


def test_an_answer_that_stays_wrong_is_an_error() -> None:
    with pytest.raises(MalformedAnswer, match="3 tries"):
        adapt(FakeListChatModel(responses=["no"])).fill(ASK, Mood)


def test_a_truncated_answer_is_told_from_a_wrong_one() -> None:
    cut = AIMessage('{"mood": "sa', response_metadata={"finish_reason": "length"})
    with pytest.raises(TruncatedAnswer):
        adapt(FakeMessagesListChatModel(responses=[cut])).fill(ASK, Mood)


def test_a_choice_is_a_structured_answer_marked_uncalibrated() -> None:
    model = FakeListChatModel(responses=['{"label": "joy", "confidence": 0.5}'])
    found = adapt(model).choose(ASK, ["sadness", "joy", "anger"], lead="The writer feels", neutral=ASK)
    assert found.calibration == "uncalibrated"
    assert found.probabilities == {"sadness": 0.25, "joy": 0.5, "anger": 0.25}


def test_a_choice_outside_the_options_is_asked_again() -> None:
    answers = ['{"label": "hunger", "confidence": 0.5}', '{"label": "joy", "confidence": 1}']
    assert adapt(FakeListChatModel(responses=answers)).choose(ASK, ["joy", "anger"]).top == "joy"


@pytest.mark.parametrize("options", [["joy"], ["joy", "joy"]])
def test_options_are_checked_before_anything_is_asked(options: list[str]) -> None:
    model = Listening()
    with pytest.raises(ValueError, match="at least two distinct options"):
        adapt(model).choose(ASK, options)
    assert model._asked == []


@pytest.mark.parametrize("call", ["invoke", "stream", "fill", "choose"])
def test_a_failing_model_is_named_with_its_failure(call: str) -> None:
    backend = adapt(Listening(error=RuntimeError("no power")))
    calls: dict[str, Any] = {
        "invoke": lambda: backend.invoke(ASK),
        "stream": lambda: list(backend.stream(ASK)),
        "fill": lambda: backend.fill(ASK, Mood),
        "choose": lambda: backend.choose(ASK, ["joy", "anger"]),
    }
    with pytest.raises(BackendError, match="the model Listening:model failed: RuntimeError: no power"):
        calls[call]()


def test_a_stream_that_breaks_off_is_a_named_failure() -> None:
    stream = adapt(FakeListChatModel(responses=["You feel sad."], error_on_chunk_number=3)).stream(ASK)
    assert [str(next(stream).text) for _ in range(3)] == list("You")
    with pytest.raises(BackendError, match="FakeListChatModel:model failed: FakeListChatModelError"):
        next(stream)


def test_a_model_that_runs_dry_is_a_named_failure() -> None:
    with pytest.raises(BackendError, match="GenericFakeChatModel:model failed: StopIteration"):
        adapt(GenericFakeChatModel(messages=iter([]))).invoke(ASK)


def test_our_own_errors_stay_what_they_are() -> None:
    error = ContextOverflow("the prompt is too long")
    with pytest.raises(ContextOverflow) as caught:
        adapt(Listening(error=error)).invoke(ASK)
    assert caught.value is error


def test_tokens_are_reported_where_the_model_counts_them() -> None:
    backend = adapt(FakeMessagesListChatModel(responses=[COUNTED]))
    with record() as recorder:
        backend.invoke(ASK)
        list(backend.stream(ASK))
    for entry in recorder.entries:
        assert (entry.tokens_in, entry.tokens_cached, entry.tokens_out, entry.calls) == (12, 8, 5, 1)
    assert len(recorder.entries) == 2


def test_tokens_of_a_stream_are_reported_wherever_they_come_in_it() -> None:
    class CountsFirst(Listening):
        def _stream(self, *_: Any, **__: Any) -> Iterator[ChatGenerationChunk]:
            counted = {"input_tokens": 12, "output_tokens": 5, "total_tokens": 17}
            yield ChatGenerationChunk(message=AIMessageChunk("You ", usage_metadata=counted))
            yield ChatGenerationChunk(message=AIMessageChunk("feel sad."))

    with record() as recorder:
        assert "".join(str(chunk.text) for chunk in adapt(CountsFirst()).stream(ASK)) == "You feel sad."
    assert (recorder.total.tokens_in, recorder.total.tokens_out, recorder.total.calls) == (12, 5, 1)


def test_a_model_that_does_not_count_costs_calls_only() -> None:
    with record() as recorder:
        adapt(Listening()).invoke(ASK)
    assert recorder.total.model_copy(update={"milliseconds": 0.0}) == Usage(calls=1)


def test_it_claims_text_only_unless_told_of_more() -> None:
    assert adapt(Listening()).capabilities == Capabilities(json_answers="prompt")
    able = Capabilities(image=True, json_answers="server")
    assert adapt(Listening(), capabilities=able).capabilities == able


def test_a_backend_is_not_wrapped_again() -> None:
    backend = ScriptedBackend(replies=["hi"])
    assert adapt(backend) is backend


def test_its_identity_names_class_and_model() -> None:
    class Named(Listening):
        model_name: str = "llama-9"

    assert adapt(Named()).identity == "Named:llama-9"
