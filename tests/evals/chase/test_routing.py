"""Fitting routers: by source, honestly measured, and folded into one weight a feature."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.backends.errors import InputError
from affectgraph.backends.steering import MODALITIES, AttentionReading
from affectgraph.evals.chase.intervals import area
from affectgraph.evals.chase.routing import Labelled, check_disjoint, fit_probe, fit_router, parts_of
from affectgraph.tools.chase.features import features
from affectgraph.tools.chase.router import Router
from tests.tools.chase.samples import SELECTED, reading

LAYERS, TELLING = 4, 2


def clips(number: int = 120, *, telling: bool = True, layers: int = LAYERS, seed: int = 0) -> Labelled:
    """Clips of 3 a source, one in four without audio; the label shows in the video's hidden state after one layer."""
    generator = np.random.default_rng(seed)
    labels = [bool(label) for label in generator.random(number) < 0.5]
    readings: list[AttentionReading] = []
    for place, label in enumerate(labels):
        present = MODALITIES if place % 4 else ("text", "video")
        clip = reading(present, layers=layers, width=12, seed=seed * 100_000 + place)
        if telling:
            clip.hidden[TELLING + 1, -1, :3] += 3.0 if label else -3.0
        readings.append(clip)
    return Labelled(readings, labels, [f"source {place // 3}" for place in range(number)])


def fit(given: Labelled, **options: object) -> Router:
    return fit_router(given, identity="model@1", target="conflict", trained_on=SELECTED, **options)  # type: ignore[arg-type]


@settings(deadline=None)
@given(st.lists(st.integers(0, 30), min_size=40, max_size=80).filter(lambda found: len(set(found)) >= 5), st.integers())
def test_no_source_is_in_two_parts_and_no_clip_is_lost(numbers: list[int], seed: int) -> None:
    sources = [f"s{number}" for number in numbers]
    parts = parts_of(sources, abs(seed))
    assert sorted(place for places in parts.values() for place in places) == list(range(len(sources)))
    check_disjoint({part: [sources[place] for place in places] for part, places in parts.items()})
    assert all(parts.values())


def test_too_few_sources_are_refused() -> None:
    with pytest.raises(InputError, match="come from 4 sources; a router needs at least 5"):
        parts_of(["a", "b", "c", "d", "a"])


def test_a_source_in_two_parts_is_refused() -> None:
    given = clips(30)
    parts = {"train": range(16), "dev": range(16, 30)}  # source 5 is cut in two
    with pytest.raises(InputError, match="the source 'source 5' is in train and in dev"):
        fit(given, parts=parts)


def test_the_layer_that_tells_is_found_and_the_figure_holds_on_new_sources() -> None:
    told: list[tuple[int, int]] = []
    router = fit(clips(), layers_used=1, tell=lambda done, of: told.append((done, of)))
    assert [probe.layer for probe in router.probes] == [TELLING]
    assert router.figures[TELLING].auroc.value > 0.95
    assert router.held is not None
    assert router.held.value > 0.95
    assert router.held.low is not None
    assert router.held.groups == 8
    assert (router.sources, told[-1]) == ({"train": 24, "dev": 8, "held": 8}, (4, 4))
    fresh = clips(60, seed=7)
    said = np.array([router.probability(each) for each in fresh.readings])
    assert area(fresh.labels, said, fresh.sources).value > 0.95
    # A probability, not only a rank: it is near the truth on average.
    assert abs(said.mean() - np.mean(fresh.labels)) < 0.15


def test_labels_that_show_nowhere_give_no_figure_above_chance() -> None:
    router = fit(clips(telling=False))
    assert router.held is not None
    assert router.held.low is not None
    assert router.held.low < 0.5


def test_a_fit_is_the_same_for_the_same_seed() -> None:
    given = clips(45, layers=1, telling=False)
    assert fit(given, seed=3) == fit(given, seed=3)
    assert fit(given, seed=3) != fit(given, seed=4)


def test_without_held_sources_there_is_no_figure_of_the_whole() -> None:
    router = fit(clips(60), parts={"train": range(30), "dev": range(30, 60)})
    assert router.held is None
    assert set(router.shares) == {"train", "dev"}


def test_a_part_of_one_kind_is_refused() -> None:
    given = clips(60)
    same = Labelled(given.readings, [True] * 60, given.sources)
    with pytest.raises(InputError, match="of the part 'train' have the target"):
        fit(same)


def test_a_folded_probe_gives_the_probability_of_the_fit_it_came_from() -> None:
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    given = clips(60)
    x = np.stack([features(each, TELLING, ["budget", "mask"]) for each in given.readings])
    probe, penalty = fit_probe(
        x, given.labels, given.sources, layer=TELLING, width=12, groups=["budget", "mask"], components=4
    )
    spread = np.nanstd(x, axis=0)
    z = np.nan_to_num((x - np.nanmean(x, axis=0)) / np.where(spread > 1e-8, spread, 1.0))
    model = LogisticRegression(C=penalty, max_iter=5000).fit(z, given.labels)
    expected = model.predict_proba(z)[:, 1]
    assert [probe.probability(row) for row in x] == pytest.approx(expected, abs=1e-4)


def test_components_keep_the_fit_where_states_are_wide() -> None:
    generator = np.random.default_rng(0)
    labels = generator.random(60) < 0.5
    wide = np.where(labels[:, None], 1.0, -1.0) + generator.normal(size=(60, 300)) * 2.0
    sources = [f"s{place // 3}" for place in range(60)]
    probe, _ = fit_probe(
        wide, [bool(one) for one in labels], sources, layer=0, width=100, groups=["hidden"], components=4
    )
    said = np.array([probe.probability(row) for row in wide])
    assert area([bool(one) for one in labels], said, sources).value > 0.99


def test_a_modality_that_no_clip_has_changes_nothing() -> None:
    x = np.random.default_rng(0).normal(size=(40, 6))
    x[:, 3] = np.nan
    labels = [place % 2 == 0 for place in range(40)]
    x[:, 0] += np.where(labels, 2.0, -2.0)
    probe, _ = fit_probe(x, labels, [str(place) for place in range(40)], layer=0, width=1, groups=["hidden", "mask"])
    changed = x.copy()
    changed[:, 3] = 1.0e3
    assert probe.coefficients[3] == 0.0
    assert [probe.probability(row) for row in changed] == [probe.probability(row) for row in x]
