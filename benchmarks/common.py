"""What the benchmarks share: texts that no cache has seen, medians with their range, and a table."""

from __future__ import annotations

import platform
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "examples"
LONG_TEXT = (EXAMPLES / "long_text.txt").read_text(encoding="utf-8")


def fresh(text: str, number: int) -> str:
    """`text` with an opening of its own, so that no prefix but the system message is cached from another run."""
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    return f"It is {days[number % 7]}, and this is letter number {number} that I begin.\n\n{text}"


def median_range(values: Sequence[float], digits: int = 2) -> str:
    """Median (smallest to largest), n."""
    middle = statistics.median(values)
    return f"{middle:.{digits}f} ({min(values):.{digits}f} to {max(values):.{digits}f}), n={len(values)}"


def table(title: str, rows: Sequence[tuple[str, str]]) -> None:
    """Print a Markdown table."""
    print(f"\n### {title}\n\n| what | median (range), n |\n|---|---|")
    for name, value in rows:
        print(f"| {name} | {value} |")
    sys.stdout.flush()


def machine() -> str:
    """What the numbers were measured on, in a line."""
    import os

    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
