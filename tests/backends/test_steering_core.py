"""Steering a plain model: against an independent computation, in threads and nested blocks, and what it refuses."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from torch import Tensor  # noqa: E402
from transformers import AttentionInterface, AttentionMaskInterface  # noqa: E402
from transformers.masking_utils import eager_mask  # noqa: E402
from transformers.models.llama.modeling_llama import eager_attention_forward, repeat_kv  # noqa: E402

from affectgraph.backends.errors import BackendError, InputError, SettingsError  # noqa: E402
from affectgraph.backends.steering import SteeringPlan  # noqa: E402
from affectgraph.backends.transformers_prompt import Spans  # noqa: E402
from affectgraph.backends.transformers_steering import Attachment, RowSteering, attach  # noqa: E402
from tests.backends.steering_cases import (  # noqa: E402
    BIMODAL,
    LENGTHS,
    OFF,
    ROWS,
    TOWARDS_VIDEO,
    TRIMODAL,
    UNIFORM,
    answered,
    budgets,
    logits,
    padded,
    prompts,
)
from tests.backends.tiny_decoders import HEADS, LAYERS, built  # noqa: E402

LENGTH = LENGTHS[0]
ROW = RowSteering(TRIMODAL, TOWARDS_VIDEO, LENGTH)


@pytest.fixture(scope="module")
def llama() -> Any:
    return built("llama")


@pytest.fixture
def attachment(llama: Any) -> Iterator[Attachment]:
    with attach(llama) as attached:
        yield attached


def row(**changes: Any) -> RowSteering:
    return RowSteering(**({"spans": TRIMODAL, "plan": TOWARDS_VIDEO, "prompt_length": LENGTH} | changes))


def biased(plan: SteeringPlan, spans: Spans) -> Callable[..., Any]:
    """The paper's form, written out: eager attention of all rows with `log(b* / b)` added before the softmax."""

    def attention(module: Any, query: Tensor, key: Tensor, value: Tensor, mask: Tensor, **options: Any) -> Any:
        _, weights = eager_attention_forward(module, query, key, value, mask, **options)
        bias = torch.zeros_like(weights)
        aims = dict(zip(spans.modalities, plan.target_over(spans.modalities), strict=True))
        for layer, head in plan.heads:
            if layer != module.layer_idx:
                continue
            for kind, budget in budgets(RowSteering(spans, plan, query.shape[2]), weights[0, head, -1]).items():
                wanted = (1 - plan.strength) * budget + plan.strength * aims[kind]
                bias[0, head, -1, list(spans.positions(kind))] = torch.tensor(wanted / budget).log()
        scores = query @ repeat_kv(key, module.num_key_value_groups).transpose(2, 3) * module.scaling + mask + bias
        output = scores.softmax(-1) @ repeat_kv(value, module.num_key_value_groups)
        return output.transpose(1, 2).contiguous(), weights

    return attention


@pytest.mark.parametrize("plan", [TOWARDS_VIDEO, UNIFORM], ids=["video", "uniform"])
def test_it_equals_an_additive_bias_before_the_softmax(llama: Any, plan: SteeringPlan) -> None:
    ids = prompts()[0]
    AttentionInterface.register("test_biased", biased(plan, TRIMODAL))
    AttentionMaskInterface.register("test_biased", eager_mask)
    llama.set_attn_implementation("test_biased")
    try:
        wanted = logits(llama, ids)
    finally:
        llama.set_attn_implementation("sdpa")
    with attach(llama) as attachment, attachment.steered([row(plan=plan)]):
        torch.testing.assert_close(logits(llama, ids), wanted, rtol=1e-4, atol=1e-4)
    assert (logits(llama, ids) - wanted)[0, -1].abs().max() > 1e-2


def test_eager_reports_the_moved_weights() -> None:
    eager, ids = built("llama", "eager"), prompts()[0]
    with attach(eager) as attachment, torch.no_grad():
        plain = eager(input_ids=ids, output_attentions=True).attentions[1][0]
        with attachment.steered([row(plan=TOWARDS_VIDEO.model_copy(update={"heads": ((1, 3),)}))]):
            moved = eager(input_ids=ids, output_attentions=True).attentions[1][0]
    assert torch.equal(moved[:3], plain[:3])
    assert torch.equal(moved[3, :-1], plain[3, :-1])
    was, now = budgets(ROW, plain[3, -1]), budgets(ROW, moved[3, -1])
    assert now["video"] == pytest.approx(0.3 * was["video"] + 0.7, abs=1e-5)
    assert now["text"] == pytest.approx(0.3 * was["text"], abs=1e-5)
    outside = [at for at in range(LENGTH) if not any(at in TRIMODAL.positions(kind) for kind in TRIMODAL.modalities)]
    torch.testing.assert_close(moved[3, -1, outside], plain[3, -1, outside], rtol=1e-4, atol=1e-7)


def test_strength_one_towards_one_modality_takes_all_from_the_others(llama: Any, attachment: Attachment) -> None:
    plan = SteeringPlan(heads=((0, 0),), strength=1.0, target={"audio": 1.0})
    with attachment.steered([row(plan=plan)], read=True) as watch:
        assert torch.isfinite(logits(llama, prompts()[0])).all()
    (reading,) = watch.readings
    assert reading is not None
    assert reading.budgets[0, 0].tolist() == pytest.approx([0.0, 1.0, 0.0], abs=1e-6)


def test_novelty_moves_attention_inside_a_span_and_keeps_its_mass(llama: Any, attachment: Attachment) -> None:
    ids = prompts()[0]
    ids[0, 13:16] = ids[0, 12]  # tokens of the video span that repeat one another
    plan = SteeringPlan(heads=((0, 1),), strength=0.0, novelty=2.0)
    assert not plan.off
    with attachment.steered([row(plan=None)], read=True) as before:
        plain = logits(llama, ids)
    with attachment.steered([row(plan=plan)], read=True) as after:
        moved = logits(llama, ids)
    (was,), (now,) = before.readings, after.readings
    assert was is not None
    assert now is not None
    assert abs(now.masses - was.masses)[0].max() < 1e-6
    assert (moved - plain)[0, -1].abs().max() > 1e-3
    assert torch.equal(moved[0, :-1], plain[0, :-1])


def test_novelty_is_the_same_batched_cached_and_in_chunks(llama: Any, attachment: Attachment) -> None:
    plan = TOWARDS_VIDEO.model_copy(update={"novelty": 3.0})
    rows = [row(plan=plan), RowSteering(BIMODAL, UNIFORM.model_copy(update={"novelty": 1.0}), LENGTHS[1]), None]
    batch = padded(prompts())
    with attachment.steered(rows):
        dynamic = answered(llama, batch)
        torch.testing.assert_close(answered(llama, batch, use_cache=False), dynamic, rtol=1e-4, atol=1e-4)
    with attachment.steered(rows[:1]):
        alone = answered(llama, {"input_ids": prompts()[0], "attention_mask": torch.ones(1, LENGTH, dtype=torch.long)})
    torch.testing.assert_close(alone[0], dynamic[0], rtol=1e-4, atol=1e-4)
    with attachment.steered(ROWS):
        assert (answered(llama, batch) - dynamic)[0].abs().max() > 1e-3


def test_two_threads_steer_one_model_each_in_its_own_way(llama: Any, attachment: Attachment) -> None:
    asked: list[tuple[Tensor, RowSteering | None]] = [
        (prompts()[0], ROW),
        (prompts()[1], RowSteering(BIMODAL, UNIFORM, LENGTHS[1])),
        (prompts()[2], None),
    ]

    def alone(ids: Tensor, one: RowSteering | None) -> Tensor:
        with attachment.steered([one]):
            return answered(llama, {"input_ids": ids, "attention_mask": torch.ones_like(ids)})

    wanted = [alone(*one) for one in asked]
    found: list[list[Tensor]] = [[] for _ in asked]
    start = threading.Barrier(len(asked))

    def run(number: int) -> None:
        start.wait()
        found[number] += [alone(*asked[number]) for _ in range(4)]

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(asked))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for logits_of, right in zip(found, wanted, strict=True):
        assert len(logits_of) == 4
        assert all(torch.equal(one, right) for one in logits_of)


def test_a_thread_started_in_a_block_is_steered_with_a_copied_context_only(llama: Any, attachment: Attachment) -> None:
    ids, found = prompts()[0], []
    plain = logits(llama, ids)
    with attachment.steered([ROW]):
        steered = logits(llama, ids)
        for run in (lambda work: work(), copy_context().run):
            thread = threading.Thread(target=run, args=(lambda: found.append(logits(llama, ids)),))
            thread.start()
            thread.join()
    assert torch.equal(found[0], plain)
    assert torch.equal(found[1], steered)


def test_an_inner_block_takes_the_place_of_an_outer_one_and_gives_it_back(llama: Any, attachment: Attachment) -> None:
    ids, other = prompts()[0], row(plan=UNIFORM)
    with attachment.steered([ROW]):
        first = logits(llama, ids)
        with attachment.steered([other]):
            inner = logits(llama, ids)
            with attachment.steered([None]):
                none = logits(llama, ids)
        assert torch.equal(logits(llama, ids), first)
    with attachment.steered([other]):
        assert torch.equal(logits(llama, ids), inner)
    assert torch.equal(logits(llama, ids), none)
    assert not torch.equal(inner, first)


def test_two_models_are_steered_at_once(llama: Any, attachment: Attachment) -> None:
    second = built("qwen2.5-vl")
    ids = prompts()[0]
    with attach(second) as other:
        with attachment.steered([ROW]):
            first = logits(llama, ids)
        with other.steered([ROW]):
            wanted = logits(second, ids)
        with attachment.steered([ROW]), other.steered([ROW]):
            assert torch.equal(logits(second, ids), wanted)
            assert torch.equal(logits(llama, ids), first)
            assert torch.equal(logits(second, ids), wanted)


def test_an_exception_inside_leaves_nothing_behind(llama: Any, attachment: Attachment) -> None:
    plain = logits(llama, prompts()[0])

    def fails() -> None:
        with attachment.steered([ROW], read=True):
            logits(llama, prompts()[0])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert torch.equal(logits(llama, prompts()[0]), plain)
    assert hooks_of(llama) == 0


def test_no_hook_is_left_after_a_block_and_the_own_attention_comes_back(llama: Any) -> None:
    attachment = attach(llama)
    assert hooks_of(llama) == 0
    with attachment.steered([ROW], read=True), attachment.steered([None]):
        assert hooks_of(llama) > 0
    assert hooks_of(llama) == 0
    attachment.detach()
    attachment.detach()
    assert llama.config._attn_implementation == "sdpa"
    with pytest.raises(BackendError, match="attach to the model anew"), attachment.steered([ROW]):
        pass


def hooks_of(model: Any) -> int:
    return sum(len(part._forward_hooks) + len(part._forward_pre_hooks) for part in model.modules())


def test_an_open_block_keeps_the_attachment(llama: Any, attachment: Attachment) -> None:
    with attachment.steered([ROW]), pytest.raises(BackendError, match="leave them"):
        attachment.detach()


def test_towers_keep_their_own_attention() -> None:
    model = built("qwen2-vl")
    pixels = torch.randn((16, 3 * 2 * 4 * 4), generator=torch.Generator().manual_seed(5))
    grid = torch.tensor([[1, 4, 4]])
    with torch.no_grad():
        plain = model.model.visual(pixels, grid_thw=grid).last_hidden_state
        with attach(model) as attachment, attachment.steered([ROW]):
            logits(model, prompts()[0])  # a pass is under way in this context, with the same layer numbers
            assert model.config.vision_config._attn_implementation == "sdpa"
            assert torch.equal(model.model.visual(pixels, grid_thw=grid).last_hidden_state, plain)


def test_gradients_flow_through_steered_rows(llama: Any, attachment: Attachment) -> None:
    embedded = llama.get_input_embeddings()(prompts()[0]).detach().requires_grad_()
    with attachment.steered([row(plan=TOWARDS_VIDEO.model_copy(update={"novelty": 1.0}))]):
        llama(inputs_embeds=embedded).logits[0, -1].square().sum().backward()
    assert embedded.grad is not None
    assert torch.isfinite(embedded.grad).all()
    assert embedded.grad[0, list(TRIMODAL.positions("video"))].abs().min() > 0


def test_half_precision_is_off_by_rounding_only(llama: Any) -> None:
    half, ids = built("llama").to(torch.bfloat16), prompts()[0]
    with attach(half) as attachment:
        plain = logits(half, ids).float()
        with attachment.steered([ROW]):
            steered = logits(half, ids).float()
    assert torch.equal(plain[0, :-1], steered[0, :-1])
    with attach(llama) as attachment, attachment.steered([ROW]):
        wanted = logits(llama, ids)
    effect = (wanted - logits(llama, ids))[0, -1].norm()
    assert (steered - wanted)[0, -1].norm() < 0.3 * effect


def test_generation_with_samples_needs_a_row_for_each(llama: Any, attachment: Attachment) -> None:
    ids = {"input_ids": prompts()[0], "attention_mask": torch.ones(1, LENGTH, dtype=torch.long)}
    with attachment.steered([ROW, ROW, ROW]):
        beams = answered(llama, ids, num_beams=3)
    assert torch.isfinite(beams).all()
    with pytest.raises(InputError, match="1 rows and the batch 3"), attachment.steered([ROW]):
        answered(llama, ids, num_beams=3)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (row(plan=SteeringPlan(heads=((LAYERS, 0),), strength=0.5)), f"layer {LAYERS}"),
        (row(plan=SteeringPlan(heads=((0, HEADS),), strength=0.5)), f"head {HEADS}"),
        (row(spans=Spans({"text": ((2, 5),), "video": ((12, LENGTH + 1),)})), "outside the prompt"),
        (row(spans=Spans({"text": ((-1, 5),)})), "outside the prompt"),
        (row(spans=Spans({"text": (), "video": ((12, 20),)})), "the text span is empty"),
        (row(spans=Spans({"text": ((7, 7),), "video": ((12, 20),)})), "the text span is empty"),
        (row(spans=Spans({})), "no span"),
        (row(spans=Spans({"text": ((2, 8),), "video": ((7, 20),)})), "position 7"),
        (row(spans=Spans({"text": ((2, 8),)})), "gives no share"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(attachment: Attachment, wrong: RowSteering, says: str) -> None:
    with pytest.raises(InputError, match=says), attachment.steered([wrong]):
        pass


def test_padding_on_the_right_is_refused_for_steered_rows_only(llama: Any, attachment: Attachment) -> None:
    batch = padded(prompts(), side="right")
    ids, mask = batch["input_ids"], batch["attention_mask"]
    with pytest.raises(InputError, match="padding on the left"), attachment.steered(ROWS):
        logits(llama, ids, attention_mask=mask)
    plain = logits(llama, ids, attention_mask=mask)
    with attachment.steered([ROW, RowSteering(BIMODAL, None, LENGTHS[1]), None]), pytest.raises(InputError):
        logits(llama, ids, attention_mask=mask)
    with attachment.steered([ROW, None, None]):
        steered = logits(llama, ids, attention_mask=mask)
    assert torch.equal(steered[1:], plain[1:])
    assert not torch.equal(steered[0, LENGTH - 1], plain[0, LENGTH - 1])


def test_a_hole_in_the_mask_is_refused(llama: Any, attachment: Attachment) -> None:
    mask = torch.ones(1, LENGTH, dtype=torch.long)
    mask[0, 6] = 0
    with pytest.raises(InputError, match="hole"), attachment.steered([ROW]):
        logits(llama, prompts()[0], attention_mask=mask)


def test_dropout_is_refused_where_it_would_be_steered() -> None:
    model = built("llama")
    for attention in model.model.layers:
        attention.self_attn.attention_dropout = 0.5
    model.train()
    with attach(model) as attachment, attachment.steered([ROW]), pytest.raises(InputError, match="eval"):
        logits(model, prompts()[0])


def test_reading_needs_the_whole_prompt(llama: Any, attachment: Attachment) -> None:
    from transformers.cache_utils import DynamicCache

    ids, cache = prompts()[0], DynamicCache()
    logits(llama, ids[:, :9], past_key_values=cache, use_cache=True)
    with attachment.steered([ROW], read=True) as watch:
        logits(llama, ids[:, 9:], past_key_values=cache, use_cache=True)
    with pytest.raises(BackendError, match="did not pass whole"):
        watch.readings  # noqa: B018
    with attachment.steered([ROW]) as watch:
        pass
    with pytest.raises(BackendError, match="read=True"):
        watch.readings  # noqa: B018


def test_reading_a_batch_gives_each_row_its_own(llama: Any, attachment: Attachment) -> None:
    rows = [row(plan=None), RowSteering(BIMODAL, None, LENGTHS[1]), None]
    with attachment.steered(rows, read=True) as together:
        answered(llama, padded(prompts()))
    for number in (0, 1):
        with attachment.steered([rows[number]], read=True) as alone:
            answered(llama, {"input_ids": prompts()[number]}, use_cache=False)
        one, other = alone.readings[0], together.readings[number]
        assert one is not None
        assert other is not None
        assert one.modalities == other.modalities
        assert one.tokens == other.tokens
        for name in ("budgets", "masses", "hidden", "answer"):
            assert abs(getattr(one, name) - getattr(other, name)).max() < 1e-4, name
    assert together.readings[2] is None


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("gemma3", "sliding window"),
        ("mistral", "sliding window"),
        ("gemma2", "softcap"),
        ("gpt-oss", "sinks"),
        ("t5", "encoder-decoder"),
    ],
)
def test_a_model_that_cannot_be_steered_exactly_is_refused(name: str, says: str) -> None:
    model = built(name)
    before = model.config.get_text_config()._attn_implementation
    with pytest.raises(SettingsError, match=says):
        attach(model)
    assert model.config.get_text_config()._attn_implementation == before


def test_a_window_longer_than_any_text_is_none() -> None:
    model = built("phi4-multimodal")
    model.config.sliding_window = 4096
    with attach(model) as attachment, attachment.steered([ROW]):
        steered = logits(model, prompts()[0])
    assert not torch.equal(steered, logits(model, prompts()[0]))
    model.config.sliding_window = 16
    with pytest.raises(SettingsError, match="sliding window"):
        attach(model)


@pytest.mark.parametrize("kind", ["flash_attention_2", "flex_attention"])
def test_attention_that_does_not_show_its_rows_is_refused(kind: str) -> None:
    model = built("llama")
    model.config._attn_implementation_internal = kind
    with pytest.raises(SettingsError, match=kind):
        attach(model)


def test_a_model_is_attached_to_once(llama: Any, attachment: Attachment) -> None:
    with pytest.raises(SettingsError, match="steered already"):
        attach(llama)


def test_an_off_plan_beside_a_steered_row_is_bit_identical(llama: Any, attachment: Attachment) -> None:
    ids = torch.cat([prompts()[0], prompts()[0]])
    plain = logits(llama, ids)
    with attachment.steered([row(plan=OFF), ROW]):
        steered = logits(llama, ids)
    assert torch.equal(steered[0], plain[0])
    assert not torch.equal(steered[1], plain[1])
