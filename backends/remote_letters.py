"""A closed set of options as lettered answers, scored by the log-probabilities of the letters. Pure functions."""

from __future__ import annotations

import math
import string
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import BaseMessage

__all__ = ["TOP", "NoLetters", "letter_scores", "letters_for", "with_letters"]

TOP = 20  # the most top_logprobs that OpenAI and vLLM give, and so the most lettered options


class NoLetters(Exception):
    """The answer holds no log-probability of any letter, or there are more options than letters."""


def letters_for(options: Sequence[str]) -> str:
    """One letter for each option, in order.

    Raises:
        NoLetters: there are more than `TOP` options.
    """
    if len(options) > TOP:
        raise NoLetters
    return string.ascii_uppercase[: len(options)]


def with_letters(messages: Sequence[BaseMessage], letters: str, options: Sequence[str]) -> list[BaseMessage]:
    """The messages, with one line appended to the last that maps letters to options."""
    listed = (f"{letter}) {option.strip()}" for letter, option in zip(letters, options, strict=True))
    line = f"Answer with one letter: {' '.join(listed)}"
    *before, last = messages
    if isinstance(last.content, str):
        return [*before, last.model_copy(update={"content": f"{last.content}\n{line}"})]
    return [*before, last.model_copy(update={"content": [*last.content, {"type": "text", "text": line}]})]


def letter_scores(logprobs: Any, letters: str) -> list[float]:
    """Log-probability of each letter, summed over its tokens ("A", " A").

    Our choice: a letter that is not listed gets the smallest listed value, an upper bound.

    Args:
        logprobs: `choices[0].logprobs` of a chat completion, as a mapping; may be missing.
        letters: one for each option.

    Raises:
        NoLetters: none of them is listed.
    """
    position = ((logprobs or {}).get("content") or [{}])[0]
    listed = [(item["token"].strip(), item["logprob"]) for item in position.get("top_logprobs") or []]
    listed = [(token, value) for token, value in listed if isinstance(value, int | float) and math.isfinite(value)]
    masses = [math.fsum(math.exp(value) for token, value in listed if token == letter) for letter in letters]
    if not any(masses):
        raise NoLetters
    floor = min(value for _, value in listed)
    return [math.log(mass) if mass else floor for mass in masses]
