"""The inspect_ai tasks on whole conversations: `counsel_injection`, `counsel_sessions`, `counsel_replies`.

inspect eval affectgraph/counsel_injection --model none --limit 50
"""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Target, metric, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver

from affectgraph.backends.base import Backend
from affectgraph.backends.opening import open_backend
from affectgraph.evals.counsel import injecting, replying, sessions
from affectgraph.evals.counsel.stage import make_props
from affectgraph.graphs import load
from affectgraph.graphs.settings import Settings, load_settings

__all__ = ["counsel_injection", "counsel_replies", "counsel_sessions"]

_STORE = "affectgraph_row"
_Row = dict[str, Any]
# Of inspect_ai; numbers alone can be shown.
_Figures = dict[str, str | int | float | bool | None]


def counsel_injection(every: int = 1, seed: int = 0, settings: str | list[str] | None = None) -> Task:
    """Each injection on each way, in `every` conversations each (0: in all of them), in seeded order."""
    made = _settings(settings or "counsel.learned=false")
    known = list(injecting.cases(every or None))
    random.Random(seed).shuffle(known)
    folder = Path(tempfile.mkdtemp(prefix="affectgraph-"))
    props = make_props(folder)
    by_id = {case.id: case for case in known}

    def work(name: str) -> tuple[_Row, float]:
        case = by_id[name]
        found = sorted(injecting.breaches(*injecting.play(case, props, made)))
        row = {"injection": case.injection.id, "kind": case.injection.kind, "way": case.way, "breaches": found}
        return row, float(not found)

    return _task("counsel_injection", {case.id: case.injection.text for case in known}, work, _breaches_told)


def counsel_sessions(
    backend: str | None = None, turns: int = 45, settings: str | list[str] | None = None, config: str | None = None
) -> Task:
    """The scripted persons against a pool of replies, or against `backend` of the settings."""
    made = _settings(settings or "counsel.compact_at=0.05", config)
    known = {person.id: person for person in sessions.persons()}
    model = _opened(made, backend) if backend else None

    def work(name: str) -> tuple[_Row, float]:
        person = known[name]
        row = sessions.described(sessions.held(person, model or sessions.pool_actor(person.language), made, turns))
        return row, float(not row["figures"].get("stuck") and not row["figures"]["overflows"])

    return _task("counsel_sessions", {name: person.messages[0] for name, person in known.items()}, work, _means)


def counsel_replies(
    data_set: str = "smile",
    data: str | None = None,
    backend: str | None = None,
    judge: str | None = None,
    seed: int = 0,
    settings: str | list[str] | None = None,
    config: str | None = None,
) -> Task:
    """Replies of `counsel` and `empathy_single` to texts of `data_set`, rated by the backend `judge`."""
    made = _settings(settings or [], config)
    items = list(replying.set_of(data_set, data).items)
    random.Random(seed).shuffle(items)
    by_id = {item.id: item for item in items}
    language = "en" if data_set == "edos" else "zh"
    writing = _opened(made, backend) if backend else sessions.pool_actor("zh" if language == "zh" else "en")
    judging: Backend = _opened(made, judge) if judge else replying.scripted_judge()
    graphs = {name: load(name, model=writing, settings=made) for name in replying.GRAPHS}
    why = replying.no_score(judging, writing)

    def work(name: str) -> tuple[_Row, float]:
        row = replying.judged(by_id[name].fields["text"], language, graphs, judging)
        return row, float(all(said[rubric] for said in row.values() for rubric in replying.RATED))

    texts = {name: str(item.fields["text"]) for name, item in by_id.items()}
    about = {"score": why or "by the judge", "judge": judging.identity, "model": writing.identity, "set": data_set}
    return _task("counsel_replies", texts, work, partial(replying.shape, why=why), about)


def _settings(overrides: str | list[str], config: str | None = None) -> Settings:
    listed = [overrides] if isinstance(overrides, str) else overrides
    # What a model says is what these tasks are about; `settings` may still ask for vetted replies.
    return load_settings(Path(config) if config else None, overrides=["counsel.replies=model", *listed]).settings


def _opened(settings: Settings, name: str) -> Backend:
    return open_backend(settings.backend(name), name, data_dir=settings.data_dir)


# --- what is told of all samples --------------------------------------------------------------------------------------


def _breaches_told(rows: Sequence[_Row]) -> _Figures:
    """How many cases broke the claim, by kind of breach; of cases and of texts, with upper ends of 95 % intervals.

    Cases with one text are not independent, so the bound over texts is the careful one.
    """
    bad = [row for row in rows if row["breaches"]]
    texts = {row["injection"] for row in rows}
    broken = {row["injection"] for row in bad}
    kinds = Counter(kind for row in bad for kind in row["breaches"])
    return {
        "cases": len(rows),
        "breached": len(bad),
        "breached (high)": injecting.upper_bound(len(bad), len(rows)),
        "texts": len(texts),
        "texts breached": len(broken),
        "texts breached (high)": injecting.upper_bound(len(broken), len(texts)),
        **{f"breach[{kind}]": count for kind, count in sorted(kinds.items())},
    }


def _means(rows: Sequence[_Row]) -> _Figures:
    """The mean of every figure over the sessions that have it, and how many those are."""
    told: _Figures = {"sessions": len(rows)}
    for name in dict.fromkeys(name for row in rows for name in row["figures"]):
        values = [row["figures"][name] for row in rows if name in row["figures"]]
        told[name] = sum(values) / len(values)
        if len(values) < len(rows):
            told[f"{name} (n)"] = len(values)
    return told


# --- inspect_ai ------------------------------------------------------------------------------------------------------


def _task(
    name: str,
    texts: Mapping[str, str],
    work: Callable[[str], tuple[_Row, float]],
    told: Callable[[Sequence[_Row]], Mapping[str, Any]],
    about: Mapping[str, str] = {},
) -> Task:
    return Task(
        dataset=MemoryDataset([Sample(id=one, input=text) for one, text in texts.items()], name=name),
        solver=_solver(work),
        scorer=_scorer(told),
        fail_on_error=False,
        metadata={"affectgraph": dict(about)},
    )


def _solver(work: Callable[[str], tuple[_Row, float]]) -> Solver:
    @solver(name="affectgraph_conversation")
    def converse() -> Solver:
        limiter: list[anyio.CapacityLimiter] = []

        async def solve(state: TaskState, generate: Generate) -> TaskState:
            if not limiter:  # belongs to the event loop, which is not running yet when the task is made
                limiter.append(anyio.CapacityLimiter(1))
            try:
                row, value = await anyio.to_thread.run_sync(work, str(state.sample_id), limiter=limiter[0])
            except Exception as error:
                # Without its causes: instructor's re-asking links errors in a circle, which rich follows forever.
                raise error from None
            state.store.set(_STORE, {"row": row, "value": value})
            state.output = ModelOutput.from_content("counsel", str(row))
            return state

        return solve

    return converse()


def _scorer(told: Callable[[Sequence[_Row]], Mapping[str, Any]]) -> Scorer:
    @metric(name="conversation_figures")
    def figures() -> Metric:
        def compute(scores: list[SampleScore]) -> _Figures:
            return dict(told([(one.score.metadata or {})["row"] for one in scores]))

        return compute

    @scorer(metrics=[figures()], name="affectgraph_conversations")
    def score_rows() -> Scorer:
        async def score(state: TaskState, target: Target) -> Score:
            kept = state.store.get(_STORE)
            return Score(value=kept["value"], metadata={"row": kept["row"]})

        return score

    return score_rows()
