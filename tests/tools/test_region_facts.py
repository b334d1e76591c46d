"""Facts of regions: computed values on pictures whose answer is known, and lines that hold no emotion word."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage import data

from affectgraph.tools.emotions import TAXONOMIES
from affectgraph.tools.region_facts import Facts, Region, colour_name
from affectgraph.tools.region_words import COLOURS, POSITIONS, facts_text, picture_text
from affectgraph.tools.scaffold import scaffold
from tests.tools.test_scaffold import checkerboard, picture, pictures

# Labels of the benchmarks on images that `TAXONOMIES` may not hold yet (Mikels, Plutchik), and common moods.
MORE_EN = (
    "amusement|awe|contentment|excitement|joy|surprise|anger|disgust|fear|sadness|trust|anticipation|serenity|calm|"
    "happy|sad|gloomy|cheerful|tense|peaceful|lonely|cosy|hopeful|warm-hearted|threatening|dramatic"
)
MORE_ZH = "愉快|敬畏|满足|兴奋|喜悦|惊讶|愤怒|厌恶|恐惧|悲伤|信任|期待|宁静|平静|快乐|忧郁|紧张|孤独|温馨|阴郁|压抑"


def whole(colour: str) -> Facts:
    return scaffold(Image.new("RGB", (20, 20), colour)).whole


@given(pictures())
@settings(deadline=None, max_examples=60)
def test_measures_are_in_their_ranges_and_the_whole_is_the_mean_of_its_regions(image: Image.Image) -> None:
    found = scaffold(image)
    for name in ("saturation", "brightness", "warm", "cool"):
        parts = [(getattr(region.facts, name), region.area) for region in found.regions]
        assert all(0 <= value <= 1 for value, _ in parts)
        assert getattr(found.whole, name) == pytest.approx(sum(value * area for value, area in parts), abs=2e-4)
    for facts in (found.whole, *(region.facts for region in found.regions)):
        assert 0 <= facts.contrast <= 50
        assert 0 <= facts.edges <= 1
        assert facts.warm + facts.cool <= 1


@pytest.mark.parametrize(
    ("colour", "saturation", "brightness", "warm", "cool"),
    [
        ("black", 0, 0, 0, 0),
        ("white", 0, 1, 0, 0),
        ("#777777", 0, 0.5, 0, 0),
        ("#ff0000", 1, 0.532, 1, 0),
        ("#ffa500", 1, 0.749, 1, 0),
        ("#ffff00", 1, 0.971, 1, 0),
        ("#ffc0cb", 63 / 255, 0.836, 1, 0),
        ("#0000ff", 1, 0.323, 0, 1),
        ("#00ffff", 1, 0.911, 0, 1),
        ("#00ff00", 1, 0.877, 0, 0),
        ("#800080", 128 / 255, 0.298, 0, 0),
    ],
)
def test_saturation_brightness_and_warmth_of_flat_colours(
    colour: str, saturation: float, brightness: float, warm: float, cool: float
) -> None:
    facts = whole(colour)
    assert facts.saturation == pytest.approx(saturation, abs=1e-3)
    assert facts.brightness == pytest.approx(brightness, abs=5e-3)
    assert (facts.warm, facts.cool, facts.contrast, facts.edges) == (warm, cool, 0, 0)


def test_half_black_half_white_has_all_the_contrast_there_is() -> None:
    facts = scaffold(checkerboard(64, 32)).whole
    assert facts.contrast == pytest.approx(50, abs=0.01)
    assert facts.colour_hex == "#808080"


def test_edges_are_those_inside_a_region_without_its_border() -> None:
    pixels = np.zeros((100, 100, 3), dtype=np.uint8)
    pixels[:, 50:] = 255
    found = scaffold(picture(pixels))
    assert [region.facts.edges for region in found.regions] == [0, 0]
    assert found.whole.edges == pytest.approx(0.02)


def test_fine_texture_counts_as_edges_and_a_slope_does_not() -> None:
    slope = np.repeat(np.repeat(np.arange(200, dtype=np.uint8)[None, :, None], 100, axis=0), 3, axis=2)
    assert scaffold(picture(slope)).whole.edges == 0
    assert scaffold(checkerboard(64, 2)).whole.edges > 0.9


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ("000000", "black"), ("ffffff", "white"), ("7f7f7f", "grey"), ("e01010", "red"), ("ff8000", "orange"),
        ("ffee00", "yellow"), ("20a020", "green"), ("204080", "blue"), ("87ceeb", "blue"), ("702090", "purple"),
        ("ffb0c0", "pink"), ("6b3e1e", "brown"), ("f0e0c0", "beige"),
    ],
)  # fmt: skip
def test_colours_are_named_as_people_would(colour: str, name: str) -> None:
    assert colour_name(*bytes.fromhex(colour)) == name
    assert whole(f"#{colour}").colour == name


def test_every_sample_is_named_for_its_own_colour_and_no_sample_serves_two() -> None:
    samples = [(name, sample) for name, colour in COLOURS.items() for sample in colour.samples]
    assert [colour_name(*bytes.fromhex(sample)) for _, sample in samples] == [name for name, _ in samples]
    assert len({sample for _, sample in samples}) == len(samples)


@pytest.mark.parametrize(("number", "position"), list(enumerate(POSITIONS)))
def test_a_patch_in_each_cell_of_the_grid_has_that_position(number: int, position: str) -> None:
    pixels = np.full((90, 120, 3), 230, dtype=np.uint8)
    row, column = divmod(number, 3)
    pixels[row * 30 + 5 : row * 30 + 25, column * 40 + 8 : column * 40 + 32] = (20, 20, 200)
    patch = scaffold(picture(pixels)).region("r2")
    assert (patch.position, patch.facts.colour) == (position, "blue")


def test_a_region_around_its_own_centroid_is_where_most_of_it_is() -> None:
    pixels = np.full((90, 90, 3), 230, dtype=np.uint8)
    pixels[25:65, 25:75] = (20, 20, 200)
    ring = scaffold(picture(pixels)).region("r1")
    assert ring.position == "upper left"


def lines(language: str) -> list[str]:
    """Lines with every colour, every position and both ends of every measure."""
    base = whole("#336699").model_dump()
    measures = ("saturation", "brightness", "edges", "warm", "cool")
    made = [Facts(**base | dict.fromkeys(measures, value)) for value in (0.0, 0.001, 0.1, 0.35, 0.5, 1.0)]
    made += [Facts(**base | {"contrast": value}) for value in (0, 10, 50)]
    made += [Facts(**base | {"colour": colour}) for colour in COLOURS]
    found = [picture_text(facts, language) for facts in made]
    for facts, position, near in itertools.product(made, POSITIONS, ((), ("r2", "r3"))):
        box = {"bbox": (0, 0, 1, 1), "centroid": (0.5, 0.5)}
        region = Region(id="r1", area=0.25, position=position, neighbours=near, facts=facts, **box)
        found.append(facts_text(region, language))
    return found


def test_no_english_line_holds_an_emotion_word() -> None:
    labels = {label for taxonomy in TAXONOMIES.values() for label in taxonomy.words("en")} | set(MORE_EN.split("|"))
    words = {word for line in lines("en") for word in re.findall(r"[a-z]+(?:-[a-z]+)*", line.lower())}
    assert words & labels == set()


def test_no_chinese_line_holds_an_emotion_word() -> None:
    labels = {label for taxonomy in TAXONOMIES.values() for label in taxonomy.words("zh")} | set(MORE_ZH.split("|"))
    text = "\n".join(lines("zh"))
    assert [label for label in labels if label in text] == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_facts_are_one_line_each(language: str) -> None:
    assert all("\n" not in line for line in lines(language))


def test_a_line_says_place_size_measures_and_neighbours() -> None:
    pixels = np.full((100, 100, 3), 255, dtype=np.uint8)
    pixels[:, :30] = (200, 20, 20)
    found = scaffold(picture(pixels))
    assert facts_text(found.region("r2"), "en") == (
        "r2: middle left, 30% of the image; mean colour red (#c81414), saturation 0.71 (high), "
        "brightness 0.43 (medium), contrast 0 (low), edges 0% (few), warm colours 100%, cool colours 0%; next to r1"
    )
    assert facts_text(found.region("r2"), "zh") == (
        "r2：左侧，占画面30%；平均颜色红色（#c81414），饱和度0.71（高），亮度0.43（中），明暗对比0（低），"
        "边缘0%（少），暖色100%，冷色0%；与r1相邻"
    )
    assert picture_text(found.whole, "en").startswith("whole image: mean colour pink")
    assert picture_text(found.whole, "zh").startswith("整个画面：平均颜色粉色")


@given(st.floats(0, 1))
@example(0.005)
@example(0.0099)
@settings(deadline=None)
def test_a_share_that_is_there_is_never_called_nothing(share: float) -> None:
    facts = Facts(**whole("red").model_dump() | {"warm": share})
    said = re.search(r"warm colours (\S+),", picture_text(facts, "en"))
    assert said is not None
    assert (said.group(1) == "0%") == (share == 0)


def test_a_photograph_reads_as_one_sees_it() -> None:
    found = scaffold(picture(data.coffee()))
    assert found.whole.warm > 0.85
    assert found.whole.cool < 0.05
    rocket = scaffold(picture(data.rocket()))
    assert rocket.whole.cool > 0.5
    assert (rocket.region("r1").facts.colour, rocket.whole.brightness < 0.35) == ("blue", True)
