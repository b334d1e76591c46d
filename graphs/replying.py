"""Writing to the person: vetted texts, and a model's reply released sentence by sentence.

A sentence leaves this module only after all typed checks passed on all text so far; what a model writes after a
violation is never seen. Shared by every graph that answers a person.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterable, Sequence
from typing import Any, Literal, cast

from langchain_core.messages import AIMessageChunk, BaseMessage
from langgraph.config import get_stream_writer
from langgraph.graph.message import push_message
from pydantic import BaseModel, ConfigDict

from affectgraph.backends.base import Backend
from affectgraph.backends.structured import NOSTREAM
from affectgraph.prompts import Prompt, prompt
from affectgraph.tools.language import Language
from affectgraph.tools.reply_checks import SentenceGate, Violation
from affectgraph.tools.safety import Assessment, Category, resources, told

__all__ = [
    "Checked",
    "crisis_reply",
    "prompt_language",
    "release",
    "release_checked",
    "resources_beside",
    "write_checked",
]

# A reply that the checks cut off before its second sentence says too little; vetted text follows it then.
_ENOUGH = 2


class Checked(BaseModel):
    """What became of a model's reply.

    Attributes:
        sentences: those that were released.
        rejected: kinds of the violations that stopped it.
        dropped: kinds of faults of form for which single sentences were left out.
    """

    model_config = ConfigDict(frozen=True)

    sentences: list[str] = []
    rejected: list[str] = []
    dropped: list[str] = []

    @property
    def enough(self) -> bool:
        """It can stand alone."""
        return len(self.sentences) >= (_ENOUGH if self.rejected else 1)


def prompt_language(language: Language) -> Literal["en", "zh"]:
    """The language of prompts and vetted texts: Chinese for Chinese, English for the rest."""
    return "zh" if language == "zh" else "en"


def release(sentences: Iterable[str]) -> None:
    """Put checked text into the token stream (`messages`) and the `custom` stream of the running graph."""
    message_id = str(uuid.uuid4())
    writer = get_stream_writer()
    for sentence in sentences:
        push_message(AIMessageChunk(content=sentence, id=message_id), state_key=None)
        writer({"sentence": sentence})


def write_checked(
    backend: Backend,
    messages: Sequence[BaseMessage],
    *,
    source: str,
    language: Language,
    max_tokens: int,
    gate: SentenceGate | None = None,
    held: bool = False,
) -> Checked:
    """Stream a reply through the checks and release each sentence that passes.

    The model's own stream is tagged `nostream`, and closed at the first violation. Arguments as for `release_checked`.
    """
    stream = backend.stream(list(messages), config=cast(Any, NOSTREAM), max_tokens=max_tokens)
    pieces = (str(chunk.text) for chunk in stream)
    with contextlib.closing(cast(Any, stream)):
        return release_checked(pieces, source=source, language=language, gate=gate, held=held)


def release_checked(
    pieces: Iterable[str], *, source: str, language: Language, gate: SentenceGate | None = None, held: bool = False
) -> Checked:
    """Release the sentences of a reply that arrives in pieces, up to the first violation.

    Args:
        pieces: the reply's text, in order.
        source: the person's text, for the checks that compare.
        language: of the person's text.
        gate: with other checks than the usual ones.
        held: check only; somebody else releases.
    """
    gate = gate or SentenceGate(source=source, language=prompt_language(language))
    passed: list[str] = []

    def take(sentences: list[str]) -> None:
        if not held:
            release(sentences)
        passed.extend(sentences)

    for piece in pieces:
        take(gate.push(piece))
        if gate.violations:
            break
    else:
        take(gate.finish())
    return Checked(sentences=passed, rejected=_kinds(gate.violations), dropped=_kinds(gate.dropped))


def _kinds(found: Iterable[Violation]) -> list[str]:
    return sorted({violation.kind for violation in found})


def crisis_reply(assessment: Assessment, language: Language) -> tuple[str, Prompt]:
    """The deterministic reply to a text at risk, and the prompt file it comes from.

    Imminent danger comes first; then thoughts of suicide or self-harm; then everything else (violence, abuse, ...).
    """
    spoken = prompt_language(language)
    if assessment.level >= 4:
        name = "imminent"
    elif {Category.suicide, Category.self_harm} & set(assessment.categories):
        name = "thoughts"
    else:
        name = "others"
    chosen = prompt(f"safety/{name}", spoken)
    return chosen.render(resources=prompt("safety/resources", spoken).render()), chosen


def resources_beside(language: Language, country: str | None = None, *, minor: bool = False) -> str:
    """The two sentences shown beside a normal reply, with the resources of the person's country."""
    spoken = prompt_language(language)
    return prompt("safety/beside", spoken).render(resources=told(resources(country, minor=minor), spoken))
