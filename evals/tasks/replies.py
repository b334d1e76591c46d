"""Benchmarks on replies: a long counselling text is answered, and compared with what counsellors wrote."""

from __future__ import annotations

from typing import Any

from affectgraph.evals.benchmarks import Benchmark
from affectgraph.evals.datasets import Dataset, Item, counselling, empathy_qa
from affectgraph.evals.tasks.rows import reply_row
from affectgraph.graphs.texts import LONGEST_TEXT

__all__ = ["BENCHMARKS"]

_GRAPHS: dict[str, tuple[str, ...]] = {"empathy": (), "empathy_single": ()}

# The last exchange is often a thank-you, so the middle one is the default (our choice).
_EXCHANGES = ("middle", "last")


def _exchange(split: str) -> counselling.Exchange:
    return "last" if split == "last" else "middle"


def _ask(item: Item, dataset: Dataset, own: str | None) -> dict[str, Any]:
    return {"text": item.fields["text"]}


def _ask_in_context(item: Item, dataset: Dataset, own: str | None) -> dict[str, Any]:
    """The dialogue so far and the client's turn as one text: a graph run has no session."""
    before = [turn["text"] for turn in item.fields["history"]]
    return {"text": "\n".join([*before, item.fields["text"]])[-LONGEST_TEXT:]}


BENCHMARKS = (
    Benchmark(
        name="empathy_qa",
        about="Empathy-QA or PsyQA layout: the reply to a long counselling text, against several references.",
        load=lambda data, split: empathy_qa.load(data),
        splits=("all",),
        ask=_ask,
        row=reply_row,
        graphs=_GRAPHS,
        conditions=("default",),
        needs="a FILE in the layout of Empathy-QA (JSON Lines) or PsyQA (JSON); ask their authors for the sets",
    ),
    Benchmark(
        name="smile",
        about="SMILE: a counsellor's reply in the middle (or at the end) of a Chinese dialogue.",
        load=lambda data, split: counselling.load_smile(data, exchange=_exchange(split)),
        splits=_EXCHANGES,
        ask=_ask_in_context,
        row=reply_row,
        graphs=_GRAPHS,
        conditions=("default",),
    ),
    Benchmark(
        name="cpsycoun",
        about="CPsyCoun (CPsyCounE): a counsellor's reply in the middle (or at the end) of a Chinese dialogue.",
        load=lambda data, split: counselling.load_cpsycoun(data, exchange=_exchange(split)),
        splits=_EXCHANGES,
        ask=_ask_in_context,
        row=reply_row,
        graphs=_GRAPHS,
        conditions=("default",),
    ),
)
