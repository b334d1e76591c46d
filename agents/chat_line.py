"""Reading a line in the terminal: editing, history of this session, completion of commands, pasted paragraphs.

A pasted letter of many lines is one message (bracketed paste of prompt_toolkit); Alt-Enter makes a line break.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from rich.console import Console

__all__ = ["line_reader"]


def line_reader(console: Console, commands: Mapping[str, str]) -> Callable[[], str]:
    """What reads one message; without a terminal, plain lines of the standard input.

    Args:
        console: where the prompt goes.
        commands: `/name` -> what it does, for completion.
    """
    if not (sys.stdin.isatty() and console.is_terminal):
        return lambda: console.input("[bold]you[/bold] > ")
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import WordCompleter
    from prompt_toolkit.formatted_text import HTML
    from prompt_toolkit.history import InMemoryHistory
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()
    keys.add("escape", "enter")(lambda event: event.current_buffer.insert_text("\n"))
    session: PromptSession[str] = PromptSession(
        history=InMemoryHistory(),  # in memory alone: what is written here belongs into no file of ours but the session
        completer=WordCompleter(list(commands), meta_dict=dict(commands), sentence=True),
        complete_while_typing=True,
        key_bindings=keys,
    )
    return lambda: str(session.prompt(HTML("<b>you</b> > ")))
