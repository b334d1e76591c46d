"""`affectgraph persona` as a person meets it."""

from __future__ import annotations

import json
import os
import select
import signal
import stat
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from affectgraph.agents.cli import app
from affectgraph.backends.errors import AffectgraphError

SHEET = "5\n3\n7\n6\n4\n2\n6\n1\n3\n7\n"
COMMAND = "from affectgraph.agents.cli import main; main()"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of its own, with the data beside it."""
    (tmp_path / "affectgraph.toml").write_text('data_dir = "data"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


def run(*arguments: str, given: str = "") -> Result:
    return CliRunner().invoke(app, ["persona", *arguments], input=given)


def told(*arguments: str, given: str = "") -> str:
    """The words of the refusal."""
    error = run(*arguments, given=given).exception
    assert isinstance(error, AffectgraphError), error
    return str(error)


def shown(result: Result) -> list[str]:
    assert result.exit_code == 0, result.exception
    return [" ".join(line.split()) for line in result.output.splitlines()]


def stored(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "data").rglob("*") if path.is_file())


def test_stated_traits_are_kept_and_drawn(folder: Path) -> None:
    shown(run("new", "ann", "--openness", "0.75", "--mbti", "intp", "--language", "en", "--note", "[bold]Hi"))
    lines = shown(run("show", "ann"))
    assert lines[0] == "ann · INTP (stated) · en"
    assert f"openness {'█' * 18}{'·' * 6} 0.75 high stated" in lines
    assert "neuroticism unknown" in lines
    assert "Note: [bold]Hi" in lines
    assert any("self-description" in line and "no diagnosis" in line for line in lines)
    assert not any("inferred" in line for line in lines)


def test_ten_lines_on_standard_input_answer_the_questionnaire(folder: Path) -> None:
    shown(run("new", "ann", "--questionnaire", "--mbti", "INTP", given=SHEET))
    profile = json.loads(run("export", "ann").output)["profile"]
    assert profile["conscientiousness"] == 1.0
    assert profile["neuroticism"] == 0.75
    assert profile["provenance"]["neuroticism"] == "questionnaire"
    assert profile["provenance"]["mbti"] == "stated"


def test_list_says_what_is_known_and_where_it_comes_from(folder: Path) -> None:
    assert shown(run("list")) == ["No persona is stored. `affectgraph persona new` makes one."]
    run("new", "ann", "--questionnaire", given=SHEET)
    run("new", "bea", "--mbti", "ESFP", "--note", "secret")
    (folder / "data" / "personas" / "cut.toml").write_text("name =")
    lines = shown(run("list"))
    assert lines[1:] == [
        "ann 5 of 5 - questionnaire",
        "bea 0 of 5 ESFP stated",
        "cut cannot be read: `affectgraph persona show` says why",
    ]


def test_score_prints_five_traits_and_keeps_no_answers(folder: Path) -> None:
    answers = {str(number): int(line) for number, line in enumerate(SHEET.split(), 1)}
    Path("answers.json").write_text(json.dumps(answers))
    lines = shown(run("score", "answers.json", "--save", "ann"))
    assert f"extraversion {'█' * 18}{'·' * 6} 0.75 high tipi" in lines
    kept = (folder / "data" / "personas" / "ann.toml").read_text()
    assert 'openness = "questionnaire"' in kept
    assert set(json.loads(run("export", "ann").output)["profile"]) == {
        "name", "openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism", "mbti", "provenance",
        "language", "note",
    }  # fmt: skip
    assert json.loads(run("score", "answers.json", "--json").output)["agreeableness"] == 0.75


def test_score_takes_a_row_of_crowd_envent_and_other_keys(folder: Path) -> None:
    columns = "extravert,critical,dependable,anxious,open,quiet,sympathetic,disorganized,calm,conventional"
    Path("row.csv").write_text(f"emotion,{columns}\njoy,{SHEET.strip().replace(chr(10), ',')}\n")
    assert json.loads(run("score", "row.csv", "--json").output)["openness"] == 0.25
    Path("key.toml").write_text(
        'name = "k"\nlow = 1\nhigh = 5\n[[item]]\nid = "open"\ntrait = "openness"\nreverse = true\n'
    )
    Path("one.csv").write_text("open,1\n")
    assert json.loads(run("score", "one.csv", "--key", "key.toml", "--json").output) == {
        "openness": 1.0, "conscientiousness": None, "extraversion": None, "agreeableness": None, "neuroticism": None,
    }  # fmt: skip
    Path("mini.csv").write_text("item,answer\n" + "".join(f"{number},3\n" for number in range(1, 21)))
    assert set(json.loads(run("score", "mini.csv", "-k", "mini-ipip", "--json").output).values()) == {0.5}


def test_export_writes_a_private_file(folder: Path) -> None:
    run("new", "ann", "--mbti", "INTP", "--note", "我")
    assert run("export", "ann", "--output", "ann.json").exit_code == 0
    assert stat.S_IMODE(Path("ann.json").stat().st_mode) == 0o600
    assert json.loads(Path("ann.json").read_text(encoding="utf-8"))["profile"]["note"] == "我"


def test_erase_asks_and_says_what_is_gone(folder: Path) -> None:
    run("new", "ann", "--openness", "0.7", "--note", "secret")
    assert run("erase", "ann", given="n\n").exit_code == 1
    assert stored(folder) == ["ann.toml"]
    lines = shown(run("erase", "ann", given="y\n"))
    assert any("The persona 'ann' is erased: openness, note." in line for line in lines)
    assert stored(folder) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["new", "ann"], "nothing is known of 'ann'; give a trait (e.g. --openness 0.7), --mbti, or --questionnaire"),
        (["new", "../ann", "--openness", "0.7"], "the persona: '../ann' is no name; use 1 to 64 letters"),
        (["new", "ann", "--openness", "1.2"], "the persona: openness is 1.2; give a number from 0 to 1"),
        (["new", "ann", "--openness", "nan"], "the persona: openness is nan; give a number from 0 to 1"),
        (["new", "ann", "--mbti", "HAPPY"], "the persona: 'HAPPY' is no MBTI type; give one of"),
        (["new", "ann", "-q", "--openness", "0.7"], "--questionnaire measures openness; leave out --openness"),
        (["new", "old", "-q"], "there is already a persona 'old'; add --replace, or choose another name"),
        (["show", "ann"], "there is no persona 'ann'; stored: old"),
        (["export", "ann"], "there is no persona 'ann'; stored: old"),
        (
            ["export", "old", "-o", "no/such.json"],
            "cannot write no/such.json: No such file or directory; check the path",
        ),
        (["erase", "ann", "--yes"], "there is no persona 'ann'; stored: old"),
        (["score", "none.csv"], "cannot read none.csv: No such file or directory; check the path"),
        (
            ["score", "none.csv", "--key", "big"],
            "there is no key 'big'; give tipi, mini-ipip, or the path of a key file",
        ),
    ],
)
def test_a_mistake_gets_one_sentence_with_the_way_out(folder: Path, arguments: list[str], words: str) -> None:
    run("new", "old", "--mbti", "INTP")
    assert words in told(*arguments)
    assert stored(folder) == ["old.toml"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("4\n9\n", "tipi: the answer to item 2 ('Critical, quarrelsome.') is '9'; give a whole number from 1 to 7"),
        ("4\n\n", "tipi: the answer to item 2 ('Critical, quarrelsome.') is '';"),
        ("4\n4\n4\n", "stopped at question 4 of 10; nothing is written. Start again, or give ten lines"),
    ],
)
def test_a_questionnaire_that_is_not_finished_writes_nothing(folder: Path, given: str, words: str) -> None:
    assert words in told("new", "ann", "--questionnaire", given=given)
    assert not (folder / "data").exists()


def test_at_a_terminal_a_wrong_answer_is_asked_again_and_ctrl_c_writes_nothing(folder: Path) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", COMMAND, "persona", "new", "ann", "--questionnaire"]
    # Tests that run in the background ignore SIGINT, and their children would inherit that.
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=heed)
    os.close(theirs)
    seen = b""

    def until(words: bytes) -> None:
        nonlocal seen
        while words not in seen:
            seen += os.read(ours, 1024)

    try:
        until(b"1. Extraverted")
        os.write(ours, b"9\n")
        until(b"is '9'; give a whole number")
        os.write(ours, b"4\n")
        until(b"2. Critical")
        # CPython can miss a signal that comes just before a wait: where nothing follows it is pressed again.
        process.send_signal(signal.SIGINT)
        while b"nothing is written" not in seen:
            if select.select([ours], [], [], 10.0)[0]:
                seen += os.read(ours, 1024)
            else:
                process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 1
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert b"Traceback" not in seen
    assert not (folder / "data").exists()


def test_an_error_reaches_the_terminal_as_one_line(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COMMAND, "persona", "show", "nobody"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("affectgraph: there is no persona 'nobody'")
    assert done.stderr.count("\n") == 1
