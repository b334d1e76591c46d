"""Multimodal models: from a conversation with pictures, frames and sounds to token ids, inputs and spans.

The chat template writes one placeholder for each medium; an adapter says what stands there instead and what the model
is given beside (`transformers_multimodal_adapters`). The whole text is then read by the tokenizer once. As for pictures
alone, the placeholders carry a digest of all media in the keys of the prefix cache.

Imports torch: load it only through `transformers.py`.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from langchain_core.messages import BaseMessage
from torch import Tensor

from affectgraph.backends.control_tokens import inert_turns
from affectgraph.backends.errors import BackendError, SettingsError
from affectgraph.backends.media_parts import audio_of, frames_of
from affectgraph.backends.transformers_images import rope_keeper
from affectgraph.backends.transformers_multimodal_adapters import Adapter, Audio, Clip, Expanded, Kind, Medium, Still
from affectgraph.backends.transformers_multimodal_frames import Gemma3, InternVL, LlavaOneVision, Phi4, SmolVLM
from affectgraph.backends.transformers_multimodal_marks import marked_turns, marks_for
from affectgraph.backends.transformers_multimodal_qwen import Qwen2Audio, Qwen2VL, Qwen3VL, Qwen25Omni, Qwen25VL
from affectgraph.backends.transformers_prompt import Images, Prompt, Spans
from affectgraph.backends.transformers_text import ChatTokens
from affectgraph.backends.vision import pictures

__all__ = ["ADAPTERS", "MultimodalTokens", "adapter_for"]

# By `model_type` of the configuration.
ADAPTERS: Mapping[str, type[Adapter]] = {
    "qwen2_5_omni": Qwen25Omni,
    "qwen2_5_omni_thinker": Qwen25Omni,
    "qwen2_vl": Qwen2VL,
    "qwen2_5_vl": Qwen25VL,
    "qwen3_vl": Qwen3VL,
    "qwen2_audio": Qwen2Audio,
    "llava_onevision": LlavaOneVision,
    "internvl": InternVL,
    "smolvlm": SmolVLM,
    "gemma3": Gemma3,
    "phi4_multimodal": Phi4,
}
_PART_KINDS: Mapping[str, Kind] = {"image_url": "image", "video": "video", "input_audio": "audio"}


def adapter_for(model_type: str) -> type[Adapter]:
    """The adapter of a class of models.

    Raises:
        SettingsError: there is none; says what to write.
    """
    if (found := ADAPTERS.get(model_type)) is not None:
        return found
    raise SettingsError(
        f"no adapter for models of type {model_type!r}; known are {', '.join(ADAPTERS)}. Write a subclass of Adapter "
        "(backends/transformers_multimodal_adapters.py says how) and enter it in ADAPTERS "
        "(backends/transformers_multimodal.py)"
    )


class MultimodalTokens(ChatTokens):
    """The tokenizer, chat template and adapter of a multimodal model; safe to call from several threads."""

    def __init__(
        self, adapter: Adapter, tokenizer: Any, template: str | None, ends: frozenset[int], vocabulary: int, model: Any
    ) -> None:
        super().__init__(tokenizer, ends, vocabulary)
        self.reads = adapter.available
        self._adapter = adapter
        self._template = template
        # Media are slow: the answers of others are decoded meanwhile, with the tokenizer that is not the adapter's.
        self._preparing = threading.Lock()
        self._rope = getattr(rope_keeper(model), "get_rope_index", None)
        self._places: dict[Kind, str] = {
            kind: adapter.placeholder(adapter.stands_for.get(kind, kind)) for kind in sorted(self.reads)
        }
        # Some templates' placeholders are no tokens of the vocabulary.
        self._controls |= set(self._places.values())

    def read(self, messages: Sequence[BaseMessage], lead: str = "") -> Prompt:
        """Token ids, media and spans of a conversation, ready for its answer, which begins with `lead`.

        Raises:
            InputError: a medium cannot be used.
            BackendError: the chat template or the processor refuses the conversation.
        """
        marks = marks_for(messages)
        turns = inert_turns(marked_turns(messages, marks), self._controls.__contains__)
        parts = list(_media_parts(turns))
        media = _loaded(turns, parts)
        written = self._written([{**turn, "content": self._for_template(turn.get("content"))} for turn in turns])
        ordered, pieces = self._around_media(written, media)
        with self._preparing:
            expanded = self._adapter.expand(ordered) if ordered else Expanded([], {})
        whole = "".join(_alternating(pieces, expanded.texts)) + lead
        ids, words = self._located(whole, marks)
        spans = self._spans(ids, words)
        if not media:
            return Prompt(self._checked(ids), None, spans)
        digest = hashlib.sha256(b"".join(hashlib.sha256(_identity(part)).digest() for part in parts)).digest()
        return Prompt(tuple(ids), self._media(ids, expanded.inputs, digest), spans)

    def _apply_template(self, turns: list[dict[str, Any]]) -> str:
        with self._lock:
            return str(
                self._tokenizer.apply_chat_template(
                    turns, chat_template=self._template, add_generation_prompt=True, tokenize=False
                )
            )

    def _for_template(self, content: Any) -> Any:
        """Content as the templates of multimodal models take it: always a list of parts; media come separately."""
        if isinstance(content, str):
            return [{"type": "text", "text": content}]
        if not isinstance(content, list):
            return content
        made: list[dict[str, Any]] = []
        for part in content:
            kind = _PART_KINDS.get(part.get("type"))
            if kind is not None:
                made.append({"type": self._adapter.stands_for.get(kind, kind)})
            elif made and made[-1]["type"] == "text" and part.get("type") == "text":
                # As where all parts are texts; and no control token can be pieced together from two.
                made[-1] = {"type": "text", "text": made[-1]["text"] + "\n" + part["text"]}
            else:
                made.append(part)
        return made

    def _around_media(self, written: str, media: Sequence[Medium]) -> tuple[list[Medium], list[str]]:
        """The media in the order in which the template places them, and the text before, between and after them."""
        waiting: dict[str, list[Medium]] = {}
        for medium in media:
            waiting.setdefault(self._places[medium.kind], []).append(medium)
        if not waiting:
            return [], [written]
        pieces = re.split(f"({'|'.join(map(re.escape, sorted(waiting)))})", written)
        found = pieces[1::2]
        if any(found.count(place) != len(here) for place, here in waiting.items()):
            kinds = sorted({medium.kind for medium in media})
            raise BackendError(f"the model's chat template leaves media out ({', '.join(kinds)}); choose another model")
        return [waiting[place].pop(0) for place in found], pieces[::2]

    def _spans(self, ids: Sequence[int], words: tuple[int, ...]) -> Spans:
        known = self._adapter.token_ids
        seen = {token for kind, token in known.items() if kind != "audio"}
        return Spans.of_positions(
            {
                "text": words,
                "audio": [at for at, token in enumerate(ids) if token == known.get("audio")],
                "video": [at for at, token in enumerate(ids) if token in seen],
            }
        )

    def _media(self, ids: list[int], inputs: Mapping[str, Tensor], digest: bytes) -> Images:
        held = frozenset(self._adapter.token_ids.values())
        places = [at for at, token in enumerate(ids) if token in held]
        if not places:
            raise BackendError("the model's processor makes no token of these media; choose another model")
        end = places[-1] + 1 + self._adapter.closing
        if end > len(ids) - 1:
            raise BackendError("the model's chat template ends with a medium; choose another model")
        key = -1 - int.from_bytes(digest, "big")
        kinds = self._adapter.per_token(ids)
        return Images(
            keys=tuple(key if token in held else token for token in ids),
            end=end,
            pixels=inputs,
            kinds=kinds,
            shift=self._shift(torch.tensor([ids]), {**inputs, **kinds}),
        )

    def _shift(self, ids: Tensor, inputs: Mapping[str, Tensor]) -> int:
        if self._rope is None:
            return 0
        given = {"attention_mask": torch.ones_like(ids), **inputs, **self._adapter.positions(inputs)}
        known = {name: value for name, value in given.items() if name in inspect.signature(self._rope).parameters}
        _, deltas = self._rope(input_ids=ids, **known)
        return int(deltas.flatten()[0])


def _media_parts(turns: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for turn in turns:
        content = turn.get("content")
        for part in content if isinstance(content, list) else ():
            if part.get("type") in _PART_KINDS:
                yield part


def _loaded(turns: Sequence[Mapping[str, Any]], parts: Sequence[Mapping[str, Any]]) -> list[Medium]:
    stills = iter(pictures(turns))
    media: list[Medium] = []
    for part in parts:
        if part["type"] == "image_url":
            media.append(Still(next(stills)[1]))
        elif part["type"] == "video":
            frames, fps = frames_of(part)
            media.append(Clip(tuple(frames), fps))
        else:
            samples, rate = audio_of(part)
            media.append(Audio(samples, rate))
    return media


def _identity(part: Mapping[str, Any]) -> bytes:
    return json.dumps(part, sort_keys=True, default=str).encode()


def _alternating(pieces: Sequence[str], texts: Sequence[str]) -> Iterator[str]:
    for at, piece in enumerate(pieces):
        yield piece
        if at < len(texts):
            yield texts[at]
