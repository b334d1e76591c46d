"""crowd-enVENT as a question about a person: what is told of whom, what is remembered, and runs on a small made-up set.

The set is written here in its own layout; vectors are `Counting`'s (work, animals, all else), the link is `link_of`'s.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from affectgraph.backends.errors import SettingsError
from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.evals.answering import Answer
from affectgraph.evals.datasets import Dataset, Item, crowd_envent
from affectgraph.evals.evaluating import Result, evaluate
from affectgraph.evals.opening import Asked
from affectgraph.evals.rows import LabelRow, RatingRow
from affectgraph.evals.tasks import BENCHMARKS
from affectgraph.evals.tasks.appraise import asked, episode_of, memories, persona_of
from affectgraph.graphs import embedding
from affectgraph.graphs.appraise_types import AppraiseInput
from affectgraph.graphs.settings import load_settings
from affectgraph.tools.appraisal_link import Weights, link_path, save_link
from affectgraph.tools.appraisals import APPRAISALS
from affectgraph.tools.emotions import taxonomy
from affectgraph.tools.persona import TRAITS
from affectgraph.tools.questionnaires import TIPI_COLUMNS
from tests.evals.conftest import quiet_inspect
from tests.evals.datasets.test_public_sets import ENVENT
from tests.graphs.test_appraise import Counting, link_of

EMOTION, APPRAISAL = BENCHMARKS["envent_persona"], BENCHMARKS["envent_persona_appraisal"]
LABELS = taxonomy("envent13").labels
NAMES = [item.name for item in APPRAISALS]
# The plain and the reversed question of each trait of the TIPI.
KEYED = {
    "openness": ("open", "conventional"),
    "conscientiousness": ("dependable", "disorganized"),
    "extraversion": ("extravert", "quiet"),
    "agreeableness": ("sympathetic", "critical"),
    "neuroticism": ("anxious", "calm"),
}


def event(number: int, writer: str, text: str, emotion: str = "joy", **changed: Any) -> dict[str, str]:
    """One row of the set; `changed` are columns, e.g. `effort=5`."""
    row = {"text_id": str(number), "prolific_id": writer, "emotion": emotion, "hidden_emo_text": text}
    return {**ENVENT, **row, "generated_text": text, **{name: str(value) for name, value in changed.items()}}


def write_split(folder: Path, split: str, rows: Sequence[dict[str, str]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["\t".join(ENVENT), *("\t".join(row.values()) for row in rows)]
    (folder / f"crowd-enVent-{split}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def sheet(number: int) -> dict[str, float]:
    """Answers to the TIPI of which no two writers have the same."""
    return {column: 1.0 + (number * (place + 3)) % 60 / 10 for place, column in enumerate(TIPI_COLUMNS)}


PEOPLE = ("ann", "bea", "cid", "dan", "eve")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Five writers with two events each in both splits; `ann` fears her manager, the others are glad of dogs."""
    for split, start in (("train", 100), ("val", 0)):
        rows = []
        for number, writer in enumerate(PEOPLE):
            # She came back: her sheet holds means of several ones.
            answers = {**sheet(number), **({"extravert": 4.3, "quiet": 2.5} if writer == "ann" else {})}
            for turn in range(2):
                place = start + 2 * number + turn
                at_work = f"My manager shouted at me, {place}.", "fear"
                words, emotion = at_work if writer == "ann" else (f"My dog came home, {place}.", "joy")
                rows.append(event(place, writer, words, emotion, **answers, effort=5 if writer == "ann" else 1))
        write_split(tmp_path / "set", split, rows)
    return tmp_path / "set"


def by_writer(dataset: Dataset) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for item in dataset.items:
        found.setdefault(item.group, []).append(item)
    return found


def told(item: Item, dataset: Dataset, own: str | None) -> dict[str, Any]:
    """The persona of the input."""
    persona: dict[str, Any] = asked(item, dataset, own)["persona"]
    return persona


def personality(persona: dict[str, Any]) -> list[float]:
    return [persona[trait] for trait in TRAITS]


# --- what is asked ---------------------------------------------------------------------------------------------------


def test_a_writers_traits_are_the_keyed_means_of_their_answers_and_averaged_answers_count(data: Path) -> None:
    item = crowd_envent.load_emotions(data).items[0]
    persona = persona_of(item)
    # A plain 4.3 and a reversed 2.5: (4.3 + 5.5) / 2, from 1 to 7 onto 0 to 1.
    assert persona.extraversion == pytest.approx((4.9 - 1) / 6)
    for trait, (plain, reverse) in KEYED.items():
        answers = item.fields["traits"]
        assert persona.traits[trait] == pytest.approx((answers[plain] + 8 - answers[reverse] - 2) / 12)
    assert persona.name == item.group
    assert {getattr(persona.provenance, trait) for trait in TRAITS} == {"questionnaire"}


@pytest.mark.parametrize("own", [None, "full", "memory", "direct", "persona"])
def test_an_event_is_asked_about_with_its_writers_own_persona(data: Path, own: str | None) -> None:
    dataset = crowd_envent.load_emotions(data)
    for item in dataset.items:
        given = AppraiseInput.model_validate(asked(item, dataset, own))
        assert given.persona == persona_of(item)
        assert given.text == item.fields["text"]


def test_shuffled_changes_the_traits_and_nothing_else(data: Path) -> None:
    dataset = crowd_envent.load_emotions(data)
    for item in dataset.items:
        own, given = asked(item, dataset, None), asked(item, dataset, "shuffled")
        changed = {name: given["persona"].pop(name) for name in TRAITS}
        assert changed != {name: own["persona"].pop(name) for name in TRAITS}
        assert given == own


@pytest.mark.parametrize("own", ["shuffled", "stranger"])
def test_nobody_keeps_their_own_profile_and_everybodys_is_given_once(data: Path, own: str) -> None:
    dataset = crowd_envent.load_emotions(data)
    writers = by_writer(dataset)
    originals = {writer: personality(told(items[0], dataset, None)) for writer, items in writers.items()}
    given = {writer: personality(told(items[0], dataset, own)) for writer, items in writers.items()}
    assert all(given[writer] != originals[writer] for writer in writers)
    assert sorted(given.values()) == sorted(originals.values())


@pytest.mark.parametrize("own", ["shuffled", "stranger"])
def test_the_exchange_is_the_same_for_all_events_of_a_writer_in_any_order(data: Path, own: str) -> None:
    dataset = crowd_envent.load_emotions(data)
    turned = Dataset(
        dataset.name, dataset.split, dataset.revision, tuple(reversed(dataset.items)), labels=dataset.labels
    )
    for items in by_writer(dataset).values():
        assert len(items) == 2
        found = [told(item, one, own) for item in items for one in (dataset, turned)]
        assert found == found[:1] * 4


def test_a_stranger_comes_with_name_and_profile_of_the_one_whose_profile_shuffled_gives(data: Path) -> None:
    dataset = crowd_envent.load_emotions(data)
    known = {item.group: persona_of(item).model_dump(mode="json") for item in dataset.items}
    for item in dataset.items:
        stranger = told(item, dataset, "stranger")
        assert stranger["name"] != item.group
        assert stranger == known[stranger["name"]]
        assert personality(stranger) == personality(told(item, dataset, "shuffled"))


def test_words_tell_of_nobody(data: Path) -> None:
    dataset = crowd_envent.load_appraisals(data)
    for item in dataset.items:
        given = AppraiseInput.model_validate(asked(item, dataset, "words"))
        assert given.persona is None
        assert given.text == item.fields["text"]


@pytest.mark.parametrize("known", [EMOTION, APPRAISAL], ids=lambda known: known.name)
def test_every_condition_gives_a_usable_input_that_holds_no_answer(data: Path, known: Any) -> None:
    dataset = known.load(data, "val")
    for own in known.own:
        for item in dataset.items:
            given = known.ask(item, dataset, own)
            AppraiseInput.model_validate(given)
            assert set(given) == {"text", "persona", "time"}
            written = str(given)
            assert not any(label in written for label in ("fear", "joy"))
            assert not any(name in written for name in NAMES)


# --- what is scored --------------------------------------------------------------------------------------------------


def rated(output: dict[str, Any] | None, data: Path) -> RatingRow:
    dataset = APPRAISAL.load(data, "val")
    row = APPRAISAL.row(dataset.items[0], dataset, Answer(output, None if output else "MalformedAnswer", [], 0.5))
    assert isinstance(row, RatingRow)
    return row


def test_ratings_are_taken_from_the_node_that_appraises(data: Path) -> None:
    found = {"effort": {"rating": 4.25, "distribution": None, "evidence": None}, "urgency": {"rating": 1.0}}
    row = rated({"values": {"appraisals": found, "shifts": []}}, data)
    assert row.prediction == {"effort": 4.25, "urgency": 1.0}
    assert (row.low, row.high, row.target["effort"], len(row.target)) == (1.0, 5.0, 5.0, 21)
    assert row.group.startswith("writer-")


@pytest.mark.parametrize("output", [None, {}, {"values": {}}])
def test_an_answer_without_ratings_counts_as_unreadable(output: dict[str, Any] | None, data: Path) -> None:
    row = rated(output, data)
    assert row.prediction == {}
    assert len(row.target) == 21


# --- memory ----------------------------------------------------------------------------------------------------------


def test_the_memory_holds_the_events_of_train_under_their_writers(data: Path) -> None:
    train = crowd_envent.load_appraisals(data, "train")
    held = list(memories(data, "val").episodes())
    assert [(person, episode.event) for person, episode in held] == [
        (item.group, item.fields["text"]) for item in train.items
    ]
    again = memories(data, "val")
    assert (again.name, list(again.episodes())) == (memories(data, "val").name, held)


def test_an_episode_is_public_and_carries_traits_ratings_and_the_one_emotion(data: Path) -> None:
    item = crowd_envent.load_appraisals(data, "train").items[0]
    episode = episode_of(item)
    assert (episode.public, episode.source) == (True, "dataset")
    assert (episode.emotions, episode.taxonomy) == ({"fear": 1.0}, "envent13")
    assert episode.traits == persona_of(item).traits
    assert episode.appraisals == item.target
    assert episode.appraisals["effort"] == 5.0


@pytest.mark.parametrize(
    "again",
    ["My son was born.", "my SON was born.", "  My son   was born. ", "Ｍy son\u00a0was born.", "My ſon was born."],
)
def test_an_event_whose_words_are_in_val_is_not_remembered_whatever_its_case_and_spaces(
    again: str, tmp_path: Path
) -> None:
    other = event(2, "bea", "My son was ill.")
    write_split(tmp_path, "train", [event(1, "ann", again), other])
    write_split(tmp_path, "val", [event(3, "cid", "My son was born.")])
    assert [episode.event for _, episode in memories(tmp_path, "val").episodes()] == ["My son was ill."]


def test_a_memory_of_other_events_has_another_name(data: Path, tmp_path: Path) -> None:
    before = memories(data, "val").name
    write_split(data, "train", [event(1, "ann", "Nothing else happened.")])
    assert memories(data, "val").name != before


# --- whole runs ------------------------------------------------------------------------------------------------------


class Fake(Counting):
    """`Counting` in the place of the configured embedder."""

    def __init__(self, config: Any = None) -> None:
        super().__init__()


WORDS = {
    "coefficients": [{"fear": [9.0, 0.0, 0.0], "joy": [0.0, 9.0, 0.0]}.get(label, [0.0] * 3) for label in LABELS],
    "intercepts": [0.0] * len(LABELS),
    "c": 1.0,
}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings with a script that always says sadness before fear and joy, made-up vectors, and no link yet."""
    monkeypatch.setattr(embedding, "SentenceEmbedder", Fake)
    (tmp_path / "sad.jsonl").write_text('{"sadness": 0.6, "fear": 0.2, "joy": 0.2}\n', encoding="utf-8")
    roles = "".join(f'{role} = "sad"\n' for role in ("perceive", "reason", "write", "judge"))
    path = tmp_path / "affectgraph.toml"
    path.write_text(
        f'data_dir = "data"\n[roles]\n{roles}[backends.sad]\nkind = "scripted"\npath = "sad.jsonl"\ncycle = true\n',
        encoding="utf-8",
    )
    return path


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the model is shown."""
    seen: list[str] = []
    real = ScriptedBackend._reply

    def noting(self: ScriptedBackend, messages: Any) -> Any:
        seen.append(str(messages[-1].text))
        return real(self, messages)

    monkeypatch.setattr(ScriptedBackend, "_reply", noting)
    return seen


@pytest.fixture
def linked(file: Path) -> Path:
    """The same with a link in the data folder: work means anger by appraisal and fear by its words."""
    save_link(link_of(LABELS, words=WORDS), link_path(file.parent / "data"))
    return file


def run(name: str, data: Path, file: Path, *conditions: str, **changed: Any) -> list[Result]:
    with quiet_inspect():
        wanted = Asked(data=str(data), config=str(file), **changed)
        return evaluate(name, wanted, conditions, log_dir=file.parent / "logs")


def labels_of(result: Result) -> list[LabelRow]:
    assert result.failed == []
    return [row for row in result.rows if isinstance(row, LabelRow)]


def test_alone_the_model_decides_and_with_memory_recalled_episodes_vote(data: Path, file: Path) -> None:
    alone, memory = run("envent_persona", data, file, "alone", "memory")
    assert {row.prediction for row in labels_of(alone)} == {"sadness"}
    assert len(labels_of(memory)) == 10
    # Events of the like were told of the very emotion of the target.
    assert all(row.prediction == row.target for row in labels_of(memory))
    for result in (alone, memory):
        assert {"accuracy", "macro_f1"} <= {figure.name for figure in result.figures}
        nodes = {name for row in result.rows for name in row.nodes}
        assert nodes == {"recall", "feel"}


def test_full_pools_all_voices_and_direct_asks_no_model_at_all(data: Path, linked: Path, shown: list[str]) -> None:
    (direct,) = run("envent_persona", data, linked, "direct")
    assert shown == []
    for row in labels_of(direct):
        assert row.prediction == row.target
        assert row.distribution is not None
        assert row.distribution[row.target] == pytest.approx(math.exp(9) / (math.exp(9) + 12))
    assert {figure.name: figure.value for figure in direct.figures}["accuracy"] == 1.0
    (full,) = run("envent_persona", data, linked, "full")
    assert len(shown) == 10
    for row in labels_of(full):
        share = row.distribution or {}
        assert row.prediction == row.target  # its words and the episodes say so
        assert share["sadness"] > share["boredom"]  # the model
        # Nothing but the appraisals tells these two apart.
        assert share["anger"] != pytest.approx(share["boredom"], rel=0.01)


def test_each_voice_speaks_for_itself_and_told_is_told_three_episodes(
    data: Path, linked: Path, shown: list[str]
) -> None:
    earlier = " felt "
    run("envent_persona", data, linked, "alone", "persona", "memory", "full")
    assert len(shown) == 40
    assert not any(earlier in text or "true)" in text for text in shown)
    assert ["neuroticism" in text for text in shown] == [False] * 10 + [True] * 30
    shown.clear()
    run("envent_persona", data, linked, "told")
    assert [text.count(earlier) for text in shown] == [3] * 10
    assert all("neuroticism" in text for text in shown)


def test_the_weights_that_were_fitted_for_the_model_hold_in_full(data: Path, linked: Path) -> None:
    (equal,) = run("envent_persona", data, linked, "full")
    model = load_settings(linked).settings.backends["sad"]
    identity = ScriptedBackend.from_config(model, "sad").identity  # type: ignore[arg-type]
    path = link_path(linked.parent / "data")
    save_link(link_of(LABELS, words=WORDS, weights={identity: Weights(model=1.0, link=0.0).model_dump()}), path)
    (fitted,) = run("envent_persona", data, linked, "full")
    assert fitted.kept == 0  # another link is another run
    assert {row.prediction for row in labels_of(fitted)} == {"sadness"}
    assert {row.prediction for row in labels_of(equal)} != {"sadness"}


def test_a_learned_condition_without_a_link_says_how_to_get_one(data: Path, file: Path) -> None:
    with pytest.raises(SettingsError, match="affectgraph link fit"):
        run("envent_persona", data, file, "full")


def test_the_reader_is_scored_by_its_ratings_and_the_writers_own_habits_move_them(data: Path, linked: Path) -> None:
    ratings: dict[str, dict[str, float]] = {}
    for result in run("envent_persona_appraisal", data, linked, "words", "full", "stranger"):
        assert (result.failed, len(result.rows)) == ([], 10)
        assert result.figures
        for row in result.rows:
            assert isinstance(row, RatingRow)
            assert set(row.prediction) == set(NAMES)
            assert "feel" not in row.nodes
            ratings.setdefault(result.condition, {})[row.id] = row.prediction["effort"]
    assert set(ratings["words"].values()) == {3.0}
    # In both earlier events she rated 5 where 3 is read, and everybody else 1: two points, shrunk towards none.
    assert 3.0 < ratings["full"]["envent-0"] < 5.0
    assert 1.0 < ratings["full"]["envent-9"] < 3.0
    assert 1.0 < ratings["stranger"]["envent-0"] < 3.0


def test_the_same_command_asks_nothing_twice(data: Path, file: Path) -> None:
    (first,) = run("envent_persona", data, file, "memory")
    (again,) = run("envent_persona", data, file, "memory")
    assert (first.kept, again.kept) == (0, 10)
    assert [row.model_dump() for row in again.rows] == [row.model_dump() for row in first.rows]
