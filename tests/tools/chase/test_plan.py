"""From a probability and what is present to a plan, or to none."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affectgraph.backends.errors import InputError
from affectgraph.backends.steering import MODALITIES, Modality
from affectgraph.tools.chase.gate import PRESETS, Gate, Preset
from affectgraph.tools.chase.heads import dominance, random_heads, top_k
from affectgraph.tools.chase.plan import Target, plan_for, reliabilities_of, target_for
from tests.tools.chase.samples import profile, reading

presents = st.sets(st.sampled_from(MODALITIES))
targets: st.SearchStrategy[Target] = st.sampled_from(["uniform", "text", "audio", "video", "reliability"])
reliable = st.dictionaries(st.sampled_from(MODALITIES), st.floats(0.0, 1.0))


@settings(deadline=None)
@given(presents, targets, reliable)
def test_a_target_is_a_budget_over_what_is_present(
    present: set[Modality], target: Target, weights: dict[Modality, float]
) -> None:
    found = target_for(target, present, weights)
    if found is not None:
        assert list(found) == [name for name in MODALITIES if name in present]
        assert sum(found.values()) == pytest.approx(1.0)
        assert min(found.values()) >= 0.0


def test_the_targets_are_what_their_names_say() -> None:
    assert target_for("uniform", ["video", "text"]) == {"text": 0.5, "video": 0.5}
    assert target_for("video", MODALITIES) == {"text": 0.0, "audio": 0.0, "video": 1.0}
    weighted = target_for("reliability", MODALITIES, {"text": 0.1, "audio": 0.0, "video": 0.3})
    assert weighted == pytest.approx({"text": 0.25, "audio": 0.0, "video": 0.75})


def test_nothing_is_moved_toward_what_is_absent_or_unreliable() -> None:
    assert target_for("video", ["text", "audio"]) is None
    assert target_for("reliability", ["text", "audio"], {"video": 1.0}) is None
    assert target_for("uniform", []) is None


@pytest.mark.parametrize(
    ("target", "weights", "told"),
    [
        ("vdieo", None, "unknown target 'vdieo'; there are uniform, text, audio, video, reliability"),
        ("reliability", None, "needs the reliabilities"),
        ("reliability", {"text": 1.5}, "the reliability of text is 1.5; expected 0 to 1"),
    ],
)
def test_a_target_that_cannot_be_made_is_refused(target: Target, weights: dict[Modality, float], told: str) -> None:
    with pytest.raises(InputError, match=told):
        target_for(target, MODALITIES, weights)


@dataclass
class Reading:
    modality: Modality
    reliability: float
    missing: str | None = None


def test_a_missing_reading_has_no_weight() -> None:
    readings = [Reading("text", 0.5), Reading("video", 0.9, missing="no face")]
    assert reliabilities_of(readings) == {"text": 0.5, "video": 0.0}


# --- plans -----------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.floats(0.0, 1.0), presents, targets, st.sampled_from(["hard", "soft"]))
def test_a_plan_is_made_where_the_gate_is_open_and_two_modalities_are_there(
    p: float, present: set[Modality], target: Target, kind: str
) -> None:
    gate = Gate.model_validate({"eta": 0.6, "tau": 0.7, "kind": kind})
    weights: dict[Modality, float] = {"text": 0.5, "audio": 0.2, "video": 0.9}
    plan = plan_for(profile(), p, present, target=target, reliabilities=weights, gate=gate)
    expected = len(present) >= 2 and gate.strength(p) > 0.0 and (target not in MODALITIES or target in present)
    assert (plan is not None) == expected
    if plan is not None:
        assert plan.strength == gate.strength(p)
        assert plan.heads


@pytest.mark.parametrize(("present", "strength", "k"), [(MODALITIES, 0.6, 4), (["audio", "video"], 0.45, 2)])
def test_the_published_settings_are_the_default(present: list[Modality], strength: float, k: int) -> None:
    scores = reading(present, layers=28, heads=8)
    plan = plan_for(scores, 1.0, present)
    assert plan is not None
    assert plan.strength == strength
    assert plan.heads == top_k(dominance(scores), range(12, 28), k)
    assert plan.target == pytest.approx(dict.fromkeys(present, 1 / len(present)))
    assert plan.novelty == 0.0


def test_below_tau_nothing_is_steered() -> None:
    assert plan_for(profile(), 0.69, MODALITIES) is None
    assert plan_for(profile(), 0.7, MODALITIES) is not None


def test_heads_given_are_steered_as_they_are() -> None:
    heads = random_heads((4, 3), [0, 1], 1, seed=3)
    plan = plan_for(heads, 1.0, MODALITIES, target="video", novelty=0.5)
    assert plan is not None
    assert (plan.heads, plan.novelty) == (heads, 0.5)
    assert plan_for((), 1.0, MODALITIES) is None


def test_a_profiles_heads_are_taken_from_the_presets_layers() -> None:
    preset = Preset(gate=PRESETS["TAV"].gate, k=1, start=0.0, stop=0.5)
    plan = plan_for(profile(), 1.0, MODALITIES, preset=preset)
    assert plan is not None
    assert [layer for layer, _ in plan.heads] == [0, 1]


def test_a_causal_profile_without_a_gain_steers_nothing() -> None:
    assert plan_for(profile("causal", scores=[[-0.1, -0.2]] * 2), 1.0, MODALITIES) is None


@pytest.mark.parametrize("p", [-0.1, 1.5])
def test_an_impossible_probability_is_refused(p: float) -> None:
    with pytest.raises(ValueError, match="probability"):
        plan_for(profile(), p, MODALITIES)
