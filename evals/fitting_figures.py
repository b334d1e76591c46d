"""What the learned link is worth, out of fold: every event is predicted by parts that saw none of its writer's.

Nested: the penalties are chosen anew inside each fold, so nothing is chosen on what it is scored on. 95 % percentile
intervals over writers (`affectgraph.evals.metrics.resampling`). Controls: the constant mean and the most frequent
label; traits swapped between writers; the direct baseline, a logistic regression from the embedding past the
appraisals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from affectgraph.evals.fitting import (
    fit_direct,
    fit_head,
    fit_read_head,
    fit_reader,
    fit_shift,
    read_all,
    read_out_of_fold,
)
from affectgraph.evals.fitting_rows import FOLDS, LABELS, NAMES, Rows, folds
from affectgraph.evals.metrics.resampling import RESAMPLES, WeightedStatistic, interval_from_samples, resampled_weights
from affectgraph.evals.metrics.weighted import (
    average_of,
    calibration_error_of,
    concordance_of,
    f1_of,
    mean_of,
    pearson_of,
    ratio_of,
)
from affectgraph.tools.appraisal_link import FLOOR, Figure, Head, Shift

__all__ = ["SYSTEMS", "OutOfFold", "figures", "out_of_fold"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

# What each is, in words: `affectgraph.agents.links`.
SYSTEMS = (
    "majority",
    "rated",
    "read",
    "read_by_rated",
    "read_free",
    "read_shift",
    "read_swapped",
    "direct",
    "memory",
    "read_memory",
    "read_direct",
    "rated_direct",
)
_PAIRS = (
    ("read", "majority"),
    ("read", "read_by_rated"),
    ("read_free", "read"),
    ("read_shift", "read"),
    ("read_shift", "read_swapped"),
    ("direct", "read"),
    ("direct", "rated"),
    ("read_direct", "direct"),
    ("rated_direct", "direct"),
    ("read_memory", "read"),
)
# Of the memory; our choices, not tuned here.
_NEAREST, _SHARPNESS, _EVEN = 30, 20.0, 0.15


@dataclass(frozen=True)
class OutOfFold:
    """Predictions for n events by parts that saw none of their writer's.

    Attributes:
        constant: (n, 21) mean ratings of the events fitted on.
        read: (n, 21) ratings by the reader; `shifted` with the trait shift, `swapped` with another writer's traits.
        emotions: system -> (n, 13) probabilities.
    """

    constant: Floats
    read: Floats
    shifted: Floats
    swapped: Floats
    emotions: dict[str, Floats]


def out_of_fold(rows: Rows, *, seed: int = 0, step: Callable[[int, int], None] | None = None) -> OutOfFold:
    """Fit everything anew in each of five folds over writers, and predict the fold that was left out.

    Args:
        step: told how many folds are done, and of how many.
    """
    ratings = {name: np.empty_like(rows.appraisals) for name in ("constant", "read", "shifted", "swapped")}
    emotions = {name: np.empty((len(rows), len(LABELS))) for name in SYSTEMS}
    swapped = _swapped(rows, seed)
    for number, (fit, rest) in enumerate(folds(rows.writers, seed), 1):
        found, answers = _fold(rows.take(fit), rows.take(rest), swapped[rest], seed)
        for name, values in found.items():
            ratings[name][rest] = values
        for name, values in answers.items():
            emotions[name][rest] = values
        if step:
            step(number, FOLDS)
    return OutOfFold(**ratings, emotions=emotions)


def _swapped(rows: Rows, seed: int) -> Floats:
    """(n, 5) each event with the traits of another writer, the same one for all events of a writer."""
    writers, first, codes = np.unique(rows.writers, return_index=True, return_inverse=True)
    # A random cycle: nobody keeps his own.
    order = np.random.default_rng(seed).permutation(len(writers))
    other = np.empty_like(order)
    other[order] = np.roll(order, 1)
    traits: Floats = rows.traits[first[other]][codes]
    return traits


def _fold(fit: Rows, rest: Rows, swapped: Floats, seed: int) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Ratings and emotions of `rest`, by parts fitted on `fit`."""
    reader = fit_reader(fit, seed=seed)
    inner = read_out_of_fold(fit, reader.alpha, seed=seed)
    shift = fit_shift(fit, inner, seed=seed)
    rated = fit_head(fit.appraisals, fit, seed=seed)
    own = fit_read_head(inner, rated, fit)
    read = read_all(reader, rest.vectors)
    ratings = {
        "constant": np.tile(fit.appraisals.mean(axis=0), (len(rest), 1)),
        "read": read,
        "shifted": _shift(shift, read, rest.traits),
        "swapped": _shift(shift, read, swapped),
    }
    shares = np.bincount(fit.emotions, minlength=len(LABELS)) / len(fit)
    answers = {
        "majority": np.tile(shares, (len(rest), 1)),
        "rated": _feel(rated, rest.appraisals),
        "read": _feel(own, read),
        "read_by_rated": _feel(rated, read),
        "read_free": _feel(fit_head(inner, fit, seed=seed), read),
        "read_shift": _feel(own, ratings["shifted"]),
        "read_swapped": _feel(own, ratings["swapped"]),
        "direct": fit_direct(fit, seed=seed).predict(rest.vectors),
        "memory": _remember(fit, rest.vectors),
    }
    answers["read_memory"] = _pool(answers["read"], answers["memory"])
    answers["read_direct"] = _pool(answers["read"], answers["direct"])
    answers["rated_direct"] = _pool(answers["rated"], answers["direct"])
    return ratings, answers


def _shift(shift: Shift, ratings: Floats, traits: Floats) -> Floats:
    shifted: Floats = ratings + (traits - np.array(shift.means)) @ np.array(shift.coefficients)
    return shifted


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _feel(head: Head, ratings: Floats) -> Floats:
    z = (ratings - np.array(head.mean)) / np.array(head.scale)
    return _softmax(z @ np.array(head.coefficients).T + np.array(head.intercepts))


def _pool(first: Floats, second: Floats) -> Floats:
    return _softmax((np.log(np.maximum(first, FLOOR)) + np.log(np.maximum(second, FLOOR))) / 2)


def _remember(fit: Rows, vectors: Floats) -> Floats:
    """Shares of emotions among the nearest events, weighted by exp(20 cosine), mixed with even shares."""
    likeness = vectors @ fit.vectors.T
    nearest = np.argsort(-likeness, axis=1, kind="stable")[:, :_NEAREST]
    weights = np.exp(_SHARPNESS * np.take_along_axis(likeness, nearest, axis=1))
    shares = np.zeros((len(vectors), len(LABELS)))
    np.add.at(shares, (np.arange(len(vectors))[:, None], fit.emotions[nearest]), weights)
    mixed: Floats = (1 - _EVEN) * shares / shares.sum(axis=1, keepdims=True) + _EVEN / len(LABELS)
    return mixed


def figures(rows: Rows, found: OutOfFold, *, resamples: int = RESAMPLES, seed: int = 0) -> dict[str, Figure]:
    """Every figure with its interval over writers, by the names that `affectgraph link show` prints.

    `reader/VARIABLE/FIGURE`, `shift/VARIABLE/r2_gain` (share of the reader's squared error that the shift takes away),
    `emotion/SYSTEM/FIGURE` and `difference/A-B/FIGURE` (A minus B on the same events).
    """
    statistics = {**_reading(rows, found), **_shifting(rows, found)}
    systems = {name: _answering(rows.emotions, shares) for name, shares in found.emotions.items()}
    for name, scores in systems.items():
        statistics |= {f"emotion/{name}/{figure}": statistic for figure, statistic in scores.items()}
    for a, b in _PAIRS:
        for figure in ("macro_f1", "log_loss"):
            statistics[f"difference/{a}-{b}/{figure}"] = _minus(systems[a][figure], systems[b][figure])
    return _intervals(statistics, rows.writers.tolist(), resamples, seed)


def _reading(rows: Rows, found: OutOfFold) -> dict[str, WeightedStatistic]:
    kinds: dict[str, list[WeightedStatistic]] = {"r": [], "ccc": [], "mae": [], "constant_mae": []}
    for target, read, constant in zip(rows.appraisals.T, found.read.T, found.constant.T, strict=True):
        kinds["r"].append(pearson_of(target, read))
        kinds["ccc"].append(concordance_of(target, read))
        kinds["mae"].append(mean_of(np.abs(target - read)))
        kinds["constant_mae"].append(mean_of(np.abs(target - constant)))
    return _by_variable("reader", kinds)


def _shifting(rows: Rows, found: OutOfFold) -> dict[str, WeightedStatistic]:
    kinds: dict[str, list[WeightedStatistic]] = {"r2_gain": [], "r2_gain_swapped": []}
    for kind, moved in (("r2_gain", found.shifted), ("r2_gain_swapped", found.swapped)):
        for target, read, after in zip(rows.appraisals.T, found.read.T, moved.T, strict=True):
            kinds[kind].append(ratio_of((target - read) ** 2 - (target - after) ** 2, (target - read) ** 2))
    return _by_variable("shift", kinds)


def _by_variable(part: str, kinds: Mapping[str, Sequence[WeightedStatistic]]) -> dict[str, WeightedStatistic]:
    named = {f"{part}/mean/{kind}": average_of(each) for kind, each in kinds.items()}
    for kind, each in kinds.items():
        named |= {f"{part}/{name}/{kind}": statistic for name, statistic in zip(NAMES, each, strict=True)}
    return named


def _answering(target: Codes, shares: Floats) -> dict[str, WeightedStatistic]:
    everyone = np.arange(len(target))
    order = np.argsort(-shares, axis=1, kind="stable")
    hit = (order[:, 0] == target).astype(np.float64)
    return {
        "macro_f1": f1_of(target, order[:, 0], len(LABELS), macro=True),
        "accuracy": mean_of(hit),
        "top2": mean_of((order[:, :2] == target[:, None]).any(axis=1).astype(np.float64)),
        "log_loss": mean_of(-np.log(np.maximum(shares[everyone, target], FLOOR))),
        "ece": calibration_error_of(shares.max(axis=1), hit),
    }


def _minus(a: WeightedStatistic, b: WeightedStatistic) -> WeightedStatistic:
    return lambda weights: a(weights) - b(weights)


def _intervals(
    statistics: Mapping[str, WeightedStatistic], writers: Sequence[str], resamples: int, seed: int
) -> dict[str, Figure]:
    """All statistics on the same resamples, drawn once."""
    samples: dict[str, list[Floats]] = {name: [] for name in statistics}
    for weights in resampled_weights(writers, resamples, seed):
        for name, statistic in statistics.items():
            samples[name].append(statistic(weights))
    everyone, number = np.ones((1, len(writers))), len(set(writers))
    made = {}
    for name, statistic in statistics.items():
        value = float(statistic(everyone)[0])
        if np.isfinite(value):
            interval = interval_from_samples(value, np.concatenate(samples[name]), len(writers), number)
            ends = {"low": interval.low, "high": interval.high} if np.isfinite(interval.low) else {}
            made[name] = Figure(value=value, n=len(writers), groups=number, **ends)
    return made
