"""The report from real inspect_ai logs: what it prints is what `figures` computes, and nothing in a log can run."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest
from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.log import read_eval_log, write_eval_log

from affectgraph.backends.errors import InputError
from affectgraph.evals.figures import figures
from affectgraph.evals.report import Written, read_studies, write_report
from affectgraph.evals.report.published import published
from tests.evals.report.logs import LABELS, alarm_rows, label_rows, rating_rows, reply_rows, run, write_log

EVIL = "<script>alert('the log runs')</script>"
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
REGISTERED = """
[[comparison]]
task = "emotions"
a = "without: verification"
b = "full"
statistic = "accuracy"
split = "test"
written = 2020-01-01
why = "Verification is the claim."

[[comparison]]
task = "emotions"
a = "random heads"
b = "full"
statistic = "accuracy"
written = 2020-01-01

[[comparison]]
task = "emotions"
a = "without: verification"
b = "full"
statistic = "macro_f1"
written = 2999-01-01

[[comparison]]
task = "persona"
a = "none"
b = "bfi"
statistic = "accuracy"
written = 2020-01-01
"""


@dataclass
class Reported:
    logs: Path
    written: Written
    html: str
    markdown: str
    lines: list[dict[str, str]]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("logs")
    labels = [*LABELS[:-1], EVIL]
    texts = {f"item-{index}": f"{EVIL} {index} " + "很长的一段话。" * 90 for index in range(40)}
    toy = {"name": "emomm-fixture", "split": "test", "revision": "abc", "items": 40, "dropped": {"no label": 3}}
    write_log(
        folder,
        label_rows(40, skill=0.4, seed=3, labels=labels, unread=3),
        texts=texts,
        dataset=toy,
        condition="without: verification",
    )
    write_log(
        folder, label_rows(40, skill=0.7, seed=4, labels=labels), failing=["item-5", "item-9"], texts=texts, dataset=toy
    )
    write_log(
        folder,
        rating_rows(25, noise=0.8, seed=1),
        task="appraisal",
        condition="none",
        identity="SmolLM2-135M-Instruct q8",
    )
    write_log(folder, rating_rows(25, noise=1.4, seed=2), task="appraisal", condition="悲伤 profile")
    write_log(folder, reply_rows(8, seed=1), task="empathy_replies", graph="empathy")
    write_log(folder, alarm_rows(20, seed=1), task="alarms", graph="empathy")
    return folder


@pytest.fixture(scope="module")
def reported(logs: Path, tmp_path_factory: pytest.TempPathFactory) -> Reported:
    out = tmp_path_factory.mktemp("out")
    plan = out / "plan.toml"
    plan.write_text(REGISTERED, encoding="utf-8")
    written = write_report([logs], out / "page.html", preregistered=plan, resamples=200)
    with written.csv.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    html, markdown = (path.read_text(encoding="utf-8") for path in (written.html, written.markdown))
    return Reported(logs, written, html, markdown, lines)


def cells(html: str) -> str:
    """The page's text with tags as spaces."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def test_every_figure_in_the_csv_is_the_computed_one(reported: Reported) -> None:
    for study in read_studies([reported.logs]):
        for figure in figures(study.rows, resamples=200):
            (line,) = [
                line
                for line in reported.lines
                if line["what"] == "figure"
                and line["name"] == figure.name
                and line["task"] == study.ran.task
                and line["condition"] == study.ran.condition
            ]
            for name in ("value", "low", "high"):
                computed = getattr(figure, name)
                assert line[name] == ("" if computed != computed else str(computed)), figure
            assert (line["n"], line["groups"]) == (str(figure.n), str(figure.groups))


def test_the_page_prints_value_and_interval(reported: Reported) -> None:
    text = cells(reported.html)
    for study in read_studies([reported.logs]):
        first = figures(study.rows, resamples=200)[0]
        wanted = f"{first.value:.3f} [{first.low:.3f}, {first.high:.3f}]"
        assert wanted in text
        assert wanted.replace("[", "\\[").replace("]", "\\]") in reported.markdown or study.ran.task == "appraisal"


def test_nothing_is_loaded_and_nothing_can_run(reported: Reported) -> None:
    assert (
        EVIL in next(study for study in read_studies([reported.logs]) if study.ran.task == "emotions").answered[0].input
    )
    assert "<script" not in reported.html.lower()
    assert "&lt;script&gt;" in reported.html
    assert "<script" not in reported.markdown.lower()
    targets = re.findall(r"""(?:src|href|action|url)\s*[=(]\s*["']?([^"'>\s)]+)""", reported.html)
    assert targets
    assert all(target.startswith(("#", "data:image/svg+xml;base64,")) for target in targets)
    assert "default-src 'none'" in reported.html


def test_page_is_accessible(reported: Reported) -> None:
    assert '<html lang="en">' in reported.html
    assert len(re.findall(r"<img ", reported.html)) == len(re.findall(r'<img alt="[^"]{20,}"', reported.html)) > 5
    assert not re.search(r"<th(?! scope=)[ >]", reported.html)
    identifiers = re.findall(r'\sid="([^"]+)"', reported.html)
    assert len(identifiers) == len(set(identifiers))
    assert set(re.findall(r'href="#([^"]+)"', reported.html)) == set(identifiers)


def test_warnings_failures_and_unparseable_answers_are_shown(reported: Reported) -> None:
    text = cells(reported.html)
    assert "SmolLM2-135M-Instruct q8: the embedded model is for trying things out" in text
    assert "emomm-fixture is a fixture" in text
    assert "2 items failed and are in no figure. The same command retries them." in text
    assert "the engine fell over" in text
    assert "3 of 40" in text
    assert "left out: 3 no label" in text
    assert (
        "affectgraph eval emotions --graph gat --backend local --condition 'without: verification' --limit 40" in text
    )
    assert "3 failed" not in text


def test_announced_comparisons_are_listed_whatever_became_of_them(reported: Reported) -> None:
    kinds = [
        (line["what"], line["condition"], line["name"], line["note"])
        for line in reported.lines
        if "comp" in line["what"]
    ]
    assert ("comparison, pre-registered", "random heads → full", "accuracy", "not run: no log of random heads") in kinds
    assert ("comparison, pre-registered", "none → bfi", "accuracy", "not run: no log of this task") in kinds
    (done,) = [
        kind for kind in kinds if kind[:3] == ("comparison, pre-registered", "without: verification → full", "accuracy")
    ]
    assert done[3].startswith(("paired", "McNemar"))
    # An announcement made after the runs is no announcement.
    assert [k for k in kinds if k[0] == "comparison, exploratory" and k[1] == "without: verification → full"]
    text = cells(reported.html)
    assert "announced only after the run, 2999-01-01" in text
    assert "not run: no log of random heads" in text


def test_paired_on_items_that_both_answered(reported: Reported) -> None:
    (line,) = [line for line in reported.lines if line["what"] == "comparison, pre-registered" and line["value"]]
    assert line["n"] == "38"
    assert float(line["value"]) == pytest.approx(float(line["b"]) - float(line["a"]))
    assert float(line["p_corrected"]) >= float(line["p"])


def test_ablations_and_published_numbers_stand_apart(reported: Reported) -> None:
    text = cells(reported.html)
    assert "Ablations" in text
    assert "emotions: gat on local, against 'full'" in text
    assert "Published, not comparable: other data" in text
    assert "44.30" in text


def test_same_logs_give_the_same_bytes(reported: Reported, tmp_path: Path) -> None:
    plan = reported.written.html.parent / "plan.toml"
    again = write_report([reported.logs], tmp_path / "page.html", preregistered=plan, resamples=200)
    assert again.html.read_bytes() == reported.written.html.read_bytes()
    assert again.csv.read_bytes() == reported.written.csv.read_bytes()


def test_interrupted_log_is_used_with_a_warning_and_a_complete_one_replaces_it(tmp_path: Path) -> None:
    log = write_log(tmp_path, label_rows(6, skill=0.5, seed=1))
    complete = Path(log.location)
    half = read_eval_log(complete)
    assert half.samples is not None
    half.status, half.results, half.samples = "started", None, half.samples[:4]
    alone = tmp_path / "alone"
    alone.mkdir()
    write_eval_log(half, alone / "half.json")
    page = write_report([alone], tmp_path / "half", resamples=50).html
    assert page.name == "half.html"
    assert "interrupted after 4 of 6 items" in page.read_text(encoding="utf-8")
    (study,) = read_studies([tmp_path])
    assert (study.path, study.older, study.complete) == (complete.resolve(), 1, True)


def test_foreign_and_broken_logs_are_refused_by_name(tmp_path: Path) -> None:
    task = Task(dataset=[Sample(input="a", target="b")], name="foreign")
    foreign = run(task, tmp_path / "foreign").location
    with pytest.raises(InputError, match=r"foreign.*was not written by `affectgraph eval`"):
        read_studies([tmp_path / "foreign"])
    assert Path(foreign).exists()
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps({"no": "log"}), encoding="utf-8")
    with pytest.raises(InputError, match=r"broken\.json cannot be read"):
        read_studies([broken])
    with pytest.raises(InputError, match="there is no log"):
        read_studies([tmp_path / "absent.eval"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no inspect_ai log"):
        read_studies([tmp_path / "empty"])


def test_wrong_preregistration_is_refused(logs: Path, tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text('[[comparison]]\ntask = "emotions"\na = "x"\nstatistics = "accuracy"\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"plan\.toml.*statistics"):
        write_report([logs], tmp_path / "page", preregistered=plan)


def test_published_tables_are_comparable_only_on_their_own_data() -> None:
    assert [comparable for _, comparable in published("persona", "persona-e2")] == [True, True]
    assert [comparable for _, comparable in published("persona", "persona-e2-fixture")] == [False, False]
    assert published("safety_gate", "letters") == []
    assert any(row[0] == "Gemini 3 Pro" for table, _ in published("emomm", "mosi") for row in table.rows)


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome on this machine")
def test_a_browser_opens_the_page_without_complaint(reported: Reported, tmp_path: Path) -> None:
    command = [
        str(CHROMIUM),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--enable-logging=stderr",
        f"--user-data-dir={tmp_path}",
        "--dump-dom",
        reported.written.html.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert "CONSOLE" not in done.stderr
    for heading in (
        "What ran",
        "Figures",
        "Comparisons",
        "Per task",
        "Latency and tokens per node",
        "Ablations",
        "Items",
        "Unparseable answers",
        "How to reproduce",
    ):
        assert f"<h2>{heading}</h2>" in done.stdout
