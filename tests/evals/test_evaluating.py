"""Whole runs: logs that inspect_ai reads, resuming after a kill, failures, backends that stay apart."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import eval_retry
from inspect_ai.log import read_eval_log

from affectgraph.backends import weights
from affectgraph.backends.errors import BackendError, InputError, SettingsError
from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.evals.evaluating import Result, evaluate
from affectgraph.evals.opening import ANSWERS_FILE, Asked
from affectgraph.evals.rows import LabelRow
from affectgraph.evals.solving import Progress
from tests.evals.conftest import quiet_inspect, write_goemotions

needs_minilm = pytest.mark.skipif(weights.find(weights.MINILM) is None, reason="run `affectgraph weights fetch`")
COMMAND = [sys.executable, "-m", "affectgraph.agents", "eval", "goemotions", "--condition", "anchor"]


def run(data: Path, file: Path, **changed: Any) -> list[Result]:
    asked = Asked(data=str(data), config=str(file), **{k: v for k, v in changed.items() if k in Asked.__annotations__})
    rest = {key: value for key, value in changed.items() if key not in Asked.__annotations__}
    arguments: dict[str, Any] = {"log_dir": data.parent / "logs", **rest}
    with quiet_inspect():
        return evaluate("goemotions", asked, arguments.pop("conditions", ["choose"]), **arguments)


def predictions(result: Result) -> dict[str, Any]:
    return {row.id: getattr(row, "prediction", None) for row in result.rows}


def test_a_run_scores_every_item_and_its_log_says_what_ran(goemotions: Path, settings_file: Path) -> None:
    (result,) = run(goemotions, settings_file)
    assert len(result.rows) == 12
    assert set(predictions(result).values()) == {"joy"}
    figures = {figure.name: figure for figure in result.figures}
    assert figures["accuracy"].value == pytest.approx(3 / 12)
    assert figures["accuracy"].low <= 3 / 12 <= figures["accuracy"].high
    log = read_eval_log(str(result.log))
    assert log.status == "success"
    assert log.eval.task == "affectgraph/goemotions"
    about = (log.eval.metadata or {})["affectgraph"]
    assert (about["graph"], about["backend"], about["condition"]) == ("reading", "joyful", "choose")
    assert about["dataset"]["name"] == "GoEmotions"
    assert about["identity"].startswith("scripted:")
    assert about["options"] == ["--data", str(goemotions), "--config", str(settings_file)]
    sample = (log.samples or [])[0]
    (score,) = (sample.scores or {}).values()
    assert score.answer == "joy"
    assert [entry["node"] for entry in (score.metadata or {})["trace"]] == ["read"]
    assert str(sample.input).startswith(
        tuple(text[:10] for text in ("What a", "I miss", "How dare", "I am terr", "The tr"))
    )
    reported = {name for one in (log.results.scores if log.results else []) for name in one.metrics}
    assert {"accuracy", "accuracy (low)", "accuracy (high)", "majority_baseline"} <= reported


def test_the_same_command_asks_nothing_twice(goemotions: Path, settings_file: Path) -> None:
    heard: list[Progress] = []
    (first,) = run(goemotions, settings_file, limit=5)
    (again,) = run(goemotions, settings_file, tell=heard.append)
    assert (first.kept, again.kept) == (0, 5)
    assert len(heard) == 12
    assert [one.kept for one in heard].count(True) == 5
    assert heard[0].items == 12
    assert predictions(first).items() <= predictions(again).items()


def test_a_crossed_benchmark_is_answered_event_by_event(settings_file: Path, tmp_path: Path) -> None:
    data = Path(__file__).parents[2] / "examples" / "data" / "persona_e2"
    samples = []
    for seed in (0, 0, 1):
        asked = Asked(data=str(data), config=str(settings_file), seed=seed)
        with quiet_inspect():
            (result,) = evaluate("persona_illusion", asked, ["bfi+choose"], limit=12, log_dir=tmp_path / "logs")
        people = {row.id: row.person for row in result.rows if isinstance(row, LabelRow)}
        assert all(person and name.endswith(f"/{person.id}") for name, person in people.items())
        samples.append([row.group for row in result.rows])
    assert {group: samples[0].count(group) for group in samples[0]} == dict.fromkeys(samples[0], 6)
    assert samples[0] == samples[1]
    assert set(samples[0]) != set(samples[2])


def test_a_limited_run_takes_the_same_sample_under_every_condition(goemotions: Path, settings_file: Path) -> None:
    one, two = run(goemotions, settings_file, limit=5, conditions=["choose", "corrected"])
    (other,) = run(goemotions, settings_file, limit=5, seed=1)
    assert [row.id for row in one.rows] == [row.id for row in two.rows]
    assert {row.id for row in other.rows} != {row.id for row in one.rows}


def test_no_answer_crosses_from_one_backend_to_another(goemotions: Path, settings_file: Path) -> None:
    (joyful,) = run(goemotions, settings_file)
    (sad,) = run(goemotions, settings_file, backend="sad")
    assert sad.kept == 0
    assert set(predictions(joyful).values()) == {"joy"}
    assert set(predictions(sad).values()) == {"sadness"}


def test_a_script_that_changed_is_another_model(goemotions: Path, settings_file: Path) -> None:
    run(goemotions, settings_file)
    (settings_file.parent / "joy.jsonl").write_text('{"anger": 1.0}\n', encoding="utf-8")
    (changed,) = run(goemotions, settings_file)
    assert changed.kept == 0
    assert set(predictions(changed).values()) == {"anger"}


def test_a_failed_item_is_reported_and_asked_again(
    goemotions: Path, settings_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ScriptedBackend.choose
    calls = []

    def sometimes(self: ScriptedBackend, *arguments: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) in (2, 5):
            raise BackendError("the endpoint is gone")
        return real(self, *arguments, **named)

    monkeypatch.setattr(ScriptedBackend, "choose", sometimes)
    (first,) = run(goemotions, settings_file)
    assert len(first.failed) == 2
    assert all("the endpoint is gone" in line for line in first.failed)
    assert len(first.rows) == 10
    (again,) = run(goemotions, settings_file)
    assert (again.failed, again.kept, len(again.rows)) == ([], 10, 12)


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"conditions": ["chose"]}, InputError, "'chose' is unknown"),
        ({"backend": "sat"}, SettingsError, "did you mean 'sad'"),
        ({"split": "dve"}, InputError, "no split 'dve'; it has dev, train, test"),
        ({"part": "half"}, InputError, "no part 'half'"),
        ({"graph": "empathy_single"}, InputError, "cannot score"),
    ],
)
def test_a_wrong_request_is_one_sentence(
    goemotions: Path, settings_file: Path, changed: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        run(goemotions, settings_file, **changed)


def test_a_file_of_another_layout_is_refused_by_row_and_column(goemotions: Path, settings_file: Path) -> None:
    (goemotions / "dev.tsv").write_text("A fine day\tninety\tid0\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"dev\.tsv, row 1"):
        run(goemotions, settings_file)


def _answers(folder: Path) -> int:
    store = folder / "data" / ANSWERS_FILE
    if not store.is_file():
        return 0
    try:
        found = sqlite3.connect(f"file:{store}?mode=ro", uri=True).execute("select count(*) from answers").fetchone()
    except sqlite3.OperationalError:  # the table is about to be made
        return 0
    return int(found[0])


@needs_minilm
def test_killed_at_half_the_same_command_does_the_rest_and_the_log_equals_an_uninterrupted_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 120
    data = write_goemotions(tmp_path / "goemotions", count)
    command = [*COMMAND, "--data", str(data), "--log-dir", "logs"]
    environment = {**os.environ, "AFFECTGRAPH_DATA_DIR": str(tmp_path / "data"), "OMP_NUM_THREADS": "1"}
    killed = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while _answers(tmp_path) < count // 2 and time.monotonic() < deadline and killed.poll() is None:
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    kept = _answers(tmp_path)
    assert count // 2 <= kept < count

    for name, data_dir, before in (("logs", "data", kept), ("whole", "elsewhere", 0)):
        monkeypatch.setenv("AFFECTGRAPH_DATA_DIR", str(tmp_path / data_dir))
        with quiet_inspect():
            (result,) = evaluate("goemotions", Asked(data=str(data)), ["anchor"], log_dir=tmp_path / name)
        assert result.kept == before
    assert _answers(tmp_path) == count
    resumed, whole = (_rows(tmp_path / name) for name in ("logs", "whole"))
    assert len(resumed) == count
    assert resumed == whole


def heed_ctrl_c() -> None:
    """Tests that run in the background ignore SIGINT, and their children would inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@needs_minilm
def test_ctrl_c_keeps_what_was_answered_and_says_so(tmp_path: Path) -> None:
    data = write_goemotions(tmp_path / "goemotions", 400)
    environment = {**os.environ, "AFFECTGRAPH_DATA_DIR": str(tmp_path / "data"), "OMP_NUM_THREADS": "1"}
    command = [*COMMAND, "--data", str(data), "--log-dir", "logs"]
    stopped = subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        preexec_fn=heed_ctrl_c,
    )
    deadline = time.monotonic() + 120
    while _answers(tmp_path) < 5 and time.monotonic() < deadline and stopped.poll() is None:
        time.sleep(0.02)
    stopped.send_signal(signal.SIGINT)
    _, told = stopped.communicate(timeout=60)
    assert stopped.returncode == 1
    assert b"every answer so far is kept" in told
    assert b"Traceback" not in told
    assert 5 <= _answers(tmp_path) < 400


def _rows(folder: Path) -> dict[str, Any]:
    """Item -> what was answered and scored, from the newest finished log; what a clock measured is left out."""
    logs = [read_eval_log(str(path)) for path in sorted(folder.glob("*.eval"))]
    log = [one for one in logs if one.status == "success"][-1]
    found = {}
    for sample in log.samples or []:
        (score,) = (sample.scores or {}).values()
        metadata = score.metadata or {}
        row = {key: value for key, value in metadata["row"].items() if key not in ("seconds", "nodes")}
        found[str(sample.id)] = (row, metadata["answer"], sample.target, sample.input)
    return found


def test_inspects_own_command_runs_a_benchmark_by_its_registered_name(goemotions: Path, settings_file: Path) -> None:
    inspect = Path(sys.executable).with_name("inspect")
    arguments = ["-T", f"data={goemotions}", "-T", f"config={settings_file}", "-T", "condition=choose"]
    done = subprocess.run(
        [str(inspect), "eval", "affectgraph/goemotions", "--model", "none", "--display", "plain", *arguments],
        cwd=settings_file.parent,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "accuracy (high)" in done.stdout
    (path,) = (settings_file.parent / "logs").glob("*.eval")
    with quiet_inspect():
        (retried,) = eval_retry(str(path), display="none", log_dir=str(settings_file.parent / "again"))
    assert retried.status == "success"


def test_an_override_that_contradicts_the_condition_is_refused(goemotions: Path, settings_file: Path) -> None:
    with pytest.raises(InputError, match=r"condition 'choose' sets reading\.corrected; name another"):
        run(goemotions, settings_file, settings=("reading.corrected=true",))
    (result,) = run(goemotions, settings_file, settings=("reading.corrected=true",), conditions=["default"])
    assert len(result.rows) == 12


def test_a_sample_that_inspect_ends_counts_as_wrong(goemotions: Path, settings_file: Path) -> None:
    from inspect_ai import eval as inspect_eval
    from inspect_ai.solver import solver

    from affectgraph.evals.solving import close_all

    @solver
    def silent() -> Any:
        async def solve(state: Any, generate: Any) -> Any:
            return state

        return solve

    with quiet_inspect():
        (log,) = inspect_eval(
            "affectgraph/goemotions",
            model=None,
            task_args={"data": str(goemotions), "config": str(settings_file)},
            solver=silent(),
            display="none",
            log_dir=str(goemotions.parent / "logs"),
        )
    close_all()
    scores = [score for sample in log.samples or [] for score in (sample.scores or {}).values()]
    assert [score.answer for score in scores] == ["unreadable"] * 12
