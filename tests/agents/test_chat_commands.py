"""The commands of the terminal session, on a real session with a scripted model."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from rich.console import Console

from affectgraph.agents.chat_commands import COMMANDS, Commands, Said
from affectgraph.agents.chat_view import clean, greeting
from affectgraph.agents.counselling import Conversation, open_counsellor
from affectgraph.backends.errors import InputError
from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.graphs import Finished, load_settings
from tests.graphs.conftest import TEXT, player


@pytest.fixture
def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Conversation]:
    monkeypatch.chdir(tmp_path)
    settings = load_settings(
        overrides=[f"data_dir={tmp_path}/data", "counsel.learned=false", "counsel.replies=model"], environment={}
    ).settings
    with open_counsellor(settings, model=ScriptedBackend(label="scripted", replies=player())) as counsellor:
        yield counsellor.start("ann")


class Terminal:
    def __init__(self, talk: Conversation) -> None:
        self.file = io.StringIO()
        self.commands = Commands(talk, Console(file=self.file, width=100))

    def run(self, line: str) -> Any:
        return self.commands.run(line)

    def shown(self) -> str:
        return " ".join(self.file.getvalue().split())


@pytest.fixture
def terminal(talk: Conversation) -> Terminal:
    return Terminal(talk)


def spoken(talk: Conversation) -> None:
    assert any(isinstance(event, Finished) for event in talk.say(TEXT))


def test_every_command_is_listed_and_runs(terminal: Terminal) -> None:
    terminal.run("/help")
    assert all(name in terminal.shown() for name in COMMANDS)
    for name in COMMANDS:
        refusal = ""
        try:
            terminal.run(name)
        except InputError as error:
            refusal = str(error)
        assert "there is no command" not in refusal


def test_an_unknown_command_says_where_they_are_listed(terminal: Terminal) -> None:
    with pytest.raises(InputError, match="/help"):
        terminal.run("/hepl")


@pytest.mark.parametrize(
    ("line", "wish"), [("/listen", "heard"), ("/understand", "understood"), ("/advise", "advised"), ("/auto", None)]
)
def test_how_to_be_answered_is_chosen_at_any_time(terminal: Terminal, talk: Conversation, line: str, wish: Any) -> None:
    talk.wish = "advised" if wish is None else None
    terminal.run(line)
    assert talk.wish == wish


def test_why_shows_the_chain_and_calls_it_a_guess(terminal: Terminal, talk: Conversation) -> None:
    terminal.run("/why")
    assert "Nothing has been said" in terminal.shown()
    spoken(talk)
    terminal.run("/why")
    assert "L3 Intent" in terminal.shown()
    assert "guesses" in terminal.shown()


def test_the_country_shows_its_helplines_and_none_from_memory(terminal: Terminal, talk: Conversation) -> None:
    terminal.run("/country us")
    assert talk.country == "US"
    assert "988" in terminal.shown()
    with pytest.raises(InputError, match="ISO 3166"):
        terminal.run("/country Ireland")
    terminal.run("/country ZZ")
    assert "findahelpline" in terminal.shown()


def test_resources_are_there_before_anything_was_said(terminal: Terminal) -> None:
    terminal.run("/resources")
    assert "emergency" in terminal.shown()


def test_a_picture_goes_with_the_next_message_once(terminal: Terminal, tmp_path: Path) -> None:
    Image.new("RGB", (64, 64), "white").save(tmp_path / "a picture.png")
    assert terminal.run('/attach "a picture.png"') is None
    assert [file.name for file in terminal.commands.attached()] == ["a picture.png"]
    assert terminal.commands.attached() == []
    said = terminal.run('/attach "a picture.png" this was today')
    assert isinstance(said, Said)
    assert said.text == "this was today"


@pytest.mark.parametrize("line", ["/attach", "/attach nothing.png", '/attach "half', "/forget 1", "/remember maybe"])
def test_an_argument_that_cannot_be_used_is_refused_in_one_sentence(terminal: Terminal, line: str) -> None:
    with pytest.raises(InputError) as refused:
        terminal.run(line)
    assert "\n" not in str(refused.value)


def test_export_writes_a_private_file_and_never_over_another(
    terminal: Terminal, talk: Conversation, tmp_path: Path
) -> None:
    spoken(talk)
    terminal.run("/export mine.json")
    file = tmp_path / "mine.json"
    assert json.loads(file.read_text())["state"]["history"][0]["text"] == TEXT
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(InputError, match="exists already"):
        terminal.run("/export mine.json")


def test_erase_asks_first_and_then_leaves_nothing(terminal: Terminal, talk: Conversation) -> None:
    spoken(talk)
    terminal.run("/erase")
    assert talk.counsellor.names() == ["ann"]
    terminal.run("/erase yes")
    assert talk.counsellor.names() == []
    assert terminal.commands.over


def test_what_is_shown_of_others_text_cannot_steer_the_terminal() -> None:
    assert clean("a\x1b[2J\x1b]0;x\x07b\r\x9bc\nd\te") == "a[2J]0;xbc\nd\te"


def test_the_greeting_says_what_it_is_what_is_kept_and_where_to_turn(talk: Conversation) -> None:
    file = io.StringIO()
    Console(file=file, width=100).print(greeting(talk, "data/sessions.sqlite", "for trying", first=True))
    shown = " ".join(file.getvalue().replace("│", " ").split())
    for words in ("not a person and not a clinician", "data/sessions.sqlite", "/erase", "/resources", "for trying"):
        assert words in shown
    assert "another machine" not in shown
