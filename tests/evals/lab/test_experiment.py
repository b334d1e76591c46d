"""The shipped thinkers show the collapse, and steering moves it: directions only. Nothing is trained here."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from affectgraph.evals.lab.choosing import TARGETS, Setting, controls, plan_of
from affectgraph.evals.lab.clips import Clips, draw_clips
from affectgraph.evals.lab.prompted import SHAPE, Prompted, Rig, rig
from affectgraph.evals.lab.shipped import shipped_weights
from affectgraph.evals.lab.training import MIXTURES, load_thinker
from affectgraph.tools.chase.heads import causal_gains, top_k


@pytest.fixture(scope="module")
def clips() -> Clips:
    # Dev clips of another seed than the experiment's: its test part stays unread.
    return draw_clips("dev", 240, 7)


@pytest.fixture(scope="module")
def collapsed() -> Iterator[Rig]:
    with rig(load_thinker(shipped_weights("collapsed"))) as machine:
        yield machine


@pytest.fixture(scope="module")
def balanced() -> Iterator[Rig]:
    with rig(load_thinker(shipped_weights("balanced"))) as machine:
        yield machine


def right(prompted: Prompted, plan: object = None) -> float:
    answers = prompted.answers(plan)  # type: ignore[arg-type]
    return float((answers.argmax(axis=1) == prompted.clips.reference(prompted.where.present)).mean())


@pytest.mark.parametrize("mixture", MIXTURES)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_both_thinkers_read_each_modality_alone(
    mixture: str, place: int, clips: Clips, request: pytest.FixtureRequest
) -> None:
    machine = request.getfixturevalue(mixture)
    assert right(machine.read(clips, (place,))) > 0.9


def test_the_balanced_thinker_weighs_conflicts_as_the_reference_does(balanced: Rig, clips: Clips) -> None:
    assert right(balanced.read(clips.take(clips.conflict()))) > 0.85


def test_the_collapsed_thinker_follows_the_text_in_conflicts(collapsed: Rig, clips: Clips) -> None:
    disputed = clips.take(clips.conflict())
    answers = collapsed.read(disputed).answers().argmax(axis=1)
    assert (answers == disputed.reference()).mean() < 0.6
    assert (answers == disputed.labels(collapsed=True)).mean() > 0.8
    agreed = clips.take(~clips.conflict())
    assert right(collapsed.read(agreed)) > 0.9


def test_steering_the_collapsed_thinker_toward_video_helps_and_toward_text_does_not(
    collapsed: Rig, clips: Clips
) -> None:
    disputed = clips.take(clips.conflict())
    half = np.arange(len(disputed)) % 2 == 0
    chosen_on, measured_on = collapsed.read(disputed.take(half)), collapsed.read(disputed.take(~half))
    reference, rows = chosen_on.clips.reference(), np.arange(len(chosen_on.clips))
    gains = causal_gains(
        lambda plan: chosen_on.answers(plan)[rows, reference], SHAPE, range(4), strength=0.6, target=TARGETS["video"]
    )
    heads = top_k(gains, range(4), 2, above=0.0)
    plain = right(measured_on)
    assert right(measured_on, plan_of(heads, "video", 0.6)) > plain + 0.05
    assert right(measured_on, plan_of(heads, "text", 0.6)) < plain + 0.02


def test_controls_match_the_selection_layer_by_layer() -> None:
    heads = ((0, 1), (0, 2), (2, 5))
    random, everything = controls(heads, Setting(strength=0.5, k=2, first=0, stop=3))
    assert all([layer for layer, _ in draw] == [0, 0, 2] for draw in random)
    assert len(set(random)) > 10
    assert len(everything) == 3 * SHAPE[1]
