"""The session file: schema and migration, owners, encryption, several processes at once."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypedDict

import pytest
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt

from affectgraph.backends.errors import BackendError, CheckpointError, InputError, SettingsError
from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.graphs import Kept, NodeStarted, load, session_schema
from affectgraph.graphs.checkpoints import (
    SCHEMA_VERSION,
    compact,
    decrypt_sessions,
    encrypt_sessions,
    erase,
    last_state,
    open_sessions,
    owner_of,
    session_names,
    session_rows,
    sessions_of,
    thread,
    waiting_sessions,
)
from affectgraph.graphs.session_options import SESSION_KEY, SessionOptions
from tests.graphs.conftest import TEXT

Scripted = Callable[..., ScriptedBackend]
SEALED = SessionOptions(encrypt=True)
SECRET = "correct horse battery staple"


class Told(TypedDict):
    text: str
    reply: str


def talk(saver: Any, session: str, text: str, **configurable: str) -> None:
    """One turn of a small graph."""
    graph = StateGraph(Told)
    graph.add_node("answer", lambda state: {"reply": f"You said: {state['text']}"})
    graph.add_edge(START, "answer")
    graph.add_edge("answer", END)
    config: Any = {"configurable": {"thread_id": session, **configurable}}
    graph.compile(checkpointer=saver).invoke({"text": text, "reply": ""}, config, durability="sync")


def every_byte(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()))


def rows(path: Path) -> dict[str, list[Any]]:
    """Everything in the file, by table, and its version."""
    with closing(sqlite3.connect(path)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in tables}
        return {**found, "version": connection.execute("PRAGMA user_version").fetchall()}


# --- schema and migration ---------------------------------------------------------------------------------------------


@contextmanager
def first_version(path: Path) -> Iterator[Any]:
    """A session file as affectgraph wrote it before there was a table of sessions."""
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(path, check_same_thread=False)) as connection:
        connection.execute(f"PRAGMA application_id = {0x41464647}")
        connection.execute("PRAGMA user_version = 1")
        saver = SqliteSaver(connection, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
        saver.setup()
        yield saver


@pytest.fixture
def old(scripted: Scripted, tmp_path: Path) -> Path:
    """Version 1, with ann's two turns, and one of ben's persona."""
    path = tmp_path / "sessions.sqlite"
    with first_version(path) as saver:
        graph = load("empathy", model=scripted(), checkpointer=saver)
        graph.invoke({"text": TEXT}, {"configurable": {"thread_id": "ann"}})
        graph.invoke({"text": "thank you"}, {"configurable": {"thread_id": "ann"}})
        talk(saver, "notes", "Hello there", person="ben")
    return path


def test_a_file_of_version_1_is_brought_to_version_2_with_all_that_was_said(scripted: Scripted, old: Path) -> None:
    before = rows(old)
    with open_sessions(old) as saver:
        ann, notes = session_rows(saver)
        graph = load("empathy", model=scripted(), checkpointer=saver)
        assert [turn.text for turn in graph.state("ann").history] == [TEXT, "thank you"]
        assert sessions_of(saver, "ben") == ["notes"]
    today = time.strftime("%Y-%m-%d", time.gmtime())
    assert (ann.name, ann.owner, ann.turns, ann.created[:10], ann.changed[:10]) == ("ann", "", 2, today, today)
    assert (notes.name, notes.turns) == ("notes", 0)  # that graph kept no history to count
    after = rows(old)
    assert after["version"] == [(SCHEMA_VERSION,)]
    assert {name: after[name] for name in ("checkpoints", "writes")} == {
        name: before[name] for name in ("checkpoints", "writes")
    }
    # No copy is left that erasing would not reach.
    assert [file.name for file in old.parent.iterdir()] == [old.name]


def test_a_migration_that_fails_changes_nothing(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM checkpoints")
        connection.execute("SELECT * FROM no_such_table")

    before = rows(old)
    with monkeypatch.context() as patched:
        patched.setattr(session_schema, "_STEPS", (*session_schema._STEPS, failing))
        with pytest.raises(CheckpointError, match=r"cannot be brought to schema version .* nothing was changed"):
            open_sessions(old).__enter__()
    assert rows(old) == before
    with open_sessions(old) as saver:
        assert session_names(saver) == ["ann", "notes"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_migration_that_is_killed_changes_nothing(old: Path) -> None:
    before = rows(old)
    killed = (
        "import os, signal, sys\nfrom pathlib import Path\n"
        "from affectgraph.graphs import session_schema\nfrom affectgraph.graphs.checkpoints import open_sessions\n"
        "kill = lambda connection: os.kill(os.getpid(), signal.SIGKILL)\n"
        "session_schema._STEPS = (*session_schema._STEPS, kill)\n"
        "open_sessions(Path(sys.argv[1])).__enter__()\n"
    )
    done = subprocess.run([sys.executable, "-c", killed, str(old)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert rows(old) == before
    with open_sessions(old) as saver:
        assert session_names(saver) == ["ann", "notes"]


def test_an_unreadable_session_does_not_stop_the_migration_of_the_others(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("UPDATE checkpoints SET checkpoint = x'00ff00' WHERE thread_id = 'ann'")
        connection.commit()
    with open_sessions(old) as saver:
        assert [(row.name, row.turns) for row in session_rows(saver)] == [("ann", 0), ("notes", 0)]


def test_a_file_of_a_newer_version_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "sessions.sqlite"
    with first_version(path) as saver:
        saver.conn.execute("PRAGMA user_version = 3")
    before = path.read_bytes()
    with pytest.raises(CheckpointError, match="schema version 3, this affectgraph reads up to 2"):
        open_sessions(path).__enter__()
    assert path.read_bytes() == before


def test_what_others_may_do_with_the_file_and_its_journal_is_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "sessions.sqlite"
    with open_sessions(path) as saver:
        talk(saver, "ann", TEXT)
        path.chmod(0o644)
        with open_sessions(path) as beside:
            talk(beside, "ben", TEXT)
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("sessions.sqlite", "sessions.sqlite-wal", "sessions.sqlite-shm"), 384)


# --- the table of sessions --------------------------------------------------------------------------------------------


def test_the_table_counts_turns_and_keeps_people_over_compaction(scripted: Scripted, tmp_path: Path) -> None:
    with open_sessions(tmp_path / "sessions.sqlite") as saver:
        graph = load("empathy", model=scripted(), checkpointer=saver)
        for text in (TEXT, "thank you"):
            graph.invoke({"text": text}, thread("ann"))
            compact(saver, "ann")
        talk(saver, "both", "Hello", person="ben")
        talk(saver, "both", "Hello", person="carol")
        compact(saver, "both")
        assert [(row.name, row.graph, row.turns) for row in session_rows(saver)] == [
            ("ann", "empathy", 2),
            ("both", "", 2),
        ]
        # ben's turn is dropped from the checkpoints, but not out of the state: it is his session too.
        assert sessions_of(saver, "ben") == sessions_of(saver, "carol") == ["both"]


def test_a_turn_that_is_continued_counts_once(scripted: Scripted, tmp_path: Path) -> None:
    def failing(messages: list[Any]) -> Any:
        raise BackendError("the engine died")

    with open_sessions(tmp_path / "sessions.sqlite") as saver:
        broken = load("empathy", model=ScriptedBackend(replies=failing), checkpointer=saver)
        with pytest.raises(BackendError):
            broken.invoke({"text": TEXT}, thread("ann"))
        assert [row.turns for row in session_rows(saver)] == [1]
        list(load("empathy", model=scripted(), checkpointer=saver).events(None, thread("ann")))
        assert [row.turns for row in session_rows(saver)] == [1]


def test_a_session_that_waits_for_a_human_is_found_until_it_is_answered(tmp_path: Path) -> None:
    graph = StateGraph(Told)
    graph.add_node("review", lambda state: {"reply": interrupt("please look")})
    graph.add_edge(START, "review")
    graph.add_edge("review", END)
    with open_sessions(tmp_path / "sessions.sqlite") as saver:
        compiled = graph.compile(checkpointer=saver)
        for name in ("ann", "ben"):
            compiled.invoke({"text": "Hello", "reply": ""}, thread(name))
        talk(saver, "carol", "Hello")
        assert [row.name for row in waiting_sessions(saver)] == ["ann", "ben"]
        compiled.invoke(Command(resume="I am here."), thread("ann"))
        assert [row.name for row in waiting_sessions(saver)] == ["ben"]


def test_nothing_that_a_caller_adds_to_the_configuration_is_stored(tmp_path: Path) -> None:
    with open_sessions(tmp_path / "sessions.sqlite") as saver:
        talk(saver, "ann", "Hello", secret_note="zebras trample", person="ann")
    assert b"zebras" not in every_byte(tmp_path)


# --- owners -----------------------------------------------------------------------------------------------------------


def test_the_session_of_another_owner_is_no_session(scripted: Scripted, tmp_path: Path) -> None:
    mine, theirs = owner_of("token of one browser"), owner_of("token of another")
    with open_sessions(tmp_path / "sessions.sqlite") as saver:
        graph = load("empathy", model=scripted(), checkpointer=saver)
        graph.invoke({"text": TEXT}, thread("talk", mine))
        assert session_names(saver, mine) == session_names(saver, None) == ["talk"]
        assert graph.state("talk", mine).history[0].text == TEXT
        for other in (theirs, ""):
            assert session_names(saver, other) == []
            assert graph.state("talk", other) is None
            assert not graph.pending("talk", other)
            assert list(graph.compiled.get_state_history(thread("talk", other))) == []
            with pytest.raises(InputError, match="there is no session 'talk'; no session is stored yet"):
                graph.invoke({"text": "Let me in"}, thread("talk", other))
            with pytest.raises(InputError, match="there is no session 'talk'"):
                list(graph.events({"text": "Let me in"}, thread("talk", other)))
            with pytest.raises(InputError, match="there is no session 'talk'"):
                graph.compiled.update_state(thread("talk", other), {"text": "Let me in"}, as_node="screen")
        assert [turn.text for turn in graph.state("talk", mine).history] == [TEXT]
        assert [row.turns for row in session_rows(saver, mine)] == [1]
    assert b"token of one browser" not in every_byte(tmp_path)
    assert b"Let me in" not in every_byte(tmp_path)


# --- what is kept when ------------------------------------------------------------------------------------------------


def test_kept_is_told_once_the_text_is_committed_and_before_any_node_runs(tmp_path: Path, scripted: Scripted) -> None:
    path = tmp_path / "sessions.sqlite"

    def committed() -> bool:
        with closing(sqlite3.connect(path)) as other:  # sees what is committed, and nothing else
            blobs = other.execute("SELECT checkpoint FROM checkpoints").fetchall()
        return any(b"dementia" in blob for (blob,) in blobs)

    with open_sessions(path) as saver:
        events = load("empathy", model=scripted(), checkpointer=saver).events({"text": TEXT}, thread("ann"))
        assert not committed()
        assert next(events) == Kept()
        assert committed()
        assert next(events) == NodeStarted("screen")
        assert Kept() not in list(events)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
def test_a_text_is_on_the_disk_itself_before_kept_is_told(
    tmp_path: Path, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda handle: waited.append(os.readlink(f"/proc/self/fd/{handle}")))
    with open_sessions(tmp_path / "sessions.sqlite") as saver:
        events = load("empathy", model=scripted(), checkpointer=saver).events({"text": TEXT}, thread("ann"))
        assert next(events) == Kept()
        assert waited == [str(tmp_path / "sessions.sqlite-wal")]
        list(events)
        compact(saver, "ann")
    assert len(waited) == 2


def test_what_kept_a_text_from_being_stored_is_told_instead_of_kept(tmp_path: Path, scripted: Scripted) -> None:
    with open_sessions(tmp_path / "sessions.sqlite") as saver:
        saver.conn.execute(
            "CREATE TRIGGER full BEFORE INSERT ON checkpoints BEGIN SELECT RAISE(ABORT, 'no space'); END"
        )
        events = load("empathy", model=scripted(), checkpointer=saver).events({"text": TEXT}, thread("ann"))
        with pytest.raises(sqlite3.IntegrityError, match="no space"):
            next(events)


def test_a_failure_of_the_file_in_use_is_told_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "sessions.sqlite"

    def fill() -> None:
        with open_sessions(path) as saver:
            talk(saver, "ann", "Hello")
            saver.conn.execute("PRAGMA max_page_count = 1")
            talk(saver, "ann", "Hello again " * 10_000)

    with pytest.raises(CheckpointError, match=r"sessions\.sqlite failed: .*full; what it had kept before is kept"):
        fill()
    with open_sessions(path) as saver:
        assert last_state(saver, session_rows(saver)[0])["text"] == "Hello"


# --- encryption -------------------------------------------------------------------------------------------------------


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv(SESSION_KEY, SECRET)
    return monkeypatch


def test_an_encrypted_file_holds_no_word_in_plain_bytes_and_reads_as_before(
    key: pytest.MonkeyPatch, scripted: Scripted, tmp_path: Path
) -> None:
    path = tmp_path / "sessions.sqlite"
    with open_sessions(path, SEALED) as saver:
        graph = load("empathy", model=scripted(), checkpointer=saver)
        graph.invoke({"text": TEXT}, thread("ann"))
        stored = every_byte(tmp_path)  # the write-ahead log with it, all pending writes still there
        assert graph.state("ann").history[0].text == TEXT
        assert [row.turns for row in session_rows(saver)] == [1]
    for words in (b"dementia", b"shouted", b"promise", b"carry a great deal", b"guilt", b"Cares for", SECRET.encode()):
        assert words not in stored + every_byte(tmp_path)
    with open_sessions(path, SEALED) as saver:
        assert last_state(saver, session_rows(saver)[0])["text"] == TEXT


def test_a_wrong_or_missing_key_gets_one_sentence(key: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "sessions.sqlite"
    with open_sessions(path, SEALED) as saver:
        talk(saver, "ann", TEXT)
    with pytest.raises(CheckpointError, match=r"are encrypted: set sessions\.encrypt = true"):
        open_sessions(path).__enter__()
    key.setenv(SESSION_KEY, SECRET + "r")
    with pytest.raises(CheckpointError, match="the key does not open the sessions"):
        open_sessions(path, SEALED).__enter__()
    key.setenv(SESSION_KEY, "short")
    with pytest.raises(SettingsError, match=f"{SESSION_KEY}, which has only 5 characters"):
        open_sessions(path, SEALED).__enter__()
    key.delenv(SESSION_KEY)
    with pytest.raises(SettingsError, match=f"{SESSION_KEY}, which is not set"):
        open_sessions(path, SEALED).__enter__()
    # To list and to erase needs no key.
    with open_sessions(path, unread=True) as saver:
        assert session_names(saver) == ["ann"]
        with pytest.raises(CheckpointError, match="listed or erased only"):
            saver.get_tuple(thread("ann"))
        erase(saver, "ann")
        assert session_names(saver) == []


def test_plain_sessions_are_encrypted_and_decrypted_only_when_asked(key: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "sessions.sqlite"
    with open_sessions(path) as saver:
        talk(saver, "ann", TEXT)
    before = rows(path)
    with pytest.raises(CheckpointError, match="`affectgraph sessions encrypt` encrypts them"):
        open_sessions(path, SEALED).__enter__()
    assert b"dementia" in every_byte(tmp_path)
    encrypt_sessions(path, SEALED)
    assert b"dementia" not in every_byte(tmp_path)
    with pytest.raises(CheckpointError, match="encrypted already"):
        encrypt_sessions(path, SEALED)
    with open_sessions(path, SEALED) as saver:
        assert last_state(saver, session_rows(saver)[0])["text"] == TEXT
    decrypt_sessions(path, SEALED)
    assert rows(path) == before
    with pytest.raises(CheckpointError, match="not encrypted"):
        decrypt_sessions(path, SEALED)


def test_a_process_that_had_the_file_open_before_it_was_encrypted_writes_nothing_plain_into_it(
    key: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "sessions.sqlite"

    def go_on() -> None:
        with open_sessions(path) as saver:
            talk(saver, "ann", "Hello")
            encrypt_sessions(path, SEALED)
            with pytest.raises(CheckpointError, match="encrypted or decrypted meanwhile; start again"):
                saver.get_tuple(thread("ann"))
            talk(saver, "ben", TEXT)

    with pytest.raises(CheckpointError, match="encrypted or decrypted meanwhile, start again"):
        go_on()
    assert b"dementia" not in every_byte(tmp_path)


def test_a_changed_byte_of_an_encrypted_state_is_noticed(key: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "sessions.sqlite"
    with open_sessions(path, SEALED) as saver:
        talk(saver, "ann", TEXT)
        saver.conn.execute("UPDATE checkpoints SET checkpoint = zeroblob(length(checkpoint))")
        saver.conn.commit()
        with pytest.raises(CheckpointError, match="damaged"):
            saver.get_tuple(thread("ann"))


# --- several processes ------------------------------------------------------------------------------------------------

_TALKING = """
import sys
from pathlib import Path
from affectgraph.graphs.checkpoints import compact, open_sessions, session_rows
from tests.graphs.test_session_file import talk
path, name, rounds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for number in range(rounds):
    with open_sessions(path) as saver:
        for turn in range(4):
            talk(saver, name, f"{number} {turn}")
            compact(saver, name)
            session_rows(saver, None)
"""


def test_several_processes_use_one_new_file_and_none_finds_it_locked(tmp_path: Path) -> None:
    path = tmp_path / "sessions.sqlite"
    ran = [
        subprocess.Popen(
            [sys.executable, "-c", _TALKING, str(path), f"p{number}", "5"],
            cwd=Path(__file__).parents[2],
            stderr=subprocess.PIPE,
        )
        for number in range(4)
    ]
    told = [process.communicate(timeout=200)[1].decode() for process in ran]
    assert [process.returncode for process in ran] == [0] * 4, told
    with open_sessions(path) as saver:
        assert [(row.name, row.turns) for row in session_rows(saver)] == [(f"p{n}", 20) for n in range(4)]


def test_a_reader_beside_a_writer_sees_the_last_finished_turn(tmp_path: Path) -> None:
    path = tmp_path / "sessions.sqlite"
    with open_sessions(path) as writer, open_sessions(path) as reader:
        for number in range(3):
            talk(writer, "ann", f"turn {number}")
            assert last_state(reader, session_rows(reader)[0])["text"] == f"turn {number}"
        erase(reader, "ann")
        assert session_names(writer) == []
        talk(writer, "ann", "and again")
        assert session_rows(reader)[0].turns == 1
    assert b"turn 2" not in every_byte(tmp_path)
