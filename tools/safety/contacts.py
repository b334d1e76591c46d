"""Where help is to be had, by country. The data is `resources.toml`; every contact in it says where it was read.

A number is never written from memory: a row whose page was not read shows none. The international finder and "your
local emergency number" are always told. The country comes from the settings or the person, never from the language.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from affectgraph.prompts import prompt
from affectgraph.tools.safety.findings import Category

__all__ = ["COUNTRIES", "Resource", "resources", "told"]

_FILE = Path(__file__).with_name("resources.toml")
# More than this is no help to somebody in distress: our choice.
_SHOWN = 5
_EMERGENCIES = 2

Kind = Literal["emergency", "crisis_line", "text_line", "child_line", "abuse_line"]


class Resource(BaseModel):
    """One place to turn to.

    Attributes:
        country: ISO 3166 code.
        kind: what it is; a `child_line` is for people under age, an `abuse_line` for those whom somebody hurts.
        name_en: its name in English.
        name_zh: its name in Chinese.
        contact: the number, or what to text and where, as it was read; empty where none was read.
        url: its page.
        hours: when it answers; empty where that was not read.
        ages: whom it is for; empty for everyone.
        languages: ISO 639-1.
        source: the page on which the contact was read.
        checked_on: the day of reading, ISO 8601.
        checked_how: `stored page read` (a stored copy, not the live page), or `unverified`.
        held: why a contact that was read is not shown (the page is old, its wording leaves doubt); empty for none.
        note: what the one who read it found worth knowing; not shown.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    country: str = Field(pattern="^[A-Z]{2}$")
    kind: Kind
    name_en: str = Field(min_length=1)
    name_zh: str = Field(min_length=1)
    contact: str = ""
    url: str = ""
    hours: str = ""
    ages: str = ""
    languages: tuple[str, ...] = ()
    source: str = ""
    checked_on: str = ""
    checked_how: Literal["stored page read", "unverified"] = "unverified"
    held: str = ""
    note: str = ""

    @property
    def shown_contact(self) -> str:
        """The contact where somebody read it on a page that can be relied on; else empty."""
        read = self.source and self.checked_on and self.checked_how == "stored page read"
        return self.contact if read and not self.held else ""


def resources(country: str | None, *, minor: bool = False, categories: Collection[Category] = ()) -> list[Resource]:
    """Places to turn to, at most five: emergency numbers first, then what fits best.

    Args:
        country: ISO 3166 code of the person's country; None and countries that the data lacks give none. The finders
            that serve every country are told by `told`.
        minor: the person is under age: lines for young people come next, and those for adults are left out.
        categories: abuse brings in the lines for it.
    """
    code = (country or "").upper()
    fitting = [row for row in _rows() if row.country == code and _fits(row, minor, categories)]
    # What shows neither number nor page comes last. The sort is stable: the order of the file decides the rest.
    fitting.sort(key=lambda row: (row.kind != "emergency", not row.shown_contact, _ORDER.index(row.kind)))
    first = [row for row in fitting if row.kind == "emergency"][:_EMERGENCIES]
    return (first + [row for row in fitting if row.kind != "emergency"])[:_SHOWN]


_ORDER: tuple[Kind, ...] = ("emergency", "child_line", "abuse_line", "crisis_line", "text_line")


def _fits(row: Resource, minor: bool, categories: Collection[Category]) -> bool:
    if row.kind == "child_line":
        return minor
    if row.kind == "abuse_line":
        return Category.abuse in categories
    return not (minor and row.ages == "adults")


def told(found: Sequence[Resource], language: Literal["en", "zh", "other"]) -> str:
    """The lines that a reply shows, as Markdown; the local emergency number and the international finders close it."""
    spoken: Literal["en", "zh"] = "zh" if language == "zh" else "en"
    lines = [_line(row, spoken) for row in found if row.shown_contact or row.url]  # a bare name leads nowhere
    return "\n".join([*lines, prompt("safety/resources", spoken).render()])


def _line(row: Resource, language: Literal["en", "zh"]) -> str:
    name = row.name_zh if language == "zh" else row.name_en
    contact = row.shown_contact
    hours = ("全天" if row.hours == "24/7" else "") if language == "zh" else row.hours
    details = [part for part in (contact, hours if contact else "", row.url) if part]
    colon, comma = ("：", "，") if language == "zh" else (": ", ", ")
    return f"- {name}{colon}{comma.join(details)}"


@cache
def _read() -> Mapping[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@cache
def _rows() -> tuple[Resource, ...]:
    return tuple(Resource.model_validate(row) for row in _read()["resource"])


# Code -> its name by language ("en", "zh"), in the order of the English names.
COUNTRIES: dict[str, dict[str, str]] = {code: dict(names) for code, names in _read()["countries"].items()}
