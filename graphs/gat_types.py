"""What the graphs `gat` and `gat_single` take, share and give.

JSON primitives throughout; a picture is a reference, never pixels. Labels are English keys whatever the language.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from affectgraph.backends.media import MediaRef
from affectgraph.backends.scoring import Distribution
from affectgraph.graphs.steps import Message, TraceEntry, extend
from affectgraph.tools.calibration import Variable
from affectgraph.tools.faces import Face
from affectgraph.tools.scaffold import Scaffold

__all__ = [
    "Conclusion",
    "Contradiction",
    "GatInput",
    "GatOutput",
    "GatState",
    "Hypothesis",
    "Intensity",
    "Judgement",
    "Observation",
    "Perception",
    "Sentence",
    "Task",
    "TreeState",
    "Verdict",
    "Writing",
    "checked_labels",
    "output",
]

Intensity = Literal["low", "medium", "high"]
Perception = Literal["image", "facts-only"]
Task = Literal["EU", "ER", "EGCG"]
# Our limits: a label is a word or a few, and a closed set can be read at a glance.
_LONGEST_LABEL = 40
_MOST_LABELS = 64


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Observation(_Value):
    """The objective contents of one region, without a word of emotion.

    Attributes:
        measured: what was measured of the region's pixels, since no model looked or no answer of one could be used.
    """

    region: str
    contents: str
    measured: bool = False


class Hypothesis(_Value):
    """A branch of the tree: one emotion of one intensity, and the regions (in `gat_text`: spans) that it rests on.

    Attributes:
        id: `h1`, `h2`, ... in the order in which they were put forward.
        regions: ids that exist in the scaffold; empty where the mode has no regions, and where the hypothesis is one of
            the most probable labels because no answer of the model could be used (`from_labels` in the trace).
    """

    id: str
    emotion: str
    intensity: Intensity
    regions: list[str]
    reason: str

    @property
    def cited(self) -> list[str]:
        """Ids of what it rests on."""
        return self.regions


class Contradiction(_Value):
    """What in a region speaks against a hypothesis; `region` is None where the mode has no regions."""

    region: str | None
    fact: str

    @property
    def cited(self) -> str | None:
        """Id of where it lies."""
        return self.region


class Verdict(_Value):
    """What the critic said of one hypothesis.

    Attributes:
        hypothesis: its id.
        contradictions: visual facts that speak against its emotion or its intensity.
        confidence: the critic's own, that the hypothesis holds, in [0, 1].
        pruned: it is contradicted, and another hypothesis is kept.
    """

    hypothesis: str
    contradictions: list[Contradiction]
    confidence: float = Field(ge=0.0, le=1.0)
    pruned: bool = False


class Judgement(_Value):
    """What a tree amounts to, whatever it is about.

    Attributes:
        label: the surviving hypothesis' emotion, which need not be the most probable one; without a tree the most
            probable label.
        valence: 1 (unpleasant) to 9 (pleasant): the mean of a distribution over five points.
        arousal: 1 (calm) to 9 (excited): the mean of 2, 5 and 8 for low, medium and high intensity. The surviving
            hypothesis' intensity weighs as much as the critic is confident of it, and the model's own distribution the
            rest.
        intensity: of the surviving hypothesis; without a tree the most probable one.
        kept: its id; None without a tree.
        all_contradicted: every hypothesis was contradicted, and the least contradicted one is kept.
    """

    label: str
    valence: float = Field(ge=1.0, le=9.0)
    arousal: float = Field(ge=1.0, le=9.0)
    intensity: Intensity
    kept: str | None = None
    all_contradicted: bool = False


class Conclusion(Judgement):
    """What the tree of a picture amounts to.

    Attributes:
        emotions: over the label space, as viewers are expected to feel (evoked).
        expressed: over the label space, as depicted people show; None where nobody is depicted, as far as is known (a
            frontal face was found, or a model with eyes says so). Without eyes, and where the label space has Ekman's
            six, it is what a small network reads of the faces, where that is installed (calibration `face-network`).
        raw: variable -> what `valence` or `arousal` was before the curve of `affectgraph calibrate`; empty where none
            was applied.
        calibrated_on: the rated pictures on which the curve was fitted; None: not calibrated.
    """

    emotions: Distribution
    expressed: Distribution | None
    raw: dict[Variable, float] = {}
    calibrated_on: str | None = None


class Sentence(_Value):
    """One sentence of a written answer, and the regions that it cites."""

    text: str
    regions: list[str]


class Writing(_Value):
    """An explanation (ER) or a text in a target emotion (EGCG).

    Attributes:
        words: how many it has; in Chinese, characters without punctuation.
        problems: what it was asked for and is not: `length` (EGCG: not 50 to 100 words), `repetition` (a sentence
            twice), `ungrounded` (a sentence without a content word of what is known of the regions it cites, see
            `tools.grounding`). Empty where all is well. It is not written again.
    """

    sentences: list[Sentence]
    words: int
    problems: list[str] = []

    @property
    def text(self) -> str:
        """The sentences, one after the other; Chinese ones without a space between."""
        parts = [sentence.text for sentence in self.sentences]
        gaps = [" " if ord(part[-1:] or " ") < 0x2E80 else "" for part in parts[:-1]]
        return "".join(part + gap for part, gap in zip(parts, [*gaps, ""], strict=True))


class GatInput(BaseModel):
    """A picture, and what is asked of it.

    Attributes:
        image: a path, or a reference from `backends.media.open_image`.
        task: EU: which emotion; ER: and why; EGCG: a text of 50 to 100 words in the emotion `target`. ER and EGCG cite
            regions, so they need a mode that has some.
        target: EGCG writes in it; ER explains it instead of the emotion that was concluded.
        labels: the label space, 2 to 64 different labels; None means that of the settings.
        language: of the prompts and of what is written.
    """

    image: str | MediaRef
    task: Task = "EU"
    target: str | None = None
    labels: list[str] | None = None
    language: Literal["en", "zh"] = "en"

    @field_validator("target")
    @classmethod
    def _is_an_emotion(cls, target: str | None) -> str | None:
        return target if target is None else _label(target, "the target emotion")

    @field_validator("labels")
    @classmethod
    def _are_a_closed_set(cls, labels: list[str] | None) -> list[str] | None:
        return checked_labels(labels)

    @model_validator(mode="after")
    def _says_what_to_write(self) -> Self:
        if self.task == "EGCG" and self.target is None:
            raise ValueError("EGCG writes in a target emotion; give one as `target`")
        return self


def checked_labels(labels: list[str] | None) -> list[str] | None:
    """A label space as it was given, white space trimmed; None stays None.

    Raises:
        ValueError: it is none; says why.
    """
    if labels is None:
        return None
    found = [_label(label, "a label") for label in labels]
    if not 2 <= len(found) <= _MOST_LABELS or len(set(found)) < len(found):
        raise ValueError(f"a label space has 2 to {_MOST_LABELS} different labels; give each once")
    return found


def _label(text: str, what: str) -> str:
    found = text.strip()
    if not found or len(found) > _LONGEST_LABEL or not found.isprintable():
        raise ValueError(f"{what} is empty, over {_LONGEST_LABEL} characters or not on one line; name one emotion")
    return found


class TreeState(BaseModel):
    """What the nodes of a tree read and write, whatever it is about.

    Attributes:
        chosen: `gat_single`: the hypothesis that the model itself chose.
        messages: what was said so far, what the tree is about first.
    """

    labels: list[str] | None = None
    language: Literal["en", "zh"] = "en"
    hypotheses: list[Hypothesis] = []
    verdicts: list[Verdict] = []
    chosen: str | None = None
    messages: list[Message] = []
    trace: Annotated[list[TraceEntry], extend] = []


class GatState(GatInput, TreeState):
    """The state of the graph. The pictures are put into the messages when a backend with eyes is asked.

    Attributes:
        exchanged: the control `random`: id -> the region whose contents are told under it; empty in every other mode.
    """

    perception: Perception = "facts-only"
    scaffold: Scaffold | None = None
    exchanged: dict[str, str] = {}
    faces: list[Face] = []
    observations: list[Observation] = []
    conclusion: Conclusion | None = None
    writing: Writing | None = None


class GatOutput(BaseModel):
    """The result; empty lists and None where the mode has no such step.

    Attributes:
        perception: `facts-only`: no model saw the picture, only what was measured of it was told.
        scaffold: the true regions, in the control `random` too; `observations` are what was told of them.
        exchanged: see `GatState`.
        notice: what people must be told of the model that writes.
    """

    model_config = ConfigDict(frozen=True)

    image: MediaRef
    task: Task
    perception: Perception
    scaffold: Scaffold | None
    faces: list[Face]
    observations: list[Observation]
    hypotheses: list[Hypothesis]
    verdicts: list[Verdict]
    conclusion: Conclusion
    writing: Writing | None
    exchanged: dict[str, str] = {}
    notice: str | None = None
    trace: list[TraceEntry]


def output(state: GatState, notice: str | None) -> GatOutput:
    """What comes out of the last state."""
    assert isinstance(state.image, MediaRef)
    assert state.conclusion is not None
    return GatOutput(
        image=state.image,
        task=state.task,
        perception=state.perception,
        scaffold=state.scaffold,
        faces=state.faces,
        observations=state.observations,
        hypotheses=state.hypotheses,
        verdicts=state.verdicts,
        conclusion=state.conclusion,
        writing=state.writing,
        exchanged=state.exchanged,
        notice=notice,
        trace=state.trace,
    )
