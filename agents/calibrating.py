"""Calibration at the terminal: fit the curves, say in a table what they are worth, and keep them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from affectgraph.agents.run import asker
from affectgraph.backends.errors import InputError, MissingDependency, Stopped
from affectgraph.graphs.settings import load_settings
from affectgraph.tools.calibration import (
    Calibration,
    calibration_path,
    load_calibrations,
    save_calibrations,
)
from affectgraph.tools.link_parts import Figure

if TYPE_CHECKING:
    from affectgraph.evals.calibrating import Fitted
    from affectgraph.evals.opening import Asked

__all__ = ["asked_for", "calibrate_on"]

_COLUMNS = {
    "as answered": "mae_before",
    "calibrated": "mae_after",
    "always the mean": "mae_constant",
    "straight line": "mae_linear",
    "isotonic": "mae_isotonic",
}


def asked_for(
    *,
    data: str,
    mode: str,
    part: str,
    seed: int,
    backend: str | None,
    settings: Sequence[str],
    config: Path | None,
) -> Asked:
    """The run that answers are taken from.

    Raises:
        MissingDependency: the extra `evals` is not installed.
    """
    try:
        import sklearn  # type: ignore[import-untyped]  # noqa: F401

        from affectgraph.evals.opening import Asked
    except ImportError as error:
        raise MissingDependency(f"`calibrate` needs {error.name}: pip install 'affectgraph[evals]'") from error
    file = str(config) if config else None
    return Asked(
        backend=backend, condition=mode, data=data, config=file, settings=tuple(settings), seed=seed, part=part
    )


def calibrate_on(
    asked: Asked, *, limit: int | None = None, keep: bool = True, yes: bool = False, as_json: bool = False
) -> None:
    """Fit, print and keep a calibration.

    Args:
        asked: see `asked_for`.
        limit: at most so many pictures.
        keep: write it into the data folder of the settings.
        yes: a remote backend may be paid without asking.
        as_json: print the calibration as JSON and nothing else.

    Raises:
        AffectgraphError: the set, the settings or a backend; what was answered is kept.
        CalibrationError: the file of calibrations is damaged or cannot be written.
    """
    from affectgraph.evals.calibrating import calibrate

    file = Path(asked.config) if asked.config else None
    settings = load_settings(file, overrides=asked.settings, backend=asked.backend).settings
    path = calibration_path(settings.data_dir)
    # A damaged file is told before hours of asking.
    load_calibrations(path)
    _agree(asked, limit, yes)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        pictures = progress.add_task("asking", total=None)
        try:
            fitted = calibrate(
                asked,
                limit=limit,
                ask=asker(),
                tell=lambda done, of: progress.update(pictures, completed=done, total=of),
            )
        except KeyboardInterrupt:
            raise Stopped("stopped; the answers so far are kept, and the same command goes on") from None
    if keep:
        save_calibrations(load_calibrations(path).with_entry(fitted.calibration), path)
    _show(fitted, path if keep else None, as_json)


def _agree(asked: Asked, limit: int | None, yes: bool) -> None:
    """Go on with a remote backend only with a person's agreement or `--yes`.

    Raises:
        InputError: nobody can be asked.
    """
    from affectgraph.evals.calibrating import BENCHMARK
    from affectgraph.evals.estimating import estimate
    from affectgraph.evals.opening import open_run

    file = Path(asked.config) if asked.config else None
    kinds = load_settings(file, overrides=asked.settings, backend=asked.backend).settings.backends.values()
    if yes or all(config.kind != "remote" for config in kinds):
        return
    run = open_run(BENCHMARK, asked, ask=asker())
    try:
        found = estimate(run, limit)
    finally:
        run.close()
    if found is None or not found.items:
        return
    ask = asker()
    if ask is None:
        raise InputError("a remote backend would be asked, and nobody can agree here; agree with --yes")
    told = f"{found.items} pictures to ask of {', '.join(found.backends)}, about {found.tokens_in:,} prompt tokens"
    if not ask(f"{told} without the pictures' own, {found.tokens_out:,} generated ones. Go on?"):
        raise typer.Abort


def _show(fitted: Fitted, path: Path | None, as_json: bool) -> None:
    console, calibration = Console(), fitted.calibration
    if as_json:
        ceilings = {name: vars(ceiling) for name, ceiling in fitted.ceilings.items()}
        console.print_json(json.dumps({**calibration.model_dump(mode="json"), "ceilings": ceilings}))
        return
    source = calibration.fitted_on
    unread = f", {source.unreadable} more unreadable" * bool(source.unreadable)
    about = f"{source.name} ({source.split}) · {source.n} pictures{unread} · mode {calibration.mode}"
    console.print(Text(f"{about} · {calibration.identity}", style="bold"), soft_wrap=True)
    scale = f"of {source.low:g} to {source.high:g}"
    console.print(Text(f"Mean absolute error ({scale}), out of fold, 95 % intervals over pictures", style="dim"))
    table = Table("", *calibration.curves, box=None, header_style="bold", padding=(0, 3, 0, 0))
    for words, name in _COLUMNS.items():
        table.add_row(words, *(_cell(calibration.figures[f"{variable}/{name}"]) for variable in calibration.curves))
    if fitted.ceilings:
        table.add_row("a perfect predictor (noise of people's means)", *_noise(fitted))
    console.print(table)
    for line in _verdicts(calibration):
        console.print(Text(line), soft_wrap=True)
    kept = f"Kept in {path}, for this model, mode and label space." if path else "Nothing was kept (--dry-run)."
    console.print(Text(kept), soft_wrap=True)


def _cell(figure: Figure) -> str:
    ends = f" {figure.low:.2f}..{figure.high:.2f}" if figure.low is not None and figure.high is not None else ""
    return f"{figure.value:.2f}[dim]{ends}[/dim]"


def _noise(fitted: Fitted) -> list[str]:
    found = [fitted.ceilings.get(variable) for variable in fitted.calibration.curves]
    return [f"{one.mae:.2f} (r {one.pearson:.2f})" if one else "unknown" for one in found]


def _verdicts(calibration: Calibration) -> list[str]:
    """One line a variable: which curve, whether it helps, and whether it knows more than the mean."""
    lines = []
    for variable, curve in calibration.curves.items():
        gain, over = (calibration.figures[f"{variable}/{name}"] for name in ("gain", "gain_over_constant"))
        helps = "lowers the error" if _above(gain) else "is not shown to lower the error"
        knows = (
            "" if _above(over) else "; it is not shown to beat always saying the mean, so it says nothing of pictures"
        )
        lines.append(f"{variable}: {curve.kind} curve, {helps} by {gain.value:.2f}{knows}")
    return lines


def _above(figure: Figure) -> bool:
    return figure.low is not None and figure.low > 0
