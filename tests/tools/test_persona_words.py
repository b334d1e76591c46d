"""What a prompt is told of a person, form by form."""

from __future__ import annotations

import pytest

from affectgraph.tools.persona_words import PROFILES, Profile, described

TRAITS = {
    "openness": 0.9,
    "conscientiousness": 0.2,
    "extraversion": 0.1,
    "agreeableness": 0.41,
    "neuroticism": 0.6,
}


@pytest.mark.parametrize(
    ("form", "shown", "hidden"),
    [
        ("none", [], ["INTP", "0.90", "openness"]),
        ("mbti", ["INTP"], ["0.90"]),
        ("bfi", ["openness 0.90", "neuroticism 0.60"], ["INTP"]),
        ("words", ["high openness", "low extraversion", "average agreeableness"], ["0.90", "INTP"]),
        ("both", ["INTP", "openness 0.90"], []),
    ],
)
def test_a_form_shows_its_part_of_the_profile(form: Profile, shown: list[str], hidden: list[str]) -> None:
    for language in ("en", "zh"):
        text = described(TRAITS, "INTP", form, language)
        if language == "en":
            assert all(part in text for part in shown)
        assert not any(part in text for part in hidden)
    assert "INTP" not in described(TRAITS, None, form, "en")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_unknown_trait_is_called_unknown_and_never_average(language: str) -> None:
    unknown = {"en": "unknown", "zh": "未知"}[language]
    for form in ("bfi", "words"):
        said = described({"openness": 0.5}, None, form, language)
        assert said.count(unknown) == 4
        assert "0.00" not in said


@pytest.mark.parametrize("form", PROFILES)
def test_of_a_person_of_whom_nothing_is_known_every_form_says_the_same(form: Profile) -> None:
    assert described({}, None, form, "en") == described({}, None, "none", "en")
