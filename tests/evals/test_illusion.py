"""The five figures give back what a simulated model was made to do, and say why where they cannot."""

from __future__ import annotations

import math
import random
from functools import partial

import numpy as np
import pytest

from affectgraph.evals.figures import Figure, figures
from affectgraph.evals.illusion import READ, Illusion, illusion, illusions
from affectgraph.evals.metrics.persona import (
    directional_validity,
    profile_swap_gain,
    sensitivity,
    stereotype_excess,
    trait_slopes,
    variance_ratio,
)
from affectgraph.evals.rows import LabelRow, read_row
from tests.evals.illusions import EFFECT, EVENTS, LABELS, PEOPLE, PROFILES, Answer, fearful, rows, without_people

STRONG = partial(fearful, strength=2.0)


def measured(model: Answer, people: Answer = fearful, resamples: int = 120) -> Illusion:
    return illusion(rows(model, people), rows(model, people, shuffled=True), resamples=resamples)


def named(found: Illusion) -> dict[str, Figure]:
    return {figure.name: figure for figure in found.figures}


def chance(event: int, person: int) -> str:
    """Labels that have nothing to do with the person."""
    return random.Random(f"{event}/{person}").choice(LABELS)


@pytest.mark.parametrize("strength", [0.5, 1.0, 2.0])
def test_a_model_with_the_right_effect_at_another_strength_is_found_out(strength: float) -> None:
    found = named(measured(partial(fearful, strength=strength)))
    assert found["stereotype_excess"].value == pytest.approx(strength, rel=0.03)
    assert found["stereotype_excess"].low <= strength <= found["stereotype_excess"].high
    assert found["directional_validity"].value > 0.99
    assert found["profile_swap_gain"].low > 0
    assert found["sensitivity"].value == pytest.approx(strength * EFFECT, abs=0.04)
    assert (found["variance_ratio"].value > 1) == (strength > 1)


def test_people_s_own_answers_are_exactly_people_s() -> None:
    found = named(measured(fearful))
    for name in ("directional_validity", "stereotype_excess", "variance_ratio"):
        assert found[name].value == pytest.approx(1.0)


def test_a_reversed_stereotype_has_negative_validity_and_loses_with_the_true_profile() -> None:
    found = named(measured(partial(fearful, strength=-1.0)))
    assert found["directional_validity"].value < -0.99
    assert found["stereotype_excess"].value == pytest.approx(1.0, rel=0.03)
    assert found["profile_swap_gain"].high < 0


def test_a_pure_illusion_gains_nothing_from_the_true_profile() -> None:
    found = named(measured(STRONG, chance))
    assert found["sensitivity"].value > 0.5
    assert found["profile_swap_gain"].low < 0 < found["profile_swap_gain"].high
    assert found["stereotype_excess"].low > 1.5


def test_a_model_that_ignores_the_profile_is_insensitive_and_has_no_directions() -> None:
    found = named(measured(lambda event, _: LABELS[event % 7]))
    for name in ("sensitivity", "stereotype_excess", "variance_ratio", "profile_swap_gain"):
        assert (found[name].value, found[name].low, found[name].high) == (0.0, 0.0, 0.0)
    assert math.isnan(found["directional_validity"].value)
    assert found["directional_validity"].note.startswith("undefined: the model's answers do not vary with any trait")


def test_without_gaps_the_values_are_those_of_the_plain_definitions() -> None:
    true, other = rows(STRONG, chance), rows(STRONG, chance, shuffled=True)
    found = named(illusion(true, other, resamples=2))
    codes = {side: np.array([LABELS.index(getattr(row, side)) for row in true]) for side in ("prediction", "target")}
    model, people = (np.eye(7)[codes[side]].reshape(EVENTS, PEOPLE, 7) for side in ("prediction", "target"))
    shares = model.mean(axis=0), people.mean(axis=0)
    hits = [[row.prediction == row.target for row in run] for run in (true, other)]
    assert found["variance_ratio"].value == pytest.approx(variance_ratio(model, people))
    assert found["stereotype_excess"].value == pytest.approx(stereotype_excess(PROFILES, *shares))
    assert found["directional_validity"].value == pytest.approx(directional_validity(PROFILES, *shares))
    assert found["profile_swap_gain"].value == pytest.approx(profile_swap_gain(*hits))
    assert found["sensitivity"].value == sensitivity(codes["prediction"].reshape(EVENTS, PEOPLE).tolist())


def test_slopes_are_those_of_the_shares_and_only_of_labels_that_were_given() -> None:
    found = {(one.trait, one.emotion): one for one in measured(STRONG).slopes}
    assert {emotion for _, emotion in found} == {"fear", "neutral"}
    assert len(found) == 5 * 2
    shares = np.array(
        [np.mean([fearful(event, person) == "fear" for event in range(EVENTS)]) for person in range(PEOPLE)]
    )
    one = found["neuroticism", "fear"]
    assert one.human.value == pytest.approx(trait_slopes(PROFILES, shares[:, None])[4, 0])
    assert one.model.value == pytest.approx(2 * EFFECT, rel=0.03)
    assert one.model.low < one.model.value < one.model.high
    assert found["neuroticism", "neutral"].model.value == pytest.approx(-one.model.value)


def test_a_limit_inside_an_event_does_not_pass_for_a_difference_between_people() -> None:
    cut = rows(lambda event, _: LABELS[event % 7])[: -PEOPLE // 2]
    found = named(illusion(cut, resamples=5))
    assert found["stereotype_excess"].value == 0.0
    assert math.isnan(found["directional_validity"].value)


def test_what_is_undefined_says_why() -> None:
    true = rows(STRONG)
    assert (
        "needs a run of the same items under `shuffled`" in named(illusion(true, resamples=5))["profile_swap_gain"].note
    )
    apart = named(illusion(true[: 5 * PEOPLE], rows(STRONG, shuffled=True)[5 * PEOPLE :], resamples=5))
    assert "share no item" in apart["profile_swap_gain"].note
    two = named(illusion([row for row in true if row.person and row.person.id in ("E0", "E1")], resamples=5))
    assert "three people with different traits" in two["stereotype_excess"].note
    alike = named(illusion(rows(STRONG, lambda *_: "joy"), resamples=5))
    assert "people's labels do not vary with any trait" in alike["stereotype_excess"].note
    assert "do not differ on any event" in alike["variance_ratio"].note
    silent = named(illusion(rows(lambda *_: None), rows(lambda *_: None, shuffled=True), resamples=5))
    assert "no event has two readable answers" in silent["sensitivity"].note
    assert "no answer was readable" in silent["directional_validity"].note
    assert silent["profile_swap_gain"].value == 0.0
    one_event = named(illusion(true[:PEOPLE], resamples=5))
    assert math.isnan(one_event["sensitivity"].low)
    assert "one event or one person: no interval" in one_event["sensitivity"].note


def test_an_unreadable_answer_is_wrong_in_the_gain_and_left_out_of_the_slopes() -> None:
    def stuck(event: int, person: int) -> str | None:
        return None if event % 3 == 0 else STRONG(event, person)

    found = named(illusion(rows(stuck), rows(STRONG, shuffled=True), resamples=5))
    whole = named(illusion(rows(STRONG), rows(STRONG, shuffled=True), resamples=5))
    assert found["profile_swap_gain"].value < whole["profile_swap_gain"].value - 0.2
    assert found["stereotype_excess"].n == EVENTS * PEOPLE * 2 / 3
    assert f"{EVENTS * PEOPLE // 3} unreadable answers left out" in found["stereotype_excess"].note


def test_people_against_people_stand_around_one() -> None:
    found = measured(STRONG, resamples=2).references
    assert set(found) == set(READ) - {"profile_swap_gain"}
    for name in ("stereotype_excess", "variance_ratio"):
        assert found[name].low < 1 < found[name].high
        assert found[name].value == pytest.approx(1, abs=0.2)
    assert 0 < found["directional_validity"].value <= 1
    assert found["sensitivity"].value == pytest.approx(EFFECT, abs=0.04)
    assert "stereotype_excess" not in illusion(rows(STRONG)[: 3 * PEOPLE], resamples=2).references


def test_runs_are_paired_by_the_rest_of_their_conditions() -> None:
    true, other, blind = rows(STRONG), rows(STRONG, shuffled=True), rows(lambda *_: "fear")
    runs = {"bfi+anchor": true, "shuffled+anchor": other, "none+anchor": blind, "shuffled": true, "mbti+anchor": true}
    found = illusions(runs, resamples=5)
    assert set(found) == {"bfi+anchor", "mbti+anchor"}
    gain = named(found["bfi+anchor"])["profile_swap_gain"].value
    assert gain == named(illusion(true, other, resamples=5))["profile_swap_gain"].value
    assert "0.000 where no profile is told" in named(found["bfi+anchor"])["sensitivity"].note
    assert math.isnan(named(found["mbti+anchor"])["profile_swap_gain"].value)
    assert illusions({"bfi": without_people(true)}, resamples=5) == {}


def test_the_same_rows_and_seed_give_the_same_figures() -> None:
    first, again = (illusion(rows(STRONG), rows(STRONG, shuffled=True), resamples=20) for _ in range(2))
    other = illusion(rows(STRONG), rows(STRONG, shuffled=True), resamples=20, seed=1)
    assert named(first) == named(again)
    turned = illusion(rows(STRONG)[::-1], rows(STRONG, shuffled=True)[::-1], resamples=20)
    assert named(first) == named(turned)
    assert named(first)["stereotype_excess"].low != named(other)["stereotype_excess"].low


def test_rows_with_people_keep_their_ordinary_figures_and_travel_as_json() -> None:
    some = rows(STRONG)[: 4 * PEOPLE]
    assert figures(some, resamples=20) == figures(without_people(some), resamples=20)
    assert read_row(some[0].model_dump(mode="json")) == some[0]
    old = {key: value for key, value in some[0].model_dump(mode="json").items() if key != "person"}
    assert isinstance(read_row(old), LabelRow)


def test_rows_without_people_are_refused() -> None:
    with pytest.raises(ValueError, match="has no person"):
        illusion(without_people(rows(STRONG)))
    with pytest.raises(ValueError, match="no rows"):
        illusion([])
