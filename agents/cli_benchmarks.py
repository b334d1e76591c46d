"""The commands `affectgraph eval`, `ablate`, `report` and `data ...`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from affectgraph.agents.cli_options import BackendOption, ConfigOption, SetOption

__all__ = ["benchmarks_app", "data_app"]

benchmarks_app = typer.Typer()
data_app = typer.Typer(
    help="Data sets: where they are, where to get them, and EmoMM, which has to be built.", no_args_is_help=True
)

LimitOption = Annotated[
    int | None, typer.Option("--limit", "-n", min=1, help="Only so many items: a random sample, the same every time.")
]
LogsOption = Annotated[Path, typer.Option("--log-dir", help="Folder of the logs (`inspect view` opens it).")]
DataOption = Annotated[
    str | None,
    typer.Option("--data", "-d", help="The set: a file or folder, or `hf:owner/name` (default: in AFFECTGRAPH_DATA)."),
]
SplitOption = Annotated[str | None, typer.Option("--split", help="Split or subset (default: the benchmark's first).")]
PartOption = Annotated[
    str, typer.Option("--part", help="Of the split: `tune` (one source in five), `held` (the others), or `all`.")
]
SeedOption = Annotated[int, typer.Option("--seed", help="Order of the items.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before a remote backend is paid.")]
MaxTokensOption = Annotated[
    int | None, typer.Option(min=1, help="Stop a condition before a remote backend has spent so many tokens.")
]
MaxCostOption = Annotated[float | None, typer.Option(help="The same as a cost, in the currency of its prices.")]


@benchmarks_app.command(
    "eval",
    epilog="Examples: `affectgraph eval goemotions --limit 100 --condition choose --condition corrected` · "
    "`affectgraph eval persona_e2 --data ./persona_e2 --backend gpt --max-cost 2` · `affectgraph eval list`",
)
def evaluate(
    task: Annotated[str, typer.Argument(help="The benchmark; `list` shows them all.")],
    condition: Annotated[
        list[str] | None,
        typer.Option("--condition", "-c", help="What is varied; repeat it. Parts are joined by `+`; see `eval list`."),
    ] = None,
    graph: Annotated[str | None, typer.Option("--graph", "-g", help="The graph (default: the benchmark's).")] = None,
    backend: BackendOption = None,
    model: Annotated[
        str | None, typer.Option(help="A model of inspect_ai in every role, e.g. `openai/gpt-5-mini`.")
    ] = None,
    limit: LimitOption = None,
    data: DataOption = None,
    split: SplitOption = None,
    part: PartOption = "all",
    seed: SeedOption = 0,
    reproducible: Annotated[
        bool, typer.Option(help="Equal numbers in every run; `--no-reproducible` is faster: several items at a time.")
    ] = True,
    fresh: Annotated[bool, typer.Option("--fresh", help="Ask again what has been answered before.")] = False,
    log_dir: LogsOption = Path("logs"),
    yes: YesOption = False,
    max_tokens: MaxTokensOption = None,
    max_cost: MaxCostOption = None,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Evaluate a graph on a benchmark. Stopped or killed, the same command goes on with what is missing."""
    from affectgraph.agents.evaluating import list_benchmarks, run_benchmark

    if task == "list":
        list_benchmarks()
        return
    from affectgraph.agents.evaluating import asked_for

    asked = asked_for(
        graph=graph, backend=backend, data=data, split=split, part=part, config=config, settings=set_ or (), seed=seed,
        reproducible=reproducible, fresh=fresh, max_tokens=max_tokens, max_cost=max_cost, model=model,
    )  # fmt: skip
    if not run_benchmark(task, asked, condition or (), limit=limit, log_dir=log_dir, model=model, yes=yes):
        raise typer.Exit(1)


@benchmarks_app.command(
    epilog="Example: `affectgraph ablate empathy empathy_qa --data examples/data/empathy_qa --limit 20`"
)
def ablate(
    graph: Annotated[str, typer.Argument(help="The graph, e.g. `empathy`.")],
    task: Annotated[str, typer.Argument(help="The benchmark; `affectgraph eval list` shows them.")],
    backend: BackendOption = None,
    limit: LimitOption = None,
    data: DataOption = None,
    split: SplitOption = None,
    part: PartOption = "all",
    seed: SeedOption = 0,
    out: Annotated[Path, typer.Option("--out", "-o", help="The page to write.")] = Path("ablation.html"),
    log_dir: LogsOption = Path("logs"),
    yes: YesOption = False,
    max_tokens: MaxTokensOption = None,
    max_cost: MaxCostOption = None,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Drop each node in turn, and run the single-prompt form: a node that does not help is visible."""
    from affectgraph.agents.evaluating import ablate as start
    from affectgraph.agents.evaluating import asked_for

    asked = asked_for(
        graph=graph, backend=backend, data=data, split=split, part=part, config=config, settings=set_ or (), seed=seed,
        max_tokens=max_tokens, max_cost=max_cost,
    )  # fmt: skip
    if not start(graph, task, asked, limit=limit, log_dir=log_dir, out=out, yes=yes):
        raise typer.Exit(1)


@benchmarks_app.command(
    epilog="Example: `affectgraph report logs --out report.html --preregistered docs/preregistered.toml`"
)
def report(
    logs: Annotated[list[Path], typer.Argument(help="Logs, or folders of logs (the fullest of each run is taken).")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The page; Markdown and CSV go beside it.")] = Path(
        "report.html"
    ),
    title: Annotated[str | None, typer.Option(help="Heading of the page.")] = None,
    preregistered: Annotated[
        Path | None, typer.Option(help="TOML file of comparisons that were announced before the test was read.")
    ] = None,
) -> None:
    """Write one self-contained page: figures with intervals, comparisons, plots, costs, the worst items."""
    from affectgraph.agents.evaluating import write_page

    write_page(logs, out, title=title, preregistered=preregistered)


@data_app.command("list")
def data_list() -> None:
    """List the public sets that benchmarks read from the folder AFFECTGRAPH_DATA, with origin and licence."""
    from affectgraph.agents.evaluating import list_sets

    list_sets()


@data_app.command("find")
def data_find(name: Annotated[str, typer.Argument(help="Name of a set, as `affectgraph data list` shows it.")]) -> None:
    """Print the folder of a set; where it is missing, say where to get it and exit with 2."""
    from affectgraph.agents.evaluating import find_set

    typer.echo(find_set(name))


@data_app.command("build")
def data_build(
    name: Annotated[str, typer.Argument(help="`emomm`: the only set that has to be built.")],
    sims: Annotated[Path | None, typer.Option(help="CH-SIMS v2.0's `meta.csv`.")] = None,
    mosi: Annotated[Path | None, typer.Option(help="CMU-MOSI's label file, in MMSA's layout.")] = None,
    mosi_annotations: Annotated[
        Path | None, typer.Option(help="The authors' labels per modality for CMU-MOSI (not public).")
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write.")] = Path("emomm.jsonl"),
    seed: Annotated[int, typer.Option("--seed", help="Which sources are test.")] = 0,
) -> None:
    """Build EmoMM from label files: align and conflict, the three missing variants, a split by source."""
    from affectgraph.agents.evaluating import build_emomm
    from affectgraph.backends.errors import InputError

    if name != "emomm":
        raise InputError(f"there is nothing to build for {name!r}; there is: emomm")
    build_emomm(sims, mosi, mosi_annotations, out, seed)
