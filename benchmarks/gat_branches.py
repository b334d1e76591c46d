"""What three branches of `gat`'s verification cost against one, on the trunk that they share.

The trunk is that of a real photograph without eyes: what was measured of it, and three hypotheses. Before each
measurement everything up to the question that the hypotheses answered has been read, as in a run of the graph; the
hypotheses' text and the critics' questions have not. Every measurement has a trunk of its own, and one branch and three
take turns, so that no cache knows too much and noise meets both. CPU time of the process stands beside the wall clock,
since other work on the machine slows only the second; it counts all threads. Twice, unless one is named:

- `equal`: every critic must give one fixed answer, so that the ratio is the machine's;
- `free`: critics answer what they want, so that a branch may be longer than another.

    python -m benchmarks.gat_branches [embedded|transformers] [repetitions] [equal|free]
"""

from __future__ import annotations

import sys
import time
from functools import partial
from typing import Literal

from langchain_core.messages import HumanMessage
from pydantic import BaseModel, Field

from affectgraph.backends.base import Backend
from affectgraph.backends.media import MediaOptions
from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.backends.usage import Usage, record
from affectgraph.graphs import gat_tree
from affectgraph.graphs.gat import asked_of, look, scan
from affectgraph.graphs.gat_tree import hypothesize, verify
from affectgraph.graphs.gat_types import GatState
from affectgraph.graphs.options import GatOptions
from affectgraph.graphs.steps import Message, Models, node, to_langchain
from benchmarks.common import EXAMPLES, median_range, smollm2, table

IMAGE = EXAMPLES / "images" / "rocket.jpg"
BRANCHES = 3
HYPOTHESES = [
    {
        "emotion": "awe",
        "intensity": "high",
        "regions": ["r1", "r2"],
        "reason": "a wide, dark ground under a bright one",
    },
    {"emotion": "excitement", "intensity": "medium", "regions": ["r2"], "reason": "many edges and warm colours"},
    {"emotion": "contentment", "intensity": "low", "regions": ["r1"], "reason": "even colours of little contrast"},
]
FACT = "The colours of this region are dark and cool, its contrast is low, and nothing in it is near or moves."


class FixedContradiction(BaseModel):
    """What every critic must say."""

    region: Literal["r1"]
    fact: Literal[
        "The colours of this region are dark and cool, its contrast is low, and nothing in it is near or moves."
    ]


class FixedVerdict(BaseModel):
    """One answer, some seventy tokens long."""

    contradictions: list[FixedContradiction] = Field(min_length=2, max_length=2)
    confidence: Literal[0.5]


def trunk(options: GatOptions) -> GatState:
    """The state before `verify`, the same for every engine: the hypotheses are ours."""
    models = Models.all(ScriptedBackend(replies=[{"hypotheses": HYPOTHESES}]), media=MediaOptions(roots=[EXAMPLES]))
    state = GatState(image=str(IMAGE))
    for work in (look, scan, hypothesize):
        update = node(work.__name__, partial(asked_of, work, models, options))(state)
        state = GatState.model_validate({**state.model_dump(), **update, "trace": []})
    return state


def another(state: GatState, number: int, branches: int) -> GatState:
    """The same trunk with an opening that no cache has seen, and the first hypotheses to be verified."""
    first, *rest = state.messages
    opening = Message(role=first.role, content=f"Picture number {number}.\n\n{first.content}")
    return state.model_copy(update={"messages": [opening, *rest], "hypotheses": state.hypotheses[:branches]})


def measured(state: GatState, models: Models, options: GatOptions) -> tuple[float, float, Usage]:
    """Seconds of `verify` by the clock and of CPU, and what it cost."""
    # As `hypothesize` leaves the cache: all that it read, the hypotheses themselves not.
    models.judge.invoke(to_langchain(state.messages[:-1]), max_tokens=1)
    clock, processor = time.perf_counter(), time.process_time()
    with record() as recorder:
        asked_of(verify, models, options, state)
    return time.perf_counter() - clock, time.process_time() - processor, recorder.total


def compare(models: Models, options: GatOptions, state: GatState, repetitions: int) -> list[tuple[str, str]]:
    """Rows of the table: ratio, seconds, tokens."""
    walls, ratios, one, three, tokens, cached = [], [], [], [], [], []
    for number in range(repetitions):
        found = {}
        order = (1, BRANCHES) if number % 2 else (BRANCHES, 1)
        for place, branches in enumerate(order):
            found[branches] = measured(another(state, 2 * number + place, branches), models, options)
        (wall, alone, usage), (walled, all_, usages) = found[1], found[BRANCHES]
        walls.append(walled / wall)
        ratios.append(all_ / alone)
        one.append(alone)
        three.append(all_)
        tokens.append(usages.tokens_out / usage.tokens_out)
        cached.append(100 * usages.tokens_cached / usages.tokens_in)
    return [
        (f"wall time, {BRANCHES} branches / 1", median_range(walls)),
        (f"CPU time, {BRANCHES} branches / 1", median_range(ratios)),
        ("CPU seconds, 1 branch", median_range(one, 1)),
        (f"CPU seconds, {BRANCHES} branches", median_range(three, 1)),
        (f"tokens written, {BRANCHES} branches / 1", median_range(tokens)),
        (f"share of the {BRANCHES} prompts that came from the cache, in %", median_range(cached, 1)),
    ]


def measure(backend: Backend, repetitions: int, only: str = "") -> None:
    """Print the tables for one backend."""
    models, options = Models.all(backend), GatOptions(hypotheses=BRANCHES)
    state = trunk(options)
    length = backend.count_tokens("\n\n".join(message.content for message in state.messages))
    where = f"{backend.label}, {IMAGE.name}, a trunk of {length:,} tokens"
    free = gat_tree.verdict_schema
    for name, schema in (("equal", lambda ids, tokens, **_: FixedVerdict), ("free", free)):
        if only in ("", name):
            gat_tree.verdict_schema = schema
            warm = schema(("r1",), options.answer_tokens)
            backend.fill([HumanMessage("Is the sky blue?")], warm, max_tokens=options.answer_tokens)
            table(f"Branches, tokens {name}, {where}", compare(models, options, state, repetitions))


if __name__ == "__main__":
    kind = sys.argv[1] if len(sys.argv) > 1 else "embedded"
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    opened = smollm2(kind)
    try:
        measure(opened, times, *sys.argv[3:4])
    finally:
        opened.close()
