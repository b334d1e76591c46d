"""The store of personas: one TOML file each, `personas/NAME.toml` in the data folder.

The folder is its owner's alone (0700), and so are the files (0600). A file is written beside its place, flushed, and
moved there, so that a reader sees the old one or the new one. Raw answers to a questionnaire are never stored.
Erasing overwrites the bytes and removes the file. What it cannot reach: copies that a journaling file system, a solid
state disk or a backup made, a version that was replaced before, and files that were exported elsewhere.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from affectgraph.tools.persona import Persona, PersonaError, persona_from

__all__ = ["Erased", "PersonaStore", "as_toml", "read_persona"]

_LIMIT = 65_536


@dataclass(frozen=True)
class Erased:
    """What `PersonaStore.erase` removed.

    Attributes:
        files: the files that are gone; more than one where a crash had left an unfinished copy.
        held: the fields that were set, by name; empty where the file could not be read any more.
    """

    files: tuple[Path, ...]
    held: tuple[str, ...]


def as_toml(persona: Persona) -> str:
    """The persona as a TOML document that `read_persona` reads back; unknown values are left out."""
    values = persona.model_dump(exclude_none=True)
    provenance = values.pop("provenance")
    lines = [f"{field} = {_toml(value)}" for field, value in values.items()]
    lines += ["", "[provenance]", *(f"{field} = {_toml(value)}" for field, value in provenance.items())]
    return "\n".join(lines) + "\n"


def _toml(value: str | float) -> str:
    # JSON's escapes are TOML's, but for DEL, which JSON leaves as it is (and `Persona` refuses).
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(float(value))


def read_persona(path: Path) -> Persona:
    """The persona in a TOML file anywhere.

    Raises:
        PersonaError: the file cannot be read, or a field is wrong; names file and field.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LIMIT + 1)
        if len(data) > _LIMIT:
            raise PersonaError(f"{path} is larger than {_LIMIT:,} bytes, which no persona is; check the path")
        values = tomllib.loads(data.decode("utf-8"))
    except OSError as error:
        raise PersonaError(f"cannot read {path}: {error.strerror}; check the path") from None
    except UnicodeDecodeError:
        raise PersonaError(f"{path} is not UTF-8 text; save it as UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PersonaError(f"{path} is no TOML: {error}; correct it, or write the persona anew") from None
    return persona_from(values, str(path))


class PersonaStore:
    """The personas under one data folder. A name that is no safe file name is refused before any path is made."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "personas"

    def path(self, name: str) -> Path:
        """Where the persona `name` is kept, whether or not it is.

        Raises:
            PersonaError: `name` is no safe file name.
        """
        return self.folder / f"{persona_from({'name': name}, 'the persona').name}.toml"

    def names(self) -> list[str]:
        """The stored names, in order; a file whose name is no persona's is passed over."""
        found = []
        for path in self.folder.glob("*.toml"):
            try:
                self.path(path.stem)
            except PersonaError:
                continue
            found.append(path.stem)
        return sorted(found)

    def load(self, name: str) -> Persona:
        """The stored persona.

        Raises:
            PersonaError: none is stored, the file cannot be read, or it holds another name.
        """
        path = self._existing(name)
        persona = read_persona(path)
        # A copied file, or a file system that takes `Ann` for `ann`.
        if persona.name != name:
            raise PersonaError(f"{path} holds the persona {persona.name!r}; its name has to be {name!r}, as the file's")
        return persona

    def save(self, persona: Persona, *, replace: bool = False) -> Path:
        """Write the persona; the place.

        Raises:
            PersonaError: there is one of that name and `replace` is not set, or the folder cannot be written.
        """
        path = self.path(persona.name)
        try:
            # `mode` holds for the last folder alone.
            self.folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.folder.mkdir(exist_ok=True, mode=0o700)
            self.folder.chmod(0o700)
            # mkstemp makes the file with mode 0600.
            handle, partial = tempfile.mkstemp(dir=self.folder, prefix=f".{persona.name}.", suffix=".part")
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(as_toml(persona))
                    file.flush()
                    os.fsync(file.fileno())
                if replace:
                    os.replace(partial, path)
                else:
                    self._link(partial, path)
            finally:
                Path(partial).unlink(missing_ok=True)
            _flush(self.folder)
        except OSError as error:
            raise PersonaError(f"cannot write {path}: {error.strerror}; check data_dir in the settings") from None
        return path

    def taken(self, name: str) -> str:
        """The sentence for a name that is in use."""
        return f"there is already a persona {name!r}; add --replace, or choose another name"

    def export(self, name: str) -> dict[str, Any]:
        """Everything that is stored of the persona, as JSON primitives.

        Raises:
            PersonaError: as `load`.
        """
        persona = self.load(name)
        changed = datetime.fromtimestamp(self.path(name).stat().st_mtime, UTC)
        return {
            "persona": name,
            "last_change": changed.isoformat(timespec="seconds"),
            "profile": persona.model_dump(mode="json"),
        }

    def erase(self, name: str) -> Erased:
        """Overwrite the persona's file with zeros and remove it, and what a crash left of it; damaged ones too.

        Raises:
            PersonaError: none is stored, it is a link, or it cannot be written.
        """
        path = self._existing(name)
        try:
            values = read_persona(path).model_dump(exclude_none=True)
            held = tuple(field for field in values if field not in ("name", "provenance"))
        except PersonaError:
            held = ()
        # No persona's name holds a dot, so no other's unfinished copy matches.
        files = (path, *self.folder.glob(f".{name}.*.part"))
        for file in files:
            _overwrite_and_remove(file)
        _flush(self.folder)
        return Erased(files, held)

    def _link(self, partial: str, path: Path) -> None:
        try:
            os.link(partial, path)  # refuses where the name is taken, even by a process that came first
        except FileExistsError:
            raise PersonaError(self.taken(path.stem)) from None

    def _existing(self, name: str) -> Path:
        path = self.path(name)
        if not os.path.lexists(path):
            known = self.names()
            there = (
                f"stored: {', '.join(known)}" if known else "none is stored yet; `affectgraph persona new` makes one"
            )
            raise PersonaError(f"there is no persona {name!r}; {there}")
        return path


def _overwrite_and_remove(path: Path) -> None:
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise PersonaError(f"{path} is a link or no file, so what it leads to is left alone; remove it by hand")
        # Never through a link that was put there since.
        handle = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
        try:
            left = os.fstat(handle).st_size
            while left > 0:
                left -= os.write(handle, bytes(min(left, _LIMIT)))
            os.fsync(handle)
        finally:
            os.close(handle)
        path.unlink()
    except OSError as error:
        raise PersonaError(f"cannot erase {path}: {error.strerror}; nothing is removed of it") from None


def _flush(folder: Path) -> None:
    """Let the folder's own entry reach the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
