"""A run as an inspect_ai task: the solver asks our graph, the scorer writes rows, the metric gives figures.

The task needs no inspect model (`model="none"`). Where one is given, it serves the graph's roles.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio
from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import Model, ModelOutput, get_model
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, metric, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver

from affectgraph.evals.answering import Answer
from affectgraph.evals.datasets import Item
from affectgraph.evals.figures import figures
from affectgraph.evals.inspect_model import InspectBackend
from affectgraph.evals.opening import Asked, Opened, open_run
from affectgraph.evals.rows import AlarmRow, LabelRow, RatingRow, Row, read_row
from affectgraph.graphs.steps import TraceEntry

__all__ = ["Progress", "close_all", "make_task", "watched"]

_STORE = "affectgraph"
# A sample that one of inspect's limits ended before there was an answer: it counts as wrong.
_LIMITED: dict[str, Any] = {"output": None, "problem": "limit", "trace": [], "seconds": 0.0, "cached": False}
# Intervals in the log itself; a report computes its own, with more.
_RESAMPLES = 1000
_open: list[Opened] = []
_listeners: list[Callable[[Progress], None]] = []


@dataclass(frozen=True)
class Progress:
    """One item is done.

    Attributes:
        condition: of the run.
        items: of the run, without its limit.
        kept: the answer was kept from an earlier run.
        failed: the engine failed at it.
    """

    condition: str
    items: int
    kept: bool = False
    failed: bool = False


@contextmanager
def watched(listener: Callable[[Progress], None] | None) -> Iterator[None]:
    """Inside the block `listener` hears of every finished item of this process, in the event loop's thread."""
    if listener is None:
        yield
        return
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def _tell(run: Opened, *, kept: bool = False, failed: bool = False) -> None:
    for listener in _listeners:
        listener(Progress(run.condition.name, len(run.items), kept, failed))


def close_all() -> None:
    """Stop the engines of every task made so far in this process."""
    while _open:
        _open.pop().close()


def make_task(name: str, asked: Asked) -> Task:
    """The inspect_ai task of benchmark `name`.

    Raises:
        AffectgraphError: as `open_run`.
    """
    model = _active_model()
    backend = InspectBackend(label="inspect", model=model) if model else None
    run = open_run(name, asked, model=backend)
    _open.append(run)
    items = {item.id: item for item in run.items}
    return Task(
        dataset=MemoryDataset([_sample(run, item) for item in run.items], name=run.dataset.name),
        solver=_solver(run, items, backend),
        scorer=_scorer(run, items),
        fail_on_error=False,
        metadata={"affectgraph": run.about()},
    )


def _active_model() -> Model | None:
    """The model that inspect was started with, None for `none`."""
    model = get_model()
    return None if str(model).startswith("none/") else model


def _sample(run: Opened, item: Item) -> Sample:
    given = run.input(item)
    return Sample(
        id=item.id,
        input=str(given["text"] or item.id),
        target=_shown(item.target),
        metadata={"group": item.group, "slices": item.slices, "language": item.language},
    )


def _shown(target: Any) -> str | list[str]:
    if isinstance(target, list):
        return [str(one) for one in target]
    return target if isinstance(target, str) else json.dumps(target, ensure_ascii=False)


def _solver(run: Opened, items: Mapping[str, Item], backend: InspectBackend | None) -> Solver:
    width = min(one.concurrency for one in run.graph.models.each())

    @solver(name="affectgraph_graph")
    def ask_graph() -> Solver:
        limiter: list[anyio.CapacityLimiter] = []

        async def solve(state: TaskState, generate: Generate) -> TaskState:
            if not limiter:  # belongs to the event loop, which is not running yet when the task is made
                limiter.append(anyio.CapacityLimiter(width))
            if backend is not None:
                backend.attach()
            item = items[str(state.sample_id)]
            work = partial(run.answerer.answer, item.id, run.input(item), state.epoch)
            try:
                answer = await anyio.to_thread.run_sync(work, limiter=limiter[0])
            except Exception as error:
                _tell(run, failed=True)
                # Without its causes: instructor's re-asking links errors in a circle, in which rich's traceback never
                # ends (inspect_ai draws one for every failed sample).
                raise error from None
            _tell(run, kept=answer.cached)
            state.store.set(_STORE, _kept(answer))
            state.output = ModelOutput.from_content(run.graph_name, _said(answer))
            return state

        return solve

    return ask_graph()


def _kept(answer: Answer) -> dict[str, Any]:
    return {
        "output": answer.output,
        "problem": answer.problem,
        "trace": [entry.model_dump(mode="json") for entry in answer.trace],
        "seconds": answer.seconds,
        "cached": answer.cached,
    }


def _said(answer: Answer) -> str:
    """What the viewer shows as the answer."""
    output = answer.output
    if output is None:
        return f"no answer of the wanted shape ({answer.problem})"
    if "reply" in output:
        return str(output["reply"]["text"])
    if "readings" in output:
        return "\n".join(_line(name, reading) for name, reading in output["readings"].items())
    return json.dumps(output, ensure_ascii=False)


def _line(name: str, reading: Mapping[str, Any]) -> str:
    if reading["label"] is None:
        return f"{name}: unreadable: {reading['said']}"
    rating = "" if reading["rating"] is None else f" ({reading['rating']:.2f})"
    return f"{name}: {reading['label']}{rating}"


def _scorer(run: Opened, items: Mapping[str, Item]) -> Scorer:
    @scorer(metrics=[affect_figures()], name="affectgraph_rows")
    def score_rows() -> Scorer:
        async def score(state: TaskState, target: Target) -> Score:
            kept = state.store.get(_STORE) or _LIMITED
            trace = [TraceEntry.model_validate(entry) for entry in kept["trace"]]
            answer = Answer(kept["output"], kept["problem"], trace, kept["seconds"], kept["cached"])
            row = run.benchmark.row(items[str(state.sample_id)], run.dataset, answer)
            value, shown = _value(row)
            return Score(
                value=value,
                answer=shown,
                metadata={
                    "row": row.model_dump(mode="json"),
                    "trace": kept["trace"],
                    "answer": kept["output"],
                    "cached": answer.cached,
                },
            )

        return score

    return score_rows()


def _value(row: Row) -> tuple[float, str]:
    """What the viewer sorts by: 1 right and 0 wrong; the mean absolute error; 1 where there is a reply."""
    match row:
        case LabelRow():
            return float(row.prediction == row.target), row.prediction or "unreadable"
        case RatingRow():
            # What could not be read is as wrong as can be, so that leaving it out never pays.
            errors = [
                abs(row.prediction[name] - target) if name in row.prediction else row.high - row.low
                for name, target in row.target.items()
            ]
            shown = ", ".join(f"{name} {value:.2f}" for name, value in row.prediction.items())
            return sum(errors) / len(errors), shown or "unreadable"
        case AlarmRow():
            said = {True: "alarm", False: "no alarm", None: "unreadable"}[row.prediction]
            return float(row.prediction == row.target), said
    return float(row.prediction is not None), row.prediction or "no reply"


@metric(name="affect_figures")
def affect_figures() -> Metric:
    """Every figure of the rows with its 95 % interval, as `NAME`, `NAME (low)`, `NAME (high)`."""

    def compute(scores: list[SampleScore]) -> dict[str, str | int | float | bool | None]:
        rows = [read_row((one.score.metadata or {})["row"]) for one in scores]
        found: dict[str, str | int | float | bool | None] = {}
        for figure in figures(rows, resamples=_RESAMPLES) if rows else []:
            found |= {
                figure.name: figure.value,
                f"{figure.name} (low)": figure.low,
                f"{figure.name} (high)": figure.high,
            }
        return found

    return compute
