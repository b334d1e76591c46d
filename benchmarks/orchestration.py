"""What our machinery costs over a bare LangGraph of the same shape, scripted backend.

The bare graph has the same nodes, makes the same model calls and runs the same screen, segmentation and reply checks,
on a plain dictionary: no typed state, no trace, no typed output. Both take turns in one process.

    python -m benchmarks.orchestration [repetitions]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, TypedDict

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langgraph.graph import END, START, StateGraph

from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.graphs import load
from affectgraph.graphs.empathy import _causes_schema, _Situation, _Strategy
from affectgraph.graphs.replying import release_checked
from affectgraph.prompts import prompt
from affectgraph.tools.emotions import taxonomy
from affectgraph.tools.intent import INTENTS
from affectgraph.tools.safety import screen
from affectgraph.tools.segments import quote, segment
from benchmarks.common import LONG_TEXT, median_range, table
from tests.graphs.conftest import player


class Plain(TypedDict, total=False):
    """State of the bare graph."""

    text: str
    level: int
    segments: list[str]
    messages: list[BaseMessage]
    found: dict[str, Any]
    reply: str


def bare(backend: ScriptedBackend) -> Any:
    """The same nodes and calls, as little else as LangGraph allows."""

    def ask(name: str) -> HumanMessage:
        return HumanMessage(prompt(f"empathy/{name}", "en").render())

    def screened(state: Plain) -> Plain:
        return {"level": screen(state["text"]).level}

    def segmented(state: Plain) -> Plain:
        return {"segments": [quote(state["text"], part) for part in segment(state["text"])]}

    def first(state: Plain) -> Plain:
        text = "\n".join(f"[s{number}] {words}" for number, words in enumerate(state["segments"], 1))
        opening = prompt("empathy/text", "en").render(text=text)
        question = HumanMessage(f"{opening}\n\n{prompt('empathy/emotion', 'en').render()}")
        messages = [SystemMessage(prompt("empathy/system", "en").render()), question]
        emotion = backend.choose(messages, taxonomy("counselling12").labels)
        messages = [*messages, AIMessage(emotion.top)]
        backend.choose([*messages, ask("intensity")], ("low", "medium", "high"))
        messages = [*messages, ask("situation")]
        filled = backend.fill(messages, _Situation)
        return {"messages": [*messages, AIMessage(filled.model_dump_json())], "found": {"emotion": emotion}}

    def filling(name: str, schema: Callable[[Plain], Any]) -> Callable[[Plain], Plain]:
        def work(state: Plain) -> Plain:
            messages = [*state["messages"], ask(name)]
            filled = backend.fill(messages, schema(state))
            return {"messages": [*messages, AIMessage(filled.model_dump_json())]}

        return work

    def sought(state: Plain) -> Plain:
        messages = [*state["messages"], ask("intent")]
        return {"messages": [*messages, AIMessage(backend.choose(messages, INTENTS).top)]}

    def written(state: Plain) -> Plain:
        stream = (str(chunk.text) for chunk in backend.stream([*state["messages"], ask("reply")]))
        return {"reply": " ".join(release_checked(stream, source=state["text"], language="en").sentences)}

    graph = StateGraph(Plain)
    nodes: dict[str, Any] = {
        "screen": screened,
        "segment": segmented,
        "emotions": first,
        "causes": filling(
            "causes_and_beliefs", lambda state: _causes_schema([f"s{n + 1}" for n in range(len(state["segments"]))])
        ),
        "intent": sought,
        "strategy": filling("strategy", lambda state: _Strategy),
        "reply": written,
    }
    for name, work in nodes.items():
        graph.add_node(name, work)
    for before, after in zip([START, *nodes], [*nodes, END], strict=True):
        graph.add_edge(before, after)
    return graph.compile()


def main(repetitions: int) -> None:
    """Print the table."""
    backend = ScriptedBackend(replies=player())
    ours, theirs = load("empathy", model=backend), bare(backend)
    ratios, mine, bare_ms, screening = [], [], [], []
    for number in range(repetitions + 3):
        started = time.perf_counter()
        theirs.invoke({"text": LONG_TEXT})
        middle = time.perf_counter()
        ours.invoke({"text": LONG_TEXT})
        ended = time.perf_counter()
        screen(LONG_TEXT)
        last = time.perf_counter()
        if number >= 3:  # the first runs compile patterns and import instructor
            ratios.append((ended - middle) / (middle - started))
            mine.append(1000 * (ended - middle))
            bare_ms.append(1000 * (middle - started))
            screening.append(1000 * (last - ended))
    table(
        "Orchestration, scripted backend",
        [
            ("ours / bare LangGraph", median_range(ratios)),
            ("ours, ms a run", median_range(mine, 1)),
            ("bare, ms a run", median_range(bare_ms, 1)),
            ("of which the safety screen, ms (in both)", median_range(screening, 1)),
        ],
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
