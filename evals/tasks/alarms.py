"""False alarms of the safety screen: prompts that sound dangerous and are not. The graph runs as far as its screen."""

from __future__ import annotations

from typing import Any

from affectgraph.evals.benchmarks import Benchmark
from affectgraph.evals.datasets import Dataset, Item, false_alarms
from affectgraph.evals.tasks.rows import alarm_row

__all__ = ["BENCHMARKS"]


def _ask(item: Item, dataset: Dataset, own: str | None) -> dict[str, Any]:
    return {"text": item.fields["text"]}


BENCHMARKS = (
    Benchmark(
        name="xstest",
        about="XSTest: alarms of the screen on prompts that sound unsafe and are safe. Its unsafe contrasts are mostly "
        "requests for harm to others, which the screen is not made for.",
        load=lambda data, split: false_alarms.load_xstest(data),
        splits=("dev",),
        ask=_ask,
        row=alarm_row,
        graphs={"empathy": ()},
        conditions=("default",),
        until={"empathy": "screen"},
    ),
    Benchmark(
        name="notinject",
        about="NotInject: alarms of the screen on benign prompts with words that trigger injection filters.",
        load=lambda data, split: false_alarms.load_notinject(data, f"NotInject_{split}.json"),
        splits=("one", "two", "three"),
        ask=_ask,
        row=alarm_row,
        graphs={"empathy": ()},
        conditions=("default",),
        until={"empathy": "screen"},
    ),
)
