"""`affectgraph run gat_text` as a person meets it: a text in, its tree with quotes in the terminal, or JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from affectgraph.agents.cli import app
from affectgraph.agents.gat_text_view import gat_text_view
from affectgraph.backends.errors import InputError
from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.graphs import loading
from tests.graphs.test_gat_text import TEXT, Player, verdict
from tests.graphs.test_gat_text import run as answered


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "affectgraph.toml").write_text('data_dir = "data"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    backend = ScriptedBackend(label="played", replies=Player())
    monkeypatch.setattr(loading, "open_backend", lambda *arguments, **named: backend)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["run", "gat_text", *arguments])


def test_a_text_is_shown_as_a_tree_with_quotes_and_a_conclusion(folder: Path) -> None:
    result = run(TEXT)
    assert result.exit_code == 0, result.exception
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    for line in (
        "3 spans",
        "├── h1 anger, high (s1, s2): the words",
        "│ ├── s2 “I went home and slammed the door.”",
        "│ ├── against: s3 they had tea together",
        "│ │ └── s3 “Afterwards I slept well, and today we had tea together.”",
        "│ └── ✗ pruned: 1 contradiction (confidence 0.90)",
        "│ └── ✓ kept: no contradiction (confidence 0.80)",
        "sadness, low intensity, from hypothesis h2",
        "valence 3.0, arousal 2.0 (1 to 9)",
        "not calibrated",
        "expressed by the person",
        "evoked in readers",
    ):
        assert line in lines, result.stdout


def test_json_is_json_and_a_file_is_written(folder: Path) -> None:
    (folder / "letter.txt").write_text(TEXT, encoding="utf-8")
    result = run("-f", "letter.txt", "--json", "-o", "out.json")
    assert result.exit_code == 0, result.exception
    told = json.loads(result.stdout)
    assert told == json.loads((folder / "out.json").read_text(encoding="utf-8"))
    assert told["verdicts"][0]["contradictions"][0]["quote"]["segment"] == "s3"


@pytest.mark.parametrize("option", ["--html", "--png", "--task"])
def test_what_only_pictures_have_is_refused(folder: Path, option: str) -> None:
    error = run(TEXT, option, "x").exception
    assert isinstance(error, InputError)
    assert f"knows no {option}" in str(error)


def test_words_of_text_and_model_are_no_markup() -> None:
    nasty = "[red]x[/red] [/]"
    player = Player(verdict=verdict(0.5, ("s1", f"{nasty} \x1b[2J")))
    output = answered(f"{nasty} said she.\n\nThen more.\n\nThen less.", player=player)
    console = Console(width=200)
    with console.capture() as captured:
        console.print(gat_text_view(output))
    assert "against: s1  [red]x[/red] [/]" in captured.get()
    assert "“[red]x[/red] [/]" in captured.get()
    assert "\x1b[2J" not in captured.get()


def test_a_long_text_is_said_to_be_shortened() -> None:
    output = answered("\n".join(f"Line {number}." for number in range(600)), player=Player(verdict=verdict(0.5)))
    console = Console(width=200)
    with console.capture() as captured:
        console.print(gat_text_view(output))
    assert "The text is long: the model read 500 of its 600 spans." in captured.get()
