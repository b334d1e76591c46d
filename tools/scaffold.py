"""The visual scaffold of GAT: a picture as at most a few contiguous regions with ids, and what is measured of each.

Source: "AICA-Bench" (arXiv 2604.05900), GAT step 1: graph-based segmentation into large contiguous regions with
numeric ids. How the regions are found is in `partition`, what is measured in `region_facts`; both say what is our
choice. The value holds no pixels, only the label map and numbers, so that it can lie in a graph's state.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from affectgraph.tools.partition import Floats, Labels, partition
from affectgraph.tools.region_facts import Facts, Region, centroids_of, measured

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["LARGEST_SIDE", "MOST_REGIONS", "Facts", "Region", "Scaffold", "map_sized", "scaffold"]

# The longer side of the label map, in pixels; a smaller picture keeps its own size.
LARGEST_SIDE = 512
# One letter of the run-length code a region.
MOST_REGIONS = 26
_RUN = re.compile(r"([a-z])([1-9][0-9]{0,6})")
_RUNS = re.compile(r"(?:[a-z][1-9][0-9]{0,6})+")


class Scaffold(BaseModel):
    """A picture's regions.

    Attributes:
        width: of the original picture, in pixels.
        height: of the original picture, in pixels.
        map_width: of the label map, in pixels, at most 512.
        map_height: of the label map, in pixels, at most 512.
        runs: the label map row by row as runs, each the region's letter (`a` is `r1`) and how many pixels: `a12b3`.
            Runs go on over the ends of rows.
        regions: largest first; equal areas in reading order of their centroids.
        whole: the measures of the whole picture.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int = Field(gt=0)
    height: int = Field(gt=0)
    map_width: int = Field(gt=0, le=LARGEST_SIDE)
    map_height: int = Field(gt=0, le=LARGEST_SIDE)
    runs: str = Field(repr=False)
    regions: tuple[Region, ...] = Field(min_length=1, max_length=MOST_REGIONS)
    whole: Facts

    @model_validator(mode="after")
    def _runs_fill_the_map(self) -> Self:
        if not _RUNS.fullmatch(self.runs):
            raise ValueError("`runs` is not a run-length code such as a12b3")
        pairs = _RUN.findall(self.runs)
        if sum(int(length) for _, length in pairs) != self.map_width * self.map_height:
            raise ValueError(f"`runs` does not fill a map of {self.map_width} x {self.map_height} pixels")
        if {letter for letter, _ in pairs} != set(_letters(len(self.regions))):
            raise ValueError(f"`runs` does not name each of the {len(self.regions)} regions, and no other")
        if self.ids != tuple(f"r{number}" for number in range(1, len(self.regions) + 1)):
            raise ValueError(f"`regions` are not r1, r2, ... in order: {', '.join(self.ids)}")
        return self

    @property
    def ids(self) -> tuple[str, ...]:
        """The regions' ids, `r1` first."""
        return tuple(region.id for region in self.regions)

    def region(self, id: str) -> Region:
        """The region called `id`.

        Raises:
            KeyError: there is none; the message lists those there are.
        """
        if id not in self.ids:
            raise KeyError(f"no region {id!r}; there are {', '.join(self.ids)}")
        return self.regions[self.ids.index(id)]

    def require_size(self, image: Image.Image) -> None:
        """Do nothing for a picture of this scaffold's size.

        Raises:
            ValueError: the scaffold is of a picture of another size.
        """
        if image.size != (self.width, self.height):
            raise ValueError(
                f"the scaffold is of a picture of {self.width} x {self.height} pixels, "
                f"this one has {image.width} x {image.height}"
            )

    def decode(self) -> NDArray[np.uint8]:
        """The label map, `map_height` x `map_width`: 0 for `r1`, 1 for `r2`, ... Read-only."""
        return self._labels

    def region_at(self, x: float, y: float) -> Region:
        """The region at a point; `x` and `y` in [0, 1] from the top left corner (clipped to it)."""
        row = min(max(int(y * self.map_height), 0), self.map_height - 1)
        column = min(max(int(x * self.map_width), 0), self.map_width - 1)
        return self.regions[int(self._labels[row, column])]

    @cached_property
    def _labels(self) -> NDArray[np.uint8]:
        pairs = _RUN.findall(self.runs)
        letters = np.frombuffer("".join(letter for letter, _ in pairs).encode("ascii"), dtype=np.uint8)
        flat = np.repeat(letters - np.uint8(ord("a")), [int(length) for _, length in pairs])
        labels = flat.reshape(self.map_height, self.map_width)
        labels.flags.writeable = False
        return labels


def scaffold(image: Image.Image, *, most: int = 8) -> Scaffold:
    """Divide a picture into contiguous regions and measure them. The same picture gives the same scaffold.

    Args:
        image: any mode that converts to RGB; transparency must have been dealt with before.
        most: how many regions there may be, 1 to 26. There are fewer where the picture has fewer.

    Returns:
        A value without pixels; every pixel of its map is in exactly one 4-connected region.

    Raises:
        ValueError: `most` is out of range.
    """
    if not 1 <= most <= MOST_REGIONS:
        raise ValueError(f"a scaffold has 1 to {MOST_REGIONS} regions, not {most}")
    rgb = np.asarray(map_sized(image.convert("RGB")), dtype=np.uint8)
    lab = _lab(rgb)
    labels = _largest_first(partition(lab, most))
    height, width = labels.shape
    regions, whole = measured(rgb, lab, labels)
    return Scaffold(
        width=image.width,
        height=image.height,
        map_width=width,
        map_height=height,
        runs=_encoded(labels),
        regions=regions,
        whole=whole,
    )


def map_sized(picture: Image.Image) -> Image.Image:
    """The picture itself, or a copy whose longer side is 512 pixels where it is larger. Pixels are averaged."""
    from PIL.Image import Resampling

    longer = max(picture.size)
    if longer <= LARGEST_SIDE:
        return picture
    width, height = (max(1, round(side * LARGEST_SIDE / longer)) for side in picture.size)
    return picture.resize((width, height), Resampling.BOX, reducing_gap=3.0)


def _lab(rgb: NDArray[np.uint8]) -> Floats:
    from skimage.color import rgb2lab

    return np.asarray(rgb2lab(rgb.astype(np.float32) / np.float32(255)), dtype=np.float32)


def _largest_first(labels: Labels) -> Labels:
    x, y = centroids_of(labels).T
    order = np.lexsort((x, y, -np.bincount(labels.ravel())))
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return np.asarray(rank[labels], dtype=np.intp)


def _letters(count: int) -> str:
    return "".join(chr(ord("a") + number) for number in range(count))


def _encoded(labels: Labels) -> str:
    flat = labels.ravel()
    starts = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))
    lengths = np.diff(np.append(starts, flat.size))
    letters = _letters(int(flat.max()) + 1)
    return "".join(f"{letters[label]}{length}" for label, length in zip(flat[starts], lengths, strict=True))
