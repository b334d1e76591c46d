"""Sentiment in five classes: cut points, the conflict predicate, and the sentiment that emotions stand for."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affectgraph.backends.scoring import Distribution
from affectgraph.tools.emotions import TAXONOMIES
from affectgraph.tools.sentiment import SENTIMENTS, VALUES, from_emotions, in_conflict, level, mean, polarity

VARIANTS = ("TAV", "TA", "TV", "AV")


@pytest.mark.parametrize(
    ("score", "label"),
    [
        (-1, "N"),
        (-0.7, "N"),
        (-0.69, "WN"),
        (-0.1, "WN"),
        (-0.09, "Neu"),
        (0, "Neu"),
        (0.1, "Neu"),
        (0.11, "WP"),
        (0.7, "WP"),
        (0.71, "P"),
        (1, "P"),
        (2.1 / 3, "WP"),
        (-2.1 / 3, "N"),
        (0.3 / 3, "Neu"),
        (-0.3 / 3, "WN"),
    ],
)
def test_a_score_on_a_cut_point_belongs_below_it(score: float, label: str) -> None:
    assert level(score) == label


@pytest.mark.parametrize(
    ("reference", "text", "audio", "video", "conflict_in"),
    [
        (0.8, 0.8, 0.8, 0.8, ""),
        (0.8, 0.2, 0.2, 0.2, ""),  # weak against strong of one sign
        (-0.8, -0.2, -1.0, -0.4, ""),
        (0.0, 0.1, -0.09, 0.0, ""),
        (0.8, -0.8, 0.8, 0.8, "TAV TA TV"),
        (0.8, 0.8, 0.0, 0.8, "TAV TA AV"),  # neutral against positive
        (0.0, 0.0, 0.0, -0.2, "TAV TV AV"),
        (-0.4, 0.4, 0.4, 0.4, "TAV TA TV AV"),
    ],
)
def test_conflict_is_judged_on_available_modalities(
    reference: float, text: float, audio: float, video: float, conflict_in: str
) -> None:
    scores = {"T": text, "A": audio, "V": video}
    found = [variant for variant in VARIANTS if in_conflict(reference, scores, variant)]
    assert found == conflict_in.split()


_SCORE = st.floats(-1, 1)


@given(_SCORE, _SCORE, _SCORE, _SCORE)
def test_dropping_a_modality_never_makes_a_conflict(reference: float, text: float, audio: float, video: float) -> None:
    scores = {"T": text, "A": audio, "V": video}
    if not in_conflict(reference, scores, "TAV"):
        assert not any(in_conflict(reference, scores, variant) for variant in VARIANTS)


def shares(labels: tuple[str, ...]) -> st.SearchStrategy[Distribution]:
    weights = st.lists(st.floats(0, 1), min_size=len(labels), max_size=len(labels)).filter(lambda w: sum(w) > 0.01)
    return weights.map(lambda w: Distribution(probabilities={k: v / sum(w) for k, v in zip(labels, w, strict=True)}))


@pytest.mark.parametrize("label", SENTIMENTS)
def test_one_certain_class_is_the_class_of_its_mean(label: str) -> None:
    certain = Distribution(probabilities={one: float(one == label) for one in SENTIMENTS})
    assert mean(certain) == VALUES[label]
    assert level(mean(certain)) == label


@given(shares(SENTIMENTS))
def test_the_mean_is_a_score_and_mirrors_with_the_classes(given: Distribution) -> None:
    assert -1 <= mean(given) <= 1
    assert math.isclose(mean(given.renamed(SENTIMENTS[::-1])), -mean(given), abs_tol=1e-12)


def test_two_sides_of_equal_weight_are_neutral() -> None:
    torn = Distribution(probabilities={"N": 0.5, "WN": 0.0, "Neu": 0.0, "WP": 0.0, "P": 0.5})
    assert polarity(mean(torn)) == 0


@given(st.sampled_from(sorted(TAXONOMIES)).flatmap(lambda name: shares(TAXONOMIES[name].labels)))
def test_emotions_keep_the_share_of_each_sign(emotions: Distribution) -> None:
    found = from_emotions(emotions)
    valence = {one.name: one.valence for known in TAXONOMIES.values() for one in known.emotions}
    for sign, labels in {-1: ("N", "WN"), 0: ("Neu",), 1: ("WP", "P")}.items():
        felt = sum(share for label, share in emotions.probabilities.items() if valence[label] == sign)
        assert math.isclose(sum(found.probabilities[label] for label in labels), felt, abs_tol=1e-9)


def test_an_unknown_emotion_is_named() -> None:
    with pytest.raises(KeyError, match="no taxonomy knows the emotion 'meh'"):
        from_emotions(Distribution(probabilities={"meh": 1.0}))
