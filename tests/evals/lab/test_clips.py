"""Drawn clips: scores, references, conflicts, parts, and what is drawn."""

from __future__ import annotations

import numpy as np
import pytest

from affectgraph.evals.lab.clips import ANSWERS, BAD, GOOD, PARTS, REFERENCE, Clips, draw_clips
from affectgraph.tools.sentiment import in_conflict, level

MODALITIES = ("text", "audio", "video")


@pytest.fixture(scope="module")
def clips() -> Clips:
    return draw_clips("dev", 150, 3)


def test_the_same_call_draws_the_same_clips_and_another_seed_others() -> None:
    one, again, other = (draw_clips("dev", 5, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.frames, again.frames)
    assert np.array_equal(one.mel, again.mel)
    assert not np.array_equal(one.frames, other.frames)


def test_parts_share_no_source() -> None:
    seen = {part: set(draw_clips(part, 40, 0).sources.tolist()) for part in PARTS}
    assert not seen["train"] & seen["dev"]
    assert not seen["test"] & (seen["train"] | seen["dev"])
    assert all(sources <= set(PARTS[part]) for part, sources in seen.items())


def test_reference_and_conflict_are_emomms(clips: Clips) -> None:
    for scores, reference, conflict in zip(clips.scores, clips.reference(), clips.conflict(), strict=True):
        whole = float(scores @ REFERENCE)
        assert ANSWERS[reference] == level(whole)
        assert conflict == in_conflict(whole, dict(zip(MODALITIES, scores, strict=True)), MODALITIES)


def test_a_single_modality_is_its_own_reference_and_never_in_conflict(clips: Clips) -> None:
    for place in range(3):
        assert [ANSWERS[answer] for answer in clips.reference((place,))] == [level(s) for s in clips.scores[:, place]]
        assert not clips.conflict((place,)).any()


def test_only_conflicts_are_labelled_text_heavy(clips: Clips) -> None:
    balanced, collapsed = clips.labels(False), clips.labels(True)
    assert np.array_equal(balanced, clips.reference())
    apart = balanced != collapsed
    assert apart.any()
    assert clips.conflict()[apart].all()


def test_polar_words_add_up_to_the_text_score(clips: Clips) -> None:
    good = (clips.words < len(GOOD)).sum(axis=1)
    bad = ((clips.words >= len(GOOD)) & (clips.words < len(GOOD) + len(BAD))).sum(axis=1)
    assert np.array_equal(good - bad, clips.scores[:, 0] * 2)


def test_the_tone_rises_with_its_score(clips: Clips) -> None:
    loudest = clips.mel.argmax(axis=1)
    rise = loudest[:, -8:].mean(axis=1) - loudest[:, :8].mean(axis=1)
    assert np.corrcoef(rise, clips.scores[:, 1])[0, 1] > 0.8


def test_the_corners_of_the_mouth_rise_with_the_face_score(clips: Clips) -> None:
    # In the last frame the dark pixels of a smile's corners lie above those of its middle.
    mouth = 255.0 - clips.frames[:, -1, 13:22, :, 0]
    rows = np.arange(mouth.shape[1])[None, :, None]

    def height(columns: slice) -> np.ndarray:
        ink = np.maximum(mouth[:, :, columns] - mouth[:, :, columns].mean(axis=1, keepdims=True), 0)
        return (ink * rows).sum(axis=(1, 2)) / ink.sum(axis=(1, 2))

    bend = height(slice(11, 13)) - (height(slice(7, 9)) + height(slice(15, 17))) / 2
    assert np.corrcoef(bend, clips.scores[:, 2])[0, 1] > 0.8


@pytest.mark.parametrize(("part", "number"), [("all", 3), ("dev", 0)])
def test_an_unknown_part_and_no_clips_are_refused(part: str, number: int) -> None:
    with pytest.raises(ValueError, match="expected one of"):
        draw_clips(part, number, 0)  # type: ignore[arg-type]
