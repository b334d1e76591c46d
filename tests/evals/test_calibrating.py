"""Fitting curves: a known distortion is undone, noise is not mistaken for a signal, and answers are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.backends.errors import InputError
from affectgraph.evals.calibrating import SYSTEMS, calibrate, choose, figures, fit_curve, out_of_fold
from affectgraph.evals.opening import Asked, open_run
from affectgraph.tools.calibration import Calibrations, Curve, calibration_path, joined, save_calibrations
from affectgraph.tools.label_spaces import SPACES
from tests.evals.pictures import AnyAnswer, ByBrightness, write_rated

values = st.lists(st.tuples(st.floats(1, 9), st.floats(1, 9)), min_size=1, max_size=40)


def uniform(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(1, 9, count)


@settings(deadline=None)
@given(values)
def test_no_fitted_curve_falls_and_each_stays_on_the_scale(pairs: list[tuple[float, float]]) -> None:
    said, people = np.array(pairs).T
    for kind in ("linear", "isotonic"):
        curve = fit_curve(kind, said, people)
        heights = [curve.apply(value) for value in np.linspace(1, 9, 33)]
        assert heights == sorted(heights)
        assert heights[0] >= 1.0
        assert heights[-1] <= 9.0


def test_a_linear_distortion_is_undone() -> None:
    people = uniform(200)
    said = 4.0 + 0.25 * people
    curve = fit_curve("linear", said, people)
    assert [curve.apply(4.0 + 0.25 * value) for value in (2.0, 5.0, 8.0)] == pytest.approx([2.0, 5.0, 8.0])
    assert choose(said, people) == "linear"


def test_a_bent_distortion_is_undone_by_the_isotonic_curve() -> None:
    people = uniform(400)
    said = 1 + 8 * ((people - 1) / 8) ** 5
    assert choose(said, people) == "isotonic"
    curve = fit_curve("isotonic", said, people)
    for value in (3.0, 5.0, 7.0):
        assert curve.apply(1 + 8 * ((value - 1) / 8) ** 5) == pytest.approx(value, abs=0.15)


def test_a_model_that_has_it_backwards_is_not_turned_round() -> None:
    people = uniform(100)
    curve = fit_curve("linear", 10 - people, people)
    assert curve.apply(2.0) == curve.apply(8.0) == pytest.approx(people.mean())
    backwards = figures(10 - people, people)
    assert backwards["gain_over_constant"].low is not None
    assert backwards["gain_over_constant"].low <= 0


def test_a_model_that_says_one_thing_is_given_the_mean() -> None:
    people = uniform(60)
    for kind in ("linear", "isotonic"):
        curve = fit_curve(kind, np.full(60, 5.0), people)
        assert curve.apply(5.0) == pytest.approx(people.mean())


@pytest.mark.parametrize("seed", range(5))
def test_calibration_on_noise_does_not_beat_the_constant_mean(seed: int) -> None:
    found = figures(uniform(150, seed), uniform(150, seed + 100), seed=seed)
    assert found["gain_over_constant"].low is not None
    assert found["gain_over_constant"].low <= 0
    # It does beat the uncalibrated answers: the mean is nearer than noise.
    assert found["mae_after"].value < found["mae_before"].value


def test_figures_are_out_of_fold_and_in_units_of_people_s_scale() -> None:
    people = np.clip(uniform(120), 2, 8)
    said = np.clip(2 + 0.5 * people + np.random.default_rng(1).normal(0, 0.5, 120), 1, 9)
    found = figures(said, people)
    assert set(found) == {*(f"mae_{name}" for name in SYSTEMS), "gain", "gain_over_constant"}
    assert found["mae_before"].value == pytest.approx(float(np.abs(said - people).mean()))
    assert found["gain"].low is not None
    assert found["gain"].low > 0
    assert found["gain_over_constant"].value > 0.5
    assert found["mae_after"].n == 120
    halved = figures(said, people, width=4)
    assert halved["mae_after"].value == pytest.approx(found["mae_after"].value / 2)


def test_no_picture_is_predicted_by_itself() -> None:
    said, people = np.arange(30.0) / 5 + 1, np.zeros(30) + 3
    people[7] = 9.0
    others = out_of_fold(said, people)
    assert others["constant"][7] == 3.0
    assert others["isotonic"][7] == 3.0
    assert others["before"] is not said


# --- asking ----------------------------------------------------------------------------------------------------------


def rated_greys(folder: Path, count: int = 40) -> Path:
    """Even pictures that people find the more intense the brighter; their pleasantness has nothing to do with it."""
    greys = [int(value) for value in np.linspace(10, 245, count)]
    generator = np.random.default_rng(3)
    rows = [
        {"image": f"{n}.png", "valence": generator.uniform(1, 7), "arousal": 2 + 4 * grey / 255, "low": 1, "high": 7}
        | {"sd": 1.0, "n": 16}
        for n, grey in enumerate(greys)
    ]
    return write_rated(folder, rows, greys)


def asked(folder: Path, tmp_path: Path, **changed: Any) -> Asked:
    overrides = (f'media.roots=["{folder}"]', f'data_dir="{tmp_path / "kept"}"')
    values: dict[str, Any] = {"condition": "scaffold", "data": str(folder), "settings": overrides}
    return Asked(**{**values, **changed})


def test_what_the_graph_concludes_is_taken_to_what_people_said(tmp_path: Path) -> None:
    folder, model = rated_greys(tmp_path / "set"), ByBrightness(label="s")
    told: list[tuple[int, int]] = []
    found = calibrate(asked(folder, tmp_path), model=model, tell=lambda done, of: told.append((done, of)))
    made = found.calibration
    assert told[-1] == (40, 40)
    assert (made.identity, made.mode, made.labels) == (joined([model.identity]), "scaffold", SPACES["mikels8"])
    assert (made.fitted_on.n, made.fitted_on.unreadable, made.fitted_on.high) == (40, 0, 7.0)
    arousal, valence = (
        {name.split("/")[1]: one for name, one in made.figures.items() if name.startswith(variable)}
        for variable in ("arousal", "valence")
    )
    assert arousal["gain"].low is not None
    assert arousal["gain"].low > 0
    assert arousal["gain_over_constant"].low is not None
    assert arousal["gain_over_constant"].low > 0
    assert valence["gain_over_constant"].low is not None
    assert valence["gain_over_constant"].low <= 0
    assert found.ceilings["arousal"].mae == pytest.approx(0.25 * np.sqrt(2 / np.pi))
    assert isinstance(made.curves["arousal"], Curve)


def test_answers_are_kept_so_that_the_same_call_asks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = rated_greys(tmp_path / "set", 24)
    first = calibrate(asked(folder, tmp_path), model=ByBrightness(label="s"))

    def refuse(*arguments: Any, **more: Any) -> Any:
        raise AssertionError("asked again")

    monkeypatch.setattr(ByBrightness, "choose", refuse)
    assert calibrate(asked(folder, tmp_path), model=ByBrightness(label="s")) == first


def test_an_unreadable_answer_is_left_out_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from affectgraph.backends.errors import MalformedAnswer

    folder, plain = rated_greys(tmp_path / "set", 24), ByBrightness.choose

    def sometimes(self: ByBrightness, messages: Any, options: Any, **more: Any) -> Any:
        if "brightness 0.03" in str(messages[0].text):
            raise MalformedAnswer("no answer of the wanted shape")
        return plain(self, messages, options, **more)

    monkeypatch.setattr(ByBrightness, "choose", sometimes)
    made = calibrate(asked(folder, tmp_path), model=ByBrightness(label="s")).calibration
    assert (made.fitted_on.n, made.fitted_on.unreadable) == (23, 1)


def test_too_few_pictures_are_refused_with_the_way_out(tmp_path: Path) -> None:
    folder = rated_greys(tmp_path / "set", 24)
    with pytest.raises(InputError, match=r"set \(1 to 7/tune\) has \d+ pictures .* needs 20; .* --part all"):
        calibrate(asked(folder, tmp_path, part="tune"), model=AnyAnswer(label="s"))


def test_what_is_kept_is_not_seen_by_the_next_fit(tmp_path: Path) -> None:
    folder, model = rated_greys(tmp_path / "set"), ByBrightness(label="s")
    first = calibrate(asked(folder, tmp_path), model=model).calibration
    save_calibrations(Calibrations(entries=(first,)), calibration_path(tmp_path / "kept"))
    overrides = (*asked(folder, tmp_path).settings, "gat.calibrate=true")
    again = calibrate(asked(folder, tmp_path, fresh=True, settings=overrides), model=model).calibration
    assert again == first
    # It is there to be seen: the graph itself applies it.
    applied = asked(folder, tmp_path, settings=(*overrides, "gat.mode=scaffold"), condition="default")
    run = open_run("image_ratings", applied, model=model)
    conclusion = run.graph.invoke(run.input(run.items[0])).conclusion
    run.close()
    assert conclusion.calibrated_on == first.fitted_on.told
