"""The geometry of the chart of feelings over a conversation; `web_panel.html.j2` draws it.

One column for each message of the person: the shares of the emotions that weighed most in the whole conversation, the
others together, and above it the level of concern as steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from affectgraph.graphs.empathy_types import Turn

__all__ = ["Column", "Part", "Plot", "plot"]

WIDTH, HEIGHT = 320.0, 150.0
_TOP_LEVEL = 6
# More than five colours are not told apart: our choice.
_SHOWN = 4
# A column of a short conversation is no wall.
_WIDEST = 34.0
OTHER = ""


@dataclass(frozen=True)
class Part:
    """A share of a column.

    Attributes:
        label: the emotion; empty for the others together.
        share: in [0, 1].
        rank: of the emotion in the conversation, from 0; the others come last.
        y, height: in the units of the chart, from its top.
    """

    label: str
    share: float
    rank: int
    y: float
    height: float


@dataclass(frozen=True)
class Column:
    """One message: its number, horizontal place, parts from the bottom up (none where nothing was read), and level."""

    number: int
    x: float
    width: float
    parts: tuple[Part, ...]
    level: int
    time: str


@dataclass(frozen=True)
class Plot:
    """The whole chart: columns, labels by rank (the others last, if there are any), and the path of the level."""

    columns: tuple[Column, ...]
    labels: tuple[str, ...]
    steps: str
    width: float = WIDTH
    height: float = HEIGHT

    @property
    def highest(self) -> int:
        """The highest level of concern."""
        return max((column.level for column in self.columns), default=0)


def plot(history: Sequence[Turn]) -> Plot | None:
    """The chart of a conversation; None before the person's first message.

    Args:
        history: the turns; those in which a human wrote unasked are no messages of the person.
    """
    turns = [turn for turn in history if turn.text]
    if not turns:
        return None
    weights: dict[str, float] = {}
    for turn in turns:
        for label, share in turn.emotions.items():
            weights[label] = weights.get(label, 0.0) + share
    ranked = sorted((label for label in weights if weights[label] > 0.0), key=lambda label: (-weights[label], label))
    labels = (*ranked[:_SHOWN], *((OTHER,) if len(ranked) > _SHOWN else ()))
    room = WIDTH / len(turns)
    wide = min(room * 0.72, _WIDEST)
    columns = tuple(
        Column(
            number=index + 1,
            x=round(room * (index + 0.5) - wide / 2, 2),
            width=round(wide, 2),
            parts=_parts(turn.emotions, labels),
            level=turn.level,
            time=turn.time[11:16],
        )
        for index, turn in enumerate(turns)
    )
    return Plot(columns, labels, _steps(columns, room))


def _parts(emotions: dict[str, float], labels: Sequence[str]) -> tuple[Part, ...]:
    total = sum(emotions.values())
    if total <= 0.0:
        return ()
    named = {label: emotions.get(label, 0.0) / total for label in labels if label != OTHER}
    if OTHER in labels:
        named[OTHER] = max(0.0, 1.0 - sum(named.values()))
    parts, bottom = [], HEIGHT
    for rank, (label, share) in enumerate(named.items()):
        height = share * HEIGHT
        bottom -= height
        parts.append(Part(label, share, rank, round(max(bottom, 0.0), 2), round(height, 2)))
    return tuple(parts)


def _steps(columns: Sequence[Column], room: float) -> str:
    """The level as a path of steps: level 0 lies on the ground, `_TOP_LEVEL` at the top."""
    path = ""
    for index, column in enumerate(columns):
        y = round(HEIGHT * (1.0 - column.level / _TOP_LEVEL), 2)
        path += f"{'M' if index == 0 else 'L'}{round(room * index, 2)} {y}H{round(room * (index + 1), 2)}"
    return path
