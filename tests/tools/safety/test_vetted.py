"""The vetted texts: one for every posture, in both languages, with one question and the resources once."""

import re

import pytest

from affectgraph.prompts import prompt, prompt_names
from affectgraph.tools.safety import Assessment, Category, Finding, Posture, screen, vetted

NAMES = sorted(
    {name for name, _ in prompt_names() if re.match(r"safety/(?:ask|check_in|imminent)", name)} - {"safety/imminent"}
)
POSTURES: tuple[Posture, ...] = ("resources", "ask", "check_in", "crisis")


def found(level: int, *categories: Category) -> Assessment:
    findings = [Finding(category=one, level=level, start=0, end=1, rule="test") for one in categories]
    return Assessment(level=level, categories=list(categories), findings=findings)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", NAMES)
def test_a_text_asks_once_names_resources_once_and_says_what_it_is(name: str, language: str) -> None:
    text = prompt(name, language).render(resources="RESOURCES")
    assert text.count("RESOURCES") == 1
    assert len(re.findall("[?？]", text)) == 1
    assert ("I am an AI, not a clinician" if language == "en" else "我是人工智能，不是医生") in text
    assert prompt(name, language).variables == ("resources",) or list(prompt(name, language).variables) == ["resources"]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("minor", [False, True])
@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("category", list(Category))
@pytest.mark.parametrize("posture", POSTURES)
def test_every_posture_and_category_has_a_text(
    posture: Posture, category: Category, again: bool, minor: bool, language: str
) -> None:
    assert vetted(posture, found(4, category), language, minor=minor, again=again)  # type: ignore[arg-type]


def test_the_variant_is_that_of_the_most_urgent_category() -> None:
    assert vetted("ask", found(2, Category.abuse), "en").name == "safety/ask_harmed"
    assert vetted("crisis", found(5, Category.violence), "en").name == "safety/imminent_harming"
    assert vetted("crisis", found(5, Category.substance), "en").name == "safety/imminent"
    both = found(4, Category.suicide)
    both = both.model_copy(update={"findings": [*both.findings, *found(2, Category.abuse).findings]})
    assert vetted("crisis", both, "en").name == "safety/imminent"
    # Danger to one's own life comes before danger from others at the same level.
    assert vetted("crisis", found(4, Category.abuse, Category.suicide), "en").name == "safety/imminent"


def test_a_second_crisis_text_is_shorter_and_in_other_words() -> None:
    for language in ("en", "zh"):
        first = vetted("crisis", found(5, Category.suicide), language).render(resources="")  # type: ignore[arg-type]
        second = vetted("crisis", found(5, Category.suicide), language, again=True).render(resources="")  # type: ignore[arg-type]
        assert len(second) < 0.7 * len(first)
        sentences = {part.strip() for part in re.split(r"[.。!！\n]", first) if len(part.strip()) > 12}
        assert not any(part in second for part in sentences if "I am an AI" not in part and "人工智能" not in part)


def test_who_is_under_age_is_sent_to_an_adult() -> None:
    for posture, level in (("ask", 2), ("check_in", 0), ("crisis", 5)):
        text = vetted(posture, found(level, Category.suicide), "en", minor=True).render(resources="")  # type: ignore[arg-type]
        assert "adult" in text


def test_a_clear_message_has_no_vetted_text() -> None:
    with pytest.raises(ValueError, match="clear"):
        vetted("clear", Assessment(), "en")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", NAMES)
def test_our_own_words_quoted_back_are_read_by_the_rules_without_error(name: str, language: str) -> None:
    assert 0 <= screen(prompt(name, language).render(resources="")).level <= 6
