"""The illusion on the page: paired runs, five figures with intervals, one plot, and all slopes in the CSV."""

from __future__ import annotations

import csv
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from affectgraph.evals.illusion import READ, illusion
from affectgraph.evals.report import Written, read_studies, write_report
from affectgraph.evals.report.illusions import picture_of, shown_of
from affectgraph.evals.rows import LabelRow
from tests.evals.illusions import PEOPLE, fearful, rows
from tests.evals.report.logs import write_log
from tests.evals.report.test_report import cells

STRONG = partial(fearful, strength=2.0)
EVENTS = 8


def some(**changed: Any) -> list[LabelRow]:
    """Eight events, spread over the thresholds."""
    return [row for row in rows(STRONG, **changed) if int(row.group) % 8 == 0]


def few() -> list[LabelRow]:
    """Three of them, where no figure is compared."""
    return [row for row in some() if int(row.group) % 24 == 0]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("logs")
    for condition, found in {"bfi": some(), "shuffled": some(shuffled=True)}.items():
        write_log(folder, found, task="persona_illusion", graph="reading", condition=condition)
    return folder


@pytest.fixture(scope="module")
def written(logs: Path, tmp_path_factory: pytest.TempPathFactory) -> Written:
    return write_report([logs], tmp_path_factory.mktemp("out") / "page.html", resamples=60)


def test_page_and_markdown_show_the_five_figures_of_the_paired_runs(written: Written) -> None:
    text, markdown = cells(written.html.read_text(encoding="utf-8")), written.markdown.read_text(encoding="utf-8")
    found = illusion(some(), some(shuffled=True), resamples=60)
    for figure in found.figures:
        title, _, meaning = READ[figure.name]
        assert f"{title} {figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]" in text
        assert meaning in text
        assert title in markdown
        assert f"{figure.value:.3f} \\[{figure.low:.3f}, {figure.high:.3f}\\]" in markdown
    assert f"{EVENTS} events, {PEOPLE} people." in text
    assert "model: change of the emotion's share" in written.html.read_text(encoding="utf-8").replace("&#39;", "'")
    assert 'href="#illusion"' in written.html.read_text(encoding="utf-8")


def test_the_csv_has_every_figure_and_slope(written: Written) -> None:
    with written.csv.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    found = illusion(some(), some(shuffled=True), resamples=60)
    for figure in found.figures:
        (line,) = [line for line in lines if (line["what"], line["name"]) == ("illusion", figure.name)]
        assert (line["value"], line["low"], line["condition"]) == (str(figure.value), str(figure.low), "bfi")
    assert {line["name"] for line in lines if line["what"] == "illusion, among people"} == set(found.references)
    for what, side in (("slope, model", "model"), ("slope, people", "human")):
        slopes = {line["name"]: line["value"] for line in lines if line["what"] == what}
        assert slopes == {f"{one.trait} → {one.emotion}": str(getattr(one, side).value) for one in found.slopes}


def test_runs_of_another_model_or_with_other_options_are_not_paired(logs: Path, tmp_path: Path) -> None:
    write_log(tmp_path, few(), task="persona_illusion", graph="reading", backend="far", condition="bfi")
    write_log(tmp_path, few(), task="persona_illusion", graph="reading", condition="bfi", options=["--seed", "1"])
    shown = shown_of(read_studies([logs, tmp_path]), resamples=5, seed=0)
    known = {one.title: one.found.figures[3].value for one in shown}
    assert len(known) == 3
    assert [title for title, gain in known.items() if gain == gain] == ["bfi (plain), reading on local"]


def test_a_page_without_people_in_its_rows_has_no_such_section(tmp_path: Path) -> None:
    write_log(tmp_path, [row.model_copy(update={"person": None}) for row in few()])
    page = write_report([tmp_path], tmp_path / "page.html", resamples=20).html.read_text(encoding="utf-8")
    assert "illusion" not in page.lower()


def test_a_mark_is_hollow_where_people_s_slope_may_be_chance() -> None:
    found = illusion(rows(STRONG), resamples=60)
    picture = picture_of(found)
    assert picture is not None
    assert "neuroticism → fear" in picture.plot.alt
    assert "10 points" in picture.plot.alt
    assert picture_of(illusion([row for row in some() if row.person and row.person.id == "E0"], resamples=5)) is None
