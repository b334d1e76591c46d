"""Fitting a router (`affectgraph.tools.chase.router`) on a model's readings of labelled clips.

A source (a video, a speaker, whatever the clips of one recording share) is in one part alone: three in five for
fitting, one in five for choosing layers, one in five for the figure of the whole. For each layer the features are
standardised, those of hidden states reduced to principal components, and a logistic regression is fitted with a penalty
that cross-validation over sources chooses by log loss; all of it folds into one weight a feature. Clips are not
re-weighted, so that the probability is one. All of this is our choice; the paper says that there is a small router.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends.errors import InputError
from affectgraph.backends.steering import AttentionReading
from affectgraph.evals.chase.intervals import area
from affectgraph.tools.chase.features import DEFAULT_GROUPS, Group, columns, features
from affectgraph.tools.chase.profiles import SelectedOn
from affectgraph.tools.chase.router import LayerFigure, Probe, Router, RouterTarget

__all__ = ["PARTS", "Labelled", "check_disjoint", "fit_probe", "fit_router", "parts_of"]

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Tell = Callable[[int, int], None]

PARTS = ("train", "dev", "held")
_SHARES = (0.6, 0.2, 0.2)
COMPONENTS = 32
PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
LAYERS_USED = 3
_FOLDS = 5
# Below this a feature is constant but for rounding.
_CONSTANT = 1e-8


@dataclass(frozen=True)
class Labelled:
    """Clips to fit on.

    Attributes:
        readings: n, of the unsteered model.
        labels: n, whether the clip has the target.
        sources: n.
    """

    readings: Sequence[AttentionReading]
    labels: Sequence[bool]
    sources: Sequence[str]

    def at(self, places: Sequence[int] | Codes) -> Labelled:
        """The clips at these places."""
        chosen = [int(place) for place in places]
        return Labelled(
            [self.readings[place] for place in chosen],
            [self.labels[place] for place in chosen],
            [self.sources[place] for place in chosen],
        )


def parts_of(sources: Sequence[str], seed: int = 0) -> dict[str, list[int]]:
    """Part -> places of its clips; a source is in one part alone.

    Sources are shuffled with the seed and dealt out three, one and one in five.

    Raises:
        InputError: there are fewer than five sources.
    """
    names = sorted(set(sources))
    if len(names) < len(PARTS) + 2:
        raise InputError(
            f"the clips come from {len(names)} sources; a router needs at least 5, so that none is in two parts: "
            "take more clips, or give each its `source`"
        )
    shuffled = [names[place] for place in np.random.default_rng(seed).permutation(len(names))]
    first, second = round(_SHARES[0] * len(names)), round((_SHARES[0] + _SHARES[1]) * len(names))
    dealt = {"train": set(shuffled[:first]), "dev": set(shuffled[first:second]), "held": set(shuffled[second:])}
    return {part: [place for place, name in enumerate(sources) if name in dealt[part]] for part in PARTS}


def check_disjoint(parts: Mapping[str, Collection[str]]) -> None:
    """Refuse a split in which a source is in two parts: a router that has seen a source says nothing of new ones.

    Args:
        parts: part -> sources of its clips.

    Raises:
        InputError: names a source and its parts.
    """
    seen: dict[str, str] = {}
    for part, sources in parts.items():
        for source in sorted(set(sources)):
            if source in seen:
                raise InputError(
                    f"the source {source!r} is in {seen[source]} and in {part}; put all of its clips into one part"
                )
            seen[source] = part


def fit_router(
    clips: Labelled,
    *,
    identity: str,
    target: RouterTarget,
    trained_on: SelectedOn,
    parts: Mapping[str, Sequence[int]] | None = None,
    groups: Sequence[Group] = DEFAULT_GROUPS,
    layers_used: int = LAYERS_USED,
    components: int = COMPONENTS,
    seed: int = 0,
    tell: Tell = lambda done, of: None,
) -> Router:
    """Fit a probe for each layer and keep the best.

    Args:
        clips: all parts together.
        identity: of the model, with its revision.
        target: what `clips.labels` are.
        trained_on: for the record.
        parts: part of `PARTS` -> places of its clips; None: `parts_of`. `held` may be missing.
        groups: of features.
        layers_used: how many layers' probabilities are averaged.
        components: at most so many principal components of the hidden states.
        seed: of parts, folds, components and resamples.
        tell: told how many layers are done, and of how many.

    Raises:
        InputError: a source is in two parts, or a part has clips of one kind alone.
    """
    places = parts_of(clips.sources, seed) if parts is None else parts
    split = {part: clips.at(places[part]) for part in PARTS if part in places}
    check_disjoint({part: each.sources for part, each in split.items()})
    for part, each in split.items():
        _both_kinds(part, each.labels, target)
    first = split["train"].readings[0]
    layers, width = first.budgets.shape[0], first.hidden.shape[-1]
    fitted, figures = _every_layer(split["train"], split["dev"], groups, components, seed, tell)
    best = sorted(range(layers), key=lambda layer: (-figures[layer].auroc.value, layer))[:layers_used]
    router = Router(
        identity=identity,
        target=target,
        layers=layers,
        width=width,
        groups=tuple(groups),
        probes=tuple(fitted[layer][0] for layer in best),
        figures=tuple(figures),
        shares={part: float(np.mean(each.labels)) for part, each in split.items()},
        sources={part: len(set(each.sources)) for part, each in split.items()},
        components=components,
        penalty=tuple(fitted[layer][1] for layer in best),
        trained_on=trained_on,
    )
    return _with_held(router, split["held"], seed) if "held" in split else router


def _every_layer(
    train: Labelled, dev: Labelled, groups: Sequence[Group], components: int, seed: int, tell: Tell
) -> tuple[list[tuple[Probe, float]], list[LayerFigure]]:
    """The probe of each layer with its penalty, and how well it tells on the development sources."""
    layers, width = train.readings[0].budgets.shape[0], train.readings[0].hidden.shape[-1]
    fitted, figures = [], []
    for layer in range(layers):
        x = _table(train, layer, groups)
        probe, penalty = fit_probe(
            x, train.labels, train.sources, layer=layer, width=width, groups=groups, components=components, seed=seed
        )
        fitted.append((probe, penalty))
        said = np.array([probe.probability(row) for row in _table(dev, layer, groups)])
        figures.append(LayerFigure(layer=layer, auroc=area(dev.labels, said, dev.sources, seed)))
        tell(layer + 1, layers)
    return fitted, figures


def _with_held(router: Router, held: Labelled, seed: int) -> Router:
    said = np.array([router.probability(reading) for reading in held.readings])
    return router.model_copy(update={"held": area(held.labels, said, held.sources, seed)})


def fit_probe(
    x: Floats,
    labels: Sequence[bool],
    sources: Sequence[str],
    *,
    layer: int,
    width: int,
    groups: Sequence[Group] = DEFAULT_GROUPS,
    components: int = COMPONENTS,
    seed: int = 0,
) -> tuple[Probe, float]:
    """The probe of one layer, and the inverse penalty that was chosen.

    Args:
        x: (n, features), nan where a modality is absent.
        labels, sources: n each.
        layer, width, groups: what the columns are, see `features.columns`.
        components: at most so many principal components of the hidden states.
        seed: of components and folds.

    Raises:
        InputError: all labels are the same.
    """
    y = np.asarray(labels, dtype=bool)
    _both_kinds("train", y, f"layer {layer}")
    mean, scale = _standard(x)
    z = np.nan_to_num((x - mean) / scale)
    projection = _projection(z, columns(width, groups), components, seed)
    reduced = z @ projection
    penalty = _penalty(reduced, y, sources, seed)
    model = _logistic(reduced, y, penalty)
    coefficients = projection @ model.coef_[0]
    probe = Probe(
        layer=layer,
        mean=_rounded(mean),
        scale=_rounded(scale),
        coefficients=_rounded(coefficients),
        intercept=float(model.intercept_[0]),
    )
    return probe, penalty


def _both_kinds(part: str, labels: Sequence[bool] | NDArray[np.bool_], target: str) -> None:
    positive, number = int(np.sum(labels)), len(labels)
    if positive in (0, number):
        raise InputError(
            f"{positive} of the {number} clips of the part '{part}' have the target ({target}); a router needs clips "
            "with and without it in every part: take more clips or sources"
        )


def _table(clips: Labelled, layer: int, groups: Sequence[Group]) -> Floats:
    return np.stack([features(reading, layer, groups) for reading in clips.readings])


def _standard(x: Floats) -> tuple[Floats, Floats]:
    """Mean and spread of each column over the clips that have it; 0 and 1 where none has, or where it is constant."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # columns that no clip has
        mean, spread = np.nanmean(x, axis=0), np.nanstd(x, axis=0)
    mean = np.nan_to_num(mean)
    constant = ~(spread > _CONSTANT * np.maximum(1.0, np.abs(mean)))  # also true for nan
    return mean, np.where(constant, 1.0, spread)


def _projection(z: Floats, places: Mapping[Group, slice], components: int, seed: int) -> Floats:
    """(features, columns): hidden states onto unit-variance principal components, everything else onto itself."""
    from sklearn.decomposition import PCA  # type: ignore[import-untyped]

    number, size = z.shape
    wide = [np.arange(size)[places[group]] for group in ("hidden", "answer") if group in places]
    reduced = np.concatenate(wide) if wide else np.arange(0)
    kept = np.setdiff1d(np.arange(size), reduced)
    axes = np.zeros((size, 0))
    most = min(components, number - 1, reduced.size)
    if most > 0:
        found = PCA(n_components=most, svd_solver="full" if most == reduced.size else "auto", random_state=seed)
        found.fit(z[:, reduced])
        spread = np.sqrt(found.explained_variance_)
        real = spread > _CONSTANT
        axes = np.zeros((size, int(real.sum())))
        axes[reduced] = found.components_[real].T / spread[real]
    return np.concatenate([axes, np.eye(size)[:, kept]], axis=1)


def _penalty(x: Floats, y: NDArray[np.bool_], sources: Sequence[str], seed: int) -> float:
    from sklearn.model_selection import GroupKFold  # type: ignore[import-untyped]

    number = min(_FOLDS, len(set(sources)))
    losses = dict.fromkeys(PENALTIES, 0.0)
    if number < 2:
        return min(PENALTIES)
    folds = list(GroupKFold(number, shuffle=True, random_state=seed).split(x, y, groups=np.asarray(sources)))
    for fit, rest in folds:
        if len(set(y[fit].tolist())) < 2:
            continue
        for penalty in PENALTIES:
            shares = _logistic(x[fit], y[fit], penalty).predict_proba(x[rest])[:, 1]
            right = np.where(y[rest], shares, 1.0 - shares)
            losses[penalty] -= float(np.log(np.clip(right, 1e-12, 1.0)).sum())
    return min(losses, key=lambda penalty: (losses[penalty], penalty))


def _logistic(x: Floats, y: NDArray[np.bool_], penalty: float) -> Any:
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    return LogisticRegression(C=penalty, max_iter=5000).fit(x, y)


def _rounded(values: Floats) -> tuple[float, ...]:
    return tuple(float(f"{value:.7g}") for value in values)
