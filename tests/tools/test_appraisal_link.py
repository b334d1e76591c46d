"""The learned link: what each part computes, and which files are refused."""

from __future__ import annotations

import json
import math
import random
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from affectgraph.backends.scoring import Distribution
from affectgraph.tools.appraisal_link import (
    AppraisalLink,
    Figure,
    Head,
    LinkError,
    Reader,
    Shift,
    Source,
    Weights,
    Words,
    link_path,
    load_link,
    pooled,
    save_link,
)
from affectgraph.tools.emotions import taxonomy
from affectgraph.tools.link_parts import NAMES
from affectgraph.tools.persona import TRAITS

LABELS = taxonomy("envent13").labels
SIZE = 4


def matrix(rows: int, columns: int, seed: int, spread: float = 1.0) -> tuple[tuple[float, ...], ...]:
    generator = random.Random(seed)
    return tuple(tuple(generator.gauss(0, spread) for _ in range(columns)) for _ in range(rows))


def head(seed: int) -> Head:
    return Head(
        mean=(3.0,) * 21,
        scale=tuple(0.5 + abs(value) for value in matrix(1, 21, seed)[0]),
        coefficients=matrix(13, 21, seed + 1),
        intercepts=matrix(1, 13, seed + 2)[0],
        c=0.1,
    )


def made(**changes: Any) -> AppraisalLink:
    """A link of random coefficients over vectors of four numbers."""
    parts: dict[str, Any] = {
        "source": Source(
            name="a set", split="train", revision="0", rows=9, writers=3, licence="own", fitted="2026-01-01"
        ),
        "embedder": "toy:4",
        "labels": LABELS,
        "reader": Reader(coefficients=matrix(21, SIZE, 1), intercepts=(3.0,) * 21, alpha=5.0),
        "shift": Shift(coefficients=matrix(5, 21, 2), means=(0.5, 0.6, 0.4, 0.7, 0.3), p=((0.5,) * 21,) * 5),
        "heads": {"rated": head(3), "read": head(7)},
        "words": Words(coefficients=matrix(13, SIZE, 11), intercepts=(0.0,) * 13, c=3.0),
    }
    return AppraisalLink(**(parts | changes))


LINK = made()
ratings = st.dictionaries(st.sampled_from(NAMES), st.floats(1, 5), max_size=21)
heads = st.booleans()


def test_a_reading_is_the_ridge_line_clipped_to_the_scale() -> None:
    vector = [0.1, -0.2, 0.3, 0.4]
    found = LINK.read(vector)
    assert tuple(found) == NAMES
    for name, row in zip(NAMES, LINK.reader.coefficients, strict=True):
        expected = 3.0 + sum(a * b for a, b in zip(row, vector, strict=True))
        assert found[name] == pytest.approx(min(5.0, max(1.0, expected)))
    assert set(LINK.read([1e6, 0.0, 0.0, 0.0]).values()) == {1.0, 5.0}


def test_vectors_of_another_embedder_are_refused() -> None:
    with pytest.raises(LinkError, match=r"4 numbers \(toy:4\), not 5.*link fit"):
        LINK.read([0.0] * 5)
    with pytest.raises(LinkError, match="not 3"):
        LINK.feel_words([0.0] * 3)
    with pytest.raises(ValueError, match="not finite"):
        LINK.read([math.nan, 0.0, 0.0, 0.0])


def test_only_known_traits_shift_and_the_mean_trait_shifts_nothing() -> None:
    assert LINK.shifts({}) == {}
    found = LINK.shifts({"neuroticism": 0.8, "openness": 0.5})
    assert set(found) == {"neuroticism", "openness"}
    assert found["openness"] == dict.fromkeys(NAMES, 0.0)
    row = LINK.shift.coefficients[TRAITS.index("neuroticism")]
    assert found["neuroticism"] == pytest.approx({name: 0.5 * slope for name, slope in zip(NAMES, row, strict=True)})
    with pytest.raises(KeyError, match="known: openness"):
        LINK.shifts({"charm": 0.5})
    with pytest.raises(ValueError, match="from 0 to 1"):
        LINK.shifts({"openness": 1.5})


@given(ratings, heads)
def test_the_reasons_and_the_bias_sum_to_the_score_against_the_mean(appraisals: dict[str, float], read: bool) -> None:
    shares = LINK.feel(appraisals, read=read).probabilities
    logs = {label: math.log(share) for label, share in shares.items()}
    mean = math.fsum(logs.values()) / len(logs)
    for label in LABELS:
        reasons = LINK.reasons(appraisals, label, read=read)
        assert math.fsum(reasons.values()) + LINK.bias(label, read=read) == pytest.approx(logs[label] - mean, abs=1e-6)
        assert all(value == 0.0 for name, value in reasons.items() if name not in appraisals)


@given(ratings, heads)
def test_a_missing_rating_counts_as_its_mean(appraisals: dict[str, float], read: bool) -> None:
    mean = dict(zip(NAMES, LINK.heads["read"].mean, strict=True))
    assert LINK.feel(appraisals, read=read).probabilities == pytest.approx(
        LINK.feel(mean | appraisals, read=read).probabilities
    )


@given(ratings, st.lists(st.sampled_from(LABELS), min_size=1, unique=True), heads)
def test_fewer_labels_keep_their_odds(appraisals: dict[str, float], labels: list[str], read: bool) -> None:
    everything = LINK.feel(appraisals, read=read).probabilities
    some = LINK.feel(appraisals, labels, read=read).probabilities
    assert list(some) == labels
    total = math.fsum(everything[label] for label in labels)
    for label in labels:
        assert some[label] == pytest.approx(everything[label] / total)


def test_neutral_and_no_emotion_are_one() -> None:
    asked = LINK.feel({}, ["neutral", "joy"], read=True).probabilities
    assert list(asked.values()) == list(LINK.feel({}, ["no-emotion", "joy"], read=True).probabilities.values())
    assert LINK.reasons({"effort": 5}, "neutral", read=True) == LINK.reasons({"effort": 5}, "no-emotion", read=True)
    with pytest.raises(ValueError, match="one emotion twice"):
        LINK.feel({}, ["neutral", "no-emotion"], read=True)
    assert LINK.knows(taxonomy("ekman7").labels)
    assert not LINK.knows(taxonomy("counselling12").labels)


def test_what_it_does_not_know_is_named_with_what_it_knows() -> None:
    with pytest.raises(KeyError, match="emotion 'hope'; it knows anger, boredom"):
        LINK.feel({}, ["hope"], read=True)
    with pytest.raises(KeyError, match="unknown appraisal 'charm'; known: suddenness"):
        LINK.feel({"charm": 3.0}, read=True)
    with pytest.raises(ValueError, match="effort is nan"):
        LINK.feel({"effort": math.nan}, read=True)


def test_each_kind_of_rating_has_its_own_head() -> None:
    appraisals = {"effort": 5.0}
    assert LINK.feel(appraisals, read=True) != LINK.feel(appraisals, read=False)


def test_the_direct_part_may_be_missing() -> None:
    found = LINK.feel_words([1.0, 0.0, 0.0, 0.0]).probabilities
    assert LINK.words is not None
    rows = LINK.words.coefficients
    assert math.log(found["joy"] / found["fear"]) == pytest.approx(rows[5][0] - rows[3][0])
    with pytest.raises(LinkError, match="no part `words`"):
        made(words=None).feel_words([0.0] * 4)


# --- the pool ---------------------------------------------------------------------------------------------------------

weights = st.floats(0, 3)


@st.composite
def distributions(draw: st.DrawFn) -> Distribution:
    scores = draw(st.lists(st.floats(-5, 5), min_size=4, max_size=4))
    return Distribution.from_scores(["a", "b", "c", "d"], scores)


@given(distributions(), distributions())
def test_one_part_of_weight_one_is_itself(part: Distribution, other: Distribution) -> None:
    assert pooled([(part, 1.0)]) == part
    assert pooled([(other, 0.0), (part, 1.0)]) == part


@given(distributions(), distributions(), distributions(), weights, weights)
def test_a_part_of_weight_nothing_changes_nothing(
    a: Distribution, b: Distribution, c: Distribution, x: float, y: float
) -> None:
    assert pooled([(a, x), (b, y), (c, 0.0)]) == pooled([(a, x), (b, y)])


@given(distributions(), distributions(), weights, weights)
def test_log_odds_of_a_pool_are_the_weighted_sum(a: Distribution, b: Distribution, x: float, y: float) -> None:
    found = pooled([(a, x), (b, y)]).probabilities
    p, q = a.probabilities, b.probabilities
    expected = x * math.log(p["a"] / p["b"]) + y * math.log(q["a"] / q["b"])
    # Below the floor a share counts as the floor.
    if min(*p.values(), *q.values()) > 1e-5:
        assert math.log(found["a"] / found["b"]) == pytest.approx(expected, abs=1e-6)


def test_no_part_alone_rules_a_label_out() -> None:
    sure = Distribution(probabilities={"a": 1.0, "b": 0.0})
    even = Distribution(probabilities={"b": 0.5, "a": 0.5})
    found = pooled([(sure, 0.5), (even, 0.5)])
    assert list(found.probabilities) == ["a", "b"]
    assert 0 < found.probabilities["b"] < 0.01
    assert pooled([(sure, 0.0)]).probabilities == {"a": 0.5, "b": 0.5}


def test_a_pool_is_uncalibrated_as_soon_as_a_part_that_counts_is() -> None:
    even = Distribution(probabilities={"a": 0.5, "b": 0.5})
    said = Distribution.from_answer(["a", "b"], "a", 0.9)
    assert pooled([(even, 1.0), (said, 0.5)]).calibration == "uncalibrated"
    assert pooled([(even, 0.9), (said, 0.0)]).calibration == "log-probabilities"


def test_a_pool_of_unlike_parts_is_refused() -> None:
    even = Distribution(probabilities={"a": 0.5, "b": 0.5})
    with pytest.raises(ValueError, match="nothing"):
        pooled([])
    with pytest.raises(ValueError, match="weight is -1"):
        pooled([(even, -1.0)])
    with pytest.raises(ValueError, match="weight is nan"):
        pooled([(even, math.nan)])
    with pytest.raises(ValueError, match="different labels"):
        pooled([(even, 1.0), (Distribution(probabilities={"a": 0.5, "c": 0.5}), 1.0)])


# --- the file ---------------------------------------------------------------------------------------------------------


def test_what_is_saved_is_read_back_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = link_path(tmp_path / "new")
    link = made(weights={"chat:1": Weights(model=0.2, link=0.7)}, metrics={"x": Figure(value=0.3, n=9, groups=3)})
    save_link(made(), path)
    save_link(link, path)
    assert load_link(path) == link
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_place_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LinkError, match="cannot write"):
        save_link(made(), tmp_path / "file" / "link.json")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, r"format 2, and this version reads 1.*link fit"),
        ({"surprise": 1}, "damaged: surprise"),
        ({"labels": ["joy", "joy"]}, "labels repeat"),
        ({"embedder": None}, "damaged: embedder"),
        ({"heads": {}}, "rated, read"),
    ],
)
def test_a_wrong_file_is_refused_with_the_way_out(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    path = tmp_path / "link.json"
    path.write_text(json.dumps(made().model_dump(mode="json") | change))
    with pytest.raises(LinkError, match=message):
        load_link(path)


@pytest.mark.parametrize("text", ["", "{", "[1]", "\xff", '{"format": 1}'])
def test_a_damaged_or_missing_file_names_the_command(tmp_path: Path, text: str) -> None:
    path = tmp_path / "link.json"
    with pytest.raises(LinkError, match=r"no fitted link.*`affectgraph link fit`"):
        load_link(path)
    path.write_text(text, encoding="latin-1")
    with pytest.raises(LinkError, match="`affectgraph link fit`"):
        load_link(path)


@pytest.mark.parametrize("value", ["NaN", "Infinity"])
def test_numbers_that_are_not_finite_are_refused(tmp_path: Path, value: str) -> None:
    path = tmp_path / "link.json"
    values = made().model_dump(mode="json")
    values["reader"]["coefficients"][3][1] = "HERE"
    path.write_text(json.dumps(values).replace('"HERE"', value))
    with pytest.raises(LinkError, match=r"reader\.coefficients\.3\.1"):
        load_link(path)


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("reader", {"coefficients": matrix(20, SIZE, 1)}),
        ("reader", {"coefficients": (*matrix(20, SIZE, 1), (1.0,))}),
        ("reader", {"coefficients": ((),) * 21}),
        ("reader", {"intercepts": (1.0,)}),
        ("shift", {"coefficients": matrix(5, 20, 1)}),
        ("shift", {"p": ()}),
        ("shift", {"means": (0.5,) * 4}),
        ("words", {"coefficients": matrix(13, SIZE + 1, 1)}),
        ("words", {"coefficients": matrix(12, SIZE, 1)}),
    ],
)
def test_a_matrix_of_another_shape_is_refused(part: str, change: dict[str, Any]) -> None:
    values = made().model_dump()
    values[part] |= change
    with pytest.raises(ValidationError, match="expected"):
        AppraisalLink.model_validate(values)


@pytest.mark.parametrize(
    "change", [{"scale": (0.0,) * 21}, {"mean": (3.0,)}, {"coefficients": matrix(12, 21, 1)}, {"c": 0.0}]
)
def test_a_head_of_another_shape_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Head.model_validate(head(1).model_dump() | change)


def test_a_head_for_fewer_labels_does_not_fit_the_link() -> None:
    with pytest.raises(ValidationError, match=r"13 x 21; expected 2 x 21"):
        made(labels=("joy", "fear"), words=None)
