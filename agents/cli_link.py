"""The commands `affectgraph link ...`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from affectgraph.agents.cli_options import BackendOption, ConfigOption, JsonOption, SetOption

__all__ = ["link_app"]

link_app = typer.Typer(
    help="The learned link from appraisal to emotion: fit it on people's own appraisals, and look into it.",
    no_args_is_help=True,
)

FileOption = Annotated[
    Path | None, typer.Option("--out", "-o", help="File of the link (default: appraisal_link.json in data_dir).")
]


@link_app.command("fit", epilog="Example: `affectgraph link fit --data data/crowd_envent`")
def link_fit(
    data: Annotated[
        Path | None, typer.Option("--data", "-d", help="Folder of crowd-enVENT (default: in AFFECTGRAPH_DATA).")
    ] = None,
    out: FileOption = None,
    part: Annotated[
        str, typer.Option(help="`all` of train; `held` leaves out the fifth of the writers to choose pool weights on.")
    ] = "all",
    all_writers: Annotated[
        bool, typer.Option("--all-writers", help="Keep writers and texts that are in `val` too: no test on it then.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Of the folds and the resamples.")] = 0,
    config: ConfigOption = None,
) -> None:
    """Fit the link on crowd-enVENT train, measure it out of fold, and keep it on this machine."""
    from affectgraph.agents.links import fit
    from affectgraph.graphs.settings import load_settings

    fit(load_settings(config).settings, data, out, part=part, all_writers=all_writers, seed=seed)


@link_app.command("weigh", epilog="Example: `affectgraph link weigh --backend embedded --limit 200`")
def link_weigh(
    data: Annotated[
        Path | None, typer.Option("--data", "-d", help="Folder of crowd-enVENT (default: in AFFECTGRAPH_DATA).")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="File of the link (default: appraisal_link.json in data_dir).")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", "-n", min=20, help="At most so many events.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the choice of events.")] = 0,
    backend: BackendOption = None,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Choose how much model, link and memory count for a model, on a part cut from train; stopped, it goes on."""
    from affectgraph.agents.links import weigh
    from affectgraph.graphs.settings import load_settings

    settings = load_settings(config, overrides=set_ or (), backend=backend).settings
    weigh(settings, data, file, limit=limit, seed=seed)


@link_app.command("show", epilog="Examples: `affectgraph link show --emotion guilt` · `... --trait neuroticism`")
def link_show(
    emotion: Annotated[str | None, typer.Option("--emotion", "-e", help="What speaks for this emotion.")] = None,
    trait: Annotated[str | None, typer.Option("--trait", "-t", help="What this trait adds to an appraisal.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="File of the link (default: appraisal_link.json in data_dir).")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Paint emotions by appraisals as a heat map, a PNG.")] = None,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Show what the link was fitted on, how good it is, and which appraisals speak for which emotion."""
    from affectgraph.agents.links import show
    from affectgraph.graphs.settings import load_settings

    show(load_settings(config).settings, file, emotion=emotion, trait=trait, plot=plot, as_json=json)
