"""Generated replies against several references: BLEU, ROUGE-L, Distinct, BERTScore; Chinese by character.

A reply that the graph did not give is the empty string. These figures see words, not empathy: Empathy-R1 reports ROUGE
that is higher *without* its chain of empathy.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from sacrebleu.metrics.bleu import BLEU

__all__ = [
    "bertscore_f1",
    "bleu",
    "bleu_counts",
    "bleu_from_counts",
    "distinct",
    "distinct_without_each",
    "is_chinese",
    "length",
    "ngrams",
    "rouge_l",
    "words",
]

Floats = NDArray[np.float64]
_ORDER = 4
_CJK = "㐀-䶿一-鿿豈-﫿"
_WORD = re.compile(r"[^\W_]+")
_CHARACTER = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")


def is_chinese(language: str) -> bool:
    """Whether an ISO 639-1 code, with or without a region, is Chinese."""
    return language.lower().replace("_", "-").split("-")[0] == "zh"


def words(text: str, language: str) -> list[str]:
    """The units that ROUGE-L and Distinct count: lower-case words, in Chinese single characters.

    Punctuation is dropped, as in rouge-score; Latin words and numbers inside Chinese text stay whole (our choice).
    """
    pattern = _CHARACTER if is_chinese(language) else _WORD
    return pattern.findall(text.lower())


def length(text: str, language: str) -> int:
    """Length with punctuation: characters other than white space in Chinese, words between white space elsewhere."""
    return len("".join(text.split())) if is_chinese(language) else len(text.split())


def _check_references(predictions: Sequence[str], references: Sequence[Sequence[str]]) -> None:
    if len(predictions) != len(references):
        raise ValueError(f"{len(predictions)} replies but {len(references)} sets of references")
    if not predictions:
        raise ValueError("no replies to score")


@cache
def _sacrebleu(chinese: bool) -> BLEU:
    from sacrebleu.metrics.bleu import BLEU

    # `effective_order` concerns the score of a single sentence, which is not used; without it sacrebleu warns.
    return BLEU(tokenize="zh" if chinese else "13a", effective_order=True)


def bleu_counts(prediction: str, references: Sequence[str], language: str) -> Floats:
    """What corpus BLEU needs of one reply; replies add up.

    Returns:
        (10,): matching n-grams for n = 1..4, n-grams for n = 1..4, length of the reply, length of the reference nearest
        in length; tokenised by sacrebleu's `zh` for Chinese, else `13a`.

    Raises:
        ValueError: there is no reference.
    """
    if not references:
        raise ValueError("no references to compare with")
    score = _sacrebleu(is_chinese(language)).sentence_score(prediction, list(references))
    return np.array([*score.counts, *score.totals, score.sys_len, score.ref_len], dtype=np.float64)


def bleu_from_counts(total: Floats) -> float:
    """Corpus BLEU in [0, 100] of summed `bleu_counts` (Papineni et al. 2002; sacrebleu's exponential smoothing)."""
    from sacrebleu.metrics.bleu import BLEU

    whole = [round(value) for value in total.tolist()]
    correct, possible = whole[:_ORDER], whole[_ORDER : 2 * _ORDER]
    score = BLEU.compute_bleu(correct, possible, sys_len=whole[-2], ref_len=whole[-1], smooth_method="exp")
    return float(score.score)


def bleu(predictions: Sequence[str], references: Sequence[Sequence[str]], language: str) -> float:
    """Corpus BLEU with several references, in [0, 100], by sacrebleu.

    Args:
        predictions: n replies.
        references: at least one reference for each; they may differ in number.
        language: ISO 639-1.

    Raises:
        ValueError: lengths differ, no replies, or a reply without references.
    """
    _check_references(predictions, references)
    counts = [bleu_counts(p, r, language) for p, r in zip(predictions, references, strict=True)]
    return bleu_from_counts(np.sum(counts, axis=0))


def _common_subsequence(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """Length of the longest common subsequence, bit-parallel (Hyyrö 2004): one pass over b."""
    places: dict[Hashable, int] = {}
    for i, item in enumerate(a):
        places[item] = places.get(item, 0) | (1 << i)
    full = (1 << len(a)) - 1
    # A zero bit of `row` marks a place in a where the length grows.
    row = full
    for item in b:
        matches = row & places.get(item, 0)
        row = ((row + matches) | (row - matches)) & full
    return len(a) - row.bit_count()


def rouge_l(prediction: str, references: Sequence[str], language: str) -> float:
    """ROUGE-L F1, the best over references, in [0, 1] (Lin 2004): longest common subsequence of `words`.

    Our own, since the rouge-score package drops all that is not a-z or 0-9; equal to it (without stemming) on such
    text.

    Raises:
        ValueError: there is no reference.
    """
    if not references:
        raise ValueError("no references to compare with")
    said = words(prediction, language)
    best = 0.0
    for reference in references:
        expected = words(reference, language)
        if said and expected:
            best = max(best, 2.0 * _common_subsequence(said, expected) / (len(said) + len(expected)))
    return best


def ngrams(tokens: Sequence[str], n: int) -> list[tuple[str, ...]]:
    """The n-grams of one reply, in order.

    Raises:
        ValueError: n < 1.
    """
    if n < 1:
        raise ValueError(f"n is {n}; expected at least 1")
    return [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]


def distinct(predictions: Sequence[str], n: int, language: str) -> float:
    """Distinct-n over all replies: different n-grams / n-grams, in [0, 1] (Li et al. 2016).

    It falls with the amount of text: compare it between equally many replies of similar length. N-grams do not cross
    replies.

    Returns:
        nan where no reply has n words.

    Raises:
        ValueError: there are no replies, or n < 1.
    """
    if not predictions:
        raise ValueError("no replies to score")
    every = [gram for text in predictions for gram in ngrams(words(text, language), n)]
    return len(set(every)) / len(every) if every else float("nan")


def distinct_without_each(grams: Sequence[Sequence[Hashable]], codes: NDArray[np.intp]) -> Floats:
    """Distinct of all replies but those of each group in turn, for the jackknife; (groups,).

    Args:
        grams: the n-grams of each reply.
        codes: (replies,) number of each reply's group, from 0.

    Returns:
        nan where the other groups have no n-grams.
    """
    groups = int(codes.max()) + 1
    sizes = np.bincount(codes, weights=[len(each) for each in grams], minlength=groups)
    # The one group that has an n-gram, or -1 if several have it.
    owner: dict[Hashable, int] = {}
    for reply, group in zip(grams, codes.tolist(), strict=True):
        for gram in reply:
            owner[gram] = group if owner.get(gram, group) == group else -1
    own = np.bincount([group for group in owner.values() if group >= 0], minlength=groups)
    left = sizes.sum() - sizes
    share: Floats = np.divide(len(owner) - own, left, out=np.full(groups, np.nan), where=left > 0)
    return share


def bertscore_f1(candidate: ArrayLike, references: Sequence[ArrayLike]) -> float:
    """BERTScore F1 by greedy matching, the best over references, in [-1, 1] (Zhang et al. 2020, arXiv 1904.09675).

    Each token is matched with the token of the other text that has the largest cosine; recall averages over the
    reference, precision over the candidate. Without idf weights and without rescaling to a baseline.

    Args:
        candidate: (tokens, d) contextual vectors of the reply; a zero vector has cosine 0 with all.
        references: (tokens, d) of each reference.

    Returns:
        0 for a text without tokens, and where precision and recall add up to 0 or less (our choice).

    Raises:
        ValueError: no references, or vectors of different sizes.
    """
    if not references:
        raise ValueError("no references to compare with")
    said = _unit(candidate)
    return max(_greedy_f1(said, _unit(reference)) for reference in references)


def _unit(vectors: ArrayLike) -> Floats:
    x = np.asarray(vectors, dtype=np.float64)
    if x.ndim != 2:
        raise ValueError(f"token vectors have shape {x.shape}; expected (tokens, dimensions)")
    norm = np.linalg.norm(x, axis=1, keepdims=True)
    unit: Floats = np.divide(x, norm, out=np.zeros_like(x), where=norm > 0)
    return unit


def _greedy_f1(said: Floats, expected: Floats) -> float:
    if said.shape[1] != expected.shape[1]:
        raise ValueError(f"vectors have {said.shape[1]} and {expected.shape[1]} dimensions")
    if not len(said) or not len(expected):
        return 0.0
    cosine = said @ expected.T
    precision, recall = float(cosine.max(axis=1).mean()), float(cosine.max(axis=0).mean())
    return 2.0 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0
