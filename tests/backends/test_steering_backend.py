"""Steering and reading attention through the transformers backend: batches, the prefix store, every way to ask."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from pydantic import BaseModel

from affectgraph.backends.errors import BackendError, CapabilityError, InputError, SettingsError
from affectgraph.backends.scripted import ScriptedBackend
from affectgraph.backends.steering import AttentionReading, SteeringPlan, shifted
from affectgraph.backends.transformers import TransformersBackend
from affectgraph.backends.transformers_cache import shared_length
from affectgraph.backends.transformers_prompt import Prompt, Spans

Open = Callable[..., TransformersBackend]
ASKED = [
    SystemMessage("You read feelings, in one word and no more than that."),
    HumanMessage("Fine, thank you. She said it and looked at the floor for a long while. What does she feel?"),
]
OTHER = [HumanMessage("He laughed until he had to sit down on the stairs of the old house. What does he feel?")]
WORDS = ("joy", "sadness", "anger")
STRONG = SteeringPlan(heads=tuple((layer, head) for layer in (0, 1) for head in range(4)), strength=0.9)
VIDEO = STRONG.model_copy(update={"target": {"video": 1.0}})


@pytest.fixture
def steerable(opened: Open, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens a text model whose prompts have artificial spans: thirds of the tokens from the fifth to the last ten."""
    from affectgraph.backends.transformers_text import ChatTokens

    plain = ChatTokens.read

    def read(self: ChatTokens, messages: Sequence[BaseMessage], lead: str = "") -> Prompt:
        prompt = plain(self, messages, lead)
        places = np.array_split(range(5, len(prompt.ids) - 10), 3)
        kinds = ("text", "audio", "video")
        return prompt._replace(spans=Spans.of_positions(dict(zip(kinds, places, strict=True))))  # type: ignore[arg-type]

    monkeypatch.setattr(ChatTokens, "read", read)
    return lambda *args, **options: opened(*args, **({"steering": True} | options))


def scored(backend: TransformersBackend, messages: Sequence[BaseMessage], plan: SteeringPlan | None) -> list[float]:
    shares = backend.choose(messages, WORDS, lead="She feels", steering=plan).probabilities
    return [shares[word] for word in WORDS]


def written(backend: TransformersBackend, messages: Sequence[BaseMessage], plan: SteeringPlan | None) -> str:
    options: dict[str, Any] = {"max_tokens": 12} | ({"steering": plan} if plan else {})
    return str(backend.invoke(list(messages), **options).text)


def test_a_backend_that_can_steer_says_so_and_answers_as_before_without_a_plan(steerable: Open) -> None:
    can, cannot = steerable(), steerable(steering=False)
    assert can.capabilities.steering
    assert not cannot.capabilities.steering
    assert scored(can, ASKED, None) == scored(cannot, ASKED, None)
    assert written(can, ASKED, None) == written(cannot, ASKED, None)
    off = STRONG.model_copy(update={"strength": 0.0})
    assert scored(can, ASKED, off) == scored(cannot, ASKED, None)


def test_choose_invoke_stream_and_fill_are_steered(steerable: Open) -> None:
    class Feeling(BaseModel):
        word: str

    backend = steerable()
    assert np.abs(np.subtract(scored(backend, ASKED, STRONG), scored(backend, ASKED, None))).max() > 0.01
    assert written(backend, ASKED, VIDEO) != written(backend, ASKED, None)
    streamed = "".join(str(chunk.text) for chunk in backend.stream(ASKED, max_tokens=12, steering=VIDEO))
    assert streamed == written(backend, ASKED, VIDEO)
    seen: list[Any] = []
    plain = TransformersBackend._row
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransformersBackend, "_row", lambda *args: seen.append(plain(*args).request) or plain(*args))
        with pytest.raises(BackendError):  # a random model ends no JSON in time
            backend.fill(ASKED, Feeling, max_tokens=4, steering=VIDEO)
    assert [request.steering.plan for request in seen] == [VIDEO] * len(seen)
    assert seen


def test_rows_with_and_without_plans_share_a_batch(steerable: Open) -> None:
    backend = steerable(batch_window_ms=200.0, cached_prefixes=0)
    wanted: list[tuple[Sequence[BaseMessage], SteeringPlan | None]] = [
        (ASKED, None),
        (ASKED, STRONG),
        (OTHER, VIDEO),
        (ASKED, VIDEO),
        (OTHER, None),
    ]
    alone = [written(backend, messages, plan) for messages, plan in wanted]
    assert len(set(alone)) == len(wanted)
    with ThreadPoolExecutor(len(wanted)) as pool:
        together = list(pool.map(lambda asked: written(backend, *asked), wanted))
    assert together == alone


def test_an_answer_that_company_interrupts_stays_steered(steerable: Open) -> None:
    backend = steerable(batch_window_ms=0.0)
    wanted = str(backend.invoke(ASKED, max_tokens=60, steering=VIDEO).text)
    begun, pieces = threading.Event(), []

    def long_answer() -> None:
        for chunk in backend.stream(ASKED, max_tokens=60, steering=VIDEO):
            pieces.append(str(chunk.text))
            begun.set()

    thread = threading.Thread(target=long_answer)
    thread.start()
    begun.wait(60)
    for messages in (OTHER, ASKED):
        written(backend, messages, None)
    thread.join(60)
    assert "".join(pieces) == wanted


def test_steered_keys_are_served_to_nobody_else(steerable: Open) -> None:
    """The next turn's prompt goes on from the answer: its tokens' keys must be those of an unsteered reading."""
    fresh, used = steerable(cached_prefixes=0), steerable(cached_prefixes=8)
    answer = used.invoke(ASKED, max_tokens=12, steering=VIDEO)
    assert answer.text == fresh.invoke(ASKED, max_tokens=12, steering=VIDEO).text
    later = [*ASKED, answer, HumanMessage("And then?")]
    for plan in (None, STRONG, VIDEO):
        for messages in (ASKED, later):
            assert scored(used, messages, plan) == pytest.approx(scored(fresh, messages, plan), abs=1e-5)
    # What may be shared is: all of the first prompt but its last token.
    before = used._engine._store.longest(used._tokens.read(ASKED).ids)
    assert len(before.ids) >= len(used._tokens.read(ASKED).ids) - 1


def test_what_the_store_keeps_of_a_steered_answer_ends_before_the_last_prompt_token(steerable: Open) -> None:
    backend = steerable()
    prompt = backend._tokens.read(OTHER).ids
    for plan, kept in ((VIDEO, len(prompt) - 1), (None, len(prompt) + 11)):
        answer = backend.invoke(OTHER, max_tokens=12, **({"steering": plan} if plan else {}))
        assert answer.usage_metadata["output_tokens"] == 12
        scored(backend, ASKED, None)  # answered after the worker has put the answer's cache away
        entries = [entry.ids for entry in backend._engine._store._entries]
        assert max(len(ids) for ids in entries if shared_length(ids, prompt) > 20) == kept


def test_attention_is_read_before_and_after_steering(steerable: Open) -> None:
    backend = steerable()
    scored(backend, ASKED, VIDEO)  # a filled prefix store must not shorten what is read
    first = SteeringPlan(heads=((0, 0), (0, 2)), strength=0.8, target={"video": 1.0})
    before, after = backend.read_attention(ASKED), backend.read_attention(ASKED, steering=first)
    assert before.modalities == ("text", "audio", "video")
    assert before.budgets.shape == (2, 4, 3)
    assert before.hidden.shape == (3, 3, 64)
    wanted = shifted(before.budgets[0, [0, 2]], 0.8, np.array([0.0, 0.0, 1.0]))
    assert np.abs(after.budgets[0, [0, 2]] - wanted).max() < 1e-5
    assert (after.budgets[0, [1, 3]] == before.budgets[0, [1, 3]]).all()
    assert (after.answer[1] != before.answer[1]).any()
    assert (after.hidden == before.hidden).all()


def test_reading_a_long_prompt_in_pieces_gives_what_one_pass_gives(
    steerable: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = steerable()
    whole = backend.read_attention(ASKED)
    monkeypatch.setattr("affectgraph.backends.transformers_batch._PREFILL_TOKENS", 7)
    pieces = backend.read_attention(ASKED)
    for name in ("budgets", "masses", "hidden", "answer"):
        assert np.abs(getattr(whole, name) - getattr(pieces, name)).max() < 1e-4, name


def test_reading_counts_its_tokens_and_leaves_its_cache_for_the_answer(steerable: Open) -> None:
    from affectgraph.backends import usage

    backend = steerable()
    with usage.record() as cost:
        backend.read_attention(ASKED)
        scored(backend, ASKED, None)
    # The second prompt has its own lead, and continues from the first.
    assert cost.total.tokens_cached >= len(backend._tokens.read(ASKED).ids) - 1


def test_a_backend_that_cannot_steer_refuses_a_plan_everywhere(opened: Open) -> None:
    tiny, scripted = opened(), ScriptedBackend(label="script", replies=["joy"], cycle=True)
    for backend in (tiny, scripted):
        for ask in (
            lambda one: one.invoke(ASKED, steering=STRONG),
            lambda one: list(one.stream(ASKED, steering=STRONG)),
            lambda one: one.choose(ASKED, WORDS, steering=STRONG),
            lambda one: one.fill(ASKED, BaseModel, steering=STRONG),
            lambda one: one.read_attention(ASKED),
        ):
            with pytest.raises(CapabilityError, match="steering = true"):
                ask(backend)


def test_a_conversation_without_spans_or_a_plan_for_another_model_is_refused(
    opened: Open, steerable: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = steerable()
    with pytest.raises(InputError, match="head 0 of layer 7"):
        backend.choose(ASKED, WORDS, steering=SteeringPlan(heads=((7, 0),), strength=0.5))
    monkeypatch.undo()
    with pytest.raises(InputError, match="marked_text"):
        opened(steering=True).read_attention(ASKED)


def test_a_model_with_sliding_windows_is_refused_when_it_is_opened(opened: Open, tiny_sliding_folder: Path) -> None:
    with pytest.raises(SettingsError, match="sliding window"):
        opened(tiny_sliding_folder, steering=True)


def test_a_closed_backend_says_that_it_is_closed(steerable: Open) -> None:
    backend = steerable()
    backend.close()
    with pytest.raises(BackendError, match="closed"):
        backend.read_attention(ASKED)


def test_readings_are_plain_arrays(steerable: Open) -> None:
    reading = steerable().read_attention(ASKED)
    assert isinstance(reading, AttentionReading)
    for name in ("budgets", "masses", "hidden", "answer"):
        assert getattr(reading, name).dtype == np.float32
    assert np.abs(reading.budgets.sum(-1) - 1.0).max() < 1e-5
