"""Real processes, really killed."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from langgraph.store.base import GetOp, SearchOp

from affectgraph.tools.memory import MemoryStore, MemoryStoreError
from tests.tools.memory.fakes import HashEmbedder
from tests.tools.memory.remains import left_of, vector_bytes

ROUNDS = 8
ROOT = Path(__file__).parents[3]


def killed_writer(folder: Path, seed: int) -> dict[str, tuple[str, str]]:
    """What a writer acknowledged before it was killed: key to namespace."""
    command = [sys.executable, "-m", "tests.tools.memory.writer", str(folder), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        opened = process.stdout.readline()
        assert opened == "open\n", process.stderr.read()
        first = process.stdout.readline()  # Chroma is open by then
        time.sleep(random.Random(seed).uniform(0.0, 0.8))
        process.send_signal(signal.SIGKILL)
        lines = [first, *process.stdout.read().splitlines(keepends=True)]
    whole = [line.split() for line in lines if line.endswith("\n")]
    return {name: ("people", f"person {person}") for person, *names in whole for name in names}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_kill_loses_nothing_that_was_acknowledged(folder: Path, seed: int) -> None:
    acknowledged: dict[str, tuple[str, str]] = {}
    for turn in range(ROUNDS // 2):
        acknowledged |= killed_writer(folder, 100 * seed + turn)
        with closing(sqlite3.connect(folder / "journal.db")) as db:
            assert db.execute("pragma integrity_check").fetchone() == ("ok",)
        with MemoryStore(folder, HashEmbedder()) as store:
            items = store.batch([GetOp(place, name) for name, place in acknowledged.items()])
            assert [item.key for item in items if item] == list(acknowledged)
            for found in store.export(()):
                # A batch is there as a whole or not at all.
                seed_number = found["key"].rsplit("-", 1)[0]
                assert store.get(tuple(found["namespace"]), f"{seed_number}-{found['value']['of'] - 1}") is not None
            sample = list(acknowledged.items())[:: max(1, len(acknowledged) // 50)]
            hits = store.batch([SearchOp(place, query=name, limit=1) for name, place in sample])
            assert [(hit[0].key, round(hit[0].score, 5)) for hit in hits] == [(name, 1.0) for name, _ in sample]
            assert store.counts()["pending"] == 0
    assert len(acknowledged) > 50


def test_chroma_is_not_given_a_folder_that_a_kill_left_open(folder: Path) -> None:
    killed_writer(folder, 3)
    (left,) = folder.glob("index-*")
    with MemoryStore(folder, HashEmbedder()) as store:
        store.search(("people",), query="anything")
        assert not left.exists()
        assert len(list(folder.glob("index-*"))) == 1


HOLDER = """
import sys, time
from pathlib import Path
from affectgraph.tools.memory import MemoryStore
from tests.tools.memory.fakes import HashEmbedder
store = MemoryStore(Path(sys.argv[1]), HashEmbedder())
store.put(("people", "ann"), "k", {"text": "hers"})
print("open", flush=True)
sys.stdin.readline()
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLDER, str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    return process


def test_a_second_process_is_refused_with_the_firsts_pid(folder: Path) -> None:
    with holder(folder) as process:
        with pytest.raises(
            MemoryStoreError, match=rf"another affectgraph process \(pid {process.pid}\) has the memory"
        ):
            MemoryStore(folder, HashEmbedder(), wait_s=0.1)
        process.communicate("\n")


def test_a_second_process_waits_until_the_first_has_ended(folder: Path) -> None:
    with holder(folder) as process:
        assert process.stdin is not None
        process.stdin.write("\n")  # it ends without a word of `close`
        process.stdin.flush()
        with MemoryStore(folder, HashEmbedder(), wait_s=60.0) as store:
            assert store.get(("people", "ann"), "k") is not None
        process.wait()


def test_a_killed_process_leaves_no_lock(folder: Path) -> None:
    with holder(folder) as process:
        process.kill()
        process.wait()
        with MemoryStore(folder, HashEmbedder(), wait_s=0.0) as store:
            assert [item.key for item in store.search(("people",), query="hers")] == ["k"]


def test_a_program_that_ends_without_closing_leaves_a_whole_index(folder: Path) -> None:
    with holder(folder) as process:
        process.communicate("\n")
    (left,) = folder.glob("index-*")
    with MemoryStore(folder, HashEmbedder()) as store:
        store.search(("people",), query="hers")
        assert left.exists()


def test_a_forked_child_does_not_close_its_parents_memory(folder: Path) -> None:
    # `os._exit`, since Chroma itself never lets a forked child end in the ordinary way (1.5.9).
    script = (
        "import os, sys; from pathlib import Path; from affectgraph.tools.memory import MemoryStore\n"
        "from tests.tools.memory.fakes import HashEmbedder\n"
        "store = MemoryStore(Path(sys.argv[1]), HashEmbedder())\n"
        "store.put(('people',), 'k', {'text': 'hers'})\n"
        "child = os.fork()\n"
        "if child == 0: store.close(); os._exit(0)\n"
        "os.waitpid(child, 0)\n"
        "print(repr(store._journal.meta('index_digest')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "''\n", done.stderr  # empty as long as the index is open


ERASER = """
import os, sys
from pathlib import Path
from affectgraph.tools.memory import MemoryStore, journal, index, files
from tests.tools.memory.fakes import HashEmbedder
store = MemoryStore(Path(sys.argv[1]), HashEmbedder())
store.search(("people",), query="open Chroma")
die = lambda *args, **kwargs: os.kill(os.getpid(), 9)
if sys.argv[2] == "wipe":
    index.wipe = die
elif sys.argv[2] == "half":
    files.os.rmdir = die
    files.Path.rmdir = die
elif sys.argv[2] == "scrub":
    journal.Journal.scrub = die
elif sys.argv[2] == "end":
    scrub = journal.Journal.scrub
    journal.Journal.scrub = lambda self: (scrub(self), die())
store.erase([("people", "ann")])
"""


@pytest.mark.parametrize("where", ["wipe", "half", "scrub", "end"])
def test_an_erasure_that_was_killed_is_finished_at_the_next_opening(folder: Path, where: str) -> None:
    embedder = HashEmbedder()
    with MemoryStore(folder, embedder) as store:
        store.put(("people", "ann"), "k", {"text": "a secret of hers"})
        store.put(("people", "bob"), "k", {"text": "his"})
    done = subprocess.run([sys.executable, "-c", ERASER, str(folder), where], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    with MemoryStore(folder, embedder) as store:
        assert left_of(folder, b"a secret of hers", b'"ann"', vector_bytes(embedder, "a secret of hers")) == []
        assert [item.value["text"] for item in store.search(("people",), query="his")] == ["his"]


def test_a_rebuilding_that_was_killed_leaves_a_usable_memory(folder: Path) -> None:
    with MemoryStore(folder, HashEmbedder()) as store:
        store.put(("people", "ann"), "k", {"text": "hers"})
    script = (
        "import os, sys; from pathlib import Path; from affectgraph.tools.memory import MemoryStore, chroma\n"
        "from tests.tools.memory.fakes import HashEmbedder\n"
        "chroma.ChromaFolder.upsert = lambda *args: os.kill(os.getpid(), 9)\n"
        "MemoryStore(Path(sys.argv[1]), HashEmbedder()).rebuild()"
    )
    done = subprocess.run([sys.executable, "-c", script, str(folder)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(list(folder.glob("index-*"))) == 2
    with MemoryStore(folder, HashEmbedder()) as store:
        assert [item.key for item in store.search(("people",), query="hers")] == ["k"]
        assert len(list(folder.glob("index-*"))) == 1
