"""A personality in the words of a prompt, in the forms that Persona-E2 compares and two of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from affectgraph.prompts import prompt
from affectgraph.tools.persona import TRAITS, level

__all__ = ["LEVEL_WORDS", "PROFILES", "TRAIT_WORDS", "Profile", "described"]

Profile = Literal["none", "mbti", "bfi", "words", "both"]
PROFILES: tuple[Profile, ...] = ("none", "mbti", "bfi", "words", "both")

# language -> trait -> what a prompt or a sentence calls it. The Chinese names are the usual translations.
TRAIT_WORDS = {
    "en": {name: name for name in TRAITS},
    "zh": dict(zip(TRAITS, ("开放性", "尽责性", "外向性", "宜人性", "神经质"), strict=True)),
}
# language -> level of a trait -> its word.
LEVEL_WORDS = {
    "en": {"low": "low", "average": "average", "high": "high"},
    "zh": {"low": "低", "average": "中等", "high": "高"},
}
_UNKNOWN = {"en": "unknown", "zh": "未知"}


def described(traits: Mapping[str, float], mbti: str | None, form: Profile, language: str) -> str:
    """The profile as one or two sentences; what is unknown is called unknown.

    Args:
        traits: known traits of the Big Five, in [0, 1].
        mbti: type code, or nothing.
        form: `mbti` the letters; `bfi` five numbers; `words` low, average or high; `both` letters and numbers; `none`
            a person of whom nothing is known, which is also what is left where the form's values are unknown.
        language: of the prompt, `en` or `zh`.
    """
    if form == "both" and mbti and traits:
        gap = "" if language == "zh" else " "
        return gap.join(described(traits, mbti, part, language) for part in ("mbti", "bfi"))
    if form in ("mbti", "both") and mbti:
        return prompt("reading/profile_mbti", language).render(mbti=mbti)
    if form in ("bfi", "both") and traits:
        values = {name: f"{traits[name]:.2f}" if name in traits else _UNKNOWN[language] for name in TRAITS}
        return prompt("reading/profile_bfi", language).render(**values)
    if form == "words" and traits:
        levels = LEVEL_WORDS[language]
        words = {name: levels[level(traits[name])] if name in traits else _UNKNOWN[language] for name in TRAITS}
        return prompt("reading/profile_words", language).render(**words)
    return prompt("reading/profile_none", language).render()
