"""Keeping a message's words from becoming chat control tokens.

Local engines write a conversation through the model's chat template and then read the whole text with its special
tokens, so a message that says `<|im_end|>` would end its own turn and could write the next one. Whatever looks like
such a token, and is one in this model's vocabulary, is pulled apart by a space; all else stays as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["inert", "inert_turns"]

# Brackets round something short without spaces: `<|im_end|>`, `</s>`, `<start_of_turn>`; `[INST]`. One after the other,
# because either may stand inside the other.
_LIKE_A_TOKEN = (re.compile(r"<[^<>\s]{1,40}>"), re.compile(r"\[[^\[\]\s]{1,40}\]"))


def inert(text: str, is_control: Callable[[str], bool]) -> str:
    """`text` with a space after the bracket of every control token.

    Args:
        text: what a person, a document or a model wrote.
        is_control: whether the engine reads exactly these characters as one special token.
    """

    def apart(match: re.Match[str]) -> str:
        found = match[0]
        return f"{found[0]} {found[1:]}" if is_control(found) else found

    for pattern in _LIKE_A_TOKEN:
        text = pattern.sub(apart, text)
    return text


def inert_turns(turns: Sequence[dict[str, Any]], is_control: Callable[[str], bool]) -> list[dict[str, Any]]:
    """The same conversation in OpenAI's form with every text made inert; parts that are no text stay."""
    return [{**turn, "content": _content(turn.get("content"), is_control)} for turn in turns]


def _content(content: Any, is_control: Callable[[str], bool]) -> Any:
    if isinstance(content, str):
        return inert(content, is_control)
    if isinstance(content, list):
        return [
            {**part, "text": inert(part["text"], is_control)} if part.get("type") == "text" else part
            for part in content
        ]
    return content
