"""Clips from a table or from EmoMM's layout to the figures: what each variant shows, and which answer is scored."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from langchain_core.messages import BaseMessage

from affectgraph.backends.base import Capabilities
from affectgraph.backends.errors import CapabilityError, InputError
from affectgraph.backends.scoring import Distribution
from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.evals.figures import figures
from affectgraph.evals.keys import key, run_fields
from affectgraph.evals.opening import Asked, open_run
from affectgraph.evals.rows import LabelRow
from affectgraph.evals.tasks import BENCHMARKS
from affectgraph.evals.tasks.clips import CONDITIONS
from affectgraph.graphs.loading import recipe
from affectgraph.graphs.options import PerceiveOptions
from affectgraph.graphs.settings import load_settings
from affectgraph.graphs.steps import Models
from affectgraph.tools.chase.profiles import HeadProfile, HeadProfiles, SelectedOn
from tests.backends.clip_files import clip, counting, tone
from tests.evals.clip_tables import write_emomm, write_table


class Hopeful(ScriptedBackend):
    """Takes the last of the options, whatever it is asked: positive, and of emotions neutral."""

    replies: Any = ()

    def choose(self, messages: Sequence[BaseMessage], options: Sequence[str], **_: Any) -> Distribution:
        return Distribution(probabilities={option: float(option == options[-1]) for option in options})


SEES = Capabilities(logprobs=True, json_answers="grammar", image=True)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write_table(tmp_path / "clips")


def rows_of(name: str, data: Path, condition: str, tmp_path: Path, abilities: Capabilities | None = None) -> list[Any]:
    overrides = (f'data_dir="{tmp_path / "kept"}"', 'perceive.sampling={kind = "uniform", count = 2, side = 32}')
    asked = Asked(condition=condition, data=str(data), settings=overrides)
    run = open_run(name, asked, model=Hopeful(label="s", **({"abilities": abilities} if abilities else {})))
    try:
        answers = [run.answerer.answer(item.id, run.input(item)) for item in run.items]
        return [
            (answer, run.benchmark.row(item, run.dataset, answer))
            for item, answer in zip(run.items, answers, strict=True)
        ]
    finally:
        run.close()


def test_a_table_is_answered_by_the_experts_from_a_folder_that_no_setting_names(table: Path, tmp_path: Path) -> None:
    found = {row.id: row for _, row in rows_of("clips", table, "experts", tmp_path)}
    assert found["1"].prediction == "P"
    assert found["2"].prediction == "P"
    assert found["3"].prediction is None  # a blank face without words tells nothing, and counts as wrong
    assert set(found["1"].options) == {"N", "WN", "Neu", "WP", "P"}
    assert found["1"].polarity["WN"] == -1
    values = {figure.name: figure.value for figure in figures(list(found.values()), resamples=20)}
    assert values["accuracy"] == pytest.approx(1 / 3)


def test_a_variant_without_sound_hears_none_though_the_file_has_some(table: Path, tmp_path: Path) -> None:
    outputs = {row.id: answer.output for answer, row in rows_of("clips", table, "experts", tmp_path)}
    assert outputs["1"]["readings"]["audio"]["missing"] != "no audio was given"
    assert outputs["2"]["readings"]["audio"]["missing"] == "no audio was given"
    assert outputs["3"]["readings"]["text"]["missing"] == "no text was given"


def test_the_base_condition_is_the_model_alone(table: Path, tmp_path: Path) -> None:
    rows = rows_of("clips", table, "base", tmp_path, SEES)
    assert all(answer.output["decision"]["by"] == "plain" for answer, _ in rows)
    assert all(isinstance(row, LabelRow) and row.prediction == "P" for _, row in rows)


def test_chase_is_refused_where_the_model_cannot_be_steered(table: Path, tmp_path: Path) -> None:
    with pytest.raises(CapabilityError, match="steering"):
        rows_of("clips", table, "chase", tmp_path, SEES)


def test_emotions_are_scored_where_the_labels_are_emotions(table: Path, tmp_path: Path) -> None:
    (table / "clips.csv").write_text("id,text,label\n1,I am glad.,joy\n2,Leave me.,anger\n")
    rows = [row for _, row in rows_of("clips", table, "experts", tmp_path)]
    assert [row.prediction for row in rows] == ["neutral", "neutral"]
    assert "surprise" in rows[0].options


def test_labels_that_the_graph_does_not_answer_in_are_refused(table: Path, tmp_path: Path) -> None:
    (table / "clips.csv").write_text("id,text,label\n1,I am glad.,truth\n2,Leave me.,lie\n")
    with pytest.raises(InputError, match="answers in"):
        rows_of("clips", table, "experts", tmp_path)


def test_emomm_is_answered_with_its_media_and_by_subset(tmp_path: Path) -> None:
    path = write_emomm(tmp_path)
    rows = rows_of("emomm_clips", path, "base", tmp_path, SEES)
    assert {row.id for _, row in rows} == {"TAV", "AV"}
    shown = {row.id: answer.output for answer, row in rows}
    assert shown["AV"]["text"] is None  # nor is it heard out of the sound
    assert BENCHMARKS["emomm_clips"].load(path, "conflict").items[0].id == "TAV"
    assert [item.id for item in BENCHMARKS["emomm_clips"].load(path, "missing").items] == ["AV"]


def test_other_sound_under_an_old_name_is_another_set(table: Path) -> None:
    before = BENCHMARKS["clips"].load(table, "all").revision
    (table / "a.webm").write_bytes(clip("webm", sound=tone(0.6), picture=counting, frames=8))
    assert BENCHMARKS["clips"].load(table, "all").revision != before


def test_answers_are_not_kept_beyond_the_heads_that_they_were_steered_by() -> None:
    profile = HeadProfile.of(
        np.ones((2, 2)),
        identity="scripted:function",
        method="dominance",
        modalities="TAV",
        selected_on=SelectedOn(name="a", split="all", revision="1", n=1, sources=1, made="2026-01-01"),
    )
    model = ScriptedBackend(replies=lambda messages: "x")
    settings = load_settings(environment={}).settings
    kept = [Models.all(model), Models.all(model, profiles=lambda: HeadProfiles(entries=(profile,)))]
    keys = {key(run_fields(recipe("perceive"), models, settings, ())) for models in kept}
    assert len(keys) == 2


def test_every_condition_is_a_setting_that_the_graph_knows() -> None:
    for settings in CONDITIONS.values():
        for setting in settings:
            key, value = setting.removeprefix("perceive.").split("=")
            assert getattr(PerceiveOptions.model_validate({key: value}), key) == value
