"""One answer in the making: the request, the rules by which its next token is chosen, and its way back to the caller.

Imports torch: load it only through `transformers.py`.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from affectgraph.backends.config import Decoding
from affectgraph.backends.errors import BackendError
from affectgraph.backends.transformers_cache import EMPTY, Prefix
from affectgraph.backends.transformers_prompt import Images
from affectgraph.backends.transformers_session import RowSteering
from affectgraph.backends.transformers_text import AnswerText, ChatTokens
from affectgraph.backends.usage import Usage

__all__ = ["FinishReason", "Request", "Row", "next_token"]

FinishReason = Literal["stop", "length", "cancelled"]
# How often a waiting caller looks whether the worker still lives, in seconds.
_PULSE_S = 1.0


@dataclass(frozen=True)
class Request:
    """What one caller asks for.

    All that a request needs travels in it, a steering plan included.

    Attributes:
        prompt: token ids, at least one.
        max_tokens: limit of the answer in tokens, its end marker included.
        decoding: how to sample; ignored where there is a schema.
        stop: texts that end the answer and are not part of it.
        schema: JSON schema of the answer, which is then decoded greedily under a grammar.
        images: the pictures that some of the prompt's tokens stand for.
        steering: which attention heads are moved while it is answered; None: none.
    """

    prompt: tuple[int, ...]
    max_tokens: int
    decoding: Decoding
    stop: tuple[str, ...] = ()
    schema: Mapping[str, Any] | None = None
    images: Images | None = None
    steering: RowSteering | None = None


class Row:
    """One request while it is answered.

    The caller's thread uses `pieces`, `cancel` and `usage`; the rest is the worker's.

    Attributes:
        ids: prompt and answer so far.
        prefix: cache of all of `keys` but the last, where the model's cache can be taken apart.
        cached: prompt tokens that came from the prefix store.
        finished: why the answer ended; None while it grows or where it failed.
    """

    def __init__(self, request: Request, tokens: ChatTokens) -> None:
        self.request = request
        self.ids = list(request.prompt)
        self.prefix: Prefix = EMPTY
        self.cached = 0
        self.finished: FinishReason | None = None
        self.failed = False
        self._text = AnswerText(tokens.decode, request.stop)
        self._end_ids = tokens.end_ids
        self._grammar = tokens.grammar(request.schema) if request.schema is not None else None
        self._generator = torch.Generator("cpu").manual_seed(request.decoding.seed)
        self._events: queue.SimpleQueue[str | BaseException | None] = queue.SimpleQueue()
        self._cancelled = threading.Event()
        self._started: float | None = None
        self._milliseconds: float | None = None

    @property
    def keys(self) -> tuple[int, ...]:
        """`ids` as the prefix store knows them: what a picture's placeholder stands for is part of its key."""
        known = self.request.images.keys if self.request.images else ()
        return (*known, *self.ids[len(known) :])

    @property
    def shareable(self) -> Prefix:
        """What of its cache others may continue from: what attention steering has touched (the last prompt token and
        the answer) stays its own, since another prompt with these tokens would not be steered there.
        """
        steered = self.request.steering is not None and self.request.steering.moves
        return self.prefix.first(min(len(self.prefix.ids), len(self.request.prompt) - 1)) if steered else self.prefix

    @property
    def growing(self) -> bool:
        """Whether it wants another token."""
        return self.finished is None and not self.failed

    @property
    def cancelled(self) -> bool:
        """Whether the caller has gone."""
        return self._cancelled.is_set()

    @property
    def remaining(self) -> int:
        """Tokens it may still produce."""
        return self.request.max_tokens - (len(self.ids) - len(self.request.prompt))

    @property
    def usage(self) -> Usage:
        """What it cost so far."""
        return Usage(
            tokens_in=len(self.request.prompt),
            tokens_cached=self.cached,
            tokens_out=len(self.ids) - len(self.request.prompt),
            milliseconds=self._elapsed() if self._milliseconds is None else self._milliseconds,
        )

    def begin(self) -> None:
        """The engine takes it up: its time counts from here."""
        self._started = time.perf_counter()

    def choose(self, logits: Tensor) -> int:
        """The next token.

        Args:
            logits: float32 on the CPU, of shape (vocabulary,).
        """
        if self._grammar is not None:
            return int(_allowed(logits, self._grammar.compute_logit_bias()).argmax())
        answer = self.ids[len(self.request.prompt) :]
        return next_token(logits, answer, self.request.decoding, self._generator)

    def accept(self, token: int) -> None:
        """Take the chosen token into the answer, and end the answer where it ends.

        Raises:
            BackendError: the grammar engine gave up.
        """
        self.ids.append(token)
        if token in self._end_ids:
            return self.end("stop")
        if self._grammar is not None and not self._grammar.consume_token(token):
            raise BackendError(f"the grammar engine gave up: {self._grammar.stop_reason()}")
        if piece := self._text.push(token):
            self._events.put(piece)
        if self._text.stopped or (self._grammar is not None and self._grammar.is_stopped()):
            return self.end("stop")
        if self.remaining <= 0:
            return self.end("length")
        return self.end("cancelled") if self.cancelled else None

    def end(self, reason: FinishReason) -> None:
        """Finish, and let the caller go on."""
        if not self.growing:
            return
        self.finished, self._milliseconds = reason, self._elapsed()
        if piece := self._text.flush():
            self._events.put(piece)
        self._events.put(None)

    def fail(self, error: BackendError) -> None:
        """Give up; the caller gets `error`."""
        if self.growing:
            self.failed, self._milliseconds = True, self._elapsed()
            self._events.put(error)

    def cancel(self) -> None:
        """The caller has gone; nothing happens if the answer is finished."""
        self._cancelled.set()

    def pieces(self, alive: Callable[[], bool]) -> Iterator[str]:
        """The answer's text as it comes; `"".join` gives the whole.

        Args:
            alive: whether somebody still works on it.

        Raises:
            BackendError: the engine failed, or died.
        """
        while True:
            try:
                event = self._events.get(timeout=_PULSE_S)
            except queue.Empty:
                if alive() or not self._events.empty():
                    continue
                raise BackendError("the transformers worker died; create the backend anew") from None
            if event is None:
                return
            if isinstance(event, BaseException):
                raise event
            yield event

    def _elapsed(self) -> float:
        return 0.0 if self._started is None else 1000 * (time.perf_counter() - self._started)


def next_token(logits: Tensor, answer: list[int], decoding: Decoding, generator: torch.Generator) -> int:
    """Sample by repetition penalty, temperature and top-p, in this order; temperature 0 takes the best.

    The penalty looks at the answer only (our choice): the prompt holds end-of-turn markers, and the words of a person
    whom an empathic answer may well echo.

    Args:
        logits: float32, of shape (vocabulary,).
        answer: token ids of the answer so far.
    """
    if answer and decoding.repeat_penalty != 1.0:
        seen = torch.tensor(sorted(set(answer)))
        scores = logits[seen]
        penalised = torch.where(scores < 0, scores * decoding.repeat_penalty, scores / decoding.repeat_penalty)
        logits = logits.index_copy(0, seen, penalised)
    if decoding.temperature == 0.0:
        return int(logits.argmax())
    shares, order = torch.softmax(logits / decoding.temperature, dim=-1).sort(descending=True, stable=True)
    # A token stays if those before it do not reach top_p: at least one always does.
    kept = torch.where(shares.cumsum(-1) - shares < decoding.top_p, shares, 0.0)
    return int(order[torch.multinomial(kept, 1, generator=generator)])


def _allowed(logits: Tensor, bias: bytes) -> Tensor:
    """Logits with minus infinity wherever `bias` (one byte a token) is 0, or does not reach: a padded vocabulary."""
    mask = torch.frombuffer(bytearray(bias), dtype=torch.uint8)[: logits.shape[0]] == 0
    masked = torch.full_like(logits, -torch.inf)
    masked[: mask.shape[0]] = logits[: mask.shape[0]].masked_fill(mask, -torch.inf)
    return masked
