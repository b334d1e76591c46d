"""The learned link from an event to an emotion through its appraisal: every number of it can be looked at.

Linear parts, fitted by `affectgraph.evals.fitting` on crowd-enVENT train (Troiano et al. 2023, arXiv 2206.05238):

- `reader`: sentence embedding of the event -> 21 appraisals, ridge regression;
- `shift`: Big Five -> what a person's appraisal of the same event differs by;
- `heads`: 21 appraisals -> emotion, multinomial logistic regression on standardised ratings. Two of them, since ratings
  that a reader guessed vary less than those that people gave: `rated` and `read`;
- `words`: the embedding -> emotion directly, past the appraisals: what the text says and appraisals do not. It gives no
  reasons; it may be left out;
- `weights`: how much the link's distribution counts beside a model's own, per model, in a log-linear pool.

That emotion follows from appraisal is Scherer's claim (2001); that it does so linearly in log-odds is our choice, since
such a head can say why: `reasons` splits a score into one addend per appraisal. The file of coefficients stays on the
machine that fitted it. Plain Python: reading one event takes 21 dot products.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from affectgraph.backends.scoring import Distribution
from affectgraph.tools.link_parts import (
    NAMES,
    Figure,
    Head,
    LinkError,
    Part,
    Reader,
    Shift,
    Source,
    Weights,
    Words,
    check_shape,
    dot,
)
from affectgraph.tools.persona import TRAITS
from affectgraph.tools.stored import load_stored, save_stored

__all__ = [
    "FILE_NAME",
    "FLOOR",
    "HIGH",
    "LOW",
    "AppraisalLink",
    "Figure",
    "Head",
    "LinkError",
    "Reader",
    "Shift",
    "Source",
    "Weights",
    "Words",
    "link_path",
    "load_link",
    "pooled",
    "save_link",
]

FILE_NAME = "appraisal_link.json"
LOW, HIGH = 1.0, 5.0
FORMAT: Literal[1] = 1
# Two words for the same answer: crowd-enVENT asks for events with no emotion, Ekman's set as Persona-E2 uses it has
# neutral.
_ALIASES = {"neutral": "no-emotion", "no-emotion": "neutral"}
# No part of a pool alone can rule a label out; our choice.
FLOOR = 1e-6
_LIMIT = 16_000_000
_WAY_OUT = "fit it with `affectgraph link fit`"


class AppraisalLink(Part):
    """The fitted link. See the module.

    Attributes:
        embedder: identity of the embedder whose vectors `read` takes. The caller compares identities.
        labels: the emotions, in the order of the heads' rows.
        weights: identity of a backend -> pool weights that were chosen for it; may be empty.
        metrics: name -> figure, out of fold on the set it was fitted on.
    """

    format: Literal[1] = FORMAT
    source: Source
    embedder: str
    labels: tuple[str, ...] = Field(min_length=2)
    reader: Reader
    shift: Shift
    heads: dict[Literal["rated", "read"], Head]
    words: Words | None = None
    weights: dict[str, Weights] = Field(default_factory=dict)
    metrics: dict[str, Figure] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits_together(self) -> AppraisalLink:
        if len(set(self.labels)) != len(self.labels):
            raise ValueError("labels repeat")
        if set(self.heads) != {"rated", "read"}:
            raise ValueError("heads are not the two of them: rated, read")
        for name, head in self.heads.items():
            check_shape(f"heads.{name}.coefficients", head.coefficients, len(self.labels), len(NAMES))
        if self.words is not None:
            check_shape("words.coefficients", self.words.coefficients, len(self.labels), self.reader.size)
        return self

    def read(self, vector: Sequence[float]) -> dict[str, float]:
        """The appraisal of the event that `vector` stands for: 21 ratings, clipped to [1, 5].

        Args:
            vector: (d,) from the embedder that the reader was fitted with.

        Raises:
            LinkError: the vector is of another size.
            ValueError: it is not finite.
        """
        self._fits(vector)
        rows = zip(NAMES, self.reader.intercepts, self.reader.coefficients, strict=True)
        return {name: min(HIGH, max(LOW, start + dot(row, vector))) for name, start, row in rows}

    def shifts(self, traits: Mapping[str, float], *, most_p: float = 1.0) -> dict[str, dict[str, float]]:
        """What each known trait adds to each rating; a trait that is not given has no entry.

        Args:
            traits: trait of `TRAITS` -> value in [0, 1].
            most_p: leave out coefficients whose Holm-adjusted p is above this.

        Raises:
            KeyError: there is no such trait.
            ValueError: a value is outside [0, 1].
        """
        for trait, value in traits.items():
            if trait not in TRAITS:
                raise KeyError(f"unknown trait {trait!r}; known: {', '.join(TRAITS)}")
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"{trait} is {value}; expected a number from 0 to 1")
        rows = zip(TRAITS, self.shift.means, self.shift.coefficients, self.shift.p, strict=True)
        return {
            trait: {
                name: slope * (traits[trait] - mean)
                for name, slope, p in zip(NAMES, row, sure, strict=True)
                if p <= most_p
            }
            for trait, mean, row, sure in rows
            if trait in traits
        }

    def feel(self, appraisals: Mapping[str, float], labels: Sequence[str] | None = None, *, read: bool) -> Distribution:
        """The emotion that follows from an appraisal.

        Args:
            appraisals: variable -> rating; a missing one counts as its mean.
            labels: some of the link's labels, to choose among these alone (the probability given that it is one of
                them); `neutral` and `no-emotion` are one. All of them by default.
            read: the ratings come from `read`, not from a person or a model that was asked for them.

        Raises:
            KeyError: a label or an appraisal is unknown.
            ValueError: a rating is not finite, or a label is asked for twice.
        """
        wanted, places = self._asked(labels)
        head = self.heads["read" if read else "rated"]
        z = head.standardised(appraisals)
        return Distribution.from_scores(
            wanted, [head.intercepts[place] + dot(head.coefficients[place], z) for place in places]
        )

    def feel_words(self, vector: Sequence[float], labels: Sequence[str] | None = None) -> Distribution:
        """The emotion that the words suggest directly, without an appraisal between.

        Args:
            vector: as `read` takes it.
            labels: as `feel` takes them.

        Raises:
            LinkError: the vector is of another size, or the link was fitted without this part.
            KeyError, ValueError: as `feel`.
        """
        if self.words is None:
            raise LinkError(f"this link has no part `words`; {_WAY_OUT}")
        self._fits(vector)
        wanted, places = self._asked(labels)
        rows, starts = self.words.coefficients, self.words.intercepts
        return Distribution.from_scores(wanted, [starts[place] + dot(rows[place], vector) for place in places])

    def reasons(self, appraisals: Mapping[str, float], label: str, *, read: bool) -> dict[str, float]:
        """What each appraisal adds to the log-odds of `label` against the mean of all labels.

        With `bias` of the same label they sum to its score minus the mean score; an appraisal that is not given adds 0.

        Raises:
            KeyError, ValueError: as `feel`.
        """
        head, place = self.heads["read" if read else "rated"], self._place(label)
        z = head.standardised(appraisals)
        means = [math.fsum(column) / len(self.labels) for column in zip(*head.coefficients, strict=True)]
        columns = zip(NAMES, head.coefficients[place], means, z, strict=True)
        return {name: (own - mean) * value for name, own, mean, value in columns}

    def bias(self, label: str, *, read: bool) -> float:
        """The log-odds of `label` against the mean label for an event of mean appraisal.

        Raises:
            KeyError: the label is unknown.
        """
        intercepts = self.heads["read" if read else "rated"].intercepts
        return intercepts[self._place(label)] - math.fsum(intercepts) / len(intercepts)

    def knows(self, labels: Sequence[str]) -> bool:
        """Whether `feel` can answer with every one of `labels`."""
        return all(label in self.labels or _ALIASES.get(label) in self.labels for label in labels)

    def _fits(self, vector: Sequence[float]) -> None:
        if len(vector) != self.reader.size:
            raise LinkError(
                f"the link reads vectors of {self.reader.size} numbers ({self.embedder}), not {len(vector)}; use that "
                f"embedder, or for another one {_WAY_OUT}"
            )
        if not all(map(math.isfinite, vector)):
            raise ValueError("the vector holds a number that is not finite")

    def _asked(self, labels: Sequence[str] | None) -> tuple[tuple[str, ...], list[int]]:
        """The labels as they were asked for, and the place of each."""
        wanted = self.labels if labels is None else tuple(labels)
        places = [self._place(label) for label in wanted]
        if len(set(places)) != len(places):
            raise ValueError(f"labels name one emotion twice: {', '.join(wanted)}")
        return wanted, places

    def _place(self, label: str) -> int:
        for name in (label, _ALIASES.get(label, label)):
            if name in self.labels:
                return self.labels.index(name)
        raise KeyError(f"the link does not know the emotion {label!r}; it knows {', '.join(self.labels)}")


def pooled(parts: Sequence[tuple[Distribution, float]]) -> Distribution:
    """The log-linear pool of distributions over the same labels: proportional to the product of p ** weight.

    Of the usual pools it is the one that treats its parts as evidence (Genest & Zidek 1986, Stat. Sci. 1, 114-135):
    who is sure moves it, who is even-handed does not. Taking it rather than the mean is our choice; so is the floor of
    1e-6, by which no part alone can rule a label out, and that weights need not sum to 1 (above it the pool sharpens).

    Args:
        parts: distributions, each with a weight of at least 0. Labels are in the order of the first.

    Returns:
        The uniform distribution where all weights are 0. `uncalibrated` as soon as a part that counts is.

    Raises:
        ValueError: no parts, a weight that is negative or not finite, or different labels.
    """
    if not parts:
        raise ValueError("nothing to pool")
    first = parts[0][0].probabilities
    for part, weight in parts:
        if not (math.isfinite(weight) and weight >= 0.0):
            raise ValueError(f"a weight is {weight}; expected a finite number of at least 0")
        if part.probabilities.keys() != first.keys():
            raise ValueError(f"parts have different labels: {', '.join(first)}; {', '.join(part.probabilities)}")
    counting = [(part, weight) for part, weight in parts if weight > 0.0]
    if len(counting) == 1 and counting[0][1] == 1.0:
        only = counting[0][0]
        shares = {label: only.probabilities[label] for label in first}
        return Distribution(probabilities=shares, calibration=only.calibration)
    scores = [
        math.fsum(weight * math.log(max(part.probabilities[label], FLOOR)) for part, weight in counting)
        for label in first
    ]
    uncalibrated = any(part.calibration == "uncalibrated" for part, _ in counting)
    return Distribution.from_scores(list(first), scores, "uncalibrated" if uncalibrated else "log-probabilities")


def link_path(data_dir: Path) -> Path:
    """Where `affectgraph link fit` puts the link unless told otherwise."""
    return data_dir / FILE_NAME


def load_link(path: Path) -> AppraisalLink:
    """The link in a JSON file.

    Raises:
        LinkError: it is missing, damaged or of another version; names file and way out.
    """
    found = load_stored(path, AppraisalLink, error=LinkError, format=FORMAT, limit=_LIMIT, way_out=f"{_WAY_OUT} again")
    if found is None:
        raise LinkError(f"there is no fitted link at {path}; {_WAY_OUT}")
    return found


def save_link(link: AppraisalLink, path: Path) -> None:
    """Write the link: whole or not at all, and for its owner alone (mode 0600).

    Raises:
        LinkError: the place cannot be written.
    """
    save_stored(link, path, error=LinkError, way_out="choose another place with --out")
