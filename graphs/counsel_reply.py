"""How `counsel` answers: vetted words at risk, else a reply composed of vetted sentences, or the model's own.

The model's own stands behind the checks, with one repair and a vetted fallback: a sentence reaches the person only
after the checks passed on all text so far, and with a judge only after it has read the whole reply too.
"""

from __future__ import annotations

from typing import Any

from langgraph.types import interrupt
from pydantic import BaseModel, Field, ValidationError

from affectgraph.backends.errors import BackendError
from affectgraph.graphs import replying
from affectgraph.graphs.counsel_composed import composed, composes
from affectgraph.graphs.counsel_judge import objects
from affectgraph.graphs.counsel_types import CounselState
from affectgraph.graphs.counsel_words import (
    Answering,
    asked_directly,
    counsel_prompt,
    instructions,
    last_replies,
    not_understood,
    vetted_reply,
)
from affectgraph.graphs.empathy_frame import Tools, opening, with_question
from affectgraph.graphs.empathy_types import Reply
from affectgraph.graphs.options import CounselOptions
from affectgraph.graphs.replying import Checked, prompt_language
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
    if asked_directly(state):
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
    """The answer, released sentence by sentence after the checks."""
    if composes(tools.models, _options(tools)):
        return _composed(state, tools)
    asked = Answering(state)
    messages = with_question(state.messages or opening(state, state.kept, tools.past(state)), asked.text)
    checked = _written(state, tools, messages, asked.questions, [])
    return Step(
        {"draft": checked, "messages": messages},
        {"sentences": len(checked.sentences), "rejected": checked.rejected, "dropped": checked.dropped},
        backend=tools.models.write,
        prompts=(asked.prompt.reference,),
    )


def _composed(state: CounselState, tools: Tools) -> Step:
    """Vetted sentences; the rules still look at what the person's own words, quoted, make of them."""
    # A model that is there for trying is not asked which line fits: that took more than half of the turn.
    chooser = None if tools.models.write.notice else tools.models.write
    found = composed(state, chooser)
    gate = SentenceGate(
        source=state.text,
        language=prompt_language(state.language),
        earlier=last_replies(state),
        questions=0 if state.opened else 1,
        learned=False,
    )
    pieces = [found.text(state.language)]
    checked = replying.release_checked(pieces, source=state.text, language=state.language, gate=gate)
    return Step(
        {"draft": checked},
        {
            "moves": found.moves,
            "lines": found.lines,
            "chosen": found.chosen,
            "sentences": len(checked.sentences),
            "rejected": checked.rejected,
        },
        backend=tools.models.write if found.chosen else None,
        prompts=found.references,
    )


def verify(state: CounselState, tools: Tools) -> Step:
    """Whether the reply can stand: the judge where one is asked, one repair, else vetted words."""
    options = _options(tools)
    composing = composes(tools.models, options)
    checked = state.draft if composing else _approved(state, tools, state.draft)
    faults, again = {*checked.rejected, *checked.dropped}, False
    # A model that is there for trying does not earn the wait: its second try took a third of it (benchmarks).
    worth = options.repair and not composing and not tools.models.write.notice
    if not checked.enough and worth:
        again = True
        checked = _repaired(state, tools, checked)
        faults |= {*checked.rejected, *checked.dropped}
    sentences, source = checked.sentences, "composed" if composing else "model"
    if not checked.enough:
        source = "mixed" if sentences else "fallback"
        # What was asked before the chain is answer enough where the model had nothing to say.
        if sentences or not state.opened or composing:
            # Where the rules rejected what was composed, it was for the words that it quotes.
            asks = not any("?" in text or "？" in text for text in sentences)
            vetted = composed(state, None, quoting=not composing, asking=asks).sentences
            replying.release(vetted)
            sentences = [*sentences, *vetted]
        else:
            source = "template"
    told = ("" if state.language == "zh" else " ").join(sentences)
    found = Reply(
        text="\n\n".join(part for part in (state.opened, told) if part),
        source=source,
        rejected=sorted(faults),
        resources=_beside(state),
    )
    return Step(
        {"reply": found},
        {
            "source": source,
            "rejected": found.rejected,
            "repaired": again and checked.enough,
            "sentences": len(sentences),
        },
        backend=tools.models.judge if options.judge and not composing else tools.models.write if again else None,
    )


def _beside(state: CounselState) -> str | None:
    """The resources beside a reply, unless they were named in it."""
    if state.posture == "clear" or asked_directly(state):
        return None
    return replying.resources_beside(state.language, state.country, minor=state.watch.minor)


def _options(tools: Tools) -> CounselOptions:
    assert isinstance(tools.options, CounselOptions)
    return tools.options


def _written(state: CounselState, tools: Tools, messages: list[Message], questions: int, before: list[str]) -> Checked:
    options = _options(tools)
    gate = SentenceGate(
        source=state.text,
        language=prompt_language(state.language),
        earlier=[*last_replies(state), *before],
        questions=questions,
        told=instructions(prompt_language(state.language)),
        learned=options.learned,
        reader=tools.models.tuned,
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


def _approved(state: CounselState, tools: Tools, checked: Checked) -> Checked:
    """With a judge: the reply if it has nothing against it, released now; without one it is out already."""
    if not _options(tools).judge or not checked.sentences:
        return checked
    if objects(tools.models.judge, state.text, checked.sentences, state.language):
        return Checked(rejected=[*checked.rejected, "judge"], dropped=checked.dropped)
    replying.release(checked.sentences)
    return checked


def _repaired(state: CounselState, tools: Tools, first: Checked) -> Checked:
    """The model asked once more, told what kind of fault its answer had; never what the faulty sentence was."""
    kinds = [kind.replace("_", " ") for kind in (*first.rejected, *first.dropped)] or ["empty"]
    asked = counsel_prompt("repair", state).render(reasons=", ".join(kinds))
    said = Message(role="assistant", content=" ".join(first.sentences) or "...")
    messages = with_question([*state.messages, said], asked)
    questions = 0 if state.opened or any("?" in text or "？" in text for text in first.sentences) else 1
    try:
        second = _approved(state, tools, _written(state, tools, messages, questions, first.sentences))
    except BackendError:
        return first  # the first answer was given; that the second failed takes nothing from it
    return second.model_copy(update={"sentences": [*first.sentences, *second.sentences]})


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
