"""What an in-process model is asked: token ids, and the pictures that some of them stand for.

Imports torch: load it only through `transformers.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

__all__ = ["Images", "Prompt"]


@dataclass(frozen=True)
class Images:
    """The pictures of one prompt of n tokens, as the model takes them.

    Attributes:
        keys: the prompt's token ids, with a negative number of the pictures' digest for each placeholder.
        end: position after the last placeholder; at least 1, at most n - 1.
        pixels: inputs of the model that go with the whole prompt (pixel values, grids, masks).
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


class Prompt(NamedTuple):
    """What the model reads: token ids, and the pictures that some of them stand for."""

    ids: tuple[int, ...]
    images: Images | None = None


def _moved(value: Tensor, like: Any) -> Tensor:
    return value.to(like.device, like.dtype) if value.is_floating_point() else value.to(like.device)
