"""The noise ceiling, held against raters who are made up: people's true values, and what each of them says."""

from __future__ import annotations

import math

import numpy as np
import pytest

from affectgraph.evals.ceilings import ceilings
from affectgraph.evals.datasets import Dataset, Item
from affectgraph.evals.metrics import mean_absolute_error, pearson


def rated_by(raters: int, noise: float, pictures: int = 4000) -> tuple[Dataset, np.ndarray]:
    """A set rated by `raters` simulated people, and the true values."""
    generator = np.random.default_rng(7)
    true = generator.normal(5.0, 1.0, pictures)
    said = true[:, None] + generator.normal(0.0, noise, (pictures, raters))
    means, spreads = said.mean(axis=1), said.std(axis=1, ddof=1)
    items = tuple(
        Item(str(number), "", {"sd": {"arousal": spread}, "raters": raters}, {"arousal": mean})
        for number, (mean, spread) in enumerate(zip(means.tolist(), spreads.tolist(), strict=True))
    )
    return Dataset("made up", "all", "0", items), true


@pytest.mark.parametrize(("raters", "noise"), [(4, 1.0), (10, 2.0), (30, 1.5)])
def test_who_knows_the_true_values_reaches_the_ceiling(raters: int, noise: float) -> None:
    dataset, true = rated_by(raters, noise)
    observed = np.array([item.target["arousal"] for item in dataset.items])
    found = ceilings(dataset)["arousal"]
    assert found.n == len(dataset.items)
    assert found.pearson == pytest.approx(pearson(observed, true), abs=0.015)
    # The mean of sd lies below the true deviation where raters are few: by 8 % for four.
    assert found.mae == pytest.approx(mean_absolute_error(observed, true), rel=0.1)


def test_it_is_the_split_half_correlation_after_spearman_and_brown() -> None:
    generator = np.random.default_rng(1)
    said = generator.normal(0.0, 1.0, (4000, 1)) + generator.normal(0.0, 2.0, (4000, 12))
    halves = pearson(said[:, ::2].mean(axis=1), said[:, 1::2].mean(axis=1))
    corrected = math.sqrt(2 * halves / (1 + halves))
    items = tuple(
        Item(str(n), "", {"sd": {"v": float(row.std(ddof=1))}, "raters": 12}, {"v": float(row.mean())})
        for n, row in enumerate(said)
    )
    assert ceilings(Dataset("s", "all", "0", items))["v"].pearson == pytest.approx(corrected, abs=0.02)


def test_items_of_unknown_noise_are_left_out() -> None:
    known = {"sd": {"v": 1.0}, "raters": 4}
    items = [Item("a", "", known, {"v": 1.0}), Item("b", "", {"sd": {"v": 1.0}}, {"v": 2.0})]
    assert ceilings(Dataset("s", "all", "0", tuple(items))) == {}
    items.append(Item("c", "", known, {"v": 5.0}))
    assert ceilings(Dataset("s", "all", "0", tuple(items)))["v"].n == 2
