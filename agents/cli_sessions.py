"""Commands on stored sessions: list, show, export, erase, count, encrypt."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from affectgraph.agents.cli_options import ConfigOption, JsonOption, SetOption
from affectgraph.backends.errors import InputError

__all__ = ["sessions_app"]

sessions_app = typer.Typer(
    help="Stored sessions: list, show, export, erase, count, encrypt. They are kept on this machine alone.",
    no_args_is_help=True,
)

NameArgument = Annotated[str, typer.Argument(help="Name of the session, as `affectgraph sessions list` shows it.")]
EveryoneOption = Annotated[
    bool, typer.Option("--everyone", help="Those of browsers too, not only those of this terminal.")
]


@sessions_app.command("list")
def sessions_list(everyone: EveryoneOption = False, set_: SetOption = None, config: ConfigOption = None) -> None:
    """List the stored sessions: graph, turns, last change, level of risk (0 to 6) that holds. Never any text."""
    from affectgraph.agents.sessions import list_sessions
    from affectgraph.graphs.settings import load_settings

    list_sessions(load_settings(config, overrides=set_ or ()).settings, everyone=everyone)


@sessions_app.command("show", epilog="Example: `affectgraph sessions show ann --no-text`")
def sessions_show(
    name: NameArgument,
    no_text: Annotated[
        bool, typer.Option("--no-text", help="Levels, lengths and where each reply came from, but no words.")
    ] = False,
    everyone: EveryoneOption = False,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Show a session as a conversation; `--no-text` where somebody may look over your shoulder."""
    from affectgraph.agents.sessions import show_session
    from affectgraph.graphs.settings import load_settings

    settings = load_settings(config, overrides=set_ or ()).settings
    show_session(settings, name, text=not no_text, everyone=everyone)


@sessions_app.command("export", epilog="Example: `affectgraph sessions export ann -o ann.md --format markdown`")
def sessions_export(
    name: NameArgument,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write, for you alone to read (default: print).")
    ] = None,
    format_: Annotated[
        Literal["json", "markdown"],
        typer.Option("--format", help="`json`: everything that is stored; `markdown`: the conversation."),
    ] = "json",
    everyone: EveryoneOption = False,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Export a session. The file is never encrypted, and `sessions erase` does not reach it."""
    from affectgraph.agents.sessions import export_session
    from affectgraph.graphs.settings import load_settings

    settings = load_settings(config, overrides=set_ or ()).settings
    export_session(settings, name, output, markdown=format_ == "markdown", everyone=everyone)


@sessions_app.command("erase", epilog="Examples: `affectgraph sessions erase ann` · `affectgraph sessions erase --all`")
def sessions_erase(
    names: Annotated[list[str] | None, typer.Argument(help="Names of sessions.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All sessions of this terminal.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    everyone: EveryoneOption = False,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Erase sessions for good: rows are overwritten, the file is rebuilt, its journal emptied.

    The key of encrypted sessions is not needed. Out of reach are files that you exported, and backups.
    """
    from affectgraph.agents.sessions import erase_stored, stored_names
    from affectgraph.graphs.settings import load_settings

    if bool(names) is every:
        raise InputError("give the names of the sessions to erase, or --all, not both")
    settings = load_settings(config, overrides=set_ or ()).settings
    found = stored_names(settings, names or [], everyone=everyone)
    if not found:
        typer.echo("No session is stored.")
        return
    if not yes:
        asked = f"the session {found[0]!r}" if len(found) == 1 else f"{len(found)} sessions ({', '.join(found)})"
        typer.confirm(f"Erase {asked} for good?", abort=True)
    erase_stored(settings, found, everyone=everyone)


@sessions_app.command("stats")
def sessions_stats(json: JsonOption = False, set_: SetOption = None, config: ConfigOption = None) -> None:
    """Count: sessions, turns, sizes, levels of risk, where replies came from. No text and no names."""
    from affectgraph.agents.session_counts import show_counts
    from affectgraph.graphs.settings import load_settings

    show_counts(load_settings(config, overrides=set_ or ()).settings, as_json=json)


@sessions_app.command(
    "encrypt",
    epilog='Example: `export AFFECTGRAPH_SESSION_KEY="$(openssl rand -base64 32)"`, keep it elsewhere too, then '
    "`affectgraph sessions encrypt`",
)
def sessions_encrypt(set_: SetOption = None, config: ConfigOption = None) -> None:
    """Encrypt what is said in all stored sessions, with a key from the environment.

    Then set `[sessions] encrypt = true`. Names of sessions and personas, times and counts stay readable. There is no
    way back to the text without the key; erasing works without it.
    """
    from affectgraph.agents.sessions import encrypt_all
    from affectgraph.graphs.settings import load_settings

    encrypt_all(load_settings(config, overrides=set_ or ()).settings)


@sessions_app.command("decrypt")
def sessions_decrypt(set_: SetOption = None, config: ConfigOption = None) -> None:
    """Take the encryption off again; needs the key. Then set `[sessions] encrypt = false`.

    To change the key: `decrypt` with the old one, `encrypt` with the new one.
    """
    from affectgraph.agents.sessions import decrypt_all
    from affectgraph.graphs.settings import load_settings

    decrypt_all(load_settings(config, overrides=set_ or ()).settings)


@sessions_app.command("queue", epilog="Examples: `affectgraph sessions queue` · `affectgraph sessions queue ann`")
def sessions_queue(
    name: Annotated[str | None, typer.Argument(help="A session in the queue: what was said in it.")] = None,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """List the sessions in which a human is waited for (level 4 or above, where `[counsel] handover = true`).

    The person has had the vetted reply with its resources already, and can go on writing.
    """
    from affectgraph.agents.reviewing import show_queue
    from affectgraph.graphs.settings import load_settings

    show_queue(load_settings(config, overrides=set_ or ()).settings, name)


@sessions_app.command(
    "answer",
    epilog="Examples: `affectgraph sessions answer ann --text 'This is Jo. I am on duty until ten.'`"
    " · `affectgraph sessions answer ann --approve --level 2`",
)
def sessions_answer(
    name: NameArgument,
    text: Annotated[str | None, typer.Option("--text", "-t", help="What the person is to read from you.")] = None,
    approve: Annotated[bool, typer.Option("--approve", help="What they have read is enough.")] = False,
    level: Annotated[
        int | None, typer.Option("--level", "-l", min=0, max=6, help="The level of risk that holds from now on.")
    ] = None,
    set_: SetOption = None,
    config: ConfigOption = None,
) -> None:
    """Answer a person who waits for a human: in your own words, or by approving what they have read.

    Only a human sets a level down at once; it otherwise falls by one step after three clear messages.
    """
    from affectgraph.agents.reviewing import answer_waiting
    from affectgraph.graphs.settings import load_settings

    if (text is None) is not approve:
        raise typer.BadParameter("give either --text or --approve")
    answer_waiting(load_settings(config, overrides=set_ or ()).settings, name, text=text, level=level)
