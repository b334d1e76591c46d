"""The report's Markdown and CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence

from affectgraph.evals.figures import Figure
from affectgraph.evals.metrics.resampling import Interval
from affectgraph.evals.report.blocks import Block, Line
from affectgraph.evals.report.comparing import Compared
from affectgraph.evals.report.illusions import IllusionShown
from affectgraph.evals.report.numbers import NONE, interval, number, p_value, signed, words
from affectgraph.evals.report.reading import Study

__all__ = ["csv_text", "markdown_text"]

COLUMNS = (
    *("what", "task", "dataset", "split", "revision", "graph", "backend", "identity", "condition", "name"),
    *("value", "low", "high", "a", "b", "p", "p_corrected", "n", "groups", "note"),
)


def _md(value: object) -> str:
    """One table cell: no markup, no line break, no pipe comes through."""
    text = " ".join(str(value).split())
    for character in "\\`*_[]#|":
        text = text.replace(character, "\\" + character)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [
        "| " + " | ".join(cell if index == 1 else _md(cell) for cell in map(str, line)) + " |"
        for index, line in enumerate(lines)
    ] + [""]


def markdown_text(title: str, blocks: Sequence[Block], unrun: Sequence[Compared], warnings: Sequence[str]) -> str:
    """The report without plots and items."""
    text = [f"# {_md(title)}", ""]
    text += [f"> {_md(warning)}" + "\n" for warning in warnings]
    for block in blocks:
        text += [f"## {_md(block.title)}", ""]
        text += [f"{_md(block.dataset)} {_md(block.split)}, {block.items} items, revision `{_md(block.revision)}`.", ""]
        text += _runs(block) + _figures(block) + _illusions(block) + _published(block) + _comparisons(block.compared)
    if unrun:
        text += ["## Announced for tasks without a log", "", *_comparisons(unrun)]
    commands = [run.command for block in blocks for run in block.runs]
    text += ["## How to reproduce", "", *("    " + " ".join(command.split()) for command in commands), ""]
    return "\n".join(text)


def _runs(block: Block) -> list[str]:
    head = [
        "condition",
        "graph",
        "backend",
        "model",
        "answered",
        "failed",
        "unparseable",
        "seed",
        "reproducible",
        "started",
    ]
    rows = []
    for run in block.runs:
        study, ran = run.study, run.study.ran
        answered = f"{len(study.answered)} of {study.expected}"
        facts = [ran.seed, "yes" if ran.reproducible else "no", study.created[:10]]
        rows.append(
            [ran.condition, ran.graph, ran.backend, ran.identity, answered, len(study.failed), run.unparseable, *facts]
        )
    return _table(head, rows)


def _figures(block: Block) -> list[str]:
    rows = []
    for line in block.lines:
        cells = [line.cells.get(name) for name in block.columns]
        shown = [NONE if cell is None else f"{number(cell.value)} {interval(cell)}" for cell in cells]
        rows.append([f"{line.name} ({line.where})", f"{line.n} ({line.groups})", *shown])
    return _table(["condition", "n (groups)", *map(words, block.columns)], rows)


def _illusions(block: Block) -> list[str]:
    text = []
    for shown in block.illusions:
        told = f"{shown.title}; {shown.found.events} events, {shown.found.people} people"
        text += [f"**Personality illusion** ({_md(told)})", ""]
        rows = []
        for line in shown.lines:
            value = f"{number(line.figure.value)} {interval(line.figure)}"
            meaning = " ".join(part for part in (line.meaning, line.figure.note) if part)
            rows.append([line.title, value, _among_people(line.people), meaning])
        text += _table(["figure", "value", "among people", "how to read it"], rows)
    return text


def _among_people(figure: Figure | None) -> str:
    if figure is None:
        return NONE
    return number(figure.value) + (f" {interval(figure)}" if not math.isnan(figure.low) else "")


def _published(block: Block) -> list[str]:
    text = []
    for table, comparable in block.published:
        told = "published on this data set" if comparable else "published, not comparable: other data"
        text += [f"**{_md(table.title)}** ({told}; {_md(table.source)}, {_md(table.link)})", ""]
        text += _table(["system", *table.columns], [[cell or NONE for cell in row] for row in table.rows])
    return text


def _comparisons(lines: Sequence[Compared]) -> list[str]:
    if not lines:
        return []
    rows: list[list[object]] = []
    for line in lines:
        start = [f"{line.a} → {line.b}", f"{line.graph} on {line.backend}", line.family, words(line.statistic)]
        if line.result is None:
            rows.append([*start, line.missing, NONE, NONE, NONE])
        else:
            difference = f"{signed(line.result.difference)} {interval(line.result, True)}"
            rows.append([*start, difference, p_value(line.adjusted), line.result.n, line.result.test])
    return _table(["first → second", "where", "kind", "figure", "difference", "p, corrected", "n", "test"], rows)


def csv_text(blocks: Sequence[Block], unrun: Sequence[Compared]) -> str:
    """One line per figure, baseline and comparison; unrounded. `value` of a comparison is its difference, b minus a."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for block in blocks:
        place = {"task": block.task, "dataset": block.dataset, "split": block.split, "revision": block.revision}
        for line in block.lines:
            for row in _figure_rows(line):
                writer.writerow(_inert({**place, **row}))
        for shown in block.illusions:
            for row in _illusion_rows(shown):
                writer.writerow(_inert({**place, **row}))
        for compared in block.compared:
            writer.writerow(_inert({**place, **_comparison_row(compared)}))
    for compared in unrun:
        task = compared.registered.task if compared.registered else ""
        writer.writerow(_inert({"task": task, **_comparison_row(compared)}))
    return out.getvalue()


def _figure_rows(line: Line) -> list[dict[str, object]]:
    facts: dict[str, object] = {"what": "baseline" if line.baseline else "figure", "condition": line.name}
    if line.study is not None:
        facts |= _ran(line.study)
    return [
        {**facts, **_measured(figure), "name": figure.name if not line.baseline else name, "note": figure.note}
        for name, figure in line.cells.items()
    ]


def _illusion_rows(shown: IllusionShown) -> list[dict[str, object]]:
    """The five figures, the same among people, and the slopes of model and people."""
    facts: dict[str, object] = {"condition": shown.study.ran.condition, **_ran(shown.study)}
    rows: list[dict[str, object]] = []
    for line in shown.lines:
        for what, figure in (("illusion", line.figure), ("illusion, among people", line.people)):
            if figure is not None:
                rows.append({**facts, "what": what, **_measured(figure), "name": figure.name, "note": figure.note})
    for slope in shown.found.slopes:
        name = f"{slope.trait} → {slope.emotion}"
        for what, side in (("slope, model", slope.model), ("slope, people", slope.human)):
            rows.append({**facts, "what": what, **_measured(side), "name": name, "note": side.note})
    return rows


def _ran(study: Study) -> dict[str, object]:
    return {"graph": study.ran.graph, "backend": study.ran.backend, "identity": study.ran.identity}


def _measured(one: Figure | Interval) -> dict[str, object]:
    return {"value": one.value, "low": one.low, "high": one.high, "n": one.n, "groups": one.groups}


def _comparison_row(line: Compared) -> dict[str, object]:
    row: dict[str, object] = {
        "what": f"comparison, {line.family}",
        "graph": line.graph,
        "backend": line.backend,
        "condition": f"{line.a} → {line.b}",
        "name": line.statistic,
        "note": line.missing,
    }
    if line.result is not None:
        result = line.result
        row |= {
            "value": result.difference,
            "low": result.low,
            "high": result.high,
            "a": result.a,
            "b": result.b,
            "p": result.p,
            "p_corrected": line.adjusted,
            "n": result.n,
            "groups": result.groups,
            "note": result.test,
        }
    return row


def _inert(row: dict[str, object]) -> dict[str, object]:
    """Empty for nan; text that a spreadsheet would run as a formula gets a leading apostrophe."""
    clean: dict[str, object] = {}
    for name, value in row.items():
        if value is None or (isinstance(value, float) and math.isnan(value)):
            clean[name] = ""
        elif isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
            clean[name] = "'" + value
        else:
            clean[name] = value
    return clean
