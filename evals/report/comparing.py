"""Comparisons of two runs on the same items: which were announced beforehand, which were not run, what was corrected.

A pre-registration is a TOML file of `[[comparison]]` entries (`Registered`). Everything else that is compared here is
exploratory and says so. Both kinds are reported whatever they show. P values are corrected with Holm's step-down
method (Holm, 1979) within a task's pre-registered comparisons and, apart from them, within its exploratory ones.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from affectgraph.backends.errors import InputError
from affectgraph.evals.figures import Comparison, compare
from affectgraph.evals.metrics.resampling import holm
from affectgraph.evals.report.reading import Study

__all__ = ["Ablation", "Compared", "Registered", "ablations", "comparisons", "not_run", "read_registered"]

# What the whole graph's condition may be called; without one of them, the only condition that removes nothing.
FULL = ("full", "graph", "default", "all")
WITHOUT = "without:"
SINGLE = "_single"


class Registered(BaseModel):
    """A comparison that was announced before its runs.

    Attributes:
        task: the task's name.
        graph, backend: where it is to hold; None means in each that has both conditions.
        a, b: condition names, or `graph/condition` to compare two graphs; the difference is b minus a.
        statistic: the name of a figure.
        split: the data set's split; None means any.
        written: the day of the announcement. One written after its runs started is exploratory.
        why: the reason, one sentence.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: str
    graph: str | None = None
    backend: str | None = None
    a: str
    b: str
    statistic: str
    split: str | None = None
    written: date
    why: str = ""


@dataclass(frozen=True)
class Compared:
    """One line of the table of comparisons.

    Attributes:
        graph, backend, a, b: what was compared.
        statistic: the figure's name.
        registered: the announcement, None for an exploratory comparison.
        early: the announcement is older than both runs; only then the line counts as pre-registered.
        result: None where it could not be computed.
        adjusted: Holm's p value within the line's family.
        missing: why there is no result.
    """

    graph: str
    backend: str
    a: str
    b: str
    statistic: str
    registered: Registered | None = None
    early: bool = True
    result: Comparison | None = None
    adjusted: float | None = None
    missing: str = ""

    @property
    def family(self) -> str:
        """`pre-registered` or `exploratory`."""
        return "pre-registered" if self.registered is not None and self.early else "exploratory"


@dataclass(frozen=True)
class Ablation:
    """What the figure changes when a part is taken away: paired differences from the whole graph's run."""

    full: Study
    statistic: str
    lines: tuple[tuple[str, Comparison], ...]


def read_registered(path: Path) -> list[Registered]:
    """The comparisons of a pre-registration.

    Raises:
        InputError: the file is missing, no TOML, or an entry is incomplete or has an unknown field.
    """
    try:
        found: Any = tomllib.loads(path.read_text(encoding="utf-8"))
        return [Registered.model_validate(entry) for entry in found.get("comparison", [])]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"the pre-registration {path} cannot be read: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise InputError(f"the pre-registration {path} has a wrong [[comparison]]: {wrong}") from error


def comparisons(
    studies: Sequence[Study], registered: Sequence[Registered], statistics: Sequence[str]
) -> list[Compared]:
    """All comparisons of one block: the announced ones first, then every other pair of conditions.

    Args:
        studies: of one task, data set and split.
        registered: of any task; those of others are passed over.
        statistics: what exploratory comparisons are made on.
    """
    lines = [line for entry in registered if _concerns(entry, studies) for line in _announced(entry, studies)]
    known = {(line.graph, line.backend, frozenset((line.a, line.b)), line.statistic) for line in lines}
    for a, b in _pairs(studies):
        for statistic in statistics:
            line = _line(a, b, statistic)
            if (line.graph, line.backend, frozenset((line.a, line.b)), statistic) not in known:
                lines.append(line)
    return _corrected(lines)


def _concerns(entry: Registered, studies: Sequence[Study]) -> bool:
    return entry.task == studies[0].ran.task and entry.split in (None, studies[0].ran.dataset.split)


def _pairs(studies: Sequence[Study]) -> list[tuple[Study, Study]]:
    """Conditions of one graph on one backend, and a graph against its single-prompt form in the same condition."""
    pairs = []
    for a, b in combinations(sorted(studies, key=_reference_first), 2):
        if a.ran.backend != b.ran.backend:
            continue
        same_graph = a.ran.graph == b.ran.graph
        single = a.ran.condition == b.ran.condition and {a.ran.graph, b.ran.graph} in (
            {a.ran.graph, a.ran.graph + SINGLE},
            {b.ran.graph, b.ran.graph + SINGLE},
        )
        if same_graph or (single and a.ran.graph != b.ran.graph):
            pairs.append((a, b))
    return pairs


def _reference_first(study: Study) -> tuple[Any, ...]:
    return (study.ran.condition not in FULL, study.ran.condition, study.ran.graph, study.ran.backend)


def _announced(entry: Registered, studies: Sequence[Study]) -> list[Compared]:
    """One line per graph and backend that has both sides; one line saying what is missing where none has."""
    found = []
    for a in studies:
        for b in studies:
            if a is b or a.ran.backend != b.ran.backend or not (_is(a, entry.a) and _is(b, entry.b)):
                continue
            if "/" not in entry.a and "/" not in entry.b and a.ran.graph != b.ran.graph:
                continue
            if entry.graph not in (None, b.ran.graph) or entry.backend not in (None, b.ran.backend):
                continue
            early = entry.written <= min(_day(a), _day(b))
            found.append(replace(_line(a, b, entry.statistic), registered=entry, early=early))
    if found:
        return found
    absent = [name for name in (entry.a, entry.b) if not any(_is(study, name) for study in studies)]
    what = f"no log of {' and '.join(absent)}" if absent else "no graph and backend has logs of both"
    return [not_run(entry, what)]


def not_run(entry: Registered, what: str) -> Compared:
    """The line of an announced comparison whose logs are missing."""
    where = (entry.graph or "any", entry.backend or "any")
    return Compared(*where, entry.a, entry.b, entry.statistic, registered=entry, missing=f"not run: {what}")


def _is(study: Study, name: str) -> bool:
    return name in (study.ran.condition, f"{study.ran.graph}/{study.ran.condition}")


def _day(study: Study) -> date:
    return date.fromisoformat(study.created[:10])


def _line(a: Study, b: Study, statistic: str) -> Compared:
    if a.ran.graph == b.ran.graph:
        names = (b.ran.graph, b.ran.backend, a.ran.condition, b.ran.condition)
    else:
        both = [f"{study.ran.graph}/{study.ran.condition}" for study in (a, b)]
        names = (b.ran.graph, b.ran.backend, both[0], both[1])
    result, missing = _paired(a, b, statistic)
    return Compared(*names, statistic, result=result, missing=missing)


def _paired(a: Study, b: Study, statistic: str) -> tuple[Comparison | None, str]:
    both = {row.id for row in a.rows} & {row.id for row in b.rows}
    if not both:
        return None, "not compared: no item was answered in both"
    first, second = ([row for row in study.rows if row.id in both] for study in (a, b))
    try:
        return compare(first, second, statistic), ""
    except ValueError as error:  # an unknown statistic, or the same id with another target
        return None, f"not compared: {error}"


def _corrected(lines: list[Compared]) -> list[Compared]:
    corrected = list(lines)
    for family in ("pre-registered", "exploratory"):
        raw = {
            place: line.result.p
            for place, line in enumerate(lines)
            if line.family == family and line.result is not None and not math.isnan(line.result.p)
        }
        for place, value in zip(raw, holm(list(raw.values())), strict=True):
            corrected[place] = replace(lines[place], adjusted=value)
    return corrected


def ablations(studies: Sequence[Study], statistic: str) -> list[Ablation]:
    """Per graph and backend: the whole graph's run, and each run with a part taken away against it."""
    found = []
    for full in studies:
        lines = []
        if not _is_full(full, studies):
            continue
        for other in studies:
            name = _taken_away(full, other)
            result = _paired(full, other, statistic)[0] if name else None
            if name and result is not None:
                lines.append((name, result))
        if lines:
            found.append(Ablation(full, statistic, tuple(lines)))
    return found


def _is_full(study: Study, studies: Sequence[Study]) -> bool:
    if study.ran.condition.startswith(WITHOUT) or study.ran.graph.endswith(SINGLE):
        return False
    if study.ran.condition in FULL:
        return True
    same = [each for each in studies if (each.ran.graph, each.ran.backend) == (study.ran.graph, study.ran.backend)]
    whole = [each for each in same if not each.ran.condition.startswith(WITHOUT)]
    return len(whole) == 1


def _taken_away(full: Study, other: Study) -> str:
    """How the ablation is called; empty where `other` is none of `full`."""
    if other.ran.backend != full.ran.backend:
        return ""
    if other.ran.graph == full.ran.graph and other.ran.condition.startswith(WITHOUT):
        return other.ran.condition
    if other.ran.graph == full.ran.graph + SINGLE:
        return "single prompt" if other.ran.condition == full.ran.condition else f"single prompt, {other.ran.condition}"
    return ""
