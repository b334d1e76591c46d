"""Steering is exact on every model class that people steer: the equivalences that each must keep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from torch import Tensor  # noqa: E402
from transformers.cache_utils import DynamicCache  # noqa: E402

from affectgraph.backends.steering import MODALITIES, SteeringPlan, shifted  # noqa: E402
from affectgraph.backends.transformers_images import rope_keeper  # noqa: E402
from affectgraph.backends.transformers_steering import Attachment, RowSteering, attach  # noqa: E402
from tests.backends.steering_cases import (  # noqa: E402
    LENGTHS,
    OFF,
    ROWS,
    TOWARDS_VIDEO,
    TRIMODAL,
    answered,
    logits,
    padded,
    prompts,
)
from tests.backends.tiny_decoders import HEADS, LAYERS, STEERABLE, built  # noqa: E402

Case = tuple[Any, Attachment]
ROW = ROWS[0]
# float32, with logits of a size of up to 10; the effects of steering are 0.1 and more.
NEAR = {"rtol": 1e-4, "atol": 1e-4}


@pytest.fixture(scope="module")
def model_of() -> Callable[[str], Any]:
    return cache(built)


@pytest.fixture(params=STEERABLE)
def case(request: pytest.FixtureRequest, model_of: Callable[[str], Any]) -> Iterator[Case]:
    """A model and its attachment."""
    model = model_of(request.param)
    if (rope := rope_keeper(model)) is not None:
        rope.rope_deltas = None  # such a model remembers the rows of the last test
    with attach(model) as attachment:
        yield model, attachment


def head_outputs(attachment: Attachment, layer: int, model: Any, ids: Tensor) -> Tensor:
    """What a layer's heads give to its output projection, (n, heads, d)."""
    seen: list[Tensor] = []
    projection = attachment._decoder.attentions[layer].o_proj
    hook = projection.register_forward_pre_hook(lambda module, args: seen.append(args[0].clone()))
    try:
        logits(model, ids)
    finally:
        hook.remove()
    return seen[0][0].unflatten(-1, (HEADS, -1))


def test_attached_and_off_is_bit_identical(model_of: Callable[[str], Any]) -> None:
    for name in STEERABLE:
        model = model_of(name)
        batch = padded(prompts())
        plain = answered(model, batch)
        with attach(model) as attachment:
            assert torch.equal(answered(model, batch), plain), name
            off = [RowSteering(TRIMODAL, OFF, LENGTHS[0]), None, RowSteering(TRIMODAL, None, LENGTHS[2])]
            with attachment.steered(off):
                assert torch.equal(answered(model, batch), plain), name


def test_a_row_without_a_plan_keeps_every_bit_beside_steered_rows(case: Case) -> None:
    model, attachment = case
    batch = padded(prompts())
    plain = logits(model, batch["input_ids"], attention_mask=batch["attention_mask"])
    with attachment.steered(ROWS):
        steered = logits(model, batch["input_ids"], attention_mask=batch["attention_mask"])
    assert torch.equal(steered[2], plain[2])
    assert all((steered[row, -1] - plain[row, -1]).abs().max() > 1e-2 for row in (0, 1))


def test_only_the_last_row_and_the_chosen_heads_change(case: Case) -> None:
    model, attachment = case
    ids = prompts()[0]
    plain = head_outputs(attachment, 0, model, ids)
    with attachment.steered([ROW]):
        steered = head_outputs(attachment, 0, model, ids)
        after = logits(model, ids)
    assert torch.equal(logits(model, ids)[0, :-1], after[0, :-1])
    changed = (steered != plain).any(-1)
    assert changed.nonzero().tolist() == [[LENGTHS[0] - 1, 1]]


def test_budgets_land_on_the_target_and_masses_are_conserved(case: Case) -> None:
    model, attachment = case
    ids = prompts()[0]
    for layer in range(LAYERS):
        plan = SteeringPlan(heads=((layer, 0), (layer, 3)), strength=0.6, target={"video": 3.0, "text": 1.0})
        with attachment.steered([RowSteering(TRIMODAL, None, LENGTHS[0])], read=True) as before:
            logits(model, ids)
        with attachment.steered([RowSteering(TRIMODAL, plan, LENGTHS[0])], read=True) as after:
            logits(model, ids)
        (was,), (now,) = before.readings, after.readings
        assert was is not None
        assert now is not None
        assert now.modalities == MODALITIES
        wanted = shifted(was.budgets[layer, [0, 3]], 0.6, torch.tensor([0.25, 0.0, 0.75]).numpy())
        assert abs(now.budgets[layer, [0, 3]] - wanted).max() < 1e-5
        assert abs(now.masses[layer].sum(-1) - was.masses[layer].sum(-1)).max() < 1e-5
        assert (now.budgets[layer, [1, 2]] == was.budgets[layer, [1, 2]]).all()
        assert (now.budgets[:layer] == was.budgets[:layer]).all()


def test_a_left_padded_batch_equals_its_rows_alone(case: Case) -> None:
    model, attachment = case
    with attachment.steered(ROWS):
        together = answered(model, padded(prompts()))
    for number, (ids, row) in enumerate(zip(prompts(), ROWS, strict=True)):
        with attachment.steered([row]):
            alone = answered(model, {"input_ids": ids, "attention_mask": torch.ones_like(ids)})
        torch.testing.assert_close(together[number], alone[0], **NEAR)


def test_dynamic_static_and_no_cache_agree(case: Case) -> None:
    model, attachment = case
    batch = padded(prompts())
    with attachment.steered(ROWS):
        dynamic = answered(model, batch)
        static = answered(model, batch, cache_implementation="static")
        none = answered(model, batch, use_cache=False)
    torch.testing.assert_close(static, dynamic, **NEAR)
    torch.testing.assert_close(none, dynamic, **NEAR)
    # Without padding the static cache comes without a mask, and its spare room must not be attended to.
    alone = {"input_ids": prompts()[0], "attention_mask": torch.ones(1, LENGTHS[0], dtype=torch.long)}
    with attachment.steered([ROW]):
        torch.testing.assert_close(answered(model, alone, cache_implementation="static")[0], dynamic[0], **NEAR)
    assert (answered(model, batch) - dynamic)[:2].abs().amax(-1).min() > 1e-3  # every step was steered


def test_a_prompt_in_chunks_equals_a_prompt_at_once(case: Case) -> None:
    model, attachment = case
    ids = prompts()[0]
    cache = DynamicCache(config=model.config.get_text_config())
    with attachment.steered([ROW], read=True) as whole:
        once = logits(model, ids)[:, -1]
    with attachment.steered([ROW], read=True) as pieces:
        for first, stop in ((0, 7), (7, 11), (11, LENGTHS[0])):
            last = logits(model, ids[:, first:stop], past_key_values=cache, use_cache=True)[:, -1]
    torch.testing.assert_close(last, once, **NEAR)
    (all_at_once,), (in_pieces,) = whole.readings, pieces.readings
    assert all_at_once is not None
    assert in_pieces is not None
    for name in ("budgets", "masses", "hidden", "answer"):
        assert abs(getattr(all_at_once, name) - getattr(in_pieces, name)).max() < 1e-3, name


def test_sdpa_and_eager_agree(model_of: Callable[[str], Any]) -> None:
    for name in STEERABLE:
        sdpa, eager = model_of(name), built(name, "eager")
        batch = padded(prompts())
        with attach(sdpa) as one, attach(eager) as other:
            with one.steered(ROWS):
                wanted = answered(sdpa, batch)
            with other.steered(ROWS):
                torch.testing.assert_close(answered(eager, batch), wanted, **NEAR)


def test_hidden_states_are_those_that_transformers_reports(case: Case) -> None:
    model, attachment = case
    ids = prompts()[0]
    with attachment.steered([RowSteering(TRIMODAL, TOWARDS_VIDEO, LENGTHS[0])], read=True) as watch, torch.no_grad():
        reported = model(input_ids=ids, output_hidden_states=True).hidden_states
    (reading,) = watch.readings
    assert reading is not None
    assert len(reported) == LAYERS + 1
    for layer, hidden in enumerate(reported):
        assert abs(reading.answer[layer] - hidden[0, -1].numpy()).max() < 1e-5
        for number, kind in enumerate(reading.modalities):
            pooled = hidden[0, list(TRIMODAL.positions(kind))].mean(0).numpy()
            assert abs(reading.hidden[layer, number] - pooled).max() < 1e-4
