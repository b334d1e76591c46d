"""The plan of steering and its mathematics: budgets go where the formula says, whatever the scores."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from affectgraph.backends.config import TransformersConfig
from affectgraph.backends.errors import InputError
from affectgraph.backends.steering import MODALITIES, Modality, SteeringPlan, shifted

torch = pytest.importorskip("torch")

from affectgraph.backends.transformers_prompt import Spans  # noqa: E402
from affectgraph.backends.transformers_reweight import Layout, Move, novelty, reweighted, span_masses  # noqa: E402

SHARES = st.lists(st.floats(0.001, 1.0), min_size=3, max_size=3).map(lambda shares: [s / sum(shares) for s in shares])


def test_a_plan_survives_json() -> None:
    plan = SteeringPlan(heads=((3, 1), (0, 7)), strength=0.25, target={"video": 1.0}, novelty=0.5)
    assert SteeringPlan.model_validate_json(plan.model_dump_json()) == plan


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"heads": ()}, "heads"),
        ({"heads": ((0, 1), (0, 1))}, r"\(0, 1\) is named twice"),
        ({"heads": ((-1, 0),)}, "greater than or equal to 0"),
        ({"strength": 1.5}, "less than or equal to 1"),
        ({"strength": float("nan")}, "finite"),
        ({"target": {"smell": 1.0}}, "smell"),
        ({"target": {"text": 0.0}}, "leave it out"),
        ({"target": {"text": -1.0, "video": 2.0}}, "greater than or equal to 0"),
        ({"novelty": -1.0}, "greater than or equal to 0"),
        ({"strenght": 0.5}, "Extra inputs"),
    ],
)
def test_a_wrong_plan_is_refused(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        SteeringPlan.model_validate({"heads": ((0, 0),), "strength": 0.5} | wrong)


def test_a_target_is_renormalised_over_what_the_prompt_has() -> None:
    plan = SteeringPlan(heads=((0, 0),), strength=0.5, target={"text": 1.0, "video": 3.0})
    assert plan.target_over(("text", "audio", "video")) == (0.25, 0.0, 0.75)
    assert plan.target_over(("audio", "video")) == (0.0, 1.0)
    with pytest.raises(InputError, match="audio"):
        plan.target_over(("audio",))
    uniform = SteeringPlan(heads=((0, 0),), strength=0.5)
    assert uniform.target_over(("text", "video")) == (0.5, 0.5)


@given(SHARES, SHARES, st.floats(0.0, 1.0))
def test_shifted_budgets_are_budgets_between_what_was_and_what_is_wanted(
    was: list[float], wanted: list[float], strength: float
) -> None:
    now = [shifted(one, strength, other) for one, other in zip(was, wanted, strict=True)]
    assert sum(now) == pytest.approx(1.0)
    assert all(min(a, b) - 1e-12 <= c <= max(a, b) + 1e-12 for a, b, c in zip(was, wanted, now, strict=True))


@given(st.dictionaries(st.sampled_from(MODALITIES), st.sets(st.integers(0, 30))))
def test_spans_hold_the_positions_they_were_made_of(positions: dict[Modality, set[int]]) -> None:
    spans = Spans.of_positions(positions)
    assert spans.modalities == tuple(kind for kind in MODALITIES if positions.get(kind))
    for kind in spans.modalities:
        assert set(spans.positions(kind)) == positions[kind]
        ranges = spans.ranges[kind]
        assert all(start < end for start, end in ranges)
        assert all(end < start for (_, end), (start, _) in pairwise(ranges))


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.floats(0.0, 1.0), st.floats(0.1, 60.0), SHARES, st.sampled_from([0.0, 0.5, 5.0]))
def test_weights_have_the_wanted_budgets_and_keep_the_rest(
    seed: int, strength: float, spread: float, target: list[float], gamma: float
) -> None:
    generator = torch.Generator().manual_seed(seed)
    scores = spread * torch.randn((2, 3, 2, 12), generator=generator)
    which = torch.randint(0, 4, (2, 10), generator=generator)
    which[:, :3] = torch.arange(3)  # every modality is there
    layout = Layout(which[:, None] == torch.arange(3)[None, :, None], which)
    extra = gamma * novelty(torch.randn((2, 3, 10, 4), generator=generator), layout) if gamma else None
    aims = torch.tensor([target, target])
    weights = reweighted(scores, layout, Move(torch.full((2, 3), strength), aims, extra))
    # What is wanted is computed in double precision, on logarithms too: weights may be as small as e^-400.
    exact = scores.double()
    parts = torch.stack([exact[..., :10].masked_fill(~layout.inside[:, None, None, m], -1e30) for m in range(3)])
    masses = parts.logsumexp(-1)
    wanted = shifted((masses - masses.logsumexp(0)).exp(), strength, aims[0].double()[:, None, None, None])
    total = (masses.logsumexp(0) - exact.logsumexp(-1)).exp()
    found = span_masses(weights, layout).double().movedim(-1, 0)
    assert (found - wanted * total).abs().max() < 1e-5
    plain = scores.softmax(-1)
    outside = torch.nn.functional.pad((which == 3)[:, None, None], (0, 2), value=True).expand_as(plain)
    assert (weights - plain)[outside].abs().max() < 1e-5
    assert (weights.sum(-1) - 1.0).abs().max() < 1e-5


def test_a_span_whose_weights_underflow_can_be_raised() -> None:
    scores = torch.tensor([[[[0.0, -300.0, -301.0, 1.0]]]])
    which = torch.tensor([[0, 1, 1, 3]])
    layout = Layout(which[:, None] == torch.arange(3)[None, :, None], which)
    aims = torch.tensor([[0.0, 1.0, 0.0]])
    weights = reweighted(scores, layout, Move(torch.tensor([[0.5]]), aims))[0, 0, 0]
    plain = scores.softmax(-1)[0, 0, 0]
    assert float(weights[1] + weights[2]) == pytest.approx(0.5 * float(plain[0]), rel=1e-5)
    assert float(weights[1] / weights[2]) == pytest.approx(2.71828, rel=1e-4)
    assert float(weights[3]) == pytest.approx(float(plain[3]), rel=1e-5)


def test_novelty_is_one_minus_the_largest_cosine_to_earlier_tokens_of_the_span(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = torch.tensor([[[[1.0, 0.0], [2.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [3.0, 3.0], [1.0, 0.0]]]])
    which = torch.tensor([[0, 0, 0, 3, 0, 1]])
    layout = Layout(which[:, None] == torch.arange(3)[None, :, None], which)
    wanted = [1.0, 0.0, 1.0, 0.0, 1.0 - 0.5**0.5, 1.0]
    for rows in (512, 2):
        monkeypatch.setattr("affectgraph.backends.transformers_reweight._COSINE_ROWS", rows)
        assert novelty(values, layout)[0, 0].tolist() == pytest.approx(wanted, abs=1e-6)


def test_a_model_whose_spans_nobody_finds_is_not_said_to_be_steerable() -> None:
    with pytest.raises(ValidationError, match='task = "multimodal"'):
        TransformersConfig(model="m", task="image-text", steering=True)
