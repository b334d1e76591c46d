"""How long a person waits for the first released sentence of `counsel`, by node, and against the model's own time.

`python -m benchmarks.counsel_wait [n]` on the embedded model: n clear messages, each in a session of its own, and one
at level 2, whose direct question does not wait for the chain. The control is the model's own time: a first sentence
on the same message, with nothing before it and no check.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections import defaultdict

from affectgraph.backends.base import Backend
from affectgraph.graphs import NodeFinished, Sentence, load, load_settings
from affectgraph.graphs.steps import Message, to_langchain
from affectgraph.tools.sentences import sentence_end
from benchmarks.common import machine, median_range, smollm2, table

TEXT = "My manager moved the deadline again and I had to cancel the weekend with my sister. She did not say much."
AT_RISK = "I keep thinking about ending my life."


def fresh(text: str, number: int) -> str:
    """`text` after an everyday sentence of its own; the usual one speaks of a letter, which the screen takes up."""
    return f"It rained on day {number} of the month and the bus was late. {text}"


def main(runs: int) -> None:
    """Measure, and print Markdown tables."""
    backend = smollm2("embedded")
    graph = load("counsel", model=backend, settings=load_settings(environment={}).settings)
    warm = list(graph.events({"text": fresh(TEXT, 99)}))
    assert warm
    waits, own, ratios = [], [], []
    nodes: dict[str, list[float]] = defaultdict(list)
    for number in range(runs):
        started, first = time.perf_counter(), None
        for event in graph.events({"text": fresh(TEXT, number)}):
            if isinstance(event, Sentence) and first is None:
                first = time.perf_counter() - started
            elif isinstance(event, NodeFinished):
                nodes[event.node].append(event.entry.milliseconds)
        assert first is not None
        waits.append(first)
        own.append(_own(backend, number))
        ratios.append(waits[-1] / own[-1])
    started = time.perf_counter()
    direct = next(
        time.perf_counter() - started for event in graph.events({"text": AT_RISK}) if isinstance(event, Sentence)
    )
    graph.close()
    print(machine())
    table(
        "First released sentence of `counsel`, embedded model",
        [
            ("seconds from Enter", median_range(waits)),
            ("the model's own seconds for a first sentence", median_range(own)),
            ("ratio", median_range(ratios)),
            ("seconds to the direct question at level 2", f"{direct:.2f}, n=1"),
            *((f"ms in `{name}`", median_range(values, 0)) for name, values in nodes.items() if _counts(values)),
        ],
    )


def _counts(values: list[float]) -> bool:
    return statistics.median(values) >= 1.0


def _own(backend: Backend, number: int) -> float:
    """Seconds until the model has written a first sentence of its own."""
    messages = [Message(role="system", content="You are kind."), Message(role="user", content=fresh(TEXT, 40 + number))]
    started, text = time.perf_counter(), ""
    for chunk in backend.stream(to_langchain(messages), max_tokens=160):
        text += str(chunk.text)
        if sentence_end(text, 0) is not None:
            break
    return time.perf_counter() - started


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
