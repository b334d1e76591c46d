"""From inspect_ai logs to studies: one study is one run of one task, graph, backend and condition.

Knows the contract of our logs (`eval.metadata["affectgraph"]` and the metadata of each sample's one score) and refuses
other logs by name. Computes no figure.
"""

from __future__ import annotations

import platform
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from inspect_ai.log import EvalLog, EvalSample, read_eval_log
from pydantic import BaseModel, ConfigDict, ValidationError

from affectgraph.backends.errors import InputError
from affectgraph.evals.rows import Row, read_row
from affectgraph.graphs.steps import TraceEntry

__all__ = ["Answered", "DatasetFacts", "Failed", "Ran", "Study", "read_studies"]

SUFFIXES = (".eval", ".json")
_UNREAD = {"events", "store", "messages", "timelines", "model_usage", "role_usage"}


class DatasetFacts(BaseModel):
    """Which items were asked. `items` counts the whole split, `dropped` is reason -> rows that were left out."""

    model_config = ConfigDict(frozen=True)

    name: str
    split: str = ""
    revision: str = ""
    items: int = 0
    dropped: dict[str, int] = {}


class Ran(BaseModel):
    """What a log says of its run."""

    model_config = ConfigDict(frozen=True)

    task: str
    graph: str
    backend: str
    identity: str = ""
    condition: str
    dataset: DatasetFacts
    reproducible: bool = False
    seed: int = 0
    options: list[str] = []
    answers: dict[str, Any] = {}


@dataclass(frozen=True)
class Answered:
    """One scored item: its row, and what a reader needs to judge it."""

    row: Row
    input: str
    target: str
    trace: tuple[TraceEntry, ...]
    answer: Any
    cached: bool


@dataclass(frozen=True)
class Failed:
    """One item without a score, and why."""

    id: str
    why: str


@dataclass(frozen=True)
class Study:
    """One log.

    Attributes:
        path: where it was read.
        ran: what ran.
        created: when it was started, ISO 8601.
        status: inspect_ai's word: `success`, `started`, `cancelled` or `error`.
        expected: items that the run was to answer.
        answered: the scored items, in the log's order.
        failed: the others.
        versions: package -> version at the time of the run.
        older: complete or interrupted logs of the same run that this one replaces.
        model: the inspect_ai model that served the graph; empty for none.
    """

    path: Path
    ran: Ran
    created: str
    status: str
    expected: int
    answered: tuple[Answered, ...]
    failed: tuple[Failed, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    older: int = 0
    model: str = ""

    @property
    def complete(self) -> bool:
        """The run came to its end (single items may still have failed)."""
        return self.status == "success"

    @property
    def rows(self) -> list[Row]:
        """The rows that figures are computed from."""
        return [answered.row for answered in self.answered]

    @property
    def block(self) -> tuple[str, str, str, str]:
        """Studies of one block answer the same question on the same items: task, data set, split, revision."""
        return (self.ran.task, self.ran.dataset.name, self.ran.dataset.split, self.ran.dataset.revision)

    @property
    def key(self) -> tuple[str, ...]:
        """What makes two logs runs of the same study."""
        ran = self.ran
        return (*self.block, ran.graph, ran.backend, ran.condition, ran.identity, *ran.options)


def read_studies(logs: Sequence[Path]) -> list[Study]:
    """The fullest complete log of every study under `logs`; the fullest interrupted one where none is complete.

    Args:
        logs: log files, or folders of which every log is read, subfolders included.

    Returns:
        Studies by task, data set and split, in each by graph, backend and condition.

    Raises:
        InputError: a file is missing, cannot be read or is not one of ours; the message names it.
    """
    found: dict[tuple[str, ...], list[Study]] = {}
    for path in _log_files(logs):
        study = _read(path)
        found.setdefault(study.key, []).append(study)
    return _told_apart([_fullest(same) for _, same in sorted(found.items())])


def _fullest(same: list[Study]) -> Study:
    """A complete run before an interrupted one, then the one with the most items, then the newest."""
    chosen = max(same, key=lambda study: (study.complete, len(study.answered), study.created, study.path.name))
    return replace(chosen, older=len(same) - 1)


def _told_apart(studies: Sequence[Study]) -> list[Study]:
    """Backends of one name with different models, and conditions run with different options, under names that differ.

    Comparisons are made within a backend, so that no model is compared with another one as if it were the same.
    """
    models: dict[tuple[str, ...], set[str]] = defaultdict(set)
    options: dict[tuple[str, ...], set[tuple[str, ...]]] = defaultdict(set)
    for study in studies:
        models[(*study.block, study.ran.backend)].add(study.ran.identity)
        options[_run_of(study)].add(tuple(study.ran.options))
    named = []
    for study in studies:
        ran, changed = study.ran, dict[str, str]()
        if len(models[(*study.block, ran.backend)]) > 1:
            changed["backend"] = f"{ran.backend} {ran.identity}"
        if len(options[_run_of(study)]) > 1:
            changed["condition"] = f"{ran.condition} ({' '.join(ran.options) or 'plain'})"
        named.append(replace(study, ran=ran.model_copy(update=changed)) if changed else study)
    return named


def _run_of(study: Study) -> tuple[str, ...]:
    ran = study.ran
    return (*study.block, ran.graph, ran.backend, ran.identity, ran.condition)


def _log_files(logs: Sequence[Path]) -> list[Path]:
    files: dict[Path, None] = {}
    for path in logs:
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES and file.is_file())
            # Bookkeeping that inspect_ai keeps beside its logs is no log.
            inside = [file for file in inside if file.name not in ("logs.json", "eval-set.json")]
            if not inside:
                raise InputError(f"no inspect_ai log (.eval or .json) in {path}; `affectgraph eval` writes them")
            files.update(dict.fromkeys(file.resolve() for file in inside))
        elif path.is_file():
            files[path.resolve()] = None
        else:
            raise InputError(f"there is no log {path}; give a .eval or .json file, or a folder of them")
    return list(files)


def _read(path: Path) -> Study:
    try:
        log = read_eval_log(path, resolve_attachments="core", exclude_fields=_UNREAD)
    except Exception as error:  # inspect_ai raises whatever its zip and JSON readers raise
        raise InputError(f"{path} cannot be read as an inspect_ai log: {type(error).__name__}") from error
    ours = (log.eval.metadata or {}).get("affectgraph")
    if not isinstance(ours, dict):
        raise InputError(f"{path} was not written by `affectgraph eval` (its task is {log.eval.task!r}); leave it out")
    try:
        ran = Ran.model_validate(ours)
    except ValidationError as error:
        wrong = ", ".join(".".join(map(str, item["loc"])) for item in error.errors())
        raise InputError(f"{path} was written by another version of affectgraph; unreadable: {wrong}") from error
    answered: list[Answered] = []
    failed: list[Failed] = []
    for sample in log.samples or []:
        read = _sample(sample, path)
        if isinstance(read, Answered):
            answered.append(read)
        else:
            failed.append(read)
    return Study(
        path=path,
        ran=ran,
        created=str(log.eval.created),
        status=log.status,
        expected=_expected(log, len(answered) + len(failed)),
        answered=tuple(answered),
        failed=tuple(failed),
        model="" if log.eval.model.startswith("none/") else log.eval.model,
        versions={**{name: str(number) for name, number in log.eval.packages.items()}, **_here()},
    )


def _here() -> dict[str, str]:
    """What computes the figures; the log's own versions say what ran."""
    try:
        own = version("affectgraph")
    except PackageNotFoundError:
        own = "not installed"
    return {"affectgraph (report)": own, "python (report)": platform.python_version()}


def _expected(log: EvalLog, seen: int) -> int:
    if log.results is not None and log.results.total_samples:
        return log.results.total_samples
    planned = len(log.eval.dataset.sample_ids or []) or (log.eval.dataset.samples or 0)
    return max(planned * (log.eval.config.epochs or 1), seen)


def _sample(sample: EvalSample, path: Path) -> Answered | Failed:
    if sample.error is not None or not sample.scores:
        why = sample.error.message if sample.error is not None else "no score"
        return Failed(str(sample.id), why)
    if len(sample.scores) != 1:
        raise InputError(f"{path}: sample {sample.id!r} has {len(sample.scores)} scores, and ours have one")
    metadata = next(iter(sample.scores.values())).metadata or {}
    try:
        row = read_row(metadata.get("row"))
        trace = tuple(TraceEntry.model_validate(entry) for entry in metadata.get("trace") or [])
    except ValidationError as error:
        raise InputError(f"{path}: the score of sample {sample.id!r} holds no row of this version") from error
    return Answered(
        row=row,
        input=_text(sample.input),
        target="\n".join([sample.target] if isinstance(sample.target, str) else sample.target),
        trace=trace,
        answer=metadata.get("answer"),
        cached=bool(metadata.get("cached", False)),
    )


def _text(value: Any) -> str:
    """A sample's input as plain text: a list of chat messages becomes `role: text` lines."""
    if isinstance(value, str):
        return value
    return "\n".join(f"{message.role}: {message.text}" for message in value)
