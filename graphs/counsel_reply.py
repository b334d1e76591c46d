"""How `counsel` answers: vetted words at risk, the model's reply behind the checks, one repair, vetted fallback.

A sentence reaches the person only after the checks passed on all text so far; with a judge, only after it has read
the whole reply too.
"""

from __future__ import annotations

from typing import Any

from langgraph.types import interrupt
from pydantic import BaseModel, Field, ValidationError

from affectgraph.backends.errors import AffectgraphError
from affectgraph.graphs import replying
from affectgraph.graphs.counsel_judge import objects
from affectgraph.graphs.counsel_types import CounselState
from affectgraph.graphs.counsel_words import (
    Answering,
    counsel_prompt,
    fallback,
    last_replies,
    not_understood,
    vetted_reply,
)
from affectgraph.graphs.empathy_frame import Tools, opening, with_question
from affectgraph.graphs.empathy_types import Reply
from affectgraph.graphs.options import CounselOptions
from affectgraph.graphs.replying import prompt_language
from affectgraph.graphs.steps import Message, Step, to_langchain
from affectgraph.tools.reply_checks import SentenceGate
from affectgraph.tools.safety import Watch, lowered

__all__ = ["Answer", "crisis", "handover", "reach_out", "reply", "verify"]


def crisis(state: CounselState, tools: Tools) -> Step:
    """Answer a message at level 4 or above with vetted, resource-giving words; no model is asked."""
    text, source = vetted_reply(state)
    replying.release([text])
    return Step(
        {"reply": Reply(text=text, source="template"), "waiting": state.waiting or _options(tools).handover},
        {"template": source.name},
        prompts=(source.reference,),
    )


def reach_out(state: CounselState, tools: Tools) -> Step:
    """Say at once what cannot wait for the chain: the direct question, resources, what was not understood."""
    said, sources = [], []
    if state.posture == "ask" or (state.posture == "check_in" and state.watch.clear_turns == 1):
        text, source = vetted_reply(state)
        said.append(text)
        sources.append(source)
    if unheard := not_understood(state):
        said.append(unheard)
    replying.release(said)
    return Step(
        {"opened": "\n\n".join(said)},
        {"templates": [source.name for source in sources], "not_understood": bool(unheard)},
        prompts=tuple(source.reference for source in sources),
    )


def reply(state: CounselState, tools: Tools) -> Step:
    """The answer: written by the model, released sentence by sentence after the checks."""
    asked = Answering(state)
    messages = with_question(state.messages or opening(state, state.kept, tools.past(state)), asked.text)
    checked = _written(state, tools, messages, asked.questions, [])
    return Step(
        {"draft": checked.sentences, "rejected": checked.rejected, "messages": messages},
        {"sentences": len(checked.sentences), "rejected": checked.rejected},
        backend=tools.models.write,
        prompts=(asked.prompt.reference,),
    )


def verify(state: CounselState, tools: Tools) -> Step:
    """Whether the reply can stand: the judge where one is asked, one repair, else vetted words."""
    options = _options(tools)
    sentences, rejected = _approved(state, tools, state.draft, state.rejected)
    reasons, repaired = list(rejected), False
    if not _stands(sentences, rejected) and options.repair:
        sentences, rejected = _repaired(state, tools, sentences, rejected)
        repaired, reasons = _stands(sentences, rejected), [*reasons, *rejected]
    source = "model"
    if not _stands(sentences, rejected):
        source = "mixed" if sentences else "fallback"
        # What was asked before the chain is answer enough where the model had nothing to say.
        if sentences or not state.opened:
            vetted = fallback(state)
            replying.release([vetted])
            sentences = [*sentences, vetted]
        else:
            source = "template"
    told = ("" if state.language == "zh" else " ").join(sentences)
    found = Reply(
        text="\n\n".join(part for part in (state.opened, told) if part),
        source=source,
        rejected=sorted(set(reasons)),
        resources=replying.resources_beside(state.language, state.country, minor=state.watch.minor)
        if state.posture == "resources" or (state.posture == "check_in" and not state.opened)
        else None,
    )
    return Step(
        {"reply": found},
        {"source": found.source, "rejected": found.rejected, "repaired": repaired, "sentences": len(sentences)},
        backend=tools.models.judge if options.judge else tools.models.write if reasons and options.repair else None,
    )


def _options(tools: Tools) -> CounselOptions:
    assert isinstance(tools.options, CounselOptions)
    return tools.options


def _stands(sentences: list[str], rejected: list[str]) -> bool:
    return replying.Checked(sentences, rejected).enough


def _written(
    state: CounselState, tools: Tools, messages: list[Message], questions: int, before: list[str]
) -> replying.Checked:
    options = _options(tools)
    gate = SentenceGate(
        source=state.text,
        language=prompt_language(state.language),
        earlier=[*last_replies(state), *before],
        questions=questions,
    )
    return replying.write_checked(
        tools.models.write,
        to_langchain(messages),
        source=state.text,
        language=state.language,
        max_tokens=options.reply_tokens,
        gate=gate,
        held=options.judge,
    )


def _approved(
    state: CounselState, tools: Tools, sentences: list[str], rejected: list[str]
) -> tuple[list[str], list[str]]:
    """With a judge: the sentences if it has nothing against them, released now; without one they are out already."""
    if not _options(tools).judge or not sentences:
        return sentences, rejected
    if objects(tools.models.judge, state.text, sentences, state.language):
        return [], [*rejected, "judge"]
    replying.release(sentences)
    return sentences, rejected


def _repaired(state: CounselState, tools: Tools, before: list[str], rejected: list[str]) -> tuple[list[str], list[str]]:
    """The model asked once more, told what kind of fault its answer had; never what the faulty sentence was."""
    asked = counsel_prompt("repair", state).render(reasons=", ".join(kind.replace("_", " ") for kind in rejected))
    said = Message(role="assistant", content=" ".join(before) or "...")
    messages = with_question([*state.messages, said], asked)
    questions = 0 if state.opened or any("?" in text or "？" in text for text in before) else 1
    try:
        checked = _written(state, tools, messages, questions, before)
    except AffectgraphError:
        return before, rejected  # the first answer was given; that the second failed takes nothing from it
    sentences, again = _approved(state, tools, checked.sentences, checked.rejected)
    return [*before, *sentences], again


# --- a human ----------------------------------------------------------------------------------------------------------


class Answer(BaseModel):
    """What a human answers who was asked for.

    Attributes:
        text: what the person is to read; None: nothing beyond what was said.
        level: the level that holds from now on; None leaves it.
    """

    text: str | None = Field(default=None, max_length=4000)
    level: int | None = Field(default=None, ge=0, le=6)


def handover(state: CounselState) -> dict[str, Any]:
    """Wait for a human. Alone in its node: what stands before `interrupt` would run again.

    The person need not wait: their next message begins a turn, and the session stays in the queue.
    """
    given = interrupt({"level": state.watch.level, "turns": len(state.history)})
    try:
        answer = Answer.model_validate(given)
        watch = state.watch if answer.level is None else lowered(state.watch, answer.level)
    except (ValidationError, ValueError):
        return {"waiting": True}
    return {"waiting": False, **_answered(state, answer, watch)}


def _answered(state: CounselState, answer: Answer, watch: Watch) -> dict[str, Any]:
    update: dict[str, Any] = {"watch": watch.model_dump(mode="json")}
    if answer.text and answer.text.strip():
        from affectgraph.graphs.counsel_memory import turn_of

        replying.release([answer.text])
        said = turn_of(state, "", answer.text, "human")
        update["history"] = [*(turn.model_dump(mode="json") for turn in state.history), said.model_dump(mode="json")]
        update["reply"] = Reply(text=answer.text, source="human").model_dump(mode="json")
    return update
