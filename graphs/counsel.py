"""Graph `counsel`: one message of a conversation with somebody who seeks help.

Source: Empathy-R1 (arXiv 2509.14851) for the four layers; the safety layer around them is ours, after its requirements
and VERA-MH. Every text of the turn, the words of recordings and pictures included, is screened with the whole
conversation before anything else reads it; routes read typed fields alone.

    transcribe -> screen -> crisis -> remember (-> handover)
                  screen -> reach_out -> perceive -> segment (-> condense) -> recall -> appraise
                      -> L1 -> L2 -> L3 -> L4 -> reply -> verify -> remember (-> handover)
                      segment -> reply                                      (a greeting, thanks: no chain)

`transcribe`, `perceive`: counsel_media; `crisis`, `reach_out`, `reply`, `verify`, `handover`: counsel_reply; `recall`,
`remember`: counsel_memory.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial, wraps
from itertools import pairwise
from typing import Any, Literal, cast

from langgraph.graph import END, START, StateGraph

from affectgraph.backends.errors import AnswerBudgetExceeded, ContextOverflow, MalformedAnswer, TruncatedAnswer
from affectgraph.backends.scoring import Distribution
from affectgraph.graphs import empathy
from affectgraph.graphs.appraise_types import Feeling
from affectgraph.graphs.counsel_media import perceive, transcribe
from affectgraph.graphs.counsel_memory import recall, remember
from affectgraph.graphs.counsel_reply import crisis, handover, reach_out, reply, verify
from affectgraph.graphs.counsel_types import WISHES, CounselInput, CounselState, output
from affectgraph.graphs.counsel_words import notes, past
from affectgraph.graphs.empathy_frame import Tools, condense, empathy_prompt, opening, segment, with_question
from affectgraph.graphs.empathy_types import Intent
from affectgraph.graphs.options import CounselOptions
from affectgraph.graphs.recipes import Cost, Recipe
from affectgraph.graphs.replying import prompt_language
from affectgraph.graphs.steps import Message, Models, Step, node
from affectgraph.tools.depth import depth
from affectgraph.tools.emotions import taxonomy
from affectgraph.tools.intent import INTENT_WORDS, INTENTS
from affectgraph.tools.language import Language, detect
from affectgraph.tools.safety import Assessment, Said, Voices, assess, follow, posture
from affectgraph.tools.sentences import sentences

__all__ = ["RECIPE", "build"]

# From this level on nothing that a person says is small talk: "ok" may answer whether they are safe.
_AT_RISK = 2
# A sentence of fewer Latin letters does not tell in which language somebody wants to be answered.
_FEW_LETTERS = 12


def screen(state: CounselState, tools: Tools) -> Step:
    """Assess this turn in the light of the whole conversation, and what level holds from now on."""
    options = _options(tools)
    conversation = [
        said
        for turn in state.history
        for said in (Said(role="person", text=turn.text), Said(role="counsellor", text=turn.reply))
        if said.text
    ]
    beside = [item.text for item in state.heard if item.text]
    voices = Voices(
        reader=tools.models.tuned,
        judge=tools.models.judge if options.judge else None,
        learned=options.learned,
    )
    found = assess(
        [*conversation, Said(role="person", text=state.written)], beside=beside, voices=voices, held=state.watch.level
    )
    watch = follow(state.watch, found, state.text)
    taken = posture(watch, found)
    # What was not understood may hold anything.
    if taken == "clear" and any(item.text is None for item in state.heard):
        taken = "resources"
    # Words of pictures and recordings tell less of who reads the reply than what they wrote.
    told = state.written if any(letter.isalpha() for letter in state.written) else state.text
    update = {
        "safety": found,
        "watch": watch,
        "posture": taken,
        "language": _language(found, [state.written, *beside]) or (detect(told) if told else state.language),
        "depth": "full" if watch.level >= _AT_RISK or state.heard else depth(state.text),
    }
    decided = {"level": found.level, "voices": found.voices, "holds": watch.level, "posture": taken}
    findings = [finding.model_dump(mode="json") for finding in found.findings]
    return Step(update, {**decided, "categories": found.categories, "findings": findings})


def _language(found: Assessment, texts: Sequence[str]) -> Language | None:
    """The language of the sentence in which most risk was told, whatever stands beside it.

    None where none was, where the sentence is but a word or two (slang is borrowed), and where a voice speaks of a text
    as a whole. Of findings of one level the first of a rule tells: the place of the learned voice may reach into what
    stands beside. Where the person wrote anything, what media yielded beside it does not count.
    """
    whole = ("answer.", "judge.")
    said = [one for one in found.findings if one.part == 0 or not texts[0].strip()]
    risk = [one for one in said if one.level >= _AT_RISK and not one.rule.startswith(whole)]
    if not risk:
        return None
    worst = min(risk, key=lambda one: (-one.level, one.rule.startswith("learned."), one.start))
    text = texts[worst.part]
    told = "".join(text[start:end] for start, end in sentences(text) if start < worst.end and worst.start < end)
    language = detect(told)
    enough = sum(letter.isalpha() for letter in told) >= (_FEW_LETTERS if language == "en" else 1)
    return language if enough and language != "other" else None


def appraise(state: CounselState, tools: Tools) -> Step:
    """How such an event is usually felt, by the fitted link where there is one; and what the models are told."""
    link, labels = tools.models.link(), taxonomy(_options(tools).taxonomy).labels
    feeling = None
    if link is not None and link.words is not None and link.knows(labels):
        felt = link.feel_words(tools.models.embedder().embed([state.text])[0], labels)
        feeling = Feeling(
            taxonomy=_options(tools).taxonomy,
            emotions=felt,
            intensity=None,
            parts={"link": felt},
            weights={"link": 1.0},
        )
    told = state.model_copy(update={"feeling": feeling})
    messages = state.messages or opening(state, state.kept, past(state))
    if beside := notes(told):
        messages = [*messages[:-1], Message(role="user", content=f"{messages[-1].content}\n\n{beside}")]
    decided = {"feeling": feeling.emotions.probabilities if feeling else None, "told": len(beside)}
    return Step({"feeling": feeling, "messages": messages}, decided)


def intent(state: CounselState, tools: Tools) -> Step:
    """L3; what the person picked is not asked again, and wins."""
    if state.wish is None:
        return empathy.intent(state, tools)
    sought = WISHES[state.wish]
    asked = empathy_prompt("intent", state)
    spoken = prompt_language(state.language)
    word = dict(zip(INTENTS, INTENT_WORDS[spoken], strict=True))[sought]
    said = f"{asked.lead}{word}。" if spoken == "zh" else f"{asked.lead} {word}."
    stated = Distribution(probabilities={label: float(label == sought) for label in INTENTS}, calibration="stated")
    messages = [*with_question(state.messages, asked.render()), Message(role="assistant", content=said)]
    return Step(
        {"intent": Intent(intent=stated), "messages": messages},
        {"intent": stated.probabilities, "calibration": "stated"},
        prompts=(asked.reference,),
    )


def _options(tools: Tools) -> CounselOptions:
    assert isinstance(tools.options, CounselOptions)
    return tools.options


# --- the graph -------------------------------------------------------------------------------------------------------

_LAYERS: tuple[Callable[..., Step], ...] = (
    empathy.emotions_and_context,
    empathy.causes_and_beliefs,
    intent,
    empathy.strategy,
)
_OPTIONAL = ("perceive", "recall", "appraise", *(layer.__name__ for layer in _LAYERS))
_Builder = StateGraph[CounselState, None, CounselInput, CounselState]


def build(models: Models, options: CounselOptions, without: Collection[str] = ()) -> Any:
    """The graph, not yet compiled; `without` names nodes to leave out."""
    tools = Tools(models, options, past)
    graph: _Builder = StateGraph(CounselState, input_schema=CounselInput)
    before = [work for work in (perceive, segment) if work.__name__ not in without]
    after = [
        *(work for work in (recall, appraise) if work.__name__ not in without),
        *(_or_nothing(work) for work in _LAYERS if work.__name__ not in without),
    ]
    for work in (transcribe, screen, crisis, reach_out, *before, condense, *after, reply, verify, remember):
        bound = partial(_with_tools, work, tools)
        cast(Any, graph).add_node(work.__name__, node(work.__name__, bound, first=work is transcribe))
    cast(Any, graph).add_node("handover", handover)
    names = [work.__name__ for work in (*after, reply, verify, remember)]
    for one, two in pairwise([START, "transcribe", "screen"]):
        graph.add_edge(one, two)
    graph.add_conditional_edges("screen", _after_screen)
    for one, two in pairwise(["reach_out", *(work.__name__ for work in before)]):
        graph.add_edge(one, two)
    graph.add_conditional_edges("segment", _after_segment, {"short": "reply", "fits": names[0], "too long": "condense"})
    graph.add_edge("condense", names[0])
    for one, two in pairwise(names):
        graph.add_edge(one, two)
    graph.add_edge("crisis", "remember")
    graph.add_conditional_edges("remember", _after_remember, ["handover", END])
    graph.add_edge("handover", END)
    return graph


def _or_nothing(work: Callable[..., Step]) -> Callable[..., Step]:
    """`work`, which a model that gives no usable answer does not end the turn with: the person is answered without it.

    A backend that cannot be reached ends it: the turn is on disk, and goes on from there.
    """

    @wraps(work)
    def run(state: CounselState, tools: Tools) -> Step:
        try:
            return work(state, tools)
        except (MalformedAnswer, TruncatedAnswer, AnswerBudgetExceeded, ContextOverflow) as error:
            return Step({}, {"gave_up": type(error).__name__}, backend=tools.models.reason)

    return run


def _with_tools(work: Callable[..., Step], tools: Tools, state: CounselState) -> Step:
    return work(state, tools)


def _after_screen(state: CounselState) -> Literal["crisis", "reach_out"]:
    return "crisis" if state.posture == "crisis" else "reach_out"


def _after_segment(state: CounselState) -> Literal["short", "fits", "too long"]:
    # A recording that was not understood has no words for a chain.
    if state.depth == "short" or not state.segments:
        return "short"
    return "fits" if state.fits else "too long"


def _after_remember(state: CounselState) -> Literal["handover", "__end__"]:
    return "handover" if state.waiting else "__end__"


RECIPE = Recipe(
    name="counsel",
    section="counsel",
    input_type=CounselInput,
    state_type=CounselState,
    build=build,
    output=output,
    cost=lambda given: Cost(calls=7, instructions=250, answer=120),
    prompts=("counsel", "empathy", "safety"),
    recalls=lambda options: options.recall > 0,
    links=lambda options: True,
    optional=_OPTIONAL,
)
