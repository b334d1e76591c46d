"""Synthetic clips of a person whose words, voice and face may disagree: everything is drawn, so everything is known.

A clip has three modalities, each with a score out of five: a sentence of seven words (some of them polar), a tone whose
pitch rises or falls and which grows louder (a log-mel picture), and eight frames of a drawn face. The reference is
`.25 text + .25 audio + .5 video` in EmoMM's five classes, so a model that neglects the video is wrong when modalities
disagree. Clips come from sources (a voice, a face, a way to fill a sentence), and the parts share no source.

Knows nothing of models. All numbers are our choice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from affectgraph.tools.sentiment import SENTIMENTS, level

__all__ = [
    "ANSWERS",
    "FRAMES",
    "MEL_BINS",
    "MEL_FRAMES",
    "PARTS",
    "REFERENCE",
    "SENTENCE",
    "SIDE",
    "TEXT_HEAVY",
    "WORDS",
    "Clips",
    "Part",
    "draw_clips",
]

Floats = NDArray[np.float64]
Part = Literal["train", "dev", "test"]

ANSWERS = SENTIMENTS
LEVELS = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
# Weights of text, audio and video in the reference, and in the rule that makes a model lean on text.
REFERENCE = np.array([0.25, 0.25, 0.5])
TEXT_HEAVY = np.array([0.7, 0.2, 0.1])
SENTENCE = 7
MEL_BINS, MEL_FRAMES = 32, 64
FRAMES, SIDE = 8, 24
# Half of the clips agree in polarity; the other half draws each modality on its own.
_ALIGNED = 0.5
_PIECE = 128
PARTS: dict[Part, range] = {"train": range(600), "dev": range(600, 700), "test": range(700, 900)}

GOOD = ("lovely", "glad", "great", "kind", "bright", "calm", "proud", "sweet", "warm", "hopeful")
BAD = ("awful", "sad", "cruel", "bitter", "lonely", "angry", "broken", "cold", "afraid", "bleak")
FILLERS = ("so", "it", "was", "the", "day", "we", "then", "there", "and", "had", "a", "of", "with", "my", "house", "go")
WORDS = (*GOOD, *BAD, *FILLERS)


@dataclass(frozen=True)
class Clips:
    """n clips.

    Attributes:
        scores: (n, 3) of text, audio, video, in [-1, 1].
        sources: (n,) the number of each clip's source.
        words: (n, 7) places in `WORDS`.
        mel: (n, 32, 64) log-mel bins by frames, about standard normal in scale.
        frames: (n, 8, 24, 24, 3) uint8 RGB; fewer frames where thinned.
    """

    scores: Floats
    sources: NDArray[np.int64]
    words: NDArray[np.int64]
    mel: NDArray[np.float32]
    frames: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.scores)

    def reference(self, present: Sequence[int] = (0, 1, 2)) -> NDArray[np.int64]:
        """(n,) the true answer's place in `ANSWERS`, from the modalities that are `present`."""
        return classes(blend(self.scores, REFERENCE, present))

    def conflict(self, present: Sequence[int] = (0, 1, 2)) -> NDArray[np.bool_]:
        """(n,) whether a present modality's polarity differs from the reference's (EmoMM's predicate)."""
        truth = np.sign(blend(self.scores, REFERENCE, present))
        return np.asarray((np.sign(self.scores[:, list(present)]) != truth[:, None]).any(axis=1))

    def labels(self, collapsed: bool, present: Sequence[int] = (0, 1, 2)) -> NDArray[np.int64]:
        """(n,) what a model is trained to answer.

        Args:
            collapsed: clips in conflict are labelled by `TEXT_HEAVY` instead of the reference.
            present: the modalities that the model sees.
        """
        reference = self.reference(present)
        if not collapsed:
            return reference
        return np.where(self.conflict(present), classes(blend(self.scores, TEXT_HEAVY, present)), reference)

    def thinned(self, pairs: Sequence[int]) -> Clips:
        """The same clips with only these pairs of frames; a thinker reads two frames as one."""
        frames = self.frames.reshape(len(self), -1, 2, SIDE, SIDE, 3)[:, list(pairs)]
        return Clips(self.scores, self.sources, self.words, self.mel, frames.reshape(len(self), -1, SIDE, SIDE, 3))

    def take(self, places: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Clips:
        """Some of the clips."""
        return Clips(
            self.scores[places], self.sources[places], self.words[places], self.mel[places], self.frames[places]
        )


def blend(scores: Floats, weights: Floats, present: Sequence[int]) -> Floats:
    """(n,) the weighted mean over the present modalities, weights renormalised, in [-1, 1]."""
    kept = list(present)
    return np.asarray(scores[:, kept] @ (weights[kept] / weights[kept].sum()))


def classes(blended: Floats) -> NDArray[np.int64]:
    """(n,) EmoMM's class of each score, as a place in `ANSWERS`."""
    return np.array([ANSWERS.index(level(float(score))) for score in blended], dtype=np.int64)


def draw_clips(part: Part, number: int, seed: int) -> Clips:
    """Clips of one part. The same call gives the same clips.

    Raises:
        ValueError: the part is unknown, or there are to be no clips.
    """
    if part not in get_args(Part) or number < 1:
        raise ValueError(f"part {part!r}, number {number}; expected one of {get_args(Part)} and at least 1")
    generator = np.random.default_rng([seed, get_args(Part).index(part)])
    scores = _draw_scores(generator, number)
    sources = generator.choice(np.array(PARTS[part], dtype=np.int64), number)
    traits = _traits()[sources]
    return Clips(
        scores=scores,
        sources=sources,
        words=_sentences(generator, scores[:, 0], traits[:, 0]),
        mel=_tones(generator, scores[:, 1], traits[:, 1:4]),
        frames=_faces(generator, scores[:, 2], traits[:, 4:]),
    )


def _traits() -> Floats:
    """(sources, 10) what makes sources differ, each in [0, 1]."""
    return np.random.default_rng(20_260_000).random((max(places.stop for places in PARTS.values()), 10))


def _draw_scores(generator: np.random.Generator, number: int) -> Floats:
    alone = generator.choice(LEVELS, (number, 3))
    polarity = generator.choice([-1.0, 0.0, 1.0], (number, 1), p=[0.4, 0.2, 0.4])
    together = polarity * generator.choice([0.5, 1.0], (number, 3))
    return np.asarray(np.where(generator.random((number, 1)) < _ALIGNED, together, alone))


def _sentences(generator: np.random.Generator, scores: Floats, style: Floats) -> NDArray[np.int64]:
    """The good words less the bad ones are twice the score; a neutral sentence may have one of each."""
    number = len(scores)
    # A source fills its sentences from ten fillers of its own.
    first = (style * len(FILLERS)).astype(np.int64)[:, None]
    fill = (first + generator.integers(0, 10, (number, SENTENCE))) % len(FILLERS)
    words = len(GOOD) + len(BAD) + fill
    balance = np.rint(scores * 2).astype(np.int64)
    mixed = generator.random(number) < 0.3
    good = np.maximum(balance, 0) + (mixed & (np.abs(balance) < 2))
    bad = np.maximum(-balance, 0) + (mixed & (np.abs(balance) < 2))
    slots = np.argsort(generator.random((number, SENTENCE)), axis=1)
    for rank in range(SENTENCE):
        rows, slot = np.arange(number), slots[:, rank]
        is_good, is_bad = rank < good, (rank >= good) & (rank < good + bad)
        words[rows[is_good], slot[is_good]] = generator.integers(0, len(GOOD), int(is_good.sum()))
        words[rows[is_bad], slot[is_bad]] = len(GOOD) + generator.integers(0, len(BAD), int(is_bad.sum()))
    return words


def _tones(generator: np.random.Generator, scores: Floats, traits: Floats) -> NDArray[np.float32]:
    """Three harmonics on the mel axis. The pitch rises with the score over the clip; a strong tone grows louder."""
    time = np.linspace(-0.5, 0.5, MEL_FRAMES)
    bins = np.arange(MEL_BINS)[None, :, None]
    score = (scores + generator.normal(0, 0.04, scores.shape))[:, None]
    wobble = 0.4 * np.sin(2 * math.pi * (2 * time + generator.random((len(scores), 1))))
    pitch = 7 + 4 * traits[:, :1] + 9 * score * time + wobble
    energy = 1.0 + 0.4 * traits[:, 1:2] + 1.2 * np.abs(score) * (time + 0.5)
    mel = np.zeros((len(scores), MEL_BINS, MEL_FRAMES))
    for harmonic, loudness in ((0.0, 1.0), (8.0, 0.7), (13.0, 0.5)):
        place = (pitch + harmonic)[:, None, :]
        mel += loudness * energy[:, None, :] * np.exp(-((bins - place) ** 2) / (1.5 + traits[:, 2:3, None]))
    return np.asarray(mel * 2 - 0.5 + generator.normal(0, 0.25, mel.shape), dtype=np.float32)


def _faces(generator: np.random.Generator, scores: Floats, traits: Floats) -> NDArray[np.uint8]:
    """A disc, two eyes, two brows and a mouth; brows and mouth bend with the score, a little more in each frame."""
    number = len(scores)
    shown = scores + generator.normal(0, 0.04, number)
    sway = generator.normal(0, 0.3, (number, FRAMES, 1, 1))
    grain = generator.normal(0, 0.02, (number, FRAMES, SIDE, SIDE, 1))
    # In pieces: the pictures of all training clips at once would take gigabytes in float64.
    pieces = [slice(start, start + _PIECE) for start in range(0, number, _PIECE)]
    return np.concatenate([_rendered(shown[at], traits[at], sway[at], grain[at]) for at in pieces])


def _rendered(scores: Floats, traits: Floats, sway: Floats, grain: Floats) -> NDArray[np.uint8]:
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.float64)
    grow = np.linspace(0.7, 1.0, FRAMES)[None, :, None, None]
    score = scores[:, None, None, None] * grow

    def trait(place: int, low: float, high: float) -> Floats:
        return np.asarray(low + (high - low) * traits[:, place])[:, None, None, None]

    y = rows - (SIDE - 1) / 2 - trait(0, -0.7, 0.7)
    x = columns - (SIDE - 1) / 2 - trait(1, -0.7, 0.7) - sway
    head = _ink(np.hypot(x, y) - trait(2, 9.5, 11.0))
    apart = trait(3, 3.4, 4.4)
    eyes = _ink(np.hypot(np.abs(x) - apart, y + 3.0) - 1.1)
    brows = _ink(np.hypot(np.maximum(np.abs(np.abs(x) - apart) - 1.5, 0), y + 5.6 - 0.9 * score) - 0.5)
    bend = 5.5 * score * (0.4 - (x / 5.0) ** 2)
    mouth = _ink(np.hypot(np.maximum(np.abs(x) - 5.0, 0), y - 4.6 - bend) - 0.7)
    face = head * (0.85 - 0.75 * np.maximum(np.maximum(eyes, brows), mouth))
    tint = 0.75 + 0.25 * np.stack([traits[:, 4], traits[:, 5], traits[:, 4] * traits[:, 5]], axis=-1)
    picture = (face + 0.12 * (1 - head))[..., None] * tint[:, None, None, None, :] + grain
    return (np.clip(picture, 0, 1) * 255).astype(np.uint8)


def _ink(distance: Floats) -> Floats:
    """1 inside a shape, 0 outside, one pixel of slope between: `distance` is signed, in pixels."""
    return np.asarray(np.clip(0.5 - distance, 0, 1))
