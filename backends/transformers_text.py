"""Between text and token ids: chat prompts, growing answers, and grammars for JSON answers.

Knows tokenizers, nothing of models. Imports torch: load it only through `transformers.py`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain_core.messages import BaseMessage, convert_to_openai_messages

from affectgraph.backends.control_tokens import inert_turns
from affectgraph.backends.errors import BackendError
from affectgraph.backends.structured import compact_schema
from affectgraph.backends.transformers_multimodal_marks import Marks, covered, marked_turns, marks_for
from affectgraph.backends.transformers_prompt import Prompt, Spans

__all__ = ["AnswerText", "ChatTokens"]

# json.dumps' own spacing and no other: with free white space a weak model writes line breaks until its limit.


class ChatTokens:
    """A Hugging Face tokenizer with its chat template; safe to call from several threads.

    Attributes:
        end_ids: token ids that end the model's turn.
        end_id: the tokenizer's own end marker.
        reads: the kinds of parts beside text that `read` can take: of "image", "audio", "video".
    """

    reads: frozenset[str] = frozenset()

    def __init__(self, tokenizer: Any, end_ids: frozenset[int], vocabulary: int) -> None:
        self.end_ids = end_ids
        self.end_id: int | None = tokenizer.eos_token_id
        self._tokenizer = tokenizer
        self._controls = frozenset(map(str, tokenizer.get_added_vocab()))
        self._vocabulary = vocabulary
        self._grammar_tokens: Any = None
        # Fast tokenizers raise "Already borrowed" when two threads use one at a time.
        self._lock = threading.Lock()

    def read(self, messages: Sequence[BaseMessage], lead: str = "") -> Prompt:
        """Token ids of a conversation in the model's chat format, ready for its answer, which begins with `lead`.

        Words that are marked as said (`media_parts.marked_text`) are its text span.

        Raises:
            BackendError: the chat template refuses the conversation.
        """
        marks = marks_for(messages)
        turns = inert_turns(marked_turns(messages, marks), self._controls.__contains__)
        # The template writes the special tokens.
        text = self._written(turns) + lead
        if marks.opening not in text:
            return Prompt(self._checked(self.encode(text)))
        ids, words = self._located(text, marks)
        return Prompt(self._checked(ids), None, Spans.of_positions({"text": words}))

    def _located(self, text: str, marks: Marks) -> tuple[list[int], tuple[int, ...]]:
        """Token ids of a text without its marks, and the positions of the tokens between them.

        Raises:
            BackendError: the chat template has moved marks about, or the tokenizer does not say where its tokens are.
        """
        try:
            plain, ranges = marks.taken_out(text)
        except ValueError as error:
            raise BackendError("the model's chat template tears marked words apart; choose another model") from error
        if not self._tokenizer.is_fast:
            raise BackendError("this model's tokenizer does not say where marked words are; choose another model")
        with self._lock:
            made = self._tokenizer(plain, add_special_tokens=False, return_offsets_mapping=True)
        offsets = [(int(start), int(end)) for start, end in made["offset_mapping"]]
        return list(made["input_ids"]), covered(offsets, ranges)

    def _turns(self, messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
        turns = convert_to_openai_messages(list(messages), text_format="string")
        return inert_turns(turns, self._controls.__contains__)

    def _written(self, turns: list[dict[str, Any]]) -> str:
        try:
            return self._apply_template(turns)
        except Exception as error:
            raise BackendError(f"the model's chat template refuses this conversation: {error}") from error

    def _apply_template(self, turns: list[dict[str, Any]]) -> str:
        with self._lock:
            return str(self._tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False))

    @staticmethod
    def _checked(ids: Sequence[int]) -> tuple[int, ...]:
        if not ids:
            raise BackendError("the model's chat template makes an empty prompt of this conversation")
        return tuple(ids)

    def encode(self, text: str) -> list[int]:
        """Token ids of plain text, without special tokens."""
        with self._lock:
            return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def decode(self, ids: Sequence[int]) -> str:
        """Text of token ids; special tokens are dropped, an unfinished character becomes U+FFFD."""
        with self._lock:
            return str(self._tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def grammar(self, schema: Mapping[str, Any]) -> Any:
        """A fresh llguidance matcher that allows the JSON objects of `schema`, and only these.

        Raises:
            BackendError: the schema, or this kind of tokenizer, cannot be turned into a grammar.
        """
        from llguidance import LLMatcher

        text = LLMatcher.grammar_from_json_schema(json.dumps(compact_schema(dict(schema))))
        # Errors may quote the parser's state, that is the answer so far: kept out of messages and logs.
        matcher = LLMatcher(self._llguidance(), text, log_level=0)
        if matcher.is_error():
            raise BackendError(f"this JSON schema cannot be turned into a grammar: {matcher.get_error()}")
        return matcher

    def _llguidance(self) -> Any:
        from llguidance.hf import from_tokenizer

        with self._lock:
            if self._grammar_tokens is None:
                try:
                    self._grammar_tokens = from_tokenizer(
                        self._tokenizer, n_vocab=self._vocabulary, eos_token=sorted(self.end_ids)
                    )
                except ValueError as error:
                    raise BackendError(f"no JSON grammar for this model's tokenizer: {error}") from error
            return self._grammar_tokens


class AnswerText:
    """The text of an answer that grows token by token.

    Hands out whole characters only, and never a beginning of a stop text that may yet be completed. The stop text
    itself and what follows are dropped.

    Attributes:
        stopped: a stop text was found.
    """

    def __init__(self, decode: Callable[[Sequence[int]], str], stops: Sequence[str] = ()) -> None:
        self.stopped = False
        self._decode = decode
        self._stops = [stop for stop in stops if stop]
        self._ids: list[int] = []
        # Decoding starts a few tokens back, at text already known: the first token of a piece may lose its space.
        self._from, self._read = 0, 0
        self._held = ""

    def push(self, token: int) -> str:
        """Add a token; returns the text that can be handed out now, often empty."""
        self._ids.append(token)
        known, text = self._decode(self._ids[self._from : self._read]), self._decode(self._ids[self._from :])
        if len(text) <= len(known) or text.endswith("\ufffd"):
            return ""
        self._from, self._read = self._read, len(self._ids)
        return self._released(text[len(known) :])

    def flush(self) -> str:
        """The text still held back, at the end of the answer."""
        if self.stopped:
            return ""
        known, text = self._decode(self._ids[self._from : self._read]), self._decode(self._ids[self._from :])
        self._from = self._read = len(self._ids)
        piece, held = self._released(text[len(known) :]), self._held
        self._held = ""
        return piece if self.stopped else piece + held

    def _released(self, piece: str) -> str:
        text = self._held + piece
        found = [at for at in (text.find(stop) for stop in self._stops) if at >= 0]
        if found:
            self.stopped, self._held = True, ""
            return text[: min(found)]
        keep = max((_overlap(text, stop) for stop in self._stops), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]


def _overlap(text: str, stop: str) -> int:
    """Length of the longest proper beginning of `stop` that `text` ends with."""
    return next((n for n in range(min(len(stop) - 1, len(text)), 0, -1) if text.endswith(stop[:n])), 0)
