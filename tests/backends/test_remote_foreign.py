"""The providers that instructor knows: OpenAI-shaped ones, and SDKs of another shape."""

import sys
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from affectgraph.backends.config import Decoding
from affectgraph.backends.errors import BackendError, MalformedAnswer, MissingDependency, SettingsError
from affectgraph.backends.remote import RemoteBackend
from affectgraph.backends.structured import answer_text
from affectgraph.backends.usage import record
from tests.backends.fake_server import ASK, USAGE, Endpoint, Mood, Open, answer, events, status


def test_an_openai_shaped_provider_takes_the_same_path(
    endpoint: Endpoint, remote: Open, monkeypatch: pytest.MonkeyPatch, naps: list[float]
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"{endpoint.url}/v1")
    endpoint.script = [status(500, {}), answer(), answer('{"mood": "low"}'), events("a", "b")]
    backend = remote(base_url=None, model="openai/gpt-x", max_retries=1)
    assert backend.identity == "openai/gpt-x"
    assert backend.invoke(ASK).text == "I hear you."
    assert backend.fill(ASK, Mood).mood == "low"
    assert [chunk.text for chunk in backend.stream(ASK)][:2] == ["a", "b"]
    assert {sent["model"] for sent in endpoint.bodies} == {"gpt-x"}
    assert {headers["authorization"] for headers in endpoint.headers} == {"Bearer sk-s3cret"}


def test_ollama_stays_on_this_machine(remote: Open) -> None:
    backend = remote(base_url=None, model="ollama/qwen3", api_key_env=None)
    assert backend._address.startswith("http://localhost:")


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        ("nowhere/m", SettingsError, "Unsupported provider"),
        ("deepseek/m", SettingsError, "DEEPSEEK_API_KEY is not set"),
        ("cohere/m", MissingDependency, "pip install cohere"),
    ],
)
def test_a_provider_that_cannot_be_set_up_says_why(
    model: str, error: type[Exception], message: str, remote: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cohere", None)
    monkeypatch.delenv("DEEPSEEK_API_KEY", raising=False)
    with pytest.raises(error, match=message):
        remote(base_url=None, model=model, api_key_env=None, consent=True)


@pytest.fixture
def foreign(remote: Open, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[RemoteBackend, list[dict[str, Any]]]]:
    """A backend over a real instructor client whose SDK is not OpenAI-shaped, and what that SDK was asked."""
    import instructor
    from openai.types.chat import ChatCompletion

    def build(*answers: str | Exception, **options: Any) -> tuple[RemoteBackend, list[dict[str, Any]]]:
        script, asked = list(answers), []

        def create(messages: list[dict[str, Any]], **sent: Any) -> ChatCompletion:
            asked.append({"messages": messages, **sent})
            given = script.pop(0)
            if isinstance(given, Exception):
                raise given
            choices = [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": given}}]
            body = {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": choices}
            return ChatCompletion.model_validate(body | {"usage": USAGE | {"total_tokens": 15}})

        mode = instructor.Mode.MD_JSON
        client = instructor.Instructor(client=object(), create=instructor.patch(create=create, mode=mode), mode=mode)
        monkeypatch.setattr("instructor.from_provider", lambda model, **given: client)
        given = {"base_url": None, "model": "sdk/m", "api_key_env": None, "consent": True, "logprobs": True} | options
        return remote(**given), asked

    return build


def test_a_foreign_sdk_fills_in_its_own_mode_and_counts_each_try(foreign: Any) -> None:
    backend, asked = foreign('{"mood": "purple"}', '{"mood": "low"}')
    with record() as cost:
        filled = backend.fill(ASK, Mood, max_tokens=50)
    # Not the raw answer, which each SDK keeps elsewhere.
    assert answer_text(filled) == '{"mood":"low"}'
    assert (cost.total.calls, cost.total.tokens_in, backend.spend.tokens) == (2, 24, 30)
    assert (asked[0]["max_tokens"], asked[0]["temperature"]) == (50, 0.0)
    assert "response_format" not in asked[0]
    assert not backend.capabilities.logprobs


def test_a_foreign_sdk_writes_and_streams_one_structured_text(foreign: Any) -> None:
    backend, asked = foreign('{"text": "I hear you."}', '{"text": "I hear you."}')
    reply = backend.invoke(ASK)
    assert isinstance(reply, AIMessage)
    assert (reply.text, asked[0]["temperature"]) == ("I hear you.", Decoding().temperature)
    assert reply.usage_metadata is not None
    assert reply.usage_metadata["total_tokens"] == 15
    assert [chunk.text for chunk in backend.stream(ASK) if chunk.text] == ["I hear you."]


def test_a_foreign_sdks_failures_are_ours(foreign: Any) -> None:
    class RateLimitError(Exception):
        status_code = 429

    backend, _ = foreign(RateLimitError("I lost my job"), RuntimeError("I lost my job"), "no json")
    with pytest.raises(BackendError, match=r"sdk takes no more requests \(429"):
        backend.fill(ASK, Mood)
    with pytest.raises(BackendError, match=r"sdk failed \(RuntimeError\)"):
        backend.fill(ASK, Mood)
    with pytest.raises(MalformedAnswer, match="no valid Mood"):
        backend.fill(ASK, Mood, retries=0)
