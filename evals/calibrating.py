"""Fitting a calibration: which curve takes a model's valence and arousal to people's, and what it is worth.

A straight line or an isotonic curve, both by least squares and neither of them falling; the one with the smaller mean
absolute error in cross-validation is taken (our choice; a tie goes to the line). Figures are out of fold and nested:
the curve that predicts a picture was fitted, and its kind chosen, without it. The control is the constant mean of the
other pictures: a curve that does not beat it has learned where people's ratings lie, and nothing about pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends.base import Backend
from affectgraph.backends.errors import InputError
from affectgraph.evals.ceilings import Ceiling, ceilings
from affectgraph.evals.datasets.items import Item
from affectgraph.evals.metrics.resampling import Interval, bootstrap_weighted
from affectgraph.evals.metrics.weighted import mean_of
from affectgraph.evals.opening import Asked, Opened, open_run
from affectgraph.graphs.loading import recipe
from affectgraph.tools.calibration import HIGH, LOW, Calibration, Curve, FittedOn, Kind, Variable
from affectgraph.tools.label_spaces import SPACES
from affectgraph.tools.link_parts import Figure

__all__ = ["FEWEST", "SYSTEMS", "Fitted", "calibrate", "choose", "figures", "fit_curve", "out_of_fold"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Tell = Callable[[int, int], None]

BENCHMARK = "image_ratings"
# What is compared: the answers as they are, the mean, each curve, and the curve that cross-validation chose.
SYSTEMS = ("before", "constant", "linear", "isotonic", "after")
FEWEST = 20
_OUTER, _INNER = 10, 5
# A calibration is fitted on what the graph says without one.
_UNCALIBRATED = "gat.calibrate=false"


@dataclass(frozen=True)
class Fitted:
    """A calibration, and how well its ratings could be predicted at all."""

    calibration: Calibration
    ceilings: dict[str, Ceiling]


def fit_curve(kind: Kind, said: Floats, people: Floats) -> Curve:
    """The curve of one kind with the least squared error that never falls.

    Args:
        kind: linear or isotonic.
        said: (n,) the model's values, 1 to 9, n at least 1.
        people: (n,) people's, on the same scale.
    """
    return _line(said, people) if kind == "linear" else _steps(said, people)


def _line(said: Floats, people: Floats) -> Curve:
    centred, mean = said - said.mean(), float(people.mean())
    spread = float(centred @ centred)
    slope = max(0.0, float(centred @ (people - mean)) / spread) if spread > 0 else 0.0
    ends = [mean + slope * (end - float(said.mean())) for end in (LOW, HIGH)]
    return Curve(kind="linear", x=(LOW, HIGH), y=(ends[0], max(ends)))


def _steps(said: Floats, people: Floats) -> Curve:
    from sklearn.isotonic import IsotonicRegression  # type: ignore[import-untyped]

    fitted = IsotonicRegression(y_min=LOW, y_max=HIGH).fit(said, people)
    # Averages of one block may differ in the last digit.
    heights = np.maximum.accumulate(fitted.y_thresholds_)
    return Curve(kind="isotonic", x=tuple(map(float, fitted.X_thresholds_)), y=tuple(map(float, heights)))


def choose(said: Floats, people: Floats, *, seed: int = 0, number: int = _INNER) -> Kind:
    """The kind of curve with the smaller mean absolute error in cross-validation."""
    errors: dict[Kind, float] = {}
    for kind in get_args(Kind):
        found = np.empty_like(people)
        for train, test in _folds(said.size, number, seed):
            found[test] = _applied(fit_curve(kind, said[train], people[train]), said[test])
        errors[kind] = float(np.abs(found - people).mean())
    return min(errors, key=errors.__getitem__)


def out_of_fold(said: Floats, people: Floats, *, seed: int = 0) -> dict[str, Floats]:
    """What each of `SYSTEMS` says of each picture, fitted and chosen on other pictures alone; (n,) each."""
    found = {name: np.array(said, dtype=np.float64) for name in SYSTEMS}
    for train, test in _folds(said.size, _OUTER, seed):
        found["constant"][test] = people[train].mean()
        for kind in get_args(Kind):
            found[kind][test] = _applied(fit_curve(kind, said[train], people[train]), said[test])
        found["after"][test] = found[choose(said[train], people[train], seed=seed)][test]
    return found


def figures(said: Floats, people: Floats, *, width: float = HIGH - LOW, seed: int = 0) -> dict[str, Figure]:
    """Out-of-fold mean absolute errors with 95 % bootstrap intervals over pictures, in units of people's scale.

    `mae_SYSTEM` of each of `SYSTEMS`; `gain` is before minus after, `gain_over_constant` constant minus after: above 0
    where the calibration helps.

    Args:
        said: (n,) the model's values, 1 to 9.
        people: (n,) people's, 1 to 9.
        width: of people's scale.
        seed: of folds and resamples.
    """
    unit = width / (HIGH - LOW)
    errors = {name: np.abs(each - people) * unit for name, each in out_of_fold(said, people, seed=seed).items()}
    values = {f"mae_{name}": each for name, each in errors.items()}
    values["gain"] = errors["before"] - errors["after"]
    values["gain_over_constant"] = errors["constant"] - errors["after"]
    pictures = list(range(said.size))
    return {name: _figure(bootstrap_weighted(mean_of(each), pictures, seed=seed)) for name, each in values.items()}


def calibrate(
    asked: Asked,
    *,
    limit: int | None = None,
    model: Backend | None = None,
    ask: Callable[[str], bool] | None = None,
    tell: Tell = lambda done, of: None,
) -> Fitted:
    """Ask the graph about rated pictures and fit its curves. Answers are kept, so that a second call goes on.

    Args:
        asked: the set, the backend and the mode (as `condition`) to fit on; `part` is what is fitted on.
        limit: at most so many pictures.
        model: a backend for every role, instead of those of the settings.
        ask: how to ask a person for consent to a remote backend.
        tell: called with (done, of).

    Raises:
        InputError: the set cannot be read, or has fewer than 20 pictures with a readable answer.
        AffectgraphError: the settings, or a backend.
    """
    run = open_run(BENCHMARK, replace(asked, settings=(*asked.settings, _UNCALIBRATED)), model=model, ask=ask)
    try:
        items = run.items[:limit]
        answers = list(_answers(run, items, tell))
        return _fitted(run, items, answers, asked.seed)
    finally:
        run.close()


def _answers(run: Opened, items: tuple[Item, ...], tell: Tell) -> Iterator[dict[str, Any] | None]:
    """Of each picture the conclusion, None where it could not be read."""
    for number, item in enumerate(items, 1):
        output = run.answerer.answer(item.id, run.input(item)).output
        tell(number, len(items))
        yield output["conclusion"] if output else None


def _fitted(run: Opened, items: tuple[Item, ...], answers: list[dict[str, Any] | None], seed: int) -> Fitted:
    read = [(item, answer) for item, answer in zip(items, answers, strict=True) if answer is not None]
    if len(read) < FEWEST:
        raise InputError(
            f"{run.dataset.name} ({run.dataset.split}) has {len(read)} pictures with a readable answer, and a "
            f"calibration needs {FEWEST}; give more of them, or --part all"
        )
    low, high = (read[0][0].fields[end] for end in ("low", "high"))
    curves: dict[Variable, Curve] = {}
    found: dict[str, Figure] = {}
    for variable in get_args(Variable):
        said = np.array([answer[variable] for _, answer in read])
        rated = np.array([item.target[variable] for item, _ in read])
        people = LOW + (rated - low) * (HIGH - LOW) / (high - low)
        curves[variable] = fit_curve(choose(said, people, seed=seed, number=_OUTER), said, people)
        of_variable = figures(said, people, width=high - low, seed=seed)
        found |= {f"{variable}/{name}": figure for name, figure in of_variable.items()}
    source = FittedOn(
        name=run.dataset.name,
        split=run.dataset.split,
        revision=run.dataset.revision,
        low=low,
        high=high,
        n=len(read),
        unreadable=len(items) - len(read),
        seed=seed,
        fitted=datetime.now(UTC).date().isoformat(),
    )
    calibration = Calibration(
        identity=run.graph.models.identity(recipe(run.graph_name).roles),
        mode=run.settings.gat.mode,
        labels=SPACES[run.settings.gat.labels],
        curves=curves,
        figures=found,
        fitted_on=source,
    )
    return Fitted(calibration, ceilings(run.dataset))


def _figure(interval: Interval) -> Figure:
    return Figure(value=interval.value, low=interval.low, high=interval.high, n=interval.n, groups=interval.groups)


def _applied(curve: Curve, said: Floats) -> Floats:
    return np.array([curve.apply(float(value)) for value in said])


def _folds(count: int, number: int, seed: int) -> Iterator[tuple[Codes, Codes]]:
    """(pictures to fit on, pictures to predict), each predicted once."""
    order = np.random.default_rng(seed).permutation(count)
    for test in np.array_split(order, min(number, count)):
        yield np.setdiff1d(order, test), test
