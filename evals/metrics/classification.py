"""Closed-set classification: accuracy, F1, confusion, and what kind of errors were made.

Everywhere a prediction of `None` is an answer that could not be read. It is wrong: it lowers the recall of its target's
class and adds no false positive to any class. Labels outside the closed list are an error of the caller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ClassScores",
    "PolarityErrors",
    "accuracy",
    "aica_weighted_f1",
    "auroc",
    "class_scores",
    "confusion_matrix",
    "f1_from_counts",
    "macro_f1",
    "macro_from_counts",
    "polarity_errors",
    "quadratic_kappa",
    "top_k_accuracy",
    "weighted_f1",
    "weighted_from_counts",
]

Counts = NDArray[np.float64]


def _check_pairs(target: Sequence[object], prediction: Sequence[object]) -> None:
    if len(target) != len(prediction):
        raise ValueError(f"{len(target)} targets but {len(prediction)} predictions")
    if not target:
        raise ValueError("no items to score")


def accuracy(target: Sequence[str], prediction: Sequence[str | None]) -> float:
    """The share of items whose prediction is the target, in [0, 1].

    Raises:
        ValueError: lengths differ, or there are no items.
    """
    _check_pairs(target, prediction)
    return sum(t == p for t, p in zip(target, prediction, strict=True)) / len(target)


def top_k_accuracy(target: Sequence[str], distributions: Sequence[Mapping[str, float] | None], k: int) -> float:
    """The share of items whose target is among the k most probable labels, in [0, 1].

    The first listed label wins a tie, as in `Distribution.ranked`. An item without a distribution is a miss.

    Raises:
        ValueError: lengths differ, there are no items, or k < 1.
    """
    _check_pairs(target, distributions)
    if k < 1:
        raise ValueError(f"k is {k}; it counts labels, so at least 1")
    hits = 0
    for label, distribution in zip(target, distributions, strict=True):
        ranked = sorted(distribution or {}, key=lambda name: -(distribution or {})[name])
        hits += label in ranked[:k]
    return hits / len(target)


def confusion_matrix(
    target: Sequence[str], prediction: Sequence[str | None], labels: Sequence[str]
) -> NDArray[np.int64]:
    """How often each target was answered with each label.

    Returns:
        (k, k + 1): rows are targets, columns predictions, both in the order of `labels`; the last column counts answers
        that could not be read.

    Raises:
        ValueError: lengths differ, there are no items, or a label is not in `labels`.
    """
    _check_pairs(target, prediction)
    index: dict[str | None, int] = {label: i for i, label in enumerate(labels)}
    table = np.zeros((len(labels), len(labels) + 1), dtype=np.int64)
    for row, column in zip(target, prediction, strict=True):
        if row not in index or (column is not None and column not in index):
            raise ValueError(f"target {row!r} or prediction {column!r} is not one of {', '.join(labels)}")
        table[index[row], -1 if column is None else index[column]] += 1
    return table


@dataclass(frozen=True)
class ClassScores:
    """One class.

    Attributes:
        precision: in [0, 1]; nan where the class was never predicted.
        recall: in [0, 1]; nan where the class is never the target.
        f1: in [0, 1]; nan where both.
        support: items with this target.
        predicted: items with this prediction.
    """

    label: str
    precision: float
    recall: float
    f1: float
    support: int
    predicted: int


def _counts(
    target: Sequence[str], prediction: Sequence[str | None], labels: Sequence[str]
) -> tuple[Counts, Counts, Counts]:
    """Per class: right, target, predicted; (k,) each."""
    table = confusion_matrix(target, prediction, labels).astype(np.float64)
    return table[:, :-1].diagonal(), table.sum(axis=1), table[:, :-1].sum(axis=0)


def class_scores(target: Sequence[str], prediction: Sequence[str | None], labels: Sequence[str]) -> list[ClassScores]:
    """Precision, recall and F1 of every label, in the order of `labels`.

    Raises:
        ValueError: as `confusion_matrix`.
    """
    right, support, predicted = _counts(target, prediction, labels)
    f1 = f1_from_counts(right, support, predicted)
    return [
        ClassScores(
            label=label,
            precision=float(right[i] / predicted[i]) if predicted[i] else float("nan"),
            recall=float(right[i] / support[i]) if support[i] else float("nan"),
            f1=float(f1[i]),
            support=int(support[i]),
            predicted=int(predicted[i]),
        )
        for i, label in enumerate(labels)
    ]


def auroc(positive: Sequence[bool] | NDArray[np.bool_], score: Sequence[float] | NDArray[np.float64]) -> float:
    """Area under the ROC curve: the chance that a positive item scores above a negative one, ties counting half.

    Args:
        positive: n labels.
        score: n numbers, larger where an item is more likely positive.

    Returns:
        In [0, 1]; nan where all items are of one kind.

    Raises:
        ValueError: lengths differ, or there are no items.
    """
    _check_pairs(list(positive), list(score))
    labels, values = np.asarray(positive, dtype=bool), np.asarray(score, dtype=np.float64)
    ordered = np.sort(values[~labels])
    if ordered.size in (0, labels.size):
        return float("nan")
    below, upto = (np.searchsorted(ordered, values[labels], side=side) for side in ("left", "right"))
    return float((below + upto).mean() / (2.0 * ordered.size))


def f1_from_counts(right: Counts, support: Counts, predicted: Counts) -> Counts:
    """F1 of each class, `2 right / (support + predicted)`; nan where a class is neither target nor prediction.

    The counts have one shape, classes last, and may be weighted: the bootstrap passes all resamples at once.
    """
    total = support + predicted
    f1: Counts = np.divide(2.0 * right, total, out=np.full(total.shape, np.nan), where=total > 0)
    return f1


def macro_from_counts(right: Counts, support: Counts, predicted: Counts) -> Counts:
    """The unweighted mean of F1 over the classes that occur, over the last axis; nan where none does."""
    f1 = f1_from_counts(right, support, predicted)
    present = ~np.isnan(f1)
    total = np.where(present, f1, 0.0).sum(axis=-1)
    number = present.sum(axis=-1)
    macro: Counts = np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0)
    return macro


def weighted_from_counts(right: Counts, support: Counts, predicted: Counts) -> Counts:
    """The mean of F1 weighted by support, over the last axis; nan where there is no support."""
    f1 = np.nan_to_num(f1_from_counts(right, support, predicted))
    total = support.sum(axis=-1)
    sums = (f1 * support).sum(axis=-1)
    weighted: Counts = np.divide(sums, total, out=np.full(total.shape, np.nan), where=total > 0)
    return weighted


def macro_f1(target: Sequence[str], prediction: Sequence[str | None], labels: Sequence[str]) -> float:
    """The unweighted mean of F1 over classes, in [0, 1].

    A class that is neither target nor prediction anywhere is left out, as scikit-learn does when `labels` are the
    labels present.

    Raises:
        ValueError: as `confusion_matrix`.
    """
    return float(macro_from_counts(*_counts(target, prediction, labels)))


def weighted_f1(target: Sequence[str], prediction: Sequence[str | None], labels: Sequence[str]) -> float:
    """The mean of F1 weighted by how often a class is the target, in [0, 1].

    Raises:
        ValueError: as `confusion_matrix`.
    """
    return float(weighted_from_counts(*_counts(target, prediction, labels)))


def aica_weighted_f1(target: Sequence[str], prediction: Sequence[str | None]) -> float:
    """What the public scorer of AICA-Bench (arXiv 2604.05900) prints as weighted F1: `2 acc / (1 + acc)`, in [0, 1].

    It compares hits with a reference of ones, and so is never below accuracy. It is here to compare with their tables
    and is not an F1 over classes.

    Raises:
        ValueError: as `accuracy`.
    """
    share = accuracy(target, prediction)
    return 2.0 * share / (1.0 + share)


@dataclass(frozen=True)
class PolarityErrors:
    """Errors by what happened to the valence. The four kinds add up to `errors`.

    Attributes:
        errors: wrong answers, unreadable ones included.
        intensity: wrong label of the same valence. Two different labels of valence 0 count here: the definition of
            AICA-Bench taken literally.
        polarity: pleasant for unpleasant, or the reverse.
        neutral: exactly one side has valence 0. AICA-Bench leaves this open; a kind of its own is our choice, since
            it is neither of the two.
        unparseable: no readable answer, hence no valence.
    """

    errors: int
    intensity: int
    polarity: int
    neutral: int
    unparseable: int

    @property
    def intensity_share(self) -> float:
        """Intensity errors among all errors, in [0, 1]; nan where nothing was wrong."""
        return self.intensity / self.errors if self.errors else float("nan")

    @property
    def polarity_share(self) -> float:
        """Polarity errors among all errors, in [0, 1]; nan where nothing was wrong."""
        return self.polarity / self.errors if self.errors else float("nan")


def polarity_errors(
    target: Sequence[str], prediction: Sequence[str | None], polarity: Mapping[str, int]
) -> PolarityErrors:
    """Sort the errors into those of intensity and those of polarity (AICA-Bench, arXiv 2604.05900).

    Args:
        target: n labels.
        prediction: n labels or None.
        polarity: label -> -1, 0 or 1.

    Raises:
        ValueError: lengths differ, there are no items, or a wrong pair has a label without a polarity.
    """
    _check_pairs(target, prediction)
    wrong = [(t, p) for t, p in zip(target, prediction, strict=True) if t != p]
    kinds = {"intensity": 0, "polarity": 0, "neutral": 0, "unparseable": 0}
    for t, p in wrong:
        if p is None:
            kinds["unparseable"] += 1
            continue
        if t not in polarity or p not in polarity:
            raise ValueError(f"no polarity for {t!r} or {p!r}; known: {', '.join(polarity)}")
        same, flipped = polarity[t] == polarity[p], polarity[t] * polarity[p] < 0
        kinds["intensity" if same else "polarity" if flipped else "neutral"] += 1
    return PolarityErrors(errors=len(wrong), **kinds)


def quadratic_kappa(target: Sequence[str], prediction: Sequence[str | None], labels: Sequence[str]) -> float:
    """Cohen's kappa with quadratic weights over ordered labels (Cohen 1968), at most 1.

    An unreadable answer is scored as the end of the scale farthest from its target (our choice: leaving it out would
    pay; in the middle of the scale it is the last label).

    Args:
        target: n labels.
        prediction: n labels or None.
        labels: the scale, in order, equally spaced.

    Returns:
        nan where no disagreement is expected: target and prediction are one and the same label throughout.

    Raises:
        ValueError: as `confusion_matrix`.
    """
    table = confusion_matrix(target, prediction, labels).astype(np.float64)
    last = len(labels) - 1
    for row in range(len(labels)):
        table[row, 0 if 2 * row > last else last] += table[row, -1]
    table = table[:, :-1]
    place = np.arange(len(labels), dtype=np.float64)
    cost = (place[:, None] - place[None, :]) ** 2
    expected = float((cost * np.outer(table.sum(axis=1), table.sum(axis=0))).sum()) / float(table.sum())
    return 1.0 - float((cost * table).sum()) / expected if expected > 0 else float("nan")
