"""A persona: the Big Five of one person in [0, 1], perhaps an MBTI type, and where each of them comes from.

Sources: the five traits as Persona-E2 gives them (arXiv 2604.09162: scores in [0, 1]); the 16 type codes of the MBTI.
Our choices: a trait that nobody gave is None, never 0.5; every known trait says whether it comes from a questionnaire,
was stated by the person, or was inferred from something else; below 0.4 a trait is low in words, above 0.6 high.
A persona is a self-description and no diagnosis.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from affectgraph.backends.errors import InputError

__all__ = [
    "MBTI_TYPES",
    "TRAITS",
    "Persona",
    "PersonaError",
    "Provenance",
    "Provenances",
    "exchanged",
    "level",
    "persona_from",
]

TRAITS = ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism")
MBTI_TYPES = tuple("".join(letters) for letters in product("EI", "NS", "FT", "JP"))
NOTE_LIMIT = 500

Provenance = Literal["questionnaire", "stated", "inferred"]
Trait = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False, strict=True)]

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
# The shape of a BCP 47 tag, without its registry.
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


class PersonaError(InputError):
    """A persona, or the file that holds it, cannot be used."""


class Provenances(BaseModel):
    """Where each known value comes from; None where the value is unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    openness: Provenance | None = None
    conscientiousness: Provenance | None = None
    extraversion: Provenance | None = None
    agreeableness: Provenance | None = None
    neuroticism: Provenance | None = None
    mbti: Provenance | None = None


class Persona(BaseModel):
    """One person, as far as they are known.

    Attributes:
        name: ASCII letters, digits, dash and underscore, 1-64: a file name that is safe everywhere.
        openness, conscientiousness, extraversion, agreeableness, neuroticism: in [0, 1], or None: unknown.
        mbti: one of `MBTI_TYPES`, upper case, or None.
        provenance: for exactly the values that are known.
        language: the person's language as a tag, e.g. `en`, `zh` or `zh-Hant`.
        note: free words, at most 500 characters, no control characters but line breaks and tabs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    openness: Trait | None = None
    conscientiousness: Trait | None = None
    extraversion: Trait | None = None
    agreeableness: Trait | None = None
    neuroticism: Trait | None = None
    mbti: str | None = None
    provenance: Provenances = Provenances()
    language: str | None = None
    note: str | None = Field(default=None, max_length=NOTE_LIMIT)

    @field_validator("name")
    @classmethod
    def _is_a_safe_file_name(cls, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name[:80]!r} is no name; use 1 to 64 letters (a-z, A-Z), digits, dashes or underscores")
        return name

    @field_validator("mbti")
    @classmethod
    def _is_a_type(cls, mbti: str | None) -> str | None:
        if mbti is not None and mbti.upper() not in MBTI_TYPES:
            raise ValueError(f"{mbti!r} is no MBTI type; give one of {', '.join(MBTI_TYPES)}, or leave it out")
        return mbti.upper() if mbti else None

    @field_validator("language")
    @classmethod
    def _is_a_tag(cls, language: str | None) -> str | None:
        if language is not None and not _LANGUAGE.fullmatch(language):
            raise ValueError(f"{language!r} is no language tag; give one such as en, zh or zh-Hant")
        return language

    @field_validator("note")
    @classmethod
    def _is_printable(cls, note: str | None) -> str | None:
        # A control sequence in a note would reach the terminal of whoever shows it.
        if note is not None and any(unicodedata.category(sign) == "Cc" and sign not in "\n\t" for sign in note):
            raise ValueError("holds a control character; write plain text, line breaks and tabs")
        return note

    @model_validator(mode="after")
    def _every_value_says_where_it_comes_from(self) -> Persona:
        for field in Provenances.model_fields:
            value, provenance = getattr(self, field), getattr(self.provenance, field)
            if value is not None and provenance is None:
                raise ValueError(f"{field} has no provenance; give questionnaire, stated or inferred")
            if value is None and provenance is not None:
                raise ValueError(f"{field} has a provenance but no value; give the value, or leave both out")
        return self

    @property
    def traits(self) -> dict[str, float]:
        """The known traits, in the order of `TRAITS`."""
        return {name: value for name in TRAITS if (value := getattr(self, name)) is not None}

    @property
    def known(self) -> tuple[str, ...]:
        """The known traits, and `mbti` where it is known."""
        return (*self.traits, *(("mbti",) if self.mbti else ()))


def level(value: float) -> Literal["low", "average", "high"]:
    """A trait in words: low below 0.4, high above 0.6, else average (our choice)."""
    if value < 0.4:
        return "low"
    return "high" if value > 0.6 else "average"


def exchanged(personas: Sequence[Persona]) -> list[Persona]:
    """Each person under their own name with the personality of the next one: the control of every claim about profiles.

    Raises:
        PersonaError: fewer than two personas.
    """
    if len(personas) < 2:
        raise PersonaError("profiles can be exchanged between two personas or more; give another one")
    personality = ("mbti", "provenance", *TRAITS)
    return [
        one.model_copy(update={field: getattr(other, field) for field in personality})
        for one, other in zip(personas, [*personas[1:], personas[0]], strict=True)
    ]


def persona_from(values: Mapping[str, Any], place: str) -> Persona:
    """The persona that `values` describe.

    Args:
        values: the fields of `Persona`, `provenance` as a table.
        place: what to name in an error: a file, or the command.

    Raises:
        PersonaError: a field is missing, unknown or wrong; names place and field.
    """
    try:
        return Persona.model_validate(dict(values))
    except ValidationError as error:
        raise PersonaError(f"{place}: {'; '.join(_sentence(item) for item in error.errors()[:3])}") from None


def _sentence(item: Any) -> str:
    field = ".".join(map(str, item["loc"]))
    if item["type"] == "extra_forbidden":
        valid = Provenances.model_fields if len(item["loc"]) > 1 else Persona.model_fields
        return f"unknown field {field!r}; the fields are {', '.join(valid)}"
    if item["type"] == "missing":
        return f"the field {field!r} is missing; add it"
    told = item["msg"].removeprefix("Value error, ")
    if item["type"] == "value_error" and field in ("name", "mbti", "language"):
        return str(told)  # it begins with the value
    if field in TRAITS:
        return f"{field} is {item['input']!r}; give a number from 0 to 1, or leave it out where it is unknown"
    if item["type"] == "string_too_long":
        return f"{field} has {len(item['input'])} characters; shorten it to {NOTE_LIMIT}"
    return f"{field}: {told}" if field else told
