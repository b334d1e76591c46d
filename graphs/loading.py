"""`load(name)`: a graph with the backends that the settings give its roles."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from langchain_core.language_models.chat_models import BaseChatModel

from affectgraph.backends.adapt import adapt
from affectgraph.backends.base import Backend
from affectgraph.backends.errors import SettingsError
from affectgraph.backends.opening import open_backend
from affectgraph.graphs import empathy, empathy_single
from affectgraph.graphs.empathy_types import EmpathyInput, EmpathyState, output
from affectgraph.graphs.running import Graph
from affectgraph.graphs.settings import Settings, load_settings
from affectgraph.graphs.steps import Models

if TYPE_CHECKING:
    from langgraph.types import Checkpointer

__all__ = ["NAMES", "load"]

_BUILDERS: dict[str, Any] = {"empathy": empathy.build, "empathy_single": empathy_single.build}
NAMES = tuple(_BUILDERS)


def load(
    name: str,
    *,
    model: BaseChatModel | None = None,
    settings: Settings | None = None,
    checkpointer: Checkpointer = None,
    ask: Callable[[str], bool] | None = None,
) -> Graph[Any]:
    """The graph `name`, ready to `invoke`, `stream` or `batch`.

    Args:
        name: one of `NAMES`.
        model: any langchain-core chat model, or a backend, for every role; without it the settings decide.
        settings: instead of those that `load_settings()` finds.
        checkpointer: LangGraph checkpointer that keeps sessions.
        ask: how to ask a person for consent to a remote backend.

    Raises:
        SettingsError: unknown graph or backend.
        CapabilityError: a backend lacks what the graph needs.
        ConsentRequired, MissingDependency: see the backends.
    """
    if name not in _BUILDERS:
        raise SettingsError(f"there is no graph {name!r}; there are: {', '.join(NAMES)}")
    effective = settings or load_settings().settings
    models = Models.all(adapt(model)) if model is not None else _open_all(effective, ask)
    for role in ("perceive", "reason", "write"):
        models.require(role, name, text=True)
    compiled = _BUILDERS[name](models, effective.empathy).compile(checkpointer=checkpointer, name=name)
    return Graph(
        name,
        compiled,
        models,
        input_type=EmpathyInput,
        state_type=EmpathyState,
        output=lambda state: output(state, models.write.notice),
        tracing=effective.tracing,
    )


def _open_all(settings: Settings, ask: Callable[[str], bool] | None) -> Models:
    opened: dict[str, Backend] = {}
    roles: dict[str, Backend | None] = {}
    for role, name in settings.roles.model_dump().items():
        if name is not None and name not in opened:
            opened[name] = open_backend(settings.backend(name), name, data_dir=settings.data_dir, ask=ask)
        roles[role] = opened[name] if name is not None else None
    return Models(**roles)  # type: ignore[arg-type]  # every role but `condense` has a name
