"""A perceived clip as one HTML page that needs nothing else: no network, no script, no font.

Words, file names and a model's labels are untrusted: the template escapes everything, and the page's own policy forbids
scripts and every request. Pictures are small copies of the sampled frames, the sound is drawn as an outline; neither
can be played from the page.
"""

from __future__ import annotations

from importlib.metadata import version
from importlib.resources import files
from pathlib import PurePath
from typing import Any, NamedTuple

import jinja2
import numpy as np

from affectgraph.agents.perceive_telling import CLASSES, NAMES, cautions, compared, decided_by, moved, reading_of
from affectgraph.backends.media import Frames, MediaRef, Sound, as_data_url, load_audio, load_frames
from affectgraph.backends.scoring import Distribution
from affectgraph.graphs.perceive_types import Budgets, PerceiveOutput
from affectgraph.graphs.settings import Settings

__all__ = ["perceive_page"]

_THUMB = 240
_BINS = 400
# Half the height of the drawing of the sound, in units of its own box.
_HALF = 40.0


class Still(NamedTuple):
    """One sampled frame; `at` is where it stands on the timeline, in percent."""

    url: str
    seconds: float
    at: float


class Wave(NamedTuple):
    """The outline of the sound, in a box of 400 x 80, and how much of the timeline it takes, in percent."""

    path: str
    seconds: float
    share: float


class Bar(NamedTuple):
    """One label and its share in [0, 1]."""

    label: str
    share: float


def perceive_page(result: PerceiveOutput, models: tuple[str, ...], settings: Settings) -> str:
    """The page.

    Args:
        result: of the graph; its files are read again.
        models: `label: identity` of each backend, for the footer.
        settings: of the run: which frames, and what may be read.

    Raises:
        MediaError: a file is gone or has changed.
    """
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters.update(share=_share, css=_css)
    text = files("affectgraph.agents").joinpath("perceive_page.html.j2").read_text(encoding="utf-8")
    seconds = max((ref.duration_s for ref in (result.frames, result.sound) if ref), default=0.0)
    return environment.from_string(text).render(
        result=result,
        names=NAMES,
        classes=CLASSES,
        sources=[name for name in dict.fromkeys(map(_name, (result.frames, result.sound))) if name],
        seconds=seconds,
        stills=_stills(result, settings, seconds),
        wave=_wave(result, settings, seconds),
        bars=_bars,
        spelled=_spelled,
        layers=_layers(result),
        cautions=cautions(result),
        compared=compared(result),
        moved=moved(result.steering) if result.steering else "",
        decided_by=decided_by(result),
        reading_of=reading_of,
        models=models,
        version=version("affectgraph"),
    )


def _name(ref: MediaRef | None) -> str:
    """The file's name; folders stay private."""
    return PurePath(ref.path).name if ref else ""


def _stills(result: PerceiveOutput, settings: Settings, seconds: float) -> list[Still]:
    if result.frames is None:
        return []
    found = load_frames(result.frames, settings.media, settings.perceive.sampling)
    if not isinstance(found, Frames):
        return []
    return [
        Still(as_data_url(image, _THUMB), at, 100 * at / seconds if seconds else 0.0)
        for image, at in zip(found.images, found.times_s, strict=True)
    ]


def _wave(result: PerceiveOutput, settings: Settings, seconds: float) -> Wave | None:
    if result.sound is None:
        return None
    found = load_audio(result.sound, settings.media)
    if not isinstance(found, Sound):
        return None
    bins = [part for part in np.array_split(found.samples, _BINS) if part.size]
    loudest = max(float(np.abs(found.samples).max()), 1e-6)
    high = [_HALF - _HALF * float(part.max()) / loudest for part in bins]
    low = [_HALF - _HALF * float(part.min()) / loudest for part in bins]
    points = [*enumerate(high), *reversed(list(enumerate(low)))]
    path = "M" + "L".join(f"{x},{y:.1f}" for x, y in points) + "Z"
    lasts = len(found.samples) / found.rate
    return Wave(path, lasts, min(100.0, 100 * lasts / seconds) if seconds else 100.0)


def _bars(distribution: Distribution) -> list[Bar]:
    """All labels, most probable first."""
    return [Bar(label, share) for label, share in distribution.ranked()]


def _spelled(distribution: Distribution) -> list[Bar]:
    """The five classes from negative to positive."""
    return [Bar(name, distribution.probabilities.get(label, 0.0)) for label, name in CLASSES.items()]


def _layers(result: PerceiveOutput) -> list[dict[str, Any]]:
    """Budgets of each layer before and after, for the drawing; empty where no attention was read."""
    if result.steering is None:
        return []
    steered = {layer for layer, _ in result.steering.heads}

    def stacked(budgets: Budgets, layer: int) -> list[Bar]:
        return [Bar(name, budgets.layers[layer].get(name, 0.0)) for name in NAMES]

    return [
        {
            "number": layer,
            "steered": layer in steered,
            "before": stacked(result.steering.before, layer),
            "after": stacked(result.steering.after, layer),
        }
        for layer in range(len(result.steering.before.layers))
    ]


def _share(value: float) -> str:
    return "<1%" if 0 < value < 0.005 else f"{value:.0%}"


def _css(value: float) -> str:
    return f"{100 * min(1.0, max(0.0, value)):.2f}%"
