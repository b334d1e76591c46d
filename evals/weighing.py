"""Choosing how much each voice of `appraise` counts, for one model: on a part cut from crowd-enVENT train.

One event of each writer of the part `tune`; the link that speaks there is fitted on the part `held` alone, and memory
holds all other events of train, those of the same writers too, as it does for a person who comes back. Answers are kept
as a benchmark's are, so the same command after an interruption goes on.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from affectgraph.backends.base import Embedder
from affectgraph.backends.errors import InputError
from affectgraph.backends.scoring import Distribution
from affectgraph.evals.answering import Answerer, reproducible
from affectgraph.evals.answers import Answers
from affectgraph.evals.benchmarks import Memories
from affectgraph.evals.datasets import Dataset, crowd_envent
from affectgraph.evals.datasets.parts import part_of
from affectgraph.evals.fitting import fit_link
from affectgraph.evals.fitting_rows import plain_words, rows_of, without_leaks
from affectgraph.evals.memories import filled_memory
from affectgraph.evals.opening import ANSWERS_FILE
from affectgraph.evals.pooling import Choice, choose_weights
from affectgraph.evals.tasks.appraise import asked, episode_of
from affectgraph.graphs import load
from affectgraph.graphs.embedding import embedder_of
from affectgraph.graphs.settings import Settings
from affectgraph.tools.appraisal_link import AppraisalLink, save_link
from affectgraph.tools.episodes import Episode
from affectgraph.tools.link_parts import Weights

__all__ = ["one_of_each", "weigh"]

Tell = Callable[[str, int, int], None]


def one_of_each(dataset: Dataset, seed: int = 0) -> Dataset:
    """One event of each writer, in random order."""
    items = list(dataset.items)
    random.Random(seed).shuffle(items)
    return replace(dataset, items=tuple({item.group: item for item in items}.values()))


def weigh(
    settings: Settings,
    link: AppraisalLink,
    *,
    data: Path | None = None,
    limit: int | None = None,
    seed: int = 0,
    tell: Tell = lambda step, done, of: None,
) -> tuple[AppraisalLink, Choice]:
    """`link` with pool weights for the model that the settings give the role `perceive`.

    Args:
        settings: the backend, and the options of `appraise` (profile, what is told).
        link: fitted on all of train; its own coefficients are not used here.
        data: folder of crowd-enVENT.
        limit: at most so many events; None means one of every writer of the part.
        seed: of the choice of events.
        tell: called with (step, done, of).

    Raises:
        AffectgraphError: the set, the settings or a backend.
    """
    train = crowd_envent.load_appraisals(data, "train")
    fair, _ = without_leaks(train, crowd_envent.load_appraisals(data, "val"))
    chosen = one_of_each(part_of(fair, "tune"), seed)
    chosen = replace(chosen, items=chosen.items[:limit])
    embedder = embedder_of(settings)
    held = part_of(fair, "held")
    fitted = fit_link(held, rows_of(held, embedder, partial(tell, "embedding")), embedder.identity, seed=seed)
    memories = _others(train, chosen, seed)
    with tempfile.TemporaryDirectory() as folder:
        save_link(fitted, Path(folder) / "held.json")
        used = _settings(settings, Path(folder) / "held.json")
        identity, heard = _parts(used, memories, chosen, embedder, tell)
    if not heard:
        raise InputError("no event was answered by every voice, so there is nothing to weigh; raise --limit")
    choice = choose_weights([parts for parts, _ in heard], [emotion for _, emotion in heard])
    return link.model_copy(update={"weights": {**link.weights, identity: choice.weights}}), choice


def _others(train: Dataset, chosen: Dataset, seed: int) -> Memories:
    # A copy of a chosen event would tell its answer.
    left_out = {plain_words(item.fields["text"]) for item in chosen.items}

    def episodes() -> Iterator[tuple[str, Episode]]:
        for item in train.items:
            if plain_words(item.fields["text"]) not in left_out:
                yield item.group, episode_of(item)

    return Memories(f"{train.name}/{train.revision} without {len(left_out)} of seed {seed}/2", episodes)


def _settings(settings: Settings, link: Path) -> Settings:
    # As the benchmark `envent_persona` runs it: every voice is heard, and the model is not told what the others say.
    changed: dict[str, Any] = {
        "taxonomy": "envent13",
        "appraisals": "learned",
        "evidence": False,
        "intensity": False,
        "told": False,
        "told_episodes": 0,
        "public": True,
        "link": link,
        **dict.fromkeys(("weight_model", "weight_link", "weight_words", "weight_memory")),
    }
    return reproducible(settings.model_copy(update={"appraise": settings.appraise.model_copy(update=changed)}))


def _parts(
    settings: Settings, memories: Memories, chosen: Dataset, embedder: Embedder, tell: Tell
) -> tuple[str, list[tuple[dict[str, Distribution], str]]]:
    """The model's identity, and for each event on which every voice spoke what each said, and the writer's emotion."""
    found = []
    tell("reading in memories", 0, 1)
    with ExitStack() as opened:
        answers = Answers(settings.data_dir / ANSWERS_FILE)
        opened.callback(answers.close)
        store = opened.enter_context(filled_memory(settings, memories, embedder))
        graph = load("appraise", settings=settings, store=store)
        opened.callback(graph.close)
        about = {"name": chosen.name, "split": chosen.split, "revision": chosen.revision}
        answerer = Answerer(
            "appraise", graph, settings, answers, until="feel", dataset=about, memory=memories.name, condition="weigh"
        )
        for number, item in enumerate(chosen.items, 1):
            trace = answerer.answer(item.id, asked(item, chosen, None)).trace
            told: Any = trace[-1].decided.get("parts", {}) if trace else {}
            if set(told) == set(Weights.model_fields):
                parts = {name: Distribution(probabilities=shares) for name, shares in told.items()}
                found.append((parts, item.slices["emotion"]))
            tell("asking", number, len(chosen.items))
        return graph.models.perceive.identity, found
