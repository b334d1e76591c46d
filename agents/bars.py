"""A distribution as bars in a terminal."""

from __future__ import annotations

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

__all__ = ["bars"]

_BAR = 24
_SHOWN = 4


def bars(probabilities: dict[str, float], *, ordered: bool = False) -> RenderableType:
    """A distribution as horizontal bars, most probable first with the tail summed up, or all in listed order."""
    items = list(probabilities.items()) if ordered else sorted(probabilities.items(), key=lambda item: -item[1])
    shown, rest = (items, []) if ordered else (items[:_SHOWN], items[_SHOWN:])
    table = Table.grid(padding=(0, 1))
    for name, share in shown:
        table.add_row(Text(name), Text("█" * round(_BAR * share) or "▏", style="blue"), f"{share:.0%}")
    if rest:
        table.add_row(Text(f"{len(rest)} more", style="dim"), "", Text(f"{sum(s for _, s in rest):.0%}", style="dim"))
    return table
