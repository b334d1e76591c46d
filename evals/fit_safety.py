"""`python -m affectgraph.evals.fit_safety CASES... --out FOLDER`: fit the n-grams of the learned voice of the screen.

Fitted on cases in the project's own layout (`affectgraph.evals.datasets.risk`) and, as everyday talk without risk, on
half of GoEmotions, EDOS, SMILE and CPsyCoun, by dialogue; texts in which the rules find something are left out, because
these sets hold genuine disclosures. The cuts are chosen on other files (`--choose-cases`, `--choose-talk`): the lowest
at which rules and n-grams together raise at most the asked share of false alarms on cases without risk. They are for
machines without the tuned reader. Beside it only the scores count: after a new fitting choose the reader's cuts again
(`affectgraph.evals.fit_reader`), which keep the hash of this file.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from affectgraph.backends.errors import AffectgraphError
from affectgraph.evals.safety_fitting import case_texts, everyday_texts, fit, opening_texts, talk_texts

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    given = _parser().parse_args(arguments)
    console = Console(stderr=True)
    try:
        texts = [*case_texts(given.cases, ruled=False), *opening_texts(given.cases, ruled=False)]
        texts += talk_texts(given.talk)
        if not given.no_everyday:
            texts += everyday_texts(given.everyday)
        console.print(f"{len(texts)} texts, {sum(text.everyday for text in texts)} of them everyday talk")
        others = [*case_texts(given.choose_cases), *opening_texts(given.choose_cases), *talk_texts(given.choose_talk)]
        fitted = fit(texts, others, false_alarms=given.false_alarms)
    except AffectgraphError as error:
        console.print(f"[red]{error}[/red]")
        return error.exit_code
    given.out.mkdir(parents=True, exist_ok=True)
    fitted.grams.save(given.out / "learned.npz")
    console.print(f"written to {given.out}")
    Console().print_json(json.dumps(fitted.report))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m affectgraph.evals.fit_safety", description=__doc__)
    parser.add_argument("cases", nargs="+", type=Path, help="files of cases, JSON Lines")
    parser.add_argument("--out", required=True, type=Path, help="folder for learned.npz")
    parser.add_argument("--false-alarms", type=float, default=0.08, help="share of cases without risk (default 0.08)")
    parser.add_argument("--everyday", type=int, default=1100, help="texts of each public set (default 1100)")
    parser.add_argument("--talk", nargs="*", type=Path, default=[], help="files of sessions without risk")
    parser.add_argument("--choose-cases", nargs="+", type=Path, required=True, help="cases to choose cuts on")
    parser.add_argument("--choose-talk", nargs="*", type=Path, default=[], help="sessions without risk to choose on")
    parser.add_argument("--no-everyday", action="store_true", help="fit on the cases alone")
    return parser


if __name__ == "__main__":
    sys.exit(main())
