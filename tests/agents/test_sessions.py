"""The commands on stored sessions: what they show, to whom, and what they never show."""

from __future__ import annotations

import io
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from affectgraph.agents.cli import app
from affectgraph.agents.session_text import as_markdown, conversation, held_level, labels
from affectgraph.backends.errors import AffectgraphError
from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.graphs import load
from affectgraph.graphs.checkpoints import SessionRow, open_sessions, owner_of, session_names, thread
from affectgraph.graphs.session_options import SESSION_KEY
from tests.graphs.conftest import GOOD_REPLY, TEXT, scripted

__all__ = ["scripted"]

FILE = Path("data/sessions.sqlite")
AT_RISK = "I want to kill myself."
TOLD = ("dementia", "shouted", "promise", "kill myself", "carry a great deal")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scripted: Callable[..., ScriptedBackend]) -> Path:
    """A working folder with a session `ann` of two turns, and `web` of a browser."""
    (tmp_path / "affectgraph.toml").write_text('data_dir = "data"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv(SESSION_KEY, raising=False)
    with open_sessions(FILE) as saver:
        graph = load("empathy", model=scripted(), checkpointer=saver)
        graph.invoke({"text": TEXT}, thread("ann"))
        graph.invoke({"text": AT_RISK}, thread("ann"))
        graph.invoke({"text": "thank you"}, thread("web", owner_of("a browser's token")))
    return tmp_path


def told(*arguments: str, given: str = "") -> str:
    result = CliRunner().invoke(app, ["sessions", *arguments], input=given)
    assert result.exit_code == 0, result.exception
    return result.output


def refused(*arguments: str) -> str:
    error = CliRunner().invoke(app, ["sessions", *arguments]).exception
    assert isinstance(error, AffectgraphError), error
    return str(error)


def shown_of(state: dict[str, Any]) -> str:
    console = Console(record=True, width=80, file=io.StringIO())
    console.print(conversation(state))
    return console.export_text(styles=False)


def test_list_shows_turns_and_the_level_and_no_text(folder: Path) -> None:
    listed = told("list").split("\n")
    assert listed[1].split()[:3] == ["ann", "empathy", "2"]
    assert listed[1].split()[-1] == "2"  # the level
    assert "1 more of browsers: --everyone lists them." in "\n".join(listed)
    assert not any(words in "\n".join(listed) for words in TOLD)
    everyones = told("list", "--everyone")
    assert owner_of("a browser's token")[:8] in everyones
    assert "terminal" in everyones


def test_show_is_the_conversation_and_its_labels_alone_without_text(folder: Path) -> None:
    shown = " ".join(told("show", "ann").split())
    assert " ".join(TEXT.split()) in shown
    assert GOOD_REPLY in shown
    assert "level 2 · reply: template" in shown
    bare = told("show", "ann", "--no-text")
    assert [line.split() for line in bare.split("\n")[2:4]] == [
        ["1", "0", str(len(TEXT)), "model"],
        ["2", "2", str(len(AT_RISK)), "template"],
    ]
    assert not any(words in bare for words in TOLD)


def test_export_is_for_its_reader_alone_as_json_or_markdown(folder: Path) -> None:
    told("export", "ann", "-o", "ann.json")
    assert stat.S_IMODE(Path("ann.json").stat().st_mode) == 0o600
    exported = json.loads(Path("ann.json").read_text())
    assert [turn["text"] for turn in exported["state"]["history"]] == [TEXT, AT_RISK]
    assert (exported["graph"], exported["turns"]) == ("empathy", 2)
    markdown = told("export", "ann", "--format", "markdown")
    assert markdown.startswith("# Session ann\n")
    assert "## Turn 2\n\n*level 2 · reply: template*\n\n**Person**\n\n> I want to kill myself.\n" in markdown


def test_the_session_of_a_browser_is_none_unless_everyone_is_asked_for(folder: Path) -> None:
    for command in (["show", "web"], ["export", "web"], ["erase", "web", "--yes"]):
        assert refused(*command) == "there is no session 'web'; stored: ann"
    assert "thank you" in told("show", "web", "--everyone")


def test_erase_takes_names_or_all_and_asks_with_their_names(folder: Path) -> None:
    assert refused("erase") == refused("erase", "ann", "--all")
    assert "give the names of the sessions to erase, or --all, not both" in refused("erase")
    result = CliRunner().invoke(app, ["sessions", "erase", "--all", "--everyone"], input="n\n")
    assert result.exit_code == 1
    assert "Erase 2 sessions (ann, web) for good?" in result.output
    # A name that is wrong keeps all of them.
    assert "there is no session 'anne'" in refused("erase", "ann", "anne", "--yes")
    assert "The session 'ann' is erased." in told("erase", "--all", "--yes")
    with open_sessions(FILE) as saver:
        assert session_names(saver, None) == ["web"]
    stored = b"".join(file.read_bytes() for file in Path("data").iterdir())
    assert not any(words.encode() in stored for words in TOLD)
    assert b"thank you" in stored
    told("erase", "web", "--everyone", "--yes")
    assert told("erase", "--all") == "No session is stored.\n"


def test_stats_counts_everyones_and_names_nobody(folder: Path) -> None:
    counts = json.loads(told("stats", "--json"))
    assert (counts["sessions"], counts["of_browsers"], counts["turns"], counts["turns_most"]) == (2, 1, 3, 2)
    assert counts["levels"] == {"0": 2, "2": 1}
    assert counts["held"] == {"0": 1, "2": 1}
    assert counts["sources"] == {"model": 2, "template": 1}
    assert counts["shares"]["model"] == pytest.approx(100 * 2 / 3)
    assert counts["file_bytes"] >= counts["state_bytes_most"] > 0
    for output in (told("stats"), json.dumps(counts)):
        assert not any(words in output for words in (*TOLD, "ann", "web"))
    assert "model: 2 (66.7 %) · template: 1 (33.3 %)" in told("stats")


def test_stats_of_nothing_is_zeroes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "affectgraph.toml").write_text('data_dir = "data"\n')
    assert json.loads(told("stats", "--json"))["turns_median"] == 0.0


def test_encrypt_and_decrypt_say_what_to_set_and_everything_reads_as_before(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert SESSION_KEY in refused("encrypt")
    before = told("show", "ann")
    monkeypatch.setenv(SESSION_KEY, "correct horse battery staple")
    assert "[sessions] encrypt = true" in told("encrypt")
    assert "are encrypted: set sessions.encrypt = true" in refused("show", "ann")
    (folder / "affectgraph.toml").write_text('data_dir = "data"\n[sessions]\nencrypt = true\n')
    assert told("show", "ann") == before
    assert b"dementia" not in b"".join(file.read_bytes() for file in Path("data").iterdir())
    # Erasing works without the key.
    monkeypatch.delenv(SESSION_KEY)
    assert "is erased" in told("erase", "web", "--everyone", "--yes")
    monkeypatch.setenv(SESSION_KEY, "correct horse battery staple")
    assert "[sessions] encrypt = false" in told("decrypt")
    (folder / "affectgraph.toml").write_text('data_dir = "data"\n')
    assert told("show", "ann") == before


def test_what_a_stranger_wrote_does_not_steer_the_terminal() -> None:
    said = {"text": "Hello\x1b[2J\x9b0m", "reply": "Hi.", "level": 0}
    row = SessionRow("s", "", "counsel", "", "", 1)
    stopped = {"history": [said], "text": "Hello again\x1b[2J"}
    for shown in (shown_of(stopped), as_markdown(row, stopped)):
        assert "Hello" in shown
        assert not {"\x1b", "\x9b"} & set(shown)


def test_a_human_who_wrote_unasked_leaves_no_turn_unanswered() -> None:
    state = {
        "text": "Hello",
        "reply": {"text": "I am Jo."},
        "watch": {"level": 4},
        "history": [
            {"text": "Hello", "reply": "Hi.", "level": 4, "source": "template"},
            {"text": "", "reply": "I am Jo.", "level": 0, "source": "human"},
        ],
    }
    assert held_level(state) == 4
    assert labels(state).row_count == 2
    assert shown_of(state).count("you >") == 1
    stopped = {**state, "text": "Are you there?"}
    assert labels(stopped).row_count == 3
    assert "Are you there?  (not answered yet)" in shown_of(stopped)
