"""The tuned reader: what encoders that the project trained say of a message, and of a sentence of a reply.

Encoders with three heads (`backends.encoder_tuned`; trained by `affectgraph.evals.fit_reader`): the level of risk in a
person's message, its category, and what is wrong with a sentence of a reply. One reads every language; beside it a
larger one of English alone reads English messages and a larger one of Chinese alone Chinese ones, and a mean of both
counts: two that were trained apart err on other texts. Just so a message is read with the conversation before it: by
one of every language, by a second of English, and by that of Chinese, which was trained on both. The cuts, chosen on
cases that they were not trained on, lie with the first. Where the weights under the larger readers are not installed
the others read alone; without those of the first there is no reader, and the n-gram models stand alone.
"""

from __future__ import annotations

import importlib.util
import json
import threading
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends import weights
from affectgraph.backends.encoder_e5 import TunedE5
from affectgraph.backends.encoder_mpnet import TunedMPNet
from affectgraph.backends.encoder_qwen import TunedQwen
from affectgraph.backends.errors import AffectgraphError, BackendError, MissingDependency
from affectgraph.tools.language import detect

__all__ = [
    "CATEGORIES",
    "CHINESE",
    "ENGLISH",
    "FEW",
    "FITTED",
    "KINDS",
    "LEVELS",
    "RISK",
    "TURNS",
    "TURNS_ENGLISH",
    "WEIGHTS",
    "FindReader",
    "Pair",
    "Reader",
    "Saying",
    "Single",
    "about",
    "at_risk",
    "tuned_reader",
    "wrong",
]

FITTED = Path(__file__).with_name("tuned.npz")
ENGLISH = Path(__file__).with_name("tuned_en.npz")
CHINESE = Path(__file__).with_name("tuned_zh.npz")
TURNS = Path(__file__).with_name("tuned_turns.npz")
TURNS_ENGLISH = Path(__file__).with_name("tuned_turns_en.npz")
WEIGHTS = (weights.E5, weights.MPNET, weights.QWEN)
"""What the reader stands on."""
# Weights of both in the mean, the second being the larger model: found on the nineteenth, the twenty-first and the
# twenty-third set (docs/safety_history.md).
_SHARES = {"en": (0.2, 0.8), "zh": (0.35, 0.65)}
# The same of the readers of conversations, found on the twentieth set, in Chinese on the twenty-first: from 0.5 to 0.8
# for the larger model it makes little difference.
_TURN_SHARES = {"en": (0.35, 0.65), "zh": (0.5, 0.5)}
FEW = {"en": 12, "zh": 18}
"""A message of at most so many words, in Chinese characters, is one of few words."""
# Letters of a word beyond which WordPiece knows none of it.
_LONGEST_WORD = 60

LEVELS = 6
"""Outputs of the head `level`: the log-odds that the level is at least 1, 2, ... 6."""
RISK = 1
"""Which of them is the log-odds of level 2 or more."""
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


Saying = Literal["query", "turn", "passage"]
"""What is read: a message by itself or with the question that it answers, one with the conversation before it, or a
sentence of a reply."""


@runtime_checkable
class Reader(Protocol):
    """Reads a text: `Pair`."""

    @property
    def identity(self) -> str:
        """Weights and adapter."""
        ...

    def read(self, prefix: Saying, text: str, before: Sequence[str] = ()) -> Mapping[str, NDArray[np.float32]]:
        """Head -> its outputs [windows of the text, n]."""
        ...


class Single(Protocol):
    """An encoder under one adapter: `TunedEncoder`."""

    @property
    def identity(self) -> str:
        """Weights and adapter."""
        ...

    def read(
        self, prefix: Literal["query", "passage"], text: str, before: Sequence[str] = ()
    ) -> Mapping[str, NDArray[np.float32]]:
        """Head -> its outputs [windows of the text, n]."""
        ...


class Pair:
    """Reads messages of a language for which there is a reader of its own with both, all others with the first alone;
    just so, with the readers of conversations, in a conversation; and sentences of replies with the first."""

    def __init__(
        self, first: Single, beside: Mapping[str, Single], turns: Single, turns_beside: Mapping[str, Single]
    ) -> None:
        """Of readers with the heads `level` and `category`; those beside are of languages whose weight is known.

        Args:
            first: of all languages and of replies.
            beside: language -> its own reader.
            turns: of conversations in all languages.
            turns_beside: language -> its own reader of conversations.
        """
        self._first, self._beside, self._turns, self._turns_beside = first, beside, turns, turns_beside

    @property
    def identity(self) -> str:
        """Of all."""
        readers = (self._first, *self._beside.values(), self._turns, *self._turns_beside.values())
        return ", ".join(dict.fromkeys(one.identity for one in readers))

    def read(self, prefix: Saying, text: str, before: Sequence[str] = ()) -> Mapping[str, NDArray[np.float32]]:
        """As `Reader.read`; of a message that two read one row, the weighted mean of what each says of its worst
        window.

        Where the second fails, the first speaks alone.
        """
        if prefix == "passage":
            return self._first.read(prefix, text, before)
        first, beside, shares = self._first, self._beside, _SHARES
        if prefix == "turn":
            first, beside, shares = self._turns, self._turns_beside, _TURN_SHARES
        found = first.read("query", text, before)
        language = _known(text, before)
        if language in beside:
            with suppress(AffectgraphError):
                both = [_worst(one) for one in (found, beside[language].read("query", text, before))]
                return {head: _mean([one[head] for one in both], shares[language])[None] for head in both[0]}
        return found


def _known(text: str, before: Sequence[str] = ()) -> str:
    """English where a message and all that was said before it are English in letters that a model of it knows, but for
    numbers and signs before it, Chinese where the message is; else empty.

    Chinese of few words that stand alone the larger model reads worse than the first, which then speaks alone: on those
    of the nineteenth set area .988 with both and .994 without it (docs/decisions.md).
    """
    worded = (said for said in before if any(letter.isalpha() for letter in said))
    if all(_plain_english(said) for said in (text, *worded)):
        return "en"
    return "zh" if (before or len(text.strip()) > FEW["zh"]) and detect(text) == "zh" else ""


def _plain_english(text: str) -> bool:
    """English in letters that a model of English knows: it reads other scripts, disguises and runs as one unknown."""
    letters = (unicodedata.normalize("NFD", letter)[0] for letter in text if letter.isalpha())
    runs = any(len(word) > _LONGEST_WORD for word in text.split())
    return not runs and all(letter.isascii() for letter in letters) and detect(text) == "en"


def _worst(outputs: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    """The highest log-odds of each level over the windows, and the categories of the window with most risk."""
    level = outputs["level"]
    return {"level": level.max(axis=0), "category": outputs["category"][int(level[:, RISK].argmax())]}


def _mean(outputs: Sequence[NDArray[np.float32]], shares: tuple[float, float]) -> NDArray[np.float32]:
    return np.average(np.stack(outputs), axis=0, weights=shares).astype(np.float32)


FindReader = Callable[[], Reader | None]
"""Gives the reader once it is needed; None where it is not installed."""


def tuned_reader() -> Reader | None:
    """The reader of this process, or None where the weights of E5, or torch, are not installed."""
    with _MAKING:
        return _made()


_MAKING = threading.Lock()


@cache
def _made() -> Reader | None:
    # Looked for and not imported: torch takes seconds.
    if any(importlib.util.find_spec(name) is None for name in ("torch", "transformers", "tokenizers")):
        return None
    try:
        first, turns = TunedE5(FITTED), TunedE5(TURNS)
    except MissingDependency:
        return None
    beside: dict[str, Single] = {}
    turns_beside: dict[str, Single] = {}
    with suppress(MissingDependency):
        beside["en"], turns_beside["en"] = TunedMPNet(ENGLISH), TunedMPNet(TURNS_ENGLISH)
    with suppress(MissingDependency):
        beside["zh"] = turns_beside["zh"] = TunedQwen(CHINESE)
    return Pair(first, beside, turns, turns_beside)


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


def at_risk(outputs: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float64]:
    """[windows] the log-odds that a message is at risk: the mean of what two heads say that learned it in two ways,
    `level` (2 or more, step by step) and `category` (any, beside `none`), and err on other messages.

    Args:
        outputs: head -> its outputs [windows, n], of a message.
    """
    categories = outputs["category"].astype(np.float64)
    of_category = np.logaddexp.reduce(categories[:, :-1], axis=1) - categories[:, -1]
    found: NDArray[np.float64] = (outputs["level"][:, RISK] + of_category) / 2
    return found


def wrong(reader: Reader, sentence: str, person: str = "") -> float:
    """The log-odds that a sentence of a reply is wrong, of whatever kind; the worst window counts.

    Args:
        reader: who reads.
        sentence: of the reply.
        person: the message that the reply answers.
    """
    outputs = reader.read("passage", sentence, (person,) if person else ())["reply"].astype(np.float64)
    return float((np.logaddexp.reduce(outputs[:, 1:], axis=1) - outputs[:, 0]).max())
