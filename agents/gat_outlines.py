"""The regions of a scaffold as outlines: SVG path data in the label map's pixels.

Two neighbours share one smooth line: each region's blurred share of the map crosses one half where the other's does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.scaffold import Scaffold

__all__ = ["outline", "outlines"]

# Of the blur, in pixels of the map, as in the overlay; a region that it would wash away keeps its stairs.
_BLUR = 1.2
# How far a simplified line may be from the full one, in pixels of the map.
_TOLERANCE = 0.35


def outlines(scaffold: Scaffold) -> dict[str, str]:
    """Region id -> path data; holes are sub-paths, so fill it by the even-odd rule."""
    labels = scaffold.decode()
    return {id: outline(labels == number) for number, id in enumerate(scaffold.ids)}


def outline(inside: NDArray[np.bool_]) -> str:
    """Path data around the pixels that are inside, of which there is one at least."""
    from scipy.ndimage import gaussian_filter  # type: ignore[import-untyped]

    sharp = inside.astype(np.float64)
    paths = _paths(gaussian_filter(sharp, _BLUR, mode="nearest")) or _paths(sharp)
    return "".join(paths)


def _paths(share: NDArray[np.float64]) -> list[str]:
    from skimage.measure import approximate_polygon, find_contours

    height, width = share.shape
    paths = []
    # Beyond the picture's edge there is nothing, so that every outline is closed.
    for ring in find_contours(np.pad(share, 1), 0.5):  # type: ignore[no-untyped-call]
        # From the centres of padded pixels to the corners of the picture's.
        points: NDArray[np.float64] = np.clip(np.asarray(ring) - 0.5, 0, (height, width))
        kept: Any = approximate_polygon(points, _TOLERANCE)  # type: ignore[no-untyped-call]
        if len(kept) > 3:
            paths.append(f"M{' '.join(f'{_short(x)},{_short(y)}' for y, x in kept[:-1])}Z")
    return paths


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
