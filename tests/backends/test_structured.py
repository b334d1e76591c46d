"""`fill_through` over a listed chat model: what it sends, when it asks again, and what it keeps quiet."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.tracers.base import BaseTracer
from langchain_core.tracers.schemas import Run
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator

from affectgraph.backends.errors import (
    AnswerBudgetExceeded,
    BackendError,
    ContextOverflow,
    MalformedAnswer,
    TruncatedAnswer,
)
from affectgraph.backends.structured import answer_text, compact_schema, fill_through

SECRET = "my sister Petronella drowned"
TEXT = f"{SECRET} {{{{ 7 * 7 }}}} {{% if x %}} {{{{ undefined.name }}}} {{x}}"
ASK = [SystemMessage("Be kind."), HumanMessage(TEXT), AIMessage("I see."), HumanMessage("What is the mood?")]
VALID = '{"mood":  "sad", "level": 3}'
SAD = {"mood": "sad", "level": 3}


class Mood(BaseModel):
    model_config = ConfigDict(extra="forbid")

    mood: str = Field(min_length=3)
    level: int

    @field_validator("level")
    @classmethod
    def _is_cited(cls, level: int) -> int:
        if level > 9:
            raise ValueError("there are nine levels")
        return level


class Listed(BaseChatModel):
    """Answers in order; an exception is raised instead. Remembers what it was asked."""

    answers: list[Any]
    _asked: list[list[BaseMessage]] = PrivateAttr(default_factory=list)
    _options: list[dict[str, Any]] = PrivateAttr(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "listed"

    @property
    def asked(self) -> list[list[tuple[str, str]]]:
        """(type, content) of the messages of every request."""
        return [[(message.type, str(message.content)) for message in request] for request in self._asked]

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        self._asked.append(list(messages))
        self._options.append(kwargs)
        answer = self.answers[len(self._asked) - 1]
        if isinstance(answer, Exception):
            raise answer
        return ChatResult(generations=[ChatGeneration(message=answer)])


def said(text: str, finish: str = "stop", tokens: int = 10) -> AIMessage:
    return AIMessage(
        text,
        usage_metadata={"input_tokens": tokens, "output_tokens": tokens, "total_tokens": 2 * tokens},
        response_metadata={"finish_reason": finish},
    )


def model_of(*answers: str | AIMessage | Exception) -> Listed:
    return Listed(answers=[said(answer) if isinstance(answer, str) else answer for answer in answers])


def plain(messages: Sequence[BaseMessage]) -> list[tuple[str, str]]:
    return [(message.type, str(message.content)) for message in messages]


# --- asking and asking again -----------------------------------------------------------------------------------------


def test_a_valid_answer_is_taken_the_first_time() -> None:
    model = model_of(VALID)
    assert fill_through(model, ASK, Mood).model_dump() == SAD
    assert model.asked == [plain(ASK)]


def test_the_schema_travels_as_response_format() -> None:
    model = model_of(VALID)
    fill_through(model, ASK, Mood, max_tokens=77)
    (options,) = model._options
    assert options["max_tokens"] == 77
    assert options["response_format"]["type"] == "json_schema"
    assert set(options["response_format"]["json_schema"]["schema"]["properties"]) == {"mood", "level"}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ('{"mood": "sad"}', "level\n  Field required"),
        ('{"mood": "sad", "level": 10}', "there are nine levels"),
        ("I would say sad.", "Invalid JSON"),
        ("[1]", "Input should be an object"),
        ("", "Invalid JSON"),
    ],
    ids=["a field missing", "a validator with meaning", "no JSON", "no object", "nothing"],
)
def test_a_wrong_answer_is_sent_back_with_its_error(wrong: str, told: str) -> None:
    model = model_of(wrong, VALID)
    assert fill_through(model, ASK, Mood).model_dump() == SAD
    first, second = model.asked
    assert first == plain(ASK)
    assert second[: len(ASK) + 1] == [*plain(ASK), ("ai", wrong)]
    ((kind, correction),) = second[len(ASK) + 1 :]
    assert kind == "human"
    assert told in correction


@pytest.mark.parametrize(("retries", "tries"), [(0, "1 try"), (1, "2 tries"), (2, "3 tries")])
def test_an_answer_that_stays_wrong_is_an_error_with_the_last_one(retries: int, tries: str) -> None:
    wrong = [f'{{"mood": "{SECRET} {number}", "level": "{SECRET}"}}' for number in range(4)]
    model = model_of(*wrong)
    with pytest.raises(MalformedAnswer) as caught:
        fill_through(model, ASK, Mood, retries=retries)
    assert len(model.asked) == retries + 1
    assert caught.value.last_answer == wrong[retries]
    assert str(caught.value).startswith(f"the model gave no valid Mood in {tries} (level: ")
    assert "Petronella" not in str(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        SECRET,
        f'{{"mood": "{SECRET}"}}',
        f'{{"mood": "x", "level": "{SECRET}"}}',
        f'{{"mood": "sad", "level": 3, "{SECRET}": 1}}',
        f'{{"mood": {{"{SECRET}": 1}}, "level": [{{"{SECRET}": 2}}]}}',
        f'["{SECRET}"]',
    ],
    ids=["no JSON", "field missing", "wrong type", "a key of its own", "nested keys", "a list"],
)
def test_no_error_message_holds_text_of_the_answer(wrong: str) -> None:
    with pytest.raises(MalformedAnswer) as caught:
        fill_through(model_of(wrong), ASK, Mood, retries=0)
    assert "Petronella" not in str(caught.value)
    assert caught.value.last_answer == wrong


def test_an_error_names_the_place_inside_the_answer() -> None:
    class Many(BaseModel):
        moods: list[Mood]
        by_name: dict[str, int]

    wrong = f'{{"moods": [{{"mood": "sad", "level": 1}}, {{"mood": "s", "level": 1}}], "by_name": {{"{SECRET}": "x"}}}}'
    with pytest.raises(MalformedAnswer, match=r"\(moods\.1\.mood: String .*; by_name\.\?: Input should be") as caught:
        fill_through(model_of(wrong), ASK, Many, retries=0)
    assert "Petronella" not in str(caught.value)


# --- limits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("finish", ["length", "max_tokens"])
@pytest.mark.parametrize("text", ['{"mood": "sa', VALID], ids=["cut", "complete all the same"])
def test_a_truncated_answer_is_an_error_and_is_not_asked_again(finish: str, text: str) -> None:
    model = model_of(said(text, finish), VALID)
    with pytest.raises(TruncatedAnswer, match="Mood was cut off at 99 tokens") as caught:
        fill_through(model, ASK, Mood, max_tokens=99)
    assert len(model.asked) == 1
    assert '"sa' not in str(caught.value)


def test_failed_tries_are_counted_against_the_token_budget() -> None:
    wrong = said(f'{{"mood": "{SECRET}"}}', tokens=40)  # 80 tokens a try
    model = Listed(answers=[wrong, wrong, wrong])
    with pytest.raises(AnswerBudgetExceeded, match=r"Mood .* budget of 100 tokens \(2 tries\)") as caught:
        fill_through(model, ASK, Mood, token_budget=100)
    assert len(model.asked) == 2
    assert "Petronella" not in str(caught.value)


def test_a_budget_that_suffices_changes_nothing() -> None:
    model = Listed(answers=[said("no", tokens=40), said(VALID, tokens=40)])
    assert fill_through(model, ASK, Mood, token_budget=100).model_dump() == SAD


@pytest.mark.parametrize("error", [BackendError("the endpoint is down"), ContextOverflow("too long")])
def test_a_failing_engine_is_not_asked_again_and_its_error_is_kept(error: BackendError) -> None:
    model = model_of(error, VALID)
    with pytest.raises(type(error)) as caught:
        fill_through(model, ASK, Mood)
    assert caught.value is error
    assert len(model.asked) == 1


def test_any_other_failure_becomes_a_backend_error_that_says_what_was_filled() -> None:
    with pytest.raises(BackendError, match="the model failed while filling Mood: OSError: broken pipe"):
        fill_through(model_of(OSError("broken pipe")), ASK, Mood)


# --- the schema in the last message ----------------------------------------------------------------------------------


def test_the_schema_joins_the_last_message_and_no_other() -> None:
    model = model_of(VALID)
    fill_through(model, ASK, Mood, schema_place="last_message")
    (sent,) = model.asked
    assert sent[:-1] == plain(ASK)[:-1]
    kind, content = sent[-1]
    assert kind == "human"
    assert content.startswith("What is the mood?\n\n")
    schema = json.loads(content[content.index("{") :])
    assert set(schema["properties"]) == {"mood", "level"}
    assert "response_format" not in model._options[0]


def test_the_schema_stays_in_its_message_when_asked_again() -> None:
    model = model_of("no", VALID)
    fill_through(model, ASK, Mood, schema_place="last_message")
    first, second = model.asked
    assert second[: len(ASK)] == first
    assert second[len(ASK)] == ("ai", "no")
    assert sum("JSON schema" in content for _, content in second) == 1


def test_the_callers_messages_are_left_alone() -> None:
    before = plain(ASK)
    fill_through(model_of("no", VALID), ASK, Mood, schema_place="last_message")
    assert plain(ASK) == before


def test_a_message_of_parts_keeps_its_parts() -> None:
    parts: list[str | dict[str, Any]] = [
        {"type": "text", "text": "What does she feel?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
    ]
    model = model_of(VALID)
    fill_through(model, [HumanMessage(parts)], Mood, schema_place="last_message")
    content = model._asked[0][0].content
    assert content[:2] == parts
    assert isinstance(content[2], dict)
    assert "JSON schema" in content[2]["text"]


@pytest.mark.parametrize(
    "answer", [f"```json\n{VALID}\n```", f"```\n{VALID}\n```", f"Sure:\n```json\n{VALID}\n```\nBye.", VALID]
)
def test_fences_around_the_answer_are_taken_off(answer: str) -> None:
    filled = fill_through(model_of(answer), ASK, Mood, schema_place="last_message", retries=0)
    assert filled.model_dump() == SAD
    assert answer_text(filled) == VALID


# --- what stays quiet ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["response_format", "last_message"])
def test_text_with_braces_is_never_run_through_a_template(place: Any) -> None:
    model = model_of("no", VALID)
    fill_through(model, ASK, Mood, schema_place=place)
    assert [sent[1] for sent in model.asked] == [("human", TEXT)] * 2


@pytest.mark.parametrize(
    "answers",
    [
        [VALID],
        [f'{{"mood": "{SECRET}"}}', f"{SECRET}!", VALID],
        [f'{{"mood": "{SECRET}"}}'] * 3,
        [said(f'{{"mood": "{SECRET}', "length")],
        [OSError(SECRET)],
    ],
    ids=["valid", "corrected", "never valid", "truncated", "failing"],
)
@pytest.mark.parametrize("place", ["response_format", "last_message"])
def test_nothing_that_was_asked_or_answered_is_logged(
    answers: list[Any], place: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with suppress(BackendError):
        fill_through(model_of(*answers), ASK, Mood, schema_place=place)
    assert "Petronella" not in caplog.text
    assert not any("Petronella" in str(vars(record)) for record in caplog.records)


class Tags(BaseTracer):
    """Remembers the tags of every model call."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[list[str] | None] = []

    def _persist_run(self, run: Run) -> None:
        self.seen.append(run.tags)


def test_every_try_is_seen_by_callbacks_and_stays_out_of_the_token_stream() -> None:
    tracer = Tags()
    model = Listed(answers=[said("no"), said(VALID)], callbacks=[tracer])
    fill_through(model, ASK, Mood)
    assert tracer.seen == [["nostream"], ["nostream"]]


# --- texts and schemas -----------------------------------------------------------------------------------------------


def test_the_history_gets_the_models_own_json() -> None:
    assert answer_text(fill_through(model_of(VALID), ASK, Mood)) == VALID != Mood(mood="sad", level=3).model_dump_json()
    assert answer_text(fill_through(model_of("no", VALID), ASK, Mood)) == VALID


def test_an_object_that_no_model_wrote_is_given_as_json() -> None:
    assert answer_text(Mood(mood="sad", level=3)) == '{"mood":"sad","level":3}'


class Inner(BaseModel):
    name: str


class Outer(BaseModel):
    one: Inner
    many: list[Inner]
    either: Inner | int
    free: dict[str, Inner]


def objects_of(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for item in node for found in objects_of(item)]
    if not isinstance(node, dict):
        return []
    own = [node] if isinstance(node.get("properties"), dict) else []
    return own + [found for item in node.values() for found in objects_of(item)]


def test_every_object_of_a_compact_schema_is_closed_at_any_depth() -> None:
    inline = {"type": "array", "items": {"anyOf": [{"type": "object", "properties": {"a": {"type": "string"}}}]}}
    for schema in (Outer.model_json_schema(), inline):
        found = objects_of(compact_schema(schema))
        assert len(found) == len(objects_of(schema)) >= 1
        assert all(node["additionalProperties"] is False for node in found)


def test_a_compact_schema_is_one_line_and_changes_nothing_else() -> None:
    schema = Outer.model_json_schema()
    before = json.dumps(schema)
    compact = compact_schema(schema)
    assert compact.pop("x-guidance") == {
        "whitespace_flexible": False,
        "item_separator": ", ",
        "key_separator": ": ",
        "lenient": True,
    }
    for node in objects_of(compact):
        del node["additionalProperties"]
    assert compact == schema
    assert json.dumps(schema) == before


def test_an_object_that_says_itself_what_more_it_takes_is_left_open() -> None:
    schema = {"type": "object", "properties": {"a": {}}, "additionalProperties": {"type": "string"}}
    assert compact_schema(schema)["additionalProperties"] == {"type": "string"}
    assert compact_schema(Outer.model_json_schema())["properties"]["free"]["additionalProperties"] != False  # noqa: E712
