"""The scripted backend: replies from a list, a function or a file. No model, no network; made for tests and
demonstrations.

A reply is a string, or an object that is given as JSON. `choose` takes an object label -> weight, or one of the labels.
"""

from __future__ import annotations

import hashlib
import json
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from affectgraph.backends.base import Backend, Capabilities
from affectgraph.backends.config import ScriptedConfig
from affectgraph.backends.errors import BackendError, SettingsError
from affectgraph.backends.scoring import Distribution
from affectgraph.backends.steering import SteeringPlan
from affectgraph.backends.usage import Usage, report
from affectgraph.backends.vision import check_parts

__all__ = ["Reply", "ScriptedBackend"]

Reply = str | dict[str, Any] | list[Any]
Source = Sequence[Reply] | Callable[[list[BaseMessage]], Reply]


class ScriptedBackend(Backend):
    """Replies given beforehand.

    Attributes:
        replies: a sequence (used in order, over all kinds of call) or a function of the messages.
        cycle: start over when a sequence is used up; otherwise that is an error which says so.
        abilities: what it pretends to be able to do.
    """

    replies: Any = ()
    cycle: bool = False
    abilities: Capabilities = Capabilities(logprobs=True, json_answers="grammar")
    _next: int = PrivateAttr(default=0)
    _lock: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    @classmethod
    def from_config(cls, config: ScriptedConfig, label: str) -> ScriptedBackend:
        """Read the replies of `config.path`.

        Raises:
            SettingsError: the file is missing, or a line is not JSON.
        """
        return cls(label=label, replies=_read(config.path), cycle=config.cycle)

    @property
    def _llm_type(self) -> str:
        return "affectgraph-scripted"

    @property
    def capabilities(self) -> Capabilities:
        """What it was told to pretend."""
        return self.abilities

    @property
    def identity(self) -> str:
        """A digest of the script, so that no cache takes one script's answers for another's."""
        if callable(self.replies):
            return "scripted:function"
        written = json.dumps(list(self.replies), ensure_ascii=False, sort_keys=True)
        return f"scripted:{hashlib.sha256(written.encode()).hexdigest()[:12]}"

    @property
    def concurrency(self) -> int:
        """A sequence has an order, so it serves one request at a time."""
        return 8 if callable(self.replies) else 1

    def choose(
        self,
        messages: Sequence[BaseMessage],
        options: Sequence[str],
        *,
        lead: str = "",
        neutral: Sequence[BaseMessage] | None = None,
        steering: SteeringPlan | None = None,
    ) -> Distribution:
        """The scripted distribution over `options`; labels left out get zero.

        Raises:
            ValueError: fewer than two options, or one twice.
            BackendError: the scripted reply is no choice among them.
        """
        self._check_options(options)
        self._check_steering(steering)
        reply = self._reply(list(messages))
        report(Usage(tokens_in=self._count(messages), tokens_out=1))
        if isinstance(reply, str) and reply in options:
            reply = {reply: 1.0}
        if not isinstance(reply, dict) or not set(reply) <= set(options) or not _are_weights(list(reply.values())):
            raise BackendError(f"the script's reply is no choice among {list(options)}")
        total = sum(reply.values())
        shares = {option: reply.get(option, 0.0) / total for option in options}
        return Distribution(probabilities=shares)

    def _reply(self, messages: list[BaseMessage]) -> Reply:
        check_parts(messages, self.label, image=True, others=True)
        if callable(self.replies):
            answer: Reply = self.replies(messages)
            return answer
        with self._lock:
            index = self._next
            self._next += 1
        if index >= len(self.replies) and not (self.cycle and self.replies):
            raise BackendError(f"the script has {len(self.replies)} replies and was asked for one more")
        scripted: Reply = self.replies[index % len(self.replies)]
        return scripted

    def _count(self, messages: Sequence[BaseMessage]) -> int:
        return sum(self.count_tokens(str(message.text)) for message in messages)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        result = self._generate(messages, stop, run_manager, **kwargs)
        words = str(result.generations[0].message.text).split(" ")
        for index, word in enumerate(words):
            text = word if index == 0 else f" {word}"
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=text))
            if run_manager:
                run_manager.on_llm_new_token(text, chunk=chunk)
            yield chunk

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        self._check_steering(kwargs.get("steering"))
        reply = self._reply(messages)
        text = reply if isinstance(reply, str) else json.dumps(reply, ensure_ascii=False)
        tokens_in, tokens_out = self._count(messages), self.count_tokens(text)
        report(Usage(tokens_in=tokens_in, tokens_out=tokens_out))
        counted = UsageMetadata(input_tokens=tokens_in, output_tokens=tokens_out, total_tokens=tokens_in + tokens_out)
        message = AIMessage(
            content=text,
            usage_metadata=counted,
            response_metadata={"finish_reason": "stop", "model_name": "scripted"},
        )
        return ChatResult(generations=[ChatGeneration(message=message)])


def _are_weights(values: list[Any]) -> bool:
    numbers = all(isinstance(value, int | float) and math.isfinite(value) and value >= 0 for value in values)
    return numbers and sum(values) > 0


def _read(path: Path) -> list[Reply]:
    try:
        # Not `splitlines`: JSON strings may hold line separators other than the line feed.
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise SettingsError(f"cannot read the script {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"cannot read the script {path}: not UTF-8 (byte {error.start})") from error
    replies: list[Reply] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            replies.append(json.loads(line))
        except json.JSONDecodeError as error:
            raise SettingsError(f"{path}, line {number}: not JSON ({error.msg})") from error
    return replies
