"""The contract of every chat model behind a graph, and the small contracts beside it.

A backend is a langchain-core `BaseChatModel` (`invoke`, `stream`, callbacks and tracing work) with two calls more:
`fill`, a structured answer, and `choose`, a closed-set label as a distribution. It knows nothing of emotions or graphs.
"""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, cast, runtime_checkable

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import BaseMessage
from pydantic import BaseModel, ConfigDict, PrivateAttr

from affectgraph.backends import structured
from affectgraph.backends.errors import CapabilityError
from affectgraph.backends.scoring import Distribution

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from affectgraph.backends.steering import AttentionReading, SteeringPlan

__all__ = ["Backend", "Capabilities", "Embedder", "Health", "PictureReader", "Transcriber"]

T = TypeVar("T", bound=BaseModel)
_STEERS = 'give the role a backend of kind "transformers" with steering = true, whose weights run in this process'


class Capabilities(BaseModel):
    """What a backend can take and give. A graph that needs more refuses at `load`.

    Attributes:
        json: how an answer's shape is kept: `grammar` (cannot be malformed), `server` (the endpoint's own structured
            output), `prompt` (asked for in words, checked and re-asked).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: bool = True
    image: bool = False
    audio: bool = False
    video: bool = False
    logprobs: bool = False
    steering: bool = False
    json_answers: Literal["grammar", "server", "prompt"] = "prompt"

    def listed(self) -> list[str]:
        """The names of what it has, in a fixed order."""
        flags = ("text", "image", "audio", "video", "logprobs", "steering")
        return [name for name in flags if getattr(self, name)]


class Health(BaseModel):
    """Result of a health check: one sentence that says what was tried or what to do."""

    ok: bool
    detail: str


class Backend(BaseChatModel):
    """Base class of all backends.

    Subclasses implement langchain-core's `_generate` (and `_stream`), and `_scores` where log-probabilities can be had.
    They call `usage.report` once per engine request. A backend that can steer takes `steering` (a `SteeringPlan`) in
    `invoke` and `stream` too; all others refuse it (`_check_steering`).

    Attributes:
        label: the name under which the settings know this backend.
    """

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    label: str = "backend"
    _priors: dict[tuple[str, ...], list[float]] = PrivateAttr(default_factory=dict)
    _priors_lock: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    @property
    @abstractmethod
    def capabilities(self) -> Capabilities:
        """What this backend can do."""

    @property
    @abstractmethod
    def identity(self) -> str:
        """Model and revision, as stable text: what a cache or a report keys on."""

    @property
    def context_tokens(self) -> int | None:
        """The context window in tokens for one conversation; None where unknown."""
        return None

    @property
    def notice(self) -> str | None:
        """What people must be told before they rely on a reply of this backend; None for nothing."""
        return None

    @property
    def concurrency(self) -> int:
        """How many requests the engine serves at a time without queueing them."""
        return 1

    def count_tokens(self, text: str) -> int:
        """Tokens of `text`. Without a tokenizer: our estimate, four Latin letters or half a CJK character a token."""
        wide = sum(1 for char in text if ord(char) >= 0x2E80)
        return 2 * wide + (len(text) - wide + 3) // 4

    def health(self) -> Health:
        """Check that the backend can answer; must be quick and cost nothing."""
        return Health(ok=True, detail="ready")

    def cancel(self) -> None:
        """End the requests that are under way, as far as the engine can; their callers get `Stopped`."""

    def close(self) -> None:
        """Free the engine; the backend is not used afterwards."""

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
        """A structured answer; see `structured.fill_through` for arguments and errors.

        Every try is steered by `steering`.

        Raises:
            CapabilityError: `steering` is given and this backend cannot steer.
        """
        self._check_steering(steering)
        place: structured.SchemaPlace = (
            "last_message" if self.capabilities.json_answers == "prompt" else "response_format"
        )
        model = self if steering is None else cast(BaseChatModel, self.bind(steering=steering))
        return structured.fill_through(
            model,
            messages,
            schema,
            schema_place=place,
            max_tokens=max_tokens,
            token_budget=token_budget,
            retries=retries,
        )

    def choose(
        self,
        messages: Sequence[BaseMessage],
        options: Sequence[str],
        *,
        lead: str = "",
        neutral: Sequence[BaseMessage] | None = None,
        steering: SteeringPlan | None = None,
    ) -> Distribution:
        """A closed-set label as a distribution.

        Args:
            messages: the conversation; the last message asks the question.
            options: at least two distinct labels, as the model would write them.
            lead: how the answer begins ("The writer feels"); the labels are scored as its continuation. Inside a
                sentence most labels are one token, and small models rank them far better. A backend without
                log-probabilities ignores it.
            neutral: the same question without the evidence; its scores are subtracted (see `scoring`). They are kept,
                so a fixed neutral prompt costs its tokens once per process. It is never steered (our choice): it holds
                no evidence between which attention could move.
            steering: which attention heads are moved while the options are scored.

        Raises:
            ValueError: fewer than two options, or one twice.
            CapabilityError: `steering` is given and this backend cannot steer.
            BackendError: the engine failed.
        """
        self._check_options(options)
        self._check_steering(steering)
        if not self.capabilities.logprobs:
            return self._choose_by_answer(messages, options)
        # Chinese is written without spaces; everything else puts one between the lead and the label.
        gap = " " if lead and ord(lead[-1]) < 0x2E80 else ""
        spelled = [gap + option for option in options]
        if steering is None:
            scores = self._scores(messages, spelled, lead)
        else:
            scores = self._steered_scores(messages, spelled, lead, steering)
        if neutral is None:
            return Distribution.from_scores(options, scores)
        prior = self._prior(neutral, spelled, lead)
        corrected = [score - base for score, base in zip(scores, prior, strict=True)]
        return Distribution.from_scores(options, corrected, calibration="prior-corrected")

    def read_attention(
        self, messages: Sequence[BaseMessage], *, lead: str = "", steering: SteeringPlan | None = None
    ) -> AttentionReading:
        """What the answer to a conversation would attend to among its modalities, and their hidden states.

        Args:
            messages: the conversation; what a person said is marked as such (`media_parts.marked_text`).
            lead: how the answer begins; the last token read is its last.
            steering: read what attention is after steering.

        Raises:
            CapabilityError: this backend cannot read attention.
            InputError: the conversation has no span of any modality, or the plan does not fit the model.
        """
        raise CapabilityError(f"the backend {self.label!r} cannot read attention; {_STEERS}")

    def _check_steering(self, steering: SteeringPlan | None) -> None:
        if steering is not None and not self.capabilities.steering:
            raise CapabilityError(f"the backend {self.label!r} cannot steer attention; {_STEERS}")

    @staticmethod
    def _check_options(options: Sequence[str]) -> None:
        if len(options) < 2 or len(set(options)) != len(options):
            raise ValueError(f"choose needs at least two distinct options, got {list(options)}")

    def _scores(self, messages: Sequence[BaseMessage], options: Sequence[str], lead: str) -> list[float]:
        """Log-probability of each option right after `lead` as the answer's beginning, up to one shared constant."""
        raise TypeError(f"{type(self).__name__} says it has logprobs but does not score options")

    def _steered_scores(
        self, messages: Sequence[BaseMessage], options: Sequence[str], lead: str, steering: SteeringPlan
    ) -> list[float]:
        """`_scores` with attention steered; needed only where `capabilities.steering` is set."""
        raise TypeError(f"{type(self).__name__} says it can steer but does not score options steered")

    def _prior(self, neutral: Sequence[BaseMessage], options: Sequence[str], lead: str) -> list[float]:
        key = (*(f"{message.type}:{message.content}" for message in neutral), lead, *options)
        with self._priors_lock:
            known = self._priors.get(key)
        if known is None:
            known = self._scores(neutral, options, lead)
            with self._priors_lock:
                self._priors[key] = known
        return known

    def _choose_by_answer(self, messages: Sequence[BaseMessage], options: Sequence[str]) -> Distribution:
        from pydantic import Field, create_model

        schema = create_model(
            "Choice",
            label=(cast(Any, Literal[tuple(options)]), ...),
            confidence=(float, Field(ge=0.0, le=1.0)),
        )
        answer: Any = self.fill(messages, schema, max_tokens=128)
        return Distribution.from_answer(options, answer.label, answer.confidence)


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into vectors; `identity` (model and revision) guards an index against another model's vectors."""

    @property
    def identity(self) -> str:
        """Model and revision."""
        ...

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One unit-length vector per text."""
        ...


@runtime_checkable
class Transcriber(Protocol):
    """Turns speech into text, or says in which languages it cannot."""

    @property
    def identity(self) -> str:
        """Model and revision."""
        ...

    @property
    def languages(self) -> frozenset[str]:
        """ISO 639-1 codes it covers."""
        ...

    def transcribe(self, samples: NDArray[np.floating[Any]], rate: int, language: str) -> str:
        """The words spoken in `samples` (mono, shape (n,), in [-1, 1], at `rate` Hz); empty where there are none."""
        ...


@runtime_checkable
class PictureReader(Protocol):
    """Reads the words in a picture."""

    @property
    def identity(self) -> str:
        """Model and revision."""
        ...

    def read(self, image: Image.Image) -> str:
        """The words in `image`, line by line from top to bottom; empty where there are none."""
        ...
