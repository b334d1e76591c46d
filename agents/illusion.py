"""The five figures of the personality illusion in a terminal, and their plot as a file beside the log."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from affectgraph.backends.errors import InputError

if TYPE_CHECKING:
    from affectgraph.evals.evaluating import Result
    from affectgraph.evals.figures import Figure
    from affectgraph.evals.illusion import Illusion

__all__ = ["show_illusion"]


def show_illusion(results: Sequence[Result], console: Console) -> None:
    """Below the ordinary table: five lines a run under a true profile, and where the plot is. Else nothing.

    Raises:
        InputError: the plot cannot be written.
    """
    from affectgraph.evals.illusion import illusions

    with console.status("resampling events and people ..."):
        found = illusions({result.condition: result.rows for result in results})
    logs = {result.condition: result.log for result in results}
    for condition, one in found.items():
        told = f"Personality illusion, condition {condition}: {one.events} events x {one.people} people"
        console.print(f"\n[bold]{told}[/bold]", highlight=False)
        console.print(_table(one))
        for figure in one.figures:
            if figure.note:
                console.print(f"{figure.name.replace('_', ' ')}: {figure.note}", style="dim", highlight=False)
        _draw(one, logs[condition].with_suffix(".svg"), console)


def _table(found: Illusion) -> Table:
    from affectgraph.evals.report.illusions import lines_of

    table = Table("", "value", "among people", "to be read as", box=None, header_style="bold", padding=(0, 1, 0, 0))
    for column in table.columns[:3]:
        column.no_wrap = True
    for line in lines_of(found):
        table.add_row(line.title, _cell(line.figure), _cell(line.people), line.glance)
    return table


def _cell(figure: Figure | None) -> str:
    if figure is None:
        return ""
    if math.isnan(figure.value):
        return "undefined"
    value, low, high = (
        f"{one:.2f}" if abs(one) < 10 else f"{one:.0f}" for one in (figure.value, figure.low, figure.high)
    )
    return value if math.isnan(figure.low) else f"{value} [dim]{low}..{high}[/dim]"


def _draw(found: Illusion, file: Path, console: Console) -> None:
    from affectgraph.evals.report.illusions import picture_of

    picture = picture_of(found)
    if picture is None:
        return
    try:
        file.write_text(picture.plot.svg, encoding="utf-8")
    except OSError as error:
        raise InputError(f"the plot cannot be written to {file}: {error.strerror or error}") from error
    place = Path(os.path.relpath(file))
    console.print(f"the plot, model against people: {place} (a browser opens it)", style="dim", soft_wrap=True)
