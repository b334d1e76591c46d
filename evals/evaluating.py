"""Running a benchmark under several conditions, watched: what `affectgraph eval` does.

Each condition is one inspect_ai task with a log of its own. Answers are kept as they are made, so the same command
after an interruption asks for what is missing alone and writes a whole log.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from inspect_ai import eval as inspect_eval
from inspect_ai.log import EvalLog

from affectgraph.backends.errors import BackendError, Stopped
from affectgraph.evals.figures import Figure, figures
from affectgraph.evals.opening import Asked
from affectgraph.evals.rows import Row, read_row
from affectgraph.evals.solving import Progress, close_all, watched

__all__ = ["Progress", "Result", "evaluate"]


@dataclass(frozen=True)
class Result:
    """One condition, run.

    Attributes:
        log: file of its log.
        rows: what was scored, in the order of the log.
        figures: see `affectgraph.evals.figures`.
        failed: messages of the items at which an engine failed, id first.
        kept: items whose answer was kept from an earlier run.
    """

    condition: str
    log: Path
    rows: list[Row]
    figures: list[Figure]
    failed: list[str]
    kept: int


def evaluate(
    name: str,
    asked: Asked,
    conditions: Sequence[str],
    *,
    limit: int | None = None,
    log_dir: Path,
    model: str | None = None,
    tell: Callable[[Progress], None] | None = None,
) -> list[Result]:
    """Run benchmark `name` under each of `conditions`.

    Args:
        name: one of `tasks.BENCHMARKS`.
        asked: everything but the condition.
        conditions: see `benchmarks.condition`.
        limit: the first so many items of the seeded order; None means all.
        log_dir: folder of the logs; made where it is missing.
        model: an inspect_ai model that serves the graph's roles.
        tell: called for every finished item.

    Raises:
        AffectgraphError: the run cannot be opened.
        Stopped: a person stopped it; what was answered is kept.
        BackendError: inspect_ai ended the run.
    """
    results = []
    for condition in conditions:
        try:
            with watched(tell):
                results.append(_one(name, replace(asked, condition=condition), limit, log_dir, model))
        finally:
            close_all()
    return results


def _one(name: str, asked: Asked, limit: int | None, log_dir: Path, model: str | None) -> Result:
    arguments: dict[str, Any] = {key: value for key, value in asdict(asked).items() if value not in (None, "", ())}
    if "settings" in arguments:
        arguments["settings"] = list(arguments["settings"])
    try:
        logs = inspect_eval(
            f"affectgraph/{name}",  # by name, so that the log can be retried
            model=model,
            task_args=arguments,
            limit=limit,
            log_dir=str(log_dir),
            display="none",
            log_realtime=False,
            score_display=False,
        )
    except KeyboardInterrupt:
        raise _stopped() from None
    if not logs:  # what inspect_ai gives back after Ctrl-C
        raise _stopped()
    return _result(asked.condition, logs[0])


def _stopped() -> Stopped:
    return Stopped("stopped; every answer so far is kept: the same command goes on with the rest")


def _result(condition: str, log: EvalLog) -> Result:
    if log.status == "cancelled":
        raise _stopped()
    if log.status != "success":
        raise BackendError(f"the run ended early: {log.error.message if log.error else log.status}")
    scores = [score for sample in log.samples or [] for score in (sample.scores or {}).values()]
    rows = [read_row((score.metadata or {})["row"]) for score in scores]
    failed = [f"{sample.id}: {sample.error.message}" for sample in log.samples or [] if sample.error]
    kept = sum(bool((score.metadata or {}).get("cached")) for score in scores)
    return Result(condition, Path(log.location), rows, figures(rows) if rows else [], failed, kept)
