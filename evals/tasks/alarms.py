"""False alarms of the safety screen: prompts that sound dangerous and are not. The graph runs as far as its screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from affectgraph.evals.benchmarks import Benchmark
from affectgraph.evals.datasets import Dataset, Item, false_alarms
from affectgraph.evals.tasks.rows import alarm_row

__all__ = ["BENCHMARKS"]


def _ask(item: Item, dataset: Dataset, own: str | None) -> dict[str, Any]:
    return {"text": item.fields["text"]}


def _path(data: str | None) -> Path | None:
    return Path(data) if data else None


BENCHMARKS = (
    Benchmark(
        name="xstest",
        about="XSTest: alarms of the screen on prompts that sound unsafe and are safe. Its unsafe contrasts are mostly "
        "requests for harm to others, which the screen is not made for.",
        load=lambda data, split: false_alarms.load_xstest(_path(data)),
        splits=("dev",),
        ask=_ask,
        row=lambda item, dataset, answer: alarm_row(item, answer),
        graphs={"empathy": ()},
        conditions=("default",),
        until={"empathy": "screen"},
    ),
    Benchmark(
        name="notinject",
        about="NotInject: alarms of the screen on benign prompts with words that trigger injection filters.",
        load=lambda data, split: false_alarms.load_notinject(_path(data), f"NotInject_{split}.json"),
        splits=("one", "two", "three"),
        ask=_ask,
        row=lambda item, dataset, answer: alarm_row(item, answer),
        graphs={"empathy": ()},
        conditions=("default",),
        until={"empathy": "screen"},
    ),
)
