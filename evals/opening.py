"""One run of one benchmark under one condition, opened: its set, its graph with the settings that fit, its answers.

Everything that inspect_ai's task needs and knows nothing of inspect_ai, except that its model may serve as backend.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affectgraph.backends.base import Backend
from affectgraph.backends.errors import InputError
from affectgraph.evals.answering import Answerer, reproducible
from affectgraph.evals.answers import Answers
from affectgraph.evals.benchmarks import CALIBRATED, Benchmark, Condition, condition
from affectgraph.evals.datasets import Dataset, Item
from affectgraph.evals.datasets.parts import part_of
from affectgraph.evals.memories import filled_memory
from affectgraph.evals.tasks import BENCHMARKS
from affectgraph.graphs import Graph, load
from affectgraph.graphs.embedding import embedder_of
from affectgraph.graphs.loading import recipe
from affectgraph.graphs.settings import Settings, load_settings
from affectgraph.tools.label_spaces import SPACES

if TYPE_CHECKING:
    from affectgraph.tools.memory import MemoryStore

__all__ = ["Asked", "Opened", "benchmark", "open_run", "settings_of"]

ANSWERS_FILE = "eval_answers.sqlite"


@dataclass(frozen=True)
class Asked:
    """What a run was asked to be: the arguments of its task, all of them JSON.

    Attributes:
        graph: None means the benchmark's own.
        backend: the backend of every role, by its name in the settings.
        condition: see `benchmarks.condition`.
        data: path or `hf:owner/name` of the set; None looks into the folder of public sets.
        split: None means the first of the benchmark's.
        part: of that split: `all`, or `tune` or `held` (see `datasets.parts`).
        config: settings file.
        settings: overrides, `key=value`.
        seed: order of the items: the first n of a limited run are a random sample, the same for every condition.
        reproducible: see `answering.reproducible`.
        fresh: ask again what has been answered before, and replace the kept answers.
    """

    graph: str | None = None
    backend: str | None = None
    condition: str = ""
    data: str | None = None
    split: str | None = None
    config: str | None = None
    settings: Sequence[str] = ()
    seed: int = 0
    reproducible: bool = True
    fresh: bool = False
    part: str = "all"

    def options(self) -> list[str]:
        """What `affectgraph eval` was told beside task, graph, backend, condition and limit."""
        told = {"--data": self.data, "--split": self.split, "--config": self.config}
        words = [word for name, value in told.items() if value for word in (name, value)]
        words += ["--part", self.part] * (self.part != "all")
        words += ["--seed", str(self.seed)] * (self.seed != 0)
        words += ["--no-reproducible"] * (not self.reproducible)
        return [*words, *(word for one in self.settings for word in ("--set", one))]


@dataclass(frozen=True)
class Opened:
    """A run that can be asked.

    Attributes:
        items: in the order in which they are asked.
    """

    benchmark: Benchmark
    asked: Asked
    condition: Condition
    dataset: Dataset
    items: tuple[Item, ...]
    settings: Settings
    graph: Graph[Any]
    graph_name: str
    answerer: Answerer
    answers: Answers
    memory: MemoryStore | None = None

    def input(self, item: Item) -> dict[str, Any]:
        """What the graph is given for `item`."""
        return self.benchmark.ask(item, self.dataset, self.condition.own)

    def unanswered(self, limit: int | None) -> list[Item]:
        """The items among the first `limit` that have no kept answer."""
        wanted = self.items[:limit]
        if self.asked.fresh:
            return list(wanted)
        return [item for item in wanted if not self.answers.known([self.answerer.key(item.id, self.input(item))])]

    def about(self) -> dict[str, Any]:
        """What a log says of the run."""
        models = self.graph.models
        roles = recipe(self.graph_name).roles
        return {
            "task": self.benchmark.name,
            "graph": self.graph_name,
            "backend": "+".join(dict.fromkeys(getattr(models, role).label for role in roles)),
            "identity": "+".join(dict.fromkeys(getattr(models, role).identity for role in roles)),
            "condition": self.condition.name,
            "dataset": {
                "name": self.dataset.name,
                "split": self.dataset.split,
                "revision": self.dataset.revision,
                "items": len(self.dataset.items),
                "dropped": self.dataset.dropped,
            },
            "reproducible": self.asked.reproducible,
            "seed": self.asked.seed,
            "options": self.asked.options(),
            "answers": self.answerer.fields,
        }

    def close(self) -> None:
        """Stop the engines and close the store."""
        self.graph.close()
        self.answers.close()
        if self.memory is not None:
            self.memory.close()


def benchmark(name: str) -> Benchmark:
    """The benchmark called `name`.

    Raises:
        InputError: unknown; lists the known ones.
    """
    if name not in BENCHMARKS:
        raise InputError(f"there is no benchmark {name!r}; there are: {', '.join(BENCHMARKS)}")
    return BENCHMARKS[name]


def settings_of(asked: Asked, known: Benchmark, chosen: Condition, graph: str) -> Settings:
    """The settings of a run: the user's own, then what fits the graph to the benchmark, then the condition.

    Raises:
        InputError: an override contradicts the condition.
        SettingsError: as `load_settings`.
    """
    fixed = {one.partition("=")[0] for one in chosen.settings}
    contradicted = sorted(fixed & {one.partition("=")[0].strip() for one in asked.settings})
    if contradicted:
        raise InputError(
            f"the condition {chosen.name!r} sets {', '.join(contradicted)}; name another condition, or `default` to "
            "leave it to --set"
        )
    overrides = [*known.settings_for(graph), *asked.settings, *chosen.settings]
    file = Path(asked.config) if asked.config else None
    settings = load_settings(file, overrides=overrides, backend=asked.backend).settings
    return reproducible(settings) if asked.reproducible else settings


def open_run(
    name: str, asked: Asked, *, model: Backend | None = None, ask: Callable[[str], bool] | None = None
) -> Opened:
    """Open the run of benchmark `name`.

    Args:
        name: one of `BENCHMARKS`.
        asked: what it is asked to be.
        model: a backend for every role, instead of those of the settings.
        ask: how to ask a person for consent to a remote backend.

    Raises:
        InputError: unknown benchmark, graph, condition or split; or the set is not there or has another layout.
        AffectgraphError: settings, capabilities, consent.
    """
    known = benchmark(name)
    graph_name = asked.graph or known.graph
    known.settings_for(graph_name)
    chosen = condition(asked.condition or known.conditions[0], known, recipe(graph_name))
    split = asked.split or known.splits[0]
    if split not in known.splits:
        raise InputError(f"{name} has no split {split!r}; it has {', '.join(known.splits)}")
    settings = settings_of(asked, known, chosen, graph_name)
    if known.needs and asked.data is None:
        raise InputError(f"{name} needs --data: {known.needs}")
    dataset = part_of(known.load(asked.data, split), asked.part)
    if not dataset.items:
        raise InputError(f"{dataset.name}, {dataset.split}: no items are left (dropped: {dataset.dropped})")
    settings = _may_open(settings, dataset)
    memories = known.memory(asked.data, split) if known.memory and _recalls(graph_name, settings) else None
    store = filled_memory(settings, memories, embedder_of(settings)) if memories else None
    graph = load(graph_name, model=model, settings=settings, without=chosen.without, ask=ask, store=store)
    if chosen.own == CALIBRATED:
        _check_calibrated(graph, graph_name, settings)
    answers = Answers(settings.data_dir / ANSWERS_FILE)
    answerer = Answerer(
        graph_name,
        graph,
        settings,
        answers,
        without=chosen.without,
        until=known.until.get(graph_name),
        dataset={"name": dataset.name, "split": dataset.split, "revision": dataset.revision},
        memory=memories.name if memories else None,
        condition=chosen.name,
        fresh=asked.fresh,
    )
    items = _ordered(dataset, known.whole_groups, asked.seed)
    return Opened(known, asked, chosen, dataset, items, settings, graph, graph_name, answerer, answers, store)


def _may_open(settings: Settings, dataset: Dataset) -> Settings:
    """With the folder of a set of pictures among the media roots: whoever named the set meant its pictures."""
    folders = dict.fromkeys(Path(item.fields["root"]) for item in dataset.items if "root" in item.fields)
    if not folders:
        return settings
    media = settings.media.model_copy(update={"roots": [*settings.media.roots, *folders]})
    return settings.model_copy(update={"media": media})


def _check_calibrated(graph: Graph[Any], name: str, settings: Settings) -> None:
    """Refuse to call something calibrated for which no curve was fitted.

    Raises:
        InputError: there is none; says how to fit one.
    """
    made, options = recipe(name), settings.gat
    identity, labels = graph.models.identity(made.roles), SPACES[options.labels]
    if made.calibrates(options) and graph.models.calibrations().find(identity, options.mode, labels):
        return
    graph.close()
    raise InputError(
        f"nothing is calibrated for {identity} with graph {name!r}, mode {options.mode!r}, labels {options.labels!r}; "
        "fit it with `affectgraph calibrate` (graph gat), with the same settings"
    )


def _recalls(graph: str, settings: Settings) -> bool:
    made = recipe(graph)
    return made.recalls(getattr(settings, made.section))


def _ordered(dataset: Dataset, whole_groups: bool, seed: int) -> tuple[Item, ...]:
    """The items in random order; or the groups in random order, each with its items in the order of the set."""
    items, generator = list(dataset.items), random.Random(seed)
    if not whole_groups:
        generator.shuffle(items)
        return tuple(items)
    groups = list(dict.fromkeys(item.group for item in items))
    generator.shuffle(groups)
    place = {group: number for number, group in enumerate(groups)}
    return tuple(sorted(items, key=lambda item: place[item.group]))
