"""A grounded affective tree as a PNG for paper, without a browser: the picture with its regions, beside it the tree.

7 inches wide, a page's text width, in type of 6 to 10 points. Text from a model is drawn as it is, never read as
mathematics, and cut where it is long: the page has all of it.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from affectgraph.agents.gat_figure_text import Line, draw, families, height, wide, wrapped
from affectgraph.agents.gat_telling import (
    Branch,
    branches,
    calibrated,
    cites_regions,
    concluded_from,
    known,
    looked_at,
    name_of,
)
from affectgraph.backends.errors import InputError, MissingDependency
from affectgraph.backends.media import MediaOptions, load_image
from affectgraph.graphs.gat_types import GatOutput
from affectgraph.tools.scaffold_overlay import overlay

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from PIL import Image

__all__ = ["paint", "require_matplotlib"]

_DPI = 300
# Inches. The lane is where the wire of the kept branch runs down to the conclusion.
_WIDTH, _EDGE, _PAD, _GAP, _LANE = 7.0, 0.05, 0.07, 0.11, 0.14
_PICTURE, _TALLEST, _TREE = 2.5, 4.5, 2.85
_CLAIM, _BETWEEN = 2.05, 0.18
_VERDICT = _WIDTH - _EDGE - _LANE - _TREE - _CLAIM - _BETWEEN
_NAME, _ROW, _PLANE = 0.85, 0.15, 1.05
# Where a wire meets a box: the middle of its first line.
_MEETS = 0.15
_ROWS = 6
_SOFT, _WIRE, _KEPT, _KEPT_GROUND, _AGAINST, _PALE = (
    "#5b6570", "#9aa4ae", "#0b5fa5", "#eef5fb", "#a8430a", "#f5f7f9",
)  # fmt: skip
_EVOKED, _EXPRESSED = "#0072B2", "#E69F00"


class Limb(NamedTuple):
    """A branch as it is drawn: the lines of its claim and of its verdict."""

    branch: Branch
    claim: list[Line]
    verdict: list[Line]

    @property
    def height(self) -> float:
        """Of the higher box, in inches."""
        return max(height(self.claim), height(self.verdict)) + 2 * _PAD


def require_matplotlib() -> None:
    """Do nothing where figures can be painted.

    Raises:
        MissingDependency: matplotlib is not installed.
    """
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise MissingDependency("`--png` needs matplotlib: pip install 'affectgraph[evals]'") from error


def paint(output: GatOutput, path: Path, media: MediaOptions | None = None) -> None:
    """Paint one picture's tree, 2100 pixels wide.

    Args:
        output: its file is read again.
        path: of the PNG.
        media: as when the picture was opened.

    Raises:
        MissingDependency: matplotlib is not installed.
        MediaError: the picture is gone or has changed.
        InputError: the file cannot be written.
    """
    require_matplotlib()
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    picture = load_image(output.image, media)
    if output.scaffold and cites_regions(output):
        picture = overlay(picture, output.scaffold)
    limbs = [_limb(branch, output) for branch in branches(output)]
    size = _size(picture)
    below_picture = _EDGE + size[1] + 0.22
    below_limbs = _EDGE + sum(limb.height + _GAP for limb in limbs)
    # Under the picture as well, where there is room.
    left = _EDGE if limbs and below_limbs >= below_picture else _TREE
    lines, written = _told(output, left), _written(output, left)
    end = below_limbs + _result_height(output, lines, written)
    with rc_context({"font.family": families(), "text.parse_math": False}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        tall = max(below_picture, end) + _EDGE
        figure = Figure(figsize=(_WIDTH, tall), dpi=_DPI, facecolor="white")
        axes: Any = figure.add_axes((0, 0, 1, 1))
        axes.axis("off")
        _picture(axes, picture, size, output)
        _limbs(axes, limbs, size, below_limbs)
        _result(axes, (left, below_limbs), output, lines, written)
        axes.set(xlim=(0, _WIDTH), ylim=(tall, 0))  # last: a picture would set its own
        try:
            figure.savefig(path, format="png", metadata={"Software": None})
        except OSError as error:
            raise InputError(f"cannot write the figure {path}: {error.strerror}; choose another place") from None


# --- the picture and the branches ------------------------------------------------------------------------------------


def _size(picture: Image.Image) -> tuple[float, float]:
    """Width and height in inches; a very tall picture would make the figure a strip, a flat one a line."""
    tall = min(_PICTURE * picture.height / picture.width, _TALLEST)
    return min(_PICTURE, tall * picture.width / picture.height), max(tall, 0.02)


def _picture(axes: Axes, picture: Image.Image, size: tuple[float, float], output: GatOutput) -> None:
    left, right, bottom = _EDGE + _PICTURE - size[0], _EDGE + _PICTURE, _EDGE + size[1]
    axes.imshow(picture, extent=(left, right, bottom, _EDGE), interpolation="antialiased", aspect="auto")
    told = wrapped(f"{name_of(output)}: {looked_at(output)}", _PICTURE, 6.5, _SOFT, most=1)
    draw(axes, told, _EDGE, bottom + 0.04)


def _limb(branch: Branch, output: GatOutput) -> Limb:
    item, colour = branch.hypothesis, _SOFT if branch.state == "pruned" else "#1c2024"
    inner, room = _CLAIM - 2 * _PAD, _VERDICT - 2 * _PAD
    claim = wrapped(f"{item.emotion}, {item.intensity}", inner, 8.5, colour, bold=True, most=1)
    claim += wrapped(item.reason, inner, 7.0, colour)
    if cited := known(output, item.cited):
        claim += wrapped(f"cites {_numbers(cited)}", inner, 6.5, _SOFT)
    word = {"kept": "✓ kept", "pruned": "✗ pruned", "aside": "○ set aside"}[branch.state]
    verdict = [Line(word, 7.5, _KEPT if branch.state == "kept" else _SOFT, bold=True)]
    sure = f", confidence {branch.verdict.confidence:.2f}" if branch.verdict else ""
    verdict += wrapped(f"{branch.told}{sure}", room, 6.5, _SOFT)
    for against in branch.verdict.contradictions if branch.verdict else ():
        found = known(output, [against.cited] if against.cited else [])
        place = f"in {_numbers(found)}: " if found else ""
        verdict += wrapped(f"{place}“{against.fact}”", room, 6.5, _AGAINST)
    return Limb(branch, claim, verdict)


def _numbers(regions: Sequence[str]) -> str:
    return ", ".join(region.removeprefix("r") for region in regions)


def _limbs(axes: Axes, limbs: Sequence[Limb], size: tuple[float, float], below: float) -> None:
    """The branches below each other, and their wires; without any, one wire to the conclusion."""
    edge, trunk, verdicts = _EDGE + _PICTURE, (_EDGE + _PICTURE + _TREE) / 2, _TREE + _CLAIM + _BETWEEN
    tops = [_EDGE + sum(limb.height + _GAP for limb in limbs[:place]) for place in range(len(limbs))]
    kept = next((top for top, limb in zip(tops, limbs, strict=True) if limb.branch.state == "kept"), below)
    # The kept branch leaves the picture in a straight line where it can.
    start = min(max(kept + _MEETS, _EDGE), _EDGE + size[1])
    if not limbs:
        _wire(axes, [edge, trunk, trunk, _TREE], [start, start, below + _MEETS, below + _MEETS], "kept")
    for top, limb in zip(tops, limbs, strict=True):
        state, meets = limb.branch.state, top + _MEETS
        _wire(axes, [edge, trunk, trunk, _TREE], [start, start, meets, meets], state)
        _wire(axes, [_TREE + _CLAIM, verdicts], [meets, meets], state)
        _box(axes, (_TREE, top), (_CLAIM, height(limb.claim) + 2 * _PAD), state)
        _box(axes, (verdicts, top), (_VERDICT, height(limb.verdict) + 2 * _PAD), state)
        draw(axes, limb.claim, _TREE + _PAD, top + _PAD)
        draw(axes, limb.verdict, verdicts + _PAD, top + _PAD)
        if state == "pruned":
            first = limb.claim[0]
            struck = top + _PAD + first.height * 0.55
            ends = [_TREE + _PAD, _TREE + _PAD + 0.97 * wide(first.text, first.size, first.bold)]
            axes.plot(ends, [struck, struck], color=_SOFT, linewidth=0.9, zorder=5)
        elif state == "kept":
            lane = _WIDTH - _EDGE - _LANE / 3
            _wire(axes, [verdicts + _VERDICT, lane, lane], [meets, meets, below], state)


def _box(axes: Axes, corner: tuple[float, float], size: tuple[float, float], state: str) -> None:
    from matplotlib.patches import FancyBboxPatch

    kept, pruned = state == "kept", state == "pruned"
    axes.add_patch(
        FancyBboxPatch(
            corner, *size, boxstyle="round,pad=0,rounding_size=0.05", linewidth=1.2 if kept else 0.7, zorder=3,
            edgecolor=_KEPT if kept else _WIRE, facecolor=_KEPT_GROUND if kept else _PALE if pruned else "white",
            linestyle="--" if pruned else "-",
        )
    )  # fmt: skip


def _wire(axes: Axes, xs: Sequence[float], ys: Sequence[float], state: str) -> None:
    kept = state == "kept"
    line = "--" if state == "pruned" else "-"
    axes.plot(xs, ys, line, color=_KEPT if kept else _WIRE, linewidth=1.6 if kept else 0.8, zorder=2 if kept else 1)


# --- the conclusion --------------------------------------------------------------------------------------------------


def _inner(left: float) -> float:
    return _WIDTH - _EDGE - left - 2 * _PAD


def _told(output: GatOutput, left: float) -> list[Line]:
    found = output.conclusion
    lines = wrapped(f"{found.label}, {found.intensity} intensity", _inner(left), 10.0, bold=True)
    basis = f"concluded from {concluded_from(output)}; valence and arousal {calibrated(output)}"
    lines += wrapped(basis, _inner(left), 6.5, _SOFT)
    if output.perception == "facts-only":
        unseen = "The model did not see the picture, only what was measured of it."
        lines += wrapped(unseen, _inner(left), 6.5, _AGAINST)
    return lines


def _written(output: GatOutput, left: float) -> list[Line]:
    sentences = output.writing.sentences if output.writing else []
    found = [known(output, item.regions) for item in sentences]
    cited = [f" [{_numbers(regions)}]" if regions else "" for regions in found]
    text = " ".join(item.text + where for item, where in zip(sentences, cited, strict=True))
    return wrapped(text, _inner(left), 7.0, most=24) if text else []


def _rows(output: GatOutput) -> list[tuple[str, list[float]]]:
    """The labels most evoked, each with its shares: evoked, and expressed where anybody is depicted."""
    shown = [output.conclusion.emotions, *([output.conclusion.expressed] if output.conclusion.expressed else [])]
    ranked = output.conclusion.emotions.ranked()[:_ROWS]
    return [(label, [each.probabilities.get(label, 0.0) for each in shown]) for label, _ in ranked]


def _result_height(output: GatOutput, lines: Sequence[Line], written: Sequence[Line]) -> float:
    bars = (len(_rows(output)) + 1) * _ROW
    return height(lines) + max(bars, _PLANE + 0.05) + height(written) + 3 * _PAD


def _result(axes: Axes, corner: tuple[float, float], output: GatOutput, lines: list[Line], written: list[Line]) -> None:
    left, top = corner
    tall = _result_height(output, lines, written)
    _box(axes, corner, (_WIDTH - _EDGE - left, tall), "kept")
    y = draw(axes, lines, left + _PAD, top + _PAD) + 0.05
    _bars(axes, left + _PAD, y, output)
    _plane(axes, _WIDTH - _EDGE - _PAD - _PLANE, y, output)
    draw(axes, written, left + _PAD, top + tall - _PAD - height(written))


def _bars(axes: Axes, x: float, y: float, output: GatOutput) -> None:
    rows = _rows(output)
    titles = [("evoked in viewers", _EVOKED), ("expressed by people", _EXPRESSED)][: len(rows[0][1])]
    room = min(2.6, (_WIDTH - _EDGE - _PAD - _PLANE - x - _NAME - 0.1) / len(titles))
    for place, (title, colour) in enumerate(titles):
        start = x + _NAME + place * room
        draw(axes, [Line(title, 6.5, _SOFT)], start, y)
        for number, (_, shares) in enumerate(rows, 1):
            middle, long = y + (number + 0.45) * _ROW, shares[place] * (room - 0.4)
            axes.barh(middle, max(long, 0.004), 0.085, left=start, color=colour, zorder=4)
            axes.text(start + long + 0.04, middle, f"{shares[place]:.0%}", fontsize=6, color=_SOFT, va="center")
    for number, (label, _) in enumerate(rows, 1):
        chosen = label == output.conclusion.label
        name = wrapped(label, _NAME - 0.06, 6.5, bold=chosen, most=1)
        draw(axes, name, x, y + (number + 0.01) * _ROW)


def _plane(axes: Axes, x: float, y: float, output: GatOutput) -> None:
    from matplotlib.patches import Rectangle

    found, side = output.conclusion, _PLANE - 0.25
    left, top = x + 0.25, y + 0.02
    axes.add_patch(Rectangle((left, top), side, side, facecolor="white", edgecolor=_WIRE, linewidth=0.6, zorder=4))
    axes.plot([left, left + side], [top + side / 2] * 2, ":", color=_WIRE, linewidth=0.7, zorder=5)
    axes.plot([left + side / 2] * 2, [top, top + side], ":", color=_WIRE, linewidth=0.7, zorder=5)
    point = left + side * (found.valence - 1) / 8, top + side * (9 - found.arousal) / 8
    axes.plot(*point, "o", color=_KEPT, markersize=4.5, zorder=6)
    ends: dict[str, Any] = {"fontsize": 5.5, "color": _SOFT}
    axes.text(left, top + side + 0.03, "1", va="top", **ends)
    axes.text(left + side, top + side + 0.03, "9", va="top", ha="right", **ends)
    axes.text(left - 0.03, top + side, "1", ha="right", **ends)
    axes.text(left - 0.03, top, "9", ha="right", va="top", **ends)
    axes.text(left + side / 2, top + side + 0.03, f"valence {found.valence:.1f}", fontsize=6, ha="center", va="top")
    axes.text(
        left - 0.1, top + side / 2, f"arousal {found.arousal:.1f}", fontsize=6, ha="right", va="center", rotation=90
    )
