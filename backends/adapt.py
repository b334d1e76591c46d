"""A user's own langchain-core chat model as a backend."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from affectgraph.backends.base import Backend, Capabilities
from affectgraph.backends.errors import BackendError
from affectgraph.backends.usage import Usage, report
from affectgraph.backends.vision import check_parts

__all__ = ["AdaptedBackend", "adapt"]


class AdaptedBackend(Backend):
    """Wraps any chat model. `fill` asks for JSON in words and checks it; `choose` is a structured answer, marked
    `uncalibrated`. Messages are passed on as they are, image parts where `abilities` has `image`.
    """

    model: BaseChatModel
    abilities: Capabilities = Capabilities(json_answers="prompt")

    @property
    def _llm_type(self) -> str:
        return f"affectgraph-adapted-{self.model._llm_type}"

    @property
    def capabilities(self) -> Capabilities:
        """Text, unless `adapt` was told of more."""
        return self.abilities

    @property
    def identity(self) -> str:
        """The class and what langchain-core knows of its parameters."""
        name = getattr(self.model, "model_name", None) or getattr(self.model, "model", None) or "model"
        return f"{type(self.model).__name__}:{name}"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        self._check_steering(kwargs.get("steering"))
        self._check_parts(messages)
        started = time.perf_counter()
        with _named_failure(self.identity):
            message = self.model.invoke(messages, stop=stop, config={"callbacks": [], "tags": ["nostream"]})
        _report(message.usage_metadata, started)
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        self._check_steering(kwargs.get("steering"))
        self._check_parts(messages)
        started = time.perf_counter()
        counted: UsageMetadata | None = None
        with _named_failure(self.identity):
            for message in self.model.stream(messages, stop=stop, config={"callbacks": [], "tags": ["nostream"]}):
                counted = getattr(message, "usage_metadata", None) or counted
                chunk = ChatGenerationChunk(message=AIMessageChunk(content=str(message.text)))
                if run_manager:
                    run_manager.on_llm_new_token(str(message.text), chunk=chunk)
                yield chunk
        _report(counted, started)

    def _check_parts(self, messages: list[BaseMessage]) -> None:
        way = "if it reads images, say so: adapt(model, capabilities=Capabilities(image=True))"
        reads = self.abilities
        check_parts(messages, self.label, image=reads.image, audio=reads.audio, video=reads.video, others=True, way=way)


def adapt(model: BaseChatModel, *, capabilities: Capabilities | None = None) -> Backend:
    """`model` as a backend; one that already is a backend is returned as it is.

    Args:
        model: any langchain-core chat model.
        capabilities: what it can do beyond text; our default claims text only, since a chat model does not say whether
            it reads images. Without `image=True` a message that holds one is refused.
    """
    if isinstance(model, Backend):
        return model
    return AdaptedBackend(label="own", model=model, abilities=capabilities or Capabilities(json_answers="prompt"))


@contextmanager
def _named_failure(identity: str) -> Iterator[None]:
    """Whatever the user's model raises becomes a BackendError that names the model."""
    try:
        yield
    except BackendError:
        raise
    except Exception as error:
        raise BackendError(f"the model {identity} failed: {type(error).__name__}: {error}") from error


def _report(counted: UsageMetadata | None, started: float) -> None:
    details = counted.get("input_token_details") or {} if counted else {}
    report(
        Usage(
            tokens_in=counted["input_tokens"] if counted else 0,
            tokens_out=counted["output_tokens"] if counted else 0,
            tokens_cached=details.get("cache_read", 0) or 0,
            milliseconds=1000 * (time.perf_counter() - started),
        )
    )
