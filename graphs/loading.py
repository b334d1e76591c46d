"""`load(name)`: a graph with the backends that the settings give its roles."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from langchain_core.language_models.chat_models import BaseChatModel

from affectgraph.backends.adapt import adapt
from affectgraph.backends.base import Backend, Embedder
from affectgraph.backends.errors import SettingsError
from affectgraph.backends.opening import open_backend
from affectgraph.backends.picture_reader import picture_reader
from affectgraph.graphs import appraise, counsel, empathy, empathy_single, gat, gat_single, gat_text, perceive, reading
from affectgraph.graphs.embedding import embedder_of
from affectgraph.graphs.recipes import Recipe
from affectgraph.graphs.running import Graph
from affectgraph.graphs.settings import Settings, load_settings
from affectgraph.graphs.steps import Models
from affectgraph.graphs.transcribing import transcriber_of
from affectgraph.tools.appraisal_link import AppraisalLink, link_path, load_link
from affectgraph.tools.calibration import Calibrations, calibration_path, load_calibrations
from affectgraph.tools.chase.profiles import load_profiles, profiles_path
from affectgraph.tools.chase.router import load_routers, routers_path
from affectgraph.tools.tuned import tuned_reader

if TYPE_CHECKING:
    from langgraph.store.base import BaseStore
    from langgraph.types import Checkpointer

__all__ = ["NAMES", "load", "recipe"]

_RECIPES = {
    known.name: known
    for known in (
        empathy.RECIPE,
        empathy_single.RECIPE,
        reading.RECIPE,
        appraise.RECIPE,
        gat.RECIPE,
        gat_single.RECIPE,
        gat_text.RECIPE,
        perceive.RECIPE,
        counsel.RECIPE,
    )
}
NAMES = tuple(_RECIPES)


def recipe(name: str) -> Recipe:
    """What the graph `name` is made of.

    Raises:
        SettingsError: unknown graph.
    """
    if name not in _RECIPES:
        raise SettingsError(f"there is no graph {name!r}; there are: {', '.join(NAMES)}")
    return _RECIPES[name]


def load(
    name: str,
    *,
    model: BaseChatModel | None = None,
    settings: Settings | None = None,
    checkpointer: Checkpointer = None,
    ask: Callable[[str], bool] | None = None,
    without: Collection[str] = (),
    store: BaseStore | None = None,
) -> Graph[Any]:
    """The graph `name`, ready to `invoke`, `stream` or `batch`.

    Args:
        name: one of `NAMES`.
        model: any langchain-core chat model, or a backend, for every role; without it the settings decide.
        settings: instead of those that `load_settings()` finds.
        checkpointer: LangGraph checkpointer that keeps sessions.
        ask: how to ask a person for consent to a remote backend.
        without: nodes to leave out, for ablations.
        store: LangGraph store of memories, for graphs that recall; e.g. `graphs.memory.open_memory(settings)`.

    Raises:
        SettingsError: unknown graph or backend, or a node that cannot be left out.
        CapabilityError: a backend lacks what the graph needs.
        CalibrationError: the file of calibrations, which the graph would apply, is damaged.
        ConsentRequired, MissingDependency: see the backends.
    """
    made = recipe(name)
    for left_out in without:
        if left_out not in made.optional:
            raise SettingsError(
                f"graph {name!r} cannot run without {left_out!r}; what can be left out: "
                f"{', '.join(made.optional) or 'nothing'}"
            )
    effective = settings or load_settings().settings
    options = getattr(effective, made.section)
    beside = _beside(effective, ask)
    if made.calibrates(options):
        # A damaged file is told before anything is asked.
        beside["calibrations"]()
    models = _open_all(effective, ask, beside) if model is None else Models.all(adapt(model), **beside)
    for role in made.roles:
        models.require(role, name, text=True)
    compiled = made.build(models, options, without).compile(checkpointer=checkpointer, store=store, name=name)
    return Graph(
        name,
        compiled,
        models,
        input_type=made.input_type,
        state_type=made.state_type,
        output=lambda state: made.output(state, getattr(models, made.roles[-1]).notice),
        tracing=effective.tracing,
    )


def _beside(settings: Settings, ask: Callable[[str], bool] | None) -> dict[str, Any]:
    """What `Models` holds beside the roles; nothing is read before it is needed."""
    return {
        "embedder": _embedder(settings, ask),
        "link": _link(settings),
        "calibrations": _calibrations(settings),
        "media": settings.media,
        "transcriber": cache(partial(transcriber_of, settings)),
        "reader": cache(picture_reader),
        "tuned": tuned_reader,
        "profiles": cache(partial(load_profiles, profiles_path(settings.data_dir))),
        "routers": cache(partial(load_routers, routers_path(settings.data_dir))),
    }


def _embedder(settings: Settings, ask: Callable[[str], bool] | None) -> Callable[[], Embedder]:
    return cache(partial(embedder_of, settings, ask))


def _link(settings: Settings) -> Callable[[], AppraisalLink | None]:
    """The configured link, which has to be there, or that of the data folder, where there is one."""

    @cache
    def found() -> AppraisalLink | None:
        usual = link_path(settings.data_dir)
        if settings.appraise.link is None and not usual.is_file():
            return None
        return load_link(settings.appraise.link or usual)

    return found


def _calibrations(settings: Settings) -> Callable[[], Calibrations]:
    return cache(partial(load_calibrations, calibration_path(settings.data_dir)))


def _open_all(settings: Settings, ask: Callable[[str], bool] | None, beside: dict[str, Any]) -> Models:
    opened: dict[str, Backend] = {}
    roles: dict[str, Backend | None] = {}
    for role, name in settings.roles.model_dump().items():
        if name is not None and name not in opened:
            opened[name] = open_backend(settings.backend(name), name, data_dir=settings.data_dir, ask=ask)
        roles[role] = opened[name] if name is not None else None
    return Models(**roles, **beside)  # type: ignore[arg-type]  # every role but `condense` has a name
