"""`affectgraph eval`, `ablate`, `report` and `data`, as a newcomer meets them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from affectgraph.agents.evaluating import ablate, asked_for
from affectgraph.backends.errors import InputError
from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.graphs import loading
from tests.agents.test_cli import affectgraph
from tests.evals.conftest import quiet_inspect, write_goemotions
from tests.graphs.conftest import player

FIXTURES = Path(__file__).parents[2] / "examples" / "data"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working folder with a scripted backend that always answers `joy`, one remote backend, and a small set."""
    (tmp_path / "joy.jsonl").write_text('{"joy": 0.75, "neutral": 0.25}\n', encoding="utf-8")
    roles = "".join(f'{role} = "joyful"\n' for role in ("perceive", "reason", "write", "judge"))
    (tmp_path / "affectgraph.toml").write_text(
        f'data_dir = "data"\n[roles]\n{roles}'
        '[backends.joyful]\nkind = "scripted"\npath = "joy.jsonl"\ncycle = true\n'
        '[backends.far]\nkind = "remote"\nmodel = "m"\nbase_url = "http://127.0.0.1:9/v1"\nconsent = true\n'
        "max_retries = 0\nprice_in = 2.0\nprice_out = 10.0\n",
        encoding="utf-8",
    )
    write_goemotions(tmp_path / "set", 12)
    return tmp_path


def evaluate(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    with quiet_inspect():
        return affectgraph(folder, "eval", "goemotions", "--data", "set", *arguments)


def test_a_run_shows_figures_with_intervals_and_the_next_step(folder: Path) -> None:
    done = evaluate(folder, "-c", "choose", "-c", "corrected")
    assert done.returncode == 0, done.stderr
    assert re.search(r"accuracy\s+0\.250 \d\.\d{3}\.\.\d\.\d{3}\s+0\.250", done.stdout)
    assert "choose: 12 of 12" in done.stdout
    assert "affectgraph report logs" in done.stdout
    assert len(list((folder / "logs").glob("*.eval"))) == 2
    again = evaluate(folder, "-c", "choose")
    assert "12 kept from before" in again.stdout
    written = affectgraph(folder, "report", "logs", "--out", "page.html", "--title", "Joy & co")
    assert written.returncode == 0, written.stderr
    assert "<h1>Joy &amp; co" in (folder / "page.html").read_text(encoding="utf-8")
    assert (folder / "page.md").is_file()
    assert (folder / "page.csv").is_file()


def test_the_personality_illusion_is_told_in_five_lines_and_drawn(folder: Path) -> None:
    data = str(FIXTURES / "persona_e2")
    conditions = ("-c", "bfi+choose", "-c", "shuffled+choose")
    with quiet_inspect():
        done = affectgraph(folder, "eval", "persona_illusion", "--data", data, "-n", "24", *conditions, COLUMNS="90")
    assert done.returncode == 0, done.stderr
    assert "Personality illusion, condition bfi+choose: 4 events x 6 people" in done.stdout
    # The scripted model always answers joy.
    assert re.search(r"\(a\) sensitivity +0\.00 0\.00\.\.0\.00 +\d\.\d\d +0 = profile ignored", done.stdout)
    assert re.search(r"\(b\) directional validity +undefined", done.stdout)
    assert "directional validity: undefined: the model's answers do not vary" in done.stdout
    assert re.search(r"\(c\) stereotype excess +0\.00 .*over 1 = caricature", done.stdout)
    assert re.search(r"\(d\) profile-swap gain +0\.00 0\.00\.\.0\.00 +0 = pure illusion", done.stdout)
    assert re.search(r"\(e\) variance ratio +0\.00 .*0 = all alike", done.stdout)
    (plot,) = (folder / "logs").glob("*.svg")
    assert f"{Path('logs') / plot.name} (a browser opens it)" in done.stdout
    assert plot.read_text(encoding="utf-8").startswith("<?xml")
    assert "illusion" not in evaluate(folder, "-c", "choose", "-n", "2").stdout


def test_the_list_names_every_benchmark(folder: Path) -> None:
    done = affectgraph(folder, "eval", "list", COLUMNS="200")
    assert done.returncode == 0
    for name in ("goemotions", "persona_e2", "persona_illusion", "emomm", "aica_blind", "empathy_qa", "shuffled"):
        assert name in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("eval", "goemotoins"), "there is no benchmark 'goemotoins'; there are: goemotions"),
        (("eval", "goemotions", "--data", "set", "-c", "chose"), "'chose' is unknown"),
        (("eval", "goemotions", "--data", "nowhere"), "nowhere"),
        (("eval", "persona_e2"), "persona_e2 needs --data"),
        (("eval", "goemotions", "--data", "set", "--model", "x/y", "--max-tokens", "9"), "inspect's own limits"),
        (("eval", "goemotions", "--data", "set", "--backend", "far"), "agree with --yes, or set --max-tokens"),
        (("ablate", "reading", "goemotions", "--data", "set"), "has no node that can be left out"),
        (("ablate", "empathy", "goemotions", "--data", "set"), "scores one node alone"),
        (("report", "nowhere.eval"), "nowhere.eval"),
        (("data", "find", "goemotoins"), "there is no set 'goemotoins'"),
        (("data", "build", "iemocap"), "there is: emomm"),
        (("data", "build", "emomm"), "needs CH-SIMS v2's meta.csv"),
    ],
)
def test_a_wrong_request_is_one_sentence_and_exits_with_2(folder: Path, arguments: tuple[str, ...], words: str) -> None:
    done = affectgraph(folder, *arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_a_missing_set_says_where_to_get_it(folder: Path) -> None:
    done = affectgraph(folder, "data", "find", "goemotions", AFFECTGRAPH_DATA=str(folder))
    assert done.returncode == 2
    assert "monologg/GoEmotions-pytorch" in done.stderr
    shutil.copytree(folder / "set", folder / "goemotions")
    found = affectgraph(folder, "data", "find", "goemotions", AFFECTGRAPH_DATA=str(folder))
    assert found.stdout.strip() == str(folder / "goemotions")


def test_a_remote_run_is_estimated_and_a_cap_lets_it_start(folder: Path) -> None:
    done = evaluate(folder, "-c", "choose", "-n", "2", "--backend", "far", "--max-tokens", "5000")
    assert "2 items to ask of far, about" in done.stdout
    assert "in the currency of the prices" in " ".join(done.stdout.split())
    assert done.returncode == 1  # nobody listens there, so both items fail
    assert "2 items failed and are in no figure" in done.stdout


def test_a_cap_needs_a_remote_backend(tmp_path: Path) -> None:
    empty = tmp_path / "empty.toml"
    empty.write_text("", encoding="utf-8")
    wanted: dict[str, Any] = dict.fromkeys(("graph", "backend", "data", "split"))
    with pytest.raises(InputError, match="no remote backend is configured"):
        asked_for(**wanted, config=empty, settings=(), seed=0, max_cost=1.0)


def test_emomm_is_built_from_label_files(folder: Path) -> None:
    files = ("--sims", str(FIXTURES / "emomm" / "sims" / "meta.csv"), "--mosi", str(FIXTURES / "emomm/mosi/label.csv"))
    done = affectgraph(folder, "data", "build", "emomm", *files, "--out", "emomm.jsonl")
    assert done.returncode == 0, done.stderr
    assert "--mosi-annotations" in done.stderr
    assert (folder / "emomm.jsonl").read_text(encoding="utf-8").count("\n") == 4 * 16


def test_an_ablation_runs_the_graph_without_each_layer_and_as_one_prompt(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    single = "<empathy_think><L1>a</L1><L2>b</L2><L3>c</L3><L4>d</L4></empathy_think><answer>Take your time.</answer>"

    def opened(*arguments: Any, **named: Any) -> ScriptedBackend:
        play = player()
        return ScriptedBackend(
            label="joyful", replies=lambda messages: single if "empathy_think" in str(messages) else play(messages)
        )

    monkeypatch.setattr(loading, "open_backend", opened)
    asking = {"question": "I shouted at my father, who has dementia.", "description": "What should I do? " * 4}
    lines = [
        {"id": f"q{n}", "topic": "family", "subtopic": str(n), "answers": ["Rest. " * 30], **asking} for n in (1, 2)
    ]
    data = str(folder / "questions.jsonl")
    Path(data).write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    asked = asked_for(
        graph=None, backend=None, data=data, split=None, config=folder / "affectgraph.toml", settings=(), seed=0
    )
    out = folder / "ablation.html"
    with quiet_inspect():
        assert ablate("empathy", "empathy_qa", asked, limit=2, log_dir=folder / "logs", out=out, yes=True)
    page = out.read_text(encoding="utf-8")
    for layer in ("emotions_and_context", "causes_and_beliefs", "intent", "strategy"):
        assert f"without:{layer}" in page
    assert "empathy_single" in page
