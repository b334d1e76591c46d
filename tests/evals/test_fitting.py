"""Fitting the link: planted coefficients are found, and nothing leaks from one writer's events to another's."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from affectgraph.backends.errors import InputError
from affectgraph.backends.scoring import Distribution
from affectgraph.evals.datasets import crowd_envent
from affectgraph.evals.datasets.items import Dataset, Item
from affectgraph.evals.fitting import (
    Rows,
    choose_weights,
    fit_direct,
    fit_head,
    fit_link,
    fit_read_head,
    fit_reader,
    fit_shift,
    folds,
    read_all,
    read_out_of_fold,
    rows_of,
    traits_of,
    without_leaks,
)
from affectgraph.evals.fitting_figures import SYSTEMS, _swapped, figures, out_of_fold
from affectgraph.evals.fitting_rows import LABELS, NAMES
from affectgraph.tools.appraisal_link import pooled
from affectgraph.tools.persona import TRAITS
from affectgraph.tools.questionnaires import TIPI, TIPI_COLUMNS, tipi_answers

Floats = NDArray[np.float64]
_NAMED = os.environ.get("AFFECTGRAPH_DATA")
DATA = (Path(_NAMED) if _NAMED else Path(__file__).parents[3] / "shared" / "data") / "crowd_envent"

SIZE = 6
EFFORT, NEUROTICISM = NAMES.index("effort"), TRAITS.index("neuroticism")


def planted(
    events: int = 2400, per_writer: int = 4, seed: int = 0, noise: float = 0.3
) -> tuple[Rows, dict[str, Floats]]:
    """Events whose ratings are a line of the vector, plus 1.0 x (neuroticism - .5) on effort; the truth behind them."""
    make = np.random.default_rng(seed)
    writers = np.repeat(np.arange(events // per_writer), per_writer)
    vectors = make.normal(size=(events, SIZE))
    traits = make.uniform(size=(events // per_writer, 5))[writers]
    reader = make.normal(scale=0.25, size=(21, SIZE))
    ratings = 3.0 + vectors @ reader.T + make.normal(scale=noise, size=(events, 21))
    ratings[:, EFFORT] += traits[:, NEUROTICISM] - 0.5
    head = make.normal(scale=1.5, size=(13, 21))
    z = (ratings - ratings.mean(axis=0)) / ratings.std(axis=0)
    emotions = (z @ head.T + make.gumbel(size=(events, 13))).argmax(axis=1)
    rows = Rows(vectors, ratings, traits, emotions, np.array([f"writer-{number}" for number in writers]))
    return rows, {"reader": reader, "head": head - head.mean(axis=0)}


def likeness(a: Any, b: Any) -> float:
    return float(np.corrcoef(np.ravel(np.array(a)), np.ravel(np.array(b)))[0, 1])


def centred(coefficients: Any) -> Floats:
    values: Floats = np.array(coefficients) - np.mean(coefficients, axis=0)
    return values


# --- rows -------------------------------------------------------------------------------------------------------------


class Toy:
    """An embedder of two numbers: length and vowels."""

    identity = "toy:2"

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [[len(text) / 10, sum(text.count(vowel) for vowel in "aeiou") / 10] for text in texts]


def item(number: int, writer: str, text: str, answers: Sequence[float] = (4,) * 10) -> Item:
    return Item(
        id=f"envent-{number}",
        group=writer,
        fields={"text": text, "traits": dict(zip(TIPI_COLUMNS, answers, strict=True))},
        target={name: 1.0 + place % 5 for place, name in enumerate(NAMES)},
        slices={"emotion": LABELS[number % 13]},
    )


def a_set(*items: Item) -> Dataset:
    return Dataset("a set", "train", "0", items)


def test_held_out_writers_and_texts_and_repeated_texts_are_left_out() -> None:
    train = a_set(
        item(1, "ann", "I fell."),
        item(2, "bea", "I won ..."),
        item(3, "bea", "We met."),
        item(4, "cid", "we  MET!"),
        item(5, "cid", "It rained."),
    )
    kept, excluded = without_leaks(train, a_set(item(6, "ann", "Else."), item(7, "dan", "i won")))
    assert [one.id for one in kept.items] == ["envent-3", "envent-5"]
    assert excluded == {
        "the writer is held out too": 1,
        "the text is held out too": 1,
        "the text repeats an earlier one": 1,
    }
    assert len(without_leaks(train, None)[0].items) == 4


def test_no_answer_of_the_held_out_part_is_looked_at() -> None:
    blind = replace(item(6, "ann", "Else."), target=None, slices={})
    kept, _ = without_leaks(a_set(item(1, "ann", "I fell."), item(2, "bea", "I won.")), a_set(blind))
    assert [one.id for one in kept.items] == ["envent-2"]


def test_traits_are_those_of_the_questionnaire_and_linear_where_a_writer_came_back() -> None:
    first, second = (7, 1, 6, 2, 5, 3, 7, 1, 6, 2), (5, 3, 7, 6, 4, 2, 6, 1, 3, 7)
    scores = []
    for answers in (first, second):
        one = item(1, "ann", "x", answers)
        scores.append(traits_of(one))
        scored = TIPI.score(tipi_answers({column: int(v) for column, v in one.fields["traits"].items()}))
        assert traits_of(one) == pytest.approx([scored[trait] for trait in TRAITS])
    mean = item(1, "ann", "x", [(a + b) / 2 for a, b in zip(first, second, strict=True)])
    assert traits_of(mean) == pytest.approx(np.mean(scores, axis=0).tolist())


def test_rows_are_in_the_order_of_the_set() -> None:
    data = a_set(*(item(number, f"w{number}", "a" * number) for number in range(1, 101)))
    told: list[tuple[int, int]] = []
    rows = rows_of(data, Toy(), lambda done, of: told.append((done, of)))
    assert rows.vectors.shape == (100, 2)
    assert rows.vectors[:, 0].tolist() == [number / 10 for number in range(1, 101)]
    assert rows.appraisals[0].tolist() == [1.0 + place % 5 for place in range(21)]
    assert rows.emotions.tolist() == [number % 13 for number in range(1, 101)]
    assert told == [(64, 100), (100, 100)]


def test_too_few_writers_are_refused() -> None:
    with pytest.raises(InputError, match="5 events are too few"):
        rows_of(a_set(*(item(number, f"w{number}", "a") for number in range(5))), Toy())


def test_no_writer_is_on_both_sides_of_a_fold_and_each_row_is_predicted_once() -> None:
    rows, _ = planted(400)
    predicted: list[int] = []
    for fit, rest in folds(rows.writers, seed=3):
        assert not set(rows.writers[fit]) & set(rows.writers[rest])
        predicted += rest.tolist()
    assert sorted(predicted) == list(range(400))


# --- planted coefficients are found -----------------------------------------------------------------------------------


def test_the_reader_finds_the_planted_lines() -> None:
    rows, truth = planted()
    reader = fit_reader(rows)
    assert np.abs(np.array(reader.coefficients) - truth["reader"]).max() < 0.05
    start = rows.appraisals.mean(axis=0) - rows.vectors.mean(axis=0) @ truth["reader"].T
    assert np.allclose(reader.intercepts, start, atol=0.05)


def test_the_head_finds_the_planted_log_odds() -> None:
    rows, truth = planted(6000)
    found = fit_head(rows.appraisals, rows)
    assert likeness(centred(found.coefficients), truth["head"]) > 0.97


def test_only_the_planted_shift_is_found() -> None:
    rows, _ = planted()
    shift = fit_shift(rows, read_out_of_fold(rows, 1.0))
    slopes, p = np.array(shift.coefficients), np.array(shift.p)
    assert slopes[NEUROTICISM, EFFORT] == pytest.approx(1.0, abs=0.1)
    assert np.argwhere(p < 0.05).tolist() == [[NEUROTICISM, EFFORT]]
    slopes[NEUROTICISM, EFFORT] = 0.0
    assert np.abs(slopes).max() < 0.15
    assert shift.means == pytest.approx(rows.traits.mean(axis=0).tolist())


def test_a_trait_that_nobody_differs_in_shifts_nothing() -> None:
    rows, _ = planted(400)
    rows.traits[:, 0] = 0.5
    shift = fit_shift(rows, read_out_of_fold(rows, 1.0))
    assert shift.coefficients[0] == (0.0,) * 21
    assert shift.p[0] == (1.0,) * 21
    assert shift.p[NEUROTICISM][EFFORT] < 0.05


def test_errors_are_clustered_on_writers() -> None:
    """With one residual per writer, repeated 20 times, twentyfold rows are no more evidence."""
    hits = 0
    for seed in range(8):
        make = np.random.default_rng(seed)
        codes = np.repeat(np.arange(60), 20)
        own = make.normal(size=(60, 21))[codes]
        traits = make.uniform(size=(60, 5))[codes]
        rows = Rows(np.zeros((1200, 1)), own, traits, np.zeros(1200, dtype=np.intp), codes.astype(str))
        hits += int((np.array(fit_shift(rows, np.zeros((1200, 21))).p) < 0.05).sum())
    # Unclustered, some hundred of the 840 would be.
    assert hits <= 16


def test_the_head_for_readings_goes_from_the_other_head_to_its_own() -> None:
    rows, _ = planted(1200)
    read = read_out_of_fold(rows, 1.0)
    rated = fit_head(rows.appraisals, rows)
    tied, free = (fit_read_head(read, rated, rows, c=c) for c in (1e-9, 10.0))
    ratio = np.array(tied.coefficients) / np.array(rated.coefficients)
    assert np.ptp(ratio) < 1e-3
    assert ratio.mean() > 0
    between = fit_read_head(read, rated, rows)
    near = [likeness(centred(one.coefficients), centred(rated.coefficients)) for one in (tied, between, free)]
    assert near[0] > near[1] + 1e-4 > near[2] + 2e-4
    assert np.array(between.mean) == pytest.approx(read.mean(axis=0))


def test_the_direct_baseline_predicts_distributions() -> None:
    rows, _ = planted(1200)
    shares = fit_direct(rows).predict(rows.vectors)
    assert shares.shape == (1200, 13)
    assert np.allclose(shares.sum(axis=1), 1.0)
    assert (shares.argmax(axis=1) == rows.emotions).mean() > 0.25


def test_an_emotion_without_events_is_refused() -> None:
    rows, _ = planted(1200)
    without = replace(rows, emotions=np.where(rows.emotions == 5, 0, rows.emotions))
    with pytest.raises(InputError, match="told for joy"):
        fit_head(without.appraisals, without)


def test_the_fitted_link_reads_and_feels_as_its_parts_do_and_is_reproducible() -> None:
    rows, _ = planted(1200)
    link = fit_link(a_set(), rows, "toy:6", excluded={"why": 3})
    again = fit_link(a_set(), rows, "toy:6", excluded={"why": 3})
    assert link == again
    assert (link.source.rows, link.source.writers, link.source.excluded) == (1200, 300, {"why": 3})
    vector = rows.vectors[7]
    assert list(link.read(vector.tolist()).values()) == pytest.approx(read_all(link.reader, rows.vectors)[7].tolist())
    direct = fit_direct(rows).predict(rows.vectors[7:8])[0]
    assert list(link.feel_words(vector.tolist()).probabilities.values()) == pytest.approx(direct.tolist())


# --- nothing leaks ----------------------------------------------------------------------------------------------------


def of_writers_only(seed: int = 0) -> Rows:
    """Vectors name the writer; ratings and emotion are the writer's own, at random: nothing to learn for another."""
    make = np.random.default_rng(seed)
    codes = np.repeat(np.arange(260), 5)
    vectors = make.normal(size=(260, 64))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Rows(
        vectors[codes],
        make.uniform(1, 5, size=(260, 21))[codes],
        make.uniform(size=(260, 5))[codes],
        (np.arange(260) % 13)[codes],
        codes.astype(str),
    )


def test_what_is_a_writers_own_is_worth_nothing_out_of_fold() -> None:
    rows = of_writers_only()
    found = figures(rows, out_of_fold(rows), resamples=200)
    for system in ("direct", "read", "memory", "read_free", "rated"):
        assert found[f"emotion/{system}/accuracy"].value < 0.2, system
    assert abs(found["reader/mean/r"].value) < 0.1
    seen = (fit_direct(rows).predict(rows.vectors).argmax(axis=1) == rows.emotions).mean()
    assert seen > 0.3  # in fold it would look like something


def test_readings_to_fit_a_head_on_come_from_readers_that_never_saw_the_writer() -> None:
    rows = of_writers_only(1)
    read = read_out_of_fold(rows, 0.01)
    assert abs(likeness(read, rows.appraisals)) < 0.1
    assert likeness(read_all(fit_reader(rows), rows.vectors), rows.appraisals) > 0.3


# --- figures ----------------------------------------------------------------------------------------------------------


def test_figures_of_planted_data_have_intervals_and_the_right_order() -> None:
    rows, _ = planted(1300)
    told: list[tuple[int, int]] = []
    predictions = out_of_fold(rows, step=lambda done, of: told.append((done, of)))
    found = figures(rows, predictions, resamples=200)
    assert told == [(number, 5) for number in range(1, 6)]
    for name, figure in found.items():
        if figure.low is not None and figure.high is not None and "ece" not in name:
            assert figure.low <= figure.value <= figure.high, name
        assert (figure.n, figure.groups) == (1300, 325)
    assert {name.split("/")[1] for name in found if name.startswith("emotion/")} == set(SYSTEMS)
    assert found["reader/mean/r"].value > 0.8
    assert found["reader/mean/mae"].value < found["reader/mean/constant_mae"].value
    assert found["shift/effort/r2_gain"].value > 0.1
    assert found["shift/effort/r2_gain_swapped"].value < 0
    assert found["difference/read_shift-read/log_loss"].value < 0
    assert found["difference/read_shift-read_swapped/log_loss"].value < 0
    assert found["emotion/rated/macro_f1"].value > found["emotion/read/macro_f1"].value
    gap = found["emotion/direct/log_loss"].value - found["emotion/read/log_loss"].value
    assert found["difference/direct-read/log_loss"].value == pytest.approx(gap)


def test_swapped_traits_are_another_writers() -> None:
    rows, _ = planted(400)
    swapped = _swapped(rows, 0)
    assert not (swapped == rows.traits).all(axis=1).any()
    assert {tuple(row) for row in swapped} == {tuple(row) for row in rows.traits}
    for writer in set(rows.writers):
        assert len({tuple(row) for row in swapped[rows.writers == writer]}) == 1


# --- pool weights -----------------------------------------------------------------------------------------------------


def judged(events: int = 3000, seed: int = 0) -> tuple[list[dict[str, Distribution]], list[str]]:
    """Targets drawn from the pool 1.2 link + 0.4 model + 0 memory."""
    make = np.random.default_rng(seed)
    labels = ["a", "b", "c"]
    parts, targets = [], []
    for _ in range(events):
        event = {
            name: Distribution.from_scores(labels, make.normal(scale=1.5, size=3).tolist())
            for name in ("model", "link", "memory")
        }
        shares = pooled([(event["model"], 0.4), (event["link"], 1.2)]).probabilities
        parts.append(event)
        targets.append(str(make.choice(labels, p=list(shares.values()))))
    return parts, targets


def test_the_planted_weights_are_found() -> None:
    parts, targets = judged()
    choice = choose_weights(parts, targets)
    assert choice.weights.link == pytest.approx(1.2, abs=0.12)
    assert choice.weights.model == pytest.approx(0.4, abs=0.1)
    assert choice.weights.memory < 0.06
    assert choice.weights.words == 0.0
    assert choice.n == 3000
    assert choice.losses["pooled"] < min(choice.losses[name] for name in ("model", "link", "memory", "uniform"))
    assert choice.losses["uniform"] == pytest.approx(math.log(3))


def test_the_losses_are_those_of_the_pool_itself() -> None:
    parts, targets = judged(200)
    choice = choose_weights(parts, targets)
    weights = choice.weights.model_dump()
    by_hand = [
        -math.log(pooled([(event[name], weights[name]) for name in event]).probabilities[target])
        for event, target in zip(parts, targets, strict=True)
    ]
    assert choice.losses["pooled"] == pytest.approx(np.mean(by_hand), abs=1e-4)
    alone = [-math.log(event["link"].probabilities[target]) for event, target in zip(parts, targets, strict=True)]
    assert choice.losses["link"] == pytest.approx(np.mean(alone))


def test_the_weights_do_not_sum_to_more_than_they_may() -> None:
    parts, targets = judged(500)
    sure = [{"link": event["link"], "model": event["link"]} for event in parts]
    right = [event["link"].top for event in parts]
    chosen = choose_weights(sure, right, most=2.0).weights
    assert chosen.link + chosen.model == pytest.approx(2.0, abs=1e-3)
    assert choose_weights(parts, targets, most=0.5).weights.link <= 0.5


def test_a_part_that_misleads_gets_no_weight() -> None:
    parts, _ = judged(500)
    wrong = [min(event["link"].probabilities, key=event["link"].probabilities.__getitem__) for event in parts]
    choice = choose_weights(parts, wrong)
    assert choice.weights.link == 0.0


def test_parts_that_do_not_go_together_are_refused() -> None:
    parts, targets = judged(3)
    with pytest.raises(ValueError, match="3 events and 2 targets"):
        choose_weights(parts, targets[:2])
    with pytest.raises(ValueError, match="not 0"):
        choose_weights([], [])
    with pytest.raises(ValueError, match="no part is called oracle"):
        choose_weights([{"oracle": event["link"]} for event in parts], targets)
    with pytest.raises(ValueError, match="event 1 has the parts link"):
        choose_weights([parts[0], {"link": parts[1]["link"]}], targets[:2])
    with pytest.raises(ValueError, match="'d' is none of a, b, c"):
        choose_weights(parts, ["a", "d", "a"])
    other = {name: Distribution(probabilities={"a": 0.5, "z": 0.5}) for name in parts[0]}
    with pytest.raises(ValueError, match="event 1: model has the labels a, z"):
        choose_weights([parts[0], other], ["a", "a"])


# --- the set itself ---------------------------------------------------------------------------------------------------


def test_no_writer_and_no_text_of_val_is_fitted_on() -> None:
    if not DATA.is_dir():
        pytest.skip("crowd-enVENT is not on this machine; set AFFECTGRAPH_DATA to the folder that holds the sets")
    train, held = crowd_envent.load_appraisals(DATA, "train"), crowd_envent.load_appraisals(DATA, "val")
    kept, excluded = without_leaks(train, held)
    assert not {one.group for one in kept.items} & {one.group for one in held.items}
    assert not {one.fields["text"] for one in kept.items} & {one.fields["text"] for one in held.items}
    assert len(kept.items) + sum(excluded.values()) == len(train.items)
    assert excluded["the writer is held out too"] > 0
    assert all(0.0 <= value <= 1.0 for one in kept.items for value in traits_of(one))
