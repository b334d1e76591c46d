"""Conditions by name; every benchmark on its fixture: what is asked fits its graph, what is answered fits its row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from affectgraph.backends.errors import InputError
from affectgraph.evals.answering import Answer
from affectgraph.evals.benchmarks import Benchmark, condition, row_base
from affectgraph.evals.datasets import Dataset, Item, emomm
from affectgraph.evals.datasets.places import DataMissing
from affectgraph.evals.rows import LabelRow, RatingRow, ReplyRow
from affectgraph.evals.tasks import BENCHMARKS, persona
from affectgraph.graphs.loading import recipe
from affectgraph.graphs.settings import load_settings
from affectgraph.graphs.steps import TraceEntry
from affectgraph.tools.questions import question
from tests.evals.clip_tables import write_emomm, write_table

FIXTURES = Path(__file__).parents[2] / "examples" / "data"
GOEMOTIONS, PERSONA = BENCHMARKS["goemotions"], BENCHMARKS["persona_e2"]
READING = recipe("reading")


def loaded(known: Benchmark, tmp_path: Path) -> Dataset:
    """Its set: the project's fixture where the layout is not public, the real set where it is on this machine."""
    if not known.needs:
        try:
            return known.load(None, known.splits[0])
        except DataMissing as error:
            pytest.skip(str(error))
    if known.name == "emomm":
        built = tmp_path / "emomm.jsonl"
        folder = FIXTURES / "emomm"
        emomm.build(folder / "sims" / "meta.csv", folder / "mosi" / "label.csv", None, built, 0)
        return known.load(str(built), known.splits[0])
    if known.name in ("clips", "emomm_clips"):
        made = write_table if known.name == "clips" else write_emomm
        return known.load(str(made(tmp_path / "media")), known.splits[0])
    shared = {"aica_": "aica", "persona_": "persona_e2"}
    name = next((folder for start, folder in shared.items() if known.name.startswith(start)), known.name)
    return known.load(str(FIXTURES / name), known.splits[0])


def read(label: str | None, **shares: float) -> dict[str, Any]:
    found = {"probabilities": shares, "calibration": "log-probabilities"} if shares else None
    return {"label": label, "distribution": found, "rating": None, "said": None}


def answered(output: dict[str, Any] | None, trace: list[TraceEntry] | None = None) -> Answer:
    return Answer(output, None if output else "MalformedAnswer", trace or [], 0.5)


@pytest.mark.parametrize("name", ["corrected", "anchor", "default", "choose"])
def test_a_condition_of_the_graph_sets_its_options(name: str) -> None:
    found = condition(name, GOEMOTIONS, READING)
    assert found.name == name
    assert (found.without, found.own) == ((), None)
    assert bool(found.settings) == (name != "default")
    load_settings(overrides=found.settings, environment={})  # every override is a setting


def test_parts_of_a_condition_are_joined() -> None:
    found = condition("shuffled+anchor", PERSONA, READING)
    assert (found.own, found.settings) == ("shuffled", ("reading.method=anchor",))
    left_out = condition("without:intent+without:strategy", GOEMOTIONS, recipe("empathy"))
    assert left_out.without == ("intent", "strategy")


def test_a_benchmarks_own_condition_brings_the_settings_of_the_graph_that_answers() -> None:
    assert condition("mbti", PERSONA, recipe("appraise")).settings == ("appraise.profile=mbti",)
    assert condition("mbti", PERSONA, READING).settings == ()
    alone = condition("alone", BENCHMARKS["envent_persona"], recipe("appraise"))
    assert alone.without == ("appraise",)
    assert "appraise.recall=0" in alone.settings
    load_settings(overrides=alone.settings, environment={})


@pytest.mark.parametrize("name", ["chose", "choose+prompt", "shuffled", "without:read", "without:", "+", "none+bfi"])
def test_an_unknown_or_contradictory_condition_says_what_there_is(name: str) -> None:
    known = PERSONA if name == "none+bfi" else GOEMOTIONS
    with pytest.raises(InputError, match=r"knows default, prompt, choose"):
        condition(name, known, READING)


def test_a_graph_that_cannot_answer_is_refused_with_those_that_can() -> None:
    with pytest.raises(
        InputError, match=r"goemotions cannot score what graph 'empathy_single' gives; .*reading, empathy"
    ):
        GOEMOTIONS.settings_for("empathy_single")
    with pytest.raises(InputError, match="no graph 'empaty' at all"):
        GOEMOTIONS.settings_for("empaty")


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_condition_graph_and_setting_of_a_benchmark_exists(name: str) -> None:
    known = BENCHMARKS[name]
    for part in known.conditions:
        condition(part, known, recipe(known.graph))
    for graph, overrides in known.graphs.items():
        assert recipe(graph).name == graph
        load_settings(overrides=overrides, environment={})


@pytest.mark.parametrize("name", BENCHMARKS)
def test_what_is_asked_fits_the_graph_and_holds_no_answer(name: str, tmp_path: Path) -> None:
    known = BENCHMARKS[name]
    dataset = loaded(known, tmp_path)
    made = recipe(known.graph)
    for item in dataset.items[:40]:
        given = known.ask(item, dataset, next(iter(known.own), None))
        made.input_type.model_validate(given)
        if isinstance(item.target, list):
            assert not any(reference in given["text"] for reference in item.target)


@pytest.mark.parametrize("name", [name for name, known in BENCHMARKS.items() if known.graph == "reading"])
def test_the_labels_that_are_asked_for_hold_the_target(name: str, tmp_path: Path) -> None:
    known = BENCHMARKS[name]
    dataset = loaded(known, tmp_path)
    item = dataset.items[0]
    given = known.ask(item, dataset, next(iter(known.own), None))
    asked = [question(one, given.get("labels")) for one in given["questions"]]
    readings = {one.name: {**read(one.labels[0]), "rating": one.values[0] if one.values else None} for one in asked}
    row = known.row(item, dataset, answered({"readings": readings}))
    if isinstance(row, LabelRow):
        assert row.target in row.options
        assert row.options == list(asked[0].labels)
        assert row.prediction == asked[0].labels[0]
    else:
        assert isinstance(row, RatingRow)
        assert set(row.prediction) == set(row.target)
        assert row.low <= min(row.target.values()) <= max(row.target.values()) <= row.high


@pytest.mark.parametrize("name", BENCHMARKS)
def test_an_unreadable_answer_is_a_row_without_a_prediction(name: str, tmp_path: Path) -> None:
    known = BENCHMARKS[name]
    dataset = loaded(known, tmp_path)
    row = known.row(dataset.items[0], dataset, answered(None))
    assert not row.prediction


def test_a_label_outside_the_set_is_unreadable() -> None:
    dataset = Dataset("s", "dev", "0", (Item("a", "g", {"text": "x"}, "joy"),), ("joy", "sadness"))
    row = GOEMOTIONS.row(dataset.items[0], dataset, answered({"readings": {"emotion": read("glee", glee=1.0)}}))
    assert isinstance(row, LabelRow)
    assert (row.prediction, row.distribution) == (None, None)


def test_the_emotion_of_the_empathy_graph_is_that_of_its_first_layer() -> None:
    dataset = Dataset("s", "dev", "0", (Item("a", "g", {"text": "x"}, "joy"),), ("joy", "sadness"))
    trace = [TraceEntry(node="emotions_and_context", decided={"emotions": {"joy": 0.2, "sadness": 0.8}})]
    row = GOEMOTIONS.row(dataset.items[0], dataset, answered({"reply": {"text": "hm"}}, trace))
    assert isinstance(row, LabelRow)
    assert (row.prediction, row.distribution) == ("sadness", {"joy": 0.2, "sadness": 0.8})


def test_a_reply_says_who_wrote_it() -> None:
    item = Item("a", "g", {"text": "x"}, ["Take your time."])
    dataset = Dataset("s", "all", "0", (item,))
    output = {"reply": {"text": "I am here.", "source": "fallback"}}
    row = BENCHMARKS["empathy_qa"].row(item, dataset, answered(output))
    assert isinstance(row, ReplyRow)
    assert (row.prediction, row.source, row.references) == ("I am here.", "fallback", ["Take your time."])


def test_a_row_carries_the_cost_of_every_node() -> None:
    trace = [
        TraceEntry.model_validate({"node": "a", "milliseconds": 2.0, "usage": {"tokens_in": 5, "tokens_out": 1}}),
        TraceEntry(node="b", milliseconds=1.0),
    ]
    base = row_base(Item("i", "g", {}, "joy", slices={"split": "x"}), answered({}, trace))
    assert base["nodes"] == {"a": (2.0, 5, 1), "b": (1.0, 0, 0)}
    assert (base["tokens"], base["seconds"], base["group"], base["slices"]) == (6, 0.5, "g", {"split": "x"})


def test_shuffled_gives_each_person_the_profile_of_another(tmp_path: Path) -> None:
    dataset = loaded(PERSONA, tmp_path)
    exchanged = persona.shuffled(dataset)
    assert set(exchanged) == set(exchanged.values())
    assert all(person != other for person, other in exchanged.items())
    for item in dataset.items[:20]:
        own, other = (PERSONA.ask(item, dataset, name)["profile"] for name in ("bfi", "shuffled"))
        assert own != other


def test_a_tree_over_a_text_answers_with_its_label_and_what_the_person_feels() -> None:
    item = Item("1", "1", {"text": "a"}, "joy")
    dataset = Dataset("set", "dev", "r", (item,), labels=("joy", "fear"))
    shares = {"joy": 0.4, "fear": 0.6}
    output = {"conclusion": {"label": "joy", "expressed": {"probabilities": shares}}}
    row = GOEMOTIONS.row(item, dataset, answered(output))
    assert isinstance(row, LabelRow)
    assert (row.prediction, row.distribution) == ("joy", shares)
    assert GOEMOTIONS.settings_for("gat_text") == ()
    given = recipe("gat_text").input_type.model_validate(GOEMOTIONS.ask(item, dataset, None)).model_dump()
    assert (given["text"], given["labels"]) == ("a", ["joy", "fear"])
