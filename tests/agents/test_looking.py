"""`affectgraph run gat` as a person meets it: pictures in, a tree of each in the terminal, on a page, as figures."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import BaseMessage
from typer.testing import CliRunner, Result

from affectgraph.agents import gat_figure
from affectgraph.agents.cli import app
from affectgraph.agents.gat_view import BODIES, gat_view
from affectgraph.backends.errors import AffectgraphError, BackendError, MissingDependency
from affectgraph.backends.scripted import Reply, ScriptedBackend
from affectgraph.graphs import loading
from affectgraph.prompts import prompt
from tests.agents.gat_samples import calibrated_tree, hostile_tree, make_picture, make_tree

HYPOTHESES = [
    {"emotion": "fear", "intensity": "high", "regions": ["r1"], "reason": "a dark sky"},
    {"emotion": "awe", "intensity": "medium", "regions": ["r1", "r2"], "reason": "a wide view"},
    {"emotion": "contentment", "intensity": "low", "regions": ["r2"], "reason": "an even field"},
]
SENTENCES = [
    {"text": "The sky is dark and blue.", "regions": ["r1"]},
    {"text": "The field is green and even.", "regions": ["r2"]},
    {"text": "The square is red.", "regions": ["r3"]},
]
FOUND = [{"region": "r3", "fact": "the square is red and bright"}]


def asks(question: str, name: str) -> bool:
    return prompt(f"gat/{name}", "en").render() in question


def plain(messages: list[BaseMessage]) -> Reply:
    """A sensible model: it holds to awe, and finds something against fear."""
    question = str(messages[-1].text)
    if critic := re.search(r"critic of one hypothesis: a viewer feels (\w+)", question):
        afraid = critic.group(1) == "fear"
        sure = {"fear": 0.2, "awe": 0.9}.get(critic.group(1), 0.6)
        return {"contradictions": FOUND if afraid else [], "confidence": sure}
    choices: dict[str, Reply] = {
        "evoked": {"awe": 6, "contentment": 3, "fear": 1},
        "expressed": {"awe": 1},
        "intensity": {"medium": 1},
        "valence": {"pleasant": 1},
    }
    for name, weights in choices.items():
        if asks(question, name):
            return weights
    return {"sentences": SENTENCES} if "sentences" in question else {"hypotheses": HYPOTHESES}


Answering = Callable[[list[BaseMessage]], Reply]


def play(monkeypatch: pytest.MonkeyPatch, answer: Answering) -> None:
    backend = ScriptedBackend(label="played", replies=answer)
    monkeypatch.setattr(loading, "open_backend", lambda *arguments, **named: backend)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with two good pictures and one that is cut off, and a sensible model."""
    (tmp_path / "affectgraph.toml").write_text('data_dir = "data"\n[media]\nroots = ["."]\n')
    make_picture(tmp_path / "night.png")
    make_picture(tmp_path / "large.png", (640, 480))
    (tmp_path / "broken.png").write_bytes((tmp_path / "night.png").read_bytes()[:200])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    play(monkeypatch, plain)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["run", "gat", *arguments])


def shown(*arguments: str) -> list[str]:
    """The lines of the answer, spaces folded."""
    result = run(*arguments)
    assert result.exit_code == 0, result.exception
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


def told(*arguments: str) -> AffectgraphError:
    error = run(*arguments).exception
    assert isinstance(error, AffectgraphError), error
    return error


# --- in the terminal -------------------------------------------------------------------------------------------------


def test_a_picture_is_shown_as_regions_tree_and_conclusion(folder: Path) -> None:
    lines = shown("night.png")
    text = "\n".join(lines)
    assert lines[0].startswith("night.png ──")
    assert "320 x 200 pixels, 3 regions, no frontal face" in lines
    assert "The model did not see this picture" in text
    for line in (
        "├── h1 fear, high (r1): a dark sky",
        "│ ├── against: r3 the square is red and bright",
        "│ └── ✗ pruned: 1 contradiction (confidence 0.20)",
        "├── h2 awe, medium (r1, r2): a wide view",
        "│ └── ✓ kept: no contradiction (confidence 0.90)",
        "└── ○ set aside: no contradiction, but the critic is less sure (confidence 0.60)",
        "awe, medium intensity, from hypothesis h2",
        f"awe {'█' * 14} 60%",
    ):
        assert line in lines, text
    assert re.search(r"^valence 7.0, arousal \d\.\d \(1 to 9\)$", text, re.MULTILINE)


def test_whether_it_is_calibrated_is_said_and_what_the_model_said(folder: Path, tmp_path: Path) -> None:
    from rich.console import Console

    assert "not calibrated" in shown("night.png")
    console = Console(width=120)
    with console.capture() as captured:
        console.print(gat_view(calibrated_tree(make_picture(tmp_path / "c.png"))))
    assert "calibrated on greys (1 to 7), 30 pictures; the model said valence 5.5" in captured.get()
    assert "not calibrated" not in captured.get()


def test_trace_shows_what_each_node_cost(folder: Path) -> None:
    assert any(line.startswith("verify played") for line in shown("night.png", "--trace"))
    assert not any(line.startswith("verify played") for line in shown("night.png"))


def test_words_of_a_model_are_no_markup_in_the_terminal(tmp_path: Path) -> None:
    from rich.console import Console

    tree = hostile_tree(make_picture(tmp_path / "night.png"))
    reason = tree.hypotheses[0].model_copy(update={"reason": "[red]x[/red] [/] \x1b[2J"})
    console = Console(width=400)
    with console.capture() as captured:
        console.print(gat_view(tree.model_copy(update={"hypotheses": [reason]})))
    text = captured.get()
    assert "[red]x[/red] [/]" in text
    assert "\x1b" not in text


def test_every_node_is_shown_as_it_decides(tmp_path: Path) -> None:
    from rich.console import Console

    tree = make_tree(make_picture(tmp_path / "night.png"))
    values = {**tree.model_dump(mode="json"), "messages": [{"role": "assistant", "content": "a thought"}]}
    values["writing"] = {"sentences": SENTENCES}
    console = Console(width=120)
    with console.capture() as captured:
        for body in BODIES.values():
            console.print(body(tree.trace[0], values))
    text = captured.get()
    for words in ("the plain thing r1", "a thought", "h2  awe", "h1  pruned", "The square is bright.", "valence 6.5"):
        assert words in text


def test_an_explanation_cites_its_regions_by_sentence(folder: Path) -> None:
    lines = shown("night.png", "--task", "ER")
    assert "The field is green and even. [r2]" in lines


# --- JSON, page and figures ------------------------------------------------------------------------------------------


def test_json_has_one_shape_for_one_picture_and_for_many(folder: Path) -> None:
    for images in (["night.png"], ["night.png", "large.png"]):
        result = run(*images, "--json")
        assert result.exit_code == 0, result.exception
        answered: Any = json.loads(result.stdout)
        assert set(answered) == {"images", "failed"}
        assert [Path(one["image"]["path"]).name for one in answered["images"]] == images
        assert answered["images"][0]["conclusion"]["label"] == "awe"
        assert answered["failed"] == []
        assert result.stderr == ""


def test_page_figures_and_json_are_written_and_said_so(folder: Path) -> None:
    lines = shown("night.png", "large.png", "--html", "out.html", "--png", "out.png", "--output", "out.json")
    assert [line for line in lines if line.startswith("written")] == [
        "written to out.json",
        "written to out.html",
        "written to out-1.png",
        "written to out-2.png",
    ]
    page = (folder / "out.html").read_text()
    assert page.count('<article class="sheet"') == 2
    assert "played: scripted:function" in page
    assert "gat, mode gat, task EU" in page
    assert (folder / "out-2.png").read_bytes().startswith(b"\x89PNG")
    assert len(json.loads((folder / "out.json").read_text())["images"]) == 2
    assert not list(folder.glob(".*.part"))


def test_the_figure_of_one_picture_has_no_number(folder: Path) -> None:
    shown("night.png", "--png", "out.png")
    assert (folder / "out.png").exists()


# --- what goes wrong -------------------------------------------------------------------------------------------------


def test_a_bad_picture_among_several_is_named_and_the_others_still_run(folder: Path) -> None:
    result = run("night.png", "broken.png", "large.png", "--html", "out.html", "--output", "out.json")
    assert isinstance(result.exception, AffectgraphError)
    assert result.exception.exit_code == 1
    assert str(result.exception) == "1 of 3 pictures gave no result: broken.png"
    written = json.loads((folder / "out.json").read_text())
    assert [Path(one["image"]["path"]).name for one in written["images"]] == ["night.png", "large.png"]
    (failed,) = written["failed"]
    assert failed["image"] == "broken.png"
    assert failed["error"] in " ".join(result.stdout.split())
    assert "No tree of <strong>broken.png</strong>" in (folder / "out.html").read_text()


def test_the_only_picture_tells_its_own_error(folder: Path) -> None:
    error = told("broken.png", "--html", "out.html")
    assert error.exit_code == 2
    assert "broken.png" in str(error)
    assert not (folder / "out.html").exists()


def test_where_no_picture_can_be_used_nothing_is_written(folder: Path) -> None:
    error = told("broken.png", "none.png", "--json", "--html", "out.html")
    assert str(error) == "2 of 2 pictures gave no result: broken.png, none.png"
    assert not (folder / "out.html").exists()


def dying_at(picture: int, error: Exception) -> Answering:
    """A model that fails at the given picture's hypotheses."""
    asked: list[Reply] = []

    def answer(messages: list[BaseMessage]) -> Reply:
        reply = plain(messages)
        if isinstance(reply, dict) and "hypotheses" in reply:
            asked.append(reply)
            if len(asked) == picture:
                raise error
        return reply

    return answer


def test_a_backend_that_dies_leaves_what_was_finished(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    play(monkeypatch, dying_at(2, BackendError("the engine is gone")))
    error = told("night.png", "large.png", "--output", "out.json")
    assert str(error) == "the engine is gone"
    assert len(json.loads((folder / "out.json").read_text())["images"]) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gat"], "name one or more pictures"),
        (["gat", "night.png", "--file", "text.txt"], "takes pictures"),
        (["gat", "night.png", "--persona", "a.toml"], "takes pictures"),
        (["gat", "night.png", "--html", "no/out.html"], "the folder no of out.html does not exist"),
        (["gat", "night.png", "--png", "no/out.png"], "the folder no of out.png does not exist"),
        (["gat", "night.png", "--task", "XY"], "task: Input should be 'EU', 'ER' or 'EGCG'"),
        (["gat", "night.png", "--task", "EGCG"], "target emotion"),
        (["gat", "night.png", "--set", "gat.mode=guess"], "setting 'gat.mode'"),
        (["gat", "/etc/hostname"], "lies outside the folders"),
        (["empathy", "hello", "--html", "out.html"], "the graph 'empathy' knows no --html"),
        (["reading", "hello", "--target", "awe"], "the graph 'reading' knows no --target"),
    ],
)
def test_a_mistake_gets_one_sentence(folder: Path, arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(app, ["run", *arguments])
    assert isinstance(result.exception, AffectgraphError), result.exception
    assert result.exception.exit_code == 2
    assert words in str(result.exception)


def test_without_matplotlib_a_figure_is_refused_before_any_work(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    play(monkeypatch, lambda messages: pytest.fail("the model was asked"))
    error = told("night.png", "--png", "out.png")
    assert isinstance(error, MissingDependency)
    assert "pip install 'affectgraph[evals]'" in str(error)
    with pytest.raises(MissingDependency):
        gat_figure.require_matplotlib()


# --- Ctrl-C ----------------------------------------------------------------------------------------------------------

INTERRUPTED = """
import os, signal, sys
from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.graphs import loading
from tests.agents.test_looking import plain

asked = []

def answer(messages):
    reply = plain(messages)
    if isinstance(reply, dict) and "hypotheses" in reply:
        asked.append(reply)
        if len(asked) == int(os.environ["STOP_AT_PICTURE"]):
            os.kill(os.getpid(), signal.SIGINT)
    return reply

loading.open_backend = lambda *arguments, **named: ScriptedBackend(label="played", replies=answer)
from affectgraph.agents.cli import main
main()
"""


def interrupted(folder: Path, picture: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own that gets Ctrl-C while it is at the given picture."""
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, "-c", INTERRUPTED, "run", "gat", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(root), "STOP_AT_PICTURE": str(picture)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_ctrl_c_keeps_the_pictures_that_were_finished(folder: Path) -> None:
    done = interrupted(folder, 2, "night.png", "large.png", "--json", "--html", "out.html")
    assert done.returncode == 1, done.stderr
    assert [Path(one["image"]["path"]).name for one in json.loads(done.stdout)["images"]] == ["night.png"]
    assert (folder / "out.html").read_text().count('<article class="sheet"') == 1
    assert "stopped after 1 of 2 pictures; they are in out.html" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_ctrl_c_at_the_first_picture_writes_nothing(folder: Path) -> None:
    done = interrupted(folder, 1, "night.png", "large.png", "--json", "--html", "out.html")
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    assert not (folder / "out.html").exists()
    assert "stopped; nothing was written" in done.stderr
    assert "Traceback" not in done.stderr
