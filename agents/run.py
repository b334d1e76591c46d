"""`affectgraph run`: one text through one graph; people, pictures and clips are handed on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from affectgraph.agents.interrupting import interruptible
from affectgraph.agents.view import RunView, TreeView, trace_table
from affectgraph.backends.errors import InputError, Stopped
from affectgraph.graphs import Finished, Graph, load
from affectgraph.graphs.settings import Settings

__all__ = ["Request", "asker", "replaced", "run_once", "run_request"]


def asker() -> Callable[[str], bool] | None:
    """A question to the person at the terminal; None where nobody can answer."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    return lambda question: typer.confirm(question, err=True)


@dataclass(frozen=True)
class Request:
    """What the command line says.

    Attributes:
        graph: its name.
        words: what follows it: the text, and persona files that a shell took out of `--persona`; or pictures.
        file, encoding: where the text is read from instead.
        personas: what `--persona` was given.
        shuffled: exchange the personas' profiles.
        as_json, trace, output: how the result is given.
        task, target, html, png: of pictures, see `looking.Wanted`; `perceive` takes `html` too.
        audio, video: of `perceive`.
    """

    graph: str
    words: tuple[str, ...] = ()
    file: Path | None = None
    encoding: str | None = None
    personas: tuple[str, ...] = ()
    shuffled: bool = False
    as_json: bool = False
    trace: bool = False
    output: Path | None = None
    task: str | None = None
    target: str | None = None
    html: Path | None = None
    png: Path | None = None
    audio: Path | None = None
    video: Path | None = None


def run_request(request: Request, settings: Settings) -> None:
    """Run a graph on a text from anywhere and perhaps people, on pictures, or on a clip.

    Raises:
        InputError: no text or several, or an option that the graph does not know.
    """
    from affectgraph.agents.looking import PICTURED, Wanted, look_at
    from affectgraph.agents.perceiving import Heard, perceive_clip

    name, html, output = request.graph, request.html, request.output
    wanted = Wanted(request.task, request.target, html, request.png, output, request.as_json, request.trace)
    heard = Heard(request.audio, request.video, html, output, request.as_json, request.trace)
    if name != "perceive" and heard.options:
        raise InputError(f"the graph {name!r} knows no {heard.options[0]}; `affectgraph run perceive` does")
    people = bool(request.personas) or request.shuffled
    if name in PICTURED:
        if request.file or request.encoding or people:
            raise InputError(f"the graph {name!r} takes pictures: affectgraph run {name} photo.jpg")
        look_at(name, request.words, settings, wanted)
    elif people and name != "appraise":
        raise InputError(f"the graph {name!r} knows no personas; `affectgraph run appraise` does")
    elif name == "perceive":
        if unknown := [one for one in wanted.options if one != "--html"]:
            raise InputError(f"the graph 'perceive' knows no {unknown[0]}; `affectgraph run gat` does")
        perceive_clip(_text(request, request.words) if request.words or request.file else None, heard, settings)
    elif wanted.options:
        raise InputError(f"the graph {name!r} knows no {wanted.options[0]}; `affectgraph run gat` does")
    elif name == "appraise":
        _appraise(request, settings)
    else:
        text = _text(request, request.words)
        run_once(name, text, settings, as_json=request.as_json, trace=request.trace, output=output)


def _text(request: Request, words: Sequence[str]) -> str:
    from affectgraph.agents.text_input import read_text

    if len(words) > 1:
        raise InputError(f"{len(words)} texts were given; put one text in quotes")
    return read_text(next(iter(words), None), request.file, request.encoding)


def _appraise(request: Request, settings: Settings) -> None:
    from affectgraph.agents.appraising import appraise_people, find_personas, split_words

    told, files = split_words(request.words) if request.personas else (None, [])
    words = request.words if not request.personas else () if told is None else (told,)
    text = _text(request, words)
    people = find_personas(settings.data_dir, [*request.personas, *files], shuffled=request.shuffled)
    appraise_people(text, people, settings, as_json=request.as_json, trace=request.trace, output=request.output)


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
