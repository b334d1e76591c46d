"""What a router is to predict of each clip: conflict, or evidence that the model leaves unused; and how they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from affectgraph.evals.chase.asking import Asker, Clip
from affectgraph.evals.chase.intervals import area
from affectgraph.evals.chase.routing import Labelled
from affectgraph.evals.datasets.clips import says
from affectgraph.tools.chase.router import Router, RouterTarget, under_used
from affectgraph.tools.link_parts import Figure

__all__ = ["agreement", "crossed", "target_of"]


def target_of(asker: Asker, clip: Clip, target: RouterTarget) -> bool | None:
    """Whether a clip has the target, over what is shown of it; None where the set does not tell.

    `under-use` asks the model (unsteered) and compares polarities for sentiment, labels for everything else.
    """
    if target == "conflict":
        relation = asker.relation(clip)
        return None if relation == "unknown" else relation == "conflict"
    said = {name: says(label, asker.labels) for name, label in clip.item.fields["said"].items()}
    if not set(clip.present) <= set(said):
        return None
    shares = asker.choose(clip)
    prediction = max(shares, key=shares.__getitem__)
    reference = says(clip.item.target, asker.labels)
    return bool(under_used(reference, says(prediction, asker.labels), said, clip.present))


def agreement(labels: Mapping[RouterTarget, Sequence[bool]]) -> dict[str, float]:
    """How two targets go together on the same clips.

    Returns:
        `conflict`, `under-use`: their shares; `under-use in conflict`, `under-use without`: shares within; `phi`: the
        correlation of the two (nan where one is constant).
    """
    conflict, unused = (np.asarray(labels[target], dtype=bool) for target in ("conflict", "under-use"))

    def share(values: np.ndarray) -> float:
        return float(values.mean()) if values.size else float("nan")

    constant = len(set(conflict.tolist())) < 2 or len(set(unused.tolist())) < 2
    return {
        "conflict": share(conflict),
        "under-use": share(unused),
        "under-use in conflict": share(unused[conflict]),
        "under-use without": share(unused[~conflict]),
        "phi": float("nan") if constant else float(np.corrcoef(conflict, unused)[0, 1]),
    }


def crossed(
    routers: Sequence[Router], held: Mapping[RouterTarget, Labelled], seed: int = 0
) -> dict[tuple[RouterTarget, RouterTarget], Figure]:
    """AUROC of each router on each target, on sources that none was fitted or chosen on.

    Args:
        routers: one a target.
        held: target -> the same held-out clips with its labels.
        seed: of the resamples.

    Returns:
        (router's target, predicted target) -> figure; without those where all held-out labels are the same.
    """
    found = {}
    for router in routers:
        for target, clips in held.items():
            if len(set(clips.labels)) < 2:
                continue
            said = np.array([router.probability(reading) for reading in clips.readings])
            found[router.target, target] = area(clips.labels, said, clips.sources, seed)
    return found
