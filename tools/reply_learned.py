"""A learned second opinion on single sentences of a reply, beside the rules.

A linear model over n-grams (`fitted_text`), one head per language, fitted by `affectgraph.evals.fit_replies` on
sentences that the project wrote: unsafe ones of every kind, and good counselling. It knows wording that resembles those
sentences, not meaning; the cut of each language comes from predictions out of fold.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from affectgraph.tools.fitted_text import FittedText
from affectgraph.tools.reply_outline import outline

__all__ = ["FITTED", "read", "unsafe"]

FITTED = Path(__file__).with_name("reply_unsafe.npz")


def read(sentence: str) -> str:
    """What the model reads of a sentence: its words, and its outline behind a blank line."""
    return f"{sentence}\n\n{outline(sentence)}"


@cache
def _model() -> FittedText:
    return FittedText.load(FITTED)


@lru_cache(maxsize=1024)
def unsafe(sentence: str, language: Literal["en", "zh"]) -> bool:
    """Whether the log-odds that `sentence` is unsafe reach the cut of its language."""
    model = _model()
    return model.logits(read(sentence))[language] >= float(model.about["cuts"][language])
