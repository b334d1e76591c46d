"""The embedded backend, on the real model that ships in its package."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import httpx
import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from pydantic import BaseModel, Field

from affectgraph.backends.config import EmbeddedConfig
from affectgraph.backends.embedded import EmbeddedBackend
from affectgraph.backends.errors import ContextOverflow, SettingsError, TruncatedAnswer
from affectgraph.backends.structured import answer_text
from affectgraph.backends.usage import record

TEXT = "I lost my dog yesterday and I cannot stop crying. He was with me since I left home."


class Loss(BaseModel):
    situation: str = Field(min_length=5, max_length=80)
    strength: Literal["low", "medium", "high"]
    cites: list[Literal["s1", "s2"]] = Field(min_length=1, max_length=2)


def asked(question: str, text: str = TEXT) -> list[BaseMessage]:
    return [SystemMessage("You are kind."), HumanMessage(f"A person writes:\n\n{text}\n\n{question}")]


def test_write_and_stream_give_the_same_text_and_count_tokens(embedded: EmbeddedBackend) -> None:
    messages = asked("Answer in one sentence.")
    with record() as recorder:
        whole = embedded.invoke(messages, max_tokens=24)
    pieces = "".join(str(chunk.text) for chunk in embedded.stream(messages, max_tokens=24))
    assert whole.text == pieces
    assert whole.usage_metadata is not None
    assert recorder.total.calls == 1
    assert recorder.total.tokens_out == whole.usage_metadata["output_tokens"] > 3
    assert recorder.total.tokens_in == whole.usage_metadata["input_tokens"] > 20


def test_a_continued_conversation_is_found_in_the_prefix_cache(embedded: EmbeddedBackend) -> None:
    messages = asked("Say one sentence about dogs and how long they live with people, please.")
    first = embedded.invoke(messages, max_tokens=24)
    with record() as recorder:
        embedded.invoke([*messages, AIMessage(str(first.text)), HumanMessage("And one more.")], max_tokens=8)
    assert recorder.total.tokens_cached > 0.6 * recorder.total.tokens_in


def test_fill_keeps_to_the_schema_on_one_line(embedded: EmbeddedBackend) -> None:
    filled = embedded.fill(asked("Describe the loss as JSON."), Loss)
    assert isinstance(filled, Loss)
    assert "\n" not in answer_text(filled)
    assert Loss.model_validate_json(answer_text(filled)).model_dump() == filled.model_dump()


def test_a_truncated_answer_is_an_error_and_is_not_tried_again(embedded: EmbeddedBackend) -> None:
    with record() as recorder, pytest.raises(TruncatedAnswer, match="4 tokens"):
        embedded.fill(asked("Describe the loss as JSON."), Loss, max_tokens=4)
    assert recorder.total.calls == 1


def test_a_prompt_beyond_the_context_names_both_numbers(embedded: EmbeddedBackend) -> None:
    with pytest.raises(ContextOverflow, match=r"9\d\d\d tokens and the context window 8192"):
        embedded.invoke([HumanMessage("hi " * 9_000)], max_tokens=4)


def test_leaving_a_stream_early_counts_what_was_made(embedded: EmbeddedBackend) -> None:
    with record() as recorder:
        stream = embedded.stream(asked("Tell a long story."), max_tokens=200)
        for _, _chunk in zip(range(5), stream, strict=False):
            pass
        stream.close()  # type: ignore[attr-defined]
    assert 4 <= recorder.total.tokens_out < 60
    assert recorder.total.tokens_in > 20


def test_choose_is_a_distribution_that_the_prior_corrects(embedded: EmbeddedBackend) -> None:
    options = ["joy", "sadness"]
    question = "What emotion does the writer feel?"
    sad = embedded.choose(
        asked(question), options, lead="The writer feels", neutral=asked(question, "N/A")
    ).probabilities
    glad = embedded.choose(
        asked(question, "We got married on Saturday and everybody danced until the morning!"),
        options,
        lead="The writer feels",
        neutral=asked(question, "N/A"),
    )
    assert sum(sad.values()) == pytest.approx(1.0)
    assert glad.calibration == "prior-corrected"
    assert glad.probabilities["joy"] > sad["joy"] + 0.1


def test_choose_counts_its_prompt_once_and_asks_the_prior_once(embedded: EmbeddedBackend) -> None:
    neutral = asked("Is this a question of its own?", "N/A")
    with record() as first:
        embedded.choose(asked("Is this a question of its own?"), ["yes", "no"], neutral=neutral)
    with record() as second:
        embedded.choose(asked("Is this a question of its own?"), ["yes", "no"], neutral=neutral)
    assert len(first.entries) == 2
    assert len(second.entries) == 1
    assert second.total.tokens_cached >= second.total.tokens_in - 1


def test_labels_that_are_split_inside_a_character_are_scored(embedded: EmbeddedBackend) -> None:
    asking: list[BaseMessage] = [HumanMessage("写信人是什么情绪？我今天很难过。")]
    found = embedded.choose(asking, ["悲伤", "愤怒", "喜悦"], lead="写信人感到")
    assert set(found.probabilities) == {"悲伤", "愤怒", "喜悦"}
    assert max(found.probabilities.values()) < 1.0


def test_the_engine_address_wants_the_key(embedded: EmbeddedBackend) -> None:
    url = f"{embedded.address}/v1/chat/completions"
    body = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 1}
    with httpx.Client(trust_env=False, timeout=30.0) as client:
        assert client.post(url, json=body).status_code == 401
        allowed = client.post(url, json=body, headers={"Authorization": f"Bearer {embedded.api_key}"})
    assert allowed.status_code == 200


def test_the_packaged_model_announces_itself(embedded: EmbeddedBackend) -> None:
    assert embedded.notice is not None
    assert "not for people in distress" in embedded.notice


def test_a_file_that_is_not_gguf_is_refused_before_anything_is_loaded(tmp_path: Path) -> None:
    other = tmp_path / "model.gguf"
    other.write_bytes(b"PK\x03\x04")
    with pytest.raises(SettingsError, match="not a GGUF file"):
        EmbeddedBackend(config=EmbeddedConfig(model=other))
    with pytest.raises(SettingsError, match="does not exist"):
        EmbeddedBackend(config=EmbeddedConfig(model=tmp_path / "none.gguf"))


def test_reproducible_gives_equal_numbers_whatever_came_before() -> None:
    backend = EmbeddedBackend(config=EmbeddedConfig(reproducible=True, context=1024, threads=1))
    try:
        question = asked("What emotion does the writer feel?")
        first = backend.choose(question, ["joy", "sadness", "fear"], lead="The writer feels")
        backend.invoke(asked("Something else."), max_tokens=8)
        assert backend.choose(question, ["joy", "sadness", "fear"], lead="The writer feels") == first
    finally:
        backend.close()
