"""Options of `affectgraph run`, and those that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "AudioOption",
    "BackendOption",
    "ConfigOption",
    "EncodingOption",
    "FileOption",
    "HtmlOption",
    "JsonOption",
    "OutputOption",
    "PersonaOption",
    "PngOption",
    "SetOption",
    "ShuffledOption",
    "TargetOption",
    "TaskOption",
    "TraceOption",
    "VideoOption",
    "WordsOption",
]

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

# --- of `run`: the text and where the result goes ---

WordsOption = Annotated[str | None, typer.Option("--text", help="The text, instead of as an argument.")]
FileOption = Annotated[Path | None, typer.Option("--file", "-f", help="Read the text from this file.")]
EncodingOption = Annotated[str | None, typer.Option(help="Encoding of the file (default: its mark, else UTF-8).")]
TraceOption = Annotated[bool, typer.Option("--trace", help="Show what each node cost.")]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", help="Write the result as JSON to a file.")]

# --- of `run`: what single graphs take ---

PersonaOption = Annotated[
    list[str] | None,
    typer.Option("--persona", "-p", help="`appraise`: a persona's file or stored name; several are compared."),
]
ShuffledOption = Annotated[
    bool, typer.Option("--shuffled", help="`appraise`: each persona gets the next one's profile (control).")
]
TaskOption = Annotated[
    str | None,
    typer.Option(help="`gat`: EU (which emotion), ER (and why) or EGCG (a text in the emotion `--target`)."),
]
TargetOption = Annotated[str | None, typer.Option(help="`gat`: the emotion that EGCG writes in.")]
HtmlOption = Annotated[Path | None, typer.Option(help="`gat`, `perceive`: draw the result on one self-contained page.")]
PngOption = Annotated[Path | None, typer.Option(help="`gat`: draw a figure for paper; several pictures are numbered.")]
AudioOption = Annotated[
    Path | None, typer.Option(help="`perceive`: the voice, a sound or video file; unset: the sound of --video.")
]
VideoOption = Annotated[Path | None, typer.Option(help="`perceive`: the face, a video file or a picture.")]
