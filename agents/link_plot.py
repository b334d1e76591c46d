"""The link from appraisal to emotion as a heat map."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from affectgraph.backends.errors import InputError, MissingDependency

__all__ = ["paint"]


def paint(slopes: Mapping[str, Mapping[str, float]], path: Path) -> None:
    """Paint emotions (rows) by appraisals (columns) as a PNG of about 1900 x 1000 pixels.

    The colours go from blue (against) over white to red-brown (for), which people with any colour blindness tell apart;
    the number stands in every cell.

    Args:
        slopes: emotion -> appraisal -> log-odds for one standard deviation more, against the mean emotion.

    Raises:
        MissingDependency: matplotlib is not installed.
        InputError: the file cannot be written.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingDependency("`--plot` needs matplotlib: pip install 'affectgraph[evals]'") from error
    rows = [list(each.values()) for each in slopes.values()]
    names = [name.replace("_", " ") for name in next(iter(slopes.values()))]
    most = max(max(map(abs, row)) for row in rows) or 1.0
    with rc_context({"font.family": ["DejaVu Sans"], "font.size": 9.0}):
        figure = Figure(figsize=(13, 6.8), layout="constrained", dpi=150)
        axes = figure.add_subplot()
        image = axes.imshow(rows, cmap="RdBu_r", vmin=-most, vmax=most, aspect="auto")
        axes.set_xticks(range(len(names)), names, rotation=40, ha="right", rotation_mode="anchor")
        axes.set_yticks(range(len(rows)), list(slopes))
        axes.tick_params(length=0)
        for y, row in enumerate(rows):
            for x, value in enumerate(row):
                colour = "white" if abs(value) > 0.6 * most else "#222222"
                axes.text(
                    x,
                    y,
                    "0" if abs(value) < 0.05 else f"{value:+.1f}",
                    ha="center",
                    va="center",
                    fontsize=7.5,
                    color=colour,
                )
        axes.set_title("People's own appraisals: what one standard deviation more says of the emotion", loc="left")
        figure.colorbar(image, ax=axes, label="log-odds against the mean emotion", pad=0.01)
        try:
            figure.savefig(path, format="png")
        except OSError as error:
            raise InputError(f"cannot write the plot {path}: {error.strerror}; choose another place") from None
