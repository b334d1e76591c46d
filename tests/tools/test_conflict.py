"""Conflict between readings: EmoMM's predicate, distances, and the odd one out."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from affectgraph.backends.scoring import Distribution
from affectgraph.tools.conflict import AROUSAL_GAP, USABLE, detect, js_distance
from affectgraph.tools.experts.readings import MODALITIES, ModalityReading
from affectgraph.tools.sentiment import SENTIMENTS, in_conflict, mean
from tests.tools.experts.readings import clips, distributions, felt, few

COMPARED = {"N": {"N": 1.0}, "WN": {"WN": 1.0}, "Neu": {"Neu": 1.0}, "WP": {"WP": 1.0}, "P": {"P": 1.0}}


def certain(label: str) -> Distribution:
    return Distribution(probabilities={one: float(one == label) for one in SENTIMENTS})


@given(distributions(SENTIMENTS), distributions(SENTIMENTS))
def test_the_distance_is_that_of_scipy(one: Distribution, other: Distribution) -> None:
    p, q = ([given.probabilities[label] for label in SENTIMENTS] for given in (one, other))
    assert js_distance(one, other) == pytest.approx(jensenshannon(p, q, base=2), abs=1e-6)
    assert js_distance(one, other) == js_distance(other, one)
    assert js_distance(one, one) == 0


def test_distributions_over_other_labels_have_no_distance() -> None:
    with pytest.raises(ValueError, match="different labels"):
        js_distance(certain("P"), Distribution(probabilities={"joy": 1.0}))


@pytest.mark.parametrize(
    ("text", "video", "kind"),
    [
        ("P", "P", "none"),
        ("Neu", "Neu", "none"),
        ("P", "N", "polarity"),
        ("WP", "WN", "polarity"),
        ("Neu", "WN", "polarity"),  # neutral against non-neutral counts
        ("WP", "P", "intensity"),  # weak against strong of one sign does not
        ("N", "WN", "intensity"),
    ],
)
def test_the_kind_follows_the_predicate(text: str, video: str, kind: str) -> None:
    found = detect([felt("text", COMPARED[text]), felt("video", COMPARED[video])])
    assert found.kind == kind
    assert found.found == (kind == "polarity")
    assert found.level == {"text": text, "video": video}


@few
@given(clips(), distributions(SENTIMENTS))
def test_with_a_reference_it_is_the_predicate_of_the_benchmark(
    readings: list[ModalityReading], reference: Distribution
) -> None:
    scores = {one.modality: one.score for one in readings if one.score is not None and one.reliability >= USABLE}
    known = {modality: score for modality, score in scores.items() if score is not None}
    assert detect(readings, reference).found == in_conflict(mean(reference), known, known)


@few
@given(clips(), distributions(SENTIMENTS))
def test_without_a_reference_it_never_finds_more_than_with_one(
    readings: list[ModalityReading], reference: Distribution
) -> None:
    if detect(readings).found:
        assert detect(readings, reference).found


@few
@given(clips(), st.permutations(range(3)))
def test_the_order_of_readings_does_not_matter(readings: list[ModalityReading], order: list[int]) -> None:
    assert detect([readings[place] for place in order]) == detect(readings)


@few
@given(clips())
def test_every_modality_takes_part_is_ignored_or_is_missing(readings: list[ModalityReading]) -> None:
    found = detect(readings)
    paired = {modality for pair in found.pairs for modality in (pair.first, pair.second)}
    assert not paired & {*found.missing, *found.ignored}
    assert len({*found.missing, *found.ignored}) == len(found.missing) + len(found.ignored)
    used = [one for one in readings if one.modality not in {*found.missing, *found.ignored}]
    assert len(found.pairs) == math.comb(len(used), 2)
    assert {*found.missing, *found.ignored, *(one.modality for one in used)} == set(MODALITIES)
    assert (found.odd is None) or found.found


@few
@given(clips())
def test_worthless_readings_make_no_conflict(readings: list[ModalityReading]) -> None:
    worthless = [one.model_copy(update={"reliability": min(one.reliability, USABLE * 0.99)}) for one in readings]
    found = detect(worthless)
    assert found.kind == "undecided"
    assert found.odd is None


@few
@given(clips(), st.sampled_from(MODALITIES))
def test_an_ignored_reading_changes_nothing_else(readings: list[ModalityReading], modality: str) -> None:
    weak = [
        one.model_copy(update={"reliability": USABLE / 2}) if one.modality == modality and one.missing is None else one
        for one in readings
    ]
    assume(weak != readings)
    rest = [one for one in readings if one.modality != modality]
    with_weak, without = detect(weak), detect(rest)
    assert with_weak.model_copy(update={"ignored": without.ignored}) == without


@pytest.mark.parametrize("odd", MODALITIES)
def test_the_one_against_two_is_the_odd_one(odd: str) -> None:
    found = detect([felt(one, {"N": 1} if one == odd else {"P": 1}) for one in MODALITIES])
    assert (found.kind, found.odd) == ("polarity", odd)


def test_of_two_the_less_reliable_is_the_odd_one() -> None:
    assert detect([felt("text", {"P": 1}, 0.9), felt("video", {"N": 1}, 0.3)]).odd == "video"
    assert detect([felt("text", {"P": 1}, 0.3), felt("video", {"N": 1}, 0.9)]).odd == "text"
    assert detect([felt("text", {"P": 1}, 0.5), felt("video", {"N": 1}, 0.5)]).odd is None


def test_with_a_reference_the_one_furthest_from_it_is_the_odd_one() -> None:
    readings = [felt("text", {"P": 1}, 0.9), felt("video", {"N": 1}, 0.3)]
    assert detect(readings, certain("N")).odd == "text"


def test_the_largest_distance_is_told() -> None:
    found = detect([felt("text", {"P": 1}), felt("audio", {"P": 1, "WP": 1}), felt("video", {"N": 1})])
    assert found.distance == 1.0
    assert [(pair.first, pair.second) for pair in found.pairs] == [
        ("text", "audio"),
        ("text", "video"),
        ("audio", "video"),
    ]


@pytest.mark.parametrize(("gap", "kind"), [(AROUSAL_GAP, "intensity"), (AROUSAL_GAP - 0.5, "none")])
def test_calm_words_in_an_excited_voice_differ_in_intensity(gap: float, kind: str) -> None:
    voice = ModalityReading(modality="audio", arousal=4.0 + gap, reliability=0.3, basis="made up")
    assert detect([felt("text", {"Neu": 1}, arousal=4.0), voice]).kind == kind


def test_one_modality_alone_leaves_it_undecided_and_says_what_is_missing() -> None:
    found = detect([felt("text", {"P": 1}), ModalityReading.none("audio", "silent")])
    assert (found.kind, found.missing, found.distance) == ("undecided", {"audio": "silent"}, None)


def test_a_reference_over_other_labels_is_refused() -> None:
    with pytest.raises(ValueError, match="expected N, WN, Neu, WP, P"):
        detect([], Distribution(probabilities={"joy": 1.0}))
