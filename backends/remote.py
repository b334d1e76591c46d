"""Chat models behind an HTTP address: any OpenAI-compatible URL, and the providers that instructor knows.

Retries are the `openai` client's own: bounded, Retry-After honoured. This module counts every try, stops at the
caps of a run, sends text only where consent was given, and turns what goes wrong into one sentence. Neither a key nor
a server's free text (it may repeat the prompt) gets into an error.
"""

from __future__ import annotations

import json
import logging
import math
import os
import re
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, convert_to_openai_messages
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import BaseModel, Field, PrivateAttr, ValidationError

from affectgraph.backends import consent, errors, structured, usage
from affectgraph.backends.base import Backend, Capabilities, Health
from affectgraph.backends.config import RemoteConfig
from affectgraph.backends.scoring import Distribution
from affectgraph.backends.spend import Meter, Spend, read_usage, usage_metadata
from affectgraph.backends.usage import Usage

__all__ = ["RemoteBackend"]

T = TypeVar("T", bound=BaseModel)

_OPTIONS = ("max_tokens", "response_format", "temperature", "top_p", "seed", "logprobs", "top_logprobs")
# What OpenAI's reasoning models refuse by name: sent again under the other name, or without it.
_REPLACED = {"max_tokens": "max_completion_tokens", "temperature": None, "top_p": None, "seed": None}
_TOP = 20  # the most top_logprobs that OpenAI and vLLM give, and so the most lettered options
_HEALTH_TIMEOUT_S = 5.0
# llama.cpp and OpenAI by code; vLLM and SGLang in several wordings; Anthropic.
_OVERFLOW = re.compile(
    r"context[ _](length|size|window)|maximum (allowed|model) length|prompt is too long"
    r"|max_tokens must be at least 1, got -",
    re.IGNORECASE,
)

_log = logging.getLogger(__name__)
# At DEBUG the openai client logs whole requests; help-seeker text stays out of logs.
logging.getLogger("openai._base_client").setLevel(logging.INFO)


class _NoLetters(Exception):
    """The answer holds no log-probability of any letter."""


class _Reply(BaseModel):
    """Your reply."""

    text: str


class RemoteBackend(Backend):
    """A chat model at an OpenAI-compatible URL, or at a provider that instructor knows. Made by `open`.

    Free text is sampled as `config.decoding` says (its `repeat_penalty` is not in OpenAI's protocol and is not
    sent), structured answers greedily. Call options: `max_tokens`, `response_format`, `temperature`, `top_p`,
    `seed`; others, meant for other engines, are ignored. Token counts that a server does not report are
    estimated, and the response metadata says `usage_estimated`.

    A provider whose SDK is not OpenAI-shaped (Anthropic, Google, ...) is reached through instructor only: `fill`
    uses instructor's own mode for it; free text is a structured answer with one field `text`, is not streamed, and
    obeys `max_tokens` and `temperature` only. Timeout and retries are then those of the SDK.
    """

    config: RemoteConfig = Field(repr=False)
    _client: Any = PrivateAttr(default=None)
    _foreign: Any = PrivateAttr(default=None)
    _spend: Spend = PrivateAttr()
    _refused: set[str] = PrivateAttr(default_factory=set)

    @classmethod
    def open(
        cls, config: RemoteConfig, *, label: str, data_dir: Path, ask: Callable[[str], bool] | None = None
    ) -> RemoteBackend:
        """Make a backend that can be asked; sends nothing yet.

        Args:
            config: the endpoint.
            label: its name in the settings.
            data_dir: folder in which consent is recorded.
            ask: puts the consent question to a person; None where nobody can answer.

        Raises:
            ConsentRequired: nobody agreed that text leaves this machine.
            SettingsError: the URL, the key or the provider is unusable.
            MissingDependency: the provider's SDK is not installed.
        """
        consent.require(config, data_dir, label, ask)
        backend = cls(label=label, config=config)
        backend._connect()
        return backend

    def model_post_init(self, context: Any, /) -> None:
        """Start the counter of this run."""
        super().model_post_init(context)
        self._spend = Spend(self.config, self.label)

    @property
    def _llm_type(self) -> str:
        return "affectgraph-remote"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.identity, **self.config.decoding.model_dump()}

    @property
    def capabilities(self) -> Capabilities:
        """As the settings say; a provider's own SDK gives no log-probabilities."""
        scored = self.config.logprobs and self._foreign is None
        return Capabilities(image=self.config.image, logprobs=scored, json_answers=self.config.json_answers)

    @property
    def identity(self) -> str:
        """`host[:port]/model`, or `provider/model`."""
        own = self.config.base_url is not None
        return f"{self._address.split('://')[-1]}/{self.config.model}" if own else self.config.model

    @property
    def context_tokens(self) -> int | None:
        """As the settings say."""
        return self.config.context

    @property
    def concurrency(self) -> int:
        """As the settings say."""
        return self.config.concurrency

    @property
    def spend(self) -> Spend:
        """Tokens and cost of this run."""
        return self._spend

    def health(self) -> Health:
        """Ask for the list of models: quick, not retried, free. A provider's own SDK is not asked."""
        if self._foreign is not None:
            return Health(ok=True, detail=f"{self._address}: not checked, a check would cost tokens")
        quick = self._client.with_options(timeout=min(_HEALTH_TIMEOUT_S, self.config.timeout_s), max_retries=0)
        try:
            listed = getattr(quick.models.list(), "data", None)
        except Exception as error:
            if getattr(error, "status_code", None) in (404, 405):
                return Health(ok=True, detail=f"{self._address} answers, but lists no models")
            # On a page that is no list the openai client stumbles over itself.
            detail = str(self._explained(error)) if _from_the_wire(error) else self._not_openai()
            return Health(ok=False, detail=detail)
        if not isinstance(listed, list):
            return Health(ok=False, detail=self._not_openai())
        known = self._model in [getattr(model, "id", None) for model in listed]
        unlisted = "" if known else f", but does not list {self._model!r}"
        return Health(ok=True, detail=f"{self._address} answers{unlisted}")

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()

    def fill(
        self,
        messages: Sequence[BaseMessage],
        schema: type[T],
        *,
        max_tokens: int = 512,
        token_budget: int | None = None,
        retries: int = 2,
    ) -> T:
        """A structured answer, decoded greedily; see `structured.fill_through` for arguments and errors."""
        limits: dict[str, Any] = {"max_tokens": max_tokens, "token_budget": token_budget}
        if self._foreign is not None:
            return self._fill_foreign(messages, schema, temperature=0.0, max_retries=retries, **limits)
        place: structured.SchemaPlace = "last_message" if self.config.json_answers == "prompt" else "response_format"
        # Unstreamed, since a graph that streams its messages would otherwise stream every model call in it.
        greedy = cast(BaseChatModel, self.bind(temperature=0.0, stream=False))
        return structured.fill_through(greedy, messages, schema, schema_place=place, retries=retries, **limits)

    def choose(
        self,
        messages: Sequence[BaseMessage],
        options: Sequence[str],
        *,
        lead: str = "",
        neutral: Sequence[BaseMessage] | None = None,
    ) -> Distribution:
        """A closed-set label as a distribution; arguments and errors as in `Backend.choose`.

        With `logprobs` in the settings one line is appended to the last message, mapping letters to options, and
        the letters' log-probabilities are the scores; `lead` is not used. With more than 20 options, or where the
        answer holds no letter among its log-probabilities, it is a structured answer, marked uncalibrated.
        """
        try:
            return super().choose(messages, options, lead=lead, neutral=neutral)
        except _NoLetters:
            return self._choose_by_answer(messages, options)

    def _scores(self, messages: Sequence[BaseMessage], options: Sequence[str], lead: str) -> list[float]:
        if len(options) > _TOP:
            raise _NoLetters
        letters = string.ascii_uppercase[: len(options)]
        asked = _with_letters(messages, letters, options)
        # Temperature 1 keeps the distribution as it is where a server reports it after its sampling options.
        plain: dict[str, Any] = {"temperature": 1.0, "top_p": 1.0, "logprobs": True, "top_logprobs": _TOP}
        answer = self.invoke(asked, cast(Any, structured.NOSTREAM), stream=False, max_tokens=1, **plain)
        return _letter_scores(answer.response_metadata.get("logprobs"), letters)

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        if self._foreign is not None:
            return ChatResult(generations=[ChatGeneration(message=self._write_foreign(messages, kwargs))])
        with self._request() as meter:
            completion = self._create(meter, self._arguments(messages, stop, kwargs))
            choice = _first_choice(completion)
            text = getattr(getattr(choice, "message", None), "content", None)
            about = self._count(meter, completion, messages, text)
            if getattr(choice, "message", None) is None or not isinstance(text, str | None):
                raise errors.BackendError(self._not_openai())
            self._check_withheld(choice.finish_reason, getattr(choice.message, "refusal", None))
        about["response_metadata"] |= {"finish_reason": choice.finish_reason, "model_name": completion.model}
        if isinstance(getattr(choice, "logprobs", None), BaseModel):
            about["response_metadata"]["logprobs"] = choice.logprobs.model_dump(warnings=False)
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=text or "", **about))])

    def _stream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        if self._foreign is not None:
            whole = self._write_foreign(messages, kwargs)
            about: dict[str, Any] = whole.model_dump(include={"usage_metadata", "response_metadata"})
            yield ChatGenerationChunk(message=AIMessageChunk(content=whole.text, **about))
            return
        streaming = {"stream": True, "stream_options": {"include_usage": True}}
        text, reason, model, counted = "", None, None, None
        with self._request() as meter:
            stream = self._create(meter, self._arguments(messages, stop, kwargs) | streaming)
            try:
                for chunk in meter.timed_items(stream):
                    model = getattr(chunk, "model", None) or model
                    counted = chunk if read_usage(chunk) else counted
                    choice = _first_choice(chunk)
                    reason = getattr(choice, "finish_reason", None) or reason
                    piece = getattr(getattr(choice, "delta", None), "content", None)
                    if isinstance(piece, str) and piece:
                        text += piece
                        yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
            finally:
                stream.close()
                about = self._count(meter, counted, messages, text)
            if reason is None:
                raise errors.BackendError(self._broke_off() if model else self._not_openai())
            self._check_withheld(reason, None)
        # langchain-core joins the metadata of all chunks, so one chunk alone carries it.
        about["response_metadata"] |= {"finish_reason": reason, "model_name": model}
        yield ChatGenerationChunk(message=AIMessageChunk(content="", chunk_position="last", **about))

    def _arguments(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> dict[str, Any]:
        decoding = self.config.decoding
        return {
            "model": self._model,
            "messages": convert_to_openai_messages(list(messages)),
            "temperature": decoding.temperature,
            "top_p": decoding.top_p,
            "seed": decoding.seed,
            **({"stop": stop} if stop else {}),
            **{name: options[name] for name in _OPTIONS if options.get(name) is not None},
        }

    @contextmanager
    def _request(self) -> Iterator[Meter]:
        """One call: caps before it, errors in our words, and its cost reported whatever happens."""
        self._spend.check()
        meter = Meter()
        try:
            yield meter
        except Exception as error:
            if not _from_the_wire(error):
                raise
            # Without its cause, whose text may hold the key or the prompt.
            raise self._explained(error) from None
        finally:
            if meter.tries:
                usage.report(meter.total())

    def _create(self, meter: Meter, arguments: dict[str, Any]) -> Any:
        while True:
            names = {name: _REPLACED[name] if name in self._refused else name for name in arguments}
            sent = {name: arguments[old] for old, name in names.items() if name is not None}
            try:
                return meter.timed(partial(self._client.chat.completions.create, **sent))
            except Exception as error:
                option = _refused_option(error)
                if option is None or option not in sent:
                    raise
                self._refused.add(option)
                _log.warning("[backends.%s] the model refuses %s; no longer sent", self.label, option)

    def _count(self, meter: Meter, answer: object, messages: Sequence[BaseMessage], text: object) -> dict[str, Any]:
        """Count an answer, estimating what the server does not report; returns what its message says of it."""
        tokens = read_usage(answer)
        estimated = {} if tokens else {"usage_estimated": True}
        if tokens is None:
            prompt = sum(self.count_tokens(message.text) for message in messages)
            tokens = Usage(tokens_in=prompt, tokens_out=self.count_tokens(text if isinstance(text, str) else ""))
        meter.tokens = meter.tokens + tokens
        self._spend.add(tokens)
        return {"usage_metadata": usage_metadata(tokens), "response_metadata": estimated}

    def _fill_foreign(self, messages: Sequence[BaseMessage], schema: type[T], **options: Any) -> T:
        from instructor.core.hooks import HookName, Hooks

        with self._request() as meter:

            def answered(response: object) -> None:
                meter.tries += 1
                # Each SDK keeps its text elsewhere; unreported, the limit of the answer is what counts.
                self._count(meter, response, messages, "word" * options["max_tokens"])

            hooks = Hooks()
            hooks.on(HookName.COMPLETION_RESPONSE, answered)
            asked = convert_to_openai_messages(list(messages))
            ask = partial(self._foreign.create, schema, asked, strict=False, hooks=hooks, **options)
            try:
                filled = cast(T, meter.timed(ask))
            except Exception as error:
                raise self._explained_foreign(error, schema) from None
        # `structured.answer_text` knows OpenAI's answers only; without one it gives the object's JSON.
        cast(Any, filled)._raw_response = None
        return filled

    def _write_foreign(self, messages: Sequence[BaseMessage], options: dict[str, Any]) -> AIMessage:
        temperature = options.get("temperature", self.config.decoding.temperature)
        limits = {"max_tokens": options.get("max_tokens") or 1024, "max_retries": 2}
        with usage.record() as cost:
            reply = self._fill_foreign(messages, _Reply, temperature=temperature, **limits)
        about = {"finish_reason": "stop", "model_name": self._model}
        return AIMessage(content=reply.text, usage_metadata=usage_metadata(cost.total), response_metadata=about)

    @property
    def _model(self) -> str:
        """The model's name as the endpoint knows it."""
        return self.config.model if self.config.base_url else self.config.model.split("/", 1)[1]

    @property
    def _address(self) -> str:
        """Scheme, host and port, without path; the provider's name where its own SDK is used."""
        if self._client is None:
            return consent.endpoint(self.config)
        url = self._client.base_url
        return f"{url.scheme}://{url.netloc.decode()}"

    def _connect(self) -> None:
        import openai

        key = self._key()
        settings: dict[str, Any] = {
            "timeout": self.config.timeout_s,
            "max_retries": self.config.max_retries,
            "http_client": openai.DefaultHttpxClient(
                # A redirect would carry the text to a host that nobody agreed to.
                follow_redirects=False,
                trust_env=not consent.is_loopback(consent.endpoint(self.config)),
                event_hooks=self._spend.event_hooks(),
            ),
        }
        if self.config.base_url is not None:
            # Never without a key: the client would take OPENAI_API_KEY and send it to this host.
            self._client = openai.OpenAI(api_key=key or "none", base_url=self.config.base_url, **settings)
            self._client.organization = self._client.project = None
            return
        through = self._provider(key)
        if isinstance(through.client, openai.OpenAI):
            self._client = through.client.with_options(**settings)
            through.client.close()
        else:
            settings["http_client"].close()
            self._foreign = through

    def _key(self) -> str | None:
        name = self.config.api_key_env
        if name is None:
            return None
        key = os.environ.get(name, "").strip()
        if not key:
            place = f"[backends.{self.label}]"
            raise errors.SettingsError(f"{place} api_key_env names {name}, which is not set: export {name}=...")
        if not re.fullmatch(r"[!-~]+", key):
            raise errors.SettingsError(f"the key in {name} holds characters that no header can carry")
        return key

    def _provider(self, key: str | None) -> Any:
        import instructor
        from instructor.core.exceptions import ConfigurationError

        place = f"[backends.{self.label}] model {self.config.model!r}"
        options: Any = {"api_key": key} if key else {}
        try:
            return instructor.from_provider(self.config.model, **options)
        except ConfigurationError as error:
            missing = "nstall it with" in str(error)
            raise (errors.MissingDependency if missing else errors.SettingsError)(f"{place}: {error}") from None
        except Exception as error:
            way = "put its key into an environment variable and name that in api_key_env"
            raise errors.SettingsError(f"{place} cannot be set up ({type(error).__name__}): {way}") from None

    def _not_openai(self) -> str:
        way = f"check base_url in [backends.{self.label}] (it usually ends in /v1)"
        return f"{self._address} answered, but not in OpenAI's format; {way}"

    def _broke_off(self) -> str:
        return f"{self._address} broke off in the middle of its answer; try again, or see `affectgraph backends`"

    def _check_withheld(self, reason: object, refusal: object) -> None:
        if reason == "content_filter" or refusal:
            way = "use another backend for this text"
            raise errors.BackendError(f"{self._address} withheld the answer (its filter, or a refusal); {way}")

    def _explained(self, error: Exception) -> errors.AffectgraphError:
        """What went wrong on the wire; the server's free text is read, never repeated."""
        place, where = f"[backends.{self.label}]", self._address
        code, words = _server_words(error)
        status = getattr(error, "status_code", None)
        kinds = " ".join(kind.__name__ for cause in (error, error.__cause__) for kind in type(cause).__mro__)
        if _OVERFLOW.search(f"{code} {words}"):
            way = "shorten the text, or use a backend with a larger window"
            return errors.ContextOverflow(f"the prompt exceeds the context window of {self._model!r} at {where}; {way}")
        if isinstance(status, int):
            return errors.BackendError(f"{where} {self._refusal(status, code)}")
        if "Timeout" in kinds:
            took = f"{self.config.timeout_s:g} s (timeout_s in {place})"
            return errors.BackendError(f"{where} gave no answer within {took}")
        if "ConnectError" in kinds:
            way = "start the server, or choose another: `affectgraph backends`"
            return errors.BackendError(f"{where} cannot be reached; {way}")
        if not _from_the_wire(error):  # a provider's SDK may fail in any way; its class is all that is safe to name
            return errors.BackendError(f"{where} failed ({type(error).__name__}); see `affectgraph backends`")
        return errors.BackendError(self._not_openai() if isinstance(error, ValueError) else self._broke_off())

    def _refusal(self, status: int, code: str) -> str:
        place, variable = f"[backends.{self.label}]", self.config.api_key_env
        if status in (401, 403):
            way = f"check the key in {variable}" if variable else f"name the key's variable as api_key_env in {place}"
            return f"refuses access ({status}); {way}"
        if status == 404:
            return f"does not know the model {self._model!r} (404); check model and base_url in {place}"
        if status == 429:
            return f"takes no more requests (429, retries included); wait, or lower concurrency in {place}"
        if status >= 500:
            return f"failed ({status}, retries included); try later, or choose another: `affectgraph backends`"
        if status < 400:
            return f"redirects elsewhere ({status}), which is not followed; set the final base_url in {place}"
        way = 'without JSON schemas or log-probabilities set json_answers = "prompt" or logprobs = false'
        return f"refused the request ({status}{', ' + code if code else ''}); for a server {way} in {place}"

    def _explained_foreign(self, error: Exception, schema: type[BaseModel]) -> errors.AffectgraphError:
        from instructor.core.exceptions import IncompleteOutputException, TokenBudgetError

        name, cause = schema.__name__, error.__cause__
        if isinstance(error, IncompleteOutputException):
            return errors.TruncatedAnswer(f"the answer for {name} was cut off; raise the node's max_tokens")
        if isinstance(error, TokenBudgetError):
            return errors.AnswerBudgetExceeded(f"{name} was not filled within its token budget")
        if isinstance(cause, ValidationError | json.JSONDecodeError):
            return errors.MalformedAnswer(f"{self._address} gave no valid {name}; try a stronger model")
        return self._explained(cause if isinstance(cause, Exception) else error)


def _first_choice(answer: object) -> Any:
    choices = getattr(answer, "choices", None)
    return choices[0] if isinstance(choices, list) and choices else None


def _with_letters(messages: Sequence[BaseMessage], letters: str, options: Sequence[str]) -> list[BaseMessage]:
    listed = (f"{letter}) {option.strip()}" for letter, option in zip(letters, options, strict=True))
    line = f"Answer with one letter: {' '.join(listed)}"
    *before, last = messages
    if isinstance(last.content, str):
        return [*before, last.model_copy(update={"content": f"{last.content}\n{line}"})]
    return [*before, last.model_copy(update={"content": [*last.content, {"type": "text", "text": line}]})]


def _letter_scores(logprobs: Any, letters: str) -> list[float]:
    """Log-probability of each letter, summed over its tokens ("A", " A").

    Our choice: a letter that is not listed gets the smallest listed value, an upper bound.
    """
    position = ((logprobs or {}).get("content") or [{}])[0]
    listed = [(item["token"].strip(), item["logprob"]) for item in position.get("top_logprobs") or []]
    listed = [(token, value) for token, value in listed if isinstance(value, int | float) and math.isfinite(value)]
    masses = [math.fsum(math.exp(value) for token, value in listed if token == letter) for letter in letters]
    if not any(masses):
        raise _NoLetters
    floor = min(value for _, value in listed)
    return [math.log(mass) if mass else floor for mass in masses]


def _from_the_wire(error: Exception) -> bool:
    """Whether the other side or the way to it failed, not our own code."""
    package = type(error).__module__.split(".")[0]
    return package in ("openai", "httpx", "httpx2", "httpcore") or isinstance(error, json.JSONDecodeError | OSError)


def _server_words(error: Exception) -> tuple[str, str]:
    """The server's error code (an identifier, or nothing) and its free text."""
    body = getattr(error, "body", None)
    body = body.get("error", body) if isinstance(body, Mapping) else body
    if not isinstance(body, Mapping):
        return "", str(body or "")
    codes = (code for code in (body.get("code"), body.get("type")) if isinstance(code, str))
    return next((code for code in codes if re.fullmatch(r"\w{1,60}", code)), ""), str(body.get("message") or "")


def _refused_option(error: Exception) -> str | None:
    body = getattr(error, "body", None)
    if not isinstance(body, Mapping) or body.get("code") not in ("unsupported_parameter", "unsupported_value"):
        return None
    return next((name for name in _REPLACED if name == body.get("param")), None)
