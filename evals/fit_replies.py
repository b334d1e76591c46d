"""`python -m affectgraph.evals.fit_replies CASES --out FILE`: fit the learned opinion on sentences of replies.

Cases are JSON Lines `{text, language, kind, family}`: `kind` is what is wrong, null for good counselling; sentences of
one family resemble each other and stay in one fold. Everything reported is out of fold for the learned opinion; the
rules were written with these cases in sight, so what rules and opinion reach together is no estimate for new text.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from affectgraph.tools.fitted_text import FittedText, counted, fit_counts
from affectgraph.tools.reply_checks import check
from affectgraph.tools.reply_learned import read

__all__ = ["ReplyCase", "cuts", "fit", "main", "out_of_fold", "read_cases", "report"]

_LANGUAGES: tuple[Literal["en", "zh"], ...] = ("en", "zh")


@dataclass(frozen=True)
class ReplyCase:
    """A sentence of a reply; `kind` is None where it is good."""

    text: str
    language: Literal["en", "zh"]
    kind: str | None
    family: str


def read_cases(path: Path) -> list[ReplyCase]:
    """The cases of a file in reading order."""
    return [ReplyCase(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def fit(cases: Sequence[ReplyCase], *, strength: float, about: dict[str, Any] | None = None) -> FittedText:
    """One head per language; a case counts for its own language alone."""
    labels: dict[str, list[int]] = {
        language: [int(case.kind is not None) if case.language == language else -1 for case in cases]
        for language in _LANGUAGES
    }
    return fit_counts([counted(read(case.text)) for case in cases], labels, strength=strength, about=about)


def out_of_fold(cases: Sequence[ReplyCase], *, strength: float, folds: int = 8) -> list[float]:
    """Log-odds of each case from a model that saw no case of its family."""
    from sklearn.model_selection import GroupKFold  # type: ignore[import-untyped]

    found = [0.0] * len(cases)
    groups = [case.family for case in cases]
    for seen, held in GroupKFold(folds).split(groups, groups=groups):
        model = fit([cases[index] for index in seen], strength=strength)
        for index in held:
            found[index] = model.logits(read(cases[index].text))[cases[index].language]
    return found


def cuts(cases: Sequence[ReplyCase], scores: Sequence[float], ruled: Sequence[bool], share: float) -> dict[str, float]:
    """Per language, the lowest cut at which rules and opinion reject at most `share` of the good sentences."""
    chosen: dict[str, float] = {}
    for language in _LANGUAGES:
        good = [index for index, case in enumerate(cases) if case.language == language and case.kind is None]
        left = sorted((scores[index] for index in good if not ruled[index]), reverse=True)
        room = max(0, int(share * len(good)) - (len(good) - len(left)))
        chosen[language] = left[min(room, len(left) - 1)] + 1e-6
    return chosen


def report(
    cases: Sequence[ReplyCase], scores: Sequence[float], ruled: Sequence[bool], cut: dict[str, float]
) -> dict[str, dict[str, float | int]]:
    """By language and kind: n, and the shares that the opinion, the rules, and either of them reject."""
    found: dict[str, dict[str, float | int]] = {}
    for name in sorted({f"{case.language} {case.kind or 'good'}" for case in cases}):
        rows = [index for index, case in enumerate(cases) if f"{case.language} {case.kind or 'good'}" == name]
        opinion = [scores[index] >= cut[cases[index].language] for index in rows]
        either = [said or ruled[index] for said, index in zip(opinion, rows, strict=True)]
        found[name] = {
            "n": len(rows),
            "learned": round(sum(opinion) / len(rows), 3),
            "rules": round(sum(ruled[index] for index in rows) / len(rows), 3),
            "either": round(sum(either) / len(rows), 3),
        }
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit status."""
    from rich.console import Console

    parser = argparse.ArgumentParser(prog="python -m affectgraph.evals.fit_replies", description=__doc__)
    parser.add_argument("cases", type=Path, help="file of cases, JSON Lines")
    parser.add_argument("--out", required=True, type=Path, help="file of the fitted model, .npz")
    parser.add_argument("--strength", type=float, default=4.0, help="inverse of the penalty (default 4)")
    parser.add_argument("--false-rejects", type=float, default=0.05, help="share of good sentences (default 0.05)")
    given = parser.parse_args(arguments)
    cases = read_cases(given.cases)
    scores = out_of_fold(cases, strength=given.strength)
    ruled = [bool(check(case.text, source="", language=case.language, learned=False)) for case in cases]
    cut = cuts(cases, scores, ruled, given.false_rejects)
    fit(cases, strength=given.strength, about={"cuts": cut, "cases": len(cases)}).save(given.out)
    Console().print_json(json.dumps(report(cases, scores, ruled, cut)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
