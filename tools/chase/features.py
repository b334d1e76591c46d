"""What a router sees of one clip at one layer: numbers read from an `AttentionReading`, nan where a modality is absent.

The features are those that EmoMM's router (arXiv 2605.01024) is said to rest on: hidden states of each modality,
averaged over its span, and attention budgets. How they are put together is our choice. Numpy alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Literal, get_args

import numpy as np

from affectgraph.backends.steering import MODALITIES, AttentionReading
from affectgraph.tools.chase.heads import Floats

__all__ = ["DEFAULT_GROUPS", "Group", "columns", "features"]

Group = Literal["hidden", "distance", "cosine", "budget", "mask", "answer"]
# `answer`, the hidden state of the answer query, is left out by default: it is not in the paper's list.
DEFAULT_GROUPS: tuple[Group, ...] = ("hidden", "distance", "cosine", "budget", "mask")
_PAIRS = tuple(combinations(range(len(MODALITIES)), 2))


def columns(width: int, groups: Sequence[Group] = DEFAULT_GROUPS) -> dict[Group, slice]:
    """Where each group of features lies in the vector, in the order given.

    - `hidden`: 3 * width, text, audio, video.
    - `distance`: 3, Euclidean distances of text-audio, text-video, audio-video, divided by sqrt(width).
    - `cosine`: 3, of the same pairs.
    - `budget`: 3, of each modality, averaged over heads.
    - `mask`: 3, 1 where a modality is present.
    - `answer`: width.

    Raises:
        ValueError: a group is unknown or named twice, or there is none.
    """
    if not groups or len(set(groups)) != len(groups) or not set(groups) <= set(get_args(Group)):
        raise ValueError(f"feature groups {list(groups)}: expected some of {', '.join(get_args(Group))}, each once")
    number = len(MODALITIES)
    sizes: dict[Group, int] = {"hidden": number * width, "answer": width, "mask": number, "budget": number}
    ends = np.cumsum([0, *(sizes.get(group, len(_PAIRS)) for group in groups)])
    return {group: slice(int(ends[place]), int(ends[place + 1])) for place, group in enumerate(groups)}


def features(reading: AttentionReading, layer: int, groups: Sequence[Group] = DEFAULT_GROUPS) -> Floats:
    """The features of one clip at one layer.

    Hidden states are those after the layer; budgets are the layer's own.

    Args:
        reading: unsteered.
        layer: from 0.
        groups: see `columns`.

    Returns:
        (n,) float64; nan for what an absent modality would have.

    Raises:
        ValueError: as `columns`, or there is no such layer.
    """
    if not 0 <= layer < reading.budgets.shape[0]:
        raise ValueError(f"layer {layer} is not in a decoder of {reading.budgets.shape[0]} layers")
    places = [MODALITIES.index(modality) for modality in reading.modalities]
    hidden = np.full((len(MODALITIES), reading.hidden.shape[-1]), np.nan)
    hidden[places] = reading.hidden[layer + 1]
    budget, mask = np.full(len(MODALITIES), np.nan), np.zeros(len(MODALITIES))
    budget[places] = np.asarray(reading.budgets[layer], dtype=np.float64).mean(axis=0)
    mask[places] = 1.0
    found: dict[Group, Floats] = {
        "hidden": hidden.ravel(),
        "distance": np.array([np.linalg.norm(hidden[a] - hidden[b]) for a, b in _PAIRS]) / np.sqrt(hidden.shape[1]),
        "cosine": np.array([_cosine(hidden[a], hidden[b]) for a, b in _PAIRS]),
        "budget": budget,
        "mask": mask,
        "answer": np.asarray(reading.answer[layer + 1], dtype=np.float64),
    }
    return np.concatenate([found[group] for group in columns(hidden.shape[1], groups)])


def _cosine(one: Floats, other: Floats) -> float:
    """In [-1, 1]; 0 where one of the two is 0, nan where one is."""
    size = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / size if size != 0.0 else 0.0
