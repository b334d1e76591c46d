"""`affectgraph eval`, `ablate`, `report` and `data`: benchmarks from a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from affectgraph.agents.illusion import show_illusion
from affectgraph.agents.run import asker
from affectgraph.backends.config import RemoteConfig
from affectgraph.backends.errors import InputError, MissingDependency

if TYPE_CHECKING:
    from affectgraph.evals.evaluating import Result
    from affectgraph.evals.figures import Figure
    from affectgraph.evals.opening import Asked, Opened
    from affectgraph.evals.solving import Progress as Done

__all__ = [
    "ablate",
    "asked_for",
    "build_emomm",
    "find_set",
    "list_benchmarks",
    "list_sets",
    "run_benchmark",
    "write_page",
]

# What the terminal shows of each kind of row; the log and the report have every figure.
_SHOWN = (
    "accuracy",
    "macro_f1",
    "brier",
    "ece",
    "majority_baseline",
    "mae",
    "mean_baseline_mae",
    "pearson",
    "ccc",
    "rouge_l",
    "distinct_2",
    "fallback_share",
    "false_alarm_rate",
    "miss_rate",
    "unparseable",
)
# Columns of a figure's name, and of its value with interval.
_NAME, _CELL = 20, 21


def _need_evals() -> None:
    try:
        import inspect_ai  # noqa: F401
    except ImportError as error:
        raise MissingDependency("evaluation needs inspect_ai: pip install 'affectgraph[evals]'") from error


def asked_for(
    *,
    graph: str | None,
    backend: str | None,
    data: str | None,
    split: str | None,
    config: Path | None,
    settings: Sequence[str],
    seed: int,
    reproducible: bool = True,
    fresh: bool = False,
    max_tokens: int | None = None,
    max_cost: float | None = None,
    model: str | None = None,
    part: str = "all",
) -> Asked:
    """The arguments of a run; caps become settings of every remote backend.

    Raises:
        InputError: a cap where no remote backend is configured, or beside an inspect model.
    """
    _need_evals()
    from affectgraph.evals.opening import Asked
    from affectgraph.graphs.settings import load_settings

    caps = {"max_tokens_per_run": max_tokens, "max_cost_per_run": max_cost}
    wanted = {key: value for key, value in caps.items() if value is not None}
    overrides = list(settings)
    if wanted:
        backends = load_settings(config, overrides=settings, backend=backend).settings.backends
        remote = [name for name, options in backends.items() if options.kind == "remote"]
        if model is not None or not remote:
            way = "inspect's own limits hold for --model" if model else "no remote backend is configured"
            raise InputError(f"--max-tokens and --max-cost limit remote backends; {way}")
        overrides += [f"backends.{name}.{key}={value}" for name in remote for key, value in wanted.items()]
    file = str(config) if config else None
    return Asked(graph, backend, "", data, split, file, tuple(overrides), seed, reproducible, fresh, part)


def list_benchmarks() -> None:
    """Name, what it is, graphs and conditions of every benchmark."""
    _need_evals()
    from affectgraph.evals.benchmarks import METHODS
    from affectgraph.evals.tasks import BENCHMARKS

    table = Table("task", "what is asked", "graphs", "conditions", box=None, header_style="bold", padding=(0, 2, 1, 0))
    for known in BENCHMARKS.values():
        methods = tuple(METHODS) if "reading" in known.graphs else ("default", "without:LAYER")
        table.add_row(known.name, known.about, ", ".join(known.graphs), ", ".join((*methods, *known.own)))
    Console().print(table)


def run_benchmark(
    name: str,
    asked: Asked,
    conditions: Sequence[str],
    *,
    limit: int | None,
    log_dir: Path,
    model: str | None,
    yes: bool,
) -> bool:
    """Run a benchmark under several conditions and show the figures; True when no item failed.

    Raises:
        AffectgraphError: see `evals.evaluating.evaluate`.
    """
    _need_evals()
    from affectgraph.evals.evaluating import evaluate
    from affectgraph.evals.opening import benchmark

    chosen = tuple(dict.fromkeys(conditions)) or benchmark(name).conditions
    console = Console()
    _agree_to_costs(name, asked, chosen, limit, model, yes, console)
    with _Bars(console, limit) as bars:
        results = evaluate(name, asked, chosen, limit=limit, log_dir=log_dir, model=model, tell=bars.tell)
    _show(results, console)
    show_illusion(results, console)
    return _closing(results, console)


def _agree_to_costs(
    name: str,
    asked: Asked,
    conditions: Sequence[str],
    limit: int | None,
    model: str | None,
    yes: bool,
    console: Console,
) -> None:
    """Say what remote backends will be asked, and go on only with a person's agreement, `--yes` or a cap."""
    from affectgraph.backends.scripted import ScriptedBackend
    from affectgraph.evals.estimating import estimate
    from affectgraph.evals.opening import open_run
    from affectgraph.graphs.settings import load_settings

    file = Path(asked.config) if asked.config else None
    kinds = load_settings(file, overrides=asked.settings, backend=asked.backend).settings.backends.values()
    if model is None and all(config.kind != "remote" for config in kinds):
        return
    stand_in = ScriptedBackend(label="inspect") if model else None
    for condition in conditions:
        run = open_run(name, replace(asked, condition=condition), model=stand_in, ask=asker())
        try:
            found = estimate(run, limit, model)
            capped = found is not None and all(_is_capped(run, name) for name in found.backends)
        finally:
            run.close()
        if found is None:
            continue
        cost = "no prices are known" if found.cost is None else f"about {found.cost:.2g} in the currency of the prices"
        console.print(
            f"{condition}: {found.items} items to ask of {', '.join(found.backends)}, about "
            f"{found.tokens_in:,} prompt tokens and {found.tokens_out:,} generated ones; {cost}"
        )
        if yes or capped or not found.items:
            continue
        ask = asker()
        if ask is None:
            raise InputError("nobody can be asked here; agree with --yes, or set --max-tokens or --max-cost")
        if not ask("Go on?"):
            raise typer.Abort


def _is_capped(run: Opened, name: str) -> bool:
    config = run.settings.backends.get(name)
    return isinstance(config, RemoteConfig) and bool(config.max_tokens_per_run or config.max_cost_per_run)


class _Bars:
    """One bar a condition, with the time that is left; plain lines where there is no terminal."""

    def __init__(self, console: Console, limit: int | None) -> None:
        self._console = console
        self._limit = limit
        self._counts: dict[str, list[int]] = {}
        self._bars: dict[str, int] = {}
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}", style="dim"),
            console=console,
        )

    def __enter__(self) -> _Bars:
        if self._console.is_terminal:
            self._progress.__enter__()
        return self

    def __exit__(self, *details: object) -> None:
        if self._console.is_terminal:
            self._progress.__exit__(*details)  # type: ignore[arg-type]

    def tell(self, done: Done) -> None:
        """Count one finished item."""
        total = min(done.items, self._limit) if self._limit else done.items
        if done.condition not in self._bars:
            self._counts[done.condition] = [0, 0, 0]
            self._bars[done.condition] = self._progress.add_task(done.condition, total=total, note="")
        counts = self._counts[done.condition]
        for place, one in enumerate((True, done.kept, done.failed)):
            counts[place] += one
        notes = [f"{counts[1]} kept from before"] * bool(counts[1]) + [f"{counts[2]} failed"] * bool(counts[2])
        bar = self._progress.tasks[self._bars[done.condition]].id
        self._progress.update(bar, completed=counts[0], note=", ".join(notes))
        tenth = max(total // 10, 20)
        if not self._console.is_terminal and (counts[0] == total or counts[0] % tenth == 0):
            self._console.print(f"{done.condition}: {counts[0]} of {total} {', '.join(notes)}".rstrip())


def _show(results: Sequence[Result], console: Console) -> None:
    """The figures, as many conditions beside each other as fit."""
    beside = max(1, (console.width - _NAME) // _CELL)
    for start in range(0, len(results), beside):
        console.print(_figures_table(results[start : start + beside]))


def _figures_table(results: Sequence[Result]) -> Table:
    names = [name for name in _SHOWN if any(_find(result.figures, name) for result in results)]
    table = Table("", box=None, header_style="bold", padding=(0, 3, 0, 0))
    for result in results:
        table.add_column(result.condition, overflow="fold")
    for name in names:
        table.add_row(name.replace("_", " "), *(_cell(_find(result.figures, name)) for result in results))
    table.add_row("items", *(str(len(result.rows)) for result in results))
    return table


def _find(figures: Sequence[Figure], name: str) -> Figure | None:
    return next((figure for figure in figures if figure.name == name), None)


def _cell(figure: Figure | None) -> str:
    return "" if figure is None else f"{figure.value:.3f} [dim]{figure.low:.3f}..{figure.high:.3f}[/dim]"


def _closing(results: Sequence[Result], console: Console) -> bool:
    failed = [line for result in results for line in result.failed]
    for line in failed[:5]:
        console.print(f"failed: {line}", style="red", markup=False, soft_wrap=True)
    if failed:
        console.print(
            f"{len(failed)} items failed and are in no figure; the same command asks for them again.", style="red"
        )
    folder = Path(os.path.relpath(results[0].log.parent))
    console.print(f"the page with everything: affectgraph report {folder}", style="dim", soft_wrap=True)
    return not failed


def ablate(graph: str, name: str, asked: Asked, *, limit: int | None, log_dir: Path, out: Path, yes: bool) -> bool:
    """Run a graph whole, without each node that can be left out, and as a single prompt; write a report of the deltas.

    Raises:
        AffectgraphError: see `evals.evaluating.evaluate`.
    """
    _need_evals()
    from affectgraph.evals.evaluating import evaluate
    from affectgraph.evals.opening import benchmark
    from affectgraph.graphs.loading import NAMES, recipe

    known = benchmark(name)
    known.settings_for(graph)
    parts = ["default", *(f"without:{node}" for node in recipe(graph).optional)]
    if len(parts) == 1 or graph in known.until:
        raise InputError(
            f"nothing to ablate: {name} with graph {graph!r} scores one node alone"
            if graph in known.until
            else f"nothing to ablate: graph {graph!r} has no node that can be left out"
        )
    console = Console()
    runs: list[tuple[str, list[str]]] = [(graph, parts)]
    single = f"{graph}_single"
    if single in NAMES and single in known.graphs:
        runs.append((single, ["default"]))
    results: list[Result] = []
    for which, conditions in runs:
        _agree_to_costs(name, replace(asked, graph=which), conditions, limit, None, yes, console)
        with _Bars(console, limit) as bars:
            ran = evaluate(name, replace(asked, graph=which), conditions, limit=limit, log_dir=log_dir, tell=bars.tell)
        results += [replace(result, condition=which) if which == single else result for result in ran]
    _show(results, console)
    fine = _closing(results, console)
    write_page([result.log for result in results], out, title=f"Ablation of {graph} on {name}", preregistered=None)
    return fine


def write_page(logs: Sequence[Path], out: Path, *, title: str | None, preregistered: Path | None) -> None:
    """Write the report of `logs`: HTML, Markdown and CSV.

    Raises:
        InputError: a log is missing or not ours, or the page cannot be written.
    """
    _need_evals()
    from affectgraph.evals.report import write_report

    console = Console(stderr=True)
    with console.status("reading logs and computing intervals ..."):
        written = write_report(logs, out, title=title, preregistered=preregistered)
    console.print(f"written: {written.html}, {written.markdown.name}, {written.csv.name}", soft_wrap=True)


def list_sets() -> None:
    """Where each public set is, and where it comes from."""
    from affectgraph.evals.datasets.places import ORIGINS, DataMissing, find

    table = Table("set", "here", "from (commit)", "licence", box=None, header_style="bold", padding=(0, 2, 0, 0))
    for name, origin in ORIGINS.items():
        try:
            place = str(find(name))
        except DataMissing:
            place = "no"
        table.add_row(name, place, f"github.com/{origin.repository} ({origin.commit})", origin.licence)
    Console().print(table)


def find_set(name: str) -> Path:
    """The folder of a public set.

    Raises:
        InputError: no such set, or it is not on this machine; says where to get it.
    """
    from affectgraph.evals.datasets.places import ORIGINS, find

    if name not in ORIGINS:
        raise InputError(f"there is no set {name!r}; there are: {', '.join(ORIGINS)}")
    return find(name)


def build_emomm(sims: Path | None, mosi: Path | None, annotations: Path | None, out: Path, seed: int) -> None:
    """Build EmoMM's items from label files, and say what was made.

    Raises:
        InputError: no file was given, or one has another layout.
    """
    from affectgraph.evals.datasets import emomm

    counts = emomm.build(sims, mosi, annotations, out, seed)
    table = Table("part", "items", box=None, header_style="bold")
    for part, count in counts.items():
        table.add_row(part, f"{count:,}")
    Console().print(table)
    if mosi is not None and annotations is None:
        sys.stderr.write("CMU-MOSI has no public labels per modality: give the authors' file with --mosi-annotations\n")
