"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["BackendOption", "ConfigOption", "JsonOption", "SetOption"]

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
