"""What can be said of a picture's regions by counting pixels: place, colour, light, detail. Numbers first, then a line.

Nothing here is guessed and nothing names an emotion: these are the objective facts that a model's claims are checked
against, and all that a model without eyes gets. The measures are common in affective image analysis (Machajdik and
Hanbury 2010); limits, names and wording are our choice. Keys are language-neutral; `facts_text` puts them in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from affectgraph.tools.partition import Floats, Labels, beside_a_border, borders_between
from affectgraph.tools.region_words import COLOURS, POSITIONS

__all__ = ["Facts", "Region", "centroids_of", "colour_name", "measured"]

Bytes = NDArray[np.uint8]

# Chroma (CIELAB C*) below which a pixel is neither warm nor cool.
_COLOURED = 10.0
# Hue angles (CIELAB): centre and half width in degrees. Warm runs from pink over red and orange to yellow, cool from
# blue-green to blue; greens and purples between are neither.
_WARM = (40.0, 70.0)
_COOL = (235.0, 80.0)
# L* units from one neighbour of a pixel to the opposite one: an outline, not a texture.
_STRONG = 15.0
_PLACES = 3


class Facts(BaseModel):
    """Measures of the pixels of one region, or of the whole picture, on the map's scale.

    Attributes:
        colour_hex: mean of the sRGB values, `#rrggbb`.
        colour: the basic colour nearest to that mean in CIELAB, a key of `region_words.COLOURS`.
        saturation: mean of max(R, G, B) - min(R, G, B), 0 (grey) to 1 (Hanbury's saturation, steady in the dark).
        brightness: mean L* / 100, 0 (black) to 1 (white).
        contrast: standard deviation of L*, 0 (even) to 50 (half black, half white).
        edges: share, 0 to 1, of pixels where L* changes by at least 15 between opposite neighbours; the region's own
            border does not count.
        warm: share, 0 to 1, of pixels of clear pink, red, orange or yellow hue.
        cool: share, 0 to 1, of pixels of clear cyan or blue hue.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    colour_hex: str = Field(pattern="^#[0-9a-f]{6}$")
    colour: str
    saturation: float = Field(ge=0, le=1)
    brightness: float = Field(ge=0, le=1)
    contrast: float = Field(ge=0, le=50)
    edges: float = Field(ge=0, le=1)
    warm: float = Field(ge=0, le=1)
    cool: float = Field(ge=0, le=1)


class Region(BaseModel):
    """One contiguous region. Coordinates are shares of width and height, from the top left corner.

    Attributes:
        id: `r1` (the largest), `r2`, ...
        area: share of the picture's pixels, over 0, to 1.
        bbox: left, top, right, bottom; the last two are where the region ends, so that a whole picture is 0, 0, 1, 1.
        centroid: x, y; it may lie outside a bent region.
        position: where in a 3 x 3 grid, a key of `region_words.POSITIONS`: the centroid's cell where the centroid is
            in the region, else the cell that holds most of it.
        neighbours: ids of the regions that share a border with it, by number.
        facts: its measures.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern="^r[1-9][0-9]?$")
    area: float = Field(gt=0, le=1)
    bbox: tuple[float, float, float, float]
    centroid: tuple[float, float]
    position: str
    neighbours: tuple[str, ...]
    facts: Facts


def measured(rgb: Bytes, lab: Floats, labels: Labels) -> tuple[tuple[Region, ...], Facts]:
    """Measure each region and the whole picture.

    Args:
        rgb: height x width x 3, sRGB, 0 to 255.
        lab: the same pixels in CIELAB.
        labels: height x width, 0, 1, ... without gaps; label 0 becomes `r1`.

    Returns:
        The regions in the order of their labels, and the measures of all pixels together.
    """
    layers = _layers(rgb, lab)
    facts = _facts(layers, labels, ~beside_a_border(labels))
    everything = np.zeros_like(labels)
    return _regions(labels, facts), _facts(layers, everything, np.ones(labels.shape, dtype=np.bool_))[0]


def _regions(labels: Labels, facts: list[Facts]) -> tuple[Region, ...]:
    areas = np.bincount(labels.ravel())
    centroids = centroids_of(labels)
    near: list[set[int]] = [set() for _ in areas]
    for one, other in borders_between(labels)[0].tolist():
        near[one].add(other)
        near[other].add(one)
    boxes = _boxes(labels, len(areas))
    places = _positions(labels, centroids)
    return tuple(
        Region(
            id=f"r{number + 1}",
            area=float(areas[number] / labels.size),
            bbox=boxes[number],
            centroid=(round(float(centroids[number, 0]), 4), round(float(centroids[number, 1]), 4)),
            position=places[number],
            neighbours=tuple(f"r{other + 1}" for other in sorted(near[number])),
            facts=facts[number],
        )
        for number in range(len(areas))
    )


def centroids_of(labels: Labels) -> NDArray[np.float64]:
    """Mean x and y of each label's pixel centres, as shares of width and height: labels x 2."""
    height, width = labels.shape
    flat = labels.ravel()
    areas = np.bincount(flat)
    x = np.bincount(flat, np.tile(np.arange(width, dtype=np.float64), height)) / areas
    y = np.bincount(flat, np.repeat(np.arange(height, dtype=np.float64), width)) / areas
    return np.stack([(x + 0.5) / width, (y + 0.5) / height], axis=1)


def colour_name(red: float, green: float, blue: float) -> str:
    """The key in `region_words.COLOURS` with the sample nearest in CIELAB to an sRGB colour (0 to 255 each)."""
    from skimage.color import rgb2lab

    names, samples = _samples()
    apart = samples - rgb2lab(np.asarray([red, green, blue], dtype=np.float64) / 255)
    return names[int(np.argmin(np.square(apart).sum(axis=1)))]


@cache
def _samples() -> tuple[tuple[str, ...], NDArray[np.float64]]:
    from skimage.color import rgb2lab

    pairs = [(name, bytes.fromhex(sample)) for name, colour in COLOURS.items() for sample in colour.samples]
    values = np.asarray([list(sample) for _, sample in pairs], dtype=np.float64) / 255
    return tuple(name for name, _ in pairs), rgb2lab(values)


@dataclass(frozen=True)
class _Layers:
    """What is averaged, pixel by pixel."""

    rgb: Bytes
    light: Floats
    saturation: Bytes
    warm: NDArray[np.bool_]
    cool: NDArray[np.bool_]
    edge: NDArray[np.bool_]


def _layers(rgb: Bytes, lab: Floats) -> _Layers:
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    highest = np.maximum(np.maximum(rgb[..., 0], rgb[..., 1]), rgb[..., 2])
    lowest = np.minimum(np.minimum(rgb[..., 0], rgb[..., 1]), rgb[..., 2])
    return _Layers(
        rgb=rgb,
        light=lab[..., 0],
        saturation=highest - lowest,
        warm=_of_hue(lab, chroma, *_WARM),
        cool=_of_hue(lab, chroma, *_COOL),
        edge=_edges(lab[..., 0]),
    )


def _of_hue(lab: Floats, chroma: Floats, centre: float, half: float) -> NDArray[np.bool_]:
    """Pixels with a clear hue within `half` degrees of `centre`: their (a*, b*) points far enough that way."""
    angle = np.radians(centre)
    along = lab[..., 1] * np.float32(np.cos(angle)) + lab[..., 2] * np.float32(np.sin(angle))
    return np.asarray((chroma >= _COLOURED) & (along >= chroma * np.float32(np.cos(np.radians(half)))))


def _edges(light: Floats) -> NDArray[np.bool_]:
    across, down = np.zeros_like(light), np.zeros_like(light)
    across[:, 1:-1] = light[:, 2:] - light[:, :-2]
    down[1:-1] = light[2:] - light[:-2]
    return np.hypot(across, down) >= _STRONG


def _facts(layers: _Layers, labels: Labels, inner: NDArray[np.bool_]) -> list[Facts]:
    flat = labels.ravel()
    areas = np.bincount(flat)
    count = len(areas)

    def mean(values: NDArray[np.generic]) -> NDArray[np.float64]:
        return np.bincount(flat, values.ravel()) / areas

    middle = mean(layers.light)
    spread = np.sqrt(mean(np.square(layers.light - middle.astype(np.float32)[labels])))
    colours = np.stack([mean(layers.rgb[..., band]) for band in range(3)], axis=1)
    saturation, warm, cool = mean(layers.saturation) / 255, mean(layers.warm), mean(layers.cool)
    inside = np.maximum(1, np.bincount(labels[inner], minlength=count))
    edges = np.bincount(labels[inner & layers.edge], minlength=count) / inside
    return [
        Facts(
            colour_hex="#" + bytes(int(value + 0.5) for value in colours[number]).hex(),
            colour=colour_name(*colours[number]),
            saturation=_share(saturation[number]),
            brightness=_share(middle[number] / 100),
            contrast=min(50.0, round(float(spread[number]), 2)),
            edges=_share(edges[number]),
            warm=_share(warm[number]),
            cool=_share(cool[number]),
        )
        for number in range(count)
    ]


def _share(value: float) -> float:
    return round(min(1.0, max(0.0, float(value))), 4)


def _boxes(labels: Labels, count: int) -> list[tuple[float, float, float, float]]:
    from scipy.ndimage import find_objects  # type: ignore[import-untyped]

    height, width = labels.shape
    return [
        (
            round(columns.start / width, 4),
            round(rows.start / height, 4),
            round(columns.stop / width, 4),
            round(rows.stop / height, 4),
        )
        for rows, columns in find_objects(labels + 1, count)
    ]


def _positions(labels: Labels, centroids: NDArray[np.float64]) -> list[str]:
    height, width = labels.shape
    # By the pixels' centres.
    rows = (2 * np.arange(height) + 1) * _PLACES // (2 * height)
    columns = (2 * np.arange(width) + 1) * _PLACES // (2 * width)
    cells = rows[:, None] * _PLACES + columns
    count = len(centroids)
    held = np.bincount((labels * _PLACES**2 + cells).ravel(), minlength=count * _PLACES**2).reshape(count, -1)
    names = list(POSITIONS)
    found = []
    for number, (x, y) in enumerate(centroids):
        row, column = int(y * height), int(x * width)
        inside = labels[row, column] == number
        found.append(names[int(cells[row, column] if inside else np.argmax(held[number]))])
    return found
