"""The experiment on one thinker: targets by heads by gates on the test part, with controls, sweeps and intervals.

`choosing` decides everything on dev; here the test part is read, and nothing is chosen any more. The primary
comparison was written down in `docs/preregistered.toml` before a test clip was seen. A gate decides when to steer, not
how far: where it opens, the whole strength is used (our choice, so that gates are compared at one strength).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from affectgraph.backends.steering import MODALITIES
from affectgraph.evals.lab.choosing import (
    PER_LAYER,
    SELECTIONS,
    STRENGTHS,
    TARGETS,
    Chosen,
    Selection,
    Setting,
    Target,
    choose,
    controls,
    plan_of,
    under_use,
)
from affectgraph.evals.lab.clips import Clips, draw_clips
from affectgraph.evals.lab.prompted import SHAPE, Prompted, Rig, rig
from affectgraph.evals.lab.statistics import Contrast, Figure, auroc, contrast, figures
from affectgraph.evals.lab.training import Mixture, load_thinker
from affectgraph.tools.chase.gate import PRESETS

__all__ = ["GATES", "PARTS_OF_TEST", "Cell", "Gate", "Outcome", "Sizes", "Swept", "run"]

Gate = Literal["always", "conflict", "oracle", "under-use"]
GATES: tuple[Gate, ...] = get_args(Gate)
Part = Literal["all", "align", "conflict"]
PARTS_OF_TEST: tuple[Part, ...] = get_args(Part)
_SEED = 0
# Where a gate opens: the published threshold for text + audio + video.
_TAU = PRESETS["TAV"].gate.tau


class Sizes(BaseModel):
    """How many clips of each part."""

    model_config = ConfigDict(frozen=True)

    dev: int = 1200
    test: int = 1500


class Cell(BaseModel):
    """One figure of the table.

    Attributes:
        target, selection, gate: the condition; `none` for the unsteered model.
        part: which test clips.
        accuracy: with its interval; over random heads the mean over draws.
        spread: least and greatest accuracy of the random draws.
    """

    target: Target | Literal["none"]
    selection: Selection | Literal["none"]
    gate: Gate | Literal["none"]
    part: Part
    accuracy: Figure
    spread: tuple[float, float] | None = None


class Swept(BaseModel):
    """One point of a sweep: causal heads, target video, always, on test conflicts."""

    setting: Setting
    heads: int
    accuracy: float


class Outcome(BaseModel):
    """All that was measured on one thinker.

    Attributes:
        name, mixture, seed, sha256: which; the last of its weights.
        sizes: of the parts.
        conflicts: how many test clips are in conflict.
        chosen: on dev.
        alone: modality -> accuracy on test clips that have only this one.
        budgets: (layers, 3) of text, audio, video: the unsteered mean on test conflicts.
        steered_budgets: the same, of the condition causal heads, video.
        cells: the table.
        contrasts: name -> a paired difference in accuracy.
        layers, strengths: sweeps, read after the fact and chosen from by nobody.
        aurocs: router -> on test.
        opened: gate -> share of the test clips of each part where it opened.
    """

    name: str
    mixture: Mixture
    seed: int
    sha256: str
    sizes: Sizes
    conflicts: int
    chosen: Chosen
    alone: dict[str, float]
    budgets: tuple[tuple[float, ...], ...]
    steered_budgets: tuple[tuple[float, ...], ...]
    cells: tuple[Cell, ...]
    contrasts: dict[str, Contrast]
    layers: tuple[Swept, ...]
    strengths: tuple[Swept, ...]
    aurocs: dict[str, Figure]
    opened: dict[str, dict[str, float]]

    def accuracy(self, target: str, selection: str, gate: str, part: str) -> Cell:
        """One cell.

        Raises:
            KeyError: there is none.
        """
        for cell in self.cells:
            if (cell.target, cell.selection, cell.gate, cell.part) == (target, selection, gate, part):
                return cell
        raise KeyError((target, selection, gate, part))


def run(
    weights: Path, mixture: Mixture, seed: int, sizes: Sizes | None = None, setting: Setting | None = None
) -> Outcome:
    """Choose on dev, then measure on test.

    Args:
        weights: of the thinker.
        mixture, seed: of its training.
        sizes: the default ones, but for tests.
        setting: used instead of one chosen on this model's dev part. A balanced model is steered as its collapsed
            sibling needs it: that is what steering without a need would be.

    Raises:
        InputError: as `load_thinker` and `choose`.
    """
    sizes = sizes or Sizes()
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    with rig(load_thinker(weights)) as machine:
        chosen = choose(machine, draw_clips("dev", sizes.dev, _SEED), digest, setting)
        return _measured(machine, chosen, sizes, (weights.stem, mixture, seed, digest))


def _measured(machine: Rig, chosen: Chosen, sizes: Sizes, which: tuple[str, Mixture, int, str]) -> Outcome:
    clips = draw_clips("test", sizes.test, _SEED)
    prompted = machine.read(clips)
    test = _Test(prompted, chosen)
    name, mixture, seed, digest = which
    conflict = test.parts["conflict"]
    causal = plan_of(chosen.heads("causal", "video"), "video", chosen.setting.strength)
    return Outcome(
        name=name,
        mixture=mixture,
        seed=seed,
        sha256=digest,
        sizes=sizes,
        conflicts=int(conflict.sum()),
        chosen=chosen,
        alone=_alone(machine, clips),
        budgets=_budgets(test.readings, conflict),
        steered_budgets=_budgets(prompted.readings(causal), conflict),
        cells=test.cells(),
        contrasts=test.contrasts(),
        layers=tuple(test.swept(each) for each in _layer_settings(chosen.setting)),
        strengths=tuple(test.swept(each) for each in _strength_settings(chosen.setting)),
        aurocs=test.aurocs(),
        opened={
            gate: {part: float(opens[kept].mean()) for part, kept in test.parts.items()}
            for gate, opens in test.gates.items()
        },
    )


class _Test:
    """The test part under every condition: who was right, clip by clip."""

    def __init__(self, prompted: Prompted, chosen: Chosen) -> None:
        self._prompted, self._chosen = prompted, chosen
        clips = prompted.clips
        self._reference, self._sources = clips.reference(), clips.sources.tolist()
        conflict = clips.conflict()
        self.parts: dict[Part, NDArray[np.bool_]] = {
            "all": np.ones(len(clips), dtype=bool),
            "align": ~conflict,
            "conflict": conflict,
        }
        self.readings = prompted.readings()
        self.answers = prompted.answers()
        self.plain = self._hits(None)
        self.used = under_use(clips, self.answers.argmax(axis=1))
        self.said = {
            target: np.array([router.probability(reading) for reading in self.readings])
            for target, router in chosen.routers.items()
        }
        shut = np.zeros(len(clips), dtype=bool)
        self.gates: dict[Gate, NDArray[np.bool_]] = {
            "always": ~shut,
            "conflict": self.said["conflict"] >= _TAU if "conflict" in self.said else shut,
            "oracle": conflict,
            "under-use": self.said["under-use"] >= _TAU if "under-use" in self.said else shut,
        }
        self.hits = {(target, selection): self._condition(target, selection) for target, selection in _conditions()}

    def _hits(self, plan: Any) -> NDArray[np.float64]:
        answers = self._prompted.answers(plan)
        return np.asarray(answers.argmax(axis=1) == self._reference, dtype=np.float64)

    def _condition(self, target: Target, selection: Selection) -> NDArray[np.float64]:
        """(draws, n) hits, steered always; one draw but for random heads."""
        setting = self._chosen.setting
        causal = self._chosen.heads("causal", target)
        random, everything = controls(causal, setting)
        sets = {
            "causal": [causal],
            "dominance": [self._chosen.heads("dominance", target)],
            "random": random,
            "all": [everything],
        }
        return np.stack([self._hits(plan_of(heads, target, setting.strength)) for heads in sets[selection]])

    def gated(self, target: Target, selection: Selection, gate: Gate) -> NDArray[np.float64]:
        """(draws, n) hits where the gate decides."""
        return np.where(self.gates[gate], self.hits[target, selection], self.plain)

    def cells(self) -> tuple[Cell, ...]:
        found = []
        columns = [self.plain, *(self.gated(*each).mean(axis=0) for each in _all_conditions())]
        for part, kept in self.parts.items():
            known = figures(np.stack(columns, axis=1)[kept], _kept(self._sources, kept))
            found.append(Cell(target="none", selection="none", gate="none", part=part, accuracy=known[0]))
            for (target, selection, gate), figure in zip(_all_conditions(), known[1:], strict=True):
                spread = None
                if selection == "random":
                    draws = self.gated(target, selection, gate)[:, kept].mean(axis=1)
                    spread = (float(draws.min()), float(draws.max()))
                found.append(
                    Cell(target=target, selection=selection, gate=gate, part=part, accuracy=figure, spread=spread)
                )
        return tuple(found)

    def contrasts(self) -> dict[str, Contrast]:
        """The primary ones first, then what the gates do to all clips."""
        causal, random = self.hits["video", "causal"][0], self.hits["video", "random"].mean(axis=0)
        pairs: dict[str, tuple[NDArray[np.float64], NDArray[np.float64], Part]] = {
            "causal - none": (self.plain, causal, "conflict"),
            "causal - random": (random, causal, "conflict"),
        }
        for gate in GATES:
            gated = self.gated("video", "causal", gate)[0]
            pairs[f"{gate} gate - none, all clips"] = (self.plain, gated, "all")
        return {
            name: contrast(a[self.parts[part]], b[self.parts[part]], _kept(self._sources, self.parts[part]))
            for name, (a, b, part) in pairs.items()
        }

    def swept(self, setting: Setting) -> Swept:
        heads = self._chosen.heads("causal", "video", setting)
        hits = self._hits(plan_of(heads, "video", setting.strength))
        return Swept(setting=setting, heads=len(heads), accuracy=float(hits[self.parts["conflict"]].mean()))

    def aurocs(self) -> dict[str, Figure]:
        truth = {"conflict": self.parts["conflict"], "under-use": self.used}
        return {
            target: auroc(truth[target], said, self._sources)
            for target, said in self.said.items()
            if 0 < truth[target].sum() < len(truth[target])
        }


def _conditions() -> list[tuple[Target, Selection]]:
    return [(target, selection) for target in TARGETS for selection in SELECTIONS]


def _all_conditions() -> list[tuple[Target, Selection, Gate]]:
    return [(target, selection, gate) for target, selection in _conditions() for gate in GATES]


def _kept(sources: Sequence[int], kept: NDArray[np.bool_]) -> list[int]:
    return [source for source, wanted in zip(sources, kept, strict=True) if wanted]


def _alone(machine: Rig, clips: Clips) -> dict[str, float]:
    return {
        name: float((machine.read(clips, (place,)).answers().argmax(axis=1) == clips.reference((place,))).mean())
        for place, name in enumerate(MODALITIES)
    }


def _budgets(readings: Sequence[Any], kept: NDArray[np.bool_]) -> tuple[tuple[float, ...], ...]:
    mean = np.mean([each.budgets.mean(axis=1) for each, wanted in zip(readings, kept, strict=True) if wanted], axis=0)
    return tuple(tuple(float(share) for share in row) for row in mean)


def _layer_settings(setting: Setting) -> list[Setting]:
    """Each layer alone, then the first ones up to each, then the last ones from each."""
    depth = SHAPE[0]
    ranges = [(layer, layer + 1) for layer in range(depth)]
    ranges += [(0, stop) for stop in range(2, depth + 1)] + [(first, depth) for first in range(1, depth - 1)]
    return [setting.model_copy(update={"first": first, "stop": stop}) for first, stop in ranges]


def _strength_settings(setting: Setting) -> list[Setting]:
    return [setting.model_copy(update={"k": k, "strength": strength}) for k in PER_LAYER for strength in STRENGTHS]
