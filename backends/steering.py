"""Steering attention heads: the plan that travels with a request, and what was read from a model's attention.

Mechanism only: which heads, how strongly and towards what is policy and lives above. The modalities of a prompt are
spans of its tokens; the budget of a modality is its share of the attention that the answer query (the last prompt row)
pays to all spans. Source: EmoMM / CHASE (arXiv 2605.01024); the form of the shift is our choice, fitted to the paper's
published budgets. How it is done in torch: `transformers_steering`. Imports neither torch nor numpy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from affectgraph.backends.errors import InputError

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

__all__ = ["MODALITIES", "AttentionReading", "Modality", "SteeringPlan", "shifted"]

Modality = Literal["text", "audio", "video"]
# Images and frames count as video.
MODALITIES: tuple[Modality, ...] = ("text", "audio", "video")

_Index = Annotated[int, Field(ge=0)]
_Share = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]


class SteeringPlan(BaseModel):
    """Which attention heads of one request are moved, how far, and where to.

    Attributes:
        heads: (layer, head) of the text decoder, both from 0, each once.
        strength: lambda in [0, 1]: how far the budgets go towards `target`; 0 moves nothing.
        target: u, the budgets aimed at, as shares >= 0; they are renormalised over the modalities that the prompt has.
            None: uniform over them (the paper's fit).
        novelty: gamma >= 0: inside each span attention is multiplied by exp(gamma * s), s being a token's novelty (one
            minus its largest cosine to earlier tokens of the span), the span's budget unchanged; 0 is off (default).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    heads: Annotated[tuple[tuple[_Index, _Index], ...], Field(min_length=1)]
    strength: float = Field(ge=0.0, le=1.0, allow_inf_nan=False)
    target: dict[Modality, _Share] | None = None
    novelty: float = Field(default=0.0, ge=0.0, le=100.0, allow_inf_nan=False)

    @field_validator("heads")
    @classmethod
    def _once(cls, heads: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
        if len(set(heads)) < len(heads):
            twice = next(head for head in heads if heads.count(head) > 1)
            raise ValueError(f"(layer, head) {twice} is named twice")
        return heads

    @field_validator("target")
    @classmethod
    def _somewhere(cls, target: dict[Modality, float] | None) -> dict[Modality, float] | None:
        if target is not None and not sum(target.values()) > 0.0:
            raise ValueError("target gives no modality a share above 0; leave it out for a uniform one")
        return target

    @property
    def off(self) -> bool:
        """Whether it changes nothing: the answer is then bit-identical to one without a plan."""
        return self.strength == 0.0 and self.novelty == 0.0

    def target_over(self, present: Sequence[Modality]) -> tuple[float, ...]:
        """The budgets aimed at for the modalities of a prompt, in their order; they sum to 1.

        Raises:
            InputError: the target gives none of them a share.
        """
        if self.target is None:
            return (1.0 / len(present),) * len(present)
        wanted = [self.target.get(modality, 0.0) for modality in present]
        total = math.fsum(wanted)
        if total <= 0.0:
            raise InputError(
                f"the steering target {self.target} gives no share to what the prompt has ({', '.join(present)}); "
                "name one of these modalities, or leave the target out for a uniform one"
            )
        return tuple(share / total for share in wanted)


@dataclass(frozen=True, eq=False)
class AttentionReading:
    """What the answer query of one prompt attended to, and the hidden states of what it attended to.

    L layers, H heads, M modalities, width D; float32. Where the request was steered, it is what the steered heads did.

    Attributes:
        modalities: those that the prompt has, in the order of `MODALITIES`.
        tokens: size of each span.
        budgets: (L, H, M), share of each modality in the attention to all spans; sums to 1 over modalities.
        masses: (L, H, M), share of each modality in all attention, which template tokens get a part of.
        hidden: (L + 1, M, D), hidden states averaged over each span; [l] is what layer l reads, the last is what the
            model's final norm gives.
        answer: (L + 1, D), the same of the answer query's token.
    """

    modalities: tuple[Modality, ...]
    tokens: tuple[int, ...]
    budgets: NDArray[float32]
    masses: NDArray[float32]
    hidden: NDArray[float32]
    answer: NDArray[float32]


def shifted(budget: Any, strength: Any, target: Any) -> Any:
    """The budget after steering, `b* = (1 - lambda) b + lambda u`; of numbers or of arrays and tensors alike.

    Budgets that sum to 1 still do. The form is our choice: it gives the shifts that the CHASE paper published for
    text + audio + video, audio + video and text + audio, and under-predicts text + video.
    """
    return (1.0 - strength) * budget + strength * target
