"""Which frames of a video are taken: evenly spaced, by change of scene, or as many as a budget of tokens allows.

Each policy also says how large the frames are. All of them are our choices; a model that was trained on another
sampling (one frame a second, say) is served by `UniformFrames` with a count that follows from the duration.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

__all__ = ["FramePolicy", "SceneFrames", "TokenBudgetFrames", "UniformFrames", "evenly", "policy_from_json", "scenes"]


class _Policy(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    side: int = Field(default=512, ge=16, le=4_096, description="longest side of a frame, in pixels")


class UniformFrames(_Policy):
    """The frames in the middles of `count` equal parts of the video."""

    kind: Literal["uniform"] = "uniform"
    count: int = Field(default=8, ge=1)

    @property
    def most(self) -> int:
        """The most frames that this policy takes."""
        return self.count


class SceneFrames(_Policy):
    """The frame in the middle of each scene, of the longest scenes where there are more than `count`.

    A scene ends where the picture changes by more than `change`: the mean absolute difference of grey levels, in
    [0, 1], between two looks 1/8 s apart (further apart in a video of more than 32 s), each 32 x 32 pixels.
    """

    kind: Literal["scenes"] = "scenes"
    count: int = Field(default=8, ge=1)
    change: float = Field(default=0.1, gt=0, lt=1)

    @property
    def most(self) -> int:
        """The most frames that this policy takes."""
        return self.count


class TokenBudgetFrames(_Policy):
    """Evenly spaced, as many as fit: frames times `tokens_per_frame` never exceeds `tokens`."""

    kind: Literal["tokens"] = "tokens"
    tokens: int = Field(ge=1)
    tokens_per_frame: int = Field(ge=1)

    @model_validator(mode="after")
    def _one_fits(self) -> TokenBudgetFrames:
        if self.tokens < self.tokens_per_frame:
            raise ValueError(
                f"a budget of {self.tokens} tokens holds no frame of {self.tokens_per_frame}: "
                "raise it, or take smaller frames"
            )
        return self

    @property
    def most(self) -> int:
        """The most frames that this policy takes."""
        return self.tokens // self.tokens_per_frame


FramePolicy = Annotated[UniformFrames | SceneFrames | TokenBudgetFrames, Field(discriminator="kind")]
_ADAPTER: TypeAdapter[FramePolicy] = TypeAdapter(FramePolicy)


def policy_from_json(text: str | bytes) -> FramePolicy:
    """A policy as `model_dump_json` wrote it."""
    return _ADAPTER.validate_json(text)


def evenly(start: float, end: float, count: int) -> list[float]:
    """The middles of `count` equal parts of the time from `start` to `end`, in seconds."""
    return [start + (end - start) * (number + 0.5) / count for number in range(count)]


def scenes(looks: NDArray[np.float64], times: list[float], policy: SceneFrames) -> list[float]:
    """The times in the middles of the scenes, ascending.

    Args:
        looks: grey levels in [0, 1], shape (n, height, width), in the order of time.
        times: when each was, in seconds; n of them.
        policy: how large a change ends a scene, and how many scenes are wanted.
    """
    changes = np.abs(np.diff(looks, axis=0)).mean(axis=(1, 2))
    cuts = [0, *(np.flatnonzero(changes > policy.change) + 1).tolist(), len(times)]
    spans = sorted(pairwise(cuts), key=lambda span: span[0] - span[1])[: policy.count]
    return sorted(times[(first + last) // 2] for first, last in spans)
