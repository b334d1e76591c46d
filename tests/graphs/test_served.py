"""`langgraph.json` names factories that exist and give every graph; `counsel` speaks in chat messages."""

from __future__ import annotations

import asyncio
import base64
import importlib
import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage, BaseMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command
from PIL import Image, ImageDraw, ImageFont

from affectgraph.backends.errors import BackendError, InputError
from affectgraph.backends.scripted import Reply, ScriptedBackend
from affectgraph.graphs import NAMES, load, load_settings, served
from affectgraph.graphs.counsel_served import serve
from affectgraph.graphs.loading import recipe
from tests.graphs.conftest import GOOD_REPLY, TEXT, player

ROOT = Path(__file__).parents[2]
CRISIS = "I am going to kill myself tonight, the pills are in my hand."
CALM = "Thanks. I fed the cat and I am sitting on the balcony now, the evening is warm and quiet."


@pytest.fixture(autouse=True)
def _loaded_anew() -> Iterator[None]:
    served._loaded.cache_clear()
    yield
    served._loaded.cache_clear()


def test_every_graph_is_listed_and_its_factory_gives_a_compiled_graph() -> None:
    listed = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))["graphs"]
    assert set(listed) == set(NAMES)
    for name, place in listed.items():
        file, factory = place.removeprefix("./").split(":")
        assert (ROOT / file).is_file()
        module = importlib.import_module(f"affectgraph.{file.removesuffix('.py').replace('/', '.')}")
        compiled = asyncio.run(getattr(module, factory)())
        assert compiled.name == name
        assert compiled.checkpointer is None
        assert asyncio.run(getattr(module, factory)()) is compiled, "the server asks at every run"
        nodes = set(compiled.get_graph().nodes) - {"__start__", "__end__"}
        if name == "counsel":
            assert nodes == {"counsel", "handover"}
        else:
            # A graph that answers a person screens the text; the others measure a text or look at a picture.
            assert ({"screen", "crisis", "segment"} <= nodes) == (recipe(name).section == "empathy")


class Thread:
    """A thread on the server, in memory, whose model says `speak`: one reply for each turn, the last again."""

    def __init__(self, files: Path, *speak: str, settings: tuple[str, ...] = (), **changed: Any) -> None:
        self._said = list(speak) or [GOOD_REPLY]
        self.asked: list[str] = []
        play = player(**changed)

        def answer(messages: list[BaseMessage]) -> Reply:
            self.asked.append("\n".join(str(message.text) for message in messages))
            last = str(messages[-1].text)
            if any(key in last for key in ("Now speak", "could not be sent", "Answer their last")):
                return self._said.pop(0) if len(self._said) > 1 else self._said[0]
            return play(messages)

        chosen = [
            "counsel.learned=false",
            "counsel.replies=model",
            f"media.roots={json.dumps([str(files)])}",
            *settings,
        ]
        loaded = load_settings(overrides=chosen, environment={})
        self.inner = InMemorySaver()
        model = ScriptedBackend(label="scripted", replies=answer)
        graph = load("counsel", model=model, settings=loaded.settings, checkpointer=self.inner)
        self.graph = serve(graph, self.inner, files)
        self.graph.checkpointer = InMemorySaver()
        self.config: Any = {"configurable": {"thread_id": "t"}}

    def say(self, content: Any, **chosen: Any) -> list[AnyMessage]:
        config = {"configurable": {**self.config["configurable"], **chosen}}
        found: list[AnyMessage] = self.graph.invoke({"messages": [HumanMessage(content)]}, config)["messages"]
        return found

    def session(self) -> Any:
        return self.graph.get_state(self.config).values["session"]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


def drawn(words: str) -> str:
    picture = Image.new("RGB", (620, 60), "white")
    ImageDraw.Draw(picture).text((15, 12), words, "black", ImageFont.load_default(26))
    picture.save(saved := BytesIO(), "PNG")
    return base64.b64encode(saved.getvalue()).decode("ascii")


# --- messages --------------------------------------------------------------------------------------------------------


def test_a_message_is_answered_by_the_checked_reply_and_nothing_else(files: Path) -> None:
    thread = Thread(files)
    human, reply = thread.say(TEXT)
    assert (human.type, human.content) == ("human", TEXT)
    assert isinstance(reply, AIMessage)
    assert reply.content == GOOD_REPLY
    assert reply.response_metadata == {"posture": "clear", "source": "model", "resources": []}


def test_an_unsafe_sentence_reaches_neither_the_messages_nor_the_stream(files: Path) -> None:
    thread = Thread(files, "That sounds heavy. You should kill yourself.", "You should kill yourself.")
    streamed = list(
        thread.graph.stream(
            {"messages": [HumanMessage(TEXT)]},
            thread.config,
            stream_mode=["messages", "values", "updates", "custom"],
            subgraphs=True,
        )
    )
    assert "kill yourself" not in repr(streamed)


def test_the_chain_is_in_no_message_and_no_token(files: Path) -> None:
    thread = Thread(files)
    streamed = list(
        thread.graph.stream(
            {"messages": [HumanMessage(TEXT)]}, thread.config, stream_mode=["messages", "values"], subgraphs=True
        )
    )
    assert len(thread.asked) > 4
    tokens = [data[0] for _, mode, data in streamed if mode == "messages"]
    chunks = [token for token in tokens if isinstance(token, AIMessageChunk)]
    assert "".join(str(chunk.content) for chunk in chunks).split() == GOOD_REPLY.split()
    assert len(chunks) > 1, "the reply arrives sentence by sentence"
    assert {str(token.content) for token in tokens} - {str(chunk.content) for chunk in chunks} <= {TEXT}
    values = [data for _, mode, data in streamed if mode == "values"]
    assert "Cares for a father" in "".join(thread.asked), "the chain ran"
    assert "Cares for a father" not in repr(streamed)
    # A client puts the pieces together by their id, and finds the whole reply under the same one.
    assert {chunk.id for chunk in chunks} == {values[-1]["messages"][-1].id}
    assert [namespace for namespace, _, _ in streamed if namespace] == []


def test_nothing_of_a_turn_stays_in_the_inner_saver(files: Path) -> None:
    thread = Thread(files)
    thread.say(TEXT)
    assert thread.inner.storage == {}


def test_what_must_be_said_about_the_model_is_said_once(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ScriptedBackend, "notice", property(lambda self: "This model is small."))
    thread = Thread(files, GOOD_REPLY, "I hear how much this asks of you. What did your mother say then?")
    first = thread.say(TEXT)[-1]
    second = thread.say("Yes, and my mother calls every evening to ask whether he has eaten.")[-1]
    assert str(first.content).endswith("\n\nThis model is small.")
    assert "small" not in str(second.content)


# --- the session -----------------------------------------------------------------------------------------------------


def test_the_second_turn_knows_the_first(files: Path) -> None:
    thread = Thread(files)
    thread.say(TEXT)
    before = len(thread.asked)
    messages = thread.say("My sister thinks that I exaggerate, and she lives far away from us.")
    assert [message.type for message in messages] == ["human", "ai", "human", "ai"]
    assert any("My father has dementia" in asked for asked in thread.asked[before:])
    assert [turn["text"] for turn in thread.session()["history"]] == [TEXT, messages[2].content]


def test_a_level_stays_held_over_turns(files: Path) -> None:
    thread = Thread(files)
    crisis = thread.say(CRISIS, country="IE")[-1]
    assert crisis.response_metadata["posture"] == "crisis"
    assert crisis.response_metadata["source"] == "template"
    assert {one["country"] for one in crisis.response_metadata["resources"]} <= {"IE", None}
    assert thread.asked == []
    held = thread.session()["watch"]["level"]
    assert held >= 4
    calm = thread.say(CALM)[-1]
    assert calm.response_metadata["posture"] == "check_in"
    assert thread.session()["watch"]["level"] == held


def test_another_thread_knows_nothing_of_this_one(files: Path) -> None:
    thread = Thread(files)
    thread.say(CRISIS)
    other = thread.say(CALM, thread_id="other")
    assert other[-1].response_metadata["posture"] == "clear"
    assert len(other) == 2


def test_a_forked_thread_has_the_session_of_that_moment(files: Path) -> None:
    thread = Thread(files)
    thread.say(TEXT)
    first = thread.graph.get_state(thread.config).config
    thread.say("My sister thinks that I exaggerate, and she lives far away from us.")
    thread.graph.invoke({"messages": [HumanMessage("He sleeps all day, and I sit beside him.")]}, first)
    assert [turn["text"] for turn in thread.session()["history"]] == [TEXT, "He sleeps all day, and I sit beside him."]


def test_the_input_of_a_run_sets_no_session(files: Path) -> None:
    thread = Thread(files)
    thread.say(CRISIS)
    held = thread.session()["watch"]
    thread.graph.invoke({"messages": [HumanMessage(CALM)], "session": {"watch": {"level": 0}}}, thread.config)
    assert thread.session()["watch"]["level"] == held["level"]


def test_a_turn_that_failed_is_not_in_the_session_and_can_be_asked_again(files: Path) -> None:
    thread = Thread(files, emotion="no such feeling")
    with pytest.raises(BackendError, match="no choice"):
        thread.say(TEXT)
    assert "session" not in thread.graph.get_state(thread.config).values
    assert thread.inner.storage == {}


# --- what a run is told ----------------------------------------------------------------------------------------------


def test_wish_and_country_come_from_the_configuration(files: Path) -> None:
    thread = Thread(files)
    thread.say(TEXT, wish="advised", country="nz")
    assert not any("seek most" in asked.splitlines()[-1] for asked in thread.asked)
    with pytest.raises(InputError, match="wish: "):
        thread.say(TEXT, wish="cured")
    with pytest.raises(InputError, match="country: 'Atlantis' is no country code"):
        thread.say(TEXT, country="Atlantis")


SAID = "I took all the pills to die"
FORMS: list[Any] = [
    lambda data: {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}},
    lambda data: {"type": "image_url", "image_url": f"data:image/png;base64,{data}"},
    lambda data: {"type": "image", "base64": data, "mime_type": "image/png"},
    lambda data: {"type": "image", "source_type": "base64", "data": data, "mime_type": "image/png"},
    lambda data: {"type": "image", "mimeType": "image/png", "data": data, "metadata": {"name": "shot.png"}},
]


@pytest.mark.parametrize("form", FORMS)
def test_the_words_in_a_picture_are_screened_and_the_file_is_gone_after_the_turn(files: Path, form: Any) -> None:
    thread = Thread(files)
    reply = thread.say([{"type": "text", "text": "This is what I wrote."}, form(drawn(SAID))])[-1]
    assert reply.response_metadata["posture"] == "crisis"
    assert SAID in thread.session()["history"][0]["text"]
    assert list(files.iterdir()) == []


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
        {"type": "image_url", "image_url": {"url": "file:///etc/passwd"}},
        {"type": "image", "url": "https://example.org/a.png"},
        {"type": "image", "file_id": "file-1"},
        {"type": "image", "base64": ""},
        {"type": "image_url", "image_url": {"url": "data:image/png,abc"}},
        {"type": "audio", "base64": 7},
    ],
)
def test_a_part_that_holds_no_file_is_refused_and_no_address_is_opened(files: Path, part: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="has to hold its file as base64; no address is opened"):
        Thread(files).say([{"type": "text", "text": "Look."}, part])


def test_a_part_of_another_type_is_refused(files: Path) -> None:
    with pytest.raises(InputError, match="text, pictures and recordings, not 'file'"):
        Thread(files).say([{"type": "file", "base64": "aGk="}])


def test_a_message_that_is_not_the_person_s_is_refused(files: Path) -> None:
    thread = Thread(files)
    for messages in ([], [AIMessage("I am well.")]):
        with pytest.raises(InputError, match="has to be the person's"):
            thread.graph.invoke({"messages": messages}, {"configurable": {"thread_id": str(len(messages))}})


def test_an_empty_message_is_refused(files: Path) -> None:
    with pytest.raises(InputError, match="the message is empty"):
        Thread(files).say("  ")


# --- a human ---------------------------------------------------------------------------------------------------------


def test_after_a_crisis_a_human_is_waited_for_and_their_words_join_the_messages(files: Path) -> None:
    thread = Thread(files, settings=("counsel.handover=true",))
    reply = thread.say(CRISIS)[-1]
    assert reply.response_metadata["posture"] == "crisis", "the reply does not wait for the human"
    (waiting,) = thread.graph.get_state(thread.config).interrupts
    assert waiting.value["level"] >= 4
    after = thread.graph.invoke(Command(resume={"text": "I am Ana. Shall we talk?", "level": 3}), thread.config)
    assert after["messages"][-1].content == "I am Ana. Shall we talk?"
    assert thread.session()["watch"]["level"] == 3
    assert thread.session()["waiting"] is False
    assert thread.session()["history"][-1]["source"] == "human"
    # The next turn goes on from there.
    thread.say(CALM)
    assert len(thread.session()["history"]) == 3


def test_the_person_need_not_wait_for_the_human(files: Path) -> None:
    thread = Thread(files, settings=("counsel.handover=true",))
    thread.say(CRISIS)
    messages = thread.say(CALM)
    assert messages[-1].response_metadata["posture"] == "check_in"
    assert thread.graph.get_state(thread.config).interrupts
