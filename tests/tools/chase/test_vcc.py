"""Budgets, density, contributions and the thinning curve."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.backends.errors import InputError
from affectgraph.backends.steering import MODALITIES, AttentionReading, Modality
from affectgraph.tools.chase.vcc import (
    SHARES,
    View,
    budgets,
    contribution,
    density,
    measure,
    per_layer,
    preference,
    thinned,
)
from tests.tools.chase.samples import reading

presents = st.sets(st.sampled_from(MODALITIES), min_size=1).map(
    lambda present: [name for name in MODALITIES if name in present]
)


@settings(deadline=None)
@given(presents, st.integers(0, 100))
def test_budgets_sum_to_one_over_what_is_present(present: list[Modality], seed: int) -> None:
    clip = reading(present, seed=seed)
    table = per_layer(clip)
    assert table.shape == (4, 3)
    assert np.isnan(table).any(axis=0).tolist() == [name not in present for name in MODALITIES]
    assert np.nansum(table, axis=1) == pytest.approx(np.ones(4), abs=1e-6)
    found = budgets(clip)
    assert list(found) == present
    assert sum(found.values()) == pytest.approx(1.0, abs=1e-6)


def test_budgets_are_averaged_over_heads_and_then_over_the_layers_asked_for() -> None:
    clip = reading(layers=3, heads=2)
    assert per_layer(clip)[1] == pytest.approx(clip.budgets[1].mean(axis=0))
    assert budgets(clip, [1, 2])["video"] == pytest.approx(clip.budgets[1:, :, 2].mean())
    assert budgets(clip) != budgets(clip, [0])


def test_no_layers_are_refused() -> None:
    with pytest.raises(ValueError, match="no layers"):
        budgets(reading(), [])


@settings(deadline=None)
@given(presents, st.integers(0, 100))
def test_density_is_budget_a_token_and_its_even_spread_is_one(present: list[Modality], seed: int) -> None:
    clip = reading(present, seed=seed)
    sizes = dict(zip(clip.modalities, clip.tokens, strict=True))
    found = density(clip)
    assert {name: found[name] * sizes[name] for name in found} == pytest.approx(budgets(clip))
    # Weighted by tokens, the preferences average to 1.
    assert sum(preference(clip)[name] * sizes[name] for name in sizes) / sum(sizes.values()) == pytest.approx(1.0)


def test_many_tokens_with_an_even_share_are_no_preference() -> None:
    clip = reading(["text", "video"])
    even = np.broadcast_to(np.array([0.1, 0.9], dtype=np.float32), clip.budgets.shape)
    spread = AttentionReading(clip.modalities, (4, 36), even, even, clip.hidden, clip.answer)
    assert preference(spread) == pytest.approx({"text": 1.0, "video": 1.0})


@settings(deadline=None)
@given(st.floats(0, 1), st.floats(0, 1))
def test_a_contribution_is_what_is_lost_and_never_below_nothing(full: float, without: float) -> None:
    assert contribution(full, without) == (full - without if full > without else 0.0)


@pytest.mark.parametrize(("full", "without"), [(1.1, 0.5), (0.5, -0.1), (float("nan"), 0.5)])
def test_a_contribution_of_no_probabilities_is_refused(full: float, without: float) -> None:
    with pytest.raises(ValueError, match="probability"):
        contribution(full, without)


@settings(deadline=None)
@given(st.integers(1, 200), st.floats(0.001, 1.0))
def test_thinned_frames_are_in_order_and_as_many_as_asked(count: int, share: float) -> None:
    kept = thinned(count, share)
    assert kept == sorted(set(kept))
    assert len(kept) == max(1, round(count * share))
    assert 0 <= kept[0] <= kept[-1] < count
    gaps = np.diff(kept)
    assert gaps.size == 0 or gaps.max() - gaps.min() <= 1  # evenly


def test_the_published_shares_of_twenty_frames() -> None:
    assert [len(thinned(20, share)) for share in SHARES] == [20, 10, 5, 2, 1]
    assert thinned(20, 1.0) == list(range(20))
    assert thinned(20, 0.05) == [10]


@pytest.mark.parametrize(("count", "share"), [(0, 0.5), (5, 0.0), (5, 1.1)])
def test_nothing_cannot_be_thinned(count: int, share: float) -> None:
    with pytest.raises(ValueError, match="cannot be kept"):
        thinned(count, share)


# --- one clip --------------------------------------------------------------------------------------------------------


class Model:
    """A model whose answer rests on text and, less and less as frames go, on video."""

    def __init__(self, present: list[Modality]) -> None:
        self.present = present
        self.shown: list[View] = []

    def read(self, view: View) -> AttentionReading:
        clip = reading(self.present)
        sizes = [round(20 * view.share) if name == "video" else 3 for name in self.present]
        return AttentionReading(clip.modalities, tuple(sizes), clip.budgets, clip.masses, clip.hidden, clip.answer)

    def choose(self, view: View) -> Mapping[str, float]:
        self.shown.append(view)
        p = {"text": 0.2, "video": 0.2}.get(view.without or "", 0.25 + 0.45 * view.share)
        return {"P": p, "N": 1.0 - p}


def test_a_clip_is_measured_whole_masked_and_thinned() -> None:
    model = Model(list(MODALITIES))
    found = measure(model.read, model.choose, id="a", source="s", reference="P", relation="conflict")
    assert found.p == pytest.approx(0.7)
    assert (found.right, found.relation) == (True, "conflict")
    assert found.contributions == pytest.approx({"text": 0.5, "audio": 0.0, "video": 0.5})
    assert found.tokens == {"text": 3, "audio": 3, "video": 20}
    assert found.budgets["video"] == pytest.approx(per_layer(reading())[:, 2])
    assert found.budget("video", [0]) == pytest.approx(per_layer(reading())[0, 2])
    assert [(point.share, point.tokens, point.right) for point in found.thinning] == [
        (1.0, 20, True),
        (0.5, 10, False),
        (0.25, 5, False),
        (0.1, 2, False),
        (0.05, 1, False),
    ]
    assert found.thinning[1].budget([1, 2]) == pytest.approx(per_layer(reading())[1:3, 2].mean())
    assert [view.without for view in model.shown[:4]] == [None, "text", "audio", "video"]


def test_one_modality_alone_is_neither_masked_nor_thinned() -> None:
    model = Model(["video"])
    found = measure(model.read, model.choose, id="a", source="s", reference="N")
    assert (found.contributions, found.thinning) == ({}, ())
    assert np.isnan(found.budget("text"))


def test_video_is_thinned_only_where_there_is_video() -> None:
    model = Model(["text", "audio"])
    assert measure(model.read, model.choose, id="a", source="s", reference="P").thinning == ()


def test_a_reference_that_is_no_label_is_refused() -> None:
    model = Model(list(MODALITIES))
    with pytest.raises(InputError, match="the reference 'joy' of clip 7 is none of the labels P, N"):
        measure(model.read, model.choose, id="clip 7", source="s", reference="joy")
