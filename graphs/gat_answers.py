"""The shapes of the answers that `gat` and `gat_text` ask for.

Ids of regions or spans and labels are closed sets, so that what is cited exists. What a grammar cannot say (no word of
emotion, no hypothesis twice, the choice survives) is checked by validators, and the answer is asked again with the
error. Lengths are such that an answer of one token a character fits into `answer_tokens`: weak models write rows of
digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, create_model, model_validator

from affectgraph.tools.label_spaces import emotion_words
from affectgraph.tools.tree import least_contradicted

__all__ = ["hypotheses_schema", "hypothesis_ids", "scan_schema", "single_schema", "verdict_schema", "writing_schema"]

_MOST_CITED = 4
_MOST_CONTRADICTIONS = 3


def scan_schema(ids: Sequence[str], tokens: int) -> type[BaseModel]:
    """One field for each region: its objective contents.

    Args:
        ids: the regions.
        tokens: what the whole answer may take; here and below.
    """
    text: Any = _text(_room(tokens, len(ids), 14, 160), 2)
    contents: Any = Annotated[text, AfterValidator(_objective)]
    return _made("Scan", **dict.fromkeys(ids, contents))


def hypotheses_schema(
    words: Sequence[str],
    intensities: Sequence[str],
    ids: Sequence[str],
    count: int,
    tokens: int,
    *,
    part: str = "region",
) -> type[BaseModel]:
    """`hypotheses`: `count` of them, no two of one emotion and one intensity.

    Args:
        part: what `ids` are called in answers: they are cited as `regions`; here and below.
    """
    return _made("Hypotheses", hypotheses=_hypotheses(words, intensities, ids, count, tokens, part))


def verdict_schema(ids: Sequence[str], tokens: int, *, part: str = "region") -> type[BaseModel]:
    """`contradictions` of one hypothesis, and how confident the critic is that it holds."""
    fields: dict[str, Any] = {part: _one_of(ids)} if ids else {}
    one = _made("ContradictionAnswer", **fields, fact=_text(_room(tokens, _MOST_CONTRADICTIONS, 64, 160)))
    return _made(
        "VerdictAnswer",
        contradictions=Annotated[list[one], Field(max_length=_MOST_CONTRADICTIONS)],  # type: ignore[valid-type]
        confidence=Annotated[float, Field(ge=0.0, le=1.0)],
    )


def writing_schema(ids: Sequence[str], fewest: int, most: int, tokens: int) -> type[BaseModel]:
    """`sentences`, each with the regions that it cites."""
    sentence = _made("SentenceAnswer", text=_text(_room(tokens, most, 64, 300), 8), regions=_cites(ids))
    return _made(
        "WritingAnswer",
        sentences=Annotated[list[sentence], Field(min_length=fewest, max_length=most)],  # type: ignore[valid-type]
    )


def single_schema(
    words: Sequence[str], intensities: Sequence[str], ids: Sequence[str], count: int, tokens: int, *, scanned: bool
) -> type[BaseModel]:
    """All of AffectToT: `observations` (where `scanned`), `hypotheses`, a verdict on each under its id, and `final`.

    Args:
        tokens: what each of these parts may take.
    """
    known = hypothesis_ids(count)
    verdicts = _made("Verification", **dict.fromkeys(known, verdict_schema(ids, tokens)))
    fields: dict[str, Any] = {"observations": scan_schema(ids, tokens)} if scanned else {}
    return _made(
        "AffectToT",
        base=_Survives,
        **fields,
        hypotheses=_hypotheses(words, intensities, ids, count, tokens),
        verification=verdicts,
        final=_one_of(known),
    )


def hypothesis_ids(count: int) -> tuple[str, ...]:
    """`h1`, `h2`, ... in the order in which hypotheses are put forward."""
    return tuple(f"h{number}" for number in range(1, count + 1))


# --- parts -----------------------------------------------------------------------------------------------------------


class _Counted(NamedTuple):
    """A verdict of the one-prompt form; what is said twice counts once."""

    hypothesis: str
    contradictions: list[tuple[str, str]]
    confidence: float


class _Survives(BaseModel):
    @model_validator(mode="after")
    def _is_least_contradicted(self) -> Self:
        said: Any = self
        verdicts = []
        for name, verdict in said.verification:
            facts = {(getattr(item, "region", ""), item.fact.casefold()) for item in verdict.contradictions}
            verdicts.append(_Counted(name, list(facts), verdict.confidence))
        survivors = least_contradicted(verdicts)
        if said.final not in survivors:
            raise ValueError(f"{said.final} is contradicted more than {survivors[0]}; choose one that survives")
        return self


def _made(name: str, base: type[BaseModel] = BaseModel, **fields: Any) -> type[BaseModel]:
    given: Any = {field: (type_, ...) for field, type_ in fields.items()}
    made: type[BaseModel] = create_model(name, __base__=base, **given)
    return made


def _hypotheses(
    words: Sequence[str],
    intensities: Sequence[str],
    ids: Sequence[str],
    count: int,
    tokens: int,
    part: str = "region",
) -> Any:
    fields: dict[str, Any] = {"emotion": _one_of(words), "intensity": _one_of(intensities)}
    if ids:
        fields[f"{part}s"] = _cites(ids)
    one = _made("HypothesisAnswer", **fields, reason=_text(_room(tokens, count, 124, 160)))
    many: Any = list[one]  # type: ignore[valid-type]
    return Annotated[many, Field(min_length=count, max_length=count), AfterValidator(_distinct)]


def _room(tokens: int, parts: int, beside: int, most: int) -> int:
    """Characters for each of `parts` texts that share `tokens`, with `beside` characters of JSON around each."""
    return max(24, min(most, tokens // parts - beside))


def _text(most: int, least: int = 4) -> Any:
    limits = StringConstraints(strip_whitespace=True, min_length=least, max_length=most)
    return Annotated[str, limits, AfterValidator(_on_one_line)]


def _one_of(values: Sequence[str]) -> Any:
    return Literal[tuple(values)]


def _cites(ids: Sequence[str]) -> Any:
    cited: Any = list[_one_of(ids)]  # type: ignore[misc]
    return Annotated[cited, Field(min_length=1, max_length=_MOST_CITED)]


def _on_one_line(text: str) -> str:
    # A text of several lines could pass for lines on other regions once it is in the message list.
    return " ".join(text.split())


def _objective(text: str) -> str:
    words = emotion_words(text)
    if words:
        raise ValueError(f"{words[0]!r} is a word of feeling; say only what can be seen")
    return text


def _distinct(hypotheses: list[Any]) -> list[Any]:
    said = [(item.emotion, item.intensity) for item in hypotheses]
    for emotion, intensity in said:
        if said.count((emotion, intensity)) > 1:
            raise ValueError(f"{emotion} of {intensity} intensity is put forward twice; give different hypotheses")
    return hypotheses
