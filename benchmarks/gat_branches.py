"""What three branches of `gat`'s verification cost against one, on the trunk that they share.

The trunk is that of a real photograph without eyes: what was measured of it, and three hypotheses of SmolLM2. Before
each measurement everything up to the question that the hypotheses answered has been read, as in a run of the graph; the
hypotheses' text and the critics' questions have not. Every measurement has a trunk of its own, and one branch and three
take turns, so that no cache knows too much and noise meets both. Twice:

- at equal tokens: every critic must give one fixed answer, so that the ratio is the machine's;
- as it runs: critics answer what they want, so that a branch may be longer than another.

    python -m benchmarks.gat_branches [embedded|transformers] [repetitions]
"""

from __future__ import annotations

import sys
import time
from typing import Literal

from pydantic import BaseModel, Field

from affectgraph.backends.base import Backend
from affectgraph.backends.media import MediaOptions
from affectgraph.backends.usage import Usage, record
from affectgraph.graphs import gat_tree
from affectgraph.graphs.gat import look, scan
from affectgraph.graphs.gat_tree import hypothesize, verify
from affectgraph.graphs.gat_types import GatState
from affectgraph.graphs.settings import GatOptions
from affectgraph.graphs.steps import Message, Models, node, to_langchain
from benchmarks.common import EXAMPLES, median_range, smollm2, table

IMAGE = EXAMPLES / "images" / "rocket.jpg"
BRANCHES = 3
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


def trunk(models: Models, options: GatOptions) -> GatState:
    """The state before `verify`."""
    state = GatState(image=str(IMAGE))
    for work in (look, scan, hypothesize):
        update = node(work.__name__, lambda state, work=work: work(state, models, options))(state)
        state = GatState.model_validate({**state.model_dump(), **update, "trace": []})
    return state


def another(state: GatState, number: int, branches: int) -> GatState:
    """The same trunk with an opening that no cache has seen, and the first hypotheses to be verified."""
    first, *rest = state.messages
    opening = Message(role=first.role, content=f"Picture number {number}.\n\n{first.content}")
    return state.model_copy(update={"messages": [opening, *rest], "hypotheses": state.hypotheses[:branches]})


def measured(state: GatState, models: Models, options: GatOptions) -> tuple[float, Usage]:
    """Seconds of `verify`, and what it cost."""
    # As `hypothesize` leaves the cache: all that it read, the hypotheses themselves not.
    models.judge.invoke(to_langchain(state.messages[:-1]), max_tokens=1)
    started = time.perf_counter()
    with record() as recorder:
        verify(state, models, options)
    return time.perf_counter() - started, recorder.total


def compare(models: Models, options: GatOptions, state: GatState, repetitions: int) -> list[tuple[str, str]]:
    """Rows of the table: ratio, seconds, tokens."""
    ratios, one, three, tokens, cached = [], [], [], [], []
    for number in range(-1, repetitions):
        found = {}
        order = (1, BRANCHES) if number % 2 else (BRANCHES, 1)
        for place, branches in enumerate(order):
            found[branches] = measured(another(state, 2 * number + place, branches), models, options)
        if number < 0:  # grammars and first uses are not what a branch costs
            continue
        (alone, usage), (all_, usages) = found[1], found[BRANCHES]
        ratios.append(all_ / alone)
        one.append(alone)
        three.append(all_)
        tokens.append(usages.tokens_out / usage.tokens_out)
        cached.append(100 * usages.tokens_cached / usages.tokens_in)
    return [
        (f"wall time, {BRANCHES} branches / 1", median_range(ratios)),
        ("seconds, 1 branch", median_range(one)),
        (f"seconds, {BRANCHES} branches", median_range(three)),
        (f"tokens written, {BRANCHES} branches / 1", median_range(tokens)),
        (f"share of the {BRANCHES} prompts that came from the cache, in %", median_range(cached, 1)),
    ]


def measure(backend: Backend, repetitions: int) -> None:
    """Print both tables for one backend."""
    models = Models.all(backend, media=MediaOptions(roots=[EXAMPLES]))
    options = GatOptions(hypotheses=BRANCHES)
    state = trunk(models, options)
    length = backend.count_tokens("\n\n".join(message.content for message in state.messages))
    where = f"{backend.label}, {IMAGE.name}, a trunk of {length:,} tokens"
    free = gat_tree.verdict_schema
    gat_tree.verdict_schema = lambda ids, tokens: FixedVerdict  # type: ignore[assignment]
    table(f"Branches at equal tokens, {where}", compare(models, options, state, repetitions))
    gat_tree.verdict_schema = free
    table(f"Branches as they run, {where}", compare(models, options, state, repetitions))


if __name__ == "__main__":
    kind = sys.argv[1] if len(sys.argv) > 1 else "embedded"
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    opened = smollm2(kind)
    try:
        measure(opened, times)
    finally:
        opened.close()
