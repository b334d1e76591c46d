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
_SHOWN = 4


class Resource(BaseModel):
    """One place to turn to.

    Attributes:
        country: ISO 3166 code; None for the finders that serve every country.
        kind: what it is, as the data file says.
        name_en: its name in English.
        name_zh: its name in Chinese.
        contact: number or address as shown to a person; empty where nothing was verified.
        url: its page.
        hours: when it answers.
        minors: for young people.
        categories: the risks it is for; empty for any.
        source: the page that was read.
        checked_on: the day of reading, ISO 8601.
        checked_how: `stored page read`, or `unverified`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    country: str | None = None
    kind: str
    name_en: str = Field(min_length=1)
    name_zh: str = Field(min_length=1)
    contact: str = ""
    url: str = ""
    hours: str = ""
    minors: bool = False
    categories: tuple[Category, ...] = ()
    source: str = ""
    checked_on: str = ""
    checked_how: str = "unverified"

    @property
    def verified(self) -> bool:
        """A page that gives the contact was read."""
        return bool(self.source and self.checked_on) and self.checked_how != "unverified"


def resources(country: str | None, *, minor: bool = False, categories: Collection[Category] = ()) -> list[Resource]:
    """Places to turn to, the most fitting first, at most four, then the finders that serve every country.

    Args:
        country: ISO 3166 code of the person's country; None or a country that the data lacks gives the finders alone.
        minor: places for young people come first.
        categories: places for these risks come first; places for other risks only are left out.
    """
    wanted = set(categories)
    rows = [row for row in _rows() if row.country is not None and row.country == (country or "").upper()]
    fitting = [
        row for row in rows if (not row.categories or wanted & set(row.categories)) and (minor or not row.minors)
    ]
    ordered = sorted(
        fitting,
        key=lambda row: (
            row.kind != "emergency",
            not (minor and row.minors),
            not (wanted & set(row.categories)),
            not row.verified,
        ),
    )
    return ordered[:_SHOWN] + [row for row in _rows() if row.country is None]


def told(found: Sequence[Resource], language: Literal["en", "zh", "other"]) -> str:
    """The lines that a reply shows, as Markdown. Always ends with the local emergency number and the finders."""
    spoken: Literal["en", "zh"] = "zh" if language == "zh" else "en"
    lines = [_line(row, spoken) for row in found if row.country is not None]
    return "\n".join([*lines, prompt("safety/resources", spoken).render()])


def _line(row: Resource, language: Literal["en", "zh"]) -> str:
    name = row.name_zh if language == "zh" else row.name_en
    # What nobody read on a page is not shown as if somebody had.
    shown = (row.contact, row.hours, row.url) if row.verified else (row.url,)
    details = [part for part in shown if part]
    colon, comma = ("：", "，") if language == "zh" else (": ", ", ")
    return f"- {name}{colon}{comma.join(details)}" if details else f"- {name}"


@cache
def _read() -> Mapping[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@cache
def _rows() -> tuple[Resource, ...]:
    return tuple(Resource.model_validate(row) for row in _read().get("resources", ()))


COUNTRIES: dict[str, dict[str, str]] = {
    code: {"en": names["en"], "zh": names["zh"]} for code, names in _read().get("countries", {}).items()
}
