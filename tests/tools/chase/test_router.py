"""Routers: a probability from a reading, kept by model and target."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.backends.steering import MODALITIES, Modality
from affectgraph.tools.chase.router import (
    Probe,
    Router,
    Routers,
    RouterTarget,
    load_routers,
    router_for,
    routers_path,
    save_routers,
    under_used,
)
from affectgraph.tools.chase.stored import ChaseFileError
from tests.tools.chase.samples import SELECTED, reading

SIZE = 3 * 5 + 3 + 3 + 3 + 3


def probe(layer: int = 1, *, weight: float = 0.3, intercept: float = -0.5) -> Probe:
    generator = np.random.default_rng(layer)
    return Probe(
        layer=layer,
        mean=tuple(generator.normal(size=SIZE)),
        scale=tuple(generator.random(SIZE) + 0.1),
        coefficients=tuple(weight * generator.normal(size=SIZE)),
        intercept=intercept,
    )


def router(target: RouterTarget = "conflict", *, identity: str = "model@1", probes: int = 2) -> Router:
    return Router(
        identity=identity,
        target=target,
        layers=4,
        width=5,
        groups=("hidden", "distance", "cosine", "budget", "mask"),
        probes=tuple(probe(layer) for layer in range(probes)),
        trained_on=SELECTED,
    )


# --- under-use -------------------------------------------------------------------------------------------------------


def test_a_modality_is_under_used_where_it_is_right_and_the_prediction_is_not() -> None:
    said = {"text": -1, "audio": 0, "video": 1}
    assert under_used(1, -1, said, MODALITIES) == ("video",)
    assert under_used(1, -1, {"text": -1, "audio": 1, "video": 1}, MODALITIES) == ("audio", "video")


def test_a_right_prediction_uses_what_there_is_even_under_conflict() -> None:
    assert under_used(1, 1, {"text": -1, "audio": 0, "video": 1}, MODALITIES) == ()


def test_what_was_not_shown_is_not_under_used() -> None:
    assert under_used(1, -1, {"text": -1, "audio": -1, "video": 1}, ["text", "audio"]) == ()


# --- probes ----------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.integers(0, 200), st.sets(st.sampled_from(MODALITIES), min_size=1), st.floats(-1e3, 1e3))
def test_a_probability_is_one_whatever_is_missing(seed: int, present: set[Modality], intercept: float) -> None:
    clip = reading([name for name in MODALITIES if name in present], seed=seed)
    chosen = router().model_copy(update={"probes": (probe(intercept=intercept), probe(2))})
    assert 0.0 <= chosen.probability(clip) <= 1.0


def test_an_absent_feature_counts_as_its_mean() -> None:
    one = probe()
    x = np.array(one.mean)
    half = x.copy()
    half[::2] = np.nan
    assert one.probability(x) == one.probability(half) == pytest.approx(1 / (1 + np.exp(0.5)))


def test_a_probe_is_a_logistic_regression_on_standardised_features() -> None:
    one = Probe(layer=0, mean=(1.0, 2.0), scale=(2.0, 0.5), coefficients=(0.5, -1.0), intercept=0.25)
    assert one.probability(np.array([3.0, 2.5])) == pytest.approx(1 / (1 + np.exp(-(0.25 + 0.5 - 1.0))))


def test_a_router_averages_its_probes() -> None:
    clip = reading()
    both = router()
    alone = [both.model_copy(update={"probes": (each,)}).probability(clip) for each in both.probes]
    assert alone[0] != alone[1]
    assert both.probability(clip) == pytest.approx(sum(alone) / 2)


def test_a_probe_refuses_other_features() -> None:
    with pytest.raises(ValueError, match="3 features, and the probe of layer 1 reads 27"):
        probe().probability(np.zeros(3))


@pytest.mark.parametrize(("layers", "width"), [(5, 5), (4, 6)])
def test_a_reading_of_another_model_is_refused(layers: int, width: int) -> None:
    with pytest.raises(ChaseFileError, match="train one for this model with `affectgraph chase train-router`"):
        router().probability(reading(layers=layers, width=width))


# --- files -----------------------------------------------------------------------------------------------------------


def test_routers_survive_their_file(tmp_path: Path) -> None:
    path = routers_path(tmp_path)
    kept = Routers().with_entry(router()).with_entry(router("under-use")).with_entry(router(probes=1))
    save_routers(kept, path)
    read = load_routers(path)
    assert read == kept
    assert [(each.target, len(each.probes)) for each in read.entries] == [("under-use", 2), ("conflict", 1)]
    assert router_for(path, "model@1", "conflict").probability(reading()) == router(probes=1).probability(reading())
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_model_without_a_router_is_told_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ChaseFileError, match="no router of model@2 for under-use; train one with `affectgraph chase"):
        router_for(routers_path(tmp_path), "model@2", "under-use")


def _damaged(change: Any) -> str:
    values = json.loads(Routers().with_entry(router()).model_dump_json())
    change(values["entries"][0])
    return json.dumps(values)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"format": 7}', "has the format 7"),
        (_damaged(lambda entry: entry["probes"][0]["mean"].pop()), "26 means, 27 scales and 27 coefficients"),
        (_damaged(lambda entry: entry["probes"][0].update(scale=[0.0] * 27)), "greater than 0"),
        (_damaged(lambda entry: entry["probes"][0].update(layer=4)), "a layer below 4"),
        (_damaged(lambda entry: entry.update(width=6)), "expected 30"),
        (_damaged(lambda entry: entry.update(groups=["mask", "mask"])), "each once"),
        (_damaged(lambda entry: entry.update(probes=[])), "at least 1 item"),
        (_damaged(lambda entry: entry.update(target="surprise")), "target"),
        (_damaged(lambda entry: entry["probes"][0]["coefficients"].__setitem__(0, float("nan"))), "finite"),
    ],
)
def test_a_damaged_file_is_refused_with_a_way_out(tmp_path: Path, content: str, told: str) -> None:
    path = routers_path(tmp_path)
    path.write_text(content)
    with pytest.raises(ChaseFileError) as caught:
        load_routers(path)
    assert told in str(caught.value)
    assert "or delete the file" in str(caught.value)
