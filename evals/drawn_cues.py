"""A check of the mechanism on pictures that are drawn here: does what was drawn arrive at the conclusion?

A few flat patches of known colours, so that light, warmth and contrast follow from the drawing alone. Two things are
checked: what the scaffold measured equals what was drawn, and a stand-in that answers by the told numbers, and by
nothing else, comes to the answer that the drawing calls for. No model is asked and nobody rated these pictures: **this
is no benchmark, it has no score, and it says nothing of what anybody would feel.**

    python -m affectgraph.evals.drawn_cues
"""

from __future__ import annotations

import math
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from langchain_core.messages import BaseMessage

from affectgraph.backends.errors import BackendError
from affectgraph.backends.scoring import Distribution
from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.graphs import load
from affectgraph.graphs.gat_types import GatOutput
from affectgraph.graphs.settings import load_settings

__all__ = ["SCENES", "Finding", "Patch", "Scene", "check", "main"]

_WIDTH, _HEIGHT = 240, 160
# Labels of no label space: they name the drawing, not a feeling.
WARM, COLD = "warm", "cold"
# As the facts name a contrast of under 6, under 16, and more (`tools.region_words`).
_WORDS_OF_CONTRAST = ("low", "medium", "high")
_BRIGHTNESS = re.compile(r"^whole image: .*?brightness ([\d.]+) ", re.MULTILINE)
_CONTRAST = re.compile(r"^whole image: .*?contrast \d+ \((\w+)\)", re.MULTILINE)
_WARMTH = re.compile(r"^whole image: .*?warm colours <?(\d+)%, cool colours <?(\d+)%", re.MULTILINE)
# Of a share of the picture, of L* / 100, and of L* units; the scaffold rounds, and its map has whole pixels.
_NEAR, _NEAR_CONTRAST = 0.01, 0.5


@dataclass(frozen=True)
class Patch:
    """A flat rectangle: left, top, right, bottom as shares of the picture; sRGB."""

    box: tuple[float, float, float, float]
    colour: tuple[int, int, int]

    @property
    def area(self) -> float:
        """Share of the picture."""
        left, top, right, bottom = self.box
        return (right - left) * (bottom - top)

    @property
    def lightness(self) -> float:
        """CIE L*, 0 to 100, of the colour (IEC 61966-2-1 and CIE 15), computed apart from what the scaffold uses."""
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in self.colour)]
        y = sum(weight * value for weight, value in zip((0.2126729, 0.7151522, 0.0721750), linear, strict=True))
        return 116 * y ** (1 / 3) - 16 if y > (6 / 29) ** 3 else y * (29 / 3) ** 3


@dataclass(frozen=True)
class Scene:
    """Patches that fill a picture, and what somebody who reads the facts has to conclude."""

    name: str
    patches: tuple[Patch, ...]
    label: str
    contrast: str

    @property
    def lightness(self) -> tuple[float, float]:
        """Mean and standard deviation of L* over the picture."""
        mean = sum(patch.area * patch.lightness for patch in self.patches)
        spread = sum(patch.area * (patch.lightness - mean) ** 2 for patch in self.patches)
        return mean, math.sqrt(spread)


@dataclass(frozen=True)
class Finding:
    """One thing that was drawn, and what arrived."""

    scene: str
    cue: str
    drawn: str
    arrived: str
    holds: bool


def _halves(name: str, upper: tuple[int, int, int], lower: tuple[int, int, int], label: str, contrast: str) -> Scene:
    return Scene(name, (Patch((0, 0, 1, 0.6), upper), Patch((0, 0.6, 1, 1), lower)), label, contrast)


SCENES = (
    _halves("warm and bright", (255, 214, 120), (215, 120, 70), WARM, "medium"),
    _halves("warm and dark", (110, 30, 10), (50, 14, 6), WARM, "medium"),
    _halves("cold and bright", (170, 215, 250), (120, 190, 245), COLD, "low"),
    _halves("cold and dark", (25, 55, 120), (6, 12, 40), COLD, "medium"),
    _halves("cold, high contrast", (150, 205, 250), (6, 12, 40), COLD, "high"),
)


class _Reader(ScriptedBackend):
    """Answers closed questions by the facts in the messages alone, and refuses where they tell none."""

    def choose(self, messages: Sequence[BaseMessage], options: Sequence[str], **kwargs: Any) -> Distribution:
        """By warmth, by contrast (three options) or by brightness (any other number)."""
        told = "\n".join(str(message.text) for message in messages)
        if set(options) == {WARM, COLD}:
            warm, cool = map(int, _read(_WARMTH, told))
            answer = WARM if warm > cool else COLD
        elif len(options) == len(_WORDS_OF_CONTRAST):
            answer = options[_WORDS_OF_CONTRAST.index(_read(_CONTRAST, told)[0])]
        else:
            answer = options[_step(float(_read(_BRIGHTNESS, told)[0]), len(options))]
        return Distribution.from_answer(tuple(options), answer, 1.0)


def _read(fact: re.Pattern[str], told: str) -> tuple[str, ...]:
    found = fact.search(told)
    if found is None:
        raise BackendError(f"the messages do not tell {fact.pattern!r}")
    return found.groups()


def _step(share: float, number: int) -> int:
    return min(number - 1, int(share * number))


def _drawn(scene: Scene, folder: Path) -> Path:
    from PIL import Image

    picture = Image.new("RGB", (_WIDTH, _HEIGHT))
    for patch in scene.patches:
        left, top, right, bottom = patch.box
        box = (round(left * _WIDTH), round(top * _HEIGHT), round(right * _WIDTH), round(bottom * _HEIGHT))
        picture.paste(patch.colour, box)
    path = folder / f"{scene.name.replace(' ', '_').replace(',', '')}.png"
    picture.save(path)
    return path


def check(folder: Path) -> list[Finding]:
    """Draw every scene into `folder`, look at it with the graph, and hold what arrived against what was drawn.

    Raises:
        BackendError: the facts were not told at all.
    """
    overrides = ("gat.mode=scaffold", f'media.roots=["{folder.as_posix()}"]')
    graph = load("gat", model=_Reader(label="reader"), settings=load_settings(overrides=overrides).settings)
    try:
        return [
            finding
            for scene in SCENES
            for finding in _findings(scene, graph.invoke({"image": str(_drawn(scene, folder)), "labels": [WARM, COLD]}))
        ]
    finally:
        graph.close()


def _findings(scene: Scene, seen: GatOutput) -> Iterator[Finding]:
    assert seen.scaffold is not None
    for patch in scene.patches:
        left, top, right, bottom = patch.box
        region = seen.scaffold.region_at((left + right) / 2, (top + bottom) / 2)
        hexadecimal = "#" + bytes(patch.colour).hex()
        at = f"{region.id} at {(top + bottom) / 2:.1f} from the top"
        yield Finding(
            scene.name, f"colour of {at}", hexadecimal, region.facts.colour_hex, hexadecimal == region.facts.colour_hex
        )
        yield _number(scene, f"area of {at}", patch.area, region.area)
        yield _number(scene, f"brightness of {at}", patch.lightness / 100, region.facts.brightness)
    mean, contrast = scene.lightness
    yield _number(scene, "contrast", contrast, seen.scaffold.whole.contrast, near=_NEAR_CONTRAST)
    found = seen.conclusion
    yield Finding(scene.name, "warmth, concluded", scene.label, found.label, scene.label == found.label)
    yield Finding(scene.name, "contrast, concluded", scene.contrast, found.intensity, scene.contrast == found.intensity)
    yield _number(scene, "brightness, concluded", 1 + 2 * _step(mean / 100, 5), found.valence)


def _number(scene: Scene, cue: str, drawn: float, arrived: float, *, near: float = _NEAR) -> Finding:
    return Finding(scene.name, cue, f"{drawn:.2f}", f"{arrived:.2f}", abs(drawn - arrived) <= near)


def main() -> int:
    """Print what was drawn and what arrived; 1 where something did not."""
    with tempfile.TemporaryDirectory() as folder:
        found = check(Path(folder).resolve())
    for one in found:
        state = "ok  " if one.holds else "LOST"
        sys.stdout.write(f"{state} {one.scene}: {one.cue}: drawn {one.drawn}, arrived {one.arrived}\n")
    return 0 if all(one.holds for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
