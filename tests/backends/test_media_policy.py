"""Which frames a policy takes, and where blankness and silence begin."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from affectgraph.backends.media_missing import BLANK_SPREAD, SILENT_DBFS, blankness, loudest_dbfs
from affectgraph.backends.media_policy import (
    FramePolicy,
    SceneFrames,
    TokenBudgetFrames,
    UniformFrames,
    evenly,
    policy_from_json,
    scenes,
)

TIMES = st.floats(0, 600, allow_nan=False)


@given(TIMES, st.floats(0.001, 600), st.integers(1, 300))
def test_even_times_lie_inside_ascend_and_keep_their_distance(start: float, span: float, count: int) -> None:
    times = evenly(start, start + span, count)
    assert len(times) == count
    assert start < times[0]
    assert times[-1] < start + span
    assert np.allclose(np.diff(times), span / count, atol=1e-9 * (start + span))


@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_a_budget_of_tokens_is_never_exceeded_and_never_left_for_another_frame(tokens: int, each: int) -> None:
    if tokens < each:
        with pytest.raises(ValidationError, match="holds no frame"):
            TokenBudgetFrames(tokens=tokens, tokens_per_frame=each)
        return
    most = TokenBudgetFrames(tokens=tokens, tokens_per_frame=each).most
    assert most * each <= tokens < (most + 1) * each


def looks_of(levels: list[float]) -> Any:
    return np.array([np.full((4, 4), level) for level in levels])


def test_the_middle_of_each_scene_is_taken() -> None:
    looks = looks_of([0.1] * 3 + [0.9] * 5 + [0.4] * 1)
    times = [number / 8 for number in range(9)]
    assert scenes(looks, times, SceneFrames()) == [1 / 8, 5 / 8, 1.0]
    assert scenes(looks, times, SceneFrames(count=2)) == [1 / 8, 5 / 8]  # the longest
    assert scenes(looks, times, SceneFrames(change=0.85)) == [4 / 8]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60), st.integers(1, 20))
def test_scenes_are_distinct_ascending_times_of_looks(levels: list[float], count: int) -> None:
    times = [number / 8 for number in range(len(levels))]
    found = scenes(looks_of(levels), times, SceneFrames(count=count))
    assert 1 <= len(found) <= count
    assert found == sorted(set(found))
    assert set(found) <= set(times)


@pytest.mark.parametrize(
    "policy",
    [UniformFrames(count=3), SceneFrames(change=0.2, side=64), TokenBudgetFrames(tokens=100, tokens_per_frame=9)],
)
def test_a_policy_goes_through_json(policy: FramePolicy) -> None:
    assert policy_from_json(policy.model_dump_json()) == policy


@pytest.mark.parametrize("values", [{"count": 0}, {"side": 8}, {"side": 10_000}, {"more": 1}])
def test_a_policy_that_makes_no_sense_is_refused(values: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        UniformFrames.model_validate(values)


@given(st.floats(0.001, 1), st.integers(1, 20))
def test_the_loudest_window_counts_however_long_the_silence(level: float, windows: int) -> None:
    square = np.tile(np.array([level, -level], np.float32), 400)  # 50 ms at 16 kHz
    samples = np.concatenate([np.zeros(800 * windows, np.float32), square])
    assert loudest_dbfs(samples, 16_000) == pytest.approx(20 * np.log10(level), abs=1e-3)


@given(st.floats(-1, 1, width=32), st.integers(0, 2_000))
def test_a_constant_is_no_sound(offset: float, size: int) -> None:
    assert loudest_dbfs(np.full(size, offset, np.float32), 16_000) < SILENT_DBFS


@given(st.integers(0, 255), st.integers(1, 70), st.integers(1, 70))
def test_one_colour_is_blank_in_any_size(level: int, height: int, width: int) -> None:
    frame = np.full((height, width, 3), level, np.uint8)
    assert blankness([frame, frame]) == ("black" if level < 32 else "blank")


@given(st.integers(0, 200), st.integers(2, 70), st.integers(2, 70), st.data())
def test_a_patch_of_a_sixteenth_of_a_side_is_a_picture(level: int, height: int, width: int, data: Any) -> None:
    frame = np.full((height, width, 3), level, np.uint8)
    tall, wide = -(-height // 16), -(-width // 16)
    top, left = data.draw(st.integers(0, height - tall)), data.draw(st.integers(0, width - wide))
    frame[top : top + tall, left : left + wide] += 50
    blank = np.full((height, width, 3), level, np.uint8)
    assert blankness([blank, frame]) is None


def test_the_spread_that_is_blank_ends_where_it_says() -> None:
    half = np.zeros((32, 32, 3), np.uint8)
    half[:, 16:] = int(BLANK_SPREAD) - 1
    assert blankness([half]) == "black"
    half[:, 16:] = int(BLANK_SPREAD)
    assert blankness([half]) is None
