"""The outcomes as Markdown: what `docs/lab.md` shows between its markers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from affectgraph.backends.errors import InputError
from affectgraph.backends.steering import MODALITIES, Modality
from affectgraph.evals.chase.contributing import Summary
from affectgraph.evals.lab.choosing import SELECTIONS, TARGETS
from affectgraph.evals.lab.experiment import GATES, Cell, Outcome, Swept
from affectgraph.evals.lab.statistics import Contrast, Figure
from affectgraph.tools.link_parts import Figure as LinkFigure

__all__ = ["BEGIN", "END", "put_between", "written"]

BEGIN, END = "<!-- lab:begin -->", "<!-- lab:end -->"
_PRIMARY = ("causal - none", "causal - random")


def put_between(page: str, tables: str) -> str:
    """The page with `tables` between its markers, in the place of what was there.

    Raises:
        InputError: the page lacks a marker.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise InputError(f"the page has no {BEGIN} ... {END}; put the two markers where the tables belong")
    return f"{before}{BEGIN}\n{tables.strip()}\n{END}{after}"


def written(outcomes: Sequence[Outcome], summaries: Mapping[str, Summary]) -> str:
    """All tables, collapsed thinkers first.

    Args:
        outcomes: of the experiment.
        summaries: name of a thinker -> its collapse, measured.
    """
    ordered = sorted(outcomes, key=lambda each: (each.mixture != "collapsed", each.seed))
    collapsed = [each for each in ordered if each.mixture == "collapsed"]
    balanced = [each for each in ordered if each.mixture == "balanced"]
    blocks = ["## Thinkers", _thinkers(ordered)]
    if collapsed:
        blocks += ["## Primary comparison: collapsed thinkers, test conflicts", _contrasts(collapsed, _PRIMARY)]
    if balanced:
        names = tuple(f"{gate} gate - none, all clips" for gate in GATES)
        blocks += ["## Balanced thinkers: what gates do to all test clips", _contrasts(balanced, names)]
    for title, group in (("Collapsed", collapsed), ("Balanced", balanced)):
        if group:
            blocks += [f"## {title} thinkers: accuracy on test conflicts, steered always", _conditions(group)]
            for heads in ("causal", "dominance"):
                blocks += [f"## {title} thinkers: gates (target video, {heads} heads)", _gates(group, heads)]
    if collapsed:
        blocks += ["## Layers: collapsed thinkers, causal heads, video, test conflicts", _layers(collapsed)]
        blocks += ["## Strengths and heads a layer: the same", _strengths(collapsed)]
    blocks += ["## Collapse, measured: test conflicts; text / audio / video", _collapse(ordered, summaries)]
    return "\n\n".join(blocks)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _thinkers(outcomes: Sequence[Outcome]) -> str:
    rows = []
    for each in outcomes:
        how = each.chosen.setting
        setting = f"{how.strength:g}, {how.k}, {how.first}-{how.stop - 1}" + ("" if each.chosen.own else " (given)")
        plain = [each.accuracy("none", "none", "none", part).accuracy.value for part in ("all", "align", "conflict")]
        alone = [each.alone[name] for name in ("text", "audio", "video")]
        routers = ", ".join(f"{name} {_figure(figure)}" for name, figure in each.aurocs.items())
        rows.append([each.name, *map(_share, (*alone, *plain)), setting, _dev(each), routers or "none"])
    head = ["thinker", "text alone", "audio alone", "video alone", "all", "align", "conflict"]
    return _table([*head, "lambda, heads a layer, layers", "dev conflicts before, after", "router AUROC on test"], rows)


def _dev(outcome: Outcome) -> str:
    return " -> ".join(_share(value) for value in outcome.chosen.dev)


def _contrasts(outcomes: Sequence[Outcome], names: Sequence[str]) -> str:
    rows = [[name, *(_contrast(each.contrasts[name]) for each in outcomes), _mean(outcomes, name)] for name in names]
    return _table(["difference in accuracy", *(each.name for each in outcomes), "mean"], rows)


def _mean(outcomes: Sequence[Outcome], name: str) -> str:
    return _signed(float(np.mean([each.contrasts[name].difference for each in outcomes])))


def _conditions(outcomes: Sequence[Outcome]) -> str:
    rows = [["none", "", *(_cell(each.accuracy("none", "none", "none", "conflict")) for each in outcomes)]]
    for target in TARGETS:
        for selection in SELECTIONS:
            cells = [each.accuracy(target, selection, "always", "conflict") for each in outcomes]
            rows.append([target, selection, *(_cell(cell) for cell in cells)])
    return _table(["target", "heads", *(each.name for each in outcomes)], rows)


def _gates(outcomes: Sequence[Outcome], heads: str) -> str:
    rows = []
    for each in outcomes:
        plain = [_cell(each.accuracy("none", "none", "none", part)) for part in ("all", "align", "conflict")]
        rows.append([each.name, "none", *plain, ""])
        for gate in GATES:
            cells = [_cell(each.accuracy("video", heads, gate, part)) for part in ("all", "align", "conflict")]
            opened = each.opened[gate]
            rows.append([each.name, gate, *cells, f"{opened['align']:.2f} / {opened['conflict']:.2f}"])
    return _table(["thinker", "gate", "all", "align", "conflict", "open on align / conflict"], rows)


def _layers(outcomes: Sequence[Outcome]) -> str:
    def name(swept: Swept) -> str:
        first, last = swept.setting.first, swept.setting.stop - 1
        return f"{first}" if first == last else f"{first}-{last}"

    return _sweep(
        ["layers"], [[name(each)] for each in outcomes[0].layers], [each.layers for each in outcomes], outcomes
    )


def _strengths(outcomes: Sequence[Outcome]) -> str:
    names = [[str(each.setting.k), f"{each.setting.strength:g}"] for each in outcomes[0].strengths]
    return _sweep(["heads a layer", "lambda"], names, [each.strengths for each in outcomes], outcomes)


def _sweep(
    head: list[str], names: list[list[str]], columns: Sequence[Sequence[Swept]], outcomes: Sequence[Outcome]
) -> str:
    rows = [
        [*name, *(f"{_share(column[place].accuracy)} ({column[place].heads} heads)" for column in columns)]
        for place, name in enumerate(names)
    ]
    return _table([*head, *(each.name for each in outcomes)], rows)


def _collapse(outcomes: Sequence[Outcome], summaries: Mapping[str, Summary]) -> str:
    rows = []
    for each in outcomes:
        group = next(group for group in summaries[each.name].groups if group.name == "conflict")
        curve = "; ".join(
            f"{point.share:g}: {point.accuracy.value:.2f}, {point.budget.value:.2f}" for point in group.thinning
        )
        rows.append(
            [
                each.name,
                _budgets(each.budgets),
                _budgets(each.steered_budgets),
                *(_three(values) for values in (group.preferences, group.contributions)),
                curve,
            ]
        )
    head = ["thinker", "budgets by layer", "steered (causal, video)", "preference", "masking contribution"]
    return _table([*head, "video kept: accuracy, video budget"], rows)


def _three(values: Mapping[Modality, LinkFigure]) -> str:
    return " / ".join(f"{values[name].value:.2f}" for name in MODALITIES)


def _budgets(layers: Sequence[Sequence[float]]) -> str:
    return "; ".join("/".join(f"{share:.2f}".lstrip("0") for share in row) for row in layers)


def _cell(cell: Cell) -> str:
    if cell.spread is None:
        return _figure(cell.accuracy)
    return f"{_share(cell.accuracy.value)} ({_share(cell.spread[0])} to {_share(cell.spread[1])})"


def _figure(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return _share(figure.value)
    return f"{_share(figure.value)} [{_share(figure.low)}, {_share(figure.high)}]"


def _contrast(found: Contrast) -> str:
    if found.low is None or found.high is None or found.p is None:
        return _signed(found.difference)
    return f"{_signed(found.difference)} [{_signed(found.low)}, {_signed(found.high)}] p {found.p:.3f}"


def _share(value: float) -> str:
    return f"{value:.3f}"


def _signed(value: float) -> str:
    return f"{value:+.3f}"
