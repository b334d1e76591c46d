"""The commands `affectgraph persona ...`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from affectgraph.agents.cli_options import ConfigOption, JsonOption

__all__ = ["persona_app"]

persona_app = typer.Typer(
    help="Personas: Big Five and MBTI of a person, each with where it comes from. No diagnosis.", no_args_is_help=True
)

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
    """Export everything that is stored of a person as JSON: persona, episodes, sessions, names of files."""
    from affectgraph.agents.erasing import export_person
    from affectgraph.graphs.settings import load_settings

    export_person(load_settings(config).settings, name, output)


@persona_app.command("erase")
def persona_erase(
    name: NameArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    config: ConfigOption = None,
) -> None:
    """Erase everything of a person for good: persona, episodes, sessions, and the files in their folder."""
    from affectgraph.agents.erasing import erase_person, holding
    from affectgraph.graphs.settings import load_settings

    settings = load_settings(config).settings
    if not yes:
        found = str(holding(settings, name)) or "an empty folder"
        typer.confirm(f"Stored of {name!r}: {found}. Erase all of it for good?", abort=True)
    erase_person(settings, name)
