"""`affectgraph calibrate`, as a newcomer meets it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from affectgraph.agents.calibrating import asked_for, calibrate_on
from affectgraph.agents.cli import app
from affectgraph.backends.errors import InputError
from affectgraph.evals.opening import Asked
from affectgraph.graphs import loading
from affectgraph.graphs.settings import load_settings
from affectgraph.tools.calibration import CalibrationError, calibration_path, load_calibrations
from affectgraph.tools.label_spaces import SPACES
from tests.agents.test_cli import affectgraph
from tests.evals.pictures import ByBrightness
from tests.evals.test_calibrating import rated_greys


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return rated_greys(tmp_path / "greys", 30)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> ByBrightness:
    found = ByBrightness(label="embedded")
    monkeypatch.setattr(loading, "open_backend", lambda *arguments, **more: found)
    monkeypatch.setenv("COLUMNS", "140")
    return found


def asked(data: Path, **changed: Any) -> Asked:
    values: dict[str, Any] = {"mode": "scaffold", "part": "all", "seed": 0, "backend": None, "config": None}
    return asked_for(data=str(data), settings=settings_of(data), **{**values, **changed})


def settings_of(data: Path) -> list[str]:
    return [f'media.roots=["{data}"]', f'data_dir="{data.parent / "kept"}"']


def test_the_error_before_and_after_is_shown_and_the_curves_are_kept(
    data: Path, model: ByBrightness, capsys: pytest.CaptureFixture[str]
) -> None:
    calibrate_on(asked(data))
    told = capsys.readouterr().out
    assert f"greys (1 to 7) · 30 pictures · mode scaffold · {model.identity}" in told
    for words in ("as answered", "calibrated", "always the mean", "straight line", "isotonic"):
        assert re.search(rf"{words}\s+\d\.\d\d \d\.\d\d\.\.\d\.\d\d\s+\d\.\d\d", told)
    assert re.search(r"a perfect predictor .*0\.20 \(r \d\.\d\d\)", told)
    assert re.search(r"arousal: (linear|isotonic) curve, lowers the error by \d\.\d\d\n", told)
    assert "valence: " in told
    assert "not shown to beat always saying the mean" in told
    kept = load_calibrations(calibration_path(data.parent / "kept"))
    found = kept.find(model.identity, "scaffold", SPACES["mikels8"])
    assert found is not None
    assert found.apply("arousal", 2.0) < found.apply("arousal", 8.0)


def test_a_dry_run_keeps_nothing_and_json_is_json(
    data: Path, model: ByBrightness, capsys: pytest.CaptureFixture[str]
) -> None:
    calibrate_on(asked(data), keep=False, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert told["fitted_on"]["n"] == 30
    assert set(told["ceilings"]) == {"valence", "arousal"}
    assert not calibration_path(data.parent / "kept").exists()
    calibrate_on(asked(data), keep=False)
    assert "Nothing was kept" in capsys.readouterr().out


def test_another_mode_is_kept_beside_the_first(data: Path, model: ByBrightness) -> None:
    for mode in ("basic", "scaffold", "basic"):
        calibrate_on(asked(data, mode=mode))
    kept = load_calibrations(calibration_path(data.parent / "kept"))
    assert [entry.mode for entry in kept.entries] == ["scaffold", "basic"]


def test_a_damaged_file_is_told_before_anything_is_asked(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = calibration_path(data.parent / "kept")
    path.parent.mkdir()
    path.write_text("{", encoding="utf-8")
    with pytest.raises(CalibrationError, match="damaged"):
        calibrate_on(asked(data))


def test_a_remote_backend_is_not_paid_unasked(data: Path) -> None:
    remote = ['backends.far={kind="remote", model="m", base_url="http://127.0.0.1:9/v1", consent=true}']
    run = asked_for(
        data=str(data),
        mode="basic",
        part="all",
        seed=0,
        backend="far",
        config=None,
        settings=remote + settings_of(data),
    )
    assert load_settings(overrides=run.settings, backend="far").settings.roles.perceive == "far"
    with pytest.raises(InputError, match="agree with --yes"):
        calibrate_on(run)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--data", "nowhere"), "There is no nowhere/ratings.csv"),
        (("--data", "greys", "--mode", "tea"), "'tea' is unknown"),
        (("--data", "greys", "--part", "half"), "there is no part 'half'"),
        ((), "Missing option"),
    ],
)
def test_a_wrong_request_is_one_sentence_and_exits_with_2(data: Path, arguments: tuple[str, ...], words: str) -> None:
    done = affectgraph(data.parent, "calibrate", *arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_what_was_kept_is_applied_by_the_next_run_and_both_say_so(data: Path, model: ByBrightness) -> None:
    calibrate_on(asked(data))
    given = [str(data / "3.png"), "--set", "gat.mode=scaffold", "--json"]
    given += [word for one in settings_of(data) for word in ("--set", one)]
    found = [
        json.loads(CliRunner().invoke(app, ["run", "gat", *given, *more]).stdout)["images"][0]["conclusion"]
        for more in ([], ["--set", "gat.calibrate=false"], ["--set", "gat.mode=basic"])
    ]
    applied, off, other = found
    assert applied["calibrated_on"].startswith("greys (1 to 7), 30 pictures, ")
    assert applied["raw"] == {name: off[name] for name in ("valence", "arousal")}
    kept = load_calibrations(calibration_path(data.parent / "kept")).entries[0]
    assert applied["arousal"] == kept.apply("arousal", off["arousal"])
    assert off["calibrated_on"] is other["calibrated_on"] is None
