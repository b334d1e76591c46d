"""An inspect_ai model as a backend, so that `--model openai/...` can serve a graph: inspect's providers, retries, rate
limits, cost limits and model logs then apply.

Graphs are synchronous and run in worker threads; each call goes back to the event loop that inspect runs on.
"""

from __future__ import annotations

import hashlib
import json
import time
from importlib.metadata import version
from pathlib import Path
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
from inspect_ai.util import LimitExceededError
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
        """The provider's name of the model, and a digest of its configuration, address, arguments and versions.

        An argument that is a path counts with the names, sizes and times of the files there.
        """
        model: Model = self.model
        depends = {
            "config": model.config.model_dump(mode="json", exclude_none=True),
            "base_url": model.api.base_url,
            "arguments": {name: _described(value) for name, value in model.model_args.items()},
            "inspect_ai": version("inspect_ai"),
        }
        written = json.dumps(depends, sort_keys=True, default=repr)
        return f"inspect:{model}:{hashlib.sha256(written.encode()).hexdigest()[:12]}"

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
        except LimitExceededError:
            raise  # inspect's own limits end the sample, not the engine
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


def _described(value: Any) -> Any:
    path = Path(value) if isinstance(value, str) else None
    if path is None or not path.exists():
        return value
    files = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file())
    return [str(path), *((one.name, one.stat().st_size, one.stat().st_mtime_ns) for one in files)]
