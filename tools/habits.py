"""A person's own habit of appraising, from what they said of earlier events: everything is urgent, nothing one's fault.

The shrunken mean of how their ratings differ from what the events alone suggest: a random intercept per person and
variable (best linear unbiased prediction; Robinson 1991). `strength` is the ratio of the variance within a person to
that between persons, in episodes: so many episodes count half.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["habit"]


def habit(
    ratings: Sequence[Mapping[str, float]], suggested: Sequence[Mapping[str, float]], *, strength: float = 4.0
) -> dict[str, float]:
    """Variable -> what to add to a rating of a new event; variables that were never rated are left out.

    Args:
        ratings: per episode, variable -> the person's own rating.
        suggested: per episode, variable -> the rating that the event suggests for anybody.
        strength: in episodes, at least 0; 0 takes the mean as it is.

    Raises:
        ValueError: the two are not of one length.
    """
    differences: dict[str, list[float]] = {}
    for own, anybody in zip(ratings, suggested, strict=True):
        for name, rating in own.items():
            if name in anybody:
                differences.setdefault(name, []).append(rating - anybody[name])
    return {name: sum(found) / (len(found) + strength) for name, found in differences.items()}
