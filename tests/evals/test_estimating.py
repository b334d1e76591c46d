"""What a remote run will cost, before it is paid."""

from __future__ import annotations

from pathlib import Path

import pytest

from affectgraph.evals.estimating import estimate
from affectgraph.evals.opening import Asked, open_run
from affectgraph.graphs.recipes import Cost

REMOTE = (
    '[backends.far]\nkind = "remote"\nmodel = "m"\nbase_url = "http://127.0.0.1:9/v1"\nconsent = true\n'
    "price_in = 2.0\nprice_out = 10.0\n"
)


@pytest.fixture
def remote(settings_file: Path) -> Path:
    settings_file.write_text(settings_file.read_text(encoding="utf-8") + REMOTE, encoding="utf-8")
    return settings_file


def test_a_local_run_costs_nothing(goemotions: Path, remote: Path) -> None:
    run = open_run("goemotions", Asked(data=str(goemotions), config=str(remote)))
    assert estimate(run, None) is None
    run.close()


def test_a_remote_run_is_estimated_from_its_texts_without_a_request(goemotions: Path, remote: Path) -> None:
    run = open_run("goemotions", Asked(data=str(goemotions), config=str(remote), backend="far"))
    whole, part = estimate(run, None), estimate(run, 4)
    run.close()
    assert whole is not None
    assert part is not None
    assert (whole.items, part.items, whole.backends) == (12, 4, ("far",))
    assert 12 * 100 < whole.tokens_in < 12 * 200
    assert whole.cost == pytest.approx((2.0 * whole.tokens_in + 10.0 * whole.tokens_out) / 1e6)
    assert part.tokens_in < whole.tokens_in / 2


def test_what_has_an_answer_is_not_paid_again(goemotions: Path, remote: Path) -> None:
    run = open_run("goemotions", Asked(data=str(goemotions), config=str(remote), backend="far"))
    for item in run.items[:5]:
        run.answers.put(run.answerer.key(item.id, run.input(item)), {}, {"output": None})
    found = estimate(run, None)
    run.close()
    assert found is not None
    assert found.items == 7


def test_the_cost_of_a_graph_grows_with_its_answers() -> None:
    assert Cost(calls=3, instructions=10, answer=5).tokens(100) == (3 * 110 + 5 * 3, 15)
    assert Cost(calls=3, instructions=10, answer=5, grows=False).tokens(100) == (330, 15)
