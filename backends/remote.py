"""Chat models behind an HTTP address: any OpenAI-compatible URL, and the providers that instructor knows.

Retries are the `openai` client's own: bounded, Retry-After honoured. This module counts every try, stops at the
caps of a run and sends text only where consent was given. Clients, errors, lettered options and foreign SDKs are in
the `remote_*` modules beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, convert_to_openai_messages
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import BaseModel, Field, PrivateAttr

from affectgraph.backends import consent, errors, remote_client, remote_foreign, structured, usage
from affectgraph.backends.base import Backend, Capabilities, Health
from affectgraph.backends.config import RemoteConfig
from affectgraph.backends.remote_errors import Explainer, from_the_wire
from affectgraph.backends.remote_letters import TOP, NoLetters, letter_scores, letters_for, with_letters
from affectgraph.backends.scoring import Distribution
from affectgraph.backends.spend import Meter, Spend, read_usage, usage_metadata
from affectgraph.backends.steering import SteeringPlan
from affectgraph.backends.usage import Usage
from affectgraph.backends.vision import IMAGE_TOKENS, check_parts, images_in

__all__ = ["RemoteBackend"]

T = TypeVar("T", bound=BaseModel)

_OPTIONS = ("max_tokens", "response_format", "temperature", "top_p", "seed", "logprobs", "top_logprobs")
_HEALTH_TIMEOUT_S = 5.0


class _Reply(BaseModel):
    """Your reply."""

    text: str


class RemoteBackend(Backend):
    """A chat model at an OpenAI-compatible URL, or at a provider that instructor knows. Made by `open`.

    Free text is sampled as `config.decoding` says (its `repeat_penalty` is not in OpenAI's protocol and is not
    sent), structured answers greedily. Call options: `max_tokens`, `response_format`, `temperature`, `top_p`,
    `seed`; others, meant for other engines, are ignored. Token counts that a server does not report are
    estimated, and the response metadata says `usage_estimated`.

    With `image` in the settings, image parts of messages are sent as they are, with `audio` input_audio parts; without
    it they are refused, as video always is.

    A provider whose SDK is not OpenAI-shaped (Anthropic, Google, ...) is reached through instructor only: `fill`
    uses instructor's own mode for it; free text is a structured answer with one field `text`, is not streamed, and
    obeys `max_tokens` and `temperature` only. Timeout and retries are then those of the SDK.
    """

    config: RemoteConfig = Field(repr=False)
    _client: Any = PrivateAttr(default=None)
    _foreign: Any = PrivateAttr(default=None)
    _completions: remote_client.Completions = PrivateAttr()
    _spend: Spend = PrivateAttr()

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
        backend._client, backend._foreign = remote_client.connect(config, label, backend._spend)
        backend._completions = remote_client.Completions(backend._client, label)
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
        return Capabilities(
            image=self.config.image, audio=self.config.audio, logprobs=scored, json_answers=self.config.json_answers
        )

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
            detail = str(self._explainer.explain(error)) if from_the_wire(error) else self._explainer.not_openai()
            return Health(ok=False, detail=detail)
        if not isinstance(listed, list):
            return Health(ok=False, detail=self._explainer.not_openai())
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
        steering: SteeringPlan | None = None,
    ) -> T:
        """A structured answer, decoded greedily; see `structured.fill_through` for arguments and errors."""
        self._check_steering(steering)
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
        steering: SteeringPlan | None = None,
    ) -> Distribution:
        """A closed-set label as a distribution; arguments and errors as in `Backend.choose`.

        With `logprobs` in the settings one line is appended to the last message, mapping letters to options, and
        the letters' log-probabilities are the scores; `lead` is not used. With more than 20 options, or where the
        answer holds no letter among its log-probabilities, it is a structured answer, marked uncalibrated.
        """
        try:
            return super().choose(messages, options, lead=lead, neutral=neutral, steering=steering)
        except NoLetters:
            return self._choose_by_answer(messages, options)

    def _scores(self, messages: Sequence[BaseMessage], options: Sequence[str], lead: str) -> list[float]:
        letters = letters_for(options)
        asked = with_letters(messages, letters, options)
        # Temperature 1 keeps the distribution as it is where a server reports it after its sampling options.
        plain: dict[str, Any] = {"temperature": 1.0, "top_p": 1.0, "logprobs": True, "top_logprobs": TOP}
        answer = self.invoke(asked, cast(Any, structured.NOSTREAM), stream=False, max_tokens=1, **plain)
        return letter_scores(answer.response_metadata.get("logprobs"), letters)

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        if self._foreign is not None:
            return ChatResult(generations=[ChatGeneration(message=self._write_foreign(messages, kwargs))])
        with self._request() as meter:
            completion = self._completions.create(meter, self._arguments(messages, stop, kwargs))
            choice = _first_choice(completion)
            text = getattr(getattr(choice, "message", None), "content", None)
            about = self._count(meter, completion, messages, text)
            if getattr(choice, "message", None) is None or not isinstance(text, str | None):
                raise errors.BackendError(self._explainer.not_openai())
            self._explainer.check_withheld(choice.finish_reason, getattr(choice.message, "refusal", None))
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
            stream = self._completions.create(meter, self._arguments(messages, stop, kwargs) | streaming)
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
                raise errors.BackendError(self._explainer.broke_off() if model else self._explainer.not_openai())
            self._explainer.check_withheld(reason, None)
        # langchain-core joins the metadata of all chunks, so one chunk alone carries it.
        about["response_metadata"] |= {"finish_reason": reason, "model_name": model}
        yield ChatGenerationChunk(message=AIMessageChunk(content="", chunk_position="last", **about))

    def _arguments(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, options: dict[str, Any]
    ) -> dict[str, Any]:
        self._check_steering(options.get("steering"))
        self._check_parts(messages)
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

    def _check_parts(self, messages: Sequence[BaseMessage]) -> None:
        way = f"set image = true in [backends.{self.label}] if {self._model!r} reads images, or choose another backend"
        check_parts(messages, self.label, image=self.config.image, audio=self.config.audio, others=True, way=way)

    @contextmanager
    def _request(self) -> Iterator[Meter]:
        """One call: caps before it, errors in our words, and its cost reported whatever happens."""
        self._spend.check()
        meter = Meter()
        try:
            yield meter
        except Exception as error:
            if not from_the_wire(error):
                raise
            # Without its cause, whose text may hold the key or the prompt.
            raise self._explainer.explain(error) from None
        finally:
            if meter.tries:
                usage.report(meter.total())

    def _count(self, meter: Meter, answer: object, messages: Sequence[BaseMessage], text: object) -> dict[str, Any]:
        """Count an answer, estimating what the server does not report; returns what its message says of it."""
        tokens = read_usage(answer)
        estimated = {} if tokens else {"usage_estimated": True}
        if tokens is None:
            prompt = sum(self.count_tokens(message.text) for message in messages) + IMAGE_TOKENS * images_in(messages)
            tokens = Usage(tokens_in=prompt, tokens_out=self.count_tokens(text if isinstance(text, str) else ""))
        meter.tokens = meter.tokens + tokens
        self._spend.add(tokens)
        return {"usage_metadata": usage_metadata(tokens), "response_metadata": estimated}

    def _fill_foreign(self, messages: Sequence[BaseMessage], schema: type[T], **options: Any) -> T:
        self._check_parts(messages)
        with self._request() as meter:

            def count(answer: object) -> None:
                # Each SDK keeps its text elsewhere; unreported, the limit of the answer is what counts.
                self._count(meter, answer, messages, "word" * options["max_tokens"])

            who: dict[str, Any] = {"meter": meter, "count": count, "explainer": self._explainer}
            return remote_foreign.fill(self._foreign, messages, schema, **who, **options)

    def _write_foreign(self, messages: Sequence[BaseMessage], options: dict[str, Any]) -> AIMessage:
        self._check_steering(options.get("steering"))
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

    @property
    def _explainer(self) -> Explainer:
        return Explainer(self.config, self.label, self._address, self._model)


def _first_choice(answer: object) -> Any:
    choices = getattr(answer, "choices", None)
    return choices[0] if isinstance(choices, list) and choices else None
