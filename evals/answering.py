"""Answering items with a graph: from kept answers where they are, from the models where not.

Knows graphs and kept answers, nothing of inspect_ai. An answer that a model could not give in the wanted shape is an
answer too (`output` is None: it will count as wrong); an engine that failed is an error, which is not kept.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from affectgraph.backends.config import EmbeddedConfig, TransformersConfig
from affectgraph.backends.errors import AnswerBudgetExceeded, ContextOverflow, MalformedAnswer, TruncatedAnswer
from affectgraph.evals.answers import Answers
from affectgraph.evals.keys import key, run_fields
from affectgraph.graphs import Finished, Graph, NodeFinished
from affectgraph.graphs.loading import recipe
from affectgraph.graphs.settings import Settings
from affectgraph.graphs.steps import TraceEntry

__all__ = ["Answer", "Answerer", "reproducible"]

_UNREADABLE = (MalformedAnswer, TruncatedAnswer, AnswerBudgetExceeded, ContextOverflow)


def reproducible(settings: Settings) -> Settings:
    """The same settings with every local backend answering one request at a time, each with a fresh prefix.

    A prefix from a cache differs from a fresh one by up to 0.15 nats on llama.cpp, so only these answers are equal
    item by item between runs. Remote backends stay as they are: nothing makes them reproducible.
    """
    changed = dict(settings.backends)
    for name, config in settings.backends.items():
        if isinstance(config, EmbeddedConfig):
            changed[name] = config.model_copy(update={"reproducible": True, "slots": 1})
        elif isinstance(config, TransformersConfig):
            changed[name] = config.model_copy(update={"cached_prefixes": 0, "max_batch": 1})
    return settings.model_copy(update={"backends": changed})


@dataclass(frozen=True)
class Answer:
    """What a graph answered to one item.

    Attributes:
        output: the graph's output as JSON; of a graph that was stopped after a node, the state values that this node
            set, under `values`. None where a model gave no answer of the wanted shape.
        problem: why there is no output, as the name of the error.
        trace: what each node did.
        seconds: wall time when it was made.
        cached: it was kept from an earlier run.
    """

    output: dict[str, Any] | None
    problem: str | None
    trace: list[TraceEntry]
    seconds: float
    cached: bool = False


class Answerer:
    """One graph with its models, as one run asks it.

    Attributes:
        graph: the loaded graph.
        fields: what all answers of this run depend on.
    """

    def __init__(
        self,
        name: str,
        graph: Graph[Any],
        settings: Settings,
        answers: Answers | None,
        *,
        without: Collection[str] = (),
        until: str | None = None,
        dataset: Mapping[str, Any],
        memory: str | None = None,
        condition: str = "default",
        fresh: bool = False,
    ) -> None:
        """Compute what the answers depend on.

        Args:
            name: the graph's name.
            graph: loaded, with `without` left out.
            settings: what it was loaded with.
            answers: where answers are kept; None keeps none.
            without: nodes that were left out.
            until: stop after this node.
            dataset: name, split and revision of the data set.
            memory: name of the episodes that the graph may recall; None recalls none.
            condition: name of the condition.
            fresh: do not look at kept answers; replace them.
        """
        self.graph = graph
        self._answers = answers
        self._until = until
        self._fresh = fresh
        self.fields: dict[str, Any] = {
            **run_fields(recipe(name), graph.models, settings, without),
            "until": until,
            "dataset": dict(dataset),
            "memory": memory,
            "condition": condition,
        }

    def key(self, item: str, input: Mapping[str, Any], epoch: int = 1) -> str:
        """The key of the answer to `input`."""
        return key(self._fields(item, input, epoch))

    def _fields(self, item: str, input: Mapping[str, Any], epoch: int) -> dict[str, Any]:
        return {**self.fields, "item": item, "input": key(dict(input)), "epoch": epoch}

    def answer(self, item: str, input: Mapping[str, Any], epoch: int = 1) -> Answer:
        """The graph's answer to `input`, the input of the item with id `item`.

        Raises:
            AffectgraphError: the input is not usable, or an engine failed.
        """
        place = self.key(item, input, epoch)
        kept = self._answers.get(place) if self._answers and not self._fresh else None
        if kept is not None:
            trace = [TraceEntry.model_validate(entry) for entry in kept["trace"]]
            return Answer(kept["output"], kept["problem"], trace, kept["seconds"], cached=True)
        made = self._made(input)
        if self._answers:
            written = {
                "output": made.output,
                "problem": made.problem,
                "trace": [entry.model_dump(mode="json") for entry in made.trace],
                "seconds": made.seconds,
            }
            self._answers.put(place, self._fields(item, input, epoch), written, replace=self._fresh)
        return made

    def _made(self, input: Mapping[str, Any]) -> Answer:
        started = time.perf_counter()
        trace: list[TraceEntry] = []
        output, problem = None, None
        try:
            output = self._output(input, trace)
        except _UNREADABLE as error:  # the nodes before it have been paid for, and stay in the trace
            problem = type(error).__name__
        return Answer(output, problem, trace, time.perf_counter() - started)

    def _output(self, input: Mapping[str, Any], trace: list[TraceEntry]) -> dict[str, Any]:
        for event in self.graph.events(input):
            if isinstance(event, NodeFinished):
                trace.append(event.entry)
                if event.node == self._until:
                    return {"values": event.values}
            elif isinstance(event, Finished):
                output: dict[str, Any] = event.output.model_dump(mode="json", exclude={"trace"})
        # A graph that ends without its node (a text at risk has no L1) gives what it gave instead.
        return output
