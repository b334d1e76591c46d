"""Graph `appraise`: what would *this* person feel about this event, and why?

Emotion follows from the appraisal of an event against a person's goals and traits (Scherer 2001; the 21 variables of
crowd-enVENT; the question is Persona-E2's, arXiv 2604.09162). Ours: the blend of three voices (the model's own
distribution, a link from appraisals to emotions fitted on people's ratings, and what was felt in recalled episodes),
and that an explanation names only what was measured.

    recall -> appraise -> feel -> explain
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from typing import Any, cast

from langgraph.config import get_store
from langgraph.graph import END, START, StateGraph

from affectgraph.backends.scoring import Distribution
from affectgraph.graphs.appraise_ask import (
    NAMES,
    chosen,
    filled,
    nearest,
    person_lines,
    rated_by_choice,
    statements,
    weighed,
)
from affectgraph.graphs.appraise_person import EXPLAINED, SMALLEST, learned, moved_by, needed_link, sentence
from affectgraph.graphs.appraise_types import (
    Appraised,
    AppraiseInput,
    AppraiseState,
    Explanation,
    Feeling,
    Moved,
    output,
)
from affectgraph.graphs.options import AppraiseOptions
from affectgraph.graphs.recipes import Cost, Recipe
from affectgraph.graphs.replying import prompt_language
from affectgraph.graphs.steps import Models, Step, node
from affectgraph.prompts import prompt
from affectgraph.tools import episodes
from affectgraph.tools.appraisal_link import AppraisalLink, pooled
from affectgraph.tools.clauses import clauses
from affectgraph.tools.emotions import taxonomy
from affectgraph.tools.language import detect
from affectgraph.tools.link_parts import Weights
from affectgraph.tools.persona import Persona
from affectgraph.tools.voting import vote

__all__ = ["RECIPE", "build"]

_INTENSITIES = ("low", "medium", "high")
_INTENSITY_WORDS = {"en": _INTENSITIES, "zh": ("低", "中", "高")}


# --- nodes, in execution order ---------------------------------------------------------------------------------------


def recall(state: AppraiseState, models: Models, options: AppraiseOptions) -> Step:
    """The person's own episodes that resemble the event, and public ones of people with near traits."""
    found: list[episodes.Recalled] = []
    store = get_store() if options.recall else None
    if store is not None:
        found = episodes.recall(
            store,
            state.persona.name if state.persona else None,
            state.text,
            traits=state.persona.traits if state.persona else {},
            limit=options.recall,
            now=state.time or datetime.now(UTC),
            public=options.public,
        )
    decided = {"own": sum(item.own for item in found), "scores": [round(item.score, 3) for item in found]}
    return Step({"recalled": found, "language": detect(state.text)}, {"recalled": len(found), **decided})


def appraise(state: AppraiseState, models: Models, options: AppraiseOptions) -> Step:
    """The 21 appraisal variables in Scherer's order, each with the words of the event that it rests on."""
    language, parts = prompt_language(state.language), clauses(state.text)
    shifts: list[Moved] = []
    match options.appraisals:
        case "learned":
            ratings, shifts = learned(state, models)
            found = {name: Appraised(rating=rating) for name, rating in ratings.items()}
        case "fill":
            lines = person_lines(state.persona, state.recalled, options, language)
            found = filled(models.reason, state, lines, parts, options)
        case "choose":
            lines = person_lines(state.persona, state.recalled, options, language)
            found = rated_by_choice(models.reason, state, lines, NAMES, options)
    if options.evidence and options.appraisals != "fill":
        if options.appraisals == "learned":
            rests = weighed(state.text, parts, models.embedder(), needed_link(models))
        else:
            rests = nearest(state.text, parts, models.embedder(), language)
        found = {name: item.model_copy(update={"evidence": rests[name]}) for name, item in found.items()}
    asked = {"choose": ("rating",), "fill": ("ratings",), "learned": ()}[options.appraisals]
    return Step(
        {"appraisals": found, "shifts": shifts},
        {name: round(item.rating, 3) for name, item in found.items()},
        backend=None if options.appraisals == "learned" else models.reason,
        prompts=tuple(
            prompt(f"appraise/{name}", language).reference for name in ("event", options.perspective, *asked) if asked
        ),
    )


def feel(state: AppraiseState, models: Models, options: AppraiseOptions) -> Step:
    """The emotion as a distribution: the model's own, the link's and the episodes', blended; and its intensity."""
    language, backend = prompt_language(state.language), models.perceive
    labels, link = taxonomy(options.taxonomy), models.link()
    parts = _beside(state, link, labels.labels, models, options)
    weights = _weights(options, link, backend.identity, ("model", *parts))
    ask = partial(chosen, backend, state, _told(state, options, language), corrected=options.corrected)
    asked = []
    if weights["model"] > 0:  # a voice without weight is not asked
        asked.append(prompt("appraise/emotion", language))
        parts = {"model": ask(asked[-1], labels.words(language)).renamed(labels.labels), **parts}
    intensity = None
    if options.intensity:
        asked.append(prompt("appraise/intensity", language))
        intensity = ask(asked[-1], _INTENSITY_WORDS[language]).renamed(_INTENSITIES)
    felt = Feeling(
        taxonomy=labels.name,
        emotions=pooled([(part, weights[name]) for name, part in parts.items()]),
        intensity=intensity,
        parts=parts,
        weights=weights,
    )
    return Step(
        {"feeling": felt},
        {
            "emotions": felt.emotions.probabilities,
            "intensity": intensity.probabilities if intensity else None,
            "parts": {name: part.probabilities for name, part in parts.items()},
            "weights": weights,
        },
        backend=backend if asked else None,
        prompts=tuple(item.reference for item in asked),
    )


def explain(state: AppraiseState, models: Models, options: AppraiseOptions) -> Step:
    """Which trait moved which appraisal, and which appraisals made the emotion; only what was measured is said."""
    assert state.feeling is not None
    ratings = {name: item.rating for name, item in state.appraisals.items()}
    moved = state.shifts if options.appraisals == "learned" else moved_by(state, ratings, models, options)
    moved = sorted((item for item in moved if abs(item.shift) >= SMALLEST), key=lambda item: -abs(item.shift))
    link = models.link()
    because = {}
    if link is not None and ratings and link.knows([state.feeling.emotions.top]):
        because = link.reasons(ratings, state.feeling.emotions.top, read=options.appraisals == "learned")
    words = [sentence(item, prompt_language(state.language)) for item in moved[:EXPLAINED]]
    told = Explanation(moved=moved, because=because, words=words)
    decided = {"moved": [[item.appraisal, item.trait, round(item.shift, 3)] for item in moved[:EXPLAINED]]}
    asks = options.appraisals != "learned" and state.persona is not None and bool(ratings)
    return Step({"explanation": told}, decided, backend=models.reason if asks else None)


# --- the blend -------------------------------------------------------------------------------------------------------


def _told(state: AppraiseState, options: AppraiseOptions, language: str) -> list[str]:
    """What the model is told before it is asked for the emotion: the person, episodes, and how they appraise it."""
    lines = person_lines(state.persona, state.recalled, options, language)
    ratings = {name: item.rating for name, item in state.appraisals.items()}
    if options.told and ratings:
        lines.append(prompt("appraise/appraised", language).render(statements=statements(ratings, language)))
    return lines


def _beside(
    state: AppraiseState, link: AppraisalLink | None, labels: Sequence[str], models: Models, options: AppraiseOptions
) -> dict[str, Distribution]:
    """The voices beside the model: the link from the appraisals and from the words, and recalled episodes."""
    found = {}
    if link is not None and link.knows(labels):
        ratings = {name: item.rating for name, item in state.appraisals.items()}
        is_learned = options.appraisals == "learned"
        if ratings:
            found["link"] = link.feel(ratings, labels, read=is_learned)
        if is_learned and link.words is not None:
            found["words"] = link.feel_words(models.embedder().embed([state.text])[0], labels)
    voted = vote([(item.similarity, item.episode.emotions) for item in state.recalled], labels)
    if voted is not None:
        found["memory"] = voted
    return found


def _weights(
    options: AppraiseOptions, link: AppraisalLink | None, identity: str, parts: Collection[str]
) -> dict[str, float]:
    """The weight of each part: the settings', else those fitted for this model, else an equal part for each voice."""
    fitted = link.weights.get(identity) if link else None
    default = fitted.model_dump() if fitted else dict.fromkeys(Weights.model_fields, 1.0 / len(parts))
    given = {name: getattr(options, f"weight_{name}") for name in parts}
    found = {name: default[name] if weight is None else weight for name, weight in given.items()}
    return found if any(found.values()) else {"model": 1.0}


# --- the graph -------------------------------------------------------------------------------------------------------

_NODES: tuple[Callable[..., Step], ...] = (recall, appraise, feel, explain)
_OPTIONAL = ("appraise", "explain")
_Builder = StateGraph[AppraiseState, None, AppraiseInput, AppraiseState]


def build(models: Models, options: AppraiseOptions, without: Collection[str] = ()) -> Any:
    """The graph, not yet compiled; `without` names nodes to leave out."""
    if options.appraisals == "learned" and "appraise" not in without:
        needed_link(models)  # refused now, not at the second node
    graph: _Builder = StateGraph(AppraiseState, input_schema=AppraiseInput)
    names = [work.__name__ for work in _NODES if work.__name__ not in without]
    for work in _NODES:
        if work.__name__ in names:
            bound = partial(work, models=models, options=options)
            cast(Any, graph).add_node(work.__name__, node(work.__name__, bound, first=work is recall))
    for before, after in pairwise([START, *names, END]):
        graph.add_edge(before, after)
    return graph


def _cost(given: Mapping[str, Any]) -> Cost:
    """With `choose`, the dearest way: 21 ratings, emotion and intensity, and for a persona what `explain` asks."""
    persona = given.get("persona")
    explains = 0
    if persona is not None:
        traits = persona.traits if isinstance(persona, Persona) else Persona.model_validate(persona).traits
        explains = EXPLAINED * len(traits) + (0 if given.get("baseline") else len(NAMES))
    return Cost(calls=len(NAMES) + 2 + explains, instructions=160, answer=8, grows=False)


RECIPE = Recipe(
    name="appraise",
    section="appraise",
    input_type=AppraiseInput,
    state_type=AppraiseState,
    build=build,
    output=output,
    cost=_cost,
    prompts=("appraise", "reading"),
    embeds=lambda options: options.evidence or options.appraisals == "learned",
    recalls=lambda options: options.recall > 0,
    links=lambda options: True,
    optional=_OPTIONAL,
    roles=("perceive", "reason"),
)
