"""Real inspect_ai logs with the metadata of ours, from rows."""

from __future__ import annotations

import gc
import random
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import EvalLog
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import Score, Target, accuracy, scorer
from inspect_ai.solver import Generate, TaskState, solver

from affectgraph.evals.rows import AlarmRow, LabelRow, RatingRow, ReplyRow, Row

LABELS = ["joy", "sadness", "anger", "fear", "disgust", "surprise", "neutral"]
TRACE = [
    {
        "node": "hypothesize",
        "backend": "local",
        "prompts": ["gat/hypothesize@1.en"],
        "usage": {"tokens_in": 210, "tokens_out": 40},
        "milliseconds": 310.5,
        "decided": {"label": "joy", "regions": [1, 2]},
    },
    {"node": "verify", "milliseconds": 12.0, "decided": {"pruned": 1}},
]


def write_log(
    folder: Path, rows: Sequence[Row], *, failing: Sequence[str] = (), texts: Any = None, **ran: Any
) -> EvalLog:
    """Run a small inspect task whose scorer records `rows`; items named in `failing` raise."""
    by_id = {row.id: row for row in rows}

    @solver
    def answers():  # type: ignore[no-untyped-def]
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            if state.sample_id in failing:
                raise RuntimeError("the engine fell over")
            state.output = ModelOutput.from_content("none/none", "answered")
            return state

        return solve

    @scorer(metrics=[accuracy()])
    def records():  # type: ignore[no-untyped-def]
        async def score(state: TaskState, target: Target) -> Score:
            row = by_id[str(state.sample_id)]
            answer = {"said": getattr(row, "prediction", None)}
            metadata = {"row": row.model_dump(mode="json"), "trace": TRACE, "answer": answer, "cached": False}
            return Score(value=1, metadata=metadata)

        return score

    samples = [Sample(id=row.id, input=(texts or {}).get(row.id, f"The text of {row.id}."), target="t") for row in rows]
    facts: dict[str, Any] = {
        "task": "emotions",
        "graph": "gat",
        "backend": "local",
        "identity": "qwen3-8b q4",
        "condition": "full",
        "dataset": {
            "name": "letters",
            "split": "test",
            "revision": "0123456789abcdef",
            "items": len(rows),
            "dropped": {},
        },
        "reproducible": True,
        "seed": 7,
    }
    task = Task(
        dataset=MemoryDataset(samples),
        solver=answers(),
        scorer=records(),
        name=str(ran.get("task", "emotions")),
        metadata={"affectgraph": {**facts, **ran}},
    )
    return run(task, folder)


def run(task: Task, folder: Path) -> EvalLog:
    """Run a task without a model. inspect_ai leaves a stream of anyio to the garbage collector, which complains."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Unclosed <MemoryObject", ResourceWarning)
        (log,) = eval(
            task,
            model="none/none",
            display="none",
            log_dir=str(folder),
            fail_on_error=False,
            max_samples=4,
            log_realtime=False,
            score_display=False,
        )
        gc.collect()
    return log


def label_rows(count: int, *, skill: float, seed: int, labels: Sequence[str] = LABELS, unread: int = 0) -> list[Row]:
    """Random answers that are right with about probability `skill`; the targets do not depend on `skill`."""
    people, answers = random.Random(1), random.Random(seed)
    rows: list[Row] = []
    for index in range(count):
        target = people.choices(labels, weights=range(len(labels), 0, -1))[0]
        said = target if answers.random() < skill else answers.choice(list(labels))
        weights = {label: answers.random() ** 3 + (1.5 if label == said else 0.05) for label in labels}
        total = sum(weights.values())
        rows.append(
            LabelRow(
                id=f"item-{index}",
                group=f"writer-{index // 3}",
                slices={"split": "conflict" if index % 3 else "align", "language": "en" if index % 2 else "zh"},
                seconds=answers.uniform(0.3, 2),
                tokens=answers.randint(200, 900),
                nodes={
                    "scaffold": (answers.gammavariate(4, 40), 300, 80),
                    "hypothesize": (answers.gammavariate(5, 90), 420, 160),
                    "verify": (answers.gammavariate(2, 10), 0, 0),
                },
                options=list(labels),
                target=target,
                shares=None,
                prediction=None if index < unread else said,
                distribution=None if index < unread else {label: value / total for label, value in weights.items()},
            )
        )
    return rows


def rating_rows(count: int, *, noise: float, seed: int) -> list[Row]:
    people, answers = random.Random(2), random.Random(seed)
    rows: list[Row] = []
    for index in range(count):
        target = {"pleasantness": float(people.randint(1, 5)), "urgency": float(people.randint(1, 5))}
        said = {name: min(5.0, max(1.0, round(value + answers.gauss(0, noise)))) for name, value in target.items()}
        rows.append(
            RatingRow(id=f"event-{index}", group=f"event-{index}", low=1, high=5, target=target, prediction=said)
        )
    return rows


def reply_rows(count: int, *, seed: int) -> list[Row]:
    answers = random.Random(seed)
    words = [
        "what",
        "you",
        "carry",
        "sounds",
        "heavy",
        "and",
        "I",
        "hear",
        "how",
        "long",
        "this",
        "week",
        "has",
        "been",
    ]
    rows: list[Row] = []
    for index in range(count):
        said = " ".join(answers.sample(words, 12))
        references = [" ".join(words), "That sounds hard."]
        rows.append(
            ReplyRow(
                id=f"letter-{index}", group=f"letter-{index}", language="en", references=references, prediction=said
            )
        )
    return rows


def alarm_rows(count: int, *, seed: int) -> list[Row]:
    answers = random.Random(seed)
    return [
        AlarmRow(id=f"turn-{i}", group=f"talk-{i // 2}", target=i % 4 == 0, prediction=answers.random() < 0.3)
        for i in range(count)
    ]
