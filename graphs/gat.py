"""Graph `gat`: from a picture to a verified emotion and its intensity (Grounded Affective Tree).

Source: AICA-Bench (arXiv 2604.05900): visual scaffolding, then for EU a tree of depth three (region scan, three
hypotheses of emotion and intensity, grounded verification), for ER and EGCG writing that is tied to regions. In the
paper this is one constrained prompt (`gat_single`); here each step is a node. Ours: what is measured of each region is
told beside the picture, and is all that a backend without eyes gets (`perception: facts-only`).

    look -> scan -> hypothesize -> verify -> conclude                     (EU; `tree` is without scan)
    look -> scan -> conclude (-> write)                                   (ER, EGCG; `scaffold`)
    look -> think -> conclude; look -> conclude                           (modes cot, basic)

The control `random` is the whole graph with the wrong ids: where a region lies (its place and area in words, its
outline and number on the overlay) stays true, and what is said to be in it (measures, and what the scan saw) is another
region's. So an id means as little as a random one, at the same cost. A backend without eyes has only words to be misled
by, and a picture of one region has nothing to exchange: there the control says less, or nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any, Literal, cast

from langgraph.graph import END, START, StateGraph

from affectgraph.backends.base import Backend
from affectgraph.backends.errors import InputError, MalformedAnswer
from affectgraph.backends.media import MediaRef, load_image, open_image
from affectgraph.backends.scoring import Distribution
from affectgraph.graphs.gat_answers import scan_schema
from affectgraph.graphs.gat_ask import asked_after
from affectgraph.graphs.gat_conclude import ASKED, judged
from affectgraph.graphs.gat_show import WITH_REGIONS, PictureAsking
from affectgraph.graphs.gat_tree import hypothesize, verify
from affectgraph.graphs.gat_types import Conclusion, GatInput, GatState, Observation, output
from affectgraph.graphs.gat_write import write
from affectgraph.graphs.options import GatOptions
from affectgraph.graphs.recipes import Cost, Recipe
from affectgraph.graphs.steps import Message, Models, Step, node
from affectgraph.tools.faces import faces, faces_show, faces_text
from affectgraph.tools.region_words import facts_text
from affectgraph.tools.scaffold import scaffold

__all__ = ["RECIPE", "asked_of", "build", "conclude", "look", "measured", "observed"]

_ROLES = ("perceive", "reason", "judge", "write")
_YES_NO = {"en": ("yes", "no"), "zh": ("有", "没有")}


# --- nodes, in execution order; `hypothesize` and `verify` are in `gat_tree`, `write` is in `gat_write` ---------------


def look(asking: PictureAsking) -> Step:
    """Open the picture, divide it into regions, and find faces; begin a new turn. No model is asked.

    Raises:
        InputError: the task cites regions and the mode has none.
        MediaError: the picture cannot be used.
    """
    state, models, options = asking.state, asking.models, asking.options
    if state.task != "EU" and options.mode not in WITH_REGIONS:
        raise InputError(
            f"task {state.task} cites regions, and the mode {options.mode!r} has none; "
            f"set gat.mode to one of {', '.join(WITH_REGIONS)}"
        )
    # Decoded twice: a path becomes a reference, and pixels are only ever had through one, its hash checked.
    ref = state.image if isinstance(state.image, MediaRef) else open_image(state.image, models.media)
    picture = load_image(ref, models.media)
    drawn = scaffold(picture, most=options.regions)
    given = {name: getattr(state, name) for name in GatInput.model_fields}
    fresh = GatState(
        **{**given, "image": ref},
        perception="image" if models.perceive.capabilities.image else "facts-only",
        scaffold=drawn,
        exchanged=_exchanged(drawn.ids, ref.sha256) if options.mode == "random" else {},
        faces=list(faces(picture, drawn)),
    )
    asking = replace(asking, state=fresh)
    beginning = asking.prompt("seen" if fresh.perception == "image" else "unseen").reference
    decided: dict[str, Any] = {"regions": len(drawn.regions), "faces": len(fresh.faces), "perception": fresh.perception}
    if options.mode == "random":
        decided |= {"exchanged": fresh.exchanged}
    update = fresh.model_copy(update={"messages": [asking.opening()]}).model_dump(mode="json", exclude={"trace"})
    return Step(update, decided, prompts=(beginning,))


def _exchanged(ids: Sequence[str], seed: str) -> dict[str, str]:
    """Every region gets another one, the same for the same picture; nothing where there is only one region."""
    order = list(ids)
    random.Random(seed).shuffle(order)
    return dict(zip(order, [*order[1:], order[0]], strict=True)) if len(order) > 1 else {}


def scan(asking: PictureAsking) -> Step:
    """The objective contents of each region, before any word of emotion; without eyes, what was measured."""
    state, backend = asking.state, asking.models.perceive
    if state.perception == "facts-only":
        seen = measured(asking)
        return Step({"observations": seen}, {"regions": len(seen), "measured": True})
    asked = asking.prompt("scan")
    # In the control the regions are looked at as they are, and told under other ids afterwards.
    messages = asked_after([asking.truly().opening()], asked.render())
    try:
        filled = asking.truly().fill(backend, messages, scan_schema(asking.ids, asking.options.answer_tokens))
        seen = observed(asking, filled)
    except MalformedAnswer:
        # A grammar cannot forbid words of feeling.
        seen = measured(asking)
    told = asked_after(state.messages, asked.render())
    said = Message(role="assistant", content="\n".join(f"{item.region}: {item.contents}" for item in seen))
    return Step(
        {"observations": seen, "messages": [*told, said]},
        {"regions": len(seen), "measured": seen[0].measured},
        backend=backend,
        prompts=(asked.reference,),
    )


def think(asking: PictureAsking) -> Step:
    """The baseline `cot`: free reasoning, then the same closed question."""
    backend = asking.models.reason
    asked = asking.prompt("think")
    messages = asked_after(asking.state.messages, asked.render())
    turns = asking.turns(backend, messages)
    answer = backend.invoke(turns, config={"tags": ["nostream"]}, max_tokens=asking.options.answer_tokens)
    thought = str(answer.text).strip()
    # An empty turn is refused by some endpoints: where nothing was thought, nothing was said.
    update = {"messages": [*messages, Message(role="assistant", content=thought)]} if thought else {}
    return Step(update, {"characters": len(thought)}, backend=backend, prompts=(asked.reference,))


def conclude(asking: PictureAsking) -> Step:
    """The surviving hypothesis, and beside it distributions: what viewers feel, and what depicted people show."""
    state, backend = asking.state, asking.models.perceive
    ask = partial(asking.choose, backend, state.messages)
    evoked = ask("evoked", asking.words).renamed(asking.labels)
    people, asked = _people(asking, backend)
    expressed, shown = _expressed(asking, backend) if people else (None, ())
    found = Conclusion(**dict(judged(asking, backend, evoked.top)), emotions=evoked, expressed=expressed)
    found = _calibrated(asking, found)
    asked = ("evoked", *asked, *shown, *ASKED)
    return Step(
        {"conclusion": found},
        found.model_dump(mode="json"),
        backend=backend,
        prompts=tuple(asking.prompt(name).reference for name in asked),
    )


# --- what `scan` and `conclude` decide by ----------------------------------------------------------------------------


def observed(asking: PictureAsking, filled: Any) -> list[Observation]:
    """What a model saw, a field for each region; in the control under the ids that it is told under."""
    exchanged = asking.state.exchanged
    return [Observation(region=name, contents=getattr(filled, exchanged.get(name, name))) for name in asking.ids]


def measured(asking: PictureAsking) -> list[Observation]:
    """What the pixels alone say of each region, with the faces found in it."""
    gap = "；" if asking.language == "zh" else "; "
    found = []
    for region in asking.told():
        held = [face for face in asking.state.faces if face.region == region.id and not asking.state.exchanged]
        # Without the id at the beginning of the line, which the observation has by itself.
        words = facts_text(region, asking.language).removeprefix(region.id).lstrip(":： ")
        words = gap.join([words, *([faces_text(held, asking.language)] if held else [])])
        found.append(Observation(region=region.id, contents=words, measured=True))
    return found


def _people(asking: PictureAsking, backend: Backend) -> tuple[bool, tuple[str, ...]]:
    """Whether people are depicted, and the question by which it was found out: the face detector misses many."""
    if asking.state.faces:
        return True, ()
    if not (asking.state.perception == "image" and backend.capabilities.image):
        return False, ()
    yes, no = _YES_NO[asking.language]
    # Not corrected: of a picture that it cannot see, a model says no, and the correction would make yes of it.
    return asking.choose(backend, asking.state.messages, "person", (yes, no), corrected=False).top == yes, ("person",)


def _expressed(asking: PictureAsking, backend: Backend) -> tuple[Distribution, tuple[str, ...]]:
    """What depicted people show, and the question by which it was found out.

    Without eyes, what was read of the faces is all there is to know: where the label space has Ekman's six, that is the
    answer, and a language model that could only repeat it is not asked. Else it is told and asked.
    """
    state = asking.state
    read = faces_show(state.faces, asking.labels) if state.perception == "facts-only" else None
    if read:
        return Distribution(probabilities=read, calibration="face-network"), ()
    told = asking.with_expressions(state.messages)
    found = asking.choose(backend, told, "expressed", asking.words)
    return found.renamed(asking.labels), (*(("expressions",) if told != state.messages else ()), "expressed")


def _calibrated(asking: PictureAsking, found: Conclusion) -> Conclusion:
    """`found` as people would rate, where a curve was fitted for these models, this mode and these labels.

    Curves are fitted on EU, asked in English; the other tasks build no tree, and other words get other answers.
    """
    if not asking.options.calibrate or asking.state.task != "EU" or asking.language != "en":
        return found
    known = asking.models.calibrations()
    curves = known.find(asking.models.identity(_ROLES), asking.options.mode, asking.labels)
    if curves is None:
        return found
    raw = {variable: float(getattr(found, variable)) for variable in curves.curves}
    fitted: dict[str, Any] = {variable: curves.apply(variable, value) for variable, value in raw.items()}
    return found.model_copy(update={**fitted, "raw": raw, "calibrated_on": curves.fitted_on.told})


# --- the graph -------------------------------------------------------------------------------------------------------

_BEFORE_CONCLUDING: dict[str, tuple[Callable[..., Step], ...]] = {
    "basic": (look,),
    "cot": (look, think),
    "scaffold": (look, scan),
    "tree": (look, hypothesize, verify),
    "gat": (look, scan, hypothesize, verify),
    "random": (look, scan, hypothesize, verify),
}
_Builder = StateGraph[GatState, None, GatInput, GatState]


def build(models: Models, options: GatOptions, without: Collection[str] = ()) -> Any:
    """The graph of `options.mode`, not yet compiled. Modes are what an ablation compares; no node can be left out."""
    graph: _Builder = StateGraph(GatState, input_schema=GatInput)
    nodes = [*_BEFORE_CONCLUDING[options.mode], conclude, *([write] if options.mode in WITH_REGIONS else [])]
    for work in nodes:
        bound = partial(asked_of, work, models, options)
        cast(Any, graph).add_node(work.__name__, node(work.__name__, bound, first=work is look))
    graph.add_edge(START, "look")
    names = [work.__name__ for work in nodes]
    for before, after in pairwise([*names, END]):
        if (before, after) == ("scan", "hypothesize"):
            graph.add_conditional_edges("scan", _task, {"EU": "hypothesize", "ER, EGCG": "conclude"})
        elif after == "write":
            graph.add_conditional_edges("conclude", _task, {"EU": END, "ER, EGCG": "write"})
        else:
            graph.add_edge(before, after)
    return graph


def asked_of(work: Callable[[PictureAsking], Step], models: Models, options: GatOptions, state: GatState) -> Step:
    """What a node does, from the state."""
    return work(PictureAsking(state, models, options))


def _task(state: GatState) -> Literal["EU", "ER, EGCG"]:
    return "EU" if state.task == "EU" else "ER, EGCG"


RECIPE = Recipe(
    name="gat",
    section="gat",
    input_type=GatInput,
    state_type=GatState,
    build=build,
    output=output,
    cost=lambda given: Cost(calls=9, instructions=1500, answer=200),
    prompts=("gat",),
    roles=_ROLES,
    calibrates=lambda options: bool(options.calibrate),
)
