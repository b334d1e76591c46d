"""Images to remote endpoints and to a user's own chat model: what is sent, and what is refused before it is."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from PIL import Image
from pydantic import ValidationError

from affectgraph.backends.adapt import adapt
from affectgraph.backends.base import Capabilities
from affectgraph.backends.config import RemoteConfig
from affectgraph.backends.errors import CapabilityError, InputError
from affectgraph.backends.media_images import as_data_url, encoded
from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.backends.vision import IMAGE_TOKENS
from tests.backends.fake_server import Endpoint, Mood, Open, answer, events, scored
from tests.backends.test_adapt import Listening

PICTURE = Image.radial_gradient("L").resize((48, 32)).convert("RGB")
URL = as_data_url(PICTURE, format="png")
PART: dict[str, Any] = {"type": "image_url", "image_url": {"url": URL, "detail": "low"}}
LOOK: list[BaseMessage] = [
    SystemMessage("You are kind."),
    HumanMessage([PART, {"type": "text", "text": "What does it show?"}]),
    AIMessage("A lamp."),
    HumanMessage("How does it feel?"),
]
ALONE: list[BaseMessage] = [HumanMessage([{"type": "text", "text": "How does it feel?"}, PART])]


def sent_image(body: dict[str, Any], message: int = 1, part: int = 0) -> bytes:
    url: str = body["messages"][message]["content"][part]["image_url"]["url"]
    return base64.b64decode(url.partition(",")[2])


def test_the_server_receives_the_picture_as_it_was_given(endpoint: Endpoint, remote: Open) -> None:
    endpoint.script = [answer(), events("a", "b")]
    backend = remote(image=True)
    assert backend.capabilities.listed() == ["text", "image"]
    backend.invoke(LOOK)
    list(backend.stream(LOOK))
    for body in endpoint.bodies:
        assert body["messages"][1]["content"] == cast(Any, LOOK[1].content)
        assert [message["content"] for message in body["messages"][2:]] == ["A lamp.", "How does it feel?"]
        assert sent_image(body) == encoded(PICTURE, format="png")


@pytest.mark.parametrize("json_answers", ["server", "prompt"])
def test_a_structured_answer_and_its_second_try_keep_the_picture(
    json_answers: str, endpoint: Endpoint, remote: Open
) -> None:
    endpoint.script = [answer('{"mood": "purple"}'), answer('{"mood": "low"}')]
    assert remote(image=True, json_answers=json_answers).fill(LOOK, Mood).mood == "low"
    assert [body["messages"][1]["content"] for body in endpoint.bodies] == [LOOK[1].content] * 2


def test_a_schema_in_words_goes_behind_the_picture_of_the_last_message(endpoint: Endpoint, remote: Open) -> None:
    endpoint.script = [answer('{"mood": "low"}')]
    remote(image=True, json_answers="prompt").fill(ALONE, Mood)
    text, picture, schema = endpoint.bodies[0]["messages"][0]["content"]
    assert [text, picture] == ALONE[0].content
    assert '"mood"' in schema["text"]


def test_labels_are_chosen_by_letter_with_the_picture(endpoint: Endpoint, remote: Open) -> None:
    endpoint.script = [scored(("A", -0.1), ("B", -2.0))]
    found = remote(image=True, logprobs=True).choose(ALONE, ["joy", "sadness"])
    assert found.top == "joy"
    assert found.calibration != "uncalibrated"
    text, picture, letters = endpoint.bodies[0]["messages"][0]["content"]
    assert [text, picture] == ALONE[0].content
    assert "A) joy B) sadness" in letters["text"]


def test_labels_are_chosen_by_answer_with_the_picture(endpoint: Endpoint, remote: Open) -> None:
    endpoint.script = [answer('{"label": "joy", "confidence": 0.7}')]
    assert remote(image=True).choose(LOOK, ["joy", "sadness"]).top == "joy"
    assert sent_image(endpoint.bodies[0]) == encoded(PICTURE, format="png")


def test_without_the_setting_nothing_is_sent_and_the_backend_is_named(endpoint: Endpoint, remote: Open) -> None:
    backend = remote(logprobs=True)
    calls: list[Callable[[list[BaseMessage]], Any]] = [
        backend.invoke,
        lambda messages: list(backend.stream(messages)),
        partial(backend.fill, schema=Mood),
        partial(backend.choose, options=["joy", "sadness"]),
    ]
    for call in calls:
        with pytest.raises(CapabilityError, match=r"'far' reads text only.*image = true in \[backends.far\]"):
            call(LOOK)
    assert endpoint.bodies == []


def test_pictures_count_where_the_server_does_not_count(endpoint: Endpoint, remote: Open) -> None:
    endpoint.script = [answer(usage=None), answer(usage=None)]
    backend = remote(image=True)
    plain, seen = (backend.invoke(messages).usage_metadata for messages in ([HumanMessage("How does it feel?")], ALONE))
    assert plain is not None
    assert seen is not None
    assert seen["input_tokens"] == plain["input_tokens"] + IMAGE_TOKENS


def test_another_sdk_is_given_the_picture_as_instructor_writes_it(
    remote: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    import instructor

    asked: list[Any] = []

    class Client:
        client = object()

        def create(self, schema: type[Mood], messages: list[Any], **_: Any) -> Mood:
            asked.append(messages)
            return schema(mood="low")

    monkeypatch.setattr("instructor.from_provider", lambda model, **given: Client())
    given = {"base_url": None, "model": "sdk/m", "api_key_env": None, "consent": True}
    assert remote(image=True, **given).fill(LOOK, Mood).mood == "low"
    picture, text = asked[0][1]["content"]
    assert isinstance(picture, instructor.Image)
    assert picture.to_anthropic()["source"]["data"] == URL.partition(",")[2]
    assert text == "What does it show?"
    assert asked[0][3]["content"] == "How does it feel?"
    address = [HumanMessage([{"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}}])]
    with pytest.raises(InputError, match="no address is fetched"):
        remote(image=True, **given).fill(address, Mood)
    with pytest.raises(CapabilityError, match="'far' reads text only"):
        remote(**given).fill(LOOK, Mood)
    assert len(asked) == 1


def test_a_users_own_model_gets_pictures_where_it_is_said_to_read_them() -> None:
    model = Listening(answers=["a lamp", '{"mood": "low"}'])
    own = adapt(model, capabilities=Capabilities(image=True))
    assert own.invoke(LOOK).text == "a lamp"
    assert own.fill(ALONE, Mood).mood == "low"
    assert model._asked[0] == LOOK
    text, picture, schema = cast(list[Any], model._asked[1][0].content)
    assert [text, picture] == ALONE[0].content
    assert '"mood"' in schema["text"]


def test_a_users_own_model_is_taken_to_read_text_only() -> None:
    model = Listening()
    own = adapt(model)
    for call in (own.invoke, lambda messages: list(own.stream(messages)), partial(own.fill, schema=Mood)):
        with pytest.raises(CapabilityError, match=r"'own' reads text only.*Capabilities\(image=True\)"):
            call(LOOK)
    assert model._asked == []
    # Parts of other kinds are its own affair: its own earlier answers may hold them.
    thought = [HumanMessage("Hi."), AIMessage([{"type": "thinking", "thinking": "hm"}]), HumanMessage("And?")]
    assert own.invoke(thought).text == "fine"


SOUND: dict[str, Any] = {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}
CLIP: dict[str, Any] = {"type": "video", "video": [URL], "fps": 1.0}


def heard(part: dict[str, Any]) -> list[BaseMessage]:
    return [HumanMessage([part, {"type": "text", "text": "How does it sound?"}])]


def test_sound_is_sent_where_the_settings_say_that_the_model_hears(endpoint: Endpoint, remote: Open) -> None:
    endpoint.script = [answer()]
    backend = remote(audio=True)
    assert backend.capabilities.listed() == ["text", "audio"]
    backend.invoke(heard(SOUND))
    assert endpoint.bodies[0]["messages"][0]["content"][0] == SOUND
    with pytest.raises(ValidationError, match="audio needs base_url"):
        RemoteConfig(model="openai/m", audio=True)


def test_sound_and_video_are_refused_before_anything_is_sent(endpoint: Endpoint, remote: Open) -> None:
    script = ScriptedBackend(label="script", replies=["fine"])
    for part, way in ((SOUND, "hears"), (CLIP, "sees video")):
        for backend in (remote(image=True), script):
            with pytest.raises(CapabilityError, match=rf"; give the role a backend that {way}"):
                backend.invoke(heard(part))
    assert endpoint.bodies == []
    assert script.invoke(LOOK).content == "fine"
