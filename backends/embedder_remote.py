"""Sentence embeddings from an OpenAI-compatible endpoint (`/v1/embeddings`): vLLM, TEI, Ollama, hosted.

The endpoint is a remote backend of the settings, so its key, consent, timeout and caps hold here too: an embedding
request carries the text as much as a chat request does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from affectgraph.backends import consent, remote_client
from affectgraph.backends.config import RemoteConfig
from affectgraph.backends.errors import BackendError
from affectgraph.backends.remote_errors import Explainer
from affectgraph.backends.spend import Spend

__all__ = ["RemoteEmbedder"]

_BATCH = 64


class RemoteEmbedder:
    """An `Embedder` behind an endpoint. Nothing is sent before the first text."""

    def __init__(
        self,
        config: RemoteConfig,
        model: str,
        *,
        label: str,
        data_dir: Path,
        ask: Callable[[str], bool] | None = None,
    ) -> None:
        """Connect.

        Args:
            config: the endpoint; `base_url` is needed.
            model: the embedding model's name there.
            label: the backend's name in the settings.
            data_dir: folder in which consent is recorded.
            ask: puts the consent question to a person; None where nobody can answer.

        Raises:
            ConsentRequired: nobody agreed that text leaves this machine.
            SettingsError: the URL or the key is unusable.
            BackendError: the provider is not reached through OpenAI's protocol.
        """
        consent.require(config, data_dir, label, ask)
        self._client, _ = remote_client.connect(config, label, Spend(config, label))
        if self._client is None:
            raise BackendError(f"[backends.{label}] has no /v1/embeddings; give an OpenAI-compatible base_url")
        self._model = model
        place = consent.endpoint(config)
        self._explainer = Explainer(config=config, label=label, address=place, model=model)
        self.identity = f"{place}/{model}"

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One unit-length vector per text.

        Raises:
            BackendError: the endpoint cannot be reached, refuses, or answers with something else.
        """
        vectors: list[list[float]] = []
        for start in range(0, len(texts), _BATCH):
            batch = [text or " " for text in texts[start : start + _BATCH]]
            vectors += self._asked(batch)
        return vectors

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _asked(self, batch: list[str]) -> list[list[float]]:
        try:
            answer: Any = self._client.embeddings.create(model=self._model, input=batch, encoding_format="float")
        except Exception as error:
            raise self._explainer.explain(error) from None
        try:
            found = [list(map(float, item.embedding)) for item in sorted(answer.data, key=lambda item: item.index)]
        except (AttributeError, TypeError, ValueError):
            raise BackendError(self._explainer.not_openai()) from None
        if len(found) != len(batch) or not all(map(_is_vector, found)):
            raise BackendError(self._explainer.not_openai())
        return [_unit(vector) for vector in found]


def _is_vector(vector: list[float]) -> bool:
    return bool(vector) and all(map(math.isfinite, vector)) and any(vector)


def _unit(vector: list[float]) -> list[float]:
    length = math.sqrt(math.fsum(value * value for value in vector))
    return [value / length for value in vector]
