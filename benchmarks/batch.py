"""32 texts in batch against one by one, embedded backend, short and long texts.

python -m benchmarks.batch [texts] [slots]
"""

from __future__ import annotations

import sys
import time

from affectgraph.backends.config import EmbeddedConfig
from affectgraph.backends.embedded import EmbeddedBackend
from affectgraph.graphs import load
from benchmarks.common import LONG_TEXT, fresh, table

SHORT = "My sister has not called me for three weeks, and I do not know what I did wrong. I keep checking my phone."


def main(texts: int, slots: int) -> None:
    """Print the table."""
    rows = []
    for name, text in (("short texts", SHORT), ("long texts (1,600 characters)", LONG_TEXT[:1600])):
        backend = EmbeddedBackend(label="embedded", config=EmbeddedConfig(slots=slots, context=4096))
        graph = load("empathy", model=backend)
        graph.invoke({"text": "I miss my sister, and I do not know how to tell her."})  # warm up
        started = time.perf_counter()
        for number in range(texts):
            graph.invoke({"text": fresh(text, number)})
        middle = time.perf_counter()
        graph.batch([{"text": fresh(text, texts + number)} for number in range(texts)])
        ended = time.perf_counter()
        graph.close()
        one, together = middle - started, ended - middle
        ratio = f"{one / together:.2f}x ({one:.0f} s / {together:.0f} s), n=1"
        rows.append((f"{texts} {name}: one by one / batch", ratio))
    table(f"Batch on the embedded backend, {slots} slots", rows)


if __name__ == "__main__":
    main(*(int(argument) for argument in (sys.argv[1:] + ["32", "8"][len(sys.argv) - 1 :])))
