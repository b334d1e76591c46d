"""Structured answers from any chat model, through instructor.

instructor validates with pydantic and re-asks with the error; this module gives it a `create` function over a
langchain-core chat model, so that callbacks and tracing see every try, tags each try `nostream` (the chain never
enters the token stream), and turns instructor's errors into ours. Mode is JSON_SCHEMA. Where an engine has no
`response_format`, the schema goes into the node's own last message: never into the system message, which would lose
the cached prefix. instructor's `context` is never used: it would run help-seeker text through a template engine.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, convert_to_messages, convert_to_openai_messages
from pydantic import BaseModel, ValidationError

from affectgraph.backends.errors import (
    AffectgraphError,
    AnswerBudgetExceeded,
    BackendError,
    MalformedAnswer,
    TruncatedAnswer,
)

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion

__all__ = ["NOSTREAM", "answer_text", "compact_schema", "fill_through"]

NOSTREAM = {"tags": ["nostream"]}
SchemaPlace = Literal["response_format", "last_message"]
T = TypeVar("T", bound=BaseModel)

# instructor logs the text of invalid answers at ERROR; help-seeker text stays out of logs.
logging.getLogger("instructor").setLevel(logging.CRITICAL + 1)


def fill_through(
    model: BaseChatModel,
    messages: Sequence[BaseMessage],
    schema: type[T],
    *,
    schema_place: SchemaPlace = "response_format",
    max_tokens: int = 512,
    token_budget: int | None = None,
    retries: int = 2,
) -> T:
    """Ask `model` for one object of `schema`.

    Args:
        model: any chat model; its `invoke` gets `max_tokens` and, for `response_format`, the JSON schema.
        messages: the conversation; the last one holds the instruction.
        schema: the pydantic model to fill.
        schema_place: how the engine learns of the schema.
        max_tokens: limit of one try, in tokens.
        token_budget: limit over all tries, prompt and answer tokens of failed tries included.
        retries: how often a wrong answer is sent back with its error.

    Raises:
        TruncatedAnswer: a try ended at `max_tokens`.
        MalformedAnswer: no try gave a valid object; `last_answer` holds the last one.
        AnswerBudgetExceeded: failed tries used up `token_budget`.
        BackendError: the engine failed.
    """
    import instructor
    from instructor.core.exceptions import IncompleteOutputException, InstructorRetryException

    first = len(messages)

    def create(messages: list[dict[str, Any]], response_format: dict[str, Any]) -> ChatCompletion:
        extra: dict[str, Any] = {"max_tokens": max_tokens}
        if schema_place == "response_format":
            extra["response_format"] = response_format
        else:
            messages = _schema_in_message(messages, first - 1, response_format)
        answer = model.invoke(convert_to_messages(messages), config=cast(Any, NOSTREAM), **extra)
        return _as_completion(answer, unfence=schema_place == "last_message")

    ask = cast(Any, instructor.patch(create=create, mode=instructor.Mode.JSON_SCHEMA))
    try:
        return cast(
            T,
            ask(
                response_model=schema,
                messages=convert_to_openai_messages(list(messages)),
                max_retries=retries,
                token_budget=token_budget,
                strict=False,
            ),
        )
    except (IncompleteOutputException, InstructorRetryException) as error:
        raise _translated(error, schema, max_tokens, token_budget) from error


def compact_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """A JSON schema for llguidance: closed objects, and JSON on one line.

    One line takes a third fewer tokens, and the history re-tokenises as it was generated, which keeps the prefix
    cache. `lenient`: keywords that a grammar cannot express (uniqueItems, say) are left to pydantic.
    """
    style = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": ", "lenient": True}
    return cast(dict[str, Any], _closed(schema)) | {"x-guidance": style}


def _closed(node: Any) -> Any:
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed = {key: _closed(value) for key, value in node.items()}
    return {"additionalProperties": False} | closed if "properties" in node else closed


def answer_text(filled: BaseModel) -> str:
    """The model's own JSON behind a filled object, verbatim: what belongs into the message history.

    Re-serialising would change white space and lose the cached prefix from there on.
    """
    completion = getattr(filled, "_raw_response", None)
    if completion is None:
        return filled.model_dump_json()
    return cast(str, completion.choices[0].message.content)


def _schema_in_message(
    messages: list[dict[str, Any]], index: int, response_format: dict[str, Any]
) -> list[dict[str, Any]]:
    schema = json.dumps(response_format["json_schema"]["schema"], ensure_ascii=False)
    request = f"Answer with one JSON object of this JSON schema:\n{schema}"
    content = messages[index]["content"]
    # A message with images is a list of parts.
    extended = f"{content}\n\n{request}" if isinstance(content, str) else [*content, {"type": "text", "text": request}]
    changed = messages[index] | {"content": extended}
    return [*messages[:index], changed, *messages[index + 1 :]]


def _as_completion(answer: AIMessage, *, unfence: bool) -> ChatCompletion:
    from instructor.utils import extract_json_from_codeblock
    from openai.types.chat import ChatCompletion

    text = str(answer.text)
    if unfence and text.strip():
        text = extract_json_from_codeblock(text)
    counted = answer.usage_metadata or {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    reason = answer.response_metadata.get("finish_reason", "stop")
    return ChatCompletion.model_validate(
        {
            "id": answer.id or "local",
            "created": int(time.time()),
            "model": answer.response_metadata.get("model_name", "local"),
            "object": "chat.completion",
            "choices": [
                {
                    "index": 0,
                    "finish_reason": "length" if reason in ("length", "max_tokens") else "stop",
                    "message": {"role": "assistant", "content": text},
                }
            ],
            "usage": {
                "prompt_tokens": counted["input_tokens"],
                "completion_tokens": counted["output_tokens"],
                "total_tokens": counted["total_tokens"],
            },
        }
    )


def _translated(error: Any, schema: type[BaseModel], max_tokens: int, token_budget: int | None) -> AffectgraphError:
    from instructor.core.exceptions import IncompleteOutputException, TokenBudgetError

    cause = error.__cause__
    if isinstance(cause, AffectgraphError):
        return cause
    if isinstance(error, IncompleteOutputException):
        return TruncatedAnswer(
            f"the answer for {schema.__name__} was cut off at {max_tokens} tokens; raise the node's max_tokens"
        )
    if isinstance(error, TokenBudgetError):
        return AnswerBudgetExceeded(
            f"{schema.__name__} was not filled within its budget of {token_budget} tokens ({error.n_attempts} tries)"
        )
    tries = f"{error.n_attempts} {'try' if error.n_attempts == 1 else 'tries'}"
    if isinstance(cause, ValidationError):
        problems = "; ".join(
            f"{_place(item['loc'], schema)}: {item['msg']}"
            for item in cause.errors(include_input=False, include_url=False, include_context=False)[:3]
        )
        last = error.last_completion.choices[0].message.content if error.last_completion else ""
        return MalformedAnswer(
            f"the model gave no valid {schema.__name__} in {tries} ({problems}); try a stronger backend",
            last_answer=last or "",
        )
    return BackendError(f"the model failed while filling {schema.__name__}: {type(cause).__name__}: {cause}")


def _place(location: Sequence[int | str], schema: type[BaseModel]) -> str:
    """Where in the answer an error is. Keys that the model made up may hold help-seeker text and are not named."""
    known = _property_names(schema.model_json_schema())
    return ".".join(str(part) if isinstance(part, int) or part in known else "?" for part in location) or "answer"


def _property_names(node: Any) -> set[str]:
    if isinstance(node, list):
        return set().union(*map(_property_names, node))
    if not isinstance(node, dict):
        return set()
    properties = node.get("properties")
    own = set(properties) if isinstance(properties, dict) else set()
    return own.union(*map(_property_names, node.values()))
