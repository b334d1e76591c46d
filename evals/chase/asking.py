"""Asking a model about a clip: what it answers, under which plan, and what it attends to. All of it is kept.

A clip becomes one message, media first: frames, sound, what the person says (marked, so that it counts as the text
modality), the question. Answers are kept in SQLite and readings as one `.npz` file each (without pickle), under a key
of everything they depend on, so that a stopped run goes on. A modality that a clip should have and does not (a silent
track, black frames, a model without ears) is left out and counted.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol

from langchain_core.messages import BaseMessage, HumanMessage

from affectgraph.backends.base import Capabilities
from affectgraph.backends.media import (
    Frames,
    MediaOptions,
    MediaRef,
    MissingModality,
    Sound,
    UniformFrames,
    load_audio,
    load_frames,
    open_media,
)
from affectgraph.backends.media_images import as_data_url
from affectgraph.backends.media_parts import audio_part, marked_text, video_part
from affectgraph.backends.scoring import Distribution
from affectgraph.backends.steering import AttentionReading, Modality, SteeringPlan
from affectgraph.evals.answers import Answers
from affectgraph.evals.chase.readings import Readings
from affectgraph.evals.datasets.clips import relation_of
from affectgraph.evals.datasets.items import Dataset, Item
from affectgraph.evals.keys import code_revision, key
from affectgraph.prompts import prompt
from affectgraph.tools.chase.gate import in_order
from affectgraph.tools.chase.vcc import View, thinned
from affectgraph.tools.questions import Question, question
from affectgraph.tools.sentiment import SENTIMENTS

__all__ = ["Asker", "Clip", "Steerable"]

_LEAST = 1e-12
_FRAME = ("perceive/clip", "perceive/says")
# Messages that stay encoded, about 1 MB each: causal gains ask about the same clips hundreds of times.
_ENCODED = 256
_CODE = ("affectgraph.evals.chase.asking", "affectgraph.backends.transformers")


class Steerable(Protocol):
    """A backend, as far as these measurements need it."""

    @property
    def identity(self) -> str:
        """Model and revision."""
        ...

    @property
    def capabilities(self) -> Capabilities:
        """What it can take and give."""
        ...

    def choose(
        self,
        messages: Sequence[BaseMessage],
        options: Sequence[str],
        *,
        lead: str = "",
        neutral: Sequence[BaseMessage] | None = None,
        steering: SteeringPlan | None = None,
    ) -> Distribution:
        """A closed-set label as a distribution."""
        ...

    def read_attention(
        self, messages: Sequence[BaseMessage], *, lead: str = "", steering: SteeringPlan | None = None
    ) -> AttentionReading:
        """What the answer query attends to."""
        ...


@dataclass(frozen=True)
class Clip:
    """A clip whose media were opened once. It holds no samples and no pixels.

    Attributes:
        item: as loaded.
        present: the modalities that a model is shown.
        media: modality -> file, of those present.
        content: SHA-256 of what is shown.
        missing: modality -> why it is not shown although the set names it.
    """

    item: Item
    present: tuple[Modality, ...]
    media: dict[Modality, MediaRef]
    content: str
    missing: dict[Modality, str] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """What clips of one recording share."""
        return self.item.group


class Asker:
    """One model asked about the clips of one set.

    Attributes:
        labels: the closed set.
    """

    def __init__(
        self,
        model: Steerable,
        dataset: Dataset,
        *,
        answers: Answers,
        readings: Readings,
        media: MediaOptions | None = None,
        frames: int = 8,
        about: dict[str, Any] | None = None,
    ) -> None:
        """Nothing is asked yet.

        Args:
            model: its backend.
            dataset: clips.
            answers, readings: where they are kept.
            media: allowed folders and limits.
            frames: evenly spaced, of each video.
            about: what else answers depend on: the backend's configuration.
        """
        self._model, self._media = model, media or MediaOptions()
        self.labels = dataset.labels
        self._answers, self._readings = answers, readings
        self._policy = UniformFrames(count=frames)
        name = "sentiment" if set(self.labels) <= set(SENTIMENTS) else "shown_emotion"
        self._question: Question = question(name, self.labels)
        self._parts: dict[tuple[str, str, View], list[str | dict[str, Any]]] = {}
        self._lock = threading.Lock()
        self._shared = {
            "identity": model.identity,
            "about": about or {},
            "code": code_revision(_CODE),
            "packages": {package: _version(package) for package in ("torch", "transformers")},
        }

    def open(self, item: Item) -> Clip:
        """Read the media of a clip once, to know what there is; that too is kept.

        Raises:
            MediaError: a file cannot be used.
        """
        can = self._model.capabilities
        media: dict[Modality, MediaRef] = {}
        missing: dict[Modality, str] = {}
        wanted: tuple[tuple[Modality, bool], ...] = (("audio", can.audio), ("video", can.video or can.image))
        for name, able in wanted:
            if not item.fields[name]:
                continue
            if not able:
                missing[name] = "the model does not take it"
                continue
            ref = open_media(item.fields[name], self._media)
            reason = self._missing(name, ref)
            if reason:
                missing[name] = reason
            else:
                media[name] = ref
        text: tuple[Modality, ...] = ("text",) if item.fields["text"] else ()
        hashes = [item.fields["text"], self._policy.model_dump_json(), *(f"{n} {r.sha256}" for n, r in media.items())]
        return Clip(
            item=item,
            present=in_order([*text, *media]),
            media=media,
            content=hashlib.sha256("\0".join(hashes).encode()).hexdigest(),
            missing=missing,
        )

    def _missing(self, name: Modality, ref: MediaRef) -> str:
        """Why a file does not offer a modality; empty where it does."""
        fields = {
            "call": "open",
            "modality": name,
            "sha256": ref.sha256,
            "media": self._media.model_dump(mode="json", exclude={"roots"}),
            "frames": self._policy.model_dump(mode="json"),
            "code": self._shared["code"],
        }
        known = self._answers.get(key(fields))
        if known is None:
            load = load_audio if name == "audio" else self._frames
            found = load(ref, self._media)
            known = {"missing": found.reason if isinstance(found, MissingModality) else ""}
            self._answers.put(key(fields), fields, known)
        return str(known["missing"])

    def _frames(self, ref: MediaRef, options: MediaOptions) -> Frames | MissingModality:
        return load_frames(ref, options, self._policy)

    def relation(self, clip: Clip) -> str:
        """`conflict` or `align` over what is shown of a clip; `unknown` where the set does not tell."""
        return relation_of(clip.item, clip.present, self.labels) or "unknown"

    def messages(self, clip: Clip, view: View | None = None) -> list[BaseMessage]:
        """The conversation that asks about a clip; media first, then the words.

        Args:
            view: what is left out; None: nothing.
        """
        view = view or View()
        name = (clip.content, clip.item.language, view)
        with self._lock:
            parts = self._parts.pop(name, None)
        if parts is None:
            parts = self._encoded(clip, view)
        with self._lock:
            self._parts[name] = parts  # the newest last
            while len(self._parts) > _ENCODED:
                self._parts.pop(next(iter(self._parts)))
        return [HumanMessage(content=list(parts))]

    def _encoded(self, clip: Clip, view: View) -> list[str | dict[str, Any]]:
        """As the graph `perceive` asks, word for word: what is fitted here is applied there."""
        language, parts = clip.item.language, list[str | dict[str, Any]]()
        if "video" in clip.media and view.without != "video":
            frames = self._frames(clip.media["video"], self._media)
            if isinstance(frames, Frames):
                parts += self._pictures(frames, view.share)
        if "audio" in clip.media and view.without != "audio":
            sound = load_audio(clip.media["audio"], self._media)
            if isinstance(sound, Sound):
                parts.append(audio_part(sound.samples, sound.rate))
        words = prompt("perceive/clip", language).render()
        if "text" in clip.present and view.without != "text":
            says = prompt("perceive/says", language).render()
            parts += [{"type": "text", "text": f"{words} {says}\n\n"}, marked_text(clip.item.fields["text"])]
        else:
            parts.append({"type": "text", "text": words})
        asked = prompt(self._question.prompt, language).render()
        return [*parts, {"type": "text", "text": f"\n\n{asked}"}]

    def _pictures(self, frames: Frames, share: float) -> list[dict[str, Any]]:
        kept = [frames.images[place] for place in thinned(len(frames.images), share)]
        # A video thinned to one frame stays a video; a clip of one frame is a picture, as in `perceive`.
        if self._model.capabilities.video and (len(kept) > 1 or share < 1.0):
            return [video_part(kept, frames.fps * len(kept) / len(frames.images))]
        return [{"type": "image_url", "image_url": {"url": as_data_url(image, 512)}} for image in kept]

    def choose(self, clip: Clip, view: View | None = None, plan: SteeringPlan | None = None) -> dict[str, float]:
        """Label -> probability; kept.

        Raises:
            BackendError: the engine failed.
        """
        fields = self._fields("choose", clip, view, plan)
        known = self._answers.get(key(fields))
        if known is not None:
            return {str(label): float(p) for label, p in known.items()}
        words = self._question.words[clip.item.language]
        said = self._model.choose(self.messages(clip, view), words, lead=self._lead(clip), steering=plan)
        shares = said.renamed(self.labels).probabilities
        self._answers.put(key(fields), fields, shares)
        return shares

    def log_probability(self, clip: Clip, plan: SteeringPlan | None = None) -> float:
        """Natural log of the probability of the reference; at least -27.6, where rounding ends it."""
        return math.log(max(_LEAST, self.choose(clip, plan=plan)[clip.item.target]))

    def read(self, clip: Clip, view: View | None = None, plan: SteeringPlan | None = None) -> AttentionReading:
        """What the answer query attends to; kept.

        Raises:
            BackendError: the engine failed.
        """
        return self._readings.get_or_make(
            key(self._fields("read", clip, view, plan)),
            lambda: self._model.read_attention(self.messages(clip, view), lead=self._lead(clip), steering=plan),
        )

    def _lead(self, clip: Clip) -> str:
        return prompt(self._question.prompt, clip.item.language).lead

    def _fields(self, call: str, clip: Clip, view: View | None, plan: SteeringPlan | None) -> dict[str, Any]:
        view = view or View()
        return {
            **self._shared,
            "call": call,
            "content": clip.content,
            "present": list(clip.present),
            "language": clip.item.language,
            "labels": list(self.labels),
            "prompts": [prompt(name, clip.item.language).reference for name in (*_FRAME, self._question.prompt)],
            "view": [view.without, view.share],
            "plan": plan.model_dump(mode="json") if plan else None,
        }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
