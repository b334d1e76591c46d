"""Scaffolds: every pixel in one contiguous region, few regions, stable ids, a compact value that refuses lies."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from pydantic import ValidationError
from skimage import data
from skimage.measure import label

from affectgraph.tools.region_words import COLOURS, POSITIONS
from affectgraph.tools.scaffold import MOST_REGIONS, Scaffold, scaffold

QUADRANTS = {"upper left": "ff0000", "upper right": "0000ff", "lower left": "ffff00", "lower right": "008000"}


def picture(pixels: NDArray[np.uint8]) -> Image.Image:
    return Image.fromarray(pixels)


def quadrants(width: int, height: int) -> Image.Image:
    pixels = np.zeros((height, width, 3), dtype=np.uint8)
    rows, columns = (
        (slice(None, height // 2), slice(height // 2, None)),
        (slice(None, width // 2), slice(width // 2, None)),
    )
    for name, colour in QUADRANTS.items():
        row, column = rows["lower" in name], columns["right" in name]
        pixels[row, column] = list(bytes.fromhex(colour))
    return picture(pixels)


def checkerboard(side: int, square: int) -> Image.Image:
    rows, columns = np.mgrid[:side, :side] // square
    return picture(np.repeat(((rows + columns) % 2 * 255).astype(np.uint8)[..., None], 3, axis=2))


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    return picture(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


@st.composite
def pictures(draw: st.DrawFn) -> Image.Image:
    """Small pictures of a few colours in blocks: regions, stairs, corners that touch, noise."""
    height, width = draw(st.integers(1, 24)), draw(st.integers(1, 24))
    palette = draw(st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=1, max_size=5))
    chosen = draw(st.lists(st.integers(0, len(palette) - 1), min_size=height * width, max_size=height * width))
    pixels = np.asarray(palette, dtype=np.uint8)[np.asarray(chosen).reshape(height, width)]
    return picture(np.kron(pixels, np.ones((draw(st.integers(1, 4)), draw(st.integers(1, 4)), 1), dtype=np.uint8)))


def check(found: Scaffold, most: int) -> None:
    labels = found.decode().astype(int)
    assert labels.shape == (found.map_height, found.map_width)
    assert 1 <= len(found.regions) <= most
    # Partition: each pixel has one label, each label its pixels; contiguous: as many parts as labels.
    areas = np.bincount(labels.ravel(), minlength=len(found.regions))
    assert areas.min() > 0
    assert label(labels, background=-1, connectivity=1).max() == len(found.regions)
    assert [region.id for region in found.regions] == [f"r{number + 1}" for number in range(len(areas))]
    assert sorted(areas, reverse=True) == list(areas)
    for number, region in enumerate(found.regions):
        assert region.area == areas[number] / labels.size
        check_place(found, labels, number)
        assert region.position in POSITIONS
        assert region.facts.colour in COLOURS
        for neighbour in region.neighbours:
            assert region.id in found.region(neighbour).neighbours
    assert sum(region.area for region in found.regions) == pytest.approx(1)


def check_place(found: Scaffold, labels: NDArray[np.int_], number: int) -> None:
    region = found.regions[number]
    rows, columns = np.nonzero(labels == number)
    left, top, right, bottom = region.bbox
    assert (left, right) == (
        round(columns.min() / found.map_width, 4),
        round((columns.max() + 1) / found.map_width, 4),
    )
    assert (top, bottom) == (round(rows.min() / found.map_height, 4), round((rows.max() + 1) / found.map_height, 4))
    assert left <= region.centroid[0] <= right
    assert top <= region.centroid[1] <= bottom


@given(pictures(), st.integers(1, 9))
@settings(deadline=None, max_examples=150)
def test_every_pixel_is_in_one_contiguous_region_of_few_and_ids_go_by_area(image: Image.Image, most: int) -> None:
    check(scaffold(image, most=most), most)


@given(pictures())
@settings(deadline=None, max_examples=60)
def test_the_same_picture_gives_the_same_scaffold_and_json_keeps_all_of_it(image: Image.Image) -> None:
    found = scaffold(image)
    assert scaffold(image.copy()) == found
    again = Scaffold.model_validate_json(found.model_dump_json())
    assert again == found
    assert np.array_equal(again.decode(), found.decode())


@given(pictures())
@settings(deadline=None, max_examples=60)
def test_two_regions_are_neighbours_where_they_share_a_side_of_a_pixel(image: Image.Image) -> None:
    found = scaffold(image)
    labels = found.decode()
    touching = set()
    for one, other in ((labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])):
        touching |= {(f"r{a + 1}", f"r{b + 1}") for a, b in zip(one.ravel(), other.ravel(), strict=True) if a != b}
    said = {(region.id, neighbour) for region in found.regions for neighbour in region.neighbours}
    assert said == touching | {(b, a) for a, b in touching}


@pytest.mark.parametrize(
    "image",
    [
        Image.new("RGB", (1, 1), "red"),
        Image.new("RGB", (700, 300), "grey"),
        noise(3000, 1),
        noise(1, 3000),
        noise(700, 3),
        noise(2, 2),
        noise(4, 4),
        noise(300, 300),
        noise(600, 500),
        checkerboard(256, 1),
        checkerboard(512, 1),
        checkerboard(512, 2),
        checkerboard(300, 2),
        checkerboard(400, 16),
    ],
    ids=lambda image: f"{image.width}x{image.height}",
)
def test_odd_pictures_have_at_least_one_region_and_at_most_as_many_as_allowed(image: Image.Image) -> None:
    found = scaffold(image)
    check(found, 8)
    assert scaffold(image) == found


@pytest.mark.parametrize("size", [(1, 1), (7, 300), (900, 20), (2000, 1)])
def test_one_colour_is_one_region(size: tuple[int, int]) -> None:
    found = scaffold(Image.new("RGB", size, "#336699"))
    assert found.ids == ("r1",)
    assert found.regions[0].facts.colour_hex == "#336699"
    assert found.regions[0].facts == found.whole
    assert found.regions[0].position == "centre"


@pytest.mark.parametrize("size", [(40, 40), (200, 100), (300, 300), (512, 384), (1024, 768), (2000, 4000)])
def test_four_coloured_quadrants_are_exactly_these_four_regions(size: tuple[int, int]) -> None:
    found = scaffold(quadrants(*size))
    assert [(region.position, region.facts.colour_hex[1:]) for region in found.regions] == list(QUADRANTS.items())
    assert [region.facts.colour for region in found.regions] == ["red", "blue", "yellow", "green"]
    assert [region.neighbours for region in found.regions] == [("r2", "r3"), ("r1", "r4"), ("r1", "r4"), ("r2", "r3")]
    assert {region.area for region in found.regions} == {0.25}
    assert found.regions[3].bbox == (0.5, 0.5, 1, 1)
    assert found.regions[0].centroid == (0.25, 0.25)


def test_borders_follow_the_edges_of_the_full_map_and_not_the_copy_on_which_pieces_are_found() -> None:
    rows, columns = np.mgrid[:512, :512]
    inside = np.hypot(rows - 250, columns - 261) < 101
    found = scaffold(picture(np.where(inside[..., None], np.uint8([200, 40, 40]), np.uint8([40, 40, 200]))))
    assert found.ids == ("r1", "r2")
    assert np.mean((found.decode() == 1) != inside) < 0.0005


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea", "rocket"])
def test_a_photograph_has_eight_large_regions_on_a_map_of_at_most_512_pixels(name: str) -> None:
    image = picture(getattr(data, name)())
    found = scaffold(image)
    check(found, 8)
    assert len(found.regions) == 8
    assert min(region.area for region in found.regions) > 0.003
    assert max(found.map_width, found.map_height) == min(512, max(image.size))
    assert (found.width, found.height) == image.size
    assert len(found.model_dump_json()) < 20_000


def test_fewer_regions_come_from_merging_those_of_more() -> None:
    image = picture(data.coffee())
    few, many = scaffold(image, most=3), scaffold(image, most=8)
    assert (len(few.regions), len(many.regions)) == (3, 8)
    for number in range(8):  # borders move by a pixel or two
        held = np.bincount(few.decode()[many.decode() == number])
        assert held.max() / held.sum() > 0.9


def test_of_two_patches_alike_the_one_with_the_longer_border_is_merged_first() -> None:
    image = Image.new("RGB", (200, 200), "#dddddd")
    image.paste("#2040a0", (20, 20, 120, 30))
    image.paste("#2040a0", (60, 100, 90, 130))
    assert len(scaffold(image).regions) == 3
    assert scaffold(image, most=2).region("r2").bbox == (0.3, 0.5, 0.45, 0.65)


def test_of_two_patches_alike_in_shape_the_one_nearer_in_colour_is_merged_first() -> None:
    image = Image.new("RGB", (200, 200), "#dddddd")
    image.paste("#aaaaaa", (20, 20, 60, 60))
    image.paste("#c03030", (120, 120, 158, 158))
    assert len(scaffold(image).regions) == 3
    assert scaffold(image, most=2).region("r2").facts.colour_hex == "#c03030"


@pytest.mark.parametrize("most", [0, -1, MOST_REGIONS + 1])
def test_a_number_of_regions_out_of_range_is_refused(most: int) -> None:
    with pytest.raises(ValueError, match=f"1 to 26 regions, not {most}"):
        scaffold(Image.new("RGB", (4, 4)), most=most)


def test_grey_and_palette_pictures_are_read_as_their_colours() -> None:
    image = quadrants(60, 60)
    assert scaffold(image.convert("P", palette=Image.Palette.ADAPTIVE)) == scaffold(image)
    assert scaffold(image.convert("L")).whole.saturation == 0


def test_a_point_belongs_to_the_region_it_lies_in() -> None:
    found = scaffold(quadrants(100, 100))
    assert [found.region_at(x, y).id for x, y in [(0, 0), (0.9, 0.1), (0.1, 0.9), (1, 1)]] == ["r1", "r2", "r3", "r4"]


def test_an_unknown_region_names_those_there_are() -> None:
    with pytest.raises(KeyError, match="no region 'r5'; there are r1, r2, r3, r4"):
        scaffold(quadrants(100, 100)).region("r5")


@pytest.mark.parametrize(
    ("runs", "message"),
    [
        ("", "not a run-length code"),
        ("a2500b", "not a run-length code"),
        ("a0b10000", "not a run-length code"),
        ("a9999999999999", "not a run-length code"),
        ("a1b1c1d1", "does not fill a map of 100 x 100"),
        ("a9999999" * 9, "does not fill"),
        ("a9997b1c1e1", "does not name each of the 4 regions"),
        ("a9999b1", "does not name each of the 4 regions"),
    ],
)
def test_runs_that_are_no_map_of_the_regions_are_refused(runs: str, message: str) -> None:
    kept = scaffold(quadrants(100, 100)).model_dump()
    with pytest.raises(ValidationError, match=message):
        Scaffold.model_validate(kept | {"runs": runs})


def test_regions_out_of_order_are_refused() -> None:
    kept = scaffold(quadrants(100, 100)).model_dump()
    with pytest.raises(ValidationError, match="in order: r4, r3, r2, r1"):
        Scaffold.model_validate(kept | {"regions": kept["regions"][::-1]})


def test_the_map_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        scaffold(quadrants(100, 100)).decode()[0, 0] = 1
