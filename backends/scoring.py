"""The mathematics of a closed-set choice: from label log-probabilities to a distribution.

A label's score is `sum_i log p(token_i | prompt, tokens before i)` over the label's *own* tokens. Two choices are ours:

- **End marker.** Scores are of the label as the beginning of an answer, without an end-of-turn token, which small
  chat models place badly. Only where one label's tokens begin another's ("sad", "sad dened") is the end marker added,
  to all labels.
- **Prior correction.** With a neutral prompt (the question without the evidence) the score becomes
  `log p(label | prompt) - log p(label | neutral)`: domain-conditional PMI (Holtzman et al. 2021, arXiv 2104.08315),
  the multiplicative cousin of contextual calibration (Zhao et al. 2021, arXiv 2102.09690). It removes the model's
  taste for certain words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

__all__ = ["Calibration", "Distribution", "label_token_ids"]

Calibration = Literal["log-probabilities", "prior-corrected", "uncalibrated", "face-network", "stated"]


class Distribution(BaseModel):
    """A probability for each label of a closed set.

    Attributes:
        probabilities: label -> probability in [0, 1]; they sum to 1.
        calibration: where the numbers come from. `uncalibrated` means a structured answer of a model without
            log-probabilities: rank it, do not trust its confidence. `face-network`: the shares of a small network
            that reads faces, which is surer than it is right. `stated`: the person said so.
    """

    model_config = ConfigDict(frozen=True)

    probabilities: dict[str, float] = Field(min_length=1)
    calibration: Calibration = "log-probabilities"

    @model_validator(mode="after")
    def _sums_to_one(self) -> Distribution:
        values = list(self.probabilities.values())
        if any(not math.isfinite(p) or p < 0.0 for p in values):
            raise ValueError("probabilities must be finite and not negative")
        if abs(math.fsum(values) - 1.0) > 1e-6:
            raise ValueError(f"probabilities sum to {math.fsum(values):.6f}, not to 1")
        return self

    @classmethod
    def from_scores(
        cls,
        options: Sequence[str],
        scores: Sequence[float],
        calibration: Calibration = "log-probabilities",
    ) -> Distribution:
        """Softmax of unnormalised log-probabilities.

        Args:
            options: n labels.
            scores: n natural-log scores; `-inf` is allowed as long as one is finite.
            calibration: where the scores come from.

        Raises:
            ValueError: lengths differ, or no score is finite.
        """
        if len(options) != len(scores):
            raise ValueError(f"{len(options)} options but {len(scores)} scores")
        top = max(scores, default=-math.inf)
        if not math.isfinite(top):
            raise ValueError("no option has a finite score")
        weights = [math.exp(score - top) for score in scores]
        total = math.fsum(weights)
        shares = {option: weight / total for option, weight in zip(options, weights, strict=True)}
        return cls(probabilities=shares, calibration=calibration)

    @classmethod
    def from_answer(cls, options: Sequence[str], answer: str, confidence: float) -> Distribution:
        """`confidence` on one label, the rest shared evenly; marked `uncalibrated`."""
        rest = (1.0 - confidence) / (len(options) - 1) if len(options) > 1 else 0.0
        shares = dict.fromkeys(options, rest) | {answer: confidence if len(options) > 1 else 1.0}
        return cls(probabilities=shares, calibration="uncalibrated")

    @property
    def top(self) -> str:
        """The most probable label; the first listed wins a tie."""
        return max(self.probabilities, key=self.probabilities.__getitem__)

    def renamed(self, names: Sequence[str]) -> Distribution:
        """The same probabilities under other labels, in the same order."""
        shares = dict(zip(names, self.probabilities.values(), strict=True))
        return Distribution(probabilities=shares, calibration=self.calibration)

    def ranked(self) -> list[tuple[str, float]]:
        """Labels with probabilities, most probable first, ties in listed order."""
        return sorted(self.probabilities.items(), key=lambda item: -item[1])


def label_token_ids(
    options: Sequence[str], tokenize: Callable[[str], list[int]], end_id: int | None
) -> list[list[int]]:
    """The token ids that are scored for each label.

    The end marker `end_id` is appended to every label if (and only if) one label's ids begin another's.

    Raises:
        ValueError: a label has no tokens, or labels collide and there is no end marker.
    """
    ids = [tokenize(option) for option in options]
    for option, tokens in zip(options, ids, strict=True):
        if not tokens:
            raise ValueError(f"option {option!r} has no tokens")
    nested = any(a is not b and a == b[: len(a)] for a in ids for b in ids)
    if not nested:
        return ids
    if end_id is None:
        raise ValueError("one option's tokens begin another's, and this model has no end-of-turn token")
    return [[*tokens, end_id] for tokens in ids]
