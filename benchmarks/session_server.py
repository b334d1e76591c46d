"""A server of sessions for `benchmarks.load_sessions`: one process, a thread for each connection, loopback only.

    python -m benchmarks.session_server FILE PORT_FILE GRAPH

Requests and answers are lines of JSON. `{"session": S, "text": T}` says T: `{"kept": true}` comes back once T is
committed, then `{"replied": true}`. `{"session": S}` finishes a turn that was interrupted and gives the history:
`{"history": [texts]}`. Any failure is `{"error": sentence}`.
"""

from __future__ import annotations

import json
import os
import socketserver
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.graphs import Finished, Graph, Kept, load, load_settings
from affectgraph.graphs.checkpoints import compact, open_sessions, thread
from tests.graphs.conftest import player

_CAUSES = {"causes": [{"cause": "She shouted at her father.", "segments": ["s1"]}], "beliefs": []}
PLAYERS: dict[str, Callable[[], Any]] = dict.fromkeys(("empathy", "counsel"), partial(player, causes=_CAUSES))


def graph_over(saver: Any, name: str) -> Graph[Any]:
    """The graph `name` on a scripted model, keeping its sessions in `saver`; the screen's learned voice is left out."""
    settings = load_settings(overrides=["counsel.learned=false", "counsel.replies=model"], environment={}).settings
    model = ScriptedBackend(label="scripted", replies=PLAYERS[name]())
    return load(name, model=model, settings=settings, checkpointer=saver)


def answers(graph: Graph[Any], saver: Any, asked: dict[str, str]) -> Iterator[dict[str, Any]]:
    """What one request is answered with, as it happens."""
    session, text = asked["session"], asked.get("text")
    config = thread(session)
    if text is not None or graph.pending(session):
        for event in graph.events(None if text is None else {"text": text}, config):
            if isinstance(event, Kept):
                yield {"kept": True}
            elif isinstance(event, Finished):
                compact(saver, session)
                yield {"replied": True}
    if text is None:
        state = graph.state(session)
        yield {"history": [turn.text for turn in state.history] if state else []}


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 256


def serve(file: Path, port_file: Path, name: str) -> None:
    """Serve until the process is ended; the port is written once the server listens."""
    with open_sessions(file) as saver:
        graph = graph_over(saver, name)

        class Connection(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                for line in self.rfile:
                    try:
                        for answer in answers(graph, saver, json.loads(line)):
                            self._send(answer)
                    except ConnectionError:
                        return
                    except Exception as error:  # told to the client, which counts it
                        self._send({"error": f"{type(error).__name__}: {error}"})

            def _send(self, answer: dict[str, Any]) -> None:
                self.wfile.write(json.dumps(answer).encode() + b"\n")
                self.wfile.flush()

        with _Server(("127.0.0.1", 0), Connection) as server:
            part = port_file.with_suffix(".part")
            part.write_text(str(server.server_address[1]))
            part.replace(port_file)
            threading.Thread(target=_end_with_parent, daemon=True).start()
            server.serve_forever()


def _end_with_parent() -> None:
    """Standard input is a pipe from the client's process: when that is gone, nobody else would end this one."""
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
