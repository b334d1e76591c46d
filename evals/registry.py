"""The entry point of inspect_ai: every benchmark as a registered task.

inspect eval affectgraph/goemotions --model none -T condition=anchor --limit 100
"""

from __future__ import annotations

from collections.abc import Callable

from inspect_ai import Task, task
from inspect_ai.util import registry_info

from affectgraph.evals.counsel import tasks as conversations
from affectgraph.evals.opening import Asked
from affectgraph.evals.safety_tasks import safety_false_alarm, safety_recall
from affectgraph.evals.solving import make_task
from affectgraph.evals.tasks import BENCHMARKS

__all__ = ["TASKS", "safety_false_alarm", "safety_recall"]


_PACKAGE = "affectgraph"


def _registered(name: str) -> Callable[..., Task]:
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

    return _named(name, run)


def _named(name: str, run: Callable[..., Task]) -> Callable[..., Task]:
    made: Callable[..., Task] = task(name=name)(run)
    if not registry_info(made).name.startswith(f"{_PACKAGE}/"):
        # inspect_ai asks the installed package for its name, and finds none where a build has left an egg-info folder
        # in the working directory.
        made = task(name=f"{_PACKAGE}/{name}")(run)
    return made


_CONVERSATIONS = (conversations.counsel_injection, conversations.counsel_sessions, conversations.counsel_replies)
TASKS: dict[str, Callable[..., Task]] = {
    **{name: _registered(name) for name in BENCHMARKS},
    **{made.__name__: _named(made.__name__, made) for made in _CONVERSATIONS},
}
