"""Graph `gat_text`: from a text to a verified emotion and its intensity, by the tree of `gat` over numbered spans.

Source: AICA-Bench (arXiv 2604.05900) for the tree; that it runs over spans of a text is ours. Hypotheses are about what
the person who wrote or said it feels; what a reader feels is asked beside.

    segment -> hypothesize -> verify -> conclude

There is no scan: of a picture it puts regions into words before any word of emotion, and a text is words already. To
say each span again would cost as many tokens as the text has, and a paraphrase is no quote; nor may words of feeling be
kept out here, since they are the evidence.

What the text says decides no route: the edges are fixed, and only ids of spans that a model was shown can be cited.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any, ClassVar, cast

from langgraph.graph import END, START, StateGraph

from affectgraph.graphs.gat_ask import Asking
from affectgraph.graphs.gat_conclude import ASKED, judged
from affectgraph.graphs.gat_text_types import GatTextInput, GatTextState, TextConclusion, output
from affectgraph.graphs.gat_tree import hypothesize, verify
from affectgraph.graphs.options import GatTextOptions
from affectgraph.graphs.recipes import Cost, Recipe
from affectgraph.graphs.replying import prompt_language
from affectgraph.graphs.steps import Message, Models, Step, node
from affectgraph.graphs.texts import NOTHING
from affectgraph.prompts import Prompt, prompt
from affectgraph.tools import segments as segmenting
from affectgraph.tools.condense import condense
from affectgraph.tools.language import detect
from affectgraph.tools.segments import Segment

__all__ = ["RECIPE", "TextAsking", "build", "conclude", "segment"]

_ROLES = ("perceive", "reason", "judge")
# Prompts that say nothing of what the tree is about.
_SHARED = ("intensity", "no_reason", "verified")
# Ids that an answer may cite: some endpoints refuse longer lists of values.
_MOST_CITABLE = 500
# Tokens for instructions and findings, beside two structured answers: our choice.
_INSTRUCTIONS = 800


@dataclass(frozen=True)
class TextAsking(Asking[GatTextState]):
    """The questions about one text."""

    part: ClassVar[str] = "span"
    question: ClassVar[str] = "expressed"

    @property
    def ids(self) -> tuple[str, ...]:
        """The spans that can be cited: those that are shown."""
        return tuple(self.state.kept)

    def prompt(self, name: str) -> Prompt:
        """The prompt `gat_text/NAME`, or that of `gat` where it fits both."""
        return super().prompt(name) if name in _SHARED else prompt(f"gat_text/{name}", self.language)

    def opening(self) -> Message:
        """The first message: the spans, each after its id."""
        shown = set(self.state.kept)
        parts = [part for part in self.state.segments if part.id in shown]
        lacking = len(self.state.segments) - len(parts)
        note = self.prompt("omitted").render(kept=len(parts), total=len(self.state.segments)) if lacking else ""
        return self._showing(segmenting.listing(self.state.source, parts), f"\n{note}" if note else "")

    def nothing(self) -> Message:
        """No text at all."""
        return self._showing(NOTHING[self.language], "")

    def _showing(self, text: str, left_out: str) -> Message:
        return Message(role="user", content=self.prompt("text").render(text=text, left_out=left_out))


# --- nodes, in execution order; `hypothesize` and `verify` are in `gat_tree` -----------------------------------------


def segment(asking: TextAsking) -> Step:
    """Number the spans, choose those that a model can read where the text is too long; begin a new turn."""
    given = {name: getattr(asking.state, name) for name in GatTextInput.model_fields}
    fresh = GatTextState(**given)
    parts = _spans(fresh)
    fresh = fresh.model_copy(update={"segments": parts, "language": prompt_language(detect(fresh.source))})
    kept = [part.id for part in _readable(fresh.source, parts, asking)]
    asking = replace(asking, state=fresh.model_copy(update={"kept": kept}))
    update = asking.state.model_copy(update={"messages": [asking.opening()]}).model_dump(mode="json", exclude={"trace"})
    decided = {"segments": len(parts), "kept": len(kept), "fits": len(kept) == len(parts), "language": fresh.language}
    shown = ("text",) if decided["fits"] else ("text", "omitted")
    return Step(update, decided, prompts=tuple(asking.prompt(name).reference for name in shown))


def _spans(state: GatTextState) -> list[Segment]:
    """Of a text the segments, of a transcript its own spans."""
    if state.transcript is None:
        return segmenting.segment(state.source)
    found, start = [], 0
    for span in state.transcript:
        found.append(Segment(id=span.id, start=start, end=start + len(span.text)))
        start += len(span.text) + 1
    return found


def _readable(source: str, parts: list[Segment], asking: TextAsking) -> list[Segment]:
    """The spans to show: all of them, or the weightiest that fit, in reading order; no word is changed."""
    if len(parts) > _MOST_CITABLE:
        parts = condense(source, parts, _MOST_CITABLE, lambda piece: 1)
    backend = asking.models.narrowest(_ROLES)
    if backend.context_tokens is None:
        return parts
    budget = max(256, backend.context_tokens - _INSTRUCTIONS - 2 * asking.options.answer_tokens)

    def cost(piece: str) -> int:
        # A span is listed after its id, and its id once more in the schema, which some engines put into the prompt.
        return backend.count_tokens(f'[s000] {piece}\n"s000", ')

    if sum(cost(segmenting.quote(source, part)) for part in parts) <= budget:
        return parts
    return condense(source, parts, budget, cost)


def conclude(asking: TextAsking) -> Step:
    """The surviving hypothesis, and beside it distributions: what the person feels, and what a reader feels."""
    backend = asking.models.perceive
    ask = partial(asking.choose, backend, asking.state.messages)
    shares = {name: ask(name, asking.words).renamed(asking.labels) for name in ("expressed", "evoked")}
    found = TextConclusion(**dict(judged(asking, backend, shares["expressed"].top)), **shares)
    return Step(
        {"conclusion": found},
        found.model_dump(mode="json"),
        backend=backend,
        prompts=tuple(asking.prompt(name).reference for name in (*shares, *ASKED)),
    )


# --- the graph -------------------------------------------------------------------------------------------------------

_CHAIN: tuple[Callable[[Any], Step], ...] = (segment, hypothesize, verify, conclude)
_Builder = StateGraph[GatTextState, None, GatTextInput, GatTextState]


def build(models: Models, options: GatTextOptions, without: Collection[str] = ()) -> Any:
    """The graph, not yet compiled. Without `verify` the first hypothesis is kept, without `hypothesize` the label."""
    graph: _Builder = StateGraph(GatTextState, input_schema=GatTextInput)
    # A critic needs hypotheses.
    without = {*without, *(["verify"] if "hypothesize" in without else [])}
    names = [work.__name__ for work in _CHAIN if work.__name__ not in without]
    for work in _CHAIN:
        if work.__name__ in names:
            bound = partial(_asked_of, work, models, options)
            cast(Any, graph).add_node(work.__name__, node(work.__name__, bound, first=work is segment))
    for before, after in pairwise([START, *names, END]):
        graph.add_edge(before, after)
    return graph


def _asked_of(work: Callable[[Any], Step], models: Models, options: GatTextOptions, state: GatTextState) -> Step:
    return work(TextAsking(state, models, options))


RECIPE = Recipe(
    name="gat_text",
    section="gat_text",
    input_type=GatTextInput,
    state_type=GatTextState,
    build=build,
    output=output,
    cost=lambda given: Cost(calls=8, instructions=300, answer=100),
    prompts=("gat", "gat_text"),
    optional=("hypothesize", "verify"),
    roles=_ROLES,
)
