"""Usage: every open recorder of a context hears of a request, and no other one."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from affectgraph.backends.usage import Usage, record, report

counts = st.integers(min_value=0, max_value=10**9)
usages = st.builds(Usage, tokens_in=counts, tokens_cached=counts, tokens_out=counts, calls=counts)


@given(st.lists(usages))
@settings(deadline=None)
def test_the_total_is_the_sum_of_every_count(entries: list[Usage]) -> None:
    with record() as recorder:
        for entry in entries:
            report(entry)
    assert recorder.entries == entries
    for field in ("tokens_in", "tokens_cached", "tokens_out", "calls"):
        assert getattr(recorder.total, field) == sum(getattr(entry, field) for entry in entries)


def test_time_adds_up() -> None:
    assert (Usage(milliseconds=1.5) + Usage(milliseconds=2.0)).milliseconds == 3.5


def test_without_requests_there_are_no_calls() -> None:
    with record() as recorder:
        pass
    assert recorder.total == Usage(calls=0)


def test_one_request_is_one_call() -> None:
    assert Usage(tokens_in=3).calls == 1


def test_a_request_without_a_recorder_is_no_error_and_is_heard_by_no_later_one() -> None:
    report(Usage(tokens_in=1))
    with record() as later:
        assert later.entries == []


def test_an_outer_block_hears_what_an_inner_one_hears_and_not_the_other_way_round() -> None:
    with record() as outer:
        report(Usage(tokens_in=1))
        with record() as inner:
            report(Usage(tokens_in=10))
        report(Usage(tokens_in=100))
    report(Usage(tokens_in=1000))
    assert [entry.tokens_in for entry in inner.entries] == [10]
    assert [entry.tokens_in for entry in outer.entries] == [1, 10, 100]


def test_a_block_that_fails_is_closed_and_keeps_what_it_heard() -> None:
    with pytest.raises(RuntimeError), record() as recorder:  # noqa: PT012 - the second statement is the point
        report(Usage(tokens_in=1))
        raise RuntimeError
    report(Usage(tokens_in=10))
    assert recorder.total.tokens_in == 1


def test_threads_do_not_mix() -> None:
    both_open = threading.Barrier(2, timeout=30)

    def work(size: int) -> list[int]:
        with record() as recorder:
            both_open.wait()
            for _ in range(50):
                report(Usage(tokens_in=size))
            both_open.wait()
        return [entry.tokens_in for entry in recorder.entries]

    with record() as outside, ThreadPoolExecutor(2) as pool:
        assert list(pool.map(work, [1, 2])) == [[1] * 50, [2] * 50]
    assert outside.entries == []


def test_tasks_of_one_thread_do_not_mix() -> None:
    async def work(size: int) -> list[int]:
        with record() as recorder:
            for _ in range(5):
                await asyncio.sleep(0)
                report(Usage(tokens_in=size))
        return [entry.tokens_in for entry in recorder.entries]

    async def both() -> list[list[int]]:
        return await asyncio.gather(work(1), work(2))

    # The loop's own socket pair is all that it needs of the network.
    assert asyncio.run(both()) == [[1] * 5, [2] * 5]


def test_a_thread_in_the_callers_context_reports_to_the_callers_block() -> None:
    with record() as recorder, ThreadPoolExecutor(1) as pool:
        pool.submit(contextvars.copy_context().run, report, Usage(tokens_in=7)).result()
    assert recorder.total.tokens_in == 7


@pytest.mark.parametrize("field", ["tokens_in", "tokens_cached", "tokens_out", "calls", "milliseconds"])
def test_nothing_costs_less_than_nothing(field: str) -> None:
    with pytest.raises(ValidationError):
        Usage(**{field: -1})
