"""What remote requests cost: read from the answer, summed over tries, stopped at the caps of one run.

Knows numbers only, never text. A run is the life of one `Spend`, that is of one open remote backend.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any, TypeVar

from langchain_core.messages.ai import InputTokenDetails, UsageMetadata

from affectgraph.backends.config import RemoteConfig
from affectgraph.backends.errors import SpendCapReached
from affectgraph.backends.usage import Usage

__all__ = ["Meter", "Spend", "read_usage", "usage_metadata"]

T = TypeVar("T")
_RETRIED = (408, 409, 429)  # and every 5xx
_current: ContextVar[Meter | None] = ContextVar("affectgraph_remote_meter", default=None)


def read_usage(answer: object) -> Usage | None:
    """The tokens that an answer (object or mapping) reports, in OpenAI's, Anthropic's or Google's field names.

    Returns None where the report is missing or makes no sense (text, negative): the caller then estimates.
    """
    report = _field(answer, "usage", "usage_metadata")
    tokens_in = _count(_field(report, "prompt_tokens", "input_tokens", "prompt_token_count"))
    tokens_out = _count(_field(report, "completion_tokens", "output_tokens", "candidates_token_count"))
    if tokens_in is None or tokens_out is None:
        return None
    details = _field(report, "prompt_tokens_details")
    cached = _count(_field(details, "cached_tokens") or _field(report, "cached_content_token_count")) or 0
    # Anthropic alone counts cached prompt tokens apart from its input_tokens.
    read = _count(_field(report, "cache_read_input_tokens")) or 0
    written = _count(_field(report, "cache_creation_input_tokens")) or 0
    tokens_in += read + written
    return Usage(tokens_in=tokens_in, tokens_cached=min(cached + read, tokens_in), tokens_out=tokens_out)


def usage_metadata(tokens: Usage) -> UsageMetadata:
    """The same counts as langchain-core's messages carry them."""
    return UsageMetadata(
        input_tokens=tokens.tokens_in,
        output_tokens=tokens.tokens_out,
        total_tokens=tokens.tokens_in + tokens.tokens_out,
        input_token_details=InputTokenDetails(cache_read=tokens.tokens_cached),
    )


class Meter:
    """The cost of one call, over all tries of its request.

    Attributes:
        tries: requests that were sent.
        tokens: sum of what was reported (or estimated) so far; its own `calls` and `milliseconds` are not used.
    """

    def __init__(self) -> None:
        self.tries = 0
        self.tokens = Usage(calls=0)
        self._seconds = 0.0

    def timed(self, call: Callable[[], T]) -> T:
        """Run `call` on this meter's clock; requests that it sends through a watched client are this meter's tries."""
        started = time.perf_counter()
        token = _current.set(self)
        try:
            return call()
        finally:
            _current.reset(token)
            self._seconds += time.perf_counter() - started

    def timed_items(self, items: Iterable[T]) -> Iterator[T]:
        """Pass `items` on; the clock runs while waiting for them, not while they are read."""
        iterator = iter(items)
        while True:
            try:
                item = self.timed(iterator.__next__)
            except StopIteration:
                return
            yield item

    def total(self) -> Usage:
        """All tries as one report."""
        return self.tokens.model_copy(update={"calls": self.tries, "milliseconds": self._seconds * 1000.0})


class Spend:
    """Thread-safe counter of the tokens and the cost of one run, with the caps of its settings.

    Requests in flight finish: with n of them at a time, a run can end up to n requests above its cap. Cached
    prompt tokens are counted at the full price.
    """

    def __init__(self, config: RemoteConfig, label: str = "remote") -> None:
        self._config = config
        self._label = label
        self._total = Usage(calls=0)
        self._lock = threading.Lock()

    @property
    def tokens(self) -> int:
        """Prompt and generated tokens so far, failed tries included as far as they were reported."""
        total = self._total
        return total.tokens_in + total.tokens_out

    @property
    def cost(self) -> float | None:
        """Cost so far in the currency of the prices; None without prices."""
        price_in, price_out = self._config.price_in, self._config.price_out
        if price_in is None or price_out is None:
            return None
        total = self._total
        return (total.tokens_in * price_in + total.tokens_out * price_out) / 1_000_000

    def add(self, usage: Usage) -> None:
        """Count one try."""
        with self._lock:
            self._total = self._total + usage

    def event_hooks(self) -> dict[str, list[Callable[[Any], None]]]:
        """Hooks for an httpx client: they count every try that a client makes on its own, and bound its retries."""
        return {"request": [_sent], "response": [self._answered]}

    def _answered(self, response: Any) -> None:
        if response.status_code < 400:
            return
        response.read()
        try:
            tokens = read_usage(json.loads(response.content))
        except ValueError:
            tokens = None
        meter = _current.get()
        if tokens is not None and meter is not None:
            meter.tokens = meter.tokens + tokens
            self.add(tokens)
        # A server can ask the openai client to retry anything; a refused key stays refused, and a reached cap ends it.
        worth_it = response.status_code in _RETRIED or response.status_code >= 500
        if not worth_it or self.reached() is not None:
            response.headers["x-should-retry"] = "false"

    def reached(self) -> str | None:
        """What was spent, the cap and its setting, in words; None while below every cap."""
        cap, cost_cap = self._config.max_tokens_per_run, self._config.max_cost_per_run
        if cap is not None and self.tokens >= cap:
            return f"{self.tokens} tokens spent of {cap} (max_tokens_per_run)"
        cost = self.cost
        if cost_cap is not None and cost is not None and cost >= cost_cap:
            return f"a cost of {cost:.6g} spent of {cost_cap:.6g} (max_cost_per_run)"
        return None

    def check(self) -> None:
        """Call before a request.

        Raises:
            SpendCapReached: a cap is reached.
        """
        spent = self.reached()
        if spent is not None:
            raise SpendCapReached(
                f"this run's cap is reached: {spent}; nothing more is sent; "
                f"raise the cap in [backends.{self._label}] or start a new run"
            )


def _sent(request: Any) -> None:
    meter = _current.get()
    if meter is not None:
        meter.tries += 1
    # What the client tells about this machine and its Python is nobody's business.
    for name in [name for name in request.headers if name.lower().startswith("x-stainless-")]:
        del request.headers[name]


def _field(source: object, *names: str) -> object:
    for name in names:
        value = source.get(name) if isinstance(source, Mapping) else getattr(source, name, None)
        if value is not None:
            return value
    return None


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    return value
