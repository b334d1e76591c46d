"""The transcriber of the settings, or none: speech is then not transcribed, and readings say so."""

from __future__ import annotations

from affectgraph.backends.base import Transcriber
from affectgraph.backends.errors import MissingDependency
from affectgraph.backends.transcriber import MoonshineTranscriber
from affectgraph.graphs.settings import Settings

__all__ = ["transcriber_of"]


def transcriber_of(settings: Settings) -> Transcriber | None:
    """The transcriber; no weights are loaded before its first sound. None where none is configured and none fetched.

    Raises:
        SettingsError: the configured folder lacks a file.
    """
    try:
        return MoonshineTranscriber(settings.transcriber, settings.data_dir)
    except MissingDependency:
        return None
