"""What the evaluation harness costs a sample: over calling the graph in a loop, and beside plain inspect_ai.

Scripted backend, so that nothing but the machinery is measured; CPU time of this process, in one run, each way three
times in turn. `python -m benchmarks.harness [samples]`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from inspect_ai import Task
from inspect_ai import eval as inspect_eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import Score, Target, mean, scorer
from inspect_ai.solver import Generate, TaskState, solver

from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.evals.evaluating import evaluate
from affectgraph.evals.opening import Asked
from affectgraph.graphs import load
from affectgraph.graphs.options import ReadingOptions
from affectgraph.graphs.settings import Settings
from benchmarks.common import median_range, table

TIMES = 3
_BESIDE = "plain inspect_ai with the graph"
REPLY = {"joy": 0.75, "neutral": 0.25}


def texts(count: int) -> list[str]:
    """Texts that no two samples share."""
    return [f"The train leaves at nine, and I am glad of it (number {index})." for index in range(count)]


def _graph() -> Any:
    settings = Settings(reading=ReadingOptions(corrected=False))
    return load("reading", model=ScriptedBackend(replies=[REPLY], cycle=True), settings=settings)


def in_a_loop(folder: Path, count: int) -> None:
    """The graph, invoked text by text."""
    graph = _graph()
    for text in texts(count):
        graph.invoke({"text": text, "questions": ["emotion"]})


def plain_inspect(folder: Path, count: int, *, with_graph: bool) -> None:
    """A task written by hand, without rows, kept answers or intervals."""
    graph = _graph()

    @solver
    def answers() -> Any:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            if with_graph:
                given = {"text": str(state.input_text), "questions": ["emotion"]}
                output = await anyio.to_thread.run_sync(partial(graph.invoke, given))
                state.output = ModelOutput.from_content("none", output.readings["emotion"].label)
            return state

        return solve

    @scorer(metrics=[mean()])
    def scores() -> Any:
        async def score(state: TaskState, target: Target) -> Score:
            return Score(value=1.0)

        return score

    samples = [Sample(id=str(index), input=text, target="joy") for index, text in enumerate(texts(count))]
    task = Task(dataset=MemoryDataset(samples), solver=answers(), scorer=scores())
    inspect_eval(task, model=None, display="none", log_dir=str(folder / "plain"), log_realtime=False)


def ours(folder: Path, count: int) -> None:
    """What `affectgraph eval` runs, every answer asked and kept."""
    data = folder / "goemotions"
    data.mkdir(exist_ok=True)
    (data / "labels.txt").write_text("joy\nneutral\n", encoding="utf-8")
    (data / "dev.tsv").write_text("".join(f"{t}\t0\ti{n}\n" for n, t in enumerate(texts(count))), encoding="utf-8")
    (folder / "script.jsonl").write_text('{"joy": 0.75, "neutral": 0.25}\n', encoding="utf-8")
    roles = "".join(f'{role} = "played"\n' for role in ("perceive", "reason", "write", "judge"))
    (folder / "affectgraph.toml").write_text(
        f'data_dir = "data"\n[roles]\n{roles}'
        '[backends.played]\nkind = "scripted"\npath = "script.jsonl"\ncycle = true\n',
        encoding="utf-8",
    )
    asked = Asked(data=str(data), config=str(folder / "affectgraph.toml"), fresh=True)
    evaluate("goemotions", asked, ["choose"], log_dir=folder / "logs")


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    ways: dict[str, Callable[[Path, int], None]] = {
        "the graph in a loop": in_a_loop,
        "plain inspect_ai, no graph": partial(plain_inspect, with_graph=False),
        _BESIDE: partial(plain_inspect, with_graph=True),
        "`affectgraph eval`": ours,
    }
    spent: dict[str, list[float]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory() as name:
        for way in ways.values():  # imports and first uses are not what a sample costs
            way(Path(name), 5)
        for _ in range(TIMES):
            for title, way in ways.items():
                started = time.process_time()
                way(Path(name), count)
                spent[title].append(1000 * (time.process_time() - started) / count)
    loop = spent["the graph in a loop"]
    rows = [(f"{title}, CPU ms a sample", median_range(times, 1)) for title, times in spent.items()]
    more = [one - base for one, base in zip(spent["`affectgraph eval`"], loop, strict=True)]
    plain = [one / base for one, base in zip(spent["`affectgraph eval`"], spent[_BESIDE], strict=True)]
    rows += [("harness over the loop, CPU ms a sample", median_range(more, 1))]
    rows += [("`affectgraph eval` / plain inspect_ai with the graph", median_range(plain))]
    table(f"Harness, {count} samples", rows)


if __name__ == "__main__":
    main()
