"""Choosing the weights of the voices: on which events, beside what memory, and what comes back.

A hundred writers made up here; what they felt is in a word of their text, and the scripted model always says boredom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.evals import weighing
from affectgraph.evals.datasets import Dataset, crowd_envent
from affectgraph.evals.datasets.parts import part_of
from affectgraph.evals.fitting import Choice, fit_link
from affectgraph.evals.memories import filled_memory
from affectgraph.evals.weighing import one_of_each, weigh
from affectgraph.graphs import embedding
from affectgraph.graphs.settings import Settings, load_settings
from affectgraph.tools.appraisal_link import AppraisalLink, Weights
from affectgraph.tools.emotions import taxonomy
from tests.evals.test_appraise_tasks import event, sheet, write_split
from tests.graphs.test_appraise import link_of

LABELS = taxonomy("envent13").labels
WRITERS, EVENTS = 100, 2
# Writers of train who are in val too: nothing is chosen or fitted on them.
IN_VAL = range(10)


class Feeling:
    """An embedder that sees which emotion a text names, and a little of its length."""

    identity = "feeling:14"

    def __init__(self, config: Any = None) -> None:
        pass

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [[*(float(label in text) for label in LABELS), 0.1 + len(text) % 7 / 20] for text in texts]


def write_set(folder: Path) -> Path:
    rows = []
    for number in range(WRITERS * EVENTS):
        felt, writer = LABELS[number % 13], number // EVENTS
        # Every fifth text says another word than was felt.
        said = LABELS[(number + 1) % 13] if number % 5 == 0 else felt
        text = f"There was {said} {'at home ' * (writer % 4)}{number}."
        rows.append(event(number, f"p{writer}", text, felt, **sheet(writer), effort=1 + number % 5))
    write_split(folder, "train", rows)
    return write_split(folder, "val", [event(900 + writer, f"p{writer}", f"Then {writer}.") for writer in IN_VAL])


@dataclass
class Seen:
    """What a call of `weigh` gave, and what it did on the way."""

    link: AppraisalLink | None = None
    choice: Choice | None = None
    fitted_on: list[Dataset] = field(default_factory=list)
    remembered: list[tuple[str, str]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    told: list[tuple[str, int, int]] = field(default_factory=list)


GIVEN = link_of(LABELS, weights={"other:model": {"model": 0.3, "link": 0.7}})


class Place:
    """A set and settings in a folder, and `weigh` on them, watched."""

    def __init__(self, folder: Path) -> None:
        self.data = write_set(folder / "set")
        (folder / "bored.jsonl").write_text('{"boredom": 0.9, "joy": 0.1}\n', encoding="utf-8")
        roles = "".join(f'{role} = "bored"\n' for role in ("perceive", "reason", "write", "judge"))
        backend = '[backends.bored]\nkind = "scripted"\npath = "bored.jsonl"\ncycle = true\n'
        (folder / "affectgraph.toml").write_text(f'data_dir = "data"\n[roles]\n{roles}{backend}', encoding="utf-8")
        self.settings: Settings = load_settings(folder / "affectgraph.toml", environment={}).settings

    def weigh(self, **options: Any) -> Seen:
        seen = Seen()
        reply = ScriptedBackend._reply

        def fitting(dataset: Dataset, *arguments: Any, **named: Any) -> AppraisalLink:
            seen.fitted_on.append(dataset)
            return fit_link(dataset, *arguments, **named)

        def filling(settings: Settings, memories: Any, embedder: Any) -> Any:
            seen.remembered += [(person, episode.event) for person, episode in memories.episodes()]
            return filled_memory(settings, memories, embedder)

        def replying(self: ScriptedBackend, messages: Any) -> Any:
            seen.shown.append(str(messages[-1].text))
            return reply(self, messages)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(embedding, "SentenceEmbedder", Feeling)
            patch.setattr(weighing, "fit_link", fitting)
            patch.setattr(weighing, "filled_memory", filling)
            patch.setattr(ScriptedBackend, "_reply", replying)
            tell = lambda *step: seen.told.append(step)  # noqa: E731
            seen.link, seen.choice = weigh(self.settings, GIVEN, data=self.data, tell=tell, **options)
        return seen


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("weighing"))


@pytest.fixture(scope="module")
def seen(place: Place) -> Seen:
    """The first call."""
    return place.weigh()


def train_of(place: Place) -> Dataset:
    return crowd_envent.load_appraisals(place.data, "train")


def asked_about(place: Place, seen: Seen) -> list[str]:
    """The ids of the events that the model was asked about, in order."""
    by_text = {item.fields["text"]: item.id for item in train_of(place).items}
    return [by_text[shown.split("\n\n")[1]] for shown in seen.shown]


# --- which events ----------------------------------------------------------------------------------------------------


def test_one_event_of_each_writer_is_chosen_by_the_seed_alone(place: Place) -> None:
    train = train_of(place)
    chosen = one_of_each(train, 1)
    assert sorted(item.group for item in chosen.items) == sorted({item.group for item in train.items})
    assert one_of_each(train, 1) == chosen
    assert (chosen.name, chosen.split, chosen.revision) == (train.name, train.split, train.revision)
    assert {item.id for item in one_of_each(train, 2).items} != {item.id for item in chosen.items}


def test_the_chosen_events_are_in_random_order_and_any_event_of_a_writer_may_be_it(place: Place) -> None:
    train = train_of(place)
    order = {item.id: number for number, item in enumerate(train.items)}
    chosen = [order[item.id] for item in one_of_each(train).items]
    assert chosen != sorted(chosen)
    drawn = {item.id for seed in range(20) for item in one_of_each(train, seed).items}
    assert len(drawn) == len(train.items)


def test_the_model_is_asked_for_one_event_of_every_tuning_writer_who_is_not_in_val(place: Place, seen: Seen) -> None:
    train, held_out = train_of(place), crowd_envent.load_appraisals(place.data, "val")
    tuning = {item.group for item in part_of(train, "tune").items} - {item.group for item in held_out.items}
    asked = [item for item in train.items if item.id in set(asked_about(place, seen))]
    assert len(tuning) > 5
    assert len(asked) == len(seen.shown) == len(tuning)
    assert {item.group for item in asked} == tuning


def test_the_writers_it_is_chosen_on_are_not_among_those_it_was_fitted_on(place: Place, seen: Seen) -> None:
    (fitted,) = seen.fitted_on
    held = part_of(train_of(place), "held")
    held_out = {item.group for item in crowd_envent.load_appraisals(place.data, "val").items}
    assert {item.id for item in fitted.items} == {item.id for item in held.items if item.group not in held_out}
    asked = set(asked_about(place, seen))
    assert not {item.group for item in fitted.items} & {
        item.group for item in train_of(place).items if item.id in asked
    }


def test_memory_holds_all_of_train_but_the_chosen_events(place: Place, seen: Seen) -> None:
    train, asked = train_of(place), set(asked_about(place, seen))
    others = [(item.group, item.fields["text"]) for item in train.items if item.id not in asked]
    assert sorted(seen.remembered) == sorted(others)
    # Of the same writers too, as of a person who comes back.
    writers = {item.group for item in train.items if item.id in asked}
    assert writers <= {person for person, _ in seen.remembered}


def test_the_model_is_told_of_the_writer(place: Place, seen: Seen) -> None:
    profiles = [shown.split("\n\n")[2].splitlines()[0] for shown in seen.shown]
    assert all("neuroticism" in profile for profile in profiles)
    assert len(set(profiles)) > 1


# --- what comes back -------------------------------------------------------------------------------------------------


def test_the_weights_come_back_under_the_models_identity_beside_an_unchanged_link(place: Place, seen: Seen) -> None:
    assert seen.link is not None
    assert seen.choice is not None
    identity = ScriptedBackend(label="bored", replies=[{"boredom": 0.9, "joy": 0.1}]).identity
    assert seen.link.weights == {**GIVEN.weights, identity: seen.choice.weights}
    assert seen.link.model_copy(update={"weights": GIVEN.weights}) == GIVEN
    assert GIVEN.weights == {"other:model": Weights(model=0.3, link=0.7)}


def test_a_model_that_always_says_the_same_counts_less_than_words_that_name_the_emotion(seen: Seen) -> None:
    assert seen.choice is not None
    assert set(seen.choice.losses) == {"model", "link", "words", "memory", "pooled", "uniform"}
    assert seen.choice.n == len(seen.shown)
    others = seen.choice.weights.model_dump(exclude={"model"})
    assert seen.choice.weights.model < 0.2 < sum(others.values())
    assert seen.choice.losses["words"] < seen.choice.losses["uniform"] < seen.choice.losses["model"]
    assert seen.choice.losses["pooled"] == min(seen.choice.losses.values())


def test_every_step_is_told_to_its_end(seen: Seen) -> None:
    number = len(seen.shown)
    assert [step for step in seen.told if step[0] == "asking"] == [("asking", n, number) for n in range(1, number + 1)]
    _, done, of = [step for step in seen.told if step[0] == "embedding"][-1]
    assert done == of == len(seen.fitted_on[0].items)


def test_a_second_call_asks_the_model_nothing_and_chooses_the_same(place: Place, seen: Seen) -> None:
    again = place.weigh()
    assert again.shown == []
    assert (again.link, again.choice) == (seen.link, seen.choice)


def test_what_was_asked_before_an_interruption_is_not_asked_again(tmp_path: Path, seen: Seen) -> None:
    place = Place(tmp_path)

    def stop(self: ScriptedBackend, messages: Any) -> Any:
        if len(answered) == 4:
            raise KeyboardInterrupt
        answered.append(1)
        return {"boredom": 0.9, "joy": 0.1}

    answered: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptedBackend, "_reply", stop)
        with pytest.raises(KeyboardInterrupt):
            place.weigh()
    again = place.weigh()
    assert len(again.shown) == len(seen.shown) - 4
    assert again.choice == seen.choice


def test_a_limit_takes_the_first_of_the_same_events(place: Place, seen: Seen) -> None:
    limited = place.weigh(limit=5)
    assert limited.choice is not None
    assert limited.choice.n == 5
    assert asked_about(place, limited) == asked_about(place, seen)[:5]
    # The others are in memory now, so the answers are others'.
    assert len(limited.remembered) == len(seen.remembered) + len(seen.shown) - 5
