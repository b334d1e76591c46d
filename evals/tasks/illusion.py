"""Persona-E2 crossed: every event for every annotator, to measure the "personality illusion".

The same set, conditions and answers as `persona_e2`; other are the order (event by event, so that `--limit` 36 times n
covers n whole events and all people of each) and the rows, which say whose answer it is. The five figures come from two
runs, one under the true profiles and one under `shuffled` (see `affectgraph.evals.illusion`).
"""

from __future__ import annotations

from affectgraph.evals.answering import Answer
from affectgraph.evals.benchmarks import Benchmark
from affectgraph.evals.datasets import Dataset, Item
from affectgraph.evals.rows import LabelRow, Person
from affectgraph.evals.tasks import persona
from affectgraph.tools.persona import TRAITS

__all__ = ["BENCHMARKS"]


def _row(item: Item, dataset: Dataset, answer: Answer) -> LabelRow:
    traits = {name: item.fields["profile"][name] for name in TRAITS}
    whose = Person(id=item.fields["annotator"], traits=traits)
    return persona.answered(item, dataset, answer).model_copy(update={"person": whose})


BENCHMARKS = (
    Benchmark(
        name="persona_illusion",
        about="Persona-E2, each event for each annotator: does a profile change answers the way people differ?",
        load=persona.load,
        splits=persona.SPLITS,
        ask=persona.asked,
        row=_row,
        conditions=("bfi", "shuffled"),
        graphs=persona.GRAPHS,
        own=persona.CONDITIONS,
        until=persona.UNTIL,
        whole_groups=True,
        needs=persona.NEEDS,
    ),
)
