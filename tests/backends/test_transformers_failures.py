"""What the transformers backend does when something is wrong: cancelled, dead, closed, too long, not installed."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, cast

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from pydantic import BaseModel

from affectgraph.backends.config import TransformersConfig
from affectgraph.backends.errors import (
    BackendError,
    CapabilityError,
    ContextOverflow,
    InputError,
    TruncatedAnswer,
)
from affectgraph.backends.transformers import TransformersBackend
from affectgraph.backends.usage import record

pytest.importorskip("torch")
pytest.importorskip("transformers")

Open = Callable[..., TransformersBackend]
SHORT = "Hello."
LONG = "My sister has not called me for three weeks, and I do not know what I did wrong."


class Reading(BaseModel):
    label: Literal["joy", "sadness"]


def asked(text: str) -> list[BaseMessage]:
    return [HumanMessage(text)]


def ask(backend: TransformersBackend, text: str, max_tokens: int = 24, **options: Any) -> AIMessage:
    return backend.invoke(asked(text), max_tokens=max_tokens, **options)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def test_a_cut_off_structured_answer_is_told(opened: Open) -> None:
    with pytest.raises(TruncatedAnswer):
        opened().fill(asked(LONG), Reading, max_tokens=3)


def test_a_schema_without_a_grammar_is_refused_at_once(opened: Open) -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "r", "schema": {"type": "strng"}}}
    with pytest.raises(BackendError, match="cannot be turned into a grammar"):
        ask(opened(), "Hello.", response_format=schema)


def test_closing_the_stream_cancels_the_request(opened: Open) -> None:
    backend = opened()
    row = backend._row(asked(LONG), None, {"max_tokens": 400})
    pieces = backend._answer(row)
    with record() as recorder:
        next(pieces)
        pieces.close()  # type: ignore[attr-defined]
    until(lambda: not row.growing)
    assert row.finished == "cancelled"
    assert row.usage.tokens_out < 400
    assert 0 < recorder.total.tokens_out < 400
    assert recorder.total.calls == 1
    assert ask(backend, SHORT, 5).content


def test_ctrl_c_cancels_the_request(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = opened()
    row = backend._row(asked(LONG), None, {"max_tokens": 400})

    def interrupted(alive: Callable[[], bool]) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(row, "pieces", interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(backend._answer(row))
    until(lambda: not row.growing)
    assert row.finished == "cancelled"


def test_a_failed_batch_fails_its_requests_and_no_others(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = opened()
    expected = ask(backend, SHORT).content

    def broken(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("out of luck")

    with monkeypatch.context() as patched:
        patched.setattr(backend._engine._model, "generate", broken)
        with pytest.raises(BackendError, match="out of luck"):
            ask(backend, SHORT)
    assert ask(backend, SHORT).content == expected


def test_a_dead_worker_is_an_error_and_never_a_hang(opened: Open) -> None:
    backend = opened()

    def die() -> None:
        raise SystemExit("gone")

    backend._engine._advance = die  # type: ignore[method-assign]
    for _ in range(2):
        with pytest.raises(BackendError, match="worker died"):
            ask(backend, SHORT)
    with pytest.raises(BackendError, match="worker died"):
        backend.choose(asked(SHORT), ["joy", "sadness"])
    assert not backend.health().ok


def test_a_worker_that_dies_while_scoring_is_an_error_too(opened: Open) -> None:
    backend = opened()

    def die(job: Any) -> None:
        raise SystemExit("gone")

    backend._engine._score = die  # type: ignore[method-assign]
    with pytest.raises(BackendError, match="worker died"):
        backend.choose(asked(SHORT), ["joy", "sadness"])


def test_a_caller_whose_worker_vanished_does_not_wait(opened: Open) -> None:
    row = opened()._row(asked(SHORT), None, {})
    with pytest.raises(BackendError, match="worker died"):
        list(row.pieces(lambda: False))


def test_closing_fails_what_is_under_way_and_what_comes_after(opened: Open) -> None:
    backend = opened()
    stream = backend.stream(asked(LONG), max_tokens=400)
    next(stream)
    assert backend.health().ok
    backend.close()
    with pytest.raises(BackendError, match="closed"):
        list(stream)
    with pytest.raises(BackendError, match="closed"):
        ask(backend, SHORT)
    backend.close()


def test_a_forgotten_backend_ends_its_thread(tiny_llama_folder: Path) -> None:
    backend = TransformersBackend(config=TransformersConfig(model=str(tiny_llama_folder), device="cpu"))
    thread = backend._engine._thread
    ask(backend, "Hello.", 2)
    assert thread.is_alive()
    del backend
    gc.collect()
    thread.join(timeout=30)
    assert not thread.is_alive()


def test_a_prompt_beyond_the_context_is_refused_with_both_numbers(opened: Open) -> None:
    backend = opened(context=64)
    prompt = len(backend._tokens.read(asked(LONG * 3)).ids)
    for call in (lambda m: backend.invoke(m), lambda m: backend.choose(m, ["joy", "sadness"])):
        with pytest.raises(ContextOverflow, match=rf"{prompt} tokens.* 64"):
            call(asked(LONG * 3))
    answer = ask(backend, "Hello.", max_tokens=500)
    assert answer.usage_metadata is not None
    assert answer.usage_metadata["total_tokens"] == 64
    assert answer.response_metadata["finish_reason"] == "length"


def test_media_and_impossible_options_are_refused(opened: Open) -> None:
    backend = opened()
    picture = HumanMessage(
        cast(Any, [{"type": "text", "text": "Look"}, {"type": "image", "base64": "AA==", "mime_type": "image/png"}])
    )
    with pytest.raises(CapabilityError, match="'image'"):
        backend.invoke([picture])
    with pytest.raises(InputError, match="temperature = -1"):
        ask(backend, "Hello.", temperature=-1)
    with pytest.raises(InputError, match="max_tokens = 0"):
        ask(backend, "Hello.", max_tokens=0)
