"""`affectgraph run`: one text through one graph; pictures are handed on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from affectgraph.agents.interrupting import interruptible
from affectgraph.agents.view import RunView, TreeView, trace_table
from affectgraph.backends.errors import InputError, Stopped
from affectgraph.graphs import Finished, Graph, load
from affectgraph.graphs.settings import Settings

__all__ = ["asker", "replaced", "run_once", "run_request"]


def asker() -> Callable[[str], bool] | None:
    """A question to the person at the terminal; None where nobody can answer."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    return lambda question: typer.confirm(question, err=True)


def run_request(
    name: str,
    words: Sequence[str],
    settings: Settings,
    *,
    file: Path | None,
    encoding: str | None,
    personas: Sequence[str],
    shuffled: bool,
    as_json: bool,
    trace: bool,
    output: Path | None,
    task: str | None = None,
    target: str | None = None,
    html: Path | None = None,
    png: Path | None = None,
    audio: Path | None = None,
    video: Path | None = None,
) -> None:
    """Run graph `name` on what the command line says: a text from anywhere and perhaps people, pictures, or a clip.

    Args:
        words: what follows the graph's name: the text, and persona files that a shell took out of `--persona`; or the
            pictures.
        personas: what `--persona` was given.
        shuffled: exchange the personas' profiles.
        task, target, html, png: only for pictures, as `as_json`, `trace` and `output` are for all; see `Wanted`.
        audio, video: only for `perceive`, which takes `html` too.

    Raises:
        InputError: no text or several, or an option that the graph does not know.
    """
    from affectgraph.agents.appraising import appraise_people, find_personas, split_words
    from affectgraph.agents.looking import PICTURED, Wanted, look_at
    from affectgraph.agents.perceiving import Heard, perceive_clip
    from affectgraph.agents.text_input import read_text

    wanted = Wanted(task, target, html, png, output, as_json, trace)
    heard = Heard(audio, video, html, output, as_json, trace)
    if name == "perceive":
        if unknown := [*(one for one in wanted.options if one != "--html"), *(["--persona"] if personas else [])]:
            raise InputError(f"the graph 'perceive' knows no {unknown[0]}")
        if len(words) > 1:
            raise InputError(f"{len(words)} texts were given; put one text in quotes")
        perceive_clip(read_text(next(iter(words), None), file, encoding) if words or file else None, heard, settings)
        return
    if heard.options:
        raise InputError(f"the graph {name!r} knows no {heard.options[0]}; `affectgraph run perceive` does")
    if name in PICTURED:
        if file or encoding or personas or shuffled:
            raise InputError(f"the graph {name!r} takes pictures: affectgraph run {name} photo.jpg")
        look_at(name, words, settings, wanted)
        return
    if wanted.options:
        raise InputError(f"the graph {name!r} knows no {wanted.options[0]}; `affectgraph run gat` does")
    told, files = split_words(words) if personas else (words[0] if words else None, [])
    if not personas and len(words) > 1:
        raise InputError(f"{len(words)} texts were given; put one text in quotes")
    if (personas or shuffled) and name != "appraise":
        raise InputError(f"the graph {name!r} knows no personas; `affectgraph run appraise` does")
    text = read_text(told, file, encoding)
    if name == "appraise":
        people = find_personas(settings.data_dir, [*personas, *files], shuffled=shuffled)
        appraise_people(text, people, settings, as_json=as_json, trace=trace, output=output)
    else:
        run_once(name, text, settings, as_json=as_json, trace=trace, output=output)


def run_once(name: str, text: str, settings: Settings, *, as_json: bool, trace: bool, output: Path | None) -> None:
    """Run graph `name` on `text` and show or print the result.

    Args:
        as_json: print the result as JSON on standard output; the live view goes to standard error, on a terminal.
        trace: show what each node cost.
        output: also write the JSON there; replaced only when it is complete.

    Raises:
        AffectgraphError: whatever the graph refuses or fails at.
    """
    if output is not None and not output.parent.is_dir():
        raise InputError(f"the folder {output.parent} of --output does not exist")
    graph = load(name, settings=settings, ask=asker())
    console = Console(stderr=as_json, quiet=as_json and not sys.stderr.isatty())
    try:
        result = _watched(graph, text, console)
    except KeyboardInterrupt:
        raise Stopped(
            "stopped; nothing was written. A chat session (`affectgraph chat`) can be stopped and resumed."
        ) from None
    finally:
        graph.close()
    if trace:
        console.print(trace_table(result.trace))
    written = result.model_dump_json(indent=2)
    if as_json:
        sys.stdout.write(written + "\n")
    if output is not None:
        replaced(output, written)
        console.print(f"written to {output}", style="dim")


def _watched(graph: Graph[Any], text: str, console: Console) -> Any:
    result = None
    shown = TreeView if graph.name == "gat_text" else RunView
    with interruptible(graph), shown(console) as view:
        for event in graph.events({"text": text}):
            view.show(event)
            if isinstance(event, Finished):
                result = event.output
    return result


def replaced(path: Path, text: str) -> None:
    """Write `text` to `path`: whole, or not at all.

    Raises:
        InputError: it cannot be written.
    """
    partial = path.with_name(f".{path.name}.part")
    try:
        partial.write_text(text + "\n", encoding="utf-8")
        os.replace(partial, path)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from error
