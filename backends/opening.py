"""From a typed configuration to a backend. Engines are imported only for the kind that is asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from affectgraph.backends.base import Backend
from affectgraph.backends.config import (
    BackendConfig,
    EmbeddedConfig,
    RemoteConfig,
    ScriptedConfig,
    TransformersConfig,
)

__all__ = ["open_backend"]


def open_backend(
    config: BackendConfig,
    label: str,
    *,
    data_dir: Path,
    ask: Callable[[str], bool] | None = None,
) -> Backend:
    """The backend that `config` describes.

    Args:
        config: one of the four kinds.
        label: its name in the settings, used in traces and errors.
        data_dir: where consent for remote backends is remembered.
        ask: how to ask a person for that consent; None where nobody can be asked.

    Raises:
        SettingsError, MissingDependency, ConsentRequired: see the kinds.
    """
    match config:
        case EmbeddedConfig():
            from affectgraph.backends.embedded import EmbeddedBackend

            return EmbeddedBackend(label=label, config=config)
        case TransformersConfig():
            from affectgraph.backends.transformers import TransformersBackend

            return TransformersBackend(label=label, config=config)
        case RemoteConfig():
            from affectgraph.backends.remote import RemoteBackend

            return RemoteBackend.open(config, label=label, data_dir=data_dir, ask=ask)
        case ScriptedConfig():
            from affectgraph.backends.scripted import ScriptedBackend

            return ScriptedBackend.from_config(config, label)
