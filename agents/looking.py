"""`affectgraph run gat`: pictures, one after the other, each as a grounded affective tree.

What is finished is kept: a picture that cannot be used is named and the others still run, and after Ctrl-C, or when a
backend fails, the JSON, the page and the figures hold the pictures that were finished until then.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from affectgraph.agents.gat_view import TITLES, cleaned, gat_view
from affectgraph.agents.interrupting import interruptible
from affectgraph.agents.run import asker, replaced
from affectgraph.agents.view import trace_table
from affectgraph.backends.errors import AffectgraphError, InputError, MalformedAnswer, Stopped, TruncatedAnswer
from affectgraph.backends.media import MediaError
from affectgraph.graphs import Finished, Graph, NodeStarted, load
from affectgraph.graphs.gat_types import GatOutput
from affectgraph.graphs.settings import Settings

__all__ = ["PICTURED", "Wanted", "look_at"]

# The graphs that take pictures.
PICTURED = ("gat", "gat_single")
# What is wrong with one picture, or with what a model says of it; anything else would go wrong with the next one too.
_OF_ONE_PICTURE = (MediaError, MalformedAnswer, TruncatedAnswer)


@dataclass(frozen=True)
class Wanted:
    """What is asked of the pictures, and where the results go; `output` is a file for the JSON."""

    task: str | None = None
    target: str | None = None
    html: Path | None = None
    png: Path | None = None
    output: Path | None = None
    as_json: bool = False
    trace: bool = False

    @property
    def options(self) -> list[str]:
        """Those of its options that only pictures have, as they were given."""
        given = {"--task": self.task, "--target": self.target, "--html": self.html, "--png": self.png}
        return [name for name, value in given.items() if value is not None]

    @property
    def files(self) -> list[Path]:
        """The files that are written."""
        return [path for path in (self.output, self.html, self.png) if path is not None]


@dataclass
class _Looked:
    """What came of the pictures so far; `failed` is (path, why)."""

    results: list[GatOutput] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)


def look_at(name: str, images: Sequence[str], settings: Settings, wanted: Wanted) -> None:
    """Run graph `name` on every picture, show each tree, and write what is wanted.

    Raises:
        MediaError: the only picture cannot be used.
        Stopped: Ctrl-C; says what was kept.
        AffectgraphError: some pictures could not be used (the others were), or a backend failed.
    """
    _check(name, images, wanted)
    console = Console(stderr=wanted.as_json, quiet=wanted.as_json and not sys.stderr.isatty())
    looked = _Looked()
    graph = load(name, settings=settings, ask=asker())
    models = tuple(f"{backend.label}: {backend.identity}" for backend in graph.models.each())
    try:
        with interruptible(graph):
            _all(graph, images, wanted, console, looked)
    except KeyboardInterrupt:
        kept = _write(looked, wanted, settings, name, models, console)
        raise Stopped(_stopped(looked, len(images), kept)) from None
    except AffectgraphError:
        _write(looked, wanted, settings, name, models, console)
        raise
    finally:
        graph.close()
    _write(looked, wanted, settings, name, models, console)
    if looked.failed:
        named = ", ".join(Path(path).name for path, _ in looked.failed)
        raise AffectgraphError(f"{len(looked.failed)} of {len(images)} pictures gave no result: {named}")


def _check(name: str, images: Sequence[str], wanted: Wanted) -> None:
    """Refuse before any work what would fail after it."""
    if not images:
        raise InputError(f"name one or more pictures: affectgraph run {name} photo.jpg")
    for path in wanted.files:
        if not path.parent.is_dir():
            raise InputError(f"the folder {path.parent} of {path.name} does not exist")
    if wanted.png:
        from affectgraph.agents.gat_figure import require_matplotlib

        require_matplotlib()


def _all(graph: Graph[Any], images: Sequence[str], wanted: Wanted, console: Console, looked: _Looked) -> None:
    with console.status("starting ...") as status:
        for number, image in enumerate(images, 1):
            given = {"image": image, "task": wanted.task or "EU", "target": wanted.target}
            try:
                for event in graph.events(given):
                    if isinstance(event, NodeStarted):
                        node = TITLES.get(event.node, event.node).lower()
                        status.update(Text(f"{cleaned(Path(image).name)} ({number} of {len(images)}): {node} ..."))
                    elif isinstance(event, Finished):
                        looked.results.append(event.output)
                        _show(event.output, wanted, console)
            except _OF_ONE_PICTURE as error:
                if len(images) == 1:
                    raise
                looked.failed.append((cleaned(image), cleaned(str(error))))
                console.print(Text(looked.failed[-1][1], style="red"))


def _show(output: GatOutput, wanted: Wanted, console: Console) -> None:
    console.print(gat_view(output))
    if wanted.trace:
        console.print(trace_table(output.trace))


def _stopped(looked: _Looked, count: int, kept: Sequence[Path]) -> str:
    if not looked.results:
        return "stopped; nothing was written"
    where = f"; they are in {', '.join(map(str, kept))}" if kept else ""
    return f"stopped after {len(looked.results)} of {count} pictures{where}"


# --- files -----------------------------------------------------------------------------------------------------------


def _write(
    looked: _Looked, wanted: Wanted, settings: Settings, name: str, models: tuple[str, ...], console: Console
) -> list[Path]:
    """Write what is wanted of the finished pictures; nothing where there are none. Returns the files."""
    if not looked.results:
        return []
    written = []
    text = _json(looked)
    if wanted.as_json:
        sys.stdout.write(text + "\n")
    if wanted.output:
        replaced(wanted.output, text)
        written.append(wanted.output)
    if wanted.html:
        replaced(wanted.html, _page(looked, settings, name, models))
        written.append(wanted.html)
    if wanted.png:
        written += _figures(looked, wanted.png, settings)
    for path in written:
        console.print(Text(f"written to {path}", style="dim"))
    return written


def _json(looked: _Looked) -> str:
    """One shape for one picture and for many, so that a shell's pattern does not change it."""
    results = [result.model_dump(mode="json") for result in looked.results]
    failed = [{"image": path, "error": why} for path, why in looked.failed]
    return json.dumps({"images": results, "failed": failed}, ensure_ascii=False, indent=2)


def _page(looked: _Looked, settings: Settings, name: str, models: tuple[str, ...]) -> str:
    from affectgraph.agents.gat_page import Made, gat_page

    failed = tuple((Path(path).name, why) for path, why in looked.failed)
    mode = settings.gat.mode if name == "gat" else ""
    made = Made(graph=name, mode=mode, models=models, failed=failed)
    return gat_page(looked.results, made, settings.media)


def _figures(looked: _Looked, path: Path, settings: Settings) -> list[Path]:
    from affectgraph.agents.gat_figure import paint

    several = len(looked.results) + len(looked.failed) > 1
    paths = []
    for number, result in enumerate(looked.results, 1):
        own = path.with_name(f"{path.stem}-{number}{path.suffix}") if several else path
        paint(result, own, settings.media)
        paths.append(own)
    return paths
