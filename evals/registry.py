"""The entry point of inspect_ai: every benchmark as a registered task.

inspect eval affectgraph/goemotions --model none -T condition=anchor --limit 100
"""

from __future__ import annotations

from collections.abc import Callable

from inspect_ai import Task, task

from affectgraph.evals.opening import Asked
from affectgraph.evals.solving import make_task
from affectgraph.evals.tasks import BENCHMARKS

__all__ = ["TASKS"]


def _registered(name: str) -> Callable[..., Task]:
    @task(name=name)
    def run(
        graph: str | None = None,
        backend: str | None = None,
        condition: str = "",
        data: str | None = None,
        split: str | None = None,
        config: str | None = None,
        settings: str | list[str] | None = None,
        seed: int = 0,
        reproducible: bool = True,
        fresh: bool = False,
        part: str = "all",
    ) -> Task:
        overrides = [settings] if isinstance(settings, str) else settings or []
        asked = Asked(graph, backend, condition, data, split, config, overrides, seed, reproducible, fresh, part)
        return make_task(name, asked)

    return run


TASKS: dict[str, Callable[..., Task]] = {name: _registered(name) for name in BENCHMARKS}
