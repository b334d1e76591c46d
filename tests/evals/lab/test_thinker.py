"""The tiny thinker's inputs, its quick towers, and answers from a kept prefix: each against the slow, plain way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from affectgraph.backends.steering import SteeringPlan
from affectgraph.evals.lab.clips import FRAMES, SIDE, Clips, draw_clips
from affectgraph.evals.lab.prompted import rig, spans_of
from affectgraph.evals.lab.thinker import ANSWER_IDS, layout, media_inputs, new_thinker, patches, positions
from affectgraph.evals.lab.towers import quicken

PLAN = SteeringPlan(heads=((0, 0), (1, 3), (3, 5)), strength=0.8, target={"video": 1.0, "text": 0.5})
SHOWN = [(0, 1, 2), (0, 1), (1, 2), (0,), (2,)]


@pytest.fixture(scope="module")
def clips() -> Clips:
    return draw_clips("dev", 6, 0)


@pytest.fixture(scope="module")
def thinker() -> Any:
    return new_thinker(0).eval()


def plain(model: Any, clips: Clips, present: tuple[int, ...]) -> Any:
    """Log-probabilities of the five answers by one whole forward pass of the class, which finds positions itself."""
    return plain_of(model, clips, layout(present))


def plain_of(model: Any, clips: Clips, where: Any) -> Any:
    ids = torch.from_numpy(where.ids(clips))
    with torch.no_grad():
        logits = model(input_ids=ids, attention_mask=torch.ones_like(ids), **media_inputs(clips, where)).logits
    return torch.log_softmax(logits[:, -1, list(ANSWER_IDS)], dim=-1).numpy()


@pytest.mark.parametrize("present", SHOWN)
def test_answers_from_a_kept_prefix_are_the_whole_prompts(thinker: Any, clips: Clips, present: tuple[int, ...]) -> None:
    expected = plain(thinker, clips, present)
    with rig(thinker) as machine:
        prompted = machine.read(clips, present)
        assert np.abs(prompted.answers() - expected).max() < 1e-5
        assert np.array_equal(prompted.answers(), prompted.answers())  # the cache is as it was
    assert np.array_equal(plain(thinker, clips, present), expected)


def test_steered_answers_from_a_kept_prefix_are_the_whole_prompts(thinker: Any, clips: Clips) -> None:
    from affectgraph.backends.transformers_steering import RowSteering

    where = layout()
    with rig(thinker) as machine:
        prompted = machine.read(clips)
        steered = prompted.answers(PLAN)
        rows = [RowSteering(spans_of(where), PLAN, where.length)] * len(clips)
        with machine.attachment.steered(rows):
            expected = plain(thinker, clips, (0, 1, 2))
        assert np.abs(steered - expected).max() < 1e-5
        assert np.abs(steered - prompted.answers()).max() > 1e-3


def test_budgets_of_steered_heads_land_on_target(thinker: Any, clips: Clips) -> None:
    with rig(thinker) as machine:
        prompted = machine.read(clips)
        plan = PLAN.model_copy(update={"strength": 1.0})
        before, after = prompted.readings()[0], prompted.readings(plan)[0]
    assert np.allclose(after.budgets[0, 0], [1 / 3, 0.0, 2 / 3], atol=1e-5)
    assert np.allclose(after.budgets[0, 1], before.budgets[0, 1], atol=1e-6)


@pytest.mark.parametrize("present", SHOWN)
def test_positions_are_the_classs_own_for_every_clip(thinker: Any, clips: Clips, present: tuple[int, ...]) -> None:
    where = layout(present)
    ids = torch.from_numpy(where.ids(clips))
    inputs = media_inputs(clips, where)
    expected, _ = thinker.get_rope_index(
        ids,
        video_grid_thw=inputs.get("video_grid_thw"),
        attention_mask=torch.ones_like(ids),
        audio_seqlens=torch.full((len(clips),), 64) if 1 in present else None,
        second_per_grids=inputs.get("video_second_per_grid"),
    )
    assert torch.equal(positions(thinker, where).expand(-1, len(clips), -1), expected)


def towers(model: Any, clips: Clips) -> list[torch.Tensor]:
    """Features of both towers, with attention sharpened: random weights attend evenly, which would hide a mistake."""
    inputs = media_inputs(clips, layout())
    for name, weight in model.named_parameters():
        if ".layers." in name or ".blocks." in name:
            weight.data *= 6.0
    video = model.get_video_features(inputs["pixel_values_videos"], inputs["video_grid_thw"])
    audio = model.get_audio_features(inputs["input_features"], inputs["feature_attention_mask"])
    return [torch.cat(list(video.pooler_output)), audio.last_hidden_state]


def test_quick_towers_give_the_features_and_gradients_of_the_slow_ones(clips: Clips) -> None:
    slow, quick = new_thinker(1).train(), quicken(new_thinker(1)).train()
    for expected, found in zip(towers(slow, clips), towers(quick, clips), strict=True):
        assert expected.std() > 0.01
        assert (found - expected).abs().max() < 1e-4 * expected.std()
        expected.square().sum().backward()
        found.square().sum().backward()
    for name in ("visual.blocks.1.attn.q.weight", "audio_tower.layers.0.self_attn.q_proj.weight"):
        one, other = (model.model.get_parameter(name).grad for model in (slow, quick))
        assert one.abs().max() > 1e-3
        assert (one - other).abs().max() < 1e-3 * one.abs().max()


def test_a_patch_holds_the_pixels_of_two_frames_in_order() -> None:
    frames = np.zeros((1, FRAMES, SIDE, SIDE, 3), dtype=np.uint8)
    frames[0, 3, 12, 0, 2] = 255  # second pair of frames, its second frame, second row of patches, first column, blue
    found = (patches(frames).reshape(-1, 3, 2, 12, 12) + 1) / 2
    assert np.argwhere(found).tolist() == [[1 * 4 + 1 * 2 + 0, 2, 1, 0, 0]]


def test_a_thinned_clip_has_fewer_video_tokens_over_the_same_time(thinker: Any, clips: Clips) -> None:
    few = clips.thinned([1, 3])
    where = layout(frames=few.frames.shape[1])
    assert len(spans_of(where).positions("video")) == 8
    assert np.array_equal(few.frames[:, 2:], clips.frames[:, 6:])
    expected = plain_of(thinker, few, where)
    with rig(thinker) as machine:
        assert np.abs(machine.read(few).answers() - expected).max() < 1e-5
    whole = positions(thinker, layout())[0, 0, 1:17]
    assert positions(thinker, where)[0, 0, 1:9].max() == whole.max() - 2  # two pairs start at 0 s and 2 s, four at 3 s


@pytest.mark.parametrize("frames", [0, 3])
def test_frames_come_in_pairs(frames: int) -> None:
    with pytest.raises(ValueError, match="expected pairs"):
        layout(frames=frames)


def test_spans_cover_what_is_present_and_no_marker() -> None:
    spans = spans_of(layout((0, 2)))
    assert spans.modalities == ("text", "video")
    assert (len(spans.positions("text")), len(spans.positions("video"))) == (7, 16)
    assert spans.positions("video")[0] == 1  # after the marker


@pytest.mark.parametrize("present", [(), (3,)])
def test_no_modality_and_an_unknown_one_are_refused(present: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected some of 0"):
        layout(present)
