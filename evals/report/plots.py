"""Plots as SVG strings: the same numbers give the same bytes.

Every plot is drawn with matplotlib's own DejaVu Sans on white, so that it looks the same on every machine and in a dark
page. Names that this font cannot draw (Chinese labels, for one) are replaced by short keys, and the plot says which.
Knows numbers and names only; what they mean stands in the page around it.
"""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any, Literal

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont
from matplotlib.ft2font import FT2Font

__all__ = [
    "COLOURS",
    "Interval",
    "Plot",
    "Point",
    "Region",
    "bars",
    "confusion",
    "drawable",
    "forest",
    "opposed",
    "reliability",
    "scatter",
]

# Okabe and Ito (2008), in an order that keeps neighbours apart; yellow is left out: it is unreadable on white.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000")
# One mark a series, beside its colour: shapes are told apart in print and by every eye.
MARKS = ("o", "s", "^", "D", "v", "P", "X")
CLIP = 26
_STYLE: Any = {
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "text.parse_math": False,  # a label may hold dollar signs
    "text.usetex": False,
    "text.color": "#222222",
    "axes.labelcolor": "#222222",
    "axes.edgecolor": "#777777",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.formatter.use_locale": False,
    "axes.unicode_minus": True,
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.8,
    "svg.fonttype": "path",
    "svg.hashsalt": "affectgraph",
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


@dataclass(frozen=True)
class Plot:
    """A drawing, what it shows in words, and the names that stand in it as keys (empty where all could be drawn)."""

    svg: str
    alt: str
    keys: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Interval:
    """One line of a forest plot; `shade` numbers the colour."""

    name: str
    value: float
    low: float
    high: float
    shade: int = 0


@dataclass(frozen=True)
class Point:
    """One mark of `opposed`: its series has a shape and colour of its own, an unsure mark is hollow."""

    name: str
    series: str
    x: float
    y: float
    sure: bool = True


@dataclass(frozen=True)
class Region:
    """Words in the ground of `opposed`; the place is in shares of the scale, from -1 to 1."""

    words: str
    x: float
    y: float
    align: Literal["left", "center", "right"] = "left"


@cache
def _glyphs() -> frozenset[int]:
    return frozenset(FT2Font(findfont("DejaVu Sans", fallback_to_default=True)).get_charmap())


def drawable(name: str) -> bool:
    """Whether the plots' font has every character of `name`."""
    return all(ord(character) in _glyphs() for character in name)


class _Keys:
    """Names as they can be drawn: clipped, or a key where the font lacks a character."""

    def __init__(self, prefix: str = "L", clip: int = CLIP) -> None:
        self._prefix = prefix
        self._clip = clip
        self.legend: dict[str, str] = {}

    def drawn(self, names: Sequence[str]) -> list[str]:
        return [self._one(" ".join(name.split())) for name in names]

    def _one(self, name: str) -> str:
        if not drawable(name):
            return self.legend.setdefault(name, f"{self._prefix}{len(self.legend) + 1}")
        clipped = name if len(name) <= self._clip else name[: self._clip - 1] + "…"
        # matplotlib leaves empty names and those with a leading underscore out of a legend.
        return f" {clipped}" if clipped[:1] in ("", "_") else clipped

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        return tuple((key, name) for name, key in self.legend.items())


def _svg(draw: Callable[[Axes], None], width: float, height: float) -> str:
    """Size in inches."""
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure.add_subplot())
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


def bars(names: Sequence[str], series: dict[str, Sequence[float]], quantity: str) -> Plot:
    """Horizontal bars in [0, 1]: one group per name, in it one bar per series.

    Args:
        names: what the groups are, top to bottom.
        series: name -> one value per group.
        quantity: what the values are.
    """
    keys, drawn_series = _Keys(), _Keys("S")
    labels, titles = keys.drawn(names), drawn_series.drawn(list(series))
    thick = 0.8 / max(1, len(series))
    legend_lines = len(series) if len(series) > 1 else 0

    def draw(axes: Axes) -> None:
        for index, values in enumerate(series.values()):
            places = np.arange(len(names)) - 0.4 + thick * (index + 0.5)
            axes.barh(places, values, thick * 0.92, color=COLOURS[index % len(COLOURS)], label=titles[index])
            for place, value in zip(places, values, strict=True):
                axes.text(value + 0.01, float(place), f"{value:.2f}", va="center", fontsize=7)
        axes.set_yticks(range(len(names)), labels)
        axes.invert_yaxis()
        axes.set_xlim(0, 1.08)
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
        axes.set_xlabel(quantity)
        axes.grid(axis="x")
        if legend_lines:
            axes.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False, fontsize=8)

    height = 0.75 + len(names) * max(0.26, 0.15 * len(series)) + 0.19 * legend_lines
    best = {name: f"{min(values):.2f} to {max(values):.2f}" for name, values in series.items() if len(values)}
    alt = f"{quantity} per class. " + "; ".join(f"{name}: {reach}" for name, reach in best.items())
    return Plot(_svg(draw, 4.7, height), alt, keys.pairs + drawn_series.pairs)


def confusion(matrix: np.ndarray[Any, Any], rows: Sequence[str], columns: Sequence[str]) -> Plot:
    """Counts of (people's label, predicted label), coloured by share of the row.

    Args:
        matrix: shape (rows, columns).
        rows: people's labels.
        columns: predicted labels; may have one more for answers without a label.
    """
    keys = _Keys()
    across, down = keys.drawn(columns), keys.drawn(rows)
    counts = np.asarray(matrix, dtype=float)
    sums = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, sums, out=np.zeros_like(counts), where=sums > 0)
    cell = 0.42 if len(columns) <= 12 else 0.24

    def draw(axes: Axes) -> None:
        axes.imshow(shares, cmap="cividis", vmin=0, vmax=1, aspect="equal")
        axes.set_xticks(range(len(columns)), across, rotation=90 if len(columns) > 12 else 45, ha="right")
        for tick in axes.get_xticklabels():
            tick.set_rotation_mode("anchor")
            if len(columns) > 12:
                tick.set_verticalalignment("center")
        axes.set_yticks(range(len(rows)), down)
        axes.set_xlabel("predicted")
        axes.set_ylabel("people")
        if len(columns) > 12:
            return
        for row, column in np.ndindex(counts.shape):
            shade = "#111111" if shares[row, column] > 0.45 else "white"
            axes.text(column, row, f"{counts[row, column]:.0f}", ha="center", va="center", fontsize=8, color=shade)

    right = sum(int(counts[i, list(columns).index(name)]) for i, name in enumerate(rows) if name in columns)
    alt = f"Confusion matrix of {len(rows)} labels, {int(counts.sum())} items, {right} on the diagonal."
    longest = max(len(name) for name in [*across, *down])
    edge = 0.55 + 0.075 * longest
    return Plot(_svg(draw, edge + cell * len(columns), edge + cell * len(rows)), alt, keys.pairs)


def reliability(bins: Sequence[tuple[float, float, int]], ece: float) -> Plot:
    """How often an answer is right at the confidence it was given with.

    Args:
        bins: (mean confidence, accuracy, items) of every bin that has items.
        ece: expected calibration error, in [0, 1].
    """
    most = max((items for _, _, items in bins), default=1)

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color="#999999", linewidth=1, linestyle="--", zorder=1)
        axes.plot([c for c, _, _ in bins], [a for _, a, _ in bins], color=COLOURS[0], linewidth=1.4, zorder=2)
        sizes = [20 + 140 * items / most for _, _, items in bins]
        axes.scatter([c for c, _, _ in bins], [a for _, a, _ in bins], s=sizes, color=COLOURS[0], alpha=0.8, zorder=3)
        axes.set(xlim=(0, 1), ylim=(-0.03, 1.03), xlabel="confidence", ylabel="accuracy", aspect="equal")
        axes.grid()
        axes.text(0.04, 0.95, f"ECE {ece:.3f}", va="top", fontsize=9)

    points = "; ".join(f"confidence {c:.2f}: accuracy {a:.2f} ({n} items)" for c, a, n in bins)
    return Plot(_svg(draw, 3.7, 3.7), f"Reliability curve, ECE {ece:.3f}. {points}.")


def scatter(people: Sequence[float], predicted: Sequence[float], low: float, high: float) -> Plot:
    """Predicted against people's ratings with the line of equality; coincident points become one larger one."""
    counted = Counter(zip(np.round(people, 2).tolist(), np.round(predicted, 2).tolist(), strict=True))
    room = (high - low) * 0.06

    def draw(axes: Axes) -> None:
        axes.plot([low, high], [low, high], color="#999999", linewidth=1, linestyle="--", zorder=1)
        x, y = [point[0] for point in counted], [point[1] for point in counted]
        sizes = [10 + 12 * (items - 1) for items in counted.values()]
        axes.scatter(x, y, s=np.minimum(sizes, 400), color=COLOURS[0], alpha=0.45, linewidths=0, zorder=2)
        axes.set(xlim=(low - room, high + room), ylim=(low - room, high + room), aspect="equal")
        axes.set(xlabel="people", ylabel="predicted")
        axes.set_yticks([tick for tick in axes.get_xticks() if low <= tick <= high])
        axes.set_xticks(axes.get_yticks())
        axes.grid()

    alt = f"Predicted against people's ratings, {len(people)} pairs on a scale from {low:g} to {high:g}."
    return Plot(_svg(draw, 3.7, 3.7), alt)


def opposed(points: Sequence[Point], x: str, y: str, regions: Sequence[Region] = (), told: int = 6) -> Plot:
    """Points on two equal scales around 0, with the line of equality, the axes, and names at those farthest from it.

    Args:
        points: at least one.
        x, y: what the scales are.
        regions: words in the ground.
        told: how many points get their name.
    """
    series = list(dict.fromkeys(point.series for point in points))
    keys, drawn_series = _Keys(clip=40), _Keys("S")
    titles = drawn_series.drawn(series)
    reach = max(0.01, *(abs(value) for point in points for value in (point.x, point.y))) * 1.15
    far = sorted(points, key=lambda point: (-abs(point.y - point.x), point.series, point.name))[:told]
    named = list(zip(far, keys.drawn([f"{point.series} → {point.name}" for point in far]), strict=True))

    def draw(axes: Axes) -> None:
        axes.axhline(0, color="#555555", linewidth=1, zorder=1)
        axes.axvline(0, color="#cccccc", linewidth=0.8, zorder=1)
        axes.plot([-reach, reach], [-reach, reach], color="#999999", linewidth=1, linestyle="--", zorder=1)
        for place, name in enumerate(series):
            _marks(axes, [point for point in points if point.series == name], place, titles[place])
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel=x, ylabel=y, aspect="equal")
        axes.set_yticks([tick for tick in axes.get_xticks() if -reach <= tick <= reach])
        axes.set_xticks(axes.get_yticks())
        axes.grid()
        for region in regions:
            told = (region.x * reach, region.y * reach, region.words)
            axes.text(*told, ha=region.align, va="center", fontsize=8, style="italic", color="#8a8a8a", zorder=2)
        _beside(axes, named, reach)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False, fontsize=8, ncols=3, handletextpad=0.2)

    listed = "; ".join(f"{point.series} → {point.name}: {point.x:+.2f} and {point.y:+.2f}" for point in far)
    alt = f"{y}, against {x}; {len(points)} points. Farthest from equal: {listed}."
    return Plot(_svg(draw, 5.6, 6.1), alt, keys.pairs + drawn_series.pairs)


def _marks(axes: Axes, points: Sequence[Point], place: int, title: str) -> None:
    colour, mark = COLOURS[place % len(COLOURS)], MARKS[place % len(MARKS)]
    axes.scatter([], [], marker=mark, color=colour, s=34, label=title)
    for sure in (False, True):
        chosen = [point for point in points if point.sure is sure]
        face = colour if sure else "white"
        xs, ys = [point.x for point in chosen], [point.y for point in chosen]
        axes.scatter(
            xs, ys, marker=mark, s=34, facecolor=face, edgecolor=colour, linewidths=1.2, zorder=4 if sure else 3
        )


def _beside(axes: Axes, named: Sequence[tuple[Point, str]], reach: float) -> None:
    """Names beside their points, outwards where there is room, pushed apart where they would lie on each other."""
    outwards = {point: math.copysign(1, point.x) for point, _ in named}
    sides = {point: side if abs(point.x) < 0.3 * reach else -side for point, side in outwards.items()}
    for side in (-1.0, 1.0):
        level = math.inf
        for point, name in sorted((one for one in named if sides[one[0]] == side), key=lambda one: -one[0].y):
            level = min(point.y, level - reach * 0.08)
            text = axes.annotate(
                name, (point.x, point.y), (point.x + side * reach * 0.06, level), fontsize=7.5, zorder=2.5,
                ha="left" if side > 0 else "right", va="center",
                arrowprops={"arrowstyle": "-", "color": "#999999", "linewidth": 0.6, "shrinkB": 4},
            )  # fmt: skip
            text.set_bbox({"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.8})


def forest(
    lines: Sequence[Interval], quantity: str, reference: float | None = None, shades: Sequence[str] = ()
) -> Plot:
    """Values with their intervals, one line each, and a vertical line at `reference`.

    Args:
        lines: top to bottom; neighbours of one name share one label. A line without an interval is a point.
        quantity: what the values are.
        reference: the value of no difference.
        shades: what the colours stand for; more than one gives a legend.
    """
    keys, series = _Keys(), _Keys("S")
    labels, titles = keys.drawn([line.name for line in lines]), series.drawn(shades if len(shades) > 1 else [])
    same = [list(places) for _, places in groupby(range(len(lines)), lambda place: lines[place].name)]

    def draw(axes: Axes) -> None:
        if reference is not None:
            axes.axvline(reference, color="#999999", linewidth=1, linestyle="--", zorder=1)
        for shade, title in enumerate(titles):
            axes.plot([], [], "o-", color=COLOURS[shade % len(COLOURS)], linewidth=2, markersize=5, label=title)
        for place, line in enumerate(lines):
            colour = COLOURS[line.shade % len(COLOURS)]
            axes.plot([line.low, line.high], [place, place], color=colour, linewidth=2, solid_capstyle="butt")
            axes.plot([line.value], [place], "o", color=colour, markersize=5)
        axes.set_yticks([sum(places) / len(places) for places in same], [labels[places[0]] for places in same])
        for places in same[1:] if len(same) < len(lines) else []:
            axes.axhline(places[0] - 0.5, color="#d0d0d0", linewidth=0.8)
        axes.set_ylim(len(lines) - 0.5, -0.5)
        axes.set_xlabel(quantity)
        axes.locator_params(axis="x", nbins=6)
        axes.grid(axis="x")
        if titles:
            axes.legend(loc="lower left", bbox_to_anchor=(0, 1), frameon=False, fontsize=8)

    named = [f"{line.name} ({shades[line.shade]})" if titles else line.name for line in lines]
    told = "; ".join(f"{name}: {_in_words(line)}" for name, line in zip(named, lines, strict=True))
    drawing = _svg(draw, 4.9, 0.8 + 0.24 * len(lines) + 0.19 * len(titles))
    return Plot(drawing, f"{quantity} with 95 % intervals. {told}.", keys.pairs + series.pairs)


def _in_words(line: Interval) -> str:
    if math.isnan(line.low) or math.isnan(line.high):
        return f"{line.value:.3f}, no interval"
    return f"{line.value:.3f} [{line.low:.3f}, {line.high:.3f}]"
