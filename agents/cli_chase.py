"""The commands `affectgraph chase ...`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from affectgraph.agents.cli_options import ConfigOption, JsonOption, SetOption

__all__ = ["chase_app"]

chase_app = typer.Typer(
    help="Attention heads of a multimodal model: which to steer, when to steer them, and what each modality is worth.",
    no_args_is_help=True,
)

BackendArgument = Annotated[
    str, typer.Argument(help="A backend of the settings: kind transformers, with `steering = true`.")
]
DataArgument = Annotated[
    Path, typer.Argument(help="Labelled clips: a CSV table, its folder, or what `data build emomm` writes.")
]
MediaOption = Annotated[Path | None, typer.Option("--media", help="Where the clips of an EmoMM file lie.")]
LimitOption = Annotated[int | None, typer.Option("--limit", "-n", min=1, help="At most so many clips, at random.")]
SeedOption = Annotated[int, typer.Option(min=0, help="Of the choice of clips, splits and resamples.")]
FramesOption = Annotated[int, typer.Option(min=1, help="Frames of each video, evenly spaced.")]
PngOption = Annotated[Path | None, typer.Option("--png", help="Paint a figure to this file.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", help="File to keep it in (default: in the data folder of the settings).")
]
StartOption = Annotated[
    float, typer.Option(min=0.0, max=1.0, help="First steered layer, as a share of the depth (published: 12/28).")
]
StopOption = Annotated[float, typer.Option(min=0.0, max=1.0, help="Where the steered layers end.")]


@chase_app.command(
    epilog="Example: `affectgraph chase profile omni clips/ --method causal --target video --png heads.png`"
)
def profile(
    backend: BackendArgument,
    data: DataArgument,
    method: Annotated[
        str,
        typer.Option(
            "--method", "-m", help="`dominance` (no labels), `supervised` (tells conflict), or `causal` (gain)."
        ),
    ] = "dominance",
    target: Annotated[
        str, typer.Option(help="Where heads are moved: `uniform`, `text`, `audio` or `video`.")
    ] = "uniform",
    strength: Annotated[float, typer.Option(min=0.0, max=1.0, help="How far: lam of each trial.")] = 0.6,
    only: Annotated[
        str, typer.Option(help="Choose on `all` clips, on those in `conflict`, or in agreement: `align`.")
    ] = "all",
    k: Annotated[int, typer.Option("--heads", "-k", min=1, help="Heads a layer in the table and the check.")] = 4,
    start: StartOption = 12 / 28,
    stop: StopOption = 1.0,
    check: Annotated[
        bool, typer.Option("--check/--no-check", help="Steer clips of other sources: chosen, random and all heads.")
    ] = True,
    media: MediaOption = None,
    limit: LimitOption = None,
    frames: FramesOption = 8,
    seed: SeedOption = 0,
    out: OutOption = None,
    png: PngOption = None,
    json: JsonOption = False,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Score the heads of a model on labelled clips, check the best against random ones, and keep the profile."""
    from affectgraph.agents.chase_profiles import Chosen, make_profile
    from affectgraph.agents.chasing import Wanted

    wanted = Wanted(backend, data, media, limit, seed, frames, tuple(set_ or ()), config)
    chosen = Chosen(
        method=method, target=target, strength=strength, only=only, k=k, start=start, stop=stop, check=check
    )
    make_profile(wanted, chosen, out=out, png=png, as_json=json)


@chase_app.command("train-router", epilog="Example: `affectgraph chase train-router omni clips/ --target under-use`")
def train_router(
    backend: BackendArgument,
    data: DataArgument,
    target: Annotated[
        str,
        typer.Option(
            help="`conflict` (the modalities disagree), `under-use` (the model ignores one that is right), or `both`."
        ),
    ] = "both",
    media: MediaOption = None,
    limit: LimitOption = None,
    frames: FramesOption = 8,
    seed: SeedOption = 0,
    out: OutOption = None,
    png: PngOption = None,
    json: JsonOption = False,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Train when to steer: a probe for each layer, AUROC with intervals on sources of their own, and keep it."""
    from affectgraph.agents.chase_routers import train
    from affectgraph.agents.chasing import Wanted

    wanted = Wanted(backend, data, media, limit, seed, frames, tuple(set_ or ()), config)
    train(wanted, target, out=out, png=png, as_json=json)


@chase_app.command(epilog="Example: `affectgraph chase vcc omni clips/ --limit 50 --png vcc.png`")
def vcc(
    backend: BackendArgument,
    data: DataArgument,
    thin: Annotated[
        bool, typer.Option("--thin/--no-thin", help="Show less and less of the video: 100, 50, 25, 10, 5 %.")
    ] = True,
    start: StartOption = 12 / 28,
    stop: StopOption = 1.0,
    media: MediaOption = None,
    limit: LimitOption = None,
    frames: FramesOption = 20,
    seed: SeedOption = 0,
    png: PngOption = None,
    json: JsonOption = False,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Video contribution collapse: budgets, density, what an answer loses without each modality, and thinner video."""
    from affectgraph.agents.chase_vcc import measure_vcc
    from affectgraph.agents.chasing import Wanted

    wanted = Wanted(backend, data, media, limit, seed, frames, tuple(set_ or ()), config)
    measure_vcc(wanted, thin=thin, start=start, stop=stop, png=png, as_json=json)
