"""`affectgraph doctor`: is everything in place, and if not, what to do."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich.console import Console

from affectgraph.backends import weights
from affectgraph.backends.errors import AffectgraphError
from affectgraph.backends.opening import open_backend
from affectgraph.backends.picture_reader import picture_reader
from affectgraph.graphs.settings import Settings, load_settings

__all__ = ["examine"]

_REQUIRED = ("langgraph", "langchain-core", "pydantic", "instructor", "chromadb", "xllamacpp")
_OPTIONAL = {
    "transformers": ("torch", "transformers", "llguidance"),
    "evals": ("inspect_ai", "scipy", "sklearn", "matplotlib", "sacrebleu"),
    "web": ("gradio",),
}


@dataclass(frozen=True)
class _Finding:
    ok: bool | None  # None: optional and absent
    what: str
    advice: str = ""


def examine(config: Path | None, overrides: Sequence[str]) -> bool:
    """Print one line a check; True when nothing needed is missing."""
    console = Console()
    fine = True
    for finding in _findings(config, overrides):
        mark = {True: "[green]ok  [/green]", False: "[red]no  [/red]", None: "[dim]--  [/dim]"}[finding.ok]
        advice = f"\n      -> {finding.advice}" if finding.advice else ""
        console.print(f"{mark}{finding.what}{advice}", highlight=False)
        fine = fine and finding.ok is not False
    console.print("\nEverything needed is in place." if fine else "\nSomething is missing; see the arrows.")
    return fine


def _findings(config: Path | None, overrides: Sequence[str]) -> Iterator[_Finding]:
    release = ".".join(map(str, sys.version_info[:3]))
    yield _Finding(
        sys.version_info >= (3, 11), f"Python {release}", "" if sys.version_info >= (3, 11) else "use 3.11 or later"
    )
    yield from _packages()
    yield from _weights()
    yield _words_in_pictures()
    try:
        loaded = load_settings(config, overrides=overrides)
    except AffectgraphError as error:
        yield _Finding(False, "settings", str(error))
        return
    yield _Finding(True, f"settings ({loaded.file or 'defaults, no file'})")
    yield _folder(loaded.settings.data_dir)
    yield from _backends(loaded.settings)


def _packages() -> Iterator[_Finding]:
    for name in _REQUIRED:
        installed = _version(name)
        yield _Finding(installed is not None, f"{name} {installed or ''}", "" if installed else f"pip install {name}")
    for extra, names in _OPTIONAL.items():
        missing = [name for name in names if importlib.util.find_spec(name) is None]
        advice = f"optional: pip install 'affectgraph[{extra}]'" if missing else ""
        yield _Finding(None if missing else True, f"extra [{extra}]".replace("[", "\\["), advice.replace("[", "\\["))


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _weights() -> Iterator[_Finding]:
    for known in weights.ALL:
        path = weights.find(known)
        if path is None:
            needed = False if known is weights.SMOLLM2 else None
            yield _Finding(needed, f"weights {known.name}", "affectgraph weights fetch")
        elif not weights.pinned(known, path):
            yield _Finding(
                False, f"weights {known.name}, {path.name}: not the pinned file", "affectgraph weights fetch"
            )
        else:
            yield _Finding(True, f"weights {known.name}, sha256 as pinned")


def _words_in_pictures() -> _Finding:
    reader = picture_reader()
    if reader is None:
        return _Finding(None, "words in pictures are not read", r"optional: pip install 'affectgraph\[ocr]'")
    try:
        return _Finding(True, f"words in pictures, read by {reader.identity.partition(':')[0]}")
    except AffectgraphError as error:
        return _Finding(None, "words in pictures are not read", str(error).replace("[", r"\["))


def _folder(path: Path) -> _Finding:
    existing = next(folder for folder in (path, *path.parents) if folder.exists())
    if existing.is_dir() and os.access(existing, os.W_OK):
        return _Finding(True, f"data folder {path}")
    return _Finding(False, f"data folder {path}: not writable", "set data_dir in affectgraph.toml to a folder of yours")


def _backends(settings: Settings) -> Iterator[_Finding]:
    used = {name for name in settings.roles.model_dump().values() if name}
    for name in settings.backends:
        try:
            backend = open_backend(settings.backend(name), name, data_dir=settings.data_dir)
            health = backend.health()
            backend.close()
        except AffectgraphError as error:
            yield _Finding(False if name in used else None, f"backend {name}", str(error))
            continue
        bad = False if name in used else None
        yield _Finding(
            True if health.ok else bad, f"backend {name}: {health.detail}", "" if health.ok else health.detail
        )
