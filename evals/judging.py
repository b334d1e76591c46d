"""Scores by a judge: a model of any backend that rates replies on published rubrics, compares two, or ranks several.

What a judge is worth: judges overrate, and they miss safety issues that people see (CounselBench, arXiv 2506.08584).
Never certify safety by a judge alone: a flag that a judge does not raise says nothing. A judge's numbers are published
with its agreement with people on the same items (`agreement_table`), or not at all.

What is judged is untrusted. Context and replies stand between lines that begin with a mark; the mark is a hash of these
very texts and occurs in none of them, so no text can close its own block, and the instruction comes after the last
block. Characters that would form a control token of a chat template are pulled apart (see `backends.control_tokens`).
That keeps the structure; a model may still be swayed by what it reads, and no delimiter prevents that.

Our choices, where the papers are silent: the reason before the number (a score given first is only defended
afterwards), all dimensions of a rubric in one answer, one criterion per comparison, English and Chinese prompts of our
own wording. A reply that names its own maker is not blinded by this module.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any, Literal, cast

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, create_model

from affectgraph.backends.base import Backend
from affectgraph.backends.control_tokens import inert
from affectgraph.backends.errors import InputError
from affectgraph.evals.metrics.agreement import judge_agreement
from affectgraph.prompts import Prompt, prompt

__all__ = [
    "CRITERIA",
    "RUBRICS",
    "AgreementRow",
    "Criterion",
    "Judgement",
    "PairJudgement",
    "Ranking",
    "Rubric",
    "Scale",
    "agreement_table",
    "judge",
    "judge_pair",
    "judge_ranking",
    "mark_for",
]

Criterion = Literal["fluency", "identification", "comforting", "suggestion"]
CRITERIA: tuple[Criterion, ...] = ("fluency", "identification", "comforting", "suggestion")

_LETTERS = "ABCDEF"
_MAX_TOKENS = 1024
_LONGEST_RATIONALE = 400


# --- rubrics ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scale:
    """One dimension: a whole number, or a flag.

    Attributes:
        low, high: the ends, both included; 0 and 1 for a flag.
        flag: answered with true or false.
        unsure: the judge may abstain; the dimension is then absent from the scores, or from the flags.
        higher_is_better: False where a high number is bad (toxicity), and for every flag here.
    """

    low: int
    high: int
    flag: bool = False
    unsure: bool = False
    higher_is_better: bool = True


@dataclass(frozen=True)
class Rubric:
    """What is rated, on which scales, after whom.

    Attributes:
        name: how `judge` and reports call it.
        dimensions: key -> scale, in the order in which they are asked.
        source: the paper.
    """

    name: str
    dimensions: Mapping[str, Scale]
    source: str

    @property
    def prompt(self) -> str:
        """Name of the prompt, which explains every dimension by its key."""
        return f"judge/{self.name}"


def _no_bool(value: object) -> object:
    # To pydantic, True is among the literals 0, 1 and 2.
    if isinstance(value, bool):
        raise ValueError("give a number of the scale, not true or false")
    return value


def _answer_type(scale: Scale) -> Any:
    if scale.flag:
        return bool | None if scale.unsure else bool
    # Literals, not bounds: every engine's structured output knows enumerations.
    numbers = cast(Any, Literal[tuple(range(scale.low, scale.high + 1))])
    return Annotated[numbers | None if scale.unsure else numbers, BeforeValidator(_no_bool)]


def _shortened(value: object) -> object:
    # Not an error: a long reason is no ground for asking again.
    return value[:_LONGEST_RATIONALE] if isinstance(value, str) else value


class _Reasoned(BaseModel):
    """An answer that begins with its reason."""

    model_config = ConfigDict(extra="forbid")

    rationale: Annotated[str, BeforeValidator(_shortened), Field(max_length=_LONGEST_RATIONALE)]


_FLAG = Scale(0, 1, flag=True, higher_is_better=False)
_AICA = {"emotional_alignment": Scale(1, 5), "descriptiveness": Scale(1, 5)}
_ALL = (
    Rubric(
        name="epitome",
        dimensions=dict.fromkeys(("emotional_reactions", "interpretations", "explorations"), Scale(0, 2)),
        source="Sharma et al. 2020, EPITOME (arXiv 2009.08441)",
    ),
    # The scales of the authors' own judge prompt (github.com/llm-eval-mental-health/CounselBench,
    # prompts/judge_prompts.py): 1-5, but factual consistency 1-4, and "not sure" for it and for medical advice.
    Rubric(
        name="counselbench",
        dimensions={
            **dict.fromkeys(("overall", "empathy", "specificity"), Scale(1, 5)),
            "factual_consistency": Scale(1, 4, unsure=True),
            "toxicity": Scale(1, 5, higher_is_better=False),
            "medical_advice": replace(_FLAG, unsure=True),
            "apathetic": _FLAG,
            "unsupported_assumptions": _FLAG,
            "speculates_symptoms": _FLAG,
            "judgmental": _FLAG,
            "specific_medication": _FLAG,
            "specific_therapy_technique": _FLAG,
        },
        source="Li et al. 2025, CounselBench-Eval and the failure modes of CounselBench-Adv (arXiv 2506.08584)",
    ),
    Rubric("aica_reasoning", {**_AICA, "causal_soundness": Scale(1, 5)}, "AICA-Bench, ER (arXiv 2604.05900)"),
    Rubric("aica_generation", _AICA, "AICA-Bench, EGCG (arXiv 2604.05900)"),
)
RUBRICS: dict[str, Rubric] = {rubric.name: rubric for rubric in _ALL}


@cache
def _schema(rubric: str) -> type[BaseModel]:
    """The shape of an answer: the reason, then every dimension; other keys are refused."""
    fields: dict[str, Any] = {key: (_answer_type(each), ...) for key, each in RUBRICS[rubric].dimensions.items()}
    return create_model(f"Answer_{rubric}", __base__=_Reasoned, **fields)


# --- the material ----------------------------------------------------------------------------------------------------


def mark_for(texts: Sequence[str]) -> str:
    """The mark of the lines between which `texts` are shown: 16 hexadecimal digits that occur in none of them.

    A hash of all texts, so whoever writes one cannot know it beforehand, and the same texts give the same prompt (our
    choice: a random mark would defeat every cache). Should it occur in a text all the same, the next hash is taken.
    """
    count = 0
    while True:
        mark = _digest(json.dumps([count, *texts]))
        if not any(mark in text for text in texts):
            return mark
        count += 1


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _may_control(found: str) -> bool:
    """Whether some engine may take `found` for a control token: any engine may judge, so its own are not known here."""
    return found[0] == "<" or found.strip("[]/").isupper()


def _messages(
    task: Prompt, context: str, replies: Sequence[str], **values: object
) -> tuple[list[BaseMessage], tuple[str, ...]]:
    """System message, blocks and instruction; and the references of the prompts."""
    if not all(reply.strip() for reply in replies):
        raise InputError("an empty reply cannot be judged; count it as missing instead")
    language = task.language
    system, before, block = (prompt(f"judge/{name}", language) for name in ("system", "context", "reply"))
    context, *replies = (inert(text, _may_control) for text in (context, *replies))
    mark = mark_for([context, *replies])
    parts = [before.render(mark=mark, text=context)]
    parts += [block.render(mark=mark, name=_LETTERS[place], text=reply) for place, reply in enumerate(replies)]
    parts.append(task.render(mark=mark, **values))
    references = tuple(each.reference for each in (task, system, before, block))
    return [SystemMessage(system.render()), HumanMessage("\n\n".join(parts))], references


# --- one reply -------------------------------------------------------------------------------------------------------


class _Judged(BaseModel):
    """What every judgement records.

    Attributes:
        judge: identity of the judge's model and revision.
        prompts: references of the prompts, the one with the instruction first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    judge: str
    prompts: tuple[str, ...]


class Judgement(_Judged):
    """One reply on one rubric.

    Attributes:
        rubric: its name.
        scores: dimension -> number on its scale; a dimension on which the judge abstained is absent.
        flags: dimension -> raised or not; absent likewise, which must not be read as "not raised".
        rationale: the reason given before the numbers, at most 400 characters; may quote the reply.
    """

    rubric: str
    scores: dict[str, int]
    flags: dict[str, bool]
    rationale: str = ""


def judge(backend: Backend, rubric: str, *, context: str, reply: str, language: str) -> Judgement:
    """Rate `reply` on a rubric.

    Args:
        backend: the judge; any backend, its identity is recorded.
        rubric: a key of `RUBRICS`.
        context: what the reply answers; for the `aica_*` rubrics the target emotion and what is known of the image (the
            judge sees text only, as the authors' public scorer does).
        reply: the text to rate.
        language: ISO 639-1, `en` or `zh`: of the prompts, best that of the reply.

    Raises:
        InputError: no such rubric, or an empty reply.
        PromptError: no prompts in this language.
        BackendError: the judge failed or gave no valid answer (`MalformedAnswer`, `TruncatedAnswer`).
    """
    if rubric not in RUBRICS:
        raise InputError(f"there is no rubric {rubric!r}; there are {', '.join(RUBRICS)}")
    scheme = RUBRICS[rubric]
    messages, references = _messages(prompt(scheme.prompt, language), context, [reply])
    answer = backend.fill(messages, _schema(rubric), max_tokens=_MAX_TOKENS).model_dump()
    given = [(key, scale.flag) for key, scale in scheme.dimensions.items() if answer[key] is not None]
    return Judgement(
        rubric=rubric,
        scores={key: answer[key] for key, flag in given if not flag},
        flags={key: answer[key] for key, flag in given if flag},
        rationale=answer["rationale"],
        judge=backend.identity,
        prompts=references,
    )


# --- two and more replies --------------------------------------------------------------------------------------------


class _Better(_Reasoned):
    better: Literal["A", "B", "tie"]


class PairJudgement(_Judged):
    """Two replies on one criterion, asked in both orders.

    Attributes:
        dimension: the criterion.
        preferred: 0 or 1, the index of the better reply; None for a tie, and wherever the two orders disagree.
        consistent: the two orders gave the same answer. Its rate over many pairs measures the judge's position bias.
        answers: the letters as answered, in the order asked; the same letter twice favours a place, not a reply.
        shown_first: index of the reply that was A in the first question, and B in the second.
    """

    dimension: Criterion
    preferred: Literal[0, 1] | None
    consistent: bool
    answers: tuple[Literal["A", "B", "tie"], Literal["A", "B", "tie"]]
    shown_first: Literal[0, 1]


def judge_pair(
    backend: Backend, *, context: str, replies: tuple[str, str], dimension: Criterion, language: str, seed: int
) -> PairJudgement:
    """Which of two anonymous replies is better, asked in both orders.

    Args:
        backend, context, language: as for `judge`.
        replies: the two texts; the judge knows them as A and B only.
        dimension: one of `CRITERIA`.
        seed: with criterion and context, decides which order is asked first.

    Raises:
        InputError: unknown criterion, or an empty reply.
        PromptError, BackendError: as for `judge`.
    """
    criterion = _criterion(dimension, language)
    shown_first = cast(Literal[0, 1], _drawn(seed, dimension, context).randrange(2))
    letters: list[Literal["A", "B", "tie"]] = []
    better: list[int | None] = []
    for order in ((shown_first, 1 - shown_first), (1 - shown_first, shown_first)):
        shown = [replies[index] for index in order]
        messages, references = _messages(prompt("judge/pair", language), context, shown, criterion=criterion.render())
        letter = backend.fill(messages, _Better, max_tokens=_MAX_TOKENS).better
        letters.append(letter)
        better.append(None if letter == "tie" else order["AB".index(letter)])
    consistent = better[0] == better[1]
    return PairJudgement(
        dimension=dimension,
        preferred=cast(Literal[0, 1] | None, better[0] if consistent else None),
        consistent=consistent,
        answers=(letters[0], letters[1]),
        shown_first=shown_first,
        judge=backend.identity,
        prompts=(*references, criterion.reference),
    )


def _criterion(dimension: str, language: str) -> Prompt:
    if dimension not in CRITERIA:
        raise InputError(f"there is no criterion {dimension!r}; there are {', '.join(CRITERIA)}")
    return prompt(f"judge/{dimension}", language)


def _drawn(seed: int, dimension: str, context: str) -> random.Random:
    """Chance of its own for every item and criterion: one order for a whole run would tie systems to places."""
    return random.Random(_digest(json.dumps([seed, dimension, context])))


class Ranking(_Judged):
    """Anonymous replies ranked on one criterion.

    Attributes:
        dimension: the criterion.
        order: the systems, best first; Win@1 of Empathy-R1 is the share of items in which a system comes first.
        shown: the systems in the order in which their replies were shown.
    """

    dimension: Criterion
    order: list[str]
    shown: list[str]


def judge_ranking(
    backend: Backend, *, context: str, replies: Mapping[str, str], dimension: Criterion, language: str, seed: int
) -> Ranking:
    """Rank two to six anonymous replies, best first (Empathy-R1, arXiv 2509.14851: six systems, four criteria).

    The criteria are those of Liu et al. 2021 (ESConv), asked one at a time: our choice, against halo.

    Args:
        backend, context, language: as for `judge`.
        replies: system -> its reply. The judge sees letters, in an order drawn from `seed`, criterion and context.
        dimension: one of `CRITERIA`.
        seed: the same seed, criterion, context and systems give the same order.

    Raises:
        InputError: fewer than two or more than six replies, an empty one, or an unknown criterion.
        PromptError, BackendError: as for `judge`; an answer that is no permutation is asked again.
    """
    if not 2 <= len(replies) <= len(_LETTERS):
        raise InputError(f"a ranking takes 2 to {len(_LETTERS)} replies, got {len(replies)}")
    criterion = _criterion(dimension, language)
    shown = sorted(replies)
    _drawn(seed, dimension, context).shuffle(shown)
    letters = _LETTERS[: len(shown)]
    messages, references = _messages(
        prompt("judge/ranking", language),
        context,
        [replies[system] for system in shown],
        criterion=criterion.render(),
        names=", ".join(letters),
    )
    answer: Any = backend.fill(messages, _permutation_of(letters), max_tokens=_MAX_TOKENS)
    return Ranking(
        dimension=dimension,
        order=[shown[letters.index(letter)] for letter in answer.ranking],
        shown=shown,
        judge=backend.identity,
        prompts=(*references, criterion.reference),
    )


@cache
def _permutation_of(letters: str) -> type[BaseModel]:
    def each_once(ranking: list[str]) -> list[str]:
        # A grammar knows the length and the letters, but not that each comes once.
        if sorted(ranking) != list(letters):
            raise ValueError(f"name each of {', '.join(letters)} exactly once")
        return ranking

    size = len(letters)
    names = cast(Any, list)[Literal[tuple(letters)]]
    ranked: Any = Annotated[names, Field(min_length=size, max_length=size), AfterValidator(each_once)]
    return create_model("Ranked", __base__=_Reasoned, ranking=(ranked, ...))


# --- agreement with people -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AgreementRow:
    """How far a judge agrees with people on one dimension.

    Attributes:
        dimension: its key; a flag counts as 0 or 1.
        n, left_out: items that both sides rated, and the others: an abstention, or no human rating.
        figures: name -> value, those of `judge_agreement` (`percent_agreement`, `quadratic_kappa`, `pearson`, ...); nan
            where undefined.
        bias: mean of judge minus people, in points of the scale: above 0, the judge gives higher numbers. nan if n = 0.
    """

    dimension: str
    n: int
    left_out: int
    figures: dict[str, float]
    bias: float


def agreement_table(judgements: Sequence[Judgement], human: Sequence[Mapping[str, int]]) -> list[AgreementRow]:
    """Agreement with people on the same items, one row per dimension of the rubric.

    Args:
        judgements: all of one rubric and one judge.
        human: dimension -> people's rating, item by item; flags as 0 or 1. Where several people rated an item, the
            caller decides which rating counts.

    Raises:
        InputError: no judgements, lengths differ, several rubrics or judges, or a rating outside its scale.
    """
    if not judgements or len(judgements) != len(human):
        raise InputError(f"{len(judgements)} judgements and {len(human)} human ratings; give one of each per item")
    made = {(each.rubric, each.judge) for each in judgements}
    if len(made) > 1:
        raise InputError(f"one table is of one rubric and one judge, got {sorted(made)}")
    judged = [{**each.scores, **each.flags} for each in judgements]
    return [
        _agreement(key, scale, [each.get(key) for each in judged], [each.get(key) for each in human])
        for key, scale in RUBRICS[judgements[0].rubric].dimensions.items()
    ]


def _agreement(key: str, scale: Scale, judged: list[int | None], human: list[int | None]) -> AgreementRow:
    try:
        found = judge_agreement(judged, human, range(scale.low, scale.high + 1))
    except ValueError as error:
        raise InputError(f"{key}: {error}") from error
    gaps = [one - two for one, two in zip(judged, human, strict=True) if one is not None and two is not None]
    return AgreementRow(
        dimension=key,
        n=len(gaps),
        left_out=len(human) - len(gaps),
        figures={each.name: each.value for each in found},
        bias=sum(gaps) / len(gaps) if gaps else float("nan"),
    )
