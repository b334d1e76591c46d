"""What the report says of each task, computed: figures, baselines, comparisons, plots, costs, items.

A block is one task on one split of one data set; a run is one graph, backend and condition in it. Everything here is
numbers and names; how they look is `writing.py` and the template.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from affectgraph.backends.errors import InputError
from affectgraph.evals.figures import Figure, figures
from affectgraph.evals.report.comparing import Compared, Registered, ablations, comparisons
from affectgraph.evals.report.costs import NodeCost, answer_cost, node_costs
from affectgraph.evals.report.illusions import IllusionShown, shown_of
from affectgraph.evals.report.pictures import Picture, ablation_picture, pictures, run_names
from affectgraph.evals.report.published import PublishedTable, published
from affectgraph.evals.report.reading import Study
from affectgraph.evals.report.showing import Shown, random_items, unparseable, worst_items

__all__ = ["Block", "Line", "Run", "blocks_of", "warnings_of"]

# What a reader looks at first, per kind of row; the rest is one click away and in the CSV.
MAIN = {
    "label": ("accuracy", "macro_f1", "weighted_f1", "brier", "ece", "jsd", "unparseable"),
    "rating": ("mae", "pearson", "spearman", "ccc", "unparseable"),
    "reply": ("rouge_l", "bleu", "distinct_2", "length", "fallback_share", "unparseable"),
    "alarm": ("miss_rate", "false_alarm_rate"),
}
# What exploratory comparisons are made on; slices and ablations are drawn by the first.
COMPARED = {
    "label": ("accuracy", "macro_f1"),
    "rating": ("mae",),
    "reply": ("rouge_l",),
    "alarm": ("miss_rate", "false_alarm_rate"),
}
# Baselines come among the figures: name -> the figure it is a baseline of, and how it is called.
BASELINES = {
    "majority_baseline": ("accuracy", "always the most frequent label"),
    "mean_baseline_mae": ("mae", "always the mean rating"),
}


@dataclass(frozen=True)
class Line:
    """One row of the table of figures."""

    name: str
    where: str
    n: int
    groups: int
    cells: dict[str, Figure]
    failed: int = 0
    baseline: bool = False
    study: Study | None = None


@dataclass(frozen=True)
class Run:
    """One study with what the page shows of it; `title` tells it from the others of its block."""

    study: Study
    title: str
    command: str
    costs: list[NodeCost]
    answer_cost: tuple[float, float, float]
    worst: list[Shown]
    random: list[Shown]
    unparseable: int
    unparseable_shown: list[Shown]


@dataclass(frozen=True)
class Block:
    """One task on one split of one data set."""

    title: str
    task: str
    dataset: str
    split: str
    revision: str
    items: int
    dropped: str
    runs: list[Run]
    columns: list[str]
    more_columns: list[str]
    lines: list[Line]
    notes: list[str]
    published: list[tuple[PublishedTable, bool]]
    compared: list[Compared]
    pictures: list[Picture]
    ablations: list[Picture]
    illusions: list[IllusionShown]
    failed: int = 0
    baselines_told: str = ""


def blocks_of(studies: Sequence[Study], registered: Sequence[Registered], *, resamples: int, seed: int) -> list[Block]:
    """One block per task, data set and split, in the order of the studies."""
    same = [
        list(group) for _, group in groupby(sorted(studies, key=lambda study: study.key), lambda study: study.block)
    ]
    split_tasks = {
        group[0].ran.task for group in same if sum(other[0].ran.task == group[0].ran.task for other in same) > 1
    }
    return [_block(group, registered, group[0].ran.task in split_tasks, resamples, seed) for group in same]


def _block(studies: list[Study], registered: Sequence[Registered], long: bool, resamples: int, seed: int) -> Block:
    kind = _kind(studies)
    lines = [_line(study, resamples, seed) for study in studies]
    names = list(dict.fromkeys(name for line in lines for name in line.cells if name not in BASELINES))
    main = [name for name in MAIN.get(kind, ()) if name in names]
    ran, facts = studies[0].ran, studies[0].ran.dataset
    compared = COMPARED.get(kind, ())
    baselines = _baselines(lines)
    taken = [ablation for statistic in compared[:1] for ablation in ablations(studies, statistic)]
    return Block(
        title=f"{ran.task}, {facts.name} {facts.split}".strip() if long else ran.task,
        task=ran.task,
        dataset=facts.name,
        split=facts.split,
        revision=", ".join(dict.fromkeys(study.ran.dataset.revision for study in studies)),
        items=facts.items,
        dropped=", ".join(f"{count} {reason}" for reason, count in facts.dropped.items()),
        runs=[_run(name, study, seed) for name, study in run_names(studies).items()],
        columns=main,
        more_columns=[name for name in names if name not in main],
        lines=[*lines, *baselines],
        notes=_notes(lines),
        published=published(ran.task, facts.name),
        compared=comparisons(studies, registered, compared),
        pictures=pictures(studies, compared[0], resamples, seed) if compared else [],
        ablations=[ablation_picture(ablation) for ablation in taken],
        illusions=shown_of(studies, resamples=resamples, seed=seed),
        failed=sum(len(study.failed) for study in studies),
        baselines_told="The baseline is computed on the same items and knows their labels." if baselines else "",
    )


def _kind(studies: Sequence[Study]) -> str:
    kinds = {row.kind: study for study in studies for row in study.rows}
    if len(kinds) > 1:
        files = ", ".join(sorted(study.path.name for study in kinds.values()))
        raise InputError(
            f"task {studies[0].ran.task!r} has logs with rows of different kinds ({files}); report them apart"
        )
    return next(iter(kinds), "")


def _line(study: Study, resamples: int, seed: int) -> Line:
    try:
        found = figures(study.rows, resamples=resamples, seed=seed) if study.rows else []
    except ValueError as error:
        raise InputError(f"{study.path} has no figures: {error}") from error
    return Line(
        name=study.ran.condition,
        where=f"{study.ran.graph} on {study.ran.backend}",
        n=len(study.rows),
        groups=len({row.group or row.id for row in study.rows}),
        cells={figure.name: figure for figure in found},
        failed=len(study.failed),
        study=study,
    )


def _baselines(lines: Sequence[Line]) -> list[Line]:
    """One line per baseline, of the run with the most items."""
    found = []
    for name, (of, told) in BASELINES.items():
        having = [line for line in lines if name in line.cells]
        if having:
            figure = max((line.cells[name] for line in having), key=lambda figure: figure.n)
            found.append(Line("baseline", figure.note or told, figure.n, figure.groups, {of: figure}, baseline=True))
    return found


def _notes(lines: Sequence[Line]) -> list[str]:
    """What a reader must know of the figures; one entry per sentence, naming the runs only where not all share it."""
    runs: dict[str, list[str]] = {}
    for line in lines:
        for figure in line.cells.values():
            if figure.note and figure.name not in BASELINES:
                runs.setdefault(f"{figure.name.replace('_', ' ')}: {figure.note}", []).append(line.name)
    return [note if len(names) == len(lines) else f"{note} ({', '.join(names)})" for note, names in runs.items()]


def _run(title: str, study: Study, seed: int) -> Run:
    count, first = unparseable(study)
    rows = study.rows
    return Run(
        study=study,
        title=title,
        command=_command(study),
        costs=node_costs(rows),
        answer_cost=answer_cost(rows),
        worst=worst_items(study),
        random=random_items(study, seed=seed),
        unparseable=count,
        unparseable_shown=first,
    )


def _command(study: Study) -> str:
    ran = study.ran
    words = ["affectgraph", "eval", ran.task, "--graph", ran.graph]
    if study.model:  # an inspect model in every role
        words += ["--model", study.model]
    elif "+" not in ran.backend:  # else the settings' own map of roles
        words += ["--backend", ran.backend.split(" ")[0]]
    words += ["--condition", ran.condition.split(" (")[0]]
    return shlex.join([*words, "--limit", str(study.expected), *ran.options])


def warnings_of(blocks: Sequence[Block]) -> tuple[list[str], list[str]]:
    """What is to be borne in mind, and what failed; each a sentence."""
    mixed = [block.title for block in blocks if len({str(run.study.ran.answers.get("code")) for run in block.runs}) > 1]
    warnings = [f"{title}: its runs were answered by different versions of the code." for title in mixed]
    warnings += [_toy(identity) for identity in sorted(_identities(blocks)) if "smollm2" in identity.lower()]
    failures: list[str] = []
    for block in blocks:
        if "fixture" in block.dataset.lower():
            warnings.append(
                f"{block.title}: {block.dataset} is a fixture for trying the harness out; it measures nothing."
            )
        if "," in block.revision:
            warnings.append(f"{block.title}: the runs saw different revisions of the data set ({block.revision}).")
        for run in block.runs:
            name = f"{block.title}, {run.title}"
            if not run.study.complete:
                warnings.append(f"{name}: {_stopped(run.study)}; the figures are of these.")
            if run.study.failed:
                told = (
                    "1 item failed and is"
                    if len(run.study.failed) == 1
                    else f"{len(run.study.failed)} items failed and are"
                )
                failures.append(f"{name}: {told} in no figure. The same command retries them.")
    return warnings, failures


def _identities(blocks: Sequence[Block]) -> set[str]:
    return {run.study.ran.identity for block in blocks for run in block.runs}


def _toy(identity: str) -> str:
    return f"{identity}: the embedded model is for trying things out; its figures do not show what a method can do."


def _stopped(study: Study) -> str:
    how = "stopped by an error" if study.status == "error" else "interrupted"
    return f"{how} after {len(study.answered) + len(study.failed)} of {study.expected} items"
