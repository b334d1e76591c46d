"""The remote backend's streams, against scripted servers on loopback."""

from typing import Any, TypedDict

import pytest

from affectgraph.backends.errors import BackendError
from affectgraph.backends.usage import record
from tests.backends.fake_server import ASK, Endpoint, Mood, Open, Reply, answer, events, scored, status


class State(TypedDict):
    out: str


def test_a_stream_yields_pieces_and_reports_its_cost_once(endpoint: Endpoint, remote: Open) -> None:
    endpoint.script = [events("I ", "hear ", "you.")]
    backend = remote()
    with record() as cost:
        chunks = list(backend.stream(ASK))
    assert [chunk.text for chunk in chunks if chunk.text] == ["I ", "hear ", "you."]
    whole = sum(chunks[1:], chunks[0])
    assert whole.response_metadata == {"finish_reason": "stop", "model_name": "m-1"}
    assert whole.usage_metadata is not None
    assert whole.usage_metadata["total_tokens"] == 15
    assert [(one.tokens_in, one.tokens_out, one.calls) for one in cost.entries] == [(12, 3, 1)]
    assert endpoint.bodies[0]["stream_options"] == {"include_usage": True}


def test_a_stream_without_usage_is_estimated_also_when_its_reader_stops(endpoint: Endpoint, remote: Open) -> None:
    endpoint.script = [events("a" * 40, usage=None), events("a" * 40, "b" * 40)]
    backend = remote()
    whole = list(backend.stream(ASK))
    assert whole[-1].response_metadata["usage_estimated"] is True
    first = backend.spend.tokens
    assert first > 10
    reader = backend.stream(ASK)
    next(reader)
    reader.close()  # type: ignore[attr-defined]
    assert backend.spend.tokens == 2 * first


def test_structured_calls_inside_a_streaming_graph_are_neither_streamed_nor_shown(
    endpoint: Endpoint, remote: Open
) -> None:
    from langgraph.graph import START, StateGraph

    endpoint.script = [answer('{"mood": "low"}'), scored(("A", -1.0), ("B", -2.0)), events("I hear ", "you.")]
    backend = remote(logprobs=True)

    def node(state: State) -> State:
        mood = backend.fill(ASK, Mood).mood
        return {"out": f"{mood} {backend.choose(ASK, ['anger', 'joy']).top} {backend.invoke(ASK).text}"}

    builder = StateGraph(State)
    builder.add_node("node", node)
    builder.add_edge(START, "node")
    graph = builder.compile()
    parts: Any = graph.stream({"out": ""}, stream_mode="messages")
    shown = "".join(message.text for message, _ in parts)
    assert shown == "I hear you."
    assert [sent.get("stream", False) for sent in endpoint.bodies] == [False, False, True]


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (events("I hear", reason=None, usage=None, cut=True), "broke off in the middle"),
        (events("I hear", reason=None, usage=None), "broke off in the middle"),
        (events("I hear", reason=None, usage=None, tail="data: {garbage\n\n"), "not in OpenAI's format"),
        (events("I hear", tail='data: {"error": {"message": "oops"}}\n\n'), "broke off in the middle"),
        (answer(), "not in OpenAI's format"),
        (status(200, b"<html>Welcome</html>"), "not in OpenAI's format"),
    ],
    ids=["cut", "no end", "garbage", "error event", "not a stream", "web page"],
)
def test_a_broken_stream_is_an_error_and_still_counted(
    reply: Reply, message: str, endpoint: Endpoint, remote: Open
) -> None:
    endpoint.script = [reply]
    backend = remote(max_retries=2)
    with record() as cost, pytest.raises(BackendError, match=message):
        list(backend.stream(ASK))
    assert len(endpoint.bodies) == cost.total.calls == 1
    assert cost.total.tokens_in > 0
    assert backend.spend.tokens > 0
