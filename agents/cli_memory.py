"""The commands `affectgraph memory ...`."""

from __future__ import annotations

from typing import Annotated

import typer

from affectgraph.agents.cli_options import ConfigOption, JsonOption

__all__ = ["memory_app"]

memory_app = typer.Typer(
    help="Memory: what happened to a person, in their own words. It stays on this machine.", no_args_is_help=True
)

PersonArgument = Annotated[str, typer.Argument(help="Whose memory: a name as of a persona, which need not exist.")]


@memory_app.command("list")
def memory_list(person: PersonArgument, json: JsonOption = False, config: ConfigOption = None) -> None:
    """List a person's episodes, the latest first. `(!)` marks one that another telling of the event contradicts."""
    from affectgraph.agents.memories import list_memories
    from affectgraph.graphs.settings import load_settings

    list_memories(load_settings(config).settings, person, as_json=json)


@memory_app.command(
    "add",
    epilog="Examples: `affectgraph memory add ann 'I missed the train.' --emotion anger --appraisal suddenness=4` · "
    "`affectgraph memory add ann - --when 2026-01-02 < letter.txt`",
)
def memory_add(
    person: PersonArgument,
    event: Annotated[str, typer.Argument(help="What happened, in the person's own words; `-` reads standard input.")],
    emotion: Annotated[
        list[str] | None, typer.Option("--emotion", "-e", help="What was felt: `joy`, or with a weight `joy=2`.")
    ] = None,
    taxonomy: Annotated[str, typer.Option(help="`ekman7`, `counselling12` or `envent13`.")] = "ekman7",
    appraisal: Annotated[
        list[str] | None,
        typer.Option("--appraisal", "-a", help="How it was seen, from 1 to 5, e.g. `pleasantness=4`; 21 names."),
    ] = None,
    when: Annotated[str | None, typer.Option(help="When it happened, e.g. `2026-01-02` (default: now).")] = None,
    public: Annotated[
        bool,
        typer.Option("--public", help="Agree that it is recalled for other people: the words, never the name."),
    ] = False,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Keep an episode that the person states. The same words again are one more telling of it."""
    from affectgraph.agents.memories import add_memory
    from affectgraph.agents.text_input import read_text
    from affectgraph.graphs.settings import load_settings

    words = read_text(event, None, None).rstrip("\r\n")
    add_memory(
        load_settings(config).settings, person, words, emotions=emotion or (), taxonomy=taxonomy,
        appraisals=appraisal or (), when=when, public=public, as_json=json,
    )  # fmt: skip


@memory_app.command("recall", epilog="Example: `affectgraph memory recall ann 'The bus left without me.'`")
def memory_recall(
    person: PersonArgument,
    event: Annotated[str, typer.Argument(help="What happened now; `-` reads standard input.")],
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=200, help="How many at most.")] = 5,
    public: Annotated[
        bool, typer.Option("--public/--own", help="With public episodes of other people, or the person's own alone.")
    ] = True,
    json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Show the episodes that are most like an event, with the parts of their scores. Nothing is kept."""
    from affectgraph.agents.memories import recall_memories
    from affectgraph.agents.text_input import read_text
    from affectgraph.graphs.settings import load_settings

    words = read_text(event, None, None)
    recall_memories(load_settings(config).settings, person, words, limit=limit, public=public, as_json=json)


@memory_app.command("forget")
def memory_forget(
    person: PersonArgument,
    key: Annotated[str, typer.Argument(help="Key of the episode or its beginning, as `memory list` shows it.")],
    config: ConfigOption = None,
) -> None:
    """Forget one episode for good. `affectgraph persona erase` erases all of a person."""
    from affectgraph.agents.memories import forget_memory
    from affectgraph.graphs.settings import load_settings

    forget_memory(load_settings(config).settings, person, key)


@memory_app.command("status")
def memory_status(json: JsonOption = False, config: ConfigOption = None) -> None:
    """Show what is stored, the embedder of the settings, whether they fit, and the size on disk; no person's words."""
    from affectgraph.agents.memories import memory_status as show
    from affectgraph.graphs.settings import load_settings

    show(load_settings(config).settings, as_json=json)


@memory_app.command("rebuild")
def memory_rebuild(config: ConfigOption = None) -> None:
    """Build the index anew from the journal: after a change of `embedder` in the settings, or when it is damaged."""
    from affectgraph.agents.memories import rebuild_memory
    from affectgraph.graphs.settings import load_settings

    rebuild_memory(load_settings(config).settings)
