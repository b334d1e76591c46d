"""Video Contribution Collapse of a thinker, by the framework's own measures (`affectgraph.tools.chase.vcc`).

Every view of a clip (whole, without a modality, with fewer frames) is a fresh forward pass, over all clips at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends.steering import MODALITIES, AttentionReading
from affectgraph.evals.chase.contributing import Summary, summarise
from affectgraph.evals.lab.clips import ANSWERS, FRAMES, Clips, draw_clips
from affectgraph.evals.lab.prompted import SHAPE, Prompted, Rig, rig
from affectgraph.evals.lab.training import load_thinker
from affectgraph.tools.chase.vcc import View, measure, thinned

__all__ = ["COLLAPSE_CLIPS", "collapse"]

COLLAPSE_CLIPS = 400

# A thinker reads frames in pairs, four of them: less than a quarter cannot be shown.
_SHARES = (1.0, 0.5, 0.25)
_SEED = 0


class _Shown:
    """All clips in one view."""

    def __init__(self, prompted: Prompted) -> None:
        self.probabilities: NDArray[np.float64] = np.exp(prompted.answers())
        self.readings: list[AttentionReading] = prompted.readings()


def collapse(weights: Path, identity: str, clips: int = COLLAPSE_CLIPS) -> Summary:
    """Budgets, densities, masking contributions and the thinning curve on test clips.

    Args:
        weights: of the thinker.
        identity: for the record.
        clips: how many; of another draw than the experiment's.

    Raises:
        InputError: as `load_thinker`.
    """
    drawn = draw_clips("test", clips, _SEED)
    with rig(load_thinker(weights)) as machine:
        shown = {view: _Shown(_prompted(machine, drawn, view)) for view in _views()}
    conflict, reference = drawn.conflict(), drawn.reference()
    measured = []
    for place in range(clips):

        def read(view: View, place: int = place) -> AttentionReading:
            return shown[view].readings[place]

        def choose(view: View, place: int = place) -> Mapping[str, float]:
            row = shown[view].probabilities[place]
            return {answer: min(1.0, float(share)) for answer, share in zip(ANSWERS, row, strict=True)}

        measured.append(
            measure(
                read,
                choose,
                id=str(place),
                source=str(drawn.sources[place]),
                reference=ANSWERS[reference[place]],
                relation="conflict" if conflict[place] else "align",
                shares=_SHARES,
            )
        )
    return summarise(measured, identity=identity, dataset="lab/test", layers=range(SHAPE[0]))


def _views() -> list[View]:
    return [View(share=share) for share in _SHARES] + [View(without=name) for name in MODALITIES]


def _prompted(machine: Rig, clips: Clips, view: View) -> Prompted:
    kept = tuple(place for place, name in enumerate(MODALITIES) if name != view.without)
    return machine.read(clips.thinned(thinned(FRAMES // 2, view.share)), kept)
