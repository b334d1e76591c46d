"""Text for a figure: measured and broken into lines before it is drawn, so that boxes can be as large as their text."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Line", "draw", "families", "height", "wide", "wrapped"]

# A wordy model does not push the tree off the page.
_LINES = 4
_LEADING = 1.32


class Line(NamedTuple):
    """One line of text; `size` in points."""

    text: str
    size: float = 7.0
    colour: str = "#1c2024"
    bold: bool = False

    @property
    def height(self) -> float:
        """In inches, with the space to the next line."""
        return self.size * _LEADING / 72


@cache
def families() -> list[str]:
    """DejaVu Sans, and a font with Chinese where one is installed."""
    from matplotlib.font_manager import fontManager

    known = {font.name for font in fontManager.ttflist}
    wanted = ("Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Zen Hei", "SimHei", "PingFang SC")
    return ["DejaVu Sans", *(name for name in wanted if name in known)]


@cache
def _advance(character: str, bold: bool) -> float:
    """Width in shares of the type size; a character that the font lacks is taken for a wide one."""
    from matplotlib.font_manager import FontProperties, findfont
    from matplotlib.ft2font import FT2Font

    font = FT2Font(findfont(FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")))
    if not font.get_char_index(ord(character)):
        return 1.0
    font.set_size(100, 72)
    return float(font.load_char(ord(character)).linearHoriAdvance) / 65536 / 100


def wide(text: str, size: float, bold: bool = False) -> float:
    """Width of `text` in inches."""
    return sum(_advance(character, bold) for character in text) * size / 72


def wrapped(
    text: str, width: float, size: float = 7.0, colour: str = "#1c2024", *, bold: bool = False, most: int = _LINES
) -> list[Line]:
    """Lines of at most `width` inches, broken at spaces, and inside a word only where it is wider than a line.

    What is over `most` lines is cut, with an ellipsis.
    """
    lines, line = [], ""
    for word in " ".join(text.split()).split(" "):
        joined = f"{line} {word}" if line else word
        if wide(joined, size, bold) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        *whole, line = _broken(word, width, size, bold)
        lines += whole
    lines.append(line)
    if len(lines) > most:
        lines = [*lines[: most - 1], f"{lines[most - 1][:-1].rstrip()}…"]
    return [Line(one, size, colour, bold) for one in lines]


def _broken(word: str, width: float, size: float, bold: bool) -> list[str]:
    parts, part = [], ""
    for character in word:
        if part and wide(part + character, size, bold) > width:
            parts.append(part)
            part = ""
        part += character
    return [*parts, part]


def height(lines: Sequence[Line]) -> float:
    """In inches."""
    return sum(line.height for line in lines)


def draw(axes: Axes, lines: Sequence[Line], x: float, y: float) -> float:
    """Draw `lines` from the top left corner at x and y; returns where the next line would begin."""
    for line in lines:
        weight = "bold" if line.bold else "normal"
        axes.text(x, y + line.height * 0.78, line.text, fontsize=line.size, color=line.colour, fontweight=weight)
        y += line.height
    return y
