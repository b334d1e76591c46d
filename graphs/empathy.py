"""Graph `empathy`: a counselling text becomes emotions, causes, intent, strategy and a reply (Chain-of-Empathy).

Source: Empathy-R1 (arXiv 2509.14851), layers L1 to L4 and the answer; each layer is a node with a typed output. Ours:
numbered segments that every claim cites, and the frame of `empathy_frame` (safety screen, adaptive depth, condensing,
checked reply). The message list only grows, so each node finds the last one's prompt in the backend's prefix cache.

    screen -> crisis
    screen -> segment -> courtesy                                   (a greeting, thanks: no chain)
              segment -> (condense ->) emotions_and_context -> causes_and_beliefs -> intent -> strategy -> reply
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, Field, create_model

from affectgraph.backends.base import Backend
from affectgraph.backends.scoring import Distribution
from affectgraph.backends.structured import answer_text
from affectgraph.graphs import replying
from affectgraph.graphs.empathy_frame import Tools, empathy_prompt, framed, opening, past, with_question, written
from affectgraph.graphs.empathy_types import (
    Belief,
    Cause,
    CausesAndBeliefs,
    EmotionsAndContext,
    EmpathyInput,
    EmpathyState,
    Intent,
    PlannedMove,
    Quote,
    Strategy,
    output,
)
from affectgraph.graphs.options import EmpathyOptions
from affectgraph.graphs.recipes import Cost, Recipe
from affectgraph.graphs.steps import Message, Models, Step, to_langchain
from affectgraph.graphs.texts import NOTHING
from affectgraph.prompts import Prompt
from affectgraph.tools import segments as segmenting
from affectgraph.tools.distortions import Distortion
from affectgraph.tools.emotions import taxonomy
from affectgraph.tools.intent import INTENT_WORDS, INTENTS, Move

__all__ = ["RECIPE", "build", "closed_question"]

_INTENSITIES = ("low", "medium", "high")
_INTENSITY_WORDS = {"en": _INTENSITIES, "zh": ("低", "中", "高")}


# --- nodes, in execution order; `screen`, `crisis`, `segment`, `courtesy` and `condense` are in `empathy_frame` ----


def emotions_and_context(state: EmpathyState, tools: Tools) -> Step:
    """L1: the core emotional reaction as a distribution, its intensity, and the objective situation."""
    backend, spoken = tools.models.perceive, replying.prompt_language(state.language)
    labels = taxonomy(tools.options.taxonomy)
    ask = partial(closed_question, state, backend)
    emotions, messages = ask(_so_far(state), empathy_prompt("emotion", state), labels.labels, labels.words(spoken))
    # Asked aside: kept in the history, the answer ("medium") is what small models then write about.
    intensity, _ = ask(messages, empathy_prompt("intensity", state), _INTENSITIES, _INTENSITY_WORDS[spoken])
    situation_prompt = empathy_prompt("situation", state)
    messages = [*messages, Message(role="user", content=situation_prompt.render())]
    filled: Any = backend.fill(to_langchain(messages), _Situation, max_tokens=tools.options.answer_tokens)
    layer = EmotionsAndContext(
        taxonomy=labels.name, emotions=emotions, intensity=intensity, situation=filled.situation.strip()
    )
    return Step(
        {
            "emotions_and_context": layer,
            "messages": [*messages, Message(role="assistant", content=answer_text(filled))],
        },
        {"emotions": emotions.probabilities, "intensity": intensity.probabilities, "calibration": emotions.calibration},
        backend=backend,
        prompts=tuple(
            empathy_prompt(name, state).reference for name in ("system", "text", "emotion", "intensity", "situation")
        ),
    )


def causes_and_beliefs(state: EmpathyState, tools: Tools) -> Step:
    """L2: why, and which beliefs may be distorted; each claim cites segments, and code fills in the quotes."""
    asked = empathy_prompt("causes_and_beliefs", state)
    messages = with_question(_so_far(state), asked.render())
    backend = tools.models.reason
    filled: Any = backend.fill(
        to_langchain(messages), _causes_schema(state.kept), max_tokens=tools.options.answer_tokens
    )
    layer = CausesAndBeliefs(
        causes=[
            Cause(cause=item.cause, quotes=_quotes(state, item.segments))
            for item in _distinct(filled.causes, lambda item: item.cause)
        ],
        beliefs=[
            Belief(belief=item.belief, distortion=item.distortion, quotes=_quotes(state, item.segments))
            for item in _distinct(filled.beliefs, lambda item: item.belief)
        ],
    )
    quotes = [quote for item in (*layer.causes, *layer.beliefs) for quote in cast(Any, item).quotes]
    cited = sorted({quote.segment for quote in quotes}, key=state.kept.index)
    return Step(
        {"causes_and_beliefs": layer, "messages": [*messages, Message(role="assistant", content=answer_text(filled))]},
        {"causes": len(layer.causes), "distortions": [item.distortion for item in layer.beliefs], "cited": cited},
        backend=backend,
        prompts=(asked.reference,),
    )


def intent(state: EmpathyState, tools: Tools) -> Step:
    """L3: what support is sought, as a distribution over validation, understanding and advice."""
    asked = empathy_prompt("intent", state)
    words = INTENT_WORDS[replying.prompt_language(state.language)]
    sought, messages = closed_question(state, tools.models.reason, _so_far(state), asked, INTENTS, words)
    return Step(
        {"intent": Intent(intent=sought), "messages": messages},
        {"intent": sought.probabilities, "calibration": sought.calibration},
        backend=tools.models.reason,
        prompts=(asked.reference,),
    )


def strategy(state: EmpathyState, tools: Tools) -> Step:
    """L4: the moves of the reply, in order, each with its reason."""
    asked = empathy_prompt("strategy", state)
    messages = with_question(_so_far(state), asked.render())
    backend = tools.models.reason
    filled: Any = backend.fill(to_langchain(messages), _Strategy, max_tokens=tools.options.answer_tokens)
    moves = _distinct(filled.moves, lambda item: item.move)
    layer = Strategy(moves=[PlannedMove(move=item.move, reason=item.reason) for item in moves])
    return Step(
        {"strategy": layer, "messages": [*messages, Message(role="assistant", content=answer_text(filled))]},
        {"moves": [item.move for item in layer.moves]},
        backend=backend,
        prompts=(asked.reference,),
    )


def reply(state: EmpathyState, tools: Tools) -> Step:
    """The answer: written by the model, released sentence by sentence after the checks, else vetted text."""
    asked = empathy_prompt("reply", state)
    messages = with_question(_so_far(state), asked.render())
    update, decided = written(state, tools, messages)
    return Step(update, decided, backend=tools.models.write, prompts=(asked.reference,))


_LAYERS = (emotions_and_context, causes_and_beliefs, intent, strategy)


def build(models: Models, options: EmpathyOptions, without: Collection[str] = ()) -> Any:
    """The graph, not yet compiled; `without` names layers to leave out."""
    layers = [layer for layer in _LAYERS if layer.__name__ not in without]
    return framed((*layers, reply), models, options)


RECIPE = Recipe(
    name="empathy",
    section="empathy",
    input_type=EmpathyInput,
    state_type=EmpathyState,
    build=build,
    output=output,
    cost=lambda given: Cost(calls=7, instructions=250, answer=120),
    prompts=("empathy", "safety"),
    optional=tuple(layer.__name__ for layer in _LAYERS),
)


# --- closed questions, answers and quotes ----------------------------------------------------------------------------


def closed_question(
    state: EmpathyState,
    backend: Backend,
    messages: list[Message],
    asked: Prompt,
    labels: Sequence[str],
    words: Sequence[str],
) -> tuple[Distribution, list[Message]]:
    """Ask a closed question; the answer joins the message list, as a sentence.

    Scores are corrected by those of the same question about no text; see `Backend.choose`.
    """
    question = asked.render()
    asking = with_question(messages, question)
    nothing = empathy_prompt("text", state).render(text=NOTHING[asked.language])
    system = Message(role="system", content=empathy_prompt("system", state).render())
    neutral = [system, Message(role="user", content=f"{nothing}\n\n{question}")]
    found = backend.choose(to_langchain(asking), words, lead=asked.lead, neutral=to_langchain(neutral))
    gap = "" if asked.language == "zh" else " "
    said = Message(role="assistant", content=f"{asked.lead}{gap}{found.top}{'。' if asked.language == 'zh' else '.'}")
    return found.renamed(labels), [*asking, said]


def _so_far(state: EmpathyState) -> list[Message]:
    return state.messages or opening(state, state.kept, past(state))


# Lengths are such that an answer of one token a character fits into `answer_tokens`: weak models write rows of digits.


class _Situation(BaseModel):
    situation: Annotated[str, Field(min_length=8, max_length=160)]


class _PlannedMove(BaseModel):
    move: Move
    reason: Annotated[str, Field(min_length=4, max_length=80)]


class _Strategy(BaseModel):
    moves: Annotated[list[_PlannedMove], Field(min_length=2, max_length=4)]


def _causes_schema(ids: Sequence[str]) -> type[BaseModel]:
    """The answer of L2, whose citations can only be segments that the model was shown."""
    cited: Any = Annotated[list[Literal[tuple(ids)]], Field(min_length=1, max_length=2)]  # type: ignore[misc]
    cause = create_model(
        "CauseAnswer", cause=(Annotated[str, Field(min_length=8, max_length=100)], ...), segments=(cited, ...)
    )
    belief = create_model(
        "BeliefAnswer",
        belief=(Annotated[str, Field(min_length=8, max_length=100)], ...),
        distortion=(Distortion, ...),
        segments=(cited, ...),
    )
    return create_model(
        "CausesAnswer",
        causes=(Annotated[list[cause], Field(min_length=1, max_length=3)], ...),
        beliefs=(Annotated[list[belief], Field(max_length=2)], ...),
    )


def _distinct(items: Sequence[Any], key: Callable[[Any], str]) -> list[Any]:
    """The first of each key, in order: a grammar cannot forbid that a weak model says one thing three times."""
    return list({key(item).strip().lower(): item for item in reversed(items)}.values())[::-1]


def _quotes(state: EmpathyState, ids: Sequence[str]) -> list[Quote]:
    parts = {part.id: part for part in state.segments}
    return [
        Quote(segment=key, start=parts[key].start, end=parts[key].end, text=segmenting.quote(state.text, parts[key]))
        for key in dict.fromkeys(ids)
    ]
