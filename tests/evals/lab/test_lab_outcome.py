"""A whole, small run of the command on the shipped thinkers: what it chooses, keeps, writes and refuses."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from affectgraph.backends.errors import InputError
from affectgraph.evals.chase.contributing import Summary
from affectgraph.evals.lab import __main__ as command
from affectgraph.evals.lab import choosing, experiment
from affectgraph.evals.lab.experiment import GATES, Outcome
from affectgraph.evals.lab.statistics import contrast, figures
from affectgraph.evals.lab.tables import BEGIN, END, put_between

ARGUMENTS = ("--shipped", "--dev", "100", "--test", "40")


@pytest.fixture(scope="module", autouse=True)
def _threads() -> Iterator[None]:
    """The command sets torch's threads; other tests keep theirs."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page, and the outcomes of both shipped thinkers on few clips."""
    folder = tmp_path_factory.mktemp("lab")
    (folder / "page.md").write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:  # fewer conditions, the same code
        patch.setattr(choosing, "DRAWS", 4)
        for module in (choosing, experiment):
            patch.setattr(module, "STRENGTHS", (0.6, 1.0))
        assert command.main([*ARGUMENTS, "--runs", str(folder), "--page", str(folder / "page.md")]) == 0
    return folder


@pytest.fixture(scope="module")
def outcome(folder: Path) -> Outcome:
    return Outcome.model_validate_json((folder / "collapsed-0.outcome.json").read_bytes())


def test_the_page_keeps_its_words_and_gets_the_tables(folder: Path) -> None:
    page = (folder / "page.md").read_text(encoding="utf-8")
    assert page.startswith("before\n")
    assert page.endswith("after\n")
    assert "old" not in page
    assert "| causal - random |" in page
    assert page.count("collapsed-0") > 3


def test_a_second_run_measures_nothing_and_writes_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (folder / "page.md").read_bytes()
    monkeypatch.setattr(command, "run", None)
    monkeypatch.setattr(command, "collapse", None)
    assert command.main([*ARGUMENTS, "--runs", str(folder), "--page", str(folder / "page.md")]) == 0
    assert (folder / "page.md").read_bytes() == before


def test_an_open_gate_steers_all_and_the_oracle_conflicts_alone(outcome: Outcome) -> None:
    assert outcome.opened["always"] == {"all": 1.0, "align": 1.0, "conflict": 1.0}
    assert outcome.opened["oracle"] == pytest.approx({"all": outcome.conflicts / 40, "align": 0.0, "conflict": 1.0})
    plain = outcome.accuracy("none", "none", "none", "align")
    for selection in ("causal", "random"):
        always = outcome.accuracy("video", selection, "always", "conflict")
        oracle = outcome.accuracy("video", selection, "oracle", "conflict")
        assert oracle.accuracy == always.accuracy
        assert outcome.accuracy("video", selection, "oracle", "align").accuracy == plain.accuracy


def test_every_condition_has_a_cell_and_only_random_heads_a_spread(outcome: Outcome) -> None:
    assert len(outcome.cells) == 3 * (1 + 4 * 4 * len(GATES))
    assert all((cell.spread is not None) == (cell.selection == "random") for cell in outcome.cells)


def test_the_primary_differences_are_those_of_the_cells(outcome: Outcome) -> None:
    def value(*condition: str) -> float:
        return outcome.accuracy(*condition, "conflict").accuracy.value

    causal = value("video", "causal", "always")
    assert outcome.contrasts["causal - none"].difference == pytest.approx(causal - value("none", "none", "none"))
    random = value("video", "random", "always")
    assert outcome.contrasts["causal - random"].difference == pytest.approx(causal - random)


def test_steered_budgets_lean_more_toward_video(outcome: Outcome) -> None:
    video = [np.array(table)[:, 2].mean() for table in (outcome.budgets, outcome.steered_budgets)]
    assert video[1] > video[0]


def test_the_collapsed_thinker_loses_less_without_video_than_the_balanced_one(folder: Path) -> None:
    lost = {}
    for mixture in ("collapsed", "balanced"):
        summary = Summary.model_validate_json((folder / f"{mixture}-0.collapse.json").read_bytes())
        disputed = next(group for group in summary.groups if group.name == "conflict")
        lost[mixture] = disputed.contributions["video"].value
        assert [point.share for point in disputed.thinning] == [1.0, 0.5, 0.25]
    assert lost["collapsed"] < lost["balanced"]


def test_an_outcome_of_other_weights_is_measured_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = json.loads((folder / "collapsed-0.outcome.json").read_text(encoding="utf-8"))
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    (tmp_path / "collapsed-0.outcome.json").write_text(json.dumps({**kept, "sha256": "0"}), encoding="utf-8")

    def measured_again(*_: object) -> None:
        raise InputError("measured again")

    monkeypatch.setattr(command, "run", measured_again)
    assert command.main([*ARGUMENTS, "--runs", str(tmp_path)]) == 2


@pytest.mark.parametrize("arguments", [["--seeds", "0"], ["--test", "5"], ["--dev", "many"]])
def test_numbers_that_make_no_sense_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        command.main(arguments)
    assert stopped.value.code == 2
    assert "is no whole number from" in capsys.readouterr().err


def test_a_page_without_markers_is_refused() -> None:
    with pytest.raises(InputError, match="put the two markers"):
        put_between("no markers", "tables")


def test_the_projects_page_has_a_place_for_the_tables() -> None:
    page = (Path(__file__).parents[3] / "docs" / "lab.md").read_text(encoding="utf-8")
    assert "says nothing" in put_between(page, "tables").split(BEGIN)[0]


def test_figures_and_contrasts_resample_sources() -> None:
    # Ten sources of two clips each that are both right or both wrong: as uncertain as ten clips, not as twenty.
    values = np.repeat([1.0, 0.0] * 5, 2)[:, None]
    clustered = figures(values, np.repeat(np.arange(10), 2).tolist())[0]
    single = figures(values[::2], list(range(10)))[0]
    assert (clustered.value, clustered.low, clustered.high) == (single.value, single.low, single.high)
    assert clustered.n == 20
    same = contrast(values[:, 0], values[:, 0], list(range(20)))
    assert (same.difference, same.low, same.high, same.p) == (0.0, 0.0, 0.0, 1.0)
