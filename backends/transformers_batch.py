"""The worker: one thread that owns the model and answers several requests at a time.

Requests are collected for a moment, prefilled one by one, each on top of its own longest cached prefix, and decoded
together by transformers' `generate`. Whenever an answer ends or company arrives, the batch is taken apart into rows and
put together anew: a row's cache is its state, so this costs about one decoding step, and no request waits for another's
long answer. Models whose cache cannot be taken apart (sliding windows, recurrent states) are decoded in fixed batches,
without prefix reuse, and requests with images one by one.
Imports torch: load it only through `transformers.py`.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Waiting
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import torch
from torch import Tensor
from transformers import GenerationConfig, LogitsProcessorList, StoppingCriteriaList
from transformers.cache_utils import DynamicCache
from transformers.generation.logits_process import LogitsProcessor
from transformers.generation.stopping_criteria import StoppingCriteria

from affectgraph.backends.config import TransformersConfig
from affectgraph.backends.errors import BackendError
from affectgraph.backends.steering import AttentionReading
from affectgraph.backends.transformers_cache import EMPTY, Prefix, PrefixStore, can_reuse, stacked, unstacked
from affectgraph.backends.transformers_images import rope_keeper
from affectgraph.backends.transformers_prompt import Images
from affectgraph.backends.transformers_rows import Row
from affectgraph.backends.transformers_steering import RowSteering, attach

__all__ = ["Engine", "Reading", "Scoring"]

T = TypeVar("T")
# Prompt tokens per forward pass: bounds memory, and how long a cancelled prompt runs on.
_PREFILL_TOKENS = 512


@dataclass(frozen=True)
class Scoring:
    """Options to be scored as continuations of a prompt.

    Attributes:
        prompt: token ids, at least one.
        options: token ids of each option, at least one each.
        images: the pictures that some of the prompt's tokens stand for.
        steering: which attention heads are moved; None: none.
        result: log-probability of each option, and how many prompt tokens came from the prefix store.
    """

    prompt: tuple[int, ...]
    options: tuple[tuple[int, ...], ...]
    images: Images | None = None
    steering: RowSteering | None = None
    result: Future[tuple[list[float], int]] = field(default_factory=Future)

    def fail(self, error: BackendError) -> None:
        """Hand `error` to the caller."""
        if not self.result.done():
            self.result.set_exception(error)


@dataclass(frozen=True)
class Reading:
    """A prompt whose attention is read.

    Attributes:
        prompt: token ids, at least one.
        steering: its spans, and what is moved while it is read.
        images: the pictures that some of the prompt's tokens stand for.
        result: what was read.
    """

    prompt: tuple[int, ...]
    steering: RowSteering
    images: Images | None = None
    result: Future[AttentionReading] = field(default_factory=Future)

    def fail(self, error: BackendError) -> None:
        """Hand `error` to the caller."""
        if not self.result.done():
            self.result.set_exception(error)


Job = Row | Scoring | Reading


class Engine:
    """Owns the model and the thread that runs it.

    Callers use `answer`, `score`, `read`, `check` and `close`; the rest runs in that thread.

    Raises:
        SettingsError: attention is to be steered, and cannot be in this model.
    """

    def __init__(self, model: Any, config: TransformersConfig) -> None:
        self._model = model
        self._attachment = attach(model) if config.steering else None
        self._max_batch = config.max_batch
        self._window_s = config.batch_window_ms / 1000
        self._reuse = can_reuse(model)
        self._rope = rope_keeper(model)
        self._crops_logits = bool(model._supports_logits_to_keep())
        self._store = PrefixStore(config.cached_prefixes)
        self._active: list[Row] = []
        self._inbox: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._ended: str | None = None
        self._closing = threading.Event()
        self._door = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="affectgraph-transformers", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether requests are taken."""
        return self._ended is None and self._thread.is_alive()

    def answer(self, row: Row) -> Iterator[str]:
        """Queue a request and give its text as it comes.

        Raises:
            BackendError: the engine failed or is closed.
        """
        self._submit(row)
        yield from row.pieces(self._thread.is_alive)

    def score(self, job: Scoring) -> tuple[list[float], int]:
        """Score options.

        Returns:
            Log-probability (natural) of each option, and the number of prompt tokens taken from the prefix store.

        Raises:
            BackendError: the engine failed or is closed.
        """
        self._submit(job)
        return self._awaited(job.result)

    def read(self, job: Reading) -> AttentionReading:
        """Read a prompt's attention; errors as for `score`."""
        self._submit(job)
        return self._awaited(job.result)

    def check(self, steering: RowSteering) -> None:
        """See that a prompt can be steered or read, before anything waits for it.

        Raises:
            InputError: its spans or its plan do not fit the model.
            BackendError: the engine is closed.
        """
        if (attachment := self._attachment) is None:
            raise BackendError(self._ended or "this engine was opened without steering")
        attachment.check(steering)

    def _awaited(self, result: Future[T]) -> T:
        while True:
            try:
                return result.result(timeout=1.0)
            except Waiting:
                if not self._thread.is_alive() and not result.done():
                    raise BackendError("the transformers worker died; create the backend anew") from None

    def close(self) -> None:
        """Stop after the current step; unfinished requests fail. May be called twice."""
        self._closing.set()
        self._inbox.put(None)
        # The garbage collector may close a forgotten backend from any thread, this one included.
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout=60)

    def _submit(self, job: Job) -> None:
        # Under the lock, so that nothing is queued after the worker has failed what was in the queue.
        with self._door:
            if self._ended:
                raise BackendError(self._ended)
            self._inbox.put(job)

    def _work(self) -> None:
        ended = "the transformers backend is closed"
        try:
            with torch.inference_mode():
                while self._admit():
                    self._advance()
        except BaseException as error:  # nobody above this thread would see it
            ended = f"the transformers worker died of {_named(error)}; create the backend anew"
        finally:
            with self._door:
                self._ended = ended
            for job in (*self._active, *self._drained()):
                job.fail(BackendError(ended))
            self._active = []
            self._store.clear()
            self._model = self._attachment = None

    def _drained(self) -> Iterator[Job]:
        while not self._inbox.empty():
            if (job := self._inbox.get()) is not None:
                yield job

    def _admit(self) -> bool:
        """Take in what waits; sleeps while there is nothing to do. False when closing."""
        room = self._max_batch - len(self._active)
        deadline = None if not self._active else time.monotonic()
        while room > 0 and not self._closing.is_set():
            try:
                left = None if deadline is None else max(0.0, deadline - time.monotonic())
                job = self._inbox.get(timeout=left)
            except queue.Empty:
                break
            if isinstance(job, Row):
                job.begin()
                self._active.append(job)
                room -= 1
            elif isinstance(job, Reading):
                self._read(job)
            elif job is not None:
                self._score(job)
            if deadline is None:
                deadline = time.monotonic() + self._window_s
        return not self._closing.is_set()

    def _advance(self) -> None:
        """Prefill the newcomers, decode until something changes, put away what is finished."""
        for row in self._active:
            if row.cancelled:
                row.end("cancelled")
            elif self._reuse and len(row.prefix.ids) < len(row.ids) - 1:
                self._prepare(row)
        rows = [row for row in self._active if row.growing]
        for batch in self._batches(rows):
            try:
                self._decode(batch)
            except Exception as error:
                for row in batch:
                    row.fail(_failure(error))
        for row in rows:
            if row.finished and row.shareable.ids:
                self._store.put(row.shareable.owned())
        self._active = [row for row in rows if row.growing]

    def _batches(self, rows: list[Row]) -> list[list[Row]]:
        """Rows that `generate` may take together: where it reads the prompts itself, pictures go one prompt a time."""
        if self._reuse:
            return [rows] if rows else []
        plain = [row for row in rows if row.request.images is None]
        return [[row] for row in rows if row.request.images is not None] + ([plain] if plain else [])

    def _prepare(self, row: Row) -> None:
        try:
            request = row.request
            row.prefix, row.cached = self._prefilled(request.prompt, request.images, lambda: row.cancelled)
        except Exception as error:
            row.fail(_failure(error))
        else:
            if row.cancelled:
                row.end("cancelled")

    def _prefilled(
        self,
        prompt: tuple[int, ...],
        images: Images | None,
        gone: Callable[[], bool] = lambda: False,
        known: Prefix | None = None,
    ) -> tuple[Prefix, int]:
        """The cache of all prompt tokens but the last (`generate` wants one to begin with), and how many were known.

        None of these tokens is ever steered, so every request may continue from them.
        """
        wanted, keys = prompt[:-1], (images.keys if images else prompt)[:-1]
        known = self._store.longest(keys) if known is None else known
        if images and len(known.ids) < images.end:
            # All pictures go through the model in one pass, from the beginning on, as it was trained.
            known = EMPTY
        done = len(known.ids)
        cache = stacked([known], self._model.config)
        while done < len(wanted) and not gone():
            stop = images.end if images and not done else min(done + _PREFILL_TOKENS, len(wanted))
            self._forward([wanted[done:stop]], cache=cache, keep=1, images=images)
            done = stop
        prefix = unstacked(cache, 0, 0, keys[:done]) if done else EMPTY
        if done:
            self._store.put(prefix)
        return prefix, len(known.ids)

    def _decode(self, rows: list[Row]) -> None:
        longest = max(len(row.ids) for row in rows)
        ids = torch.zeros((len(rows), longest), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for index, row in enumerate(rows):
            ids[index, longest - len(row.ids) :] = torch.tensor(row.ids)
            mask[index, longest - len(row.ids) :] = 1
        cache = stacked([row.prefix for row in rows], self._model.config) if self._reuse else None
        starts = [longest - len(row.ids) for row in rows]
        media = rows[0].request.images if cache is None else None
        self._place([row.request.images for row in rows])
        for row in rows:
            row.prefix = EMPTY  # it would keep the last batch in memory beside this one
        segment = _Segment(rows, self._interrupted, splits=self._reuse)
        with self._steered([row.request.steering for row in rows]):
            self._model.generate(
                input_ids=ids.to(self._model.device),
                attention_mask=mask.to(self._model.device),
                generation_config=_greedy(max(row.remaining for row in rows)),
                logits_processor=LogitsProcessorList([_Choice(segment)]),
                stopping_criteria=StoppingCriteriaList([_Progress(segment)]),
                **({"past_key_values": cache} if cache is not None else {}),
                **(media.inputs(longest, self._model) if media else {}),
            )
        if cache is not None:
            for index, row in enumerate(rows):
                row.prefix = unstacked(cache, index, starts[index], row.keys[:-1])

    def _interrupted(self) -> bool:
        waiting = not self._inbox.empty() and len(self._active) < self._max_batch
        return self._closing.is_set() or (self._reuse and waiting)

    def _score(self, job: Scoring) -> None:
        try:
            prefix, cached = self._prefilled(job.prompt, job.images) if self._reuse else (EMPTY, 0)
            scores: list[float] = []
            # Without a cache each option is a whole prompt, and pictures go one prompt a time.
            step = 1 if job.images and not self._reuse else self._max_batch
            for first in range(0, len(job.options), step):
                scores += self._option_scores(job, prefix, job.options[first : first + step])
            job.result.set_result((scores, cached))
        except Exception as error:
            job.fail(_failure(error))

    def _option_scores(self, job: Scoring, prefix: Prefix, options: Sequence[tuple[int, ...]]) -> list[float]:
        """Teacher forcing: one padded batch over the prompt's cache; padding stands on the right and is not read."""
        width = max(len(option) for option in options)
        known = len(prefix.ids)
        rows = [(*job.prompt[known:], *option[:-1], *(0,) * (width - len(option))) for option in options]
        cache = stacked([prefix] * len(options), self._model.config) if self._reuse else None
        with self._steered([job.steering] * len(options)):
            logits = self._forward(rows, cache=cache, keep=width, images=job.images)[:, -width:].float()
        sums = []
        for row, option in zip(logits, options, strict=True):
            steps = row[: len(option)].log_softmax(-1)
            sums.append(float(steps.gather(-1, torch.tensor(option, device=steps.device)[:, None]).sum()))
        return sums

    def _read(self, job: Reading) -> None:
        """The whole prompt passes, none of it from the prefix store, which has its keys but not its hidden states."""
        try:
            with self._steered([job.steering], read=True) as watch:
                prefix, _ = self._prefilled(job.prompt, job.images, known=EMPTY) if self._reuse else (EMPTY, 0)
                cache = stacked([prefix], self._model.config) if self._reuse else None
                self._forward([job.prompt[len(prefix.ids) :]], cache=cache, keep=1, images=job.images)
            job.result.set_result(watch.readings[0])
        except Exception as error:
            job.fail(_failure(error))

    def _steered(self, rows: Sequence[RowSteering | None], *, read: bool = False) -> AbstractContextManager[Any]:
        """Steer what runs inside; nothing is done where no row asks for it."""
        if self._attachment is None or not any(rows):
            return nullcontext()
        return self._attachment.steered(rows, read=read)

    def _forward(
        self, rows: Sequence[Sequence[int]], *, cache: DynamicCache | None, keep: int, images: Images | None
    ) -> Tensor:
        """Logits of at least the last `keep` tokens of equally long rows, which continue `cache` and grow it.

        A pass from the beginning on takes the pictures along; a later one finds them in the cache.
        """
        ids = torch.tensor([list(row) for row in rows], device=self._model.device)
        options: dict[str, Any] = {"use_cache": cache is not None}
        if cache is not None:
            options["past_key_values"] = cache
        if self._crops_logits:
            options["logits_to_keep"] = keep
        if images and (cache is None or cache.get_seq_length() == 0):
            # Some classes place pictures and sounds only where they are told that nothing is padding.
            options |= images.inputs(ids.shape[1], self._model) | {"attention_mask": torch.ones_like(ids)}
        self._place([images] * len(rows))
        return cast(Tensor, self._model(input_ids=ids, **options).logits)

    def _place(self, images: Sequence[Images | None]) -> None:
        """Tell an M-RoPE model where each row's text goes on: it remembers only the rows of its last pass."""
        if self._rope is not None:
            shifts = [[one.shift if one else 0] for one in images]
            self._rope.rope_deltas = torch.tensor(shifts, device=self._model.device)


class _Segment:
    """One run of `generate` over some rows.

    Args:
        rows: what is decoded; each chooses its own token.
        interrupted: whether the engine wants to stop here.
        splits: the rows' caches can be taken apart, so the run ends as soon as one row does.
    """

    def __init__(self, rows: list[Row], interrupted: Callable[[], bool], *, splits: bool) -> None:
        self._rows = rows
        self._interrupted = interrupted
        self._splits = splits
        # On some devices `generate` takes one step too many and undoes it: what comes after the end is ignored.
        self._over = False

    def choose(self, scores: Tensor) -> Tensor:
        """Scores of shape (b, vocabulary) in which only each row's chosen token is left."""
        if self._over:
            return scores
        logits = scores.float().cpu()
        chosen = [self._try(row, Row.choose, logits[at]) or 0 for at, row in enumerate(self._rows)]
        picked = torch.tensor(chosen, device=scores.device)[:, None]
        return torch.full_like(scores, -torch.inf).scatter(1, picked, 0.0)

    def observe(self, tokens: list[int]) -> list[bool]:
        """Take the new token of each row; says for each whether it is done."""
        if not self._over:
            for row, token in zip(self._rows, tokens, strict=True):
                self._try(row, Row.accept, token)
            done = [not row.growing for row in self._rows]
            self._over = all(done) or (self._splits and any(done)) or self._interrupted()
        return [self._over or not row.growing for row in self._rows]

    @staticmethod
    def _try(row: Row, step: Callable[[Row, Any], int | None], given: Any) -> int | None:
        """A row that fails takes no other row with it."""
        if not row.growing:
            return None
        try:
            return step(row, given)
        except Exception as error:
            row.fail(_failure(error))
            return None


class _Choice(LogitsProcessor):
    def __init__(self, segment: _Segment) -> None:
        self._segment = segment

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        return self._segment.choose(scores)


class _Progress(StoppingCriteria):
    def __init__(self, segment: _Segment) -> None:
        self._segment = segment

    def __call__(self, input_ids: Tensor, scores: Any, **_: Any) -> Tensor:
        return torch.tensor(self._segment.observe(input_ids[:, -1].tolist()), device=input_ids.device)


def _greedy(max_tokens: int) -> GenerationConfig:
    # Rows choose and end by themselves: `generate` takes the one token left, and knows no end marker.
    return GenerationConfig(max_new_tokens=max_tokens, do_sample=False, pad_token_id=0)  # type: ignore[no-untyped-call]


def _failure(error: Exception) -> BackendError:
    if isinstance(error, BackendError):
        return error
    if isinstance(error, torch.OutOfMemoryError):
        return BackendError("the device ran out of memory; lower max_batch, cached_prefixes or context")
    return BackendError(f"the transformers engine failed: {_named(error)}")


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else 'no details'}"
