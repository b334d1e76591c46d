"""The person's part of `appraise`: what their traits and habits do to a rating, and the sentences that say so.

With a fitted link the shares of traits and habit are its own numbers. With a model they are differences of answers: the
same question about the same person with one trait average.
"""

from __future__ import annotations

from collections.abc import Mapping

from affectgraph.backends.errors import SettingsError
from affectgraph.graphs.appraise_ask import AVERAGE, NAMES, filled, person_lines, rated_by_choice
from affectgraph.graphs.appraise_types import AppraiseState, Moved
from affectgraph.graphs.options import AppraiseOptions
from affectgraph.graphs.replying import prompt_language
from affectgraph.graphs.steps import Models
from affectgraph.prompts import prompt
from affectgraph.tools.appraisal_link import AppraisalLink
from affectgraph.tools.appraisals import appraisal
from affectgraph.tools.clauses import clauses
from affectgraph.tools.habits import habit
from affectgraph.tools.persona import Persona, level
from affectgraph.tools.persona_words import LEVEL_WORDS, TRAIT_WORDS

__all__ = ["EXPLAINED", "SMALLEST", "learned", "moved_by", "needed_link", "sentence"]

# Our choices: shifts below a tenth of a rating point are not told; the model is asked which trait did it for the
# strongest three alone, because each costs a question per trait.
SMALLEST, EXPLAINED = 0.1, 3
# A fitted trait shift is applied, and told, where its corrected p is below this; the others are noise that cancels.
SURE = 0.05


def needed_link(models: Models) -> AppraisalLink:
    """The fitted link.

    Raises:
        SettingsError: there is none; says how to get one.
    """
    link = models.link()
    if link is None:
        raise SettingsError(
            "appraise.appraisals = learned needs a fitted link; fit it with `affectgraph link fit`, or let the model "
            "rate: --set appraise.appraisals=choose"
        )
    return link


def learned(state: AppraiseState, models: Models) -> tuple[dict[str, float], list[Moved]]:
    """The link's ratings of the event for anybody, moved by the person's traits and by their own way of rating."""
    link = needed_link(models)
    embedder = models.embedder()
    if embedder.identity != link.embedder:
        raise SettingsError(
            f"the fitted link reads vectors of {link.embedder}, the embedder is {embedder.identity}; configure that "
            "embedder, or fit anew with `affectgraph link fit`"
        )
    own = [item.episode for item in state.recalled if item.own and item.episode.appraisals]
    vector, *earlier = embedder.embed([state.text, *(episode.event for episode in own)])
    ratings = link.read(vector)
    moved = [
        Moved(appraisal=name, shift=shift, trait=trait, value=state.persona.traits[trait])
        for trait, shifts in link.shifts(state.persona.traits if state.persona else {}, most_p=SURE).items()
        for name, shift in shifts.items()
        if state.persona
    ]
    habits = habit([episode.appraisals for episode in own], [link.read(known) for known in earlier])
    moved += [Moved(appraisal=name, shift=shift, trait="habit") for name, shift in habits.items()]
    for item in moved:
        ratings[item.appraisal] += item.shift
    return {name: min(5.0, max(1.0, rating)) for name, rating in ratings.items()}, moved


def moved_by(
    state: AppraiseState, ratings: Mapping[str, float], models: Models, options: AppraiseOptions
) -> list[Moved]:
    """How a model's ratings differ from those for the average person; for the strongest, by which trait.

    A trait is judged by what is lost without it: the same question about the same person with that trait average.
    """
    if state.persona is None or not ratings or options.profile == "none":
        return []
    language = prompt_language(state.language)
    baseline = state.baseline or _for_average(state, models, options, language)
    differs = {name: ratings[name] - baseline[name] for name in NAMES if name in ratings and name in baseline}
    strongest = sorted(differs, key=lambda name: -abs(differs[name]))[:EXPLAINED]
    traits = {} if options.profile == "mbti" else state.persona.traits
    moved = []
    for name in strongest:
        without = {trait: _rating(state, _averaged(state.persona, trait), name, models, options) for trait in traits}
        shifts = {trait: ratings[name] - rating for trait, rating in without.items()}
        trait = max(shifts, key=lambda key: shifts[key] * differs[name], default=None)
        if trait is not None and shifts[trait] * differs[name] > 0 and abs(shifts[trait]) >= SMALLEST:
            moved.append(Moved(appraisal=name, shift=shifts[trait], trait=trait, value=traits[trait]))
        else:
            moved.append(Moved(appraisal=name, shift=differs[name]))
    return moved


def _for_average(state: AppraiseState, models: Models, options: AppraiseOptions, language: str) -> dict[str, float]:
    lines = person_lines(None, [], options, language)
    if options.appraisals == "fill":
        found = filled(models.reason, state, lines, clauses(state.text), options)
    else:
        found = rated_by_choice(models.reason, state, lines, NAMES, options)
    return {name: item.rating for name, item in found.items()}


def _rating(state: AppraiseState, persona: Persona, name: str, models: Models, options: AppraiseOptions) -> float:
    lines = person_lines(persona, state.recalled, options, prompt_language(state.language))
    return rated_by_choice(models.reason, state, lines, (name,), options)[name].rating


def _averaged(persona: Persona, trait: str) -> Persona:
    return persona.model_copy(update={trait: AVERAGE[trait]})


def sentence(item: Moved, language: str) -> str:
    """What moved which rating, from vetted text."""
    known = appraisal(item.appraisal)
    statement = known.zh if language == "zh" else known.en
    more = {"en": ("more", "less"), "zh": ("符合", "不符合")}[language][item.shift < 0]
    if item.trait is None or item.value is None:
        name = "habit" if item.trait else "differs"
        return prompt(f"appraise/{name}", language).render(more=more, statement=statement)
    return prompt("appraise/moved", language).render(
        trait=TRAIT_WORDS[language][item.trait],
        level=LEVEL_WORDS[language][level(item.value)],
        value=f"{item.value:.2f}",
        more=more,
        statement=statement,
    )
