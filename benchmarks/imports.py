"""CPU seconds until the command answers and a graph is loaded, each in a new process.

python -m benchmarks.imports [repetitions]
"""

from __future__ import annotations

import subprocess
import sys

from benchmarks.common import median_range, table

TIMED = "import time; before = time.process_time()\n{}\nprint(time.process_time() - before)"
LOAD = (
    "from affectgraph.graphs import load\nfrom affectgraph.backends.scripted import ScriptedBackend\n"
    "load('empathy', model=ScriptedBackend())"
)
HELP = (
    "import sys, os, contextlib\nsys.argv = ['affectgraph', '--help']\nfrom affectgraph.agents.cli import main\n"
    "with contextlib.redirect_stdout(open(os.devnull, 'w')), contextlib.suppress(SystemExit): main()"
)


def seconds(code: str) -> float:
    """CPU seconds of `code` in a new interpreter."""
    done = subprocess.run([sys.executable, "-c", TIMED.format(code)], capture_output=True, text=True, check=True)
    return float(done.stdout.strip().splitlines()[-1])


def main(repetitions: int) -> None:
    """Print the table."""
    cases = {"langgraph": "import langgraph.graph", "graphs": "import affectgraph.graphs", "load": LOAD, "help": HELP}
    for code in cases.values():
        seconds(code)  # fill the file cache
    times = {name: [] for name in cases}  # type: dict[str, list[float]]
    for _ in range(repetitions):
        for name, code in cases.items():
            times[name].append(seconds(code))
    ratios = [ours / theirs for ours, theirs in zip(times["load"], times["langgraph"], strict=True)]
    table(
        "Import and start, CPU seconds",
        [
            ("`affectgraph --help`", median_range(times["help"])),
            ("`import affectgraph.graphs`", median_range(times["graphs"])),
            ('`load("empathy")`, scripted backend', median_range(times["load"])),
            ("`import langgraph.graph`", median_range(times["langgraph"])),
            ("load / import langgraph.graph", median_range(ratios)),
        ],
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
