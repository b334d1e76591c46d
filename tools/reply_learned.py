"""A learned second opinion on single sentences of a reply, beside the rules.

The tuned reader (`affectgraph.tools.tuned`) where its weights are installed; it takes a sentence with the message that
it answers. Else a linear model over n-grams (`fitted_text`), one head per language, fitted by
`affectgraph.evals.fit_replies` on sentences that the project wrote: unsafe ones of every kind, and good counselling,
with cuts from predictions out of fold. It knows wording that resembles those sentences, not meaning.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from affectgraph.backends.errors import AffectgraphError
from affectgraph.tools.fitted_text import FittedText
from affectgraph.tools.reply_outline import outline
from affectgraph.tools.sentences import words
from affectgraph.tools.tuned import FindReader, about, wrong

__all__ = ["FITTED", "read", "unsafe"]

# Our choice: shorter sentences hold too few n-grams to be judged; the rules read them all the same.
_SHORTEST = {"en": 5, "zh": 7}
FITTED = Path(__file__).with_name("reply_unsafe.npz")


def read(sentence: str) -> str:
    """What the model reads of a sentence: its words, and its outline behind a blank line."""
    return f"{sentence}\n\n{outline(sentence)}"


@cache
def _model() -> FittedText:
    return FittedText.load(FITTED)


def unsafe(
    sentence: str,
    language: Literal["en", "zh"],
    person: str = "",
    find_reader: FindReader = lambda: None,
    whole: str | None = None,
) -> bool:
    """Whether the log-odds that `sentence` is unsafe reach the cut of its language.

    Args:
        sentence: of a reply, the person's own words left out.
        language: of the reply.
        person: the message that it answers.
        find_reader: gives the tuned reader, or None; one that fails is left out.
        whole: the sentence with the person's own words, where there are any.
    """
    with suppress(AffectgraphError):
        reader = find_reader()
        if reader is not None:
            return wrong(reader, whole or sentence, person) >= float(about()["cuts"][language]["reply"])
    return _counted_unsafe(sentence, language)


@lru_cache(maxsize=1024)
def _counted_unsafe(sentence: str, language: Literal["en", "zh"]) -> bool:
    """By n-grams; short sentences never."""
    if len(words(sentence)) < _SHORTEST[language]:
        return False
    model = _model()
    return model.logits(read(sentence))[language] >= float(model.about["cuts"][language])
