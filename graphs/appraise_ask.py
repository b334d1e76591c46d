"""What `appraise` shows a model and how it asks for ratings; and the words of the event that a rating rests on.

The event comes first and the person after it, so that people who appraise the same event share its prefix. What is
subtracted as prior (`appraise.corrected`) is the question about no event and a person of whom nothing is known: the
person's own part stays.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, create_model

from affectgraph.backends.base import Backend, Embedder
from affectgraph.backends.scoring import Distribution
from affectgraph.graphs.appraise_types import Appraised, AppraiseState, Evidence
from affectgraph.graphs.options import AppraiseOptions
from affectgraph.graphs.replying import prompt_language
from affectgraph.graphs.steps import Message, to_langchain
from affectgraph.graphs.texts import NOTHING
from affectgraph.prompts import Prompt, prompt
from affectgraph.tools.appraisal_link import AppraisalLink
from affectgraph.tools.appraisals import APPRAISALS, appraisal
from affectgraph.tools.emotions import TAXONOMIES
from affectgraph.tools.episodes import Recalled
from affectgraph.tools.persona import TRAITS, Persona
from affectgraph.tools.persona_words import described
from affectgraph.tools.questions import question
from affectgraph.tools.segments import Segment, quote

__all__ = [
    "AVERAGE",
    "NAMES",
    "chosen",
    "filled",
    "nearest",
    "person_lines",
    "rated_by_choice",
    "statements",
    "weighed",
]

NAMES = tuple(item.name for item in APPRAISALS)
# Our limit: what of an earlier event is shown again.
_REMEMBERED = 240
# The average person: our choice of what another one is compared with. A person of whom nothing is told is no fair
# comparison for a small model, whose ratings rise with any profile at all.
AVERAGE = dict.fromkeys(TRAITS, 0.5)


# --- what is shown ---------------------------------------------------------------------------------------------------


def person_lines(
    persona: Persona | None, recalled: Sequence[Recalled], options: AppraiseOptions, language: str
) -> list[str]:
    """The person in one line, then the episodes that are told, one each; None is the average person."""
    traits, mbti = (persona.traits, persona.mbti) if persona else (AVERAGE, None)
    profile = described(traits, mbti, options.profile, language)
    lines = [prompt(f"appraise/{options.perspective}", language).render(profile=profile)]
    for found in recalled[: options.told_episodes]:
        felt = found.episode.emotions
        if felt:
            kind = "episode_own" if found.own else "episode_other"
            emotion = _word_of(max(felt, key=felt.__getitem__), language)
            words = " ".join(found.episode.event.split())[:_REMEMBERED]
            lines.append(prompt(f"appraise/{kind}", language).render(event=words, emotion=emotion))
    return lines


def _word_of(label: str, language: str) -> str:
    """What a prompt calls an emotion."""
    if language == "zh":
        for known in TAXONOMIES.values():
            for emotion in known.emotions:
                if emotion.name == label:
                    return emotion.zh
    return label


def statements(ratings: Mapping[str, float], language: str, limit: int = 5) -> str:
    """The ratings furthest from the middle of the scale, in words, a line each."""
    points = question("appraisal:suddenness").words[language]
    strongest = sorted(ratings, key=lambda name: -abs(ratings[name] - 3.0))[:limit]
    return "\n".join(
        f"- {_statement(name, language)} ({points[round(ratings[name]) - 1]})" for name in NAMES if name in strongest
    )


def _statement(name: str, language: str) -> str:
    known = appraisal(name)
    return known.zh if language == "zh" else known.en


# --- asking ----------------------------------------------------------------------------------------------------------


def chosen(
    backend: Backend,
    state: AppraiseState,
    lines: Sequence[str],
    asked: Prompt,
    words: Sequence[str],
    *,
    corrected: bool,
    **variables: str,
) -> Distribution:
    """A closed question about the event and the person of `lines`."""
    body = asked.render(**variables)
    neutral = None
    if corrected:
        anybody = prompt("appraise/lived", asked.language).render(profile=described({}, None, "none", asked.language))
        neutral = _once(NOTHING[asked.language], [anybody], body, asked.language)
    return backend.choose(_once(state.text, lines, body, asked.language), words, lead=asked.lead, neutral=neutral)


def _once(text: str, lines: Sequence[str], asked: str, language: str) -> list[Any]:
    """One message: the event, the person, the question."""
    shown = prompt("appraise/event", language).render(text=text)
    return to_langchain([Message(role="user", content="\n\n".join([shown, *lines, asked]))])


def rated_by_choice(
    backend: Backend, state: AppraiseState, lines: Sequence[str], names: Collection[str], options: AppraiseOptions
) -> dict[str, Appraised]:
    """Each variable as a closed question of its own; the rating is the mean under the distribution."""
    language = prompt_language(state.language)
    asked = prompt("appraise/rating", language)
    found = {}
    for name in NAMES:
        if name in names:
            item = question(f"appraisal:{name}")
            answer = chosen(
                backend,
                state,
                lines,
                asked,
                item.words[language],
                corrected=options.corrected,
                statement=_statement(name, language),
            ).renamed(item.labels)
            rating = sum(float(point) * share for point, share in answer.probabilities.items())
            found[name] = Appraised(rating=min(5.0, max(1.0, rating)), distribution=answer)
    return found


def filled(
    backend: Backend, state: AppraiseState, lines: Sequence[str], parts: Sequence[Segment], options: AppraiseOptions
) -> dict[str, Appraised]:
    """All variables in one structured answer, each with the part of the event that the model names."""
    language = prompt_language(state.language)
    asked = prompt("appraise/ratings", language).render(
        statements="\n".join(f"{name}: {_statement(name, language)}" for name in NAMES),
        parts="\n".join(f"{part.id}: {quote(state.text, part)}" for part in parts),
    )
    answer = backend.fill(
        _once(state.text, lines, asked, language),
        _ratings_schema(tuple(part.id for part in parts)),
        max_tokens=options.answer_tokens,
    )
    by_id = {part.id: part for part in parts}
    found = {}
    for name in NAMES:
        given = getattr(answer, name)
        found[name] = Appraised(rating=given.rating, evidence=_cited(state.text, by_id[given.part]))
    return found


def _ratings_schema(ids: tuple[str, ...]) -> type[BaseModel]:
    """21 ratings whose parts can only be parts that the model was shown."""
    cited: Any = Literal[ids]
    rating = create_model("RatingAnswer", part=(cited, ...), rating=(Annotated[int, Field(ge=1, le=5)], ...))
    fields: Any = dict.fromkeys(NAMES, (rating, ...))
    made: type[BaseModel] = create_model("RatingsAnswer", **fields)
    return made


# --- the words a rating rests on -------------------------------------------------------------------------------------


def _cited(text: str, part: Segment) -> Evidence:
    return Evidence(start=part.start, end=part.end, text=quote(text, part))


def weighed(text: str, parts: Sequence[Segment], embedder: Embedder, link: AppraisalLink) -> dict[str, Evidence]:
    """For each variable the part of the event without which the link's rating changes most (occlusion)."""
    if len(parts) == 1:
        return dict.fromkeys(NAMES, _cited(text, parts[0]))
    without = [f"{text[: part.start]} {text[part.end :]}" for part in parts]
    whole, *others = (link.read(vector) for vector in embedder.embed([text, *without]))
    found = {}
    for name in NAMES:
        changes = [abs(whole[name] - other[name]) for other in others]
        found[name] = _cited(text, parts[changes.index(max(changes))])
    return found


def nearest(text: str, parts: Sequence[Segment], embedder: Embedder, language: str) -> dict[str, Evidence]:
    """For each variable the part of the event that lies nearest to its statement, in the embedder's space.

    Our choice for closed questions, whose answers name no part. A text of one part rests on that part.
    """
    if len(parts) == 1:
        return dict.fromkeys(NAMES, _cited(text, parts[0]))
    vectors = embedder.embed([*(quote(text, part) for part in parts), *(_statement(name, language) for name in NAMES)])
    found = {}
    for name, statement in zip(NAMES, vectors[len(parts) :], strict=True):
        near = [sum(a * b for a, b in zip(part, statement, strict=True)) for part in vectors[: len(parts)]]
        found[name] = _cited(text, parts[near.index(max(near))])
    return found
