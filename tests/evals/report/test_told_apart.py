"""Runs that differ are told apart, and none drops out of the page for another."""

from __future__ import annotations

from pathlib import Path

from affectgraph.evals.report import read_studies, write_report
from tests.evals.report.logs import label_rows, write_log


def test_two_models_under_one_name_are_two_runs_and_are_not_compared(tmp_path: Path) -> None:
    write_log(tmp_path, label_rows(12, skill=0.9, seed=1), identity="model-a", condition="choose")
    write_log(tmp_path, label_rows(12, skill=0.2, seed=2), identity="model-b", condition="corrected")
    studies = read_studies([tmp_path])
    assert sorted(study.ran.backend for study in studies) == ["local model-a", "local model-b"]
    text = write_report([tmp_path], tmp_path / "page.html", resamples=20).markdown.read_text(encoding="utf-8")
    assert "choose → corrected" not in text


def test_a_quick_look_afterwards_does_not_hide_the_whole_run(tmp_path: Path) -> None:
    write_log(tmp_path, label_rows(30, skill=0.9, seed=1))
    write_log(tmp_path, label_rows(5, skill=0.9, seed=1))
    (study,) = read_studies([tmp_path])
    assert (len(study.answered), study.older) == (30, 1)


def test_other_options_are_another_run(tmp_path: Path) -> None:
    write_log(tmp_path, label_rows(12, skill=0.9, seed=1))
    write_log(tmp_path, label_rows(12, skill=0.5, seed=2), options=["--seed", "1"])
    assert sorted(study.ran.condition for study in read_studies([tmp_path])) == ["full (--seed 1)", "full (plain)"]


def test_another_revision_of_the_set_is_another_block(tmp_path: Path) -> None:
    facts = {"name": "letters", "split": "test", "items": 12, "dropped": {}}
    for revision in ("aaaa", "bbbb"):
        write_log(tmp_path, label_rows(12, skill=0.9, seed=1), dataset={**facts, "revision": revision})
    assert len({study.block for study in read_studies([tmp_path])}) == 2


def test_answers_of_different_code_are_told(tmp_path: Path) -> None:
    for condition, code in (("choose", "aaaa"), ("corrected", "bbbb")):
        write_log(tmp_path, label_rows(12, skill=0.9, seed=1), condition=condition, answers={"code": code})
    text = write_report([tmp_path], tmp_path / "page.html", resamples=20).markdown.read_text(encoding="utf-8")
    assert "answered by different versions of the code" in text


def test_the_command_repeats_the_options(tmp_path: Path) -> None:
    write_log(tmp_path, label_rows(12, skill=0.9, seed=1), options=["--part", "held", "--set", "a.b=1"])
    text = write_report([tmp_path], tmp_path / "page.html", resamples=20).markdown.read_text(encoding="utf-8")
    assert "--limit 12 --part held --set a.b=1" in text
