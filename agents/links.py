"""The learned link from appraisal to emotion at the terminal: fit it, and show its strongest coefficients in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from affectgraph.backends.errors import InputError, MissingDependency, Stopped
from affectgraph.graphs.embedding import embedder_of
from affectgraph.graphs.settings import Settings
from affectgraph.tools.appraisal_link import AppraisalLink, link_path, load_link, save_link
from affectgraph.tools.appraisals import appraisal
from affectgraph.tools.link_parts import NAMES
from affectgraph.tools.persona import TRAITS

if TYPE_CHECKING:
    from affectgraph.evals.datasets.items import Dataset

__all__ = ["SYSTEMS", "fit", "show", "slopes", "weigh"]

_FIGURES = ("macro_f1", "accuracy", "top2", "log_loss", "ece")
_WITH_ENDS = ("macro_f1", "log_loss")
SYSTEMS = {
    "majority": "the most frequent emotion",
    "rated": "people's own appraisals",
    "read": "read appraisals",
    "read_by_rated": "read, head of people's own",
    "read_free": "read, head of its own",
    "read_shift": "read + trait shift",
    "read_swapped": "read + another's shift",
    "direct": "embedding directly (baseline)",
    "memory": "30 nearest other events",
    "read_memory": "read and memory",
    "read_direct": "read and direct",
    "rated_direct": "people's own and direct",
}
_MEANS = {
    "reader/mean/r": "Reader, mean correlation with people's own ratings",
    "reader/mean/mae": "Reader, mean absolute error (of 1 to 5)",
    "reader/mean/constant_mae": "The same of always saying the mean",
    "shift/mean/r2_gain": "Share of the reader's squared error that trait shifts take away",
    "shift/mean/r2_gain_swapped": "The same with another writer's traits",
}
_SURE = 0.05
_STRONGEST = 3


def fit(
    settings: Settings,
    data: Path | None,
    out: Path | None,
    *,
    part: str = "all",
    all_writers: bool = False,
    seed: int = 0,
) -> None:
    """Fit the link on crowd-enVENT train, print what it is worth, and keep it.

    Args:
        data: folder of the set's files; by default that of `AFFECTGRAPH_DATA`.
        out: the file to write.
        part: `all` or `held` of train, as `affectgraph.evals.datasets.parts` cuts it.
        all_writers: keep writers and texts that are in `val` too.
        seed: of the folds and the resamples.

    Raises:
        InputError: the set is not there or damaged, there is no such part, or there is too little to fit on.
        MissingDependency: the extra `evals`, or the embedder's weights, are not installed.
        LinkError: the file cannot be written.
    """
    try:
        from affectgraph.evals.fitting import fit_link, rows_of
        from affectgraph.evals.fitting_figures import figures, out_of_fold
    except ImportError as error:
        raise MissingDependency(f"`link fit` needs {error.name}: pip install 'affectgraph[evals]'") from error
    if part not in ("all", "held"):
        raise InputError(f"there is no part {part!r} to fit on; there are: all, held")
    path = out or link_path(settings.data_dir)
    dataset, excluded = _events(data, part, all_writers)
    embedder = embedder_of(settings)
    console = Console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        texts, rounds = progress.add_task("embedding texts"), progress.add_task("predicting out of fold")
        rows = rows_of(dataset, embedder, lambda done, of: progress.update(texts, completed=done, total=of))
        link = fit_link(dataset, rows, embedder.identity, seed=seed, excluded=excluded)
        found = out_of_fold(rows, seed=seed, step=lambda done, of: progress.update(rounds, completed=done, total=of))
        link = link.model_copy(update={"metrics": figures(rows, found, seed=seed)})
    save_link(link, path)
    _about(console, link)
    _metrics(console, link)
    kept = f"Kept in {path}, for this machine alone: it was fitted on {link.source.licence} data."
    console.print(Text(kept), soft_wrap=True)
    console.print("Next: `affectgraph link weigh --backend NAME` chooses how much it counts beside that model.")


def weigh(settings: Settings, data: Path | None, file: Path | None, *, limit: int | None = None, seed: int = 0) -> None:
    """Choose how much each voice of `appraise` counts for the configured model, and write it into the link.

    Args:
        data: folder of the set's files; by default that of `AFFECTGRAPH_DATA`.
        file: of the link; by default that of the settings' data folder.
        limit: at most so many events.
        seed: of the choice of events.

    Raises:
        AffectgraphError: there is no link or no set, or the model failed; what it answered is kept.
        MissingDependency: the extra `evals` is not installed.
    """
    try:
        from affectgraph.evals.weighing import weigh as choose
    except ImportError as error:
        raise MissingDependency(f"`link weigh` needs {error.name}: pip install 'affectgraph[evals]'") from error
    path = file or link_path(settings.data_dir)
    link, console = load_link(path), Console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        steps: dict[str, Any] = {}

        def tell(step: str, done: int, of: int) -> None:
            if step not in steps:
                steps[step] = progress.add_task(step)
            progress.update(steps[step], completed=done, total=of)

        try:
            weighed, choice = choose(settings, link, data=data, limit=limit, seed=seed, tell=tell)
        except KeyboardInterrupt:
            raise Stopped("stopped; the answers so far are kept, and the same command goes on") from None
    save_link(weighed, path)
    table = Table("voice", "weight", "log loss alone, nats", box=None, header_style="bold")
    for name, loss in choice.losses.items():
        weight = getattr(choice.weights, name, None)
        table.add_row(name, "" if weight is None else f"{weight:.2f}", f"{loss:.3f}")
    console.print(table)
    console.print(Text(f"Chosen on {choice.n} events of crowd-enVENT train; kept in {path}"), soft_wrap=True)


def _events(data: Path | None, part: str, all_writers: bool) -> tuple[Dataset, dict[str, int]]:
    from affectgraph.evals.datasets import crowd_envent
    from affectgraph.evals.datasets.parts import part_of
    from affectgraph.evals.fitting_rows import without_leaks

    train = part_of(crowd_envent.load_appraisals(data, "train"), part)
    # Of `val` the writers and the texts are used, to leave them out; never an answer.
    return without_leaks(train, None if all_writers else crowd_envent.load_appraisals(data, "val"))


def slopes(link: AppraisalLink, emotion: str, *, read: bool) -> dict[str, float]:
    """What one standard deviation of each appraisal adds to the log-odds of `emotion` against the mean emotion.

    Raises:
        InputError: the link does not know the emotion.
    """
    head = link.heads["read" if read else "rated"]
    steps = {name: mean + scale for name, mean, scale in zip(NAMES, head.mean, head.scale, strict=True)}
    try:
        return link.reasons(steps, emotion, read=read)
    except KeyError as error:
        raise InputError(str(error.args[0])) from None


def show(
    settings: Settings,
    file: Path | None = None,
    *,
    emotion: str | None = None,
    trait: str | None = None,
    plot: Path | None = None,
    as_json: bool = False,
) -> None:
    """Print the link: what it was fitted on, its figures, and its strongest coefficients with what they mean.

    Args:
        file: of the link; by default that of the settings' data folder.
        emotion: all 21 coefficients of this one instead.
        trait: all 21 shifts of this one instead.
        plot: a PNG to paint besides.
        as_json: print JSON and nothing else.

    Raises:
        LinkError: there is no link, or it cannot be read.
        InputError: the link does not know the emotion or the trait, or the plot cannot be written.
    """
    link = load_link(file or link_path(settings.data_dir))
    if trait is not None and trait not in TRAITS:
        raise InputError(f"unknown trait {trait!r}; known: {', '.join(TRAITS)}")
    for name in (emotion,) if emotion is not None else ():
        slopes(link, name, read=True)
    console = Console()
    if plot is not None:
        from affectgraph.agents.link_plot import paint

        paint({name: slopes(link, name, read=False) for name in link.labels}, plot)
    if as_json:
        console.print_json(json.dumps(_as_json(link, emotion, trait)))
        return
    if emotion is None and trait is None:
        _about(console, link)
        _metrics(console, link)
        _emotions(console, link)
    if emotion is not None:
        _emotion(console, link, emotion)
    if trait is not None:
        _trait(console, link, trait)
    if plot is not None:
        console.print(Text(f"Painted {plot}"))


def _as_json(link: AppraisalLink, emotion: str | None, trait: str | None) -> dict[str, Any]:
    """Everything but the reader's matrix and the direct part's, which are in the file."""
    emotions = link.labels if emotion is None else (emotion,)
    traits = TRAITS if trait is None else (trait,)
    return {
        **link.model_dump(mode="json", include={"source", "embedder", "weights", "metrics"}),
        "emotions": {
            name: {"read": slopes(link, name, read=True), "rated": slopes(link, name, read=False)} for name in emotions
        },
        "traits": {
            name: {
                variable: {"shift": shift, "p": p}
                for variable, shift, p in zip(NAMES, *_shift(link, name), strict=True)
            }
            for name in traits
        },
    }


def _shift(link: AppraisalLink, trait: str) -> tuple[Sequence[float], Sequence[float]]:
    """The shifts of one trait, and their p."""
    row = TRAITS.index(trait)
    return link.shift.coefficients[row], link.shift.p[row]


def _about(console: Console, link: AppraisalLink) -> None:
    source = link.source
    console.print(
        Text(f"{source.name} {source.split}", style="bold").append(
            f" · {source.rows:,} events of {source.writers:,} writers · fitted {source.fitted} · {link.embedder}",
            style="not bold",
        ),
        soft_wrap=True,
    )
    if source.excluded:
        left = "; ".join(f"{number:,} ({reason})" for reason, number in source.excluded.items())
        console.print(Text(f"Left out: {left}", style="dim"), soft_wrap=True)
    for backend, weights in link.weights.items():
        parts = ", ".join(f"{part} {value:.2f}" for part, value in weights.model_dump().items())
        console.print(Text(f"Pool weights for {backend}: {parts}"), soft_wrap=True)


def _cell(link: AppraisalLink, name: str) -> str:
    figure = link.metrics.get(name)
    if figure is None:
        return "–"
    ends = f" [{figure.low:.3f}, {figure.high:.3f}]" if figure.low is not None and figure.high is not None else ""
    return f"{figure.value:.3f}{ends}"


def _metrics(console: Console, link: AppraisalLink) -> None:
    """Out-of-fold figures with 95 % intervals over writers."""
    systems = [name for name in SYSTEMS if f"emotion/{name}/macro_f1" in link.metrics]
    if not systems:
        return
    console.print("\nOut of fold, 95 % intervals over writers", style="bold")
    table = Table("emotion from", *(name.replace("_", " ") for name in _FIGURES), box=None, header_style="bold")
    for system in systems:
        cells = {figure: _cell(link, f"emotion/{system}/{figure}") for figure in _FIGURES}
        table.add_row(
            SYSTEMS[system],
            *(cell if figure in _WITH_ENDS else cell.split(" ")[0] for figure, cell in cells.items()),
        )
    console.print(table)
    for name, words in _MEANS.items():
        console.print(Text(f"{words}: {_cell(link, name)}"))


def _signed(values: dict[str, float]) -> list[tuple[str, float]]:
    return sorted(values.items(), key=lambda item: -abs(item[1]))


def _emotions(console: Console, link: AppraisalLink) -> None:
    console.print("\nWhat speaks for (+) and against (-) each emotion, of read appraisals", style="bold")
    table = Table(box=None, show_header=False, pad_edge=False)
    for label in link.labels:
        strongest = _signed(slopes(link, label, read=True))[:_STRONGEST]
        table.add_row(label, ", ".join(f"{'+' if value > 0 else '-'} {name}" for name, value in strongest))
    console.print(table)
    sure = [
        f"{trait} {'+' if value > 0 else '-'} {name}"
        for trait in TRAITS
        for name, value, p in zip(NAMES, *_shift(link, trait), strict=True)
        if p < _SURE
    ]
    console.print(Text(f"Trait shifts with Holm-adjusted p < .05 (of 105): {', '.join(sure) or 'none'}"))


def _emotion(console: Console, link: AppraisalLink, emotion: str) -> None:
    read, rated = slopes(link, emotion, read=True), slopes(link, emotion, read=False)
    console.print(Text(f"{emotion}: log-odds against the mean emotion for one standard deviation more of", "bold"))
    table = Table("appraisal", "read", "rated", "", box=None, header_style="bold")
    for name, value in _signed(read):
        verdict = "speaks for it" if value > 0 else "speaks against it"
        table.add_row(name, f"{value:+.2f}", f"{rated[name]:+.2f}", f"“{appraisal(name).en}” {verdict}")
    console.print(table)


def _trait(console: Console, link: AppraisalLink, trait: str) -> None:
    shifts, p = _shift(link, trait)
    known = dict(zip(NAMES, zip(shifts, p, strict=True), strict=True))
    console.print(Text(f"{trait}: what the highest score adds to a rating (1 to 5) against the lowest", "bold"))
    table = Table("appraisal", "shift", "p (Holm)", "", box=None, header_style="bold")
    for name in sorted(known, key=lambda name: -abs(known[name][0])):
        shift, level = known[name]
        words = f"“{appraisal(name).en}” rated {'higher' if shift > 0 else 'lower'}"
        table.add_row(name, f"{shift:+.2f}", f"{level:.3f}", words if level < _SURE else Text("not shown", "dim"))
    console.print(table)
