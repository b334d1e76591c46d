"""`affectgraph memory` as a person meets it, on the real store and the real embedder."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from affectgraph.agents.cli import app
from affectgraph.backends.embedder import SentenceEmbedder
from affectgraph.backends.errors import AffectgraphError
from affectgraph.graphs.memory import open_memory
from affectgraph.graphs.settings import load_settings
from affectgraph.tools.episodes import Episode, private_space, remember


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of its own, with the data beside it."""
    (tmp_path / "affectgraph.toml").write_text('data_dir = "data"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path


def run(*arguments: str, given: str = "") -> Result:
    return CliRunner().invoke(app, ["memory", *arguments], input=given)


def shown(*arguments: str, given: str = "") -> list[str]:
    """The lines of the answer, spaces folded."""
    result = run(*arguments, given=given)
    assert result.exit_code == 0, result.exception
    return [" ".join(line.split()) for line in result.output.splitlines()]


def told(*arguments: str) -> str:
    """The words of the refusal."""
    error = run(*arguments).exception
    assert isinstance(error, AffectgraphError), error
    return str(error)


def listed(person: str) -> Any:
    return json.loads(run("list", person, "--json").output)


def test_what_is_added_is_listed_with_the_latest_first(folder: Path) -> None:
    (line,) = shown("add", "ann", "I missed\nthe train.", "-e", "anger", "-a", "suddenness=4", "--when", "2026-01-02")
    assert line.startswith("It is kept as a new episode. Private. Key: ")
    shown("add", "ann", "My sister called.", "-e", "joy=3", "-e", "surprise", "--when", "2026-03-04T10:00+02:00")
    header, first, second = shown("list", "ann")
    assert header == "key when source emotion told shared event"
    assert first.endswith("2026-03-04 stated joy 1x no My sister called.")
    assert second.endswith("2026-01-02 stated anger 1x no I missed the train.")
    later, earlier = listed("ann")
    assert later["episode"]["emotions"] == {"joy": 0.75, "surprise": 0.25}
    assert earlier["episode"]["appraisals"] == {"suddenness": 4.0}
    assert earlier["episode"]["event"] == "I missed\nthe train."


def test_the_same_words_are_told_again_and_a_contradiction_is_said_and_marked(folder: Path) -> None:
    run("add", "ann", "I missed the train.", "-e", "anger")
    (line,) = shown("add", "ann", "i missed  the train.")
    assert line.startswith("This was known: it is told 2 times now.")
    lines = shown("add", "ann", "I missed the train.", "-e", "joy")
    assert lines[1].startswith("It contradicts what you said of the same event before (")
    assert [line.split()[3:5] for line in shown("list", "ann")[1:]] == [["joy", "(!)"], ["anger", "(!)"]]


def test_recall_shows_the_parts_of_the_score(folder: Path) -> None:
    run("add", "ann", "The bus left without me.", "-e", "anger")
    run("add", "ann", "We baked a cake.", "-e", "joy")
    CliRunner().invoke(app, ["persona", "new", "ben", "--openness", "0.25"])
    run("add", "ben", "The train left without me.", "-e", "fear", "--public")
    run("add", "ben", "The tram left without me.")
    CliRunner().invoke(app, ["persona", "new", "ann", "--openness", "0.75"])
    header, first, second, third = shown("recall", "ann", "The bus left without me again.")
    assert header == "whose score similar close recent emotion event"
    assert first.split()[0] == "own"
    assert first.endswith("1.00 anger The bus left without me.")
    assert second.split()[0] == "other"
    assert second.split()[3:6] == ["0.50", "1.00", "fear"]
    assert third.endswith("We baked a cake.")
    own = json.loads(run("recall", "ann", "The bus left.", "--own", "--json").output)
    assert {hit["own"] for hit in own} == {True}
    assert len(shown("recall", "ann", "The bus left.", "-n", "1")) == 2


def test_a_public_episode_carries_the_traits_of_the_persona_and_a_private_one_does_not(folder: Path) -> None:
    CliRunner().invoke(app, ["persona", "new", "ben", "--openness", "0.25"])
    (line,) = shown("add", "ben", "The train left.", "--public")
    assert "Shared: other people's runs may recall it, without your name." in line
    run("add", "ben", "The tram left.")
    assert [kept["episode"]["traits"] for kept in listed("ben")] == [{}, {"openness": 0.25}]


def test_forget_takes_the_beginning_of_a_key(folder: Path) -> None:
    run("add", "ann", "The bus left.")
    key = json.loads(run("add", "ann", "We baked a cake.", "--json").output)["key"]
    assert shown("forget", "ann", key[:8]) == [f"The episode {key[:8]} is forgotten."]
    assert [kept["episode"]["event"] for kept in listed("ann")] == ["The bus left."]
    assert f"no key begins with {key[:8]!r}; `affectgraph memory list ann` shows them" in told("forget", "ann", key[:8])
    assert "no key begins with ''" in told("forget", "ann", "")
    other = json.loads(run("add", "ben", "We baked a cake.", "--json").output)["key"]
    assert "no key begins" in told("forget", "ann", other)


def test_several_keys_of_one_beginning_are_not_guessed_at(folder: Path) -> None:
    now = datetime.now(UTC)
    with open_memory(load_settings().settings) as store:
        for number in range(17):  # two of them begin with the same of 16 digits
            remember(store, "ann", Episode(event=f"Event {number}.", time=now, source="stated"))
    firsts = [kept["key"][0] for kept in listed("ann")]
    twice = next(first for first in firsts if firsts.count(first) > 1)
    assert "several keys begin with" in told("forget", "ann", twice)
    assert len(listed("ann")) == 17


def test_standard_input_is_read_and_control_signs_do_not_reach_the_terminal(folder: Path) -> None:
    shown("add", "ann", "-", given="First\x1b[2Jline\u202e.\r\nSecond [bold]line.\n")
    assert shown("list", "ann")[1].endswith("First [2Jline . Second [bold]line.")
    assert listed("ann")[0]["episode"]["event"] == "First\x1b[2Jline\u202e.\r\nSecond [bold]line."


def test_on_a_narrow_terminal_the_event_alone_is_cut(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    run("add", "ann", "The bus left without me. " * 9, "-e", "surprise", "--when", "2026-01-02")
    header, line = shown("list", "ann")
    assert header == "key when source emotion told shared event"
    assert " 2026-01-02 stated surprise 1x no The bus left" in line
    assert line.endswith("…")
    _, line = shown("recall", "ann", "bus")
    assert " - " in line
    assert " surprise The bus left" in line
    assert len(line) <= 80


def test_the_data_folder_is_its_owners_alone(folder: Path) -> None:
    run("add", "ann", "The bus left.")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (Path("data"), Path("data/memory"))] == [0o700, 0o700]


def test_status_counts_and_names_the_embedder_but_shows_nobodys_words(folder: Path) -> None:
    run("add", "zenobia", "The bus left.")
    result = run("status", "--json")
    status = json.loads(result.output)
    assert status["embedder"] == SentenceEmbedder().identity
    assert status["state"] == "ready"
    assert status["bytes"] > 0
    lines = shown("status")
    assert any(line.startswith("size on disk ") and line.endswith(" MB") for line in lines)
    assert "zenobia" not in result.output + "".join(lines)
    assert "bus" not in result.output + "".join(lines)


def test_rebuild_works_when_the_embedder_is_another_one(folder: Path) -> None:
    run("add", "ann", "The bus left.")
    Path("affectgraph.toml").write_text('data_dir = "data"\n[embedder]\nmax_tokens = 64\n')
    assert "affectgraph memory rebuild" in told("recall", "ann", "The bus left.")
    assert "affectgraph memory rebuild" in json.loads(run("status", "--json").output)["state"]
    (line,) = shown("rebuild")
    identity = SentenceEmbedder(load_settings().settings.embedder).identity
    assert line == f"The index is built anew: 1 episode, embedded with {identity}."
    assert shown("recall", "ann", "The bus left.")[1].startswith("own")


def test_without_a_memory_nothing_is_made_and_each_command_says_so(folder: Path) -> None:
    assert shown("list", "ann") == ["Nothing is stored of 'ann'. `affectgraph memory add` makes an episode."]
    assert listed("ann") == []
    assert shown("recall", "ann", "The bus left.") == ["Nothing is recalled."]
    nothing = ["No memory is stored yet. `affectgraph memory add` makes one."]
    assert shown("status") == nothing
    assert shown("rebuild") == nothing
    assert "nothing is stored of 'ann'" in told("forget", "ann", "1234")
    assert not (folder / "data").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["../ann", "x"], "the persona: '../ann' is no name; use 1 to 64 letters"),
        (["ann", ""], "event: String should have at least 1 character"),
        (["ann", " "], "event: the event has no words; say what happened"),
        (["ann", "secret" * 4000], "event: String should have at most 20000 characters"),
        (["ann", "secret", "-e", "hope"], "'hope' is no label of ekman7; its labels: anger, disgust"),
        (["ann", "secret", "-e", "joy", "--taxonomy", "x"], "unknown taxonomy 'x'; known: ekman7"),
        (["ann", "secret", "-e", "joy=much"], "--emotion 'joy=much' is not understood; give it as --emotion"),
        (["ann", "secret", "-e", "joy=0"], "the weights of --emotion have to be at least 0, and not all 0"),
        (["ann", "secret", "-e", "joy=2", "-e", "fear=-1"], "the weights of --emotion have to be at least 0"),
        (["ann", "secret", "-e", "joy=nan"], "the weights of --emotion have to be at least 0"),
        (["ann", "secret", "-e", "joy", "-e", "joy"], "--emotion joy is given twice; give it once"),
        (["ann", "secret", "-a", "effort"], "--appraisal 'effort' is not understood; give it as --appraisal"),
        (["ann", "secret", "-a", "effort=6"], "appraisals.effort: Input should be less than or equal to 5"),
        (["ann", "secret", "-a", "luck=3"], "unknown name 'luck'; known: suddenness"),
        (["ann", "secret", "--when", "yesterday"], "--when 'yesterday' is no date; give one such as 2026-01-02"),
    ],
)  # fmt: skip
def test_a_mistake_gets_one_sentence_with_the_way_out_and_stores_nothing(
    folder: Path, arguments: list[str], words: str
) -> None:
    said = told("add", *arguments)
    assert words in said
    assert "secret" not in said
    assert not (folder / "data").exists()


def test_a_damaged_episode_is_named_and_can_be_forgotten(folder: Path) -> None:
    key = json.loads(run("add", "ann", "My secret.", "--json").output)["key"]
    with open_memory(load_settings().settings) as store:
        store.put(private_space("ann"), key, {"text": "My secret.", "time": "never"})
    said = told("list", "ann")
    assert key in said
    assert "secret" not in said
    assert shown("forget", "ann", key[:8]) == [f"The episode {key[:8]} is forgotten."]
    assert listed("ann") == []


def test_help_and_a_list_without_memory_load_neither_torch_nor_chroma(folder: Path) -> None:
    watch = (
        "import sys\nfrom typer.testing import CliRunner\nfrom affectgraph.agents.cli import app\n"
        "for line in (['--help'], ['add', '--help'], ['list', 'ann'], ['status']):\n"
        "    assert CliRunner().invoke(app, ['memory', *line]).exit_code == 0, line\n"
        "print(sorted({'torch', 'chromadb', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", watch], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
