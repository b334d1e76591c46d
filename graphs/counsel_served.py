"""The graph `counsel` behind a channel of chat messages, for LangGraph Server and the chat clients that speak to it.

A client appends a person's message to `messages` and reads the reply there; of what lies between them nothing reaches
that channel or the token stream: each turn runs in a context of its own, and only sentences that passed the checks are
put into the stream. What a session is (its history, the level that holds, who is waited for) lies beside the messages
in the channel `session` of the same thread: a checkpoint holds both, so a thread that is forked or resumed has the
session of that moment. A run's input cannot set it.

    counsel (-> handover)
"""

from __future__ import annotations

import base64
import binascii
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import Context
from pathlib import Path
from typing import Annotated, Any, Literal

from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages, push_message
from langsmith import tracing_context
from typing_extensions import TypedDict

from affectgraph.backends.errors import InputError
from affectgraph.graphs import counsel_reply
from affectgraph.graphs.counsel_types import CounselOutput, CounselState
from affectgraph.graphs.running import Finished, Graph, Sentence

__all__ = ["ServedMessages", "ServedState", "serve"]

# Of a turn's state: what the session is. Everything else begins anew with each message.
_SESSION = {"history", "watch", "posture", "language", "digest", "digested", "waiting"}
_MEDIA = ("image", "image_url", "audio", "input_audio", "video")


class ServedMessages(TypedDict):
    """What goes in and comes out: the person's messages and the replies."""

    messages: Annotated[list[AnyMessage], add_messages]


class ServedState(ServedMessages, total=False):
    """The same, and the session as JSON primitives: fields of `CounselState`."""

    session: dict[str, Any]


def serve(graph: Graph[CounselOutput], saver: InMemorySaver, files: Path) -> Any:
    """A compiled graph without a checkpointer of its own, which the server brings.

    Args:
        graph: `counsel`, loaded with `saver` as its checkpointer.
        saver: holds a turn while it runs, and nothing after it.
        files: an existing folder that `graph` may read media from; what a message holds lies there while it is read.

    The graph takes `messages`; of `config["configurable"]` it takes `country` and `wish`, as in `CounselInput`.
    """

    def counsel(state: ServedState, config: RunnableConfig) -> dict[str, Any]:
        """Answer the last message."""
        id, writer = f"reply-{uuid.uuid4()}", get_stream_writer()

        def say(sentence: str) -> None:
            push_message(AIMessageChunk(content=sentence, id=id), state_key=None)
            writer({"sentence": sentence})

        words, media = _said(state["messages"])
        chosen = {name: config["configurable"].get(name) for name in ("country", "wish")}
        with tempfile.TemporaryDirectory(prefix="affectgraph-", dir=files) as folder:
            given = {"text": words, "media": _written(media, Path(folder)), **chosen}
            output, session = _turn(graph, saver, given, state.get("session"), say)
        return {"messages": [_reply(output, state["messages"], id)], "session": session}

    served: StateGraph[ServedState, None, ServedMessages, ServedMessages] = StateGraph(
        ServedState, input_schema=ServedMessages, output_schema=ServedMessages
    )
    served.add_node("counsel", counsel)
    served.add_node("handover", _handover)
    served.add_edge(START, "counsel")
    served.add_conditional_edges("counsel", _after)
    served.add_edge("handover", END)
    return served.compile(name=graph.name)


def _turn(
    graph: Graph[CounselOutput],
    saver: InMemorySaver,
    given: Mapping[str, Any],
    session: Mapping[str, Any] | None,
    say: Callable[[str], None],
) -> tuple[CounselOutput, dict[str, Any]]:
    """One turn of `counsel` on a thread of its own; what it gives, and the session after it."""
    thread = str(uuid.uuid4())
    config: RunnableConfig = {"configurable": {"thread_id": thread}}
    # Not that of the server's run, whose callbacks would put the chain's tokens into the stream.
    context = Context()
    context.run(tracing_context(enabled=False).__enter__)
    output: CounselOutput | None = None
    try:
        if session:
            context.run(graph.compiled.update_state, config, dict(session), as_node="handover")
        events = graph.events(given, config)
        while (event := context.run(next, events, None)) is not None:
            if isinstance(event, Sentence):
                say(_spaced(event.text))
            elif isinstance(event, Finished):
                output = event.output
        assert output is not None
        return output, graph.state(thread).model_dump(mode="json", include=_SESSION)
    finally:
        saver.delete_thread(thread)


def _spaced(sentence: str) -> str:
    return sentence if sentence[-1:] in "。！？…”" else f"{sentence} "


def _reply(output: CounselOutput, earlier: Sequence[AnyMessage], id: str) -> AIMessage:
    """The reply as a message: with the resources beside it, and once with what must be said about the model."""
    parts = [output.reply.text, output.reply.resources, output.notice]
    if output.notice and any(output.notice in str(message.text) for message in earlier):
        parts.pop()
    shown = {
        "posture": output.posture,
        "source": output.reply.source,
        "resources": [one.model_dump(mode="json") for one in output.resources],
    }
    return AIMessage(id=id, content="\n\n".join(part for part in parts if part), response_metadata=shown)


def _after(state: ServedState) -> Literal["handover", "__end__"]:
    return "handover" if state["session"]["waiting"] else "__end__"


def _handover(state: ServedState) -> dict[str, Any]:
    """Wait for a human; see `counsel_reply.handover`."""
    update = counsel_reply.handover(CounselState.model_validate(state["session"]))
    session = state["session"] | {name: value for name, value in update.items() if name in _SESSION}
    reply = update.get("reply")
    said = [AIMessage(reply["text"], response_metadata={"source": reply["source"]})] if reply else []
    return {"session": session, "messages": said}


# --- what a message holds --------------------------------------------------------------------------------------------


def _said(messages: Sequence[AnyMessage]) -> tuple[str, list[bytes]]:
    """The words and the media of the last message.

    Raises:
        InputError: it is not a person's, or holds what is not read.
    """
    last = messages[-1] if messages else None
    if not isinstance(last, HumanMessage):
        raise InputError("the last message has to be the person's: append one of type 'human' to `messages`")
    parts = [last.content] if isinstance(last.content, str) else last.content
    words, media = [], []
    for part in parts:
        if isinstance(part, str):
            words.append(part)
        elif part.get("type") == "text":
            words.append(str(part.get("text", "")))
        elif part.get("type") in _MEDIA:
            media.append(_bytes(part))
        else:
            raise InputError(f"a message may hold text, pictures and recordings, not {str(part.get('type'))[:40]!r}")
    return "\n\n".join(word for word in words if word.strip()), media


def _bytes(part: Mapping[str, Any]) -> bytes:
    """The file in a part: OpenAI's `image_url` and `input_audio`, langchain-core's `base64` and older `data`."""
    inner = part.get(str(part["type"]))
    held = next(_held(part if inner is None else inner), "")
    if isinstance(held, str) and held.startswith("data:"):
        head, _, held = held.partition(",")
        held = held if head.endswith(";base64") else ""
    try:
        found = base64.b64decode(held, validate=True)
    except (binascii.Error, ValueError, TypeError):
        found = b""
    if not found:
        raise InputError(f"a part of type {part['type']!r} has to hold its file as base64; no address is opened")
    return found


def _held(part: Any) -> Iterator[Any]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, Mapping):
        yield from (part[name] for name in ("base64", "data", "url") if part.get(name))


def _written(media: Sequence[bytes], folder: Path) -> list[str]:
    paths = [folder / f"attachment-{count}" for count in range(1, len(media) + 1)]
    for path, data in zip(paths, media, strict=True):
        path.write_bytes(data)
    return [str(path) for path in paths]
