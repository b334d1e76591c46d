"""Commands that show what is there: settings, backends, weights, and graphs as drawings."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from affectgraph.backends import speech_weights, weights
from affectgraph.backends.base import Backend, Health
from affectgraph.backends.config import RemoteConfig
from affectgraph.backends.errors import AffectgraphError, InputError, SettingsError
from affectgraph.backends.opening import open_backend
from affectgraph.graphs.settings import LoadedSettings, Settings

__all__ = [
    "allow_backend",
    "draw_graph",
    "fetch_speech_model",
    "fetch_weights",
    "list_weights",
    "show_backends",
    "show_settings",
    "verify_weights",
]


def show_settings(loaded: LoadedSettings, *, as_json: bool) -> None:
    """Every setting, its value, and where the value came from."""
    rows = loaded.rows()
    if as_json:
        effective = {key: {"value": value, "from": origin} for key, value, origin in rows}
        sys.stdout.write(json.dumps(effective, ensure_ascii=False, indent=2) + "\n")
        return
    console = Console()
    table = Table("setting", "value", "from", box=None, header_style="bold")
    for key, value, origin in rows:
        shown = "" if value is None else value if isinstance(value, str) else json.dumps(value)
        table.add_row(key, shown, origin, style="dim" if origin == "default" else "")
    console.print(f"Settings file: {loaded.file or 'none (./affectgraph.toml would be read)'}", highlight=False)
    console.print(table)


def show_backends(settings: Settings) -> bool:
    """List the backends and check each; True when all those that have a role answer."""
    roles = {role: name for role, name in settings.roles.model_dump().items() if name}
    table = Table("backend", "kind", "roles", "can", "JSON", "health", box=None, header_style="bold")
    fine = True
    with Console(stderr=True).status("asking the backends ..."):
        for name, config in settings.backends.items():
            mine = [role for role, used in roles.items() if used == name]
            abilities, shape, health = _examined(settings, name)
            fine = fine and (health.ok or not mine)
            mark = "[green]ok[/green]" if health.ok else "[red]no[/red]"
            table.add_row(name, config.kind, ", ".join(mine), abilities, shape, f"{mark}: {health.detail}")
    Console().print(table)
    return fine


def _examined(settings: Settings, name: str) -> tuple[str, str, Health]:
    backend: Backend | None = None
    try:
        backend = open_backend(settings.backend(name), name, data_dir=settings.data_dir)
        abilities = backend.capabilities
        return ", ".join(abilities.listed()), abilities.json_answers, backend.health()
    except AffectgraphError as error:
        return "", "", Health(ok=False, detail=str(error))
    finally:
        if backend is not None:
            backend.close()


def allow_backend(settings: Settings, name: str) -> None:
    """Remember the agreement that text leaves this machine for a remote backend.

    Raises:
        SettingsError: no such backend, or it is not remote.
    """
    from affectgraph.backends import consent

    config = settings.backend(name)
    if not isinstance(config, RemoteConfig):
        raise SettingsError(
            f"backend {name!r} is of kind {config.kind!r}: nothing leaves this machine, nothing to allow"
        )
    endpoint = consent.endpoint(config)
    consent.record(settings.data_dir, endpoint)
    Console().print(f"Allowed: text may be sent to {endpoint} by backend {name!r}.")


def list_weights() -> None:
    """Name, licence and place of the embedded weights."""
    table = Table("weights", "package", "licence", "installed", "note", box=None, header_style="bold")
    for known in weights.ALL:
        place = str(weights.find(known) or "no: affectgraph weights fetch")
        packages = " to ".join(dict.fromkeys((known.packages[0], known.packages[-1])))
        table.add_row(known.name, f"{packages} {known.version}", known.licence, place, known.note)
    Console().print(table)


def verify_weights() -> None:
    """Compare the installed files with the pinned sha256.

    Raises:
        MissingDependency: not installed.
        SettingsError: another file.
    """
    for known in weights.ALL:
        if known is not weights.SMOLLM2 and weights.find(known) is None:
            Console().print(f"{known.name}: not installed (affectgraph weights fetch)")
            continue
        path = weights.require(known)
        with Console(stderr=True).status(f"reading {path.name} ..."):
            right = weights.pinned(known, path)
        if not right:
            raise SettingsError(
                f"{known.name}: {path.name} or a file beside it is not the pinned one (sha256 {known.sha256[:12]}...): "
                "affectgraph weights fetch"
            )
        Console().print(f"{known.name}: {path.name}, sha256 is the pinned one.")


def fetch_weights() -> None:
    """Get the weights with pip and check their files."""
    for known in weights.ALL:
        with Console(stderr=True).status(f"installing {known.name} (about {known.megabytes} MB) ..."):
            path = weights.fetch(known)
        Console().print(f"{known.name} is installed: {path.name} is the pinned file.")


def fetch_speech_model(settings: Settings) -> None:
    """Get the speech-to-text model into the data folder and check its files.

    Raises:
        MissingDependency: npm is not installed.
        BackendError: npm or pip failed, or a file is not the pinned one.
    """
    with Console(stderr=True).status("getting the speech model with npm (about 28 MB) ..."):
        folder = speech_weights.fetch_speech(settings.data_dir)
    Console().print(f"{speech_weights.NAME} is in {folder}: its files are the pinned ones.", highlight=False)


def draw_graph(name: str, png: Path | None) -> None:
    """Print Mermaid, or paint a PNG.

    Raises:
        SettingsError: no such graph.
        InputError: the PNG cannot be written.
    """
    from affectgraph.backends.scripted import ScriptedBackend
    from affectgraph.graphs import load
    from affectgraph.graphs.draw import mermaid
    from affectgraph.graphs.draw import png as paint

    # The shape of a graph does not depend on its models, so none is loaded.
    shape = load(name, model=ScriptedBackend()).compiled.get_graph()
    if png is None:
        sys.stdout.write(mermaid(shape))
        return
    try:
        png.write_bytes(paint(shape, title=name))
    except OSError as error:
        raise InputError(f"cannot write {png}: {error.strerror}") from error
    Console().print(f"painted to {png}")
