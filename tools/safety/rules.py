"""The rules of the safety screen: tables of phrases, and the cues that change what a phrase means.

The tables are data, for clinicians as much as for programmers: `en.toml` and `zh.toml` (rules), `cues.toml`
(fragments, idioms, cues). A line of a table is one alternative, a regular expression over `normalise(text).text` (lower
case, simplified characters, repaired spelling) in which `screening` has blanked the idioms and turned sentence ends
into line breaks. In a line

- a space stands for spaces, commas or an ellipsis;
- `<name>` stands for the fragment of that name;
- `~` stands for up to 24, `~~` for up to 60 characters of the same sentence.

Every repetition is bounded, so no text makes a pattern backtrack without end.

Levels follow the C-SSRS screener as far as single sentences allow. Our choices: "I want to die" counts as a thought
(2), a pure wish ("I wish I were dead") as 1; self-injury without a wish to die is 2 (urge) or 3 (act), because the
C-SSRS keeps it apart from suicidal behaviour; the other categories use the scale by urgency (1 worth resources,
2 disclosed, 4 danger now, 6 it has happened).
"""

from __future__ import annotations

import re
import tomllib
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from affectgraph.tools.safety.findings import Category

__all__ = ["Rule", "Speaker", "cue", "idioms", "rules"]

_FOLDER = Path(__file__).parent
_PART = re.compile(r"<([a-z]+)>")
_CJK = re.compile(r"[\u4e00-\u9fff]")


Speaker = Literal["speaker", "said", "inside"]


class Rule(BaseModel):
    """One table of phrases that mean the same.

    Attributes:
        id: `category.concept`; Chinese tables end in `_zh`.
        level: 1-6 where nothing in the sentence changes it.
        phrases: the table, one alternative per line.
        voice: whose risk it is. `speaker`: the writer's, unless the sentence gives it to somebody else. `said`: the
            writer's only where the sentence says "I" or leaves the subject out. `inside`: the phrase settles it.
        grows: intent, method, time and attempts in the sentence raise it.
        denied: the level of a denied match ("I am not suicidal"); None where a negation means nothing.
        dated: a match that speaks only of the past ("years ago") counts 1.
        beside: counts only near another sign of the writer's risk of suicide or self-harm.
        alone: counts only where it is half or more of the text: "I'm on the roof" is one thing by itself, and another
            in a tale of gutters.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    level: int = Field(ge=1, le=6)
    phrases: str = Field(min_length=1)
    voice: Speaker = "speaker"
    grows: bool = False
    denied: Literal[0, 1] | None = None
    dated: bool = True
    beside: bool = False
    alone: bool = False

    @cached_property
    def category(self) -> Category:
        """What it is evidence of."""
        return Category(self.id.split(".")[0])

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The compiled table."""
        return _compiled(self.phrases)


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, read and compiled at first use, because that takes a fifth of a second.

    Raises:
        ValueError: a table is malformed (a fault of this package).
    """
    found = (row for name in ("en", "zh") for row in _read(f"{name}.toml")["rules"])
    return tuple(Rule.model_validate(row) for row in found)


@cache
def cue(name: str) -> re.Pattern[str]:
    """The compiled cue `name`.

    Raises:
        KeyError: there is no such cue.
    """
    return _compiled(_read("cues.toml")["cues"][name])


@cache
def idioms() -> re.Pattern[str]:
    """Every figure of speech to blank, compiled."""
    return _compiled(_read("cues.toml")["idioms"]["phrases"])


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / name).read_text(encoding="utf-8"))


def _compiled(phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(_alternative(line.strip()) for line in phrases.split("\n") if line.strip()))


def _alternative(line: str) -> str:
    parts = _read("cues.toml")["parts"]
    while _PART.search(line):
        line = _PART.sub(lambda match: parts[match[1]], line)
    # Neither of the two inside a character class.
    line = re.sub(r" (?![^\[\]]*\])", r"(?:[ ,.]{1,4})", line)
    line = re.sub(r"~~?(?![^\[\]]*\])", lambda gap: rf"[^!?;。\n]{{0,{60 if gap[0] == '~~' else 24}}}?", line)
    # A Chinese phrase has no word boundaries; an English one must not begin or end inside a word.
    return line if _CJK.search(line) else rf"(?:(?<!\w)|(?='))(?:{line})(?!\w)"
