"""`python -m affectgraph.evals.lab`: train what is not trained yet, measure what is not measured, write the tables.

Stopped, it goes on where it was: training at its last checkpoint, measuring at the next thinker.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from rich.console import Console
from rich.markdown import Markdown
from rich.progress import Progress

from affectgraph.backends.errors import AffectgraphError
from affectgraph.evals.chase.contributing import Summary
from affectgraph.evals.lab.choosing import Setting
from affectgraph.evals.lab.collapse import COLLAPSE_CLIPS, collapse
from affectgraph.evals.lab.experiment import Outcome, Sizes, run
from affectgraph.evals.lab.shipped import SHIPPED_SEED, shipped_weights
from affectgraph.evals.lab.tables import put_between, written
from affectgraph.evals.lab.training import Mixture, run_name, train

# The collapsed thinkers first: a balanced one is steered with the setting of its sibling of the same seed.
_ORDER: tuple[Mixture, ...] = ("collapsed", "balanced")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    given = _parser().parse_args(arguments)
    console = Console(stderr=True)
    try:
        outcomes, summaries = _measured_all(given, console)
        tables = written(outcomes, summaries)
        if given.page is None:
            Console().print(Markdown(tables))
        else:
            _rewrite(given.page, tables)
            console.print(f"tables of {len(outcomes)} thinkers are in {given.page}")
    except AffectgraphError as error:
        console.print(f"[red]{error}[/red]")
        return error.exit_code
    except KeyboardInterrupt:
        console.print("stopped; the same command goes on where this one was")
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m affectgraph.evals.lab", description=__doc__)
    parser.add_argument("--shipped", action="store_true", help="use the two shipped thinkers; train nothing")
    parser.add_argument(
        "--seeds", type=_at_least(1), default=3, help="thinkers of each mixture, from seed 0 (default 3)"
    )
    parser.add_argument("--runs", type=Path, default=Path("logs/lab"), help="folder of weights and outcomes")
    parser.add_argument("--page", type=Path, help="page whose tables are replaced; without it they are shown")
    parser.add_argument("--threads", type=_at_least(1), default=1, help="of torch (default 1: results repeat exactly)")
    parser.add_argument("--dev", type=_at_least(50), default=Sizes().dev, help="dev clips")
    parser.add_argument("--test", type=_at_least(20), default=Sizes().test, help="test clips")
    return parser


def _at_least(least: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} on")
        return int(text)

    return number


def _measured_all(given: argparse.Namespace, console: Console) -> tuple[list[Outcome], dict[str, Summary]]:
    import torch

    torch.set_num_threads(given.threads)
    sizes = Sizes(dev=given.dev, test=given.test)
    outcomes: list[Outcome] = []
    summaries: dict[str, Summary] = {}
    settings: dict[int, Setting] = {}
    for mixture in _ORDER:
        for seed in [SHIPPED_SEED] if given.shipped else range(given.seeds):
            name = run_name(mixture, seed)
            weights = _weights(mixture, seed, given, console)
            console.print(f"measuring {name}")
            outcome = _outcome(weights, mixture, seed, sizes, settings.get(seed), given.runs)
            settings.setdefault(seed, outcome.chosen.setting)
            outcomes.append(outcome)
            summaries[name] = _summary(weights, outcome.sha256, min(COLLAPSE_CLIPS, sizes.test), given.runs)
    return outcomes, summaries


def _weights(mixture: Mixture, seed: int, given: argparse.Namespace, console: Console) -> Path:
    if seed == SHIPPED_SEED:
        return shipped_weights(mixture)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task(f"training {run_name(mixture, seed)}", total=None)
        return train(
            mixture,
            seed,
            given.runs,
            tell=lambda step, steps, loss: progress.update(task, completed=step, total=steps),
        )


def _outcome(
    weights: Path, mixture: Mixture, seed: int, sizes: Sizes, setting: Setting | None, folder: Path
) -> Outcome:
    """The outcome that the folder keeps, if it is of these weights, sizes and setting; else a new one."""
    path = folder / f"{run_name(mixture, seed)}.outcome.json"
    kept = _kept(path, Outcome)
    if (
        kept is not None
        and kept.sha256 == hashlib.sha256(weights.read_bytes()).hexdigest()
        and kept.sizes == sizes
        and (setting is None or kept.chosen.setting == setting)
    ):
        return kept
    return _keep(path, run(weights, mixture, seed, sizes, setting))


def _summary(weights: Path, sha256: str, clips: int, folder: Path) -> Summary:
    """The same for the measures of collapse."""
    path = folder / f"{weights.stem}.collapse.json"
    kept = _kept(path, Summary)
    if kept is not None and kept.identity == sha256 and kept.groups[0].n == clips:
        return kept
    return _keep(path, collapse(weights, sha256, clips))


M = TypeVar("M", bound=BaseModel)


def _kept(path: Path, model: type[M]) -> M | None:
    try:
        return model.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):  # none yet, or of an older version: measured again
        return None


def _keep(path: Path, found: M) -> M:
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = path.with_name(path.name + ".writing")
    waiting.write_text(found.model_dump_json(), encoding="utf-8")
    os.replace(waiting, path)
    return found


def _rewrite(page: Path, tables: str) -> None:
    page.write_text(put_between(page.read_text(encoding="utf-8"), tables), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
