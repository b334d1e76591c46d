"""An inspect_ai model as a backend, so that `--model openai/...` can serve a graph: inspect's providers, retries, rate
limits, cost limits and model logs then apply.

Graphs are synchronous and run in worker threads; each call goes back to the event loop that inspect runs on.
"""

from __future__ import annotations

import time
from typing import Any

from anyio import from_thread
from anyio.lowlevel import EventLoopToken, current_token
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    Model,
    ModelOutput,
    StopReason,
)
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import PrivateAttr

from affectgraph.backends.base import Backend, Capabilities
from affectgraph.backends.errors import BackendError
from affectgraph.backends.usage import Usage, report

__all__ = ["InspectBackend"]

_TYPES: dict[str, type[ChatMessageSystem | ChatMessageUser | ChatMessageAssistant]] = {
    "system": ChatMessageSystem,
    "human": ChatMessageUser,
    "ai": ChatMessageAssistant,
}
_FINISHED: dict[StopReason, str] = {"stop": "stop", "max_tokens": "length", "model_length": "length"}


class InspectBackend(Backend):
    """A model of inspect_ai. It has no label log-probabilities: `choose` asks for a structured answer.

    Attributes:
        model: the inspect model.
    """

    model: Any
    _loop: EventLoopToken | None = PrivateAttr(default=None)

    def attach(self) -> None:
        """Remember the running event loop; call it there before the graph is invoked in a thread."""
        self._loop = current_token()

    @property
    def _llm_type(self) -> str:
        return "affectgraph-inspect"

    @property
    def capabilities(self) -> Capabilities:
        """Text, with the schema in the prompt: what every provider can do."""
        return Capabilities(json_answers="prompt")

    @property
    def identity(self) -> str:
        """The provider's name of the model, and the configuration it was given."""
        model: Model = self.model
        return f"inspect:{model}:{model.config.model_dump_json(exclude_none=True)}"

    @property
    def concurrency(self) -> int:
        """Inspect limits the connections itself."""
        return 10

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        given: list[ChatMessage] = [_TYPES[message.type](content=str(message.text)) for message in messages]
        config = GenerateConfig(max_tokens=kwargs.get("max_tokens"), stop_seqs=stop)
        started = time.perf_counter()
        try:
            output: ModelOutput = from_thread.run(self._ask, given, config, token=self._loop)
        except Exception as error:
            raise BackendError(f"the model {self.model} failed: {type(error).__name__}: {error}") from error
        usage = output.usage
        report(
            Usage(
                tokens_in=usage.input_tokens if usage else 0,
                tokens_cached=(usage.input_tokens_cache_read or 0) if usage else 0,
                tokens_out=usage.output_tokens if usage else 0,
                milliseconds=1000 * (time.perf_counter() - started),
            )
        )
        finish = _FINISHED.get(output.stop_reason, output.stop_reason)
        message = AIMessage(content=output.completion, response_metadata={"finish_reason": finish})
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _ask(self, messages: list[ChatMessage], config: GenerateConfig) -> ModelOutput:
        model: Model = self.model
        return await model.generate(messages, config=config)
