"""An HTTP server on loopback that answers from a script, and the answers that OpenAI-compatible servers give."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from langchain_core.messages import HumanMessage, SystemMessage
from pydantic import BaseModel

from affectgraph.backends.remote import RemoteBackend

Open = Callable[..., RemoteBackend]
Reply = Callable[["Handler"], None]
ASK = [SystemMessage("You are kind."), HumanMessage("I lost my job.")]
USAGE = {"prompt_tokens": 12, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 8}}


class Mood(BaseModel):
    mood: Literal["low", "high"]


class Endpoint:
    """A server that answers its requests from a script, in order, and remembers them."""

    def __init__(self) -> None:
        self.script: list[Reply] = []
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.release = threading.Event()
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"endpoint": self}))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


class Handler(BaseHTTPRequestHandler):
    endpoint: Endpoint
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])) if "Content-Length" in self.headers else b"{}"
        with self.endpoint.lock:
            self.endpoint.bodies.append(json.loads(body))
            self.endpoint.headers.append({name.lower(): value for name, value in self.headers.items()})
            self.endpoint.paths.append(self.path)
            reply = self.endpoint.script.pop(0) if self.endpoint.script else status(418)
        reply(self)

    do_GET = do_POST


def status(code: int, body: object = None, **headers: str) -> Reply:
    """Answer with a status, a JSON (or verbatim) body and headers."""

    def reply(handler: Handler) -> None:
        verbatim = isinstance(body, bytes)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Type", "text/html" if verbatim else "application/json")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    return reply


def answer(text: str | None = "I hear you.", reason: str = "stop", usage: object = USAGE, **choice: Any) -> Reply:
    message = {"role": "assistant", "content": text}
    choices = [{"index": 0, "finish_reason": reason, "message": message, **choice}]
    body = {"id": "c", "object": "chat.completion", "created": 1, "model": "m-1", "choices": choices, "usage": usage}
    return status(200, body)


def scored(*tokens: tuple[str, float]) -> Reply:
    top = [{"token": token, "logprob": value, "bytes": None} for token, value in tokens]
    content = [{"token": tokens[0][0], "logprob": tokens[0][1], "bytes": None, "top_logprobs": top}]
    return answer(tokens[0][0], "length", logprobs={"content": content, "refusal": None})


def events(
    *pieces: str, reason: str | None = "stop", usage: object = USAGE, cut: bool = False, tail: str = ""
) -> Reply:
    """Stream `pieces`; with `cut` the connection is dropped before the stream's regular end."""

    def chunk(delta: dict[str, str], finish: str | None = None) -> str:
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        body = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m-1", "choices": choices}
        return f"data: {json.dumps(body)}\n\n"

    def reply(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        lines = [chunk({"content": piece}) for piece in pieces] + ([chunk({}, reason)] if reason else []) + [tail]
        if usage is not None:
            last = {"id": "c", "object": "chat.completion.chunk", "model": "m-1", "choices": [], "usage": usage}
            lines.append(f"data: {json.dumps(last)}\n\n")
        for line in filter(None, lines):
            handler.wfile.write(f"{len(line.encode()):x}\r\n{line}\r\n".encode())
        handler.wfile.write(b"" if cut else b"0\r\n\r\n")
        handler.close_connection = cut

    return reply
