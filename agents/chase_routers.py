"""`affectgraph chase train-router`: when a model is to be steered, and how well that can be told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from rich.console import Console
from rich.table import Table
from rich.text import Text

from affectgraph.agents.chase_profiles import cell
from affectgraph.agents.chasing import Session, Wanted, opened
from affectgraph.backends.errors import InputError, MissingDependency
from affectgraph.tools.chase.router import Router, RouterTarget, load_routers, routers_path, save_routers
from affectgraph.tools.link_parts import Figure

if TYPE_CHECKING:
    from affectgraph.evals.chase.routing import Labelled

__all__ = ["train"]


@dataclass(frozen=True)
class _Trained:
    """What was trained.

    Attributes:
        crossed: (router's target, predicted target) -> AUROC on held-out sources.
        together: how the two targets go together, see `targets.agreement`; empty for one target.
        dropped: clips left out, since the set does not say what their modalities say alone.
        refused: target -> why there is no router for it, where there is one for the other.
    """

    routers: list[Router]
    crossed: dict[tuple[RouterTarget, RouterTarget], Figure] = field(default_factory=dict)
    together: dict[str, float] = field(default_factory=dict)
    dropped: int = 0
    refused: dict[RouterTarget, str] = field(default_factory=dict)


def train(
    wanted: Wanted, target: str, *, out: Path | None = None, png: Path | None = None, as_json: bool = False
) -> None:
    """Train a router for one target or both, keep it, and show how well each layer tells.

    Args:
        wanted: the model and the clips.
        target: `conflict`, `under-use` or `both`.
        out: file to keep it in.
        png: paint AUROC by layer.
        as_json: print JSON and nothing else.

    Raises:
        AffectgraphError: see `chasing.opened`; what was read is kept.
        ChaseFileError: the file of routers is damaged or cannot be written.
    """
    known = get_args(RouterTarget)
    if target not in (*known, "both"):
        raise InputError(f"--target {target!r}: expected one of {', '.join(known)}, both")
    targets: list[RouterTarget] = [each for each in known if target in (each, "both")]
    try:
        import sklearn  # type: ignore[import-untyped]  # noqa: F401
    except ImportError as error:
        raise MissingDependency("`chase train-router` needs scikit-learn: pip install 'affectgraph[evals]'") from error
    with opened(wanted) as session:
        path = out or routers_path(session.settings.data_dir)
        load_routers(path)  # a damaged file is told before hours of reading
        trained = _trained(session, targets)
    routers = load_routers(path)
    for router in trained.routers:
        routers = routers.with_entry(router)
    save_routers(routers, path)
    if png is not None:
        from affectgraph.agents.chase_plot import paint_layers

        paint_layers(trained.routers, png)
    _show(trained, path, as_json)


def _trained(session: Session, targets: list[RouterTarget]) -> _Trained:
    from affectgraph.evals.chase.routing import Labelled, fit_router, parts_of
    from affectgraph.evals.chase.targets import agreement, crossed, target_of

    labels: dict[RouterTarget, list[bool | None]] = {}
    for target in targets:
        tell = partial(target_of, session.asker, target=target)
        labels[target] = session.each(f"{target}: asking", tell, session.clips)
    known = [place for place in range(len(session.clips)) if all(each[place] is not None for each in labels.values())]
    if not known:
        raise InputError(
            f"{session.dataset.name} does not say what each modality says alone; add the columns label_T, label_A and "
            "label_V, or build EmoMM anew"
        )
    clips = [session.clips[place] for place in known]
    readings = session.each("reading", session.asker.read, clips)
    sources = [clip.source for clip in clips]
    parts = parts_of(sources, session.wanted.seed)
    each = {target: Labelled(readings, [bool(labels[target][place]) for place in known], sources) for target in targets}
    routers, refused = [], dict[RouterTarget, str]()
    for target, some in each.items():
        try:
            router = fit_router(
                some,
                identity=session.backend.identity,
                target=target,
                trained_on=session.selected_on(clips),
                parts=parts,
                seed=session.wanted.seed,
                tell=session.step(f"{target}: layers"),
            )
        except InputError as error:
            refused[target] = str(error)
        else:
            routers.append(router)
    if not routers:
        raise InputError("; ".join(refused.values()))
    held: dict[RouterTarget, Labelled] = {target: some.at(parts["held"]) for target, some in each.items()}
    return _Trained(
        routers=routers,
        crossed=crossed(routers, held, session.wanted.seed),
        together=agreement({target: some.labels for target, some in each.items()}) if len(each) > 1 else {},
        dropped=len(session.clips) - len(clips),
        refused=refused,
    )


def _show(trained: _Trained, path: Path, as_json: bool) -> None:
    console = Console()
    if as_json:
        leave = {"probes": {"__all__": {"mean", "scale", "coefficients"}}}
        found = {
            "routers": [router.model_dump(mode="json", exclude=leave) for router in trained.routers],
            "crossed": [
                {"router": router, "predicts": target, **figure.model_dump(mode="json")}
                for (router, target), figure in trained.crossed.items()
            ],
            "together": {name: None if share != share else share for name, share in trained.together.items()},
            "dropped": trained.dropped,
            "refused": trained.refused,
            "file": str(path),
        }
        console.print_json(json.dumps(found))
        return
    first = trained.routers[0]
    on, left = first.trained_on, f", {trained.dropped} more without labels of their modalities" * bool(trained.dropped)
    about = f"{on.name} ({on.split}) · {on.n} clips of {on.sources} sources{left} · {first.identity}"
    console.print(Text(about, style="bold"), soft_wrap=True)
    parts = ", ".join(f"{name} {count}" for name, count in first.sources.items())
    console.print(Text(f"AUROC by layer on dev sources, 95 % intervals over sources; sources: {parts}", style="dim"))
    names = [router.target for router in trained.routers]
    table = Table("layer", *names, box=None, header_style="bold", padding=(0, 3, 0, 0))
    used = [{probe.layer for probe in router.probes} for router in trained.routers]
    for layer in range(first.layers):
        cells = [
            f"{'*' if layer in chosen else ' '} {cell(router.figures[layer].auroc)}"
            for router, chosen in zip(trained.routers, used, strict=True)
        ]
        table.add_row(str(layer), *cells)
    console.print(table)
    for line in _told(trained):
        console.print(Text(line), soft_wrap=True)
    console.print(Text(f"Kept in {path}, for this model at this revision."), soft_wrap=True)


def _told(trained: _Trained) -> list[str]:
    lines = ["* is used: the layers with the best AUROC on dev, whose own figures are flattered by the choice."]
    for (router, target), figure in trained.crossed.items():
        lines.append(f"Held-out sources: the router for {router} tells {target} with AUROC {cell(figure)}.")
    lines += [f"No router for {target}: {why}." for target, why in trained.refused.items()]
    if trained.together:
        share = trained.together
        lines.append(
            f"Conflict in {share['conflict']:.0%} of clips, under-use in {share['under-use']:.0%}: in "
            f"{share['under-use in conflict']:.0%} of those in conflict and {share['under-use without']:.0%} of the "
            f"others (phi {share['phi']:.2f})."
        )
    return lines
