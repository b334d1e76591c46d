"""`affectgraph chase`, as a newcomer meets it: on a formula for what is told, on a real tiny class for what runs."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("sklearn")

from typer.testing import CliRunner, Result

from affectgraph.agents.cli import app
from affectgraph.backends import opening
from affectgraph.backends.errors import AffectgraphError, CapabilityError, InputError, Stopped
from affectgraph.tools.chase.profiles import load_profiles
from affectgraph.tools.chase.router import load_routers
from tests.backends.tiny_multimodal import qwen2_5_omni
from tests.evals.chase.clip_sets import CARRIER, Formula, write_clips

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:transformers")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clips(tmp_path_factory.mktemp("clips"), 40, split=True)


@pytest.fixture(scope="module")
def omni(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return qwen2_5_omni(tmp_path_factory.mktemp("omni"))


class Engine(Formula):
    """The formula with what a command asks of a backend beside."""

    concurrency = 2

    def cancel(self) -> None:
        self.cancelled = True

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def formula(monkeypatch: pytest.MonkeyPatch) -> Engine:
    engine = Engine()
    monkeypatch.setattr(opening, "open_backend", lambda *given, **more: engine)
    return engine


def chase(tmp_path: Path, *words: object, model: Path | str = "none", **options: str) -> Result:
    settings = {
        "data_dir": f'"{tmp_path / "kept"}"',
        "backends.omni.kind": '"transformers"',
        "backends.omni.model": f'"{model}"',
        "backends.omni.steering": "true",
        "media.roots": '["/"]',
    } | options
    told = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    return CliRunner().invoke(app, ["chase", *map(str, words), *told], env={"COLUMNS": "160"})


def refused(result: Result, kind: type[AffectgraphError], words: str) -> None:
    assert isinstance(result.exception, kind)
    assert re.search(words, str(result.exception))


# --- a formula -------------------------------------------------------------------------------------------------------


def test_a_causal_profile_is_shown_checked_and_kept(tmp_path: Path, table: Path, formula: Engine) -> None:
    png = tmp_path / "heads.png"
    found = chase(
        tmp_path, "profile", "omni", table, "-m", "causal", "--target", "video", "-k", 1, "--start", 0, "--png", png
    )
    assert found.exit_code == 0, found.output
    assert re.search(rf"^{CARRIER[0]}\s+{CARRIER[1]} \(", found.stdout, re.M)
    assert len(re.findall(r"none gains", found.stdout)) == 3
    assert re.search(r"chosen over random\s+\+\d\.\d{3} \+\d", found.stdout)
    assert "not shown to beat" not in found.stdout
    assert png.read_bytes().startswith(b"\x89PNG")
    (kept,) = load_profiles(tmp_path / "kept" / "chase_heads.json").entries
    assert kept.top(4, range(4)) == (CARRIER,)
    # 38 of 19 sources are no test clips, and three of the sources are held back for the check.
    assert (kept.selected_on.n, kept.selected_on.sources, kept.selected_on.split) == (32, 16, "train")
    assert not any("(38)" in str(shown) or "(39)" in str(shown) for shown in formula.asked)  # the test split
    assert formula.closed


def test_a_profile_as_json_is_json_alone(tmp_path: Path, table: Path, formula: Engine) -> None:
    found = chase(tmp_path, "profile", "omni", table, "--no-check", "--json", "-n", 6)
    values = json.loads(found.stdout)
    assert (values["profile"]["method"], values["check"]) == ("dominance", None)
    assert values["profile"]["selected_on"]["n"] == 6
    assert [2, 1] in values["best"]


def test_a_router_is_trained_for_both_targets_and_kept(tmp_path: Path, table: Path, formula: Engine) -> None:
    png = tmp_path / "layers.png"
    found = chase(tmp_path, "train-router", "omni", table, "--seed", 2, "--png", png)
    assert found.exit_code == 0, found.output
    assert re.search(r"layer\s+conflict\s+under-use", found.stdout)
    assert "the router for conflict tells under-use with AUROC" in found.stdout
    assert re.search(r"under-use in 3\d%: in 100% of those in conflict and 0% of the others", found.stdout)
    assert png.read_bytes().startswith(b"\x89PNG")
    kept = load_routers(tmp_path / "kept" / "chase_routers.json")
    assert [router.target for router in kept.entries] == ["conflict", "under-use"]
    assert kept.entries[0].identity == "formula@1"


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path, table: Path, formula: Engine) -> None:
    plain, asked = formula.choose, []

    def stopping(*given: Any, **more: Any) -> Any:
        asked.append(1)
        if len(asked) == 20:
            raise KeyboardInterrupt
        return plain(*given, **more)

    formula.choose = stopping  # type: ignore[method-assign]
    words = ("vcc", "omni", table, "--no-thin", "-n", 10, "--json")
    refused(chase(tmp_path, *words), Stopped, "is kept, and the same command goes on")
    assert formula.cancelled
    formula.choose = plain  # type: ignore[method-assign]
    before = len(formula.asked)
    found = chase(tmp_path, *words)
    assert found.exit_code == 0, found.output
    assert len(formula.asked) - before <= 10 * 4 - 17  # two at a time: at most two were under way
    assert len(json.loads(found.stdout)["clips"]) == 10


# --- a real class ----------------------------------------------------------------------------------------------------


def test_vcc_runs_on_a_real_class(tmp_path: Path, table: Path, omni: Path) -> None:
    png = tmp_path / "vcc.png"
    options = {"backends.omni.task": '"multimodal"', "backends.omni.device": '"cpu"'}
    words = ("vcc", "omni", table, "-n", 2, "--frames", 4, "--start", 0)
    found = chase(tmp_path, *words, "--png", png, model=omni, **options)
    assert found.exit_code == 0, found.output
    for modality in ("text", "audio", "video"):
        assert re.search(rf"^{modality}\s+0\.\d{{3}}", found.stdout, re.M)
    assert re.search(r"^100%\s+\d+", found.stdout, re.M)
    assert "Attention is not use" in found.stdout
    assert png.read_bytes().startswith(b"\x89PNG")
    values = json.loads(chase(tmp_path, *words, "--json", model=omni, **options).stdout)
    for clip in values["clips"]:
        assert sum(clip["budgets"][name][0] for name in clip["budgets"]) == pytest.approx(1.0, abs=1e-4)
        assert len(clip["thinning"]) == 5


def test_heads_of_a_real_class_are_profiled(tmp_path: Path, table: Path, omni: Path) -> None:
    options = {"backends.omni.task": '"multimodal"', "backends.omni.device": '"cpu"'}
    words = ("profile", "omni", table, "-m", "causal", "-n", 2, "--frames", 2, "--start", 0, "--no-check", "--json")
    values = json.loads(chase(tmp_path, *words, model=omni, **options).stdout)["profile"]
    gains = [gain for row in values["scores"] for gain in row]
    assert len(gains) == values["layers"] * values["heads"]
    assert any(abs(gain) > 1e-4 for gain in gains)  # moving a head of a random model does something


# --- refusals --------------------------------------------------------------------------------------------------------


def test_a_backend_that_cannot_steer_is_told_what_to_set(tmp_path: Path, table: Path) -> None:
    refused(
        chase(tmp_path, "vcc", "omni", table, **{"backends.omni.steering": "false"}),
        CapabilityError,
        r"set `steering = true` under \[backends\.omni\]",
    )
    refused(chase(tmp_path, "vcc", "embedded", table), CapabilityError, "kind 'embedded'.*kind 'transformers' alone")


def test_an_unknown_backend_is_named(tmp_path: Path, table: Path) -> None:
    refused(chase(tmp_path, "profile", "onmi", table), AffectgraphError, "no backend 'onmi'.*omni")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("profile", "--method", "best"), "--method 'best': expected one of dominance, supervised, causal"),
        (("profile", "--target", "touch"), "--target 'touch': expected one of uniform, text, audio, video"),
        (("profile", "--only", "some"), "--only 'some': expected one of all, conflict, align"),
        (("profile", "--start", "0.5", "--stop", "0.5"), "no layer would be steered"),
        (("profile", "--strength", "0"), "--strength 0 moves nothing"),
        (("train-router", "--target", "surprise"), "--target 'surprise': expected one of conflict, under-use, both"),
        (("vcc", "--start", "0.9", "--stop", "0.2"), "no layer would be counted"),
    ],
)
def test_an_option_that_cannot_be_is_refused_before_anything_is_loaded(
    tmp_path: Path, table: Path, words: tuple[str, ...], told: str
) -> None:
    refused(chase(tmp_path, words[0], "omni", table, *words[1:]), InputError, told)


def test_clips_of_one_modality_are_refused(tmp_path: Path, formula: Engine) -> None:
    (tmp_path / "clips.csv").write_text("text,label\nHm,N\nWell,P\n", encoding="utf-8")
    refused(chase(tmp_path, "vcc", "omni", tmp_path), InputError, "none of 2 clips of clips shows this model two")


def test_a_set_without_labels_of_its_modalities_trains_no_router(tmp_path: Path, table: Path, formula: Engine) -> None:
    bare = table.with_name("bare.csv")
    with table.open(encoding="utf-8", newline="") as whole, bare.open("w", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(whole))
        writer = csv.DictWriter(
            file, [name for name in rows[0] if not name.startswith("label_")], extrasaction="ignore"
        )
        writer.writeheader()
        writer.writerows(rows)
    refused(chase(tmp_path, "train-router", "omni", bare), InputError, "add the columns label_T, label_A and label_V")
    refused(chase(tmp_path, "profile", "omni", bare, "--only", "conflict"), InputError, "its conflicts are unknown")


def test_a_damaged_file_of_profiles_is_told_before_anything_is_asked(
    tmp_path: Path, table: Path, formula: Engine
) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "chase_heads.json").write_text("{")
    refused(chase(tmp_path, "profile", "omni", table), AffectgraphError, "chase_heads.json is damaged")
    assert not formula.asked
