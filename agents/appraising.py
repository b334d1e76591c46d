"""`affectgraph run appraise`: one event, several people, side by side."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from affectgraph.agents.interrupting import interruptible
from affectgraph.agents.run import asker, replaced
from affectgraph.agents.view import trace_table
from affectgraph.backends.errors import InputError, Stopped
from affectgraph.graphs import Finished, Graph, NodeStarted, load
from affectgraph.graphs.memory import memory_folder, open_memory
from affectgraph.graphs.settings import Settings
from affectgraph.tools.appraisals import APPRAISALS
from affectgraph.tools.persona import Persona, PersonaError, exchanged
from affectgraph.tools.personas import PersonaStore, read_persona

__all__ = ["appraise_people", "find_personas", "split_words"]

AVERAGE = "average"
# A difference that is worth a row, in points of the scale; and how many rows.
_APART, _ROWS = 0.15, 10
_QUOTE = 60


def split_words(words: Sequence[str]) -> tuple[str | None, list[str]]:
    """(text, persona files) of the words after the graph's name.

    A shell that expands `--persona folder/*.toml` gives the option the first file, and the rest are words here.

    Raises:
        InputError: two words could be the text.
    """
    files = [word for word in words if word.endswith(".toml")]
    texts = [word for word in words if word not in files]
    if len(texts) > 1:
        raise InputError(
            f"{len(texts)} texts were given ({texts[0][:40]!r}, {texts[1][:40]!r}); put one text in quotes"
        )
    return (texts[0] if texts else None), files


def find_personas(data_dir: Path, given: Sequence[str], *, shuffled: bool) -> list[Persona]:
    """The personas that were named: files, or names of stored ones.

    Args:
        data_dir: where stored personas are.
        given: paths of TOML files, or names.
        shuffled: each gets the profile of the next one: the control.

    Raises:
        PersonaError: one cannot be read, two have one name, or there is nobody to exchange with.
    """
    store = PersonaStore(data_dir)
    found = [read_persona(Path(one)) if one.endswith(".toml") else store.load(one) for one in given]
    names = [persona.name for persona in found]
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise PersonaError(f"the persona {twice!r} is given twice; name each once")
    return exchanged(found) if shuffled else found


def appraise_people(
    text: str, personas: Sequence[Persona], settings: Settings, *, as_json: bool, trace: bool, output: Path | None
) -> None:
    """Appraise `text` as the average person, then as each persona, and show them side by side.

    Raises:
        AffectgraphError: whatever the graph refuses or fails at.
    """
    if output is not None and not output.parent.is_dir():
        raise InputError(f"the folder {output.parent} of --output does not exist")
    console = Console(stderr=as_json, quiet=as_json and not sys.stderr.isatty())
    with ExitStack() as opened:
        remembers = settings.appraise.recall and memory_folder(settings).is_dir()
        store = opened.enter_context(open_memory(settings)) if remembers else None
        graph = load("appraise", settings=settings, ask=asker(), store=store)
        opened.callback(graph.close)
        results = _all(graph, text, personas, console)
    console.print(_page(results))
    if trace:
        for result in results:
            console.print(Text(result.person or AVERAGE, style="bold"), trace_table(result.trace))
    average, *people = [result.model_dump(mode="json") for result in results]
    written = json.dumps({"event": text, AVERAGE: average, "people": people}, ensure_ascii=False, indent=2)
    if as_json:
        sys.stdout.write(written + "\n")
    if output is not None:
        replaced(output, written)
        console.print(f"written to {output}", style="dim")


def _all(graph: Graph[Any], text: str, personas: Sequence[Persona], console: Console) -> list[Any]:
    results: list[Any] = []
    try:
        with interruptible(graph), console.status("starting ...") as status:
            for number, persona in enumerate([None, *personas]):
                given: dict[str, Any] = {"text": text, "persona": persona}
                if results:
                    given["baseline"] = results[0].ratings
                for event in graph.events(given):
                    if isinstance(event, NodeStarted):
                        name = persona.name if persona else AVERAGE
                        status.update(f"{name} ({number + 1} of {len(personas) + 1}): {event.node} ...")
                    elif isinstance(event, Finished):
                        results.append(event.output)
    except KeyboardInterrupt:
        raise Stopped("stopped; nothing was written") from None
    return results


# --- the page --------------------------------------------------------------------------------------------------------


def _page(results: Sequence[Any]) -> RenderableType:
    parts: list[RenderableType] = [_side_by_side(results)]
    for result in results[1:]:
        if result.explanation.words:
            parts.append(Text(f"\nWhy {result.person}", style="bold"))
            parts += [Text(f"- {sentence}") for sentence in result.explanation.words]
    if results[0].notice:
        parts.append(Text(f"\n{results[0].notice}", style="yellow"))
    return Group(*parts)


def _side_by_side(results: Sequence[Any]) -> Table:
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("")
    for result in results:
        table.add_column(result.person or AVERAGE)
    for place, name in enumerate(("feels", "then")):
        table.add_row(Text(name, style="dim"), *(_emotion(result, place) for result in results))
    if results[0].feeling.intensity:
        table.add_row(Text("strength", style="dim"), *(Text(result.feeling.intensity.top) for result in results))
    if any(result.recalled for result in results):
        table.add_row(Text("recalled", style="dim"), *(_recalled(result) for result in results))
    told, rows = _rows([result.ratings for result in results])
    if rows:
        table.add_row("")
        table.add_row(Text(told, style="dim"))
    for name in rows:
        table.add_row(_statement(name, results), *(_rating(name, result, results[0]) for result in results))
    return table


def _emotion(result: Any, place: int) -> Text:
    label, share = result.feeling.emotions.ranked()[place]
    return Text(f"{label} {share:.0%}", style="bold cyan" if place == 0 else "")


def _recalled(result: Any) -> Text:
    own = sum(item.own for item in result.recalled)
    return Text(f"{own} own, {len(result.recalled) - own} public")


def _rows(ratings: Sequence[dict[str, float]]) -> tuple[str, list[str]]:
    """(heading, variables in Scherer's order): those that differ most between people, else the most extreme ones."""
    people = ratings[1:] if len(ratings) > 2 else ratings
    spread = {name: max(of[name] for of in people) - min(of[name] for of in people) for name in ratings[0]}
    extreme = {name: abs(ratings[0][name] - 3.0) for name in ratings[0]}
    differs = any(value >= _APART for value in spread.values())
    by = spread if differs else extreme
    chosen = sorted((name for name in by if by[name] >= _APART), key=lambda name: -by[name])[:_ROWS]
    told = "how true is it, 1 to 5"
    if len(ratings) > 1:
        told += " (what differs most)" if differs else f" (nothing differs by {_APART} or more)"
    return told, [item.name for item in APPRAISALS if item.name in chosen]


def _statement(name: str, results: Sequence[Any]) -> Text:
    known = next(item for item in APPRAISALS if item.name == name)
    said = Text(known.zh if results[0].language == "zh" else known.en)
    rests = results[-1].appraisals[name].evidence
    if rests is not None and any(item.evidence != rests for item in results[-1].appraisals.values()):
        words = " ".join(rests.text.split())
        shown = words if len(words) <= _QUOTE else f"{words[: _QUOTE - 1]}…"
        said.append(f"\n  “{shown}”", style="dim italic")
    return said


def _rating(name: str, result: Any, average: Any) -> Text:
    rating, usual = result.ratings[name], average.ratings[name]
    arrow, style = "", ""
    if result is not average and abs(rating - usual) >= _APART:
        arrow, style = (" ▲", "green") if rating > usual else (" ▼", "magenta")
    return Text(f"{rating:.1f}{arrow}", style=style)
