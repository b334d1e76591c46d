"""crowd-enVENT as a question about a person: what did the writer of this event feel, given who they are, what else they
lived through, and how people's appraisals go with their emotions?

Conditions add one part after the other; `shuffled` is the control of the profile (another writer's, the same one
throughout) and `stranger` that of profile and memory together. Memory holds the events of the split `train`; those
whose words are also in `val` are left out.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

from affectgraph.evals.answering import Answer
from affectgraph.evals.benchmarks import Benchmark, Memories, row_base
from affectgraph.evals.datasets import Dataset, Item, crowd_envent
from affectgraph.evals.fitting_rows import plain_words, traits_of
from affectgraph.evals.rows import LabelRow, RatingRow
from affectgraph.evals.tasks.rows import label_row
from affectgraph.tools.episodes import Episode
from affectgraph.tools.persona import TRAITS, Persona, Provenances

__all__ = ["BENCHMARKS", "asked", "episode_of", "memories", "persona_of"]

# The set tells no dates; what has one date has one recency.
_TIME = datetime(2021, 10, 1, tzinfo=UTC)
_SEED = 0
# Raised when `episode_of` or what is left out changes: a memory that was read in before is then read in anew.
_MEMORY_VERSION = 2

_LEARNED = ("appraise.appraisals=learned",)
_MODEL = ("without:appraise", "appraise.weight_model=1", "appraise.weight_memory=0")
_CONDITIONS = {
    # The chat model: told of nobody, of the profile, of three episodes too.
    "alone": (*_MODEL, "appraise.profile=none", "appraise.recall=0"),
    "persona": (*_MODEL, "appraise.recall=0"),
    "told": (*_MODEL, "appraise.told_episodes=3"),
    # Beside it the vote of recalled episodes; then the fitted link: the whole graph.
    "memory": ("without:appraise",),
    "full": _LEARNED,
    "shuffled": _LEARNED,
    "stranger": _LEARNED,
    # The graph without its memory; and the baseline without a chat model: embedder and logistic regression.
    "link": (*_LEARNED, "appraise.recall=0"),
    "direct": (
        *_LEARNED,
        "appraise.recall=0",
        *(f"appraise.weight_{name}={int(name == 'words')}" for name in ("model", "link", "words", "memory")),
    ),
}
# The model is not told what memory and link say: they have voices of their own.
_EACH_VOICE_BY_ITSELF = (
    "appraise.taxonomy=envent13",
    "appraise.evidence=false",
    "appraise.intensity=false",
    "appraise.told=false",
    "appraise.told_episodes=0",
)
# The words alone, with the traits, with the person's habits from memory; and the controls.
_APPRAISING = {
    "words": (*_LEARNED, "appraise.recall=0"),
    "traits": (*_LEARNED, "appraise.recall=0"),
    "full": _LEARNED,
    "shuffled": _LEARNED,
    "stranger": _LEARNED,
    "choose": ("appraise.recall=0",),
}


def persona_of(item: Item) -> Persona:
    """The writer of an event, by their answers to the TIPI."""
    traits = dict(zip(TRAITS, traits_of(item), strict=True))
    provenance = Provenances(**dict.fromkeys(traits, "questionnaire"))
    return Persona(name=item.group, provenance=provenance, **traits)


@lru_cache(maxsize=4)
def _others(groups: tuple[str, ...]) -> dict[str, str]:
    order = list(groups)
    random.Random(_SEED).shuffle(order)
    return dict(zip(order, [*order[1:], order[0]], strict=True))


def asked(item: Item, dataset: Dataset, own: str | None) -> dict[str, Any]:
    """The graph's input: the event of `item`, and its writer or, under two conditions, another one in part or whole."""
    who = None if own == "words" else _told(item, dataset, own).model_dump(mode="json")
    return {"text": item.fields["text"], "persona": who, "time": _TIME.isoformat()}


def _told(item: Item, dataset: Dataset, own: str | None) -> Persona:
    persona = persona_of(item)
    if own not in ("shuffled", "stranger"):
        return persona
    first = {other.group: other for other in reversed(dataset.items)}
    other = persona_of(first[_others(tuple(sorted(first)))[item.group]])
    given: dict[str, Any] = {name: getattr(other, name) for name in (*TRAITS, "provenance")}
    return other if own == "stranger" else persona.model_copy(update=given)


def _row(item: Item, dataset: Dataset, answer: Answer) -> LabelRow:
    return label_row(item, dataset.labels, answer, "emotion")


def _ratings(item: Item, dataset: Dataset, answer: Answer) -> RatingRow:
    found = (answer.output or {}).get("values", {}).get("appraisals", {})
    return RatingRow(
        **row_base(item, answer),
        low=crowd_envent.LOW,
        high=crowd_envent.HIGH,
        target=dict(item.target),
        prediction={name: given["rating"] for name, given in found.items()},
    )


def memories(data: Any, split: str) -> Memories:
    """The events of `train`, all public, with what their writers appraised and felt; none whose words are in `val`."""
    train, val = (crowd_envent.load_appraisals(data, part) for part in ("train", "val"))
    name = f"{train.name}/train/{train.revision} without the words of {val.revision}/{_MEMORY_VERSION}"
    return Memories(name, partial(_episodes, train, val))


def _episodes(train: Dataset, val: Dataset) -> Iterator[tuple[str, Episode]]:
    asked_about = {plain_words(item.fields["text"]) for item in val.items}
    for item in train.items:
        if plain_words(item.fields["text"]) not in asked_about:
            yield item.group, episode_of(item)


def episode_of(item: Item) -> Episode:
    """An event of `crowd_envent.load_appraisals` as a public episode of its writer."""
    return Episode(
        event=item.fields["text"],
        appraisals=item.target,
        emotions={item.slices["emotion"]: 1.0},
        taxonomy="envent13",
        time=_TIME,
        source="dataset",
        public=True,
        traits=persona_of(item).traits,
    )


BENCHMARKS = (
    Benchmark(
        name="envent_persona",
        about="crowd-enVENT: the emotion (of 13) of an event's writer, given their traits, their other events and a "
        "fitted link from appraisals; emotion words are hidden.",
        load=crowd_envent.load_emotions,
        splits=("val",),
        ask=asked,
        row=_row,
        graphs={"appraise": _EACH_VOICE_BY_ITSELF},
        conditions=("alone", "persona", "memory", "full", "shuffled"),
        own=_CONDITIONS,
        memory=memories,
        until={"appraise": "feel"},
    ),
    Benchmark(
        name="envent_persona_appraisal",
        about="crowd-enVENT: the writer's own ratings (1 to 5) of 21 appraisal variables, from the fitted reader, "
        "their traits and their habits.",
        load=crowd_envent.load_appraisals,
        splits=("val",),
        ask=asked,
        row=_ratings,
        graphs={"appraise": ("appraise.evidence=false",)},
        conditions=("words", "traits", "full", "stranger"),
        own=_APPRAISING,
        memory=memories,
        until={"appraise": "appraise"},
    ),
)
