"""AICA-Bench and rated pictures from the file to the figures: what is asked, and which answer is scored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from affectgraph.backends.errors import InputError
from affectgraph.evals.answering import Answer
from affectgraph.evals.calibrating import calibrate
from affectgraph.evals.datasets import DataMissing, Dataset, Item, SchemaError
from affectgraph.evals.figures import figures
from affectgraph.evals.opening import Asked, open_run
from affectgraph.evals.rows import LabelRow, RatingRow, ReplyRow, Row
from affectgraph.evals.tasks import BENCHMARKS
from affectgraph.evals.tasks.images import MODES
from affectgraph.graphs.options import GatOptions
from affectgraph.tools.calibration import Calibrations, calibration_path, save_calibrations
from tests.evals.pictures import AnyAnswer, ByBrightness, write_rated
from tests.evals.test_calibrating import rated_greys

FIXTURES = Path(__file__).parents[2] / "examples" / "data"
DATA = {"aica_eu": "aica", "aica_er": "aica", "aica_egcg": "aica", "image_ratings": "image_ratings"}
EMOTIC = {"id": 1, "image": "a.png", "task": "EU", "dataset": "EMOTIC", "question": "What?", "answer": "Peace"}


def rows_of(
    name: str, condition: str, tmp_path: Path, *, graph: str | None = None, limit: int | None = None
) -> list[Row]:
    """The items of a fixture, asked of a scripted model through the real graph."""
    folder = FIXTURES / DATA[name]
    overrides = (f'media.roots=["{folder}"]', f'data_dir="{tmp_path / "kept"}"')
    asked = Asked(graph=graph, condition=condition, data=str(folder), settings=overrides)
    run = open_run(name, asked, model=AnyAnswer(label="s"))
    try:
        items = run.items[:limit]
        answers = [run.answerer.answer(item.id, run.input(item)) for item in items]
        return [run.benchmark.row(item, run.dataset, answer) for item, answer in zip(items, answers, strict=True)]
    finally:
        run.close()


def values(rows: list[Row]) -> dict[str, float]:
    return {figure.name: figure.value for figure in figures(rows, resamples=20)}


def test_every_mode_of_the_graph_is_a_condition() -> None:
    assert set(MODES) == set(get_args(GatOptions.model_fields["mode"].annotation))


@pytest.mark.parametrize("condition", MODES)
def test_understanding_is_answered_in_every_mode(condition: str, tmp_path: Path) -> None:
    rows = rows_of("aica_eu", condition, tmp_path, limit=2)
    for row in rows:
        assert isinstance(row, LabelRow)
        assert row.prediction in row.options
        assert row.distribution is not None
        assert sum(row.distribution.values()) == pytest.approx(1.0)
        assert set(row.polarity) == set(row.options)


def test_understanding_is_answered_by_the_single_prompt_too(tmp_path: Path) -> None:
    (row,) = rows_of("aica_eu", "default", tmp_path, graph="gat_single", limit=1)
    assert isinstance(row, LabelRow)
    assert row.prediction in row.options


def test_understanding_has_the_true_f1_beside_the_published_one_and_the_kinds_of_errors(tmp_path: Path) -> None:
    found = values(rows_of("aica_eu", "basic", tmp_path))
    # The script says amusement of EmoSet and joy of Emotion6: two of twelve are right.
    assert found["accuracy"] == pytest.approx(2 / 12)
    assert found["aica_weighted_f1"] == pytest.approx(2 * (1 / 6) / (1 + 1 / 6))
    assert found["weighted_f1"] < found["aica_weighted_f1"]
    assert found["intensity_error_share"] == pytest.approx(3 / 10)
    assert found["intensity_error_share"] + found["polarity_error_share"] < 1  # surprise is neither
    assert "macro_f1" in found


def test_an_explanation_is_of_the_emotion_that_the_question_names() -> None:
    known = BENCHMARKS["aica_er"]
    dataset = known.load(str(FIXTURES / "aica"), "ER")
    assert [known.ask(item, dataset, None)["target"] for item in dataset.items] == ["awe", "sadness"]


@pytest.mark.parametrize(("name", "condition"), [("aica_er", "gat"), ("aica_er", "random"), ("aica_egcg", "gat")])
def test_what_is_written_is_held_against_the_reference(name: str, condition: str, tmp_path: Path) -> None:
    rows = rows_of(name, condition, tmp_path)
    assert len(rows) == 2
    for row in rows:
        assert isinstance(row, ReplyRow)
        assert row.prediction is not None
        assert row.references
    found = values(rows)
    # The script's three short sentences are no text of 50 words.
    assert 0 <= found["without_problems"] <= 1
    assert found.get("problem[length]", 0.0) == (name == "aica_egcg")
    assert found["length"] > 5
    assert found["unparseable"] == 0


def test_ratings_are_answered_on_people_s_scale(tmp_path: Path) -> None:
    folder = write_rated(
        tmp_path / "set",
        [{"image": f"{n}.png", "valence": -1 + n, "arousal": 0, "low": -1, "high": 1} for n in range(3)],
        [0, 128, 255],
    )
    asked = Asked(condition="scaffold", data=str(folder), settings=(f'media.roots=["{folder}"]',))
    run = open_run("image_ratings", asked, model=ByBrightness(label="s"))
    try:
        rows = [
            run.benchmark.row(item, run.dataset, run.answerer.answer(item.id, run.input(item))) for item in run.items
        ]
    finally:
        run.close()
    for row in rows:
        assert isinstance(row, RatingRow)
        assert (row.low, row.high) == (-1.0, 1.0)
        assert -1 <= row.prediction["valence"] <= 1
    by_image = {row.id: row.prediction["valence"] for row in rows if isinstance(row, RatingRow)}
    assert by_image["0.png"] < by_image["1.png"] < by_image["2.png"]
    assert by_image["1.png"] == pytest.approx(0.0, abs=0.2)
    assert values(rows)["spearman[valence]"] == pytest.approx(1.0)


def test_rated_pictures_of_the_fixture_give_error_and_correlations(tmp_path: Path) -> None:
    found = values(rows_of("image_ratings", "basic", tmp_path))
    assert found["unparseable"] == 0
    assert found["ceiling[valence]"] == pytest.approx(0.9906, abs=1e-4)
    for name in ("mae[valence]", "mae[arousal]", "mean_baseline_mae"):
        assert found[name] > 0


# --- which reading ---------------------------------------------------------------------------------------------------


def eu(source: str, expressed: dict[str, float] | None) -> LabelRow:
    options = ["peace", "fear", "anger"]
    item = Item("1", "g", {"options": options}, "fear", slices={"reading": source})
    found = {
        "label": "anger",
        "emotions": {"probabilities": {"peace": 0.6, "fear": 0.1, "anger": 0.3}},
        "expressed": {"probabilities": expressed} if expressed else None,
    }
    answer = Answer({"conclusion": found}, None, [], 0.1)
    row = BENCHMARKS["aica_eu"].row(item, Dataset("s", "EU", "0", (item,)), answer)
    assert isinstance(row, LabelRow)
    return row


def test_a_set_about_depicted_people_is_scored_on_what_they_show() -> None:
    shown = {"peace": 0.1, "fear": 0.9, "anger": 0.0}
    assert (eu("expressed", shown).prediction, eu("expressed", shown).distribution) == ("fear", shown)
    # Nobody was found: what a viewer feels stands for it.
    assert eu("expressed", None).prediction == "anger"
    assert eu("evoked", shown).prediction == "anger"
    assert eu("evoked", shown).distribution == {"peace": 0.6, "fear": 0.1, "anger": 0.3}


def test_labels_of_a_set_s_own_have_no_polarity() -> None:
    item = Item("1", "g", {"options": ["awe", "glee"]}, "awe", slices={"reading": "evoked"})
    row = BENCHMARKS["aica_eu"].row(item, Dataset("s", "EU", "0", (item,)), Answer(None, "MalformedAnswer", [], 0.1))
    assert isinstance(row, LabelRow)
    assert (row.prediction, row.polarity) == (None, {})


def test_the_blind_control_has_the_same_kinds_of_errors() -> None:
    known = BENCHMARKS["aica_blind"]
    dataset = known.load(str(FIXTURES / "aica"), "EU")
    row = known.row(dataset.items[0], dataset, Answer(None, "MalformedAnswer", [], 0.1))
    assert isinstance(row, LabelRow)
    assert set(row.polarity.values()) <= {-1, 0, 1}
    assert set(row.polarity) == set(row.options)


# --- what is refused -------------------------------------------------------------------------------------------------


def flat(folder: Path, **changed: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "set.jsonl").write_text(json.dumps({**EMOTIC, **changed}) + "\n", encoding="utf-8")
    return folder


def test_a_picture_outside_the_set_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(b"x")
    with pytest.raises(SchemaError, match=r"set\.jsonl, row 1, column 'image': expected a picture below"):
        BENCHMARKS["aica_eu"].load(str(flat(tmp_path / "set", image="../secret.png")), "EU")


def test_a_missing_picture_is_said_before_anything_is_asked(tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match=r"set\.jsonl, row 1: no image"):
        BENCHMARKS["aica_eu"].load(str(flat(tmp_path)), "EU")


def test_generation_needs_an_emotion_to_write_in(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    folder = flat(tmp_path, task="EGCG", answer="A calm text.")
    with pytest.raises(InputError, match="no EGCG item has an EU question on its image"):
        BENCHMARKS["aica_egcg"].load(str(folder), "EGCG")
    lines = [EMOTIC, {**EMOTIC, "id": 2, "task": "EGCG"}, {**EMOTIC, "id": 3, "task": "EGCG", "image": "b.png"}]
    (tmp_path / "b.png").write_bytes(b"x")
    (tmp_path / "set.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    dataset = BENCHMARKS["aica_egcg"].load(str(folder), "EGCG")
    assert [item.fields["emotion"] for item in dataset.items] == ["peace"]
    assert dataset.dropped == {"no target emotion": 1}
    assert BENCHMARKS["aica_egcg"].ask(dataset.items[0], dataset, None)["target"] == "peace"


def test_a_set_that_was_named_may_be_opened_wherever_it_lies(tmp_path: Path) -> None:
    folder = write_rated(tmp_path / "set", [{"image": "a.png", "valence": 5, "arousal": 5}])
    asked = Asked(condition="basic", data=str(folder), settings=(f'media.roots=["{tmp_path / "elsewhere"}"]',))
    run = open_run("image_ratings", asked, model=AnyAnswer(label="s"))
    try:
        assert run.answerer.answer("a.png", run.input(run.items[0])).output is not None
        with pytest.raises(InputError, match=r"media\.roots"):
            run.graph.invoke({"image": str(FIXTURES / "image_ratings" / "sunny_field.png")})
    finally:
        run.close()


# --- calibrated ratings ----------------------------------------------------------------------------------------------


def rated(folder: Path, tmp_path: Path, condition: str, *settings: str, graph: str | None = None) -> list[RatingRow]:
    overrides = (f'media.roots=["{folder}"]', f'data_dir="{tmp_path / "kept"}"', *settings)
    asked = Asked(graph=graph, condition=condition, data=str(folder), settings=overrides)
    run = open_run("image_ratings", asked, model=ByBrightness(label="s"))
    try:
        rows = [
            run.benchmark.row(item, run.dataset, run.answerer.answer(item.id, run.input(item))) for item in run.items
        ]
    finally:
        run.close()
    return [row for row in rows if isinstance(row, RatingRow)]


def test_a_calibration_changes_the_condition_that_asks_for_it_and_no_other(tmp_path: Path) -> None:
    folder = rated_greys(tmp_path / "set", 24)
    before = rated(folder, tmp_path, "scaffold")
    overrides = (f'media.roots=["{folder}"]', f'data_dir="{tmp_path / "kept"}"')
    asked = Asked(condition="scaffold", data=str(folder), settings=overrides)
    fitted = calibrate(asked, model=ByBrightness(label="s")).calibration
    save_calibrations(Calibrations(entries=(fitted,)), calibration_path(tmp_path / "kept"))

    assert [row.prediction for row in rated(folder, tmp_path, "scaffold")] == [row.prediction for row in before]
    after = rated(folder, tmp_path, "calibrated", "gat.mode=scaffold")
    for row, plain in zip(after, before, strict=True):
        for variable, said in plain.prediction.items():
            on_our_scale = fitted.apply(variable, 1 + (said - 1) * 8 / 6)  # type: ignore[arg-type]
            assert row.prediction[variable] == pytest.approx(1 + (on_our_scale - 1) * 6 / 8)
    assert _error(after) < _error(before)


def _error(rows: list[RatingRow]) -> float:
    return sum(abs(row.prediction["arousal"] - row.target["arousal"]) for row in rows) / len(rows)


@pytest.mark.parametrize("graph", [None, "gat_single"])
def test_what_was_never_fitted_is_not_called_calibrated(tmp_path: Path, graph: str | None) -> None:
    folder = rated_greys(tmp_path / "set", 3)
    with pytest.raises(InputError, match=r"nothing is calibrated for .* mode 'gat', labels 'mikels8'; fit it with"):
        rated(folder, tmp_path, "calibrated", graph=graph)
