"""A picture with its regions drawn on it: borders, and each region's number in a disc. Readable on any background.

Lines are white between dark edges; numbers are white on a dark disc inside a white ring inside a dark one, so that
something always stands out. Sizes follow the picture's. A number is where its region is deepest, never at a centroid
that a bent region does not hold. All of this is our choice.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from affectgraph.tools.scaffold import Scaffold

__all__ = ["DISC", "INK", "Mark", "marks", "overlay"]

DISC = (17, 17, 17)
INK = (255, 255, 255)

# Shares of the picture's longer side.
_RADIUS = 0.021
_LINE = 0.0022
_EDGE = 0.0013
# A disc in a narrow region shrinks to this share of its full radius, and then reaches over the border.
_SHRINK = 0.7
# Centres of discs are at least this many times their radii apart.
_GAP = 1.08
# Radius in pixels that a digit wants to be read, and the shorter side that leaves room for any.
_LEAST_RADIUS = 8.0
_LEAST_SIDE = 12
# Borders are drawn at this size at most and enlarged with the picture.
_CANVAS = 1280
_FINER = 4

Distances = NDArray[np.float64]


class Mark(NamedTuple):
    """Where a region's number is, in pixels of the picture.

    Attributes:
        id: the region's id.
        x: of the disc's centre.
        y: of the disc's centre.
        radius: of the disc with its rings.
        anchor: the region's deepest point; the disc's centre unless there was no room.
    """

    id: str
    x: float
    y: float
    radius: float
    anchor: tuple[float, float]


def overlay(image: Image.Image, scaffold: Scaffold) -> Image.Image:
    """A copy of the picture, in RGB and of the same size, with borders and numbers.

    A picture under 12 pixels on one side gets no numbers: they could not be read.

    Raises:
        ValueError: the scaffold is of a picture of another size.
    """
    scaffold.require_size(image)
    drawn = _with_borders(image.convert("RGB"), scaffold)
    placed = marks(scaffold)
    for mark in placed:
        _draw_leader(drawn, mark)
    for mark in placed:  # last, so that no line crosses a number
        _draw_number(drawn, mark)
    return drawn


def marks(scaffold: Scaffold) -> tuple[Mark, ...]:
    """Where the numbers go, in the regions' order; none for a picture under 12 pixels on one side.

    Narrow regions choose first. A disc lies at the deepest point of its region that overlaps no other disc; where its
    region has none, at the nearest free point of the picture.
    """
    if min(scaffold.width, scaffold.height) < _LEAST_SIDE:
        return ()
    scale = scaffold.width / scaffold.map_width, scaffold.height / scaffold.map_height
    labels = scaffold.decode()
    depths = _depths(labels) * min(scale)
    deepest = [float(depths[labels == number].max()) for number in range(len(scaffold.regions))]
    placed: dict[int, Mark] = {}
    for number in sorted(range(len(deepest)), key=lambda number: (deepest[number], number)):
        placed[number] = _placed(scaffold, labels == number, depths, list(placed.values()), number)
    return tuple(placed[number] for number in range(len(deepest)))


def _depths(labels: NDArray[np.uint8]) -> Distances:
    """Distance in map pixels from each pixel to the nearest border or edge of the picture."""
    from scipy.ndimage import distance_transform_edt  # type: ignore[import-untyped]

    inner = np.ones(labels.shape, dtype=np.bool_)
    inner[:, 1:] &= labels[:, 1:] == labels[:, :-1]
    inner[1:] &= labels[1:] == labels[:-1]
    return np.asarray(distance_transform_edt(np.pad(inner, 1))[1:-1, 1:-1], dtype=np.float64)


def _placed(scaffold: Scaffold, inside: NDArray[np.bool_], depths: Distances, others: list[Mark], number: int) -> Mark:
    side = min(scaffold.width, scaffold.height)
    full = min(max(_LEAST_RADIUS, _RADIUS * max(scaffold.width, scaffold.height)), side / 2)
    own = np.where(inside, depths, -1.0)
    radius = float(np.clip(0.9 * own.max(), max(_SHRINK * full, min(_LEAST_RADIUS, full)), full))
    x = (np.arange(inside.shape[1]) + 0.5) * scaffold.width / inside.shape[1]
    y = (np.arange(inside.shape[0]) + 0.5)[:, None] * scaffold.height / inside.shape[0]
    # A disc may not reach over the picture's edge.
    free = (x >= radius) & (x <= scaffold.width - radius) & (y >= radius) & (y <= scaffold.height - radius)
    for other in others:
        free = free & (_squared(x, y, other.x, other.y) > (_GAP * (radius + other.radius)) ** 2)
    centre = scaffold.regions[number].centroid
    away = _squared(x, y, centre[0] * scaffold.width, centre[1] * scaffold.height)
    row, column = _deepest(own, away)
    anchor = (float(x[column]), float(y[row, 0]))
    if (free & inside).any():
        row, column = _deepest(np.where(free, own, -1.0), away)
    elif free.any():
        row, column = _nearest(free, _squared(x, y, *anchor))
    at = (
        float(np.clip(x[column], radius, scaffold.width - radius)),
        float(np.clip(y[row, 0], radius, scaffold.height - radius)),
    )
    return Mark(scaffold.ids[number], *at, radius, at if inside[row, column] else anchor)


def _squared(x: Distances, y: Distances, to_x: float, to_y: float) -> Distances:
    return np.square(x - to_x) + np.square(y - to_y)


def _deepest(depths: Distances, away: Distances) -> tuple[int, int]:
    """The pixel nearest to the centroid among those nearly as deep as the deepest: in the middle of a long region."""
    return _nearest(depths >= 0.95 * depths.max(), away)


def _nearest(allowed: NDArray[np.bool_], away: Distances) -> tuple[int, int]:
    row, column = np.unravel_index(int(np.argmin(np.where(allowed, away, np.inf))), away.shape)
    return int(row), int(column)


def _with_borders(picture: Image.Image, scaffold: Scaffold) -> Image.Image:
    from scipy.ndimage import distance_transform_edt

    longer = max(picture.size)
    scale = min(1.0, _CANVAS / longer)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    labels = _smooth(scaffold.decode(), size, len(scaffold.regions))
    inner = np.ones(labels.shape, dtype=np.bool_)
    inner[:, 1:] &= labels[:, 1:] == labels[:, :-1]
    inner[1:] &= labels[1:] == labels[:-1]
    if inner.all():
        return picture
    apart = distance_transform_edt(inner)
    half = max(1.0, _LINE * max(size)) / 2
    edge = half + max(0.6, _EDGE * max(size))
    for width, colour in ((edge, DISC), (half, INK)):
        cover = Image.fromarray((255 * np.clip(width + 0.5 - apart, 0, 1)).astype(np.uint8))
        picture = Image.composite(Image.new("RGB", picture.size, colour), picture, cover.resize(picture.size))
    return picture


def _smooth(labels: NDArray[np.uint8], size: tuple[int, int], count: int) -> NDArray[np.uint8]:
    """The label map at another size, its stairs rounded: each pixel goes to the region that blurs most into it."""
    best = np.full((size[1], size[0]), -1, dtype=np.int16)
    found = np.zeros(best.shape, dtype=np.uint8)
    blur = ImageFilter.GaussianBlur(1.2 * max(1.0, size[0] / labels.shape[1]))
    for number in range(count):
        mask = Image.fromarray(np.where(labels == number, np.uint8(255), np.uint8(0)))
        share = np.asarray(mask.resize(size, Image.Resampling.BILINEAR).filter(blur), dtype=np.int16)
        ahead = share > best
        found[ahead] = number
        best[ahead] = share[ahead]
    return found


def _draw_leader(picture: Image.Image, mark: Mark) -> None:
    if mark.anchor == (mark.x, mark.y):
        return
    draw = ImageDraw.Draw(picture)
    line = max(1, round(mark.radius / 8))
    for width, colour in ((3 * line, DISC), (line, INK)):
        draw.line([mark.anchor, (mark.x, mark.y)], fill=colour, width=width)
        x, y = mark.anchor
        draw.ellipse([x - width, y - width, x + width, y + width], fill=colour)


def _draw_number(picture: Image.Image, mark: Mark) -> None:
    """Draw the disc at four times its size and reduce it: smooth edges at any size."""
    side = int(np.ceil(2 * mark.radius)) + 2
    left, top = int(mark.x - side / 2), int(mark.y - side / 2)
    middle = (_FINER * (mark.x - left), _FINER * (mark.y - top))
    radius = _FINER * mark.radius
    patch = Image.new("RGB", (_FINER * side, _FINER * side), DISC)
    cover = Image.new("L", patch.size, 0)
    draw = ImageDraw.Draw(patch)
    ImageDraw.Draw(cover).circle(middle, radius, fill=255)
    draw.circle(middle, 0.93 * radius, fill=INK)
    draw.circle(middle, 0.83 * radius, fill=DISC)
    number = mark.id.removeprefix("r")
    font = ImageFont.load_default(size=radius * (1.25 if len(number) == 1 else 0.95))
    draw.text(middle, number, fill=INK, font=font, anchor="mm", stroke_width=radius / 40)
    small = (side, side)
    picture.paste(patch.resize(small, Image.Resampling.BOX), (left, top), cover.resize(small, Image.Resampling.BOX))
