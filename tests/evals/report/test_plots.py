"""Plots: names that cannot be drawn, names that would be markup, and the same bytes for the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

from affectgraph.evals.report import plots
from affectgraph.evals.report.plots import Interval, Point, Region


def test_a_name_that_the_font_lacks_becomes_a_key_and_is_told() -> None:
    plot = plots.bars(["高兴", "sad", "悲伤"], {"无": [0.1, 0.2, 0.3], "full": [0.3, 0.2, 0.1]}, "F1")
    assert plot.keys == (("L1", "高兴"), ("L2", "悲伤"), ("S1", "无"))


@pytest.mark.parametrize("name", ["$x_{", "a\nb", "<script>", "", "%s", "\\frac", "_private", "x" * 300])
def test_any_name_can_be_drawn(name: str) -> None:
    others = [name, "b"]
    assert "<script" not in plots.bars(others, {name: [0.5, 0.5], "_b": [0.1, 0.2]}, "F1").svg
    assert plots.confusion(np.eye(2), others, others).svg.startswith("<?xml")
    assert plots.forest([Interval(name, 0.1, 0.0, 0.2), Interval("b", 0.1, 0.0, 0.2, 1)], "d", 0, shades=others).svg


def test_values_without_an_interval_are_drawn() -> None:
    nan = float("nan")
    plot = plots.forest([Interval("a", 0.4, nan, nan)], "accuracy")
    assert "no interval" in plot.alt
    assert "nan" not in plot.alt


def test_the_same_numbers_give_the_same_bytes() -> None:
    drawn = [plots.reliability([(0.5, 0.4, 10), (0.9, 0.8, 5)], 0.1).svg for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert "dc:date" not in drawn[0]


def test_a_wide_matrix_and_coincident_ratings() -> None:
    names = [f"label {index}" for index in range(28)]
    assert "28 labels, 28 items, 28 on the diagonal" in plots.confusion(np.eye(28), names, names).alt
    assert "4 pairs" in plots.scatter([1, 1, 1, 5], [2, 2, 2, 4], 1, 5).alt


def test_opposed_tells_the_points_farthest_from_equal() -> None:
    points = [Point("fear", "neuroticism", 0.1, 0.9), Point("joy", "openness", 0.3, 0.3, sure=False)]
    plot = plots.opposed(points, "people", "model", [Region("too weak", 0.9, 0.05, "right")], told=1)
    assert plot.alt == "model, against people; 2 points. Farthest from equal: neuroticism → fear: +0.10 and +0.90."
    assert plot.svg == plots.opposed(points, "people", "model", [Region("too weak", 0.9, 0.05, "right")], told=1).svg


@pytest.mark.parametrize("name", ["$x_{", "a\nb", "<script>", "", "悲伤", "x" * 300])
def test_opposed_draws_any_name_and_points_at_zero(name: str) -> None:
    plot = plots.opposed([Point(name, name, 0.0, 0.0)], "people", "model")
    assert "<script" not in plot.svg
    assert bool(plot.keys) == (name == "悲伤")
