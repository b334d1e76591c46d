"""Which answers count as worst, per kind of row, and which runs are compared with which."""

from __future__ import annotations

from pathlib import Path

import pytest

from affectgraph.evals.report.comparing import Registered, ablations, comparisons
from affectgraph.evals.report.costs import node_costs
from affectgraph.evals.report.reading import Answered, DatasetFacts, Ran, Study
from affectgraph.evals.report.showing import UNREADABLE, random_items, severity, unparseable, worst_items
from affectgraph.evals.rows import AlarmRow, LabelRow, RatingRow, ReplyRow, Row
from tests.evals.report.logs import label_rows


def label(prediction: str | None, distribution: dict[str, float] | None = None) -> LabelRow:
    return LabelRow(id="i", group="i", options=["a", "b"], target="a", prediction=prediction, distribution=distribution)


def study(
    rows: list[Row], *, graph: str = "gat", condition: str = "full", created: str = "2026-01-02T00:00:00"
) -> Study:
    ran = Ran(
        task="emotions", graph=graph, backend="local", condition=condition, dataset=DatasetFacts(name="d", split="s")
    )
    answered = tuple(Answered(row, f"text of {row.id}", "", (), None, False) for row in rows)
    return Study(Path("x.eval"), ran, created, "success", len(rows), answered)


def test_severity_of_labels_is_the_brier_score() -> None:
    assert severity(label("a")) == 0
    assert severity(label("b")) == 2
    assert severity(label("b", {"a": 0.4, "b": 0.6})) == pytest.approx(0.72)
    assert severity(label(None)) == UNREADABLE


def test_severity_of_ratings_replies_and_alarms() -> None:
    rating = RatingRow(id="i", group="i", low=1, high=5, target={"x": 1, "y": 3}, prediction={"x": 5, "y": 3})
    assert severity(rating) == 0.5
    assert severity(rating.model_copy(update={"prediction": {"x": 1.0}})) == UNREADABLE
    reply = ReplyRow(id="i", group="i", language="en", references=["i hear you"], prediction="i hear you")
    assert severity(reply) == 0
    assert severity(reply.model_copy(update={"prediction": None})) == UNREADABLE
    missed, false, right = (
        AlarmRow(id="i", group="i", target=target, prediction=prediction)
        for target, prediction in ((True, False), (False, True), (True, True))
    )
    assert severity(missed) > severity(false) > severity(right) == 0


def test_unparseable_come_first_and_right_answers_are_not_among_the_worst() -> None:
    rows = label_rows(60, skill=0.9, seed=1, unread=2)
    shown = worst_items(study(rows), count=50)
    assert [each.severity for each in shown[:2]] == ["unparseable"] * 2
    assert unparseable(study(rows))[0] == 2
    perfect = [LabelRow(id=f"{i}", group="g", options=["a", "b"], target="a", prediction="a") for i in range(3)]
    assert worst_items(study([*perfect])) == []


def test_random_items_follow_the_seed() -> None:
    run = study(label_rows(60, skill=0.5, seed=1))
    first, again, other = (random_items(run, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert [each.id for each in first] != [each.id for each in other]
    assert len({each.id for each in first}) == 20


def test_pairs_are_of_one_graph_or_of_a_graph_and_its_single_prompt() -> None:
    rows = label_rows(30, skill=0.5, seed=1)
    runs = [
        study(rows),
        study(rows, condition="without: tree"),
        study(rows, graph="gat_single"),
        study(rows, graph="chase"),
    ]
    lines = comparisons(runs, [], ["accuracy"])
    assert [(line.a, line.b) for line in lines] == [("gat/full", "gat_single/full"), ("full", "without: tree")]
    assert all(line.result is not None and line.result.difference == 0 for line in lines)
    (ablation,) = ablations(runs, "accuracy")
    assert [name for name, _ in ablation.lines] == ["without: tree", "single prompt"]


def test_announcement_between_graphs_and_without_common_items() -> None:
    rows = label_rows(30, skill=0.5, seed=1)
    entry = Registered.model_validate(
        {"task": "emotions", "a": "gat_single/full", "b": "gat/full", "statistic": "accuracy", "written": "2026-01-02"}
    )
    line = comparisons([study(rows[:10]), study(rows[5:], graph="gat_single")], [entry], [])[0]
    assert line.family == "pre-registered"
    assert line.result is not None
    assert line.result.n == 5
    apart = comparisons([study(rows[:10]), study(rows[20:], graph="gat_single")], [entry], [])[0]
    assert apart.missing == "not compared: no item was answered in both"
    unknown = entry.model_copy(update={"statistic": "fame"})
    wrong = comparisons([study(rows), study(rows, graph="gat_single")], [unknown], [])[0]
    assert wrong.missing.startswith("not compared: unknown statistic 'fame'")


def test_node_shares_add_up() -> None:
    costs = node_costs(label_rows(40, skill=0.5, seed=1))
    assert [cost.node for cost in costs] == ["scaffold", "hypothesize", "verify"]
    assert sum(cost.time_share for cost in costs) == pytest.approx(1)
    assert sum(cost.token_share for cost in costs) == pytest.approx(1)
    assert node_costs([]) == []
