"""The tuned reader: what an encoder that the project trained says of a message, and of a sentence of a reply.

One encoder with three heads (`backends.encoder_e5`; trained by `affectgraph.evals.fit_reader`): the level of risk in a
person's message, its category, and what is wrong with a sentence of a reply. The adapter and the cuts, chosen on cases
that it was not trained on, are in one file. Where the encoder's weights are not installed there is no reader, and the
n-gram models stand alone.
"""

from __future__ import annotations

import importlib.util
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends.encoder_e5 import TunedE5
from affectgraph.backends.errors import BackendError, MissingDependency

__all__ = ["CATEGORIES", "FITTED", "KINDS", "LEVELS", "FindReader", "Reader", "about", "tuned_reader", "wrong"]

FITTED = Path(__file__).with_name("tuned.npz")

LEVELS = 6
"""Outputs of the head `level`: the log-odds that the level is at least 1, 2, ... 6."""
CATEGORIES = (
    "suicide",
    "self_harm",
    "violence",
    "psychosis_mania",
    "substance",
    "abuse",
    "over_reliance",
    "none",
)
"""Outputs of the head `category`."""
KINDS = (
    "good",
    "medication",
    "diagnosis",
    "minimising",
    "blame",
    "agrees_with_hopelessness",
    "poses_as_human",
    "method",
    "leak",
    "unsupported_claim",
    "attachment",
    "abandons",
    "false_promise",
    "moralising",
    "dismisses_help",
    "secrecy",
    "other",
)
"""Outputs of the head `reply`: what is wrong with a sentence."""


@runtime_checkable
class Reader(Protocol):
    """Reads a text; see `TunedE5`."""

    @property
    def identity(self) -> str:
        """Weights and adapter."""
        ...

    def read(
        self, prefix: Literal["query", "passage"], text: str, before: Sequence[str] = ()
    ) -> Mapping[str, NDArray[np.float32]]:
        """Head -> its outputs [windows of the text, n]."""
        ...


FindReader = Callable[[], Reader | None]
"""Gives the reader once it is needed; None where it is not installed."""


def tuned_reader() -> Reader | None:
    """The reader of this process, or None where its weights, or torch, are not installed."""
    with _MAKING:
        return _made()


_MAKING = threading.Lock()


@cache
def _made() -> Reader | None:
    # Looked for and not imported: torch takes seconds.
    if any(importlib.util.find_spec(name) is None for name in ("torch", "transformers", "tokenizers")):
        return None
    try:
        return TunedE5(FITTED)
    except MissingDependency:
        return None


@cache
def about() -> Mapping[str, Any]:
    """How the reader was fitted, and its cuts.

    Raises:
        BackendError: the file is damaged or holds no cuts.
    """
    try:
        with np.load(FITTED, allow_pickle=False) as kept:
            found: Mapping[str, Any] = json.loads(str(kept["about"]))
    except (OSError, KeyError, ValueError, BadZipFile) as error:
        raise BackendError(f"{FITTED.name} cannot be read") from error
    if "cuts" not in found:
        raise BackendError(f"{FITTED.name} holds no cuts: it was trained and not finished")
    return found


def wrong(reader: Reader, sentence: str, person: str = "") -> float:
    """The log-odds that a sentence of a reply is wrong, of whatever kind; the worst window counts.

    Args:
        reader: who reads.
        sentence: of the reply.
        person: the message that the reply answers.
    """
    outputs = reader.read("passage", sentence, (person,) if person else ())["reply"].astype(np.float64)
    bad = outputs[:, 1:]
    top = bad.max(axis=1)
    return float((top + np.log(np.exp(bad - top[:, None]).sum(axis=1)) - outputs[:, 0]).max())
