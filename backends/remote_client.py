"""The clients through which remote text leaves: whose key they carry, where they may connect, and what they send.

Threats: a key or text that reaches a host nobody agreed to (by a redirect, a proxy, or a key that an SDK takes from the
environment), and whole requests in debug logs.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from affectgraph.backends import consent
from affectgraph.backends.config import RemoteConfig
from affectgraph.backends.errors import MissingDependency, SettingsError
from affectgraph.backends.spend import Meter, Spend

__all__ = ["Completions", "connect"]

# What OpenAI's reasoning models refuse by name: sent again under the other name, or without it.
_REPLACED = {"max_tokens": "max_completion_tokens", "temperature": None, "top_p": None, "seed": None}

_log = logging.getLogger(__name__)
# At DEBUG the openai client logs whole requests; help-seeker text stays out of logs.
logging.getLogger("openai._base_client").setLevel(logging.INFO)


def connect(config: RemoteConfig, label: str, spend: Spend) -> tuple[Any, Any]:
    """Make the client for an endpoint; sends nothing.

    Args:
        config: the endpoint.
        label: its name in the settings.
        spend: counts and bounds what the openai client sends.

    Returns:
        An `openai.OpenAI` and None, or None and an instructor client around another SDK.

    Raises:
        SettingsError: the key or the provider is unusable.
        MissingDependency: the provider's SDK is not installed.
    """
    import openai

    key = _key(config, label)
    settings: dict[str, Any] = {
        "timeout": config.timeout_s,
        "max_retries": config.max_retries,
        "http_client": openai.DefaultHttpxClient(
            # A redirect would carry the text to a host that nobody agreed to.
            follow_redirects=False,
            trust_env=not consent.is_loopback(consent.endpoint(config)),
            event_hooks=spend.event_hooks(),
        ),
    }
    if config.base_url is not None:
        # Never without a key: the client would take OPENAI_API_KEY and send it to this host.
        client = openai.OpenAI(api_key=key or "none", base_url=config.base_url, **settings)
        client.organization = client.project = None
        return client, None
    through = _provider(config, label, key)
    if isinstance(through.client, openai.OpenAI):
        client = through.client.with_options(**settings)
        through.client.close()
        return client, None
    settings["http_client"].close()
    return None, through


class Completions:
    """Chat completions of one openai client; an option that the model refuses by name is not sent again."""

    def __init__(self, client: Any, label: str) -> None:
        self._client = client
        self._label = label
        self._refused: set[str] = set()

    def create(self, meter: Meter, arguments: dict[str, Any]) -> Any:
        """A completion, or a stream of its chunks, on the meter's clock.

        Raises:
            Exception: as the openai client raises it.
        """
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
                _log.warning("[backends.%s] the model refuses %s; no longer sent", self._label, option)


def _key(config: RemoteConfig, label: str) -> str | None:
    name = config.api_key_env
    if name is None:
        return None
    key = os.environ.get(name, "").strip()
    if not key:
        place = f"[backends.{label}]"
        raise SettingsError(f"{place} api_key_env names {name}, which is not set: export {name}=...")
    if not re.fullmatch(r"[!-~]+", key):
        raise SettingsError(f"the key in {name} holds characters that no header can carry")
    return key


def _provider(config: RemoteConfig, label: str, key: str | None) -> Any:
    import instructor
    from instructor.core.exceptions import ConfigurationError

    place = f"[backends.{label}] model {config.model!r}"
    options: Any = {"api_key": key} if key else {}
    try:
        return instructor.from_provider(config.model, **options)
    except ConfigurationError as error:
        missing = "nstall it with" in str(error)
        raise (MissingDependency if missing else SettingsError)(f"{place}: {error}") from None
    except Exception as error:
        way = "put its key into an environment variable and name that in api_key_env"
        raise SettingsError(f"{place} cannot be set up ({type(error).__name__}): {way}") from None


def _refused_option(error: Exception) -> str | None:
    body = getattr(error, "body", None)
    if not isinstance(body, Mapping) or body.get("code") not in ("unsupported_parameter", "unsupported_value"):
        return None
    return next((name for name in _REPLACED if name == body.get("param")), None)
