"""What `counsel` keeps of a turn: its place in the history, what the person's memory holds, and compaction."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from langgraph.config import get_store

from affectgraph.backends.base import Backend
from affectgraph.backends.errors import AffectgraphError
from affectgraph.graphs.counsel_types import CounselState
from affectgraph.graphs.counsel_words import past
from affectgraph.graphs.empathy_frame import Tools
from affectgraph.graphs.empathy_types import Turn
from affectgraph.graphs.options import CounselOptions
from affectgraph.graphs.steps import Step
from affectgraph.tools import condense as extractive
from affectgraph.tools import episodes
from affectgraph.tools import segments as segmenting

__all__ = ["recall", "remember", "turn_of"]

# A model whose context is not known is taken to have this one: our choice.
_USUAL_CONTEXT = 16_384
# What the digest of older turns may take of the context, and how many turns stay word by word: our choice.
_DIGEST_SHARE = 0.15
_STAY = 4
_LONGEST_MEMORY = 300
# From this level on what is said goes into no memory: our choice, so that a crisis is not brought up again unasked.
_AT_RISK = 2


def recall(state: CounselState, tools: Tools) -> Step:
    """What the person told in earlier sessions that resembles this; nothing of anybody else."""
    options, store = _options(tools), get_store()
    found: list[str] = []
    scores: list[float] = []
    if store is not None and state.persona is not None and options.recall and state.text.strip():
        with suppress(AffectgraphError):  # a damaged memory takes no reply away
            kept = episodes.recall(store, state.persona.name, state.text, limit=options.recall, public=False)
            found = [item.episode.event[:_LONGEST_MEMORY] for item in kept]
            scores = [round(item.score, 3) for item in kept]
    return Step({"recalled": found}, {"recalled": len(found), "scores": scores})


def remember(state: CounselState, tools: Tools) -> Step:
    """The turn joins the history; what the person said joins their memory; older turns are put together."""
    assert state.reply is not None
    kept = _memorised(state, tools)
    turn = turn_of(state, state.text, state.reply.text, state.reply.source)
    after = state.model_copy(update={"history": [*state.history, turn]})
    compacted = _compacted(after, tools)
    update: dict[str, Any] = {"history": after.history, **compacted}
    return Step(
        update, {"memory": kept, "turns": len(after.history), "digested": compacted.get("digested", state.digested)}
    )


def turn_of(state: CounselState, text: str, reply: str, source: str) -> Turn:
    """The record of one exchange."""
    layer = state.emotions_and_context if text else None
    return Turn(
        text=text,
        reply=reply,
        level=state.safety.level if state.safety and text else 0,
        source=source,
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        emotions=layer.emotions.probabilities if layer else {},
        opened=len(state.opened) if text else 0,
    )


def _options(tools: Tools) -> CounselOptions:
    assert isinstance(tools.options, CounselOptions)
    return tools.options


def _memorised(state: CounselState, tools: Tools) -> str:
    """Keep what the person said, where that is wanted; one word on what became of it."""
    options, store = _options(tools), get_store()
    wanted = state.remember if state.remember is not None else options.remember and not state.watch.minor
    if store is None or state.persona is None or not wanted:
        return "off"
    if state.watch.level >= _AT_RISK or state.depth == "short" or not state.written.strip():
        return "not kept"
    layer = state.emotions_and_context
    known = {"emotions": layer.emotions.probabilities, "taxonomy": layer.taxonomy} if layer else {}
    try:
        episode = episodes.Episode(event=state.written, time=datetime.now(UTC), source="inferred", **known)
        episodes.remember(store, state.persona.name, episode)
    except AffectgraphError:
        return "failed"  # the reply is given; a damaged memory takes it away from nobody
    return "kept"


def _compacted(state: CounselState, tools: Tools) -> dict[str, Any]:
    """Older turns as a digest in the person's own words, once they take the share of the context that is set."""
    backend = tools.models.narrowest(("perceive", "reason", "write"))
    context = backend.context_tokens or _USUAL_CONTEXT
    taken = sum(backend.count_tokens(message.content) for message in past(state))
    last = len(state.history) - _STAY
    if taken <= _options(tools).compact_at * context or last <= state.digested:
        return {}
    earlier = "\n".join(turn.text for turn in state.history[state.digested : last] if turn.text)
    text = "\n".join(part for part in (state.digest, earlier) if part)
    return {"digest": _digest(text, backend, int(_DIGEST_SHARE * context)), "digested": last}


def _digest(text: str, backend: Backend, room: int) -> str:
    parts = segmenting.segment(text)
    kept = extractive.condense(text, parts, room, backend.count_tokens)
    return " ".join(segmenting.quote(text, part).strip() for part in kept)
