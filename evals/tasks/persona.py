"""Persona-E2: what would *this* person feel about this event?

Conditions (paper: none, MBTI, BFI; ours: BFI in words, both, and the control `shuffled`, in which each person gets the
profile of another one, the same one throughout).
"""

from __future__ import annotations

import random
from functools import lru_cache
from typing import Any, cast

from affectgraph.evals.answering import Answer
from affectgraph.evals.benchmarks import Benchmark
from affectgraph.evals.datasets import Dataset, Item, persona_e2
from affectgraph.evals.rows import LabelRow
from affectgraph.evals.tasks.rows import label_row
from affectgraph.tools.persona import TRAITS
from affectgraph.tools.persona_words import PROFILES, Profile, described

__all__ = ["BENCHMARKS", "shuffled"]

CONDITIONS = (*PROFILES, "shuffled")
_SEED = 0


@lru_cache(maxsize=8)
def _exchange(people: tuple[str, ...]) -> dict[str, str]:
    order = list(people)
    random.Random(_SEED).shuffle(order)
    return dict(zip(order, [*order[1:], order[0]], strict=True))


def _profiles(dataset: Dataset) -> dict[str, dict[str, Any]]:
    """Annotator -> profile; computed once a set, which has a hundred thousand items."""
    key = (dataset.split, dataset.revision)
    if key not in _known:
        _known.clear()
        _known[key] = {item.fields["annotator"]: item.fields["profile"] for item in dataset.items}
    return _known[key]


_known: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}


def shuffled(dataset: Dataset) -> dict[str, str]:
    """Annotator -> the annotator whose profile stands in; nobody keeps their own (with two people or more)."""
    return _exchange(tuple(sorted(_profiles(dataset))))


def _ask(item: Item, dataset: Dataset, own: str | None) -> dict[str, Any]:
    profile, condition = item.fields["profile"], own or "bfi"
    if condition == "shuffled":
        profile, condition = _profiles(dataset)[shuffled(dataset)[item.fields["annotator"]]], "bfi"
    traits = {name: profile[name] for name in TRAITS}
    return {
        "text": item.fields["event"],
        "questions": ["person_emotion"],
        "labels": list(dataset.labels),
        "profile": described(traits, profile["mbti"], cast(Profile, condition), item.language),
    }


def _row(item: Item, dataset: Dataset, answer: Answer) -> LabelRow:
    return label_row(item, dataset.labels, answer, "person_emotion")


BENCHMARKS = (
    Benchmark(
        name="persona_e2",
        about="Persona-E2: the emotion that one annotator reported about an event, given their personality.",
        load=lambda data, split: persona_e2.load(data, subset="divergent" if split == "divergent" else "all"),
        splits=("all", "divergent"),
        ask=_ask,
        row=_row,
        conditions=("none", "bfi", "shuffled"),
        own=CONDITIONS,
        needs="the FOLDER of its three CSV files, or hf:CRIS-Yang/Persona-E2-Dataset (CC BY-NC-SA 4.0, no profiling of "
        "people)",
    ),
)
