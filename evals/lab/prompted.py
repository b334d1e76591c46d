"""Clips as a thinker has read them: everything before the answer query is computed once, each plan costs one token.

Steering changes nothing before the last prompt row, so the prefix of every clip is kept in the cache, and an answer
under a plan is a forward pass of one row per clip (equal to the whole prompt's, tested). Imports torch lazily.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends.steering import MODALITIES, AttentionReading, SteeringPlan
from affectgraph.backends.transformers_prompt import Spans
from affectgraph.evals.lab.clips import Clips
from affectgraph.evals.lab.thinker import ANSWER_IDS, EVERYTHING, HEADS, LAYERS, Layout, layout, media_inputs, positions

__all__ = ["SHAPE", "Prompted", "Rig", "rig"]

Floats = NDArray[np.float64]
SHAPE = (LAYERS, HEADS)
_BATCH = 250


class Rig:
    """A thinker whose heads can be steered."""

    def __init__(self, model: Any, attachment: Any) -> None:
        self.model, self.attachment = model, attachment

    def read(self, clips: Clips, present: Sequence[int] = EVERYTHING) -> Prompted:
        """Take clips in, showing the modalities that are `present`."""
        return Prompted(self, clips, layout(present, clips.frames.shape[1]))


@contextmanager
def rig(model: Any) -> Iterator[Rig]:
    """Attach to a thinker; its attention is its own again afterwards."""
    from affectgraph.backends.transformers_steering import attach

    with attach(model) as attachment:
        yield Rig(model, attachment)


class Prompted:
    """n clips in front of a thinker.

    Attributes:
        clips: the clips.
        where: where their tokens are.
    """

    def __init__(self, rig: Rig, clips: Clips, where: Layout) -> None:
        self._rig, self.clips, self.where = rig, clips, where
        self._spans = spans_of(where)
        self._position = positions(rig.model, where)
        self._batches = [
            self._prefix(clips.take(slice(start, start + _BATCH))) for start in range(0, len(clips), _BATCH)
        ]

    def answers(self, plan: SteeringPlan | None = None) -> Floats:
        """(n, 5) log-probability of each answer, normalised over the five; steered by `plan`."""
        import torch

        found = []
        with torch.inference_mode():
            # One block serves all batches of a size: what it prepares for a plan is the same for each.
            for size, batches in groupby(self._batches, key=lambda batch: len(batch[0])):
                with self._rig.attachment.steered(self._rows(plan, size)):
                    found += [self._last_row(last, cache) for last, cache in batches]
        return np.concatenate(found).astype(np.float64)

    def readings(self, plan: SteeringPlan | None = None) -> list[AttentionReading]:
        """What the answer query of each clip attends to, and hidden states; steered by `plan`."""
        import torch

        found: list[AttentionReading] = []
        with torch.inference_mode():
            for start in range(0, len(self.clips), _BATCH):
                clips = self.clips.take(slice(start, start + _BATCH))
                embeds = self._embedded(clips)
                with self._rig.attachment.steered(self._rows(plan, len(clips)), read=True) as watch:
                    self._decoder(inputs_embeds=embeds, position_ids=self._places(len(clips)), use_cache=False)
                found += watch.readings
        return found

    def _rows(self, plan: SteeringPlan | None, number: int) -> list[Any]:
        from affectgraph.backends.transformers_steering import RowSteering

        return [RowSteering(self._spans, plan, self.where.length)] * number

    @property
    def _decoder(self) -> Any:
        return self._rig.model.model.language_model

    def _places(self, number: int) -> Any:
        return self._position.expand(-1, number, -1)

    def _embedded(self, clips: Clips) -> Any:
        """(b, length, width) what the decoder is given: token embeddings with the towers' features in their places."""
        import torch

        kept: dict[str, Any] = {}

        def keep(module: Any, args: Any, kwargs: dict[str, Any]) -> None:
            kept.update(kwargs)
            raise _KeptError

        hook = self._decoder.register_forward_pre_hook(keep, with_kwargs=True)
        try:
            self._rig.model.model(
                input_ids=torch.from_numpy(self.where.ids(clips)),
                position_ids=self._places(len(clips)),
                use_cache=False,
                **media_inputs(clips, self.where),
            )
        except _KeptError:
            return kept["inputs_embeds"]
        finally:
            hook.remove()
        raise AssertionError("the decoder was not called")

    def _prefix(self, clips: Clips) -> tuple[Any, Any]:
        """The last row's embedding (b, 1, width), and the cache of everything before it."""
        import torch
        from transformers import DynamicCache

        with torch.inference_mode():
            embeds = self._embedded(clips)
            cache = DynamicCache(config=self._decoder.config)
            self._decoder(
                inputs_embeds=embeds[:, :-1],
                position_ids=self._places(len(clips))[..., :-1],
                past_key_values=cache,
                use_cache=True,
            )
        return embeds[:, -1:], cache

    def _last_row(self, last: Any, cache: Any) -> Any:
        import torch

        hidden = self._decoder(
            inputs_embeds=last,
            position_ids=self._places(len(last))[..., -1:],
            past_key_values=cache,
            use_cache=True,
        ).last_hidden_state[:, -1]
        cache.crop(-1)
        logits = self._rig.model.lm_head(hidden)[:, list(ANSWER_IDS)]
        return torch.log_softmax(logits.float(), dim=-1).numpy()


class _KeptError(Exception):
    """Stops a forward pass once the decoder's input is known."""


def spans_of(where: Layout) -> Spans:
    """The spans of a prompt's modalities, for steering."""
    return Spans.of_positions(
        {MODALITIES[place]: np.flatnonzero(where.spans[place]).tolist() for place in where.present}
    )
