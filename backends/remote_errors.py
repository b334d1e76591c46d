"""What went wrong at a remote endpoint, in one sentence that names the place and the way out.

Neither a key nor a server's free text (it may repeat the prompt) gets into an error: what a server says is read, never
repeated. Knows the wire and the settings, not how a request is made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from affectgraph.backends.config import RemoteConfig
from affectgraph.backends.errors import AffectgraphError, BackendError, ContextOverflow

__all__ = ["Explainer", "from_the_wire"]

# llama.cpp and OpenAI by code; vLLM and SGLang in several wordings; Anthropic.
_OVERFLOW = re.compile(
    r"context[ _](length|size|window)|maximum (allowed|model) length|prompt is too long"
    r"|max_tokens must be at least 1, got -",
    re.IGNORECASE,
)


def from_the_wire(error: Exception) -> bool:
    """Whether the other side or the way to it failed, not our own code."""
    package = type(error).__module__.split(".")[0]
    return package in ("openai", "httpx", "httpx2", "httpcore") or isinstance(error, json.JSONDecodeError | OSError)


@dataclass(frozen=True)
class Explainer:
    """Says what went wrong at one endpoint.

    Attributes:
        config: the backend's settings.
        label: its name in the settings.
        address: scheme, host and port, or the provider's name.
        model: the model's name as the endpoint knows it.
    """

    config: RemoteConfig = field(repr=False)
    label: str
    address: str
    model: str

    def not_openai(self) -> str:
        """The endpoint speaks another protocol."""
        way = f"check base_url in [backends.{self.label}] (it usually ends in /v1)"
        return f"{self.address} answered, but not in OpenAI's format; {way}"

    def broke_off(self) -> str:
        """The connection ended before the answer did."""
        return f"{self.address} broke off in the middle of its answer; try again, or see `affectgraph backends`"

    def check_withheld(self, reason: object, refusal: object) -> None:
        """Look at an answer's finish reason and refusal.

        Raises:
            BackendError: the answer was filtered or refused.
        """
        if reason == "content_filter" or refusal:
            way = "use another backend for this text"
            raise BackendError(f"{self.address} withheld the answer (its filter, or a refusal); {way}")

    def explain(self, error: Exception) -> AffectgraphError:
        """What went wrong on the wire; the server's free text is read, never repeated."""
        place, where = f"[backends.{self.label}]", self.address
        code, words = _server_words(error)
        status = getattr(error, "status_code", None)
        kinds = " ".join(kind.__name__ for cause in (error, error.__cause__) for kind in type(cause).__mro__)
        if _OVERFLOW.search(f"{code} {words}"):
            way = "shorten the text, or use a backend with a larger window"
            return ContextOverflow(f"the prompt exceeds the context window of {self.model!r} at {where}; {way}")
        if isinstance(status, int):
            return BackendError(f"{where} {self._refusal(status, code)}")
        if "Timeout" in kinds:
            took = f"{self.config.timeout_s:g} s (timeout_s in {place})"
            return BackendError(f"{where} gave no answer within {took}")
        if "ConnectError" in kinds:
            way = "start the server, or choose another: `affectgraph backends`"
            return BackendError(f"{where} cannot be reached; {way}")
        if not from_the_wire(error):  # a provider's SDK may fail in any way; its class is all that is safe to name
            return BackendError(f"{where} failed ({type(error).__name__}); see `affectgraph backends`")
        return BackendError(self.not_openai() if isinstance(error, ValueError) else self.broke_off())

    def _refusal(self, status: int, code: str) -> str:
        place, variable = f"[backends.{self.label}]", self.config.api_key_env
        if status in (401, 403):
            way = f"check the key in {variable}" if variable else f"name the key's variable as api_key_env in {place}"
            return f"refuses access ({status}); {way}"
        if status == 404:
            return f"does not know the model {self.model!r} (404); check model and base_url in {place}"
        if status == 429:
            return f"takes no more requests (429, retries included); wait, or lower concurrency in {place}"
        if status >= 500:
            return f"failed ({status}, retries included); try later, or choose another: `affectgraph backends`"
        if status < 400:
            return f"redirects elsewhere ({status}), which is not followed; set the final base_url in {place}"
        way = 'without JSON schemas or log-probabilities set json_answers = "prompt" or logprobs = false'
        return f"refused the request ({status}{', ' + code if code else ''}); for a server {way} in {place}"


def _server_words(error: Exception) -> tuple[str, str]:
    """The server's error code (an identifier, or nothing) and its free text."""
    body = getattr(error, "body", None)
    body = body.get("error", body) if isinstance(body, Mapping) else body
    if not isinstance(body, Mapping):
        return "", str(body or "")
    codes = (code for code in (body.get("code"), body.get("type")) if isinstance(code, str))
    return next((code for code in codes if re.fullmatch(r"\w{1,60}", code)), ""), str(body.get("message") or "")
