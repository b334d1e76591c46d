"""Five nodes against one prompt that generates as many tokens: wall time and cached share.

The graph is timed whole, and without its closed questions (`choose`), which the single prompt does not have. The
single prompt is streamed; where it stops before the graph's number of tokens, the missing ones are charged at its own
rate. Every repetition has a text of its own, and graph and single prompt take turns, so that noise meets both.

    python -m benchmarks.graph_against_single [embedded|transformers] [repetitions]
"""

from __future__ import annotations

import sys
import time
from typing import Any

from langchain_core.messages import HumanMessage, SystemMessage

from affectgraph.backends.base import Backend
from affectgraph.backends.usage import record
from affectgraph.graphs import NodeFinished, load
from affectgraph.prompts import prompt
from affectgraph.tools.segments import quote, segment
from benchmarks.common import LONG_TEXT, fresh, median_range, smollm2, table

NODES = ("emotions_and_context", "causes_and_beliefs", "intent", "strategy", "reply")


def measure(backend: Backend, repetitions: int) -> None:
    """Print the table for one backend."""
    choosing = _timed_choices(backend)
    load("empathy", model=backend).invoke({"text": "I miss my sister, and I do not know how to tell her."})  # warm up
    whole, without, shares, seconds = [], [], [], []
    for number in range(repetitions):
        choosing.clear()
        wall, tokens, cached = _graph(backend, fresh(LONG_TEXT, 2 * number))
        single = _single(backend, fresh(LONG_TEXT, 2 * number + 1), tokens)
        whole.append(wall / single)
        # The first question pays for reading the text, which the single prompt pays too.
        questions = sum(choosing[1:])
        without.append((wall - questions) / single)
        shares.append(100 * min(cached))
        seconds.append(questions)
    table(
        f"Five nodes against one prompt, {backend.label}, {len(LONG_TEXT):,} characters",
        [
            ("wall time, graph / single prompt at equal tokens", median_range(whole)),
            ("the same without the closed questions (`choose`)", median_range(without)),
            ("seconds in `choose`, but for the first", median_range(seconds)),
            ("smallest cached share of the prompt, nodes 2 to 5, in %", median_range(shares, 1)),
        ],
    )


def _timed_choices(backend: Backend) -> list[float]:
    spent: list[float] = []
    choose = type(backend).choose

    def timed(self: Any, *arguments: Any, **options: Any) -> Any:
        started = time.perf_counter()
        try:
            return choose(self, *arguments, **options)
        finally:
            spent.append(time.perf_counter() - started)

    type(backend).choose = timed  # type: ignore[method-assign]
    return spent


def _graph(backend: Backend, text: str) -> tuple[float, int, list[float]]:
    wall, tokens, cached = 0.0, 0, []
    for event in load("empathy", model=backend).events({"text": text}):
        if isinstance(event, NodeFinished) and event.node in NODES:
            usage = event.entry.usage
            wall += event.entry.milliseconds / 1000
            tokens += usage.tokens_out
            if event.node != NODES[0]:
                cached.append(usage.tokens_cached / usage.tokens_in)
    return wall, tokens, cached


def _single(backend: Backend, text: str, tokens: int) -> float:
    lines = "\n".join(f"[{part.id}] {quote(text, part)}" for part in segment(text))
    messages = [
        SystemMessage(prompt("empathy/system", "en").render()),
        HumanMessage(prompt("empathy/single", "en").render(text=lines)),
    ]
    started = time.perf_counter()
    first = None
    with record() as recorder:
        for chunk in backend.stream(messages, max_tokens=tokens):
            if first is None and str(chunk.text):
                first = time.perf_counter()
    ended = time.perf_counter()
    made = max(2, recorder.total.tokens_out)
    rate = (ended - (first or started)) / (made - 1)
    return (ended - started) + max(0, tokens - made) * rate


if __name__ == "__main__":
    kind = sys.argv[1] if len(sys.argv) > 1 else "embedded"
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    opened = smollm2(kind)
    try:
        measure(opened, times)
    finally:
        opened.close()
