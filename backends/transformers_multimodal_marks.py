"""Where marked words lie among the tokens of a prompt.

The words are wrapped in two private-use characters before the chat template writes the conversation. Afterwards the
characters are taken out again, so that the model never sees them and every token is the one it would have been, and the
places where they stood are looked up in the tokenizer's offsets. A token belongs to the marked words if it covers at
least one of their characters: where a tokenizer joins the last mark with what follows ("." with a line break), that one
token counts as theirs. White space at either end of the words is not marked, since templates may strip it.

Knows messages, text and offsets, nothing of models; imports no torch.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import BaseMessage, convert_to_openai_messages

from affectgraph.backends.errors import InputError

__all__ = ["Marks", "covered", "marked_turns", "marks_for"]

_PRIVATE_USE = range(0xE000, 0xF900)


@dataclass(frozen=True)
class Marks:
    """A pair of characters that no text of the conversation holds."""

    opening: str
    closing: str

    @classmethod
    def foreign_to(cls, texts: Iterable[str]) -> Marks:
        """The first pair of private-use characters that none of `texts` holds (6,400 to choose from).

        Raises:
            ValueError: the texts hold nearly all of them.
        """
        used = {char for text in texts for char in text if ord(char) in _PRIVATE_USE}
        free = [chr(code) for code in _PRIVATE_USE if chr(code) not in used][:2]
        if len(free) < 2:
            raise ValueError("the texts hold nearly every private-use character, so that none is left to mark with")
        return cls(*free)

    def around(self, text: str) -> str:
        """`text` with the marks round its words; a text of white space alone stays as it is."""
        inner = text.strip()
        if not inner:
            return text
        start = text.index(inner)
        return f"{text[:start]}{self.opening}{inner}{self.closing}{text[start + len(inner) :]}"

    def taken_out(self, text: str) -> tuple[str, list[tuple[int, int]]]:
        """The text without marks, and the ranges of characters in it that were marked.

        Raises:
            ValueError: the marks do not come in pairs: something rewrote the text between them.
        """
        plain: list[str] = []
        ranges: list[tuple[int, int]] = []
        length, begun = 0, -1
        for piece in self._pieces(text):
            if piece == self.opening and begun < 0:
                begun = length
            elif piece == self.closing and begun >= 0:
                ranges.append((begun, length))
                begun = -1
            elif piece in (self.opening, self.closing):
                raise ValueError("a mark has lost its partner")
            else:
                plain.append(piece)
                length += len(piece)
        if begun >= 0:
            raise ValueError("a mark has lost its partner")
        return "".join(plain), ranges

    def _pieces(self, text: str) -> Iterable[str]:
        start = 0
        for at, char in enumerate(text):
            if char in (self.opening, self.closing):
                yield text[start:at]
                yield char
                start = at + 1
        yield text[start:]


def covered(offsets: Sequence[tuple[int, int]], ranges: Iterable[tuple[int, int]]) -> tuple[int, ...]:
    """Positions of the tokens that cover a character of one of the ranges, and of those between two such tokens.

    Args:
        offsets: first and last-plus-one character of each token, in order; tokenizers leave some tokens (spaces) empty.
        ranges: characters, first and last-plus-one, in order and apart.
    """
    places = [at for at, (start, end) in enumerate(offsets) if end > start]
    starts, ends = [offsets[at][0] for at in places], [offsets[at][1] for at in places]
    found: set[int] = set()
    for first, last in ranges:
        left, right = bisect_right(ends, first), bisect_left(starts, last)
        if left < right:
            found.update(range(places[left], places[right - 1] + 1))
    return tuple(sorted(found))


def marks_for(messages: Sequence[BaseMessage]) -> Marks:
    """Marks that no text of a conversation holds.

    Raises:
        InputError: its texts leave none.
    """
    texts: list[str] = []
    for message in messages:
        parts = [message.content] if isinstance(message.content, str) else message.content
        texts += [part if isinstance(part, str) else str(part.get("text", "")) for part in parts]
    try:
        return Marks.foreign_to(texts)
    except ValueError as error:
        raise InputError(f"the conversation cannot be read: {error}") from error


def marked_turns(messages: Sequence[BaseMessage], marks: Marks) -> list[dict[str, Any]]:
    """The conversation in OpenAI's form, with marks round the marked words, which that form cannot tell apart."""
    marked = []
    for message in messages:
        content = message.content
        if isinstance(content, list):
            content = [
                {"type": "text", "text": marks.around(part["text"])}
                if isinstance(part, dict) and part.get("type") == "text" and part.get("modality") == "text"
                else part
                for part in content
            ]
        marked.append(message.model_copy(update={"content": content}))
    turns: list[dict[str, Any]] = convert_to_openai_messages(marked, text_format="string")
    return turns
