"""Counselling sessions as programs hold them: kept, resumed, separate, one turn at a time, with a memory."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.embeddings import Embeddings
from langchain_core.messages import BaseMessage
from langgraph.store.memory import InMemoryStore

from affectgraph.agents.counselling import Counsellor, open_counsellor
from affectgraph.backends.errors import BackendError, InputError
from affectgraph.backends.scripted import Reply, ScriptedBackend
from affectgraph.graphs import Finished, Sentence, load, load_settings
from affectgraph.graphs.running import Kept
from affectgraph.tools import episodes
from affectgraph.tools.persona import Persona
from tests.graphs.conftest import player

CALM = "My manager moved the deadline again and I had to cancel the weekend with my sister."
CAUSES = {"causes": [{"cause": "Something weighs on them.", "segments": ["s1"]}], "beliefs": []}
REPLY = "You had to give up the weekend with your sister."
ANNA = Persona(name="anna")


class Model:
    """Says `REPLY`; `held` stops it in the middle of a turn, `broken` makes it fail there."""

    def __init__(self) -> None:
        self.asked: list[list[BaseMessage]] = []
        self.held = threading.Event()
        self.held.set()
        self.reached = threading.Event()
        self.broken = False
        play = player(causes=CAUSES, speak=REPLY)

        def answer(messages: list[BaseMessage]) -> Reply:
            self.asked.append(messages)
            if "Now speak" in str(messages[-1].text):
                self.reached.set()
                self.held.wait(20)
                if self.broken:
                    raise BackendError("the engine is gone")
            return play(messages)

        self.backend = ScriptedBackend(label="scripted", replies=answer)


class Letters(Embeddings):
    """A stand-in for an embedder: the letters of a text, so that near texts are near."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        vector = [0.1] * 16
        for word in text.lower().split():
            vector[hashlib.sha256(word.encode()).digest()[0] % 16] += 1.0
        return vector


@pytest.fixture
def model() -> Model:
    return Model()


@pytest.fixture
def settings(tmp_path: Path) -> Any:
    return load_settings(
        overrides=[f"data_dir={tmp_path}", "counsel.learned=false", "counsel.replies=model"], environment={}
    ).settings


@pytest.fixture
def counsellor(settings: Any, model: Model) -> Iterator[Counsellor]:
    with open_counsellor(settings, model=model.backend) as opened:
        yield opened


def said(events: Iterator[Any]) -> Any:
    return next(event.output for event in events if isinstance(event, Finished))


def test_a_turn_is_on_disk_before_anything_is_done_with_it(counsellor: Counsellor) -> None:
    talk = counsellor.start("ann")
    events = talk.say(CALM)
    assert isinstance(next(events), Kept)
    assert counsellor.names() == ["ann"]
    assert said(events).reply.text == REPLY


def test_a_session_is_resumed_with_what_was_chosen_in_it(counsellor: Counsellor) -> None:
    talk = counsellor.start("ann")
    talk.wish = "heard"
    talk.choose_country("ie")
    said(talk.say(CALM))
    again = counsellor.resume("ann")
    assert (again.wish, again.country) == ("heard", "IE")
    assert [turn.text for turn in again.state().history] == [CALM]


def test_what_one_browser_owns_no_other_finds_reads_or_erases(counsellor: Counsellor) -> None:
    talk = counsellor.start("s1", owner="first-token")
    said(talk.say(CALM))
    assert counsellor.names("first-token") == ["s1"]
    for other in ("", "second-token", "first-toke", "first-token "):
        assert counsellor.names(other) == []
        with pytest.raises(InputError, match="no session"):
            counsellor.resume("s1", owner=other)
    assert "first-token" not in counsellor.settings.data_dir.joinpath("sessions.sqlite").read_bytes().decode("latin-1")
    with pytest.raises(InputError, match=r"already|another name"):
        counsellor.start("s1", owner="second-token")


def test_one_turn_at_a_time_runs_in_a_session(counsellor: Counsellor, model: Model) -> None:
    model.held.clear()
    first = threading.Thread(target=lambda: said(counsellor.start("ann").say(CALM)))
    first.start()
    assert model.reached.wait(20)
    try:
        with pytest.raises(InputError, match="still running"):
            said(counsellor.resume("ann").say("And another thing happened."))
    finally:
        model.held.set()
        first.join(20)
    assert [turn.text for turn in counsellor.resume("ann").state().history] == [CALM]


def test_a_turn_whose_backend_fails_goes_on_where_it_stopped(counsellor: Counsellor, model: Model) -> None:
    talk = counsellor.start("ann")
    model.broken = True
    with pytest.raises(BackendError):
        said(talk.say(CALM))
    assert talk.pending
    model.broken = False
    asked = len(model.asked)
    assert said(talk.go_on()).reply.text == REPLY
    assert len(model.asked) == asked + 1, "only the node that failed runs again"
    assert not talk.pending


def test_export_holds_everything_and_erase_leaves_nothing(counsellor: Counsellor) -> None:
    talk = counsellor.start("ann")
    said(talk.say(CALM))
    assert json.loads(talk.export())["state"]["history"][0]["text"] == CALM
    talk.erase()
    assert counsellor.names() == []
    left = b"".join(file.read_bytes() for file in counsellor.settings.data_dir.rglob("*") if file.is_file())
    assert b"deadline" not in left


@pytest.mark.parametrize("name", ["../x", "", "a" * 65, "a b"])
def test_a_name_that_could_be_a_path_is_refused(counsellor: Counsellor, name: str) -> None:
    if not name:
        assert counsellor.start(name).name
        return
    with pytest.raises(InputError, match="cannot be called"):
        counsellor.start(name)


# --- memory ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def remembering(settings: Any, model: Model) -> Iterator[Counsellor]:
    from affectgraph.agents.sessions import opened

    store = InMemoryStore(index={"dims": 16, "embed": Letters(), "fields": ["text"]})
    with opened(settings) as saver:
        graph = load("counsel", settings=settings, model=model.backend, checkpointer=saver, store=store)
        yield Counsellor(settings, graph, saver, store)


def test_what_a_person_told_is_recalled_in_a_later_session(remembering: Counsellor, model: Model) -> None:
    said(remembering.start("one", persona=ANNA).say(CALM))
    later = remembering.start("two", persona=ANNA)
    assert [item.episode.event for item in later.memories()] == [CALM]
    output = said(later.say("My sister and the deadline again."))
    assert output.recalled == [CALM]
    assert any(CALM in str(message.text) for message in model.asked[-1])


def test_what_another_person_told_is_never_recalled(remembering: Counsellor, model: Model) -> None:
    said(remembering.start("one", persona=ANNA).say(CALM))
    before = len(model.asked)
    output = said(remembering.start("two", persona=Persona(name="ben")).say("My sister and the deadline again."))
    assert output.recalled == []
    assert not any(CALM in str(message.text) for asked in model.asked[before:] for message in asked)


def test_a_memory_is_forgotten_one_by_one(remembering: Counsellor) -> None:
    talk = remembering.start("one", persona=ANNA)
    said(talk.say(CALM))
    talk.forget(talk.memories()[0].key)
    assert talk.memories() == []
    with pytest.raises(InputError, match="no memory"):
        talk.forget("x")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (CALM, True),
        ("I keep thinking about killing myself.", False),
        ("I'm 14 and my teacher shouted at me in front of all of them.", False),
        ("Thank you!", False),
    ],
)
def test_no_crisis_no_courtesy_and_nothing_of_a_minor_is_remembered(
    remembering: Counsellor, text: str, kept: bool
) -> None:
    talk = remembering.start("one", persona=ANNA)
    said(talk.say(text))
    assert bool(talk.memories()) is kept


def test_the_person_decides_whether_they_are_remembered(remembering: Counsellor) -> None:
    talk = remembering.start("one", persona=ANNA)
    talk.remember = False
    said(talk.say(CALM))
    assert talk.memories() == []


def test_a_damaged_memory_takes_no_reply_away(remembering: Counsellor, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: Any, **kwargs: Any) -> Any:
        raise episodes.EpisodeError("the stored episode is damaged")

    monkeypatch.setattr(episodes, "recall", fails)
    monkeypatch.setattr(episodes, "remember", fails)
    events = list(remembering.start("one", persona=ANNA).say(CALM))
    assert [event.text for event in events if isinstance(event, Sentence)] == [REPLY]
