import sys
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from affectgraph.backends.config import RemoteConfig
from affectgraph.backends.errors import SpendCapReached
from affectgraph.backends.spend import Meter, Spend, read_usage, usage_metadata
from affectgraph.backends.usage import Usage


def config(**options: Any) -> RemoteConfig:
    return RemoteConfig(model="m", base_url="http://127.0.0.1:1/v1", **options)


def test_the_token_cap_stops_the_next_request_and_says_what_was_spent() -> None:
    spend = Spend(config(max_tokens_per_run=100), "far")
    spend.add(Usage(tokens_in=60, tokens_out=39))
    spend.check()
    spend.add(Usage(tokens_in=1))
    with pytest.raises(SpendCapReached, match=r"100 tokens spent of 100 \(max_tokens_per_run\).*\[backends.far\]"):
        spend.check()


def test_the_cost_cap_uses_the_price_of_each_direction() -> None:
    spend = Spend(config(max_cost_per_run=0.03, price_in=1.0, price_out=20.0))
    spend.add(Usage(tokens_in=9_000, tokens_out=1_000))
    assert spend.cost == pytest.approx(0.029)
    spend.check()
    spend.add(Usage(tokens_in=1_000))
    with pytest.raises(SpendCapReached, match=r"0\.03 spent of 0\.03 \(max_cost_per_run\)"):
        spend.check()


def test_without_caps_nothing_stops_and_without_prices_there_is_no_cost() -> None:
    spend = Spend(config())
    spend.add(Usage(tokens_in=10**9, tokens_out=10**9))
    spend.check()
    assert spend.cost is None


def test_concurrent_requests_lose_no_token() -> None:
    spend = Spend(config())
    interval = sys.getswitchinterval()

    def add_many() -> None:
        for _ in range(400):
            spend.add(Usage(tokens_in=1))

    adders = [threading.Thread(target=add_many) for _ in range(8)]
    sys.setswitchinterval(1e-6)
    try:
        for adder in adders:
            adder.start()
        for adder in adders:
            adder.join()
    finally:
        sys.setswitchinterval(interval)
    assert spend.tokens == 3200


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        ({"usage": {"prompt_tokens": 5, "completion_tokens": 2}}, (5, 0, 2)),
        (
            {
                "usage": {
                    "prompt_tokens": 5,
                    "completion_tokens": 2,
                    "prompt_tokens_details": {"cached_tokens": 4},
                }
            },
            (5, 4, 2),
        ),
        (SimpleNamespace(usage=SimpleNamespace(input_tokens=5, output_tokens=2)), (5, 0, 2)),
        (
            {"usage": {"input_tokens": 5, "output_tokens": 2, "cache_read_input_tokens": 30}},
            (35, 30, 2),
        ),
        ({"usage_metadata": {"prompt_token_count": 5, "candidates_token_count": 2}}, (5, 0, 2)),
        (
            {
                "usage": {
                    "prompt_tokens": 5,
                    "completion_tokens": 2,
                    "prompt_tokens_details": {"cached_tokens": 99},
                }
            },
            (5, 5, 2),
        ),
    ],
    ids=["openai", "openai cached", "anthropic", "anthropic cached", "google", "more cached than read"],
)
def test_usage_is_read_in_every_dialect(report: object, expected: tuple[int, int, int]) -> None:
    usage = read_usage(report)
    assert usage is not None
    assert (usage.tokens_in, usage.tokens_cached, usage.tokens_out) == expected


@pytest.mark.parametrize(
    "report",
    [
        None,
        "text",
        {},
        {"usage": None},
        {"usage": "many"},
        {"usage": {"prompt_tokens": 5}},
        {"usage": {"prompt_tokens": -5, "completion_tokens": 2}},
        {"usage": {"prompt_tokens": "5", "completion_tokens": 2}},
        {"usage": {"prompt_tokens": True, "completion_tokens": 2}},
    ],
)
def test_a_missing_or_senseless_report_is_none(report: object) -> None:
    assert read_usage(report) is None


def test_a_meter_sums_tries_and_its_clock_stands_still_between_items(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 1.0, 10.0, 12.0, 20.0, 20.0])
    monkeypatch.setattr("affectgraph.backends.spend.time.perf_counter", lambda: next(now))
    meter = Meter()
    assert list(meter.timed_items(["a", "b"])) == ["a", "b"]
    meter.tries = 2
    meter.tokens = Usage(tokens_in=3, tokens_out=4)
    total = meter.total()
    assert (total.calls, total.tokens_in, total.tokens_out, total.milliseconds) == (2, 3, 4, 3000.0)


def test_message_metadata_carries_the_same_counts() -> None:
    metadata = usage_metadata(Usage(tokens_in=7, tokens_cached=6, tokens_out=2))
    assert metadata == {
        "input_tokens": 7,
        "output_tokens": 2,
        "total_tokens": 9,
        "input_token_details": {"cache_read": 6},
    }
