"""Reading prompt files.

Front matter keys: `name`, `version` (int, raised with every change of wording), `language` (ISO 639-1), `variables`
(names that the body uses as `{{name}}`), and `lead` and `anchor`, optional. Values are put in once, in a single pass:
braces inside a value stay text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

__all__ = ["Prompt", "PromptError", "prompt", "prompt_names"]

_FOLDER = Path(__file__).parent
_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class PromptError(ValueError):
    """A prompt file is missing or malformed, or was rendered with the wrong variables."""


@dataclass(frozen=True)
class Prompt:
    """One prompt in one language.

    Attributes:
        name: folder and name, e.g. `empathy/intent`.
        version: raised with every change of wording; part of traces and cache keys.
        language: ISO 639-1 code.
        variables: names that `render` needs, exactly.
        body: the Markdown text with placeholders.
        lead: how the answer to a closed question begins ("The writer feels"); empty for other prompts.
        anchor: a sentence that an answer to a closed question would stand for ("I feel {{option}}."), to compare a text
            with; it may use the variables too. Empty for other prompts.
    """

    name: str
    version: int
    language: str
    variables: frozenset[str]
    body: str
    lead: str = ""
    anchor: str = ""

    @property
    def reference(self) -> str:
        """How traces cite it: `empathy/intent@1.en`."""
        return f"{self.name}@{self.version}.{self.language}"

    def render(self, **values: object) -> str:
        """The text with every placeholder replaced.

        Raises:
            PromptError: a variable is missing or unknown.
        """
        self._check(values)
        return _PLACEHOLDER.sub(lambda match: str(values[match[1]]), self.body)

    def anchored(self, option: str, **values: object) -> str:
        """The anchor sentence of `option`; `values` and errors as for `render`."""
        self._check(values)
        known = {**values, "option": option}
        return _PLACEHOLDER.sub(lambda match: str(known[match[1]]), self.anchor)

    def _check(self, values: Mapping[str, object]) -> None:
        given = frozenset(values)
        if given != self.variables:
            missing, unknown = sorted(self.variables - given), sorted(given - self.variables)
            raise PromptError(f"prompt {self.reference}: missing {missing}, unknown {unknown}")


@cache
def prompt(name: str, language: str) -> Prompt:
    """The prompt `name` in `language`.

    Raises:
        PromptError: there is no such file, or its front matter is wrong.
    """
    path = _FOLDER / f"{name}.{language}.md"
    if not path.is_file():
        raise PromptError(f"there is no prompt {name!r} in language {language!r}")
    parts = path.read_text(encoding="utf-8").split("---\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise PromptError(f"prompt file {name}.{language}.md: no front matter between '---' lines")
    try:
        head = yaml.safe_load(parts[1])
        found = Prompt(
            name=head["name"],
            version=int(head["version"]),
            language=head["language"],
            variables=frozenset(head.get("variables") or ()),
            body=parts[2].strip(),
            lead=head.get("lead") or "",
            anchor=head.get("anchor") or "",
        )
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise PromptError(f"prompt file {name}.{language}.md: wrong front matter: {error}") from error
    used = frozenset(_PLACEHOLDER.findall(found.body))
    anchored = frozenset(_PLACEHOLDER.findall(found.anchor))
    fits = (
        used == found.variables
        and anchored <= {*found.variables, "option"}
        and (not found.anchor or "option" in anchored)
    )
    if (found.name, found.language) != (name, language) or not fits:
        raise PromptError(f"prompt file {name}.{language}.md: name, language or variables do not match its contents")
    return found


def prompt_names() -> list[tuple[str, str]]:
    """Every (name, language) on disk, sorted."""
    found = []
    for path in _FOLDER.rglob("*.md"):
        name, language = path.relative_to(_FOLDER).with_suffix("").as_posix().rsplit(".", 1)
        found.append((name, language))
    return sorted(found)
