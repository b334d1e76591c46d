"""The one-prompt form of the tree: one generation between the same scaffold and the same conclusion."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from affectgraph.backends.errors import InputError
from tests.graphs.gat_play import GOOD, HYPOTHESES, SCAN, VERDICTS, Player, graph_of, hypothesis, picture, verdict

SINGLE = GOOD["single"]


def run(folder: Path, *settings: str, eyes: bool = True, player: Player | None = None, **given: Any) -> Any:
    graph = graph_of(player or Player(), folder, *settings, name="gat_single", eyes=eyes)
    return graph.invoke({"image": str(picture(folder)), **given})


def verified(final: str, *verdicts: Any) -> dict[str, Any]:
    return {**SINGLE, "verification": dict(zip(("h1", "h2", "h3"), verdicts, strict=True)), "final": final}


def test_one_generation_gives_what_the_tree_gives_in_five(tmp_path: Path) -> None:
    player = Player()
    output = run(tmp_path, player=player)
    assert [entry.node for entry in output.trace] == ["look", "affect_tot", "conclude"]
    assert player.names()[0] == "single"
    assert output.trace[1].usage.calls == 1
    assert {item.region: item.contents for item in output.observations} == SCAN
    tree = graph_of(Player(), tmp_path, eyes=True).invoke({"image": str(picture(tmp_path))})
    assert output.hypotheses == tree.hypotheses
    assert output.verdicts == tree.verdicts
    assert output.conclusion == tree.conclusion


def test_the_model_chooses_among_the_least_contradicted(tmp_path: Path) -> None:
    said = verified("h3", VERDICTS[0], verdict(0.9), verdict(0.2))
    output = run(tmp_path, player=Player(single=said))
    assert (output.conclusion.kept, output.conclusion.label) == ("h3", "fear")  # though the critic is surer of h2
    assert [item.pruned for item in output.verdicts] == [True, False, False]


def test_a_choice_that_does_not_survive_is_asked_again_with_the_error(tmp_path: Path) -> None:
    player = Player(single=[{**SINGLE, "final": "h1"}, SINGLE])
    output = run(tmp_path, player=player)
    assert player.names()[:2] == ["single", "single"]
    assert "h1 is contradicted more than h2; choose one that survives" in str(player.seen[1][1][-1].text)
    assert output.conclusion.kept == "h2"


def test_where_all_are_contradicted_the_choice_is_flagged(tmp_path: Path) -> None:
    fact = ("r1", "it is plain")
    output = run(tmp_path, player=Player(single=verified("h2", *[verdict(0.5, fact)] * 3)))
    assert output.conclusion.all_contradicted
    assert [item.pruned for item in output.verdicts] == [True, False, True]


@pytest.mark.parametrize(
    "wrong",
    [
        "not JSON",
        {**SINGLE, "final": "h4"},
        {**SINGLE, "observations": {**SCAN, "r1": "a happy wall"}},
        {**SINGLE, "observations": {"r1": "a wall"}},
        {**SINGLE, "hypotheses": [hypothesis("awe", "high", "r9"), *HYPOTHESES[1:]]},
        {**SINGLE, "hypotheses": [HYPOTHESES[0], HYPOTHESES[0], HYPOTHESES[2]]},
        {**SINGLE, "verification": {"h1": VERDICTS[0]}},
    ],
)
def test_an_answer_that_never_fits_gives_way_to_labels_and_measures(tmp_path: Path, wrong: Any) -> None:
    player = Player(single=lambda messages: wrong)
    output = run(tmp_path, player=player)
    assert player.names().count("single") == 3
    assert output.verdicts == []
    assert [item.emotion for item in output.hypotheses] == ["contentment", "awe", "fear"]
    assert output.conclusion.kept == "h1"
    assert all(item.measured for item in output.observations)
    assert output.trace[1].decided["from_labels"] is True
    assert output.conclusion.arousal == pytest.approx(4.25)  # no critic, so the model's own distribution


def test_without_eyes_the_measures_are_not_asked_back(tmp_path: Path) -> None:
    player = Player(single={name: SINGLE[name] for name in ("hypotheses", "verification", "final")})
    output = run(tmp_path, eyes=False, player=player)
    assert output.perception == "facts-only"
    assert all(item.measured for item in output.observations)
    assert "List what is in each region" not in str(player.seen[0][1][0].text)
    assert output.conclusion.kept == "h2"


@pytest.mark.parametrize("mode", ["basic", "random", "tree"])
def test_the_mode_of_the_other_graph_changes_nothing(tmp_path: Path, mode: str) -> None:
    output = run(tmp_path, f"gat.mode={mode}")
    assert output.exchanged == {}
    assert output.conclusion == run(tmp_path).conclusion


@pytest.mark.parametrize(("task", "given"), [("ER", {}), ("EGCG", {"target": "awe"})])
def test_writing_is_refused_in_one_sentence(tmp_path: Path, task: str, given: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=f"AffectToT, which is for EU; run gat for {task}"):
        run(tmp_path, task=task, **given)


def test_the_trace_holds_no_text(tmp_path: Path) -> None:
    trace = json.dumps([entry.model_dump(mode="json") for entry in run(tmp_path).trace])
    for words in ("wall", "is plain", "its colours"):
        assert words not in trace


def test_chinese_words_come_back_as_keys(tmp_path: Path) -> None:
    words = (("敬畏", "高"), ("满足", "低"), ("恐惧", "中"))
    hypotheses = [{"emotion": e, "intensity": i, "regions": ["r1"], "reason": "颜色鲜艳"} for e, i in words]
    observations = {"r1": "红墙", "r2": "田野", "r3": "水面", "r4": "黄门"}
    player = Player(
        single={**SINGLE, "observations": observations, "hypotheses": hypotheses},
        evoked="满足",
        intensity="低",
        valence="很愉快",
        person="没有",
    )
    output = run(tmp_path, player=player, language="zh")
    assert [(item.emotion, item.intensity) for item in output.hypotheses] == [
        ("awe", "high"),
        ("contentment", "low"),
        ("fear", "medium"),
    ]
    assert output.conclusion.valence == 9.0
