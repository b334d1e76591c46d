"""A person's memory at the terminal: list, add, recall and forget episodes; its state; its index built anew.

The text of episodes is shown: this is the person's own view.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from affectgraph.backends.errors import InputError
from affectgraph.graphs.embedding import embedder_of
from affectgraph.graphs.memory import memory_folder, open_memory
from affectgraph.graphs.settings import Settings
from affectgraph.tools import episodes
from affectgraph.tools.episodes import Episode, Kept
from affectgraph.tools.memory import MemoryStore, MemoryStoreError
from affectgraph.tools.personas import PersonaStore

__all__ = ["add_memory", "forget_memory", "list_memories", "memory_status", "rebuild_memory", "recall_memories"]

_SHORT = 8  # characters of a key that a table shows
_LINE = 300  # of an event; the terminal cuts further
_NOTHING = "No memory is stored yet. `affectgraph memory add` makes one."


def list_memories(settings: Settings, person: str, *, as_json: bool = False) -> None:
    """Print a person's episodes, the latest first.

    Raises:
        InputError: the name is no name of a persona.
        EpisodeError: an episode is damaged.
    """
    _check(settings, person)
    found: list[Kept] = []
    if memory_folder(settings).is_dir():
        with _opened(settings) as store:
            found = episodes.episodes_of(store, person)
    if as_json:
        _print_json([kept.model_dump(mode="json") for kept in found])
        return
    table = _table("key", "when", "source", "emotion", "told", "shared", "event")
    for kept in found:
        table.add_row(*_cells(kept))
    _print_table(table, f"Nothing is stored of {person!r}. `affectgraph memory add` makes an episode.")


def add_memory(
    settings: Settings,
    person: str,
    event: str,
    *,
    emotions: Sequence[str] = (),
    taxonomy: str = "ekman7",
    appraisals: Sequence[str] = (),
    when: str | None = None,
    public: bool = False,
    as_json: bool = False,
) -> None:
    """Keep an episode that the person states, and say what became of it.

    Args:
        settings: the settings.
        person: a name as a persona's.
        event: the person's own words.
        emotions: labels of `taxonomy`, each `LABEL` or `LABEL=WEIGHT`; the weights are scaled to sum to 1.
        taxonomy: a name in `tools.emotions`.
        appraisals: `NAME=RATING`, ratings from 1 to 5.
        when: ISO date or time, local unless it says its zone; None is now.
        public: may be recalled for other people. The persona's traits are kept with it, if there is a persona.
        as_json: print JSON and nothing else.

    Raises:
        InputError: a value is wrong; nothing is stored.
    """
    _check(settings, person)
    felt = _numbers(emotions, "--emotion", "joy or joy=2", default=1.0)
    total = sum(felt.values())
    if felt and not (0.0 < total < float("inf") and min(felt.values()) >= 0.0):
        raise InputError("the weights of --emotion have to be at least 0, and not all 0; e.g. --emotion joy=2")
    values = {
        "event": event,
        "appraisals": _numbers(appraisals, "--appraisal", "pleasantness=4"),
        "emotions": {label: weight / total for label, weight in felt.items()},
        "taxonomy": taxonomy if felt else None,
        "time": _time(when),
        "source": "stated",
        "public": public,
        "traits": _traits(settings, person) if public else {},
    }
    try:
        episode = Episode.model_validate(values)
    except ValidationError as error:
        raise InputError(_sentence(error)) from None
    with _opened(settings) as store:
        kept = episodes.remember(store, person, episode)
    if as_json:
        _print_json(kept.model_dump(mode="json"))
        return
    told = f"This was known: it is told {kept.count} times now." if kept.merged else "It is kept as a new episode."
    shared = "Shared: other people's runs may recall it, without your name." if kept.episode.public else "Private."
    console = Console()
    console.print(Text(f"{told} {shared} Key: {kept.key[:_SHORT]}"), soft_wrap=True)
    if kept.contradicts and not kept.merged:
        keys = ", ".join(key[:_SHORT] for key in kept.contradicts)
        console.print(Text(f"It contradicts what you said of the same event before ({keys}); both are kept."))


def recall_memories(
    settings: Settings, person: str, event: str, *, limit: int = 5, public: bool = True, as_json: bool = False
) -> None:
    """Print the episodes that are most like `event`, with the parts of their scores.

    Raises:
        InputError: a value is wrong.
        EpisodeError: an episode is damaged.
    """
    _check(settings, person)
    found: list[episodes.Recalled] = []
    if memory_folder(settings).is_dir():
        traits = _traits(settings, person)
        with _opened(settings) as store:
            try:
                found = episodes.recall(store, person, event, traits=traits, limit=limit, public=public)
            except ValidationError as error:
                raise InputError(_sentence(error)) from None
            except ValueError as error:
                raise InputError(str(error)) from None
    if as_json:
        _print_json([hit.model_dump(mode="json") for hit in found])
        return
    table = _table("whose", "score", "similar", "close", "recent", "emotion", "event")
    for hit in found:
        close = "-" if hit.closeness is None else f"{hit.closeness:.2f}"
        numbers = (f"{hit.score:.2f}", f"{hit.similarity:.2f}", close, f"{hit.recency:.2f}")
        table.add_row("own" if hit.own else "other", *numbers, hit.episode.top or "-", _line(hit.episode.event))
    _print_table(table, "Nothing is recalled.")


def forget_memory(settings: Settings, person: str, key: str) -> None:
    """Forget one episode, so that no byte of it is left in the memory's files.

    Args:
        settings: the settings.
        person: whose.
        key: the key or its beginning, as long as it is of one episode.

    Raises:
        InputError: no episode of that key, or several.
    """
    _check(settings, person)
    if not memory_folder(settings).is_dir():
        raise InputError(f"nothing is stored of {person!r}, so there is nothing to forget")
    with _opened(settings) as store:
        keys = episodes.keys_of(store, person)
        matching = [known for known in keys if known.startswith(key)] if key else []
        matching = [key] if key in keys else matching
        if len(matching) != 1:
            what = "several keys begin" if matching else "no key begins"
            raise InputError(f"{what} with {key!r}; `affectgraph memory list {person}` shows them")
        episodes.forget(store, person, matching[0])
        # Nothing more goes, but the files let go of what was deleted: its vector, and a name without episodes.
        store.erase([])
    Console().print(Text(f"The episode {matching[0][:_SHORT]} is forgotten."))


def memory_status(settings: Settings, *, as_json: bool = False) -> None:
    """Print what is stored, the embedder of the settings, whether they fit, and the size on disk; no person's words."""
    folder = memory_folder(settings)
    status: dict[str, Any] = {"folder": str(folder)}
    if folder.is_dir():
        with open_memory(settings, rebuilding=True) as store:
            status |= store.counts()
        status |= {"embedder": embedder_of(settings).identity, "state": _state(settings)}
        status["bytes"] = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    if as_json:
        _print_json(status)
        return
    if not folder.is_dir():
        Console().print(_NOTHING)
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in status.items():
        shown = f"{value / 1e6:.1f} MB" if name == "bytes" else str(value)
        table.add_row("size on disk" if name == "bytes" else name, Text(shown, overflow="fold"))
    Console().print(table)


def rebuild_memory(settings: Settings) -> None:
    """Build the index anew from the journal with the embedder of the settings, whichever made the old one."""
    console = Console()
    if not memory_folder(settings).is_dir():
        console.print(_NOTHING)
        return
    with open_memory(settings, rebuilding=True) as store, _progress(console) as shown:
        task = shown.add_task("Embedding", total=None)
        done = store.rebuild(lambda ready, total: shown.update(task, completed=ready, total=total))
    identity = embedder_of(settings).identity
    told = "1 episode" if done == 1 else f"{done} episodes"
    console.print(Text(f"The index is built anew: {told}, embedded with {identity}."), soft_wrap=True)


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def _state(settings: Settings) -> str:
    try:
        with _opened(settings):
            return "ready"
    except MemoryStoreError as error:
        return str(error)


@contextmanager
def _opened(settings: Settings) -> Iterator[MemoryStore]:
    with open_memory(settings) as store:
        yield store


def _check(settings: Settings, person: str) -> None:
    PersonaStore(settings.data_dir).path(person)  # refuses what is no name


def _traits(settings: Settings, person: str) -> dict[str, float]:
    store = PersonaStore(settings.data_dir)
    return store.load(person).traits if person in store.names() else {}


def _time(when: str | None) -> datetime:
    if when is None:
        return datetime.now().astimezone()
    try:
        told = datetime.fromisoformat(when)
    except ValueError:
        raise InputError(f"--when {when!r} is no date; give one such as 2026-01-02 or 2026-01-02T18:30") from None
    return told if told.tzinfo else told.astimezone()


def _numbers(given: Sequence[str], option: str, example: str, default: float | None = None) -> dict[str, float]:
    found: dict[str, float] = {}
    for item in given:
        name, equals, number = item.partition("=")
        try:
            value = float(number) if equals or default is None else default
        except ValueError:
            raise InputError(f"{option} {item!r} is not understood; give it as {option} {example}") from None
        if name in found:
            raise InputError(f"{option} {name} is given twice; give it once")
        found[name] = value
    return found


def _sentence(error: ValidationError) -> str:
    told = []
    for item in error.errors(include_input=False, include_url=False)[:3]:
        place = ".".join(map(str, item["loc"]))
        said = item["msg"].removeprefix("Value error, ")
        told.append(f"{place}: {said}" if place else said)
    return "; ".join(told)


def _cells(kept: Kept) -> tuple[str | Text, ...]:
    episode = kept.episode
    when = episode.time.astimezone().strftime("%Y-%m-%d")
    mark = f"{episode.top or '-'} (!)" if kept.contradicts else episode.top or "-"
    shared = "yes" if episode.public else "no"
    return kept.key[:_SHORT], when, episode.source, mark, f"{kept.count}x", shared, _line(episode.event)


def _line(text: str) -> Text:
    """One line without what could steer the terminal."""
    shown = "".join(" " if unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp") else sign for sign in text[:_LINE])
    return Text(" ".join(shown.split()), no_wrap=True, overflow="ellipsis")


def _table(*names: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in names:
        # Where the terminal is narrow, the event alone is cut.
        table.add_column(name, no_wrap=name != "event")
    return table


def _print_table(table: Table, otherwise: str) -> None:
    console = Console()
    if table.row_count:
        console.print(table)
    else:
        console.print(Text(otherwise), soft_wrap=True)


def _print_json(value: Mapping[str, Any] | Sequence[Any]) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
