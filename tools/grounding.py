"""Whether a sentence rests on the regions that it cites, as far as words can tell. A rule, no model.

AICA-Bench (arXiv 2604.05900) ties each sentence of ER and EGCG to regions and says of no check. Our choice is the least
that can be asked: a sentence shares one content word with what is known of the regions it cites (what was seen there
and what was measured). English words count without endings of number and without function words; in Chinese two
characters in a row count as a word. So a sentence that fails speaks of something else or in other words; one that
passes may still be wrong.
"""

from __future__ import annotations

import re

__all__ = ["content_words", "is_grounded"]

_LATIN = re.compile(r"[^\W\d_]{3,}")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
# Function words, and words that would tie any sentence to any picture.
_FUNCTION_WORDS = (
    "the and but for nor not with without from into onto over under this that these those there here which who whom "
    "whose what when where while its his her their our your they them she him you are was were been being has have "
    "had does did will would can could may might must shall should than then also very more most much many some few "
    "any all each every both such only just like about above below between through upon against near next other "
    "another one two mean low medium high image picture photo photograph region area scene viewer part whole detected "
    "feel feels feeling make makes see sees seen look looks"
)
_FUNCTION_PAIRS = "这幅 幅图 图片 画面 区域 一个 一种 这个 这种 的是 占画 整个 观看 看者 感到 平均 检测 测到"
_NO_WORDS, _NO_PAIRS = frozenset(_FUNCTION_WORDS.split()), frozenset(_FUNCTION_PAIRS.split())


def content_words(text: str) -> set[str]:
    """The content words of an English or Chinese text, in one form each."""
    folded = text.casefold()
    words = _LATIN.findall(_HAN.sub(" ", folded))
    pairs = {run[place : place + 2] for run in _HAN.findall(folded) for place in range(len(run) - 1)}
    return {_singular(word) for word in words if word not in _NO_WORDS} | (pairs - _NO_PAIRS)


def is_grounded(sentence: str, known: str) -> bool:
    """Whether `sentence` shares a content word with `known`, what is known of the regions that it cites."""
    return bool(content_words(sentence) & content_words(known))


def _singular(word: str) -> str:
    """Without an ending of number, and a last `e` with it: made alike on both sides, not made right."""
    return (word if word.endswith("ss") else word.removesuffix("s")).rstrip("e")
