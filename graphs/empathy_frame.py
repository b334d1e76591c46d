"""What stands around the chain in every form of `empathy`: screening, the crisis reply, segments, condensing,
answering.

Both forms of Chain-of-Empathy (the graph of four layers, and the single prompt) use these nodes, so that they differ
in the chain alone. The message list begins here: the system message, earlier turns, and the text as numbered
segments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, Literal, cast

from langgraph.graph import END, START, StateGraph

from affectgraph.backends.base import Backend
from affectgraph.graphs import replying
from affectgraph.graphs.empathy_types import EmpathyInput, EmpathyState, Reply, Turn
from affectgraph.graphs.options import EmpathyOptions
from affectgraph.graphs.steps import Message, Models, Step, node, to_langchain
from affectgraph.prompts import Prompt, prompt
from affectgraph.tools import condense as extractive
from affectgraph.tools import segments as segmenting
from affectgraph.tools.depth import Depth, depth
from affectgraph.tools.language import detect
from affectgraph.tools.safety import Said, Voices, assess

__all__ = ["Tools", "Work", "answered", "empathy_prompt", "framed", "opening", "past", "with_question", "written"]

# Tokens of the context left for instructions, answers and the reply of one run: our choice, three times what the long
# example takes (about 700).
_RESERVE = 2_400
# Turns of a session after whose risk nothing is small talk, those whose level is in force, and turns that the model
# sees.
_RECENT_TURNS = 2
_HELD_TURNS = 4
_REMEMBERED_TURNS = 6


def empathy_prompt(name: str, state: EmpathyState) -> Prompt:
    """The prompt `empathy/NAME` in the language of the text."""
    return prompt(f"empathy/{name}", replying.prompt_language(state.language))


def past(state: EmpathyState) -> list[Message]:
    """The system message and the last turns."""
    messages = [Message(role="system", content=empathy_prompt("system", state).render())]
    for turn in state.history[-_REMEMBERED_TURNS:]:
        messages += [Message(role="user", content=turn.text), Message(role="assistant", content=turn.reply)]
    return messages


@dataclass(frozen=True)
class Tools:
    """What the nodes need beside the state; `past` gives the messages that come before the text."""

    models: Models
    options: EmpathyOptions
    past: Callable[[Any], list[Message]] = past


Work = Callable[[EmpathyState, Tools], Step]


# --- nodes, in execution order ---------------------------------------------------------------------------------------


def screen(state: EmpathyState, tools: Tools) -> Step:
    """Assess the risk in the full text, in the light of the session so far; begin a new turn."""
    said = [
        one
        for turn in state.history
        for one in (Said(role="person", text=turn.text), Said(role="counsellor", text=turn.reply))
        if one.text
    ]
    held = max((turn.level for turn in state.history[-_HELD_TURNS:]), default=0)
    voices = Voices(reader=tools.models.tuned, learned=tools.options.learned)
    safety = assess([*said, Said(role="person", text=state.text)], voices=voices, held=held)
    fresh = EmpathyState(text=state.text).model_dump(mode="json", exclude={"text", "history", "trace"})
    update = {**fresh, "safety": safety, "language": detect(state.text), "depth": _depth(state)}
    decided = {"level": safety.level, "voices": safety.voices, "categories": safety.categories, "route": safety.route}
    return Step(update, {**decided, "findings": [finding.model_dump(mode="json") for finding in safety.findings]})


def _depth(state: EmpathyState) -> Depth:
    """After a turn at risk nothing is small talk: "ok" may answer the question whether the person is safe."""
    at_risk = any(turn.level >= 2 for turn in state.history[-_RECENT_TURNS:])
    return "full" if at_risk else depth(state.text)


def crisis(state: EmpathyState, tools: Tools) -> Step:
    """Answer a text at risk with vetted, resource-giving words; no model is asked."""
    assert state.safety is not None
    text, source = replying.crisis_reply(state.safety, state.language)
    replying.release([text])
    reply = Reply(text=text, source="template")
    return Step(_remembered(state, reply), {"template": source.name}, prompts=(source.reference,))


def segment(state: EmpathyState, tools: Tools) -> Step:
    """Number the text's segments and decide whether the model can read them all."""
    parts = segmenting.segment(state.text)
    backend = _narrowest(tools.models)
    fits = _text_tokens(state, parts, backend) <= _budget(tools.past(state), backend)
    update = {"segments": parts, "kept": [part.id for part in parts], "fits": fits}
    return Step(update, {"segments": len(parts), "fits": fits, "depth": state.depth, "language": state.language})


def condense(state: EmpathyState, tools: Tools) -> Step:
    """Choose the segments that a model with a small context will read; the screen has read everything."""
    backend = _narrowest(tools.models)
    # Each segment costs its number and line break beside its words.
    kept = extractive.condense(
        state.text,
        state.segments,
        _budget(tools.past(state), backend),
        lambda piece: backend.count_tokens(f"[s000] {piece}\n"),
    )
    ids = [part.id for part in kept]
    summary, used = _summary(state, set(ids), tools)
    update = {"kept": ids, "messages": opening(state, ids, tools.past(state), summary)}
    decided = {"kept": ids, "of": len(state.segments), "summary": bool(summary)}
    return Step(update, decided, backend=used, prompts=(empathy_prompt("condense", state).reference,) if used else ())


def courtesy(state: EmpathyState, tools: Tools) -> Step:
    """The short path: a greeting or thanks is answered in kind, without a chain."""
    asked = empathy_prompt("brief", state)
    messages = [*tools.past(state), Message(role="user", content=asked.render(text=state.text))]
    update, decided = written(state, tools, messages)
    return Step(update, decided, backend=tools.models.write, prompts=(asked.reference,))


# --- the graph -------------------------------------------------------------------------------------------------------

_Builder = StateGraph[EmpathyState, None, EmpathyInput, EmpathyState]


def framed(chain: Sequence[Work], models: Models, options: EmpathyOptions) -> _Builder:
    """The graph around a chain of nodes, the last of which sets `reply`. Not yet compiled.

    Routes read typed fields only, never text.
    """
    tools = Tools(models, options)
    graph: _Builder = StateGraph(EmpathyState, input_schema=EmpathyInput)
    for work in (screen, crisis, segment, courtesy, condense, *chain):
        bound = partial(_with_tools, work, tools)
        cast(Any, graph).add_node(work.__name__, node(work.__name__, bound, first=work is screen))
    first, last = chain[0].__name__, chain[-1].__name__
    graph.add_edge(START, "screen")
    graph.add_conditional_edges("screen", _after_screen)
    graph.add_conditional_edges("segment", _after_segment, {"short": "courtesy", "fits": first, "too long": "condense"})
    graph.add_edge("condense", first)
    for before, after in pairwise(chain):
        graph.add_edge(before.__name__, after.__name__)
    for end in (last, "courtesy", "crisis"):
        graph.add_edge(end, END)
    return graph


def _with_tools(work: Work, tools: Tools, state: EmpathyState) -> Step:
    return work(state, tools)


def _after_screen(state: EmpathyState) -> Literal["crisis", "segment"]:
    return "crisis" if state.safety is not None and state.safety.route == "crisis" else "segment"


def _after_segment(state: EmpathyState) -> Literal["short", "fits", "too long"]:
    if state.depth == "short":
        return "short"
    return "fits" if state.fits else "too long"


# --- what the nodes share --------------------------------------------------------------------------------------------


def with_question(messages: list[Message], question: str) -> list[Message]:
    """`messages` and a question after them."""
    # Two user turns in a row are refused by some chat templates, so a question joins the text it follows.
    if messages and messages[-1].role == "user":
        return [*messages[:-1], Message(role="user", content=f"{messages[-1].content}\n\n{question}")]
    return [*messages, Message(role="user", content=question)]


def opening(state: EmpathyState, kept: Sequence[str], before: list[Message], summary: str = "") -> list[Message]:
    """What came before, and the text as numbered segments."""
    shown = set(kept)
    lines = [segmenting.listing(state.text, [part for part in state.segments if part.id in shown])]
    if len(shown) < len(state.segments):
        note = empathy_prompt("omitted", state).render(
            kept=len(shown), total=len(state.segments), summary=f" {summary}" if summary else ""
        )
        lines.append(note)
    return [*before, Message(role="user", content=empathy_prompt("text", state).render(text="\n".join(lines)))]


def _narrowest(models: Models) -> Backend:
    """The chain's backend with the smallest context window."""
    return models.narrowest(("perceive", "reason", "write"))


def _budget(before: Sequence[Message], backend: Backend) -> int:
    """Tokens that the segments may take in the narrowest context."""
    if backend.context_tokens is None:
        return 10**9
    earlier = sum(backend.count_tokens(message.content) for message in before[1:])
    return max(256, backend.context_tokens - _RESERVE - earlier)


def _text_tokens(state: EmpathyState, parts: Sequence[segmenting.Segment], backend: Backend) -> int:
    if backend.context_tokens is None:
        return 0
    return backend.count_tokens(segmenting.listing(state.text, parts))


def _summary(state: EmpathyState, kept: set[str], tools: Tools) -> tuple[str, Backend | None]:
    """What was left out, in the words of the `condense` role; empty where that role is not configured."""
    backend = tools.models.condense
    if backend is None:
        return "", None
    left_out = [segmenting.quote(state.text, part) for part in state.segments if part.id not in kept]
    asked = empathy_prompt("condense", state)
    said = []
    for chunk in _chunks(left_out, backend):
        message = Message(role="user", content=asked.render(text=chunk))
        said.append(str(backend.invoke(to_langchain([message]), config={"tags": ["nostream"]}, max_tokens=200).text))
    return " ".join(text.strip() for text in said), backend


def _chunks(pieces: Sequence[str], backend: Backend) -> list[str]:
    room = (backend.context_tokens or 8_192) // 2
    chunks: list[str] = []
    for piece in pieces:
        if chunks and backend.count_tokens(f"{chunks[-1]}\n{piece}") <= room:
            chunks[-1] += f"\n{piece}"
        else:
            chunks.append(piece)
    return chunks


def written(state: EmpathyState, tools: Tools, messages: list[Message]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Let the `write` role answer, checked and released sentence by sentence; state update and decision."""
    return answered(
        state,
        replying.write_checked(
            tools.models.write,
            to_langchain(messages),
            source=state.text,
            language=state.language,
            max_tokens=tools.options.reply_tokens,
        ),
    )


def answered(state: EmpathyState, checked: replying.Checked) -> tuple[dict[str, Any], dict[str, Any]]:
    """The reply: the released sentences, with vetted text after them where they do not suffice."""
    sentences, source = checked.sentences, "model"
    if not checked.enough:
        vetted = _vetted(state)
        replying.release([vetted])
        source = "mixed" if sentences else "fallback"
        sentences = [*sentences, vetted]
    assert state.safety is not None
    reply = Reply(
        text=("" if state.language == "zh" else " ").join(sentences),
        source=source,
        rejected=checked.rejected,
        resources=replying.resources_beside(state.language) if state.safety.route == "resources" else None,
    )
    decided = {"source": source, "rejected": checked.rejected, "sentences": len(checked.sentences)}
    return _remembered(state, reply), decided


def _vetted(state: EmpathyState) -> str:
    """A vetted reply that fits the intent and quotes the person's own words."""
    if state.depth == "short" or state.intent is None or state.causes_and_beliefs is None:
        return empathy_prompt("fallback_brief", state).render()
    quoted = min((quote.text for cause in state.causes_and_beliefs.causes for quote in cause.quotes), key=len)
    return empathy_prompt(f"fallback_{state.intent.intent.top}", state).render(quote=quoted)


def _remembered(state: EmpathyState, reply: Reply) -> dict[str, Any]:
    level = state.safety.level if state.safety else 0
    turn = Turn(text=state.text, reply=reply.text, level=level, source=reply.source)
    return {"reply": reply, "history": [*state.history, turn]}
