"""Everything of a person at once: export it, or erase it for good.

A person's things are their persona, the episodes in the memory, the sessions that ran with their name, and the files
in their folder. Each may be missing; what is missing is not made, and without a memory neither Chroma nor torch is
loaded.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from affectgraph.agents.sessions import opened, session_file, write_out
from affectgraph.backends.errors import InputError
from affectgraph.graphs.checkpoints import erase_sessions, last_state, session_rows, sessions_of
from affectgraph.graphs.memory import memory_folder, open_memory, person_folder
from affectgraph.graphs.settings import Settings
from affectgraph.tools.episodes import private_space, public_space, spaces
from affectgraph.tools.personas import PersonaStore

__all__ = ["Holding", "erase_person", "export_person", "holding"]


@dataclass(frozen=True)
class Holding:
    """What is stored of a person.

    Attributes:
        persona: there is a file of the persona, readable or not.
        private, public: how many episodes of each kind.
        sessions: names of the sessions that ran with the person's name.
        files: what lies in the person's folder, relative to it, in order.
    """

    persona: bool
    private: int
    public: int
    sessions: tuple[str, ...]
    files: tuple[str, ...]

    def __str__(self) -> str:
        """In words, or empty where there is nothing."""
        parts = ["the persona"] if self.persona else []
        if self.private or self.public:
            shared = f" ({self.public} of them public)" if self.public else ""
            parts.append(f"{_count(self.private + self.public, 'episode')}{shared}")
        if self.sessions:
            parts.append(f"{_count(len(self.sessions), 'session')} ({', '.join(self.sessions)})")
        if self.files:
            parts.append(_count(len(self.files), "file"))
        return ", ".join(parts)


def holding(settings: Settings, name: str) -> Holding:
    """What is stored of `name`; nothing is changed.

    Raises:
        PersonaError: the name is none, or nothing at all is stored of it.
        AffectgraphError: the memory or the sessions cannot be opened.
    """
    store = PersonaStore(settings.data_dir)
    persona = os.path.lexists(store.path(name))
    private, public = _episodes(settings, name)
    found = Holding(
        persona=persona,
        private=len(private),
        public=len(public),
        sessions=tuple(_session_names(settings, name)),
        files=tuple(_files(settings, name)),
    )
    if not str(found) and not os.path.lexists(person_folder(settings, name)):
        store.load(name)  # says that there is none, and which there are
    return found


def export_person(settings: Settings, name: str, output: Path | None) -> None:
    """Write everything that is stored of a person as JSON; a new file is its owner's alone.

    Keys: `persona`, `last_change` and `profile` (None without a persona), `episodes` as the memory holds them,
    `sessions` with their last state, and `files`: names only, they are files already.

    Raises:
        InputError: nothing is stored of the person, or the file cannot be written.
        AffectgraphError: something that is stored cannot be read.
    """
    found = holding(settings, name)
    profile = {"persona": name, "last_change": None, "profile": None}
    exported = {
        **(PersonaStore(settings.data_dir).export(name) if found.persona else profile),
        "episodes": [item for space in _episodes(settings, name) for item in space],
        "sessions": _sessions(settings, name),
        "files": [str(person_folder(settings, name) / file) for file in found.files],
    }
    write_out(json.dumps(exported, ensure_ascii=False, indent=2) + "\n", output)


def erase_person(settings: Settings, name: str) -> None:
    """Erase everything of a person for good, and say what was erased as it goes.

    The persona comes last: if something fails before it, the same command goes on from there.

    Raises:
        PersonaError: nothing is stored of the person, or the persona's file cannot be erased.
        AffectgraphError: the memory or the sessions are in use or damaged, or a file cannot be erased.
    """
    found = holding(settings, name)
    if found.sessions:
        with opened(settings, unread=True) as saver:
            _say(f"Sessions erased: {', '.join(erase_sessions(saver, name))}.")
    # Even without an episode now: what a graph deleted may still stand in the index.
    if memory_folder(settings).is_dir():
        with open_memory(settings, rebuilding=True) as store:
            store.erase(spaces(name))
        if found.private or found.public:
            _say(f"Memory erased: {_count(found.private + found.public, 'episode')}.")
    _erase_folder(person_folder(settings, name), len(found.files))
    if found.persona:
        erased = PersonaStore(settings.data_dir).erase(name)
        _say(f"The persona {name!r} is erased: {', '.join(erased.held) or 'a file that could not be read'}.")
        for file in erased.files:
            _say(f"Overwritten and removed: {file}")
    _say_what_is_left(found)


def _say_what_is_left(found: Holding) -> None:
    _say("Out of reach: files that you exported elsewhere, backups, and copies that a solid state disk or a journaling")
    _say("file system made. Those are yours to delete.")
    if found.public:
        _say("What was public may have been recalled before and stand, without the name, in other people's sessions.")


def _erase_folder(folder: Path, files: int) -> None:
    if not os.path.lexists(folder):
        return
    from affectgraph.tools.memory.files import wipe

    link = folder.is_symlink()
    try:
        wipe(folder)
    except OSError as error:
        raise InputError(
            f"cannot erase {error.filename or folder}: {error.strerror}; erase again when it can"
        ) from None
    if link:
        _say(f"Removed: the link {folder}. What it led to is left alone.")
    else:
        _say(f"Overwritten and removed: {folder} with {_count(files, 'file')}")


def _episodes(settings: Settings, name: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The private and the public ones, as the memory holds them."""
    if not memory_folder(settings).is_dir():
        return [], []
    with open_memory(settings, rebuilding=True) as store:
        return store.export(private_space(name)), store.export(public_space(name))


def _session_names(settings: Settings, name: str) -> list[str]:
    with _opened_sessions(settings, unread=True) as saver:
        return sessions_of(saver, name) if saver else []


def _sessions(settings: Settings, name: str) -> list[dict[str, Any]]:
    """Name, last change and last state of each of the person's sessions."""
    with _opened_sessions(settings) as saver:
        theirs = set(sessions_of(saver, name)) if saver else set()
        return [
            {"session": row.name, "last_change": row.changed, "state": last_state(saver, row)}
            for row in (session_rows(saver, None) if theirs else [])
            if row.name in theirs
        ]


@contextmanager
def _opened_sessions(settings: Settings, *, unread: bool = False) -> Iterator[Any]:
    """The sessions, or None where there are none: opening would make the file."""
    if not session_file(settings).is_file():
        yield None
        return
    with opened(settings, unread=unread) as saver:
        yield saver


def _files(settings: Settings, name: str) -> list[str]:
    folder = person_folder(settings, name)
    if folder.is_symlink():
        return []
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_symlink() or path.is_file())


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _say(sentence: str) -> None:
    Console().print(Text(sentence), soft_wrap=True)
