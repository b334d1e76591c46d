"""How a multimodal model is asked about a clip: media first, then the words, then the question.

The words that the person says are marked, so that a model whose attention is read knows where they are; what stands
around them is ours. All questions about one clip share their beginning, so a prefix cache serves them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, cast

from langchain_core.messages import BaseMessage, HumanMessage

from affectgraph.backends.base import Backend
from affectgraph.backends.media import Frames, MediaOptions, MediaRef, MissingModality, Sound, load_audio, load_frames
from affectgraph.backends.media_images import as_data_url
from affectgraph.backends.media_parts import audio_part, marked_text, video_part
from affectgraph.backends.media_policy import policy_from_json
from affectgraph.backends.scoring import Distribution
from affectgraph.backends.steering import AttentionReading, Modality, SteeringPlan
from affectgraph.graphs.options import PerceiveOptions
from affectgraph.graphs.perceive_types import PerceiveState
from affectgraph.graphs.steps import Models
from affectgraph.graphs.texts import NOTHING
from affectgraph.prompts import prompt
from affectgraph.tools.questions import Question, question

__all__ = ["QUESTIONS", "Clip"]

# What is asked of a multimodal model: the five classes of EmoMM, and what people would see in all modalities together.
QUESTIONS = ("sentiment", "shown_emotion")


@dataclass(frozen=True)
class Clip:
    """One clip as a model is shown it: what is present of it and what the backend can take."""

    state: PerceiveState
    models: Models
    options: PerceiveOptions

    @property
    def backend(self) -> Backend:
        """The model that is shown the clip."""
        return self.models.perceive

    @property
    def shown(self) -> tuple[Modality, ...]:
        """The modalities that the model is shown; the experts may have read more."""
        able = self.backend.capabilities
        takes = {"text": True, "audio": able.audio, "video": able.video or able.image}
        there = [*(("text",) if self.state.said else ()), *(one for one in self.state.present if one != "text")]
        return tuple(cast(Modality, modality) for modality in there if takes[modality])

    @property
    def prompts(self) -> tuple[str, ...]:
        """References of the prompts that the questions are made of."""
        names = ["perceive/clip", *(["perceive/says"] if "text" in self.shown else [])]
        names += [question(name).prompt for name in QUESTIONS]
        return tuple(prompt(name, self.state.spoken).reference for name in names)

    def sentiment(self, plan: SteeringPlan | None = None) -> Distribution:
        """The five classes, as the model sees the clip; under `plan` its attention is steered."""
        return self._choose(question("sentiment"), plan)

    def emotions(self, plan: SteeringPlan | None = None) -> Distribution:
        """Ekman's six and neutral, as the model sees the clip."""
        return self._choose(question("shown_emotion"), plan)

    def attention(self, plan: SteeringPlan | None = None) -> AttentionReading:
        """What the model attends to when it is about to name the sentiment.

        The backend has to be able to steer.
        """
        asked = question("sentiment")
        phrased = prompt(asked.prompt, self.state.spoken)
        read: Any = self.backend
        found: AttentionReading = read.read_attention(
            self._messages(phrased.render()), lead=phrased.lead, steering=plan
        )
        return found

    def _choose(self, asked: Question, plan: SteeringPlan | None) -> Distribution:
        phrased = prompt(asked.prompt, self.state.spoken)
        nothing = f"{NOTHING[self.state.spoken]}\n\n{phrased.render()}"
        found = self.backend.choose(
            self._messages(phrased.render()),
            asked.words[self.state.spoken],
            lead=phrased.lead,
            neutral=[HumanMessage(nothing)] if self.options.corrected else None,
            steering=plan,
        )
        return found.renamed(asked.labels)

    def _messages(self, asked: str) -> list[BaseMessage]:
        return [HumanMessage([*self._beginning, {"type": "text", "text": f"\n\n{asked}"}])]

    @cached_property
    def _beginning(self) -> list[dict[str, Any]]:
        language, shown = self.state.spoken, self.shown
        parts: list[dict[str, Any]] = []
        if "video" in shown and isinstance(found := frames_of(self.state, self.models, self.options), Frames):
            parts += self._pictures(found)
        if "audio" in shown and isinstance(sound := sound_of(self.state, self.models), Sound):
            parts.append(audio_part(sound.samples, sound.rate))
        words = prompt("perceive/clip", language).render()
        if "text" in shown and self.state.said:
            says = prompt("perceive/says", language).render()
            return [*parts, {"type": "text", "text": f"{words} {says}\n\n"}, marked_text(self.state.said)]
        return [*parts, {"type": "text", "text": words}]

    def _pictures(self, found: Frames) -> list[dict[str, Any]]:
        """Frames as one video where the model takes videos, else as pictures in the order of time."""
        if self.backend.capabilities.video and len(found.images) > 1:
            return [video_part(found.images, found.fps)]
        return [{"type": "image_url", "image_url": {"url": as_data_url(image, 512)}} for image in found.images]


def sound_of(state: PerceiveState, models: Models) -> Sound | MissingModality | None:
    """The sound of the clip; None where there is no file of any."""
    return None if state.sound is None else _sound(state.sound, models.media.model_dump_json())


def frames_of(state: PerceiveState, models: Models, options: PerceiveOptions) -> Frames | MissingModality | None:
    """The frames of the clip; None where there is no file of any."""
    if state.frames is None:
        return None
    return _frames(state.frames, models.media.model_dump_json(), options.sampling.model_dump_json())


# Decoded once for all nodes of a run.


@lru_cache(maxsize=4)
def _sound(ref: MediaRef, options: str) -> Sound | MissingModality:
    return load_audio(ref, MediaOptions.model_validate_json(options))


@lru_cache(maxsize=4)
def _frames(ref: MediaRef, options: str, policy: str) -> Frames | MissingModality:
    return load_frames(ref, MediaOptions.model_validate_json(options), policy_from_json(policy))
