"""What a router sees of a clip."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.backends.steering import MODALITIES, Modality
from affectgraph.tools.chase.features import DEFAULT_GROUPS, columns, features
from tests.tools.chase.samples import reading

ALL = (*DEFAULT_GROUPS, "answer")


@settings(deadline=None)
@given(st.permutations(ALL), st.integers(1, 9), st.integers(1, len(ALL)))
def test_groups_lie_one_after_another_and_fill_the_vector(order: list[Any], width: int, number: int) -> None:
    groups = order[:number]
    places = columns(width, groups)
    assert list(places) == groups
    edges = [edge for place in places.values() for edge in (place.start, place.stop)]
    assert edges[0] == 0
    assert edges[1:-1:2] == edges[2::2]
    assert features(reading(width=width), 0, groups).shape == (edges[-1],)


@pytest.mark.parametrize("groups", [[], ["hidden", "hidden"], ["colour"]])
def test_no_group_an_unknown_one_and_one_twice_are_refused(groups: list[Any]) -> None:
    with pytest.raises(ValueError, match="each once"):
        columns(4, groups)


def test_each_group_is_what_it_says() -> None:
    clip = reading(layers=3, width=4)
    found = {group: features(clip, 1, [group]) for group in ALL}
    text, audio, video = clip.hidden[2]
    assert found["hidden"] == pytest.approx(np.concatenate([text, audio, video]))
    assert found["distance"] == pytest.approx(
        [np.linalg.norm(a - b) / 2 for a, b in ((text, audio), (text, video), (audio, video))]
    )
    assert found["cosine"][2] == pytest.approx(audio @ video / np.linalg.norm(audio) / np.linalg.norm(video))
    assert found["budget"] == pytest.approx(clip.budgets[1].mean(axis=0))
    assert found["mask"].tolist() == [1, 1, 1]
    assert found["answer"] == pytest.approx(clip.answer[2])


@settings(deadline=None)
@given(st.sets(st.sampled_from(MODALITIES), min_size=1))
def test_what_an_absent_modality_would_have_is_nan_and_the_mask_says_so(present: set[Modality]) -> None:
    names = [name for name in MODALITIES if name in present]
    clip = reading(names, width=4)
    found = {group: features(clip, 0, [group]) for group in DEFAULT_GROUPS}
    here = np.array([name in present for name in MODALITIES])
    assert found["mask"].tolist() == here.astype(float).tolist()
    assert (~np.isnan(found["budget"])).tolist() == here.tolist()
    assert (~np.isnan(found["hidden"].reshape(3, 4)).any(axis=1)).tolist() == here.tolist()
    pairs = [here[a] and here[b] for a, b in ((0, 1), (0, 2), (1, 2))]
    assert (~np.isnan(found["distance"])).tolist() == pairs
    assert (~np.isnan(found["cosine"])).tolist() == pairs


def test_a_span_without_any_signal_is_similar_to_nothing() -> None:
    clip = reading()
    clip.hidden[1, 0] = 0.0
    assert features(clip, 0, ["cosine"])[:2].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("layer", [-1, 4])
def test_a_layer_outside_the_decoder_is_refused(layer: int) -> None:
    with pytest.raises(ValueError, match="decoder of 4 layers"):
        features(reading(), layer)
