"""Sentence embeddings in this process: all-MiniLM-L6-v2 from its PyPI package, or any encoder in a local folder.

The vector is the mean of the last hidden states over the text's own tokens, scaled to unit length (Reimers & Gurevych
2019, arXiv 1908.10084: what this model was trained with). MiniLM knows English only: two thirds of Chinese text are
unknown tokens to it.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from affectgraph.backends import weights
from affectgraph.backends.config import EmbedderConfig
from affectgraph.backends.errors import MissingDependency, SettingsError

__all__ = ["SentenceEmbedder"]

_BATCH = 32


class SentenceEmbedder:
    """An `Embedder` on torch. Nothing is loaded before the first text."""

    def __init__(self, config: EmbedderConfig | None = None) -> None:
        """Find the weights.

        Raises:
            MissingDependency: no model is configured and the packaged weights are not installed.
            SettingsError: the configured folder is none of a Hugging Face model.
        """
        self._config = config or EmbedderConfig()
        self._folder = self._config.model or weights.require(weights.MINILM).parent
        if not (self._folder / "config.json").is_file():
            raise SettingsError(f"embedder.model = {self._folder} holds no Hugging Face model (no config.json)")
        self._loading = threading.Lock()

    @cached_property
    def identity(self) -> str:
        """Folder name, the first 12 digits of the weights' sha256, and the limit in tokens."""
        files = sorted(self._folder.glob("*.safetensors"))
        digests = "+".join(weights.sha256_of(path)[:12] for path in files)
        name = weights.MINILM.name if self._config.model is None else self._folder.name
        return f"{name}:{digests}:{self._config.max_tokens}"

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One unit-length vector per text; what is beyond the limit in tokens is not read.

        Raises:
            MissingDependency: torch or transformers is not installed.
            SettingsError: the folder's model cannot be loaded.
        """
        tokenizer, model = self._model
        import torch

        # Beyond the positions that it was trained with, an encoder fails.
        limit = min(self._config.max_tokens, tokenizer.model_max_length)
        vectors: list[list[float]] = []
        for start in range(0, len(texts), _BATCH):
            batch = [text or " " for text in texts[start : start + _BATCH]]
            inputs = tokenizer(batch, padding=True, truncation=True, max_length=limit, return_tensors="pt")
            with torch.inference_mode():
                hidden = model(**inputs).last_hidden_state
            mask = inputs["attention_mask"].unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1.0)
            vectors += torch.nn.functional.normalize(mean, dim=1).tolist()
        return vectors

    @property
    def _model(self) -> tuple[Any, Any]:
        with self._loading:
            return self._loaded

    @cached_property
    def _loaded(self) -> tuple[Any, Any]:
        try:
            import torch  # noqa: F401  # transformers is imported without it, and fails later
            from transformers import AutoModel, AutoTokenizer
            from transformers.utils import logging as hub_logging
        except ImportError as error:
            raise MissingDependency("embeddings need torch: pip install 'affectgraph[transformers]'") from error
        logging: Any = hub_logging  # untyped
        shown = logging.is_progress_bar_enabled()
        logging.disable_progress_bar()
        try:
            folder = str(self._folder)
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            model = AutoModel.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False, use_safetensors=True
            )
        except Exception as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise SettingsError(f"embedder.model = {self._folder} cannot be loaded: {reason}") from error
        finally:
            if shown:
                logging.enable_progress_bar()
        return tokenizer, model.eval()
