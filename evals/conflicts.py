"""The conflict tool against people's labels, without any media: votes of CREMA-D, and sarcasm in MUStARD.

Four questions, each with a control on the same items (comparisons in docs/preregistered.toml):

- `crema_d_conflict`: do the votes on the voice alone and on the face alone, through `tools.conflict`, tell the clips in
  which people who had both agree with one of the two at most? Control: the face of another clip.
- `crema_d_odd`: of the clips in which they follow exactly one, is the modality that they leave the odd one out?
  Control: always the voice. No answer counts as wrong.
- `crema_d_fused`: is the emotion of the two readings pooled the one that people who had both chose? Controls: each
  reading alone.
- `mustard_conflict`: does the distance between the sentiment of the words and that of the turns before tell sarcasm?
  The set's labels say nothing of the delivery, which is what sarcasm conflicts with; so this asks how far words alone
  get. Control: the turns before another utterance.

    python -m affectgraph.evals.conflicts
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from affectgraph.backends.base import Embedder
from affectgraph.backends.scoring import Distribution
from affectgraph.evals.datasets import Dataset, Item, crema_d, mustard
from affectgraph.evals.metrics.resampling import (
    Difference,
    Interval,
    WeightedStatistic,
    difference_from_samples,
    interval_from_samples,
    resampled_weights,
)
from affectgraph.evals.metrics.weighted import auroc_of, mean_of
from affectgraph.tools.conflict import Conflict, detect, js_distance
from affectgraph.tools.emotions import taxonomy
from affectgraph.tools.experts.readings import ModalityReading, fuse, valence_of
from affectgraph.tools.experts.text import read_text_by_anchors
from affectgraph.tools.sentiment import from_emotions

__all__ = ["Question", "crema_d_questions", "main", "mustard_question", "vote_reading"]

# The set tells the winning label and how intense it was, not the other votes; our choice of what they share.
_REST = 0.1
_SEED = 0

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Question:
    """One question: what the tool scores, what its control scores, and the difference, on the same items.

    Attributes:
        task, statistic: as in docs/preregistered.toml.
        scores: condition -> figure with its interval.
        differences: condition of the control -> the tool's figure minus it.
    """

    task: str
    statistic: Literal["auroc", "accuracy"]
    scores: dict[str, Interval]
    differences: dict[str, Difference]


def vote_reading(modality: Literal["audio", "video"], votes: dict[str, float]) -> ModalityReading:
    """A crowd's vote on one channel as a reading.

    Args:
        modality: `audio` for the voice, `video` for the face.
        votes: winning label, or several in a tie, -> mean intensity in [0, 100]; the intensity is the reliability.
    """
    labels = taxonomy("ekman7").labels
    others = [label for label in labels if label not in votes]
    shares = {label: (1.0 - _REST) / len(votes) for label in votes} | {label: _REST / len(others) for label in others}
    emotions = Distribution(probabilities={label: shares[label] for label in labels})
    sentiment = from_emotions(emotions)
    return ModalityReading(
        modality=modality,
        sentiment=sentiment,
        emotions=emotions,
        valence=valence_of(sentiment),
        reliability=sum(votes.values()) / len(votes) / 100.0,
        basis="votes of a crowd",
    )


def crema_d_questions(dataset: Dataset, seed: int = _SEED) -> list[Question]:
    """The three questions on the clips of `crema_d.load`."""
    items = dataset.items
    readings = [
        (vote_reading("audio", item.fields["voice"]), vote_reading("video", item.fields["face"])) for item in items
    ]
    other = np.random.default_rng(seed).permutation(len(items))
    found = [detect(pair) for pair in readings]
    swapped = [detect((voice, readings[j][1])) for (voice, _), j in zip(readings, other, strict=True)]
    conflict = np.array([item.slices["relation"] == "conflict" for item in items])
    groups = [item.group for item in items]
    scores = {
        "tool": _apart(found, "emotions"),
        "sentiment": _apart(found, "sentiment"),
        "polarity": np.array([float(one.found) for one in found]),
        "shuffled": _apart(swapped, "emotions"),
    }
    return [
        _question("crema_d_conflict", "auroc", {name: auroc_of(conflict, one) for name, one in scores.items()}, groups),
        _odd(items, found),
        _fused(items, readings),
    ]


def _apart(found: Sequence[Conflict], of: str) -> Floats:
    return np.array([getattr(one.pairs[0], of) if one.pairs else 0.0 for one in found], dtype=np.float64)


def _odd(items: Sequence[Item], found: Sequence[Conflict]) -> Question:
    left = {"voice": "video", "face": "audio"}  # whom people follow -> whom they leave
    kept = [place for place, item in enumerate(items) if item.slices["follows"] in left]
    target = [left[items[place].slices["follows"]] for place in kept]
    answers: dict[str, Sequence[str | None]] = {
        "tool": [found[place].odd for place in kept],
        "tool_by_intensity": [_less_intense(items[place]) for place in kept],
        "always_voice": ["audio"] * len(kept),
    }
    hits = {name: mean_of(_hits(given, target)) for name, given in answers.items()}
    return _question("crema_d_odd", "accuracy", hits, [items[place].group for place in kept])


def _less_intense(item: Item) -> str:
    voice, face = (sum(item.fields[name].values()) / len(item.fields[name]) for name in ("voice", "face"))
    return "audio" if voice < face else "video"


def _fused(items: Sequence[Item], readings: Sequence[tuple[ModalityReading, ModalityReading]]) -> Question:
    target = [item.target for item in items]
    pools = {
        "tool": [fuse(pair).emotions for pair in readings],
        "face": [face.emotions for _, face in readings],
        "voice": [voice.emotions for voice, _ in readings],
    }
    answers = {name: [one.top if one else None for one in given] for name, given in pools.items()}
    hits = {name: mean_of(_hits(given, target)) for name, given in answers.items()}
    return _question("crema_d_fused", "accuracy", hits, [item.group for item in items])


def mustard_question(dataset: Dataset, embedder: Embedder, seed: int = _SEED) -> Question:
    """The question on the utterances of `mustard.load` that have turns before them."""
    items = [item for item in dataset.items if item.fields["context"]]
    said = [read_text_by_anchors(item.fields["text"], embedder) for item in items]
    before = [
        read_text_by_anchors(" ".join(turn["text"] for turn in item.fields["context"]), embedder) for item in items
    ]
    other = np.random.default_rng(seed).permutation(len(items))
    sarcastic = np.array([item.target == "sarcastic" for item in items])
    scores = {
        "tool": _distances(said, before),
        "polarity": np.array(
            [
                float(detect([one], reference=context.sentiment, usable=0.0).found)
                for one, context in zip(said, before, strict=True)
            ]
        ),
        "shuffled": _distances(said, [before[place] for place in other]),
        "words_alone": np.array([one.score for one in said], dtype=np.float64),
    }
    groups = [item.group for item in items]
    return _question(
        "mustard_conflict", "auroc", {name: auroc_of(sarcastic, one) for name, one in scores.items()}, groups
    )


def _distances(said: Sequence[ModalityReading], before: Sequence[ModalityReading]) -> Floats:
    pairs = [
        (one.sentiment, context.sentiment)
        for one, context in zip(said, before, strict=True)
        if one.sentiment is not None and context.sentiment is not None
    ]
    return np.array([js_distance(one, context) for one, context in pairs], dtype=np.float64)


def _hits(given: Sequence[str | None], target: Sequence[Any]) -> Floats:
    return np.array([float(one == wanted) for one, wanted in zip(given, target, strict=True)])


def _question(
    task: str, statistic: Literal["auroc", "accuracy"], by: dict[str, WeightedStatistic], groups: Sequence[str]
) -> Question:
    """Intervals clustered on `groups`; differences of the tool and every other condition on the same resamples."""
    whole, n, number = np.ones((1, len(groups))), len(groups), len(set(groups))
    draws = {name: np.concatenate([one(block) for block in resampled_weights(groups)]) for name, one in by.items()}
    values = {name: float(one(whole)[0]) for name, one in by.items()}
    differences = {
        name: difference_from_samples(values["tool"] - values[name], draws["tool"] - draws[name], n, number)
        for name in by
        if name != "tool"
    }
    scores = {name: interval_from_samples(values[name], draws[name], n, number) for name in by}
    return Question(task, statistic, scores, differences)


def _lines(question: Question) -> list[str]:
    first = next(iter(question.scores.values()))
    told = [f"{question.task}: {question.statistic}, n = {first.n}, groups = {first.groups}"]
    for name, one in question.scores.items():
        line = f"  {name:18} {one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"
        apart = question.differences.get(name)
        if apart is not None:
            line += f"   tool minus it {apart.difference:+.3f} [{apart.low:+.3f}, {apart.high:+.3f}], p = {apart.p:.4f}"
        told.append(line)
    return told


def main() -> None:
    """Answer all questions on the sets in the data folder (AFFECTGRAPH_DATA): about a minute of one core."""
    from affectgraph.backends.embedder import SentenceEmbedder

    clips = crema_d.load()
    questions = [*crema_d_questions(clips), mustard_question(mustard.load(), SentenceEmbedder())]
    for question in questions:
        sys.stdout.write("\n".join(_lines(question)) + "\n")
    sys.stdout.write(json.dumps({"left out of CREMA-D": clips.dropped}) + "\n")


if __name__ == "__main__":
    main()
