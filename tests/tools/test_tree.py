"""Which branch survives: the rules, and what holds whatever the critic said."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from affectgraph.tools.tree import kept, least_contradicted, pruned


class Branch(BaseModel):
    id: str


class Verdict(BaseModel):
    hypothesis: str
    contradictions: list[str] = []
    confidence: float = 0.5
    pruned: bool = False


def said(*rows: tuple[int, float]) -> tuple[list[Branch], list[Verdict]]:
    """Branches h1, h2, ... with so many contradictions and such a confidence each."""
    branches = [Branch(id=f"h{number}") for number in range(1, len(rows) + 1)]
    verdicts = [
        Verdict(hypothesis=branch.id, contradictions=["fact"] * count, confidence=confidence)
        for branch, (count, confidence) in zip(branches, rows, strict=True)
    ]
    return branches, verdicts


def survivor(*rows: tuple[int, float]) -> str:
    found = kept(*said(*rows))
    assert found is not None
    return found.id


def test_the_fewest_contradictions_come_before_confidence_and_confidence_before_order() -> None:
    assert survivor((1, 1.0), (0, 0.1), (2, 1.0)) == "h2"
    assert survivor((0, 0.2), (0, 0.9), (0, 0.5)) == "h2"
    assert survivor((1, 0.5), (1, 0.5)) == "h1"


def test_order_is_that_of_the_hypotheses_and_not_of_the_verdicts() -> None:
    branches, verdicts = said((0, 0.5), (0, 0.5))
    found = kept(branches, verdicts[::-1])
    assert found is branches[0]


def test_without_verdicts_the_first_is_kept_and_without_hypotheses_none() -> None:
    branches, verdicts = said((1, 0.5), (0, 0.5))
    assert kept(branches, []) is branches[0]
    assert kept([], []) is None
    assert kept(branches, verdicts[:1]) is branches[0]  # the other was not judged
    assert pruned([], None) == []
    assert least_contradicted([]) == []


def test_a_contradicted_hypothesis_is_pruned_but_for_the_survivor() -> None:
    _, verdicts = said((1, 0.9), (0, 0.1), (0, 0.5))
    assert [item.pruned for item in pruned(verdicts, "h3")] == [True, False, False]
    _, verdicts = said((2, 0.9), (2, 0.9))
    assert [item.pruned for item in pruned(verdicts, "h2")] == [True, False]
    assert least_contradicted(verdicts) == ["h1", "h2"]


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1)), min_size=1, max_size=5))
def test_the_survivor_is_never_pruned_and_none_has_fewer_contradictions(rows: list[tuple[int, float]]) -> None:
    branches, verdicts = said(*rows)
    found = kept(branches, verdicts)
    assert found is not None
    assert found.id in least_contradicted(verdicts)
    marked = pruned(verdicts, found.id)
    assert not next(item.pruned for item in marked if item.hypothesis == found.id)
    assert all(item.pruned == bool(item.contradictions) for item in marked if item.hypothesis != found.id)
