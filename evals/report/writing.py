"""The report as files: one HTML page that needs nothing else, and the same figures as Markdown and CSV.

Everything that comes out of a log is untrusted: the template escapes it, the page forbids scripts and the network, the
Markdown and the CSV neutralise what their readers would interpret. The same logs give the same bytes.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import jinja2

from affectgraph.backends.errors import InputError
from affectgraph.evals.report.blocks import Block, blocks_of, warnings_of
from affectgraph.evals.report.comparing import Compared, Registered, not_run, read_registered
from affectgraph.evals.report.numbers import interval, number, p_value, signed, words
from affectgraph.evals.report.reading import Study, read_studies
from affectgraph.evals.report.tables import csv_text, markdown_text

__all__ = ["Written", "write_report"]


@dataclass(frozen=True)
class Written:
    """Where the report is."""

    html: Path
    markdown: Path
    csv: Path


def write_report(
    logs: Sequence[Path],
    out: Path,
    *,
    title: str | None = None,
    preregistered: Path | None = None,
    resamples: int = 2000,
    seed: int = 0,
) -> Written:
    """Read logs and write the report.

    Args:
        logs: inspect_ai logs that `affectgraph eval` wrote (`.eval`, `.json`), or folders of them.
        out: the page, `.html` added where it has no such suffix; Markdown and CSV get the same stem beside it.
        title: of the page; by default the tasks' names.
        preregistered: TOML with `[[comparison]]` entries, see `comparing.Registered`.
        resamples, seed: of the bootstrap; the seed also draws the random items.

    Raises:
        InputError: a log or the pre-registration cannot be used, or the page cannot be written.
    """
    studies = read_studies(logs)
    registered = read_registered(preregistered) if preregistered is not None else []
    blocks = blocks_of(studies, registered, resamples=resamples, seed=seed)
    unrun = _unrun(blocks, registered)
    warnings, failures = warnings_of(blocks)
    name = title or "Evaluation of " + ", ".join(dict.fromkeys(block.task for block in blocks))
    page = out if out.suffix.lower() in (".html", ".htm") else out.with_name(out.name + ".html")
    written = Written(page, page.with_suffix(".md"), page.with_suffix(".csv"))
    texts = {
        written.html: _page(name, studies, blocks, unrun, warnings, failures, seed),
        written.markdown: markdown_text(name, blocks, unrun, [*warnings, *failures]),
        written.csv: csv_text(blocks, unrun),
    }
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise InputError(f"the report cannot be written to {page}: {error.strerror or error}") from error
    return written


def _unrun(blocks: Sequence[Block], registered: Sequence[Registered]) -> list[Compared]:
    """Announced comparisons that no block speaks of."""
    known = {(block.task, block.split) for block in blocks}
    return [
        not_run(entry, "no log of this task" + (f" on split {entry.split!r}" if entry.split else ""))
        for entry in registered
        if not any(entry.task == task and entry.split in (None, split) for task, split in known)
    ]


def _page(
    title: str,
    studies: Sequence[Study],
    blocks: Sequence[Block],
    unrun: Sequence[Compared],
    warnings: Sequence[str],
    failures: Sequence[str],
    seed: int,
) -> str:
    days = sorted(study.created[:10] for study in studies)
    return _template().render(
        title=title,
        studies=len(studies),
        answered=sum(len(study.answered) for study in studies),
        span=days[0] if days[0] == days[-1] else f"{days[0]} to {days[-1]}",
        blocks=blocks,
        unrun=unrun,
        warnings=warnings,
        failures=failures,
        seed=seed,
        older=sum(study.older for study in studies),
        versions=_versions(studies),
        any_comparison=bool(unrun) or any(block.compared for block in blocks),
        any_ablation=any(block.ablations for block in blocks),
        any_illusion=any(block.illusions for block in blocks),
        any_failed=any(block.failed for block in blocks),
    )


def _versions(studies: Sequence[Study]) -> list[tuple[str, str]]:
    """Package -> version; several versions where the runs differ."""
    found: dict[str, dict[str, None]] = {}
    for study in studies:
        for name, number_ in study.versions.items():
            found.setdefault(name, {})[number_] = None
    return sorted((name, ", ".join(numbers)) for name, numbers in found.items())


def _template() -> jinja2.Template:
    # autoescape is on for everything: the only template is HTML.
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=False)
    environment.filters.update(
        num=number,
        interval=interval,
        signed=signed,
        p_value=p_value,
        words=words,
        share=lambda value: f"{value:.0%}",
        count=lambda value: f"{value:,.0f}",
        percent_css=lambda value: f"{100 * min(1.0, max(0.0, value)):.1f}%",
        day=lambda value: value[:10],
        clip=lambda value: value if len(value) <= 300 else value[:299] + "…",
        json=lambda value: json.dumps(value, ensure_ascii=False),
        data_uri=_data_uri,
        bars_alt=_bars_alt,
    )
    text = files("affectgraph.evals.report").joinpath("page.html.j2").read_text(encoding="utf-8")
    return environment.from_string(text)


def _data_uri(svg: str) -> str:
    # As an image: its ids stay apart from those of other plots, and nothing in it can run.
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode("utf-8")).decode("ascii")


def _bars_alt(bars: Sequence[Any]) -> str:
    def told(value: float | None) -> str:
        return "none" if value is None or math.isnan(value) else f"{value:.0%}"

    return "; ".join(f"{bar.label}: answered {told(bar.answered)}, people {told(bar.people)}" for bar in bars)
