"""The gate: closed below tau, never falling, and the published settings."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from affectgraph.backends.errors import InputError
from affectgraph.tools.chase.gate import PRESETS, Gate, Preset, combination, preset_for

shares = st.floats(0.0, 1.0)
widths = st.floats(0.001, 1.0)
gates = st.builds(Gate, eta=shares, tau=shares, kind=st.sampled_from(["hard", "soft"]), width=widths)


@given(gates, shares)
def test_the_strength_lies_between_nothing_and_eta(gate: Gate, p: float) -> None:
    assert 0.0 <= gate.strength(p) <= gate.eta


@given(gates, shares, shares)
def test_more_probability_never_gives_less_strength(gate: Gate, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert gate.strength(low) <= gate.strength(high) + 1e-12


@given(gates)
def test_certainty_gives_eta_whatever_the_gate(gate: Gate) -> None:
    assert gate.strength(1.0) == gate.eta


@given(eta=shares, tau=shares, p=shares)
def test_a_hard_gate_is_eta_times_p_from_tau_on_and_nothing_below(eta: float, tau: float, p: float) -> None:
    assert Gate(eta=eta, tau=tau).strength(p) == (eta * p if p >= tau else 0.0)


@given(tau=st.floats(0.1, 1.0), width=st.floats(0.001, 0.09), share=st.floats(0.0, 1.0))
def test_a_soft_gate_is_exactly_closed_below_its_foot(tau: float, width: float, share: float) -> None:
    gate = Gate(eta=1.0, tau=tau, kind="soft", width=width)
    assert gate.strength(share * (tau - width)) == 0.0


@given(tau=st.floats(0.2, 0.8), width=st.floats(0.05, 0.2), p=st.floats(0.0, 0.99))
def test_a_soft_gate_does_not_jump(tau: float, width: float, p: float) -> None:
    gate = Gate(eta=1.0, tau=tau, kind="soft", width=width)
    # A smoothstep over 2 * width is nowhere steeper than 1.5 / (2 * width).
    assert abs(gate.openness(p + 0.001) - gate.openness(p)) <= 0.001 * 0.75 / width + 1e-9


@pytest.mark.parametrize(("p", "openness"), [(0.65, 0.15625), (0.7, 0.5), (0.75, 0.84375), (0.8, 1.0)])
def test_a_soft_gate_is_a_smoothstep_around_tau(p: float, openness: float) -> None:
    assert Gate(eta=0.6, tau=0.7, kind="soft").openness(p) == pytest.approx(openness)


@pytest.mark.parametrize("p", [-0.1, 1.1, math.nan])
@pytest.mark.parametrize("kind", ["hard", "soft"])
def test_a_probability_outside_0_to_1_is_refused(kind: str, p: float) -> None:
    gate = Gate.model_validate({"eta": 0.6, "tau": 0.7, "kind": kind})
    with pytest.raises(ValueError, match="probability"):
        gate.strength(p)


@pytest.mark.parametrize("wrong", [{"eta": 1.1}, {"tau": -0.1}, {"kind": "open"}, {"width": 0.0}, {"temperature": 1.0}])
def test_a_gate_with_impossible_or_unknown_settings_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Gate.model_validate({"eta": 0.6, "tau": 0.7} | wrong)


def test_the_presets_are_the_published_settings() -> None:
    for name in ("TAV", "TV", "TA"):
        preset = PRESETS[name]
        assert (preset.gate.eta, preset.gate.tau, preset.gate.kind, preset.k) == (0.60, 0.70, "hard", 4)
    assert (PRESETS["AV"].gate.eta, PRESETS["AV"].gate.tau, PRESETS["AV"].k) == (0.45, 0.80, 2)
    assert {tuple(preset.layers(28)) for preset in PRESETS.values()} == {tuple(range(12, 28))}


@given(depth=st.integers(1, 200), start=st.floats(0.0, 0.99), share=st.floats(0.001, 1.0))
def test_steered_layers_are_in_the_decoder_and_at_least_one(depth: int, start: float, share: float) -> None:
    preset = Preset(gate=Gate(eta=0.6, tau=0.7), k=1, start=start, stop=start + share * (1.0 - start))
    layers = preset.layers(depth)
    assert len(layers) >= 1
    assert layers[0] >= 0
    assert layers[-1] < depth


def test_the_whole_depth_is_every_layer() -> None:
    assert list(Preset(gate=Gate(eta=0.6, tau=0.7), k=1, start=0.0).layers(5)) == [0, 1, 2, 3, 4]


def test_layers_that_end_before_they_begin_are_refused() -> None:
    with pytest.raises(ValidationError, match="of the depth are none"):
        Preset(gate=Gate(eta=0.6, tau=0.7), k=1, start=0.5, stop=0.5)


def test_a_decoder_without_layers_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one layer"):
        PRESETS["TAV"].layers(0)


def test_a_combination_is_named_in_the_papers_order() -> None:
    assert combination(["video", "text"]) == "TV"
    assert combination({"audio", "text", "video"}) == "TAV"
    assert combination([]) == ""


def test_one_modality_has_no_preset() -> None:
    assert preset_for(["text"]) is None
    assert preset_for([]) is None
    assert preset_for(["video", "audio"]) == PRESETS["AV"]


def test_an_unknown_modality_is_named() -> None:
    with pytest.raises(InputError, match="'touch'; there are text, audio, video"):
        preset_for(["touch"])  # type: ignore[list-item]
