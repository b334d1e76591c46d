"""What the graph `perceive` takes, shares and gives.

JSON primitives throughout; sound and frames are references, never samples or pixels.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from affectgraph.backends.media import MediaRef
from affectgraph.backends.scoring import Distribution
from affectgraph.backends.steering import MODALITIES, Modality
from affectgraph.graphs.steps import TraceEntry, extend
from affectgraph.graphs.texts import checked_text
from affectgraph.tools.conflict import Conflict
from affectgraph.tools.experts.readings import ModalityReading

__all__ = [
    "Answer",
    "Budgets",
    "Decision",
    "PerceiveInput",
    "PerceiveOutput",
    "PerceiveState",
    "Route",
    "Said",
    "Steering",
    "Unsteered",
    "output",
]

Route = Literal["experts", "plain", "steer"]
Said = Literal["given", "transcribed"]
Unsteered = Literal["gate closed", "one modality", "nothing to move toward"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Budgets(_Value):
    """Who the model attended to when it was about to answer: shares over the modalities present, each sums to 1.

    Attributes:
        layers: layer -> modality -> share, averaged over the heads of the layer.
        steered: modality -> share, averaged over the heads that the plan names; None without a plan.
    """

    layers: list[dict[Modality, float]]
    steered: dict[Modality, float] | None = None


class Steering(_Value):
    """What CHASE did to the model's attention.

    Attributes:
        probability: that steering is called for, in [0, 1].
        rests_on: what the probability is of: `under-use` and `conflict` come from a router on the model's own states,
            `readings` is how probable it is that two experts differ in sign, `always` is the control.
        unsteered: why nothing was moved; None where something was.
        strength: lambda in [0, 1]; 0 where nothing was moved.
        heads: (layer, head), from 0.
        chosen_by: how the heads were chosen.
        target: the budgets aimed at; None where nothing was moved.
        before, after: budgets without and with the plan; the same where nothing was moved.
        without: the sentiment that the same model gives unsteered.
    """

    probability: float = Field(ge=0.0, le=1.0)
    rests_on: Literal["under-use", "conflict", "readings", "always"]
    unsteered: Unsteered | None = None
    strength: float = 0.0
    heads: list[tuple[int, int]] = []
    chosen_by: Literal["dominance", "profile", "random", "all"] = "dominance"
    target: dict[Modality, float] | None = None
    before: Budgets
    after: Budgets
    without: Distribution


class Answer(_Value):
    """What a multimodal model says of the clip."""

    sentiment: Distribution
    emotions: Distribution


class Decision(_Value):
    """What is concluded of the clip.

    Attributes:
        by: `experts`: the unimodal readings, weighted by reliability; `plain`: one multimodal model; `steer`: the same
            model under CHASE.
        label: one of EmoMM's five classes: of a model the most probable one, of the experts the class of the mean; None
            where no reading tells sentiment.
        sentiment: over N, WN, Neu, WP, P.
        emotions: over Ekman's six and neutral; None where nothing tells them.
        valence, arousal: 1 to 9, of the experts; None where no expert tells them.
        weights: modality -> its share in the pooled sentiment; empty where a model decided.
    """

    by: Route
    label: str | None
    sentiment: Distribution | None
    emotions: Distribution | None = None
    valence: float | None = None
    arousal: float | None = None
    weights: dict[Modality, float] = {}


class PerceiveInput(BaseModel):
    """One person, said, heard and seen; at least one of the three.

    Attributes:
        text: what the person says, 1 to 20,000 characters.
        audio: a path or reference; None takes the sound of the video, where there is one and `listen` is set.
        video: a path or reference; a single picture will do.
        language: of the speech and the prompts; None takes that of the text, else English.
        listen: whether the sound of the video is heard.
    """

    text: str | None = None
    audio: str | MediaRef | None = None
    video: str | MediaRef | None = None
    language: Literal["en", "zh"] | None = None
    listen: bool = True

    @field_validator("text")
    @classmethod
    def _is_readable(cls, text: str | None) -> str | None:
        return None if text is None else checked_text(text)

    @model_validator(mode="after")
    def _is_something(self) -> Self:
        if self.text is None and self.audio is None and self.video is None:
            raise ValueError("nothing to perceive; give a text, an audio file or a video file")
        return self


def _merged(
    old: dict[Modality, ModalityReading], new: dict[Modality, ModalityReading]
) -> dict[Modality, ModalityReading]:
    """Reducer of the readings, which are taken side by side: the new ones join the old."""
    return {**old, **new}


class PerceiveState(PerceiveInput):
    """The state of the graph.

    Attributes:
        sound: the file that the audio comes from.
        present: the modalities that can be read: of text, words or a sound that may hold some.
        readings: one for each modality, the missing ones with the reason.
        said: the words that were read, and where they come from.
    """

    sound: MediaRef | None = None
    frames: MediaRef | None = None
    spoken: Literal["en", "zh"] = "en"
    present: list[Modality] = []
    said: str | None = None
    said_from: Said | None = None
    readings: Annotated[dict[Modality, ModalityReading], _merged] = {}
    conflict: Conflict | None = None
    answer: Answer | None = None
    steering: Steering | None = None
    decision: Decision | None = None
    trace: Annotated[list[TraceEntry], extend] = []


class PerceiveOutput(BaseModel):
    """The result.

    Attributes:
        text: the words that were read.
        said_from: `given`, or `transcribed` from the sound; None where no words are known.
        sound, frames: the files.
        readings: of each modality alone, in the order text, audio, video.
        steering: None where no model was asked to read under conflict.
        notice: what people must be told of the model that decides.
    """

    model_config = ConfigDict(frozen=True)

    text: str | None
    said_from: Said | None
    sound: MediaRef | None
    frames: MediaRef | None
    readings: dict[Modality, ModalityReading]
    conflict: Conflict
    steering: Steering | None
    decision: Decision
    notice: str | None = None
    trace: list[TraceEntry]


def output(state: PerceiveState, notice: str | None) -> PerceiveOutput:
    """What comes out of the last state."""
    assert state.conflict is not None
    assert state.decision is not None
    return PerceiveOutput(
        text=state.said,
        said_from=state.said_from,
        sound=state.sound,
        frames=state.frames,
        readings={name: state.readings[name] for name in MODALITIES if name in state.readings},
        conflict=state.conflict,
        steering=state.steering,
        decision=state.decision,
        notice=notice,
        trace=state.trace,
    )
