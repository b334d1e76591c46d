"""Overlays: only borders and numbers are drawn, numbers lie in their regions and can be read on any background."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import distance_transform_edt
from skimage import data

from affectgraph.tools import scaffold_overlay
from affectgraph.tools.region_facts import measured
from affectgraph.tools.scaffold import Scaffold, scaffold
from affectgraph.tools.scaffold_overlay import Mark, marks, overlay
from tests.tools.test_scaffold import noise, picture, pictures, quadrants

PHOTOGRAPHS = ["astronaut", "coffee", "chelsea", "rocket"]
GROUNDS = ["white", "black", "#808080", "#ff0000"]


def luminance(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Relative luminance as in WCAG 2."""
    share = pixels / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ [0.2126, 0.7152, 0.0722])


def within(mark: Mark, size: tuple[int, int], reach: float) -> NDArray[np.bool_]:
    y, x = np.mgrid[: size[1], : size[0]]
    return np.asarray(np.hypot(x + 0.5 - mark.x, y + 0.5 - mark.y) <= reach)


def at_full_size(found: Scaffold) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(found.decode()).resize((found.width, found.height), Image.Resampling.NEAREST))


@pytest.mark.parametrize("image", [quadrants(400, 300), quadrants(1500, 1400), picture(data.coffee())])
def test_only_borders_and_numbers_are_drawn(image: Image.Image) -> None:
    found = scaffold(image)
    changed = (np.asarray(image) != np.asarray(overlay(image, found))).any(axis=2)
    labels = at_full_size(found)
    inner = np.ones(labels.shape, dtype=bool)
    inner[:, 1:] &= labels[:, 1:] == labels[:, :-1]
    inner[1:] &= labels[1:] == labels[:-1]
    # Rounding the stairs moves a line by a few pixels of the map.
    allowed = distance_transform_edt(inner) <= 3 + 5 * max(1, image.width / 512)
    for mark in marks(found):
        allowed |= within(mark, image.size, mark.radius + 1.5)
    assert not (changed & ~allowed).any()
    assert changed.mean() > 0.01


def test_borders_are_light_and_dark_at_once_so_that_they_show_on_any_colour() -> None:
    for colours in (("white", "#f0f0f0"), ("black", "#101010"), ("#808080", "#909090")):
        image = Image.new("RGB", (400, 400), colours[0])
        image.paste(colours[1], (0, 0, 200, 400))
        found = scaffold(image)
        across = luminance(np.asarray(overlay(image, found))[20, 190:210])
        assert len(found.regions) == 2
        assert (across.max() + 0.05) / (across.min() + 0.05) > 4.5


@pytest.mark.parametrize("background", [*(Image.new("RGB", (600, 400), colour) for colour in GROUNDS), noise(300, 300)])
def test_digits_stand_out_from_their_disc_on_any_background(background: Image.Image) -> None:
    found = scaffold(background)
    drawn = np.asarray(overlay(background, found))
    for mark in marks(found):
        disc = luminance(drawn[within(mark, background.size, 0.75 * mark.radius)])
        assert (disc.max() + 0.05) / (disc.min() + 0.05) >= 4.5
        # Neither all ink nor all disc: there is a digit.
        assert 0.05 < np.mean(disc > 0.5) < 0.6


@pytest.mark.parametrize("background", GROUNDS)
def test_a_disc_stands_out_from_any_background(background: str) -> None:
    image = Image.new("RGB", (600, 400), background)
    found = scaffold(image)
    (mark,) = marks(found)
    rim = np.asarray(overlay(image, found))[int(mark.y), : int(mark.x)]
    around = luminance(np.concatenate([rim[: int(mark.x - mark.radius) - 3], rim[int(mark.x - mark.radius) :]]))
    ground = luminance(np.asarray(image)[0, 0])
    assert max((max(a, ground) + 0.05) / (min(a, ground) + 0.05) for a in around) > 4.5


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_the_disc_of_a_large_region_lies_inside_it(name: str) -> None:
    image = picture(getattr(data, name)())
    found = scaffold(image)
    labels = at_full_size(found)
    for number, (region, mark) in enumerate(zip(found.regions, marks(found), strict=True)):
        assert mark.id == region.id
        assert labels[int(mark.y), int(mark.x)] == number
        if region.area > 0.05:
            assert set(labels[within(mark, image.size, mark.radius)]) == {number}


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_numbers_do_not_overlap(name: str) -> None:
    for most in (8, 16):
        found = marks(scaffold(picture(getattr(data, name)()), most=most))
        for one, other in itertools.combinations(found, 2):
            assert math.dist((one.x, one.y), (other.x, other.y)) > one.radius + other.radius


def test_a_number_is_in_the_middle_of_its_region_away_from_borders_and_edges_of_the_picture() -> None:
    for mark, (x, y) in zip(
        marks(scaffold(quadrants(400, 300))), itertools.product((75, 225), (100, 300)), strict=True
    ):
        assert (mark.x, mark.y) == pytest.approx((y, x), abs=8)


def test_a_ring_has_its_number_on_the_ring_and_not_in_its_hole() -> None:
    image = Image.new("RGB", (300, 300), "#eeeeee")
    image.paste("#202090", (60, 60, 240, 240))
    found = scaffold(image)
    ring = marks(found)[0 if found.decode()[0, 0] == 0 else 1]
    assert found.region_at(ring.x / 300, ring.y / 300).id == ring.id
    assert not (60 - ring.radius < ring.x < 240 + ring.radius and 60 - ring.radius < ring.y < 240 + ring.radius)


def by_hand(labels: NDArray[np.int_]) -> Scaffold:
    """A scaffold of regions smaller than `scaffold` would leave."""
    pixels = np.repeat((labels * 20).astype(np.uint8)[..., None], 3, axis=2)
    regions, whole = measured(pixels, np.zeros(pixels.shape, dtype=np.float32), labels)
    runs = "".join(f"{chr(ord('a') + label)}1" for label in labels.ravel())
    height, width = labels.shape
    size = {"width": width, "height": height, "map_width": width, "map_height": height}
    return Scaffold(runs=runs, regions=regions, whole=whole, **size)


def test_tiny_regions_side_by_side_get_numbers_apart_with_a_line_to_each(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.zeros((300, 300), dtype=int)
    for number in range(1, 9):
        row, column = divmod(number - 1, 4)
        labels[150 + 5 * row : 155 + 5 * row, 140 + 5 * column : 145 + 5 * column] = number
    found = by_hand(labels)
    placed = marks(found)
    for one, other in itertools.combinations(placed, 2):
        assert math.dist((one.x, one.y), (other.x, other.y)) > one.radius + other.radius
    led = [mark for mark in placed if mark.anchor != (mark.x, mark.y)]
    assert len(led) >= 6
    for mark in led:
        assert labels[int(mark.anchor[1]), int(mark.anchor[0])] == int(mark.id[1:]) - 1
        assert math.dist(mark.anchor, (mark.x, mark.y)) < 60
    image = Image.new("RGB", (300, 300), "#808080")
    with_lines = np.asarray(overlay(image, found))
    monkeypatch.setattr(scaffold_overlay, "_draw_leader", lambda picture, mark: None)
    lines = (with_lines != np.asarray(overlay(image, found))).any(axis=2)
    assert lines.sum() > 3 * len(led)
    assert not any((lines & within(mark, image.size, 0.8 * mark.radius)).any() for mark in placed)


def test_where_there_is_no_room_numbers_may_overlap_but_every_region_has_one() -> None:
    labels = np.arange(16).reshape(4, 4).repeat(5, axis=0).repeat(5, axis=1)
    assert [mark.id for mark in marks(by_hand(labels))] == [f"r{number}" for number in range(1, 17)]


@given(pictures())
@settings(deadline=None, max_examples=60)
def test_any_picture_keeps_its_size_and_every_disc_is_on_it(image: Image.Image) -> None:
    found = scaffold(image)
    assert overlay(image, found).size == image.size
    for mark in marks(found):
        assert mark.radius - 1e-6 <= mark.x <= image.width - mark.radius + 1e-6
        assert mark.radius - 1e-6 <= mark.y <= image.height - mark.radius + 1e-6


@pytest.mark.parametrize("size", [(1, 1), (11, 400), (3000, 2)])
def test_a_picture_too_small_for_numbers_has_none(size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, "white")
    assert marks(scaffold(image)) == ()
    assert overlay(image, scaffold(image)).tobytes() == image.tobytes()


def test_the_same_picture_gives_the_same_overlay_and_is_not_drawn_on() -> None:
    image = picture(data.chelsea())
    before = image.tobytes()
    found = scaffold(image)
    assert overlay(image, found).tobytes() == overlay(image, found).tobytes()
    assert image.tobytes() == before


def test_the_scaffold_of_another_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="of a picture of 40 x 30 pixels, this one has 30 x 40"):
        overlay(Image.new("RGB", (30, 40)), scaffold(Image.new("RGB", (40, 30))))
