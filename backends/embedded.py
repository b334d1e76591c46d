"""The embedded backend: llama.cpp in this process, through xllamacpp.

Any GGUF file; without one, SmolLM2-135M-Instruct from its package. JSON answers are constrained by a grammar, so they
cannot be malformed. The engine keeps the key/value cache of each slot and continues from the longest common prefix.
Its HTTP address is on loopback, guarded by a random key, and used only to tokenize and to apply the chat template.

With `mmproj` messages may hold images, as `data:` URLs. No such weights could be had here: what is asked of the engine
is tested, its answers about pictures are not.
"""

from __future__ import annotations

import math
import queue
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from affectgraph.backends import structured, weights
from affectgraph.backends.base import Backend, Capabilities, Health
from affectgraph.backends.config import EmbeddedConfig
from affectgraph.backends.control_tokens import inert_turns
from affectgraph.backends.errors import BackendError, ContextOverflow, MissingDependency, SettingsError, Stopped
from affectgraph.backends.scoring import Distribution, label_token_ids
from affectgraph.backends.steering import SteeringPlan
from affectgraph.backends.usage import Usage, report
from affectgraph.backends.vision import checked_turns, has_images

__all__ = ["EmbeddedBackend"]

# Added to logits, so that exactly the wanted tokens come out on top, and the anchor above them; both cancel.
_BIAS = 100
_HEADROOM = 30
# Smallest normal float32: the engine reports probabilities in that precision.
_TINY = 1.2e-38
# llama.cpp's own mark for a picture; no token of any vocabulary, so it is made inert by name.
_MEDIA_MARK = "<__media__>"


# Every request is streamed, prompt progress included, so that it can be ended between two batches.
_STREAMED: dict[str, Any] = {"stream": True, "stream_options": {"include_usage": True}, "return_progress": True}


class _Piece(NamedTuple):
    """A token of a label; `whole` unless it is a part of a character."""

    id: int
    whole: bool


class EmbeddedBackend(Backend):
    """A GGUF model run by llama.cpp in this process. The engine starts with the first request, in about a second."""

    config: EmbeddedConfig = EmbeddedConfig()
    _path: Path = PrivateAttr()
    _server: Any = PrivateAttr(default=None)
    _http: Any = PrivateAttr(default=None)
    _starting: threading.Lock = PrivateAttr(default_factory=threading.Lock)
    _epoch: int = PrivateAttr(default=0)
    _labels: dict[str, list[_Piece]] = PrivateAttr(default_factory=dict)
    _controls: dict[str, bool] = PrivateAttr(default_factory=dict)

    def model_post_init(self, context: Any, /) -> None:
        """Find the weights; nothing is loaded yet.

        Raises:
            MissingDependency: no model is configured and the packaged weights are not installed.
            SettingsError: the configured file is missing or not GGUF.
        """
        super().model_post_init(context)
        self._path = _gguf(self.config.model) if self.config.model else weights.require()
        if self.config.mmproj:
            _gguf(self.config.mmproj)

    @property
    def _llm_type(self) -> str:
        return "affectgraph-embedded"

    @property
    def capabilities(self) -> Capabilities:
        """Text and log-probabilities; images where a multimodal projector is configured."""
        return Capabilities(logprobs=True, image=self.config.mmproj is not None, json_answers="grammar")

    @property
    def identity(self) -> str:
        """File name and the first 12 digits of its sha256; with `mmproj` those of the projector too."""
        own = f"{self._path.stem}:{weights.sha256_of(self._path)[:12]}"
        return f"{own}+{weights.sha256_of(self.config.mmproj)[:12]}" if self.config.mmproj else own

    @property
    def context_tokens(self) -> int | None:
        """Context window of one slot."""
        return self.config.context

    @property
    def concurrency(self) -> int:
        """The number of slots; one request at a time where numbers must repeat."""
        return 1 if self.config.reproducible else self.config.slots

    @property
    def notice(self) -> str | None:
        """The packaged 135M model announces itself."""
        if self._path.name != weights.SMOLLM2.file:
            return None
        return f"{weights.SMOLLM2.name} is {weights.SMOLLM2.note}."

    @property
    def address(self) -> str:
        """Loopback address of the engine's OpenAI-compatible HTTP API (starts the engine); it wants `api_key`."""
        return cast(str, self._engine().listening_address)

    @property
    def api_key(self) -> str:
        """The random key of this process' engine."""
        self._engine()
        return cast(str, self._http.headers["Authorization"].removeprefix("Bearer "))

    def health(self) -> Health:
        """Start the engine if need be."""
        try:
            self._engine()
        except (BackendError, MissingDependency) as error:
            return Health(ok=False, detail=str(error))
        return Health(ok=True, detail=f"{self._path.name}, {self.config.slots} slots of {self.config.context} tokens")

    def cancel(self) -> None:
        """End the requests that are under way; their callers get `Stopped`. Later requests are served."""
        self._epoch += 1

    def close(self) -> None:
        """Stop the engine and free its memory."""
        with self._starting:
            if self._http is not None:
                self._http.close()
            self._server = self._http = None

    def count_tokens(self, text: str) -> int:
        """Tokens of `text` in this model's vocabulary."""
        return len(self._tokenize(text))

    def choose(
        self,
        messages: Sequence[BaseMessage],
        options: Sequence[str],
        *,
        lead: str = "",
        neutral: Sequence[BaseMessage] | None = None,
        steering: SteeringPlan | None = None,
    ) -> Distribution:
        """See `Backend.choose`. With images it is a structured answer (uncalibrated, no `lead`, no `neutral`): labels
        are scored on token ids, and a picture has none in this engine."""
        if not has_images(messages):
            return super().choose(messages, options, lead=lead, neutral=neutral, steering=steering)
        self._check_options(options)
        self._check_steering(steering)
        return self._choose_by_answer(messages, options)

    def _engine(self) -> Any:
        with self._starting:
            if self._server is None:
                self._server, self._http = _start(self.config, self._path)
            return self._server

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        self._engine()
        answer = self._http.post(path, json=body).json()
        _raise_for(answer)
        return answer

    def _tokenize(self, text: str, *, special: bool = False) -> list[int]:
        body = {"content": text, "add_special": special, "parse_special": special}
        return cast(list[int], self._post("/tokenize", body)["tokens"])

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        whole: ChatGenerationChunk | None = None
        for chunk in self._stream(messages, stop, **kwargs):
            whole = chunk if whole is None else whole + chunk
        if whole is None:
            raise BackendError("the embedded engine ended without an answer")
        message = cast(AIMessageChunk, whole.message)
        answer = AIMessage(
            content=message.content,
            usage_metadata=message.usage_metadata,
            response_metadata=message.response_metadata,
        )
        return ChatResult(generations=[ChatGeneration(message=answer)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        self._check_steering(kwargs.get("steering"))
        body = _body(self.config, self._turns(messages), stop, kwargs)
        usage = _RunningUsage()
        try:
            for event in self._events(self._engine().handle_chat_completions, body):
                usage.see(event)
                choice = (event.get("choices") or [{}])[0]
                text = (choice.get("delta") or {}).get("content") or ""
                if text:
                    yield _text_chunk(text, run_manager)
                if choice.get("finish_reason"):
                    yield _meta_chunk({"finish_reason": choice["finish_reason"], "model_name": self._path.stem})
        finally:
            # Also when the reader leaves early: tokens that were made are counted.
            report(usage.total())
        yield _usage_chunk(usage.total())

    def _events(self, call: Callable[..., Any], body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Run one request in a thread of its own; a closed generator, or `cancel`, ends it at its next event."""
        epoch = self._epoch
        events: queue.SimpleQueue[dict[str, Any] | BaseException | None] = queue.SimpleQueue()
        cancelled = threading.Event()

        def on_event(event: dict[str, Any]) -> bool:
            events.put(event)
            return cancelled.is_set() or self._epoch != epoch

        def work() -> None:
            try:
                direct = call({**body, **_STREAMED}, on_event)
                if isinstance(direct, dict):  # errors found before the stream starts come back directly
                    events.put(direct)
            except BaseException as error:  # handed to the caller's thread
                events.put(error)
            events.put(None)

        # Not a daemon: a thread killed inside the engine takes the process down at exit. It ends at the next event.
        threading.Thread(target=work, name="affectgraph-embedded").start()
        try:
            while (event := events.get()) is not None:
                if isinstance(event, BaseException):
                    raise BackendError(f"the embedded engine failed: {event}") from event
                _raise_for(event)
                yield event
            if self._epoch != epoch:
                raise Stopped("the request was stopped")
        finally:
            cancelled.set()

    def _scores(self, messages: Sequence[BaseMessage], options: Sequence[str], lead: str) -> list[float]:
        """See `Backend._scores`. The first tokens of all labels take one request, the rest of each label another."""
        started = time.perf_counter()
        templated = self._post("/apply-template", {"messages": self._turns(messages)})
        prompt = self._tokenize(templated["prompt"] + lead, special=True)
        ids = label_token_ids(options, lambda option: [piece.id for piece in self._pieces(option)], None)
        first, counted = self._relative(prompt, {tokens[0] for tokens in ids})
        scores = [
            first[tokens[0]] + self._rest([*prompt, tokens[0]], self._pieces(option)[1:])
            for option, tokens in zip(options, ids, strict=True)
        ]
        report(
            Usage(
                tokens_in=counted["prompt_tokens"],
                tokens_cached=counted["prompt_tokens_details"]["cached_tokens"],
                tokens_out=1 + sum(len(tokens) - 1 for tokens in ids),
                calls=1 + sum(len(tokens) > 1 for tokens in ids),
                milliseconds=1000 * (time.perf_counter() - started),
            )
        )
        return scores

    def _turns(self, messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
        # The engine would fetch an address, and it decodes in this process.
        return inert_turns(checked_turns(messages, self.label, image=self.capabilities.image), self._is_control)

    def _is_control(self, text: str) -> bool:
        if text == _MEDIA_MARK and self.config.mmproj:
            return True
        if text not in self._controls:
            read = self._tokenize(text, special=True)
            self._controls[text] = len(read) == 1 and self._tokenize(text) != read
        return self._controls[text]

    def _pieces(self, label: str) -> list[_Piece]:
        if label not in self._labels:
            body = {"content": label, "add_special": False, "with_pieces": True}
            tokens = self._post("/tokenize", body)["tokens"]
            self._labels[label] = [_Piece(token["id"], isinstance(token["piece"], str)) for token in tokens]
        return self._labels[label]

    def _relative(
        self, prompt: list[int], tokens: set[int], *, goes_on: bool = False
    ) -> tuple[dict[int, float], dict[str, Any]]:
        """Log-probability of each token after `prompt`, relative to that of an anchor token, in one request.

        The engine lists only its top tokens, and none when the sampled one is part of a character. So all wanted tokens
        are lifted by one bias, the anchor (a whole character) by a larger one, and the probabilities read *after* the
        bias.
        """
        anchor = self._anchor(tokens)
        steps, counted = self._complete(
            prompt,
            goes_on=goes_on,
            n_predict=1,
            n_probs=len(tokens) + 1,
            post_sampling_probs=True,
            logit_bias=[*([token, _BIAS] for token in tokens), [anchor, _BIAS + _HEADROOM]],
        )
        found = {entry["id"]: math.log(max(entry["prob"], _TINY)) for entry in steps[0]["top_probs"]}
        base = found[anchor] - _HEADROOM
        return {token: found.get(token, math.log(_TINY)) - base for token in tokens}, counted

    def _rest(self, prompt: list[int], pieces: list[_Piece]) -> float:
        """Log-probability of the tokens of `pieces` in this order after `prompt`."""
        if not pieces:
            return 0.0
        if all(piece.whole for piece in pieces):
            # A grammar of token ids forces them; log-probabilities are taken before the grammar.
            grammar = "root ::= " + " ".join(f"<[{piece.id}]>" for piece in pieces)
            steps, _ = self._complete(prompt, goes_on=True, n_predict=len(pieces), n_probs=1, grammar=grammar)
            return math.fsum(step["logprob"] for step in steps[: len(pieces)])
        # Parts of a character break the grammar engine: token by token, against the anchor.
        total = 0.0
        for index, piece in enumerate(pieces):
            before = [*prompt, *(earlier.id for earlier in pieces[:index])]
            relative, _ = self._relative(before, {piece.id}, goes_on=True)
            total += relative[piece.id] + self._anchor_score(before, piece.id)
        return total

    def _anchor(self, avoided: set[int]) -> int:
        candidates = (self._pieces(text)[0].id for text in (".", ",", ";", ":"))
        return next(token for token in candidates if token not in avoided)

    def _anchor_score(self, prompt: list[int], avoided: int) -> float:
        anchor = self._anchor({avoided})
        steps, _ = self._complete(prompt, goes_on=True, n_predict=1, n_probs=1, logit_bias=[[anchor, 10 * _BIAS]])
        return cast(float, steps[0]["logprob"])

    def _complete(
        self, prompt: list[int], *, goes_on: bool = False, **options: Any
    ) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        """The generated tokens with their probabilities, and the usage.

        Args:
            prompt: token ids.
            goes_on: the request before was on a prefix of `prompt`, made within the same call: its cache is what it
                always is at this place, so using it changes no number between runs.
            options: of the engine.
        """
        body = {
            "prompt": prompt,
            "temperature": 1.0,
            "samplers": [],
            "seed": 0,
            "cache_prompt": goes_on or not self.config.reproducible,
            **options,
        }
        steps: list[dict[str, Any]] = []
        counted: dict[str, Any] = {}
        for event in self._events(self._engine().handle_completions, body):
            for choice in event.get("choices", ()):
                steps += (choice["logprobs"] or {}).get("content", ())
            counted = event.get("usage") or counted
        return steps, counted


def _gguf(path: Path) -> Path:
    if not path.is_file():
        raise SettingsError(f"the model file {path} does not exist; set `model` to a GGUF file")
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise SettingsError(f"{path} is not a GGUF file; convert it with llama.cpp, or use kind = 'transformers'")
    return path


def _start(config: EmbeddedConfig, path: Path) -> tuple[Any, Any]:
    import httpx

    try:
        import xllamacpp
    except ImportError as error:
        raise MissingDependency("the embedded engine is not installed: pip install xllamacpp") from error
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    if config.mmproj:
        params.mmproj.path = str(config.mmproj)
    params.n_parallel = 1 if config.reproducible else config.slots
    params.n_ctx = config.context * params.n_parallel
    # A slot is taken over only by a prompt that shares most of its text; otherwise the least recently used one is.
    params.slot_prompt_similarity = 0.5
    params.n_gpu_layers = config.gpu_layers
    params.warmup = False
    # A prompt can be stopped between batches; 512 is also the engine's own unit of work.
    params.n_batch = 512
    params.endpoint_slots = False
    params.port = 0
    params.verbosity = -1
    if config.threads:
        params.cpuparams.n_threads = config.threads
    key = secrets.token_hex(16)
    params.api_keys = [key]
    try:
        server = xllamacpp.Server(params)
    except Exception as error:
        raise BackendError(f"the embedded engine could not load {path.name}: {error}") from error
    headers = {"Authorization": f"Bearer {key}"}
    return server, httpx.Client(base_url=server.listening_address, headers=headers, trust_env=False, timeout=60.0)


def _body(
    config: EmbeddedConfig, turns: list[dict[str, Any]], stop: list[str] | None, kwargs: dict[str, Any]
) -> dict[str, Any]:
    decoding = config.decoding
    body: dict[str, Any] = {
        "messages": turns,
        "max_tokens": kwargs.get("max_tokens", 512),
        "seed": kwargs.get("seed", decoding.seed),
        "cache_prompt": not config.reproducible,
    }
    if stop:
        body["stop"] = stop
    if kwargs.get("response_format"):
        import xllamacpp

        schema = structured.compact_schema(kwargs["response_format"]["json_schema"]["schema"])
        return body | {"grammar": xllamacpp.json_schema_to_grammar(schema), "temperature": 0.0}
    return body | {
        "temperature": kwargs.get("temperature", decoding.temperature),
        "top_p": kwargs.get("top_p", decoding.top_p),
        "repeat_penalty": decoding.repeat_penalty,
        # Small models fall into loops: the DRY sampler forbids longer verbatim repetitions within the reply.
        "dry_multiplier": 0.8,
        "dry_allowed_length": 4,
        "dry_penalty_last_n": 256,
    }


def _raise_for(answer: Any) -> None:
    error = answer.get("error") if isinstance(answer, dict) else None
    if not error:
        return
    if error.get("type") == "exceed_context_size_error":
        raise ContextOverflow(
            f"the prompt has {error.get('n_prompt_tokens')} tokens and the context window {error.get('n_ctx')}; "
            "raise `context` of the backend (if the model allows it) or shorten the text"
        )
    raise BackendError(f"the embedded engine refused the request: {error.get('message')}")


class _RunningUsage:
    """Tokens and time of one streamed request, right at any moment: the engine sums up only at the end."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._prompt = self._cached = self._out = 0

    def see(self, event: dict[str, Any]) -> None:
        if progress := event.get("prompt_progress"):
            self._prompt, self._cached = progress["total"], progress["cache"]
        if counted := event.get("usage"):
            self._prompt, self._out = counted["prompt_tokens"], counted["completion_tokens"]
            self._cached = (counted.get("prompt_tokens_details") or {}).get("cached_tokens", 0)
        elif (event.get("choices") or [{}])[0].get("delta", {}).get("content"):
            self._out += 1

    def total(self) -> Usage:
        seconds = time.perf_counter() - self._started
        return Usage(
            tokens_in=self._prompt, tokens_cached=self._cached, tokens_out=self._out, milliseconds=1000 * seconds
        )


def _text_chunk(text: str, run_manager: CallbackManagerForLLMRun | None) -> ChatGenerationChunk:
    chunk = ChatGenerationChunk(message=AIMessageChunk(content=text))
    if run_manager:
        run_manager.on_llm_new_token(text, chunk=chunk)
    return chunk


def _meta_chunk(metadata: dict[str, Any]) -> ChatGenerationChunk:
    return ChatGenerationChunk(message=AIMessageChunk(content="", response_metadata=metadata))


def _usage_chunk(usage: Usage) -> ChatGenerationChunk:
    counted = UsageMetadata(
        input_tokens=usage.tokens_in,
        output_tokens=usage.tokens_out,
        total_tokens=usage.tokens_in + usage.tokens_out,
        input_token_details={"cache_read": usage.tokens_cached},
    )
    return ChatGenerationChunk(message=AIMessageChunk(content="", usage_metadata=counted))
