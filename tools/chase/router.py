"""The router: when should this clip be steered? A probability from a model's own reading of the clip.

One linear probe for each layer that was found useful, as EmoMM (arXiv 2605.01024) has a small trained router on
hidden states and budgets; the form is our choice. There are two targets, and a router is for one of them:

- `conflict`: the modalities disagree with the reference (the paper's predicate, `affectgraph.tools.sentiment`).
- `under-use`: the model's own prediction goes against the reference while a modality that it was shown says what the
  reference says (ours): evidence that was there and was not used. Disagreement alone is no reason to steer, since
  a model that weighs its evidence well is harmed by being pushed.

Fitting is in `affectgraph.evals.chase.routing`; applying needs numpy alone. JSON.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from affectgraph.backends.steering import AttentionReading
from affectgraph.tools.chase.features import Group, columns, features
from affectgraph.tools.chase.heads import Floats
from affectgraph.tools.chase.profiles import SelectedOn
from affectgraph.tools.chase.stored import FORMAT, ChaseFileError, Stored, load_stored, save_stored
from affectgraph.tools.link_parts import Figure, Vector

__all__ = [
    "ROUTERS_FILE",
    "LayerFigure",
    "Probe",
    "Router",
    "RouterTarget",
    "Routers",
    "load_routers",
    "router_for",
    "routers_path",
    "save_routers",
    "under_used",
]

ROUTERS_FILE = "chase_routers.json"
RouterTarget = Literal["conflict", "under-use"]
_WAY_OUT = "train it with `affectgraph chase train-router`, or delete the file"


def under_used(
    reference: object, prediction: object, modalities: Mapping[str, object], available: Collection[str]
) -> tuple[str, ...]:
    """The modalities that say what the reference says while the prediction says something else.

    What "says" means is the caller's: pass polarities for EmoMM's grain (neutral against not, strong and weak of one
    sign alike), or labels.

    Args:
        reference: what the clip as a whole says.
        prediction: what the model said.
        modalities: modality -> what it says alone.
        available: those that the model was shown.

    Returns:
        In the order of `modalities`; empty where the prediction is right, or where no modality shown is.
    """
    if prediction == reference:
        return ()
    return tuple(name for name, said in modalities.items() if name in available and said == reference)


class Probe(Stored):
    """A logistic regression on the standardised features of one layer.

    `p = sigmoid(intercept + sum_i coefficient_i * (x_i - mean_i) / scale_i)`; a feature of an absent modality counts
    as its mean, that is, as 0.

    Attributes:
        layer: from 0.
        mean, scale, coefficients: (n,) each, in the order of `features`; scales are positive.
    """

    layer: int = Field(ge=0)
    mean: Vector
    scale: tuple[Annotated[float, Field(gt=0.0, allow_inf_nan=False)], ...]
    coefficients: Vector
    intercept: float = Field(allow_inf_nan=False)

    @model_validator(mode="after")
    def _fits_together(self) -> Probe:
        if not len(self.mean) == len(self.scale) == len(self.coefficients):
            raise ValueError(
                f"{len(self.mean)} means, {len(self.scale)} scales and {len(self.coefficients)} coefficients"
            )
        return self

    def probability(self, x: Floats) -> float:
        """The probability of the target for features (n,), in [0, 1].

        Raises:
            ValueError: there are more or fewer features.
        """
        if x.shape != (len(self.mean),):
            raise ValueError(f"{x.size} features, and the probe of layer {self.layer} reads {len(self.mean)}")
        standard = np.nan_to_num((x - np.array(self.mean)) / np.array(self.scale))
        logit = self.intercept + float(standard @ np.array(self.coefficients))
        return 1.0 / (1.0 + math.exp(-logit)) if logit > -700.0 else 0.0


class LayerFigure(Stored):
    """How well one layer's probe tells the target apart on the development sources.

    Attributes:
        auroc: area under the ROC curve with its 95 % interval over sources.
    """

    layer: int = Field(ge=0)
    auroc: Figure


class Router(Stored):
    """The probes of one model for one target.

    Attributes:
        identity: model and revision, as its backend says.
        target: what the probability is of.
        layers: of the text decoder.
        width: of its hidden states.
        groups: the features, see `features.columns`.
        probes: of the layers with the best AUROC on the development sources; their probabilities are averaged.
        figures: AUROC of every layer, on the development sources; that of the best ones is flattered by the choice.
        held: AUROC of the averaged probability on sources that nothing was fitted or chosen on; None without any.
        shares: part -> share of clips with the target.
        sources: part -> number of sources.
        components: principal components of the hidden states that the fit was made in.
        penalty: inverse penalties that cross-validation chose, in the order of the probes.
        trained_on: the clips of all parts.
    """

    identity: str = Field(min_length=1)
    target: RouterTarget
    layers: int = Field(ge=1)
    width: int = Field(ge=1)
    groups: tuple[Group, ...]
    probes: tuple[Probe, ...] = Field(min_length=1)
    figures: tuple[LayerFigure, ...] = ()
    held: Figure | None = None
    shares: dict[str, float] = Field(default_factory=dict)
    sources: dict[str, int] = Field(default_factory=dict)
    components: int = Field(default=0, ge=0)
    penalty: Vector = ()
    trained_on: SelectedOn

    @model_validator(mode="after")
    def _reads_its_features(self) -> Router:
        size = max(place.stop for place in columns(self.width, self.groups).values())
        for probe in self.probes:
            if probe.layer >= self.layers or len(probe.mean) != size:
                raise ValueError(
                    f"the probe of layer {probe.layer} reads {len(probe.mean)} features; "
                    f"expected {size} and a layer below {self.layers}"
                )
        return self

    def probability(self, reading: AttentionReading) -> float:
        """The probability that this clip has the target: the mean over the probes, in [0, 1].

        Args:
            reading: of the unsteered model.

        Raises:
            ChaseFileError: the reading is of a model of another shape.
        """
        found = (reading.budgets.shape[0], reading.hidden.shape[-1])
        if found != (self.layers, self.width):
            raise ChaseFileError(
                f"the router is for {self.identity} with {self.layers} layers of width {self.width}, and the reading "
                f"has {found[0]} of width {found[1]}; train one for this model with `affectgraph chase train-router`"
            )
        said = [probe.probability(features(reading, probe.layer, self.groups)) for probe in self.probes]
        return math.fsum(said) / len(said)


class Routers(Stored):
    """All routers of a data folder, at most one for each model and target."""

    format: Literal[1] = FORMAT
    entries: tuple[Router, ...] = ()

    @model_validator(mode="after")
    def _are_distinct(self) -> Routers:
        keys = [(entry.identity, entry.target) for entry in self.entries]
        if len(set(keys)) != len(keys):
            raise ValueError("two routers are for the same model and target")
        return self

    def find(self, identity: str, target: RouterTarget) -> Router | None:
        """The router of this model for this target; None where there is none."""
        return next((each for each in self.entries if (each.identity, each.target) == (identity, target)), None)

    def with_entry(self, new: Router) -> Routers:
        """The same with `new` in the place of its predecessor, and last."""
        key = (new.identity, new.target)
        return Routers(entries=(*(each for each in self.entries if (each.identity, each.target) != key), new))


def routers_path(data_dir: Path) -> Path:
    """Where `affectgraph chase train-router` keeps routers."""
    return data_dir / ROUTERS_FILE


def load_routers(path: Path) -> Routers:
    """The routers in a JSON file; none where there is no file.

    Raises:
        ChaseFileError: it is damaged or of another version; names file and way out.
    """
    return load_stored(path, Routers, _WAY_OUT) or Routers()


def save_routers(routers: Routers, path: Path) -> None:
    """Write the file: whole or not at all, and for its owner alone (mode 0600).

    Raises:
        ChaseFileError: the place cannot be written.
    """
    save_stored(routers, path)


def router_for(path: Path, identity: str, target: RouterTarget) -> Router:
    """The router of a model, where one is needed.

    Raises:
        ChaseFileError: the file is damaged, or has none for this model and target.
    """
    found = load_routers(path).find(identity, target)
    if found is None:
        raise ChaseFileError(
            f"{path} has no router of {identity} for {target}; train one with `affectgraph chase train-router`"
        )
    return found
