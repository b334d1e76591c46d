"""Head profiles: scores of a model's heads, measured once on labelled or unlabelled clips and kept on this machine.

A profile is of one model at one revision: what is true of its heads says nothing of another's. Written by
`affectgraph chase profile`, read by whoever makes plans. JSON.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field, FiniteFloat, model_validator

from affectgraph.backends.steering import Modality
from affectgraph.tools.chase.heads import Floats, Heads, top_k
from affectgraph.tools.chase.stored import FORMAT, ChaseFileError, Stored, load_stored, save_stored

__all__ = [
    "PROFILES_FILE",
    "HeadMethod",
    "HeadProfile",
    "HeadProfiles",
    "SelectedOn",
    "Trial",
    "load_profiles",
    "profile_for",
    "profiles_path",
    "save_profiles",
]

PROFILES_FILE = "chase_heads.json"
HeadMethod = Literal["dominance", "supervised", "causal"]
_WAY_OUT = "make it with `affectgraph chase profile`, or delete the file"


class SelectedOn(Stored):
    """The clips that something was chosen on.

    Attributes:
        name, split, revision: of the set.
        n: clips.
        sources: distinct sources of them.
        seed: of the choice of clips and of resamples.
        made: date, ISO 8601.
    """

    name: str
    split: str
    revision: str
    n: int = Field(ge=1)
    sources: int = Field(ge=1)
    seed: int = 0
    made: str


class Trial(Stored):
    """How each head was moved for its causal gain.

    Attributes:
        strength: lam.
        target: u by name, or None for uniform.
    """

    strength: float = Field(gt=0.0, le=1.0)
    target: dict[Modality, FiniteFloat] | None = None


class HeadProfile(Stored):
    """Scores of all heads of one model.

    Attributes:
        identity: model and revision, as its backend says.
        method: `dominance` (mean, no labels), `supervised` (how well dominance tells conflict) or `causal` (gain in
            log-probability, in nats); see `heads`.
        modalities: the combination it was measured with, e.g. `TAV`; `mixed` where clips differ.
        layers, heads: of the text decoder.
        scores: (layers, heads), larger is better; None where a head was not scored.
        trial: how heads were moved; of `causal` alone.
    """

    identity: str = Field(min_length=1)
    method: HeadMethod
    modalities: str
    layers: int = Field(ge=1)
    heads: int = Field(ge=1)
    scores: tuple[tuple[FiniteFloat | None, ...], ...]
    trial: Trial | None = None
    selected_on: SelectedOn

    @model_validator(mode="after")
    def _has_its_shape(self) -> HeadProfile:
        if len(self.scores) != self.layers or any(len(row) != self.heads for row in self.scores):
            raise ValueError(f"the scores are not {self.layers} x {self.heads}")
        if (self.trial is None) == (self.method == "causal"):
            raise ValueError("a causal profile says how heads were moved, and no other does")
        return self

    @classmethod
    def of(
        cls,
        scores: Floats,
        *,
        identity: str,
        method: HeadMethod,
        modalities: str,
        selected_on: SelectedOn,
        trial: Trial | None = None,
    ) -> HeadProfile:
        """The profile of scores (layers, heads) in which nan means not scored."""
        rows = tuple(tuple(None if math.isnan(value) else float(value) for value in row) for row in scores)
        return cls(
            identity=identity,
            method=method,
            modalities=modalities,
            layers=scores.shape[0],
            heads=scores.shape[1],
            scores=rows,
            trial=trial,
            selected_on=selected_on,
        )

    def array(self) -> Floats:
        """(layers, heads), nan where a head was not scored."""
        return np.array([[math.nan if value is None else value for value in row] for row in self.scores])

    def top(self, k: int, layers: Iterable[int]) -> Heads:
        """The k best heads of each layer; of a causal profile only those with a gain above 0.

        Raises:
            ValueError: k is below 1, or a layer is not in the decoder.
        """
        return top_k(self.array(), layers, k, above=0.0 if self.method == "causal" else None)


def _key(profile: HeadProfile) -> tuple[object, ...]:
    target = None if profile.trial is None else tuple(sorted((profile.trial.target or {}).items()))
    return (profile.identity, profile.method, profile.modalities, target)


class HeadProfiles(Stored):
    """All profiles of a data folder: one for each model, method, combination of modalities and causal target."""

    format: Literal[1] = FORMAT
    entries: tuple[HeadProfile, ...] = ()

    @model_validator(mode="after")
    def _are_distinct(self) -> HeadProfiles:
        keys = [_key(entry) for entry in self.entries]
        if len(set(keys)) != len(keys):
            raise ValueError("two profiles are of the same model, method, modalities and target")
        return self

    def with_entry(self, new: HeadProfile) -> HeadProfiles:
        """The same with `new` in the place of its predecessor, and last."""
        return HeadProfiles(entries=(*(entry for entry in self.entries if _key(entry) != _key(new)), new))

    def find(
        self, identity: str, *, method: HeadMethod | None = None, modalities: str | None = None
    ) -> HeadProfile | None:
        """The newest profile of this model; None where there is none.

        Args:
            identity: model and revision.
            method: only of this one.
            modalities: that of this combination first, then any other.
        """
        fit = [each for each in self.entries if each.identity == identity and method in (None, each.method)]
        exact = [each for each in fit if each.modalities == modalities]
        best = exact or fit
        return best[-1] if best else None


def profiles_path(data_dir: Path) -> Path:
    """Where `affectgraph chase profile` keeps profiles, and plans look for them."""
    return data_dir / PROFILES_FILE


def load_profiles(path: Path) -> HeadProfiles:
    """The profiles in a JSON file; none where there is no file.

    Raises:
        ChaseFileError: it is damaged or of another version; names file and way out.
    """
    return load_stored(path, HeadProfiles, _WAY_OUT) or HeadProfiles()


def save_profiles(profiles: HeadProfiles, path: Path) -> None:
    """Write the file: whole or not at all, and for its owner alone (mode 0600).

    Raises:
        ChaseFileError: the place cannot be written.
    """
    save_stored(profiles, path)


def profile_for(
    path: Path, identity: str, *, method: HeadMethod | None = None, modalities: str | None = None
) -> HeadProfile:
    """The profile of a model, where one is needed.

    Raises:
        ChaseFileError: the file is damaged, or has none for this model and method.
    """
    found = load_profiles(path).find(identity, method=method, modalities=modalities)
    if found is None:
        kind = f"{method} " if method else ""
        raise ChaseFileError(
            f"{path} has no {kind}head profile of {identity}; make one with `affectgraph chase profile`, "
            "or choose heads by dominance at run time"
        )
    return found
