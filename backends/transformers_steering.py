"""Steers and reads attention heads of any plain transformers model, batched, padded and cached.

    attachment = attach(model)
    with attachment.steered([RowSteering(spans, plan, prompt_length)]) as watch:
        model.generate(...)

The model's own attention runs for every row and head. At a steered layer the chosen heads of the last prompt row and
of every row after it are computed again in float32, their weights moved (`transformers_reweight`), and only these
results put in their place. Earlier rows are never touched, so a prompt's prefill is exact, chunked or cached. What a
block asks for lives in a context variable: threads do not see each other's, and a thread started inside a block needs
`contextvars.copy_context()`. What cannot be exact is refused.
Imports torch: load it only where a model is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from affectgraph.backends.errors import BackendError
from affectgraph.backends.transformers_attention import (
    ACTIVE,
    NAMES,
    PASS,
    Block,
    before_pass,
    opened,
    reading_hooks,
    register,
)
from affectgraph.backends.transformers_decoder import Decoder, find_decoder
from affectgraph.backends.transformers_reading import Watch
from affectgraph.backends.transformers_session import RowSteering, Session

__all__ = ["Attachment", "RowSteering", "Watch", "attach"]


def attach(model: Any) -> Attachment:
    """Make the attention of a model's text decoder steerable; without a plan it computes what it computed before.

    Args:
        model: a transformers model with "sdpa" or "eager" attention; towers for pictures and sound stay as they are.

    Raises:
        SettingsError: the model cannot be steered exactly; says why and what to do.
    """
    decoder = find_decoder(model)
    register()
    return Attachment(decoder)


class Attachment:
    """A model whose attention heads can be read and steered, until `detach`; also a context manager.

    Attributes:
        layers: how many layers the text decoder has.
        heads: how many query heads each has.
    """

    def __init__(self, decoder: Decoder) -> None:
        self.layers, self.heads = len(decoder.attentions), decoder.heads
        self._decoder = decoder
        self._plain: str | None = decoder.implementation
        self._lock = threading.Lock()
        self._inside = 0
        self._hook: Any = None
        decoder.use(NAMES[decoder.implementation])

    def detach(self) -> None:
        """Give the model its own attention back. May be called twice.

        Raises:
            BackendError: some `steered` block is still open.
        """
        with self._lock:
            if self._inside:
                raise BackendError(f"{self._inside} `steered` block(s) of this model are open; leave them, then detach")
            if self._plain is not None:
                self._decoder.use(self._plain)
                self._plain = None

    def __enter__(self) -> Attachment:
        return self

    def __exit__(self, *_: object) -> None:
        self.detach()

    def check(self, row: RowSteering) -> None:
        """See that a row can be steered or read.

        Raises:
            InputError: its plan names a head that is not there, or its spans are empty, overlap or leave the prompt.
        """
        row.check(self.layers, self.heads)

    @contextmanager
    def steered(self, rows: Sequence[RowSteering | None], *, read: bool = False) -> Iterator[Watch]:
        """Steer (and read) every forward pass of the model in this context; an inner block replaces an outer one.

        Args:
            rows: one for each row of the batch; None, or a row whose plan is None or off, is computed as ever. With
                beams or several answers a prompt, each row as often as `generate` repeats it.
            read: also read every row's attention and hidden states while its prompt passes, from the first token on.

        Raises:
            InputError: a row cannot be steered (see `check`); a forward pass that does not fit the rows raises it too.
            BackendError: the attachment is detached.
        """
        for row in rows:
            if row is not None:
                self.check(row)
        block = Block(Session(rows, self.heads), self._decoder, read=read)
        self._open()
        hooks = reading_hooks(block, self._decoder)
        active, passing = ACTIVE.set(opened(block, self._decoder)), PASS.set(None)
        try:
            yield block.watch
        finally:
            PASS.reset(passing)
            ACTIVE.reset(active)
            for hook in hooks:
                hook.remove()
            self._close()

    def _open(self) -> None:
        with self._lock:
            if self._plain is None:
                raise BackendError("this attachment is detached; attach to the model anew")
            if not self._inside:
                self._hook = self._decoder.module.register_forward_pre_hook(before_pass, with_kwargs=True)
            self._inside += 1

    def _close(self) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._hook.remove()
