"""The transformers backend as its callers see it, on a tiny random Llama: answers, prefixes, batches, scores."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from pydantic import BaseModel, Field

from affectgraph.backends.config import Decoding
from affectgraph.backends.errors import (
    BackendError,
)
from affectgraph.backends.transformers import TransformersBackend
from affectgraph.backends.usage import record

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

GREEDY = Decoding(temperature=0, repeat_penalty=1.0)
QUESTIONS = [
    "Hello.",
    "My sister has not called me for three weeks, and I do not know what I did wrong.",
    "Why do people cry when they are happy? I saw it at a wedding and have been wondering since.",
    "今天我很难过",
]
Open = Callable[..., TransformersBackend]


class Reading(BaseModel):
    label: Literal["joy", "sadness"]
    words: list[str] = Field(max_length=2)
    why: str = Field(max_length=12)


def asked(text: str) -> list[BaseMessage]:
    return [HumanMessage(text)]


def ask(backend: TransformersBackend, text: str, max_tokens: int = 24, **options: Any) -> AIMessage:
    return backend.invoke(asked(text), max_tokens=max_tokens, **options)


def cached(answer: AIMessage) -> int:
    assert answer.usage_metadata is not None
    return answer.usage_metadata["input_token_details"]["cache_read"]


def together(backend: TransformersBackend, calls: Sequence[Callable[[], Any]]) -> tuple[list[Any], set[int]]:
    """Results of calls whose requests arrive at the same time, and the numbers of rows that were decoded together."""
    sizes, gate = set(), threading.Barrier(len(calls))
    decode, submit = backend._engine._decode, backend._engine._submit

    def spied(rows: list[Any]) -> None:
        sizes.add(len(rows))
        decode(rows)

    def gated(job: Any) -> None:
        gate.wait(timeout=60)
        submit(job)

    backend._engine._decode = spied  # type: ignore[method-assign]
    backend._engine._submit = gated  # type: ignore[method-assign]
    with ThreadPoolExecutor(len(calls)) as pool:
        results = [future.result() for future in [pool.submit(call) for call in calls]]
    return results, sizes


def test_an_answer_carries_its_cost_and_why_it_ended(opened: Open) -> None:
    backend = opened()
    with record() as recorder:
        answer = ask(backend, "Hello.", max_tokens=7)
    [entry] = recorder.entries
    assert answer.usage_metadata == {
        "input_tokens": entry.tokens_in,
        "output_tokens": 7,
        "total_tokens": entry.tokens_in + 7,
        "input_token_details": {"cache_read": 0},
    }
    assert (entry.tokens_out, entry.tokens_cached, entry.calls) == (7, 0, 1)
    assert entry.milliseconds > 0
    assert answer.response_metadata == {"finish_reason": "length", "model_name": backend.identity}


def test_the_end_marker_ends_an_answer(opened: Open) -> None:
    backend = opened()
    # The third token of the greedy answer becomes the end marker.
    row = backend._row(asked("Hello."), None, {"max_tokens": 3})
    "".join(backend._answer(row))
    backend._tokens.end_ids = frozenset({row.ids[-1]})
    answer = ask(backend, "Hello.", max_tokens=24)
    assert answer.response_metadata["finish_reason"] == "stop"
    assert answer.usage_metadata is not None
    assert answer.usage_metadata["output_tokens"] == 3
    assert answer.text == backend._tokens.decode(row.ids[-3:-1])


def test_a_growing_conversation_reuses_its_prefix_and_answers_the_same(opened: Open) -> None:
    backend, fresh = opened(), opened(cached_prefixes=0)
    messages: list[BaseMessage] = asked(QUESTIONS[1])
    known = 0
    for turn in ("And then?", "Why?", "So?"):
        answer = backend.invoke(messages, max_tokens=12)
        again = fresh.invoke(messages, max_tokens=12)
        assert answer.content == again.content
        assert cached(again) == 0
        assert cached(answer) >= known
        assert answer.usage_metadata is not None
        known = answer.usage_metadata["input_tokens"] - 4  # the generation prompt may be tokenised anew
        messages = [*messages, AIMessage(answer.content), HumanMessage(turn)]
    assert known > 60


def test_a_kept_cache_is_never_changed_by_a_later_request(opened: Open) -> None:
    backend = opened()
    first = ask(backend, QUESTIONS[1])
    kept = list(backend._engine._store._entries)
    copies = [[(k.clone(), v.clone()) for k, v in prefix.layers] for prefix in kept]
    again = ask(backend, QUESTIONS[1])
    ask(backend, QUESTIONS[1] + " Tell me more.")
    assert cached(again) > 0
    assert again.content == first.content
    for prefix, copy in zip(kept, copies, strict=True):
        assert all(
            torch.equal(k, old_k) and torch.equal(v, old_v)
            for (k, v), (old_k, old_v) in zip(prefix.layers, copy, strict=True)
        )


def test_the_answer_becomes_part_of_the_kept_prefix(opened: Open) -> None:
    backend = opened()
    row = backend._row(asked("Hello."), None, {"max_tokens": 9})
    "".join(backend._answer(row))
    # Whatever is answered next, the worker has put the last answer away by then.
    ask(backend, QUESTIONS[1], 2)
    assert backend._engine._store.longest(row.ids).ids == tuple(row.ids[:-1])


def test_only_so_many_prefixes_are_kept(opened: Open) -> None:
    backend = opened(cached_prefixes=2)
    for question in QUESTIONS:
        ask(backend, question, max_tokens=2)
    assert len(backend._engine._store) == 2


@pytest.mark.parametrize("folder", ["tiny_llama_folder", "tiny_sliding_folder"])
def test_a_batch_answers_as_one_by_one(opened: Open, folder: str, request: pytest.FixtureRequest) -> None:
    path = request.getfixturevalue(folder)
    limits = [30, 9, 50, 17]
    alone = opened(path, max_batch=1, cached_prefixes=0)
    expected = [ask(alone, text, limit) for text, limit in zip(QUESTIONS, limits, strict=True)]
    batched = opened(path, batch_window_ms=300)
    calls = [partial(ask, batched, text, limit) for text, limit in zip(QUESTIONS, limits, strict=True)]
    answers, sizes = together(batched, calls)
    # Where caches can be taken apart, a finished row leaves the batch.
    assert sizes == ({1, 2, 3, 4} if "llama" in folder else {4})
    for answer, single in zip(answers, expected, strict=True):
        assert answer.content == single.content
        assert answer.usage_metadata["output_tokens"] == single.usage_metadata["output_tokens"]  # type: ignore[index]


def test_branches_of_one_batch_share_their_trunk(opened: Open) -> None:
    backend = opened(batch_window_ms=300)
    trunk = QUESTIONS[2]
    calls = [partial(ask, backend, f"{trunk} {end}", 5) for end in ("First?", "Second?", "Third?")]
    answers, _ = together(backend, calls)
    shared = backend.count_tokens(trunk)
    assert sorted(cached(answer) > shared for answer in answers) == [False, True, True]


def test_a_newcomer_joins_a_running_batch_and_may_end_before_it(opened: Open) -> None:
    alone = opened(cached_prefixes=0)
    long, short = (ask(alone, QUESTIONS[1], 300).content, ask(alone, QUESTIONS[0], 5).content)
    backend = opened()
    stream = backend.stream(asked(QUESTIONS[1]), max_tokens=300)
    pieces = [next(stream).text]
    assert ask(backend, QUESTIONS[0], 5).content == short
    assert backend._engine._active[0].growing
    pieces += [chunk.text for chunk in stream]
    assert "".join(pieces) == long


def test_streamed_pieces_add_up_to_the_answer(opened: Open) -> None:
    backend = opened()
    whole = ask(backend, QUESTIONS[1], 60)
    with record() as recorder:
        chunks = list(backend.stream(asked(QUESTIONS[1]), max_tokens=60))
    assert len([chunk for chunk in chunks if chunk.text]) > 20
    assert "".join(chunk.text for chunk in chunks) == whole.content
    last = next(chunk for chunk in chunks if chunk.usage_metadata)
    assert last.usage_metadata is not None
    assert last.usage_metadata["output_tokens"] == 60
    assert last.response_metadata == whole.response_metadata
    assert [entry.tokens_out for entry in recorder.entries] == [60]


def test_stop_texts_end_only_their_own_row(opened: Open) -> None:
    backend = opened(batch_window_ms=300)
    texts = [str(ask(backend, question, 30).content) for question in QUESTIONS[:3]]
    stop = texts[1][12:16]
    calls: list[Callable[[], Any]] = [
        lambda: ask(backend, QUESTIONS[0], 30),
        lambda: ask(backend, QUESTIONS[1], 30, stop=[stop]),
        lambda: ask(backend, QUESTIONS[2], 30),
    ]
    (first, stopped, third), sizes = together(backend, calls)
    assert 3 in sizes
    assert stopped.content == texts[1][: texts[1].index(stop)]
    assert stopped.response_metadata["finish_reason"] == "stop"
    assert [first.content, third.content] == [texts[0], texts[2]]


def test_a_seed_repeats_itself_whatever_the_company(opened: Open) -> None:
    backend = opened(batch_window_ms=300, decoding=Decoding(temperature=1.0))
    alone = [ask(backend, QUESTIONS[0], seed=seed).content for seed in (1, 2)]
    calls: list[Callable[[], Any]] = [
        lambda: ask(backend, QUESTIONS[0], seed=1),
        lambda: ask(backend, QUESTIONS[0], seed=2),
        lambda: ask(backend, QUESTIONS[1], seed=1),
        lambda: ask(backend, QUESTIONS[0], temperature=0.0),
    ]
    answers, sizes = together(backend, calls)
    assert 4 in sizes
    assert [answers[0].content, answers[1].content] == alone
    assert len({answer.content for answer in answers}) == 4


def test_even_a_random_model_fills_a_schema(opened: Open) -> None:
    backend = opened(batch_window_ms=300)
    free = ask(backend, QUESTIONS[0], 30).content
    calls: list[Callable[[], Any]] = [
        lambda: backend.fill(asked(QUESTIONS[1]), Reading, max_tokens=200),
        lambda: ask(backend, QUESTIONS[0], 30),
        lambda: backend.fill(asked(QUESTIONS[2]), Reading, max_tokens=200),
    ]
    (one, between, other), sizes = together(backend, calls)
    assert 3 in sizes
    assert isinstance(one, Reading)
    assert isinstance(other, Reading)
    assert between.content == free


def test_a_grammar_ends_the_answer_with_its_object(opened: Open) -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "r", "schema": Reading.model_json_schema()}}
    backend = opened()
    answer = ask(backend, QUESTIONS[1], 200, response_format=schema)
    assert Reading.model_validate(json.loads(str(answer.content)))
    assert answer.response_metadata["finish_reason"] == "stop"
    row = backend._row(asked(QUESTIONS[1]), None, {"max_tokens": 200, "response_format": schema})
    assert "".join(backend._answer(row)) == answer.content
    assert row.ids[-1] not in backend._tokens.end_ids  # no step is spent on an end that is certain


def test_a_row_that_fails_takes_no_other_row_with_it(opened: Open) -> None:
    backend = opened(batch_window_ms=300)
    expected = ask(backend, QUESTIONS[0]).content
    bad = backend._row(asked(QUESTIONS[1]), None, {"max_tokens": 24})

    class Broken:
        def compute_logit_bias(self) -> bytes:
            raise ValueError("bad row")

    bad._grammar = Broken()
    calls: list[Callable[[], Any]] = [lambda: ask(backend, QUESTIONS[0]), lambda: _error("".join, backend._answer(bad))]
    (good, error), sizes = together(backend, calls)
    assert 2 in sizes
    assert good.content == expected
    assert "bad row" in str(error)


def _error(call: Callable[..., Any], *args: Any) -> Exception:
    with pytest.raises(BackendError) as caught:
        call(*args)
    return caught.value


@pytest.mark.parametrize("folder", ["tiny_llama_folder", "tiny_sliding_folder"])
@pytest.mark.parametrize("lead", ["", "The writer feels"])
def test_scores_are_the_options_own_log_probabilities(
    opened: Open, folder: str, lead: str, request: pytest.FixtureRequest
) -> None:
    path = request.getfixturevalue(folder)
    # One option begins another, so all are scored with the end marker; more of them than fit into a batch.
    options = [" joy", " sad", " sad and afraid", " fear", " 难过"]
    backend, model = opened(path, max_batch=2), transformers.AutoModelForCausalLM.from_pretrained(path)
    tokenizer = transformers.AutoTokenizer.from_pretrained(path)
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": QUESTIONS[1]}], add_generation_prompt=True, tokenize=False
    )
    prompt = tokenizer(text + lead, add_special_tokens=False)["input_ids"]
    expected = []
    for option in options:
        ids = [*tokenizer(option, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
        with torch.inference_mode():
            steps = model(input_ids=torch.tensor([prompt + ids])).logits[0].log_softmax(-1)
        expected.append(sum(float(steps[len(prompt) - 1 + at, token]) for at, token in enumerate(ids)))
    with record() as recorder:
        cold, warm = (backend._scores(asked(QUESTIONS[1]), options, lead) for _ in range(2))
    assert cold == pytest.approx(expected, abs=1e-4)
    assert warm == pytest.approx(expected, abs=1e-4)
    reused = len(prompt) - 1 if "llama" in folder else 0
    assert [(entry.tokens_in, entry.tokens_cached) for entry in recorder.entries] == [
        (len(prompt), 0),
        (len(prompt), reused),
    ]


def test_a_cache_that_cannot_be_cropped_is_not_reused(opened: Open, tiny_sliding_folder: Path) -> None:
    backend = opened(tiny_sliding_folder)
    assert [cached(ask(backend, QUESTIONS[1], 5)) for _ in range(2)] == [0, 0]


def test_scoring_and_answering_go_on_at_the_same_time(opened: Open) -> None:
    backend = opened()
    alone = backend.choose(asked(QUESTIONS[0]), ["joy", "sadness"]).probabilities
    text = ask(backend, QUESTIONS[1], 200).content
    stream = backend.stream(asked(QUESTIONS[1]), max_tokens=200)
    pieces = [next(stream).text]
    during = backend.choose(asked(QUESTIONS[0]), ["joy", "sadness"]).probabilities
    assert backend._engine._active
    assert "".join([*pieces, *(chunk.text for chunk in stream)]) == text
    assert during == pytest.approx(alone, abs=1e-4)


def test_many_threads_at_once(opened: Open) -> None:
    backend = opened(max_batch=3)
    expected = {question: ask(backend, question, 10).content for question in QUESTIONS}
    start = threading.Barrier(8)

    def work(index: int) -> bool:
        start.wait()
        question = QUESTIONS[index % len(QUESTIONS)]
        return ask(backend, question, 10).content == expected[question] and backend.count_tokens(question) > 0

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))
