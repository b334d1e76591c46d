"""Frontal faces in a picture, and the region that each lies in: the cascade of local binary patterns in scikit-image.

The cascade (trained by OpenCV's authors, shipped by scikit-image) knows upright faces seen from the front, and nothing
of who or in what mood. One coarse look finds candidates; a finer look at each must agree, since the coarse look alone
sees faces in bricks and grass. Tried on the 100 faces of scikit-image's LFW subset at three sizes: 253 of 300 found.
On 19 packaged pictures without a frontal face and their mirror images: none; on the portrait of the astronaut: the
face, and once in each direction a round metal fitting. So a face found is a hint, and none found says little (turned,
small, covered and drawn faces are missed). What each face shows is read where the small network of
`tools.expressions` is installed; it is told apart from where the faces are, which is objective.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, ConfigDict

from affectgraph.tools.emotions import taxonomy
from affectgraph.tools.expressions import expression
from affectgraph.tools.region_words import POSITIONS
from affectgraph.tools.scaffold import Scaffold, map_sized

__all__ = ["Face", "cut", "expressions_text", "face_boxes", "faces", "faces_show", "faces_text"]

# The cascade's own window, in pixels: nothing smaller can be a face.
_WINDOW = 24
_COARSE_NEIGHBOURS = 2
# Our choice: fewer lets bricks pass, more loses faces.
_FINE_NEIGHBOURS = 12
# The side to which a candidate with half a box around it is brought for the finer look.
_CLOSE = 96
_OVERLAP = 0.35
# Our choice: what a face shows is told in two words at most, and a word of less than this share is noise.
_WORDS = 2
_LEAST_SHARE = 0.1

_Grey = NDArray[np.uint8]
_Box = tuple[float, float, float]


class Face(BaseModel):
    """One face that was found.

    Attributes:
        box: left, top, right, bottom, as shares of width and height from the top left corner.
        region: id of the region that holds most of the box.
        expression: what it shows: shares over Ekman's six and neutral; None where the network that reads it is not
            installed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    box: tuple[float, float, float, float]
    region: str
    expression: dict[str, float] | None = None


def faces(image: Image.Image, scaffold: Scaffold) -> tuple[Face, ...]:
    """The frontal faces of a picture, the largest first; those under 24 pixels of a 512-pixel copy cannot be seen.

    Raises:
        ValueError: the scaffold is of a picture of another size.
        BackendError: the installed network that reads expressions is not the pinned one.
    """
    scaffold.require_size(image)
    return tuple(
        Face(box=_rounded(box), region=_holding(scaffold, box), expression=expression(cut(image, box)))
        for box in face_boxes(image)
    )


def face_boxes(image: Image.Image) -> tuple[tuple[float, float, float, float], ...]:
    """Where the frontal faces of a picture are, the largest first; boxes as in `Face`; as small as `faces` says."""
    grey = np.asarray(map_sized(image.convert("L")), dtype=np.uint8)
    height, width = grey.shape
    found = [box for box in _found(grey, 1.2, 1.5, _COARSE_NEIGHBOURS) if _confirmed(grey, box)]
    return tuple(
        (column / width, row / height, min(1.0, (column + side) / width), min(1.0, (row + side) / height))
        for column, row, side in sorted(found, key=lambda box: (-box[2], box[1], box[0]))
    )


def faces_text(found: Sequence[Face], language: str) -> str:
    """One objective line on the faces, in Chinese for "zh" and in English for everything else."""
    if not found:
        return "未检测到正面人脸" if language == "zh" else "no frontal face detected"
    places = []
    for face in found:
        left, top, right, bottom = face.box
        share = f"{100 * (right - left) * (bottom - top):.1f}%"
        position = _cell((left + right) / 2, (top + bottom) / 2)
        if language == "zh":
            places.append(f"{face.region}内（{POSITIONS[position]}，占画面{share}）")
        else:
            places.append(f"in {face.region} ({position}, {share} of the image)")
    if language == "zh":
        return f"检测到{len(found)}张正面人脸：{'、'.join(places)}"
    return f"{len(found)} frontal face{'s' if len(found) > 1 else ''} detected: {', '.join(places)}"


def expressions_text(found: Sequence[Face], language: str, *, placed: bool = True) -> str:
    """What the faces show, the largest first: at most two words each; empty where no expression was read.

    Args:
        found: the faces.
        language: Chinese for "zh", English for everything else.
        placed: whether each is told with the region that holds it.
    """
    named = dict(zip(taxonomy("ekman7").labels, taxonomy("ekman7").words(language), strict=True))
    colon, comma, gap = ("：", "、", "；") if language == "zh" else (": ", ", ", "; ")
    told = []
    for face in found:
        ranked = sorted((face.expression or {}).items(), key=lambda item: -item[1])[:_WORDS]
        words = comma.join(f"{named[label]} {share:.0%}" for label, share in ranked if share >= _LEAST_SHARE)
        if words:
            told.append(f"{face.region}{colon}{words}" if placed else words)
    return gap.join(told)


def faces_show(found: Sequence[Face], labels: Sequence[str]) -> dict[str, float] | None:
    """What the faces show together, over a label space: each face weighs as much as its box is large.

    Args:
        found: the faces.
        labels: the space; a label that is none of Ekman's gets 0, and without "neutral" the rest is scaled to 1.

    Returns:
        Shares that sum to 1; None where no expression was read, or the space lacks one of Ekman's six.
    """
    read = [(_area(face), face.expression) for face in found if face.expression]
    if not read or not {*taxonomy("ekman7").labels} - {"neutral"} <= {*labels}:
        return None
    sums = {label: sum(area * shares.get(label, 0.0) for area, shares in read) for label in labels}
    total = sum(sums.values())
    return {label: value / total for label, value in sums.items()} if total > 0 else None


def _area(face: Face) -> float:
    left, top, right, bottom = face.box
    return (right - left) * (bottom - top)


def cut(image: Image.Image, box: tuple[float, float, float, float]) -> Image.Image:
    """The face in the picture's own pixels, one at least."""
    left, top = int(box[0] * image.width), int(box[1] * image.height)
    right, bottom = max(left + 1, round(box[2] * image.width)), max(top + 1, round(box[3] * image.height))
    return image.crop((left, top, right, bottom))


def _cell(x: float, y: float) -> str:
    row, column = (min(2, int(3 * value)) for value in (y, x))
    return list(POSITIONS)[3 * row + column]


def _rounded(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    left, top, right, bottom = (round(side, 4) for side in box)
    return left, top, right, bottom


@cache
def _cascade() -> Any:
    from skimage.data import lbp_frontal_face_cascade_filename
    from skimage.feature import Cascade

    return Cascade(lbp_frontal_face_cascade_filename())  # type: ignore[no-untyped-call]


def _found(grey: _Grey, factor: float, step: float, neighbours: int) -> list[_Box]:
    """Boxes as column, row and side, in pixels."""
    shorter = min(grey.shape)
    if shorter < _WINDOW:
        return []
    found = _cascade().detect_multi_scale(
        img=grey,
        scale_factor=factor,
        step_ratio=step,
        min_size=(_WINDOW, _WINDOW),
        max_size=(shorter, shorter),
        min_neighbor_number=neighbours,
    )
    return [(face["c"], face["r"], face["width"]) for face in found]


def _confirmed(grey: _Grey, box: _Box) -> bool:
    """Whether a finer look at the box and half as much around it finds a face in the same place."""
    column, row, side = (int(value) for value in box)
    margin = side // 2
    around = np.pad(grey, margin, mode="edge")[row : row + side + 2 * margin, column : column + side + 2 * margin]
    close = Image.fromarray(around).resize((_CLOSE, _CLOSE), Image.Resampling.BILINEAR)
    scale = _CLOSE / (side + 2 * margin)
    here = (margin * scale, margin * scale, side * scale)
    finer = _found(np.asarray(close, dtype=np.uint8), 1.1, 1.0, _FINE_NEIGHBOURS)
    return any(_overlap(here, other) > _OVERLAP for other in finer)


def _overlap(one: _Box, other: _Box) -> float:
    """Intersection over union."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[2], other[1] + other[2]) - max(one[1], other[1])
    both = max(0.0, across) * max(0.0, down)
    return both / (one[2] ** 2 + other[2] ** 2 - both)


def _holding(scaffold: Scaffold, box: tuple[float, float, float, float]) -> str:
    labels = scaffold.decode()
    height, width = labels.shape
    left, top = int(box[0] * width), int(box[1] * height)
    right, bottom = max(left + 1, int(box[2] * width)), max(top + 1, int(box[3] * height))
    return scaffold.ids[int(np.argmax(np.bincount(labels[top:bottom, left:right].ravel())))]
