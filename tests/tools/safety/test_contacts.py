"""Places to turn to: what is shown was read on a page, and everybody gets the finders."""

import re
from datetime import date

import pytest

from affectgraph.tools.safety import COUNTRIES, Category, Resource, resources, told
from affectgraph.tools.safety.contacts import _rows

ROW = Resource(
    country="US",
    kind="crisis_line",
    name_en="A line",
    name_zh="一条热线",
    contact="555 0100",
    source="https://example.org/page",
    checked_on="2026-11-28",
    checked_how="stored page read",
)


def test_every_contact_says_where_when_and_how_it_was_read() -> None:
    for row in _rows():
        if row.contact:
            assert row.source.startswith("http"), row.name_en
            assert date.fromisoformat(row.checked_on) >= date(2026, 11, 22), row.name_en
            assert row.checked_how == "stored page read", row.name_en


def test_there_are_at_least_25_countries_with_a_line_beside_the_emergency_number() -> None:
    served = {row.country for row in _rows() if row.shown_contact and row.kind in ("crisis_line", "text_line")}
    assert len(served) >= 25
    assert {row.country for row in _rows()} == set(COUNTRIES)
    assert all(set(names) == {"en", "zh"} for names in COUNTRIES.values())


@pytest.mark.parametrize(
    "change", [{"source": ""}, {"checked_on": ""}, {"checked_how": "unverified"}, {"held": "the page is old"}]
)
def test_what_nobody_can_vouch_for_shows_no_number(change: dict[str, str]) -> None:
    assert "555 0100" in told([ROW], "en")
    text = told([ROW.model_copy(update=change)], "en")
    assert "A line" not in text  # a bare name leads nowhere
    assert "555" not in text


@pytest.mark.parametrize("country", [*COUNTRIES, None, "ZZ"])
@pytest.mark.parametrize("language", ["en", "zh", "other"])
def test_the_finders_and_the_local_emergency_number_are_always_told(country: str | None, language: str) -> None:
    found = resources(country)
    text = told(found, language)  # type: ignore[arg-type]
    assert "https://findahelpline.com" in text
    assert ("当地的急救或报警电话" if language == "zh" else "your local emergency number") in text
    hidden = [row.contact for row in found if row.contact and not row.shown_contact]
    assert not any(contact in text for contact in hidden)
    assert len(found) <= 5


def test_the_emergency_number_stands_first() -> None:
    for country in COUNTRIES:
        kinds = [row.kind for row in resources(country)]
        assert kinds == sorted(kinds, key=lambda kind: kind != "emergency")


def test_lines_for_young_people_are_for_them_and_lines_for_abuse_where_it_is_told() -> None:
    kinds = {row.kind for code in COUNTRIES for row in resources(code)}
    assert not kinds & {"child_line", "abuse_line"}
    assert "child_line" in {row.kind for row in resources("US", minor=True)}
    assert "abuse_line" in {row.kind for row in resources("GB", categories=[Category.abuse])}
    assert not any(row.ages == "adults" for code in COUNTRIES for row in resources(code, minor=True))


def test_a_country_is_known_by_its_code_in_any_case() -> None:
    assert resources("us") == resources("US") != []
    assert resources("ZZ") == resources(None) == []


def test_no_number_stands_in_a_vetted_text() -> None:
    from affectgraph.prompts import prompt, prompt_names

    for name, language in prompt_names():
        if name.startswith("safety/") and name != "safety/judge":
            rendered = prompt(name, language).render(**dict.fromkeys(prompt(name, language).variables, ""))
            assert not re.search(r"\d{3}", rendered), name
