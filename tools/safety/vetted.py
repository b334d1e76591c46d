"""Which vetted text answers a message at risk. The texts are `prompts/safety/*.md`; resources are their only variable.

Imminent danger to the person's own life comes first, then danger from or to others.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from affectgraph.prompts import Prompt, prompt
from affectgraph.tools.safety.findings import Assessment, Category
from affectgraph.tools.safety.watching import Posture

__all__ = ["vetted"]

# In the order of what is answered first where a message is about several.
_VARIANTS: tuple[tuple[Category, str], ...] = (
    (Category.suicide, ""),
    (Category.self_harm, ""),
    (Category.abuse, "_harmed"),
    (Category.violence, "_harming"),
    (Category.psychosis_or_mania, "_unreal"),
    (Category.substance, "_substance"),
    (Category.over_reliance, "_reliance"),
)
# A crisis of substances is an overdose, and one of reliance a wish to die: the plain text is made for both.
_IN_CRISIS: Collection[str] = ("", "_harmed", "_harming", "_unreal")


def vetted(
    posture: Posture, found: Assessment, language: Literal["en", "zh"], *, minor: bool = False, again: bool = False
) -> Prompt:
    """The text for a posture that needs one.

    Args:
        posture: `ask`, `check_in` or `crisis`; also `resources` (what is shown beside a reply).
        found: the assessment of the message; its most urgent categories choose the variant.
        language: of the text.
        minor: the person said that they are under age.
        again: the reply before was a crisis text too: shorter, not the same words.

    Raises:
        ValueError: the posture `clear` has no text.
    """
    if posture == "clear":
        raise ValueError("a message with posture 'clear' needs no vetted text")
    variant = _variant(found)
    if posture == "resources":
        name = "beside"
    elif posture == "check_in":
        name = "check_in_minor" if minor else "check_in"
    elif posture == "ask":
        name = "ask_minor" if minor and not variant else f"ask{variant}"
    else:
        variant = variant if variant in _IN_CRISIS else ""
        stem = "imminent_again" if again else "imminent"
        name = f"{stem}_minor" if minor and not variant else f"{stem}{variant}"
    return prompt(f"safety/{name}", language)


def _variant(found: Assessment) -> str:
    """By the categories at the highest level; those of lower findings only where it names none."""
    top = {finding.category for finding in found.findings if finding.level == found.level}
    about = top or set(found.categories)
    return next((variant for category, variant in _VARIANTS if category in about), "")
