"""Figures of the commands `affectgraph chase ...`, as PNG: scores of heads, AUROC by layer, budgets and thinning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from affectgraph.backends.errors import InputError, MissingDependency
from affectgraph.backends.steering import MODALITIES, Modality
from affectgraph.tools.chase.gate import Preset
from affectgraph.tools.chase.profiles import HeadProfile
from affectgraph.tools.chase.router import Router

if TYPE_CHECKING:
    from affectgraph.evals.chase.contributing import Group, Summary

__all__ = ["paint_heads", "paint_layers", "paint_vcc"]

# Okabe and Ito (2008): told apart by every eye; each has its own mark too.
_COLOURS: dict[Modality, str] = {"text": "#0072B2", "audio": "#E69F00", "video": "#009E73"}
_MARKS: dict[Modality, str] = {"text": "o", "audio": "s", "video": "^"}


@contextmanager
def _figure(path: Path, width: float, height: float) -> Iterator[Any]:
    """A figure that is written to `path` at the end.

    Raises:
        MissingDependency: matplotlib is not installed.
        InputError: the file cannot be written.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingDependency("`--png` needs matplotlib: pip install 'affectgraph[evals]'") from error
    style = {"font.family": ["DejaVu Sans"], "font.size": 9.0, "axes.spines.top": False, "axes.spines.right": False}
    with rc_context(style):  # type: ignore[arg-type]
        figure = Figure(figsize=(width, height), layout="constrained", dpi=150)
        yield figure
        try:
            figure.savefig(path, format="png")
        except OSError as error:
            raise InputError(f"cannot write the plot {path}: {error.strerror}; choose another place") from None


def _whole(*axes: Any) -> None:
    """Ticks at whole numbers alone."""
    from matplotlib.ticker import MaxNLocator

    for axis in axes:
        axis.set_major_locator(MaxNLocator(integer=True))


def paint_heads(profile: HeadProfile, preset: Preset, unit: str, path: Path) -> None:
    """Scores as a map of layers by heads, the best of each steered layer marked; grey was not scored.

    Raises:
        MissingDependency, InputError: see `_figure`.
    """
    scores = profile.array()
    known = scores[~np.isnan(scores)]
    signed = bool((known < 0).any())
    most = float(np.abs(known).max()) or 1.0
    with _figure(path, 2.5 + 0.22 * max(12, profile.heads), 1.6 + 0.22 * max(8, profile.layers)) as figure:
        axes = figure.add_subplot()
        axes.set_facecolor("#d9d9d9")
        image = axes.imshow(
            np.ma.masked_invalid(scores),
            cmap="RdBu" if signed else "viridis",
            vmin=-most if signed else 0.0,
            vmax=most,
            aspect="auto",
        )
        best = profile.top(preset.k, preset.layers(profile.layers))
        if best:
            layers, heads = zip(*best, strict=True)
            axes.scatter(heads, layers, s=26, marker="o", facecolors="none", edgecolors="#D55E00", linewidths=1.3)
        _whole(axes.xaxis, axes.yaxis)
        axes.set_xlabel("head")
        axes.set_ylabel("layer")
        axes.set_title(f"{profile.method}: {unit}\ncircles: the best {preset.k} of each steered layer", loc="left")
        figure.colorbar(image, ax=axes, pad=0.01)


def paint_layers(routers: Sequence[Router], path: Path) -> None:
    """AUROC of every layer's probe with its interval, one colour a target; filled marks are the layers used.

    Raises:
        MissingDependency, InputError: see `_figure`.
    """
    with _figure(path, 7.5, 4.0) as figure:
        axes = figure.add_subplot()
        for router, colour, mark in zip(routers, ("#0072B2", "#D55E00"), ("o", "s"), strict=False):
            figures = [one.auroc for one in router.figures]
            x, y = np.arange(len(figures)), np.array([one.value for one in figures])
            ends = np.array([(one.low, one.high) if one.low is not None else (one.value, one.value) for one in figures])
            axes.fill_between(x, ends[:, 0].astype(float), ends[:, 1].astype(float), color=colour, alpha=0.15, lw=0)
            axes.plot(x, y, color=colour, marker=mark, markerfacecolor="white", label=router.target)
            used = [probe.layer for probe in router.probes]
            axes.plot(used, y[used], color=colour, marker=mark, linestyle="none")
        axes.axhline(0.5, color="#777777", linestyle=":", linewidth=1.0)
        axes.set_ylim(0.0, 1.02)
        _whole(axes.xaxis)
        axes.set_xlabel("layer")
        axes.set_ylabel("AUROC on dev sources")
        axes.set_title("When to steer: probes by layer (filled: used; band: 95 %)", loc="left")
        axes.legend(frameon=False, loc="lower right")


def paint_vcc(summary: Summary, path: Path) -> None:
    """Four panels for all clips: budget by layer, budget and preference, contribution, and the thinning curve.

    Raises:
        MissingDependency, InputError: see `_figure`.
    """
    group = summary.groups[0]
    names = [name for name in MODALITIES if name in group.budgets]
    with _figure(path, 11.0, 7.0) as figure:
        axes = figure.subplots(2, 2)
        _layers(axes[0, 0], group, names, summary)
        _bars(axes[0, 1], group, names, "preferences", "Attention a token, against an even spread")
        axes[0, 1].axhline(1.0, color="#777777", linestyle=":", linewidth=1.0)
        _bars(axes[1, 0], group, names, "contributions", "What p(reference) loses without it")
        _thinning(axes[1, 1], group)
        told = f"{summary.dataset}: {group.n} clips, accuracy {group.accuracy.value:.2f} · {summary.identity}"
        figure.suptitle(told, x=0.01, ha="left")


def _layers(axes: Any, group: Group, names: Sequence[Modality], summary: Summary) -> None:
    axes.axvspan(summary.first - 0.5, summary.last + 0.5, color="#eeeeee", zorder=0)
    for name in names:
        axes.plot(group.layers[name], color=_COLOURS[name], marker=_MARKS[name], markersize=4, label=name)
    axes.set_ylim(0.0, 1.0)
    _whole(axes.xaxis)
    axes.set_xlabel("layer (grey: counted in the table)")
    axes.set_title("Budget: share of attention to all modalities", loc="left")
    axes.legend(frameon=False)


def _bars(axes: Any, group: Group, names: Sequence[Modality], what: str, title: str) -> None:
    figures = getattr(group, what)
    for place, name in enumerate(each for each in names if each in figures):
        figure = figures[name]
        axes.bar(place, figure.value, color=_COLOURS[name], width=0.6)
        if figure.low is not None and figure.high is not None:
            axes.plot([place, place], [figure.low, figure.high], color="#222222", linewidth=1.5)
    shown = [name for name in names if name in figures]
    axes.set_xticks(range(len(shown)), shown)
    axes.set_title(title, loc="left")


def _thinning(axes: Any, group: Group) -> None:
    axes.set_title("Less and less video", loc="left")
    if not group.thinning:
        axes.text(0.5, 0.5, "not measured", ha="center", va="center", transform=axes.transAxes, color="#777777")
        axes.set_axis_off()
        return
    x = [100.0 * point.share for point in group.thinning]
    lines = (("accuracy", "#000000", "o"), ("p", "#CC79A7", "s"), ("budget", _COLOURS["video"], "^"))
    for name, colour, mark in lines:
        figures = [getattr(point, name) for point in group.thinning]
        label = {"p": "p(reference)", "budget": "budget of video"}.get(name, name)
        axes.plot(x, [figure.value for figure in figures], color=colour, marker=mark, label=label)
    axes.set_xscale("log")
    axes.set_xticks(x, [f"{each:g} %" for each in x])
    axes.minorticks_off()
    axes.set_ylim(-0.03, 1.03)
    axes.set_xlabel("frames shown")
    axes.legend(frameon=False)
