"""Which items a reader should look at, and how one item is shown: the worst, some at random, the unparseable.

"Worst" is decided per kind of row: labels by Brier score, ratings by error as a share of the
scale, replies by the lowest ROUGE-L, alarms by a missed alarm before a false one. What could not be read comes first.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import Any

from affectgraph.evals.metrics.generation import rouge_l
from affectgraph.evals.report.reading import Answered, Study
from affectgraph.evals.rows import AlarmRow, LabelRow, RatingRow, ReplyRow, Row
from affectgraph.graphs.steps import TraceEntry

__all__ = ["Shown", "random_items", "severity", "shown", "unparseable", "worst_items"]

CLIP = 320
ANSWER_CLIP = 4_000
UNREADABLE = float("inf")


@dataclass(frozen=True)
class Bar:
    """One option of a label: the answered probability and people's share, each None where there is none."""

    label: str
    answered: float | None
    people: float | None


@dataclass(frozen=True)
class Shown:
    """One item as the page shows it. `head` is the clipped input, `rest` the whole of it where that is longer."""

    id: str
    group: str
    slices: dict[str, str]
    head: str
    rest: str | None
    target: str
    prediction: str | None
    severity: str
    bars: tuple[Bar, ...]
    answer: str
    trace: tuple[TraceEntry, ...]
    seconds: float
    tokens: int
    cached: bool


def severity(row: Row) -> float:
    """How wrong an answer is; infinite where nothing could be read. Comparable within one kind of row only."""
    if isinstance(row, LabelRow):
        return _brier(row)
    if isinstance(row, RatingRow):
        if any(variable not in row.prediction for variable in row.target):
            return UNREADABLE
        errors = [abs(row.prediction[variable] - wanted) for variable, wanted in row.target.items()]
        return sum(errors) / len(errors) / ((row.high - row.low) or 1.0) if errors else 0.0
    if isinstance(row, ReplyRow):
        return UNREADABLE if row.prediction is None else 1.0 - rouge_l(row.prediction, row.references, row.language)
    if row.target == row.prediction:
        return 0.0
    return 2.0 if row.target else 1.0


def _brier(row: LabelRow) -> float:
    """In [0, 2], as `metrics.distributions.brier`. A method without a distribution is taken at its word: certain."""
    if row.prediction is None:
        return UNREADABLE
    answered = row.distribution or {row.prediction: 1.0}
    return sum((answered.get(option, 0.0) - (option == row.target)) ** 2 for option in row.options)


def worst_items(study: Study, count: int = 20) -> list[Shown]:
    """The `count` worst answers that are not right, worst first; ties in the order of their ids."""
    ranked = sorted(
        ((severity(each.row), each) for each in study.answered), key=lambda pair: (-pair[0], pair[1].row.id)
    )
    return [shown(each, value) for value, each in ranked[:count] if value > 0]


def random_items(study: Study, count: int = 20, seed: int = 0) -> list[Shown]:
    """`count` answers drawn without regard to how good they are, in the log's order; the same for the same seed."""
    picked = random.Random(seed).sample(range(len(study.answered)), min(count, len(study.answered)))
    return [shown(study.answered[index], severity(study.answered[index].row)) for index in sorted(picked)]


def unparseable(study: Study, count: int = 10) -> tuple[int, list[Shown]]:
    """How many answers could not be read, and the first `count` of them."""
    found = [each for each in study.answered if severity(each.row) == UNREADABLE]
    return len(found), [shown(each, UNREADABLE) for each in found[:count]]


def shown(answered: Answered, value: float) -> Shown:
    """One item for the page; `value` is its severity."""
    row = answered.row
    text = answered.input.strip()
    target, prediction = _target_and_prediction(row)
    return Shown(
        id=row.id,
        group=row.group if row.group != row.id else "",
        slices=row.slices,
        head=_clip(text, CLIP),
        rest=text if len(text) > CLIP else None,
        target=target or answered.target,
        prediction=prediction,
        severity=_severity_in_words(row, value),
        bars=_bars(row),
        answer=_clip(json.dumps(answered.answer, ensure_ascii=False, indent=1), ANSWER_CLIP),
        trace=answered.trace,
        seconds=row.seconds,
        tokens=row.tokens,
        cached=answered.cached,
    )


def _clip(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _target_and_prediction(row: Row) -> tuple[str, str | None]:
    if isinstance(row, LabelRow):
        return row.target, row.prediction
    if isinstance(row, RatingRow):
        return _ratings(row.target), _ratings(row.prediction) or None
    if isinstance(row, ReplyRow):
        return "\n\n".join(row.references), row.prediction
    return _alarm(row.target), None if row.prediction is None else _alarm(row.prediction)


def _ratings(values: dict[str, float]) -> str:
    return ", ".join(f"{variable} {value:g}" for variable, value in values.items())


def _alarm(raised: bool) -> str:
    return "alarm" if raised else "no alarm"


def _severity_in_words(row: Row, value: float) -> str:
    if value == UNREADABLE:
        return "unparseable"
    if isinstance(row, LabelRow):
        return f"Brier {value:.2f}"
    if isinstance(row, RatingRow):
        return f"error {value:.0%} of the scale"
    if isinstance(row, ReplyRow):
        return f"ROUGE-L {1 - value:.3f}"
    return _alarm_verdict(row)


def _alarm_verdict(row: AlarmRow) -> str:
    if row.target == row.prediction:
        return "right"
    return "missed alarm" if row.target else "false alarm"


def _bars(row: Any) -> tuple[Bar, ...]:
    if not isinstance(row, LabelRow) or (row.distribution is None and row.shares is None):
        return ()
    people = row.shares or {row.target: 1.0}
    return tuple(
        Bar(option, None if row.distribution is None else row.distribution.get(option, 0.0), people.get(option, 0.0))
        for option in row.options
    )
