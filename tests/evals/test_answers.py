"""Kept answers: on disk at once, append-only, shared by processes."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from affectgraph.backends.errors import CheckpointError
from affectgraph.evals.answers import Answers

WRITER = """
import os, signal, sys
from pathlib import Path
from affectgraph.evals.answers import Answers
store = Answers(Path(sys.argv[1]))
for index in range(int(sys.argv[3])):
    store.put(f"{sys.argv[2]}{index}", {}, {"by": sys.argv[2], "index": index})
if sys.argv[4] == "die":
    os.kill(os.getpid(), signal.SIGKILL)
"""


def write(path: Path, name: str, count: int, end: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", WRITER, str(path), name, str(count), end])


def test_an_answer_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    store = Answers(tmp_path / "deep" / "answers.sqlite")
    answer = {"output": {"label": "喜悦", "none": None, "share": 0.1}, "list": [1, 2.5]}
    store.put("k", {"graph": "reading"}, answer)
    assert store.get("k") == answer
    assert store.get("other") is None
    assert store.known(["k", "other", "k"]) == 2
    store.close()


def test_the_first_answer_stays_unless_it_is_replaced(tmp_path: Path) -> None:
    store = Answers(tmp_path / "answers.sqlite")
    store.put("k", {}, 1)
    store.put("k", {}, 2)
    assert store.get("k") == 1
    store.put("k", {}, 3, replace=True)
    assert store.get("k") == 3
    store.close()


def test_a_killed_process_loses_nothing_that_it_kept(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    assert write(path, "a", 40, "die").wait() == -signal.SIGKILL
    store = Answers(path)
    assert store.known(f"a{index}" for index in range(40)) == 40
    store.close()


def test_two_processes_write_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    writers = [write(path, name, 60, "live") for name in "ab"]
    assert [one.wait() for one in writers] == [0, 0]
    store = Answers(path)
    assert store.known(f"{name}{index}" for name in "ab" for index in range(60)) == 120
    store.close()


def test_a_file_that_is_no_store_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    path.write_bytes(b"a diary, not a database" * 100)
    with pytest.raises(CheckpointError, match=r"answers\.sqlite cannot be opened.*move the file away"):
        Answers(path)
    assert path.read_bytes().startswith(b"a diary")


def test_nothing_is_pickled(tmp_path: Path) -> None:
    path = tmp_path / "answers.sqlite"
    store = Answers(path)
    store.put("k", {"graph": "reading"}, {"label": "joy"})
    store.close()
    rows = sqlite3.connect(os.fspath(path)).execute("select typeof(answer), answer, fields from answers").fetchall()
    assert rows == [("text", '{"label": "joy"}', '{"graph": "reading"}')]
