"""The command `affectgraph calibrate`."""

from __future__ import annotations

from typing import Annotated

import typer

from affectgraph.agents.cli_options import BackendOption, ConfigOption, JsonOption, SetOption

__all__ = ["calibrate_app"]

calibrate_app = typer.Typer()


@calibrate_app.command(
    epilog="Example: `affectgraph calibrate --data pictures --backend embedded`, then "
    "`affectgraph eval image_ratings --data pictures --part held`"
)
def calibrate(
    data: Annotated[
        str, typer.Option("--data", "-d", help="Folder of pictures with `ratings.csv` (image, valence, arousal).")
    ],
    mode: Annotated[str, typer.Option("--mode", "-m", help="The mode of `gat` that is calibrated.")] = "gat",
    part: Annotated[
        str, typer.Option(help="What is fitted on: `tune` (one picture in five), `held` (the others), or `all`.")
    ] = "tune",
    limit: Annotated[int | None, typer.Option("--limit", "-n", min=20, help="At most so many pictures.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Order of the pictures, folds and resamples.")] = 0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what it is worth, and keep nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before a remote backend is paid.")] = False,
    backend: BackendOption = None,
    json: JsonOption = False,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Fit valence and arousal of `gat` to people's ratings, show the error before and after, and keep the curves."""
    from affectgraph.agents.calibrating import asked_for, calibrate_on

    asked = asked_for(data=data, mode=mode, part=part, seed=seed, backend=backend, settings=set_ or (), config=config)
    calibrate_on(asked, limit=limit, keep=not dry_run, yes=yes, as_json=json)
