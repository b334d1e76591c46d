"""The embedder of the settings: an encoder in this process, or one behind a remote backend."""

from __future__ import annotations

from collections.abc import Callable

from affectgraph.backends.base import Embedder
from affectgraph.backends.config import RemoteConfig
from affectgraph.backends.embedder import SentenceEmbedder
from affectgraph.backends.errors import SettingsError
from affectgraph.graphs.settings import Settings

__all__ = ["embedder_of"]


def embedder_of(settings: Settings, ask: Callable[[str], bool] | None = None) -> Embedder:
    """The embedder; no weights are loaded and nothing is sent before its first text.

    Args:
        settings: `embedder`, and the backend that it names.
        ask: how to ask a person for consent to a remote endpoint.

    Raises:
        SettingsError: the named backend is missing or is no endpoint.
        ConsentRequired, MissingDependency: see the two kinds.
    """
    chosen = settings.embedder
    if chosen.backend is None or chosen.remote_model is None:
        return SentenceEmbedder(chosen)
    config = settings.backend(chosen.backend)
    if not isinstance(config, RemoteConfig):
        raise SettingsError(
            f"embedder.backend = {chosen.backend!r} is {config.kind}; name a remote one, or set embedder.model"
        )
    from affectgraph.backends.embedder_remote import RemoteEmbedder

    return RemoteEmbedder(config, chosen.remote_model, label=chosen.backend, data_dir=settings.data_dir, ask=ask)
