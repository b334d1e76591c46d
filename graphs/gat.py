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
from functools import partial
from itertools import pairwise
from typing import Any, Literal, cast

from langgraph.graph import END, START, StateGraph

from affectgraph.backends.base import Backend
from affectgraph.backends.errors import InputError, MalformedAnswer
from affectgraph.backends.media import MediaRef, load_image, open_image
from affectgraph.backends.scoring import Distribution
from affectgraph.graphs.gat_answers import scan_schema
from affectgraph.graphs.gat_ask import INTENSITIES, WITH_REGIONS, Asking, asked_after
from affectgraph.graphs.gat_tree import hypothesize, intensity_words, verify
from affectgraph.graphs.gat_types import Conclusion, GatInput, GatState, Hypothesis, Observation, output
from affectgraph.graphs.gat_write import write
from affectgraph.graphs.recipes import Cost, Recipe
from affectgraph.graphs.settings import GatOptions
from affectgraph.graphs.steps import Message, Models, Step, node
from affectgraph.tools.faces import faces, faces_show, faces_text
from affectgraph.tools.region_words import facts_text
from affectgraph.tools.scaffold import scaffold
from affectgraph.tools.tree import kept

__all__ = ["RECIPE", "build", "conclude", "look", "measured", "observed"]

_PLEASANT_WORDS = {
    "en": ("very unpleasant", "unpleasant", "neutral", "pleasant", "very pleasant"),
    "zh": ("很不愉快", "有点不愉快", "感受一般", "有点愉快", "很愉快"),
}
_YES_NO = {"en": ("yes", "no"), "zh": ("有", "没有")}
# Our choice: five points of pleasantness and three of intensity, spread evenly over 1 to 9.
_VALENCES = (1.0, 3.0, 5.0, 7.0, 9.0)
_AROUSALS = (2.0, 5.0, 8.0)


# --- nodes, in execution order; `hypothesize` and `verify` are in `gat_tree`, `write` is in `gat_write` ---------------


def look(state: GatState, models: Models, options: GatOptions) -> Step:
    """Open the picture, divide it into regions, and find faces; begin a new turn. No model is asked.

    Raises:
        InputError: the task cites regions and the mode has none.
        MediaError: the picture cannot be used.
    """
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
    asking = Asking(fresh, models, options)
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


def scan(state: GatState, models: Models, options: GatOptions) -> Step:
    """The objective contents of each region, before any word of emotion; without eyes, what was measured."""
    asking, backend = Asking(state, models, options), models.perceive
    if state.perception == "facts-only":
        seen = measured(asking)
        return Step({"observations": seen}, {"regions": len(seen), "measured": True})
    asked = asking.prompt("scan")
    # In the control the regions are looked at as they are, and told under other ids afterwards.
    messages = asked_after([asking.truly().opening()], asked.render())
    try:
        filled = asking.truly().fill(backend, messages, scan_schema(asking.ids, options.answer_tokens))
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


def think(state: GatState, models: Models, options: GatOptions) -> Step:
    """The baseline `cot`: free reasoning, then the same closed question."""
    asking, backend = Asking(state, models, options), models.reason
    asked = asking.prompt("think")
    messages = asked_after(state.messages, asked.render())
    turns = asking.turns(backend, messages)
    answer = backend.invoke(turns, config={"tags": ["nostream"]}, max_tokens=options.answer_tokens)
    thought = str(answer.text).strip()
    # An empty turn is refused by some endpoints: where nothing was thought, nothing was said.
    update = {"messages": [*messages, Message(role="assistant", content=thought)]} if thought else {}
    return Step(update, {"characters": len(thought)}, backend=backend, prompts=(asked.reference,))


def conclude(state: GatState, models: Models, options: GatOptions) -> Step:
    """The surviving hypothesis, and beside it distributions: what viewers feel, and what depicted people show."""
    asking, backend = Asking(state, models, options), models.perceive
    ask = partial(asking.choose, backend, state.messages)
    evoked = ask("evoked", asking.words).renamed(asking.labels)
    people, asked = _people(asking, backend)
    expressed, shown = _expressed(asking, backend) if people else (None, ())
    strength = ask("intensity", intensity_words(asking)).renamed(INTENSITIES)
    pleasant = ask("valence", _PLEASANT_WORDS[asking.language])
    survivor = _survivor(state)
    found = Conclusion(
        label=survivor.emotion if survivor else evoked.top,
        emotions=evoked,
        expressed=expressed,
        valence=_mean(pleasant, _VALENCES),
        arousal=_arousal(state, survivor, strength),
        intensity=survivor.intensity if survivor else cast(Any, strength.top),
        kept=survivor.id if survivor else None,
        all_contradicted=bool(state.verdicts) and all(item.contradictions for item in state.verdicts),
    )
    asked = ("evoked", *asked, *shown, "intensity", "valence")
    return Step(
        {"conclusion": found},
        found.model_dump(mode="json"),
        backend=backend,
        prompts=tuple(asking.prompt(name).reference for name in asked),
    )


# --- what `scan` and `conclude` decide by ----------------------------------------------------------------------------


def observed(asking: Asking, filled: Any) -> list[Observation]:
    """What a model saw, a field for each region; in the control under the ids that it is told under."""
    exchanged = asking.state.exchanged
    return [Observation(region=name, contents=getattr(filled, exchanged.get(name, name))) for name in asking.ids]


def measured(asking: Asking) -> list[Observation]:
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


def _people(asking: Asking, backend: Backend) -> tuple[bool, tuple[str, ...]]:
    """Whether people are depicted, and the question by which it was found out: the face detector misses many."""
    if asking.state.faces:
        return True, ()
    if not (asking.state.perception == "image" and backend.capabilities.image):
        return False, ()
    yes, no = _YES_NO[asking.language]
    # Not corrected: of a picture that it cannot see, a model says no, and the correction would make yes of it.
    return asking.choose(backend, asking.state.messages, "person", (yes, no), corrected=False).top == yes, ("person",)


def _expressed(asking: Asking, backend: Backend) -> tuple[Distribution, tuple[str, ...]]:
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


def _survivor(state: GatState) -> Hypothesis | None:
    if state.chosen is not None:
        return next(item for item in state.hypotheses if item.id == state.chosen)
    return kept(state.hypotheses, state.verdicts)


def _arousal(state: GatState, survivor: Hypothesis | None, strength: Distribution) -> float:
    """Our choice: as the surviving hypothesis has it, as far as the critic is confident, else as the model says."""
    asked = _mean(strength, _AROUSALS)
    if survivor is None:
        return asked
    certain = next((item.confidence for item in state.verdicts if item.hypothesis == survivor.id), 0.0)
    return certain * _AROUSALS[INTENSITIES.index(survivor.intensity)] + (1.0 - certain) * asked


def _mean(distribution: Distribution, points: Sequence[float]) -> float:
    shares = distribution.probabilities.values()
    # Shares sum to one only up to rounding.
    return min(9.0, max(1.0, sum(point * share for point, share in zip(points, shares, strict=True))))


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
        bound = partial(work, models=models, options=options)
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
    roles=("perceive", "reason", "judge", "write"),
)
