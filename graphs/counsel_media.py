"""What a recording or picture says, and how it comes across: the part of `counsel` that opens media.

Everything that media yields as text is screened with the conversation before anything else reads it. A file that
cannot be opened or understood ends no turn: what the person wrote is answered, and they are told.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from langchain_core.runnables.config import set_config_context

from affectgraph.backends.errors import AffectgraphError
from affectgraph.backends.media import MediaRef, Sound, load_audio, load_image, open_media
from affectgraph.graphs import perceive as perceiving
from affectgraph.graphs.counsel_types import CounselState, Heard, Perceived
from affectgraph.graphs.empathy_frame import Tools
from affectgraph.graphs.options import CounselOptions
from affectgraph.graphs.perceive_types import PerceiveState
from affectgraph.graphs.replying import prompt_language
from affectgraph.graphs.steps import Step
from affectgraph.tools.experts.speech import transcribe as transcribe_speech
from affectgraph.tools.language import detect

__all__ = ["perceive", "spoken_text", "transcribe"]


def transcribe(state: CounselState, tools: Tools) -> Step:
    """The words of each recording and picture, in the order in which they were given; begins a new turn."""
    spoken = prompt_language(detect(state.text)) if state.text else prompt_language(state.language)
    heard = [_understood(given, tools, spoken) for given in state.media]
    # A thread keeps what earlier turns left; of the session stay these.
    kept = {"history", "watch", "posture", "language", "digest", "digested", "waiting", "trace"}
    given = {"text", "media", "wish", "country", "persona", "remember"}
    fresh = CounselState(heard=heard, written=state.text, **{name: getattr(state, name) for name in given})
    text = spoken_text(state.text, heard)
    update = {**fresh.model_dump(mode="json", exclude=kept), "text": text}
    told = [
        {"kind": item.kind, "understood": item.text is not None, "characters": len(item.text or "")} for item in heard
    ]
    return Step(update, {"media": told, "characters": len(text)})


def spoken_text(written: str, heard: list[Heard]) -> str:
    """Everything that the person says in a turn, as one text: what they wrote, then the words of the media."""
    return "\n\n".join(part for part in (written, *(item.text or "" for item in heard)) if part.strip())


def _understood(given: str | MediaRef, tools: Tools, spoken: Any) -> Heard:
    name = Path(given.path if isinstance(given, MediaRef) else given).name
    try:
        ref = open_media(given.path if isinstance(given, MediaRef) else given, tools.models.media)
        return _words(ref, name, tools, spoken)
    except AffectgraphError as error:
        return Heard(name=name, kind="picture", why=str(error))


def _words(ref: MediaRef, name: str, tools: Tools, spoken: Any) -> Heard:
    if ref.kind == "image":
        reader = tools.models.reader()
        if reader is None:
            return Heard(name=name, kind="picture", media=ref, why="no reader of text in pictures is installed")
        return Heard(name=name, kind="picture", media=ref, text=reader.read(load_image(ref, tools.models.media)))
    if ref.kind == "video" and not ref.sound:
        return Heard(name=name, kind="speech", media=ref, text="")
    sound = load_audio(ref, tools.models.media)
    if not isinstance(sound, Sound):
        return Heard(name=name, kind="speech", media=ref, text="", why=sound.reason)
    found = transcribe_speech(sound.samples, sound.rate, spoken, tools.models.transcriber())
    return Heard(name=name, kind="speech", media=ref, text=found.text, why=found.not_transcribed or "")


def perceive(state: CounselState, tools: Tools) -> Step:
    """How each recording and picture comes across, by the graph `perceive`: voice, face, words, and their conflict."""
    assert isinstance(tools.options, CounselOptions)
    found = []
    for item in state.heard:
        if item.media is not None:
            found += _perceived(item, tools, state)
    return Step(
        {"perceived": found},
        {
            "perceived": [
                {"by": one.decision.by, "sentiment": one.decision.label, "conflict": one.conflict.kind} for one in found
            ]
        },
        backend=tools.models.perceive if found else None,
    )


def _perceived(item: Heard, tools: Tools, state: CounselState) -> list[Perceived]:
    assert isinstance(tools.options, CounselOptions)
    assert item.media is not None
    # No checkpoints of its own: a part of one node.
    graph = perceiving.build(tools.models, tools.options.perceive).compile(checkpointer=False)
    clip = {"audio" if item.media.kind == "audio" else "video": item.media.path, "listen": item.media.sound}
    words = item.text if item.kind == "speech" and item.text else None
    given = {**clip, "text": words, "language": prompt_language(state.language)}
    try:
        # Without the session's configuration: under `sync` a graph that keeps nothing fails (langgraph 1.2).
        with set_config_context({}) as context:
            end = PerceiveState.model_validate(context.run(graph.invoke, given))
    except AffectgraphError:
        return []
    assert end.conflict is not None
    assert end.decision is not None
    return [Perceived(name=item.name, readings=dict(end.readings), conflict=end.conflict, decision=end.decision)]
