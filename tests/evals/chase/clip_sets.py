"""A labelled set of tiny clips, and a model that is one formula, so that what is asked and kept can be counted."""

from __future__ import annotations

import csv
import hashlib
import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.messages import BaseMessage

from affectgraph.backends.base import Capabilities
from affectgraph.backends.media import MediaOptions
from affectgraph.backends.scoring import Distribution
from affectgraph.backends.steering import MODALITIES, AttentionReading, Modality, SteeringPlan
from affectgraph.evals.answers import Answers
from affectgraph.evals.chase.asking import Asker
from affectgraph.evals.chase.readings import Readings
from affectgraph.evals.datasets import clips
from tests.backends.clip_files import clip, counting, flat, tone

__all__ = ["GOOD", "Formula", "asker_of", "shown_in", "write_clips"]

GOOD, BAD = "Lovely, really.", "Awful, really."
LAYERS, HEADS, WIDTH = 4, 3, 6
# The head that carries the video to the answer.
CARRIER = (2, 1)


def write_clips(folder: Path, number: int = 12, *, split: bool = False) -> Path:
    """A table of `number` clips, two a source; words are good or bad, and face and voice of every third disagree."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "clip.webm").write_bytes(clip("webm", sound=tone(0.4), picture=counting, frames=10))
    (folder / "mute.webm").write_bytes(clip("webm", sound=tone(0.4, level=0.0), picture=counting, frames=10))
    (folder / "dark.webm").write_bytes(clip("webm", sound=tone(0.4), picture=flat(0), frames=10))
    rows = []
    for place in range(number):
        text, face = (GOOD if place % 2 else BAD), ("P" if (place % 2) != (place % 3 == 0) else "N")
        row = {
            "id": f"clip {place}",
            "text": f"{text} ({place})",
            "audio": "clip.webm",
            "video": "clip.webm",
            "label": face,  # the reference follows the face
            "label_T": "P" if place % 2 else "N",
            "label_A": face,
            "label_V": face,
            "source": f"person {place // 2}",
        }
        rows.append(row | {"split": "test" if split and place >= number - 2 else "train"} if split else row)
    with (folder / "clips.csv").open("w", newline="", encoding="utf-8") as table:
        writer = csv.DictWriter(table, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder / "clips.csv"


def shown_in(messages: Sequence[BaseMessage]) -> dict[str, Any]:
    """Modality -> what a message shows of it: words, bytes of sound, number of frames."""
    parts: Any = messages[-1].content
    found: dict[str, Any] = {}
    for part in parts:
        if part["type"] == "video":
            found["video"] = len(part["video"])
        elif part["type"] == "input_audio":
            found["audio"] = len(part["input_audio"]["data"])
        elif part.get("modality") == "text":
            found["text"] = part["text"]
    return found


class Formula:
    """Answers by the words, unless the head that carries the video is moved toward it; counts its calls."""

    identity = "formula@1"

    def __init__(self, **capabilities: bool) -> None:
        given = {"image": True, "audio": True, "video": True, "logprobs": True, "steering": True} | capabilities
        self.capabilities = Capabilities(**given)
        self.asked: list[dict[str, Any]] = []
        self.plans: list[SteeringPlan | None] = []
        self.read = 0
        self._lock = threading.Lock()

    def choose(
        self,
        messages: Sequence[BaseMessage],
        options: Sequence[str],
        *,
        lead: str = "",
        neutral: Sequence[BaseMessage] | None = None,
        steering: SteeringPlan | None = None,
    ) -> Distribution:
        shown = shown_in(messages)
        with self._lock:
            self.asked.append(shown)
            self.plans.append(steering)
        by_text = {"L": 2.0, "A": -2.0}.get(shown.get("text", " ")[0], 0.0)
        seen = self._seen(shown.get("text", "")) if "video" in shown else 0.0
        weight = 0.1
        if steering is not None and CARRIER in steering.heads:
            weight += steering.strength * (2.0 if (steering.target or {}).get("video") == 1.0 else 0.5)
        leaning = by_text * (1.0 - min(1.0, weight / 2.0)) + 3.0 * weight * seen
        scores = [-leaning, -0.5 * leaning, 0.0, 0.5 * leaning, leaning]
        return Distribution.from_scores(options, scores)

    def read_attention(
        self, messages: Sequence[BaseMessage], *, lead: str = "", steering: SteeringPlan | None = None
    ) -> AttentionReading:
        shown = shown_in(messages)
        with self._lock:
            self.read += 1
        present: list[Modality] = [name for name in MODALITIES if name in shown]
        seed = int(hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:8], 16)
        generator = np.random.default_rng(seed)
        masses = generator.random((LAYERS, HEADS, len(present))).astype(np.float32) + 0.1
        masses[CARRIER] += np.array([name == "video" for name in present]) * 5.0
        hidden = generator.normal(size=(LAYERS + 1, len(present), WIDTH)).astype(np.float32)
        if self._disagrees(shown.get("text", "")):
            hidden[3] += 3.0
        return AttentionReading(
            tuple(present),
            tuple({"text": 5, "audio": 9}.get(name, 2 * shown.get("video", 0)) for name in present),
            masses / masses.sum(axis=-1, keepdims=True),
            masses * 0.1,
            hidden,
            hidden[:, 0],
        )

    @staticmethod
    def _place(text: str) -> int:
        return int(text.rpartition("(")[2].rstrip(")") or 0)

    def _disagrees(self, text: str) -> bool:
        return bool(text) and self._place(text) % 3 == 0

    def _seen(self, text: str) -> float:
        if not text:
            return 0.0
        return (1.0 if self._place(text) % 2 else -1.0) * (-1.0 if self._disagrees(text) else 1.0)


def asker_of(model: Formula, path: Path, store: Path, **options: Any) -> tuple[Asker, list[Any], Answers]:
    """An asker over the clips of a table, its clips, and where answers are kept."""
    dataset = clips.load(path)
    answers = Answers(store / "answers.sqlite")
    asker = Asker(
        model,
        dataset,
        answers=answers,
        readings=Readings(store / "readings"),
        media=MediaOptions(roots=[path.parent]),
        **options,
    )
    return asker, [asker.open(item) for item in dataset.items], answers
