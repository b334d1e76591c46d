"""What the remote backend says when a server, or the way to it, fails; and what it never says."""

import json
import logging
import socket
import traceback

import pytest

from affectgraph.backends.errors import BackendError, ContextOverflow
from tests.backends.fake_server import ASK, Endpoint, Handler, Mood, Open, Reply, answer, events, status


@pytest.mark.parametrize("code", [401, 403])
def test_a_refused_key_is_never_retried_names_its_variable_and_stays_secret(
    code: int, endpoint: Endpoint, remote: Open, naps: list[float]
) -> None:
    echo = {"error": {"message": "bad key sk-s3cret"}}
    endpoint.script = [status(code, echo, X_Should_Retry="true")] * 9
    backend = remote(max_retries=2)
    with pytest.raises(BackendError, match=rf"refuses access \({code}\).*MY_KEY") as refused:
        backend.fill(ASK, Mood)
    assert len(endpoint.bodies) == 1
    assert "s3cret" not in str(refused.value) + repr(backend) + repr(backend.health())
    with pytest.raises(BackendError) as direct:
        backend.invoke(ASK)
    assert "s3cret" not in "".join(traceback.format_exception(direct.value))


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (status(404, {"error": {"message": "no"}}), r"does not know the model 'm' \(404\)"),
        (
            status(400, {"error": {"message": "I lost my job", "type": "bad_schema"}}),
            r"400, bad_schema\).*json_answers",
        ),
        (status(200, b"<html>Welcome</html>"), "not in OpenAI's format.*base_url"),
        (status(200, {"ok": True}), "not in OpenAI's format"),
        (status(200, {"choices": [{"index": 0}]}), "not in OpenAI's format"),
        (status(200, ["a"]), "not in OpenAI's format"),
        (answer("", "content_filter"), "withheld the answer"),
        (answer(None, message={"role": "assistant", "content": None, "refusal": "No."}), "withheld the answer"),
    ],
)
def test_other_failures_are_one_sentence_that_never_repeats_the_server(
    reply: Reply, message: str, endpoint: Endpoint, remote: Open
) -> None:
    endpoint.script = [reply]
    with pytest.raises(BackendError, match=message) as failed:
        remote().invoke(ASK)
    assert "job" not in str(failed.value)
    assert "\n" not in str(failed.value)


def test_json_that_is_no_json_is_a_foreign_format(endpoint: Endpoint, remote: Open) -> None:
    def reply(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", "1")
        handler.end_headers()
        handler.wfile.write(b"{")

    endpoint.script = [reply]
    with pytest.raises(BackendError, match="not in OpenAI's format"):
        remote().invoke(ASK)


OVERFLOWS = {
    "llama.cpp": {"error": {"code": 400, "message": "too big", "type": "exceed_context_size_error"}},
    "OpenAI": {"error": {"message": "too big", "code": "context_length_exceeded"}},
    "vLLM": {"message": "This model's maximum context length is 8 tokens. However, you requested 9.", "code": 400},
    "new vLLM": {"error": {"message": "However, the model's context length is only 8 tokens", "code": 400}},
    "SGLang": {"message": "The input (9 tokens) is longer than the model's context length (8 tokens)."},
}


@pytest.mark.parametrize("body", OVERFLOWS.values(), ids=OVERFLOWS.keys())
def test_every_servers_overflow_is_a_context_overflow(body: object, endpoint: Endpoint, remote: Open) -> None:
    endpoint.script = [status(400, body)]
    with pytest.raises(ContextOverflow, match="context window of 'm'"):
        remote().fill(ASK, Mood)


def test_an_overflow_inside_a_stream_is_a_context_overflow(endpoint: Endpoint, remote: Open) -> None:
    tail = f"data: {json.dumps(OVERFLOWS['llama.cpp'])}\n\n"
    endpoint.script = [events(reason=None, usage=None, tail=tail)]
    with pytest.raises(ContextOverflow):
        list(remote().stream(ASK))


def test_a_slow_server_is_a_timeout_that_names_the_setting(endpoint: Endpoint, remote: Open) -> None:
    def hang(handler: Handler) -> None:
        endpoint.release.wait(30)
        handler.close_connection = True

    endpoint.script = [hang]
    with pytest.raises(BackendError, match=r"no answer within 0\.2 s \(timeout_s in \[backends\.far\]\)"):
        remote(timeout_s=0.2).invoke(ASK)


def test_a_dead_endpoint_names_its_host_and_the_way_out(remote: Open) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    backend = remote(base_url=f"http://127.0.0.1:{port}/v1")
    with pytest.raises(BackendError, match=rf"http://127\.0\.0\.1:{port} cannot be reached.*`affectgraph backends`"):
        backend.invoke(ASK)
    assert not backend.health().ok


def test_no_prompt_reaches_the_logs(endpoint: Endpoint, remote: Open, caplog: pytest.LogCaptureFixture) -> None:
    endpoint.script = [answer('{"mood": "purple"}'), answer('{"mood": "low"}'), status(400, {"error": "job"})]
    with caplog.at_level(logging.DEBUG):
        backend = remote()
        backend.fill(ASK, Mood)
        with pytest.raises(BackendError):
            backend.invoke(ASK)
    assert "job" not in caplog.text
    assert "s3cret" not in caplog.text
