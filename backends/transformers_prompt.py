"""What an in-process model is asked: token ids, the pictures that some of them stand for, and where modalities are.

Imports torch: load it only through `transformers.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from affectgraph.backends.steering import MODALITIES, Modality

__all__ = ["Images", "Prompt", "Spans"]


@dataclass(frozen=True)
class Images:
    """The media of one prompt of n tokens, pictures and also frames and sounds, as the model takes them.

    Attributes:
        keys: the prompt's token ids, with a negative number of the media's digest for each placeholder.
        end: position after the last placeholder, or after what the model must see with it; at least 1, at most n - 1.
        pixels: inputs of the model that go with the whole prompt (pixel values, mel features, grids, masks).
        kinds: inputs of shape (1, n) that say which tokens are placeholders; empty for models that need none.
        shift: how far the positions of the text after the pictures lie from their index: 0 but for models that count
            positions in two dimensions (M-RoPE), where a picture takes fewer positions than tokens.
    """

    keys: tuple[int, ...]
    end: int
    pixels: Mapping[str, Tensor]
    kinds: Mapping[str, Tensor]
    shift: int = 0

    def inputs(self, length: int, like: Any) -> dict[str, Tensor]:
        """Inputs for a forward pass over the first `length` tokens, `end` or more; what follows the prompt is text.

        Args:
            length: number of tokens.
            like: the model, for its device and precision.
        """
        missing = max(0, length - len(self.keys))
        kinds = {name: torch.nn.functional.pad(kind[:, :length], (0, missing)) for name, kind in self.kinds.items()}
        return {name: _moved(value, like) for name, value in {**self.pixels, **kinds}.items()}


@dataclass(frozen=True)
class Spans:
    """Where the modalities of a prompt are.

    Attributes:
        ranges: for each modality that the prompt has, half-open ranges (start, end) over its token positions, in
            ascending order. Markers around a picture or a sound are not part of them; modalities may interleave.
    """

    ranges: Mapping[Modality, tuple[tuple[int, int], ...]]

    @property
    def modalities(self) -> tuple[Modality, ...]:
        """Those that the prompt has, in the order of `MODALITIES`."""
        return tuple(modality for modality in MODALITIES if modality in self.ranges)

    def positions(self, modality: Modality) -> tuple[int, ...]:
        """The token positions of a modality, ascending."""
        return tuple(at for start, end in self.ranges[modality] for at in range(start, end))

    @staticmethod
    def of_positions(positions: Mapping[Modality, Iterable[int]]) -> Spans:
        """Spans from the token positions of each modality; a modality without any is left out."""
        ranges: dict[Modality, tuple[tuple[int, int], ...]] = {}
        for modality, places in positions.items():
            runs: list[tuple[int, int]] = []
            for at in sorted(set(places)):
                if runs and runs[-1][1] == at:
                    runs[-1] = (runs[-1][0], at + 1)
                else:
                    runs.append((at, at + 1))
            if runs:
                ranges[modality] = tuple(runs)
        return Spans(ranges)


class Prompt(NamedTuple):
    """What the model reads.

    Attributes:
        ids: token ids.
        images: the pictures, frames and sounds that some of them stand for.
        spans: where the modalities are; None where nobody said.
    """

    ids: tuple[int, ...]
    images: Images | None = None
    spans: Spans | None = None


def _moved(value: Tensor, like: Any) -> Tensor:
    # What comes in double precision is a time or a place, not a feature, and stays exact.
    return value.to(like.device, like.dtype) if value.dtype == torch.float32 else value.to(like.device)
