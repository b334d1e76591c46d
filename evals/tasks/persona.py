"""Persona-E2: what would *this* person feel about this event?

Conditions (paper: none, MBTI, BFI; ours: BFI in words, both, and the control `shuffled`, in which each person gets the
profile of another one, the same one throughout).
"""

from __future__ import annotations

import random
from functools import lru_cache, partial
from typing import Any, Literal, cast

from affectgraph.evals.answering import Answer
from affectgraph.evals.benchmarks import Benchmark
from affectgraph.evals.datasets import Dataset, Item, persona_e2
from affectgraph.evals.rows import LabelRow
from affectgraph.evals.tasks.rows import label_row
from affectgraph.tools.persona import TRAITS, Persona, Provenances
from affectgraph.tools.persona_words import PROFILES, Profile, described

__all__ = ["BENCHMARKS", "CONDITIONS", "GRAPHS", "NEEDS", "SPLITS", "UNTIL", "answered", "asked", "load", "shuffled"]

# Condition -> what it sets in the graph `appraise`; the graph `reading` is given the profile in words.
CONDITIONS = {form: (f"appraise.profile={form}",) for form in PROFILES} | {"shuffled": ("appraise.profile=bfi",)}
GRAPHS = {
    "reading": (),
    "appraise": ("appraise.perspective=read", "appraise.evidence=false", "appraise.intensity=false"),
}
UNTIL = {"appraise": "feel"}
SPLITS = ("all", "divergent", "all_zh", "divergent_zh")
NEEDS = (
    "the FOLDER of its three CSV files, or hf:CRIS-Yang/Persona-E2-Dataset (CC BY-NC-SA 4.0, no profiling of people)"
)
_SEED = 0
Level = Literal["individual", "group", "event"]


@lru_cache(maxsize=8)
def _exchange(people: tuple[str, ...]) -> dict[str, str]:
    order = list(people)
    random.Random(_SEED).shuffle(order)
    return dict(zip(order, [*order[1:], order[0]], strict=True))


def _who(item: Item) -> str:
    """The annotator, or the group of annotators, that the item is about."""
    return str(item.fields.get("annotator") or item.fields.get("personality_group") or "anybody")


def _profiles(dataset: Dataset) -> dict[str, dict[str, Any]]:
    """Annotator -> profile; computed once a set, which has a hundred thousand items."""
    key = (dataset.split, dataset.revision)
    if key not in _known:
        _known.clear()
        _known[key] = {_who(item): item.fields["profile"] for item in dataset.items}
    return _known[key]


_known: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}


def shuffled(dataset: Dataset) -> dict[str, str]:
    """Annotator -> the annotator whose profile stands in; nobody keeps their own (with two people or more)."""
    return _exchange(tuple(sorted(_profiles(dataset))))


def load(data: str, split: str, *, level: Level = "individual") -> Dataset:
    """Persona-E2 at a level; the splits are `all` and `divergent`, each in English or, with `_zh`, in Chinese."""
    subset: Literal["all", "divergent"] = "divergent" if split.startswith("divergent") else "all"
    return persona_e2.load(data, level, language="zh" if split.endswith("_zh") else "en", subset=subset)


def asked(item: Item, dataset: Dataset, own: str | None) -> dict[str, Any]:
    """What the graph is asked: what the person of `item` feels, under one of `CONDITIONS` (None: `bfi`)."""
    profile, condition = item.fields.get("profile", {}), own or "bfi"
    if condition == "shuffled":
        profile, condition = _profiles(dataset)[shuffled(dataset)[_who(item)]], "bfi"
    traits = {name: profile[name] for name in TRAITS if name in profile}
    return {
        "text": item.fields["event"],
        "questions": ["person_emotion"],
        "labels": list(dataset.labels),
        "profile": described(traits, profile.get("mbti"), cast(Profile, condition), item.language),
        "persona": _persona(_who(item), traits, profile.get("mbti")).model_dump(mode="json"),
    }


def _persona(name: str, traits: dict[str, float], mbti: str | None) -> Persona:
    known = {**traits, **({"mbti": mbti} if mbti else {})}
    provenance = Provenances(**dict.fromkeys(known, "questionnaire"))
    return Persona(name=name, provenance=provenance, **known)


def answered(item: Item, dataset: Dataset, answer: Answer) -> LabelRow:
    """The label that was answered, against the person's own."""
    return label_row(item, dataset.labels, answer, "person_emotion")


def _benchmark(name: str, about: str, level: Level, conditions: tuple[str, ...], own: tuple[str, ...]) -> Benchmark:
    return Benchmark(
        name=name,
        about=about,
        load=partial(load, level=level),
        splits=SPLITS,
        ask=asked,
        row=answered,
        conditions=conditions,
        graphs=GRAPHS,
        own={condition: CONDITIONS[condition] for condition in own},
        until=UNTIL,
        needs=NEEDS,
    )


BENCHMARKS = (
    _benchmark(
        "persona_e2",
        "Persona-E2: the emotion that one annotator reported about an event, given their personality.",
        "individual",
        ("none", "bfi", "shuffled"),
        tuple(CONDITIONS),
    ),
    _benchmark(
        "persona_e2_groups",
        "Persona-E2: the label of a group of annotators, given their mean personality.",
        "group",
        ("none", "bfi", "shuffled"),
        tuple(CONDITIONS),
    ),
    _benchmark(
        "persona_e2_events",
        "Persona-E2: the distribution of all annotators' labels about an event; nobody's personality is told.",
        "event",
        ("none",),
        ("none",),
    ),
)
