"""A loaded graph: invoke, stream, batch, and sessions that survive a crash.

`Graph` is a langchain-core `Runnable` around LangGraph's compiled graph (`.compiled` is there for everything LangGraph
offers). It gives typed results, turns a wrong input into one sentence, and streams typed events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextvars import Context, copy_context
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Overwrite
from langsmith import tracing_context
from pydantic import BaseModel, ValidationError

from affectgraph.backends.errors import CheckpointError, InputError
from affectgraph.graphs.checkpoints import thread
from affectgraph.graphs.session_saver import Keeping, SessionSaver
from affectgraph.graphs.steps import Models, TraceEntry

__all__ = ["Event", "Finished", "Graph", "Kept", "NodeFinished", "NodeStarted", "Sentence"]

Output = TypeVar("Output", bound=BaseModel)


@dataclass(frozen=True)
class Kept:
    """The person's text is committed to the session file: from here on a crash loses nothing of it.

    The first event of a turn, and only of one that begins with a text, in a session of `open_sessions`.
    """


@dataclass(frozen=True)
class NodeStarted:
    """A node begins."""

    node: str


@dataclass(frozen=True)
class NodeFinished:
    """A node has decided: its trace entry, and the state values it set (as JSON primitives)."""

    node: str
    entry: TraceEntry
    values: dict[str, Any]


@dataclass(frozen=True)
class Sentence:
    """Reply text that passed all checks; several in a row make the reply."""

    text: str


@dataclass(frozen=True)
class Finished(Generic[Output]):
    """The run is over; `output` is what `invoke` would have returned."""

    output: Output


Event = Kept | NodeStarted | NodeFinished | Sentence | Finished[Any]


class Graph(Runnable[Mapping[str, Any], Output]):
    """A graph with its models, ready to run.

    Attributes:
        name: as in `load(name)`.
        compiled: LangGraph's compiled graph.
        models: the backend of each role.
    """

    def __init__(
        self,
        name: str,
        compiled: CompiledStateGraph[Any, Any, Any, Any],
        models: Models,
        *,
        input_type: type[BaseModel],
        state_type: type[BaseModel],
        output: Callable[[Any], Output],
        tracing: bool = False,
    ) -> None:
        self.name = name
        self.compiled = compiled
        self.models = models
        self._input_type = input_type
        self._state_type = state_type
        self._output = output
        self._tracing = tracing

    @property
    def notice(self) -> str | None:
        """What people must be told about the model that writes."""
        return self.models.write.notice

    def invoke(self, input: Mapping[str, Any], config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """Run to the end.

        Args:
            input: the graph's input, e.g. `{"text": "..."}`.
            config: LangGraph's configuration; `{"configurable": {"thread_id": NAME}}` names the session.
            kwargs: passed on to LangGraph's `invoke`.

        Raises:
            InputError: the input is not usable; says why.
            AffectgraphError: a backend failed.
        """
        checked = self._checked(input)
        config = self._owned(checked, config)
        state = self._context().run(cast(Any, self.compiled.invoke), checked, config, **self._durable(), **kwargs)
        return self._finished(state)

    async def ainvoke(self, input: Mapping[str, Any], config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """`invoke` for asyncio; nodes run in threads."""
        checked = self._checked(input)
        config = self._owned(checked, config)
        if self._tracing:
            return self._finished(await self.compiled.ainvoke(checked, config, **self._durable(), **kwargs))
        with tracing_context(enabled=False):
            return self._finished(await self.compiled.ainvoke(checked, config, **self._durable(), **kwargs))

    def events(
        self, input: Mapping[str, Any] | None, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Event]:
        """Run and yield what happens, as it happens; the last event is `Finished`.

        Nobody may be told that a text is kept before `Kept`: LangGraph starts the first node while it still writes.

        Args:
            input: as for `invoke`; None continues an interrupted session from where it stopped.
            config: as for `invoke`.
            kwargs: passed on to LangGraph's `stream`.
        """
        checked = None if input is None else self._checked(input)
        config = self._owned(checked or {}, config)
        state: Any = None
        stream = self.compiled.stream(
            checked, config, stream_mode=["tasks", "custom", "values"], **self._durable(), **kwargs
        )
        context = self._context()
        keeping = self._keeping(context) if checked else None
        while item := context.run(next, cast("Iterator[tuple[str, Any]]", stream), None):
            if keeping is not None:
                keeping.wait()
                keeping = None
                yield Kept()
            mode, data = item
            if mode == "values":
                state = data
            elif mode == "custom":
                yield Sentence(data["sentence"])
            elif "result" in data:
                if data.get("error") is None and "trace" in data["result"]:
                    yield self._node_finished(data["name"], data["result"])
            else:
                yield NodeStarted(data["name"])
        yield Finished(self._finished(state))

    def stream(self, input: Mapping[str, Any], config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Any]:
        """The same as `events`: typed events, the reply sentence by sentence."""
        yield from self.events(input, config, **kwargs)

    def batch(
        self,
        inputs: list[Mapping[str, Any]],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        **kwargs: Any,
    ) -> list[Output]:
        """Run several inputs, as many at a time as the backends serve, unless `max_concurrency` says otherwise."""
        if config is None or isinstance(config, dict):
            width = min(backend.concurrency for backend in self.models.each())
            config = cast(RunnableConfig, {"max_concurrency": width, **(config or {})})
        return super().batch(inputs, config, **kwargs)

    def pending(self, session: str, owner: str = "") -> bool:
        """Whether the session was stopped in the middle of a turn (continue it with `events(None, ...)`)."""
        # Not `.next`: it leaves out a node that has decided but whose checkpoint was not written any more. Taken for
        # finished, such a turn would be dropped as soon as the person says something else.
        snapshot = self.compiled.get_state(thread(session, owner))
        return bool(snapshot.tasks) and not snapshot.interrupts

    def waiting(self, session: str, owner: str = "") -> bool:
        """Whether the session has ended its turn and waits for a human (LangGraph's `interrupt`)."""
        return bool(self.compiled.get_state(thread(session, owner)).interrupts)

    def state(self, session: str, owner: str = "") -> Any:
        """The validated state of a session, or None when its owner has no such session.

        Raises:
            CheckpointError: it does not fit this version.
        """
        values = self.compiled.get_state(thread(session, owner)).values
        return self._revived(values) if values else None

    def cancel(self) -> None:
        """End what the backends are doing for this graph's runs; safe to call from a signal handler."""
        for backend in self.models.each():
            backend.cancel()

    def close(self) -> None:
        """Stop the engines of all backends."""
        for backend in self.models.each():
            backend.close()

    def _context(self) -> Context:
        """A context of its own for a run, in which LangSmith does not trace.

        It would send texts to its service as soon as `LANGSMITH_TRACING` is set for something else.
        """
        context = copy_context()
        if not self._tracing:
            context.run(tracing_context(enabled=False).__enter__)
        return context

    def _durable(self) -> dict[str, Any]:
        # `exit` and `async` lose acknowledged text on kill -9 (tried); without a checkpointer nothing is written.
        return {"durability": "sync"} if self.compiled.checkpointer else {}

    def _keeping(self, context: Context) -> Keeping | None:
        """What tells when the text of a turn is on disk; only our own saver says so."""
        if not isinstance(self.compiled.checkpointer, SessionSaver):
            return None
        keeping = Keeping()
        context.run(keeping.watch)
        return keeping

    def _owned(self, checked: Mapping[str, Any], config: RunnableConfig | None) -> RunnableConfig | None:
        """`config` with the graph's name and the persona's.

        By the persona's, what a checkpoint keeps of a person can be found and erased.
        """
        if not self.compiled.checkpointer or config is None:
            return config
        persona = checked.get("persona")
        told = {"graph": self.name, **({"person": persona["name"]} if persona else {})}
        return {**config, "configurable": {**told, **config.get("configurable", {})}}

    def _checked(self, input: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self._input_type.model_validate(dict(input)).model_dump(mode="json")
        except ValidationError as error:
            problem = error.errors(include_input=False, include_url=False)[0]
            place = ".".join(map(str, problem["loc"])) or "input"
            raise InputError(f"{place}: {problem['msg'].removeprefix('Value error, ')}") from None

    def _revived(self, values: Any) -> Any:
        try:
            return self._state_type.model_validate(values)
        except ValidationError as error:
            places = sorted({str(item["loc"][0]) for item in error.errors(include_input=False)})
            raise CheckpointError(
                f"the stored session does not fit this version of affectgraph (fields: {', '.join(places)}); "
                "start a new one, or use the version that wrote it"
            ) from None

    def _finished(self, state: Any) -> Output:
        values = {name: value for name, value in state.items() if name != "__interrupt__"}
        return self._output(self._revived(values))

    def _node_finished(self, name: str, result: Any) -> NodeFinished:
        values = dict(result)
        trace: Any = values.pop("trace")
        if isinstance(trace, Overwrite):  # the first node of a turn begins a new trace
            trace = trace.value
        return NodeFinished(name, TraceEntry.model_validate(trace[-1]), values)
