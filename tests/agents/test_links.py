"""`affectgraph link` as a person meets it."""

from __future__ import annotations

import csv
import json
import random
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from affectgraph.agents.cli import app
from affectgraph.agents.links import SYSTEMS, slopes
from affectgraph.backends.errors import AffectgraphError
from affectgraph.evals.datasets import crowd_envent
from affectgraph.evals.fitting_figures import SYSTEMS as MEASURED
from affectgraph.tools.appraisal_link import Figure, Weights, load_link, save_link
from affectgraph.tools.emotions import taxonomy
from affectgraph.tools.questionnaires import TIPI_COLUMNS
from tests.tools.test_appraisal_link import made

LABELS = taxonomy("envent13").labels
WORDS = ("lost", "friend", "station", "rain", "home", "work", "old", "late", "found", "a letter", "night", "garden")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder of its own, with a stored link."""
    (tmp_path / "affectgraph.toml").write_text('data_dir = "data"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    figure = Figure(value=0.351, low=0.333, high=0.369, n=90, groups=30)
    weights = {"chat:1": Weights(model=0.25, link=0.75)}
    metrics = {"emotion/read/macro_f1": figure, "reader/mean/r": figure}
    save_link(made(metrics=metrics, weights=weights), tmp_path / "data" / "appraisal_link.json")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["link", *arguments])


def told(*arguments: str) -> str:
    """The words of the refusal."""
    error = run(*arguments).exception
    assert isinstance(error, AffectgraphError), error
    return str(error)


def shown(*arguments: str) -> list[str]:
    result = run(*arguments)
    assert result.exit_code == 0, result.exception
    return [" ".join(line.split()) for line in result.output.splitlines()]


def write_set(folder: Path, split: str, events: int, first_writer: int) -> None:
    make = random.Random(first_writer)
    columns = ["text_id", "prolific_id", "emotion", "hidden_emo_text", "did_you_lie?"]
    folder.mkdir(exist_ok=True)
    with (folder / f"crowd-enVent-{split}.tsv").open("w", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow([*columns, *crowd_envent.COLUMNS.values(), *TIPI_COLUMNS])
        for number in range(events):
            person = first_writer + number // 4
            text = " ".join(make.sample(WORDS, 6)) + f" {number}"
            ratings = [make.randint(1, 5) for _ in crowd_envent.COLUMNS]
            answers = [random.Random(10 * person + place).randint(1, 7) for place in range(10)]
            writer.writerow([f"{split}{number}", f"p{person}", LABELS[number % 13], text, "--", *ratings, *answers])


def test_fit_leaves_out_held_out_writers_and_keeps_a_private_file(folder: Path) -> None:
    write_set(folder / "set", "train", 208, 0)
    write_set(folder / "set", "val", 8, 50)
    lines = shown("fit", "--data", "set", "--out", "own/link.json")
    link = load_link(folder / "own" / "link.json")
    assert stat.S_IMODE((folder / "own" / "link.json").stat().st_mode) == 0o600
    assert link.source.excluded == {"the writer is held out too": 8}
    assert (link.source.rows, link.source.writers, link.reader.size) == (200, 50, 384)
    assert link.embedder.startswith("all-MiniLM-L6-v2:")
    assert lines[-2].startswith("Kept in own/link.json, for this machine alone")
    assert "CC BY 4.0" in lines[-2]
    assert any(line.startswith("embedding directly (baseline)") for line in lines)
    # Ratings and emotions are random here: whatever is read is no better than the mean.
    assert abs(link.metrics["reader/mean/r"].value) < 0.15


def test_fit_may_keep_all_writers_and_take_a_part(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from affectgraph.agents import links

    write_set(folder / "set", "train", 208, 0)
    everything, excluded = links._events(folder / "set", "all", True)
    assert (len(everything.items), excluded) == (208, {})
    part, _ = links._events(folder / "set", "held", True)
    assert 0 < len(part.items) < 208
    assert part.split == "train/held"
    assert "all, held" in told("fit", "--data", "set", "--part", "tune")


def test_fit_says_where_the_set_is_from(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "empty").mkdir()
    monkeypatch.setenv("AFFECTGRAPH_DATA", str(folder / "empty"))
    assert "github.com/alokdebnath/appraise-PLM" in told("fit")


def test_show_prints_source_weights_figures_and_the_strongest_coefficients(folder: Path) -> None:
    lines = shown("show")
    assert lines[0] == "a set train · 9 events of 3 writers · fitted 2026-01-01 · toy:4"
    assert "Pool weights for chat:1: model 0.25, link 0.75, memory 0.00, words 0.00" in lines
    assert "read appraisals 0.351 [0.333, 0.369] – – – –" in lines
    assert "Reader, mean correlation with people's own ratings: 0.351 [0.333, 0.369]" in lines
    guilt = next(line for line in lines if line.startswith("guilt"))
    strongest = sorted(slopes(made(), "guilt", read=True).items(), key=lambda item: -abs(item[1]))[:3]
    assert guilt == "guilt " + ", ".join(f"{'+' if value > 0 else '-'} {name}" for name, value in strongest)
    assert any("p < .05" in line and line.endswith("none") for line in lines)


def test_one_emotion_is_put_into_words_with_the_right_sign(folder: Path) -> None:
    lines = shown("show", "--emotion", "guilt")
    read, rated = (slopes(made(), "guilt", read=kind)["self_responsibility"] for kind in (True, False))
    verdict = "speaks for it" if read > 0 else "speaks against it"
    assert f"self_responsibility {read:+.2f} {rated:+.2f} “The person caused the event.” {verdict}" in lines
    assert len(lines) == 23


def test_a_slope_is_what_one_standard_deviation_adds() -> None:
    link = made()
    mean = dict(zip(slopes(link, "joy", read=True), link.heads["read"].mean, strict=True))
    step = mean | {"effort": mean["effort"] + link.heads["read"].scale[18]}
    gained = link.reasons(step, "joy", read=True)
    assert slopes(link, "joy", read=True)["effort"] == pytest.approx(gained["effort"])


def test_one_trait_says_which_shifts_are_not_shown(folder: Path) -> None:
    link = made()
    p = [list(row) for row in link.shift.p]
    p[4][18] = 0.01
    shift = link.shift.model_copy(update={"p": tuple(map(tuple, p))})
    save_link(link.model_copy(update={"shift": shift}), folder / "other.json")
    lines = shown("show", "--trait", "neuroticism", "--file", "other.json")
    value = link.shift.coefficients[4][18]
    words = f"“The situation took a great deal of effort.” rated {'higher' if value > 0 else 'lower'}"
    assert f"effort {value:+.2f} 0.010 {words}" in lines
    assert sum(line.endswith("not shown") for line in lines) == 20


def test_json_holds_the_coefficients_by_name(folder: Path) -> None:
    found = json.loads(run("show", "--json", "--emotion", "guilt", "--trait", "neuroticism").output)
    assert list(found["emotions"]) == ["guilt"]
    assert found["emotions"]["guilt"]["read"] == pytest.approx(slopes(made(), "guilt", read=True))
    assert found["traits"]["neuroticism"]["effort"]["p"] == 0.5
    assert found["metrics"]["reader/mean/r"]["low"] == 0.333
    assert len(json.loads(run("show", "--json").output)["emotions"]) == 13


def test_the_heat_map_is_a_png(folder: Path) -> None:
    assert shown("show", "--emotion", "joy", "--plot", "heat.png")[-1] == "Painted heat.png"
    assert (folder / "heat.png").read_bytes().startswith(b"\x89PNG")
    assert "cannot write the plot" in told("show", "--plot", "no/heat.png")


def test_what_is_unknown_or_missing_is_said(folder: Path) -> None:
    assert "does not know the emotion 'hope'; it knows anger" in told("show", "--emotion", "hope")
    assert "known: openness" in told("show", "--trait", "charm")
    assert "`affectgraph link fit`" in told("show", "--file", "none.json")


def test_every_measured_system_has_words() -> None:
    assert tuple(SYSTEMS) == MEASURED
