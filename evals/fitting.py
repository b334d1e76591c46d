"""Fitting the learned link of `affectgraph.tools.appraisal_link` on people's own appraisals (crowd-enVENT train).

Everything is chosen by cross-validation in which a writer is never on both sides: the penalties of the ridge
regressions by squared error, those of the logistic ones by log loss (our choice: the link is pooled with other
distributions, so it has to be calibrated). The rows come from `affectgraph.evals.fitting_rows`.

The head for *read* appraisals is fitted on out-of-fold readings: in-fold ones fit their own texts and would make it too
sure. Its coefficients are held near those of the head for people's own ratings, since readings are so collinear that a
free fit gives every third one the other sign: hardly better guesses, and reasons that say the contrary. What comes out
is measured by `affectgraph.evals.fitting_figures`.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends.errors import InputError
from affectgraph.evals.datasets.items import Dataset
from affectgraph.evals.fitting_rows import LABELS, NAMES, Embeds, Rows, folds, rows_of, traits_of, without_leaks
from affectgraph.evals.metrics.resampling import holm
from affectgraph.evals.pooling import Choice, choose_weights
from affectgraph.tools.appraisal_link import HIGH, LOW, AppraisalLink, Head, Reader, Shift, Source, Words
from affectgraph.tools.persona import TRAITS

__all__ = [
    "Choice",
    "Direct",
    "Embeds",
    "Rows",
    "choose_weights",
    "fit_direct",
    "fit_head",
    "fit_link",
    "fit_read_head",
    "fit_reader",
    "fit_shift",
    "folds",
    "read_all",
    "read_out_of_fold",
    "rows_of",
    "traits_of",
    "without_leaks",
]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

READER_ALPHAS = (1.0, 2.0, 5.0, 10.0, 20.0)
SHIFT_ALPHAS = (1.0, 10.0, 100.0, 1000.0, 10000.0)
HEAD_CS = (0.03, 0.1, 0.3, 1.0)
DIRECT_CS = (1.0, 3.0, 10.0)
# How freely the head for readings may leave the one for ratings; our choice. Looser, the log loss falls a little (from
# 1.90 to 1.89 nats out of fold) and the signs part.
READ_C = 0.03
LICENCE = "CC BY 4.0 (that of its sister set; not stated separately)"


def _ridge(inputs: Floats, targets: Floats, alpha: float, *, intercept: bool = True) -> Any:
    from sklearn.linear_model import Ridge  # type: ignore[import-untyped]

    return Ridge(alpha=alpha, fit_intercept=intercept).fit(inputs, targets)


def _logistic(inputs: Floats, codes: Codes, c: float) -> Any:
    from sklearn.exceptions import ConvergenceWarning  # type: ignore[import-untyped]
    from sklearn.linear_model import LogisticRegression

    missing = sorted(set(range(len(LABELS))) - set(codes.tolist()))
    if missing:
        raise InputError(f"no event to fit on was told for {', '.join(LABELS[place] for place in missing)}")
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        return LogisticRegression(C=c, max_iter=5000).fit(inputs, codes)


def _best(losses: Mapping[float, float]) -> float:
    return min(losses, key=lambda penalty: losses[penalty])


def _best_alpha(
    inputs: Floats, targets: Floats, rows: Rows, alphas: Sequence[float], seed: int, **options: Any
) -> float:
    losses = dict.fromkeys(alphas, 0.0)
    for fit, rest in folds(rows.writers, seed):
        for alpha in alphas:
            guess = _ridge(inputs[fit], targets[fit], alpha, **options).predict(inputs[rest])
            losses[alpha] += float(((targets[rest] - guess) ** 2).sum())
    return _best(losses)


def _best_c(inputs: Floats, rows: Rows, cs: Sequence[float], seed: int) -> float:
    losses = dict.fromkeys(cs, 0.0)
    for fit, rest in folds(rows.writers, seed):
        for c in cs:
            shares = _logistic(inputs[fit], rows.emotions[fit], c).predict_proba(inputs[rest])
            losses[c] -= float(np.log(shares[np.arange(len(rest)), rows.emotions[rest]]).sum())
    return _best(losses)


def _matrix(values: Floats) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(f"{value:.7g}") for value in row) for row in values)


def _vector(values: Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def fit_reader(rows: Rows, *, seed: int = 0) -> Reader:
    """Ridge regression of the 21 ratings on the vector; one penalty for all, chosen by squared error."""
    alpha = _best_alpha(rows.vectors, rows.appraisals, rows, READER_ALPHAS, seed)
    model = _ridge(rows.vectors, rows.appraisals, alpha)
    return Reader(coefficients=_matrix(model.coef_), intercepts=_vector(model.intercept_), alpha=alpha)


def read_all(reader: Reader, vectors: Floats) -> Floats:
    """(n, 21) ratings, as `AppraisalLink.read` gives them one by one."""
    read: Floats = np.clip(vectors @ np.array(reader.coefficients).T + np.array(reader.intercepts), LOW, HIGH)
    return read


def read_out_of_fold(rows: Rows, alpha: float, *, seed: int = 0) -> Floats:
    """(n, 21) ratings of every event by a reader that saw none of its writer's."""
    read = np.empty_like(rows.appraisals)
    for fit, rest in folds(rows.writers, seed + 1):
        read[rest] = _ridge(rows.vectors[fit], rows.appraisals[fit], alpha).predict(rows.vectors[rest])
    return np.clip(read, LOW, HIGH)


def fit_head(ratings: Floats, rows: Rows, *, seed: int = 0) -> Head:
    """Multinomial logistic regression of the emotion on (n, 21) standardised ratings.

    Raises:
        InputError: one of the labels does not occur.
    """
    mean, spread = ratings.mean(axis=0), ratings.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    z = (ratings - mean) / scale
    c = _best_c(z, rows, HEAD_CS, seed)
    model = _logistic(z, rows.emotions, c)
    return Head(
        mean=_vector(mean),
        scale=_vector(scale),
        coefficients=_matrix(model.coef_),
        intercepts=_vector(model.intercept_),
        c=c,
    )


def fit_read_head(read: Floats, rated: Head, rows: Rows, *, c: float = READ_C) -> Head:
    """The head for readings: coefficients `s B + D`, where B are those of `rated`, and s and D are fitted.

    D is penalised by `|D|^2 / (2 c)`, s and the intercepts are free: for small c it is the other head with one slope
    for all (readings vary less than ratings and are worth less), for large c a head of its own.

    Args:
        read: (n, 21) from `read_out_of_fold`.
    """
    from scipy.optimize import minimize  # type: ignore[import-untyped]

    mean, scale = read.mean(axis=0), np.where(read.std(axis=0) > 0, read.std(axis=0), 1.0)
    z, base = (read - mean) / scale, np.array(rated.coefficients)
    one_hot = np.eye(len(LABELS))[rows.emotions]
    number = base.size

    def loss(values: Floats) -> tuple[float, Floats]:
        own, intercepts, slope = values[:number].reshape(base.shape), values[number:-1], values[-1]
        scores = z @ (slope * base + own).T + intercepts
        scores -= scores.max(axis=1, keepdims=True)
        powers = np.exp(scores)
        total = powers.sum(axis=1, keepdims=True)
        surplus = powers / total - one_hot
        pull = surplus.T @ z
        value = float(np.log(total).sum() - scores[one_hot == 1].sum() + (own**2).sum() / (2 * c))
        return value, np.concatenate([(pull + own / c).ravel(), surplus.sum(axis=0), [float((pull * base).sum())]])

    found = minimize(loss, np.append(np.zeros(number + len(LABELS)), 0.5), jac=True, method="L-BFGS-B").x
    return Head(
        mean=_vector(mean),
        scale=_vector(scale),
        coefficients=_matrix(found[-1] * base + found[:number].reshape(base.shape)),
        intercepts=_vector(found[number:-1]),
        c=c,
    )


def fit_shift(rows: Rows, read: Floats, *, seed: int = 0) -> Shift:
    """What traits add to the rating of an event over what its text says.

    Ridge regression of the residual, own rating minus out-of-fold reading, on centred traits, without an intercept. p
    values are of ordinary least squares with errors clustered on writers (Liang & Zeger 1986, times G / (G - 1)), by
    the normal approximation, Holm-corrected over all 105.

    Args:
        read: (n, 21) from `read_out_of_fold`.
    """
    means = rows.traits.mean(axis=0)
    x = rows.traits - means
    residual = rows.appraisals - read
    residual = residual - residual.mean(axis=0)
    alpha = _best_alpha(x, residual, rows, SHIFT_ALPHAS, seed, intercept=False)
    slopes = _ridge(x, residual, alpha, intercept=False).coef_.T
    p = holm(_clustered_p(x, residual, rows.writers).ravel().tolist())
    return Shift(
        coefficients=_matrix(slopes), means=_vector(means), p=_matrix(np.array(p).reshape(len(TRAITS), len(NAMES)))
    )


def _clustered_p(x: Floats, y: Floats, writers: NDArray[np.str_]) -> Floats:
    """(traits, variables) two-sided p of each slope of y on x; 1 for a trait that nobody differs in."""
    from scipy.stats import norm  # type: ignore[import-untyped]

    inverse = np.linalg.pinv(x.T @ x)
    slopes = inverse @ x.T @ y
    rest = y - x @ slopes
    _, codes = np.unique(writers, return_inverse=True)
    number = int(codes.max()) + 1
    scores = np.zeros((number, x.shape[1], y.shape[1]))
    np.add.at(scores, codes, x[:, :, None] * rest[:, None, :])
    meat = np.einsum("gia,gja->aij", scores, scores) * number / (number - 1)
    errors = np.sqrt(np.einsum("ij,ajk,ki->ia", inverse, meat, inverse))
    ratio = np.divide(slopes, errors, out=np.zeros_like(slopes), where=errors > 0)
    p: Floats = 2.0 * norm.sf(np.abs(ratio))
    return p


@dataclass(frozen=True)
class Direct:
    """The baseline: embedding -> emotion, one logistic regression, no appraisal between."""

    words: Words

    def predict(self, vectors: Floats) -> Floats:
        """(n, d) vectors -> (n, 13) probabilities in the order of envent13."""
        scores = vectors @ np.array(self.words.coefficients).T + np.array(self.words.intercepts)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares: Floats = powers / powers.sum(axis=1, keepdims=True)
        return shares


def fit_direct(rows: Rows, *, seed: int = 0) -> Direct:
    """The baseline on `rows`; its penalty is chosen by log loss.

    Raises:
        InputError: one of the labels does not occur.
    """
    c = _best_c(rows.vectors, rows, DIRECT_CS, seed)
    model = _logistic(rows.vectors, rows.emotions, c)
    return Direct(Words(coefficients=_matrix(model.coef_), intercepts=_vector(model.intercept_), c=c))


def fit_link(
    dataset: Dataset, rows: Rows, embedder: str, *, seed: int = 0, excluded: Mapping[str, int] | None = None
) -> AppraisalLink:
    """The link on all of `rows`, without pool weights and metrics.

    Args:
        dataset: where the rows are from. To choose pool weights, fit on `part_of(train, "held")` and choose on
            `part_of(train, "tune")`; the link that is kept may then be fitted on both.
        embedder: identity of what made the vectors.
        excluded: reason -> rows that were left out, for the record.

    Raises:
        InputError: one of the labels does not occur.
    """
    reader = fit_reader(rows, seed=seed)
    read = read_out_of_fold(rows, reader.alpha, seed=seed)
    packages = ("affectgraph", "numpy", "scikit-learn", "scipy")
    source = Source(
        name=dataset.name,
        split=dataset.split,
        revision=dataset.revision,
        rows=len(rows),
        writers=len(set(rows.writers.tolist())),
        excluded=dict(excluded or {}),
        licence=LICENCE,
        fitted=date.today().isoformat(),
        versions={package: version(package) for package in packages},
    )
    rated = fit_head(rows.appraisals, rows, seed=seed)
    return AppraisalLink(
        source=source,
        embedder=embedder,
        labels=LABELS,
        reader=reader,
        shift=fit_shift(rows, read, seed=seed),
        heads={"rated": rated, "read": fit_read_head(read, rated, rows)},
        words=fit_direct(rows, seed=seed).words,
    )
