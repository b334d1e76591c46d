"""Fitted curves in `gat`: applied to what they were fitted for and to nothing else, with what the model said beside."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest

from affectgraph.graphs import load_settings
from affectgraph.graphs.gat import RECIPE
from affectgraph.graphs.loading import load
from affectgraph.tools.calibration import (
    Calibration,
    CalibrationError,
    Calibrations,
    Curve,
    FittedOn,
    Variable,
    calibration_path,
    save_calibrations,
)
from affectgraph.tools.label_spaces import SPACES
from tests.graphs.gat_play import Player, chinese, graph_of, picture, run

IDENTITY = "scripted:function"
HALVED = Curve(kind="linear", x=(1.0, 9.0), y=(1.0, 5.0))
FITTED_ON = FittedOn(name="greys", split="1 to 7", revision="r", low=1, high=7, n=30, fitted="2026-11-28")


def keep(
    folder: Path,
    *,
    identity: str = IDENTITY,
    mode: str = "gat",
    labels: tuple[str, ...] = SPACES["mikels8"],
    variables: tuple[Variable, ...] = ("valence", "arousal"),
) -> str:
    """Keep curves in a data folder; the setting that names it."""
    curves: dict[Variable, Curve] = dict.fromkeys(variables, HALVED)
    made = Calibration(identity=identity, mode=mode, labels=labels, curves=curves, fitted_on=FITTED_ON)
    save_calibrations(Calibrations(entries=(made,)), calibration_path(folder / "kept"))
    return data(folder)


def data(folder: Path) -> str:
    return f'data_dir="{folder / "kept"}"'


def plain(folder: Path, *settings: str, **given: Any) -> Any:
    return run(folder, *settings, data(folder), **given).conclusion


def test_what_was_concluded_is_said_as_people_rate_and_what_the_model_said_stands_beside_it(tmp_path: Path) -> None:
    raw = plain(tmp_path)
    assert (raw.calibrated_on, raw.raw) == (None, {})
    keep(tmp_path)
    found = plain(tmp_path)
    assert found.raw == {"valence": raw.valence, "arousal": raw.arousal}
    assert found.valence == pytest.approx(1 + (raw.valence - 1) / 2)
    assert found.arousal == pytest.approx(1 + (raw.arousal - 1) / 2)
    assert found.calibrated_on == "greys (1 to 7), 30 pictures, 2026-11-28"
    # Nothing else of the conclusion changes.
    beside = {"valence", "arousal", "raw", "calibrated_on"}
    assert found.model_dump(exclude=beside) == raw.model_dump(exclude=beside)


def test_a_variable_without_a_curve_stays_as_it_is(tmp_path: Path) -> None:
    raw = plain(tmp_path)
    keep(tmp_path, variables=("arousal",))
    found = plain(tmp_path)
    assert found.raw == {"arousal": raw.arousal}
    assert found.valence == raw.valence


@pytest.mark.parametrize(
    "other",
    [{"identity": "another model"}, {"mode": "basic"}, {"labels": SPACES["emotion6"]}],
    ids=lambda one: str(one),
)
def test_the_curves_of_another_model_mode_or_label_space_are_not_applied(tmp_path: Path, other: dict[str, Any]) -> None:
    keep(tmp_path, **other)
    assert plain(tmp_path).calibrated_on is None


def test_labels_of_the_input_count_and_their_order_does_not(tmp_path: Path) -> None:
    keep(tmp_path)
    assert plain(tmp_path, labels=list(reversed(SPACES["mikels8"]))).calibrated_on is not None
    assert plain(tmp_path, labels=["awe", "contentment", "fear"]).calibrated_on is None


@pytest.mark.parametrize(
    ("settings", "given"), [(("gat.calibrate=false",), {}), ((), {"task": "ER"}), ((), {"language": "zh"})]
)
def test_nothing_is_calibrated_where_the_answers_are_others_or_nobody_wants_it(
    tmp_path: Path, settings: tuple[str, ...], given: dict[str, Any]
) -> None:
    keep(tmp_path)
    player = Player(**chinese()) if "language" in given else Player()
    assert plain(tmp_path, *settings, player=player, **given).calibrated_on is None


def test_the_paper_s_one_prompt_is_not_calibrated_with_the_curves_of_the_graph(tmp_path: Path) -> None:
    place = keep(tmp_path)
    output = graph_of(Player(), tmp_path, place, name="gat_single").invoke({"image": str(picture(tmp_path))})
    assert output.conclusion.calibrated_on is None


@pytest.mark.parametrize("name", ["gat", "gat_single"])
def test_a_damaged_file_is_told_before_anything_is_asked_and_only_where_it_is_read(
    tmp_path: Path, name: Literal["gat", "gat_single"]
) -> None:
    path = calibration_path(tmp_path / "kept")
    path.parent.mkdir()
    path.write_text("{", encoding="utf-8")
    if name == "gat":
        with pytest.raises(
            CalibrationError, match=r"calibration\.json is damaged .*fit it with `affectgraph calibrate`"
        ):
            graph_of(Player(), tmp_path, data(tmp_path), name=name)
        assert plain(tmp_path, "gat.calibrate=false").calibrated_on is None
    else:
        graph_of(Player(), tmp_path, data(tmp_path), name=name)


def test_no_other_graph_reads_the_file(tmp_path: Path) -> None:
    path = calibration_path(tmp_path / "kept")
    path.parent.mkdir()
    path.write_text("{", encoding="utf-8")
    settings = load_settings(environment={}, overrides=[data(tmp_path)]).settings
    for name in ("empathy", "reading"):
        load(name, settings=settings).close()


def test_the_models_are_named_as_the_fit_names_them() -> None:
    assert RECIPE.roles == ("perceive", "reason", "judge", "write")
