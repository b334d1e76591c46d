"""The memory that a benchmark gives a graph: read in once, finished after an interruption, and part of every key."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.evals.answering import Answerer
from affectgraph.evals.benchmarks import Memories
from affectgraph.evals.memories import filled_memory
from affectgraph.evals.opening import Asked, open_run
from affectgraph.graphs import embedding, load
from affectgraph.graphs.settings import Settings, load_settings
from affectgraph.tools.episodes import Episode, episodes_of
from tests.evals.test_appraise_tasks import Fake, event, write_split
from tests.tools.memory.fakes import HashEmbedder

# More than are written at a time.
MANY = 300


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


class Told:
    """Episodes of two people; counts how often they were asked for, and may stop after some."""

    def __init__(self, count: int = MANY) -> None:
        self.count, self.times, self.stop_after = count, 0, count

    def __call__(self) -> Iterator[tuple[str, Episode]]:
        self.times += 1
        for number in range(self.count):
            if number == self.stop_after:
                raise KeyboardInterrupt
            told = Episode(
                event=f"It rained, {number}.", time=datetime(2021, 10, 1, tzinfo=UTC), source="dataset", public=True
            )
            yield ("ann", "bea")[number % 2], told


def held(settings: Settings, told: Told, embedder: HashEmbedder, name: str = "a set/train/1") -> list[str]:
    """What the memory holds when it is opened, and closed again."""
    with filled_memory(settings, Memories(name, told), embedder) as store:
        return sorted(kept.episode.event for person in ("ann", "bea") for kept in episodes_of(store, person))


def test_a_memory_is_read_in_once_and_opened_again_as_it_is(settings: Settings) -> None:
    told, embedder = Told(), HashEmbedder()
    first = held(settings, told, embedder)
    read_in = len(embedder.calls)
    assert (len(first), told.times) == (MANY, 1)
    assert held(settings, told, embedder) == first
    assert (told.times, len(embedder.calls)) == (1, read_in)


def test_what_is_read_in_can_be_recalled_by_its_words(settings: Settings) -> None:
    with filled_memory(settings, Memories("a set/train/1", Told()), HashEmbedder()) as store:
        (nearest,) = store.search(("public",), query="It rained, 7.", limit=1)
    assert nearest.value["text"] == "It rained, 7."


def test_an_interrupted_reading_is_finished_and_nothing_is_doubled(settings: Settings) -> None:
    told, embedder = Told(), HashEmbedder()
    told.stop_after = MANY - 10
    with pytest.raises(KeyboardInterrupt):
        held(settings, told, embedder)
    gc.collect()  # stands for the end of the process: its memory is let go
    assert embedder.calls  # a part was read in
    told.stop_after = MANY
    found = held(settings, told, embedder)
    assert told.times == 2
    assert found == sorted(f"It rained, {number}." for number in range(MANY))


def test_another_embedder_and_other_episodes_have_a_memory_of_their_own(settings: Settings) -> None:
    told, first, second = Told(12), HashEmbedder(), HashEmbedder(8, "hash:2")
    held(settings, told, first)
    assert len(held(settings, told, second)) == 12
    assert len(held(settings, Told(5), first, "a set/train/2")) == 5
    # The first one is as it was: nothing is read in again.
    assert len(held(settings, told, first)) == 12
    assert told.times == 2
    assert len(list((settings.data_dir / "eval_memory").iterdir())) == 3


# --- the keys of answers ---------------------------------------------------------------------------------------------


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_split(tmp_path / "set", "train", [event(1, "ann", "My manager shouted."), event(2, "bea", "My dog ran.")])
    return write_split(tmp_path / "set", "val", [event(3, "ann", "My dog came home.")])


@pytest.fixture
def opened(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """condition -> (fields, key of the first item) of a run opened under it, and closed again."""
    monkeypatch.setattr(embedding, "SentenceEmbedder", Fake)
    file = tmp_path / "affectgraph.toml"
    file.write_text(f'data_dir = "{tmp_path / "data"}"\n', encoding="utf-8")

    def run(condition: str) -> tuple[dict[str, Any], str]:
        wanted = Asked(data=str(data), config=str(file), condition=condition)
        known = open_run("envent_persona", wanted, model=ScriptedBackend(replies=()))
        try:
            item = known.items[0]
            return known.answerer.fields, known.answerer.key(item.id, known.input(item))
        finally:
            known.close()

    return run


def test_a_run_with_memory_names_it_and_one_without_opens_none(opened: Any, tmp_path: Path) -> None:
    alone, key = opened("alone")
    assert alone["memory"] is None
    assert not (tmp_path / "data" / "eval_memory").exists()
    memory, other = opened("memory")
    assert "crowd-enVENT/train/" in memory["memory"]
    assert key != other


def test_other_episodes_make_another_key_though_all_else_is_equal(opened: Any, data: Path) -> None:
    before, key = opened("memory")
    assert opened("memory") == (before, key)
    write_split(data, "train", [event(1, "ann", "My manager smiled."), event(2, "bea", "My dog ran.")])
    after, other = opened("memory")
    assert {name for name in before if before[name] != after[name]} == {"memory"}
    assert key != other


def test_memory_alone_makes_another_key() -> None:
    settings = load_settings(environment={}).settings
    graph = load("appraise", model=ScriptedBackend(replies=()), settings=settings)
    keys = {
        Answerer("appraise", graph, settings, None, dataset={"name": "a set"}, memory=memory).key("1", {"text": "Hm."})
        for memory in (None, "one", "two")
    }
    graph.close()
    assert len(keys) == 3
