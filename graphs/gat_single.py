"""Graph `gat_single`: the tree of `gat` as one constrained prompt, the paper's own form, to compare with.

Source: AICA-Bench (arXiv 2604.05900), AffectToT, for EU: region scan, hypotheses, verification and the final choice in
one generation. The exact prompt is not public; ours asks for that form. The scaffold before it and the distributions
after it are nodes of `gat`. Which hypothesis is kept is the model's own choice among the least contradicted.

    look -> affect_tot -> conclude

Of the settings `gat`, the mode is that of the other graph and changes nothing here. Nor is what it says calibrated: the
curves are fitted on the other graph's answers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from itertools import pairwise
from typing import Any, cast

from langgraph.graph import END, START, StateGraph
from pydantic import field_validator

from affectgraph.backends.errors import MalformedAnswer
from affectgraph.graphs.gat import asked_of, conclude, look, measured, observed
from affectgraph.graphs.gat_answers import single_schema
from affectgraph.graphs.gat_ask import asked_after
from affectgraph.graphs.gat_show import PictureAsking
from affectgraph.graphs.gat_tree import (
    findings,
    hypotheses_of,
    intensity_words,
    most_probable,
    put_forward,
    verdict_of,
)
from affectgraph.graphs.gat_types import GatInput, GatState, Hypothesis, Observation, Task, Verdict, output
from affectgraph.graphs.options import GatOptions
from affectgraph.graphs.recipes import Cost, Recipe
from affectgraph.graphs.steps import Message, Models, Step, node
from affectgraph.tools.tree import pruned

__all__ = ["RECIPE", "SingleInput", "build"]


class SingleInput(GatInput):
    """A picture; the task is EU."""

    @field_validator("task")
    @classmethod
    def _is_understanding(cls, task: Task) -> Task:
        if task != "EU":
            raise ValueError(f"gat_single is the paper's AffectToT, which is for EU; run gat for {task}")
        return task


def affect_tot(asking: PictureAsking) -> Step:
    """Scan, hypotheses, a verdict on each and the final choice in one generation."""
    state, options, backend = asking.state, asking.options, asking.models.reason
    # A backend without eyes is not asked to copy out what was measured.
    scanned = state.perception == "image" and backend.capabilities.image
    asked, scan = asking.prompt("single"), asking.prompt("scan")
    beginning = f"{scan.render()}\n\n" if scanned else ""
    question = asked.render(scan=beginning, count=options.hypotheses, labels=", ".join(asking.words))
    messages = asked_after(asking.with_expressions(state.messages), question)
    schema = single_schema(
        asking.words,
        intensity_words(asking),
        asking.ids,
        options.hypotheses,
        options.answer_tokens,
        scanned=scanned,
    )
    chosen: str | None = None
    try:
        # As many tokens as the same answers may take in `gat`.
        filled = asking.fill(backend, messages, schema, answers=2 + options.hypotheses)
        chosen = filled.final
        seen = observed(asking, filled.observations) if scanned else measured(asking)
        found = hypotheses_of(asking, filled.hypotheses)
        verdicts = pruned([verdict_of(asking, name, verdict) for name, verdict in filled.verification], chosen)
    except MalformedAnswer:
        seen, found, verdicts = measured(asking), most_probable(asking, backend), []
    said = Message(role="assistant", content=_said(asking, seen, found, verdicts))
    return Step(
        {
            "observations": seen,
            "hypotheses": found,
            "verdicts": verdicts,
            "chosen": chosen,
            "messages": [*messages, said],
        },
        _decided(found, verdicts, chosen),
        backend=backend,
        prompts=(asked.reference, *((scan.reference,) if scanned else ())),
    )


def _said(asking: PictureAsking, seen: list[Observation], found: list[Hypothesis], verdicts: list[Verdict]) -> str:
    """The answer as the model's own turn: each part in lines, as in `gat`."""
    parts = [] if seen[0].measured else ["\n".join(f"{item.region}: {item.contents}" for item in seen)]
    parts.append(put_forward(asking, found))
    if verdicts:
        parts.append(asking.prompt("verified").render(verdicts=findings(asking, verdicts)))
    return "\n\n".join(parts)


def _decided(found: list[Hypothesis], verdicts: list[Verdict], chosen: str | None) -> dict[str, Any]:
    return {
        "hypotheses": [[item.emotion, item.intensity, item.regions] for item in found],
        "contradictions": {item.hypothesis: len(item.contradictions) for item in verdicts},
        "confidence": {item.hypothesis: item.confidence for item in verdicts},
        "pruned": [item.hypothesis for item in verdicts if item.pruned],
        "chosen": chosen,
        "from_labels": chosen is None,
    }


# --- the graph -------------------------------------------------------------------------------------------------------

_NODES: tuple[Callable[..., Step], ...] = (look, affect_tot, conclude)
_Builder = StateGraph[GatState, None, SingleInput, GatState]


def build(models: Models, options: GatOptions, without: Collection[str] = ()) -> Any:
    """The graph, not yet compiled. It has no part that could be left out."""
    graph: _Builder = StateGraph(GatState, input_schema=SingleInput)
    whole = options.model_copy(update={"mode": "gat", "calibrate": False})
    for work in _NODES:
        bound = partial(asked_of, work, models, whole)
        cast(Any, graph).add_node(work.__name__, node(work.__name__, bound, first=work is look))
    for before, after in pairwise([START, *(work.__name__ for work in _NODES), END]):
        graph.add_edge(before, after)
    return graph


RECIPE = Recipe(
    name="gat_single",
    section="gat",
    input_type=SingleInput,
    state_type=GatState,
    build=build,
    output=output,
    cost=lambda given: Cost(calls=5, instructions=1500, answer=300),
    prompts=("gat",),
    roles=("perceive", "reason"),
)
