"""Sessions: kept on disk, continued after an interruption, refused when they do not fit, erased for good."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from affectgraph.backends.errors import BackendError, CheckpointError
from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.graphs import load
from affectgraph.graphs.checkpoints import (
    compact,
    erase,
    erase_sessions,
    open_sessions,
    session_names,
    sessions_of,
)
from affectgraph.graphs.settings import load_settings
from affectgraph.tools.safety import screen
from tests.graphs.conftest import GOOD_REPLY, TEXT

Scripted = Callable[..., ScriptedBackend]
CONFIG: Any = {"configurable": {"thread_id": "ann"}}

# What the tests here are about is kept, whatever the second voice of the screen hears.
RULES = load_settings(environment={}, overrides=["empathy.learned=false"]).settings


def test_turns_are_remembered_across_processes(scripted: Scripted, tmp_path: Path) -> None:
    path = tmp_path / "sessions.sqlite"
    with open_sessions(path) as saver:
        load("empathy", model=scripted(), checkpointer=saver).invoke({"text": TEXT}, CONFIG)
    with open_sessions(path) as saver:
        graph = load("empathy", model=scripted(), checkpointer=saver)
        output = graph.invoke({"text": "thank you"}, CONFIG)
        history = graph.state("ann").history
    assert [turn.text for turn in history] == [TEXT, "thank you"]
    assert history[0].reply == GOOD_REPLY
    assert [entry.node for entry in output.trace] == ["screen", "segment", "courtesy"]  # of this turn alone
    assert output.chain is None


def test_an_interrupted_turn_continues_where_it_stopped(scripted: Scripted, tmp_path: Path) -> None:
    calls = []

    def failing(messages: list[Any]) -> Any:
        if "seek most" in str(messages[-1].text):
            raise BackendError("the engine died")
        calls.append(1)
        return scripted().replies(messages)

    with open_sessions(tmp_path / "sessions.sqlite") as saver:
        broken = load("empathy", model=ScriptedBackend(replies=failing), checkpointer=saver)
        with pytest.raises(BackendError, match="the engine died"):
            broken.invoke({"text": TEXT}, CONFIG)
        assert broken.pending("ann")
        mended = load("empathy", model=scripted(), checkpointer=saver)
        (*_, last) = mended.events(None, CONFIG)
        assert not mended.pending("ann")
    assert len(calls) == 4  # emotion, intensity, situation, causes: asked once
    assert last.output.reply.text == GOOD_REPLY
    assert [entry.node for entry in last.output.trace].count("causes_and_beliefs") == 1


def test_an_alarm_is_remembered_for_two_turns(scripted: Scripted, tmp_path: Path) -> None:
    with open_sessions(tmp_path / "sessions.sqlite") as saver:
        causes = {"causes": [{"cause": "It was said.", "segments": ["s1"]}], "beliefs": []}
        graph = load("empathy", model=scripted(causes=causes), checkpointer=saver, settings=RULES)
        graph.invoke({"text": "I want to kill myself."}, CONFIG)
        after = graph.invoke({"text": "ok"}, CONFIG)
        later = [graph.invoke({"text": "thank you"}, CONFIG) for _ in range(2)][-1]
    assert after.depth == "full"  # right after an alarm nothing is small talk
    assert later.depth == "short"  # and one alarm does not lock the session


def test_the_file_is_private_and_of_one_schema(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "sessions.sqlite"
    with open_sessions(path):
        pass
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(CheckpointError, match="schema version 99"), open_sessions(path):
        pass


def test_other_files_are_refused_and_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "notes.sqlite"
    text.write_text("these are my notes, not a database " * 40)
    before = text.read_bytes()
    with pytest.raises(CheckpointError, match="cannot be used"), open_sessions(text):
        pass
    assert text.read_bytes() == before
    foreign = tmp_path / "foreign.sqlite"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE other (x)")
    connection.close()
    with pytest.raises(CheckpointError, match="not a session file"), open_sessions(foreign):
        pass


def test_a_state_of_another_shape_is_refused_in_a_sentence(scripted: Scripted, tmp_path: Path) -> None:
    with open_sessions(tmp_path / "sessions.sqlite") as saver:
        graph = load("empathy", model=scripted(), checkpointer=saver)
        graph.invoke({"text": TEXT}, CONFIG)
        other = saver.get_tuple(CONFIG)
        other.checkpoint["channel_values"]["segments"] = [{"id": 7}]
        saver.put(other.config, other.checkpoint, other.metadata, {})
        with pytest.raises(CheckpointError, match="segments"):
            graph.state("ann")


def test_compacting_keeps_the_session_and_erasing_leaves_no_byte(scripted: Scripted, tmp_path: Path) -> None:
    path = tmp_path / "sessions.sqlite"
    with open_sessions(path) as saver:
        graph = load("empathy", model=scripted(), checkpointer=saver)
        graph.invoke({"text": TEXT}, CONFIG)
        graph.invoke({"text": "Hello there, please!"}, {"configurable": {"thread_id": "ben"}})
        compact(saver, "ann")
        assert saver.conn.execute("SELECT count(*) FROM checkpoints WHERE thread_id = 'ann'").fetchone() == (1,)
        assert graph.state("ann").history[0].reply == GOOD_REPLY
        erase(saver, "ann")
        assert session_names(saver) == ["ben"]
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"dementia" not in stored
    assert b"Hello there" in stored


def test_a_checkpoint_holds_json_primitives_only(scripted: Scripted, tmp_path: Path) -> None:
    with open_sessions(tmp_path / "sessions.sqlite") as saver:
        graph = load("empathy", model=scripted(), checkpointer=saver)
        graph.invoke({"text": TEXT}, CONFIG)
        values = saver.get_tuple(CONFIG).checkpoint["channel_values"]

    def primitive(value: Any) -> bool:
        if isinstance(value, dict):
            return all(isinstance(key, str) and primitive(item) for key, item in value.items())
        if isinstance(value, list):
            return all(primitive(item) for item in value)
        return value is None or type(value) in (str, int, float, bool)

    assert all(primitive(value) for name, value in values.items() if not name.startswith(("__", "branch:")))


def test_risk_spread_over_turns_is_seen_and_its_offsets_are_those_of_the_new_text(
    scripted: Scripted, tmp_path: Path
) -> None:
    text = "On Monday I bought a rope."
    assert screen(text).level == 0
    with open_sessions(tmp_path / "sessions.sqlite") as saver:
        graph = load("empathy", model=scripted(), checkpointer=saver, settings=RULES)
        assert graph.invoke({"text": f"Some days I wish I was not here anymore. {TEXT}"}, CONFIG).depth == "full"
        output = graph.invoke({"text": text}, CONFIG)
    assert output.depth == "crisis"
    (finding,) = output.safety.findings
    assert text[finding.start : finding.end] == "bought a rope"


def test_a_session_is_of_the_person_whose_name_it_ran_with_and_all_of_theirs_are_erased(
    scripted: Scripted, tmp_path: Path
) -> None:
    path = tmp_path / "sessions.sqlite"
    with open_sessions(path) as saver:
        graph = load("empathy", model=scripted(), checkpointer=saver)
        for session, person in (("one", "ann"), ("two", "ann"), ("three", "ann-2"), ("four", None), ("ann", "ben")):
            named = {"thread_id": session, "person": person} if person else {"thread_id": session}
            text = TEXT if person == "ann" else "Hello there, please!"
            graph.invoke({"text": text}, {"configurable": named})
        assert sessions_of(saver, "ann") == ["one", "two"]
        assert erase_sessions(saver, "ann") == ["one", "two"]
        assert session_names(saver) == ["ann", "four", "three"]
        assert sessions_of(saver, "ann") == erase_sessions(saver, "ann") == []
        assert sessions_of(saver, "ben") == ["ann"]
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"dementia" not in stored
    assert b"Hello there" in stored


def test_a_session_that_another_process_reads_is_not_erased_by_half(scripted: Scripted, tmp_path: Path) -> None:
    path = tmp_path / "sessions.sqlite"
    with open_sessions(path) as saver:
        load("empathy", model=scripted(), checkpointer=saver).invoke({"text": TEXT}, CONFIG)
        saver.conn.execute("PRAGMA busy_timeout = 50")
        reader = sqlite3.connect(path)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM checkpoints").fetchone()
        with pytest.raises(CheckpointError, match="in use by another process; close it, and try again"):
            erase(saver, "ann")
        assert session_names(saver) == ["ann"]
        reader.close()
        erase(saver, "ann")
        assert session_names(saver) == []


def test_whichever_write_is_the_last_before_a_crash_the_turn_is_continued_and_there_once(
    scripted: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each checkpoint in turn is the one that is not written any more; what its node decided is written by then."""
    with open_sessions(tmp_path / "sessions.sqlite") as saver:
        graph = load("empathy", model=scripted(), checkpointer=saver, settings=RULES)
        graph.invoke({"text": "thank you"}, CONFIG)
        written = saver.put
        for survives in range(1, 100):
            left = iter(range(survives))

            def put(*given: Any, left: Any = left) -> Any:
                if next(left, None) is None:
                    raise OSError("the machine stopped")
                return written(*given)

            text = f"{TEXT} It is day {survives}."
            with monkeypatch.context() as patched:
                patched.setattr(saver, "put", put)
                try:
                    graph.invoke({"text": text}, CONFIG)
                    break
                except OSError:
                    pass
            assert graph.pending("ann"), survives
            list(graph.events(None, CONFIG))
            assert not graph.pending("ann")
            assert [turn.text for turn in graph.state("ann").history][survives:] == [text]
        assert survives > 8  # the input, the seven nodes, and the end were each the last one once
