"""What a benchmark is: a set, how an item becomes a graph's input, and how the answer becomes a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from affectgraph.backends.errors import InputError
from affectgraph.evals.answering import Answer
from affectgraph.evals.datasets import Dataset, Item
from affectgraph.evals.rows import Row
from affectgraph.graphs.loading import NAMES
from affectgraph.graphs.recipes import Recipe
from affectgraph.tools.episodes import Episode

__all__ = ["CALIBRATED", "METHODS", "Benchmark", "Condition", "Memories", "condition", "row_base"]

# Conditions of the graph `reading`, for every benchmark: name -> settings.
METHODS: dict[str, tuple[str, ...]] = {
    "prompt": ("reading.method=prompt",),
    "choose": ("reading.method=choose", "reading.corrected=false"),
    "corrected": ("reading.method=choose", "reading.corrected=true"),
    "anchor": ("reading.method=anchor",),
}
_WITHOUT = "without:"
# The condition in which a graph applies the calibration that was fitted for it; refused where there is none.
CALIBRATED = "calibrated"


@dataclass(frozen=True)
class Benchmark:
    """One benchmark.

    Attributes:
        name: the name of its task.
        about: one sentence for lists.
        load: (data, split) -> the set; `data` is a path, `hf:owner/name`, or None for the folder of public sets (never
            None where the benchmark `needs` it).
        splits: names of its splits, the default first.
        ask: (item, set, condition of the benchmark's own) -> the graph's input.
        row: (item, set, answer) -> what is scored; see `row_base`.
        graphs: the graphs that can answer it, the default first, with the settings that fit them to it.
        conditions: what is run where no condition is named.
        own: conditions of the benchmark itself, beside those of its graph: name -> settings, and `without:NODE`, that
            come with it. They may change the input too.
        memory: (data, split) -> episodes that a graph with a memory may recall; with the set's revision as its name.
        until: graph -> the node after which it is stopped, where the rest changes nothing that is scored.
        whole_groups: the seeded order keeps the items of a group together, so that a limited run answers whole groups.
        needs: what `data` has to be, where there is no public set to fall back on; else empty.
    """

    name: str
    about: str
    load: Callable[[Any, str], Dataset]
    splits: tuple[str, ...]
    ask: Callable[[Item, Dataset, str | None], dict[str, Any]]
    row: Callable[[Item, Dataset, Answer], Row]
    graphs: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {"reading": ()})
    conditions: tuple[str, ...] = ("corrected",)
    own: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    memory: Callable[[Any, str], Memories] | None = None
    until: Mapping[str, str] = field(default_factory=dict)
    whole_groups: bool = False
    needs: str = ""

    @property
    def graph(self) -> str:
        """The graph that answers it by default."""
        return next(iter(self.graphs))

    def settings_for(self, graph: str) -> tuple[str, ...]:
        """The settings that fit `graph` to this benchmark.

        Raises:
            InputError: this graph gives no answer that the benchmark could score.
        """
        if graph not in self.graphs:
            raise InputError(
                f"{self.name} cannot score what graph {graph!r} gives; graphs for it: {', '.join(self.graphs)}"
                + ("" if graph in NAMES else f" (there is no graph {graph!r} at all)")
            )
        return self.graphs[graph]


@dataclass(frozen=True)
class Memories:
    """Episodes of people of a set.

    Attributes:
        name: changes with the episodes.
        episodes: (person, episode), read once.
    """

    name: str
    episodes: Callable[[], Iterable[tuple[str, Episode]]]


@dataclass(frozen=True)
class Condition:
    """What is varied between runs of one benchmark.

    Attributes:
        settings: overrides, as for `--set`.
        without: nodes to leave out.
        own: the benchmark's own condition, if one was named.
    """

    name: str
    settings: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    own: str | None = None


def condition(name: str, benchmark: Benchmark, recipe: Recipe) -> Condition:
    """The condition called `name`: parts joined by `+`, e.g. `shuffled+anchor`.

    A part is `default`, one of `METHODS` (graph `reading`), `without:NODE`, or one of the benchmark's own.

    Raises:
        InputError: a part is unknown, or two of one kind are named; says what there is.
    """
    settings: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    without: list[str] = []
    own: str | None = None
    methods = METHODS if recipe.name == "reading" else {}
    for part in name.split("+"):
        if part in methods and not settings:
            settings = methods[part]
        elif part.removeprefix(_WITHOUT) in recipe.optional and part.startswith(_WITHOUT):
            without.append(part.removeprefix(_WITHOUT))
        elif part in benchmark.own and own is None:
            own = part
            without += [one.removeprefix(_WITHOUT) for one in benchmark.own[part] if one.startswith(_WITHOUT)]
            # Of the settings, those of this graph: another one that answers the benchmark has its own.
            beside = tuple(one for one in benchmark.own[part] if one.startswith(f"{recipe.section}."))
        elif part != "default":
            known = ["default", *methods, *benchmark.own, *(f"{_WITHOUT}{node}" for node in recipe.optional)]
            raise InputError(
                f"condition {name!r}: {part!r} is unknown here or named beside another of its kind; "
                f"{benchmark.name} with graph {recipe.name!r} knows {', '.join(known)} (join parts with +)"
            )
    return Condition(name, (*settings, *beside), tuple(without), own)


def row_base(item: Item, answer: Answer) -> dict[str, Any]:
    """The fields that rows of every kind share."""
    nodes: dict[str, tuple[float, int, int]] = {}
    for entry in answer.trace:
        nodes[entry.node] = (entry.milliseconds, entry.usage.tokens_in, entry.usage.tokens_out)
    return {
        "id": item.id,
        "group": item.group,
        "slices": item.slices,
        "seconds": answer.seconds,
        "tokens": sum(prompt + written for _, prompt, written in nodes.values()),
        "nodes": nodes,
    }
