"""Consent that text leaves this machine, asked once per endpoint.

What people write here may be the most private thing they ever wrote, so a remote endpoint gets none of it
before somebody agreed. Consent belongs to an endpoint's host (or to an instructor provider); another host asks
again. Loopback needs none. `consent.json` in the data folder maps endpoint to ISO date.
"""

from __future__ import annotations

import datetime
import ipaddress
import json
import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from affectgraph.backends.config import RemoteConfig
from affectgraph.backends.errors import ConsentRequired, SettingsError

__all__ = ["endpoint", "is_loopback", "needs_consent", "record", "recorded", "require"]

FILE_NAME = "consent.json"
_write_lock = threading.Lock()

# Variables by which a provider's own SDK is sent to another host: consent must follow it there.
_HOST_VARIABLES = {
    "openai": ("OPENAI_BASE_URL",),
    "azure_openai": ("AZURE_OPENAI_ENDPOINT",),
    "anthropic": ("ANTHROPIC_BASE_URL",),
    "groq": ("GROQ_BASE_URL",),
    "google": ("GOOGLE_GEMINI_BASE_URL",),
    "databricks": ("DATABRICKS_BASE_URL", "DATABRICKS_HOST", "DATABRICKS_WORKSPACE_URL"),
}


def endpoint(config: RemoteConfig) -> str:
    """Whom the text goes to: the host of `base_url` in lower case, or the name of instructor's provider.

    Raises:
        SettingsError: `base_url` is no http(s) URL, or holds a user name or password.
    """
    if config.base_url is not None:
        return _host(config.base_url)
    provider = config.model.split("/", 1)[0]
    if provider == "ollama":  # instructor's default for it
        return "localhost"
    for variable in _HOST_VARIABLES.get(provider, ()):
        if url := os.environ.get(variable):
            return _host(url if "://" in url else f"https://{url}", variable)
    return provider


def is_loopback(host: str) -> bool:
    """Whether `host`, as `endpoint` gives it, is this machine: 127.0.0.0/8, ::1 or localhost.

    Any other spelling ("127.1", "localhost.") counts as another machine.
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def needs_consent(config: RemoteConfig) -> bool:
    """Whether text would leave this machine without the settings having agreed to it."""
    return not config.consent and not is_loopback(endpoint(config))


def recorded(data_dir: Path, endpoint: str) -> str | None:
    """The ISO date on which somebody agreed to `endpoint`; None without one, or where the file is damaged."""
    try:
        return _read(data_dir).get(endpoint)
    except ValueError:
        return None


def record(data_dir: Path, endpoint: str) -> None:
    """Write down that somebody agreed to `endpoint` today; atomic, readable by its owner only.

    Raises:
        SettingsError: the file is damaged (it is left as it is), or the folder cannot be written.
    """
    with _write_lock:
        try:
            dates = _read(data_dir) | {endpoint: datetime.date.today().isoformat()}
            _write(data_dir, dates)
        except ValueError as error:
            raise SettingsError(_damaged(data_dir)) from error
        except OSError as error:
            raise SettingsError(f"{data_dir / FILE_NAME} cannot be written: {error.strerror}") from error


def require(config: RemoteConfig, data_dir: Path, label: str, ask: Callable[[str], bool] | None = None) -> None:
    """Make sure that somebody agreed, asking where that is possible.

    Args:
        config: the backend about to be opened.
        data_dir: folder of `consent.json`.
        label: the backend's name in the settings.
        ask: puts a yes-no question to a person; None where nobody can answer.

    Raises:
        ConsentRequired: nobody agreed; names the three ways out.
        SettingsError: `base_url` is unusable, or the answer cannot be stored.
    """
    if not needs_consent(config):
        return
    target = endpoint(config)
    try:
        known = _read(data_dir)
    except ValueError:
        raise ConsentRequired(f"[backends.{label}] would send text to {target}: {_damaged(data_dir)}") from None
    if target in known:
        return
    if ask is not None and ask(_question(config, label, target)):
        record(data_dir, target)
        return
    raise ConsentRequired(
        f"[backends.{label}] would send text to {target} and nobody has agreed to that: answer the question in a "
        f"terminal, run `affectgraph backends allow {label}`, or set `consent = true` in its settings"
    )


def _question(config: RemoteConfig, label: str, target: str) -> str:
    plain = (config.base_url or "").lower().startswith("http://")
    how = " over an unencrypted connection" if plain else ""
    given = [
        "what people write here",
        *(["their pictures"] if config.image else []),
        *(["their voices"] if config.audio else []),
    ]
    return f"Backend '{label}' sends {' and '.join(given)} to {target}{how}. Do you agree?"


def _host(url: str, source: str = "base_url") -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    # The value is not repeated: people do paste keys into URLs.
    if not usable:
        raise SettingsError(f"{source} must be a URL with http:// or https://, e.g. http://127.0.0.1:8000/v1")
    if parts.username is not None or parts.password is not None:
        raise SettingsError(f"{source} holds a user name or password; name an environment variable in api_key_env")
    return (parts.hostname or "").lower()


def _damaged(data_dir: Path) -> str:
    path = data_dir / FILE_NAME
    return f"{path} is damaged, counts as no consent and is left untouched; delete it and agree again"


def _read(data_dir: Path) -> dict[str, str]:
    """The stored dates; empty without a file. ValueError where the file is not what `_write` writes."""
    path = data_dir / FILE_NAME
    try:
        stored = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ValueError("cannot be read") from error
    if not isinstance(stored, dict):
        raise ValueError("not an object")
    for date in stored.values():
        if not isinstance(date, str):
            raise ValueError("a date is not text")
        datetime.date.fromisoformat(date)
    return stored


def _write(data_dir: Path, dates: dict[str, str]) -> None:
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    # mkstemp makes the file with mode 0600, and os.replace keeps it.
    handle, name = tempfile.mkstemp(dir=data_dir, prefix=FILE_NAME)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(dates, file, indent=2, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, data_dir / FILE_NAME)
    except BaseException:
        os.unlink(name)
        raise
