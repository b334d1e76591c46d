"""Benchmarks on pictures as `affectgraph eval` runs them: through inspect_ai, into a log, and onto the page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from affectgraph.evals.evaluating import evaluate
from affectgraph.evals.opening import Asked
from affectgraph.evals.report import write_report
from affectgraph.graphs import loading
from tests.evals.conftest import quiet_inspect
from tests.evals.pictures import AnyAnswer, ByBrightness

FIXTURES = Path(__file__).parents[2] / "examples" / "data"


def asked(folder: str, tmp_path: Path) -> Asked:
    data = FIXTURES / folder
    return Asked(data=str(data), settings=(f'media.roots=["{data}"]', f'data_dir="{tmp_path / "kept"}"'))


def answered_by(model: Any) -> Callable[..., Any]:
    return lambda *arguments, **more: model


@pytest.mark.parametrize(
    ("name", "folder", "condition", "figure"),
    [
        ("aica_eu", "aica", "gat", "intensity_error_share"),
        ("aica_er", "aica", "gat", "rouge_l"),
        ("aica_egcg", "aica", "random", "length"),
    ],
)
def test_a_task_of_aica_bench_runs_into_a_log_and_a_page(
    name: str, folder: str, condition: str, figure: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "open_backend", answered_by(AnyAnswer(label="embedded")))
    with quiet_inspect():
        (result,) = evaluate(name, asked(folder, tmp_path), [condition], limit=3, log_dir=tmp_path / "logs")
        assert result.failed == []
        assert figure in {one.name for one in result.figures}
        page = write_report([result.log], tmp_path / "page.html").html.read_text(encoding="utf-8")
    assert name in page
    assert "AICA-Bench (fixture)" in page


def test_rated_pictures_run_under_several_modes_and_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "open_backend", answered_by(ByBrightness(label="embedded")))
    with quiet_inspect():
        run = asked("image_ratings", tmp_path)
        results = evaluate("image_ratings", run, ["basic", "scaffold"], log_dir=tmp_path / "logs")
        again = evaluate("image_ratings", run, ["basic"], log_dir=tmp_path / "logs")
    assert [len(result.rows) for result in results] == [8, 8]
    assert all(result.failed == [] for result in results)
    assert again[0].kept == 8
    assert {"mae[valence]", "pearson[arousal]", "spearman"} <= {one.name for one in results[0].figures}
