"""Graph `perceive`: what a person feels who says one thing, sounds like another and looks like a third.

Source: EmoMM (arXiv 2605.01024). Each modality is read alone by a small expert; code compares the readings; and only
where they disagree is a multimodal model steered (CHASE), if one is there that can be. A modality that is absent,
silent or black is missing, typed so, and the rest goes on.

    availability -> read_text | read_audio | read_video -> conflict -> steer | plain -> decide
                                                                    -> decide             (route `experts`)

The route is chosen from typed fields (the settings, what the backend can do, whether the readings are in conflict);
nothing that is said in the clip can choose it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, Literal, cast

from langgraph.graph import END, START, StateGraph

from affectgraph.backends.errors import InputError
from affectgraph.backends.media import Frames, MediaError, MediaRef, Sound, open_media
from affectgraph.backends.media_files import shown
from affectgraph.backends.steering import MODALITIES, Modality
from affectgraph.graphs.options import PerceiveOptions
from affectgraph.graphs.perceive_ask import Clip, frames_of, sound_of
from affectgraph.graphs.perceive_steer import profile_of, router_of, steer
from affectgraph.graphs.perceive_types import Answer, Decision, PerceiveInput, PerceiveState, Route, output
from affectgraph.graphs.recipes import Cost, Recipe
from affectgraph.graphs.replying import prompt_language
from affectgraph.graphs.steps import Models, Step, node
from affectgraph.prompts import prompt
from affectgraph.tools.conflict import detect
from affectgraph.tools.experts.face import read_face
from affectgraph.tools.experts.readings import ModalityReading, fuse
from affectgraph.tools.experts.speech import transcribe
from affectgraph.tools.experts.text import ASKED, read_text
from affectgraph.tools.experts.voice import read_voice
from affectgraph.tools.language import detect as language_of
from affectgraph.tools.sentiment import level, mean

__all__ = ["RECIPE", "build"]


# --- nodes, in execution order; `steer` is in `perceive_steer` --------------------------------------------------------


def availability(state: PerceiveState, models: Models, options: PerceiveOptions) -> Step:
    """Open what was given and say which modalities there are. No model is asked.

    Raises:
        InputError: a file is of another kind than it was given as.
        MediaError: a file cannot be used at all.
    """
    frames = _opened(state.video, models, "video", ("video", "image"))
    given = _opened(state.audio, models, "audio", ("audio", "video"))
    sound = given or (frames if frames is not None and frames.sound and state.listen else None)
    spoken = state.language or prompt_language(language_of(state.text or ""))
    fresh = PerceiveState(
        **{name: getattr(state, name) for name in PerceiveInput.model_fields}, sound=sound, frames=frames, spoken=spoken
    )
    missing: dict[Modality, str] = {}
    sounds, shows = sound_of(fresh, models), frames_of(fresh, models, options)
    if not isinstance(sounds, Sound):
        heard = frames is not None and state.listen
        absent = "the video has no sound track" if heard else "no audio was given"
        missing["audio"] = sounds.reason if sounds else absent
    if not isinstance(shows, Frames):
        missing["video"] = shows.reason if shows else "no video was given"
    if state.text is None and ("audio" in missing or not options.transcribe):
        missing["text"] = "no text was given"
    present = [name for name in MODALITIES if name not in missing]
    readings = {name: ModalityReading.none(name, reason) for name, reason in missing.items()}
    update = fresh.model_copy(update={"present": present, "readings": readings})
    return Step(
        update.model_dump(mode="json", exclude={"trace"}),
        {"present": present, "missing": missing},
    )


def read_words(state: PerceiveState, models: Models, options: PerceiveOptions) -> Step:
    """The words alone: as given, or as transcribed from the sound."""
    said, said_from, basis = state.text, "given", ""
    if said is None:
        sound = sound_of(state, models)
        assert isinstance(sound, Sound)
        heard = transcribe(sound.samples, sound.rate, state.spoken, models.transcriber())
        said, said_from, basis = heard.text, "transcribed", f" ({heard.basis})"
        if said is None:
            reading = ModalityReading.none("text", f"not transcribed: {heard.not_transcribed}")
            return Step({"readings": {"text": reading}}, _told(reading))
    reading = read_text(said, models.perceive, corrected=options.corrected)
    reading = reading.model_copy(update={"basis": reading.basis + basis})
    return Step(
        {"readings": {"text": reading}, "said": said, "said_from": said_from},
        {**_told(reading), "said_from": said_from},
        backend=models.perceive,
        prompts=tuple(prompt(name, prompt_language(language_of(said))).reference for name in ASKED.values()),
    )


def read_audio(state: PerceiveState, models: Models, options: PerceiveOptions) -> Step:
    """The voice alone: arousal from prosody, a heuristic."""
    found = sound_of(state, models)
    assert isinstance(found, Sound)
    reading = read_voice(found.samples, found.rate)
    return Step({"readings": {"audio": reading}}, _told(reading))


def read_video(state: PerceiveState, models: Models, options: PerceiveOptions) -> Step:
    """The face alone, over sampled frames."""
    found = frames_of(state, models, options)
    assert isinstance(found, Frames)
    reading = read_face(found.images)
    return Step({"readings": {"video": reading}}, {**_told(reading), "frames": len(found.images)})


def conflict(state: PerceiveState, models: Models, options: PerceiveOptions) -> Step:
    """Whether the readings disagree, and which of them is the odd one out. No model is asked."""
    found = detect(list(state.readings.values()), usable=options.usable)
    return Step(
        {"conflict": found},
        {"kind": found.kind, "odd": found.odd, "distance": found.distance, "ignored": list(found.ignored)},
    )


def plain(state: PerceiveState, models: Models, options: PerceiveOptions) -> Step:
    """The multimodal model as it is."""
    clip = Clip(state, models, options)
    found = Answer(sentiment=clip.sentiment(), emotions=clip.emotions())
    return Step(
        {"answer": found},
        {"shown": list(clip.shown), "sentiment": found.sentiment.probabilities},
        backend=clip.backend,
        prompts=clip.prompts,
    )


def decide(state: PerceiveState, models: Models, options: PerceiveOptions) -> Step:
    """One answer: of the model that was asked, else of the experts together."""
    pooled = fuse(list(state.readings.values()))
    by: Route = "experts" if state.answer is None else "steer" if state.steering else "plain"
    sentiment = state.answer.sentiment if state.answer else pooled.sentiment
    # A pool of two that disagree has two ends: its label is the class of its mean, as people's votes are labelled.
    pooled_label = level(mean(sentiment)) if sentiment else None
    found = Decision(
        by=by,
        label=state.answer.sentiment.top if state.answer else pooled_label,
        sentiment=sentiment,
        emotions=state.answer.emotions if state.answer else pooled.emotions,
        valence=pooled.valence,
        arousal=pooled.arousal,
        weights=pooled.weights if by == "experts" else {},
    )
    return Step({"decision": found}, found.model_dump(mode="json"))


# --- what the nodes decide by ----------------------------------------------------------------------------------------


def _opened(given: str | MediaRef | None, models: Models, field: str, kinds: tuple[str, ...]) -> MediaRef | None:
    if given is None:
        return None
    # A reference is opened anew too: it may come from a checkpoint, and is trusted no more than a path.
    ref = open_media(given.path if isinstance(given, MediaRef) else given, models.media)
    if isinstance(given, MediaRef) and given.sha256 != ref.sha256:
        raise MediaError(f"{field}: {shown(ref.path)} has changed since it was referred to; open it again")
    if ref.kind not in kinds:
        raise InputError(f"{field}: {ref.path.rpartition('/')[2]} is {_A[ref.kind]}; give it as `{_AS[ref.kind]}`")
    return ref


_A = {"image": "an image", "audio": "a sound file", "video": "a video"}
_AS = {"image": "video", "audio": "audio", "video": "video"}


def _told(reading: ModalityReading) -> dict[str, Any]:
    """What the trace holds of a reading: labels, numbers, and our own phrase for why there is none."""
    return {
        "missing": reading.missing,
        "sentiment": reading.sentiment.probabilities if reading.sentiment else None,
        "arousal": reading.arousal,
        "reliability": reading.reliability,
    }


# --- the graph -------------------------------------------------------------------------------------------------------

_READERS: dict[Modality, tuple[str, Callable[..., Step]]] = {
    "text": ("read_text", read_words),
    "audio": ("read_audio", read_audio),
    "video": ("read_video", read_video),
}
_Builder = StateGraph[PerceiveState, None, PerceiveInput, PerceiveState]


def build(models: Models, options: PerceiveOptions, without: Collection[str] = ()) -> Any:
    """The graph, not yet compiled. It has no part that could be left out.

    Raises:
        CapabilityError: the settings ask for steering, and the backend of `perceive` cannot be steered.
        SettingsError: they name a router or a profile that there is not.
    """
    if options.decide == "steer":
        models.require("perceive", "perceive", steering=True)
    if models.perceive.capabilities.steering:
        # Refused now, not at the fifth node.
        router_of(models, options)
        profile_of(models, options, ())
    graph: _Builder = StateGraph(PerceiveState, input_schema=PerceiveInput)

    def add(name: str, work: Callable[..., Step], *, first: bool = False) -> None:
        bound = partial(work, models=models, options=options)
        cast(Any, graph).add_node(name, node(name, bound, first=first))

    add("availability", availability, first=True)
    for name, work in _READERS.values():
        add(name, work)
    for work in (conflict, plain, steer, decide):
        add(work.__name__, work)
    graph.add_edge(START, "availability")
    graph.add_conditional_edges("availability", _present, [*(name for name, _ in _READERS.values()), "conflict"])
    for name, _ in _READERS.values():
        graph.add_edge(name, "conflict")
    graph.add_conditional_edges(
        "conflict", partial(_route, models=models, options=options), ["plain", "steer", "decide"]
    )
    graph.add_edge("plain", "decide")
    graph.add_edge("steer", "decide")
    graph.add_edge("decide", END)
    return graph


def _present(state: PerceiveState) -> list[str]:
    """The readers of what is there, side by side."""
    return [_READERS[modality][0] for modality in state.present] or ["conflict"]


def _route(state: PerceiveState, *, models: Models, options: PerceiveOptions) -> Literal["plain", "steer", "decide"]:
    """`auto`: a model that hears or sees decides, else the experts.

    It is steered where causal heads were kept for it, and the readings conflict or its router is to be asked. Heads
    chosen by dominance are left to `steer`: on a model that reads its evidence well they did harm (our lab,
    docs/lab.md).
    """
    shown = Clip(state, models, options).shown
    # A model that is shown nothing would still name a sentiment.
    if options.decide == "experts" or not shown:
        return "decide"
    if options.decide != "auto":
        return options.decide
    able = models.perceive.capabilities
    if not (able.audio or able.video or able.image):
        return "decide"
    assert state.conflict is not None
    profile = profile_of(models, options, shown) if able.steering else None
    chosen = profile is not None and profile.method == "causal"
    wanted = chosen and (state.conflict.found or router_of(models, options) is not None)
    return "steer" if wanted else "plain"


def _cost(given: Mapping[str, Any]) -> Cost:
    """The expert of words asks three questions, a model that hears or sees two more, of a longer prompt."""
    clip = given.get("audio") is not None or given.get("video") is not None
    calls = 3 * (given.get("text") is not None) + 2 * clip
    return Cost(calls=calls, instructions=600 if clip else 60, answer=2, grows=False)


RECIPE = Recipe(
    name="perceive",
    section="perceive",
    input_type=PerceiveInput,
    state_type=PerceiveState,
    build=build,
    output=output,
    cost=_cost,
    prompts=("perceive", "reading", "experts"),
    roles=("perceive",),
    steers=lambda options: options.decide in ("auto", "steer"),
)
