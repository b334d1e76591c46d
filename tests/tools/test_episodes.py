"""Episodes: what is one, what merges, what contradicts, who may recall whose, and in which order."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from langgraph.store.base import BaseStore
from langgraph.store.memory import InMemoryStore
from pydantic import ValidationError

from affectgraph.tools.episode_scores import closeness
from affectgraph.tools.episodes import (
    PUBLIC_SHELF,
    Episode,
    EpisodeError,
    Mix,
    episodes_of,
    forget,
    keys_of,
    private_space,
    public_space,
    recall,
    remember,
    remember_all,
    spaces,
)
from affectgraph.tools.memory import MemoryStore

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SAD: dict[str, Any] = {"emotions": {"sadness": 0.8, "fear": 0.2}, "taxonomy": "ekman7"}
GLAD: dict[str, Any] = {"emotions": {"joy": 1.0}, "taxonomy": "ekman7"}
DIMENSIONS = 96


class Words:
    """An embedder that counts words: texts are near when they share words."""

    identity = "words:1"

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> list[float]:
        vector = [0.0] * DIMENSIONS
        for word in text.casefold().split() or [""]:
            vector[hashlib.sha256(word.encode("utf-8", "replace")).digest()[0] % DIMENSIONS] += 1.0
        length = math.hypot(*vector)
        return [value / length for value in vector]


def in_memory() -> InMemoryStore:
    return InMemoryStore(index={"dims": DIMENSIONS, "embed": Words().embed, "fields": ["text"]})


@pytest.fixture(params=["langgraph", "ours"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BaseStore]:
    """LangGraph's own store, and ours on disk."""
    if request.param == "langgraph":
        yield in_memory()
        return
    with MemoryStore(tmp_path / "memory", Words()) as ours:
        yield ours


def told(event: str, time: datetime = NOW, **fields: Any) -> Episode:
    return Episode.model_validate({"event": event, "time": time, "source": "stated", **fields})


# --- one episode ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"event": ""}, "at least 1 character"),
        ({"event": " \n\t"}, "the event has no words"),
        ({"event": "x" * 20_001}, "at most 20000 characters"),
        ({"appraisals": {"pleasantness": 5.1}}, "less than or equal to 5"),
        ({"appraisals": {"pleasantness": float("nan")}}, "finite"),
        ({"appraisals": {"happiness": 3}}, "unknown name 'happiness'; known: suddenness"),
        ({"emotions": {"joy": 1.0}}, "emotions need the taxonomy"),
        ({"emotions": {"joy": 1.0}, "taxonomy": "ekman8"}, "unknown taxonomy 'ekman8'; known: ekman7"),
        ({"emotions": {"hope": 1.0}, "taxonomy": "ekman7"}, "'hope' is no label of ekman7; its labels: anger"),
        ({"emotions": {"joy": 0.7, "fear": 0.2}, "taxonomy": "ekman7"}, "the emotions sum to 0.900; make it 1"),
        ({"emotions": {"joy": -0.5, "fear": 0.5}, "taxonomy": "ekman7"}, "greater than or equal to 0"),
        ({"traits": {"openness": 1.1}}, "less than or equal to 1"),
        ({"traits": {"courage": 0.5}}, "unknown name 'courage'; known: openness"),
        ({"time": datetime(2026, 1, 1)}, "timezone"),
        ({"source": "guessed"}, "'stated', 'inferred' or 'dataset'"),
    ],
)
def test_what_is_no_episode_is_refused_without_repeating_the_persons_words(fields: dict[str, Any], words: str) -> None:
    values = {"event": "My secret.", "time": NOW, "source": "stated", **fields}
    with pytest.raises(ValidationError, match=words) as caught:
        Episode.model_validate(values)
    assert "secret" not in str(caught.value)
    assert "xxx" not in str(caught.value)


def test_the_longest_episode_is_kept_whole(store: BaseStore) -> None:
    remember(store, "ann", told("x" * 20_000))
    (kept,) = episodes_of(store, "ann")
    assert kept.episode.event == "x" * 20_000


def test_the_top_emotion_is_the_strongest_and_of_equals_the_first_of_the_taxonomy() -> None:
    assert told("x", **SAD).top == "sadness"
    assert told("x", emotions={"joy": 0.5, "anger": 0.5}, taxonomy="ekman7").top == "anger"
    assert told("x").top is None


def test_everything_that_was_told_is_read_back(store: BaseStore) -> None:
    episode = told("雨 🙂 \n said.", public=True, traits={"openness": 1 / 3}, appraisals={"effort": 2.5}, **SAD)
    remember(store, "ann", episode)
    (kept,) = episodes_of(store, "ann")
    assert kept.episode == episode
    assert (kept.count, kept.first, kept.contradicts) == (1, NOW, [])


def test_only_json_primitives_are_stored_and_the_text_is_the_event(store: BaseStore) -> None:
    kept = remember(store, "ann", told("It rained.", appraisals={"effort": 2}, **SAD))
    item = store.get(private_space("ann"), kept.key)
    assert item is not None
    assert item.value["text"] == "It rained."
    assert json.loads(json.dumps(item.value)) == item.value


# --- the same words ---------------------------------------------------------------------------------------------------


def test_the_same_words_are_one_episode_and_the_later_reading_wins_field_by_field(store: BaseStore) -> None:
    remember(store, "ann", told("The dog DIED.", NOW, appraisals={"effort": 2, "urgency": 5}, **SAD))
    again = told("the  dog\ndied.", NOW + DAY, appraisals={"effort": 3, "pleasantness": 1}, **SAD)
    merged = remember(store, "ann", again)
    assert merged.merged
    (kept,) = episodes_of(store, "ann")
    assert kept.key == merged.key
    assert kept.episode.appraisals == {"effort": 3, "urgency": 5, "pleasantness": 1}
    assert kept.episode.event == "the  dog\ndied."
    assert (kept.count, kept.first, kept.episode.time) == (2, NOW, NOW + DAY)


def test_an_earlier_reading_that_is_told_later_only_fills_gaps(store: BaseStore) -> None:
    remember(store, "ann", told("It rained.", NOW, appraisals={"effort": 3}))
    remember(store, "ann", told("It rained.", NOW - DAY, appraisals={"effort": 2, "urgency": 5}, **SAD))
    (kept,) = episodes_of(store, "ann")
    assert kept.episode.appraisals == {"effort": 3, "urgency": 5}
    assert kept.episode.emotions == SAD["emotions"]
    assert (kept.first, kept.episode.time) == (NOW - DAY, NOW)


def test_full_width_letters_and_case_fold_but_other_words_do_not(store: BaseStore) -> None:
    remember(store, "ann", told("He hit me"))
    assert remember(store, "ann", told("ｈｅ ＨＩＴ me")).merged
    assert not remember(store, "ann", told("He hit me again")).merged
    assert not remember(store, "ben", told("He hit me")).merged


def test_what_the_person_stated_is_not_overwritten_by_an_inference(store: BaseStore) -> None:
    remember(store, "ann", told("It rained.", NOW, appraisals={"effort": 2}))
    remember(store, "ann", told("It rained.", NOW + DAY, source="inferred", appraisals={"effort": 3}))
    (kept,) = episodes_of(store, "ann")
    assert kept.episode.appraisals == {"effort": 2}
    assert kept.episode.source == "stated"
    remember(store, "ann", told("It rained.", NOW + DAY, source="inferred", appraisals={"urgency": 3}))
    (kept,) = episodes_of(store, "ann")
    assert kept.episode.appraisals == {"effort": 2, "urgency": 3}
    assert kept.episode.source == "inferred"  # not all of it was stated
    remember(store, "ann", told("It rained.", NOW - DAY, appraisals={"effort": 1, "urgency": 2}))
    (kept,) = episodes_of(store, "ann")
    assert kept.episode.source == "stated"
    assert kept.count == 4


def test_consent_to_share_is_what_was_said_last(store: BaseStore) -> None:
    remember(store, "ann", told("It rained.", traits={"openness": 0.5}))
    assert episodes_of(store, "ann")[0].episode.traits == {}
    key = remember(store, "ann", told("It rained.", public=True, traits={"openness": 0.5})).key
    assert store.get(private_space("ann"), key) is None
    assert store.get(public_space("ann"), key) is not None
    assert len(recall(store, "ben", "It rained.")) == 1
    withdrawn = remember(store, "ann", told("It rained."))
    assert withdrawn.episode.traits == {}
    assert store.get(public_space("ann"), key) is None
    assert recall(store, "ben", "It rained.") == []
    assert [kept.count for kept in episodes_of(store, "ann")] == [3]


# --- contradictions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "contradict"),
    [
        (SAD, GLAD, True),
        (SAD, SAD, False),
        (SAD, {}, False),
        ({"appraisals": {"effort": 1}}, {"appraisals": {"effort": 3}}, True),
        ({"appraisals": {"effort": 1}}, {"appraisals": {"effort": 2.9}}, False),
        ({"appraisals": {"effort": 1}}, {"appraisals": {"urgency": 5}}, False),
        ({"emotions": {"joy": 0.5, "fear": 0.5}, "taxonomy": "ekman7"}, GLAD, False),
        # Labels of two taxonomies: loneliness is none of Ekman's, and as unpleasant as sadness; hope is not.
        (SAD, {"emotions": {"loneliness": 1.0}, "taxonomy": "counselling12"}, False),
        (SAD, {"emotions": {"hope": 1.0}, "taxonomy": "counselling12"}, True),
        (SAD, {"emotions": {"anger": 1.0}, "taxonomy": "counselling12"}, True),
        (
            {"emotions": {"neutral": 1.0}, "taxonomy": "ekman7"},
            {"emotions": {"no-emotion": 1.0}, "taxonomy": "envent13"},
            False,
        ),
    ],
)
def test_contradictions_are_both_kept_and_the_rest_merges(
    one: dict[str, Any], other: dict[str, Any], contradict: bool
) -> None:
    for first, second in ((one, other), (other, one)):
        store = in_memory()
        remember(store, "ann", told("It rained.", **first))
        remember(store, "ann", told("It rained.", NOW + DAY, **second))
        assert len(episodes_of(store, "ann")) == (2 if contradict else 1)


def test_contradictions_point_to_each_other_with_their_dates(store: BaseStore) -> None:
    sad = remember(store, "ann", told("It rained.", NOW, **SAD))
    glad = remember(store, "ann", told("it rained.", NOW + DAY, public=True, **GLAD))
    angry = {"emotions": {"anger": 1.0}, "taxonomy": "ekman7"}
    angered = remember(store, "ann", told("It rained.", NOW + 2 * DAY, **angry))
    assert glad.contradicts == [sad.key]
    assert sorted(angered.contradicts) == sorted([sad.key, glad.key])
    kept = {one.key: one for one in episodes_of(store, "ann")}
    assert sorted(kept[sad.key].contradicts) == sorted([glad.key, angered.key])
    assert sorted(kept[glad.key].contradicts) == sorted([sad.key, angered.key])
    assert [kept[key].episode.time for key in (sad.key, glad.key)] == [NOW, NOW + DAY]
    assert remember(store, "ann", told("It rained.", NOW + 3 * DAY, **SAD)).key == sad.key


def test_forgetting_takes_it_away_and_nothing_points_to_it(store: BaseStore) -> None:
    sad = remember(store, "ann", told("It rained.", **SAD))
    glad = remember(store, "ann", told("It rained.", public=True, **GLAD))
    forget(store, "ann", sad.key)
    (left,) = episodes_of(store, "ann")
    assert (left.key, left.contradicts) == (glad.key, [])
    assert [hit.key for hit in recall(store, "ann", "It rained.")] == [glad.key]
    with pytest.raises(KeyError, match=sad.key):
        forget(store, "ann", sad.key)
    with pytest.raises(KeyError):
        forget(store, "ben", glad.key)


# --- damage -----------------------------------------------------------------------------------------------------------


def test_a_damaged_episode_is_named_by_its_key_and_can_be_forgotten(store: BaseStore) -> None:
    key = remember(store, "ann", told("My secret.", **SAD)).key
    item = store.get(private_space("ann"), key)
    assert item is not None
    store.put(private_space("ann"), key, {**item.value, "emotions": {"sadness": 7.0}, "contradicts": 3})
    for reading in (lambda: episodes_of(store, "ann"), lambda: recall(store, "ann", "secret")):
        with pytest.raises(EpisodeError, match=rf"{key}.*emotions.*memory forget") as caught:
            reading()
        assert "My secret" not in str(caught.value)
    assert keys_of(store, "ann") == [key]
    forget(store, "ann", key)
    assert episodes_of(store, "ann") == []


# --- whose memory -----------------------------------------------------------------------------------------------------

NAMES = st.one_of(
    st.text(min_size=1, max_size=12),
    st.sampled_from(["a_b", "a", "b", "a.b", "a%2Eb", "langgraph", "people", "public", "..", "/", "é", "e\u0301", "A"]),
    st.builds(lambda name: name * 300, st.sampled_from(["x", "😀", "."])),
)


@given(NAMES, NAMES)
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_no_query_returns_another_persons_private_memory(ann: str, ben: str) -> None:
    assume(ann != ben)
    store = in_memory()
    remember(store, ann, told("only ann knows"))
    remember(store, ann, told("ann shares this", public=True))
    remember(store, ben, told("only ben knows"))
    for hit in recall(store, ben, "only ann knows", limit=50):
        assert hit.episode.event != "only ann knows"
        assert hit.own == (hit.episode.event == "only ben knows")
    assert [kept.episode.event for kept in episodes_of(store, ben)] == ["only ben knows"]
    assert {hit.episode.event for hit in recall(store, None, "only ann knows")} == {"ann shares this"}
    assert {hit.episode.event for hit in recall(store, ann, "knows", public=False)} == {
        "only ann knows",
        "ann shares this",
    }


@given(NAMES, NAMES)
def test_two_names_never_share_a_space_and_a_label_is_one_that_langgraph_takes(ann: str, ben: str) -> None:
    assert set(spaces(ann)).isdisjoint(spaces(ben)) == (ann != ben)
    for space in spaces(ann):
        assert all(label and "." not in label for label in space)
    assert private_space(ann)[:-1] == ("people",)
    assert public_space(ann)[:-1] == PUBLIC_SHELF


@pytest.mark.parametrize("name", ["ann", "Ann-2_b", "x" * 64])
def test_a_personas_name_is_its_own_label(name: str) -> None:
    assert private_space(name) == ("people", name)


@pytest.mark.parametrize(("name", "words"), [("", "name is empty"), ("a\ud800", "is no text")])
def test_what_is_no_name_is_refused(name: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        remember(in_memory(), name, told("x"))


class Loose(InMemoryStore):
    """Takes a prefix as mere text, as some of LangGraph's SQL stores do."""

    def search(self, prefix: tuple[str, ...], /, **options: Any) -> Any:  # type: ignore[override]
        wanted = ".".join(prefix)
        found = super().search((), **{**options, "limit": 1000, "offset": 0})
        loose = [item for item in found if ".".join(item.namespace).startswith(wanted)]
        return loose[options.get("offset", 0) :][: options.get("limit", 10)]


def test_a_store_that_takes_a_prefix_as_text_gives_nothing_away() -> None:
    store = Loose(index={"dims": DIMENSIONS, "embed": Words().embed, "fields": ["text"]})
    remember(store, "annabel", told("only annabel knows"))
    remember(store, "annabel", told("annabel shares", public=True))
    assert recall(store, "ann", "only annabel knows", public=False) == []
    assert episodes_of(store, "ann") == []
    assert [hit.own for hit in recall(store, "ann", "annabel shares")] == [False]


def test_a_public_episode_of_another_carries_no_name_no_traits_and_no_pointers(store: BaseStore) -> None:
    traits = {"openness": 0.5}
    remember(store, "Zenobia", told("It rained.", **SAD))
    remember(store, "Zenobia", told("It rained.", public=True, traits=traits, **GLAD))
    (hit,) = recall(store, "ben", "It rained.", traits=traits)
    assert not hit.own
    assert hit.closeness == 1.0
    assert "Zenobia" not in hit.model_dump_json()
    assert (hit.episode.traits, hit.contradicts) == ({}, [])
    own = recall(store, "Zenobia", "It rained.")
    assert {one.own for one in own} == {True}
    assert all(one.contradicts for one in own)


# --- the order --------------------------------------------------------------------------------------------------------


def test_similarity_outranks_the_other_parts(store: BaseStore) -> None:
    traits = {"openness": 0.5}
    remember(store, "ann", told("the bus left without me", NOW - 3000 * DAY))
    remember(store, "ann", told("a cake was baked today", NOW))
    remember(store, "eve", told("my cat had kittens", NOW, public=True, traits=traits))
    best, *_ = recall(store, "ann", "the bus left without me", traits=traits, now=NOW)
    assert best.episode.event == "the bus left without me"
    assert best.similarity == pytest.approx(1.0, abs=1e-5)
    assert best.closeness is None


def test_near_traits_recent_days_and_own_episodes_come_first_where_events_are_alike(store: BaseStore) -> None:
    for name, openness in (("near", 0.8), ("far", 0.0)):
        remember(store, name, told("the bus left", NOW, public=True, traits={"openness": openness}))
    remember(store, "unknown", told("the bus left", NOW, public=True))
    remember(store, "ann", told("The bus left", NOW))
    remember(store, "ann", told("left the bus", NOW - 365 * DAY))
    hits = recall(store, "ann", "the bus left", traits={"openness": 0.9}, now=NOW, limit=5)
    assert [hit.closeness for hit in hits] == [None, pytest.approx(0.9), None, 0.5, pytest.approx(0.1)]
    assert [hit.recency for hit in hits if hit.own] == [1.0, pytest.approx(0.5 ** (365 / 180))]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_the_score_is_the_weighted_sum_of_its_parts(store: BaseStore) -> None:
    remember(store, "ann", told("the bus left", NOW - 10 * DAY))
    remember(store, "ben", told("the bus left", NOW - 10 * DAY, public=True, traits={"openness": 0.0}))
    mix = Mix(similarity=2.0, closeness=3.0, recency=5.0, own=7.0, half_life_days=10.0)
    own, other = recall(store, "ann", "the bus left", traits={"openness": 0.25}, now=NOW, mix=mix)
    assert own.score == pytest.approx(2.0 * 1.0 + 5.0 * 0.5 + 7.0, abs=1e-4)
    assert other.score == pytest.approx(2.0 * 1.0 + 3.0 * 0.75 + 5.0 * 0.5, abs=1e-4)


def test_an_event_to_come_is_no_more_recent_than_now(store: BaseStore) -> None:
    remember(store, "ann", told("the bus leaves", NOW + 1000 * DAY))
    assert recall(store, "ann", "the bus leaves", now=NOW)[0].recency == 1.0


UNIT = st.floats(0, 1)
TRAITS = st.dictionaries(st.sampled_from(["openness", "neuroticism", "extraversion"]), UNIT)


@given(TRAITS, TRAITS)
def test_closeness_is_symmetric_in_bounds_and_one_for_oneself(one: dict[str, float], other: dict[str, float]) -> None:
    assert closeness(one, other) == closeness(other, one)
    assert -1e-12 <= closeness(one, other) <= 1.0
    assert closeness(one, one) == (1.0 if one else 0.5)


def test_closeness_is_over_the_traits_that_both_know() -> None:
    ours, theirs = {"openness": 0.0, "neuroticism": 1.0}, {"openness": 0.6, "neuroticism": 0.2, "extraversion": 0.0}
    assert closeness(ours, theirs) == pytest.approx(1.0 - math.sqrt((0.36 + 0.64) / 2))
    assert closeness({"openness": 0.0}, {"neuroticism": 0.0}) == 0.5


def test_many_own_public_episodes_do_not_crowd_out_those_of_others(store: BaseStore) -> None:
    remember_all(store, (("ann", told(f"the bus left {number}", public=True)) for number in range(200)))
    remember(store, "ben", told("my bus is gone", public=True))
    hits = recall(store, "ann", "the bus left", limit=200, mix=Mix(own=0.0))
    assert sum(not hit.own for hit in hits) + sum(hit.own for hit in hits) == 200
    assert any(not hit.own for hit in recall(store, "ann", "the bus left", mix=Mix(closeness=10.0)))


def test_of_many_readers_of_one_event_the_nearest_are_found(store: BaseStore) -> None:
    event: dict[str, Any] = {"event": "the bus left", "public": True, "source": "dataset"}
    remember_all(store, ((f"e{number}", told(**event, traits={"openness": number / 36})) for number in range(36)))
    hits = recall(store, None, "the bus left", traits={"openness": 1.0}, limit=3)
    assert [hit.closeness for hit in hits] == [pytest.approx(number / 36) for number in (35, 34, 33)]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"limit": 0}, "at least 1"),
        ({"now": datetime(2026, 1, 1)}, "time zone"),
        ({"traits": {"courage": 0.5}}, "unknown name 'courage'"),
        ({"event": " "}, "no words"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        recall(in_memory(), "ann", **{"event": "It rained.", **options})


def test_a_store_without_an_index_is_refused() -> None:
    store = InMemoryStore()
    remember(store, "ann", told("It rained."))
    with pytest.raises(ValueError, match="no index"):
        recall(store, "ann", "It rained.")


# --- many at once -----------------------------------------------------------------------------------------------------


class Counting(InMemoryStore):
    """Counts the batches."""

    batches = 0

    def batch(self, ops: Any) -> Any:
        self.batches += 1
        return super().batch(ops)


def test_a_data_set_is_kept_in_batches_once_and_unmerged() -> None:
    store = Counting(index={"dims": DIMENSIONS, "embed": Words().embed, "fields": ["text"]})
    items = [("e1", told("It rained.", source="dataset", public=True, **SAD))]
    items += [("e1", told("it rained.", source="dataset", public=True, **GLAD))]
    items += [("e2", told(f"event {number}", source="dataset")) for number in range(5)]
    assert remember_all(store, iter(items), batch=3) == 7
    assert store.batches == 3
    kept = episodes_of(store, "e1")
    assert len(kept) == 2
    assert [one.contradicts for one in kept] == [[], []]
    remember_all(store, items)
    assert len(episodes_of(store, "e1")) == 2
    assert len(episodes_of(store, "e2")) == 5
    with pytest.raises(ValueError, match="at least 1"):
        remember_all(store, [], batch=0)


def test_a_key_tells_nothing_of_the_person_or_their_traits() -> None:
    store = in_memory()
    for name, openness in (("e1", 0.25), ("e2", 0.75)):
        remember_all(store, [(name, told("It rained.", public=True, traits={"openness": openness}))])
    assert keys_of(store, "e1") == keys_of(store, "e2")


def test_a_person_with_thousands_of_episodes_has_all_of_them_listed() -> None:
    store = in_memory()
    remember_all(store, (("ann", told(f"event {number}", NOW + timedelta(seconds=number))) for number in range(2_300)))
    kept = episodes_of(store, "ann")
    assert len({one.key for one in kept}) == 2_300
    assert kept[0].episode.event == "event 2299"
