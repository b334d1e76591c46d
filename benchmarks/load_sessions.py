"""Many sessions at once on one server that is killed half-way: is every acknowledged turn there once, and how fast?

    python -m benchmarks.load_sessions [--graph counsel] [--sessions 50] [--turns 20] [--kills 1]

The server is a process of its own (`benchmarks.session_server`) on a scripted model. Each session is a thread here that
says one turn after the other. `kill -9` takes the server when half of all turns are acknowledged, others at even
distances where more are asked for; it is started again on the same file. A client that lost its connection asks what
is there, which also finishes an interrupted turn, and repeats its text only where that was not kept.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from affectgraph.graphs.checkpoints import open_sessions, session_rows
from benchmarks.common import machine, table
from benchmarks.session_server import graph_over

ROOT = Path(__file__).parent.parent
_STARTING = 600.0  # seconds a server may take to listen
_MOST_ERRORS = 100  # then all give up


@dataclass
class Load:
    """What a run showed.

    Attributes:
        acknowledged: texts that the server said were committed, by session, in order.
        stored: texts in the session file at the end, by session, in order.
        counted: turns by the table of sessions.
        kept_ms, replied_ms: from sending a text to its acknowledgement, and to the end of its turn.
        vanished: acknowledged texts that a server did not have after an interruption.
        errors: what the server answered instead; seconds: from the first turn to the last, starts of servers included.
    """

    acknowledged: dict[str, list[str]] = field(default_factory=dict)
    stored: dict[str, list[str]] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)
    kept_ms: list[float] = field(default_factory=list)
    replied_ms: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    vanished: int = 0
    kills: int = 0
    continued: int = 0
    seconds: float = 0.0
    down_seconds: float = 0.0
    file_bytes: int = 0

    @property
    def lost(self) -> int:
        """Acknowledged texts that are not stored, at the end or when a server came back."""
        gone = sum(text not in self.stored.get(name, []) for name, said in self.acknowledged.items() for text in said)
        return gone + self.vanished

    @property
    def repeated(self) -> int:
        """Texts that are stored more than once."""
        return sum(len(texts) - len(set(texts)) for texts in self.stored.values())

    @property
    def disordered(self) -> int:
        """Sessions in which texts do not stand in the order in which they were said."""
        said = self.acknowledged.items()
        return sum([text for text in self.stored.get(name, []) if text in texts] != texts for name, texts in said)

    @property
    def locked(self) -> int:
        """Errors that speak of a locked database."""
        return sum("locked" in error for error in self.errors)


class Server:
    """The server process, and its port as long as it lives."""

    def __init__(self, folder: Path, graph: str) -> None:
        self.file = folder / "sessions.sqlite"
        self._port_file = folder / "port"
        self._graph = graph
        self._up = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return once it listens."""
        self._port_file.unlink(missing_ok=True)
        command = [sys.executable, "-m", "benchmarks.session_server", str(self.file), str(self._port_file), self._graph]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE)
        deadline = time.monotonic() + _STARTING
        while not self._port_file.exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the server did not start")
            time.sleep(0.02)
        self._up.set()

    def kill(self) -> None:
        """`kill -9`."""
        assert self._process is not None
        self._up.clear()
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()

    def connect(self) -> socket.socket:
        """A connection, as soon as there is a server."""
        if not self._up.wait(_STARTING):
            raise RuntimeError("there is no server")
        return socket.create_connection(("127.0.0.1", int(self._port_file.read_text())))


class Client(threading.Thread):
    """One session: says its texts, one after the other."""

    def __init__(self, name: str, texts: list[str], server: Server, load: Load) -> None:
        super().__init__(name=name)
        self._texts = texts
        self._server = server
        self._load = load
        self._done = 0  # turns that are finished
        self._unsure = False  # whether the last text was kept
        load.acknowledged[name] = []

    def run(self) -> None:
        """Until all is said, over as many connections as that takes."""
        while self._going():
            try:
                with self._server.connect() as connection, connection.makefile("rb") as answers:
                    while self._going():
                        self._ask(connection, answers) if self._unsure else self._say(connection, answers)
            except OSError:
                self._unsure = True
                time.sleep(0.05)  # the server may be dead without having closed its door yet

    def _going(self) -> bool:
        return self._done < len(self._texts) and len(self._load.errors) < _MOST_ERRORS

    def _say(self, connection: socket.socket, answers: Any) -> None:
        started = time.perf_counter()
        text, self._unsure = self._texts[self._done], True
        self._send(connection, {"session": self.name, "text": text})
        if self._heard(answers, "kept"):
            self._load.kept_ms.append(1000 * (time.perf_counter() - started))
            self._load.acknowledged[self.name].append(text)
            if self._heard(answers, "replied"):
                self._load.replied_ms.append(1000 * (time.perf_counter() - started))
                self._done, self._unsure = self._done + 1, False

    def _ask(self, connection: socket.socket, answers: Any) -> None:
        self._send(connection, {"session": self.name})
        heard = self._next(answers)
        if "replied" in heard:
            self._load.continued += 1
            heard = self._next(answers)
        if "history" in heard:
            stored = heard["history"]
            self._load.vanished += sum(text not in stored for text in self._load.acknowledged[self.name])
            self._done, self._unsure = len(stored), False

    def _send(self, connection: socket.socket, asked: dict[str, str]) -> None:
        connection.sendall(json.dumps(asked).encode() + b"\n")

    def _heard(self, answers: Any, expected: str) -> bool:
        return expected in self._next(answers)

    def _next(self, answers: Any) -> dict[str, Any]:
        line = answers.readline()
        if not line.endswith(b"\n"):
            raise ConnectionError("the server is gone")
        heard: dict[str, Any] = json.loads(line)
        if "error" in heard:
            self._load.errors.append(heard["error"])
        return heard


def run(folder: Path, *, graph: str = "counsel", sessions: int = 50, turns: int = 20, kills: int = 1) -> Load:
    """Run the load in `folder`, and read what the file holds afterwards."""
    load, server = Load(), Server(folder, graph)
    clients = []
    for number in range(sessions):
        texts = [
            f"My father has dementia, this is day {turn} of week {number}, and I shouted at him again. What now?"
            for turn in range(turns)
        ]
        clients.append(Client(f"s{number:03}", texts, server, load))
    server.start()
    started = time.perf_counter()
    for client in clients:
        client.start()
    for kill in range(1, kills + 1):
        while sum(map(len, load.acknowledged.values())) < sessions * turns * kill // (kills + 1):
            if not any(client.is_alive() for client in clients):
                raise RuntimeError(f"the server refused: {load.errors[:3]}")
            time.sleep(0.002)
        server.kill()
        load.kills += 1
        down = time.perf_counter()
        server.start()
        load.down_seconds += time.perf_counter() - down
    for client in clients:
        client.join()
    load.seconds = time.perf_counter() - started
    server.kill()  # and not politely either: what was said must not need a clean end
    load.file_bytes = sum(part.stat().st_size for part in folder.glob("sessions.sqlite*"))
    with open_sessions(server.file) as saver:
        graph_again = graph_over(saver, graph)
        for row in session_rows(saver):
            load.counted[row.name] = row.turns
            load.stored[row.name] = [turn.text for turn in graph_again.state(row.name).history]
    return load


def percentiles(values: list[float]) -> str:
    """p50, p95 and the largest, in milliseconds, and how many."""
    cuts = statistics.quantiles(values, n=20)
    return f"p50 {cuts[9]:.1f}, p95 {cuts[18]:.1f}, most {max(values):.0f}, n={len(values)}"


def main() -> None:
    """Run, print the table, and fail where something was lost."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--graph", default="counsel")
    for name, default in (("sessions", 50), ("turns", 20), ("kills", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = vars(parser.parse_args())
    with tempfile.TemporaryDirectory() as folder:
        load = run(Path(folder), **asked)
    said, stored = (sum(map(len, side.values())) for side in (load.acknowledged, load.stored))
    working = load.seconds - load.down_seconds
    rows = [
        ("acknowledged turns", f"{said}"),
        ("stored turns", f"{stored} of {asked['sessions'] * asked['turns']}"),
        ("acknowledged and lost", f"{load.lost}"),
        ("stored twice, sessions out of order", f"{load.repeated}, {load.disordered}"),
        ("`kill -9`, turns finished after it", f"{load.kills}, {load.continued}"),
        ("errors, of which 'database is locked'", f"{len(load.errors)}, {load.locked}"),
        ("turns a second while a server was up", f"{stored / working:.1f}"),
        ("ms from text to acknowledgement", percentiles(load.kept_ms)),
        ("ms from text to the end of the turn", percentiles(load.replied_ms)),
        ("session file, KiB", f"{load.file_bytes / 1024:.0f}"),
    ]
    print(machine(), f"load {os.getloadavg()[0]:.1f}", load.errors[:3] or "")
    table(f"Load: {asked['sessions']} sessions of {asked['turns']} turns, graph {asked['graph']}, scripted model", rows)
    if load.lost or load.repeated or load.disordered or stored != asked["sessions"] * asked["turns"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
