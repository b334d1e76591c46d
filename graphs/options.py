"""What can be set of each graph: one class of options for each section of the settings."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from affectgraph.backends.media_policy import FramePolicy, UniformFrames
from affectgraph.tools.chase.gate import GateKind
from affectgraph.tools.chase.plan import Target
from affectgraph.tools.conflict import USABLE
from affectgraph.tools.emotions import TAXONOMIES
from affectgraph.tools.label_spaces import SPACES
from affectgraph.tools.persona_words import Profile

__all__ = [
    "AppraiseOptions",
    "CounselOptions",
    "EmpathyOptions",
    "GatOptions",
    "GatTextOptions",
    "PerceiveOptions",
    "ReadingOptions",
    "Roles",
    "TreeOptions",
    "nearest",
]


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Roles(_Options):
    """Which backend does what. `condense` is unset unless a model may put long texts into its own words."""

    perceive: str = "embedded"
    reason: str = "embedded"
    write: str = "embedded"
    judge: str = "embedded"
    condense: str | None = None


class EmpathyOptions(_Options):
    """Options of the graph `empathy`."""

    taxonomy: str = Field(default="counselling12", description=f"one of {', '.join(TAXONOMIES)}")
    reply_tokens: int = Field(default=220, ge=32, le=4096, description="limit of the reply, in tokens")
    answer_tokens: int = Field(default=1000, ge=128, le=8192, description="limit of one structured answer, in tokens")
    learned: bool = Field(default=True, description="the second voice of the screen, beside the rules")

    @field_validator("taxonomy")
    @classmethod
    def _is_known(cls, name: str) -> str:
        return _known_taxonomy(name)


class ReadingOptions(_Options):
    """Options of the graph `reading`."""

    method: Literal["choose", "prompt", "anchor"] = Field(
        default="choose",
        description="choose: the labels' log-probabilities; prompt: the model writes the label; anchor: the label "
        "whose anchor sentence is nearest to the text, no model",
    )
    corrected: bool = Field(default=True, description="choose: subtract the scores of the question without the text")
    sharpness: float = Field(
        default=20.0, gt=0.0, description="anchor: a cosine times this is a log-probability, up to a constant"
    )


def _weight(of: str) -> Any:
    return Field(
        default=None, ge=0.0, description=f"in the blend, {of}; unset: as fitted for this model, else an equal part"
    )


class AppraiseOptions(_Options):
    """Options of the graph `appraise`."""

    taxonomy: str = Field(default="ekman7", description=f"one of {', '.join(TAXONOMIES)}")
    profile: Profile = Field(
        default="bfi",
        description="what is told of the person: none, mbti (letters), bfi (numbers), words, both (mbti and bfi)",
    )
    perspective: Literal["lived", "read"] = Field(
        default="lived", description="lived: the event happens to the person; read: the person reads about it"
    )
    appraisals: Literal["choose", "fill", "learned"] = Field(
        default="choose",
        description="choose: a closed question for each of the 21; fill: one structured answer, for strong models; "
        "learned: the fitted link reads the event, no chat model (`affectgraph link fit`)",
    )
    evidence: bool = Field(default=True, description="name the words that each rating rests on; needs the embedder")
    corrected: bool = Field(default=True, description="subtract the scores of the question without event and person")
    intensity: bool = Field(default=True, description="ask how strong the emotion is")
    told: bool = Field(default=True, description="tell the model the appraisals before it is asked for the emotion")
    recall: int = Field(default=50, ge=0, le=200, description="episodes that are recalled; 0: no memory")
    told_episodes: int = Field(default=3, ge=0, le=20, description="recalled episodes that the model is told of")
    public: bool = Field(default=True, description="recall public episodes of other people too")
    answer_tokens: int = Field(default=1500, ge=512, le=8192, description="fill: limit of the answer, in tokens")
    link: Path | None = Field(
        default=None, description="the fitted link; unset: DATA_DIR/appraisal_link.json, where there is one"
    )
    weight_model: float | None = _weight("of the model's own distribution")
    weight_link: float | None = _weight("of the link's, from the appraisals")
    weight_words: float | None = _weight("of the link's, straight from the words (with appraisals = learned)")
    weight_memory: float | None = _weight("of what was felt in recalled episodes")

    @field_validator("taxonomy")
    @classmethod
    def _is_known(cls, name: str) -> str:
        return _known_taxonomy(name)


def _known_taxonomy(name: str) -> str:
    if name not in TAXONOMIES:
        raise ValueError(f"unknown taxonomy {name!r}{nearest(name, TAXONOMIES)}; known: {', '.join(TAXONOMIES)}")
    return name


class TreeOptions(_Options):
    """Options of every graph that builds a tree of hypotheses."""

    labels: str = Field(default="mikels8", description=f"one of {', '.join(SPACES)}")
    hypotheses: int = Field(default=3, ge=1, le=5, description="branches of the tree")
    answer_tokens: int = Field(default=1000, ge=128, le=8192, description="limit of one structured answer, in tokens")

    @field_validator("labels")
    @classmethod
    def _is_known(cls, name: str) -> str:
        if name not in SPACES:
            raise ValueError(f"unknown label space {name!r}{nearest(name, SPACES)}; known: {', '.join(SPACES)}")
        return name


class GatOptions(TreeOptions):
    """Options of the graph `gat`."""

    mode: Literal["gat", "tree", "scaffold", "cot", "basic", "random"] = Field(
        default="gat",
        description="gat: regions and tree; tree, scaffold: one of them; cot, basic: the baselines; random: gat with "
        "the regions exchanged, the control",
    )
    regions: int = Field(default=8, ge=1, le=26, description="regions of a picture at most")
    calibrate: bool = Field(
        default=True, description="valence and arousal as people rate, where `affectgraph calibrate` fitted a curve"
    )


class GatTextOptions(TreeOptions):
    """Options of the graph `gat_text`."""

    labels: str = Field(default="ekman7", description=f"one of {', '.join(SPACES)}")


class PerceiveOptions(_Options):
    """Options of the graph `perceive`. Unset values of the gate are those that EmoMM published for these modalities."""

    decide: Literal["auto", "experts", "plain", "steer"] = Field(
        default="auto",
        description="experts: the unimodal readings pooled; plain: the multimodal model; steer: the same under CHASE; "
        "auto: the model where it hears or sees, else the experts; steered where the readings conflict and heads were "
        "kept for it",
    )
    corrected: bool = Field(default=True, description="subtract the scores of the question without the clip")
    sampling: FramePolicy = Field(default_factory=UniformFrames, description="which frames of a video are looked at")
    transcribe: bool = Field(default=True, description="read the words out of the sound where none are given")
    usable: float = Field(default=USABLE, ge=0.0, le=1.0, description="reliability from which a reading is compared")
    target: Target | Literal["auto"] = Field(
        default="auto", description="steer: what attention is moved toward; auto: what the heads were chosen for"
    )
    gate: GateKind = Field(default="hard", description="steer: how strength begins at tau")
    eta: float | None = Field(default=None, ge=0.0, le=1.0, description="steer: strength at probability 1")
    tau: float | None = Field(default=None, ge=0.0, le=1.0, description="steer: probability at which the gate opens")
    k: int | None = Field(default=None, ge=1, description="steer: heads in each layer")
    layers: tuple[float, float] | None = Field(
        default=None, description="steer: first and last layer, as shares of the depth; a choice to be validated"
    )
    novelty: float = Field(default=0.0, ge=0.0, le=100.0, description="steer: weight of new tokens inside a modality")
    heads: Literal["auto", "profile", "dominance", "random", "all"] = Field(
        default="auto",
        description="steer: which heads; profile: those that `affectgraph chase profile` kept for this model; "
        "dominance: those that attend most one-sidedly to this clip; auto: the profile where there is one; random, "
        "all: the controls",
    )
    trigger: Literal["auto", "under-use", "conflict", "readings", "always"] = Field(
        default="auto",
        description="steer: what the gate's probability is of; under-use, conflict: by the router that `affectgraph "
        "chase train-router` kept for this model; readings: that two experts differ in sign; auto: the first of "
        "these; always: 1, the control",
    )
    seed: int = Field(default=0, ge=0, description="steer: of the heads of the control `random`")

    @field_validator("layers")
    @classmethod
    def _in_order(cls, layers: tuple[float, float] | None) -> tuple[float, float] | None:
        if layers is not None and not 0.0 <= layers[0] < layers[1] <= 1.0:
            raise ValueError(f"{list(layers)} is no range of layers; give two shares of the depth, e.g. [0.43, 1.0]")
        return layers


class CounselOptions(EmpathyOptions):
    """Options of the graph `counsel`."""

    reply_tokens: int = Field(default=160, ge=32, le=4096, description="limit of the reply, in tokens")
    country: str | None = Field(
        default=None, pattern="^[A-Za-z]{2}$", description="where people are, ISO 3166, unless they say so themselves"
    )
    remember: bool = Field(default=True, description="keep what a named person says in memory; not what is at risk")
    recall: int = Field(default=2, ge=0, le=10, description="memories that the model is told of")
    learned: bool = Field(default=True, description="the second voice of the screen and of the checks on replies")
    judge: bool = Field(
        default=False,
        description="the role `judge` is the third voice of the screen, and reads each reply before it is released; "
        "for strong models",
    )
    replies: Literal["auto", "model", "vetted"] = Field(
        default="auto",
        description="vetted: no word of a model is in a reply, the chain decides which vetted sentences are said; "
        "model: what it writes, behind the checks, which do not catch everything; auto: model where a judge that is "
        "more than a model for trying reads each reply, else vetted",
    )
    repair: bool = Field(
        default=True, description="ask again where a reply that the model wrote was rejected; not the packaged model"
    )
    handover: bool = Field(
        default=False, description="at level 4 and above ask for a human: `affectgraph sessions queue` lists who waits"
    )
    compact_at: float = Field(
        default=0.7, gt=0.0, le=0.9, description="share of the context at which older turns are put together"
    )
    perceive: PerceiveOptions = Field(default_factory=PerceiveOptions, description="how recordings are read")


def nearest(key: str, valid: Mapping[str, Any]) -> str:
    """The beginning of a question that names the valid key nearest to `key`; empty where none is near."""
    close = difflib.get_close_matches(key, list(valid), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""
