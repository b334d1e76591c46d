"""What a scaffold of a 1024-pixel photograph costs, step by step, with the overlay and the faces apart.

The photographs that scikit-image ships, each brought to a longer side of 1024 pixels, several times in turn. CPU time
stands beside the wall clock, since other work on the machine slows only the second.

python -m benchmarks.scaffold [times]
"""

from __future__ import annotations

import functools
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image
from skimage import data

from affectgraph.tools import partition, scaffold
from affectgraph.tools.faces import faces
from affectgraph.tools.scaffold_overlay import overlay
from benchmarks.common import machine, table

SIDE = 1024
NAMED = ("astronaut", "camera", "chelsea", "coffee", "coins", "hubble_deep_field", "moon", "rocket")
FILES = ("motorcycle_left.png", "motorcycle_right.png")
STEPS: dict[str, tuple[Any, str]] = {
    "reduced copy (512 px)": (scaffold, "map_sized"),
    "CIELAB": (scaffold, "_lab"),
    "pieces (Felzenszwalb-Huttenlocher)": (partition, "_pieces"),
    "merging to 8": (partition, "_merged"),
    "borders moved to edges": (partition, "_moved_to_edges"),
    "parts joined": (partition, "_contiguous"),
    "facts": (scaffold, "measured"),
    "run-length code": (scaffold, "_encoded"),
}


def photographs() -> dict[str, Image.Image]:
    """The packaged photographs at the size that is measured."""
    found = {name: Image.fromarray(getattr(data, name)()) for name in NAMED}
    found |= {name: Image.open(f"{data.__path__[0]}/{name}") for name in FILES}
    return {name: _sized(image.convert("RGB")) for name, image in found.items()}


def _sized(image: Image.Image) -> Image.Image:
    scale = SIDE / max(image.size)
    width, height = (round(side * scale) for side in image.size)
    return image.resize((width, height), Image.Resampling.BICUBIC)


def timed(spent: dict[str, list[float]], name: str, work: Callable[..., Any]) -> Callable[..., Any]:
    """`work`, which notes its milliseconds of wall clock under `name`, and of CPU under `name, CPU`."""

    @functools.wraps(work)
    def measured(*given: Any, **more: Any) -> Any:
        clock, processor = time.perf_counter(), time.process_time()
        try:
            return work(*given, **more)
        finally:
            spent[name].append(1000 * (time.perf_counter() - clock))
            spent[f"{name}, CPU"].append(1000 * (time.process_time() - processor))

    return measured


def spread(values: list[float]) -> str:
    """Median and 95th percentile."""
    middle, high = np.percentile(values, [50, 95])
    return f"{middle:.0f} (p95 {high:.0f}), n={len(values)}"


def main(times: int) -> None:
    """Print the tables."""
    spent: dict[str, list[float]] = defaultdict(list)
    for name, (module, function) in STEPS.items():
        setattr(module, function, timed(spent, name, getattr(module, function)))
    whole = timed(spent, "scaffold", scaffold.scaffold)
    drawn, looked = timed(spent, "overlay", overlay), timed(spent, "faces", faces)
    images = photographs()
    for number in range(times + 1):
        for image in images.values():
            found = whole(image)
            drawn(image, found)
            looked(image, found)
        if not number:  # imports and first uses are not what a picture costs
            spent.clear()
    print(f"\n{machine()}")
    rows = [(f"{name}, ms", spread(spent[name])) for name in ("scaffold", "scaffold, CPU", "overlay", "faces")]
    table(f"Scaffold of {len(images)} photographs of {SIDE} px, median (95th percentile)", rows)
    total = sum(spent["scaffold, CPU"])
    shares = [(name, f"{100 * sum(spent[f'{name}, CPU']) / total:.0f}%") for name in STEPS]
    table("Share of the scaffold's CPU time", shares)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
