"""What a model call cost, and how a node learns of it.

A backend calls `report` once per request to its engine, failed tries included. Whoever wants to know opens
`record()` around the calls; the recorder lives in a context variable, so concurrent nodes never mix. Holds counts only,
never text.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Usage", "record", "report"]


class Usage(BaseModel):
    """Tokens and time of one or more requests.

    Attributes:
        tokens_in: prompt tokens, cached ones included.
        tokens_cached: the part of `tokens_in` that the engine took from its prefix cache.
        tokens_out: generated tokens.
        calls: requests to the engine, re-asks included.
        milliseconds: wall time inside the engine.
    """

    model_config = ConfigDict(frozen=True)

    tokens_in: int = Field(default=0, ge=0)
    tokens_cached: int = Field(default=0, ge=0)
    tokens_out: int = Field(default=0, ge=0)
    calls: int = Field(default=1, ge=0)
    milliseconds: float = Field(default=0.0, ge=0.0)

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_cached=self.tokens_cached + other.tokens_cached,
            tokens_out=self.tokens_out + other.tokens_out,
            calls=self.calls + other.calls,
            milliseconds=self.milliseconds + other.milliseconds,
        )


class Recorder:
    """Collects what is reported while its `record()` block is open."""

    def __init__(self) -> None:
        self.entries: list[Usage] = []

    @property
    def total(self) -> Usage:
        """The sum over all requests so far; zero calls when there were none."""
        return sum(self.entries, Usage(calls=0))


_recorders: ContextVar[tuple[Recorder, ...]] = ContextVar("affectgraph_usage_recorders", default=())


@contextmanager
def record() -> Iterator[Recorder]:
    """Collect the usage of every backend call made inside the block, nested blocks included."""
    recorder = Recorder()
    token = _recorders.set((*_recorders.get(), recorder))
    try:
        yield recorder
    finally:
        _recorders.reset(token)


def report(usage: Usage) -> None:
    """Tell every open recorder of this context what one request cost."""
    for recorder in _recorders.get():
        recorder.entries.append(usage)
