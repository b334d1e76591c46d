"""Which branch of the tree survives. Pure rules, over what a critic said.

AICA-Bench (arXiv 2604.05900) prunes contradicted hypotheses and describes no vote. Our choice where several survive, or
none: the fewest contradictions, then the critic's confidence, then the order in which they were put forward.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

__all__ = ["kept", "least_contradicted", "pruned"]


class _Verdict(Protocol):
    @property
    def hypothesis(self) -> str: ...
    @property
    def contradictions(self) -> Sequence[Any]: ...
    @property
    def confidence(self) -> float: ...


class _Hypothesis(Protocol):
    @property
    def id(self) -> str: ...


V = TypeVar("V", bound=Any)
H = TypeVar("H", bound=_Hypothesis)


def least_contradicted(verdicts: Sequence[_Verdict]) -> list[str]:
    """The ids of the hypotheses with the fewest contradictions, in the order of `verdicts`; none without verdicts."""
    fewest = min((len(item.contradictions) for item in verdicts), default=0)
    return [item.hypothesis for item in verdicts if len(item.contradictions) == fewest]


def kept(hypotheses: Sequence[H], verdicts: Sequence[_Verdict]) -> H | None:
    """The surviving hypothesis; without verdicts the first one, without hypotheses None.

    Args:
        hypotheses: in the order in which they were put forward.
        verdicts: at most one for each hypothesis, in any order; a hypothesis without one cannot survive those with one.
    """
    said = {item.hypothesis: item for item in verdicts}
    judged = [item for item in hypotheses if item.id in said]
    if not judged:
        return hypotheses[0] if hypotheses else None
    return min(judged, key=lambda item: (len(said[item.id].contradictions), -said[item.id].confidence))


def pruned(verdicts: Sequence[V], survivor: str | None) -> list[V]:
    """The same verdicts, marked: a contradicted hypothesis is pruned, unless it survives for want of a better."""
    return [
        item.model_copy(update={"pruned": bool(item.contradictions) and item.hypothesis != survivor})
        for item in verdicts
    ]
