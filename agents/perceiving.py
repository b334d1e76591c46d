"""`affectgraph run perceive`: one clip, what each modality says alone, and what they say together."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from affectgraph.agents.interrupting import interruptible
from affectgraph.agents.perceive_view import TITLES, perceive_view
from affectgraph.agents.run import asker, replaced
from affectgraph.agents.view import trace_table
from affectgraph.backends.errors import InputError, Stopped
from affectgraph.graphs import Finished, load
from affectgraph.graphs.perceive_types import PerceiveOutput
from affectgraph.graphs.settings import Settings

__all__ = ["Heard", "perceive_clip"]


@dataclass(frozen=True)
class Heard:
    """What `--audio` and `--video` were given, and where the results go; `output` is a file for the JSON."""

    audio: Path | None = None
    video: Path | None = None
    html: Path | None = None
    output: Path | None = None
    as_json: bool = False
    trace: bool = False

    @property
    def options(self) -> list[str]:
        """Those of its options that only clips have, as they were given."""
        return [name for name, value in {"--audio": self.audio, "--video": self.video}.items() if value is not None]


def perceive_clip(text: str | None, heard: Heard, settings: Settings) -> None:
    """Run the graph on one clip, show what it found, and write what is wanted.

    Args:
        text: what the person says; None where it is not known.
        heard: the files.
        settings: of the run.

    Raises:
        InputError: nothing was given, or a folder to write into does not exist.
        AffectgraphError: whatever the graph refuses or fails at.
    """
    if text is None and not heard.options:
        raise InputError('name what is to be perceived: affectgraph run perceive "words" --audio FILE --video FILE')
    for path in (heard.output, heard.html):
        if path is not None and not path.parent.is_dir():
            raise InputError(f"the folder {path.parent} of {path.name} does not exist")
    console = Console(stderr=heard.as_json, quiet=heard.as_json and not sys.stderr.isatty())
    result, models = _run(text, heard, settings, console)
    console.print(perceive_view(result))
    if heard.trace:
        console.print(trace_table(result.trace))
    written = result.model_dump_json(indent=2)
    if heard.as_json:
        sys.stdout.write(written + "\n")
    if heard.output is not None:
        replaced(heard.output, written)
        console.print(Text(f"written to {heard.output}", style="dim"))
    if heard.html is not None:
        from affectgraph.agents.perceive_page import perceive_page

        replaced(heard.html, perceive_page(result, models, settings))
        console.print(Text(f"written to {heard.html}", style="dim"))


def _run(
    text: str | None, heard: Heard, settings: Settings, console: Console
) -> tuple[PerceiveOutput, tuple[str, ...]]:
    given = {
        "text": text,
        "audio": None if heard.audio is None else str(heard.audio),
        "video": None if heard.video is None else str(heard.video),
    }
    graph = load("perceive", settings=settings, ask=asker())
    models = tuple(f"{backend.label}: {backend.identity}" for backend in graph.models.each())
    running: list[str] = []
    try:
        with interruptible(graph), console.status("starting ...") as status:
            for event in graph.events(given):
                if isinstance(event, Finished):
                    return event.output, models
                node = getattr(event, "node", "")
                # Readers run side by side: all that are under way are named.
                if hasattr(event, "entry"):
                    running.remove(node)
                else:
                    running.append(node)
                status.update(Text(f"{', '.join(TITLES.get(name, name).lower() for name in running)} ..."))
    except KeyboardInterrupt:
        raise Stopped("stopped; nothing was written") from None
    finally:
        graph.close()
    raise AssertionError("a run ends with its result")
