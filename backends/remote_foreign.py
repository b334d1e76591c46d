"""Providers whose SDK is not OpenAI-shaped (Anthropic, Google, ...): every answer is a structured one, by instructor.

The timeout and retries of its requests are the SDK's own; re-asking is instructor's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar, cast

from langchain_core.messages import BaseMessage, convert_to_openai_messages
from pydantic import BaseModel, ValidationError

from affectgraph.backends.errors import AffectgraphError, AnswerBudgetExceeded, MalformedAnswer, TruncatedAnswer
from affectgraph.backends.remote_errors import Explainer
from affectgraph.backends.spend import Meter
from affectgraph.backends.vision import data_url

__all__ = ["fill"]

T = TypeVar("T", bound=BaseModel)


def fill(
    client: Any,
    messages: Sequence[BaseMessage],
    schema: type[T],
    *,
    meter: Meter,
    count: Callable[[object], object],
    explainer: Explainer,
    **options: Any,
) -> T:
    """A structured answer in instructor's own mode for the provider.

    Args:
        client: the instructor client.
        messages: the conversation.
        schema: the pydantic model to fill.
        meter: counts each try and runs the clock.
        count: told of each answer that the SDK gives, before it is checked.
        explainer: says what went wrong.
        options: `max_tokens`, `max_retries`, `temperature`, `token_budget`, as instructor takes them.

    Raises:
        TruncatedAnswer, AnswerBudgetExceeded, MalformedAnswer: there is no usable answer.
        InputError: an image part is no `data:` URL.
        BackendError: the SDK or the endpoint failed.
    """
    from instructor.core.hooks import HookName, Hooks

    def answered(response: object) -> None:
        meter.tries += 1
        count(response)

    hooks = Hooks()
    hooks.on(HookName.COMPLETION_RESPONSE, answered)
    asked = [_with_images(turn) for turn in convert_to_openai_messages(list(messages))]
    ask = partial(client.create, schema, asked, strict=False, hooks=hooks, **options)
    try:
        filled = cast(T, meter.timed(ask))
    except Exception as error:
        raise _explained(error, schema, explainer) from None
    # `structured.answer_text` knows OpenAI's answers only; without one it gives the object's JSON.
    cast(Any, filled)._raw_response = None
    return filled


def _with_images(turn: dict[str, Any]) -> dict[str, Any]:
    """A turn whose images are instructor's: it writes them as the provider wants them. Texts beside them are plain."""
    from instructor import Image

    content = turn.get("content")
    if not isinstance(content, list):
        return turn
    kinds: dict[str, Callable[[dict[str, Any]], object]] = {
        "text": lambda part: part["text"],
        "image_url": lambda part: Image.from_base64(data_url(part)),
    }
    return {**turn, "content": [kinds[part["type"]](part) if part.get("type") in kinds else part for part in content]}


def _explained(error: Exception, schema: type[BaseModel], explainer: Explainer) -> AffectgraphError:
    from instructor.core.exceptions import IncompleteOutputException, TokenBudgetError

    name, cause = schema.__name__, error.__cause__
    if isinstance(error, IncompleteOutputException):
        return TruncatedAnswer(f"the answer for {name} was cut off; raise the node's max_tokens")
    if isinstance(error, TokenBudgetError):
        return AnswerBudgetExceeded(f"{name} was not filled within its token budget")
    if isinstance(cause, ValidationError | json.JSONDecodeError):
        return MalformedAnswer(f"{explainer.address} gave no valid {name}; try a stronger model")
    return explainer.explain(cause if isinstance(cause, Exception) else error)
