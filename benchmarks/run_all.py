"""All benchmarks one after the other, as Markdown: `make bench`. Takes about half an hour on two cores."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.common import machine

PARTS = (
    ("imports",),
    ("orchestration",),
    ("graph_against_single", "embedded"),
    ("graph_against_single", "transformers", "3"),
    ("batch",),
    ("gat_branches", "embedded"),
    ("gat_branches", "transformers", "3"),
    ("scaffold",),
    ("harness",),
    ("memory",),
    ("steering",),
    ("counsel_wait",),
    ("load_sessions",),
)

if __name__ == "__main__":
    print(machine())
    for name, *arguments in PARTS:
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *arguments], check=True)
