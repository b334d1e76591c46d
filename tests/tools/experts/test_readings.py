"""Readings of one modality, and what their pool keeps."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from affectgraph.backends.scoring import Distribution
from affectgraph.tools.experts.readings import Fused, ModalityReading, fuse, sharpness, valence_of
from affectgraph.tools.sentiment import SENTIMENTS, VALUES, mean
from tests.tools.experts.readings import clips, distributions, felt, few


def same(one: Fused, other: Fused) -> bool:
    def near(a: Distribution | None, b: Distribution | None) -> bool:
        if a is None or b is None:
            return a is b
        return a.calibration == b.calibration and all(
            math.isclose(share, b.probabilities[label], abs_tol=1e-12) for label, share in a.probabilities.items()
        )

    numbers = [(one.valence, other.valence), (one.arousal, other.arousal)]
    numbers += [(share, other.weights[modality]) for modality, share in one.weights.items()]
    close = all(a is b or (a is not None and b is not None and math.isclose(a, b, abs_tol=1e-9)) for a, b in numbers)
    return near(one.sentiment, other.sentiment) and near(one.emotions, other.emotions) and close


@few
@given(clips(), st.permutations(range(3)))
def test_the_order_of_readings_does_not_matter(readings: list[ModalityReading], order: list[int]) -> None:
    assert fuse([readings[place] for place in order]) == fuse(readings)


@few
@given(clips())
def test_a_missing_reading_changes_nothing(readings: list[ModalityReading]) -> None:
    assert fuse([one for one in readings if one.missing is None]) == fuse(readings)


@few
@given(clips())
def test_one_reading_alone_comes_back_as_it_is(readings: list[ModalityReading]) -> None:
    for one in readings:
        alone = fuse([one])
        assert (alone.sentiment, alone.emotions) == (one.sentiment, one.emotions)
        assert (alone.valence, alone.arousal) == (one.valence, one.arousal)


@few
@given(clips())
def test_the_pool_lies_between_its_parts(readings: list[ModalityReading]) -> None:
    pool = fuse(readings)
    parts = [one.sentiment for one in readings if one.sentiment]
    assert (pool.sentiment is None) == (not parts)
    for label in SENTIMENTS if pool.sentiment else ():
        given = [part.probabilities[label] for part in parts]
        assert pool.sentiment is not None
        assert min(given) - 1e-12 <= pool.sentiment.probabilities[label] <= max(given) + 1e-12
    assert not pool.weights or math.isclose(sum(pool.weights.values()), 1.0)


@few
@given(clips(), st.floats(0.01, 1.0))
def test_only_the_ratios_of_reliabilities_count(readings: list[ModalityReading], scale: float) -> None:
    solid = [one for one in readings if one.missing is None]
    solid = [one.model_copy(update={"reliability": max(one.reliability, 0.001)}) for one in solid]
    scaled = [one.model_copy(update={"reliability": one.reliability * scale}) for one in solid]
    assert same(fuse(solid), fuse(scaled))


def test_a_disagreement_stays_two_sided_and_is_weighted() -> None:
    pool = fuse([felt("text", {"P": 1}, 0.6), felt("video", {"N": 1}, 0.2)])
    assert pool.sentiment is not None
    assert pool.sentiment.probabilities == pytest.approx({"N": 0.25, "WN": 0, "Neu": 0, "WP": 0, "P": 0.75})
    assert pool.weights == pytest.approx({"text": 0.75, "video": 0.25})


def test_a_worthless_reading_beside_a_good_one_has_no_weight() -> None:
    good = felt("text", {"P": 1}, 0.6)
    assert fuse([good, felt("video", {"N": 1}, 0.0)]).sentiment == good.sentiment


def test_worthless_readings_among_themselves_count_equally() -> None:
    pool = fuse([felt("text", {"P": 1}, 0.0), felt("video", {"N": 1}, 0.0)])
    assert pool.weights == {"text": 0.5, "video": 0.5}


def test_a_pool_is_as_calibrated_as_its_worst_part() -> None:
    even = dict.fromkeys(SENTIMENTS, 0.2)
    good = Distribution(probabilities=even, calibration="prior-corrected")
    bad = Distribution(probabilities=even, calibration="uncalibrated")
    one, other = felt("text", even), felt("audio", even)
    parts = [one.model_copy(update={"sentiment": good}), other.model_copy(update={"sentiment": bad})]
    assert fuse(parts).sentiment == bad


def test_a_modality_is_read_once() -> None:
    with pytest.raises(ValueError, match="audio is read twice"):
        fuse([felt("audio", {"P": 1}), ModalityReading.none("audio", "silent")])


@pytest.mark.parametrize(
    "fields",
    [
        {"reliability": 0.5},  # says nothing, and not why
        {"reliability": 0.0, "missing": "silent", "arousal": 5.0},
        {"reliability": 0.5, "missing": "silent"},
        {"reliability": 1.2, "arousal": 5.0},
        {"reliability": 0.5, "arousal": 0.5},
        {"reliability": 0.5, "sentiment": Distribution(probabilities={"good": 1.0})},
        {"reliability": 0.5, "emotions": Distribution(probabilities={"good": 1.0})},
    ],
)
def test_a_reading_that_contradicts_itself_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ModalityReading(modality="audio", basis="made up", **fields)  # type: ignore[arg-type]


@few
@given(clips())
def test_readings_survive_json(readings: list[ModalityReading]) -> None:
    for one in readings:
        assert ModalityReading.model_validate_json(one.model_dump_json()) == one


@given(distributions(SENTIMENTS))
def test_sharpness_is_a_share_and_knows_no_order(given: Distribution) -> None:
    assert 0 <= sharpness(given) <= 1
    assert math.isclose(sharpness(given.renamed(SENTIMENTS[::-1])), sharpness(given), abs_tol=1e-9)


def test_sharpness_goes_from_flat_to_certain() -> None:
    flat = Distribution(probabilities=dict.fromkeys(SENTIMENTS, 0.2))
    certain = Distribution(probabilities={label: float(label == "P") for label in SENTIMENTS})
    assert sharpness(flat) == pytest.approx(0)
    assert sharpness(certain) == 1
    assert sharpness(Distribution(probabilities={"only": 1.0})) == 1


@pytest.mark.parametrize(("label", "valence"), [("N", 1), ("WN", 3), ("Neu", 5), ("WP", 7), ("P", 9)])
def test_valence_stretches_the_mean(label: str, valence: float) -> None:
    certain = Distribution(probabilities={one: float(one == label) for one in SENTIMENTS})
    assert mean(certain) == VALUES[label]
    assert valence_of(certain) == valence
