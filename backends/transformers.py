"""torch and Hugging Face transformers in this process: the backend whose inside can be read.

Concurrent requests are decoded together, each continues from its longest cached prefix, and JSON answers are
constrained by a grammar (llguidance). How: `transformers_batch`. With `task = "image-text"` messages may hold images
(`transformers_images`), with `task = "multimodal"` sound and video as well (`transformers_multimodal`). Importing this
module imports no torch; creating the backend loads the weights.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr, ValidationError

from affectgraph.backends.base import Backend, Capabilities, Health
from affectgraph.backends.config import Decoding, TransformersConfig
from affectgraph.backends.errors import ContextOverflow, InputError, MissingDependency, Stopped
from affectgraph.backends.scoring import label_token_ids
from affectgraph.backends.usage import Usage, report
from affectgraph.backends.vision import check_parts

if TYPE_CHECKING:
    from affectgraph.backends.steering import AttentionReading, SteeringPlan
    from affectgraph.backends.transformers_batch import Engine
    from affectgraph.backends.transformers_load import Loaded
    from affectgraph.backends.transformers_prompt import Prompt, Spans
    from affectgraph.backends.transformers_rows import Row
    from affectgraph.backends.transformers_session import RowSteering
    from affectgraph.backends.transformers_text import ChatTokens

__all__ = ["TransformersBackend"]

_INSTALL = "pip install 'affectgraph[transformers]'"
# Our choice, as in `fill`: the answer's limit where the caller names none.
_MAX_TOKENS = 512
# Below this many weights a model announces itself. Our choice.
_SMALL = 1_000_000_000


class TransformersBackend(Backend):
    """A Hugging Face causal language model, or by its `task` a model that reads images, sound and video too.

    Images come as `data:` URLs in OpenAI's form (see `vision`), sound and video as `media_parts` makes them; `invoke`,
    `fill` and `choose` read them alike.
    `invoke` and `stream` understand `max_tokens` (int), `temperature`, `top_p`, `seed`, and `response_format` (an
    OpenAI `json_schema` object; the answer is then decoded greedily under its grammar). Safe to use from many threads.
    With `steering = true` attention heads are read and steered; `invoke` and `stream` then take `steering` too.
    """

    config: TransformersConfig
    _tokens: ChatTokens = PrivateAttr()
    _answering: set[Row] = PrivateAttr(default_factory=set)
    _engine: Engine = PrivateAttr()
    _identity: str = PrivateAttr()
    _context: int | None = PrivateAttr()
    _parameters: int = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Load the weights and start the worker.

        Raises:
            MissingDependency: torch, transformers, llguidance, or a package that these weights need is not installed.
            SettingsError: there is no such model, or an option does not fit it.
        """
        super().model_post_init(context)
        loaded, self._engine = _start(self.config)
        self._tokens, self._identity = loaded.tokens, loaded.identity
        self._context, self._parameters = loaded.context, loaded.parameters
        # A forgotten backend must not keep its weights and its thread.
        weakref.finalize(self, self._engine.close)

    @property
    def _llm_type(self) -> str:
        return "affectgraph-transformers"

    @property
    def capabilities(self) -> Capabilities:
        """Text and log-probabilities; images, sound, video and steering where settings and model have them."""
        return Capabilities(
            **{kind: kind in self._tokens.reads for kind in ("image", "audio", "video")},
            logprobs=True,
            steering=self.config.steering,
            json_answers="grammar",
        )

    @property
    def identity(self) -> str:
        """Model name with its revision, or with a hash of its configuration and the sizes of its weight files."""
        return self._identity

    @property
    def context_tokens(self) -> int | None:
        """Context window in tokens, prompt and answer together."""
        return self._context

    @property
    def concurrency(self) -> int:
        """How many requests are decoded together."""
        return self.config.max_batch

    @property
    def notice(self) -> str | None:
        """Models of less than a billion weights announce themselves."""
        if self._parameters >= _SMALL:
            return None
        size = f"{self._parameters / 1e6:.0f} million weights"
        return f"{self._identity} has {size}: for trying the graphs, not for people in distress."

    def count_tokens(self, text: str) -> int:
        """Tokens of `text` in this model's vocabulary."""
        return len(self._tokens.encode(text))

    def health(self) -> Health:
        """Whether the worker takes requests."""
        if self._engine.alive:
            return Health(ok=True, detail=f"{self._identity}, batches of {self.config.max_batch}")
        return Health(ok=False, detail="the transformers worker has stopped; create the backend anew")

    def cancel(self) -> None:
        """End the answers that are being written; their callers get `Stopped`. Later requests are served."""
        for row in tuple(self._answering):
            row.cancel()

    def close(self) -> None:
        """Stop the worker and free the model; requests under way get a `BackendError`."""
        self._engine.close()

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        row = self._row(messages, stop, kwargs)
        text = "".join(self._answer(row))
        message = AIMessage(content=text, usage_metadata=_counted(row.usage), response_metadata=self._metadata(row))
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        row = self._row(messages, stop, kwargs)
        for piece in self._answer(row):
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=piece))
            if run_manager:
                run_manager.on_llm_new_token(piece, chunk=chunk)
            yield chunk
        last = AIMessageChunk(
            content="",
            usage_metadata=_counted(row.usage),
            response_metadata=self._metadata(row),
            chunk_position="last",
        )
        yield ChatGenerationChunk(message=last)

    def _scores(self, messages: Sequence[BaseMessage], options: Sequence[str], lead: str) -> list[float]:
        """See `Backend._scores`: teacher-forced log-probabilities (float32) of each option's own tokens."""
        return self._steered_scores(messages, options, lead, None)

    def _steered_scores(
        self, messages: Sequence[BaseMessage], options: Sequence[str], lead: str, steering: SteeringPlan | None
    ) -> list[float]:
        import time

        from affectgraph.backends.transformers_batch import Scoring

        prompt, images, spans = self._read(messages, lead)
        steered = self._steering(steering, prompt, spans)
        ids = label_token_ids(options, self._tokens.encode, self._tokens.end_id)
        self._check_room(prompt, max(len(tokens) for tokens in ids))
        started, cached = time.perf_counter(), 0
        try:
            job = Scoring(prompt, tuple(tuple(tokens) for tokens in ids), images, steered)
            scores, cached = self._engine.score(job)
        finally:
            elapsed = 1000 * (time.perf_counter() - started)
            report(Usage(tokens_in=len(prompt), tokens_cached=cached, milliseconds=elapsed))
        return scores

    def read_attention(
        self, messages: Sequence[BaseMessage], *, lead: str = "", steering: SteeringPlan | None = None
    ) -> AttentionReading:
        """See `Backend.read_attention`. The prompt passes once, whole; later requests continue from its cache."""
        import time

        from affectgraph.backends.transformers_batch import Reading
        from affectgraph.backends.transformers_session import RowSteering

        if not self.config.steering:
            return super().read_attention(messages, lead=lead, steering=steering)
        prompt, images, spans = self._read(messages, lead)
        row = RowSteering(_known(spans), steering, len(prompt))
        self._engine.check(row)
        self._check_room(prompt, 0)
        started = time.perf_counter()
        try:
            return self._engine.read(Reading(prompt, row, images))
        finally:
            report(Usage(tokens_in=len(prompt), milliseconds=1000 * (time.perf_counter() - started)))

    def _steering(self, plan: SteeringPlan | None, prompt: Sequence[int], spans: Spans | None) -> RowSteering | None:
        """What of `plan` goes with a request; None where it changes nothing.

        Raises:
            CapabilityError: the settings do not say `steering = true`.
            InputError: the prompt has no spans, or the plan does not fit the model.
        """
        from affectgraph.backends.transformers_session import RowSteering

        self._check_steering(plan)
        if plan is None:
            return None
        row = RowSteering(_known(spans), plan, len(prompt))
        self._engine.check(row)
        return row if row.moves else None

    def _answer(self, row: Row) -> Iterator[str]:
        """The answer's text as it comes. Ctrl-C or a closed generator cancels it; its cost is reported either way."""
        self._answering.add(row)
        try:
            yield from self._engine.answer(row)
            if row.cancelled:
                raise Stopped("the request was stopped")
        finally:
            self._answering.discard(row)
            row.cancel()
            report(row.usage)

    def _row(self, messages: Sequence[BaseMessage], stop: Sequence[str] | None, options: dict[str, Any]) -> Row:
        from affectgraph.backends.transformers_rows import Request, Row

        prompt, images, spans = self._read(messages)
        steered = self._steering(options.get("steering"), prompt, spans)
        room = self._check_room(prompt, 1)
        limit = _MAX_TOKENS if options.get("max_tokens") is None else options["max_tokens"]
        if limit < 1:
            raise InputError(f"max_tokens = {limit}: an answer has at least one token")
        answer_format = options.get("response_format")
        request = Request(
            prompt=prompt,
            max_tokens=limit if room is None else min(limit, room),
            decoding=_decoding(self.config.decoding, options),
            stop=tuple(stop or ()),
            schema=answer_format["json_schema"]["schema"] if answer_format else None,
            images=images,
            steering=steered,
        )
        return Row(request, self._tokens)

    def _read(self, messages: Sequence[BaseMessage], lead: str = "") -> Prompt:
        reads = self._tokens.reads
        check_parts(messages, self.label, image="image" in reads, audio="audio" in reads, video="video" in reads)
        return self._tokens.read(messages, lead)

    def _check_room(self, prompt: Sequence[int], needed: int) -> int | None:
        """Tokens left for the answer; None where the context window is unknown."""
        if self._context is None:
            return None
        room = self._context - len(prompt)
        if room < needed:
            raise ContextOverflow(
                f"the prompt has {len(prompt)} tokens and the context window {self._context}, answer included; "
                "raise `context` of the backend (if the model allows it) or shorten the text"
            )
        return room

    def _metadata(self, row: Row) -> dict[str, Any]:
        reason = "length" if row.finished == "length" else "stop"
        return {"finish_reason": reason, "model_name": self._identity}


def _start(config: TransformersConfig) -> tuple[Loaded, Engine]:
    for package in ("torch", "transformers", "llguidance"):
        _require(package)
    from affectgraph.backends.transformers_batch import Engine
    from affectgraph.backends.transformers_load import load

    loaded = load(config)
    return loaded, Engine(loaded.model, config)


def _known(spans: Spans | None) -> Spans:
    if spans is None or not spans.modalities:
        raise InputError(
            "this conversation has no span of any modality to steer or read: mark what a person said with "
            "`media_parts.marked_text`, or send pictures, sound or video to a multimodal model"
        )
    return spans


def _require(package: str) -> None:
    import importlib

    try:
        importlib.import_module(package)
    except ImportError as error:
        raise MissingDependency(f"the transformers backend needs {package}: {_INSTALL}") from error


def _decoding(usual: Decoding, options: dict[str, Any]) -> Decoding:
    given = {name: options[name] for name in ("temperature", "top_p", "seed") if options.get(name) is not None}
    if not given:
        return usual
    try:
        return Decoding.model_validate(usual.model_dump() | given)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        raise InputError(f"{wrong['loc'][0]} = {wrong['input']!r}: {wrong['msg']}") from error


def _counted(usage: Usage) -> UsageMetadata:
    return UsageMetadata(
        input_tokens=usage.tokens_in,
        output_tokens=usage.tokens_out,
        total_tokens=usage.tokens_in + usage.tokens_out,
        input_token_details={"cache_read": usage.tokens_cached},
    )
