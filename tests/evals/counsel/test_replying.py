"""Judged replies: the shape of the answers, and that no number is given where the judge is none."""

from __future__ import annotations

from typing import Any

import pytest

from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.evals.counsel.replying import GRAPHS, judged, no_score, scripted_judge, set_of, shape
from affectgraph.evals.counsel.sessions import pool_actor
from affectgraph.evals.judging import RUBRICS
from affectgraph.graphs import load
from affectgraph.graphs.settings import load_settings

TEXT = "My manager moved the deadline again and I had to cancel the weekend with my sister."


class Named(ScriptedBackend):
    """A backend of another name, with or without a notice."""

    name: str
    warning: str | None = None

    @property
    def identity(self) -> str:
        return self.name

    @property
    def notice(self) -> str | None:
        return self.warning


@pytest.fixture(scope="module")
def row() -> dict[str, Any]:
    settings = load_settings(overrides=["counsel.learned=false", "counsel.replies=model"], environment={}).settings
    graphs = {name: load(name, model=pool_actor("en"), settings=settings) for name in GRAPHS}
    return judged(TEXT, "en", graphs, scripted_judge())


def test_both_graphs_are_rated_on_every_dimension(row: dict[str, Any]) -> None:
    assert tuple(row) == GRAPHS
    for said in row.values():
        assert set(said["epitome"]) == set(RUBRICS["epitome"].dimensions)
        assert set(said["counselbench"]) == set(RUBRICS["counselbench"].dimensions)
        assert said["characters"] > 0


def test_a_judge_that_gives_no_valid_answer_is_counted_as_such() -> None:
    settings = load_settings(overrides=["counsel.learned=false", "counsel.replies=model"], environment={}).settings
    graphs = {"counsel": load("counsel", model=pool_actor("en"), settings=settings)}
    silent = judged(TEXT, "en", graphs, ScriptedBackend(label="judge", replies=lambda messages: "I would rather not."))
    assert silent["counsel"]["epitome"] is None
    told = shape([silent], None)
    assert (told["counsel.epitome.valid"], told["counsel.epitome.n"]) == (0, 1)
    assert "counsel.epitome.interpretations" not in told


def test_without_a_judge_worth_its_name_no_number_is_given(row: dict[str, Any]) -> None:
    why = no_score(scripted_judge(), pool_actor("en"))
    assert why is not None
    assert why.startswith("no score: the judge is a script")
    told = shape([row], why)
    assert told["scored"] == 0
    assert not any(dimension in name for name in told for dimension in RUBRICS["epitome"].dimensions)
    assert told["counsel.epitome.valid"] == 1


def test_why_a_judge_gives_no_score() -> None:
    strong, small = Named(label="a", name="big"), Named(label="b", name="tiny", warning="a model of 135M parameters")
    assert no_score(strong, small) is None
    assert "under test" in str(no_score(strong, Named(label="c", name="big")))
    assert "135M" in str(no_score(small, strong))


def test_a_judge_worth_its_name_gives_means(row: dict[str, Any]) -> None:
    told = shape([row, row], None)
    assert told["counsel.epitome.interpretations"] == 0
    assert told["counsel.counselbench.empathy"] == 1
    assert told["empathy_single.counselbench.medical_advice"] == 0
    assert told["scored"] == 1


def test_an_unknown_set_is_refused() -> None:
    with pytest.raises(ValueError, match="smile, cpsycoun, edos"):
        set_of("xstest", None)
