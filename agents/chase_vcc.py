"""`affectgraph chase vcc`: how much each modality is looked at, and how much it contributes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from affectgraph.agents.chase_profiles import cell
from affectgraph.agents.chasing import Session, Wanted, opened, told_missing
from affectgraph.backends.errors import InputError
from affectgraph.backends.steering import MODALITIES
from affectgraph.tools.chase.gate import Gate, Preset
from affectgraph.tools.chase.vcc import SHARES, Measured, measure

if TYPE_CHECKING:
    from affectgraph.evals.chase.asking import Clip
    from affectgraph.evals.chase.contributing import Group, Summary

__all__ = ["measure_vcc"]


def measure_vcc(
    wanted: Wanted,
    *,
    thin: bool = True,
    start: float = 12 / 28,
    stop: float = 1.0,
    png: Path | None = None,
    as_json: bool = False,
) -> None:
    """Measure every clip and show the table. Clips of a test split are measured too: nothing is chosen.

    Args:
        wanted: the model and the clips.
        thin: measure the thinning curve.
        start, stop: the layers that budgets are averaged over, as shares of the depth.
        png: paint it.
        as_json: print JSON and nothing else.

    Raises:
        AffectgraphError: see `chasing.opened`; what was answered is kept.
    """
    if start >= stop:
        raise InputError(f"--start {start:g} is not before --stop {stop:g}: no layer would be counted")
    with opened(wanted, testing=True) as session:
        from affectgraph.evals.chase.contributing import summarise

        measured = session.each("measuring", lambda clip: _measured(session, clip, thin), session.clips)
        depth = len(next(iter(measured[0].budgets.values())))
        summary = summarise(
            measured,
            identity=session.backend.identity,
            dataset=session.dataset.name,
            layers=Preset(gate=Gate(eta=0.0, tau=0.0), k=1, start=start, stop=stop).layers(depth),
            seed=wanted.seed,
        )
        note = told_missing(session.clips)
    if png is not None:
        from affectgraph.agents.chase_plot import paint_vcc

        paint_vcc(summary, png)
    _show(summary, measured, note, as_json)


def _measured(session: Session, clip: Clip, thin: bool) -> Measured:
    return measure(
        lambda view: session.asker.read(clip, view),
        lambda view: session.asker.choose(clip, view),
        id=clip.item.id,
        source=clip.source,
        reference=clip.item.target,
        relation=session.asker.relation(clip),
        shares=SHARES if thin else (),
    )


def _show(summary: Summary, measured: list[Measured], note: str, as_json: bool) -> None:
    console = Console()
    if as_json:
        found = {**summary.model_dump(mode="json"), "clips": [clip.model_dump(mode="json") for clip in measured]}
        console.print_json(json.dumps(found))
        return
    console.print(Text(f"{summary.dataset}{note} · {summary.identity}", style="bold"), soft_wrap=True)
    told = f"Layers {summary.first} to {summary.last}; means over clips, 95 % intervals over sources"
    console.print(Text(told, style="dim"), soft_wrap=True)
    for group in summary.groups:
        console.print(Text(f"\n{group.name}: {group.n} clips, accuracy {cell(group.accuracy)}", style="bold"))
        console.print(_modalities(group))
        if group.thinning:
            console.print(_thinning(group))
    console.print(
        Text(
            "\nPreference: attention a token against an even spread (1 is none). Attention is not use: a modality can "
            "be looked at and change nothing, so read budgets beside contributions.",
            style="dim",
        ),
        soft_wrap=True,
    )


def _modalities(group: Group) -> Table:
    table = Table("", "budget", "preference", "contribution", box=None, header_style="bold", padding=(0, 3, 0, 0))
    for name in MODALITIES:
        if name in group.budgets:
            lost = group.contributions.get(name)
            row = [cell(group.budgets[name]), cell(group.preferences[name], ".2f"), cell(lost) if lost else ""]
            table.add_row(name, *row)
    return table


def _thinning(group: Group) -> Table:
    names = ("video", "tokens", "its budget", "p(reference)", "accuracy")
    table = Table(*names, box=None, header_style="bold", padding=(0, 3, 0, 0))
    for column in table.columns:
        column.no_wrap = True
    for point in group.thinning:
        figures = (cell(point.budget), cell(point.p), cell(point.accuracy))
        table.add_row(f"{point.share:.0%}", f"{point.tokens:.0f}", *figures)
    return table
